"""ExternalSecrets and their stores, from the `secrets` of units: Secret Manager is the source, Kubernetes has copies.

Two Applications must never own one object: an ExternalSecret that several units of a namespace read belongs to the
derived unit `shared-secrets`, any other to the unit that reads it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.annotation import GOOGLE_ACCOUNT, SYNC_OPTIONS, SYNC_WAVE
from generator.catalog import (
    Plan,
    Planned,
    Secret,
    SecretKey,
    cluster,
    secret_id,
    variable_path,
    variables_secret,
    written,
)
from generator.environment import Environment
from generator.finding import Finding, Where
from generator.manifest import Manifest
from generator.render.derived.service_account import account_email
from generator.schema import dotted, place

STORE = "secret-manager"
ACCOUNT = "secrets"
_REFRESH = "1h"
_REMOTE = {
    "conversionStrategy": "Default",
    "decodingStrategy": "None",
    "metadataPolicy": "None",
    "nullBytePolicy": "Ignore",
}
"""Defaults of the kind, written out: left out inside a list they are a difference for ever (argo-cd#22151)."""


class SecretRequest(NamedTuple):
    """A Secret of a namespace: its type, its keys and the units that read it.

    A `hashed` one holds secret variables: its name follows from what it reads.
    """

    namespace: str
    name: str
    type: str
    keys: Mapping[str, SecretKey]
    readers: tuple[str, ...]
    hashed: bool = False

    @property
    def shared(self) -> bool:
        """Whether several units read it."""
        return len(self.readers) > 1


def secret_requests(plan: Plan) -> tuple[SecretRequest, ...]:
    """Return the Secrets of the workload cluster, by namespace and name; what several units declare is one."""
    found: dict[tuple[str, str], SecretRequest] = {}
    for planned, name, secret in _declared(plan):
        key = (planned.namespace, name)
        fresh = SecretRequest(
            namespace=planned.namespace,
            name=name,
            type=secret.type,
            keys={},
            readers=(),
            hashed=_holds_variables(planned, name),
        )
        before = found.get(key, fresh)
        found[key] = before._replace(keys={**before.keys, **secret.keys}, readers=(*before.readers, planned.name))
    return tuple(found[key] for key in sorted(found))


def disagreements(plan: Plan) -> Iterator[Finding]:
    """Yield Secrets that two units of a namespace declare differently: one would overwrite the other."""
    first: dict[tuple[str, str, str], tuple[str, Any]] = {}
    for planned, name, secret in _declared(plan):
        said: dict[str, Any] = {f"keys.{key}": made for key, made in secret.keys.items()} | {"type": secret.type}
        for what, made in said.items():
            unit, before = first.setdefault((planned.namespace, name, what), (planned.name, made))
            if before != made:
                where = place(("secrets", name, *what.split(".", 1)), planned.unit.marks)
                message = f"{unit} declares {what} of the same Secret differently"
                yield Finding.at(where, "secret-conflict", message, path=f"secrets.{name}", object=planned.name)


def other_makings(plan: Plan) -> Iterator[Finding]:
    """Yield values of Secret Manager that two declarations say are made differently: only one of them can be right."""
    first: dict[str, tuple[tuple[str, str], SecretKey, Where]] = {}
    # variables come last: who wrote the environment is told there
    for planned, name, secret in sorted(_declared(plan), key=lambda item: _holds_variables(item[0], item[1])):
        for key, made in secret.keys.items():
            if made.source in ("constant", "copy"):
                continue
            where, path = _said(plan, planned, name, key)
            same = (planned.namespace, name)  # units that declare one Secret differently are told above
            whose, before, other = first.setdefault(secret_id(name, key, made), (same, made, where))
            if whose != same and (before.source, before.length) != (made.source, made.length):
                message = f"the value under its id is made differently in {other.file}:{other.line}"
                hint = "say the same source and length in both places, or choose another id"
                yield Finding.at(where, "secret-conflict", message, path=path, object=planned.name, hint=hint)


def _said(plan: Plan, planned: Planned, name: str, key: str) -> tuple[Where, str]:
    """Return where a key of a Secret is declared, and its dotted path there."""
    if _holds_variables(planned, name):
        path = variable_path(planned.unit, key)
        return written(path, plan.marks, planned.unit), dotted(path)
    path = ("secrets", name, "keys", key)
    return place(path, planned.unit.marks), dotted(path)


def external_secret(secret: SecretRequest) -> Manifest:
    """Return the ExternalSecret that makes a Secret of the same name."""
    target: dict[str, Any] = {"name": secret.name, "creationPolicy": "Owner", "deletionPolicy": "Retain"}
    constants = {key: made.value for key, made in sorted(secret.keys.items()) if made.source == "constant"}
    if constants or secret.type != "Opaque":
        # Merge: the template adds to what comes from the store, it does not replace it.
        target["template"] = {"engineVersion": "v2", "mergePolicy": "Merge", "type": secret.type}
        target["template"] |= {"data": constants} if constants else {}
    annotations: dict[str, str] = {}
    if secret.shared:  # with it goes the Secret that several units read: Argo CD asks a person first
        annotations[SYNC_OPTIONS] = "Prune=confirm,Delete=confirm"
    if secret.hashed:  # Argo CD goes on once it is Ready: a missing value ends the sync before a pod is replaced
        annotations[SYNC_WAVE] = "-1"
    metadata: dict[str, Any] = {"name": secret.name, "namespace": secret.namespace}
    metadata |= {"annotations": annotations} if annotations else {}
    manifest: Manifest = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": metadata,
        "spec": {
            "refreshInterval": _REFRESH,
            "secretStoreRef": {"kind": "SecretStore", "name": STORE},
            "target": target,
            "data": [_entry(secret, key) for key in sorted(secret.keys) if key not in constants],
        },
    }
    return manifest


def stores(plan: Plan) -> list[Manifest]:
    """Return the SecretStores of the workload cluster, and the ServiceAccount they act as in each namespace."""
    result: list[Manifest] = []
    env = plan.environment
    for namespace in namespaces_with_store(plan):
        account = account_email(env, f"{namespace}-secrets")
        result += [_account(namespace, account), _store(namespace, STORE, {"gcpsm": _secret_manager(env)})]
    for namespace, source in sorted({(item.namespace, key.namespace or "") for item, key in _copies(plan)}):
        result.append(_store(namespace, source, {"kubernetes": _kubernetes(source)}))
    return result


def roles(plan: Plan) -> list[Manifest]:
    """Return what lets the accounts of other namespaces read a copied Secret, that one and no other."""
    readers: dict[tuple[str, str], set[str]] = {}
    for item, key in _copies(plan):
        readers.setdefault((key.namespace or "", key.of or ""), set()).add(item.namespace)
    result: list[Manifest] = []
    for (namespace, secret), others in sorted(readers.items()):
        metadata = {"name": f"copy-{secret}", "namespace": namespace}
        version = "rbac.authorization.k8s.io/v1"
        rule = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [secret], "verbs": ["get"]}
        subjects = [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": other} for other in sorted(others)]
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": metadata["name"]}
        result += [
            {"apiVersion": version, "kind": "Role", "metadata": metadata, "rules": [rule]},
            {
                "apiVersion": version,
                "kind": "RoleBinding",
                "metadata": metadata,
                "roleRef": reference,
                "subjects": subjects,
            },
        ]
    return result


def _declared(plan: Plan) -> Iterator[tuple[Planned, str, Secret]]:
    return (
        (planned, name, secret)
        for planned in plan.units
        if planned.unit.kind != "infra"
        for name, secret in planned.secrets.items()
    )


def _holds_variables(planned: Planned, secret: str) -> bool:
    return secret == variables_secret(planned.name, planned.common.secret_env)


def _copies(plan: Plan) -> Iterator[tuple[SecretRequest, SecretKey]]:
    return ((item, key) for item in secret_requests(plan) for key in item.keys.values() if key.source == "copy")


def namespaces_with_store(plan: Plan) -> list[str]:
    """Return the namespaces that need a store; with one cluster, infrastructure's too (bootstrap has no kind yet)."""
    found = {item.namespace for item in secret_requests(plan)}
    return sorted(
        found | ({f"codemie-{plan.environment.name}"} if plan.environment.argocd.topology != "hub" else set())
    )


def _entry(secret: SecretRequest, key: str) -> dict[str, Any]:
    made = secret.keys[key]
    if made.source == "copy":
        remote = {"key": made.of, "property": key, **_REMOTE}
        store = {"storeRef": {"kind": "SecretStore", "name": made.namespace}}
        return {"secretKey": key, "remoteRef": remote, "sourceRef": store}
    version = {"version": str(made.version)} if made.version else {}
    return {"secretKey": key, "remoteRef": {"key": secret_id(secret.name, key, made), **version, **_REMOTE}}


def _account(namespace: str, email: str) -> Manifest:
    metadata = {"name": ACCOUNT, "namespace": namespace, "annotations": {GOOGLE_ACCOUNT: email}}
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata,
        "automountServiceAccountToken": False,
    }


def _store(namespace: str, name: str, provider: dict[str, Any]) -> Manifest:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "SecretStore",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"provider": provider},
    }


def _secret_manager(env: Environment) -> dict[str, Any]:
    identity = {
        "clusterProjectID": env.gcp.project,
        "clusterLocation": env.gke.location,
        "clusterName": cluster(env).name,
        "serviceAccountRef": {"name": ACCOUNT},
    }
    return {"projectID": env.gcp.project, "auth": {"workloadIdentity": identity}}


def _kubernetes(namespace: str) -> dict[str, Any]:
    authority = {"type": "ConfigMap", "name": "kube-root-ca.crt", "key": "ca.crt"}
    return {
        "remoteNamespace": namespace,
        "server": {"url": "https://kubernetes.default.svc", "caProvider": authority},
        "auth": {"serviceAccount": {"name": ACCOUNT}},
    }
