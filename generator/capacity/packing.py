"""Whether pods fit on nodes: a proof either way, or the honest answer that none was found within a number of steps.

The largest pod first, on the first node that takes it, proves most fits. Where that fails and the sums do not forbid it,
an exact search decides: no two pods of a workload, and no two equal nodes, are tried in more than one order.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from generator.capacity.node import MAX_PODS, Amount

STEPS = 5_000
"""How many pods the exact search places at most: a number, not a time, so that every machine gives one answer."""


class Place(NamedTuple):
    """A kind of node: its pool and its zone. All nodes of a place are alike."""

    pool: str
    zone: str


class Fit(StrEnum):
    """Whether pods fit; `UNKNOWN` where the search ended before it knew."""

    YES = "fits"
    NO = "does not fit"
    UNKNOWN = "not found within the bound"


class Spread(NamedTuple):
    """A required topology spread: of all pods in `counted`, no domain has `skew` more than another has."""

    zonal: bool
    skew: int
    counted: frozenset[int]


class Group(NamedTuple):
    """Pods that are alike: what one requests, where it may run, whom it keeps away from (groups by their number)."""

    name: str
    request: Amount
    places: frozenset[Place]
    off_node: frozenset[int] = frozenset()
    off_zone: frozenset[int] = frozenset()
    spreads: tuple[Spread, ...] = ()


class Node(NamedTuple):
    """A node: where it is, what it has for pods, and which pods are on it already (group -> how many)."""

    place: Place
    room: Amount
    pods: int = MAX_PODS
    holds: Mapping[int, int] = {}


class Task(NamedTuple):
    """A pod to be placed: its group, and the zone that its volume is in."""

    group: int
    zone: str | None = None


class Packing(NamedTuple):
    """The answer, the node of each task where it is yes (tasks in the order of `order`), and what found no node."""

    fit: Fit
    nodes: tuple[int, ...] = ()
    left: tuple[Task, ...] = ()


def order(groups: tuple[Group, ...], tasks: Iterable[Task]) -> list[Task]:
    """Return tasks as they are tried: those that keep away from others first, then the largest, alike ones together."""

    def weight(task: Task) -> tuple[bool, float, int, str]:
        group = groups[task.group]
        bound = bool(group.off_node or group.off_zone or group.spreads)
        return (not bound, -max(group.request.cpu / 1000, group.request.memory / 2**32), task.group, task.zone or "")

    return sorted(tasks, key=weight)


def pack(groups: tuple[Group, ...], tasks: Iterable[Task], nodes: tuple[Node, ...], steps: int = STEPS) -> Packing:
    """Return whether all tasks fit on the nodes."""
    ordered = order(groups, tasks)
    board = _Board(groups, nodes, ordered)
    chosen, left = board.first_fit(ordered)
    if not left and board.even():
        return Packing(Fit.YES, tuple(chosen))
    board = _Board(groups, nodes, ordered)
    if board.hopeless(ordered):
        return Packing(Fit.NO, (), tuple(left))
    found = next(board.solutions(ordered, steps), ())
    if found:
        return Packing(Fit.YES, found)
    return Packing(Fit.UNKNOWN if found is None else Fit.NO, (), tuple(left))


def placements(
    groups: tuple[Group, ...], tasks: Iterable[Task], nodes: tuple[Node, ...], steps: int = STEPS
) -> Iterator[tuple[tuple[Node, ...], bool]]:
    """Yield the nodes with the tasks on them in every way there is, and whether that was all so far."""
    ordered = order(groups, tasks)
    if not ordered:
        yield nodes, True
        return
    board = _Board(groups, nodes, ordered)
    for chosen in board.solutions(ordered, steps):
        holds = [dict(held) for held in board.holds]
        yield tuple(node._replace(holds=held) for node, held in zip(nodes, holds, strict=True)), chosen is not None


class _Rest(NamedTuple):
    """What tasks that are left request together, and the least that one of them does."""

    sum: Amount
    least: Amount


def _rests(groups: tuple[Group, ...], tasks: list[Task]) -> list[_Rest]:
    """Return the rest from each task on."""
    rest, found = _Rest(Amount(), Amount(2**62, 2**62)), []
    for task in reversed(tasks):
        request, least = groups[task.group].request, rest.least
        smaller = Amount(min(request.cpu, least.cpu), min(request.memory, least.memory))
        rest = _Rest(rest.sum.plus(request), smaller)
        found.append(rest)
    return found[::-1]


class _Board:
    """Nodes while pods are put on them."""

    def __init__(self, groups: tuple[Group, ...], nodes: tuple[Node, ...], tasks: list[Task]) -> None:
        self.groups, self.nodes = groups, nodes
        self.cpu, self.memory, self.pods = [], [], []
        self.holds: list[dict[int, int]] = []
        for node in nodes:
            used = [(groups[group].request, count) for group, count in node.holds.items()]
            self.cpu.append(node.room.cpu - sum(request.cpu * count for request, count in used))
            self.memory.append(node.room.memory - sum(request.memory * count for request, count in used))
            self.pods.append(node.pods - sum(node.holds.values()))
            self.holds.append(dict(node.holds))
        self.spreads = [(number, spread) for number, group in enumerate(groups) for spread in group.spreads]
        self.spread = {other for number, spread in self.spreads for other in (number, *spread.counted)}
        self.totals = [self._total(spread, tasks) for _, spread in self.spreads]

    def put(self, task: Task, index: int, times: int = 1) -> None:
        """Put a pod on a node; with `times` -1 take it off."""
        request = self.groups[task.group].request
        self.cpu[index] -= times * request.cpu
        self.memory[index] -= times * request.memory
        self.pods[index] -= times
        self.holds[index][task.group] = self.holds[index].get(task.group, 0) + times

    def takes(self, task: Task, index: int) -> bool:
        """Whether a node has room for a pod and nothing there keeps it away."""
        group, place = self.groups[task.group], self.nodes[index].place
        request = group.request
        if request.cpu > self.cpu[index] or request.memory > self.memory[index] or self.pods[index] < 1:
            return False
        if place not in group.places or (task.zone is not None and task.zone != place.zone):
            return False
        if any(self.holds[index].get(other) for other in group.off_node):
            return False
        if group.off_zone and any(self._in_zone(place.zone, other) for other in group.off_zone):
            return False
        return task.group not in self.spread or self._within_skew(task, index)

    def first_fit(self, tasks: list[Task]) -> tuple[list[int], list[Task]]:
        """Put each task on the first node that takes it; return the nodes, and the tasks that none took."""
        chosen, left = [], []
        for task in tasks:
            index = next((index for index in range(len(self.nodes)) if self.takes(task, index)), None)
            if index is None:
                left.append(task)
            else:
                self.put(task, index)
                chosen.append(index)
        return chosen, left

    def hopeless(self, tasks: list[Task]) -> bool:
        """Whether the sums, or one task alone, already say that no search is needed."""
        requests = [self.groups[task.group].request for task in tasks]
        if sum(request.cpu for request in requests) > sum(self.cpu):
            return True
        if sum(request.memory for request in requests) > sum(self.memory) or len(tasks) > sum(self.pods):
            return True
        return any(
            not any(self.takes(task, index) for index in range(len(self.nodes))) for task in dict.fromkeys(tasks)
        )

    def solutions(self, tasks: list[Task], steps: int) -> Iterator[tuple[int, ...] | None]:
        """Yield the nodes of the tasks, each way to place them once, depth first; None where the steps are used up."""
        chosen: list[int] = []
        rest = _rests(self.groups, tasks)
        ways = [self._ways(tasks, chosen)]
        while ways:
            index = next(ways[-1], None)
            if index is None:
                ways.pop()
                if chosen:
                    self.put(tasks[len(chosen) - 1], chosen.pop(), -1)
                continue
            if not (steps := steps - 1):
                yield None
                return
            self.put(tasks[len(chosen)], index)
            chosen.append(index)
            if len(chosen) == len(tasks):
                if self.even():
                    yield tuple(chosen)
                ways.append(iter(()))
            else:
                ways.append(self._ways(tasks, chosen) if self._has_room(rest[len(chosen)]) else iter(()))

    def _has_room(self, rest: _Rest) -> bool:
        """Whether nodes that take at least the smallest of the rest have room for all of it."""
        useful = [
            (cpu, memory)
            for cpu, memory in zip(self.cpu, self.memory, strict=True)
            if cpu >= rest.least.cpu and memory >= rest.least.memory
        ]
        return sum(cpu for cpu, _ in useful) >= rest.sum.cpu and sum(memory for _, memory in useful) >= rest.sum.memory

    def even(self) -> bool:
        """Whether every required spread holds, with all pods where they are."""
        for number, spread in self.spreads:
            domains, bound = self._domains(number, spread)
            if bound and max(domains[domain] for domain in bound) - min(domains.values()) > spread.skew:
                return False
        return True

    def _ways(self, tasks: list[Task], chosen: list[int]) -> Iterator[int]:
        """Yield the nodes for the next task: of equal nodes one, and none before that of the last task of its kind."""
        task = tasks[len(chosen)]
        first = chosen[-1] if chosen and tasks[len(chosen) - 1] == task else 0
        seen = set()
        for index in range(first, len(self.nodes)):
            held = tuple(sorted(item for item in self.holds[index].items() if item[1]))
            same = (self.nodes[index].place, self.nodes[index].room, held)
            if same not in seen:
                seen.add(same)
                if self.takes(task, index):
                    yield index

    def _within_skew(self, task: Task, index: int) -> bool:
        """Whether pods that are still to come can level what one more here makes uneven."""
        for (number, spread), total in zip(self.spreads, self.totals, strict=True):
            if task.group == number or task.group in spread.counted:
                domains, bound = self._domains(number, spread)
                here = self._domain(index, spread)
                domains[here] = domains.get(here, 0) + (task.group in spread.counted)
                bound = bound | {here} if task.group == number else bound
                level = max((domains[domain] for domain in bound), default=0) - spread.skew
                missing = sum(max(level - count, 0) for count in domains.values())
                if missing > total - sum(domains.values()):
                    return False
        return True

    def _domains(self, number: int, spread: Spread) -> tuple[dict[str | int, int], set[str | int]]:
        """Return how many counted pods each node, or zone, has that a group may run in, and which have pods of the group."""
        found: dict[str | int, int] = {}
        bound = set()
        for index, node in enumerate(self.nodes):
            if node.place in self.groups[number].places:
                domain = self._domain(index, spread)
                held = self.holds[index]
                found[domain] = found.get(domain, 0) + sum(held.get(other, 0) for other in spread.counted)
                if held.get(number):
                    bound.add(domain)
        return found, bound

    def _domain(self, index: int, spread: Spread) -> str | int:
        return self.nodes[index].place.zone if spread.zonal else index

    def _in_zone(self, zone: str, group: int) -> bool:
        return any(self.holds[index].get(group) for index, node in enumerate(self.nodes) if node.place.zone == zone)

    def _total(self, spread: Spread, tasks: list[Task]) -> int:
        waiting = sum(task.group in spread.counted for task in tasks)
        return waiting + sum(held.get(group, 0) for held in self.holds for group in spread.counted)
