"""Pools and pods side by side: whether all fit at minimum size, with a node lost, and while everything rolls out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from generator.capacity.demand import Demand, hard, off, pool_object, runs_on, spreads, wary
from generator.capacity.node import MAX_PODS, Amount, System, allocatable, machine, on_every_node, somewhere
from generator.capacity.packing import STEPS, Fit, Group, Node, Packing, Place, Spread, Task, order, pack, placements
from generator.check import Built
from generator.environment import Environment
from generator.field import mapping, numbered

_HOST, _ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
_MOST = 10_000
"""Pods of a workload: who asks for more, by a slip in a patch, is refused all the same."""
_PLACEMENTS = 1000
"""In how many ways volumes may lie on nodes before we stop looking at each."""


class Pool(NamedTuple):
    """A node pool: what its machine has, what is left after GKE's reserve (`allocatable`) and after DaemonSets (`room`)."""

    name: str
    machine_type: str
    minimum: int
    maximum: int
    machine: Amount
    allocatable: Amount
    room: Amount
    daemons: tuple[System, ...]
    places: tuple[Place, ...]


class Scenario(NamedTuple):
    """What pods need, and whether they fit on so many nodes of each pool; `lost` is the pool that lost one.

    `left` found no node. `adds` is what the autoscaler makes more until they fit: None where even the maximum is too
    small. `waiting` have their volume in the zone of a lost node, and `stops` says what that means.
    """

    name: str
    nodes: Mapping[str, int]
    needs: Amount
    pods: int
    fit: Fit
    left: tuple[str, ...] = ()
    adds: Mapping[str, int] | None = {}
    lost: str = ""
    waiting: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()


class World:
    """Pools and pods as the packing wants them."""

    def __init__(self, built: Built, found: tuple[Demand, ...], pools: tuple[Pool, ...]) -> None:
        self.built, self.pools = built, pools
        self.env, nodes = built.plan.environment, sum(pool.minimum for pool in pools)
        self.marks = {pool.name: _marks(built, pool.name, pool.machine_type) for pool in pools}
        self.demands = (*(demand for demand in found if not demand.every_node), *_system(self.env, built, nodes))
        self.wary = tuple(number for number, demand in enumerate(self.demands) if wary(demand))
        self.groups = tuple(self._group(number) for number in range(len(self.demands)))
        self.zones_matter = any(
            group.off_zone or any(spread.zonal for spread in group.spreads) or self._picks_zones(group)
            for group in self.groups
        )

    def tasks(self, nodes: Mapping[str, int], *, surge: bool) -> list[Task]:
        """Return all pods of a cluster of so many nodes."""
        system = {demand.name: demand.steady for demand in _system(self.env, self.built, sum(nodes.values()))}
        counts = (system.get(item.name, item.surge if surge else item.steady) for item in self.demands)
        return [Task(number) for number, count in enumerate(counts) for _ in range(min(count, _MOST))]

    def nodes(self, counts: Mapping[str, int]) -> tuple[Node, ...]:
        """Return so many nodes of each pool, spread over its zones."""
        return tuple(
            Node(pool.places[index % len(pool.places)], pool.room, MAX_PODS - len(pool.daemons))
            for pool in self.pools
            for index in range(counts[pool.name])
        )

    def needs(self, tasks: Iterable[Task]) -> Amount:
        """Return what pods request together."""
        total = Amount()
        for task in tasks:
            total = total.plus(self.groups[task.group].request)
        return total

    def names(self, tasks: Iterable[Task]) -> tuple[str, ...]:
        """Return the names of pods' workloads, each once, the largest first."""
        return tuple(dict.fromkeys(self.groups[task.group].name for task in order(self.groups, tasks)))

    def _group(self, number: int) -> Group:
        demand = self.demands[number]
        others = list(enumerate(self.demands)) if number in self.wary else [(n, self.demands[n]) for n in self.wary]
        required = [
            (key, skew, counted) for key, skew, counted in spreads(demand, self.demands) if key in (_HOST, _ZONE)
        ]
        return Group(
            demand.name,
            demand.request,
            frozenset(where for pool in self.pools for where in pool.places if self._may(demand, pool, where)),
            frozenset(other for other, item in others if off(demand, item, _HOST)),
            frozenset(other for other, item in others if off(demand, item, _ZONE)),
            tuple(Spread(key == _ZONE, skew, counted) for key, skew, counted in required),
        )

    def _may(self, demand: Demand, pool: Pool, where: Place) -> bool:
        labels, taints = self.marks[pool.name]
        return runs_on(demand, {**labels, _ZONE: where.zone}, taints)

    def _picks_zones(self, group: Group) -> bool:
        return any(0 < len(group.places & {*pool.places}) < len(pool.places) for pool in self.pools)


def pool_of(built: Built, name: str, found: tuple[Demand, ...]) -> Pool:
    """Return a pool whose machine type is known, with the DaemonSets that run on it."""
    env = built.plan.environment
    pool = env.gke.node_pools[name]
    zones = env.gcp.zones if env.gke.location == env.gcp.region else (env.gke.location,)
    labels, taints = _marks(built, name, pool.machine_type)
    own = [System(item.name, item.request) for item in found if item.every_node and runs_on(item, labels, taints)]
    daemons = (*on_every_node(env.gke.dns), *own)
    has, left = machine(pool.machine_type) or Amount(), allocatable(pool.machine_type) or Amount()
    room = left
    for daemon in daemons:
        room = room.plus(daemon.request, -1)
    places = tuple(Place(name, zone) for zone in zones)
    return Pool(name, pool.machine_type, pool.min_nodes, pool.max_nodes, has, left, room, daemons, places)


def _marks(built: Built, pool: str, machine_type: str) -> tuple[dict[str, str], list[dict[str, object]]]:
    """Return the labels of a pool's nodes, but for their zone, and the taints that keep pods away."""
    item = pool_object(built, pool)
    config = mapping(item.manifest, "spec", "nodeConfig") if item else {}
    labels = {"kubernetes.io/os": "linux", "node.kubernetes.io/instance-type": machine_type, "codemie-pool": pool}
    return {**labels, **mapping(config, "labels")}, hard([taint for _, taint in numbered(config, "taint")])


def _system(env: Environment, built: Built, nodes: int) -> tuple[Demand, ...]:
    gke = built.plan.named("gke")
    backup = bool(gke and gke.values.get("backup"))
    return tuple(
        Demand(f"kube-system/{item.name}", "GKE", "", item.request, item.pods, item.pods)
        for item in somewhere(env.gke.dns, nodes, backup=backup)
    )


def sized(world: World, name: str, *, surge: bool) -> Scenario:
    """Return whether the pods fit at minimum size, and if not, how many nodes the autoscaler adds."""
    counts = {pool.name: pool.minimum for pool in world.pools}
    tasks = world.tasks(counts, surge=surge)
    first = packing = pack(world.groups, tasks, world.nodes(counts))
    grown = counts
    while packing.fit is not Fit.YES and (step := _step(world, packing, grown)):
        grown = {**grown, **step}
        packing = pack(world.groups, world.tasks(grown, surge=surge), world.nodes(grown), STEPS // 10)
    if packing.fit is not Fit.YES:
        grown = {pool.name: pool.maximum for pool in world.pools}
        packing = pack(world.groups, world.tasks(grown, surge=surge), world.nodes(grown))
    adds = {pool: grown[pool] - count for pool, count in counts.items() if grown[pool] > count}
    fits = packing.fit is Fit.YES
    fit = first.fit if fits else packing.fit
    left = world.names(first.left if fits else packing.left)
    return Scenario(name, counts, world.needs(tasks), len(tasks), fit, left, adds if fits else None)


def _step(world: World, packing: Packing, counts: Mapping[str, int]) -> dict[str, int]:
    """Return one pool with more nodes: of the largest pod that is left the first pool that takes it and may grow.

    Half of what the sums of the left ask for: a pool of hundreds of nodes is not grown one by one, nor too far.
    """
    for task in packing.left:
        for pool in world.pools:
            if counts[pool.name] < pool.maximum and world.groups[task.group].places & {*pool.places}:
                need = world.needs(packing.left)
                nodes = max(need.cpu / max(pool.room.cpu, 1), need.memory / max(pool.room.memory, 1))
                return {pool.name: min(counts[pool.name] + max(int(nodes) // 2, 1), pool.maximum)}
    return {}


def lost_one(world: World, pool: Pool) -> Scenario:
    """Return whether the rest holds all that can move, wherever the volumes were, when a pool loses any one node."""
    counts = {item.name: item.minimum for item in world.pools}
    tasks = world.tasks(counts, surge=False)
    bound = [task for task in tasks if world.demands[task.group].zonal]
    free = [task for task in tasks if not world.demands[task.group].zonal]
    rest = {**counts, pool.name: pool.minimum - 1}
    seen, waiting, worst = set(), dict.fromkeys(bound, 0), Packing(Fit.YES)
    for number, (nodes, complete) in enumerate(placements(world.groups, bound, world.nodes(counts))):
        if not complete or number == _PLACEMENTS:
            worst = worst if worst.fit is Fit.NO else Packing(Fit.UNKNOWN)
            break
        for index in (index for index, node in enumerate(nodes) if node.place.pool == pool.name):
            left = (*nodes[:index], *nodes[index + 1 :])
            moved, stuck = _moved(world, nodes[index], left)
            waiting = {task: max(count, stuck.count(task)) for task, count in waiting.items()}
            key = (_shape(left, zoned=world.zones_matter or bool(moved)), *moved)
            if key not in seen:
                seen.add(key)
                packing = pack(world.groups, [*free, *moved], left)
                worst = max(worst, packing, key=lambda found: (Fit.YES, Fit.UNKNOWN, Fit.NO).index(found.fit))
    names = tuple(
        f"{world.demands[task.group].name} ({count} of {bound.count(task)})" for task, count in waiting.items() if count
    )
    lost = {world.demands[task.group].name: count for task, count in waiting.items() if count}
    return Scenario(
        "node lost",
        rest,
        world.needs(tasks),
        len(tasks),
        worst.fit,
        world.names(worst.left),
        lost=pool.name,
        waiting=names,
        stops=tuple(_stops(world, lost)),
    )


def _moved(world: World, lost: Node, rest: tuple[Node, ...]) -> tuple[list[Task], list[Task]]:
    """Return the pods with volumes of a lost node that another node of its zone may take, and those that must wait."""
    moved: list[Task] = []
    stuck: list[Task] = []
    for group, count in lost.holds.items():
        near = any(node.place.zone == lost.place.zone and node.place in world.groups[group].places for node in rest)
        (moved if near else stuck).extend([Task(group, lost.place.zone if near else None)] * count)
    return moved, stuck


def _shape(nodes: tuple[Node, ...], *, zoned: bool) -> tuple[object, ...]:
    """Return what makes one set of nodes another; their zones only where some pod asks for them."""
    return tuple(
        sorted(
            (
                node.place.pool,
                node.place.zone if zoned else "",
                tuple(sorted(item for item in node.holds.items() if item[1])),
            )
            for node in nodes
        )
    )


def _stops(world: World, lost: Mapping[str, int]) -> Iterator[str]:
    """Yield what no longer works while pods wait: whole workloads, those that call them, votes without a majority."""
    for demand in (item for item in world.demands if lost.get(item.name)):
        if demand.votes:
            votes = sum(item.steady for item in world.demands if item.votes and item.namespace == demand.namespace)
            if 2 * (votes - lost[demand.name]) <= votes:
                yield f"{demand.name}: without a majority of {votes} votes nothing is written"
        elif lost[demand.name] == demand.steady:
            units = (unit for unit in world.built.plan.units if unit.name != demand.unit)
            callers = [unit.name for unit in units if any(call.to == demand.unit for call in unit.connects)]
            yield demand.name + (f", and what {', '.join(callers)} needs of it" if callers else "")
