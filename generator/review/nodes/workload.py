"""Workloads on nodes: what it does that no node takes the pods of one."""

from generator.field import text
from generator.kinds import ABSENT, Impact, parts
from generator.manifest import WORKLOAD, Object
from generator.review.change import Difference, Verdict
from generator.review.nodes.pool import pools, reason_against
from generator.review.side import Side, few

_NODES = "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/"
_HOOKS = "https://argo-cd.readthedocs.io/en/stable/user-guide/resource_hooks/"
_INSTEAD = "ask for labels, tolerations and amounts that a node pool has, or add a node pool that has them"
_DECIDE = ("nodeSelector", "affinity", "tolerations", "topologySpreadConstraints", "overhead")
"""Fields of a pod by which the scheduler chooses a node; of containers it reads the resources."""
_MOST_NAMED = 5


def unschedulable_verdict(difference: Difference, new: Object, after: Side) -> Verdict | None:
    """Return what a change of a workload does that leaves its pods without a node; None where it does not."""
    why = _nowhere(new, after) if _decides(difference, new, after) else ""
    if not why:
        return None
    facts = after.pods(new)
    if facts.run == "scheduled":
        reason = f"{why}: the pods of each run stay Pending, and nobody does what it did"
        return Verdict(Impact.OUTAGE, reason, _NODES, _INSTEAD)
    if facts.run == "once":
        return Verdict(Impact.BLOCKED, f"{why}: its pods stay Pending, and the sync waits for it", _HOOKS, _INSTEAD)
    if facts.surges and text(new.manifest, "spec", "strategy", "type") != "Recreate":
        reason = f"{why}: new pods stay Pending, the rollout never ends, and the old pods stay while they can"
        return Verdict(Impact.BLOCKED, reason, _NODES, _INSTEAD)
    return Verdict(Impact.OUTAGE, f"{why}: an old pod stops, and the new one stays Pending", _NODES, _INSTEAD)


def never_starts(new: Object, after: Side) -> Verdict | None:
    """Return what it does that no node takes the pods of a new workload; None where one may."""
    why = "" if after.pods(new).every_node else _nowhere(new, after)
    reason = f"{why}: its pods stay Pending, and nothing of it is done"
    return Verdict(Impact.BLOCKED, reason, _NODES, _INSTEAD) if why else None


def stranded_verdict(before: Side, after: Side) -> Verdict | None:
    """Return what other nodes do to workloads: an outage where some of those that are left find none any more."""
    stranded = [
        id_
        for id_, item in after.objects.items()
        if id_ in before.objects and _nowhere(item, after) and not _nowhere(item, before)
    ]
    reason = f"no node takes the pods of {few(stranded, _MOST_NAMED)} any more"
    return Verdict(Impact.OUTAGE, reason, _NODES) if stranded else None


def _decides(difference: Difference, workload: Object, side: Side) -> bool:
    """Whether a change is of what the scheduler reads when it chooses a node for the pods of a workload."""
    facts, steps = side.pods(workload), tuple(map(str, difference.steps))
    if steps == parts(facts.replicas):
        return True
    spec = (*parts(facts.template), "spec")
    if difference.after is ABSENT and len(steps) <= len(spec):
        return False
    if any(here not in (step, "*") for step, here in zip(steps, spec, strict=False)):
        return False
    field, *below = steps[len(spec) :] or ("",)
    return field in ("", *_DECIDE) or (field in ("containers", "initContainers") and below[1:2] in ([], ["resources"]))


def _nowhere(workload: Object, side: Side) -> str:
    """Return why no node takes all pods of a workload; '' if one may, or nothing is known of nodes."""
    templates = side.pod_templates(workload) if workload.id.cluster == WORKLOAD else []
    nodes = pools(side) if templates else []
    replicas = side.replicas(workload) if nodes and len(templates) == 1 and not side.pods(workload).every_node else 1
    return next((why for template in templates if nodes and (why := reason_against(template, replicas, nodes))), "")
