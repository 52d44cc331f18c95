"""What the pods of the workload cluster demand: what each requests, how many there are, where they may run."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.capacity.node import Resources
from generator.catalog import DeclaredWorkload, Planned
from generator.check import Built, BuiltPods, scaled
from generator.field import at, every, listed, mapping, numbered, position, selects, steps_of, text, whole
from generator.manifest import WORKLOAD, Manifest, Object
from generator.quantity import amount

_REQUIRED = ("affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")


class Demand(NamedTuple):
    """Pods that are alike: `steady` of them at any time, `peak` while everything rolls out and Jobs run.

    `every_node`: a DaemonSet. `zonal`: each has a volume, which never leaves its zone.
    """

    name: str
    kind: str
    unit: str
    request: Resources
    steady: int
    peak: int
    every_node: bool = False
    zonal: bool = False
    namespace: str = ""
    labels: Mapping[str, str] = {}
    spec: Mapping[str, Any] = {}

    @property
    def needs_majority(self) -> bool:
        """Whether a majority of them must be there for anything to be written."""
        return self.kind == "Elasticsearch"


def demands(built: Built) -> tuple[Demand, ...]:
    """Return what the environment's own pods, and those of its operators, ask for."""
    rendered = (_of_pods(built, pods) for pods in built.pods if pods.owner.id.cluster == WORKLOAD)
    charts = (demand for planned, declared in _chart_workloads(built) if (demand := _of_chart(planned, declared)))
    return (*rendered, *charts)


def without_requests(built: Built) -> Iterator[str]:
    """Yield the operators of which component.yaml does not say what they request."""
    for planned, declared in _chart_workloads(built):
        if _of_chart(planned, declared) is None:
            yield f"{planned.namespace}/{declared.name}"


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


def absolute_count(value: Any, replicas: int) -> int:
    """Return a number of pods: as it stands, or a percentage rounded up, as Deployments do for maxSurge."""
    percent = whole(value.removesuffix("%")) if isinstance(value, str) and value.endswith("%") else None
    if percent is not None:
        return -(-max(percent, 0) * replicas // 100)
    return value if isinstance(value, int) else 0


def _amounts(quantities: Mapping[str, Any]) -> Resources:
    cpu, memory = amount(quantities.get("cpu")) or 0, amount(quantities.get("memory")) or 0
    return Resources(math.ceil(cpu * 1000), math.ceil(memory))


def _of_pods(built: Built, pods: BuiltPods) -> Demand:
    owner, unit = pods.owner, built.unit(pods.owner)
    template_parent = _template_parent(owner.manifest, pods.pointer)
    least, most = _replicas(built, pods)
    name = f"{owner.id.namespace}/{owner.id.name}" + (
        f"-{text(template_parent, 'name')}" if text(template_parent, "name") else ""
    )
    return Demand(
        name=name,
        kind=owner.id.kind,
        unit=unit.name if unit else "",
        request=request_of(pods.spec),
        steady=least,
        peak=most + _surge(pods, template_parent, most),
        every_node=pods.facts.every_node,
        zonal=_has_zonal_volume(built, pods, template_parent),
        namespace=owner.id.namespace,
        labels=pods.labels,
        spec=pods.spec,
    )


def _template_parent(manifest: Manifest, pointer: str) -> dict[str, Any]:
    """Return what holds a pod template and its claims: the spec, or the item of a list such as nodeSets."""
    node: Any = manifest
    for step in steps_of(pointer)[:-2]:
        index = position(step, node) if isinstance(node, list) else None
        node = at(node, step) if index is None else node[index]
    return node if isinstance(node, dict) and node is not manifest else {}


def _replicas(built: Built, pods: BuiltPods) -> tuple[int, int]:
    """Return how many pods there are at least and, without surge, at most."""
    manifest = pods.owner.manifest
    if not pods.lasting:
        return 0, pods.facts.count(manifest)
    if pods.declared is not None:
        return (count := _declared_replicas(pods, pods.declared)), count
    for scaler, workload in scaled(built):
        if workload.id == pods.owner.id:
            least, most = (at(scaler.manifest, "spec", key) for key in ("minReplicas", "maxReplicas"))
            return (least if isinstance(least, int) else 1), (most if isinstance(most, int) else 1)
    return (count := pods.facts.count(manifest)), count


def _declared_replicas(pods: BuiltPods, declared: DeclaredWorkload) -> int:
    """Return the number beside this pod template: pointers to both lead through the same lists."""
    manifest = pods.owner.manifest
    templates = [pointer for pointer, _ in every(manifest, _steps(declared.pod))]
    counts = [count for _, count in every(manifest, _steps(declared.replicas))]
    index = templates.index(pods.pointer)
    count = counts[index] if declared.replicas and index < len(counts) else 1
    return count if isinstance(count, int) else 1


def _surge(pods: BuiltPods, template_parent: Mapping[str, Any], replicas: int) -> int:
    """Return how many more pods a rollout starts. An operator's pods without volumes are a Deployment's, by default."""
    strategy = mapping(pods.owner.manifest, "spec", "strategy") if pods.declared is None else {}
    deployed = pods.facts.surges or (pods.declared is not None and "volumeClaimTemplates" not in template_parent)
    if not deployed or not replicas or text(strategy, "type") == "Recreate":
        return 0
    max_surge = at(strategy, "rollingUpdate", "maxSurge")
    return absolute_count("25%" if max_surge is None else max_surge, replicas)


def _has_zonal_volume(built: Built, pods: BuiltPods, template_parent: Mapping[str, Any]) -> bool:
    claims = [claim for _, claim in numbered(template_parent, "volumeClaimTemplates")]
    for _, volume in numbered(pods.spec, "volumes"):
        if name := text(volume, "persistentVolumeClaim", "claimName"):
            claim = built.find(pods.owner, "", "PersistentVolumeClaim", pods.owner.id.namespace, name)
            claims.append(claim.manifest if claim else {})
    return any("ReadWriteMany" not in listed(claim, "spec", "accessModes") for claim in claims)


def _chart_workloads(built: Built) -> Iterator[tuple[Planned, DeclaredWorkload]]:
    for planned in built.plan.units:
        if planned.unit.declaration.chart is not None and planned.cluster == WORKLOAD:
            yield from ((planned, item) for item in planned.unit.declaration.workloads)


def _of_chart(planned: Planned, declared: DeclaredWorkload) -> Demand | None:
    """Return what an operator asks for, as the chart's values say; None where they do not."""
    values = planned.unit.declaration.chart.values if planned.unit.declaration.chart else {}
    resources = _value_at(values, declared.resources)
    if not isinstance(resources, dict) or not requests(resources).cpu:
        return None
    count = _value_at(values, declared.replicas)
    replicas = count if isinstance(count, int) else 1
    name = f"{planned.namespace}/{declared.name}"
    peak = replicas + absolute_count("25%", replicas)  # what charts leave as it is
    return Demand(name, "chart", planned.name, requests(resources), replicas, peak)


def _value_at(values: Mapping[str, Any], pointer: str | None) -> Any:
    return next((found for _, found in every(values, _steps(pointer))), None) if pointer else None


def _steps(pointer: str | None) -> tuple[str, ...]:
    return tuple(steps_of(pointer or ""))


def has_anti_affinity(demand: Demand) -> bool:
    """Whether pods keep others away from their node or zone."""
    return bool(_REQUIRED[-1] in mapping(demand.spec, *_REQUIRED[:-1]))


def must_be_apart(demand: Demand, other: Demand, key: str) -> bool:
    """Whether a required anti-affinity keeps pods of two demands from one node, or zone: either side's does."""
    return _repels(demand, other, key) or _repels(other, demand, key)


def _repels(demand: Demand, other: Demand, key: str) -> bool:
    terms = numbered(demand.spec, *_REQUIRED)
    return any(
        text(term, "topologyKey") == key
        and other.namespace in (listed(term, "namespaces") or [demand.namespace])
        and other.namespace != ""
        and selects(mapping(term, "labelSelector"), dict(other.labels))
        for _, term in terms
    )


def topology_spreads(demand: Demand, all_demands: tuple[Demand, ...]) -> Iterator[tuple[str, int, frozenset[int]]]:
    """Yield the required topology spreads: key, skew, and which demands' pods are counted."""
    for _, constraint in numbered(demand.spec, "topologySpreadConstraints"):
        if text(constraint, "whenUnsatisfiable") == "DoNotSchedule":
            counted = frozenset(
                number
                for number, other in enumerate(all_demands)
                if other.namespace == demand.namespace
                and selects(mapping(constraint, "labelSelector"), dict(other.labels))
                and not other.every_node
            )
            skew = constraint.get("maxSkew")
            yield text(constraint, "topologyKey"), skew if isinstance(skew, int) else 1, counted


def may_run_on(demand: Demand, labels: Mapping[str, str], taints: list[dict[str, Any]]) -> bool:
    """Whether a node of these labels and taints is one that the pods may run on."""
    selector = mapping(demand.spec, "nodeSelector")
    required = mapping(demand.spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = [term for _, term in numbered(required, "nodeSelectorTerms")]
    if not selects({"matchLabels": selector}, dict(labels)):
        return False
    if required and not any(_meets(term, labels) for term in terms):
        return False
    tolerations = [toleration for _, toleration in numbered(demand.spec, "tolerations")]
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


def pool_object(built: Built, pool: str) -> Object | None:
    """Return the node pool as it is built: a patch may give it labels and taints."""
    for item in built.of_kind("ContainerNodePool"):
        if text(item.manifest, "spec", "nodeConfig", "labels", "codemie-pool") == pool:
            return item
    return None
