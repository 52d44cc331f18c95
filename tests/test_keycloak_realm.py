"""Sign-in with Entra ID and the SDK's client as built: both off by default, and what comes with them only then.

`tests/real/test_keycloak_options.py` imports the realm into a real Keycloak.
"""

from typing import Any

import pytest
import yaml
from product import Built, build, container

ENTRA_ID = (
    "components: {keycloak: {internetAccess: false, entraId: "
    "{tenant: 11111111-2222-3333-4444-555555555555, client: 66666666-7777-8888-9999-aaaaaaaaaaaa}}}\n"
)
CLOSED = "components: {keycloak: {internetAccess: false}}\n"
SDK = "components: {keycloak: {sdkClient: true}}\n"
IMPORTS = (("Job", "keycloak-realm"), ("CronJob", "keycloak-realm-hourly"))


def realm(built: Built) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(built.file("keycloak-realm", "codemie-prod.yaml"))
    return found


def test_neither_is_there_unless_somebody_says_so() -> None:
    built = build("prod")
    assert [client["clientId"] for client in realm(built)["clients"]] == ["codemie"]
    assert not {"identityProviders", "identityProviderMappers"} & realm(built).keys()
    assert "keycloak-entra-id" not in built.all("ExternalSecret", "security")
    for kind, name in IMPORTS:
        assert "ENTRA_ID_CLIENT_SECRET" not in {item["name"] for item in container(built.one(kind, name))["env"]}


def test_the_secret_of_the_registration_reaches_both_imports_from_secret_manager() -> None:
    built = build("prod", ENTRA_ID)
    secret = built.one("ExternalSecret", "keycloak-entra-id")
    assert [item["remoteRef"]["key"] for item in secret["spec"]["data"]] == ["entra-id-client-secret"]
    reference = {"secretKeyRef": {"name": "keycloak-entra-id", "key": "client-secret"}}
    for kind, name in IMPORTS:
        assert {"name": "ENTRA_ID_CLIENT_SECRET", "valueFrom": reference} in container(built.one(kind, name))["env"]
    (provider,) = realm(built)["identityProviders"]
    assert provider["config"]["clientSecret"] == "$(env:ENTRA_ID_CLIENT_SECRET)"
    assert not built.errors("keycloak", "secrets", "shared-secrets")


@pytest.mark.parametrize(("more", "calls"), [(CLOSED, False), (ENTRA_ID, True)])
def test_keycloak_calls_the_internet_for_it(more: str, *, calls: bool) -> None:
    policy = build("prod", more).one("NetworkPolicy", "keycloakx")
    cidrs = [peer["ipBlock"]["cidr"] for rule in policy["spec"]["egress"] for peer in rule["to"] if "ipBlock" in peer]
    assert ("0.0.0.0/0" in cidrs) is calls


def test_the_sdks_client_has_no_secret_and_no_sign_in_by_browser() -> None:
    client = realm(build("prod", SDK))["clients"][1]
    assert (client["clientId"], client["publicClient"]) == ("codemie-sdk", True)
    assert (client["directAccessGrantsEnabled"], client["standardFlowEnabled"]) == (True, False)
    assert not {"secret", "redirectUris"} & client.keys()
