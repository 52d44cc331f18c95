"""How many pods there are, where they stand, and who makes room: autoscalers, budgets, spread, priorities."""

from typing import Any

import pytest
from project import component, plan, printed, sources
from rendering import found, pods, rendered

from generator.errors import InputInvalid
from generator.manifest import Manifest
from generator.render.derived.priority import priority_classes

LAB = "environments/lab.yaml"
WEB = "templates/components/web/component.yaml"
OVERLAY = "components/web/overlay"
PATCH = f"{OVERLAY}/deployment.patch.yaml"
SCALING = "autoscaling: {enabled: %s, minReplicas: 3, maxReplicas: 6, cpuPercent: 70}"
ON, OFF = SCALING % "true", SCALING % "false"
POD = "/spec/template/spec"


def unit(*defaults: str, kind: str = "Deployment", spec: str = "", pod: str = "") -> dict[str, str]:
    """Return component web, whose defaults are these entries."""
    return {
        **component("web", f"defaults: {{{', '.join(defaults)}}}\n"),
        **pods("web", kind, spec=spec, pod=pod),
    }


def budget(name: str) -> Manifest:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "codemie"},
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": {"app": name}},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }


def operations(tree: dict[str, list[Any]], path: str, file: str = PATCH) -> list[Any]:
    """Return what is put at a pointer of the main workload."""
    return [item["value"] for item in tree[file][0] if item["path"] == path]


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_the_autoscaler_of_the_main_workload_aims_at_a_share_of_the_cpu_it_requests(kind: str) -> None:
    target = {"type": "Utilization", "averageUtilization": 70}
    assert rendered(**unit(ON, kind=kind))[f"{OVERLAY}/horizontalpodautoscaler.yaml"] == [
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web", "namespace": "codemie"},
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": kind, "name": "web"},
                "minReplicas": 3,
                "maxReplicas": 6,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
                "behavior": {
                    "scaleUp": {"stabilizationWindowSeconds": 60},
                    "scaleDown": {"stabilizationWindowSeconds": 900},
                },
            },
        }
    ]


@pytest.mark.parametrize(
    ("defaults", "lab", "scaled", "replicas"),
    [
        (("replicas: 2", ON), "", True, None),
        (("replicas: 2", OFF), "", False, [{"name": "web", "count": 2}]),
        (("replicas: 2",), "", False, [{"name": "web", "count": 2}]),
        (("replicas: 2", OFF), "components: {web: {autoscaling: {enabled: true}}}\n", True, None),
        (("replicas: 2", ON), "components: {web: {autoscaling: {enabled: false}}}\n", False, [{"name": "web", "count": 2}]),
        (("replicas: 2", ON), "components: {web: {replicas: 5}}\n", True, None),
    ],
)  # fmt: skip
def test_the_number_of_pods_is_the_autoscalers_or_the_environments_but_never_both(
    defaults: tuple[str, ...],
    lab: str,
    *,
    scaled: bool,
    replicas: list[Manifest] | None,
) -> None:
    tree = rendered(lab, **unit(*defaults))
    assert (f"{OVERLAY}/horizontalpodautoscaler.yaml" in tree) is scaled
    assert tree[f"{OVERLAY}/kustomization.yaml"][0].get("replicas") == replicas


@pytest.mark.parametrize(
    ("defaults", "spec", "kind", "budgets"),
    [
        (("replicas: 2",), "", "Deployment", ["web"]),
        (("replicas: 2",), "", "StatefulSet", ["web"]),
        (("replicas: 1",), "replicas: 3", "Deployment", []),
        (("replicas: 0",), "", "Deployment", []),
        (("env: {}",), "", "Deployment", []),
        (("env: {}",), "replicas: 2", "Deployment", ["web"]),
        (("env: {}",), "", "DaemonSet", []),
        (("replicas: 1", ON), "", "Deployment", ["web"]),
        (("replicas: 1", OFF), "", "Deployment", []),
        (("replicas: 2", ON.replace("minReplicas: 3", "minReplicas: 1")), "", "Deployment", []),
    ],
)
def test_a_budget_protects_two_or_more_pods_and_never_the_only_one(
    defaults: tuple[str, ...], spec: str, kind: str, budgets: list[str]
) -> None:
    tree = rendered(**unit(*defaults, kind=kind, spec=spec))
    assert tree.get(f"{OVERLAY}/poddisruptionbudget.yaml", []) == [budget(name) for name in budgets]


def test_a_workload_beside_the_main_one_counts_by_its_base() -> None:
    files = {
        **unit("replicas: 1"),
        **pods("worker", unit="web", spec="replicas: 2"),
        **pods("single", unit="web"),
    }
    assert rendered(**files)[f"{OVERLAY}/poddisruptionbudget.yaml"] == [budget("worker")]


def spread(key: str, **more: Any) -> Manifest:
    labels = {"labelSelector": {"matchLabels": {"app": "web"}}}
    return {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway", **labels, **more}


KEYS = ("kubernetes.io/hostname", "topology.kubernetes.io/zone")


@pytest.mark.parametrize(
    ("kind", "more"), [("Deployment", {"matchLabelKeys": ["pod-template-hash"]}), ("StatefulSet", {})]
)
def test_two_pods_stand_apart_if_they_can(kind: str, more: dict[str, Any]) -> None:
    tree = rendered(**unit("replicas: 2", kind=kind))
    path = f"{OVERLAY}/{kind.lower()}.patch.yaml"
    assert operations(tree, f"{POD}/topologySpreadConstraints", path) == [[spread(key, **more) for key in KEYS]]


@pytest.mark.parametrize(
    ("defaults", "pod", "spreads"),
    [
        (("replicas: 1",), "", 0),
        (("replicas: 2",), "", 1),
        (("replicas: 1", ON), "", 1),
        (("replicas: 2", OFF), "", 1),
        (("replicas: 2",), "topologySpreadConstraints: []", 0),
    ],
)
def test_one_pod_is_not_spread_and_a_base_that_spreads_is_left_alone(
    defaults: tuple[str, ...], pod: str, spreads: int
) -> None:
    tree = rendered(**unit(*defaults, pod=pod))
    assert len(operations(tree, f"{POD}/topologySpreadConstraints")) == spreads


def bounds(lab: str, least: int = 3) -> str:
    """Return what is said of bounds that contradict each other; the defaults are 3 and 6, in line 5."""
    declared = "defaults:\n  replicas: 1\n  " + ON.replace("minReplicas: 3", f"minReplicas: {least}") + "\n"
    with pytest.raises(InputInvalid) as caught:
        plan(sources(lab, **component("web", declared)))
    return printed(caught.value).splitlines()[0]


@pytest.mark.parametrize(
    ("lab", "least", "place"),
    [
        ("components: {web: {autoscaling: {minReplicas: 7}}}\n", 3, f"{LAB}:2:34"),
        ("components:\n  web:\n    autoscaling:\n      minReplicas: 5\n      maxReplicas: 4\n", 3, f"{LAB}:5:7"),
        ("", 7, f"{WEB}:5:32"),
    ],
)
def test_a_minimum_above_its_maximum_is_told_where_it_was_written(lab: str, least: int, place: str) -> None:
    assert bounds(lab, least) == f"{place}: web: autoscaling.minReplicas: is above maxReplicas [autoscaling-bounds]"


def test_a_maximum_below_the_default_minimum_is_told_where_the_environment_wrote_it() -> None:
    assert bounds("components: {web: {autoscaling: {maxReplicas: 2}}}\n").startswith(f"{LAB}:2:34: ")


@pytest.mark.parametrize("lab", ["{minReplicas: 6}", "{maxReplicas: 3}"])
def test_a_minimum_equal_to_the_maximum_is_accepted(lab: str) -> None:
    assert plan(sources(f"components: {{web: {{autoscaling: {lab}}}}}\n", **unit("replicas: 1", ON))).named("web")


def priority_class(name: str, value: int, policy: str, text: str) -> Manifest:
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": f"codemie-{name}", "annotations": {"kubernetes.io/description": text}},
        "value": value,
        "preemptionPolicy": policy,
    }


def test_there_are_the_priority_classes_that_are_used_and_the_one_that_charts_name() -> None:
    high = priority_class("high", 100000, "PreemptLowerPriority", "State and sign-in: all others wait for them")
    normal = priority_class("normal", 10000, "PreemptLowerPriority", "What answers people")
    low = priority_class("low", 1000, "Never", "What can wait for a free node")
    files = {
        **component("a", "defaults: {scheduling: {priority: high}}\n"),
        **component("b", "optional: true\ndefaults: {scheduling: {priority: low}}\n"),
    }
    assert priority_classes(plan(sources(**files))) == [high, normal]
    assert priority_classes(plan(sources("components: {b: {enabled: true}}\n", **files))) == [high, normal, low]
    assert priority_classes(plan(sources(**component("c")))) == [normal]


@pytest.mark.parametrize(("priority", "name"), [("", "normal"), ("high", "high"), ("low", "low")])
def test_the_main_workload_has_its_priority_class(priority: str, name: str) -> None:
    lab = f"components: {{web: {{scheduling: {{priority: {priority}}}}}}}\n" if priority else ""
    image = "images: {web: {repository: registry.example.com/web, tag: 1.2.3}}"
    tree = rendered(lab, **unit("replicas: 1", image), **pods("worker", unit="web"))
    assert operations(tree, f"{POD}/priorityClassName", f"{OVERLAY}/deployment-web.patch.yaml") == [f"codemie-{name}"]
    assert f"{OVERLAY}/deployment-worker.patch.yaml" not in tree
    assert f"codemie-{name}" in found(tree, "PriorityClass")
