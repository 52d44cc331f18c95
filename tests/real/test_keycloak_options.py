"""A real Keycloak with what is off by default: sign-in with Entra ID, played by another realm, and the SDK's client."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import browser as http
import keycloak
import pytest
import realm_import
from browser import Browser, claims
from product import Built, build
from sign_in import (
    CLIENT,
    ENVIRONMENT,
    ISSUER,
    OPENID,
    PASSWORD,
    PUBLIC,
    SECRETS,
    USER,
    add_user,
    redeem_code,
)

pytestmark = pytest.mark.real

TENANT, CLIENT_ID = "11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-aaaaaaaaaaaa"
MORE = f"components: {{keycloak: {{sdkClient: true, entraId: {{tenant: {TENANT}, client: {CLIENT_ID}}}}}}}\n"
ENTRA_ID = f"https://login.microsoftonline.com/{TENANT}"
ALL_SECRETS = {**SECRETS, ("keycloak-entra-id", "client-secret"): "the-secret-of-the-registration"}
PROVIDER = "/codemie-prod/identity-provider/instances/entra-id"
ALAN = {**USER, "username": "alan", "email": "alan@example.com", "attributes": {}}


class Running(NamedTuple):
    """A Keycloak with the realm as rendered."""

    port: int
    admin: realm_import.Admin
    realm: str


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    built = build(ENVIRONMENT, MORE)
    env = keycloak.workload(_job(built), ALL_SECRETS).env
    realm = realm_import.substitute(built.file("keycloak-realm", "codemie-prod.yaml"), env)
    with keycloak.running(keycloak.workload(built.one("StatefulSet", "keycloakx"), ALL_SECRETS)) as server:
        admin = realm_import.Admin(
            Browser(server.http), env["KEYCLOAK_URL"], env["KEYCLOAK_USER"], env["KEYCLOAK_PASSWORD"], []
        )
        realm_import.run(admin, realm)
        add_user(admin, USER)
        yield Running(server.http, admin, realm)


def _job(built: Built) -> dict[str, Any]:
    (found,) = [job for name, job in built.all("Job", "security").items() if name == "keycloak-realm"]
    return found


def test_the_sign_in_page_leads_to_the_tenant_as_the_registered_application(running: Running) -> None:
    page = Browser(running.port).get(CLIENT.request(ISSUER))
    assert "Microsoft Entra ID" in page.text
    assert "/broker/entra-id/login?" in page.text
    person = Browser(running.port)
    away = person.follow(person.get(CLIENT.request(ISSUER, kc_idp_hint="entra-id")), ENTRA_ID)
    assert away.headers["Location"].startswith(f"{ENTRA_ID}/oauth2/v2.0/authorize?")
    asked = away.query
    assert (asked["client_id"], asked["scope"]) == (CLIENT_ID, "openid profile email")
    assert asked["redirect_uri"] == f"{ISSUER}/broker/entra-id/endpoint"  # docs/sign-in.md
    assert asked["code_challenge_method"] == "S256"


def test_a_second_import_writes_the_secret_and_nothing_else(running: Running) -> None:
    before = running.admin.export("codemie-prod")
    running.admin.written.clear()
    realm_import.run(running.admin, running.realm)
    assert running.admin.written == ["PUT /codemie-prod", f"PUT {PROVIDER}"]
    assert running.admin.export("codemie-prod") == before


def test_the_sdk_gets_a_token_that_the_api_takes_for_a_name_and_a_password(running: Running) -> None:
    form = {"grant_type": "password", "client_id": "codemie-sdk", "username": "ada", "password": PASSWORD}
    answer = Browser(running.port).post(f"{PUBLIC}{OPENID}/token", form)
    assert answer.status == 200, answer
    token = claims(answer.json()["access_token"])
    assert (token["iss"], token["azp"], token["email"]) == (ISSUER, "codemie-sdk", "ada@example.com")
    assert "codemie" in token["aud"]  # oauth2-proxy's audience
    assert "developer" in token["realm_access"]["roles"]  # where it looks for allowed roles
    assert "developer" in token["roles"]
    assert sorted(token["applications"]) == ["ada@example.com", "demo"]
    assert token["applications_admin"] == ["demo"]


def test_the_sdks_client_is_for_passwords_only(running: Running) -> None:
    away = Browser(running.port).get(CLIENT._replace(name="codemie-sdk").request(ISSUER))
    assert (away.status, "Location" in away.headers) == (400, False)
    form = {"grant_type": "client_credentials", "client_id": "codemie-sdk"}
    assert Browser(running.port).post(f"{PUBLIC}{OPENID}/token", form).status == 401


def test_somebody_of_the_tenant_may_work_at_once_and_keeps_what_an_administrator_gives(running: Running) -> None:
    """Another realm of this Keycloak is the tenant: its addresses stand in place of Microsoft's."""
    admin = running.admin
    admin.call("POST", "", {"realm": "company", "enabled": True})
    company = {
        "clientId": CLIENT_ID,
        "secret": ALL_SECRETS["keycloak-entra-id", "client-secret"],
        "redirectUris": [f"{ISSUER}/broker/entra-id/endpoint"],
    }
    admin.call("POST", "/company/clients", company)
    admin.call("POST", "/company/users", ALAN)
    (email,) = [scope for scope in admin.call("GET", "/company/client-scopes") if scope["name"] == "email"]
    (verified,) = [mapper for mapper in email["protocolMappers"] if mapper["name"] == "email verified"]
    # Entra ID's tokens have no such claim.
    admin.call("DELETE", f"/company/client-scopes/{email['id']}/protocol-mappers/models/{verified['id']}")
    realm_import.run(admin, _at_home(running))

    first = _sign_in_by_entra_id(running)
    assert "developer" in first["roles"]
    assert first["applications"] == ["alan@example.com"]
    assert first["email_verified"] is True  # else oauth2-proxy refuses it

    (made,) = admin.call("GET", "/codemie-prod/users?username=alan&exact=true")
    made["attributes"]["applications"].append("demo")
    admin.call("PUT", f"/codemie-prod/users/{made['id']}", made)
    assert sorted(_sign_in_by_entra_id(running)["applications"]) == ["alan@example.com", "demo"]


def _at_home(running: Running) -> str:
    here = f"http://127.0.0.1:{running.port}/auth/realms/company/protocol/openid-connect"
    moved = {
        f"{ENTRA_ID}/oauth2/v2.0/authorize": f"{PUBLIC}/realms/company/protocol/openid-connect/auth",
        f"{ENTRA_ID}/oauth2/v2.0/token": f"{here}/token",
        f"{ENTRA_ID}/discovery/v2.0/keys": f"{here}/certs",
        f"{ENTRA_ID}/v2.0": f"{PUBLIC}/realms/company",
        "https://graph.microsoft.com/oidc/userinfo": f"{here}/userinfo",
    }
    text = running.realm
    for theirs, ours in moved.items():
        assert theirs in text
        text = text.replace(theirs, ours)
    return text


def _sign_in_by_entra_id(running: Running) -> dict[str, Any]:
    person = Browser(running.port)
    page = person.follow(person.get(CLIENT.request(ISSUER, kc_idp_hint="entra-id")), CLIENT.redirect)
    form = {"username": "alan", "password": PASSWORD}
    back = person.follow(person.post(http.form_action(page.text), form), CLIENT.redirect)
    assert back.status in (302, 303), re.sub(r"<[^>]+>|\s+", " ", back.text)
    return claims(redeem_code(person, back).json()["access_token"])
