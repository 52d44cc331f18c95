"""The real oauth2-proxy before each of two hosts: who signs in on the one is known there, and a session is none on the other."""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlencode

import oauth2_proxy
import pytest
from browser import Browser
from product import DOMAINS
from second_host import build
from stand_in import Realm, served

from lint.variants import Variant

pytestmark = pytest.mark.real
DOMAIN = DOMAINS["prod"]
FIRST, SECOND = f"https://codemie.{DOMAIN}", f"https://handbook.{DOMAIN}"
ISSUER = f"https://keycloak.{DOMAIN}/auth/realms/codemie-prod"
TOKENS = ("Authorization", "X-Auth-Request-Access-Token")


class Hosts(NamedTuple):
    """The ports of the two proxies, and the realm behind both."""

    first: int
    second: int
    realm: Realm


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    realm = Realm(folders[0], ISSUER)
    with served(realm) as rest:
        names = (
            "keycloakx-http.security.svc.cluster.local",
            "codemie.codemie.svc.cluster.local:8080",
            "codemie-ui.codemie.svc.cluster.local:8080",
            "handbook.handbook.svc.cluster.local:8000",
        )
        built, services = build(Variant("prod")), dict.fromkeys(names, rest)
        with (
            oauth2_proxy.running(built, folders[0], services) as first,
            oauth2_proxy.running(built, folders[1], services, "oauth2-proxy-handbook") as second,
        ):
            yield Hosts(first.port, second.port, realm)


def signed_in(browser: Browser, host: str, path: str) -> str:
    """Ask for a page, sign in, and return where that leads."""
    asked = browser.get(host + path)
    assert asked.headers["Location"].startswith(f"{ISSUER}/protocol/openid-connect/auth?"), asked
    assert asked.query["redirect_uri"] == f"{host}/oauth2/callback"
    back = urlencode({"code": asked.query["nonce"], "state": asked.query["state"]})
    answer = browser.get(f"{host}/oauth2/callback?{back}")
    assert answer.status == 302, answer
    return answer.headers["Location"]


def test_who_signs_in_on_the_second_host_is_known_there_and_brings_no_token(hosts: Hosts) -> None:
    browser = Browser(hosts.second)
    assert signed_in(browser, SECOND, "/chapters/1?q=a") == "/chapters/1?q=a"
    forged = {"X-Auth-Request-User": "mallory", "X-Auth-Request-Access-Token": "forged"}
    got = browser.get(f"{SECOND}/chapters/1?q=a", forged).json()
    assert got["path"] == "/chapters/1?q=a"
    assert got["headers"]["X-Auth-Request-User"] == "ada"  # the subject
    assert got["headers"]["X-Auth-Request-Email"] == "ada@example.com"
    assert "role:developer" in got["headers"]["X-Auth-Request-Groups"].split(",")
    assert not set(TOKENS) & set(got["headers"])


def test_the_first_host_still_gets_both_tokens(hosts: Hosts) -> None:
    browser = Browser(hosts.first)
    signed_in(browser, FIRST, "/")
    assert set(TOKENS) <= set(browser.get(f"{FIRST}/code-assistant-api/v1/user").json()["headers"])


def test_a_session_of_one_host_is_none_on_the_other(hosts: Hosts) -> None:
    """The browser here sends all its cookies to every host, as somebody would who has stolen them."""
    for port, host, other_port, other in (
        (hosts.second, SECOND, hosts.first, FIRST),
        (hosts.first, FIRST, hosts.second, SECOND),
    ):
        browser = Browser(port)
        signed_in(browser, host, "/")
        assert browser.get(f"{host}/").status == 200
        browser.port = other_port
        assert browser.get(f"{other}/").headers["Location"].startswith(ISSUER)


def test_a_token_of_a_program_lets_it_in_and_stays_outside(hosts: Hosts) -> None:
    token = hosts.realm.answer("/token", b"code=n&code_verifier=v")["access_token"]
    got = Browser(hosts.second).get(f"{SECOND}/chapters", {"Authorization": f"Bearer {token}"}).json()
    assert got["headers"]["X-Auth-Request-Email"] == "ada@example.com"
    assert not set(TOKENS) & set(got["headers"])


@pytest.mark.parametrize(
    ("asked", "leads"), [(f"{SECOND}/bye", f"{SECOND}/bye"), (f"{FIRST}/", "/"), ("https://evil.example.com/", "/")]
)
def test_signing_out_ends_the_session_and_leads_to_the_own_host_only(hosts: Hosts, asked: str, leads: str) -> None:
    browser = Browser(hosts.second)
    signed_in(browser, SECOND, "/")
    answer = browser.get(f"{SECOND}/oauth2/sign_out?{urlencode({'rd': asked})}")
    assert (answer.status, answer.headers["Location"]) == (302, leads)
    assert browser.get(f"{SECOND}/").headers["Location"].startswith(ISSUER)
