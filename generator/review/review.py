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
from generator.review.match import Couple, couples, is_generated
from generator.review.pairing import encoded
from generator.review.side import Side

_TRACKED = pointer("metadata", "annotations", TRACKING_ID)
_NEW = Verdict(Impact.SAFE, "part of the new object")
_TAKEN_BACK = Verdict(
    Impact.OUTAGE,
    "both are one grant in Google Cloud: it goes with the old one, and comes back when the new one is compared next, about "
    "ten minutes later",
    "https://cloud.google.com/config-connector/docs/concepts/reconciliation",
    "set deletion-policy abandon on the old one, merge that, then rename it",
)
_UNREAD = Verdict(Impact.UNKNOWN, "no pod that we know of reads it")


def review(environment: str, before: Iterable[Object], after: Iterable[Object], kinds: Kinds) -> Review:
    """Return every change between two sides, worst first, and the count of what means nothing by its class.

    `kinds` says what a change of each kind does.
    """
    reviewed = _Reviewed(Side(before, kinds), Side(after, kinds), kinds)
    found = list(couples(reviewed.before.objects.values(), reviewed.after.objects.values(), kinds))
    # ConfigMaps come first: a reference to a generated name is said with what it refers to
    found.sort(key=lambda couple: not _is_generated(couple, kinds))
    changes = [change for couple in found for change in reviewed.changes(couple)]
    return Review(environment, tuple(sorted(changes, key=Change.order)), noise.counted(reviewed.classes))


class _Found(NamedTuple):
    """What was found of an object, as it is. `path` is said where it is not that of the difference."""

    built: Object
    action: Action
    difference: Difference
    verdict: Verdict
    path: str | None = None


class _Reviewed:
    """Both sides, and what was found of them so far."""

    def __init__(self, before: Side, after: Side, kinds: Kinds) -> None:
        self.before, self.after, self.kinds = before, after, kinds
        self.classes: list[str] = []
        self.generated: set[tuple[str, str]] = set()
        """Old and new generated names of what is said to be changed."""

    def changes(self, couple: Couple) -> Iterator[Change]:
        """Yield what changes of one object, without its secrets."""
        masked = None
        for found in self._found(*couple):
            masked = masked or Masked(*couple, self.kinds)
            yield _change(found, masked)

    def _found(self, old: Object | None, new: Object | None) -> Iterator[_Found]:
        if old is None or new is None:
            yield from self._whole(old, new)
        elif old.id != new.id and is_generated(old.id, new.id, self.kinds):
            yield from self._regenerated(old, new)
        elif old.id != new.id:
            yield from self._renamed(old, new)
        else:
            yield from self._moved(old, new)
            if encoded(old.manifest) != encoded(new.manifest):
                yield from self._modified(old, new)

    def _whole(self, old: Object | None, new: Object | None) -> Iterator[_Found]:
        if new:
            yield _Found(new, Action.ADD, Difference((), "", ABSENT, new.manifest), self._come(new))
        elif old:
            yield _Found(old, Action.REMOVE, Difference((), "", old.manifest, ABSENT), self._gone(old))

    def _gone(self, old: Object) -> Verdict:
        """Return what it does that an object is no longer in Git, or no longer where it was."""
        gone = reach.with_addresses(of_removal(old, self.before, self.after, self.kinds), old, self.before)
        return pods.missed_by(old, gone, self.before, self.after)

    def _come(self, new: Object) -> Verdict:
        """Return what an object does that was not there."""
        return reach.with_addresses(of_addition(new, self.kinds), new, self.after)

    def _modified(self, old: Object, new: Object) -> Iterator[_Found]:
        found, classes = differences(old.manifest, new.manifest)
        self.classes += classes
        for difference in found:
            if _are_texts(difference) and (difference.before, difference.after) in self.generated:
                self.classes.append(noise.GENERATED)
                continue
            verdict = of_field(difference, old, new, self.kinds)
            verdict = pods.rolled(verdict, old, new, self.before, self.after)
            if verdict.impact is Impact.UNKNOWN and self._is_content(new, difference):
                lost = difference.after is ABSENT and difference.steps[0] != "spec"
                verdict = pods.read_by(new, self.before, self.after, renamed=False, lost=lost) or verdict
            yield _Found(new, Action.MODIFY, difference, verdict)

    def _is_content(self, built: Object, difference: Difference) -> bool:
        """Whether the pods that name an object read this of it."""
        content = self.kinds.of(built.id.group, built.id.kind).read_by_pods
        return any(matches(f"{path}.**", difference.steps) for path in content)

    def _regenerated(self, old: Object, new: Object) -> Iterator[_Found]:
        """Yield what changes of an object whose name follows its content: it is made anew, and its readers roll."""
        found, classes = differences(old.manifest, new.manifest)
        names = (old.id.name, new.id.name)  # an ExternalSecret says its name twice
        told = [difference for difference in found if (difference.before, difference.after) != names]
        self.classes += [*classes, noise.GENERATED]
        if told:
            self.generated.add(names)
        verdict = pods.read_by(new, self.before, self.after, renamed=True) or _UNREAD
        for difference in told:
            opened = reach.of_upstreams(difference, new, self.after)
            yield _Found(new, Action.MODIFY, difference, worst([verdict, *([opened] if opened else [])], verdict))
        gone = self._gone(old)
        if gone.impact is Impact.OUTAGE:
            renamed = (difference for difference in found if difference.steps == ("metadata", "name"))
            yield from (_Found(new, Action.RENAME, difference, gone) for difference in renamed)

    def _renamed(self, old: Object, new: Object) -> Iterator[_Found]:
        """Yield a rename, which deletes one object and makes another, and what else is different of the new one."""
        gone, come = self._gone(old), self._come(new)
        reason = "another name is another object: the new one is made, the old one goes; "
        verdict = worst((gone, come), come)
        if _is_one_grant(old, new) and gone.impact is not Impact.ORPHAN:
            verdict = _TAKEN_BACK
        for difference in self._differences(old, new):
            if difference.steps in (("metadata", "name"), ("metadata", "namespace")):
                yield _Found(new, Action.RENAME, difference, verdict._replace(reason=reason + verdict.reason))
                continue
            inner = of_field(difference, old, new, self.kinds, recreated=True)
            kept = inner if inner.impact in (Impact.EXPOSURE, Impact.DATA_LOSS) else _NEW
            yield _Found(new, Action.RENAME, difference, kept)

    def _moved(self, old: Object, new: Object) -> Iterator[_Found]:
        """Yield that an object is another Application's now: the old one may delete it before the new one applies it."""
        before, after = old.unit, new.unit
        if before == after or not before:
            return
        gone = self._gone(old)
        reason = f"leaves the Application of {before}, and is in no other: {gone.reason}"
        if after:
            reason = (
                f"leaves the Application of {before} for that of {after}: whichever syncs first, it is refused as shared "
                f"(FailOnSharedResource) or deleted and made again: {gone.reason}"
            )
        difference = Difference(("metadata", "annotations"), "Application", before, after or ABSENT)
        yield _Found(new, Action.MODIFY, difference, gone._replace(reason=reason), path=_TRACKED)

    def _differences(self, old: Object, new: Object) -> list[Difference]:
        found, classes = differences(old.manifest, new.manifest)
        self.classes += classes
        return found


def _is_generated(couple: Couple, kinds: Kinds) -> bool:
    old, new = couple
    return bool(old and new and old.id != new.id and is_generated(old.id, new.id, kinds))


def _is_one_grant(old: Object, new: Object) -> bool:
    """Whether two names stand for one grant in Google Cloud."""
    return old.id.kind == "IAMPolicyMember" and encoded(old.manifest.get("spec")) == encoded(new.manifest.get("spec"))


def _are_texts(difference: Difference) -> bool:
    return isinstance(difference.before, str) and isinstance(difference.after, str)


def _change(found: _Found, masked: Masked) -> Change:
    """Return what is said of what was found: values leave a review here, and nowhere else."""
    built, difference, verdict = found.built, found.difference, found.verdict
    return Change(
        id=masked.id(built.id),
        unit=masked.words(built.unit),
        action=found.action,
        path=pointer(*masked.steps(difference.steps)) if found.path is None else found.path,
        shown=masked.words(difference.shown),
        before=masked.before(difference),
        after=masked.after(difference),
        impact=verdict.impact,
        reason=masked.words(verdict.reason),
        source=verdict.source,
        instead=masked.words(verdict.instead),
    )
