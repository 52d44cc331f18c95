"""The edge. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

from typing import Any

import pytest
from objects import POLICIES, TARGET, made, said, world

from generator.check.network import edge
from generator.manifest import Manifest

API = "gateway.networking.k8s.io/v1"
PUBLIC = "access: {mode: public, allowedRanges: {office: [203.0.113.0/24]}}\n"
ALL = {"namespaces": {"from": "All"}}
HTTPS = {"name": "https", "protocol": "HTTPS", "hostname": "*.lab.example.com", "allowedRoutes": ALL}
HTTP = {"name": "http", "protocol": "HTTP", "allowedRoutes": ALL}
BACKENDS = [{"backendRefs": [{"name": "web", "port": 80}]}]
REDIRECT = [{"filters": [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https"}}]}]
INTERNAL = {"/metadata/annotations": {"networking.gke.io/load-balancer-type": "Internal"}}
BALANCER: dict[str, Any] = {"/spec/type": "LoadBalancer"}


def gateway(listener: dict[str, Any]) -> Manifest:
    return made("Gateway", "edge", {"spec": {"listeners": [listener]}}, API)


def route(rules: list[dict[str, Any]], host: str = "web.lab.example.com") -> Manifest:
    spec = {"parentRefs": [{"name": "edge"}], "hostnames": [host], "rules": rules}
    return made("HTTPRoute", "web", {"spec": spec}, API)


def guarded(policy: str) -> Manifest:
    spec = {"default": {"securityPolicy": policy}, **TARGET}
    return made("GCPBackendPolicy", "web", {"spec": spec}, "networking.gke.io/v1")


REFUSED: dict[str, list[tuple[list[Manifest], str, str]]] = {
    "listeners_take_their_routes": [
        (
            world(*POLICIES, gateway(HTTPS), route(BACKENDS, "web.other.example.com")),
            "",
            "HTTPRoute codemie/web: /spec/hostnames: the listener takes *.lab.example.com, not web.other.example.com [route-host]\n",
        ),
        (
            world(*POLICIES, gateway(HTTPS), route(BACKENDS, "lab.example.com")),
            "",
            "HTTPRoute codemie/web: /spec/hostnames: the listener takes *.lab.example.com, not lab.example.com [route-host]\n",
        ),
        (
            world(
                *POLICIES,
                gateway(
                    {
                        **HTTPS,
                        "allowedRoutes": {"namespaces": {"from": "Selector", "selector": {"matchLabels": {"a": "b"}}}},
                    }
                ),
                route(BACKENDS),
            ),
            "",
            (
                "HTTPRoute codemie/web: /spec/parentRefs/0: the listener takes no routes of this namespace [route-namespace]\n"
                "  hint: allowedRoutes of the listener says which namespaces may hang routes on it\n"
            ),
        ),
    ],
    "plain_http_only_redirects": [
        (
            world(*POLICIES, gateway(HTTP), route(BACKENDS)),
            "",
            (
                "HTTPRoute codemie/web: /spec/rules/0: serves without TLS: a listener of protocol HTTP only redirects [route-plain]\n"
                "  hint: hang the route on the https listener (/spec/parentRefs/0)\n"
            ),
        ),
    ],
    "exposed_services_have_their_policies": [
        (
            world(POLICIES[1], gateway(HTTPS), route(BACKENDS)),
            "",
            (
                "Service codemie/web: /metadata/name: has 0 HealthCheckPolicy, not one, and HTTPRoute codemie/web exposes it [backend-policy]\n"
                "  hint: both follow from `exposes`: {health: {port, path}}\n"
            ),
        ),
        (
            world(*POLICIES, gateway(HTTPS), route(BACKENDS)),
            PUBLIC,
            "GCPBackendPolicy codemie/web: /spec/default/securityPolicy: is missing: in public the Service is open to the world [backend-open]\n",
        ),
    ],
    "nothing_goes_around_the_gateway": [
        (
            world(made("Ingress", "web", {}, "networking.k8s.io/v1")),
            "",
            (
                "Ingress codemie/web: /kind: goes around the Gateway and its policies [edge-bypass]\n"
                "  hint: declare it in `exposes`: a route on the Gateway follows\n"
            ),
        ),
        (
            world(service={"/spec/type": "NodePort"}),
            "",
            "Service codemie/web: /spec/type: opens a port on every node [edge-bypass]\n",
        ),
        (
            world(service=BALANCER),
            "",
            (
                "Service codemie/web: /spec/type: is open to the whole internet [edge-bypass]\n"
                "  hint: set loadBalancerSourceRanges, or the annotation networking.gke.io/load-balancer-type: Internal\n"
            ),
        ),
        *(
            (
                world(service={**BALANCER, "/spec/loadBalancerSourceRanges": ranges}),
                lab,
                (
                    "Service codemie/web: /spec/type: is open to the whole internet [edge-bypass]\n"
                    "  hint: set loadBalancerSourceRanges, or the annotation networking.gke.io/load-balancer-type: Internal\n"
                ),
            )
            for ranges in ([], ["203.0.113.0/24", "0.0.0.0/0"])
            for lab in ("", PUBLIC)
        ),
    ],
}
ACCEPTED: list[tuple[list[Manifest], str]] = [
    (world(*POLICIES, gateway(HTTPS), route(BACKENDS)), ""),
    (world(POLICIES[0], guarded("codemie-allowed-ranges"), gateway(HTTPS), route(BACKENDS)), PUBLIC),
    (world(gateway(HTTP), route(REDIRECT)), ""),
    (world(*POLICIES, gateway({"name": "https", "protocol": "HTTPS"}), route(BACKENDS)), ""),
    (
        world(
            *POLICIES,
            gateway(
                {
                    **HTTPS,
                    "allowedRoutes": {
                        "namespaces": {
                            "from": "Selector",
                            "selector": {"matchLabels": {"kubernetes.io/metadata.name": "codemie"}},
                        }
                    },
                }
            ),
            route(BACKENDS),
        ),
        "",
    ),
    (world(service={**BALANCER, **INTERNAL}), ""),
    (world(service={**BALANCER, "/spec/loadBalancerSourceRanges": ["203.0.113.0/24"]}), PUBLIC),
    (
        world(service={**BALANCER, "/spec/loadBalancerSourceRanges": ["0.0.0.0/0"]}),
        PUBLIC.replace("public,", "public, allowWholeInternet: true,"),
    ),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in edge.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "lab", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], lab: str, expected: str) -> None:
    assert said(manifests, lab=lab) == expected


@pytest.mark.parametrize(("manifests", "lab"), ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest], lab: str) -> None:
    assert not said(manifests, lab=lab)
