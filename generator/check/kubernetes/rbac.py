"""Rights at the API server: none of a rendered role or binding makes somebody administrator of a cluster or namespace.

What leads there: https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
"""

from collections.abc import Iterator
from typing import Any

from generator.check.built import Built, Check, fault
from generator.field import listed, numbered, text
from generator.finding import Finding

_ADMINISTRATORS = frozenset({"cluster-admin", "admin", "edit"})
_ANYBODY = ("system:masters", "system:authenticated", "system:unauthenticated", "system:anonymous")
_OF_ALL_ACCOUNTS = "system:serviceaccounts"
_ROOTS = ("escalate", "bind", "impersonate")
_READ = frozenset({"get", "list", "watch"})
_SUBRESOURCES = {
    # what a verb on them gives, beside the object itself
    "pods/exec": "a shell in pods",
    "pods/attach": "control of pods through the kubelet",
    "pods/ephemeralcontainers": "a shell in pods",
    "serviceaccounts/token": "the rights of another account",
    "nodes/proxy": "a shell on nodes",
}


def components_have_no_cluster_roles(built: Built) -> Iterator[Finding]:
    """A component brings no ClusterRole and no binding of one: its Argo CD project would have to allow them."""
    for item in built.of_kind("ClusterRole", "ClusterRoleBinding"):
        unit = built.unit(item)
        if unit is None or unit.unit.kind == "component":
            message = (
                "the components' Argo CD project would have to allow it, and it can limit only the name, not the rights"
            )
            hint = "write a Role in each namespace; `reads: [pods]` creates one in every namespace"
            yield fault(item, "/kind", message, rule="cluster-role", hint=hint)


def nobody_is_made_administrator(built: Built) -> Iterator[Finding]:
    """A binding is of a role that says what may be done, for accounts that are named."""
    for item in built.of_kind("RoleBinding", "ClusterRoleBinding"):
        role = text(item.manifest, "roleRef", "name")
        if text(item.manifest, "roleRef", "kind") == "ClusterRole" and role in _ADMINISTRATORS:
            message = f"must not be {role}: it allows reading all Secrets, or running pods as any ServiceAccount"
            yield fault(
                item,
                "/roleRef/name",
                message,
                rule="rbac-administrator",
                hint="write a Role with only the rights that are needed",
            )
        for index, subject in numbered(item.manifest, "subjects"):
            name = text(subject, "name")
            if name in _ANYBODY or (text(subject, "kind") == "Group" and name.startswith(_OF_ALL_ACCOUNTS)):
                message = f"must not be {name}: name the accounts that need it"
                yield fault(item, f"/subjects/{index}/name", message, rule="rbac-administrator")


def roles_say_what_may_be_done(built: Built) -> Iterator[Finding]:
    """A rule of a role names groups, kinds and verbs, and none by which its holder takes more."""
    for item in built.of_kind("Role", "ClusterRole"):
        for index, rule in numbered(item.manifest, "rules"):
            for field, message in _faults(rule):
                yield fault(item, f"/rules/{index}/{field}", message, rule="rbac-wide")


def _faults(rule: dict[str, Any]) -> Iterator[tuple[str, str]]:
    verbs, resources = (
        [item for item in listed(rule, field) if isinstance(item, str)] for field in ("verbs", "resources")
    )
    for field in ("verbs", "resources", "apiGroups"):
        if "*" in listed(rule, field):
            yield field, "must be listed one by one, not as *"
    for verb in _ROOTS:
        if verb in verbs:
            yield "verbs", f"must not have the verb {verb}: it gives every right"
    for resource, given in _SUBRESOURCES.items():
        if resource in resources:
            yield "resources", f"must not have {resource}: it gives {given}"
    if "secrets" in resources and _READ & set(verbs) and not listed(rule, "resourceNames"):
        yield "resources", "must name the Secrets in resourceNames; without names it may read all of them"


RULES: tuple[Check, ...] = (
    components_have_no_cluster_roles,
    nobody_is_made_administrator,
    roles_say_what_may_be_done,
)
