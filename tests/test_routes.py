"""What is reached from outside: routes at the edge, what the load balancer knows of their Services, sign-in before the rest."""

from collections.abc import Sequence
from typing import Any

import pytest
from project import component, plan, sources
from rendering import found, pods, refused, rendered, service

from generator.catalog import Plan, freeze
from generator.manifest import Manifest
from generator.render.task import plan_view
from generator.views import findings

WEB = "templates/components/web/component.yaml"
HEALTH = "health: {port: 9000, path: /ready}"
SIGN_IN = f"host: app, port: 80, auth: own, {HEALTH}"
PUBLIC = "access: {mode: public, allowedRanges: {office: [203.0.113.0/24]}}\n"
LOAD_BALANCERS = [{"ipBlock": {"cidr": cidr}} for cidr in ("130.211.0.0/22", "35.191.0.0/16", "10.10.16.0/23")]
FORGED = (
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "X-Auth-Request-Preferred-Username",
    "X-Auth-Request-User",
    "X-Forwarded-Host",
    "X-Forwarded-Uri",
)
HEADERS = ["Authorization", "X-Auth-Request-Access-Token"]
ROUTES = "components/web/overlay/httproutes.yaml"
POLICIES = "components/web/overlay/backendpolicies.yaml"


def unit(name: str, *exposes: str, more: str = "") -> dict[str, str]:
    """Return a component whose Service listens on 80 and leads to port 8080 of its pods."""
    declared = "exposes:\n" + "".join(f"  - {{{entry}}}\n" for entry in exposes) if exposes else ""
    return {**component(name, more + declared), **pods(name), **service(name)}


def route(name: str, host: str, *rules: Manifest) -> Manifest:
    parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway"}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": "codemie"},
        "spec": {
            "parentRefs": [{**parent, "name": "edge", "namespace": "edge", "sectionName": "https"}],
            "hostnames": [f"{host}.lab.example.com"],
            "rules": list(rules),
        },
    }


def rule(path: str, *filters: Manifest, to: str = "web", port: int = 80, removed: Sequence[str] = FORGED) -> Manifest:
    backend = {"group": "", "kind": "Service", "name": to, "port": port, "weight": 1}
    match = {"path": {"type": "PathPrefix", "value": path}}
    without = {"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": list(removed)}}
    return {"matches": [match], "backendRefs": [backend], "filters": [without, SAFER, *filters]}


def policy(kind: str, default: Manifest, to: str = "web") -> Manifest:
    return {
        "apiVersion": "networking.gke.io/v1",
        "kind": kind,
        "metadata": {
            "name": to,
            "namespace": "codemie",
            "annotations": {"argocd.argoproj.io/sync-wave": "-1"},
        },
        "spec": {"default": default, "targetRef": {"group": "", "kind": "Service", "name": to}},
    }


SAFER = {
    "type": "ResponseHeaderModifier",
    "responseHeaderModifier": {
        "set": [
            {"name": "Strict-Transport-Security", "value": "max-age=63072000"},
            {"name": "X-Content-Type-Options", "value": "nosniff"},
        ]
    },
}
CHECK = {
    "checkIntervalSec": 10,
    "timeoutSec": 5,
    "config": {
        "type": "HTTP",
        "httpHealthCheck": {"portSpecification": "USE_FIXED_PORT", "port": 9000, "requestPath": "/ready"},
    },
}
BACKEND = {
    "timeoutSec": 600,
    "connectionDraining": {"drainingTimeoutSec": 60},
    "logging": {"enabled": True, "sampleRate": 1000000},
}


def rewritten(path: str) -> Manifest:
    return {"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": path}}}


def test_a_host_is_a_route_from_the_gateway_of_the_edge_to_the_service_named_like_the_unit() -> None:
    tree = rendered(**unit("web", f"host: app, port: 80, auth: own, {HEALTH}"))
    assert tree[ROUTES] == [route("web", "app", rule("/"))]


def test_each_host_of_a_service_is_a_route_of_its_own() -> None:
    files = {
        **unit(
            "web",
            f"host: b, port: 80, auth: own, {HEALTH}",
            f"host: a, port: 80, auth: own, {HEALTH}",
            f"host: a, port: 81, service: admin, auth: own, {HEALTH}, paths: [{{path: /admin}}]",
        ),
        **service("admin", 81, unit="web", selects="web"),
    }
    assert rendered(**files)[ROUTES] == [
        route("admin", "a", rule("/admin", to="admin", port=81)),
        route("web-a", "a", rule("/")),
        route("web-b", "b", rule("/")),
    ]


def test_the_longest_path_comes_first_since_it_is_the_one_meant() -> None:
    paths = "[{path: /}, {path: /api}, {path: /api/v1}, {path: /abc}]"
    tree = rendered(**unit("web", f"host: app, port: 80, auth: own, {HEALTH}, paths: {paths}"))
    assert tree[ROUTES] == [route("web", "app", *(rule(path) for path in ("/api/v1", "/abc", "/api", "/")))]


def test_a_path_is_rewritten_before_it_reaches_the_service() -> None:
    paths = "[{path: /code, rewrite: /}, {path: /old/api, rewrite: /api}]"
    tree = rendered(**unit("web", f"host: app, port: 80, auth: own, {HEALTH}, paths: {paths}"))
    assert tree[ROUTES] == [route("web", "app", rule("/old/api", rewritten("/api")), rule("/code", rewritten("/")))]


def test_what_needs_no_sign_in_loses_the_headers_that_would_claim_one() -> None:
    tree = rendered(**unit("web", f"host: app, port: 80, auth: none, {HEALTH}, paths: [{{path: /a, rewrite: /b}}]"))
    assert tree[ROUTES] == [route("web", "app", rule("/a", rewritten("/b"), removed=(*FORGED, *HEADERS)))]


@pytest.mark.parametrize("auth", ["auth: oauth2, ", ""])
def test_what_is_behind_sign_in_has_no_route_and_no_policy_of_its_own(auth: str) -> None:
    tree = rendered(**unit("web", f"{auth}host: app, port: 80"), **unit("oauth2-proxy"))
    assert not {"HTTPRoute", "HealthCheckPolicy", "GCPBackendPolicy"} & {
        item["kind"] for documents in tree.values() for item in documents if "kind" in item
    }


def pods_of(name: str) -> Manifest:
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "codemie"}},
        "podSelector": {"matchLabels": {"app": name}},
    }


TCP_8080 = [{"protocol": "TCP", "port": 8080}]


def test_sign_in_may_call_what_it_protects_and_that_lets_it_in() -> None:
    tree = rendered(**unit("web", "host: app, port: 80"), **unit("oauth2-proxy", SIGN_IN))
    policies = {name: item["spec"] for name, item in found(tree, "NetworkPolicy").items()}
    assert policies["oauth2-proxy"]["egress"][1:] == [{"to": [pods_of("web")], "ports": TCP_8080}]
    assert policies["web"]["ingress"] == [{"from": [pods_of("oauth2-proxy")], "ports": TCP_8080}]
    ports = [*TCP_8080, {"protocol": "TCP", "port": 9000}]
    assert policies["oauth2-proxy"]["ingress"] == [{"from": LOAD_BALANCERS, "ports": ports}]


def test_load_balancers_reach_and_probe_the_rest() -> None:
    tree = rendered(**unit("web", f"host: app, port: 80, auth: own, {HEALTH}"), **unit("oauth2-proxy"))
    policies = {name: item["spec"] for name, item in found(tree, "NetworkPolicy").items()}
    ports = [*TCP_8080, {"protocol": "TCP", "port": 9000}]
    assert policies["web"]["ingress"] == [{"from": LOAD_BALANCERS, "ports": ports}]
    assert len(policies["oauth2-proxy"]["egress"]) == 1


def test_a_service_has_a_health_check_and_a_backend_policy() -> None:
    tree = rendered(**unit("web", f"host: app, port: 80, auth: own, {HEALTH}"))
    assert tree[POLICIES] == [policy("HealthCheckPolicy", CHECK), policy("GCPBackendPolicy", BACKEND)]


@pytest.mark.parametrize("ranges", ["allowed", "admin", "webhook"])
def test_only_in_public_cloud_armor_says_who_may_call(ranges: str) -> None:
    files = unit("web", f"host: app, port: 80, auth: own, ranges: {ranges}, {HEALTH}")
    backend = {**BACKEND, "securityPolicy": f"codemie-{ranges}-ranges"}
    assert rendered(PUBLIC, **files)[POLICIES][1] == policy("GCPBackendPolicy", backend)
    assert rendered(**files)[POLICIES][1] == policy("GCPBackendPolicy", BACKEND)


def test_ranges_are_those_of_all_users_unless_said() -> None:
    backend = rendered(PUBLIC, **unit("web", f"host: app, port: 80, auth: own, {HEALTH}"))[POLICIES][1]
    assert backend["spec"]["default"]["securityPolicy"] == "codemie-allowed-ranges"


def test_policies_are_one_per_service_whatever_hosts_and_paths_lead_to_it() -> None:
    entries = [f"host: {host}, port: 80, auth: own, {HEALTH}" for host in "abc"]
    assert [item["kind"] for item in rendered(**unit("web", *entries))[POLICIES]] == [
        "HealthCheckPolicy",
        "GCPBackendPolicy",
    ]


def seen(planned: Plan) -> Any:
    return plan_view(planned)


def test_templates_see_hosts_routes_and_upstreams() -> None:
    files = {
        **unit("web", "host: app, port: 80, paths: [{path: /}, {path: /a, rewrite: /b}]"),
        **unit("api", f"host: z, port: 80, auth: own, {HEALTH}", f"host: app, port: 80, auth: none, {HEALTH}"),
    }
    view = seen(plan(sources(**files)))
    one = {
        "path": "/",
        "rewrite": None,
        "ranges": "allowed",
        "unit": "api",
        "entry": 0,
        "namespace": "codemie",
        "service": "api",
        "port": 80,
        "health": {"port": 9000, "path": "/ready"},
    }
    behind = {**one, "host": "app", "auth": "oauth2", "unit": "web", "service": "web", "health": None, "id": "web/"}
    assert view["hosts"] == ("app", "z")
    assert view["routes"] == freeze(
        {"codemie": [{**one, "host": "app", "auth": "none", "entry": 1}, {**one, "host": "z", "auth": "own"}]}
    )
    assert view["upstreams"] == freeze([{**behind, "path": "/a", "rewrite": "/b", "id": "web/a"}, behind])
    assert view["signIn"] == ()


def test_a_condition_takes_the_exposure_out_of_everything() -> None:
    webhook = f"host: app, port: 80, auth: none, {HEALTH}, when: {{env: access.webhookRanges}}"
    assert ROUTES not in rendered(**unit("web", webhook))
    assert ROUTES in rendered("access: {webhookRanges: {git: [203.0.113.0/24]}}\n", **unit("web", webhook))
    assert seen(plan(sources(**unit("web", webhook))))["hosts"] == ()


TWICE = f"host: app, port: 80, auth: own, {HEALTH}, paths: [{{path: /a}}]"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (TWICE, "app/a is also exposed by api [route-twice]\n"),
        (
            "host: b, port: 80, auth: none",
            (
                "has no health, so the load balancer probes / on the serving port [route-health]\n"
                "  hint: health: {port: <port of the pods>, path: …}\n"
            ),
        ),
    ],
)
def test_an_exposure_that_cannot_work_is_an_error(entry: str, said: str) -> None:
    place, _, told = refused(**unit("web", entry), **unit("api", TWICE)).partition(" ")
    assert place.startswith(f"{WEB}:")
    assert told == f"web: exposes: {said}"


@pytest.mark.parametrize("other", ["ranges: admin, " + HEALTH, "health: {port: 9001, path: /ready}"])
def test_two_exposures_of_a_service_agree_on_its_policies(other: str) -> None:
    files = unit("web", f"host: a, port: 80, auth: own, {HEALTH}", f"host: b, port: 80, auth: own, {other}")
    place, _, told = refused(**files).partition(" ")
    assert place.startswith(f"{WEB}:")
    assert told == (
        "web: exposes: Service web is exposed twice with different health or ranges [route-policy]\n"
        "  hint: its policies apply to the whole Service; add a second Service for the other\n"
    )


def test_an_exposure_that_cannot_work_is_told_at_its_own_line() -> None:
    files = unit("web", f"host: a, port: 80, auth: own, {HEALTH}", "host: b, port: 80, auth: own")
    assert refused(**files).startswith(f"{WEB}:5:5: web: exposes: ")


def test_one_host_and_path_may_be_behind_sign_in_and_before_it_since_they_are_two_listeners() -> None:
    assert rendered(**unit("web", "host: app, port: 80"), **unit("oauth2-proxy", SIGN_IN))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("host: app, port: 81", "Service web of web serves no port 81 [exposes-port]\n  hint: Services: web\n"),
        ("host: app, port: 80, service: wbe", "Service wbe of web serves no port 80 [exposes-port]\n  hint: Services: web\n"),
        ("host: app, port: 80, service: api", "Service api of web serves no port 80 [exposes-port]\n  hint: Services: web\n"),
    ],
)  # fmt: skip
def test_what_is_exposed_is_a_port_of_a_service_of_the_unit(entry: str, message: str) -> None:
    assert refused(**unit("web", entry), **unit("api")) == f"{WEB}:4:5: exposes: {message}"


def test_what_is_behind_sign_in_while_there_is_none_is_a_warning() -> None:
    planned = plan(
        sources(**unit("web", "host: app, port: 80"), **unit("api", f"host: a, port: 80, auth: own, {HEALTH}"))
    )
    said = [line for line in findings.text(planned.warnings).splitlines() if "oauth2-proxy" in line]
    assert said == [
        f"warning: {WEB}:3:1: web: exposes: there is no unit oauth2-proxy: nobody reaches it [unit-missing]"
    ]
    there = plan(sources(**unit("web", "host: app, port: 80"), **unit("oauth2-proxy")))
    assert "oauth2-proxy" not in findings.text(there.warnings)


def test_what_has_a_route_waits_for_the_edge_it_hangs_on() -> None:
    files = {
        **unit("web", f"host: app, port: 80, auth: own, {HEALTH}"),
        **unit("api", "host: app, port: 80"),
        **unit("quiet", f"host: quiet, port: 80, auth: own, {HEALTH}, when: {{unit: gone}}"),
        **unit("raw", f"host: raw, port: 80, auth: own, protocol: tcp, {HEALTH}"),
        **component("edge"),
    }
    needs = {planned.name: planned.needs for planned in plan(sources(**files)).units}
    assert [name for name in needs if "edge" in needs[name]] == ["web"]


def test_tcp_has_no_route_and_its_clients_keep_their_addresses() -> None:
    files = unit("web", f"host: queue, port: 80, auth: own, protocol: tcp, {HEALTH}")
    peered = rendered("network: {peered: {office: 10.99.0.0/16}}\n", **files)
    assert not {ROUTES, POLICIES} & peered.keys()
    ports = [*TCP_8080, {"protocol": "TCP", "port": 9000}]
    clients = {
        "10.10.0.0/20": peered,
        "203.0.113.0/24": rendered(PUBLIC, **files),
    }
    for first, tree in clients.items():
        (rule_in,) = found(tree, "NetworkPolicy")["web"]["spec"]["ingress"]
        assert rule_in["from"][0] == {"ipBlock": {"cidr": first}}
        assert rule_in["ports"] == ports
    assert found(peered, "NetworkPolicy")["web"]["spec"]["ingress"][0]["from"][1:] == [
        {"ipBlock": {"cidr": "10.99.0.0/16"}}
    ]
    view = seen(plan(sources(**files)))
    assert (view["hosts"], view["tcpHosts"], view["routes"]) == ((), ("queue",), {})
