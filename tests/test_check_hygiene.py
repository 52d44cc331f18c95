"""What is never rendered. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

from typing import Any

import pytest
from objects import GONE, IN_POD, POD_AT, made, said, world

from generator.check.kubernetes import hygiene
from generator.manifest import Manifest

CLUSTER = {"argocd.argoproj.io/secret-type": "cluster"}
ADDRESS = {"name": "codemie-lab", "server": "https://example.com", "config": '{"tlsClientConfig": {"insecure": false}}'}
TOKEN = {**ADDRESS, "config": '{"bearerToken": "x"}'}
KEY = {**ADDRESS, "config": '{"tlsClientConfig": {"keyData": "x"}}'}


def cluster(address: dict[str, str], **more: Any) -> Manifest:
    """Return the Secret that tells Argo CD a cluster."""
    return {**made("Secret", "a", {"stringData": address, **more}), "metadata": {"name": "a", "labels": CLUSTER}}


def binding(name: str) -> Manifest:
    """Return a RoleBinding of this ServiceAccount."""
    subjects = [{"kind": "ServiceAccount", "name": name}]
    return made("RoleBinding", "web", {"subjects": subjects}, "rbac.authorization.k8s.io/v1")


def annotated(key: str, value: str) -> list[Manifest]:
    """Return the good world with an annotation on the ConfigMap."""
    return world(config={"/metadata/annotations": {key: value}})


OPTIONS = "argocd.argoproj.io/sync-options"
FORCE = "cnrm.cloud.google.com/force-destroy"
MOUNTED = {f"{POD_AT}/automountServiceAccountToken": True}


REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "no_secret_is_plain": [
        (
            world(made("Secret", "a", {"stringData": {"a": "b"}})),
            (
                "Secret codemie/a: is a plain Secret: its values would be in Git [plain-secret]\n"
                "  hint: keep the value in Secret Manager and declare it in `secrets`: an ExternalSecret brings it\n"
            ),
        ),
        (
            world(cluster({**ADDRESS, "password": "x"})),
            (
                "Secret a: /stringData/password: may hold name, server and a config without credential, nothing else [plain-secret]\n"
            ),
        ),
        (
            world(cluster(TOKEN)),
            (
                "Secret a: /stringData/config: may hold name, server and a config without credential, nothing else [plain-secret]\n"
            ),
        ),
        (
            world(cluster(KEY)),
            (
                "Secret a: /stringData/config: may hold name, server and a config without credential, nothing else [plain-secret]\n"
            ),
        ),
        (
            world(cluster(ADDRESS, data={"name": "eA=="})),
            ("Secret a: /data: may hold name, server and a config without credential, nothing else [plain-secret]\n"),
        ),
        (
            world(cluster({**ADDRESS, "config": "{"})),
            (
                "Secret a: /stringData/config: may hold name, server and a config without credential, nothing else [plain-secret]\n"
            ),
        ),
    ],
    "no_pod_is_the_default_account": [
        (
            world(deployment={f"{POD_AT}/serviceAccountName": GONE}),
            (
                f"{IN_POD}/serviceAccountName: must name a ServiceAccount of its own, not the default one [default-service-account]\n"
                "  hint: one is derived for each workload, named like it\n"
            ),
        ),
        (
            world(
                made("ServiceAccount", "default", {"automountServiceAccountToken": False}),
                deployment={f"{POD_AT}/serviceAccountName": "default"},
            ),
            (
                f"{IN_POD}/serviceAccountName: must name a ServiceAccount of its own, not the default one [default-service-account]\n"
                "  hint: one is derived for each workload, named like it\n"
            ),
        ),
    ],
    "tokens_are_mounted_for_rights_only": [
        (
            world(deployment=MOUNTED),
            (
                f"{IN_POD}/automountServiceAccountToken: must be false [service-account-token]\n"
                "  hint: set it to false; a token is for pods whose ServiceAccount a RoleBinding names\n"
            ),
        ),
        (
            world(binding("other"), deployment=MOUNTED),
            (
                f"{IN_POD}/automountServiceAccountToken: must be false [service-account-token]\n"
                "  hint: set it to false; a token is for pods whose ServiceAccount a RoleBinding names\n"
            ),
        ),
        (
            world(account={"/automountServiceAccountToken": GONE}),
            (
                "ServiceAccount codemie/web: /automountServiceAccountToken: must be false [service-account-token]\n"
                "  hint: a pod that needs its token asks for it in its own spec\n"
            ),
        ),
    ],
    "nothing_is_replaced_or_forced": [
        (
            annotated(OPTIONS, "Prune=confirm, Replace=true"),
            (
                "ConfigMap codemie/web-f4mt: /metadata/annotations/argocd.argoproj.io~1sync-options: must not hold Replace=true: the object would be deleted and made anew [sync-option]\n"
            ),
        ),
        (
            annotated(OPTIONS, "Force=true"),
            (
                "ConfigMap codemie/web-f4mt: /metadata/annotations/argocd.argoproj.io~1sync-options: must not hold Force=true: the object would be deleted and made anew [sync-option]\n"
            ),
        ),
        (
            world(
                made(
                    "Application",
                    "a",
                    {"spec": {"syncPolicy": {"syncOptions": ["ServerSideApply=true", "Replace=true"]}}},
                    "argoproj.io/v1alpha1",
                )
            ),
            (
                "Application codemie/a: /spec/syncPolicy/syncOptions/1: must not hold Replace=true: the object would be deleted and made anew [sync-option]\n"
            ),
        ),
    ],
    "no_policy_overwrites_all_members": [
        (
            world(made("IAMPolicy", "a", {}, "iam.cnrm.cloud.google.com/v1beta1")),
            (
                "IAMPolicy codemie/a: /kind: must not be rendered: it removes every grant it does not name [iam-policy]\n"
                "  hint: use IAMPolicyMember: one member, one role\n"
            ),
        ),
    ],
    "nothing_is_destroyed_by_force": [
        (
            annotated(FORCE, "true"),
            (
                "ConfigMap codemie/web-f4mt: /metadata/annotations/cnrm.cloud.google.com~1force-destroy: must not be true: the resource would go with all that is in it [force-destroy]\n"
            ),
        ),
    ],
}
ACCEPTED: list[list[Manifest]] = [
    world(cluster(ADDRESS)),
    world(binding("web"), deployment=MOUNTED),
    world(deployment={f"{POD_AT}/automountServiceAccountToken": GONE}),
    annotated(OPTIONS, "Prune=confirm,Replace=false"),
    annotated(FORCE, "false"),
    world(made("IAMPolicyMember", "a", {}, "iam.cnrm.cloud.google.com/v1beta1")),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in hygiene.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)
