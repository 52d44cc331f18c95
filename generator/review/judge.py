"""What a difference does: the worst that any row of its kind file, or an immutable mark, says of it. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from generator.kinds import ABSENT, Edit, Impact, Kinds, Row, Steps
from generator.manifest import Manifest, Object
from generator.review.change import Difference, Verdict
from generator.review.default import Filled, filled_in
from generator.review.difference import aligned, leaves
from generator.review.side import Fate, Side, abandons

UNKNOWN = Verdict(Impact.UNKNOWN, "no table says what this does: look it up before you merge")
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


def worst(verdicts: Iterable[Verdict], default: Verdict) -> Verdict:
    """Return the worst verdict, the first of equal ones."""
    return min(verdicts, key=lambda verdict: verdict.impact.rank, default=default)


def of_field(difference: Difference, old: Object, new: Object, kinds: Kinds, *, recreated: bool = False) -> Verdict:
    """Return what a difference of an object that stays does, or of one that is `recreated` under another name."""
    difference = _without_null(difference)
    said: list[Verdict] = []
    left_out = kinds.keeps_left_out(new.id.group, new.id.kind) and _is_left_out(difference)
    told: Steps | None = None
    for leaf in leaves(difference):
        if told is not None and leaf.steps[: len(told)] == told:
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
    return worst(said, UNKNOWN)


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
        return [*verdicts, *(of_field(item, filled.old, filled.new, kinds) for item in filled.differences)]
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


def _without_null(found: Difference) -> Difference:
    """Return a difference with null as what it does: to a field of an object it is the same as leaving it out."""
    before = ABSENT if found.before is None else found.before
    after = ABSENT if found.after is None else found.after
    return found if before is ABSENT and after is ABSENT else found._replace(before=before, after=after)


def _goes_with_an_item(found: Difference, leaf: Difference) -> bool:
    """Whether a field goes because the list item that it is of goes: a guard of what is gone is missed by nobody."""
    between = leaf.steps[len(found.steps) - 1 : -1] if leaf.steps != found.steps else ()
    return leaf.after is ABSENT and any(isinstance(step, int) for step in between)


def _opens(verdict: Verdict) -> bool:
    return verdict.impact is Impact.EXPOSURE


def of_addition(new: Object, kinds: Kinds) -> Verdict:
    """Return what an object that was not there does: it breaks nothing that runs, but it may open something."""
    rows = kinds.rows(new.id.group, new.id.kind)
    whole = _edit(Difference((), "", ABSENT, new.manifest), {}, new.manifest, new, kinds)
    said = [_verdict(row, new, kinds) for row in rows if row.holds(whole)]
    opened = [row for row in rows if row.impact is Impact.EXPOSURE and not row.of_object and not row.alone]
    for leaf in leaves(Difference((), "", ABSENT, new.manifest)):
        edit = _edit(leaf, {}, new.manifest, new, kinds)
        said += [_verdict(row, new, kinds) for row in opened if row.holds(edit)]
    return worst(said, UNKNOWN)


def of_removal(gone: Object, before: Side, after: Side, kinds: Kinds) -> Verdict:
    """Return what becomes of an object that is no longer in Git, and of what it stands for."""
    fate = before.fate(gone, after)
    if not fate.deletes:
        return Verdict(Impact.ORPHAN, fate.value, "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/")
    edit = _edit(Difference((), "", gone.manifest, ABSENT), gone.manifest, {}, gone, kinds)
    rows = (row for row in kinds.rows(gone.id.group, gone.id.kind) if row.holds(edit))
    deleted = worst(
        (_verdict(row, gone, kinds) for row in rows), Verdict(Impact.UNKNOWN, "no table says what its deletion does")
    )
    if abandons(gone.manifest):
        return deleted._replace(impact=Impact.ORPHAN, reason=_STAYS["cloud"] + _asks(fate), instead="")
    return deleted._replace(reason=deleted.reason + _asks(fate))


def _asks(fate: Fate) -> str:
    if fate is Fate.CASCADED_ASKED:
        return "; it waits until somebody confirms"
    return "; it waits until somebody confirms, and its Application syncs nothing else" if fate is Fate.ASKED else ""


def _said(
    leaf: Difference, old: Object, new: Object, kinds: Kinds, *, whole: Steps, left_out: bool
) -> Iterator[Verdict]:
    """Yield what rows and marks say of a leaf: of what is left out and so stays as it is, only what says just that."""
    before = aligned(old.manifest, leaf.old_steps, leaf.steps)
    edit = _edit(leaf, before, new.manifest, new, kinds)._replace(whole=whole)
    alone = leaf.steps == whole
    for row in kinds.rows(new.id.group, new.id.kind):
        counts = not left_out or row.impact is Impact.BLOCKED or (alone and row.word == "removed")
        if counts and (alone or not row.alone) and row.holds(edit):
            yield _verdict(row, new, kinds)
    if left_out and alone:
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
