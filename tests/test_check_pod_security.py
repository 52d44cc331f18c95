"""Kubernetes' Pod Security Standards. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

from typing import Any

import pytest
from objects import CONTAINER_AT, GONE, IN_CONTAINER, IN_POD, POD_AT, said, world

from generator.check.kubernetes import pod_security
from generator.manifest import Manifest

CONTEXT = f"{CONTAINER_AT}/securityContext"


def pod(field: str, value: Any) -> list[Manifest]:
    """Return the good world with a field of the pod changed."""
    return world(deployment={f"{POD_AT}/{field}": value})


def context(**fields: Any) -> list[Manifest]:
    """Return the good world with fields of the container's security context changed."""
    return world(deployment={f"{CONTEXT}/{key}": value for key, value in fields.items()})


def volume(**source: Any) -> list[Manifest]:
    """Return the good world with one more volume."""
    return pod("volumes/1", {"name": "more", **source})


REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "pods_pass_the_level_of_their_unit": [
        (
            world(deployment={f"{POD_AT}/hostNetwork": True}),
            (
                f"{IN_POD}/hostNetwork: must not be true (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            volume(hostPath={"path": "/"}),
            (
                f"{IN_POD}/volumes/1/hostPath: must not be there (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            world(deployment={f"{CONTAINER_AT}/ports/0/hostPort": 80}),
            (
                f"{IN_CONTAINER}/ports/0/hostPort: must not be there (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            world(deployment={f"{CONTAINER_AT}/readinessProbe/httpGet/host": "10.0.0.1"}),
            (
                f"{IN_CONTAINER}/readinessProbe/httpGet/host: must not be there (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            context(privileged=True),
            (
                f"{IN_CONTAINER}/securityContext: is privileged though allowPrivilegeEscalation is false [validation]\n"
                f"{IN_CONTAINER}/securityContext/privileged: must not be true (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            context(capabilities={"add": ["SYS_ADMIN"], "drop": ["ALL"]}),
            (
                f"{IN_CONTAINER}/securityContext/capabilities/add/0: is not one of the capabilities baseline allows (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            context(appArmorProfile={"type": "Unconfined"}),
            (
                f"{IN_CONTAINER}/securityContext/appArmorProfile/type: must be RuntimeDefault or Localhost (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            context(seccompProfile={"type": "Unconfined"}),
            (
                f"{IN_CONTAINER}/securityContext/seccompProfile/type: must be RuntimeDefault or Localhost (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
                f"{IN_CONTAINER}/securityContext/seccompProfile/type: must be RuntimeDefault or Localhost, here or for the pod (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            context(procMount="Unmasked"),
            (
                f"{IN_CONTAINER}/securityContext/procMount: may be Unmasked only beside hostUsers: false [validation]\n"
                f"{IN_CONTAINER}/securityContext/procMount: must be Default (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            context(windowsOptions={"hostProcess": True}),
            (
                f"{IN_CONTAINER}/securityContext/windowsOptions/hostProcess: must not be true (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            context(seLinuxOptions={"type": "spc_t", "user": "x"}),
            (
                f"{IN_CONTAINER}/securityContext/seLinuxOptions/type: must be a container type (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
                f"{IN_CONTAINER}/securityContext/seLinuxOptions/user: must not be there (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            pod("securityContext/sysctls", [{"name": "kernel.msgmax", "value": "1"}]),
            (
                f"{IN_POD}/securityContext/sysctls/0/name: is not one of the safe sysctls (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            volume(nfs={"server": "a", "path": "/"}),
            (
                f"{IN_POD}/volumes/1/nfs: is not a kind of volume that restricted allows (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            context(allowPrivilegeEscalation=GONE),
            (
                f"{IN_CONTAINER}/securityContext/allowPrivilegeEscalation: must be false (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            pod("securityContext/runAsNonRoot", GONE),
            (
                f"{IN_CONTAINER}/securityContext/runAsNonRoot: must be true, here or for the pod (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            context(runAsUser=0),
            (
                f"{IN_CONTAINER}/securityContext: runAsUser is 0 though runAsNonRoot is true [validation]\n"
                "  hint: the API server takes it, but the kubelet does not start the container\n"
                f"{IN_CONTAINER}/securityContext/runAsUser: must not be 0 (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            pod("securityContext/seccompProfile", GONE),
            (
                f"{IN_CONTAINER}/securityContext/seccompProfile/type: must be RuntimeDefault or Localhost, here or for the pod (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            context(capabilities={}),
            (
                f"{IN_CONTAINER}/securityContext/capabilities/drop: must hold ALL (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
        (
            context(capabilities={"drop": ["ALL"], "add": ["CHOWN"]}),
            (
                f"{IN_CONTAINER}/securityContext/capabilities/add/0: must be NET_BIND_SERVICE, the only one restricted allows (Pod Security level restricted) [pod-security]\n"
                "  hint: set it, or declare a weaker podSecurity level with its reason in component.yaml\n"
            ),
        ),
    ],
    "namespaces_enforce_a_level": [
        (
            world(namespace={"/metadata/labels": {}}),
            (
                "Namespace codemie: /metadata/labels/pod-security.kubernetes.io~1enforce: must be one of restricted, baseline, privileged [pod-security-namespace]\n"
            ),
        ),
    ],
}
ACCEPTED: list[list[Manifest]] = [
    context(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}),
    context(runAsNonRoot=True),
    volume(emptyDir={}),
    pod("securityContext/sysctls", [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]),
    context(appArmorProfile={"type": "RuntimeDefault"}),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in pod_security.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)
