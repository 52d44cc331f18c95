"""Kubernetes' Pod Security Standards, for the level that each unit declares for its own pods.

The namespace is labelled with the weakest level of its units, so admission alone would let the others slip.
"""

from collections.abc import Callable, Iterator
from typing import Any

from generator.check.built import Built, BuiltPods, Check, fault
from generator.field import at, listed, mapping, numbered, pointer, text
from generator.finding import Finding

Problem = tuple[str, str]
"""A JSON pointer below the pod's spec, and what is expected there."""
Control = Callable[[BuiltPods], Iterator[Problem]]

_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)
_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_wmem",
    }
)
_VOLUMES = frozenset(
    {
        "name",
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
_SELINUX = frozenset({"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"})
_PROFILES = ("RuntimeDefault", "Localhost")


def host_namespaces_are_not_shared(pods: BuiltPods) -> Iterator[Problem]:
    """Baseline: no network, process table or memory of the node."""
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pods.spec.get(key):
            yield f"/{key}", "must not be true"


def host_paths_are_not_mounted(pods: BuiltPods) -> Iterator[Problem]:
    """Baseline: no folder of the node."""
    for index, volume in numbered(pods.spec, "volumes"):
        if "hostPath" in volume:
            yield f"/volumes/{index}/hostPath", "must not be there"


def host_ports_are_not_taken(pods: BuiltPods) -> Iterator[Problem]:
    """Baseline: no port of the node, and probes and hooks ask the pod itself."""
    for path, container in _containers(pods):
        for index, port in numbered(container, "ports"):
            if port.get("hostPort"):
                yield f"{path}/ports/{index}/hostPort", "must not be there"
        hooks = [
            ("livenessProbe",),
            ("readinessProbe",),
            ("startupProbe",),
            ("lifecycle", "postStart"),
            ("lifecycle", "preStop"),
        ]
        for steps in hooks:
            for kind in ("httpGet", "tcpSocket"):
                if text(container, *steps, kind, "host"):
                    yield "/".join((path, *steps, kind, "host")), "must not be there"


def containers_are_not_privileged(pods: BuiltPods) -> Iterator[Problem]:
    """Baseline: no container with the rights of the node."""
    for path, context in _contexts(pods):
        if context.get("privileged"):
            yield f"{path}/privileged", "must not be true"


def capabilities_are_harmless(pods: BuiltPods) -> Iterator[Problem]:
    """Baseline: no capability beyond those a container runtime gives anyway."""
    for path, context in _contexts(pods):
        for index, name in enumerate(listed(context, "capabilities", "add")):
            if str(name) not in _CAPABILITIES:
                yield f"{path}/capabilities/add/{index}", "is not one of the capabilities baseline allows"


def kernel_guards_are_on(pods: BuiltPods) -> Iterator[Problem]:
    """Baseline: AppArmor, seccomp and /proc as the runtime sets them, no Windows host process."""
    for path, context in _all_contexts(pods):
        for key in ("appArmorProfile", "seccompProfile"):
            if at(context, key, "type") not in (None, *_PROFILES):
                yield f"{path}/{key}/type", f"must be {' or '.join(_PROFILES)}"
        if context.get("procMount") not in (None, "Default"):
            yield f"{path}/procMount", "must be Default"
        if at(context, "windowsOptions", "hostProcess"):
            yield f"{path}/windowsOptions/hostProcess", "must not be true"


def kernel_settings_are_safe(pods: BuiltPods) -> Iterator[Problem]:
    """Baseline: SELinux says what a container says, and only safe sysctls are set."""
    for path, context in _all_contexts(pods):
        if text(context, "seLinuxOptions", "type") not in _SELINUX:
            yield f"{path}/seLinuxOptions/type", "must be a container type"
        for key in ("user", "role"):
            if text(context, "seLinuxOptions", key):
                yield f"{path}/seLinuxOptions/{key}", "must not be there"
        for index, sysctl in numbered(context, "sysctls"):
            if text(sysctl, "name") not in _SYSCTLS:
                yield f"{path}/sysctls/{index}/name", "is not one of the safe sysctls"


def volumes_are_harmless(pods: BuiltPods) -> Iterator[Problem]:
    """Restricted: only volumes that hold nothing of the node or of a network file system."""
    for index, volume in numbered(pods.spec, "volumes"):
        for key in sorted(volume.keys() - _VOLUMES - {"hostPath"}):
            yield f"/volumes/{index}/{key}", "is not a kind of volume that restricted allows"


def privileges_do_not_grow(pods: BuiltPods) -> Iterator[Problem]:
    """Restricted: allowPrivilegeEscalation is false in every container."""
    for path, context in _contexts(pods):
        if context.get("allowPrivilegeEscalation") is not False:
            yield f"{path}/allowPrivilegeEscalation", "must be false"


def nobody_is_root(pods: BuiltPods) -> Iterator[Problem]:
    """Restricted: runAsNonRoot is true for the pod or every container, and no user is 0."""
    of_pod = mapping(pods.spec, "securityContext")
    for path, context in _contexts(pods):
        if context.get("runAsNonRoot", of_pod.get("runAsNonRoot")) is not True:
            yield f"{path}/runAsNonRoot", "must be true, here or for the pod"
    for path, context in _all_contexts(pods):
        if context.get("runAsUser") == 0:
            yield f"{path}/runAsUser", "must not be 0"


def seccomp_is_set(pods: BuiltPods) -> Iterator[Problem]:
    """Restricted: a seccomp profile is named for the pod or every container."""
    of_pod = at(pods.spec, "securityContext", "seccompProfile", "type")
    for path, context in _contexts(pods):
        if (at(context, "seccompProfile", "type") or of_pod) not in _PROFILES:
            yield f"{path}/seccompProfile/type", f"must be {' or '.join(_PROFILES)}, here or for the pod"


def capabilities_are_dropped(pods: BuiltPods) -> Iterator[Problem]:
    """Restricted: every container drops ALL and adds back NET_BIND_SERVICE at most."""
    for path, context in _contexts(pods):
        if "ALL" not in listed(context, "capabilities", "drop"):
            yield f"{path}/capabilities/drop", "must hold ALL"
        for index, name in enumerate(listed(context, "capabilities", "add")):
            if name != "NET_BIND_SERVICE" and str(name) in _CAPABILITIES:
                yield f"{path}/capabilities/add/{index}", "must be NET_BIND_SERVICE, the only one restricted allows"


_BASELINE: tuple[Control, ...] = (
    host_namespaces_are_not_shared,
    host_paths_are_not_mounted,
    host_ports_are_not_taken,
    containers_are_not_privileged,
    capabilities_are_harmless,
    kernel_guards_are_on,
    kernel_settings_are_safe,
)
_RESTRICTED: tuple[Control, ...] = (
    *_BASELINE,
    volumes_are_harmless,
    privileges_do_not_grow,
    nobody_is_root,
    seccomp_is_set,
    capabilities_are_dropped,
)
CONTROLS: dict[str, tuple[Control, ...]] = {"restricted": _RESTRICTED, "baseline": _BASELINE, "privileged": ()}


def pods_pass_the_level_of_their_unit(built: Built) -> Iterator[Finding]:
    """The pods of a unit pass the Pod Security level that it declares (restricted, if it says nothing)."""
    for pods in built.pods:
        unit = built.unit(pods.owner)
        level = unit.unit.declaration.pod_security.level if unit else "restricted"
        for control in CONTROLS[level]:
            for path, problem in control(pods):
                message = f"{problem} (Pod Security level {level})"
                hint = "set it, or declare a weaker podSecurity level with its reason in component.yaml"
                yield fault(pods.owner, pods.pointer + path, message, rule="pod-security", hint=hint)


def namespaces_enforce_a_level(built: Built) -> Iterator[Finding]:
    """Every Namespace says which Pod Security level is enforced in it."""
    key = "pod-security.kubernetes.io/enforce"
    for namespace in built.of_kind("Namespace"):
        if text(namespace.manifest, "metadata", "labels", key) not in CONTROLS:
            path = pointer("metadata", "labels", key)
            message = f"must be one of {', '.join(CONTROLS)}"
            yield fault(namespace, path, message, rule="pod-security-namespace")


def _containers(pods: BuiltPods) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((path.removeprefix(pods.pointer), container) for path, container in pods.containers())


def _contexts(pods: BuiltPods) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the security context of each container, below the pod's spec."""
    return ((f"{path}/securityContext", mapping(item, "securityContext")) for path, item in _containers(pods))


def _all_contexts(pods: BuiltPods) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the security context of the pod, then those of its containers."""
    yield "/securityContext", mapping(pods.spec, "securityContext")
    yield from _contexts(pods)


RULES: tuple[Check, ...] = (pods_pass_the_level_of_their_unit, namespaces_enforce_a_level)
