"""A second host behind sign-in: an oauth2-proxy of its own before it, and nothing of it reaches what is on another host."""

import pytest
import yaml
from oauth2_proxy_contract import problems
from product import DOMAINS, pod
from product import build as platform
from project import component, plan, sources
from rendering import pods, refused, service
from request_path import Answer, answer
from second_host import build
from test_oauth2_proxy import files
from test_request_path import FORGED, TOKENS

from generator.catalog import Plan
from lint.variants import IN_CLUSTER, Variant

SHAPES = {
    "public": Variant("dev"),
    "private": Variant("prod"),
    "small": Variant("staging"),
    "high-scale": Variant("prod", "private, high-scale"),
    "in-cluster": Variant("dev", "", IN_CLUSTER),
}
WHO = ("X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Preferred-Username", "X-Auth-Request-Groups")
PROXY = "oauth2-proxy-handbook"


@pytest.fixture(params=SHAPES, scope="module")
def shape(request: pytest.FixtureRequest) -> Variant:
    return SHAPES[request.param]


def host(variant: Variant, label: str = "handbook") -> str:
    return f"{label}.{DOMAINS[variant.example]}"


def policy(variant: Variant, name: str = "codemie-allowed-ranges") -> str:
    return name if variant.example == "dev" else ""


def test_every_check_passes(shape: Variant) -> None:
    assert [item for item in build(shape).verdict.findings if item.severity == "error"] == []


@pytest.mark.parametrize("path", ["/", "/chapters/1", "/code-assistant-api/v1/user"])
def test_it_is_reached_behind_sign_in_and_gets_no_token(shape: Variant, path: str) -> None:
    found = answer(build(shape).of(), host(shape), path)
    removed = (*FORGED, *TOKENS)
    assert found == Answer(
        "handbook/handbook:8000", path, signed_in=True, injected=WHO, removed=removed, policy=policy(shape)
    )


@pytest.mark.parametrize("path", ["/oauth2/callback", "/oauth2/sign_out"])
def test_its_own_proxy_signs_people_in(shape: Variant, path: str) -> None:
    found = answer(build(shape).of(), host(shape), path)
    assert found == Answer(f"oauth2-proxy/{PROXY}:80", path, removed=FORGED, policy=policy(shape))


def test_the_first_host_is_as_it_was(shape: Variant) -> None:
    with_it, without = build(shape), platform(shape.example, shape.more, shape.profiles)
    assert files(with_it) == files(without)
    assert answer(with_it.of(), host(shape, "codemie"), "/handbook") == answer(
        without.of(), host(shape, "codemie"), "/handbook"
    )
    for kind in ("Deployment", "Service", "HTTPRoute", "NetworkPolicy", "ExternalSecret"):
        assert with_it.all(kind, "oauth2-proxy")["oauth2-proxy"] == without.all(kind, "oauth2-proxy")["oauth2-proxy"]


def test_oauth2_proxy_takes_the_files_of_both(shape: Variant) -> None:
    assert problems(*files(build(shape))) == []
    assert problems(*files(build(shape), PROXY)) == []


def test_people_come_back_to_the_host_they_asked_for(shape: Variant) -> None:
    alpha, toml = files(build(shape), PROXY)
    assert toml["redirect_url"] == f"https://{host(shape)}/oauth2/callback"
    assert toml["cookie_domains"] == [host(shape)]
    assert toml["whitelist_domains"] == [host(shape), host(shape, "keycloak")]
    assert [item["uri"] for item in alpha["upstreamConfig"]["upstreams"]] == [
        "http://handbook.handbook.svc.cluster.local:8000"
    ]


def test_keycloak_knows_the_way_back_to_both_hosts(shape: Variant) -> None:
    realm = yaml.safe_load(build(shape).file("keycloak-realm", "codemie-prod.yaml"))
    (client,) = [item for item in realm["clients"] if item["clientId"] == "codemie"]
    both = [host(shape, "codemie"), host(shape)]
    assert client["redirectUris"] == [f"https://{name}/oauth2/callback" for name in both]
    assert client["attributes"]["post.logout.redirect.uris"] == "##".join(
        f"https://{name}/oauth2/sign_in" for name in both
    )
    assert client["webOrigins"] == [f"https://{both[0]}"]


def test_each_proxy_has_a_cookie_secret_of_its_own_and_both_the_secret_of_the_client(shape: Variant) -> None:
    secrets = build(shape).all("ExternalSecret", "oauth2-proxy")
    keys = {
        name: {item["secretKey"]: item["remoteRef"]["key"] for item in secret["spec"]["data"]}
        for name, secret in secrets.items()
    }
    client = "oauth2-proxy-client-secret"
    assert keys == {
        "oauth2-proxy": {"client-secret": client, "cookie-secret": "oauth2-proxy-cookie-secret"},
        PROXY: {"client-secret": client, "cookie-secret": "oauth2-proxy-handbook-cookie-secret"},
    }
    spec = pod(build(shape).one("Deployment", PROXY))
    (variable,) = spec["containers"][0]["env"]
    assert variable["valueFrom"]["secretKeyRef"] == {"name": PROXY, "key": "cookie-secret"}
    assert [volume["secret"]["secretName"] for volume in spec["volumes"] if "secret" in volume] == [PROXY]


def test_each_proxy_reaches_its_own_units_only(shape: Variant) -> None:
    built = build(shape)
    egress = {
        name: {
            peer["podSelector"]["matchLabels"].get("app.kubernetes.io/name", "dns")
            for rule in built.all("NetworkPolicy", "oauth2-proxy")[name]["spec"]["egress"]
            for peer in rule["to"]
            if "podSelector" in peer
        }
        for name in ("oauth2-proxy", PROXY)
    }
    assert egress["oauth2-proxy"] == {"dns", "keycloakx", "codemie", "codemie-ui"}
    assert egress[PROXY] == {"dns", "keycloakx", "handbook"}
    (rule,) = built.one("NetworkPolicy", "handbook")["spec"]["ingress"]
    (caller,) = rule["from"]
    assert caller["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": PROXY}


def test_the_settings_of_the_one_hold_for_both() -> None:
    settings = """
    components: {oauth2-proxy: {replicas: 3, allowedRoles: [admin], env: {A: b}, scheduling: {priority: high}}}
    """
    built = build(Variant("prod", "", settings))
    assert built.errors("oauth2-proxy", PROXY) == []
    for name in ("oauth2-proxy", PROXY):
        deployment = built.one("Deployment", name)
        assert deployment["spec"]["replicas"] == 3
        assert pod(deployment)["priorityClassName"] == "codemie-high"
        assert {"name": "A", "value": "b"} in pod(deployment)["containers"][0]["env"]
        assert files(built, name)[0]["providers"][0]["keycloakConfig"] == {"roles": ["admin"]}
    assert set(built.all("PodDisruptionBudget", "oauth2-proxy")) == {"oauth2-proxy", PROXY}
    assert set(built.all("PodMonitoring", "oauth2-proxy")) == {"oauth2-proxy", PROXY}


def test_a_secret_variable_is_read_by_both_from_secrets_of_their_own() -> None:
    settings = "components: {oauth2-proxy: {secretEnv: {A: {source: external, id: the-a}}}}"
    built = build(Variant("prod", "", settings))
    assert built.errors("oauth2-proxy", PROXY) == []
    names = sorted(name.rpartition("-")[0] for name in built.all("ExternalSecret", "oauth2-proxy") if "-env-" in name)
    assert names == ["oauth2-proxy-env", f"{PROXY}-env"]


def test_names_and_certificates_follow() -> None:
    built = build(Variant("dev", "", "tls: {source: google-managed}\n"))
    assert built.one("DNSRecordSet", "handbook")["spec"]["name"] == "handbook.ai-dev.example.com."
    certificate = built.one("ComputeManagedSSLCertificate", "codemie-handbook")
    assert certificate["spec"]["managed"] == {"domains": ["handbook.ai-dev.example.com"]}
    (https,) = [item for item in built.one("Gateway", "edge")["spec"]["listeners"] if item["name"] == "https"]
    assert "codemie-handbook" in https["tls"]["options"]["networking.gke.io/pre-shared-certs"].split(",")
    assert built.one("MonitoringUptimeCheckConfig", "handbook.oauth2-proxy")
    assert built.one("MonitoringAlertPolicy", "codemie-sign-in-handbook")


def test_what_opened_with_a_host_closes_with_it() -> None:
    built = build(SHAPES["private"])
    finalizers = {
        name: built.one("Application", f"prod-{name}")["metadata"].get("finalizers")
        for name in ("oauth2-proxy", PROXY, "handbook")
    }
    assert finalizers == {"oauth2-proxy": None, PROXY: ["resources-finalizer.argocd.argoproj.io"], "handbook": None}


def test_a_path_beside_sign_in_is_open_and_claims_nobody() -> None:
    health = "health: {port: 8000, path: /healthz}"
    hooks = f"{{host: handbook, port: 8000, auth: none, paths: [{{path: /hooks}}], {health}}}"
    variant = SHAPES["public"]
    built = build(variant, "{host: handbook, port: 8000}", hooks)
    assert built.errors("handbook", PROXY, "edge") == []
    open_path = answer(built.of(), host(variant), "/hooks/1")
    assert open_path
    assert (open_path.service, open_path.signed_in, open_path.policy) == (
        "handbook/handbook:8000",
        False,
        policy(variant),
    )
    assert {*WHO, *TOKENS} <= set(open_path.removed)
    rest = answer(built.of(), host(variant), "/hooked")
    assert rest
    assert rest.signed_in


def test_a_host_with_narrower_ranges_has_their_policy() -> None:
    variant = Variant("dev", "", "access: {adminRanges: {vpn: [198.51.100.0/28]}}\n")
    found = answer(build(variant, "{host: handbook, port: 8000, ranges: admin}").of(), host(variant), "/")
    assert found
    assert (found.signed_in, found.policy) == (True, "codemie-admin-ranges")


def test_paths_of_one_service_are_upstreams_of_their_own() -> None:
    paths = "[{path: /}, {path: /v1.0, rewrite: /api}, {path: /files}]"
    built = build(SHAPES["private"], f"{{host: handbook, port: 8000, paths: {paths}}}")
    assert problems(*files(built, PROXY)) == []
    asked = {
        path: answer(built.of(), host(SHAPES["private"]), path) for path in ("/v1.0/x", "/v1x0/x", "/files/a", "/b")
    }
    assert {path: found.path for path, found in asked.items() if found} == {
        "/v1.0/x": "/api/x",
        "/v1x0/x": "/v1x0/x",
        "/files/a": "/files/a",
        "/b": "/b",
    }


def test_a_path_of_the_first_host_is_an_upstream_of_the_first_proxy() -> None:
    built = build(SHAPES["private"], "{host: codemie, port: 8000, paths: [{path: /handbook}]}")
    assert PROXY not in built.all("Deployment", "oauth2-proxy")
    found = answer(built.of(), host(SHAPES["private"], "codemie"), "/handbook/1")
    assert found
    assert (found.service, found.injected) == ("handbook/handbook:8000", TOKENS)


# Small projects.

HEALTH = "health: {port: 9000, path: /ready}"
SIGN_IN = f"host: app, port: 80, auth: own, {HEALTH}"
WEB = "templates/components/web/component.yaml"


def unit(name: str, *exposes: str) -> dict[str, str]:
    declared = "exposes:\n" + "".join(f"  - {{{entry}}}\n" for entry in exposes) if exposes else ""
    return {**component(name, declared), **pods(name), **service(name)}


def sign_in() -> dict[str, str]:
    """Return the unit before sign-in, its objects named like the instance."""
    texts = unit("oauth2-proxy", SIGN_IN)
    named = {
        path: text.replace("oauth2-proxy", '"{{ unit.name }}"') for path, text in texts.items() if "/base/" in path
    }
    return {**texts, **named}


def units(planned: Plan) -> dict[str, str]:
    """Return the host of each unit that stands before one."""
    return {item.name: item.unit.host for item in planned.units if item.unit.host}


def test_each_host_behind_sign_in_has_one_unit_before_it_whoever_is_on_it() -> None:
    texts = {
        **unit("web", "host: app, port: 80", "host: b, port: 80", "host: c, port: 80, when: {unit: gone}"),
        **unit("api", "host: a, port: 80", "host: b, port: 80, paths: [{path: /api}]"),
        **sign_in(),
    }
    assert units(plan(sources(**texts))) == {"oauth2-proxy": "app", "oauth2-proxy-a": "a", "oauth2-proxy-b": "b"}


def test_what_needs_sign_in_waits_for_all_of_it() -> None:
    texts = {
        **unit("web", "host: b, port: 80"),
        **sign_in(),
        **component("watch", "needs: [oauth2-proxy]\n"),
    }
    (watch,) = [item for item in plan(sources(**texts)).units if item.name == "watch"]
    assert watch.needs == ("namespaces", "oauth2-proxy", "oauth2-proxy-b")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            "host: login, port: 80",
            "host login belongs to login, which signs people in itself; pages of one host share cookies [route-shared]",
        ),
        (
            "host: raw, port: 80",
            "host raw belongs to login, which has an IP address of its own [route-shared]",
        ),
        ("host: app, port: 80, ranges: admin", "ranges: admin has no effect: oauth2-proxy, in front of app, has different ranges [route-policy]"),
        (
            f"host: b, port: 80, auth: none, {HEALTH}",
            "b/ is also exposed by oauth2-proxy-b [route-twice]",
        ),
        (
            "host: b, port: 80, paths: [{path: /a, rewrite: /}, {path: /a/b}]",
            "b/a/b is never reached: /a of web has a rewrite, so it matches first [route-hidden]",
        ),
        (
            "host: b, port: 80, paths: [{path: /oauth2/start}]",
            "b/oauth2/start is a path of the sign-in before b, which answers it itself [route-hidden]",
        ),
        (
            f"host: b, port: 80, auth: none, {HEALTH}, paths: [{{path: /oauth2}}]",
            "b/oauth2 is a path of the sign-in before b, which answers it itself [route-hidden]",
        ),
        (
            "host: app, port: 80, paths: [{path: /ready}]",
            "app/ready is a path of the sign-in before app, which answers it itself [route-hidden]",
        ),
        (f"host: app, port: 80, auth: own, {HEALTH}", "app/ is also exposed by oauth2-proxy [route-twice]"),
    ],
)  # fmt: skip
def test_a_host_that_is_taken_is_told_at_who_asks_for_it(entry: str, said: str) -> None:
    tcp = "host: raw, port: 80, protocol: tcp, auth: own"
    texts = {
        **unit("web", entry),
        **unit("login", f"host: login, port: 80, auth: own, {HEALTH}", tcp),
        **sign_in(),
        **unit("zeta", "host: b, port: 80"),
    }
    assert refused(**texts).splitlines()[0] == f"{WEB}:4:5: web: exposes: {said}"


def test_ranges_of_one_host_agree() -> None:
    texts = {
        **unit("web", "host: b, port: 80, ranges: admin", "host: b, port: 80, paths: [{path: /x}]"),
        **sign_in(),
    }
    said = "ranges: allowed has no effect: oauth2-proxy-b, in front of b, has different ranges [route-policy]"
    assert refused(**texts).splitlines()[0] == f"{WEB}:5:5: web: exposes: {said}"


def test_a_unit_cannot_have_the_name_of_a_sign_in() -> None:
    texts = {**unit("web", "host: b, port: 80"), **sign_in(), **component("oauth2-proxy-b")}
    assert refused(**texts) == (
        f"{WEB}:4:6: web: exposes.host: the oauth2-proxy of host b would have the same name as "
        "templates/components/oauth2-proxy-b [unit-name]\n"
        "  hint: choose another host, or rename that unit\n"
    )


def test_what_is_no_http_says_that_it_has_no_sign_in() -> None:
    texts = {**unit("web", "host: b, port: 80, protocol: tcp"), **sign_in()}
    said = "oauth2-proxy cannot protect protocol: tcp, and auth defaults to oauth2 [unit-invalid]"
    assert refused(**texts).splitlines()[0] == f"{WEB}:4:5: exposes: {said}"
