"""Amounts that bound each other: no limit below its request, no maximum below its minimum, whoever wrote either."""

from collections.abc import Iterator, Mapping

from generator.catalog.common_keys import Common, Resources
from generator.catalog.settings import SECTIONS, written
from generator.catalog.unit import Unit
from generator.finding import Finding, Where
from generator.notation.quantity import amount
from generator.schema import dotted
from generator.yamlio import Path


def limit_problems(unit: Unit, common: Common, marks: Mapping[Path, Where]) -> Iterator[Finding]:
    """Yield each limit below its request in the settings of `unit`, at the line of the environment if it has one."""
    of_each: dict[Path, Resources] = {("resources",): common.resources} if common.resources else {}
    of_each |= {("containers", name, "resources"): item.resources for name, item in sorted(common.containers.items())}
    for path, resources in of_each.items():
        for what in ("cpu", "memory"):
            least, most = (amount(getattr(side, what)) for side in (resources.requests, resources.limits))
            if least is not None and most is not None and most < least:
                yield _finding(unit, (*path, "requests", what), (*path, "limits", what), marks)
    scaling = common.autoscaling
    if scaling and scaling.min_replicas > scaling.max_replicas:
        yield _bounds(unit, marks)


def _bounds(unit: Unit, marks: Mapping[Path, Where]) -> Finding:
    section: Path = (SECTIONS[unit.kind], unit.name, "autoscaling")
    least, most = (written((*section, key), marks, unit) for key in ("minReplicas", "maxReplicas"))
    if _decides(most, least, unit, marks):
        message, path = "is below minReplicas", "autoscaling.maxReplicas"
        return Finding.at(most, "autoscaling-bounds", message, path=path, object=unit.name)
    message, path = "is above maxReplicas", "autoscaling.minReplicas"
    return Finding.at(least, "autoscaling-bounds", message, path=path, object=unit.name)


def _finding(unit: Unit, request: Path, limit: Path, marks: Mapping[Path, Where]) -> Finding:
    section: Path = (SECTIONS[unit.kind], unit.name)
    at, other = written((*section, *limit), marks, unit), written((*section, *request), marks, unit)
    told, with_, relation, hint = limit, request, "below", "raise the limit, or lower the request"
    if _decides(other, at, unit, marks):
        at, other, told, with_, relation = other, at, request, limit, "above"
        hint = "lower the request, or raise the limit"
    message = f"is {relation} {with_[-2]}.{with_[-1]} ({other.file}:{other.line})"
    path = ("defaults", *told) if at.file == unit.file else (*section, *told)
    return Finding.at(at, "resources-limit", message, path=dotted(path), hint=hint)


def _decides(one: Where, other: Where, unit: Unit, marks: Mapping[Path, Where]) -> bool:
    """Whether `one` is to be told: the environment's own file comes before its profiles, and these before the unit."""
    order = (unit.file, marks.get((), Where("")).file)
    rank = {order[0]: 0, order[1]: 2}
    return rank.get(one.file, 1) > rank.get(other.file, 1)
