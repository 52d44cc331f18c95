"""What nodes mean for pods: whether one takes them at all, and whether disruption budgets let them leave one. Pure."""

from generator.kinds import Impact
from generator.manifest import Object
from generator.review.change import Difference, Verdict
from generator.review.nodes.budget import BUDGET, budget_verdict, newly_held
from generator.review.nodes.pool import CHOOSES_NODES, POOL
from generator.review.nodes.workload import never_starts, stranded_verdict, unschedulable_verdict
from generator.review.side import Side


def field_verdict(verdict: Verdict, difference: Difference, new: Object, before: Side, after: Side) -> Verdict:
    """Return a verdict on a change of an object; a worse one where no node takes its pods, or none lets them go."""
    if new.id.kind == POOL:
        chooses = len(difference.steps) > 1 and difference.steps[1] in CHOOSES_NODES
        # what is left out of a pool stays as it is, and so do its nodes
        return _worse(verdict, stranded_verdict(before, after)) if chooses and not _stays(verdict) else verdict
    if new.id.kind == BUDGET:
        return _worse(verdict, budget_verdict(new, after))
    nowhere = unschedulable_verdict(difference, new, after)
    if nowhere and nowhere.impact.rank <= verdict.impact.rank:  # of two outages this one does not end by itself
        return nowhere
    if verdict.impact is Impact.SCALE:
        return verdict._replace(reason=verdict.reason + newly_held(new, before, after))
    return verdict


def addition_verdict(verdict: Verdict, new: Object, after: Side) -> Verdict:
    """Return the verdict on a new object; a worse one where no node takes its pods, or its budget lets none go."""
    return _worse(verdict, budget_verdict(new, after) if new.id.kind == BUDGET else never_starts(new, after))


def removal_verdict(verdict: Verdict, old: Object, before: Side, after: Side) -> Verdict:
    """Return the verdict on an object that goes; a worse one where it is a node pool whose pods find no other."""
    return _worse(verdict, stranded_verdict(before, after)) if old.id.kind == POOL and not _stays(verdict) else verdict


def _stays(verdict: Verdict) -> bool:
    return verdict.impact is Impact.ORPHAN


def _worse(verdict: Verdict, other: Verdict | None) -> Verdict:
    return other if other and other.impact.rank < verdict.impact.rank else verdict
