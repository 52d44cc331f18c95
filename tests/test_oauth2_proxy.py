"""The sign-in proxy: what it reads in each environment is what it takes, and what platform and people rely on."""

import copy
import re
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from command import ENVIRONMENTS, ROOT
from oauth2_proxy_contract import cookie_secret, problems, seconds
from product import DOMAINS, Built, build, container, pod

REALM = "/auth/realms/codemie-prod"
IN_CLUSTER = f"http://keycloakx-http.security.svc.cluster.local{REALM}/protocol/openid-connect"
CALLS_401 = "components: {oauth2-proxy: {apiWithoutSession: unauthorized}}\n"

Files = tuple[dict[str, Any], dict[str, Any]]


def files(built: Built, name: str = "oauth2-proxy") -> Files:
    """Return what the pod's arguments name, out of the ConfigMap that it mounts."""
    proxy = built.one("Deployment", name)
    main = container(proxy)
    volumes = {volume["name"]: volume for volume in pod(proxy)["volumes"]}
    mounts = {mount["mountPath"]: volumes[mount["name"]] for mount in main["volumeMounts"]}
    arguments = dict(argument.split("=", 1) for argument in main["args"])
    texts = {}
    for flag in ("--alpha-config", "--config"):
        folder, _, name = arguments[flag].rpartition("/")
        config = mounts[folder]["configMap"]["name"]
        texts[flag] = built.all("ConfigMap", "oauth2-proxy")[config]["data"][name]
    return yaml.safe_load(texts["--alpha-config"]), tomllib.loads(texts["--config"])


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def good() -> Files:
    return copy.deepcopy(files(build("prod")))


def test_it_takes_what_is_built(environment: str) -> None:
    assert problems(*files(build(environment))) == []


def test_it_takes_what_every_value_makes_of_it() -> None:
    values = """
    {apiWithoutSession: unauthorized, allowUnverifiedEmail: false, emailDomains: [example.com], allowedRoles: [admin],
    acceptBearerTokens: false, sessionMinutes: 60, refreshMinutes: 1, trustedProxies: {waf: 198.51.100.0/24}}"""
    alpha, toml = files(build("prod", f"components: {{oauth2-proxy: {values}}}\n"))
    assert problems(alpha, toml) == []
    assert alpha["providers"][0]["keycloakConfig"] == {"roles": ["admin"]}
    assert (toml["cookie_expire"], toml["cookie_refresh"], toml["email_domains"]) == ("60m", "1m", ["example.com"])
    assert toml["trusted_proxy_ips"] == ["10.10.16.0/23", "198.51.100.0/24"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda alpha, _: alpha.update(upstreams=[]), r"^alpha: .*upstreams"),
        (lambda alpha, _: alpha.pop("metricsServer"), r"^alpha: .*metricsServer"),
        (lambda alpha, _: alpha["server"].update(bindAddress=4180), r"^alpha/server/bindAddress: "),
        (
            lambda alpha, _: _provider(alpha).update(codeChallengeMethod="S256"),
            r"^alpha/providers/0: .*codeChallengeMethod",
        ),
        (lambda alpha, _: _provider(alpha).update(code_challenge_method="plain"), r"code_challenge_method: "),
        (lambda alpha, _: _provider(alpha).update(clientSecret="x"), r"^alpha/providers/0: .*clientSecret"),
        (lambda alpha, _: _provider(alpha).pop("clientID"), r"^alpha/providers/0: .*clientID"),
        (lambda alpha, _: alpha["providers"].append(alpha["providers"][0]), r"^alpha/providers: "),
        (lambda alpha, _: _provider(alpha)["keycloakConfig"].update(roles=[]), r"keycloakConfig/roles: "),
        (lambda alpha, _: _oidc(alpha).pop("emailClaim"), r"oidcConfig: .*emailClaim"),
        (lambda alpha, _: _oidc(alpha).update(insecureSkipNonce=True), r"oidcConfig/insecureSkipNonce: "),
        (lambda alpha, _: _oidc(alpha).update(skipDiscovery=False), r"^provider: discovery"),
        (lambda alpha, _: _oidc(alpha).pop("jwksURL"), r"^provider: skipDiscovery needs jwksURL"),
        (lambda alpha, _: _provider(alpha).pop("loginURL"), r"^provider: skipDiscovery needs loginURL"),
        (lambda alpha, _: _provider(alpha).pop("redeemURL"), r"^provider: skipDiscovery needs redeemURL"),
        (lambda alpha, _: _provider(alpha).update(loginURL=IN_CLUSTER), r"^provider: loginURL is not public"),
        (lambda alpha, _: _oidc(alpha).update(issuerURL=IN_CLUSTER), r"^provider: issuerURL is not public"),
        (lambda alpha, _: _provider(alpha).update(redeemURL="https://keycloak.x.y/t"), r"redeemURL is not in-cluster"),
        (
            lambda alpha, _: _provider(alpha).update(profileURL="https://keycloak.x.y/u"),
            r"profileURL is not in-cluster",
        ),
        (lambda alpha, _: _oidc(alpha).update(jwksURL="https://keycloak.x.y/c"), r"jwksURL is not in-cluster"),
        (
            lambda alpha, _: _provider(alpha).update(backendLogoutURL="https://k.x.y/l"),
            r"backendLogoutURL is not in-cl",
        ),
        (
            lambda alpha, _: _provider(alpha).update(
                backendLogoutURL=f"{IN_CLUSTER}?post_logout_redirect_uri=https://a.b"
            ),
            r"^provider: backendLogoutURL leads",
        ),
        (lambda alpha, _: _api(alpha).update(path="^/a/(.*$"), r"^upstream codemie: path is no regular expression"),
        (lambda alpha, _: _api(alpha).update(path="^/a/(.*)"), r"^upstream codemie: a pattern without \^ and \$"),
        (lambda alpha, _: _api(alpha).update(path="^/a/.*$"), r"^upstream codemie: rewriteTarget names a group"),
        (lambda alpha, _: _api(alpha).update(rewriteTarget="/"), r"^upstream codemie: rewriteTarget drops"),
        (lambda alpha, _: _api(alpha).pop("rewriteTarget"), r"^upstream codemie: a pattern without rewriteTarget"),
        (lambda alpha, _: _ui(alpha).update(path="/ui"), r"^upstream codemie-ui: a plain path without a slash"),
        (lambda alpha, _: _ui(alpha).update(id="codemie"), r"^upstream codemie: id is there 2 times"),
        (
            lambda alpha, _: _upstreams(alpha).append({**_api(alpha), "id": "again"}),
            r"^upstream \^/code.*: path is there 2",
        ),
        (lambda alpha, _: _ui(alpha).update(timeout=600), r"^alpha/upstreamConfig/upstreams/1/timeout: "),
        (lambda alpha, _: _ui(alpha).update(timeout="10m30"), r"^alpha/upstreamConfig/upstreams/1/timeout: "),
        (lambda alpha, _: _api(alpha).update(timeout="30s"), r"^upstream codemie: timeout is less"),
        (lambda alpha, _: _api(alpha).update(flushInterval="1s"), r"^upstream codemie: flushInterval is more"),
        (lambda alpha, _: _api(alpha).pop("passHostHeader"), r"^alpha/upstreamConfig/upstreams/0: .*passHostHeader"),
        (lambda alpha, _: _api(alpha).update(uri="https://codemie.x.y"), r"^upstream codemie: uri is not a Service"),
        (lambda alpha, _: _header(alpha).update(values=[{"claim": "id_token"}]), r"injectRequestHeaders/0/values/0: "),
        (lambda alpha, _: _header(alpha)["values"][0]["claimSource"].update(claim="idToken"), r"claimSource/claim: "),
        (
            lambda alpha, _: _header(alpha).update(preserveRequestValue=True),
            r"^header X-Auth-.*: keeps what the client",
        ),
        (lambda alpha, _: _header(alpha).update(name="authorization"), r"^header authorization: is there 2 times"),
        (lambda _, toml: toml.update(upstreams=["http://a"]), r"^toml/upstreams: is refused beside"),
        (lambda _, toml: toml.update(oidc_issuer_url="https://a"), r"^toml/oidc_issuer_url: is refused beside"),
        (lambda _, toml: toml.update(set_xauthrequest=True), r"^toml/set_xauthrequest: is refused beside"),
        (lambda _, toml: toml.update(http_address="0.0.0.0:4180"), r"^toml/http_address: is refused beside"),
        (lambda _, toml: toml.update(code_challenge_method="S256"), r"^toml/code_challenge_method: is refused beside"),
        (lambda _, toml: toml.update(skip_auth_routes=["^/x"]), r"^toml/skip_auth_routes: lets requests past"),
        (lambda _, toml: toml.update(trusted_ips=["10.0.0.0/8"]), r"^toml/trusted_ips: lets requests past"),
        (lambda _, toml: toml.update(cookie_secret="x" * 32), r"^toml: .*cookie_secret"),
        (lambda _, toml: toml.update(cookie_domain="x"), r"^toml: .*cookie_domain"),
        (lambda _, toml: toml.update(cookie_secure=False), r"^toml/cookie_secure: "),
        (lambda _, toml: toml.update(cookie_samesite="strict"), r"^toml/cookie_samesite: "),
        (lambda _, toml: toml.update(session_cookie_minimal=True), r"^toml/session_cookie_minimal: "),
        (lambda _, toml: toml.update(cookie_expire=30), r"^toml/cookie_expire: "),
        (lambda _, toml: toml.update(cookie_refresh="30m"), r"^toml/cookie_refresh: is not less"),
        (lambda _, toml: toml.update(email_domains="*"), r"^toml/email_domains: "),
        (lambda _, toml: toml.pop("email_domains"), r"^toml: .*email_domains"),
        (lambda _, toml: toml.pop("trusted_proxy_ips"), r"^toml: .*trusted_proxy_ips"),
        (lambda _, toml: toml.update(trusted_proxy_ips=["0.0.0.0/0"]), r"^toml/trusted_proxy_ips: .* trusts the world"),
        (lambda _, toml: toml.update(trusted_proxy_ips=["edge"]), r"^toml/trusted_proxy_ips: holds what is no range"),
        (lambda _, toml: toml.update(extra_jwt_issuers=["https://a=b"]), r"^toml/extra_jwt_issuers: are looked up"),
    ],
)
def test_it_refuses(good: Files, spoil: Callable[..., Any], said: str) -> None:
    spoil(*good)
    found = problems(*good)
    assert len(found) == 1, found
    assert re.search(said, found[0]), found[0]


def test_cookie_secrets_have_the_length_of_a_key() -> None:
    assert cookie_secret("a" * 32) == ""  # what External Secrets finds: letters and digits, 24 bytes as base64
    assert cookie_secret("QUFBQUFBQUFBQUFBQUFBQQ==") == ""
    assert cookie_secret("a" * 25) == cookie_secret("a" * 33) == "is not 16, 24 or 32 bytes"


def test_the_declared_cookie_secret_is_of_such_a_length() -> None:
    declared = yaml.safe_load((ROOT / "templates/components/oauth2-proxy/component.yaml").read_text())["secrets"]
    key = declared["oauth2-proxy"]["keys"]["cookie-secret"]
    assert key["source"] == "random"
    assert cookie_secret("Zz9" * (key["length"] // 3) + "Z" * (key["length"] % 3)) == ""


def test_secrets_come_from_the_secret_and_stand_in_no_file(environment: str) -> None:
    proxy = build(environment).one("Deployment", "oauth2-proxy")
    main = container(proxy)
    variable = {"name": "OAUTH2_PROXY_COOKIE_SECRET"}
    assert main["env"] == [
        {**variable, "valueFrom": {"secretKeyRef": {"name": "oauth2-proxy", "key": "cookie-secret"}}}
    ]
    folder, _, name = files(build(environment))[0]["providers"][0]["clientSecretFile"].rpartition("/")
    (mount,) = [mount for mount in main["volumeMounts"] if mount["mountPath"] == folder]
    (volume,) = [volume for volume in pod(proxy)["volumes"] if volume["name"] == mount["name"]]
    assert volume["secret"]["items"] == [{"key": "client-secret", "path": name}]


def test_browsers_go_to_public_names_and_the_pod_to_services(environment: str) -> None:
    provider = files(build(environment))[0]["providers"][0]
    public = f"https://keycloak.{DOMAINS[environment]}{REALM}"
    assert provider["oidcConfig"]["issuerURL"] == public
    assert provider["loginURL"] == f"{public}/protocol/openid-connect/auth"
    assert provider["redeemURL"] == f"{IN_CLUSTER}/token"
    assert provider["profileURL"] == f"{IN_CLUSTER}/userinfo"
    assert provider["oidcConfig"]["jwksURL"] == f"{IN_CLUSTER}/certs"
    assert provider["backendLogoutURL"] == f"{IN_CLUSTER}/logout?id_token_hint={{id_token}}"


def test_upstreams_are_api_and_ui(environment: str) -> None:
    upstreams = files(build(environment))[0]["upstreamConfig"]["upstreams"]
    assert [(item["path"], item.get("rewriteTarget"), item["uri"]) for item in upstreams] == [
        ("^/code-assistant-api/(.*)$", "/$1", "http://codemie.codemie.svc.cluster.local:8080"),
        ("/", None, "http://codemie-ui.codemie.svc.cluster.local:8080"),
    ]
    assert {seconds(item["timeout"]) for item in upstreams} == {600}
    assert all(seconds(item["flushInterval"]) <= 0.2 for item in upstreams)


def test_both_tokens_are_injected_in_place_of_what_the_client_sent(environment: str) -> None:
    headers = {header["name"]: header for header in files(build(environment))[0]["injectRequestHeaders"]}
    assert {name: header["values"] for name, header in headers.items()} == {
        "X-Auth-Request-Access-Token": [{"claimSource": {"claim": "access_token"}}],
        "Authorization": [{"claimSource": {"claim": "id_token", "prefix": "Bearer "}}],
    }


def test_forwarded_headers_are_believed_from_the_load_balancer_only() -> None:
    front_ends = ["35.191.0.0/16", "130.211.0.0/22"]
    trusted = {name: files(build(name))[1]["trusted_proxy_ips"] for name in ENVIRONMENTS}
    assert trusted == {"dev": front_ends, "prod": ["10.10.16.0/23"], "staging": ["10.10.16.0/23"]}


def test_people_come_back_to_their_environment(environment: str) -> None:
    toml, domain = files(build(environment))[1], DOMAINS[environment]
    assert toml["redirect_url"] == f"https://codemie.{domain}/oauth2/callback"
    assert toml["cookie_domains"] == [f"codemie.{domain}"]
    assert toml["whitelist_domains"] == [f"codemie.{domain}", f"keycloak.{domain}"]


def test_calls_without_a_session_are_redirected_unless_scripts_want_401() -> None:
    redirecting, refusing = files(build("prod"))[1], files(build("prod", CALLS_401))[1]
    assert redirecting["skip_provider_button"]
    assert "api_routes" not in redirecting
    assert refusing["api_routes"] == ["^/code-assistant-api/"]


def _provider(alpha: dict[str, Any]) -> dict[str, Any]:
    provider: dict[str, Any] = alpha["providers"][0]
    return provider


def _oidc(alpha: dict[str, Any]) -> dict[str, Any]:
    oidc: dict[str, Any] = _provider(alpha)["oidcConfig"]
    return oidc


def _upstreams(alpha: dict[str, Any]) -> list[dict[str, Any]]:
    upstreams: list[dict[str, Any]] = alpha["upstreamConfig"]["upstreams"]
    return upstreams


def _api(alpha: dict[str, Any]) -> dict[str, Any]:
    return _upstreams(alpha)[0]


def _ui(alpha: dict[str, Any]) -> dict[str, Any]:
    return _upstreams(alpha)[1]


def _header(alpha: dict[str, Any]) -> dict[str, Any]:
    header: dict[str, Any] = alpha["injectRequestHeaders"][0]
    return header
