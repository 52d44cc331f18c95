"""Pods that the cluster can place, watch and restart. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

import pytest
from objects import CONTAINER, CONTAINER_AT, GONE, IN_CONTAINER, IN_POD, POD_AT, said, world

from generator.check.kubernetes import health
from generator.manifest import Manifest

REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "containers_say_what_they_use": [
        (
            world(deployment={f"{CONTAINER_AT}/resources": GONE}),
            (
                f"{IN_CONTAINER}/resources/limits: web must say cpu and memory [resources]\n"
                "  hint: `resources` of the unit means the main container, `containers.<name>.resources` another one\n"
                f"{IN_CONTAINER}/resources/requests: web must say cpu and memory [resources]\n"
                "  hint: `resources` of the unit means the main container, `containers.<name>.resources` another one\n"
            ),
        ),
        (
            world(
                deployment={
                    f"{POD_AT}/initContainers": [
                        {
                            **CONTAINER,
                            "name": "proxy",
                            "restartPolicy": "Always",
                            "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1"}},
                        }
                    ]
                }
            ),
            (
                f"{IN_POD}/initContainers/0/resources/limits: proxy must say memory [resources]\n"
                "  hint: `resources` of the unit means the main container, `containers.<name>.resources` another one\n"
            ),
        ),
    ],
    "selected_containers_say_when_they_are_ready": [
        (
            world(deployment={f"{CONTAINER_AT}/readinessProbe": GONE}),
            (f"{IN_CONTAINER}/readinessProbe: web must have one: a Service leads to it [readiness-probe]\n"),
        ),
    ],
    "liveness_is_slower_than_readiness": [
        (
            world(deployment={f"{CONTAINER_AT}/livenessProbe": CONTAINER["readinessProbe"]}),
            (
                f"{IN_CONTAINER}/livenessProbe: must not equal the readiness probe: a slow answer would restart the container [liveness-probe]\n"
                "  hint: let it fail later: a longer period or a higher failureThreshold\n"
            ),
        ),
    ],
    "probes_ask_a_port_of_their_container": [
        (
            world(deployment={f"{CONTAINER_AT}/startupProbe": {"tcpSocket": {"port": "https"}}}),
            (f"{IN_CONTAINER}/startupProbe/tcpSocket/port: web has no port named https [probe-port]\n"),
        ),
    ],
}
ACCEPTED: list[list[Manifest]] = [
    world(deployment={f"{CONTAINER_AT}/livenessProbe": {**CONTAINER["readinessProbe"], "failureThreshold": 5}}),
    world(deployment={f"{CONTAINER_AT}/resources/limits": {"cpu": "0.1", "memory": "65536Ki"}}),
    world(deployment={f"{CONTAINER_AT}/livenessProbe": {"tcpSocket": {"port": 1}}}),
    world(deployment={f"{POD_AT}/containers/1": {**CONTAINER, "name": "helper", "ports": [], "readinessProbe": None}}),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in health.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)
