"""What a browser gets of the UI's nginx: the page on every route, its files, and how long it may keep which."""

from collections.abc import Iterator

import nginx_server
import pytest
from nginx_server import PAGE, ask
from ui_routes import PATHS

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with nginx_server.serving(tmp_path_factory.mktemp("nginx")) as port:
        yield port


def shown(port: int, path: str, method: str = "GET") -> tuple[int, str, str | None, str | None, str]:
    """Return what matters to a browser: status, type, how long it is kept, whether it may be framed, body."""
    status, headers, body = ask(port, path, method=method)
    return status, headers["Content-Type"], headers.get("Cache-Control"), headers.get("X-Frame-Options"), body


INDEX = (200, "text/html", "no-store", "SAMEORIGIN", PAGE)


def test_every_route_is_answered_with_the_page(port: int) -> None:
    assert {path: found for path in PATHS if (found := shown(port, path)) != INDEX} == {}


def test_a_trailing_slash_and_a_query_change_nothing(port: int) -> None:
    assert [shown(port, path) for path in ("/chats/", "/chats?tab=1&rd=%2Fx", "/assets.html", "/index.html")] == [
        INDEX
    ] * 4


def test_headers_of_the_page_are_those_of_its_file(port: int) -> None:
    """A shared link is kept no longer than the page itself."""
    _, of_file, _ = ask(port, "/index.html")
    for path in ("/", "/chats", "/assistants/ai.run/report.js"):
        _, of_route, _ = ask(port, path)
        assert {**of_route, "Date": ""} == {**of_file, "Date": ""}


def test_head_asks_for_the_same_without_a_body(port: int) -> None:
    assert shown(port, "/chats/1", "HEAD") == (*INDEX[:4], "")
    assert ask(port, "/chats/1", method="HEAD")[1]["Content-Length"] == str(len(PAGE))
    assert ask(port, "/assets/index-00000000.js", method="HEAD")[0] == 404


def test_settings_are_never_kept(port: int) -> None:
    assert shown(port, "/config.js") == (
        200, "application/javascript", "no-store", "SAMEORIGIN", "window._env_ = {};\n"
    )  # fmt: skip


def test_assets_are_kept_where_their_name_holds_their_content(port: int) -> None:
    assert shown(port, "/assets/index-DiwrgTda.js")[:3] == (
        200, "application/javascript", "private, max-age=31536000, immutable"
    )  # fmt: skip
    assert shown(port, "/assets/android-chrome-512x512.png")[:3] == (200, "image/png", "no-cache")


@pytest.mark.parametrize("path", ["/assets/index-00000000.js", "/assets/chats", "/assets/nothing/chats"])
def test_a_missing_asset_is_missing_and_that_is_not_kept(port: int, path: str) -> None:
    """An old page asks for a script of an old release: with the page in its place a browser shows nothing."""
    status, headers, body = ask(port, path)
    assert (status, headers.get("Cache-Control"), PAGE in body) == (404, None, False)


@pytest.mark.parametrize(
    "path", ["/../nginx.conf", "/..%2fnginx.conf", "/%2e%2e/nginx.conf", "/assets/../../nginx.conf"]
)
def test_nothing_above_the_folder_is_served(port: int, path: str) -> None:
    assert "worker_processes" not in ask(port, path)[2]


def test_health_is_answered_without_the_page(port: int) -> None:
    assert ask(port, "/healthcheck")[::2] == (200, "Healthy")


def test_headers_of_a_signed_in_request_fit(port: int) -> None:
    cookies = "; ".join(f"_oauth2_proxy_{number}={'a' * 4000}" for number in range(6))
    tokens = {"Authorization": f"Bearer {'b' * 12000}", "X-Auth-Request-Access-Token": "c" * 12000}
    assert ask(port, "/chats", {"Cookie": cookies, **tokens})[::2] == (200, PAGE)
