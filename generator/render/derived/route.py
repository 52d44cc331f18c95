"""Routes from the edge to Services, and what Google's load balancer must know of each Service behind them."""

from itertools import groupby
from typing import Any

from generator.annotation import SYNC_WAVE
from generator.catalog import EDGE, Plan, Planned, Route, routes
from generator.manifest import Manifest

_LISTENER = "https"
_TIMEOUT_SECONDS = 600  # streamed answers of the API take minutes; the load balancer's default is 30 s
_DRAINING_SECONDS = 60
_EVERY_REQUEST = 1000000  # of a million: what is logged of a refused request is all that shows a wrong range
_FORGED = (
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "X-Auth-Request-Preferred-Username",
    "X-Auth-Request-User",
    "X-Forwarded-Host",
    "X-Forwarded-Uri",
)
"""Headers that only proxies set, and that the load balancer passes on as a client wrote them (oauth2-proxy#3506)."""
_TOKENS = ("Authorization", "X-Auth-Request-Access-Token")
"""Headers by which backends believe who calls; without sign-in before them nobody may set them."""
_SAFER = {
    "type": "ResponseHeaderModifier",
    "responseHeaderModifier": {
        "set": [
            {"name": "Strict-Transport-Security", "value": "max-age=63072000"},  # two years
            {"name": "X-Content-Type-Options", "value": "nosniff"},
        ]
    },
}


def http_routes(plan: Plan, planned: Planned) -> list[Manifest]:
    """Return an HTTPRoute per host and Service of a unit; what is behind sign-in is reached through oauth2-proxy's."""
    mine = sorted(_direct(plan, planned), key=lambda route: (route.service, route.host))
    hosts = {service: {route.host for route in group} for service, group in groupby(mine, lambda route: route.service)}
    result = []
    for (service, host), group in groupby(mine, lambda route: (route.service, route.host)):
        name = service if len(hosts[service]) == 1 else f"{service}-{host}"
        spec = {
            "parentRefs": [_parent()],
            "hostnames": [f"{host}.{plan.environment.domain}"],
            "rules": [_rule(route) for route in group],
        }
        metadata = {"name": name, "namespace": planned.namespace}
        kind = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute"}
        result.append({**kind, "metadata": metadata, "spec": spec})
    return result


def backend_policies(plan: Plan, planned: Planned) -> list[Manifest]:
    """Return one HealthCheckPolicy and one GCPBackendPolicy per Service that a unit exposes directly."""
    by_service = {route.service: route for route in _direct(plan, planned)}
    result: list[Manifest] = []
    for _, route in sorted(by_service.items()):
        if route.health:
            config = {
                "type": "HTTP",
                "httpHealthCheck": {
                    "portSpecification": "USE_FIXED_PORT",
                    "port": route.health.port,
                    "requestPath": route.health.path,
                },
            }
            check = {"checkIntervalSec": 10, "timeoutSec": 5, "config": config}
            result.append(_policy("HealthCheckPolicy", route, check))
        backend: dict[str, Any] = {
            "timeoutSec": _TIMEOUT_SECONDS,
            "connectionDraining": {"drainingTimeoutSec": _DRAINING_SECONDS},
            "logging": {"enabled": True, "sampleRate": _EVERY_REQUEST},
        }
        if plan.environment.access.mode == "public":
            backend["securityPolicy"] = security_policy(route)
        result.append(_policy("GCPBackendPolicy", route, backend))
    return result


def security_policy(route: Route) -> str:
    """Return the Cloud Armor policy that says who may call."""
    return f"codemie-{route.ranges}-ranges"


def _direct(plan: Plan, planned: Planned) -> list[Route]:
    return [route for route in routes(plan) if route.unit == planned.name and not route.behind_sign_in]


def _rule(route: Route) -> dict[str, Any]:
    removed = [*_FORGED, *(_TOKENS if route.auth == "none" else ())]
    modifier = {"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": removed}}
    filters: list[dict[str, Any]] = [modifier, _SAFER]
    if route.rewrite is not None:
        path = {"type": "ReplacePrefixMatch", "replacePrefixMatch": route.rewrite}
        filters.append({"type": "URLRewrite", "urlRewrite": {"path": path}})
    rule = {
        "matches": [{"path": {"type": "PathPrefix", "value": route.path}}],
        "backendRefs": [{"group": "", "kind": "Service", "name": route.service, "port": route.port, "weight": 1}],
    }
    return {**rule, "filters": filters}


def _parent() -> dict[str, str]:
    kind = {"group": "gateway.networking.k8s.io", "kind": "Gateway"}
    return {**kind, "name": EDGE, "namespace": EDGE, "sectionName": _LISTENER}


def _policy(kind: str, route: Route, default: dict[str, Any]) -> Manifest:
    return {
        "apiVersion": "networking.gke.io/v1",
        "kind": kind,
        "metadata": {
            "name": route.service,
            "namespace": route.namespace,
            "annotations": {SYNC_WAVE: "-1"},  # before anything can be reached
        },
        "spec": {"default": default, "targetRef": {"group": "", "kind": "Service", "name": route.service}},
    }
