"""Two sides -> what each change does to others: who still asks for what goes, and whom something new captures. Pure."""

import functools
from collections.abc import Iterable

from generator.kinds import Steps
from generator.manifest import Object, ObjectId
from generator.review.change import Difference, Verdict
from generator.review.references.index import Index
from generator.review.references.isolation import changed_isolation
from generator.review.references.selection import changed_by_labels
from generator.review.references.unanswered import Unanswered, unanswered, verdicts
from generator.review.side import Side


class References:
    """What changes do to other objects. Both sides are read once, when the first change asks."""

    def __init__(self, before: Side, after: Side) -> None:
        self._before, self._after = before, after

    def of_object(self, object_: Object) -> list[Verdict]:
        """Return what follows for others where an object comes, goes or gets another name."""
        id_ = object_.id
        found = [verdict for _, verdict in self._by_labels.get(id_, ())]
        return [*verdicts(self._unanswered.get(id_, [])), *dict.fromkeys(found)]

    def of_difference(self, difference: Difference, object_: Object) -> list[Verdict]:
        """Return what follows for others where an object that stays is changed at a place."""
        id_, new_steps = object_.id, difference.steps
        old_steps = difference.old_steps or new_steps
        found = [
            one
            for one in self._unanswered.get(id_, ())
            if _overlap(one.blamed.steps, new_steps if one.asks_anew else old_steps)
        ]
        of_labels = [verdict for steps, verdict in self._by_labels.get(id_, ()) if _overlap(steps, new_steps)]
        return [*verdicts(found), *dict.fromkeys(of_labels)]

    @functools.cached_property
    def _indexes(self) -> tuple[Index, Index]:
        return Index(self._before), Index(self._after, self._still_there())

    def _still_there(self) -> Iterable[Object]:
        """Return the objects that are no longer in Git and that nobody deletes."""
        gone = (old for id_, old in self._before.objects.items() if id_ not in self._after.objects)
        return [old for old in gone if not self._before.fate(old, self._after).deletes]

    @functools.cached_property
    def _unanswered(self) -> dict[ObjectId, list[Unanswered]]:
        found: dict[ObjectId, list[Unanswered]] = {}
        for one in unanswered(*self._indexes):
            found.setdefault(one.blamed.id, []).append(one)
        return found

    @functools.cached_property
    def _by_labels(self) -> dict[ObjectId, list[tuple[Steps, Verdict]]]:
        found: dict[ObjectId, list[tuple[Steps, Verdict]]] = {}
        for place, verdict in (*changed_by_labels(*self._indexes), *changed_isolation(*self._indexes)):
            found.setdefault(place.id, []).append((place.steps, verdict))
        return found


def _overlap(one: Steps, other: Steps) -> bool:
    """Whether one place holds the other, or is it."""
    short = min(len(one), len(other))
    return one[:short] == other[:short]
