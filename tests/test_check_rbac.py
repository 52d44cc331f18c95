"""Rights at the API server. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

from typing import Any

import pytest
from objects import made, said, world

from generator.check.kubernetes import rbac
from generator.manifest import Manifest

VERSION = "rbac.authorization.k8s.io/v1"
WEB = {"kind": "ServiceAccount", "name": "web", "namespace": "codemie"}


def role(**rule: list[str]) -> Manifest:
    """Return a Role with one rule; what is not said reads Pods."""
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"], **rule}]
    return made("Role", "web", {"rules": rules}, VERSION)


def binding(to: str = "web", kind: str = "Role", subject: dict[str, Any] = WEB) -> Manifest:
    """Return a RoleBinding."""
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": to}
    return made("RoleBinding", "web", {"roleRef": reference, "subjects": [subject]}, VERSION)


def cluster_wide(kind: str, more: Manifest) -> Manifest:
    return {"apiVersion": VERSION, "kind": kind, "metadata": {"name": "web"}, **more}


BY_NAME = (
    "/kind: the components' Argo CD project would have to allow it, and it can limit only the name, not the rights "
    "[cluster-role]\n"
    "  hint: write a Role in each namespace; `reads: [pods]` creates one in every namespace\n"
)
REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "components_have_no_cluster_roles": [
        (world(cluster_wide("ClusterRole", {"rules": []})), f"ClusterRole web: {BY_NAME}"),
        (
            world(
                cluster_wide(
                    "ClusterRoleBinding", {key: binding(kind="ClusterRole")[key] for key in ("roleRef", "subjects")}
                )
            ),
            f"ClusterRoleBinding web: {BY_NAME}",
        ),
    ],
    "nobody_is_made_administrator": [
        (
            world(binding(name, "ClusterRole")),
            (
                f"RoleBinding codemie/web: /roleRef/name: must not be {name}: it allows reading all Secrets, or running pods as any ServiceAccount [rbac-administrator]\n"
                "  hint: write a Role with only the rights that are needed\n"
            ),
        )
        for name in ("cluster-admin", "admin", "edit")
    ]
    + [
        (
            world(role(), binding(subject={"kind": "Group", "name": name})),
            f"RoleBinding codemie/web: /subjects/0/name: must not be {name}: name the accounts that need it [rbac-administrator]\n",
        )
        for name in ("system:masters", "system:authenticated", "system:serviceaccounts:codemie")
    ],
    "roles_say_what_may_be_done": [
        (
            world(role(**rule)),
            f"Role codemie/web: /rules/0/{message} [rbac-wide]\n",
        )
        for rule, message in (
            ({"verbs": ["*"]}, "verbs: must be listed one by one, not as *"),
            ({"resources": ["*"]}, "resources: must be listed one by one, not as *"),
            ({"apiGroups": ["*"]}, "apiGroups: must be listed one by one, not as *"),
            ({"verbs": ["get", "bind"]}, "verbs: must not have the verb bind: it gives every right"),
            ({"resources": ["pods/exec"]}, "resources: must not have pods/exec: it gives a shell in pods"),
            (
                {"resources": ["serviceaccounts/token"], "verbs": ["create"]},
                "resources: must not have serviceaccounts/token: it gives the rights of another account",
            ),
            (
                {"resources": ["secrets"], "verbs": ["list"]},
                "resources: must name the Secrets in resourceNames; without names it may read all of them",
            ),
        )
    ],
}
ACCEPTED: list[list[Manifest]] = [
    world(role(), binding()),
    world(role(resources=["secrets"], resourceNames=["web-database"])),
    world(role(resources=["secrets"], verbs=["create"])),
    world(binding("view", "ClusterRole")),
    world(binding("admin"), made("Role", "admin", {"rules": []}, VERSION)),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in rbac.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)


def test_a_unit_may_say_why_it_needs_one() -> None:
    declared = (
        "exceptions:\n  - check: cluster-role\n    object: ClusterRole web\n"
        "    reason: it watches nodes\n    expires: '2027-01-31'\n"
    )
    assert not said(world(cluster_wide("ClusterRole", {"rules": []})), declared)
