"""Which pods a change restarts, and whether anybody is left meanwhile. Pure."""

from generator.field import at, text
from generator.kinds import Impact
from generator.manifest import Manifest, Object
from generator.review.change import Verdict
from generator.review.side import Side, identity

_SOURCE = "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#updating-a-deployment"
_LAST = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#prune-last"
_READ = "https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically"


def rolled(verdict: Verdict, old: Object, new: Object, before: Side, after: Side) -> Verdict:
    """Return a restart of a workload's own pods as what it is: an outage, where nobody is left to answer."""
    if verdict.impact is not Impact.RESTART or not after.pod_templates(new):
        return verdict
    if why := _alone(old, new, before, after):
        return verdict._replace(impact=Impact.OUTAGE, reason=f"{verdict.reason}; {why}")
    return verdict


def read_by(changed: Object, before: Side, after: Side, *, renamed: bool, lost: bool = False) -> Verdict | None:
    """Return what the change of a ConfigMap or Secret does to the pods that read it; None if none does.

    Where its generated name follows its content (`renamed`), they are rolled; else they read it when they start next, and
    do not start where they name a key that it has `lost`.
    """
    readers = _readers(changed, after)
    if not readers:
        return None
    named = _named(readers)
    if all(after.pods(reader).run != "lasting" for reader in readers):
        return Verdict(Impact.SAFE, f"read by {named} the next time it runs", _READ)
    if lost:
        return Verdict(Impact.OUTAGE, f"pods of {named} that name this key cannot start any more", _READ)
    if not renamed:
        reason = f"read by {named}: variables and mounted single files stay as they were until the pods restart"
        return Verdict(Impact.RESTART, reason, _READ)
    verdicts = [Verdict(Impact.RESTART, f"rolls the pods of {named}, which read it", _SOURCE)]
    for reader in readers:
        old = before.objects.get(reader.id, reader)
        verdicts.append(rolled(verdicts[0], old, reader, before, after))
    return min(verdicts, key=lambda verdict: verdict.impact.rank)


def missed_by(gone: Object, verdict: Verdict, before: Side, after: Side) -> Verdict:
    """Return what it does that a ConfigMap or Secret goes: who still names it misses it, who named it is rolled first."""
    if verdict.impact.rank < Impact.OUTAGE.rank or verdict.impact is Impact.ORPHAN:  # then it stays
        return verdict
    readers = _readers(gone, after)
    if not readers:
        rolled_before = _readers(gone, before) and after.prunes_last(gone)
        reason = "its Secret goes last, once the pods that read it are replaced by pods that do not"
        return verdict._replace(impact=Impact.SAFE, reason=reason, source=_LAST) if rolled_before else verdict
    return Verdict(Impact.OUTAGE, f"still read by {_named(readers)}, whose pods cannot start any more", _READ)


def _named(readers: list[Object]) -> str:
    return ", ".join(identity(reader.id) for reader in readers)


def _readers(read: Object, side: Side) -> list[Object]:
    """Return the workloads that read a ConfigMap or Secret, or the Secret that an ExternalSecret makes."""
    kind, name = read.id.kind, read.id.name
    if kind == "ExternalSecret":
        kind, name = "Secret", text(read.manifest, "spec", "target", "name") or name
    return side.consumers(kind, read.id.namespace, name)


def _alone(old: Object, new: Object, before: Side, after: Side) -> str:
    """Return why nobody answers while pods of a workload are replaced; '' if somebody does."""
    if text(new.manifest, "spec", "strategy", "type") == "Recreate":
        return f"all pods of {identity(new.id)} stop before new ones start (strategy Recreate)"
    if after.pods(new).run != "lasting":
        return ""
    if after.pods(new).surges and _takes_all(new.manifest, after.replicas(new)):
        return f"all pods of {identity(new.id)} may stop before new ones are ready (maxUnavailable)"
    if min(before.replicas(old), after.replicas(new)) > 1:
        return ""
    if after.pods(new).surges and _surges(new):
        return ""
    return f"{identity(new.id)} has one pod, so nobody answers until the new one is ready"


def _takes_all(deployment: Manifest, replicas: int) -> bool:
    """Whether a rollout may take all pods at once. A share is rounded down; left out it is a quarter."""
    said = at(deployment, "spec", "strategy", "rollingUpdate", "maxUnavailable")
    return (isinstance(said, int) and said >= replicas > 0) or said == "100%"


def _surges(workload: Object) -> bool:
    """Whether the new pod is ready before the old one stops, which is the default of a rolling update."""
    surge = at(workload.manifest, "spec", "strategy", "rollingUpdate", "maxSurge")
    return str(surge) not in ("0", "0%")
