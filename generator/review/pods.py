"""Which pods a change restarts, and whether others answer meanwhile. Pure."""

from generator.field import at, text
from generator.kinds import Impact, found, parts
from generator.manifest import Manifest, Object
from generator.review.change import Verdict
from generator.review.judge import worst_first
from generator.review.side import Side, kind_and_name

_ROLLOUTS = "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#updating-a-deployment"
_PRUNE_LAST = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#prune-last"
_CONFIG_UPDATES = (
    "https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically"
)

_HELD_BACK = Verdict(
    Impact.UNKNOWN,
    "a new template, which is held back: pods that run stay as they are until somebody lets it go on",
    _ROLLOUTS,
)


def restarts_or_outages(
    verdicts: tuple[Verdict, ...], old: Object, new: Object, before: Side, after: Side
) -> tuple[Verdict, ...]:
    """Return verdicts on a workload: where its own pods restart and none is left to answer, that is an outage.

    Where something holds them back, they restart once somebody lets it go on.
    """
    if not any(verdict.impact is Impact.RESTART for verdict in verdicts) or not after.pod_templates(new):
        return verdicts
    if after.pods(new).is_held_back(new.manifest):
        return worst_first(_HELD_BACK if verdict.impact is Impact.RESTART else verdict for verdict in verdicts)
    if not (reason := _outage_reason(old, new, before, after)):
        return verdicts
    return worst_first(
        verdict._replace(impact=Impact.OUTAGE, reason=f"{verdict.reason}; {reason}")
        if verdict.impact is Impact.RESTART
        else verdict
        for verdict in verdicts
    )


def effects_on_readers(
    changed: Object, before: Side, after: Side, *, renamed: bool, key_removed: bool = False
) -> tuple[Verdict, ...]:
    """Return the effect of a changed ConfigMap or Secret on the pods that read it; nothing if none does.

    If its generated name follows its content (`renamed`), they are restarted. Otherwise they read it at their next
    start, which fails where they name a key that was removed.
    """
    readers = _readers(changed, after)
    if not readers:
        return ()
    names = _names(readers)
    if key_removed:
        return (Verdict(Impact.OUTAGE, f"pods of {names} that name this key cannot start any more", _CONFIG_UPDATES),)
    if all(after.pods(reader).run != "lasting" for reader in readers):
        return (Verdict(Impact.SAFE, f"read by {names} the next time it runs", _CONFIG_UPDATES),)
    if not renamed:
        reason = f"read by {names}: variables and mounted single files stay as they were until the pods restart"
        return (Verdict(Impact.RESTART, reason, _CONFIG_UPDATES),)
    rolled = (Verdict(Impact.RESTART, f"rolls the pods of {names}, which read it", _ROLLOUTS),)
    by_reader = (
        restarts_or_outages(rolled, before.objects.get(reader.id, reader), reader, before, after) for reader in readers
    )
    return worst_first(verdict for verdicts in by_reader for verdict in verdicts)


def removal_effects_on_readers(
    removed: Object, verdicts: tuple[Verdict, ...], before: Side, after: Side
) -> tuple[Verdict, ...]:
    """Return the effect of a removed ConfigMap or Secret on the pods that read it until now."""
    if verdicts[0].impact is Impact.ORPHAN or _readers(removed, after):  # it stays, or is still asked for
        return verdicts
    if _readers(removed, before) and after.prunes_last(removed):
        reason = "its Secret goes last, once the pods that read it are replaced by pods that do not"
        worse = (verdict for verdict in verdicts if verdict.impact.rank < Impact.OUTAGE.rank)
        return worst_first((Verdict(Impact.SAFE, reason, _PRUNE_LAST), *worse))
    return verdicts


def removal_of_guard(removed: Object, verdicts: tuple[Verdict, ...], before: Side, after: Side) -> tuple[Verdict, ...]:
    """Return what the removal of a guard of pods by their labels does: where they all go too, nobody misses it."""
    selector = before.kinds.of(removed.id.group, removed.id.kind).guards
    chooses = bool(selector and found(removed.manifest, parts(selector)))
    missed = [verdict for verdict in verdicts if verdict.impact in (Impact.OUTAGE, Impact.EXPOSURE)]
    if not chooses or not missed or after.guarded(removed):
        return verdicts
    fates = {before.fate(workload, after) for workload in before.guarded(removed)}
    if fates != {before.fate(removed, after)}:  # pods that stay, or wait for somebody, are without it meanwhile
        return verdicts
    nobody_misses_it = missed[0]._replace(impact=Impact.SAFE, reason="it goes with the pods that it guarded")
    return worst_first((nobody_misses_it, *(verdict for verdict in verdicts if verdict not in missed)))


def _names(readers: list[Object]) -> str:
    return ", ".join(kind_and_name(reader.id) for reader in readers)


def _readers(object_: Object, side: Side) -> list[Object]:
    """Return the workloads that read a ConfigMap or Secret, or the Secret that an ExternalSecret makes."""
    kind, name = object_.id.kind, object_.id.name
    if kind == "ExternalSecret":
        kind, name = "Secret", text(object_.manifest, "spec", "target", "name") or name
    return side.readers_of(kind, object_.id.namespace, name)


def _outage_reason(old: Object, new: Object, before: Side, after: Side) -> str:
    """Return why nobody answers while pods of a workload are replaced; '' if somebody does."""
    if after.pods(new).run != "lasting" or not before.replicas(old):
        return ""
    if text(new.manifest, "spec", "strategy", "type") == "Recreate":
        return f"all pods of {kind_and_name(new.id)} stop before new ones start (strategy Recreate)"
    if after.pods(new).surges and _may_stop_all(new.manifest, after.replicas(new)):
        return f"all pods of {kind_and_name(new.id)} may stop before new ones are ready (maxUnavailable)"
    if min(before.replicas(old), after.replicas(new)) > 1:
        return ""
    if after.pods(new).surges and _surges(new):
        return ""
    return f"{kind_and_name(new.id)} has one pod, so nobody answers until the new one is ready"


def _may_stop_all(deployment: Manifest, replicas: int) -> bool:
    """Whether a rollout may take all pods at once. A share is rounded down; left out it is a quarter."""
    max_unavailable = at(deployment, "spec", "strategy", "rollingUpdate", "maxUnavailable")
    return (isinstance(max_unavailable, int) and max_unavailable >= replicas > 0) or max_unavailable == "100%"


def _surges(workload: Object) -> bool:
    """Whether the new pod is ready before the old one stops, which is the default of a rolling update."""
    max_surge = at(workload.manifest, "spec", "strategy", "rollingUpdate", "maxSurge")
    return str(max_surge) not in ("0", "0%")
