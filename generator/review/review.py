"""Two sides -> every change between them, each with what it does. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from generator.annotation import TRACKING_ID
from generator.bounds import limited
from generator.field import pointer
from generator.kinds import ABSENT, Impact, Kinds
from generator.manifest import Object, encoded
from generator.review import adoption
from generator.review.change import Action, Change, Difference, Review, Verdict
from generator.review.differences import GENERATED, count_by_class, differences
from generator.review.effects import Effects
from generator.review.judge import beside, of_field_of_renamed
from generator.review.mask import Masked
from generator.review.matching.objects import ObjectPair, is_generated, object_pairs
from generator.review.side import Side
from generator.review.uncompared import Unknown, verdict
from generator.review.validity import Refused, newly_refused, nothing_refused, of_difference
from generator.tree import Gap

_TRACKING_ID = pointer("metadata", "annotations", TRACKING_ID)
_NOTHING = Unknown()


def review(
    environment: str,
    before: Iterable[Object],
    after: Iterable[Object],
    kinds: Kinds,
    unknown: Unknown = _NOTHING,
    refused: Refused = nothing_refused,
) -> Review:
    """Return every change between two sides, worst first, and how many differences mean nothing, by class.

    `kinds` says what a change of each kind does, `unknown` what is not known of the old side, and `refused` why the
    new form of an object would not be taken.
    """
    old = Side(before, kinds, has_unread_applications=unknown.has_unread_applications)
    comparison = _Comparison(old, Side(after, kinds), kinds, unknown, refused)
    pairs = list(object_pairs(comparison.before.objects.values(), comparison.after.objects.values(), kinds))
    # ConfigMaps come first: their new names are known before the references to them are compared
    pairs.sort(key=lambda pair: not _is_generated(pair, kinds))
    changes = [*unknown.changes(environment), *(change for pair in pairs for change in comparison.changes(pair))]
    warnings = limited(list(unknown.warnings(environment)))
    noise_counts = count_by_class(comparison.noise_classes)
    told = {(change.id.kind, change.id.name) for change in changes}
    namesakes = frozenset(told & (comparison.before.namesakes | comparison.after.namesakes))
    return Review(environment, tuple(sorted(changes, key=Change.order)), noise_counts, warnings, namesakes)


class _UnmaskedChange(NamedTuple):
    """A change that still shows secrets. `path` is set where it is not that of the difference."""

    object: Object
    action: Action
    difference: Difference
    verdicts: tuple[Verdict, ...]
    path: str | None = None


class _Comparison:
    """Both sides, and what the comparison has found so far."""

    def __init__(self, before: Side, after: Side, kinds: Kinds, unknown: Unknown, refused: Refused) -> None:
        self.before, self.after, self.kinds, self.unknown = before, after, kinds, unknown
        self.refused = refused
        self.effects = Effects(before, after, kinds)
        self.noise_classes: list[str] = []
        self.generated_names: set[tuple[str, str]] = set()
        """Old and new generated names of the objects with changes."""
        self.unsure_names: dict[tuple[str, str], Gap] = {}
        """Old and new generated names of the objects that could not be compared: their readers could not be either."""

    def changes(self, pair: ObjectPair) -> Iterator[Change]:
        """Yield the changes of one object, without its secrets."""
        found = list(self._unmasked(*pair))
        if not found:
            return
        old, new = pair
        masked = Masked(old, new, self.kinds)
        refusals = newly_refused(old, new, self.refused) if new else ()
        for change in found:
            blocked = of_difference(change.difference, refusals) if change.object is new else ()
            yield _change(change._replace(verdicts=beside(change.verdicts, blocked)) if blocked else change, masked)

    def _unmasked(self, old: Object | None, new: Object | None) -> Iterator[_UnmaskedChange]:
        is_same = old and new and (old.id == new.id or is_generated(old.id, new.id, self.kinds))
        if new and (gap := self.unknown.of(old if is_same else None, new)):
            yield from self._uncompared(old, new, gap)
        elif old is None or new is None:
            yield from self._added_or_removed(old, new)
        elif old.id != new.id and is_generated(old.id, new.id, self.kinds):
            yield from self._regenerated(old, new)
        elif old.id != new.id and adoption.taken_over(new, self.before, self.after):
            yield from self._added_or_removed(old, new)
        elif old.id != new.id:
            yield from self._renamed(old, new)
        else:
            yield from self._moved(old, new)
            if encoded(old.manifest) != encoded(new.manifest):
                yield from self._modified(old, new)

    def _uncompared(self, old: Object | None, new: Object, gap: Gap) -> Iterator[_UnmaskedChange]:
        """Yield that it is not known what an object was; one that only looks like its old form is removed."""
        whole = Difference((), "", ABSENT, new.manifest)
        yield _UnmaskedChange(new, Action.UNCOMPARED, whole, (verdict(gap),))
        if old and is_generated(old.id, new.id, self.kinds):
            self.unsure_names[old.id.name, new.id.name] = gap
        elif old and old.id != new.id:
            yield from self._added_or_removed(old, None)

    def _added_or_removed(self, old: Object | None, new: Object | None) -> Iterator[_UnmaskedChange]:
        if new:
            yield from self._added(new)
        if old:
            yield _UnmaskedChange(
                old, Action.REMOVE, Difference((), "", old.manifest, ABSENT), self.effects.of_removal(old)
            )

    def _added(self, new: Object) -> Iterator[_UnmaskedChange]:
        """Yield that an object is new, or that it takes over what exists, with every field that may change that."""
        whole, verdicts = Difference((), "", ABSENT, new.manifest), self.effects.of_addition(new)
        if not (name := adoption.taken_over(new, self.before, self.after)):
            yield _UnmaskedChange(new, Action.ADD, whole, verdicts)
            return
        fields = list(adoption.of_fields(new, self.kinds))
        of_fields = (verdict for _, of_field in fields for verdict in of_field)
        of_object = adoption.of_object(new, name, verdicts, of_fields, self.kinds)
        yield _UnmaskedChange(new, Action.ADOPT, whole, (of_object,))
        yield from (_UnmaskedChange(new, Action.ADOPT, difference, of_field) for difference, of_field in fields)

    def _modified(self, old: Object, new: Object) -> Iterator[_UnmaskedChange]:
        for difference in self._differences(old, new):
            if _are_texts(difference) and (difference.before, difference.after) in self.generated_names:
                self.noise_classes.append(GENERATED)
                continue
            if _are_texts(difference) and (gap := self.unsure_names.get((difference.before, difference.after))):
                yield _UnmaskedChange(new, Action.UNCOMPARED, difference, (verdict(gap),))
                continue
            verdicts = self.effects.of_difference(difference, old, new)
            yield _UnmaskedChange(new, Action.MODIFY, difference, verdicts)

    def _regenerated(self, old: Object, new: Object) -> Iterator[_UnmaskedChange]:
        """Yield the changes of an object whose name follows its content: it is recreated, and its readers restart."""
        found = self._differences(old, new)
        names = (old.id.name, new.id.name)  # an ExternalSecret says its name twice
        changed = [difference for difference in found if (difference.before, difference.after) != names]
        self.noise_classes.append(GENERATED)
        if changed:
            self.generated_names.add(names)
        for difference in changed:
            verdicts = self.effects.of_regenerated(difference, old, new)
            yield _UnmaskedChange(new, Action.MODIFY, difference, verdicts)
        removal = self.effects.of_removal(old)
        if removal[0].impact.rank <= Impact.OUTAGE.rank:
            renamed = (difference for difference in found if difference.steps == ("metadata", "name"))
            yield from (_UnmaskedChange(new, Action.RENAME, difference, removal) for difference in renamed)

    def _renamed(self, old: Object, new: Object) -> Iterator[_UnmaskedChange]:
        """Yield a rename, which deletes one object and makes another, and how else the new one differs."""
        found = self._differences(old, new)
        of_name, of_other_fields = self.effects.of_rename(old, new, is_only_difference=len(found) == 1)
        for difference in found:
            is_name = difference.steps in (("metadata", "name"), ("metadata", "namespace"))
            of_field = of_field_of_renamed(difference, old, new, self.kinds) or of_other_fields
            yield _UnmaskedChange(new, Action.RENAME, difference, of_name if is_name else of_field)

    def _moved(self, old: Object, new: Object) -> Iterator[_UnmaskedChange]:
        """Yield that an object moves to another Application: the old may delete it before the new one applies it."""
        before, after = old.unit, new.unit
        if before == after or not before:
            return
        worst, *also = self.effects.of_move(old, new)
        reason = f"leaves the Application of {before}, and is in no other: {worst.reason}"
        if after:
            reason = (
                f"leaves the Application of {before} for that of {after}: whichever syncs first, "
                f"it is refused as shared (FailOnSharedResource) or deleted and made again: {worst.reason}"
            )
        difference = Difference(("metadata", "annotations"), "Application", before, after or ABSENT)
        verdicts = (worst._replace(reason=reason), *also)
        yield _UnmaskedChange(new, Action.MODIFY, difference, verdicts, path=_TRACKING_ID)

    def _differences(self, old: Object, new: Object) -> list[Difference]:
        found, noise_classes = differences(old, new, self.kinds)
        self.noise_classes += noise_classes
        return found


def _is_generated(pair: ObjectPair, kinds: Kinds) -> bool:
    old, new = pair
    return bool(old and new and old.id != new.id and is_generated(old.id, new.id, kinds))


def _are_texts(difference: Difference) -> bool:
    return isinstance(difference.before, str) and isinstance(difference.after, str)


def _change(unmasked: _UnmaskedChange, masked: Masked) -> Change:
    """Return a change without secrets: values leave a review here, and nowhere else."""
    object_, difference = unmasked.object, unmasked.difference
    worst, *also = map(masked.verdict, unmasked.verdicts)
    return Change(
        id=masked.id(object_.id),
        unit=masked.sentence(object_.unit),
        action=unmasked.action,
        path=pointer(*masked.steps(difference.steps)) if unmasked.path is None else unmasked.path,
        display_path=masked.sentence(difference.display_path),
        before=masked.before(difference),
        after=masked.after(difference),
        impact=worst.impact,
        reason=worst.reason,
        source=worst.source,
        instead=worst.instead,
        also=tuple(also),
    )
