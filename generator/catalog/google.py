"""Shared resources of Google Cloud: ours, or there before us; by which name, and how other resources refer to them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from generator.catalog.plan import Plan
from generator.environment import Adopted, Environment
from generator.finding import Finding
from generator.google.sql_connections import most_connections
from generator.schema import dotted, place
from generator.yamlio import Path

BUCKET = "bucket:"
"""What a grant's `resource` begins with where it means one bucket; the rest says what the bucket holds."""


class Resource(msgspec.Struct, frozen=True, kw_only=True, rename={"resource_id": "resourceID"}):
    """A resource as templates see it: its name in Google Cloud, whether we render it, and how it is referred to.

    `resource_id` is its name where we take over one that we did not name, else empty. `reference` is `{name: …}` for
    our own object, and `{external: …}` for what existed before, taken over or not: most references are immutable, so an
    object that refers to it stays as it is when that decision changes. `plain` is the same for the few references that
    take the plain name only, not Google's path to it (check/google/external.py). `target` is the same, in the form that
    grants use. `taken` is what a grant on it is named after: nothing for ours, else its name in Google Cloud, in
    letters that objects may have, since a grant is immutable too.
    """

    name: str
    rendered: bool
    resource_id: str
    reference: dict[str, str]
    plain: dict[str, str]
    target: dict[str, str]
    taken: tuple[str, ...]


class _Kind(NamedTuple):
    """A kind of Config Connector: the first part of its group, and its name."""

    group: str
    name: str


_BUCKET = _Kind("storage", "StorageBucket")
_CLUSTER = _Kind("container", "ContainerCluster")
_INSTANCE = _Kind("sql", "SQLInstance")
_KEY = _Kind("kms", "KMSCryptoKey")
_NETWORK = _Kind("compute", "ComputeNetwork")
_RING = _Kind("kms", "KMSKeyRing")
_SUBNETWORK = _Kind("compute", "ComputeSubnetwork")
_ZONE = _Kind("dns", "DNSManagedZone")


def google(plan: Plan) -> dict[str, Any]:
    """Return the resources that several units refer to, and by what they hold, the buckets."""
    env = plan.environment
    project, region, there = env.gcp.project, env.gcp.region, env.existing
    network = there.network
    subnetwork = Adopted(name=network.subnetwork, adopt=network.adopt) if network else None
    ring = _resource(_RING, "codemie", there.key_ring, f"projects/{project}/locations/{region}/keyRings/{{}}")
    key = f"projects/{project}/locations/{region}/keyRings/{ring.name}/cryptoKeys/{{}}"
    return {
        "network": _resource(_NETWORK, "codemie-cluster-network", network, f"projects/{project}/global/networks/{{}}"),
        "subnetwork": _resource(
            _SUBNETWORK, "codemie-cluster-subnet", subnetwork, f"projects/{project}/regions/{region}/subnetworks/{{}}"
        ),
        "pods": network.pods if network else "pods",
        "services": network.services if network else "services",
        "privateServices": network.private_services if network else "codemie-private-services",
        "zone": _resource(_ZONE, env.dns.zone, there.zone, f"projects/{project}/managedZones/{{}}"),
        "cluster": cluster(env),
        "keyRing": ring,
        "key": _resource(_KEY, "codemie", there.key, key),
        "sqlInstance": _resource(_INSTANCE, "codemie-postgresql", there.sql_instance, "{}"),
        "sqlConnections": most_connections(env.database.tier, env.database.flags),
        "buckets": {
            suffix: _resource(
                _BUCKET, f"{project}-codemie-{suffix}", there.buckets.get(suffix), "{}", named=f"codemie-{suffix}"
            )
            for suffix in sorted(_buckets(plan))
        },
    }


def cluster(env: Environment) -> Resource:
    """Return the workload cluster."""
    external = f"projects/{env.gcp.project}/locations/{env.gke.location}/clusters/{{}}"
    return _resource(_CLUSTER, "codemie-gke", env.existing.cluster, external)


def _resource(kind: _Kind, ours: str, there: Adopted | None, external: str, named: str = "") -> Resource:
    """Return a resource that is `ours`, or there; our object is called `named` where Google's name cannot be."""
    if there:
        reference = {"external": external.format(there.name)}
        return Resource(
            name=there.name,
            rendered=there.adopt,
            resource_id=there.name if there.adopt else "",
            reference=reference,
            plain={"external": there.name},
            target={"kind": kind.name, **reference},
            taken=(there.name.replace("_", "-").lower(),),
        )
    reference = {"name": named or ours}
    return Resource(
        name=ours,
        rendered=True,
        resource_id=named and ours,
        reference=reference,
        plain=reference,
        target={"apiVersion": f"{kind.group}.cnrm.cloud.google.com/v1beta1", "kind": kind.name, **reference},
        taken=(),
    )


def google_problems(plan: Plan) -> Iterator[Finding]:
    """Yield buckets said to be there that no unit uses: with a slip in the name a new one would be made, silently."""
    used = _buckets(plan)
    for suffix in plan.environment.existing.buckets:
        if suffix not in used:
            path: Path = ("existing", "buckets", suffix)
            hint = f"there are: {', '.join(sorted(used)) or 'none'}"
            message = "no unit has a bucket for this"
            yield Finding.at(place(path, plan.marks), "existing-bucket", message, path=dotted(path), hint=hint)


def _buckets(plan: Plan) -> set[str]:
    """Return what the buckets hold that units are granted a role on."""
    resources = {grant.resource for planned in plan.units for grant in planned.grants}
    return {resource.removeprefix(BUCKET) for resource in resources if resource.startswith(BUCKET)}
