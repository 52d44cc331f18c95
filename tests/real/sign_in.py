"""A person's way in: the addresses of an environment, a user, and the steps that a browser and oauth2-proxy take."""

from typing import Any

import browser as http
import realm_import
from browser import Answer, Browser, Client
from product import DOMAINS

ENVIRONMENT = "prod"
DOMAIN = DOMAINS[ENVIRONMENT]
PUBLIC = f"https://keycloak.{DOMAIN}/auth"
INSIDE = "http://keycloakx-http.security.svc.cluster.local/auth"
ISSUER = f"{PUBLIC}/realms/codemie-prod"
OPENID = "/realms/codemie-prod/protocol/openid-connect"
SECRETS = {
    ("keycloak-admin", "username"): "admin",
    ("keycloak-admin", "password"): "the-admin-password",
    ("keycloak-postgresql", "password"): "the-database-password",
    ("keycloak-realm", "client-secret"): "the-client-secret",
}
CLIENT = Client("codemie", f"https://codemie.{DOMAIN}/oauth2/callback")
SECRET = {"client_id": "codemie", "client_secret": SECRETS["keycloak-realm", "client-secret"]}
AFTER_LOGOUT = f"https://codemie.{DOMAIN}/oauth2/sign_in"
PASSWORD = "a-Password-of-24-letters"  # noqa: S105 - of a user that lives as long as the test
USER: dict[str, Any] = {
    "username": "ada",
    "email": "ada@example.com",
    "firstName": "Ada",
    "lastName": "Lovelace",
    "enabled": True,
    "credentials": [{"type": "password", "value": PASSWORD}],
    "attributes": {"applications": ["demo", "ada@example.com"], "applications_admin": ["demo"]},
}


def add_user(admin: realm_import.Admin, user: dict[str, Any]) -> None:
    admin.call("POST", "/codemie-prod/users", user)
    (made,) = admin.call("GET", f"/codemie-prod/users?username={user['username']}&exact=true")
    role = admin.call("GET", "/codemie-prod/roles/developer")
    admin.call("POST", f"/codemie-prod/users/{made['id']}/role-mappings/realm", [role])


def sign_in(browser: Browser, client: Client, user: str = "ada", password: str = PASSWORD) -> Answer:
    """Return what follows the form, with the addresses that a browser outside sees."""
    page = browser.get(client.request(ISSUER))
    assert page.status == 200, page
    action = http.form_action(page.text)
    assert action.startswith(f"{ISSUER}/login-actions/authenticate?")
    return browser.post(action, {"username": user, "password": password})


def redeem(browser: Browser, **form: str) -> Answer:
    """Ask for tokens as oauth2-proxy does: at the Service, not at the public name."""
    return browser.post(f"{INSIDE}{OPENID}/token", {**SECRET, **form})


def redeem_code(browser: Browser, back: Answer, **changes: str) -> Answer:
    """Ask for the tokens of the code that a sign-in led back with."""
    form = {"redirect_uri": CLIENT.redirect, "code_verifier": CLIENT.verifier, **changes}
    return redeem(browser, grant_type="authorization_code", code=back.query["code"], **form)


def tokens(browser: Browser) -> dict[str, str]:
    """Sign in and return access, refresh and ID token."""
    back = sign_in(browser, CLIENT)
    assert back.headers["Location"].startswith(f"{CLIENT.redirect}?")
    assert back.query["state"] == "the-state"
    assert back.query["iss"] == ISSUER
    answer = redeem_code(browser, back)
    assert answer.status == 200, answer
    found: dict[str, str] = answer.json()
    return found
