"""What a difference does: all that rows of its kind file, and an immutable mark, say of it, worst first. Pure."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from generator.kinds import ABSENT, Edit, Impact, Kinds, Row, Steps, reordered
from generator.manifest import Manifest, Object
from generator.review.change import Difference, Verdict
from generator.review.default import Filled, filled_in
from generator.review.differences import aligned, leaves
from generator.review.side import Fate, Side, abandons

UNKNOWN = Verdict(Impact.UNKNOWN, "no table says what this does: look it up before you merge")
_GUARD_OF_NOTHING = Verdict(Impact.SAFE, "it goes with what it guarded")
_STAYS = {
    "cloud": "what it made in Google Cloud stays (deletion-policy abandon), costs on, and nobody manages it",
    "unmanaged": "no longer managed: the live value stays as it is, it is not reverted",
}
_DEFAULT = {
    "written": "the default, written out: nothing changes",
    "left": "the default, left out: nothing changes",
}
_TOLD_APART = (Impact.BLOCKED, Impact.RESTART)
_REFERENCE = ("name", "namespace", "external", "kind", "apiVersion")


def worst_first(verdicts: Iterable[Verdict], default: Verdict = UNKNOWN) -> tuple[Verdict, ...]:
    """Return the first verdict of each impact, worst first. What breaks something is not safe beside it."""
    by_impact: dict[Impact, Verdict] = {}
    for verdict in verdicts:
        by_impact.setdefault(verdict.impact, verdict)
    ranked = tuple(by_impact[impact] for impact in Impact if impact in by_impact)
    return tuple(verdict for verdict in ranked if verdict.impact is not Impact.SAFE) or ranked or (default,)


def beside(verdicts: Iterable[Verdict], others: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Return verdicts and what a change does to others, worst first; of those with one impact, what all of them say."""
    by_impact = {verdict.impact: verdict for verdict in verdicts}
    for other in others:
        same = by_impact.get(other.impact)
        by_impact[other.impact] = same._replace(reason=f"{same.reason}; {other.reason}") if same else other
    return worst_first(by_impact.values())


def of_field(
    difference: Difference, old: Object, new: Object, kinds: Kinds, *, recreated: bool = False
) -> tuple[Verdict, ...]:
    """Return what a difference of an object that stays does, or of one that is `recreated` under another name."""
    said: list[Verdict] = []
    left_out = kinds.keeps_left_out(new.id.group, new.id.kind) and _is_left_out(difference)
    told: Steps | None = None
    for leaf in leaves(difference):
        if told is not None and leaf.steps[: len(told)] == told:
            continue
        if source := _unordered_source(leaf, new, kinds):
            said.append(Verdict(Impact.SAFE, "the same items in another order, which means nothing here", source))
            continue
        verdicts = list(_said(leaf, old, new, kinds, whole=difference.steps, left_out=left_out))
        if kinds.is_immutable(new.id, leaf.steps) and not recreated:
            verdicts.append(_cannot_change(leaf, new, kinds))
        filled = None if left_out else filled_in(leaf, difference, old, new, kinds)
        if filled:
            verdicts = _compared(leaf, filled, verdicts, kinds)
            told = leaf.steps if isinstance(_written(leaf), list) else told
        if not verdicts and _decides(leaf):
            said.append(UNKNOWN)
        said += (verdict for verdict in verdicts if not (_goes_with_an_item(difference, leaf) and _opens(verdict)))
    return worst_first(_known(_as_in_file(said, new, kinds)))


def _as_in_file(said: list[Verdict], built: Object, kinds: Kinds) -> list[Verdict]:
    """Return verdicts on several fields in the order of their rows: what is said of one is told before what of all."""
    order = kinds.reasons(built.id.group, built.id.kind)
    return sorted(said, key=lambda verdict: order.get(verdict.reason, len(order)))


def means_the_same(difference: Difference, old: Object, new: Object, kinds: Kinds) -> bool:
    """Whether a field only writes out its default, or leaves it out."""
    filled = filled_in(difference, difference, old, new, kinds)
    return filled is not None and not filled.differences


def _unordered_source(leaf: Difference, new: Object, kinds: Kinds) -> str:
    """Return where it is written that a list in another order is the same list; '' of anything else."""
    return kinds.unordered_source(new.id, leaf.steps) if reordered(leaf.before, leaf.after) else ""


def _known(verdicts: list[Verdict]) -> list[Verdict]:
    """Return verdicts on one edit: that something must be looked up is said for want of anything worse."""
    known = any(verdict.impact.rank < Impact.UNKNOWN.rank for verdict in verdicts)
    return [verdict for verdict in verdicts if verdict.impact is not Impact.UNKNOWN] if known else verdicts


def _compared(leaf: Difference, filled: Filled, verdicts: list[Verdict], kinds: Kinds) -> list[Verdict]:
    """Return what a value does in the place of its default, or the other way round, with what is said of it anyway.

    Where both are the same, somebody may still tell them apart: a rollout, a webhook that refuses what cannot change.
    """
    written = _written(leaf)
    if not filled.differences:
        same = Verdict(Impact.SAFE, _DEFAULT["written" if leaf.before is ABSENT else "left"], filled.source)
        id_ = filled.new.id
        refused = kinds.is_immutable(id_, leaf.steps) and kinds.keeps_left_out(id_.group, id_.kind)
        told_apart = _TOLD_APART if filled.unwritten or refused else ()
        return [*(verdict for verdict in verdicts if verdict.impact in told_apart), same]
    if isinstance(written, list):
        of_items = (of_field(item, filled.old, filled.new, kinds) for item in filled.differences)
        return [*verdicts, *itertools.chain.from_iterable(of_items)]
    if isinstance(written, dict):  # its fields say it
        return verdicts
    (default, *_) = filled.differences
    return [*verdicts, *_said(default, filled.old, filled.new, kinds, whole=default.steps, left_out=False)]


def _written(leaf: Difference) -> Any:
    """Return the value of what comes or goes."""
    return leaf.before if leaf.after is ABSENT else leaf.after


def _decides(leaf: Difference) -> bool:
    """Whether somebody must say what a difference does: a change, a plain value, an empty list or map."""
    is_changed = leaf.after is not ABSENT and leaf.before is not ABSENT
    return is_changed or not (isinstance(_written(leaf), dict | list) and _written(leaf))


def _goes_with_an_item(found: Difference, leaf: Difference) -> bool:
    """Whether a field goes because the list item that it is of goes: a guard of what is gone is missed by nobody."""
    between = leaf.steps[len(found.steps) - 1 : -1] if leaf.steps != found.steps else ()
    return leaf.after is ABSENT and any(isinstance(step, int) for step in between)


def _opens(verdict: Verdict) -> bool:
    return verdict.impact is Impact.EXPOSURE


def of_addition(new: Object, kinds: Kinds) -> tuple[Verdict, ...]:
    """Return what an object that was not there does: it opens, closes or replaces something, or only its kind is new.

    What rows say of its fields is added to what they say of the whole, unless nothing uses it yet. Where no row speaks
    of the whole, silence about its fields proves nothing.
    """
    whole = Difference((), "", ABSENT, new.manifest)
    rows = [row for row in _rows_of_new(whole, new, kinds) if row.of_object]
    said = _known([_verdict(row, new, kinds) for row in rows]) or [UNKNOWN]
    is_unused = any(row.unused for row in rows)
    return worst_first((*said, *_said_of_fields(whole, new, kinds, is_unused=is_unused)))


def _rows_of_new(leaf: Difference, new: Object, kinds: Kinds) -> Iterator[Row]:
    """Yield the rows that hold for a field of an object that is new, or for all of it."""
    edit = _edit(leaf, {}, new.manifest, new, kinds)
    rows = kinds.rows_at(new.id.group, new.id.kind, leaf.steps)
    return (row for row in rows if row.of_new_object and row.holds(edit))


def _said_of_fields(added: Difference, new: Object, kinds: Kinds, *, is_unused: bool = False) -> list[Verdict]:
    """Return what rows say of the fields that come with an object that is new; one that `is_unused` opens nothing."""
    rows = (row for leaf in leaves(added) for row in _rows_of_new(leaf, new, kinds))
    return [_verdict(row, new, kinds) for row in rows if not row.of_object and (row.new or not is_unused)]


def of_field_of_renamed(difference: Difference, old: Object, new: Object, kinds: Kinds) -> tuple[Verdict, ...]:
    """Return what a field does in which an object differs from the one that it replaces; () if nothing of its own."""
    said = [] if difference.after is ABSENT else _said_of_fields(difference._replace(before=ABSENT), new, kinds)
    compared = of_field(difference, old, new, kinds, recreated=True)
    said += (verdict for verdict in compared if verdict.impact in (Impact.EXPOSURE, Impact.DATA_LOSS))
    return worst_first(said) if said else ()


def of_removal(gone: Object, before: Side, after: Side, kinds: Kinds) -> tuple[Verdict, ...]:
    """Return what becomes of an object that is no longer in Git, and of what it stands for."""
    fate = before.fate(gone, after)
    if not fate.deletes:
        return (
            Verdict(Impact.ORPHAN, fate.value, "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/"),
        )
    edit = _edit(Difference((), "", gone.manifest, ABSENT), gone.manifest, {}, gone, kinds)
    said = [_verdict(row, gone, kinds) for row in kinds.rows_at(gone.id.group, gone.id.kind, ()) if row.holds(edit)]
    if fate.with_namespace and said:  # a guard of what is gone is missed by nobody
        said = [verdict for verdict in said if not _opens(verdict)] or [_GUARD_OF_NOTHING]
    deleted, *also = worst_first(_known(said), Verdict(Impact.UNKNOWN, "no table says what its deletion does"))
    if abandons(gone.manifest):
        return (deleted._replace(impact=Impact.ORPHAN, reason=_STAYS["cloud"] + _asks(fate), instead=""),)
    return (deleted._replace(reason=deleted.reason + _asks(fate)), *also)


def _asks(fate: Fate) -> str:
    if fate is Fate.CASCADED_ASKED:
        return "; it waits until somebody confirms"
    if fate.with_namespace:
        return f"; {fate.value}"
    return "; it waits until somebody confirms, and its Application syncs nothing else" if fate is Fate.ASKED else ""


def _said(
    leaf: Difference, old: Object, new: Object, kinds: Kinds, *, whole: Steps, left_out: bool
) -> Iterator[Verdict]:
    """Yield what rows and marks say of a leaf: of what is left out and so stays as it is, only what says just that."""
    before = aligned(old.manifest, leaf.old_steps, leaf.steps)
    edit = _edit(leaf, before, new.manifest, new, kinds)._replace(whole=whole)
    alone, known = leaf.steps == whole, False
    for row in kinds.rows_at(new.id.group, new.id.kind, leaf.steps):
        counts = not left_out or row.impact is Impact.BLOCKED or (alone and row.word == "removed")
        if counts and (alone or not row.alone) and row.holds(edit):
            known = known or row.impact.rank < Impact.ORPHAN.rank
            yield _verdict(row, new, kinds)
    if left_out and alone and not known:
        yield Verdict(Impact.ORPHAN, _STAYS["unmanaged"], "k8s-config-connector docs/design-decisions")


def _cannot_change(leaf: Difference, new: Object, kinds: Kinds) -> Verdict:
    reason = f"{leaf.display_path} cannot be changed: the sync fails, and what is there stays as it is"
    return Verdict(Impact.BLOCKED, reason, f"contract of {new.id.kind}", kinds.instead(new.id.group, new.id.kind))


def _is_left_out(leaf: Difference) -> bool:
    """Whether a field is no longer said. A list is managed whole, and a reference may be written in another way."""
    listed = any(isinstance(step, int) for step in leaf.steps)
    reworded = str(leaf.steps[-2:][0]).endswith("Ref") and leaf.steps[-1] in _REFERENCE
    return leaf.after is ABSENT and leaf.steps[0] == "spec" and not listed and not reworded


def _verdict(row: Row, built: Object, kinds: Kinds) -> Verdict:
    blocked = kinds.instead(built.id.group, built.id.kind) if row.impact is Impact.BLOCKED else ""
    return Verdict(row.impact, row.reason, row.source, row.instead or blocked)


def _edit(leaf: Difference, old: Manifest, new: Manifest, built: Object, kinds: Kinds) -> Edit:
    facts = kinds.of(built.id.group, built.id.kind)
    return Edit(leaf.steps, leaf.before, leaf.after, old, new, holds_state=facts.state, is_grant=facts.grant)
