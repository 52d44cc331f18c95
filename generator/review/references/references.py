"""Two sides -> what each change does to others: who still asks for what goes, and whom something new captures. Pure."""

import functools
from collections.abc import Iterable

from generator.kinds import ABSENT, Steps, found
from generator.manifest import Object, ObjectId
from generator.review.change import Difference, Verdict
from generator.review.references.effect import Effect, verdicts_on
from generator.review.references.index import Index
from generator.review.references.isolation import changed_isolation
from generator.review.references.need import Place
from generator.review.references.newcomer import effects_on_others
from generator.review.references.outside import closed_outside
from generator.review.references.selection import changed_by_labels, changed_by_selectors
from generator.review.references.unanswered import Unanswered, answered, unanswered, verdicts
from generator.review.side import Side


class References:
    """What changes do to other objects. Both sides are read once, when the first change asks."""

    def __init__(self, before: Side, after: Side) -> None:
        self._before, self._after = before, after

    def of_object(self, object_: Object) -> list[Verdict]:
        """Return what follows for others where an object comes, goes or gets another name."""
        id_ = object_.id
        effects = (effect for _, effect in self._by_labels.get(id_, ()))
        return [*verdicts(self._unanswered.get(id_, [])), *verdicts_on(effects)]

    def of_newcomer(self, new: Object, verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
        """Return verdicts on a new object, with what it does to others."""
        return effects_on_others(new, verdicts, *self._indexes)

    def of_moved(self, object_: Object) -> list[Verdict]:
        """Return what follows for others while an object that moves is gone: it is deleted before it is made again."""
        return verdicts(self._answered.get(object_.id, []))

    def of_difference(self, difference: Difference, object_: Object) -> list[Verdict]:
        """Return what follows for others where an object that stays is changed at a place."""
        those = [one for one in self._unanswered.get(object_.id, ()) if self._is_of(one, difference)]
        old_steps = difference.old_steps or difference.steps
        effects = [
            *(effect for steps, effect in self._by_labels.get(object_.id, ()) if _overlap(steps, difference.steps)),
            *(effect for steps, effect in self._by_selectors.get(object_.id, ()) if _overlap(steps, old_steps)),
        ]
        return [*verdicts(those), *verdicts_on(effects)]

    def _is_of(self, one: Unanswered, difference: Difference) -> bool:
        """Whether a difference takes away what is to blame on the old side, or makes what is on the new one."""
        if one.asks_anew:
            return difference.after is not ABSENT and _overlap(one.blamed.steps, difference.steps)
        old = self._before.objects[one.blamed.id]
        was_there = found(old.manifest, one.blamed.steps) is not None
        is_of_its_side = difference.before is not ABSENT or not was_there
        return is_of_its_side and _overlap(one.blamed.steps, difference.old_steps or difference.steps)

    @functools.cached_property
    def _indexes(self) -> tuple[Index, Index]:
        return Index(self._before), Index(self._after, self._still_there())

    def _still_there(self) -> Iterable[Object]:
        """Return the objects that are no longer in Git and that nobody deletes."""
        gone = (old for id_, old in self._before.objects.items() if id_ not in self._after.objects)
        return [old for old in gone if not self._before.fate(old, self._after).deletes]

    @functools.cached_property
    def _unanswered(self) -> dict[ObjectId, list[Unanswered]]:
        return _by_blamed(unanswered(*self._indexes))

    @functools.cached_property
    def _answered(self) -> dict[ObjectId, list[Unanswered]]:
        return _by_blamed(answered(self._indexes[1]))

    @functools.cached_property
    def _by_labels(self) -> dict[ObjectId, list[tuple[Steps, Effect]]]:
        return _by_object((*changed_by_labels(*self._indexes), *changed_isolation(*self._indexes)))

    @functools.cached_property
    def _by_selectors(self) -> dict[ObjectId, list[tuple[Steps, Effect]]]:
        return _by_object((*changed_by_selectors(*self._indexes), *closed_outside(*self._indexes)))


def _by_blamed(found: Iterable[Unanswered]) -> dict[ObjectId, list[Unanswered]]:
    result: dict[ObjectId, list[Unanswered]] = {}
    for one in found:
        result.setdefault(one.blamed.id, []).append(one)
    return result


def _by_object(found: Iterable[tuple[Place, Effect]]) -> dict[ObjectId, list[tuple[Steps, Effect]]]:
    result: dict[ObjectId, list[tuple[Steps, Effect]]] = {}
    for place, effect in found:
        result.setdefault(place.id, []).append((place.steps, effect))
    return result


def _overlap(one: Steps, other: Steps) -> bool:
    """Whether one place holds the other, or is it."""
    short = min(len(one), len(other))
    return one[:short] == other[:short]
