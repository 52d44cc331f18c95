"""The words that all views of a review share: titles, counts and sentences. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from generator.finding import Finding, Severity
from generator.history import Base
from generator.review import Action, Change, Impact, Review
from generator.views.review import value
from generator.views.review.entry import Detail, Entry, ObjectRef

MEANS = {
    Impact.DATA_LOSS: "data is deleted, or loses what guards it",
    Impact.BLOCKED: "the sync fails, or the change is ignored",
    Impact.OUTAGE: "something stops answering",
    Impact.EXPOSURE: "something is opened, or no longer guarded or watched",
    Impact.ORPHAN: "something stays that nobody manages any more",
    Impact.RESTART: "pods restart while others answer",
    Impact.SCALE: "more or fewer of the same, larger or smaller",
    Impact.UNKNOWN: "what it does must be looked up",
    Impact.SAFE: "nothing breaks",
}
"""What an impact means, in a few words."""

RENAMED = "metadata.name"
_ENDS_IN_Y = re.compile("[^aeiou]y$")
_HISSING = ("s", "x", "ch", "sh")
_VERBS = {
    Action.ADD: " added",
    Action.ADOPT: " taken over",
    Action.REMOVE: " removed",
    Action.UNCOMPARED: " not compared",
}
_MANY = 4
"""Up to so many objects of several kinds are named; more are counted by kind."""
_NAMES = 5
_NAMES_OF_SEVERE = 30
"""How many names a title holds at most, and how many where the impact is severe."""
_KINDS = 8


def impact_counts(changes: Iterable[Change]) -> dict[Impact, int]:
    """Return how many changes have each impact, worst first: a change of several impacts counts for each of them."""
    return _in_order(Counter(impact for change in changes for impact in change.impacts))


def worst_counts(changes: Iterable[Change]) -> dict[Impact, int]:
    """Return how many changes have each impact as their worst, worst first: views tell a change once, there."""
    return _in_order(Counter(change.impact for change in changes))


def _in_order(counts: Mapping[Impact, int]) -> dict[Impact, int]:
    return {impact: counts[impact] for impact in Impact if counts.get(impact)}


def counted(counts: Mapping[Impact, int]) -> str:
    """Return `1 data-loss, 2 blocked`."""
    return ", ".join(f"{count} {impact}" for impact, count in counts.items())


def plural(count: int, what: str) -> str:
    """Return `1 change`, `2 changes`, `2 NetworkPolicies`."""
    if count == 1:
        return f"{count} {what}"
    if _ENDS_IN_Y.search(what):
        return f"{count} {what[:-1]}ies"
    return f"{count} {what}es" if what.endswith(_HISSING) else f"{count} {what}s"


def not_compared(reviews: Iterable[Review]) -> str:
    """Return how many of the changes say that something could not be compared; '' if none does."""
    count = sum(len(review.uncompared) for review in reviews)
    return f"; {count} could not be compared" if count else ""


def joined(names: Iterable[str], most: int) -> str:
    """Return names with commas, and how many are left out."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def noise(reviews: Iterable[Review]) -> str:
    """Return what was left out because it means nothing; '' if nothing was."""
    counts: Counter[str] = Counter()
    for review in reviews:
        counts.update(review.noise)
    if not (total := counts.total()):
        return ""
    named = ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    means = "difference that means nothing was" if total == 1 else "differences that mean nothing were"
    return f"{total} {means} left out: {named}"


def against(base: Base) -> str:
    """Return what the old side is: `against 0123456789ab of 2026-11-30, the merge base with origin/main`."""
    if not base.commit:
        return f"against {base.found}"
    return f"against {base.commit[:12]} of {base.date[:10]}, {base.found}"


def failures(
    reviews: Iterable[Review],
    fail_on: Iterable[Impact | Action],
    accepted: Iterable[Impact | Action] = (),
    *,
    exit_code: bool,
) -> Iterator[Finding]:
    """Yield why a diff does not end with 0: an error for what `fail_on` names, a warning that anything changes.

    What could not be compared may be anything, so whatever `fail_on` names, it is an error unless it is accepted.
    """
    refused = set(fail_on)
    for review in reviews:
        if refused and review.uncompared and Action.UNCOMPARED not in set(accepted):
            message = f"{plural(len(review.uncompared), 'change')} could not be compared: --fail-on refuses that"
            hint = "restore it, or compare with another old side (--against); --accept uncompared lets it pass"
            yield Finding(rule="diff-uncompared", message=message, environment=review.environment, hint=hint)
        counts = impact_counts(review.changes)
        if refused_counts := {impact: count for impact, count in counts.items() if impact in refused}:
            message = f"{counted(refused_counts)}: refused by --fail-on"
            yield Finding(rule="diff-refused", message=message, environment=review.environment)
        elif counts and exit_code:
            message = plural(len(review.changes), "change")
            yield Finding(
                rule="diff-changes", severity=Severity.WARNING, message=message, environment=review.environment
            )


def changed(reviews: Iterable[Review]) -> list[Review]:
    """Return the reviews of the environments that change."""
    return [review for review in reviews if review.changes]


def unchanged(reviews: Iterable[Review]) -> str:
    """Return how many environments do not change; '' if all do."""
    count = sum(not review.changes for review in reviews)
    return f"{plural(count, 'environment')} without a change" if count else ""


def title(entry: Entry, names: int = _NAMES_OF_SEVERE) -> str:
    """Return an entry's title: `SQLDatabase litellm removed (cloud-sql)`, `3 Deployments: codemie (api), nats, ui`.

    It holds at most so many names, and fewer where the impact is not severe.
    """
    verb = _VERBS.get(entry.action, "") if entry.is_of_objects or entry.action is Action.ADOPT else ""
    units = {object_.unit for object_ in entry.objects}
    unit = entry.objects[0].unit if len(units) == 1 else ""
    if len(entry.objects) == 1:
        object_ = entry.objects[0]
        name = _both_names(entry) or object_.name
        return f"{object_.kind} {name}{verb}{_in_unit(unit, object_.name)}"
    kinds = Counter(object_.kind for object_ in entry.objects)
    what = next(iter(kinds)) if len(kinds) == 1 else "object"
    number = f"{plural(len(entry.objects), what)}{verb}"
    start = f"{entry.event}, {number}" if entry.event else f"{number}{_in_unit(unit, '')}"
    severe = entry.impact.rank <= (Impact.BLOCKED if entry.event else Impact.EXPOSURE).rank
    severe = severe or entry.action is Action.UNCOMPARED
    if len(kinds) == 1 or len(entry.objects) <= _MANY or severe:
        most = names if severe else min(names, _NAMES)
        return f"{start}: {_named(entry.objects, most, with_unit=not unit)}"
    by_kind = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    more = f" and {len(by_kind) - _KINDS} other kinds" if len(by_kind) > _KINDS else ""
    return f"{start}: {', '.join(plural(count, kind) for kind, count in by_kind[:_KINDS])}{more}"


def paths(entry: Entry) -> str:
    """Return the safe fields of what is taken over, which are many, without their values; '' of any other entry."""
    return ", ".join(detail.display_path for detail in entry.details) if entry.action is Action.ADOPT else ""


def verb(detail: Detail) -> str:
    """Return what happens to a field: added, removed or changed."""
    signs = {line[:1] for line in detail.lines}
    return "changed" if {"-", "+"} <= signs or not signs & {"-", "+"} else "added" if "+" in signs else "removed"


def brief(detail: Detail) -> str:
    """Return what follows a path on one line: `: 2 -> 4`, ` added: true`, ` changed, 9 lines`."""
    if value.is_replacement(detail.lines):
        return f": {detail.lines[0][2:]} -> {detail.lines[1][2:]}"
    if len(detail.lines) == 1 and verb(detail) != "changed":
        return f" {verb(detail)}: {detail.lines[0][2:]}"
    return f" {verb(detail)}, {plural(len(detail.lines), 'line')}"


def is_brief(detail: Detail) -> bool:
    """Whether a detail fits one line."""
    return len(detail.lines) == 1 or value.is_replacement(detail.lines)


def is_in_title(entry: Entry, detail: Detail) -> bool:
    """Whether the title shows this detail already: a whole object, a new name."""
    return not detail.display_path or (
        entry.action is Action.RENAME and detail.display_path == RENAMED and value.is_replacement(detail.lines)
    )


def _both_names(entry: Entry) -> str:
    """Return `old -> new` of an object that is renamed; '' of others."""
    names = (detail.lines for detail in entry.details if detail.display_path and is_in_title(entry, detail))
    return next((f"{old[2:]} -> {new[2:]}" for old, new in names), "")


def _in_unit(unit: str, name: str) -> str:
    return f" ({unit})" if unit and unit != name else ""


def _named(objects: tuple[ObjectRef, ...], most: int, *, with_unit: bool) -> str:
    """Return `Deployment codemie (api), nats; Service nats`; of one kind without it."""
    one_kind = len({object_.kind for object_ in objects}) == 1
    kinds: dict[str, list[str]] = {}
    for place in objects[:most]:
        kinds.setdefault(place.kind, []).append(f"{place.name}{_in_unit(place.unit, place.name) if with_unit else ''}")
    more = f" and {len(objects) - most} more" if len(objects) > most else ""
    return (
        "; ".join(", ".join(names) if one_kind else f"{kind} {', '.join(names)}" for kind, names in kinds.items())
        + more
    )
