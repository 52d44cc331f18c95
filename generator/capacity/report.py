"""Whether the pods fit on the node pools: at minimum size, with one node lost, and while everything rolls out at once.

`report` counts, once; the rule and the command `capacity` tell what it found.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from generator.capacity.demand import Demand, demands, uncounted
from generator.capacity.node import machine
from generator.capacity.packing import STEPS, Fit
from generator.capacity.scenario import Pool, Scenario, World, lost_one, pool_of, sized
from generator.catalog import Plan
from generator.check import Built, Check
from generator.finding import Finding, Severity, ordered
from generator.manifest import Object
from generator.schema import place
from generator.yamlio import dotted


class Report(NamedTuple):
    """All that was counted. `unknown` says why something was not; without a known machine there is no scenario.

    `homeless` are workloads that no pool takes: their nodeSelector, affinity or missing toleration forbids it.
    """

    pools: tuple[Pool, ...]
    demands: tuple[Demand, ...]
    scenarios: tuple[Scenario, ...]
    unknown: tuple[str, ...]
    homeless: tuple[str, ...] = ()


def room(
    objects: tuple[Object, ...], plan: Plan, texts: Mapping[str, str] = MappingProxyType({})
) -> tuple[Report, tuple[Finding, ...]]:
    """Return what the pods of an environment's objects need and what its nodes have, and what the rule says of it."""
    built = Built(plan, objects, texts)
    found = report(built)
    told = (replace(finding, environment=plan.environment.name) for finding in findings(built, found))
    return found, ordered(told)


def report(built: Built) -> Report:
    """Return what the environment's pods need, what its pools have, and whether that is enough."""
    found = demands(built)
    unknown = [
        f"what pods of {name} request is not in component.yaml: they are not counted" for name in uncounted(built)
    ]
    env = built.plan.environment
    pools = []
    for name, pool in sorted(env.gke.node_pools.items()):
        if machine(pool.machine_type) is None:
            unknown.append(f"what machines of pool {name} have is not known: capacity was not checked")
        else:
            pools.append(pool_of(built, name, found))
    if len(pools) < len(env.gke.node_pools):
        return Report(tuple(pools), found, (), tuple(unknown))
    world = World(built, found, tuple(pools))
    every = (*world.demands, *(item for item in found if item.every_node))
    if homeless := tuple(group.name for group in world.groups if not group.places):
        return Report(world.pools, every, (), tuple(unknown), homeless)
    minimum = sized(world, "minimum", surge=False)
    lost = [lost_one(world, pool) for pool in pools if pool.minimum] if minimum.fit is Fit.YES else []
    scenarios = (minimum, *lost, sized(world, "surge", surge=True))
    return Report(world.pools, every, scenarios, tuple(unknown))


def pods_have_room(built: Built) -> Iterator[Finding]:
    """Pods fit at most size, also during a rollout; at minimum size, also with a node lost, or a person is told."""
    yield from findings(built, report(built))


def findings(built: Built, found: Report) -> Iterator[Finding]:
    """Return what a report means: an error where pods never fit, warnings where they wait for nodes."""
    for message in found.unknown:
        yield _told(built, "", message, rule="capacity-unknown")
    for name in found.homeless:
        hint = "nodeSelector, affinity and tolerations of the pods name what a pool has: codemie-pool is its name"
        yield _told(built, "", f"no node pool takes {name}", rule="capacity", hint=hint, severity=Severity.ERROR)
    for scenario in found.scenarios:
        if scenario.adds is None:
            yield _never(built, found, scenario)
            return  # what never fits at rest does not fit in a rollout either
        if scenario.fit is not Fit.YES and scenario.name != "surge":
            yield _not_now(built, found, scenario)


def _never(built: Built, found: Report, scenario: Scenario) -> Finding:
    """Return that pods fit at no size; a rollout is no time to learn it."""
    when = " while all of them roll out" if scenario.name == "surge" else ""
    need = f"they need {scenario.needs}, {_holds(found, {pool.name: pool.maximum for pool in found.pools})} at most"
    if scenario.fit is Fit.UNKNOWN:
        message = f"whether the pods fit{when} was not found within {STEPS} steps: {need}"
        return _told(built, "", message, rule="capacity-unknown")
    message = f"the pods do not fit{when}: {need}"
    hint = f"{_largest(found, scenario)}; raise maxNodes or take a larger machine type"
    return _told(built, "", message, rule="capacity", hint=hint, severity=Severity.ERROR)


def _not_now(built: Built, found: Report, scenario: Scenario) -> Finding:
    """Return that pods wait for a node: always, as the autoscaler begins with the minimum, or when one is lost."""
    verb = "do not fit" if scenario.fit is Fit.NO else "may not fit"
    need = f"they need {scenario.needs}, {_holds(found, scenario.nodes)}"
    if scenario.lost:
        message = f"with a node of {scenario.lost} lost the other pods {verb}: {need}"
        hint = f"{_largest(found, scenario)}; one more in minNodes, or a larger machine type"
        return _told(built, scenario.lost, message, rule="capacity-node-lost", hint=hint)
    more = ", ".join(f"{count} to {pool}" for pool, count in sorted((scenario.adds or {}).items()))
    message = f"at minimum size the pods {verb}: {need}; the autoscaler adds {more or 'none'}"
    return _told(built, "", message, rule="capacity-minimum", hint=f"{_largest(found, scenario)}; raise minNodes")


def _told(
    built: Built, pool: str, message: str, *, rule: str, hint: str = "", severity: Severity = Severity.WARNING
) -> Finding:
    pools = [pool] if pool else list(built.plan.environment.gke.node_pools)
    path = ("gke", "nodePools", *(pools if len(pools) == 1 else ()))
    where = place(path, built.plan.marks)
    return Finding(
        rule=rule,
        message=message,
        severity=severity,
        file=where.file,
        line=where.line,
        column=where.column,
        path=dotted(path),
        hint=hint,
    )


def _holds(found: Report, nodes: Mapping[str, int]) -> str:
    return ", ".join(f"{pool.name} holds {nodes[pool.name]} x {pool.room}" for pool in found.pools)


def _largest(found: Report, scenario: Scenario) -> str:
    """Return the largest pods among those that found no node."""
    chosen = [item for item in found.demands if item.name in scenario.left]
    chosen.sort(key=lambda item: (-max(item.request.cpu / 1000, item.request.memory / 2**32), item.name))
    return "largest without a node: " + ", ".join(f"{item.name} {item.request}" for item in chosen[:3])


RULES: tuple[Check, ...] = (pods_have_room,)
