"""What is never rendered: plain Secrets, default accounts, tokens nobody uses, options that replace or destroy."""

import json
from collections.abc import Iterator
from typing import Any

from generator.annotation import FORCE_DESTROY, SECRET_TYPE, SYNC_OPTIONS
from generator.check.built import Built, BuiltPods, Check, fault
from generator.field import listed, mapping, numbered, pointer, text
from generator.finding import Finding
from generator.manifest import Object

_CLUSTER_KEYS = frozenset({"name", "server", "config"})
_CONFIG_KEYS = {
    "execProviderConfig": frozenset({"apiVersion", "command", "args", "installHint"}),
    "tlsClientConfig": frozenset({"insecure", "serverName", "caData"}),
}
"""Everything of a cluster's `config` that is no credential: argocd-k8s-auth asks for a token each time."""


def no_secret_is_plain(built: Built) -> Iterator[Finding]:
    """No Secret is rendered, but the cluster Secret of Argo CD, and that one holds no credential."""
    hint = "keep the value in Secret Manager and declare it in `secrets`: an ExternalSecret brings it"
    for secret in built.of_kind("Secret"):
        if secret.id.group:
            continue
        if text(secret.manifest, "metadata", "labels", SECRET_TYPE) != "cluster":
            yield fault(secret, "", "is a plain Secret: its values would be in Git", rule="plain-secret", hint=hint)
            continue
        for path in _beyond_an_address(secret):
            message = "may hold name, server and a config without credential, nothing else"
            yield fault(secret, path, message, rule="plain-secret")


def no_pod_is_the_default_account(built: Built) -> Iterator[Finding]:
    """A pod names a ServiceAccount of its own: rights of the default one are everybody's."""
    for pods in built.pods:
        if text(pods.spec, "serviceAccountName") in ("", "default"):
            message = "must name a ServiceAccount of its own, not the default one"
            hint = "one is derived for each workload, named like it"
            path = f"{pods.pointer}/serviceAccountName"
            yield fault(pods.owner, path, message, rule="default-service-account", hint=hint)


def tokens_are_mounted_for_rights_only(built: Built) -> Iterator[Finding]:
    """A pod gets a token of the API server only where a binding gives its ServiceAccount rights."""
    bound_accounts = _bound(built)
    hint = "set it to false; a token is for pods whose ServiceAccount a RoleBinding names"
    for pods in built.pods:
        account = built.find(pods.owner, "", "ServiceAccount", pods.owner.id.namespace, _account(pods))
        mounts = pods.spec.get("automountServiceAccountToken")
        if mounts is None:
            mounts = account.manifest.get("automountServiceAccountToken") if account else None
        account_id = (pods.owner.id.cluster, pods.owner.id.namespace, _account(pods))
        if mounts is not False and account_id not in bound_accounts:
            path = f"{pods.pointer}/automountServiceAccountToken"
            yield fault(pods.owner, path, "must be false", rule="service-account-token", hint=hint)
    for account in built.of_kind("ServiceAccount"):
        if not _is_argo_cds(built, account) and account.manifest.get("automountServiceAccountToken") is not False:
            path, hint = "/automountServiceAccountToken", "a pod that needs its token asks for it in its own spec"
            yield fault(account, path, "must be false", rule="service-account-token", hint=hint)


def nothing_is_replaced_or_forced(built: Built) -> Iterator[Finding]:
    """Argo CD never replaces or forces: both delete what is there first, with its data."""
    for item in built.objects:
        path = "/metadata/annotations" + pointer(SYNC_OPTIONS)
        places = [(path, text(item.manifest, "metadata", "annotations", SYNC_OPTIONS))]
        if item.id.kind == "Application":
            listed_options = listed(item.manifest, "spec", "syncPolicy", "syncOptions")
            places += [
                (f"/spec/syncPolicy/syncOptions/{index}", str(option)) for index, option in enumerate(listed_options)
            ]
        for place, options in places:
            for option in options.replace(" ", "").lower().split(","):
                if option in ("replace=true", "force=true"):
                    message = f"must not hold {option.capitalize()}: the object would be deleted and made anew"
                    yield fault(item, place, message, rule="sync-option")


def no_policy_overwrites_all_members(built: Built) -> Iterator[Finding]:
    """IAMPolicy owns every binding of a resource and removes what others granted."""
    for item in built.of_kind("IAMPolicy"):
        if built.kinds.google(item.id.group, item.id.kind):
            hint = "use IAMPolicyMember: one member, one role"
            message = "must not be rendered: it removes every grant it does not name"
            yield fault(item, "/kind", message, rule="iam-policy", hint=hint)


def nothing_is_destroyed_by_force(built: Built) -> Iterator[Finding]:
    """No resource goes with what is in it."""
    for item in built.objects:
        if text(item.manifest, "metadata", "annotations", FORCE_DESTROY) not in ("", "false"):
            path = "/metadata/annotations" + pointer(FORCE_DESTROY)
            message = "must not be true: the resource would go with all that is in it"
            yield fault(item, path, message, rule="force-destroy")


def _beyond_an_address(secret: Object) -> Iterator[str]:
    """Yield the places of a cluster Secret that hold more than where the cluster is and how to ask for a token."""
    data = mapping(secret.manifest, "stringData")
    if mapping(secret.manifest, "data"):
        yield "/data"
    yield from (f"/stringData{pointer(key)}" for key in sorted(data.keys() - _CLUSTER_KEYS))
    try:
        config: Any = json.loads(text(data, "config") or "{}")
    except ValueError:
        config = None
    if not isinstance(config, dict):
        yield "/stringData/config"
        return
    for key, value in sorted(config.items()):
        further_keys = set(value) - _CONFIG_KEYS.get(key, frozenset()) if isinstance(value, dict) else {""}
        if key not in _CONFIG_KEYS or further_keys:
            yield "/stringData/config"
            return


def _is_argo_cds(built: Built, account: Object) -> bool:
    """Whether bootstrap adds to an account that Argo CD brings: its pods have the token they always had."""
    return not built.unit(account) and account.id.namespace == built.plan.environment.argocd.namespace


def _account(pods: BuiltPods) -> str:
    return text(pods.spec, "serviceAccountName") or "default"


def _bound(built: Built) -> set[tuple[str, str, str]]:
    """Return the ServiceAccounts that a rendered binding names: cluster, namespace, name."""
    return {
        (binding.id.cluster, text(subject, "namespace") or binding.id.namespace, text(subject, "name"))
        for binding in built.of_kind("RoleBinding", "ClusterRoleBinding")
        for _, subject in numbered(binding.manifest, "subjects")
        if text(subject, "kind") == "ServiceAccount"
    }


RULES: tuple[Check, ...] = (
    no_secret_is_plain,
    no_pod_is_the_default_account,
    tokens_are_mounted_for_rights_only,
    nothing_is_replaced_or_forced,
    no_policy_overwrites_all_members,
    nothing_is_destroyed_by_force,
)
