"""Selectors meet the pods of exactly one workload. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

import copy
from typing import Any

import pytest
from objects import IN_POD, LABELS, POD_AT, WORLD, made, said, world

from generator.check.kubernetes import selectors
from generator.manifest import Manifest


def deployment(name: str, labels: dict[str, str]) -> dict[str, Any]:
    """Return a second Deployment, like the first but for its labels and its container's name."""
    spec = copy.deepcopy(WORLD["deployment"]["spec"])
    spec["selector"]["matchLabels"] = spec["template"]["metadata"]["labels"] = labels
    return made("Deployment", name, {"spec": spec}, "apps/v1")


def policy(name: str, labels: dict[str, str]) -> dict[str, Any]:
    """Return a NetworkPolicy for pods with these labels."""
    return made("NetworkPolicy", name, {"spec": {"podSelector": {"matchLabels": labels}}}, "networking.k8s.io/v1")


JOB = {"app": "web", "part": "job"}
OTHER = {"app": "other"}
SPREAD = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}


REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "workloads_select_their_own_pods": [
        (
            world(deployment={"/spec/selector/matchLabels": {"app": "wbe"}}),
            (
                "Deployment codemie/web: /spec/selector: does not select its own pods [selector-own]\n"
                "  hint: matchLabels and the labels of the template are the same\n"
            ),
        ),
        (
            world(deployment("other", JOB), policy("other", {"part": "job"})),
            (
                "Deployment codemie/other: /spec/template/spec: 2 NetworkPolicies select these pods, not one: other, web [network-policy-count]\n"
                "  hint: one is derived for each workload of a component; labels of two workloads must differ\n"
                "Deployment codemie/web: /spec/selector: selects the pods of other too [selector-many]\n"
                "  hint: give each workload labels of its own\n"
                "NetworkPolicy codemie/web: /spec/podSelector: selects the pods of 2 workloads: other, web [selector-many]\n"
                "  hint: give each workload labels of its own\n"
                "Service codemie/web: /spec/selector: selects the pods of 2 workloads: other, web [selector-many]\n"
                "  hint: give each workload labels of its own\n"
            ),
        ),
    ],
    "services_select_one_workload": [
        (
            world(service={"/spec/selector": {"app": "wbe"}}),
            (
                "Service codemie/web: /spec/selector: selects no pods [selector-nothing]\n"
                "  hint: there are pods of web (app=web)\n"
            ),
        ),
    ],
    "policies_select_one_workload": [
        (
            world(policy("gone", {"app": "gone"})),
            (
                "NetworkPolicy codemie/gone: /spec/podSelector: selects no pods [selector-nothing]\n"
                "  hint: there are pods of web (app=web)\n"
            ),
        ),
        (
            world(
                made("PodDisruptionBudget", "web", {"spec": {"selector": {"matchLabels": {"app": "wbe"}}}}, "policy/v1")
            ),
            (
                "PodDisruptionBudget codemie/web: /spec/selector: selects no pods [selector-nothing]\n"
                "  hint: there are pods of web (app=web)\n"
            ),
        ),
    ],
    "pods_have_one_network_policy": [
        (
            world(deployment("other", OTHER)),
            (
                "Deployment codemie/other: /spec/template/spec: 0 NetworkPolicies select these pods, not one [network-policy-count]\n"
                "  hint: one is derived for each workload of a component; labels of two workloads must differ\n"
            ),
        ),
        (
            world(policy("again", LABELS)),
            (
                f"{IN_POD}: 2 NetworkPolicies select these pods, not one: again, web [network-policy-count]\n"
                "  hint: one is derived for each workload of a component; labels of two workloads must differ\n"
            ),
        ),
    ],
    "services_lead_to_a_port_of_their_pods": [
        (
            world(service={"/spec/ports/0/targetPort": "https"}),
            (
                "Service codemie/web: /spec/ports/0/targetPort: the pods of web have no port https (they have http (8080)) [service-port]\n"
            ),
        ),
        (
            world(service={"/spec/ports/0/targetPort": 8081}),
            (
                "Service codemie/web: /spec/ports/0/targetPort: the pods of web have no port 8081 (they have http (8080)) [service-port]\n"
            ),
        ),
    ],
    "spreading_counts_own_pods": [
        (
            world(
                deployment={
                    f"{POD_AT}/topologySpreadConstraints": [
                        {**SPREAD, "labelSelector": {"matchLabels": {"app": "wbe"}}}
                    ]
                }
            ),
            (
                f"{IN_POD}/topologySpreadConstraints/0/labelSelector: does not select the pods it stands in [selector-spread]\n"
            ),
        ),
    ],
}
ACCEPTED: list[list[Manifest]] = [
    world(deployment("other", OTHER), policy("other", OTHER)),
    world(service={"/spec/ports/0/targetPort": 8080}),
    world(service={"/spec/ports/1": {"name": "own", "port": 8080}}),
    world(made("NetworkPolicy", "default-deny", {"spec": {"podSelector": {}}}, "networking.k8s.io/v1")),
    world(policy={"/spec/podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}}),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in selectors.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)
