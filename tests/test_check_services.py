"""Ways to a Service: routes, targets and URLs. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

from typing import Any

import pytest
from objects import CONTAINER_AT, IN_CONTAINER, POLICIES, made, said, world

from generator.check.network import services
from generator.manifest import Manifest

API = "gateway.networking.k8s.io/v1"
TLS = {"options": {"networking.gke.io/pre-shared-certs": "edge"}}
GATEWAY = made(
    "Gateway", "edge", {"spec": {"listeners": [{"name": "https", "port": 443, "protocol": "HTTPS", "tls": TLS}]}}, API
)


def route(parent: dict[str, Any], backend: dict[str, Any]) -> dict[str, Any]:
    """Return a route from a Gateway to a backend."""
    return made("HTTPRoute", "web", {"spec": {"parentRefs": [parent], "rules": [{"backendRefs": [backend]}]}}, API)


def calling(url: str) -> dict[str, Any]:
    """Return the change that gives the container a URL."""
    return {f"{CONTAINER_AT}/env/2/value": url}


REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "routes_hang_on_a_gateway": [
        (
            world(*POLICIES, route({"name": "edge"}, {"name": "web", "port": 80})),
            (
                "HTTPRoute codemie/web: /spec/parentRefs/0/name: Gateway codemie/edge is not rendered [route-parent]\n"
                "  hint: the edge unit renders it\n"
            ),
        ),
        (
            world(*POLICIES, GATEWAY, route({"name": "edge", "sectionName": "http"}, {"name": "web", "port": 80})),
            (
                "HTTPRoute codemie/web: /spec/parentRefs/0/sectionName: Gateway codemie/edge has no listener http [route-parent]\n"
            ),
        ),
    ],
    "routes_lead_to_a_service_port": [
        (
            world(*POLICIES, GATEWAY, route({"name": "edge"}, {"name": "wbe", "port": 80})),
            (
                "HTTPRoute codemie/web: /spec/rules/0/backendRefs/0: Service codemie/wbe is not rendered [route-backend]\n"
            ),
        ),
        (
            world(*POLICIES, GATEWAY, route({"name": "edge"}, {"name": "web", "port": 8080})),
            (
                "HTTPRoute codemie/web: /spec/rules/0/backendRefs/0: Service codemie/web has no port 8080 (it has 80) [route-backend]\n"
            ),
        ),
    ],
    "targets_of_policies_are_there": [
        (
            world(
                made(
                    "HealthCheckPolicy",
                    "web",
                    {"spec": {"targetRef": {"kind": "Service", "name": "wbe"}}},
                    "networking.gke.io/v1",
                )
            ),
            (
                "HealthCheckPolicy codemie/web: /spec/targetRef/name: Service wbe is not rendered in this namespace [target-missing]\n"
            ),
        ),
        (
            world(
                made(
                    "HorizontalPodAutoscaler",
                    "web",
                    {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "wbe"}}},
                    "autoscaling/v2",
                )
            ),
            (
                "HorizontalPodAutoscaler codemie/web: /spec/scaleTargetRef/name: Deployment wbe is not rendered in this namespace [target-missing]\n"
            ),
        ),
    ],
    "urls_of_the_cluster_lead_to_a_service": [
        (
            world(deployment=calling("http://wbe:8000/a")),
            (f"{IN_CONTAINER}/env/2/value: a URL leads nowhere: Service codemie/wbe is not rendered [service-url]\n"),
        ),
        (
            world(deployment=calling("https://web.codemie.svc.cluster.local")),
            (
                f"{IN_CONTAINER}/env/2/value: a URL leads nowhere: Service codemie/web has no port 443 (it has 80) [service-url]\n"
            ),
        ),
        (
            world(deployment=calling("postgres://user:$(PASS)@web.codemie.svc:5432/db")),
            (
                f"{IN_CONTAINER}/env/2/value: a URL leads nowhere: Service codemie/web has no port 5432 (it has 80) [service-url]\n"
            ),
        ),
        (
            world(config={"/data/url": "upstream http://web:81 and http://web:80"}),
            (
                "ConfigMap codemie/web-f4mt: /data/url: a URL leads nowhere: Service codemie/web has no port 81 (it has 80) [service-url]\n"
            ),
        ),
    ],
}
ACCEPTED: list[list[Manifest]] = [
    world(*POLICIES, GATEWAY, route({"name": "edge", "sectionName": "https"}, {"name": "web", "port": 80})),
    world(deployment=calling("http://web:80")),
    world(deployment=calling("http://localhost:9 http://127.0.0.1:9 https://example.com:9 http://x.kube-system.svc")),
    world(
        made("Elasticsearch", "search", {}, "elasticsearch.k8s.elastic.co/v1"),
        deployment=calling("https://search-es-http.codemie.svc:9200"),
    ),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in services.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)
