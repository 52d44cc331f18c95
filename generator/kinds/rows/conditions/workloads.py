"""Conditions on workloads and their pods."""

from typing import Any

from generator.field import at, mapping, text
from generator.kinds.impact import ABSENT, Edit, found, items
from generator.notation.quantity import amount

_DEADLINE = 600
"""The default of progressDeadlineSeconds."""


def pods_existed(edit: Edit) -> bool:
    """The pods that the field is of were there: the object, or of several sets of pods this one, by its name."""
    if not any(isinstance(step, int) for step in edit.steps[:3]):
        return bool(edit.old)
    name = at(found(edit.new, edit.steps[:3]), "name")
    return bool(name) and any(at(item, "name") == name for item in items(edit.old, edit.steps[:2]))


def selector_wants_label(edit: Edit) -> bool:
    """The workload's own selector wants the label, and its pods will not have it."""
    wanted = mapping(edit.new, "spec", "selector", "matchLabels")
    return edit.steps[-1] in wanted and found(edit.new, edit.steps) != wanted[edit.steps[-1]]


def may_escalate(edit: Edit) -> bool:
    """A container comes whose processes may gain rights."""
    if edit.before is not ABSENT or not isinstance(edit.after, dict):
        return False
    return at(edit.after, "securityContext", "allowPrivilegeEscalation") is not False


def value_is_written(edit: Edit) -> bool:
    """A variable that read a Secret has a value of its own."""
    return "value" in mapping(found(edit.new, edit.steps[:-2]))


def request_above_limit(edit: Edit) -> bool:
    """A container requests more of a resource than its limit."""
    resources = mapping(found(edit.new, edit.steps[: edit.steps.index("resources") + 1]))
    requested, most = (amount(mapping(resources, key).get(str(edit.steps[-1]))) for key in ("requests", "limits"))
    return requested is not None and most is not None and requested > most


def harmless_variable(edit: Edit) -> bool:
    """The variable says how much is logged, in which language and time zone, and not what is done to whom."""
    return text(_variable(edit), "name").upper() in _HARMLESS


def _variable(edit: Edit) -> Any:
    """Return the variable of a container that a field is of."""
    return found(edit.side, edit.steps[: edit.steps.index("env") + 2])


_HARMLESS = (
    "DEBUG",
    "LANG",
    "LC_ALL",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "LOGLEVEL",
    "LOGGING_LEVEL",
    "NO_COLOR",
    "PYTHONUNBUFFERED",
    "TZ",
    "VERBOSE",
)


def min_above_max(edit: Edit) -> bool:
    """An autoscaler keeps more pods at least than it may make."""
    least, most = (at(edit.new, "spec", key) for key in ("minReplicas", "maxReplicas"))
    return isinstance(most, int) and (least if isinstance(least, int) else 1) > most


def volume_was_claim(edit: Edit) -> bool:
    """The volume was that of a claim."""
    return bool(found(edit.old, (*edit.steps[:-1], "persistentVolumeClaim")))


def mounts_claim(edit: Edit) -> bool:
    """The mount was there, and is of a claim: of a volume, or of a template of a StatefulSet."""
    if not found(edit.old, edit.steps[:-1]):
        return False
    name = found(edit.old, (*edit.steps[:-1], "name"))
    spec = edit.steps[: edit.steps.index("containers")]
    volumes = [item for item in items(edit.new, (*spec, "volumes")) if at(item, "persistentVolumeClaim")]
    templates = [at(item, "metadata") for item in items(edit.new, ("spec", "volumeClaimTemplates"))]
    return any(at(item, "name") == name for item in (*volumes, *templates))


def had_claims(edit: Edit) -> bool:
    """The StatefulSet had templates of claims."""
    return bool(found(edit.old, ("spec", "volumeClaimTemplates")))


def image_is_latest(edit: Edit) -> bool:
    """The image of the container has the tag latest, or neither tag nor digest."""
    image = str(at(found(edit.object, edit.steps[:-1]), "image"))
    tag = image.rpartition("/")[2].partition(":")[2]
    return "@" not in image and tag in ("", "latest")


def may_take_all_pods(edit: Edit) -> bool:
    """A rollout may take as many pods as there are."""
    said, pods = at(edit.new, "spec", "strategy", "rollingUpdate", "maxUnavailable"), at(edit.new, "spec", "replicas")
    return said == "100%" or (isinstance(said, int) and isinstance(pods, int) and said >= pods > 0)


def rollout_cannot_start(edit: Edit) -> bool:
    """A rollout may neither take a pod nor make one more."""
    rollout = mapping(edit.new, "spec", "strategy", "rollingUpdate")
    return all(rollout.get(field) in (0, "0%") for field in ("maxSurge", "maxUnavailable"))


def rollout_does_both(edit: Edit) -> bool:
    """A rollout of a DaemonSet both takes pods first and makes new ones first, or does neither."""
    rollout = mapping(edit.new, "spec", "updateStrategy", "rollingUpdate")
    no_surge, takes_none = (
        rollout.get(field, default) in (0, "0%") for field, default in (("maxSurge", 0), ("maxUnavailable", 1))
    )
    return no_surge == takes_none


def fails_before_ready(edit: Edit) -> bool:
    """A rollout would count as failed before the first pod counts as available."""
    ready, failed = (at(edit.new, "spec", field) for field in ("minReadySeconds", "progressDeadlineSeconds"))
    return isinstance(ready, int) and ready >= (failed if isinstance(failed, int) else _DEADLINE)


def rollout_was_default(edit: Edit) -> bool:
    """The API server filled in how pods roll, because Git did not say: nobody takes that out again."""
    return not found(edit.old, ("spec", "strategy", "rollingUpdate"))


_LEVELS = ("privileged", "baseline", "restricted")


def _level(value: object) -> int:
    return _LEVELS.index(str(value)) if value in _LEVELS else 0


def pod_security_lowered(edit: Edit) -> bool:
    """A level of Pod Security allows more; left out it is privileged."""
    return _level(edit.after) < _level(edit.before)


def pod_security_raised(edit: Edit) -> bool:
    """A level of Pod Security allows less."""
    return _level(edit.after) > _level(edit.before)


CONDITIONS = {
    "pods-existed": pods_existed,
    "selector-wants-label": selector_wants_label,
    "may-escalate": may_escalate,
    "value-is-written": value_is_written,
    "request-above-limit": request_above_limit,
    "harmless-variable": harmless_variable,
    "min-above-max": min_above_max,
    "volume-was-claim": volume_was_claim,
    "mounts-claim": mounts_claim,
    "had-claims": had_claims,
    "image-is-latest": image_is_latest,
    "may-take-all-pods": may_take_all_pods,
    "rollout-cannot-start": rollout_cannot_start,
    "rollout-does-both": rollout_does_both,
    "fails-before-ready": fails_before_ready,
    "rollout-was-default": rollout_was_default,
    "pod-security-lowered": pod_security_lowered,
    "pod-security-raised": pod_security_raised,
}
