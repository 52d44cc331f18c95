"""What the scheduler reads of a pod: what it requests, and which nodes it may run on."""

import math
from collections.abc import Mapping
from typing import Any

from generator.cluster import selects
from generator.field import listed, mapping, numbered, text
from generator.notation.quantity import amount
from generator.scheduling.node import Resources


def request_of(spec: Mapping[str, Any]) -> Resources:
    """Return what a pod requests, as the scheduler counts it: the sum of containers, or an init container if larger.

    A sidecar (an init container that is always restarted) keeps running beside all that start after it.
    """
    running, largest = Resources(), Resources()
    for _, container in numbered(spec, "initContainers"):
        request = requests(mapping(container, "resources"))
        largest = largest.maximum(running.plus(request))
        if container.get("restartPolicy") == "Always":
            running = running.plus(request)
    for _, container in numbered(spec, "containers"):
        running = running.plus(requests(mapping(container, "resources")))
    return largest.maximum(running).plus(_amounts(mapping(spec, "overhead")))


def requests(resources: Mapping[str, Any]) -> Resources:
    """Return the requests of one container; a limit without a request is one, too."""
    return _amounts({**mapping(resources, "limits"), **mapping(resources, "requests")})


def _amounts(quantities: Mapping[str, Any]) -> Resources:
    cpu, memory = amount(quantities.get("cpu")) or 0, amount(quantities.get("memory")) or 0
    return Resources(math.ceil(cpu * 1000), math.ceil(memory))


def may_run_on(spec: Mapping[str, Any], labels: Mapping[str, str], taints: list[dict[str, Any]]) -> bool:
    """Whether a node of these labels and taints is one that the pods may run on."""
    selector = mapping(spec, "nodeSelector")
    required = mapping(spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = [term for _, term in numbered(required, "nodeSelectorTerms")]
    if not selects({"matchLabels": selector}, dict(labels)):
        return False
    if required and not any(_meets(term, labels) for term in terms):
        return False
    tolerations = [toleration for _, toleration in numbered(spec, "tolerations")]
    return all(any(_tolerates(toleration, taint) for toleration in tolerations) for taint in taints)


def _meets(term: dict[str, Any], labels: Mapping[str, str]) -> bool:
    known = {"matchExpressions"} >= term.keys()
    return known and selects({"matchExpressions": listed(term, "matchExpressions")}, dict(labels))


def _tolerates(toleration: dict[str, Any], taint: dict[str, Any]) -> bool:
    value_matches = toleration.get("operator") == "Exists" or toleration.get("value") == taint.get("value")
    tolerates_all = not toleration.get("key") and toleration.get("operator") == "Exists"
    key_matches = tolerates_all or toleration.get("key") == taint.get("key")
    return (
        key_matches
        and value_matches
        and toleration.get("effect") in (None, "", _EFFECTS.get(taint.get("effect", ""), taint.get("effect")))
    )


_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute"}
"""What Google's API calls the effects of a taint."""


def hard_taints(taints: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the taints that keep pods away, without those that only discourage."""
    return [taint for taint in taints if text(taint, "effect").upper().replace("_", "") in ("NOSCHEDULE", "NOEXECUTE")]
