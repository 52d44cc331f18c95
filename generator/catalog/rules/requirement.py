"""What units ask for and an environment does not have: units that are off or not there, databases."""

from collections.abc import Iterator, Mapping

from generator.catalog.condition import Facts
from generator.catalog.settings import SECTIONS, Settings
from generator.catalog.unit import OUTSIDE, Connection, Need, Unit
from generator.environment import caused
from generator.finding import Finding, Where
from generator.schema import place
from generator.yamlio import Path


def switches(*units: Unit) -> tuple[Path, ...]:
    """Return where an environment switches units on or off."""
    return tuple((SECTIONS[unit.kind], unit.name, "enabled") for unit in units)


def need_problems(
    unit: Unit, settings: Settings, facts: Facts, by_name: Mapping[str, Unit], marks: Mapping[Path, Where]
) -> Iterator[Finding]:
    """Yield needs of units that are off, or that are not there."""
    for index, need in enumerate(unit.declaration.needs):
        name, when = (need.unit, need.when) if isinstance(need, Need) else (need, None)
        if name in facts.enabled or not facts.holds(when, settings.values):
            continue
        where = declared_at(unit, ("needs", index))
        if name in by_name:
            hint = f"switch {name} on, or give the need a `when`"
            off = Finding.at(where, "needs-disabled", f"names {name}, which is switched off", path="needs", hint=hint)
            message = f"{unit.name} needs {name}, which is switched off"
            yield caused(off, message, switches(by_name[name], unit), marks)
        elif unit.folder:  # a derived unit comes after what there is
            yield missing(unit, where, name, "needs")


def call_problems(
    unit: Unit, settings: Settings, facts: Facts, by_name: Mapping[str, Unit], marks: Mapping[Path, Where]
) -> Iterator[Finding]:
    """Yield calls of databases that the environment does not have, and of units that are not there."""
    for index, call in enumerate(unit.declaration.connects):
        if facts.holds(call.when, settings.values):
            yield from _database_problems(unit, index, call, facts, marks)
            if call.to not in facts.enabled | OUTSIDE | by_name.keys():
                yield missing(unit, declared_at(unit, ("connects", index)), call.to, "connects")


def _database_problems(
    unit: Unit, index: int, connection: Connection, facts: Facts, marks: Mapping[Path, Where]
) -> Iterator[Finding]:
    """Yield that the database a call names is none of the environment's."""
    name, there = connection.database, facts.environment["database"]["databases"]
    if name is not None and name not in there:
        message = f"the environment has no database {name}"
        hint = f"add database.databases.{name}: {{database: …, user: …}}"
        where = declared_at(unit, ("connects", index, "database"))
        found = Finding.at(where, "connects-database", message, path="connects", hint=hint, object=unit.name)
        asked = (("database", "databases"), *switches(unit))
        yield caused(
            found, f"{unit.name} connects to database {name}, which the environment does not have", asked, marks
        )


def unknown_units(unit: Unit, by_name: Mapping[str, Unit]) -> Iterator[Finding]:
    """Yield names in `enables` and `restartsWith` that no unit has; `needs` and `connects` have more to say."""
    named = {
        "enables": [item.unit for item in unit.declaration.enables],
        "restartsWith": [item.unit for item in unit.declaration.restarts_with],
    }
    for key, names in named.items():
        for index, name in enumerate(names):
            if name not in by_name:
                yield missing(unit, declared_at(unit, (key, index)), name, key)


def missing(unit: Unit, where: Where, name: str, path: str) -> Finding:
    """Return that a unit names one that has no folder."""
    hint = "check the spelling, or add the unit below templates/"
    return Finding.at(where, "unit-missing", f"there is no unit {name}", path=path, object=unit.name, hint=hint)


def declared_at(unit: Unit, path: Path) -> Where:
    """Return where a declaration stands; a derived unit has no file."""
    found = place(path, unit.marks)
    return found if found.file or not unit.folder else Where(unit.file)
