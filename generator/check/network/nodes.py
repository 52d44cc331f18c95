"""How many nodes a cluster may have, and what each takes. No rule: `room.py` and `outgoing.py` compare."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.check.built import Built
from generator.check.google.resource import google_name, named
from generator.field import at, listed, mapping, text
from generator.manifest import Object
from generator.scheduling import MAX_PODS

_ZONES_OF_A_REGION = 3
"""In how many zones GKE runs nodes of a regional cluster that names none."""


class Taken(NamedTuple):
    """What nodes take of a range for their pods: how many nodes, addresses in all, and the most that one node takes."""

    nodes: int
    addresses: int
    largest: int


def clusters(built: Built) -> Iterator[Object]:
    """Yield the clusters that are rendered: nobody knows what else is in one that is only referred to."""
    return (item for item in built.google if item.id.kind == "ContainerCluster")


def grown(built: Built, cluster: Object) -> int:
    """Return to how many nodes the pools of a cluster may grow, with those that upgrades add for a while."""
    return sum(_most(pool, cluster) for pool in _pools(built, cluster))


def addresses_of_pods(built: Built, cluster: Object, default: str) -> dict[str, Taken]:
    """Return by the name of a range what nodes take of it; pools that name none take of `default`."""
    found: dict[str, Taken] = {}
    for pool in _pools(built, cluster):
        name = text(pool.manifest, "spec", "networkConfig", "podRange") or default
        nodes, each = _most(pool, cluster), _addresses_of_a_node(pool, cluster)
        before = found.get(name, Taken(0, 0, 0))
        found[name] = Taken(before.nodes + nodes, before.addresses + nodes * each, max(before.largest, each))
    return found


def is_named(item: Object, reference: object) -> bool:
    """Whether a reference means this resource: by our object's name, or by its name in Google Cloud."""
    return named(reference) in (item.id.name, google_name(item)[0])


def _pools(built: Built, cluster: Object) -> Iterator[Object]:
    for item in built.of_kind("ContainerNodePool"):
        if item.id.cluster == cluster.id.cluster and is_named(cluster, at(item.manifest, "spec", "clusterRef")):
            yield item


def _most(pool: Object, cluster: Object) -> int:
    spec = mapping(pool.manifest, "spec")
    in_a_zone = max(_number(spec, "nodeCount"), _number(spec, "initialNodeCount"))
    if "autoscaling" in spec:
        in_a_zone = _number(spec, "autoscaling", "maxNodeCount")
    most = _number(spec, "autoscaling", "totalMaxNodeCount") or in_a_zone * _zones(spec, cluster)
    if text(spec, "upgradeSettings", "strategy") == "BLUE_GREEN":
        return 2 * most
    return most + (_number(spec, "upgradeSettings", "maxSurge") if "upgradeSettings" in spec else 1)


def _zones(pool: dict[str, Any], cluster: Object) -> int:
    written = listed(pool, "nodeLocations") or listed(cluster.manifest, "spec", "nodeLocations")
    regional = text(cluster.manifest, "spec", "location").count("-") == 1
    return len(written) or (_ZONES_OF_A_REGION if regional else 1)


def _addresses_of_a_node(pool: Object, cluster: Object) -> int:
    """Return the power of two that is at least twice the pods of a node."""
    said = _number(pool.manifest, "spec", "maxPodsPerNode")
    pods = said or _number(cluster.manifest, "spec", "defaultMaxPodsPerNode") or MAX_PODS
    return int(2 ** (2 * pods - 1).bit_length())


def _number(node: object, *steps: str) -> int:
    found = at(node, *steps)
    return found if isinstance(found, int) and found > 0 else 0
