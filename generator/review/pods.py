"""Which pods a change restarts, and whether anybody is left meanwhile. Pure."""

from generator.field import at, text
from generator.manifest import Object
from generator.review.change import Impact, Verdict
from generator.review.side import Side, identity, pod_templates

_SOURCE = "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#updating-a-deployment"
_READ = "https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically"


def rolled(verdict: Verdict, old: Object, new: Object, before: Side, after: Side) -> Verdict:
    """Return a restart of a workload's own pods as what it is: an outage, where nobody is left to answer."""
    if verdict.impact is not Impact.RESTART or not pod_templates(new):
        return verdict
    if why := _alone(old, new, before, after):
        return verdict._replace(impact=Impact.OUTAGE, reason=f"{verdict.reason}; {why}")
    return verdict


def read_by(changed: Object, before: Side, after: Side, *, renamed: bool) -> Verdict | None:
    """Return what the change of a ConfigMap or Secret does to the pods that read it; None if none does.

    Where its generated name follows its content (`renamed`), they are rolled; else they read it when they start next.
    """
    names = [(changed.id.kind, changed.id.name)]
    if changed.id.kind == "ExternalSecret":
        names = [("Secret", text(changed.manifest, "spec", "target", "name") or changed.id.name)]
    readers = [reader for kind, name in names for reader in after.consumers(kind, changed.id.namespace, name)]
    if not readers:
        return None
    named = ", ".join(identity(reader.id) for reader in readers)
    if not renamed:
        reason = f"{named} read it: variables and mounted single files stay as they were until the pods restart"
        return Verdict(Impact.RESTART, reason, _READ)
    verdicts = [Verdict(Impact.RESTART, f"rolls the pods of {named}, which read it", _SOURCE)]
    for reader in readers:
        old = before.objects.get(reader.id, reader)
        verdicts.append(rolled(verdicts[0], old, reader, before, after))
    return min(verdicts, key=lambda verdict: verdict.impact.rank)


def _alone(old: Object, new: Object, before: Side, after: Side) -> str:
    """Return why nobody answers while pods of a workload are replaced; '' if somebody does."""
    if text(new.manifest, "spec", "strategy", "type") == "Recreate":
        return f"all pods of {identity(new.id)} stop before new ones start (strategy Recreate)"
    if new.id.kind in ("Job", "CronJob"):
        return ""
    if min(before.replicas(old), after.replicas(new)) > 1:
        return ""
    if new.id.kind == "Deployment" and _surges(new):
        return ""
    return f"{identity(new.id)} has one pod, so nobody answers until the new one is ready"


def _surges(workload: Object) -> bool:
    """Whether the new pod is ready before the old one stops, which is the default of a rolling update."""
    surge = at(workload.manifest, "spec", "strategy", "rollingUpdate", "maxSurge")
    return str(surge) not in ("0", "0%")
