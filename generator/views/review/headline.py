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
    """Yield a headline for the worst impact, and for each other one that somebody must look at, worst first.

    An entry has its impact, and what its differences do besides.
    """
    entries = tuple(entries)
    impacts = {impact for entry in entries for impact in entry.reasons}
    worst = min(impacts, key=lambda impact: impact.rank, default=None)
    for impact in Impact:
        if impact in impacts and (impact.rank <= Impact.ORPHAN.rank or impact in (Impact.UNKNOWN, worst)):
            of_impact = (entry for entry in entries if impact in entry.reasons)
            # what only does it besides is named above already
            yield _headline(impact, sorted(of_impact, key=lambda entry: entry.impact is not impact))


def _headline(impact: Impact, entries: list[Entry]) -> Headline:
    environments: dict[str, list[str]] = {}
    for entry in entries:
        environments.setdefault(entry.event or _title(entry), []).extend(entry.environments)
    subjects = tuple(Subject(title, tuple(dict.fromkeys(names))) for title, names in environments.items())
    reasons = {reason for entry in entries for reason in entry.reasons[impact]}
    reason = value.shortened(reasons.pop(), _REASON) if len(subjects) == len(reasons) == 1 else ""
    return Headline(impact, subjects[:_SUBJECTS], max(len(subjects) - _SUBJECTS, 0), reason)


def _title(entry: Entry) -> str:
    """Return an entry's title with as many names as there is room for."""
    titles = (wording.title(entry, names) for names in range(_NAMES, 0, -1))
    fitting = (title for title in titles if len(title) <= _SUBJECT)
    return next(fitting, value.shortened(wording.title(entry, _NAMES), _SUBJECT))
