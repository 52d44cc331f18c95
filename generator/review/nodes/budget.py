"""Disruption budgets: whether one lets a pod go at all."""

from typing import Any

from generator.field import at, mapping, text, whole
from generator.kinds import Impact
from generator.manifest import Manifest, Object
from generator.review.change import Verdict
from generator.review.side import Side, kind_and_name

BUDGET = "PodDisruptionBudget"
_EVICTIONS = "kubernetes:pkg/registry/core/pod/storage/eviction.go"
_WAITS = "node upgrades wait an hour at each, then take it; drains by hand do not end"
_UPGRADES = "https://cloud.google.com/kubernetes-engine/docs/concepts/node-pool-upgrade-strategies"


def budget_verdict(budget: Object, side: Side) -> Verdict | None:
    """Return what a budget does that lets no pod go; None where it does, or meets no pods that we know."""
    workloads = _guarded(budget, side)
    pods = sum(side.replicas(item) for item in workloads)
    if not pods:
        return None
    if shared := _shared(budget, side):
        reason = f"{shared} guards the same pods, and no pod of two budgets may be evicted: {_WAITS}"
        return Verdict(Impact.UNKNOWN, reason, _EVICTIONS, "let one of them guard these pods")
    if _may_go(budget.manifest, pods) > 0:
        return None
    names = ", ".join(kind_and_name(item.id) for item in workloads)
    return Verdict(Impact.UNKNOWN, f"no pod of {names} may go: {_WAITS}", _UPGRADES)


def _shared(budget: Object, side: Side) -> str:
    """Return the name of another budget for some of the same pods; '' if there is none."""
    own = {item.id for item in _guarded(budget, side)}
    others = (other for other in side.of_kind(BUDGET) if other.id != budget.id and other.id[:4] == budget.id[:4])
    return next((kind_and_name(one.id) for one in others if own & {item.id for item in _guarded(one, side)}), "")


def held_verdict(changed: Object, before: Side, after: Side) -> Verdict | None:
    """Return what another number of pods does by which a budget lets none go; None where there is no such budget."""
    for budget in after.of_kind(BUDGET):
        if (budget.id.cluster, budget.id.namespace) == (changed.id.cluster, changed.id.namespace):
            old = before.objects.get(budget.id)
            held = budget_verdict(budget, after)
            if held and not (old and budget_verdict(old, before)) and _is_about(budget, changed, after):
                return held._replace(reason=f"by {kind_and_name(budget.id)} {held.reason}")
    return None


def _is_about(budget: Object, changed: Object, side: Side) -> bool:
    """Whether a budget guards the pods of a workload, or of what an autoscaler scales."""
    target = mapping(changed.manifest, "spec", "scaleTargetRef")
    names = {(changed.id.kind, changed.id.name), (text(target, "kind"), text(target, "name"))}
    return any((item.id.kind, item.id.name) in names for item in _guarded(budget, side))


def _guarded(budget: Object, side: Side) -> list[Object]:
    """Return the workloads with pods that a budget is about, sorted."""
    return [item for item in side.guarded(budget) if side.pods(item).run == "lasting"]


def _may_go(budget: Manifest, pods: int) -> int:
    """Return how many of so many pods may go at once; without a number, one."""
    least, most = at(budget, "spec", "minAvailable"), at(budget, "spec", "maxUnavailable")
    if least is not None:
        return pods - _count(least, pods)
    return 1 if most is None else _count(most, pods)


def _count(written: Any, pods: int) -> int:
    """Return a number of pods as it stands, or a percentage, which budgets round up."""
    if isinstance(written, str):
        return -(-(whole(written.removesuffix("%")) or 0) * pods // 100)
    return written if isinstance(written, int) else 0
