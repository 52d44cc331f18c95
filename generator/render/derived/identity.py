"""Who acts in Google Cloud as whom, and what they may: from the `identity` and the `secrets` of units.

Pods act as the Google account that their ServiceAccount names (Workload Identity). We do not write the ServiceAccount
of a chart's pods: their roles are granted to the principal of the Kubernetes ServiceAccount itself.
Source: https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.catalog import BUCKET, Grant, Plan, Planned, freeze, google, secret_id
from generator.manifest import HUB
from generator.render.derived.external_secret import ACCOUNT, namespaces_with_store, secret_requests
from generator.render.derived.network import Network
from generator.render.derived.service_account import google_account, workload_account
from generator.render.workload import Workload

_HUB_ACCOUNT = "hub-secrets"


class Identity(NamedTuple):
    """A Google account, and the Kubernetes ServiceAccount that may act as it. `hub`: of the management cluster."""

    account: str
    title: str
    namespace: str
    service_account: str
    pool: str
    hub: bool
    store: bool


def identities(network: Network) -> list[Identity]:
    """Return every Google account that units act as, by name."""
    plan = network.plan
    pool = f"{plan.environment.gcp.project}.svc.id.goog"
    found = {
        workload_account(planned, workload, network.workloads[planned.name]): (planned, workload)
        for planned, workload, _ in _grants(network)
        if planned.unit.declaration.chart is None
    }
    result = [
        Identity(account, f"CodeMie, {workload.name}", workload.namespace, workload.name, pool, hub=False, store=False)
        for account, (_, workload) in found.items()
    ]
    for namespace in namespaces_with_store(plan):
        title = f"CodeMie, secrets of namespace {namespace}"
        account = store_account(namespace)
        result.append(Identity(account, title, namespace, ACCOUNT, pool, hub=False, store=True))
    if plan.environment.argocd.topology == HUB:
        hub_pool = f"{plan.environment.config_connector.hub_project}.svc.id.goog"
        title, namespace = "CodeMie, secrets that Config Connector reads", f"codemie-{plan.environment.name}"
        account = google_account(_HUB_ACCOUNT)
        result.append(Identity(account, title, namespace, ACCOUNT, hub_pool, hub=True, store=True))
    return sorted(result)


def identity_view(network: Network) -> Mapping[str, Any]:
    """Return identities for infra templates: accounts, grants by what they are on, secrets and their readers."""
    result: Mapping[str, Any] = freeze(
        {
            "identities": [_camel(identity) for identity in identities(network)],
            "grants": _by_resource(network, charts=False),
            "principals": _by_resource(network, charts=True),
            "secrets": _secrets(network.plan),
        }
    )
    return result


def store_account(namespace: str) -> str:
    """Return the id of the Google account that reads the secrets of a namespace."""
    return google_account(f"{namespace}-secrets")


def _grants(network: Network) -> Iterator[tuple[Planned, Workload, Grant]]:
    """Yield every grant with the workload that has it."""
    for planned in network.plan.by_name():
        for grant in planned.grants:
            if workload := network.workload(planned, grant.from_):
                yield planned, workload, grant


def _by_resource(network: Network, *, charts: bool) -> dict[str, Any]:
    """Return grants to accounts, or to the principals of charts' pods, by what they are on."""
    by_key: dict[str, list[dict[str, Any]]] = {key: [] for key in _LISTS.values()}
    by_bucket: dict[str, list[dict[str, Any]]] = {}
    there = google(network.plan)
    for planned, workload, grant in _grants(network):
        if (planned.unit.declaration.chart is not None) is not charts:
            continue
        account = workload_account(planned, workload, network.workloads[planned.name])
        said = grant.role.removeprefix("roles/").replace(".", "-").lower()
        bucket, key, where = _place(network.plan, grant, there)
        entry = {
            "name": "-".join((account, said, *where)),
            "account": account,
            "principal": _principal(network.plan, workload),
            "role": grant.role,
        }
        found = by_bucket.setdefault(bucket, []) if bucket else by_key[key]
        found += [] if entry in found else [entry]  # of the main workload, with and without its name
    return {**by_key, "buckets": by_bucket}


def _place(plan: Plan, grant: Grant, there: Mapping[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    """Return the bucket, or else the list, of a grant, and how its name ends.

    What a grant is on cannot be changed, so that is part of the name.
    """
    if grant.resource.startswith(BUCKET):
        holds = grant.resource.removeprefix(BUCKET)
        return holds, "", ("bucket", holds, *there["buckets"][holds].taken)
    key = _LISTS[grant.resource]
    if key == "zone" and plan.environment.dns.visibility != "public":
        key = "project"  # the public zone beside a private one is not ours: which it is, is not known
    if key == "project":
        return "", key, ()
    return "", key, (grant.resource, *(there[key].taken if key in there else ()))


_LISTS = {
    # where templates find the grants on what `resource` says
    "project": "project",
    "kms-key": "key",
    "cloud-sql": "sqlInstance",
    "dns-zone": "zone",
    "other-buckets": "otherBuckets",
}


def _principal(plan: Plan, workload: Workload) -> str:
    gcp = plan.environment.gcp
    pool = f"projects/{gcp.project_number}/locations/global/workloadIdentityPools/{gcp.project}.svc.id.goog"
    return f"principal://iam.googleapis.com/{pool}/subject/ns/{workload.namespace}/sa/{workload.name}"


def _secrets(plan: Plan) -> list[dict[str, Any]]:
    """Return every secret of Secret Manager, and the accounts that read it."""
    readers: dict[str, set[str]] = {}
    for secret in secret_requests(plan):
        for key, made in secret.keys.items():
            if made.source not in ("constant", "copy"):
                readers.setdefault(secret_id(secret.name, key, made), set()).add(store_account(secret.namespace))
    hub = plan.environment.argocd.topology == HUB
    account = google_account(_HUB_ACCOUNT) if hub else store_account(f"codemie-{plan.environment.name}")
    for database in plan.databases.values():
        readers.setdefault(database.password_secret, set()).add(account)
    return [
        {"id": name, "readers": [{"name": f"{name}-{reader}", "account": reader} for reader in sorted(readers[name])]}
        for name in sorted(readers)
    ]


def _camel(identity: Identity) -> dict[str, Any]:
    return {"serviceAccount" if key == "service_account" else key: value for key, value in identity._asdict().items()}
