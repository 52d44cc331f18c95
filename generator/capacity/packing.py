"""Whether pods fit on nodes: a proof either way, or the honest answer that none was found within a number of steps.

Placing the largest pod first, on the first node that takes it, proves most fits. Where that fails and the sums do not
forbid it, an exact search decides: no two pods of a workload, and no two equal nodes, are tried in more than one order.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from generator.capacity.placement import Node, Pod, PodGroup, Spread
from generator.scheduling import Resources

MAX_STEPS = 5_000
"""How many pods the exact search places at most: a number, not a time, so that every machine gives one answer."""


class Fit(StrEnum):
    """Whether pods fit; `UNKNOWN` where the search ended before it knew."""

    YES = "fits"
    NO = "does not fit"
    UNKNOWN = "not found within the bound"


class Packing(NamedTuple):
    """The answer; if it is yes the node of each pod, in `packing_order`; the pods that found no node."""

    fit: Fit
    nodes: tuple[int, ...] = ()
    unplaced: tuple[Pod, ...] = ()


def packing_order(groups: tuple[PodGroup, ...], pods: Iterable[Pod]) -> list[Pod]:
    """Return pods in the order of placement: constrained ones first, then the largest; alike ones together."""

    def sort_key(pod: Pod) -> tuple[bool, float, int, str]:
        group = groups[pod.group]
        constrained = bool(group.node_anti_affinity or group.zone_anti_affinity or group.spreads)
        return (
            not constrained,
            -max(group.request.cpu / 1000, group.request.memory / 2**32),
            pod.group,
            pod.zone or "",
        )

    return sorted(pods, key=sort_key)


def pack(groups: tuple[PodGroup, ...], pods: Iterable[Pod], nodes: tuple[Node, ...], steps: int = MAX_STEPS) -> Packing:
    """Return whether all pods fit on the nodes."""
    ordered = packing_order(groups, pods)
    assignment = _Assignment(groups, nodes, ordered)
    chosen, unplaced = assignment.first_fit(ordered)
    if not unplaced and assignment.has_even_spreads():
        return Packing(Fit.YES, tuple(chosen))
    assignment = _Assignment(groups, nodes, ordered)
    if assignment.is_infeasible(ordered):
        return Packing(Fit.NO, (), tuple(unplaced))
    nodes_of_pods = next(assignment.solutions(ordered, steps), ())
    if nodes_of_pods:
        return Packing(Fit.YES, nodes_of_pods)
    return Packing(Fit.UNKNOWN if nodes_of_pods is None else Fit.NO, (), tuple(unplaced))


def placements(
    groups: tuple[PodGroup, ...], pods: Iterable[Pod], nodes: tuple[Node, ...], steps: int = MAX_STEPS
) -> Iterator[tuple[tuple[Node, ...], bool]]:
    """Yield the nodes with the pods on them, every way there is, and whether the search was complete so far."""
    ordered = packing_order(groups, pods)
    if not ordered:
        yield nodes, True
        return
    assignment = _Assignment(groups, nodes, ordered)
    for chosen in assignment.solutions(ordered, steps):
        counts = [dict(group_counts) for group_counts in assignment.group_counts]
        yield (
            tuple(node._replace(group_counts=group_counts) for node, group_counts in zip(nodes, counts, strict=True)),
            chosen is not None,
        )


class _Remaining(NamedTuple):
    """What the pods still to be placed request together, and the least that one of them requests."""

    sum: Resources
    least: Resources


def _remaining_from(groups: tuple[PodGroup, ...], pods: list[Pod]) -> list[_Remaining]:
    """Return what remains from each pod on."""
    remaining, remainders = _Remaining(Resources(), Resources(2**62, 2**62)), []
    for pod in reversed(pods):
        request, least = groups[pod.group].request, remaining.least
        smaller = Resources(min(request.cpu, least.cpu), min(request.memory, least.memory))
        remaining = _Remaining(remaining.sum.plus(request), smaller)
        remainders.append(remaining)
    return remainders[::-1]


class _Assignment:
    """The nodes while pods are placed on them."""

    def __init__(self, groups: tuple[PodGroup, ...], nodes: tuple[Node, ...], pods: list[Pod]) -> None:
        self.groups, self.nodes = groups, nodes
        self.free_cpu, self.free_memory, self.free_slots = [], [], []
        self.group_counts: list[dict[int, int]] = []
        for node in nodes:
            used = [(groups[group].request, count) for group, count in node.group_counts.items()]
            self.free_cpu.append(node.free.cpu - sum(request.cpu * count for request, count in used))
            self.free_memory.append(node.free.memory - sum(request.memory * count for request, count in used))
            self.free_slots.append(node.max_pods - sum(node.group_counts.values()))
            self.group_counts.append(dict(node.group_counts))
        self.spreads = [(number, spread) for number, group in enumerate(groups) for spread in group.spreads]
        self.groups_in_spreads = {other for number, spread in self.spreads for other in (number, *spread.counted)}
        self.totals = [self._total(spread, pods) for _, spread in self.spreads]

    def place(self, pod: Pod, index: int, times: int = 1) -> None:
        """Put a pod on a node; with `times` -1 take it off."""
        request = self.groups[pod.group].request
        self.free_cpu[index] -= times * request.cpu
        self.free_memory[index] -= times * request.memory
        self.free_slots[index] -= times
        self.group_counts[index][pod.group] = self.group_counts[index].get(pod.group, 0) + times

    def can_take(self, pod: Pod, index: int) -> bool:
        """Whether a node has room for a pod and nothing there keeps it away."""
        group, pool_zone = self.groups[pod.group], self.nodes[index].pool_zone
        request = group.request
        if request.cpu > self.free_cpu[index] or request.memory > self.free_memory[index] or self.free_slots[index] < 1:
            return False
        if pool_zone not in group.pool_zones or (pod.zone is not None and pod.zone != pool_zone.zone):
            return False
        if any(self.group_counts[index].get(other) for other in group.node_anti_affinity):
            return False
        if group.zone_anti_affinity and any(self._in_zone(pool_zone.zone, other) for other in group.zone_anti_affinity):
            return False
        return pod.group not in self.groups_in_spreads or self._within_skew(pod, index)

    def first_fit(self, pods: list[Pod]) -> tuple[list[int], list[Pod]]:
        """Place each pod on the first node that takes it; return the nodes, and the pods that none took."""
        chosen, unplaced = [], []
        for pod in pods:
            index = next((index for index in range(len(self.nodes)) if self.can_take(pod, index)), None)
            if index is None:
                unplaced.append(pod)
            else:
                self.place(pod, index)
                chosen.append(index)
        return chosen, unplaced

    def is_infeasible(self, pods: list[Pod]) -> bool:
        """Whether the sums, or one pod alone, show already that the pods do not fit."""
        requests = [self.groups[pod.group].request for pod in pods]
        if sum(request.cpu for request in requests) > sum(self.free_cpu):
            return True
        if sum(request.memory for request in requests) > sum(self.free_memory) or len(pods) > sum(self.free_slots):
            return True
        return any(
            not any(self.can_take(pod, index) for index in range(len(self.nodes))) for pod in dict.fromkeys(pods)
        )

    def solutions(self, pods: list[Pod], steps: int) -> Iterator[tuple[int, ...] | None]:
        """Yield the nodes of the pods, each way to place them once, depth first; None where the steps are used up."""
        chosen: list[int] = []
        remaining = _remaining_from(self.groups, pods)
        candidates = [self._candidates(pods, chosen)]
        while candidates:
            index = next(candidates[-1], None)
            if index is None:
                candidates.pop()
                if chosen:
                    self.place(pods[len(chosen) - 1], chosen.pop(), -1)
                continue
            if not (steps := steps - 1):
                yield None
                return
            self.place(pods[len(chosen)], index)
            chosen.append(index)
            if len(chosen) == len(pods):
                if self.has_even_spreads():
                    yield tuple(chosen)
                candidates.append(iter(()))
            else:
                candidates.append(
                    self._candidates(pods, chosen) if self._has_room(remaining[len(chosen)]) else iter(())
                )

    def _has_room(self, remaining: _Remaining) -> bool:
        """Whether the nodes that take at least the smallest remaining pod have room for all that remains."""
        useful = [
            (cpu, memory)
            for cpu, memory in zip(self.free_cpu, self.free_memory, strict=True)
            if cpu >= remaining.least.cpu and memory >= remaining.least.memory
        ]
        return (
            sum(cpu for cpu, _ in useful) >= remaining.sum.cpu
            and sum(memory for _, memory in useful) >= remaining.sum.memory
        )

    def has_even_spreads(self) -> bool:
        """Whether every required spread holds, with all pods where they are."""
        for number, spread in self.spreads:
            domains, occupied = self._domains(number, spread)
            if occupied and max(domains[domain] for domain in occupied) - min(domains.values()) > spread.max_skew:
                return False
        return True

    def _candidates(self, pods: list[Pod], chosen: list[int]) -> Iterator[int]:
        """Yield the nodes for the next pod: one of equal nodes, and none before that of the last pod of its group."""
        pod = pods[len(chosen)]
        first = chosen[-1] if chosen and pods[len(chosen) - 1] == pod else 0
        tried = set()
        for index in range(first, len(self.nodes)):
            pods_on_node = tuple(sorted(item for item in self.group_counts[index].items() if item[1]))
            signature = (self.nodes[index].pool_zone, self.nodes[index].free, pods_on_node)
            if signature not in tried:
                tried.add(signature)
                if self.can_take(pod, index):
                    yield index

    def _within_skew(self, pod: Pod, index: int) -> bool:
        """Whether the pods still to be placed can level what one more pod on this node makes uneven."""
        for (number, spread), total in zip(self.spreads, self.totals, strict=True):
            if pod.group == number or pod.group in spread.counted:
                domains, occupied = self._domains(number, spread)
                domain_of_node = self._domain(index, spread)
                domains[domain_of_node] = domains.get(domain_of_node, 0) + (pod.group in spread.counted)
                occupied = occupied | {domain_of_node} if pod.group == number else occupied
                level = max((domains[domain] for domain in occupied), default=0) - spread.max_skew
                missing = sum(max(level - count, 0) for count in domains.values())
                if missing > total - sum(domains.values()):
                    return False
        return True

    def _domains(self, number: int, spread: Spread) -> tuple[dict[str | int, int], set[str | int]]:
        """Return how many counted pods each domain (a node or a zone) has, and which domains hold pods of the group."""
        domains: dict[str | int, int] = {}
        occupied = set()
        for index, node in enumerate(self.nodes):
            if node.pool_zone in self.groups[number].pool_zones:
                domain = self._domain(index, spread)
                pods_on_node = self.group_counts[index]
                domains[domain] = domains.get(domain, 0) + sum(pods_on_node.get(other, 0) for other in spread.counted)
                if pods_on_node.get(number):
                    occupied.add(domain)
        return domains, occupied

    def _domain(self, index: int, spread: Spread) -> str | int:
        return self.nodes[index].pool_zone.zone if spread.zonal else index

    def _in_zone(self, zone: str, group: int) -> bool:
        return any(
            self.group_counts[index].get(group) for index, node in enumerate(self.nodes) if node.pool_zone.zone == zone
        )

    def _total(self, spread: Spread, pods: list[Pod]) -> int:
        waiting = sum(pod.group in spread.counted for pod in pods)
        return waiting + sum(counts.get(group, 0) for counts in self.group_counts for group in spread.counted)
