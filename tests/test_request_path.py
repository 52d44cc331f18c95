"""Who answers what from outside: the model of a request's way, and what it says of each environment's built objects."""

from typing import Any

import pytest
from command import ENVIRONMENTS
from product import DOMAINS, build
from request_path import Answer, answer
from ui_routes import PATHS

from generator.manifest import Manifest

WEBHOOKS = "access: {webhookRanges: {forge: [192.0.2.0/24]}}\n"
FORGED = (
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "X-Auth-Request-Preferred-Username",
    "X-Auth-Request-User",
    "X-Forwarded-Host",
    "X-Forwarded-Uri",
)
TOKENS = ("X-Auth-Request-Access-Token", "Authorization")

ROUTES = {
    ("codemie", "/"): "oauth2-proxy/oauth2-proxy:80",
    ("keycloak", "/auth"): "security/keycloakx-http:80",
    ("keycloak", "/auth/admin"): "security/keycloakx-admin:80",
    ("keycloak", "/auth/realms/master"): "security/keycloakx-admin:80",
    ("kibana", "/"): "elastic/kibana:5601",
    ("litellm", "/"): "litellm/litellm:4000",
}
"""Every host and path that may be routed, and its Service. Whoever opens another writes it here first."""
PAST_SIGN_IN = {
    ("codemie", "/code-assistant-api/v1/webhooks"): "codemie/codemie-webhooks:8080",
    ("codemie", "/code-assistant-api/v1/callbacks/index"): "codemie/codemie-webhooks:8080",
}
LOAD_BALANCERS = {("codemie", "codemie-nats-external")}
"""Services that may have an address of their own."""


def manifests(environment: str, more: str = "") -> list[Manifest]:
    return build(environment, more).of()


def services(objects: list[Manifest]) -> set[str]:
    return {
        f"{item['metadata']['namespace']}/{item['metadata']['name']}:{port['port']}"
        for item in objects
        if (item["apiVersion"], item["kind"]) == ("v1", "Service")
        for port in item["spec"]["ports"]
    }


def routed(objects: list[Manifest]) -> dict[tuple[str, str], str]:
    """Return {(host label, path): Service} of every rule that has a backend."""
    found: dict[tuple[str, str], str] = {}
    for item in objects:
        for rule in item["spec"]["rules"] if item["kind"] == "HTTPRoute" else []:
            for backend in rule.get("backendRefs", []):
                service = f"{item['metadata']['namespace']}/{backend['name']}:{backend['port']}"
                for host in item["spec"]["hostnames"]:
                    found |= {(host.split(".")[0], match["path"]["value"]): service for match in rule["matches"]}
    return found


# The model, on objects made by hand.


def made(kind: str, name: str, namespace: str, **more: Any) -> Manifest:
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace}, **more}


def gateway(**allowed: Any) -> Manifest:
    listeners = [
        {"name": "https", "protocol": "HTTPS", "hostname": "*.x.org", "allowedRoutes": {"namespaces": allowed}},
        {"name": "http", "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "Same"}}},
    ]
    return made("Gateway", "edge", "edge", spec={"listeners": listeners})


def service(name: str, port: int = 80, namespace: str = "web") -> Manifest:
    return made("Service", name, namespace, spec={"selector": {"app": name}, "ports": [{"port": port}]})


def route(name: str, host: str, *paths: str, namespace: str = "web", **more: Any) -> Manifest:
    """Return a route whose Service is named like it; a path with `=` before it is an exact one."""
    kinds = [("Exact", path[1:]) if path.startswith("=") else ("PathPrefix", path) for path in paths]
    matches = [{"path": {"type": kind, "value": path}} for kind, path in kinds]
    rule = {"matches": matches, "backendRefs": [{"kind": "Service", "name": name, "port": 80}], **more}
    parents = [{"name": "edge", "namespace": "edge", "sectionName": "https"}]
    return made("HTTPRoute", name, namespace, spec={"parentRefs": parents, "hostnames": [host], "rules": [rule]})


def reached(url: str, *objects: Manifest, **allowed: Any) -> str | None:
    host, _, path = url.partition("/")
    named = [service(item["metadata"]["name"]) for item in objects if item["kind"] == "HTTPRoute"]
    found = answer([gateway(**(allowed or {"from": "All"})), *objects, *named], host, f"/{path}")
    return found and f"{found.service}{found.path}"


def test_a_path_is_matched_by_its_elements_and_the_longest_wins() -> None:
    routes = [route("all", "a.x.org", "/"), route("api", "a.x.org", "/api"), route("deep", "a.x.org", "/api/v1")]
    assert reached("a.x.org/apis", *routes) == "web/all:80/apis"
    assert reached("a.x.org/api", *routes) == "web/api:80/api"
    assert reached("a.x.org/api/v2", *routes) == "web/api:80/api/v2"
    assert reached("a.x.org/api/v1/x", *routes) == "web/deep:80/api/v1/x"
    assert reached("a.x.org/api/v1", *routes, route("same", "a.x.org", "=/api/v1")) == "web/same:80/api/v1"


def test_the_most_specific_host_wins_whatever_its_path() -> None:
    routes = [route("some", "*.x.org", "/deep/path"), route("one", "a.x.org", "/")]
    assert reached("a.x.org/deep/path", *routes) == "web/one:80/deep/path"
    assert reached("b.x.org/deep/path", *routes) == "web/some:80/deep/path"
    assert reached("b.x.org/other", *routes) is None


def test_nobody_answers_for_hosts_that_the_listener_or_no_route_has() -> None:
    assert reached("a.y.org/", route("other", "a.y.org", "/")) is None
    assert reached("b.x.org/", route("one", "a.x.org", "/")) is None


def test_a_route_needs_a_namespace_that_is_allowed_and_a_service_that_is_there() -> None:
    one = route("one", "a.x.org", "/")
    expressions = [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["web"]}]
    chosen = {"from": "Selector", "selector": {"matchExpressions": expressions}}
    assert reached("a.x.org/", one, **chosen) == "web/one:80/"
    expressions[0]["values"] = ["other"]
    assert reached("a.x.org/", one, **chosen) is None
    assert reached("a.x.org/", one, **{"from": "Same"}) is None
    assert answer([gateway(**{"from": "All"}), one], "a.x.org", "/") is None
    assert answer([gateway(**{"from": "All"}), one, service("one", port=81)], "a.x.org", "/") is None


def test_a_prefix_is_replaced_and_headers_are_removed() -> None:
    def rewriting(prefix: str) -> Manifest:
        path = {"type": "ReplacePrefixMatch", "replacePrefixMatch": prefix}
        headers = {"type": "RequestHeaderModifier", "requestHeaderModifier": {"remove": ["Authorization"]}}
        return route("one", "a.x.org", "/api", filters=[headers, {"type": "URLRewrite", "urlRewrite": {"path": path}}])

    assert reached("a.x.org/api/v1", rewriting("/")) == "web/one:80/v1"
    assert reached("a.x.org/api", rewriting("/")) == "web/one:80/"
    assert reached("a.x.org/api/v1", rewriting("/other")) == "web/one:80/other/v1"
    objects = [gateway(**{"from": "All"}), rewriting("/"), service("one")]
    assert answer(objects, "a.x.org", "/api") == Answer("web/one:80", "/", removed=("Authorization",))


def test_the_policy_of_the_service_stands_before_it() -> None:
    target = {"group": "", "kind": "Service", "name": "one"}
    policy = made("GCPBackendPolicy", "one", "web", spec={"default": {"securityPolicy": "some"}, "targetRef": target})
    objects = [gateway(**{"from": "All"}), route("one", "a.x.org", "/"), service("one"), policy]
    assert answer(objects, "a.x.org", "/") == Answer("web/one:80", "/", policy="some")


def test_what_the_model_does_not_know_is_an_error() -> None:
    with pytest.raises(NotImplementedError):
        reached("a.x.org/", route("one", "a.x.org", "/", matches=[{"headers": [{"name": "A", "value": "b"}]}]))
    with pytest.raises(NotImplementedError):
        reached("a.x.org/", route("one", "a.x.org", "/", filters=[{"type": "RequestMirror"}]))


# What is built.


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.mark.parametrize(
    ("path", "service", "seen"),
    [
        ("/", "codemie/codemie-ui:8080", "/"),
        ("/config.js", "codemie/codemie-ui:8080", "/config.js"),
        ("/openapi.json", "codemie/codemie-ui:8080", "/openapi.json"),  # a file the UI does not have
        ("/v1/user", "codemie/codemie-ui:8080", "/v1/user"),
        ("/code-assistant-api", "codemie/codemie-ui:8080", "/code-assistant-api"),
        ("/code-assistant-apis/x", "codemie/codemie-ui:8080", "/code-assistant-apis/x"),
        ("/code-assistant-api/v1/user", "codemie/codemie:8080", "/v1/user"),
        ("/code-assistant-api/openapi.json", "codemie/codemie:8080", "/openapi.json"),
        ("/code-assistant-api/docs", "codemie/codemie:8080", "/docs"),
        ("/code-assistant-api/v1/webhooks/forge", "codemie/codemie:8080", "/v1/webhooks/forge"),
        ("/code-assistant-api/v1/callbacks/index/1", "codemie/codemie:8080", "/v1/callbacks/index/1"),
    ],
)
def test_ui_and_api_are_behind_sign_in(environment: str, path: str, service: str, seen: str) -> None:
    found = answer(manifests(environment), f"codemie.{DOMAINS[environment]}", path)
    policy = "codemie-allowed-ranges" if environment == "dev" else ""
    assert found == Answer(service, seen, signed_in=True, injected=TOKENS, removed=FORGED, policy=policy)


def test_every_route_of_the_ui_reaches_it_as_it_was_asked_for() -> None:
    objects, host = manifests("prod"), f"codemie.{DOMAINS['prod']}"
    found = {path: answer(objects, host, path) for path in PATHS}
    wrong = [
        path for path, it in found.items() if it is None or (it.service, it.path) != ("codemie/codemie-ui:8080", path)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", ["/oauth2/start", "/oauth2/callback", "/oauth2/sign_out", "/ping", "/robots.txt"])
def test_the_proxy_answers_itself_what_signs_people_in(environment: str, path: str) -> None:
    found = answer(manifests(environment), f"codemie.{DOMAINS[environment]}", path)
    assert found
    assert found._replace(policy="") == Answer("oauth2-proxy/oauth2-proxy:80", path, removed=FORGED)


def test_every_path_of_other_hosts_reaches_its_service(environment: str) -> None:
    objects = manifests(environment)
    there = {key: name for key, name in ROUTES.items() if key[0] != "codemie" and name in services(objects)}
    for (host, path), name in there.items():
        below = f"{path.rstrip('/')}/below"
        found = answer(objects, f"{host}.{DOMAINS[environment]}", below)
        assert found
        assert (found.service, found.path, found.signed_in, found.injected) == (name, below, False, ())
        assert bool(found.policy) == (environment == "dev")


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_webhooks_pass_sign_in_for_listed_ranges_and_claim_no_identity(environment: str) -> None:
    objects = manifests(environment, WEBHOOKS)
    host = f"codemie.{DOMAINS[environment]}"
    for path in ("/v1/webhooks/forge", "/v1/callbacks/index/1"):
        found = answer(objects, host, f"/code-assistant-api{path}")
        assert found
        assert (found.service, found.path) == ("codemie/codemie-webhooks:8080", path)
        assert (found.signed_in, found.injected) == (False, ())
        assert set(TOKENS) <= set(found.removed)
        assert found.policy == ("codemie-webhook-ranges" if environment == "dev" else "")
    for path in ("/v1/callbacks", "/v1/callbacks/indexes", "/v1/webhook", "/openapi.json"):
        found = answer(objects, host, f"/code-assistant-api{path}")
        assert found
        assert (found.service, found.path, found.signed_in) == ("codemie/codemie:8080", path, True)
    assert routed(objects).items() >= PAST_SIGN_IN.items()


def test_webhooks_have_the_pods_of_the_api() -> None:
    objects = manifests("dev", WEBHOOKS)
    named = {
        item["metadata"]["name"]: item["spec"]
        for item in objects
        if (item["apiVersion"], item["kind"]) == ("v1", "Service")
    }
    assert named["codemie-webhooks"]["selector"] == named["codemie"]["selector"]


def test_unknown_hosts_and_paths_reach_nothing(environment: str) -> None:
    objects, domain = manifests(environment), DOMAINS[environment]
    for host in ("example.com", domain, f"api.{domain}", f"a.codemie.{domain}", f"mermaid-server.{domain}", "10.0.0.1"):
        assert answer(objects, host, "/") is None
    for path in ("/", "/health", "/metrics", "/authors", "/realms/codemie-prod"):
        assert answer(objects, f"keycloak.{domain}", path) is None


def test_plain_http_is_redirected_or_refused(environment: str) -> None:
    found = answer(manifests(environment), f"codemie.{DOMAINS[environment]}", "/x", scheme="http")
    assert found == Answer("", f"https://codemie.{DOMAINS[environment]}/x")


def test_nothing_but_the_listed_routes_leads_in(environment: str) -> None:
    objects = manifests(environment)
    there = services(objects)
    assert routed(objects) == {key: name for key, name in ROUTES.items() if name in there}


def test_nothing_but_the_gateway_has_an_address(environment: str) -> None:
    objects = manifests(environment)
    assert [item["metadata"]["name"] for item in objects if item["kind"] == "Gateway"] == ["edge"]
    assert not {item["kind"] for item in objects} & {"Ingress", "TCPRoute", "TLSRoute", "UDPRoute", "GRPCRoute"}
    for item in objects:
        if (item["apiVersion"], item["kind"]) == ("v1", "Service"):
            name = (item["metadata"]["namespace"], item["metadata"]["name"])
            assert item["spec"].get("type", "ClusterIP") == "ClusterIP" or name in LOAD_BALANCERS
            assert "externalIPs" not in item["spec"]


def test_no_pod_opens_a_port_of_its_node(environment: str) -> None:
    for item in manifests(environment):
        spec = item.get("spec", {}).get("template", {}).get("spec", {})
        if item["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "Job"):
            ports = [port for container in spec["containers"] for port in container.get("ports", [])]
            assert not spec.get("hostNetwork")
            assert not [port for port in ports if "hostPort" in port]
