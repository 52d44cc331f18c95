"""A real Keycloak with the rendered flags and the rendered realm: what oauth2-proxy, the API and people get from it."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import browser as http
import keycloak
import pytest
import realm_import
from browser import Browser, Client, claims
from keycloak import Server, Workload
from product import Built, container
from second_host import build
from sign_in import (
    AFTER_LOGOUT,
    CLIENT,
    DOMAIN,
    ENVIRONMENT,
    INSIDE,
    ISSUER,
    OPENID,
    PASSWORD,
    PUBLIC,
    SECRETS,
    USER,
    add_user,
    redeem,
    redeem_code,
    sign_in,
    tokens,
)

from generator.manifest import Manifest
from lint.variants import Variant

pytestmark = pytest.mark.real


class Rendered(NamedTuple):
    """The objects of unit keycloak, as built for one environment."""

    built: Built

    def of(self, kind: str) -> list[Manifest]:
        return list(self.built.all(kind, "security").values())

    def server(self) -> Manifest:
        return self.built.one("StatefulSet", "keycloakx")

    def job(self) -> Manifest:
        """Return the Job that imports the realm: the one with the client's secret in its environment."""
        (found,) = [job for job in self.of("Job") if "CODEMIE_CLIENT_SECRET" in keycloak.workload(job, SECRETS).env]
        return found

    def realm(self) -> str:
        (text,) = [
            item["data"]["codemie-prod.yaml"] for item in self.of("ConfigMap") if "codemie-prod.yaml" in item["data"]
        ]
        return str(text)


@pytest.fixture(scope="module")
def rendered() -> Rendered:
    return Rendered(build(Variant(ENVIRONMENT)))  # with a second host behind sign-in


@pytest.fixture(scope="module")
def pod(rendered: Rendered) -> Workload:
    return keycloak.workload(rendered.server(), SECRETS)


@pytest.fixture(scope="module")
def server(pod: Workload) -> Iterator[Server]:
    with keycloak.running(pod) as started:
        yield started


@pytest.fixture(scope="module")
def importer(rendered: Rendered) -> Workload:
    return keycloak.workload(rendered.job(), SECRETS)


@pytest.fixture(scope="module")
def admin(server: Server, importer: Workload, rendered: Rendered) -> realm_import.Admin:
    """Sign in as the Job does, import the realm as it does, and make a user by hand."""
    env = importer.env
    api = realm_import.Admin(
        Browser(server.http), env["KEYCLOAK_URL"], env["KEYCLOAK_USER"], env["KEYCLOAK_PASSWORD"], []
    )
    realm_import.run(api, realm_import.substitute(rendered.realm(), env))
    add_user(api, USER)
    return api


@pytest.fixture
def browser(server: Server, admin: realm_import.Admin) -> Browser:
    """Return a browser without cookies, once the realm is there."""
    assert admin
    return Browser(server.http)


def test_the_probes_answer_on_the_management_port_only(pod: Workload, server: Server) -> None:
    probes = {pod.container[kind]["httpGet"]["path"] for kind in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert "/auth/health/ready" in probes
    for path in probes:
        assert Browser(server.management).get(f"http://pod{path}").json()["status"] == "UP"
        assert Browser(server.http).get(f"http://pod{path}").status == 404
    assert "jvm_" in Browser(server.management).get("http://pod/auth/metrics").text


def test_every_option_of_the_pod_is_one_of_this_version(rendered: Rendered, server: Server) -> None:
    given = {item["name"] for item in container(rendered.server())["env"] if item["name"].startswith("KC_")}
    assert given <= server.options()


def test_the_load_balancer_asks_where_health_is(rendered: Rendered, server: Server) -> None:
    policies = [item["spec"] for item in rendered.of("HealthCheckPolicy")]
    asked = [policy["default"]["config"]["httpHealthCheck"] for policy in policies]
    if not asked:
        pytest.skip("no HealthCheckPolicy is rendered yet")
    for check in asked:
        assert check["port"] == 9000
        assert Browser(server.management).get(f"http://pod{check['requestPath']}").status == 200


def test_the_import_deletes_nothing_and_runs_with_the_cache_off(rendered: Rendered, importer: Workload) -> None:
    env = importer.env
    hourly = [item for item in rendered.of("CronJob") if "realm" in item["metadata"]["name"]]
    assert [keycloak.workload(job, SECRETS).env for job in hourly] == [env]
    assert env["KEYCLOAK_URL"] == INSIDE
    assert env["IMPORT_VARSUBSTITUTION_ENABLED"] == "true"
    assert env["IMPORT_CACHE_ENABLED"] == "false"
    # Built-in service_account and every scope made by hand are in neither list of defaults: `full` deletes them.
    assert (env.get("IMPORT_MANAGED_CLIENTSCOPE") or env.get("IMPORT_MANAGED_CLIENT_SCOPE")) == "no-delete"
    assert env.get("IMPORT_REMOTESTATE_ENABLED", env.get("IMPORT_REMOTE_STATE_ENABLED", "true")) == "true"


def test_a_second_import_changes_nothing_and_what_is_made_by_hand_stays(
    rendered: Rendered, importer: Workload, admin: realm_import.Admin
) -> None:
    provider = {"alias": "corporate", "providerId": "oidc", "enabled": True, "config": {"clientId": "x"}}
    admin.call("POST", "/codemie-prod/identity-provider/instances", provider)
    admin.call("POST", "/codemie-prod/groups", {"name": "team", "attributes": {"applications": ["demo"]}})
    admin.call("POST", "/codemie-prod/client-scopes", {"name": "by-hand", "protocol": "openid-connect"})
    admin.call("POST", "/codemie-prod/clients", {"clientId": "by-hand"})
    before = admin.export("codemie-prod")
    admin.written.clear()
    realm_import.run(admin, realm_import.substitute(rendered.realm(), importer.env))
    assert admin.written == ["PUT /codemie-prod"]
    assert admin.export("codemie-prod") == before
    assert {"corporate", "team", "by-hand"} <= set(re.findall(r'"(?:alias|name|clientId)": "([^"]+)"', before))


def test_an_import_mends_what_was_changed_by_hand(
    rendered: Rendered, importer: Workload, admin: realm_import.Admin
) -> None:
    before = admin.export("codemie-prod")
    (client,) = admin.call("GET", "/codemie-prod/clients?clientId=codemie")
    path = f"/codemie-prod/clients/{client['id']}"
    admin.call("PUT", path, {**client, "redirectUris": ["*"], "attributes": {"pkce.code.challenge.method": ""}})
    admin.call("DELETE", f"{path}/protocol-mappers/models/{client['protocolMappers'][0]['id']}")
    assert admin.export("codemie-prod") != before
    realm_import.run(admin, realm_import.substitute(rendered.realm(), importer.env))
    without_ids = [re.sub(r'"id": "[^"]+"', "", text) for text in (admin.export("codemie-prod"), before)]
    assert without_ids[0] == without_ids[1]


def test_built_in_scopes_are_as_in_a_realm_of_keycloaks_own(admin: realm_import.Admin) -> None:
    admin.call("POST", "", {"realm": "plain", "enabled": True})

    def scopes(realm: str) -> dict[str, Any]:
        text = json.dumps(admin.call("GET", f"/{realm}/client-scopes"))
        found = json.loads(re.sub(r'"id": "[^"]+"', '"id": ""', text))
        return {item["name"]: sorted(item.get("protocolMappers", []), key=str) for item in found}

    plain, ours = scopes("plain"), scopes("codemie-prod")
    assert {name: ours[name] for name in plain} == plain
    profile = admin.call("GET", "/codemie-prod/users/profile")
    built_in = admin.call("GET", "/plain/users/profile")
    assert profile["unmanagedAttributePolicy"] == "ENABLED"
    assert profile["attributes"][:4] == built_in["attributes"]
    assert profile["groups"] == built_in["groups"]


def test_tokens_carry_what_oauth2_proxy_and_the_api_read(browser: Browser) -> None:
    found = tokens(browser)
    access, identity = claims(found["access_token"]), claims(found["id_token"])
    for token in (access, identity):
        assert token["iss"] == ISSUER
        assert "codemie" in token["aud"]
        assert token["azp"] == "codemie"
        assert token["sub"]
        assert (token["email"], token["preferred_username"], token["name"]) == (
            "ada@example.com",
            "ada",
            "Ada Lovelace",
        )
        assert "developer" in token["roles"]
        assert "admin" not in token["roles"]
        assert sorted(token["applications"]) == ["ada@example.com", "demo"]
        assert token["applications_admin"] == ["demo"]
    assert identity["nonce"] == "the-nonce"
    # oauth2-proxy verifies the access token like an ID token and looks here for its allowed roles.
    assert "developer" in access["realm_access"]["roles"]
    assert access["exp"] - access["iat"] == 300  # longer than oauth2-proxy's cookie_refresh of 4 minutes
    assert claims(found["refresh_token"])["exp"] - access["iat"] >= 1800  # not shorter than its cookie
    keys = {key["kid"] for key in browser.get(f"{INSIDE}{OPENID}/certs").json()["keys"]}
    assert http.key_id(found["id_token"]) in keys


def test_a_refresh_gives_new_tokens_to_parallel_requests(browser: Browser) -> None:
    first = tokens(browser)
    for _ in range(2):
        answer = redeem(browser, grant_type="refresh_token", refresh_token=first["refresh_token"])
        assert answer.status == 200
        assert claims(answer.json()["access_token"])["iss"] == ISSUER
        assert "developer" in claims(answer.json()["id_token"])["roles"]


def test_userinfo_answers_inside_and_the_issuer_stays_public(browser: Browser) -> None:
    headers = {"Authorization": f"Bearer {tokens(browser)['access_token']}"}
    answer = Browser(browser.port).get(f"{INSIDE}{OPENID}/userinfo", headers)
    assert answer.status == 200
    person = answer.json()
    assert (person["email"], person["preferred_username"]) == ("ada@example.com", "ada")
    assert "developer" in person["roles"]
    assert person["applications_admin"] == ["demo"]
    inside = browser.get(f"{INSIDE}/realms/codemie-prod/.well-known/openid-configuration").json()
    outside = browser.get(f"{ISSUER}/.well-known/openid-configuration").json()
    assert inside["issuer"] == outside["issuer"] == ISSUER
    assert inside["authorization_endpoint"] == outside["authorization_endpoint"] == f"{PUBLIC}{OPENID}/auth"
    assert inside["token_endpoint"] == f"{INSIDE}{OPENID}/token"
    assert outside["token_endpoint"] == f"{PUBLIC}{OPENID}/token"


@pytest.mark.parametrize(
    "changes", [{"code_challenge": "", "code_challenge_method": ""}, {"code_challenge_method": "plain"}]
)
def test_a_sign_in_without_a_hashed_challenge_is_refused(browser: Browser, changes: dict[str, str]) -> None:
    answer = browser.get(CLIENT.request(ISSUER, **changes))
    assert (answer.status, answer.query["error"]) == (302, "invalid_request")


def test_a_code_is_worth_nothing_without_its_verifier_and_the_secret(browser: Browser) -> None:
    for change, status, error in (
        ({"code_verifier": "x" * 64}, 400, "invalid_grant"),
        ({"client_secret": "another"}, 401, "unauthorized_client"),
    ):
        answer = redeem_code(browser, sign_in(Browser(browser.port), CLIENT), **change)
        assert (answer.status, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize("path", ["", "/oauth2/callback/..", "/oauth2/callback?x=1", "/code-assistant-api/callback"])
def test_another_redirect_is_refused_before_anybody_signs_in(browser: Browser, path: str) -> None:
    answer = browser.get(Client("codemie", f"https://codemie.{DOMAIN}{path}").request(ISSUER))
    assert answer.status == 400
    assert "Location" not in answer.headers


def test_a_password_is_taken_by_the_form_only(browser: Browser) -> None:
    answer = redeem(browser, grant_type="password", username="ada", password=PASSWORD)
    assert (answer.status, answer.json()["error"]) == (400, "unauthorized_client")
    assert browser.get(CLIENT.request(ISSUER, scope="openid offline_access")).query["error"] == "invalid_scope"


def test_sign_out_ends_the_session_and_leads_to_one_place(browser: Browser) -> None:
    found = tokens(browser)
    query = f"?id_token_hint={found['id_token']}&post_logout_redirect_uri="
    outside = Browser(browser.port)  # oauth2-proxy calls from its pod, without the person's cookies
    assert outside.get(f"{INSIDE}{OPENID}/logout{query}https://codemie.{DOMAIN}/").status == 400
    assert redeem(browser, grant_type="refresh_token", refresh_token=found["refresh_token"]).status == 200
    answer = outside.get(f"{INSIDE}{OPENID}/logout{query}{AFTER_LOGOUT}")
    assert (answer.status, answer.headers["Location"]) == (302, AFTER_LOGOUT)
    assert redeem(browser, grant_type="refresh_token", refresh_token=found["refresh_token"]).status == 400


def test_sign_out_needs_no_redirect(browser: Browser) -> None:
    found = tokens(browser)
    answer = Browser(browser.port).get(f"{INSIDE}{OPENID}/logout?id_token_hint={found['id_token']}")
    assert (answer.status, "Location" in answer.headers) == (200, False)
    refused = redeem(browser, grant_type="refresh_token", refresh_token=found["refresh_token"])
    assert (refused.status, refused.json()["error"]) == (400, "invalid_grant")


def test_one_sign_in_serves_two_hosts_and_signing_out_of_one_ends_it_for_both(browser: Browser) -> None:
    second = Client("codemie", f"https://handbook.{DOMAIN}/oauth2/callback")
    first = tokens(browser)
    back = browser.get(second.request(ISSUER))  # no form: Keycloak knows the browser
    assert back.status == 302
    assert back.headers["Location"].startswith(f"{second.redirect}?")
    change = {"redirect_uri": second.redirect, "code_verifier": second.verifier}
    there = redeem_code(browser, back, **change).json()
    leads = f"https://handbook.{DOMAIN}/oauth2/sign_in"
    query = f"?id_token_hint={there['id_token']}&post_logout_redirect_uri={leads}"
    answer = Browser(browser.port).get(f"{INSIDE}{OPENID}/logout{query}")
    assert (answer.status, answer.headers["Location"]) == (302, leads)
    for found in (first, there):
        assert redeem(browser, grant_type="refresh_token", refresh_token=found["refresh_token"]).status == 400


def test_nobody_grants_projects_to_themselves(browser: Browser) -> None:
    """Unmanaged attributes may be edited by their owner; these two are declared so that they may not."""
    console = Client("account-console", f"{ISSUER}/account/")
    back = sign_in(browser, console)
    form = {
        "grant_type": "authorization_code",
        "client_id": console.name,
        "code": back.query["code"],
        "redirect_uri": console.redirect,
        "code_verifier": console.verifier,
    }
    token = browser.post(f"{PUBLIC}{OPENID}/token", form).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Content-Type": "application/json"}
    mine = browser.get(f"{ISSUER}/account/", headers).json()
    mine["attributes"] |= {"applications": ["everything"], "applications_admin": ["everything"], "hobby": ["chess"]}
    answer = browser.send("POST", f"{ISSUER}/account/", json.dumps(mine), headers)
    assert answer.status == 400
    assert "applications" in answer.text
    del mine["attributes"]["applications"], mine["attributes"]["applications_admin"]
    assert browser.send("POST", f"{ISSUER}/account/", json.dumps(mine), headers).status == 204
    attributes = browser.get(f"{ISSUER}/account/", headers).json()["attributes"]
    assert attributes["applications_admin"] == ["demo"]
    assert attributes["hobby"] == ["chess"]


def test_a_provider_of_the_company_grants_role_and_project(
    browser: Browser, admin: realm_import.Admin, server: Server
) -> None:
    """Made by hand: its two mappers write an attribute that people may not write."""
    person = {**USER, "username": "alan", "email": "alan@example.com"}
    client = {"clientId": "codemie", "secret": "x", "redirectUris": [f"{ISSUER}/broker/company/endpoint"]}
    admin.call("POST", "", {"realm": "company", "enabled": True, "clients": [client], "users": [person]})
    here = f"http://127.0.0.1:{server.http}/auth/realms/company/protocol/openid-connect"
    config = {
        "clientId": "codemie",
        "clientSecret": "x",
        "clientAuthMethod": "client_secret_post",
        "authorizationUrl": f"{PUBLIC}/realms/company/protocol/openid-connect/auth",
        "tokenUrl": f"{here}/token",
        "jwksUrl": f"{here}/certs",
        "useJwksUrl": "true",
        "validateSignature": "true",
        "issuer": f"{PUBLIC}/realms/company",
        "defaultScope": "openid email profile",
        "syncMode": "FORCE",
    }
    provider = {"alias": "company", "providerId": "oidc", "enabled": True, "trustEmail": True, "config": config}
    admin.call("POST", "/codemie-prod/identity-provider/instances", provider)
    for kind, settings in (
        ("oidc-hardcoded-role-idp-mapper", {"role": "developer"}),
        ("oidc-user-attribute-idp-mapper", {"claim": "email", "user.attribute": "applications"}),
    ):
        mapper = {"name": kind, "identityProviderAlias": "company", "identityProviderMapper": kind, "config": settings}
        admin.call("POST", "/codemie-prod/identity-provider/instances/company/mappers", mapper)
    page = browser.follow(browser.get(CLIENT.request(ISSUER, kc_idp_hint="company")), CLIENT.redirect)
    form = {"username": "alan", "password": PASSWORD}
    back = browser.follow(browser.post(http.form_action(page.text), form), CLIENT.redirect)
    token = claims(redeem_code(browser, back).json()["access_token"])
    assert "developer" in token["roles"]
    assert token["applications"] == ["alan@example.com"]


def test_guessing_passwords_locks_the_account_for_a_while(browser: Browser, admin: realm_import.Admin) -> None:
    add_user(admin, {**USER, "username": "grace", "email": "grace@example.com"})
    for _ in range(10):
        assert sign_in(Browser(browser.port), CLIENT, "grace", "a guess").status == 200
    assert sign_in(Browser(browser.port), CLIENT, "grace").status == 200  # the form again: the account is locked
    assert sign_in(Browser(browser.port), CLIENT).status == 302


def test_pods_of_any_range_speak_http_and_forward_nothing(browser: Browser) -> None:
    """What a pod says about itself is not believed, so it cannot pass for the load balancer."""
    forged = {"X-Forwarded-Host": "evil.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-For": "100.64.0.9"}
    answer = browser.get(f"{INSIDE}/realms/codemie-prod/.well-known/openid-configuration", forged)
    assert answer.json()["token_endpoint"] == f"{INSIDE}{OPENID}/token"


def test_a_theme_that_is_not_there_gives_keycloaks_own(browser: Browser, admin: realm_import.Admin) -> None:
    """The distribution lacks the vendor's theme, as does a pod whose theme image brings another name."""
    assert admin.call("GET", "/codemie-prod")["loginTheme"] == "codemie"
    page = browser.get(CLIENT.request(ISSUER))
    assert (page.status, "/login/keycloak" in page.text) == (200, True)


@pytest.mark.parametrize("path", ["/auth/admin/master/console/", "/auth/realms/master"])
def test_no_other_spelling_leads_to_what_is_for_administrators(browser: Browser, path: str) -> None:
    """The edge tells the two apart by the path as it is written; Keycloak must not know more spellings than that."""
    host = f"https://keycloak.{DOMAIN}"
    assert browser.get(host + path).status == 200
    _, first, second, rest = path.split("/", 3)
    for other in (
        f"//{first}/{second}/{rest}",
        f"/{first}//{second}/{rest}",
        f"/{first}/./{second}/{rest}",
        f"/{first}/x/../{second}/{rest}",
        f"/{first}/realms/codemie-prod/../../{second}/{rest}",
        f"/{first}/realms/%2e%2e/{second}/{rest}",
        f"/{first};x/{second}/{rest}",
        f"/{first}/{second};x/{rest}",
        f"/{first}/{second}/;x/{rest}",
        f"/{first}/{second}//{rest}",
        f"/{first}/{second}%2f{rest}",
        f"/{first}/%{ord(second[0]):x}{second[1:]}/{rest}",
        f"/{first}/{second}/%{ord(rest[0]):x}{rest[1:]}",
        path.upper(),
    ):
        assert browser.get(host + other).status in (400, 404), other


def test_pages_load_only_from_what_is_exposed(rendered: Rendered, browser: Browser) -> None:
    """The sign-in page and the console of administrators, with all that they load, through the routes."""
    routes = [item["spec"] for item in rendered.of("HTTPRoute")]
    matches = [match["path"] for route in routes for rule in route["rules"] for match in rule["matches"]]
    exposed = tuple(f"https://keycloak.{DOMAIN}{match['value']}" for match in matches)
    for url in (CLIENT.request(ISSUER), f"{PUBLIC}/admin/codemie-prod/console/"):
        page = browser.get(url)
        assert page.status == 200
        loaded = http.links(page.text, PUBLIC)
        assert loaded
        for link in (url, *sorted(loaded)):
            assert browser.get(link).status == 200, link
            assert not routes or link.startswith(exposed), f"{link} is behind no route"
