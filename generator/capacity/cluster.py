"""The cluster of an environment: its node pools, and its pods in groups as `packing` takes them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from generator.capacity.demand import (
    Demand,
    has_anti_affinity,
    must_be_apart,
    pool_object,
    topology_spreads,
)
from generator.capacity.node import SystemPods, daemon_sets, other_pods
from generator.capacity.packing import packing_order
from generator.capacity.placement import Node, Pod, PodGroup, PoolZone, Spread
from generator.check import Built
from generator.environment import Environment
from generator.field import mapping, numbered
from generator.scheduling import MAX_PODS, Resources, allocatable, hard_taints, machine_resources, may_run_on

_HOST, _ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
_MAX_PODS_OF_WORKLOAD = 10_000
"""No more pods of a workload are counted: a slip in a patch that asks for more is refused all the same."""


class Pool(NamedTuple):
    """A node pool: its machine, what GKE's reserve leaves (`allocatable`), and what DaemonSets then leave (`free`)."""

    name: str
    machine_type: str
    minimum: int
    maximum: int
    machine: Resources
    allocatable: Resources
    free: Resources
    daemons: tuple[SystemPods, ...]
    pool_zones: tuple[PoolZone, ...]


class Cluster:
    """The pools and pods of an environment's cluster, as `packing` takes them."""

    def __init__(self, built: Built, demands: tuple[Demand, ...], pools: tuple[Pool, ...]) -> None:
        self.built, self.pools = built, pools
        self.env, nodes = built.plan.environment, sum(pool.minimum for pool in pools)
        self.labels_and_taints = {pool.name: _labels_and_taints(built, pool.name, pool.machine_type) for pool in pools}
        self.demands = (*(demand for demand in demands if not demand.every_node), *_system(self.env, built, nodes))
        self.with_anti_affinity = tuple(
            number for number, demand in enumerate(self.demands) if has_anti_affinity(demand)
        )
        self.groups = tuple(self._group(number) for number in range(len(self.demands)))
        self.zones_matter = any(
            group.zone_anti_affinity or any(spread.zonal for spread in group.spreads) or self._picks_zones(group)
            for group in self.groups
        )

    def pods(self, nodes: Mapping[str, int], *, surge: bool) -> list[Pod]:
        """Return all pods of a cluster of so many nodes."""
        system = {demand.name: demand.steady for demand in _system(self.env, self.built, sum(nodes.values()))}
        counts = (system.get(item.name, item.peak if surge else item.steady) for item in self.demands)
        return [Pod(number) for number, count in enumerate(counts) for _ in range(min(count, _MAX_PODS_OF_WORKLOAD))]

    def nodes(self, counts: Mapping[str, int]) -> tuple[Node, ...]:
        """Return so many nodes of each pool, spread over its zones."""
        return tuple(
            Node(pool.pool_zones[index % len(pool.pool_zones)], pool.free, MAX_PODS - len(pool.daemons))
            for pool in self.pools
            for index in range(counts[pool.name])
        )

    def needs(self, pods: Iterable[Pod]) -> Resources:
        """Return what pods request together."""
        total = Resources()
        for pod in pods:
            total = total.plus(self.groups[pod.group].request)
        return total

    def names(self, pods: Iterable[Pod]) -> tuple[str, ...]:
        """Return the names of pods' workloads, each once, the largest first."""
        return tuple(dict.fromkeys(self.groups[pod.group].name for pod in packing_order(self.groups, pods)))

    def _group(self, number: int) -> PodGroup:
        demand = self.demands[number]
        others = (
            list(enumerate(self.demands))
            if number in self.with_anti_affinity
            else [(n, self.demands[n]) for n in self.with_anti_affinity]
        )
        required = [
            (key, skew, counted)
            for key, skew, counted in topology_spreads(demand, self.demands)
            if key in (_HOST, _ZONE)
        ]
        return PodGroup(
            demand.name,
            demand.request,
            frozenset(
                pool_zone
                for pool in self.pools
                for pool_zone in pool.pool_zones
                if self._may_run_in(demand, pool, pool_zone)
            ),
            frozenset(other for other, item in others if must_be_apart(demand, item, _HOST)),
            frozenset(other for other, item in others if must_be_apart(demand, item, _ZONE)),
            tuple(Spread(key == _ZONE, skew, counted) for key, skew, counted in required),
        )

    def _may_run_in(self, demand: Demand, pool: Pool, pool_zone: PoolZone) -> bool:
        labels, taints = self.labels_and_taints[pool.name]
        return may_run_on(demand.spec, {**labels, _ZONE: pool_zone.zone}, taints)

    def _picks_zones(self, group: PodGroup) -> bool:
        return any(0 < len(group.pool_zones & {*pool.pool_zones}) < len(pool.pool_zones) for pool in self.pools)


def pool_of(built: Built, name: str, demands: tuple[Demand, ...]) -> Pool:
    """Return a pool whose machine type is known, with the DaemonSets that run on it."""
    env = built.plan.environment
    pool = env.gke.node_pools[name]
    zones = env.gcp.zones if env.gke.location == env.gcp.region else (env.gke.location,)
    labels, taints = _labels_and_taints(built, name, pool.machine_type)
    own_daemons = [
        SystemPods(item.name, item.request)
        for item in demands
        if item.every_node and may_run_on(item.spec, labels, taints)
    ]
    daemons = (*daemon_sets(env.resolvers), *own_daemons)
    machine, allocatable_ = (
        machine_resources(pool.machine_type) or Resources(),
        allocatable(pool.machine_type) or Resources(),
    )
    free = allocatable_
    for daemon in daemons:
        free = free.plus(daemon.request, -1)
    pool_zones = tuple(PoolZone(name, zone) for zone in zones)
    return Pool(
        name, pool.machine_type, pool.min_nodes, pool.max_nodes, machine, allocatable_, free, daemons, pool_zones
    )


def _labels_and_taints(built: Built, pool: str, machine_type: str) -> tuple[dict[str, str], list[dict[str, object]]]:
    """Return the labels of a pool's nodes, but for their zone, and the taints that keep pods away."""
    item = pool_object(built, pool)
    config = mapping(item.manifest, "spec", "nodeConfig") if item else {}
    labels = {"kubernetes.io/os": "linux", "node.kubernetes.io/instance-type": machine_type, "codemie-pool": pool}
    return {**labels, **mapping(config, "labels")}, hard_taints([taint for _, taint in numbered(config, "taint")])


def _system(env: Environment, built: Built, nodes: int) -> tuple[Demand, ...]:
    gke = built.plan.named("gke")
    backup = bool(gke and gke.values.get("backup"))
    return tuple(
        Demand(f"kube-system/{item.name}", "GKE", "", item.request, item.pods, item.pods)
        for item in other_pods(env.resolvers, nodes, backup=backup)
    )
