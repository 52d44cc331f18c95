"""Exceptions: a unit may miss one rule on one object, for a reason and until a day; what nobody needs is said."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from generator.catalog import Plan, Unit, linter
from generator.check.built import Built
from generator.finding import Finding, Severity, Where
from generator.yamlio import Path


class Entry(NamedTuple):
    """An entry of `exceptions` in a component.yaml, and where it stands."""

    unit: Unit
    number: int
    checks: tuple[str, ...]
    object: str
    reason: str
    expires: str

    def fault(self, key: str, message: str, *, rule: str, hint: str = "") -> Finding:
        """Return the error that this entry is wrong at `key`."""
        marks = self.unit.marks
        path: Path = ("exceptions", self.number)
        where = marks.get((*path, key)) or marks.get(path) or Where(self.unit.file)
        return Finding.at(where, rule, message, path=f"exceptions[{self.number}].{key}", hint=hint, object=self.object)


def accepted(plan: Plan, today: dt.date) -> set[tuple[str, str]]:
    """Return the rules that may be missed, each with the object."""
    current = (entry for entry in _entries(plan) if entry.object and _days_left(entry, today) >= 0)
    return {(check, entry.object) for entry in current for check in entry.checks}


def unaccepted(found: Iterable[Finding], built: Built, today: dt.date, *, complete: bool = True) -> Iterator[Finding]:
    """Yield the findings that no exception accepts, and what is wrong with the exceptions.

    Only `complete` findings show which exceptions nothing needs.
    """
    entries = tuple(_entries(built.plan))
    objects = {str(item.id) for item in built.objects}
    breaches: set[tuple[str, str]] = set()
    accepted_breaches = accepted(built.plan, today)
    for finding in found:
        breach = (finding.rule, finding.object)
        breaches.add(breach)
        if breach not in accepted_breaches:
            yield finding
    for entry in entries:
        yield from has_a_reason(entry)
        yield from has_not_expired(entry, today)
        if complete:
            yield from accepts_something(entry, breaches, objects)


def has_a_reason(entry: Entry) -> Iterator[Finding]:
    """An exception says why."""
    if not entry.reason.strip():
        yield entry.fault("reason", "is empty: say why the rule may be missed", rule="exception-reason")


def has_not_expired(entry: Entry, today: dt.date) -> Iterator[Finding]:
    """An exception ends on a day that is in the calendar and not over."""
    days_left = _days_left(entry, today)
    if days_left == _NO_DAY:
        yield entry.fault("expires", "is not a day of the calendar", rule="exception-expired")
    elif days_left < 0:
        message = f"expired {-days_left} days ago: it accepts {', '.join(entry.checks)} no longer"
        hint = "mend the object, or decide anew until when it may stay so"
        yield entry.fault("expires", message, rule="exception-expired", hint=hint)


def accepts_something(entry: Entry, breaches: set[tuple[str, str]], objects: set[str]) -> Iterator[Finding]:
    """An exception that nothing needs goes; in another environment something may, so this is a warning.

    What a linter finds is not known here, only whether the object is there; `make lint-manifests` says the rest.
    """
    for check in entry.checks:
        if linter(check) is None and (check, entry.object) not in breaches:
            message = f"accepts nothing: {entry.object or 'no object'} does not break {check} in this environment"
            hint = (
                "remove it; `check` is the rule in brackets, `object` what stands before the path: "
                "Deployment codemie/api"
            )
            found = entry.fault("check", message, rule="exception-unused", hint=hint)
            yield replace(found, severity=Severity.WARNING)
    if any(linter(check) for check in entry.checks) and entry.object not in objects:
        message = "accepts nothing: there is no such object in this environment"
        hint = "remove it; `object` is kind, namespace and name: Deployment codemie/api"
        found = entry.fault("object", message, rule="exception-unused", hint=hint)
        yield replace(found, severity=Severity.WARNING)


_NO_DAY = -(10**6)


def _days_left(entry: Entry, today: dt.date) -> int:
    """Return for how many days more an exception holds; negative if it is over or its day is none."""
    try:
        return (dt.date.fromisoformat(entry.expires) - today).days
    except ValueError:
        return _NO_DAY


def _entries(plan: Plan) -> Iterator[Entry]:
    for planned in plan.units:
        for index, item in enumerate(planned.unit.declaration.exceptions):
            yield Entry(
                unit=planned.unit,
                number=index,
                checks=item.checks,
                object=item.object,
                reason=item.reason,
                expires=item.expires,
            )
