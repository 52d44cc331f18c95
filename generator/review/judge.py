"""What a difference does: the worst that any row of the tables, or a contract's mark of immutability, says of it. Pure."""

from collections.abc import Callable, Iterable, Iterator

from generator.manifest import Manifest, Object
from generator.review import tables
from generator.review.change import ABSENT, Difference, Impact, Verdict
from generator.review.difference import leaves
from generator.review.given import placed
from generator.review.row import Steps, removed
from generator.review.side import Fate, Side, abandons

Immutable = Callable[[Manifest, Steps], bool]
"""Whether a contract marks a path of an object, or what it stands in, as one that cannot change."""

UNKNOWN = Verdict(Impact.UNKNOWN, "no table says what this does: look it up before you merge")
_STAYS = {
    "cloud": "what it made in Google Cloud stays (deletion-policy abandon), costs on, and nobody manages it",
    "unmanaged": "no longer managed: the live value stays as it is, it is not reverted",
}
_REFERENCE = ("name", "namespace", "external", "kind", "apiVersion")


def worst(verdicts: Iterable[Verdict], default: Verdict) -> Verdict:
    """Return the worst verdict, the first of equal ones."""
    return min(verdicts, key=lambda verdict: verdict.impact.rank, default=default)


def of_field(found: Difference, old: Object, new: Object, immutable: Immutable) -> Verdict:
    """Return what a difference of an object that stays does."""
    found = _without_null(found)
    said: list[Verdict] = []
    left_out = tables.is_managed_while_said(new.id) and _is_left_out(found)
    for leaf in leaves(found):
        value = leaf.after if leaf.before is ABSENT else leaf.before
        decides = (leaf.after is not ABSENT and leaf.before is not ABSENT) or not (
            isinstance(value, dict | list) and value
        )
        verdicts = list(_said(leaf, old, new, immutable, alone=leaf is found, left_out=left_out))
        if not verdicts and decides:
            said.append(UNKNOWN)
        said += (verdict for verdict in verdicts if not (_goes_with_an_item(found, leaf) and _opens(verdict)))
    return worst(said, UNKNOWN)


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


def of_addition(new: Object) -> Verdict:
    """Return what an object that was not there does: it breaks nothing that runs, but it may open something."""
    rows = tables.rows(new.id)
    said = [_verdict(row, new) for row in rows if row.holds((), ABSENT, new.manifest, {}, new.manifest)]
    opened = [row for row in rows if row.impact is Impact.EXPOSURE and row.path and not row.alone]
    for leaf in leaves(Difference((), "", ABSENT, new.manifest)):
        holding = (row for row in opened if row.holds(leaf.steps, leaf.before, leaf.after, {}, new.manifest))
        said += [_verdict(row, new) for row in holding]
    return worst(said, UNKNOWN)


def of_removal(gone: Object, before: Side, after: Side) -> Verdict:
    """Return what becomes of an object that is no longer in Git, and of what it stands for."""
    fate = before.fate(gone, after)
    if not fate.deletes:
        return Verdict(Impact.ORPHAN, fate.value, "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/")
    rows = (row for row in tables.rows(gone.id) if row.holds((), gone.manifest, ABSENT, gone.manifest, {}))
    deleted = worst(
        (_verdict(row, gone) for row in rows), Verdict(Impact.UNKNOWN, "no table says what its deletion does")
    )
    if abandons(gone.manifest):
        return deleted._replace(impact=Impact.ORPHAN, reason=_STAYS["cloud"] + _asks(fate), instead="")
    return deleted._replace(reason=deleted.reason + _asks(fate))


def _asks(fate: Fate) -> str:
    if fate is Fate.CASCADED_ASKED:
        return "; it waits until somebody confirms"
    return "; it waits until somebody confirms, and its Application syncs nothing else" if fate is Fate.ASKED else ""


def _said(
    leaf: Difference, old: Object, new: Object, immutable: Immutable, *, alone: bool, left_out: bool
) -> Iterator[Verdict]:
    """Yield what rows and marks say of a leaf: of what is left out and so stays as it is, only what says just that."""
    before = placed(old.manifest, leaf.was, leaf.steps)
    for row in tables.rows(new.id):
        counts = not left_out or row.impact is Impact.BLOCKED or (alone and row.when is removed)
        asked = counts and (alone or not row.alone)
        if asked and row.holds(leaf.steps, leaf.before, leaf.after, before, new.manifest):
            yield _verdict(row, new)
    if any(immutable(side, leaf.steps) for side in (before, new.manifest)):
        reason = f"{leaf.shown} cannot be changed: the sync fails, and what is there stays as it is"
        yield Verdict(Impact.BLOCKED, reason, f"contract of {new.id.kind}", tables.instead(new.id))
    if left_out and alone:
        yield Verdict(Impact.ORPHAN, _STAYS["unmanaged"], "k8s-config-connector docs/design-decisions")


def _is_left_out(leaf: Difference) -> bool:
    """Whether a field is no longer said. A list is managed whole, and a reference may be written in another way."""
    listed = any(isinstance(step, int) for step in leaf.steps)
    reworded = str(leaf.steps[-2:][0]).endswith("Ref") and leaf.steps[-1] in _REFERENCE
    return leaf.after is ABSENT and leaf.steps[0] == "spec" and not listed and not reworded


def _verdict(row: tables.Row, built: Object) -> Verdict:
    blocked = tables.instead(built.id) if row.impact is Impact.BLOCKED else ""
    return Verdict(row.impact, row.reason, row.source, row.instead or blocked)
