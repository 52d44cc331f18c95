"""What is left of the linters' findings beside exceptions and switched-off checks, and which exceptions nothing needs."""

from typing import NamedTuple

from generator.catalog import Plan, linter
from generator.finding import Where


class Found(NamedTuple):
    """A check that an object of an environment fails: `object` is `Kind namespace/name`."""

    check: str
    object: str
    environment: str
    message: str = ""


class Accepted(NamedTuple):
    """An exception of a component.yaml for one check of a linter, in the environments that have its unit."""

    check: str
    object: str
    where: Where
    environments: frozenset[str]


class Verdict(NamedTuple):
    """Findings that nobody accepts, and lines about exceptions that no finding needs."""

    left: list[Found]
    unused: list[str]


def accepted(plans: list[Plan]) -> list[Accepted]:
    """Return the exceptions for linters of all units that some environment has."""
    found: dict[tuple[str, str, Where], set[str]] = {}
    for plan in plans:
        for planned in plan.units:
            for index, item in enumerate(planned.unit.declaration.exceptions):
                where = planned.unit.marks.get(("exceptions", index, "check")) or Where(planned.unit.file)
                for check in item.checks:
                    if linter(check):
                        found.setdefault((check, item.object, where), set()).add(plan.environment.name)
    return [Accepted(*key, frozenset(names)) for key, names in found.items()]


def judge(bare: set[Found], annotated: set[Found], exceptions: list[Accepted], off: set[str]) -> Verdict:
    """Return the verdict. `bare` was found without the linters' annotations, `annotated` with them.

    Both count: an annotation must work, and one that no exception asked for must not hide anything.
    """
    allowed = {(item.check, item.object, name) for item in exceptions for name in item.environments}
    hidden = {found for found in bare if (found.check, found.object, found.environment) not in allowed}
    left = sorted(found for found in annotated | hidden if found.check not in off)
    needed = {(found.check, found.object) for found in bare if found.check not in off}
    unused = [
        f"{item.where.file}:{item.where.line}: {item.object} passes {item.check} in every environment: remove the exception"
        for item in exceptions
        if (item.check, item.object) not in needed and item.check not in off
    ]
    unused += [
        f"{item.where.file}:{item.where.line}: {item.check} is off for all in lint/off.yaml: remove the exception"
        for item in exceptions
        if item.check in off
    ]
    return Verdict(left, sorted(unused))
