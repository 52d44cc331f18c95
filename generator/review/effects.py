"""What a change does, to the object and to others: what its kind says, and what follows from both sides. Pure."""

from generator.kinds import ABSENT, Impact, Kinds, matches
from generator.manifest import Object, encoded
from generator.review import nodes, pods, reach
from generator.review.change import Difference, Verdict
from generator.review.judge import (
    beside,
    means_the_same,
    of_addition,
    of_field,
    of_field_of_renamed,
    of_removal,
    worst_first,
)
from generator.review.references import References
from generator.review.side import Side

_Verdicts = tuple[Verdict, ...]

_PART_OF_NEW_OBJECT = Verdict(Impact.SAFE, "part of the new object")
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
_NO_KNOWN_READER = Verdict(Impact.UNKNOWN, "no pod that we know of reads it")


class Effects:
    """What changes between two sides do, worst first, each impact once."""

    def __init__(self, before: Side, after: Side, kinds: Kinds) -> None:
        self._before, self._after, self._kinds = before, after, kinds
        self._references = References(before, after)

    def of_removal(self, old: Object) -> tuple[Verdict, ...]:
        """Return the effects of an object that is no longer in Git, or no longer where it was."""
        removal = of_removal(old, self._before, self._after, self._kinds)
        removal = reach.of_removal(removal, old, self._before, self._after)
        is_left = old.id.kind == "Application" and removal[0].impact is Impact.ORPHAN
        if is_left and self._before.leaves_nothing(old, self._after):
            return (_LEAVES_NOTHING,)
        removal = nodes.of_removal(removal, old, self._before, self._after)
        removal = pods.removal_of_guard(old, removal, self._before, self._after)
        removal = pods.removal_effects_on_readers(old, removal, self._before, self._after)
        return beside(removal, self._references.of_object(old))

    def of_addition(self, new: Object) -> tuple[Verdict, ...]:
        """Return the effects of a new object."""
        addition = nodes.of_addition(of_addition(new, self._kinds), new, self._after)
        addition = self._references.of_newcomer(new, addition)
        return beside(reach.with_addresses(addition, new, self._after), self._references.of_object(new))

    def of_difference(self, difference: Difference, old: Object, new: Object) -> tuple[Verdict, ...]:
        """Return the effects of a difference of an object that stays."""
        verdicts = of_field(difference, old, new, self._kinds)
        verdicts = reach.of_field(difference, verdicts, old, self._before, self._after)
        verdicts = pods.restarts_or_outages(verdicts, old, new, self._before, self._after)
        if verdicts[0].impact is Impact.UNKNOWN and self._moves_nothing(new, difference):
            verdicts = (_NOTHING_MOVES,)
        verdicts = nodes.of_field(difference, verdicts, new, self._before, self._after)
        if self._is_content(new, difference) and not means_the_same(difference, old, new, self._kinds):
            key_removed = difference.after is ABSENT and difference.steps[0] != "spec"
            of_readers = pods.effects_on_readers(new, self._before, self._after, renamed=False, key_removed=key_removed)
            known = (verdict for verdict in verdicts if verdict.impact is not Impact.UNKNOWN)
            verdicts = worst_first((*known, *of_readers)) if of_readers else verdicts
        return beside(verdicts, self._references.of_difference(difference, new))

    def of_regenerated(self, difference: Difference, old: Object, new: Object) -> tuple[Verdict, ...]:
        """Return the effects of a difference of an object whose name follows its content: its readers restart."""
        of_readers = pods.effects_on_readers(new, self._before, self._after, renamed=True) or (_NO_KNOWN_READER,)
        upstreams = reach.upstreams_verdicts(difference, new, self._after)
        return worst_first((*of_readers, *upstreams, *of_field_of_renamed(difference, old, new, self._kinds)))

    def of_rename(self, old: Object, new: Object, *, is_only_difference: bool) -> tuple[_Verdicts, _Verdicts]:
        """Return the effects of another name, and those of fields of which nothing else is known."""
        removal, addition = self.of_removal(old), self.of_addition(new)
        of_others = addition if addition[0].impact is Impact.UNKNOWN else (_PART_OF_NEW_OBJECT,)
        if is_only_difference and self._does_the_same(old, new):
            return (_SAME_UNDER_ANOTHER_NAME,), of_others
        worst, *also = worst_first((*removal, *addition))
        if _is_one_grant(old, new) and removal[0].impact is not Impact.ORPHAN:
            worst, also = _GRANT_INTERRUPTED, []
        reason = f"another name is another object: the new one is made, the old one goes; {worst.reason}"
        return (worst._replace(reason=reason), *also), of_others

    def of_move(self, old: Object, new: Object) -> tuple[Verdict, ...]:
        """Return the effects of an object that one Application gives away: it may be deleted and made again."""
        return beside(self.of_removal(old), self._references.of_moved(new))

    def _moves_nothing(self, object_: Object, difference: Difference) -> bool:
        """Whether this is the namespace of an Application for objects that name none, and there are none."""
        is_fallback = object_.id.kind == "Application" and difference.steps == _DESTINATION_NAMESPACE
        return is_fallback and self._after.names_every_namespace(object_)

    def _is_content(self, object_: Object, difference: Difference) -> bool:
        """Whether the pods that name an object read this of it."""
        content = self._kinds.of(object_.id.group, object_.id.kind).read_by_pods
        return any(matches(f"{path}.**", difference.steps) for path in content)

    def _does_the_same(self, old: Object, new: Object) -> bool:
        """Whether an object of the same unit and namespace takes another's place before that goes; nobody names it."""
        is_free = self._kinds.of(new.id.group, new.id.kind).any_name and not self._references.of_object(old)
        is_here = old.id[:4] == new.id[:4] and old.unit == new.unit
        return is_free and is_here and self._after.prunes_last(new) and self._before.fate(old, self._after).deletes


def _is_one_grant(old: Object, new: Object) -> bool:
    """Whether two names stand for one grant in Google Cloud."""
    return old.id.kind == "IAMPolicyMember" and encoded(old.manifest.get("spec")) == encoded(new.manifest.get("spec"))
