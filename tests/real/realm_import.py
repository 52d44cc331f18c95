"""What keycloak-config-cli does with a realm file, as calls of Keycloak's admin API.

The tool itself is published as an image and as a release file only, on no package registry, so it cannot run here. This
replays its calls for the parts that our file has: an object is created, or merged with what is there (maps by key, lists
as a whole) and written where that differs; mappers that a scope or client does not list are removed; nothing else is
deleted, as with `no-delete`. The realm itself is written in every run, as it is with the tool's cache off.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml
from browser import Browser

Json = dict[str, Any]

PARTS = ("clientScopes", "clients", "roles", "userProfile", "identityProviders", "identityProviderMappers")
FOREIGN = (
    "components",
    "groups",
    "users",
    "authenticationFlows",
    "requiredActions",
    "organizations",
)
"""Parts that the tool writes as well and this replay does not."""


class Admin(NamedTuple):
    """Keycloak's admin API, signed in for every call; `written` collects what was not a GET."""

    browser: Browser
    base: str
    user: str
    password: str
    written: list[str]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call and return the answer's body; None where it has none or is a 404."""
        form = {"grant_type": "password", "client_id": "admin-cli", "username": self.user, "password": self.password}
        token = self.browser.post(f"{self.base}/realms/master/protocol/openid-connect/token", form).json()
        headers = {"Authorization": f"Bearer {token['access_token']}", "Content-Type": "application/json"}
        text = None if body is None else json.dumps(body)
        answer = self.browser.send(method, f"{self.base}/admin/realms{path}", text, headers)
        if method == "GET" and answer.status == 404:
            return None
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.text}"
        if method != "GET":
            self.written.append(f"{method} {path}")
        return answer.json() if answer.text else None

    def export(self, realm: str) -> str:
        """Return the realm with clients, scopes, roles, groups and user profile, in one order."""
        query = "exportClients=true&exportGroupsAndRoles=true"
        exported = self.call("POST", f"/{realm}/partial-export?{query}")
        self.written.pop()
        return json.dumps(_sorted([exported, self.call("GET", f"/{realm}/users/profile")]), indent=1, sort_keys=True)


def substitute(text: str, env: Mapping[str, str]) -> str:
    """Fill in `$(env:NAME)`; a name that is not there is an error, as it is for the tool."""
    return re.sub(r"\$\(env:(\w+)\)", lambda found: env[found[1]], text)


def run(admin: Admin, text: str) -> None:
    """Import the realm file `text`."""
    wanted: Json = yaml.safe_load(text)
    assert not [part for part in FOREIGN if part in wanted], "the replay does not know how the tool writes this"
    realm = f"/{wanted['realm']}"
    own = {key: value for key, value in wanted.items() if key not in PARTS}
    current = admin.call("GET", realm)
    if current is None:
        admin.call("POST", "", own)
    else:
        admin.call("PUT", realm, {**own, "attributes": {**current["attributes"], **own.get("attributes", {})}})
    # The tool leaves the profile alone unless the realm says this.
    if own.get("attributes", {}).get("userProfileEnabled") == "true":
        _write_profile(admin, realm, wanted["userProfile"])
    for scope in wanted["clientScopes"]:
        _write(admin, f"{realm}/client-scopes", "name", scope)
    for client in wanted["clients"]:
        _write(admin, f"{realm}/clients", "clientId", client)
    for role in wanted["roles"]["realm"]:
        _write_role(admin, f"{realm}/roles", role)
    for provider in wanted.get("identityProviders", []):
        _write_provider(admin, f"{realm}/identity-provider/instances", provider)
    for mapper in wanted.get("identityProviderMappers", []):
        path = f"{realm}/identity-provider/instances/{mapper['identityProviderAlias']}/mappers"
        _write_provider_mapper(admin, path, mapper)


def _write_provider(admin: Admin, path: str, wanted: Json) -> None:
    """Create or write a provider; Keycloak masks its secret, so it differs in every run."""
    current = admin.call("GET", f"{path}/{wanted['alias']}")
    if current is None:
        admin.call("POST", path, wanted)
    else:
        admin.call("PUT", f"{path}/{wanted['alias']}", _merged(current, wanted))


def _write_provider_mapper(admin: Admin, path: str, wanted: Json) -> None:
    current = next((item for item in admin.call("GET", path) if item["name"] == wanted["name"]), None)
    if current is None:
        admin.call("POST", path, wanted)
    elif (merged := _merged(current, wanted)) != current:
        admin.call("PUT", f"{path}/{current['id']}", merged)


def _write_profile(admin: Admin, realm: str, wanted: Json) -> None:
    if admin.call("GET", f"{realm}/users/profile") != wanted:
        admin.call("PUT", f"{realm}/users/profile", wanted)


def _write_role(admin: Admin, path: str, wanted: Json) -> None:
    current = admin.call("GET", f"{path}/{wanted['name']}")
    if current is None:
        admin.call("POST", path, wanted)
    elif (merged := _merged(current, wanted)) != current:
        admin.call("PUT", f"{path}/{wanted['name']}", merged)


def _write(admin: Admin, path: str, key: str, wanted: Json) -> None:
    current = next((item for item in admin.call("GET", path) if item[key] == wanted[key]), None)
    if current is None:
        admin.call("POST", path, wanted)
        return
    mappers = {item["name"]: item for item in current.get("protocolMappers", [])}
    merged = _merged(current, {name: value for name, value in wanted.items() if name != "protocolMappers"})
    if _sorted(merged) != _sorted(current):
        admin.call("PUT", f"{path}/{current['id']}", merged)
    _write_mappers(admin, f"{path}/{current['id']}/protocol-mappers/models", mappers, wanted["protocolMappers"])


def _write_mappers(admin: Admin, path: str, current: dict[str, Json], wanted: list[Json]) -> None:
    for mapper in wanted:
        before = current.pop(mapper["name"], None)
        if before is None:
            admin.call("POST", path, mapper)
        elif (merged := _merged(before, mapper)) != before:
            admin.call("PUT", f"{path}/{before['id']}", merged)
    for mapper in current.values():
        admin.call("DELETE", f"{path}/{mapper['id']}")


def _merged(current: Json, wanted: Json) -> Json:
    merged = dict(current)
    for key, value in wanted.items():
        both = isinstance(value, dict) and isinstance(current.get(key), dict)
        merged[key] = _merged(current[key], value) if both else value
    return merged


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value
