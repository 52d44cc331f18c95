"""Autoscalers and budgets. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

from typing import Any

import pytest
from objects import CONTAINER_AT, GONE, IN_CONTAINER, LABELS, made, said, world

from generator.check.kubernetes import scaling
from generator.manifest import Manifest


def scaler(resource: str = "cpu", least: int = 2) -> Manifest:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    metrics = [{"type": "Resource", "resource": {"name": resource}}]
    spec = {"scaleTargetRef": target, "minReplicas": least, "maxReplicas": 4, "metrics": metrics}
    return made("HorizontalPodAutoscaler", "web", {"spec": spec}, "autoscaling/v2")


def budget(**spec: Any) -> Manifest:
    return made("PodDisruptionBudget", "web", {"spec": {"selector": {"matchLabels": LABELS}, **spec}}, "policy/v1")


BLOCKED = (
    "PodDisruptionBudget codemie/web: /spec: lets no pod go: nodes cannot be drained [budget-blocks]\n"
    "  hint: maxUnavailable: 1, and none at all for a single pod\n"
)
REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "autoscaled_workloads_leave_replicas_out": [
        (
            world(scaler(), deployment={"/spec/replicas": 2}),
            (
                "Deployment codemie/web: /spec/replicas: is set, and HorizontalPodAutoscaler codemie/web sets it too [autoscaling-replicas]\n"
                "  hint: leave replicas out\n"
            ),
        ),
    ],
    "autoscaled_pods_request_what_is_measured": [
        (
            world(scaler("storage")),
            f"{IN_CONTAINER}/resources: requests no storage, which HorizontalPodAutoscaler codemie/web measures [autoscaling-request]\n",
        ),
    ],
    "budgets_let_a_pod_go": [
        (world(budget(maxUnavailable=0)), BLOCKED),
        (world(budget(maxUnavailable="0%")), BLOCKED),
        (world(budget(minAvailable="100%")), BLOCKED),
        (world(budget(minAvailable=1)), BLOCKED),
        (world(budget(minAvailable=2), deployment={"/spec/replicas": 2}), BLOCKED),
        (world(budget(minAvailable=2), scaler()), BLOCKED),
    ],
}
ACCEPTED: list[list[Manifest]] = [
    world(scaler()),
    world(scaler("memory")),
    world(deployment={"/spec/replicas": 2}),
    world(budget(maxUnavailable=1)),
    world(budget(minAvailable=1), deployment={"/spec/replicas": 2}),
    world(budget(minAvailable=1), scaler()),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in scaling.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)


def test_a_container_without_requests_stops_an_autoscaler() -> None:
    found = said(world(scaler(), deployment={f"{CONTAINER_AT}/resources": GONE}))
    assert "requests no cpu, which HorizontalPodAutoscaler codemie/web measures [autoscaling-request]\n" in found
