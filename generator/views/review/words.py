"""What is said of a plan in every view: the nouns, and the words that all views share. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from generator.finding import Finding, Severity
from generator.history import Base
from generator.review import Action, Change, Impact, Review
from generator.views.review import value as plan_value

MEANS = {
    Impact.DATA_LOSS: "deletes or makes anew what holds data",
    Impact.BLOCKED: "cannot be changed: the sync fails, or the change is ignored",
    Impact.OUTAGE: "something stops answering",
    Impact.EXPOSURE: "opens something",
    Impact.ORPHAN: "leaves something behind that nobody manages",
    Impact.RESTART: "restarts pods while others answer",
    Impact.SCALE: "more or fewer of the same, larger or smaller",
    Impact.UNKNOWN: "no table says what it does",
    Impact.SAFE: "breaks nothing",
}
"""What an impact is, in a few words."""

RENAMED = "metadata.name"
_MANY = 4
"""So many objects of several kinds are named; more are counted by kind."""
_NAMES = 5
_NAMES_OF_BAD = 30
"""How many names are said at most, and how many where they matter most."""
_KINDS = 8


class Place(NamedTuple):
    """An object of one or more environments; its name with `{env}` where each environment has its own."""

    unit: str
    kind: str
    name: str
    whole: tuple[str, ...]
    """Cluster, group and namespace: two objects of one name may differ in these."""


class Row(NamedTuple):
    """A difference of one or more objects; `shown` is '' for a whole object. `number` is of how many changes."""

    shown: str
    lines: tuple[str, ...]
    reason: str
    source: str
    instead: str
    number: int


class Said(NamedTuple):
    """Changes that are said once: their objects, in these environments, with these differences.

    `story` is what happens to more than an object: a unit or an environment that comes or goes.
    """

    impact: Impact
    action: Action
    places: tuple[Place, ...]
    environments: tuple[str, ...]
    rows: tuple[Row, ...]
    story: str = ""

    @property
    def number(self) -> int:
        """Of how many changes this is."""
        return sum(row.number for row in self.rows)

    @property
    def is_whole(self) -> bool:
        """Whether objects come or go."""
        return not self.rows[0].shown

    def parts(self) -> Iterator["Said"]:
        """Yield the same difference by difference."""
        for row in self.rows:
            yield self._replace(rows=(row,))

    def reasons(self) -> list[tuple[list[Row], Row]]:
        """Return the rows by what is said of them, and one that has the words."""
        groups: dict[tuple[str, ...], list[Row]] = {}
        for row in self.rows:
            groups.setdefault((row.reason, row.source, row.instead), []).append(row)
        return [(rows, rows[0]) for rows in groups.values()]


def summary(changes: Iterable[Change]) -> dict[Impact, int]:
    """Return how many changes there are of each impact, worst first."""
    counts = Counter(change.impact for change in changes)
    return {impact: counts[impact] for impact in Impact if counts[impact]}


def counted(counts: Mapping[Impact, int]) -> str:
    """Return `1 data-loss, 2 blocked`."""
    return ", ".join(f"{count} {impact}" for impact, count in counts.items())


def plural(count: int, what: str) -> str:
    """Return `1 change`, `2 changes`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def listed(names: Iterable[str], most: int) -> str:
    """Return names with commas, and how many are left out."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def noise(reviews: Iterable[Review]) -> str:
    """Return what was left out because it means nothing; '' if nothing was."""
    classes: Counter[str] = Counter()
    for one in reviews:
        classes.update(one.noise)
    if not (total := classes.total()):
        return ""
    named = ", ".join(f"{count} {name}" for name, count in sorted(classes.items(), key=lambda row: (-row[1], row[0])))
    means = "difference that means nothing was" if total == 1 else "differences that mean nothing were"
    return f"{total} {means} left out: {named}"


def against(base: Base) -> str:
    """Return what the old side is: `against 0123456789ab of 2026-11-30, the merge base with origin/main`."""
    if not base.commit:
        return f"against {base.found}"
    return f"against {base.commit[:12]} of {base.date[:10]}, {base.found}"


def refused(reviews: Iterable[Review], fail_on: Iterable[Impact], *, exit_code: bool) -> Iterator[Finding]:
    """Yield why a diff does not end with 0: an error for what `fail_on` names, a warning that anything changes."""
    wanted = set(fail_on)
    for one in reviews:
        counts = summary(one.changes)
        if bad := {impact: count for impact, count in counts.items() if impact in wanted}:
            message = f"{counted(bad)}: refused by --fail-on"
            yield Finding(rule="diff-refused", message=message, environment=one.environment)
        elif counts and exit_code:
            message = plural(len(one.changes), "change")
            yield Finding(rule="diff-changes", severity=Severity.WARNING, message=message, environment=one.environment)


def without(reviews: Iterable[Review]) -> str:
    """Return how many environments do not change; '' if all do."""
    count = sum(not one.changes for one in reviews)
    return f"{plural(count, 'environment')} without a change" if count else ""


def title(one: Said) -> str:
    """Return what it is of: `SQLDatabase litellm removed (cloud-sql)`, `3 Deployment: codemie (api), nats, ui`."""
    verb = {Action.ADD: " added", Action.REMOVE: " removed"}.get(one.action, "") if one.is_whole else ""
    units = {place.unit for place in one.places}
    shared = one.places[0].unit if len(units) == 1 else ""
    if len(one.places) == 1:
        place = one.places[0]
        name = _renamed(one) or place.name
        return f"{place.kind} {name}{verb}{_of(shared, place.name)}"
    kinds = Counter(place.kind for place in one.places)
    number = f"{len(one.places)} {next(iter(kinds)) if len(kinds) == 1 else 'objects'}{verb}"
    start = f"{one.story}, {number}" if one.story else f"{number}{_of(shared, '')}"
    bad = one.impact.rank <= (Impact.BLOCKED if one.story else Impact.EXPOSURE).rank
    if len(kinds) == 1 or len(one.places) <= _MANY or bad:
        return f"{start}: {_names(one.places, _NAMES_OF_BAD if bad else _NAMES, with_unit=not shared)}"
    by_kind = sorted(kinds.items(), key=lambda row: (-row[1], row[0]))
    more = f" and {len(by_kind) - _KINDS} other kinds" if len(by_kind) > _KINDS else ""
    return f"{start}: {', '.join(f'{count} {kind}' for kind, count in by_kind[:_KINDS])}{more}"


def happens(row: Row) -> str:
    """Return what happens at a path: added, removed, changed."""
    signs = {line[:1] for line in row.lines}
    return "changed" if {"-", "+"} <= signs or not signs & {"-", "+"} else "added" if "+" in signs else "removed"


def brief(row: Row) -> str:
    """Return what stands behind a path where there is one line for it: `: 2 -> 4`, ` added: true`, ` changed, 9 lines`."""
    if plan_value.is_exchange(row.lines):
        return f": {row.lines[0][2:]} -> {row.lines[1][2:]}"
    if len(row.lines) == 1 and happens(row) != "changed":
        return f" {happens(row)}: {row.lines[0][2:]}"
    return f" {happens(row)}, {plural(len(row.lines), 'line')}"


def is_brief(row: Row) -> bool:
    """Whether one line says it all."""
    return len(row.lines) == 1 or plan_value.is_exchange(row.lines)


def is_title(one: Said, row: Row) -> bool:
    """Whether the title says this difference already: a whole object, a new name."""
    return not row.shown or (one.action is Action.RENAME and row.shown == RENAMED and plan_value.is_exchange(row.lines))


def _renamed(one: Said) -> str:
    """Return `old -> new` of what gets another name."""
    names = (row.lines for row in one.rows if row.shown and is_title(one, row))
    return next((f"{old[2:]} -> {new[2:]}" for old, new in names), "")


def _of(unit: str, name: str) -> str:
    return f" ({unit})" if unit and unit != name else ""


def _names(places: tuple[Place, ...], most: int, *, with_unit: bool) -> str:
    """Return `Deployment codemie (api), nats; Service nats`; of one kind without it."""
    alone = len({place.kind for place in places}) == 1
    kinds: dict[str, list[str]] = {}
    for place in places[:most]:
        kinds.setdefault(place.kind, []).append(f"{place.name}{_of(place.unit, place.name) if with_unit else ''}")
    more = f" and {len(places) - most} more" if len(places) > most else ""
    return (
        "; ".join(", ".join(names) if alone else f"{kind} {', '.join(names)}" for kind, names in kinds.items()) + more
    )
