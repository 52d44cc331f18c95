"""Two sides -> every change between them, each with what it does. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from generator.annotation import TRACKING_ID
from generator.field import pointer
from generator.kinds import ABSENT, Impact, Kinds, matches
from generator.manifest import Object
from generator.review import noise, pods, reach
from generator.review.change import Action, Change, Difference, Review, Verdict
from generator.review.difference import differences
from generator.review.judge import of_addition, of_field, of_removal, worst
from generator.review.mask import Masked
from generator.review.matching.objects import ObjectPair, is_generated, object_pairs
from generator.review.pairing import encoded
from generator.review.side import Side

_TRACKING_ID = pointer("metadata", "annotations", TRACKING_ID)
_PART_OF_NEW_OBJECT = Verdict(Impact.SAFE, "part of the new object")
_GRANT_INTERRUPTED = Verdict(
    Impact.OUTAGE,
    "both are one grant in Google Cloud: it goes with the old one, "
    "and comes back when the new one is compared next, about ten minutes later",
    "https://cloud.google.com/config-connector/docs/concepts/reconciliation",
    "set deletion-policy abandon on the old one, merge that, then rename it",
)
_NO_KNOWN_READER = Verdict(Impact.UNKNOWN, "no pod that we know of reads it")


def review(environment: str, before: Iterable[Object], after: Iterable[Object], kinds: Kinds) -> Review:
    """Return every change between two sides, worst first, and how many differences mean nothing, by class.

    `kinds` says what a change of each kind does.
    """
    comparison = _Comparison(Side(before, kinds), Side(after, kinds), kinds)
    pairs = list(object_pairs(comparison.before.objects.values(), comparison.after.objects.values(), kinds))
    # ConfigMaps come first: their new names are known before the references to them are compared
    pairs.sort(key=lambda pair: not _is_generated(pair, kinds))
    changes = [change for pair in pairs for change in comparison.changes(pair)]
    return Review(environment, tuple(sorted(changes, key=Change.order)), noise.count_by_class(comparison.noise_classes))


class _UnmaskedChange(NamedTuple):
    """A change that still shows secrets. `path` is set where it is not that of the difference."""

    object: Object
    action: Action
    difference: Difference
    verdict: Verdict
    path: str | None = None


class _Comparison:
    """Both sides, and what the comparison has found so far."""

    def __init__(self, before: Side, after: Side, kinds: Kinds) -> None:
        self.before, self.after, self.kinds = before, after, kinds
        self.noise_classes: list[str] = []
        self.generated_names: set[tuple[str, str]] = set()
        """Old and new generated names of the objects with changes."""

    def changes(self, pair: ObjectPair) -> Iterator[Change]:
        """Yield the changes of one object, without its secrets."""
        masked = None
        for change in self._unmasked(*pair):
            masked = masked or Masked(*pair, self.kinds)
            yield _change(change, masked)

    def _unmasked(self, old: Object | None, new: Object | None) -> Iterator[_UnmaskedChange]:
        if old is None or new is None:
            yield from self._added_or_removed(old, new)
        elif old.id != new.id and is_generated(old.id, new.id, self.kinds):
            yield from self._regenerated(old, new)
        elif old.id != new.id:
            yield from self._renamed(old, new)
        else:
            yield from self._moved(old, new)
            if encoded(old.manifest) != encoded(new.manifest):
                yield from self._modified(old, new)

    def _added_or_removed(self, old: Object | None, new: Object | None) -> Iterator[_UnmaskedChange]:
        if new:
            yield _UnmaskedChange(
                new, Action.ADD, Difference((), "", ABSENT, new.manifest), self._addition_verdict(new)
            )
        elif old:
            yield _UnmaskedChange(
                old, Action.REMOVE, Difference((), "", old.manifest, ABSENT), self._removal_verdict(old)
            )

    def _removal_verdict(self, old: Object) -> Verdict:
        """Return the effect of an object that is no longer in Git, or no longer where it was."""
        removal = reach.with_addresses(of_removal(old, self.before, self.after, self.kinds), old, self.before)
        return pods.removal_effect_on_readers(old, removal, self.before, self.after)

    def _addition_verdict(self, new: Object) -> Verdict:
        """Return the effect of a new object."""
        return reach.with_addresses(of_addition(new, self.kinds), new, self.after)

    def _modified(self, old: Object, new: Object) -> Iterator[_UnmaskedChange]:
        changed, noise_classes = differences(old.manifest, new.manifest)
        self.noise_classes += noise_classes
        for difference in changed:
            if _are_texts(difference) and (difference.before, difference.after) in self.generated_names:
                self.noise_classes.append(noise.GENERATED)
                continue
            verdict = of_field(difference, old, new, self.kinds)
            verdict = pods.restart_or_outage(verdict, old, new, self.before, self.after)
            if verdict.impact is Impact.UNKNOWN and self._is_content(new, difference):
                key_removed = difference.after is ABSENT and difference.steps[0] != "spec"
                verdict = (
                    pods.effect_on_readers(new, self.before, self.after, renamed=False, key_removed=key_removed)
                    or verdict
                )
            yield _UnmaskedChange(new, Action.MODIFY, difference, verdict)

    def _is_content(self, object_: Object, difference: Difference) -> bool:
        """Whether the pods that name an object read this of it."""
        content = self.kinds.of(object_.id.group, object_.id.kind).read_by_pods
        return any(matches(f"{path}.**", difference.steps) for path in content)

    def _regenerated(self, old: Object, new: Object) -> Iterator[_UnmaskedChange]:
        """Yield the changes of an object whose name follows its content: it is recreated, and its readers restart."""
        found, noise_classes = differences(old.manifest, new.manifest)
        names = (old.id.name, new.id.name)  # an ExternalSecret says its name twice
        changed = [difference for difference in found if (difference.before, difference.after) != names]
        self.noise_classes += [*noise_classes, noise.GENERATED]
        if changed:
            self.generated_names.add(names)
        verdict = pods.effect_on_readers(new, self.before, self.after, renamed=True) or _NO_KNOWN_READER
        for difference in changed:
            upstreams = reach.upstreams_verdict(difference, new, self.after)
            yield _UnmaskedChange(
                new, Action.MODIFY, difference, worst([verdict, *([upstreams] if upstreams else [])], verdict)
            )
        removal = self._removal_verdict(old)
        if removal.impact is Impact.OUTAGE:
            renamed = (difference for difference in found if difference.steps == ("metadata", "name"))
            yield from (_UnmaskedChange(new, Action.RENAME, difference, removal) for difference in renamed)

    def _renamed(self, old: Object, new: Object) -> Iterator[_UnmaskedChange]:
        """Yield a rename, which deletes one object and makes another, and how else the new one differs."""
        removal, addition = self._removal_verdict(old), self._addition_verdict(new)
        reason = "another name is another object: the new one is made, the old one goes; "
        verdict = worst((removal, addition), addition)
        if _is_one_grant(old, new) and removal.impact is not Impact.ORPHAN:
            verdict = _GRANT_INTERRUPTED
        for difference in self._differences(old, new):
            if difference.steps in (("metadata", "name"), ("metadata", "namespace")):
                yield _UnmaskedChange(new, Action.RENAME, difference, verdict._replace(reason=reason + verdict.reason))
                continue
            of_new = of_field(difference, old, new, self.kinds, recreated=True)
            severe = of_new.impact in (Impact.EXPOSURE, Impact.DATA_LOSS)
            yield _UnmaskedChange(new, Action.RENAME, difference, of_new if severe else _PART_OF_NEW_OBJECT)

    def _moved(self, old: Object, new: Object) -> Iterator[_UnmaskedChange]:
        """Yield that an object moves to another Application: the old may delete it before the new one applies it."""
        before, after = old.unit, new.unit
        if before == after or not before:
            return
        removal = self._removal_verdict(old)
        reason = f"leaves the Application of {before}, and is in no other: {removal.reason}"
        if after:
            reason = (
                f"leaves the Application of {before} for that of {after}: whichever syncs first, "
                f"it is refused as shared (FailOnSharedResource) or deleted and made again: {removal.reason}"
            )
        difference = Difference(("metadata", "annotations"), "Application", before, after or ABSENT)
        yield _UnmaskedChange(new, Action.MODIFY, difference, removal._replace(reason=reason), path=_TRACKING_ID)

    def _differences(self, old: Object, new: Object) -> list[Difference]:
        found, noise_classes = differences(old.manifest, new.manifest)
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
    object_, difference, verdict = unmasked.object, unmasked.difference, unmasked.verdict
    return Change(
        id=masked.id(object_.id),
        unit=masked.sentence(object_.unit),
        action=unmasked.action,
        path=pointer(*masked.steps(difference.steps)) if unmasked.path is None else unmasked.path,
        display_path=masked.sentence(difference.display_path),
        before=masked.before(difference),
        after=masked.after(difference),
        impact=verdict.impact,
        reason=masked.sentence(verdict.reason),
        source=verdict.source,
        instead=masked.sentence(verdict.instead),
    )
