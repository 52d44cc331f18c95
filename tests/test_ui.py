"""The UI: its settings per environment, and how long a browser may keep what."""

import json
import re

import pytest
from command import ENVIRONMENTS
from product import DOMAINS, build, container


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_browser_calls_the_api_of_its_environment(environment: str) -> None:
    script = re.fullmatch(
        r"window\._env_ = (.*);\n", build(environment).file("codemie-ui-configjs", "config.js"), re.DOTALL
    )
    assert script
    settings = json.loads(script[1])
    assert settings["VITE_API_URL"] == f"https://codemie.{DOMAINS[environment]}/code-assistant-api"
    assert sorted(settings) == ["VITE_API_URL", "VITE_APP_VERSION", "VITE_ENV"]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/index.html", "no-store"),
        ("/config.js", "no-store"),
        ("/assets/index-DiwrgTda.js", "private, max-age=31536000, immutable"),
        ("/assets/main-B_x0-9aZ.css", "private, max-age=31536000, immutable"),
        ("/assets/android-chrome-512x512.png", "no-cache"),  # named by people: may change under its name
        ("/assets/logo.svg", "no-cache"),
        ("/favicon.ico", "no-cache"),
    ],
)
def test_only_files_named_by_their_content_are_kept(path: str, kept: str) -> None:
    (table,) = re.findall(
        r"map \$uri \$kept \{(.*?)\n    \}", build("prod").file("codemie-ui-nginx", "nginx.conf"), re.DOTALL
    )
    rows = re.findall(r'^\s+(?:"([^"]+)"|(\S+))\s+"([^"]+)";$', table, re.MULTILINE)
    found = {first or second: value for first, second, value in rows}
    assert len(found) == 4
    patterns = [value for key, value in found.items() if key.startswith("~") and re.search(key[1:], path)]
    assert [found.get(path), *patterns, found["default"]][not found.get(path)] == kept


def test_headers_of_signed_in_requests_fit() -> None:
    """Three session cookies of 4 KB are one line; a line must fit into one buffer."""
    (count, size) = re.findall(
        r"large_client_header_buffers (\d+) (\d+)k;", build("prod").file("codemie-ui-nginx", "nginx.conf")
    )[0]
    assert int(count) * int(size) >= 64
    assert int(size) >= 16


def test_backends_keep_connections_longer_than_a_load_balancer() -> None:
    (seconds,) = re.findall(r"keepalive_timeout (\d+)s;", build("prod").file("codemie-ui-nginx", "nginx.conf"))
    api = container(build("prod").one("Deployment", "codemie"))
    (variable,) = [item["value"] for item in api["env"] if item["name"] == "UVICORN_TIMEOUT_KEEP_ALIVE"]
    assert int(seconds) > 600
    assert int(variable) > 600
