"""What nodes mean for pods: whether one takes them at all, and whether disruption budgets let them leave one. Pure."""

from generator.kinds import Impact
from generator.manifest import Object
from generator.review.change import Difference, Verdict
from generator.review.judge import worst_first
from generator.review.nodes.budget import BUDGET, budget_verdict, held_verdict
from generator.review.nodes.pool import CHOOSES_NODES, POOL
from generator.review.nodes.workload import never_starts, stranded_verdict, unschedulable_verdict
from generator.review.side import Side


def of_field(
    difference: Difference, verdicts: tuple[Verdict, ...], new: Object, before: Side, after: Side
) -> tuple[Verdict, ...]:
    """Return verdicts on a change of an object, and whether no node takes its pods, or none may leave one."""
    if new.id.kind == POOL:
        chooses = len(difference.steps) > 1 and difference.steps[1] in CHOOSES_NODES
        # what is left out of a pool stays as it is, and so do its nodes
        return _with(verdicts, stranded_verdict(before, after)) if chooses and not _stays(verdicts) else verdicts
    if new.id.kind == BUDGET:
        return _with(verdicts, budget_verdict(new, after))
    if any(verdict.impact is Impact.SCALE for verdict in verdicts):
        verdicts = _with(verdicts, held_verdict(new, before, after))
    return _with(verdicts, unschedulable_verdict(difference, new, after))


def of_addition(verdicts: tuple[Verdict, ...], new: Object, after: Side) -> tuple[Verdict, ...]:
    """Return verdicts on a new object, with what follows where no node takes its pods, or its budget lets none go."""
    return _with(verdicts, budget_verdict(new, after) if new.id.kind == BUDGET else never_starts(new, after))


def of_removal(verdicts: tuple[Verdict, ...], old: Object, before: Side, after: Side) -> tuple[Verdict, ...]:
    """Return verdicts on an object that goes, with what follows where it is a node pool whose pods find no other."""
    is_pool = old.id.kind == POOL and not _stays(verdicts)
    return _with(verdicts, stranded_verdict(before, after)) if is_pool else verdicts


def _stays(verdicts: tuple[Verdict, ...]) -> bool:
    return verdicts[0].impact is Impact.ORPHAN


def _with(verdicts: tuple[Verdict, ...], other: Verdict | None) -> tuple[Verdict, ...]:
    """Return verdicts with another one: of two outages, that which does not end by itself is told."""
    return worst_first((other, *verdicts)) if other else verdicts
