"""oauth2-proxy before the UI's nginx: who asks for any page signs in, and is on that page afterwards."""

import itertools
from collections.abc import Iterator
from urllib.parse import unquote, urlencode

import nginx_server
import oauth2_proxy
import pytest
from browser import Browser
from nginx_server import PAGE
from oauth2_proxy import Proxy
from product import DOMAINS, build, container
from stand_in import Realm, served
from ui_routes import NAMES, PATHS

from generator.notation.quantity import amount

pytestmark = pytest.mark.real
HERE = f"https://codemie.{DOMAINS['prod']}"
ISSUER = f"https://keycloak.{DOMAINS['prod']}/auth/realms/codemie-prod"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folders = [tmp_path_factory.mktemp(name) for name in ("nginx", "proxy")]
    with nginx_server.serving(folders[0]) as ui, served(Realm(folders[1], ISSUER)) as rest:
        services = {
            "keycloakx-http.security.svc.cluster.local": rest,
            "codemie.codemie.svc.cluster.local:8080": rest,
            "codemie-ui.codemie.svc.cluster.local:8080": ui,
        }
        with oauth2_proxy.running(build("prod"), folders[1], services) as proxy:
            yield proxy


def signed_in(browser: Browser, path: str) -> str:
    """Ask for a page, sign in, and return where that leads."""
    asked = browser.get(HERE + path)
    assert asked.headers["Location"].startswith(f"{ISSUER}/protocol/openid-connect/auth?"), asked
    back = urlencode({"code": asked.query["nonce"], "state": asked.query["state"]})
    answer = browser.get(f"{HERE}/oauth2/callback?{back}")
    assert answer.status == 302, answer
    return answer.headers["Location"]


ASKED = [
    "/",
    "/chats/",
    "/assistants?tab=favorites&search=a%20b%26c",
    "/workflows/my?redirect=%2Foauth2%2Fsign_out",
    *(f"/assistants/ai.run/{name}/edit" for name in NAMES),
]


@pytest.mark.parametrize("path", ASKED, ids=lambda path: path[:60])
def test_who_signs_in_is_on_the_page_that_was_asked_for(proxy: Proxy, path: str) -> None:
    browser = Browser(proxy.port)
    assert signed_in(browser, path) == path
    answer = browser.get(HERE + path)
    assert (answer.status, answer.headers["Cache-Control"], answer.text) == (200, "no-store", PAGE)


def test_every_route_passes_the_proxy(proxy: Proxy) -> None:
    browser = Browser(proxy.port)
    signed_in(browser, "/")
    assert {path: found for path in PATHS if (found := browser.get(HERE + path)).text != PAGE} == {}


def test_names_in_paths_of_the_api_arrive(proxy: Proxy) -> None:
    browser = Browser(proxy.port)
    signed_in(browser, "/")
    paths = {f"/v1/files/{name}" for name in (*NAMES, "x?limit=1&query=a%2Fb", "100%25", "a%23b", "a+b")}
    got = {path: browser.get(f"{HERE}/code-assistant-api{path}").json()["path"] for path in paths}
    assert {path: found for path, found in got.items() if unquote(found) != unquote(path)} == {}


def test_the_largest_upload_passes_and_the_proxy_keeps_none_of_it(proxy: Proxy) -> None:
    """Ten files of 100 MB: what the API takes at once for a data source."""
    browser = Browser(proxy.port)
    signed_in(browser, "/")
    pieces, piece = 1000, bytes(2**20)
    sent = browser.send(
        "POST",
        f"{HERE}/code-assistant-api/v1/index/knowledge_base/file",
        itertools.repeat(piece, pieces),
        {"Content-Length": str(pieces * len(piece))},
    )
    assert sent.json() == {"path": "/v1/index/knowledge_base/file", "bytes": pieces * 2**20}
    limit = amount(container(build("prod").one("Deployment", "oauth2-proxy"))["resources"]["limits"]["memory"])
    assert limit is not None
    assert proxy.peak() < limit / 2
