"""What pods need and what nodes have, as tables or JSON."""

import io
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from generator.capacity.report import Report
from generator.finding import Finding
from generator.views import findings


def as_text(environment: str, report: Report, _: Iterable[Finding] = ()) -> str:
    """Return the scenarios, the pools with what is on every node of them, and the workloads."""
    parts = [
        _table("scenario", "nodes", "pods", "they need", "nodes have", "result", rows=_scenarios(report)),
        _table("pool", "nodes", "each has", "after GKE's reserve", "after DaemonSets", rows=_pools(report)),
        _table("on every node of", "DaemonSet", "vCPU", "GiB", rows=_daemons(report)),
        _table("workload", "kind", "pods", "at most", "vCPU each", "GiB each", "volume", rows=_workloads(report)),
    ]
    consequences = "".join(f"{line}\n" for scenario in report.scenarios for line in _consequences(scenario))
    return "\n".join(part for part in (f"{environment}\n", parts[0], consequences, *parts[1:]) if part)


def as_json(environment: str, report: Report, found: Iterable[Finding] = ()) -> str:
    """Return the same as JSON; cpu in millicores, memory in bytes, and what the check says of it."""
    document = {
        "schema": 1,
        "environment": environment,
        "scenarios": [_scenario_of(item) for item in report.scenarios],
        "pools": [_pool_of(pool) for pool in report.pools],
        "workloads": [_workload_of(item) for item in report.demands if not item.every_node],
        "unknown": report.unknown,
        "homeless": report.unschedulable,
        "findings": findings.objects(found),
    }
    return json.dumps(document, indent=2) + "\n"


FORMATS: dict[str, Callable[[str, Report, Iterable[Finding]], str]] = {"text": as_text, "json": as_json}


def _scenario_of(item: Any) -> dict[str, Any]:
    return {
        "name": item.name,
        "lostPool": item.lost_pool,
        "nodes": item.nodes,
        "pods": item.pods,
        "needs": item.needs._asdict(),
        "result": item.fit.value,
        "autoscalerAdds": item.added_nodes,
        "withoutNode": item.unplaced,
        "waiting": item.waiting,
        "stops": item.stopped,
    }


def _pool_of(pool: Any) -> dict[str, Any]:
    return {
        "name": pool.name,
        "machineType": pool.machine_type,
        "minNodes": pool.minimum,
        "maxNodes": pool.maximum,
        "machine": pool.machine._asdict(),
        "allocatable": pool.allocatable._asdict(),
        "room": pool.free._asdict(),
        "daemonSets": [{"name": item.name, "request": item.request._asdict()} for item in pool.daemons],
    }


def _workload_of(item: Any) -> dict[str, Any]:
    return {
        "name": item.name,
        "kind": item.kind,
        "request": item.request._asdict(),
        "pods": item.steady,
        "podsAtMost": item.peak,
        "zonalVolume": item.zonal,
    }


def _scenarios(report: Report) -> Iterable[tuple[str, ...]]:
    for item in report.scenarios:
        free = [(pool.free, item.nodes[pool.name]) for pool in report.pools]
        total = (
            sum(resources.cpu * count for resources, count in free),
            sum(resources.memory * count for resources, count in free),
        )
        name = f"{item.name}: {item.lost_pool}" if item.lost_pool else item.name
        more = f"; the autoscaler adds {_counts(item.added_nodes)}" if item.added_nodes else ""
        result = f"{item.fit.value}, also at maximum size" if item.added_nodes is None else item.fit.value + more
        yield (
            name,
            _counts(item.nodes),
            str(item.pods),
            str(item.needs),
            f"{_cpu(total[0])} vCPU and {_gib(total[1])} GiB",
            result,
        )


def _consequences(scenario: Any) -> Iterable[str]:
    if scenario.waiting:
        waiting = ", ".join(scenario.waiting)
        yield f"with a node of {scenario.lost_pool} lost these may wait for one in their zone: {waiting}"
        yield from (f"  stops meanwhile: {stop}" for stop in scenario.stopped)
    if scenario.unplaced:
        yield f"{scenario.name}: no node for {', '.join(scenario.unplaced)}"


def _pools(report: Report) -> Iterable[tuple[str, ...]]:
    for pool in report.pools:
        nodes = f"{pool.minimum} to {pool.maximum} {pool.machine_type}"
        yield pool.name, nodes, str(pool.machine), str(pool.allocatable), str(pool.free)


def _daemons(report: Report) -> Iterable[tuple[str, ...]]:
    for pool in report.pools:
        for item in pool.daemons:
            yield pool.name, item.name, _cpu(item.request.cpu, 3), _gib(item.request.memory, 3)


def _workloads(report: Report) -> Iterable[tuple[str, ...]]:
    for item in report.demands:
        if not item.every_node:
            each = _cpu(item.request.cpu, 3), _gib(item.request.memory, 3)
            yield item.name, item.kind, str(item.steady), str(item.peak), *each, "zonal" if item.zonal else ""


def _counts(nodes: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {pool}" for pool, count in sorted(nodes.items()))


def _cpu(millicores: int, digits: int = 1) -> str:
    return f"{millicores / 1000:.{digits}f}"


def _gib(size: int, digits: int = 1) -> str:
    return f"{size / 2**30:.{digits}f}"


def _table(*heads: str, rows: Iterable[tuple[str, ...]]) -> str:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(*heads, box=box.SIMPLE_HEAD)
    for row in rows:
        table.add_row(*row)
    stream = io.StringIO()
    Console(file=stream, width=1000, no_color=True).print(table)
    return "".join(f"{line.strip()}\n" for line in stream.getvalue().splitlines() if line.strip())
