"""Plays those whom nobody runs here: Config Connector, ECK, External Secrets, the Gateway's controller, the kubelet.

For each object they would say in its status that all is well. Some can be held back; what was seen when is written down.
"""

import contextlib
import datetime as dt
import http.client
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from api_server import ApiServer, Manifest, Refused

_WAVE = "argocd.argoproj.io/sync-wave"
_TRACKED = "argocd.argoproj.io/tracking-id"
_BUILT_IN = (
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
    ("v1", "Service"),
    ("policy/v1", "PodDisruptionBudget"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
)
_CUSTOM = (
    ("external-secrets.io/v1", "ExternalSecret"),
    ("external-secrets.io/v1", "SecretStore"),
    ("elasticsearch.k8s.elastic.co/v1", "Elasticsearch"),
    ("kibana.k8s.elastic.co/v1", "Kibana"),
    ("gateway.networking.k8s.io/v1", "Gateway"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"),
)
_AWAY = (Refused, LookupError, OSError, http.client.HTTPException, ssl.SSLError, ValueError)
"""What a server that is not there, or does not know a kind yet, makes of a question."""
WORKLOAD = (*_BUILT_IN, *_CUSTOM)


class Seen(NamedTuple):
    """When an object was first seen, and when its status was set (0: never), on one clock."""

    application: str
    wave: int
    created: float
    ready: float


class Operators:
    """All of them, for any number of clusters."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str, str, str], Seen] = {}
        """By server, kind, namespace and name."""
        self.held: set[tuple[str, str]] = set()
        """Kind and name of what does not become ready."""
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def watch(self, server: ApiServer, kinds: Iterable[tuple[str, str]]) -> None:
        """Look after the objects of these kinds on a cluster, also those whose definition comes later."""
        for api_version, kind in kinds:
            thread = threading.Thread(target=self._look_after, args=(server, api_version, kind), daemon=True)
            thread.start()
            self._threads.append(thread)

    def release(self, server: ApiServer, manifest: Manifest) -> None:
        """Let an object become ready that was held back."""
        self.held.discard((manifest["kind"], manifest["metadata"]["name"]))
        self._settle(server, server.ask("GET", server.path(manifest)).object)

    def stop(self) -> None:
        """Look after nothing any more; threads end with their servers."""
        self._stopped.set()

    def _look_after(self, server: ApiServer, api_version: str, kind: str) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(*_AWAY):
                self._follow(server, api_version, kind)
            self._stopped.wait(0.5)

    def _follow(self, server: ApiServer, api_version: str, kind: str) -> None:
        with contextlib.closing(server.watch(server.resource(api_version, kind))) as events:
            for event, item in events:
                if self._stopped.is_set():
                    return
                if event in {"ADDED", "MODIFIED"}:
                    with contextlib.suppress(Refused):  # changed or deleted meanwhile: another event says so
                        self._settle(server, {"apiVersion": api_version, "kind": kind, **item})

    def _settle(self, server: ApiServer, item: Manifest) -> None:
        metadata = item["metadata"]
        annotations = metadata.get("annotations", {})
        key = (server.name, item["kind"], metadata.get("namespace", ""), metadata["name"])
        application, wave = annotations.get(_TRACKED, "").partition(":")[0], int(annotations.get(_WAVE, 0))
        with self._lock:
            seen = self.seen.setdefault(key, Seen(application, wave, time.monotonic(), 0.0))
            if seen.application != application:
                seen = self.seen[key] = seen._replace(application=application, wave=wave)
        if (item["kind"], metadata["name"]) in self.held or "deletionTimestamp" in metadata:
            return
        status = _status(item)
        if status is None or _covers(item.get("status"), status):
            return
        if not seen.ready:
            with self._lock:
                self.seen[key] = seen._replace(ready=time.monotonic())  # before anybody can act on it
        server.merge(item, {"status": status}, "/status")


def _covers(there: Any, wanted: Any) -> bool:
    """Say whether a status has all that it should; when a condition changed is no matter."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(
            key in {"lastTransitionTime", "startTime", "completionTime"} or _covers(there.get(key), value)
            for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(there, list)
            and len(there) == len(wanted)
            and all(_covers(one, other) for one, other in zip(there, wanted, strict=True))
        )
    return bool(there == wanted)


def _status(item: Manifest) -> dict[str, Any] | None:
    """Return the status that says that all is well; None for what has nobody who would say so."""
    if ".cnrm.cloud.google.com/" in item["apiVersion"]:
        return {**_generation(item), "conditions": [_condition("Ready", "UpToDate")]}
    known = _STATUSES.get(item["kind"])
    return known(item) if known else None


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _condition(name: str, reason: str, **more: Any) -> dict[str, Any]:
    return {
        "type": name,
        "status": "True",
        "reason": reason,
        "message": "said by the tests",
        "lastTransitionTime": _now(),
        **more,
    }


def _generation(item: Manifest) -> dict[str, Any]:
    return {"observedGeneration": item["metadata"].get("generation", 1)}


def _workload(item: Manifest) -> dict[str, Any]:
    replicas = item["spec"].get("replicas", 1)
    counts = dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas", "availableReplicas"), replicas)
    if item["kind"] == "StatefulSet":
        return {**_generation(item), **counts, "currentRevision": "one", "updateRevision": "one"}
    conditions = [
        _condition("Available", "MinimumReplicasAvailable"),
        _condition("Progressing", "NewReplicaSetAvailable"),
    ]
    return {**_generation(item), **counts, "conditions": conditions}


def _daemons(item: Manifest) -> dict[str, Any]:
    fields = (
        "currentNumberScheduled",
        "desiredNumberScheduled",
        "numberReady",
        "numberAvailable",
        "updatedNumberScheduled",
    )
    return {**_generation(item), **dict.fromkeys(fields, 2), "numberMisscheduled": 0}


def _job(_: Manifest) -> dict[str, Any]:
    conditions = [_condition("SuccessCriteriaMet", "CompletionsReached"), _condition("Complete", "CompletionsReached")]
    return {"startTime": _now(), "completionTime": _now(), "succeeded": 1, "conditions": conditions}


def _service(item: Manifest) -> dict[str, Any] | None:
    if item["spec"].get("type") != "LoadBalancer":
        return None
    return {"loadBalancer": {"ingress": [{"ip": "192.0.2.10"}]}}


def _budget(item: Manifest) -> dict[str, Any]:
    counts = {"currentHealthy": 2, "desiredHealthy": 1, "expectedPods": 2, "disruptionsAllowed": 1}
    return {**_generation(item), **counts, "conditions": [_condition("DisruptionAllowed", "SufficientPods")]}


def _autoscaler(item: Manifest) -> dict[str, Any]:
    names = (("AbleToScale", "ReadyForNewScale"), ("ScalingActive", "ValidMetricFound"))
    replicas = item["spec"].get("minReplicas", 1)
    return {
        "currentReplicas": replicas,
        "desiredReplicas": replicas,
        "conditions": [_condition(name, reason) for name, reason in names],
    }


def _gateway(item: Manifest) -> dict[str, Any]:
    return {"conditions": [_condition(name, name, **_generation(item)) for name in ("Accepted", "Programmed")]}


def _route(item: Manifest) -> dict[str, Any]:
    conditions = [_condition(name, name, **_generation(item)) for name in ("Accepted", "ResolvedRefs")]
    parents = [
        {"parentRef": parent, "controllerName": "networking.gke.io/gateway", "conditions": conditions}
        for parent in item["spec"]["parentRefs"]
    ]
    return {"parents": parents}


_STATUSES: dict[str, Callable[[Manifest], dict[str, Any] | None]] = {
    "Deployment": _workload,
    "StatefulSet": _workload,
    "DaemonSet": _daemons,
    "Job": _job,
    "Service": _service,
    "PodDisruptionBudget": _budget,
    "HorizontalPodAutoscaler": _autoscaler,
    "ExternalSecret": lambda _: {"conditions": [_condition("Ready", "SecretSynced")]},
    "SecretStore": lambda _: {"conditions": [_condition("Ready", "Valid")]},
    "Elasticsearch": lambda item: {**_generation(item), "phase": "Ready", "health": "green"},
    "Kibana": lambda item: {**_generation(item), "health": "green"},
    "Gateway": _gateway,
    "HTTPRoute": _route,
}
