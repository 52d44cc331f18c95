"""Pools and pods side by side: whether all fit at minimum size, with a node lost, and while everything rolls out."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from generator.capacity.cluster import Cluster, Pool
from generator.capacity.packing import MAX_STEPS, Fit, Packing, pack, placements
from generator.capacity.placement import Node, Pod
from generator.scheduling import Resources

_MAX_PLACEMENTS = 1000
"""How many ways to place the volumes on nodes are looked at."""


class Scenario(NamedTuple):
    """What pods need, and whether they fit on so many nodes of each pool; `lost_pool` is the pool that lost one.

    `unplaced` found no node. `added_nodes` is what the autoscaler adds until they fit, or None if the maximum is too
    small. `waiting` are the pods whose volume is in the zone of the lost node; `stopped` is what stops meanwhile.
    """

    name: str
    nodes: Mapping[str, int]
    needs: Resources
    pods: int
    fit: Fit
    unplaced: tuple[str, ...] = ()
    added_nodes: Mapping[str, int] | None = {}
    lost_pool: str = ""
    waiting: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()


def scenario_at_minimum(cluster: Cluster, name: str, *, surge: bool) -> Scenario:
    """Return whether the pods fit at minimum size, and if not, how many nodes the autoscaler adds."""
    counts = {pool.name: pool.minimum for pool in cluster.pools}
    pods = cluster.pods(counts, surge=surge)
    first = packing = pack(cluster.groups, pods, cluster.nodes(counts))
    grown = counts
    while packing.fit is not Fit.YES and (growth := _growth(cluster, packing, grown)):
        grown = {**grown, **growth}
        packing = pack(cluster.groups, cluster.pods(grown, surge=surge), cluster.nodes(grown), MAX_STEPS // 10)
    if packing.fit is not Fit.YES:
        grown = {pool.name: pool.maximum for pool in cluster.pools}
        packing = pack(cluster.groups, cluster.pods(grown, surge=surge), cluster.nodes(grown))
    added_nodes = {pool: grown[pool] - count for pool, count in counts.items() if grown[pool] > count}
    fits = packing.fit is Fit.YES
    fit = first.fit if fits else packing.fit
    unplaced = cluster.names(first.unplaced if fits else packing.unplaced)
    return Scenario(name, counts, cluster.needs(pods), len(pods), fit, unplaced, added_nodes if fits else None)


def _growth(cluster: Cluster, packing: Packing, counts: Mapping[str, int]) -> dict[str, int]:
    """Return one pool with more nodes: of the largest pod that is left the first pool that takes it and may grow.

    Half of what the sums of the left ask for: a pool of hundreds of nodes is not grown one by one, nor too far.
    """
    for pod in packing.unplaced:
        for pool in cluster.pools:
            if counts[pool.name] < pool.maximum and cluster.groups[pod.group].pool_zones & {*pool.pool_zones}:
                need = cluster.needs(packing.unplaced)
                nodes = max(need.cpu / max(pool.free.cpu, 1), need.memory / max(pool.free.memory, 1))
                return {pool.name: min(counts[pool.name] + max(int(nodes) // 2, 1), pool.maximum)}
    return {}


def scenario_with_node_lost(cluster: Cluster, pool: Pool) -> Scenario:
    """Return whether the rest holds all that can move, wherever the volumes were, when a pool loses any one node."""
    counts = {item.name: item.minimum for item in cluster.pools}
    pods = cluster.pods(counts, surge=False)
    with_volume = [pod for pod in pods if cluster.demands[pod.group].zonal]
    movable = [pod for pod in pods if not cluster.demands[pod.group].zonal]
    counts_after_loss = {**counts, pool.name: pool.minimum - 1}
    seen, waiting_counts, worst = set(), dict.fromkeys(with_volume, 0), Packing(Fit.YES)
    for number, (nodes, complete) in enumerate(placements(cluster.groups, with_volume, cluster.nodes(counts))):
        if not complete or number == _MAX_PLACEMENTS:
            worst = worst if worst.fit is Fit.NO else Packing(Fit.UNKNOWN)
            break
        for index in (index for index, node in enumerate(nodes) if node.pool_zone.pool == pool.name):
            other_nodes = (*nodes[:index], *nodes[index + 1 :])
            moved, still_waiting = _moved_and_waiting(cluster, nodes[index], other_nodes)
            waiting_counts = {pod: max(count, still_waiting.count(pod)) for pod, count in waiting_counts.items()}
            key = (_signature(other_nodes, zoned=cluster.zones_matter or bool(moved)), *moved)
            if key not in seen:
                seen.add(key)
                packing = pack(cluster.groups, [*movable, *moved], other_nodes)
                worst = max(worst, packing, key=lambda packing: (Fit.YES, Fit.UNKNOWN, Fit.NO).index(packing.fit))
    names = tuple(
        f"{cluster.demands[pod.group].name} ({count} of {with_volume.count(pod)})"
        for pod, count in waiting_counts.items()
        if count
    )
    lost = {cluster.demands[pod.group].name: count for pod, count in waiting_counts.items() if count}
    return Scenario(
        "node lost",
        counts_after_loss,
        cluster.needs(pods),
        len(pods),
        worst.fit,
        cluster.names(worst.unplaced),
        lost_pool=pool.name,
        waiting=names,
        stopped=tuple(_stopped(cluster, lost)),
    )


def _moved_and_waiting(cluster: Cluster, lost: Node, other_nodes: tuple[Node, ...]) -> tuple[list[Pod], list[Pod]]:
    """Return the pods with volumes of a lost node that another node of its zone may take, and those that must wait."""
    moved: list[Pod] = []
    waiting: list[Pod] = []
    for group, count in lost.group_counts.items():
        has_node_in_zone = any(
            node.pool_zone.zone == lost.pool_zone.zone and node.pool_zone in cluster.groups[group].pool_zones
            for node in other_nodes
        )
        (moved if has_node_in_zone else waiting).extend(
            [Pod(group, lost.pool_zone.zone if has_node_in_zone else None)] * count
        )
    return moved, waiting


def _signature(nodes: tuple[Node, ...], *, zoned: bool) -> tuple[object, ...]:
    """Return what makes one set of nodes another; their zones only where some pod asks for them."""
    return tuple(
        sorted(
            (
                node.pool_zone.pool,
                node.pool_zone.zone if zoned else "",
                tuple(sorted(item for item in node.group_counts.items() if item[1])),
            )
            for node in nodes
        )
    )


def _stopped(cluster: Cluster, waiting_counts: Mapping[str, int]) -> Iterator[str]:
    """Yield what no longer works while pods wait: whole workloads, those that call them, votes without a majority."""
    for demand in (item for item in cluster.demands if waiting_counts.get(item.name)):
        if demand.needs_majority:
            votes = sum(
                item.steady for item in cluster.demands if item.needs_majority and item.namespace == demand.namespace
            )
            if 2 * (votes - waiting_counts[demand.name]) <= votes:
                yield f"{demand.name}: without a majority of {votes} votes nothing is written"
        elif waiting_counts[demand.name] == demand.steady:
            units = (unit for unit in cluster.built.plan.units if unit.name != demand.unit)
            callers = [unit.name for unit in units if any(call.to == demand.unit for call in unit.connects)]
            yield demand.name + (f", and what {', '.join(callers)} needs of it" if callers else "")
