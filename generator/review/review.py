"""Two sides -> every change between them, each with what it does. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from generator.annotation import TRACKING_ID
from generator.bounds import limited
from generator.field import pointer
from generator.kinds import ABSENT, Impact, Kinds, matches
from generator.manifest import Object
from generator.review import adoption, nodes, noise, pods, reach
from generator.review.change import Action, Change, Difference, Review, Verdict
from generator.review.difference import differences
from generator.review.judge import (
    beside,
    means_the_same,
    of_addition,
    of_field,
    of_field_of_renamed,
    of_removal,
    worst_first,
)
from generator.review.mask import Masked
from generator.review.matching.items import encoded
from generator.review.matching.objects import ObjectPair, is_generated, object_pairs
from generator.review.references import References
from generator.review.side import Side
from generator.review.uncompared import Unknown, verdict
from generator.tree import Gap

_TRACKING_ID = pointer("metadata", "annotations", TRACKING_ID)
_PART_OF_NEW_OBJECT = Verdict(Impact.SAFE, "part of the new object")
"""What a field may do though its object is made anew: nothing of it is changed in place, and no pod of it is rolled."""
_GRANT_INTERRUPTED = Verdict(
    Impact.OUTAGE,
    "both are one grant in Google Cloud: it goes with the old one, "
    "and comes back when the new one is compared next, about ten minutes later",
    "https://cloud.google.com/config-connector/docs/concepts/reconciliation",
    "set deletion-policy abandon on the old one, merge that, then rename it",
)
_DESTINATION_NAMESPACE = ("spec", "destination", "namespace")
_NOTHING_MOVES = Verdict(
    Impact.SAFE,
    "each of its objects names its own namespace: nothing moves",
    "https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/",
)
_LEAVES_NOTHING = Verdict(
    Impact.SAFE,
    "nothing that it made stays: what becomes of each is said there",
    "https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/",
)
_SAME_UNDER_ANOTHER_NAME = Verdict(
    Impact.SAFE,
    "the same under another name: the new one is made before the old one goes (PruneLast)",
    "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#prune-last",
)
_NOTHING = Unknown()
_NO_KNOWN_READER = Verdict(Impact.UNKNOWN, "no pod that we know of reads it")


def review(
    environment: str, before: Iterable[Object], after: Iterable[Object], kinds: Kinds, unknown: Unknown = _NOTHING
) -> Review:
    """Return every change between two sides, worst first, and how many differences mean nothing, by class.

    `kinds` says what a change of each kind does, `unknown` what is not known of the old side.
    """
    old = Side(before, kinds, has_unread_applications=unknown.has_unread_applications)
    comparison = _Comparison(old, Side(after, kinds), kinds, unknown)
    pairs = list(object_pairs(comparison.before.objects.values(), comparison.after.objects.values(), kinds))
    # ConfigMaps come first: their new names are known before the references to them are compared
    pairs.sort(key=lambda pair: not _is_generated(pair, kinds))
    changes = [*unknown.changes(environment), *(change for pair in pairs for change in comparison.changes(pair))]
    warnings = limited(list(unknown.warnings(environment)))
    noise_counts = noise.count_by_class(comparison.noise_classes)
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

    def __init__(self, before: Side, after: Side, kinds: Kinds, unknown: Unknown) -> None:
        self.before, self.after, self.kinds, self.unknown = before, after, kinds, unknown
        self.references = References(before, after)
        self.noise_classes: list[str] = []
        self.generated_names: set[tuple[str, str]] = set()
        """Old and new generated names of the objects with changes."""
        self.unsure_names: dict[tuple[str, str], Gap] = {}
        """Old and new generated names of the objects that could not be compared: their readers could not be either."""

    def changes(self, pair: ObjectPair) -> Iterator[Change]:
        """Yield the changes of one object, without its secrets."""
        masked = None
        for change in self._unmasked(*pair):
            masked = masked or Masked(*pair, self.kinds)
            yield _change(change, masked)

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
                old, Action.REMOVE, Difference((), "", old.manifest, ABSENT), self._removal_verdicts(old)
            )

    def _added(self, new: Object) -> Iterator[_UnmaskedChange]:
        """Yield that an object is new, or that it takes over what exists, with every field that may change that."""
        whole, verdicts = Difference((), "", ABSENT, new.manifest), self._addition_verdicts(new)
        if not (name := adoption.taken_over(new, self.before, self.after)):
            yield _UnmaskedChange(new, Action.ADD, whole, verdicts)
            return
        fields = list(adoption.of_fields(new, self.kinds))
        of_fields = (verdict for _, of_field in fields for verdict in of_field)
        of_object = adoption.of_object(new, name, verdicts, of_fields, self.kinds)
        yield _UnmaskedChange(new, Action.ADOPT, whole, (of_object,))
        yield from (_UnmaskedChange(new, Action.ADOPT, difference, of_field) for difference, of_field in fields)

    def _removal_verdicts(self, old: Object) -> tuple[Verdict, ...]:
        """Return the effects of an object that is no longer in Git, or no longer where it was."""
        removal = of_removal(old, self.before, self.after, self.kinds)
        removal = reach.of_removal(removal, old, self.before, self.after)
        is_left = old.id.kind == "Application" and removal[0].impact is Impact.ORPHAN
        if is_left and self.before.leaves_nothing(old, self.after):
            return (_LEAVES_NOTHING,)
        removal = nodes.of_removal(removal, old, self.before, self.after)
        removal = pods.removal_of_guard(old, removal, self.before, self.after)
        removal = pods.removal_effects_on_readers(old, removal, self.before, self.after)
        return beside(removal, self.references.of_object(old))

    def _addition_verdicts(self, new: Object) -> tuple[Verdict, ...]:
        """Return the effects of a new object."""
        addition = nodes.of_addition(of_addition(new, self.kinds), new, self.after)
        addition = self.references.of_newcomer(new, addition)
        return beside(reach.with_addresses(addition, new, self.after), self.references.of_object(new))

    def _modified(self, old: Object, new: Object) -> Iterator[_UnmaskedChange]:
        for difference in self._differences(old, new):
            if _are_texts(difference) and (difference.before, difference.after) in self.generated_names:
                self.noise_classes.append(noise.GENERATED)
                continue
            if _are_texts(difference) and (gap := self.unsure_names.get((difference.before, difference.after))):
                yield _UnmaskedChange(new, Action.UNCOMPARED, difference, (verdict(gap),))
                continue
            verdicts = of_field(difference, old, new, self.kinds)
            verdicts = reach.of_field(difference, verdicts, old, self.before, self.after)
            verdicts = pods.restarts_or_outages(verdicts, old, new, self.before, self.after)
            if verdicts[0].impact is Impact.UNKNOWN and self._moves_nothing(new, difference):
                verdicts = (_NOTHING_MOVES,)
            verdicts = nodes.of_field(difference, verdicts, new, self.before, self.after)
            if self._is_content(new, difference) and not means_the_same(difference, old, new, self.kinds):
                key_removed = difference.after is ABSENT and difference.steps[0] != "spec"
                of_readers = pods.effects_on_readers(
                    new, self.before, self.after, renamed=False, key_removed=key_removed
                )
                known = (verdict for verdict in verdicts if verdict.impact is not Impact.UNKNOWN)
                verdicts = worst_first((*known, *of_readers)) if of_readers else verdicts
            verdicts = beside(verdicts, self.references.of_difference(difference, new))
            yield _UnmaskedChange(new, Action.MODIFY, difference, verdicts)

    def _moves_nothing(self, object_: Object, difference: Difference) -> bool:
        """Whether this is the namespace of an Application for objects that name none, and there are none."""
        is_fallback = object_.id.kind == "Application" and difference.steps == _DESTINATION_NAMESPACE
        return is_fallback and self.after.names_every_namespace(object_)

    def _is_content(self, object_: Object, difference: Difference) -> bool:
        """Whether the pods that name an object read this of it."""
        content = self.kinds.of(object_.id.group, object_.id.kind).read_by_pods
        return any(matches(f"{path}.**", difference.steps) for path in content)

    def _regenerated(self, old: Object, new: Object) -> Iterator[_UnmaskedChange]:
        """Yield the changes of an object whose name follows its content: it is recreated, and its readers restart."""
        found = self._differences(old, new)
        names = (old.id.name, new.id.name)  # an ExternalSecret says its name twice
        changed = [difference for difference in found if (difference.before, difference.after) != names]
        self.noise_classes.append(noise.GENERATED)
        if changed:
            self.generated_names.add(names)
        of_readers = pods.effects_on_readers(new, self.before, self.after, renamed=True) or (_NO_KNOWN_READER,)
        for difference in changed:
            upstreams = reach.upstreams_verdicts(difference, new, self.after)
            of_new = of_field_of_renamed(difference, old, new, self.kinds)
            yield _UnmaskedChange(new, Action.MODIFY, difference, worst_first((*of_readers, *upstreams, *of_new)))
        removal = self._removal_verdicts(old)
        if removal[0].impact.rank <= Impact.OUTAGE.rank:
            renamed = (difference for difference in found if difference.steps == ("metadata", "name"))
            yield from (_UnmaskedChange(new, Action.RENAME, difference, removal) for difference in renamed)

    def _renamed(self, old: Object, new: Object) -> Iterator[_UnmaskedChange]:
        """Yield a rename, which deletes one object and makes another, and how else the new one differs."""
        removal, addition = self._removal_verdicts(old), self._addition_verdicts(new)
        found = self._differences(old, new)
        reason = "another name is another object: the new one is made, the old one goes; "
        worst, *also = worst_first((*removal, *addition))
        if _is_one_grant(old, new) and removal[0].impact is not Impact.ORPHAN:
            worst, also = _GRANT_INTERRUPTED, []
        verdicts = (worst._replace(reason=reason + worst.reason), *also)
        if len(found) == 1 and self._does_the_same(old, new):
            verdicts = (_SAME_UNDER_ANOTHER_NAME,)
        unknown = addition if addition[0].impact is Impact.UNKNOWN else ()
        for difference in found:
            of_name = difference.steps in (("metadata", "name"), ("metadata", "namespace"))
            of_new = of_field_of_renamed(difference, old, new, self.kinds) or unknown or (_PART_OF_NEW_OBJECT,)
            yield _UnmaskedChange(new, Action.RENAME, difference, verdicts if of_name else of_new)

    def _does_the_same(self, old: Object, new: Object) -> bool:
        """Whether an object of the same unit and namespace takes another's place before that goes; nobody names it."""
        is_free = self.kinds.of(new.id.group, new.id.kind).any_name and not self.references.of_object(old)
        is_here = old.id[:4] == new.id[:4] and old.unit == new.unit
        return is_free and is_here and self.after.prunes_last(new) and self.before.fate(old, self.after).deletes

    def _moved(self, old: Object, new: Object) -> Iterator[_UnmaskedChange]:
        """Yield that an object moves to another Application: the old may delete it before the new one applies it."""
        before, after = old.unit, new.unit
        if before == after or not before:
            return
        worst, *also = beside(self._removal_verdicts(old), self.references.of_moved(new))
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


def _is_one_grant(old: Object, new: Object) -> bool:
    """Whether two names stand for one grant in Google Cloud."""
    return old.id.kind == "IAMPolicyMember" and encoded(old.manifest.get("spec")) == encoded(new.manifest.get("spec"))


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
