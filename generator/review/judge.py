"""What a difference does: the worst that any row of the tables, or a contract's mark of immutability, says of it. Pure."""

from collections.abc import Callable, Iterable, Iterator

from generator.manifest import Manifest, Object
from generator.review import tables
from generator.review.change import ABSENT, Difference, Impact, Verdict
from generator.review.difference import leaves
from generator.review.row import Steps
from generator.review.side import Fate, Side, abandons

Immutable = Callable[[Manifest, Steps], bool]
"""Whether a contract marks a path of an object, or what it stands in, as one that cannot change."""

UNKNOWN = Verdict(Impact.UNKNOWN, "no table says what this does: look it up before you merge")
_STAYS = {
    "cloud": "the object goes, what it made in Google Cloud stays (deletion-policy abandon), costs on and is nobody's",
    "unmanaged": "no longer managed: the live value stays as it is, it is not reverted",
}
_ABANDON = "cnrm.cloud.google.com/deletion-policy"


def worst(verdicts: Iterable[Verdict], default: Verdict) -> Verdict:
    """Return the worst verdict, the first of equal ones."""
    return min(verdicts, key=lambda verdict: verdict.impact.rank, default=default)


def of_field(found: Difference, old: Object, new: Object, immutable: Immutable) -> Verdict:
    """Return what a difference of an object that stays does."""
    said: list[Verdict] = []
    for leaf in leaves(found):
        value = leaf.after if leaf.before is ABSENT else leaf.before
        decides = (leaf.after is not ABSENT and leaf.before is not ABSENT) or not (
            isinstance(value, dict | list) and value
        )
        said += list(_said(leaf, old, new, immutable)) or ([UNKNOWN] if decides else [])
    return worst(said, UNKNOWN)


def of_addition(new: Object) -> Verdict:
    """Return what an object that was not there does: it breaks nothing that runs, but it may open something."""
    rows = tables.rows(new.id)
    said = [_verdict(row) for row in rows if row.holds((), ABSENT, new.manifest)]
    whole = Difference((), "", ABSENT, new.manifest)
    for leaf in leaves(whole):
        opened = (row for row in rows if row.impact is Impact.EXPOSURE and leaf.steps)
        said += [_verdict(row) for row in opened if row.holds(leaf.steps, leaf.before, leaf.after)]
    return worst(said, UNKNOWN)


def of_removal(gone: Object, before: Side, after: Side) -> Verdict:
    """Return what becomes of an object that is no longer in Git, and of what it stands for."""
    fate = before.fate(gone, after)
    if not fate.deletes:
        return Verdict(Impact.ORPHAN, fate.value, "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/")
    rows = (row for row in tables.rows(gone.id) if row.holds((), gone.manifest, ABSENT))
    deleted = worst((_verdict(row) for row in rows), Verdict(Impact.UNKNOWN, "no table says what its deletion does"))
    if abandons(gone.manifest):
        return deleted._replace(impact=Impact.ORPHAN, reason=_STAYS["cloud"] + _asks(fate), instead="")
    return deleted._replace(reason=deleted.reason + _asks(fate))


def _asks(fate: Fate) -> str:
    return "; it waits until somebody confirms, and its Application syncs nothing else" if fate is Fate.ASKED else ""


def _said(leaf: Difference, old: Object, new: Object, immutable: Immutable) -> Iterator[Verdict]:
    for row in tables.rows(new.id):
        if row.holds(leaf.steps, leaf.before, leaf.after):
            yield _verdict(row)
    if any(immutable(side.manifest, leaf.steps) for side in (old, new)):
        reason = f"{leaf.shown} cannot be changed: the sync fails, and what is there stays as it is"
        yield Verdict(Impact.BLOCKED, reason, f"contract of {new.id.kind}", tables.instead(new.id))
    removed = leaf.after is ABSENT and leaf.steps[0] == "spec"
    in_list = any(isinstance(step, int) for step in leaf.steps)  # a list is managed as a whole
    if removed and not in_list and tables.is_managed_while_said(new.id):
        yield Verdict(Impact.ORPHAN, _STAYS["unmanaged"], "k8s-config-connector docs/design-decisions")


def _verdict(row: tables.Row) -> Verdict:
    return Verdict(row.impact, row.reason, row.source, row.instead)
