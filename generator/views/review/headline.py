"""The first lines of a review: which objects have its worst impacts. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from generator.review import Impact
from generator.views.review import value, wording
from generator.views.review.entry import Entry

_SUBJECTS, _NAMES = 4, 3
"""How many subjects a headline has at most, and how many objects one of them names."""
_SUBJECT, _REASON = 160, 300
"""How many characters are shown of a subject and of a reason."""


class Subject(NamedTuple):
    """What has an impact: `StatefulSet keycloakx (keycloak)`, `litellm switched off`, and where."""

    title: str
    environments: tuple[str, ...]


class Headline(NamedTuple):
    """An impact, what has it, and how much more has. `reason` is said where one subject has one."""

    impact: Impact
    subjects: tuple[Subject, ...]
    more: int
    reason: str


def headlines(entries: Iterable[Entry]) -> Iterator[Headline]:
    """Yield a headline for the worst impact, and for each other one that somebody must look at, worst first."""
    by_impact: dict[Impact, list[Entry]] = {}
    for entry in entries:
        by_impact.setdefault(entry.impact, []).append(entry)
    for impact, of_impact in by_impact.items():
        if impact.rank <= Impact.ORPHAN.rank or impact in (Impact.UNKNOWN, next(iter(by_impact))):
            yield _headline(impact, of_impact)


def _headline(impact: Impact, entries: list[Entry]) -> Headline:
    environments: dict[str, list[str]] = {}
    for entry in entries:
        title = value.shortened(entry.event or wording.title(entry, names=_NAMES), _SUBJECT)
        environments.setdefault(title, []).extend(entry.environments)
    subjects = tuple(Subject(title, tuple(dict.fromkeys(names))) for title, names in environments.items())
    reasons = {detail.reason for entry in entries for detail in entry.details}
    reason = value.shortened(reasons.pop(), _REASON) if len(subjects) == len(reasons) == 1 else ""
    return Headline(impact, subjects[:_SUBJECTS], max(len(subjects) - _SUBJECTS, 0), reason)
