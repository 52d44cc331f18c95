"""Node pools: which nodes there may be, and why none of them takes a pod."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.cluster import selects
from generator.field import at, listed, mapping, numbered, text
from generator.google.machines import family
from generator.manifest import Manifest, Object
from generator.review.side import Side
from generator.scheduling import allocatable, hard_taints, may_run_on, request_of

POOL = "ContainerNodePool"
CHOOSES_NODES = ("nodeConfig", "autoscaling", "nodeCount", "nodeLocations")
"""Fields of a pool that decide which nodes it has."""
_HOST, _ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
_NODE_AFFINITY = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
_ANTI_AFFINITY = ("affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
_RESERVED = ("kubernetes.io", "k8s.io", "google.com", "gke.io")
"""Whose labels are on nodes without a pool saying so."""
_SAID = ("cloud.google.com/gke-spot", "cloud.google.com/gke-accelerator")
"""Labels of GKE that are on a node only where its pool says so."""
_DEFAULT_MACHINE = "e2-medium"


class Pool(NamedTuple):
    """The nodes of a pool: their labels and taints, machine type and zones, and how many there are at most."""

    labels: dict[str, str]
    taints: list[dict[str, Any]]
    machine_type: str
    zones: frozenset[str]
    most: int | None


def pools(side: Side) -> list[Pool]:
    """Return the node pools of an environment; none where GKE itself makes nodes for pods that find none."""
    if any(_makes_pools(cluster.manifest) for cluster in side.of_kind("ContainerCluster")):
        return []
    return [pool for item in side.of_kind(POOL) if (pool := _pool(item)).most != 0]


def reason_against(template: Manifest, replicas: int, nodes: list[Pool]) -> str:
    """Return why these pods find no node; '' if they may, as far as can be known."""
    spec = mapping(template, "spec")
    fitting = [pool for pool in nodes if may_run_on(_decidable(spec, pool.labels), pool.labels, pool.taints)]
    if not fitting:
        return "no node pool fits its nodeSelector, affinity and tolerations"
    request = request_of(spec)
    free = [allocatable(pool.machine_type) for pool in fitting]
    if not any(one is None or (request.cpu <= one.cpu and request.memory <= one.memory) for one in free):
        return f"no node that it may run on has the {request} that a pod requests"
    if any(_is_known(key) and all(key not in pool.labels for pool in fitting) for key in _spread_keys(spec)):
        return "no node has the label that its pods must be spread by"
    return _too_few(template, replicas, fitting)


def _too_few(template: Manifest, replicas: int, fitting: list[Pool]) -> str:
    """Return why not all pods find a node where no two of them may share one, or a zone."""
    apart = set(_kept_apart(template))
    counts = [pool.most for pool in fitting if pool.most is not None]
    if _HOST in apart and len(counts) == len(fitting) and sum(counts) < replicas:
        return f"{replicas} pods keep away from each other, and there are {sum(counts)} nodes at most"
    zones = frozenset().union(*(pool.zones for pool in fitting))
    if _ZONE in apart and all(pool.zones for pool in fitting) and len(zones) < replicas:
        return f"{replicas} pods keep away from each other, and there are {len(zones)} zones"
    return ""


def _kept_apart(template: Manifest) -> Iterator[str]:
    """Yield the keys of what no two of these pods may share."""
    for _, term in numbered(template, "spec", *_ANTI_AFFINITY):
        if selects(mapping(term, "labelSelector"), mapping(template, "metadata", "labels")):
            yield text(term, "topologyKey")


def _spread_keys(spec: Manifest) -> Iterator[str]:
    for _, constraint in numbered(spec, "topologySpreadConstraints"):
        if text(constraint, "whenUnsatisfiable") != "ScheduleAnyway":
            yield text(constraint, "topologyKey")


def _decidable(spec: Manifest, labels: dict[str, str]) -> Manifest:
    """Return what a pod asks of labels and taints that can be known."""
    selector = {key: value for key, value in mapping(spec, "nodeSelector").items() if key in labels or _is_known(key)}
    terms = [
        {"matchExpressions": [item for _, item in numbered(term, "matchExpressions") if _is_decidable(item, labels)]}
        for _, term in numbered(spec, *_NODE_AFFINITY, "nodeSelectorTerms")
    ]
    affinity = {"nodeAffinity": {_NODE_AFFINITY[-1]: {"nodeSelectorTerms": terms}}} if terms else {}
    return {"nodeSelector": selector, "affinity": affinity, "tolerations": spec.get("tolerations")}


def _is_decidable(expression: dict[str, Any], labels: dict[str, str]) -> bool:
    key = text(expression, "key")
    return (key in labels or _is_known(key)) and text(expression, "operator") not in ("Gt", "Lt")


def _is_known(key: str) -> bool:
    """Whether a label that no pool says is on no node."""
    domain, slash, _ = key.rpartition("/")
    return key in _SAID or not (slash and domain.endswith(_RESERVED))


def _makes_pools(cluster: Manifest) -> bool:
    return True in (at(cluster, "spec", "enableAutopilot"), at(cluster, "spec", "clusterAutoscaling", "enabled"))


def _pool(pool: Object) -> Pool:
    config = mapping(pool.manifest, "spec", "nodeConfig")
    machine_type = text(config, "machineType") or _DEFAULT_MACHINE
    series = family(machine_type)
    labels = {
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": machine_type,
        "cloud.google.com/machine-family": machine_type.partition("-")[0],
        "cloud.google.com/gke-nodepool": text(pool.manifest, "spec", "resourceID") or pool.id.name,
    }
    if series:
        labels["kubernetes.io/arch"] = "arm64" if series.arm else "amd64"
    if config.get("spot") is True:
        labels["cloud.google.com/gke-spot"] = "true"
    for _, accelerator in numbered(config, "guestAccelerator"):
        labels["cloud.google.com/gke-accelerator"] = text(accelerator, "type")
    taints = hard_taints([taint for _, taint in numbered(config, "taint")])
    zones = frozenset(zone for zone in listed(pool.manifest, "spec", "nodeLocations") if isinstance(zone, str))
    return Pool({**labels, **mapping(config, "labels")}, taints, machine_type, zones, _most(pool.manifest, len(zones)))


def _most(pool: Manifest, zones: int) -> int | None:
    """Return how many nodes a pool has at most; None where that is not known. Some numbers are those of each zone."""
    total, in_zone = (at(pool, "spec", "autoscaling", key) for key in ("totalMaxNodeCount", "maxNodeCount"))
    if isinstance(total, int):
        return total
    of_each = in_zone if mapping(pool, "spec", "autoscaling") else at(pool, "spec", "nodeCount")
    if not isinstance(of_each, int):
        return None
    return of_each * zones if zones or not of_each else None
