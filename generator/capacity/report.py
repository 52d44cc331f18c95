"""Whether the pods fit on the node pools: at minimum size, with one node lost, and while everything rolls out at once.

`report` counts, once; the rule and the command `capacity` tell what it found.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from generator.capacity.cluster import Cluster, Pool, pool_of
from generator.capacity.demand import Demand, demands, without_requests
from generator.capacity.packing import MAX_STEPS, Fit
from generator.capacity.scenario import Scenario, scenario_at_minimum, scenario_with_node_lost
from generator.catalog import Plan
from generator.check import Built, Check
from generator.finding import Finding, Severity, ordered
from generator.manifest import Object
from generator.scheduling import machine_resources
from generator.schema import place
from generator.yamlio import dotted


class Report(NamedTuple):
    """All that was counted. `unknown` says what was not, and why; without a known machine there is no scenario.

    `unschedulable` are workloads that no pool takes: their nodeSelector, affinity or missing toleration forbids it.
    """

    pools: tuple[Pool, ...]
    demands: tuple[Demand, ...]
    scenarios: tuple[Scenario, ...]
    unknown: tuple[str, ...]
    unschedulable: tuple[str, ...] = ()


def assess(
    objects: tuple[Object, ...], plan: Plan, texts: Mapping[str, str] = MappingProxyType({})
) -> tuple[Report, tuple[Finding, ...]]:
    """Return what the pods of an environment's objects need and what its nodes have, and what the rule says of it."""
    built = Built(plan, objects, texts)
    result = report(built)
    found = (replace(finding, environment=plan.environment.name) for finding in findings(built, result))
    return result, ordered(found)


def report(built: Built) -> Report:
    """Return what the environment's pods need, what its pools have, and whether that is enough."""
    own_demands = demands(built)
    unknown = [
        f"what pods of {name} request is not in component.yaml: they are not counted"
        for name in without_requests(built)
    ]
    env = built.plan.environment
    pools = []
    for name, pool in sorted(env.gke.node_pools.items()):
        if machine_resources(pool.machine_type) is None:
            unknown.append(f"what machines of pool {name} have is not known: capacity was not checked")
        else:
            pools.append(pool_of(built, name, own_demands))
    if len(pools) < len(env.gke.node_pools):
        return Report(tuple(pools), own_demands, (), tuple(unknown))
    cluster = Cluster(built, own_demands, tuple(pools))
    demands_of_cluster = (*cluster.demands, *(item for item in own_demands if item.every_node))
    if unschedulable := tuple(group.name for group in cluster.groups if not group.pool_zones):
        return Report(cluster.pools, demands_of_cluster, (), tuple(unknown), unschedulable)
    minimum = scenario_at_minimum(cluster, "minimum", surge=False)
    lost = [scenario_with_node_lost(cluster, pool) for pool in pools if pool.minimum] if minimum.fit is Fit.YES else []
    scenarios = (minimum, *lost, scenario_at_minimum(cluster, "surge", surge=True))
    return Report(cluster.pools, demands_of_cluster, scenarios, tuple(unknown))


def pods_have_room(built: Built) -> Iterator[Finding]:
    """Pods fit at most size, also during a rollout; at minimum size, also with a node lost, or a person is told."""
    yield from findings(built, report(built))


def findings(built: Built, report: Report) -> Iterator[Finding]:
    """Return what a report means: an error where pods never fit, warnings where they wait for nodes."""
    for message in report.unknown:
        yield _finding(built, "", message, rule="capacity-unknown")
    for name in report.unschedulable:
        hint = "nodeSelector, affinity and tolerations of the pods name what a pool has: codemie-pool is its name"
        yield _finding(built, "", f"no node pool takes {name}", rule="capacity", hint=hint, severity=Severity.ERROR)
    for scenario in report.scenarios:
        if scenario.added_nodes is None:
            yield _never_fits(built, report, scenario)
            return  # what never fits at rest does not fit in a rollout either
        if scenario.fit is not Fit.YES and scenario.name != "surge":
            yield _does_not_fit_now(built, report, scenario)


def _never_fits(built: Built, report: Report, scenario: Scenario) -> Finding:
    """Return that pods fit at no size; a rollout is no time to learn it."""
    when = " while all of them roll out" if scenario.name == "surge" else ""
    need = (
        f"they need {scenario.needs}, {_pool_sizes(report, {pool.name: pool.maximum for pool in report.pools})} at most"
    )
    if scenario.fit is Fit.UNKNOWN:
        message = f"whether the pods fit{when} was not found within {MAX_STEPS} steps: {need}"
        return _finding(built, "", message, rule="capacity-unknown")
    message = f"the pods do not fit{when}: {need}"
    hint = f"{_largest_unplaced(report, scenario)}; raise maxNodes or take a larger machine type"
    return _finding(built, "", message, rule="capacity", hint=hint, severity=Severity.ERROR)


def _does_not_fit_now(built: Built, report: Report, scenario: Scenario) -> Finding:
    """Return that pods wait for a node: always, as the autoscaler begins with the minimum, or when one is lost."""
    verb = "do not fit" if scenario.fit is Fit.NO else "may not fit"
    need = f"they need {scenario.needs}, {_pool_sizes(report, scenario.nodes)}"
    if scenario.lost_pool:
        message = f"with a node of {scenario.lost_pool} lost the other pods {verb}: {need}"
        hint = f"{_largest_unplaced(report, scenario)}; one more in minNodes, or a larger machine type"
        return _finding(built, scenario.lost_pool, message, rule="capacity-node-lost", hint=hint)
    more = ", ".join(f"{count} to {pool}" for pool, count in sorted((scenario.added_nodes or {}).items()))
    message = f"at minimum size the pods {verb}: {need}; the autoscaler adds {more or 'none'}"
    return _finding(
        built, "", message, rule="capacity-minimum", hint=f"{_largest_unplaced(report, scenario)}; raise minNodes"
    )


def _finding(
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


def _pool_sizes(report: Report, nodes: Mapping[str, int]) -> str:
    return ", ".join(f"{pool.name} holds {nodes[pool.name]} x {pool.free}" for pool in report.pools)


def _largest_unplaced(report: Report, scenario: Scenario) -> str:
    """Return the largest pods among those that found no node."""
    unplaced = [item for item in report.demands if item.name in scenario.unplaced]
    unplaced.sort(key=lambda item: (-max(item.request.cpu / 1000, item.request.memory / 2**32), item.name))
    return "largest without a node: " + ", ".join(f"{item.name} {item.request}" for item in unplaced[:3])


RULES: tuple[Check, ...] = (pods_have_room,)
