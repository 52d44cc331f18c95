"""The UI: its settings per environment, and how long a browser may keep what."""

import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

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


@pytest.mark.real
def test_nginx_serves_with_it(tmp_path: Path) -> None:
    """nginx itself, as an ordinary user may run it: paths of the image moved, nothing else changed."""
    nginx = shutil.which("nginx")
    if nginx is None:
        pytest.skip("there is no nginx: `apt-get install nginx-light` brings it")
    with _serving(nginx, tmp_path) as address:
        for path in ("/", "/config.js"):
            assert _get(address, path)[1]["Cache-Control"] == "no-store"
        kept = _get(address, "/assets/index-DiwrgTda.js")[1]
        assert kept["Cache-Control"] == "private, max-age=31536000, immutable"
        assert kept["X-Frame-Options"] == "SAMEORIGIN"
        assert _get(address, "/healthcheck")[::2] == (200, b"Healthy")
        cookies = "; ".join(f"_oauth2_proxy_{number}={'a' * 4000}" for number in range(6))
        tokens = {"Authorization": f"Bearer {'b' * 12000}", "X-Auth-Request-Access-Token": "c" * 12000}
        assert _get(address, "/", {"Cookie": cookies, **tokens})[0] == 200


@contextlib.contextmanager
def _serving(nginx: str, folder: Path) -> Iterator[str]:
    """Run nginx with the built configuration on a folder like the image's, and return its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    html = folder / "html"
    (html / "assets").mkdir(parents=True)
    for name in ("index.html", "config.js", "assets/index-DiwrgTda.js"):
        (html / name).write_text("x")
    (folder / "mime.types").write_text("types { text/html html; application/javascript js; }")
    text = build("prod").file("codemie-ui-nginx", "nginx.conf")
    for old, new in {
        " /tmp/": f" {folder}/",
        "/etc/nginx": str(folder),
        "/usr/share/nginx/html": str(html),
        "listen 8080;": f"listen {address};",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "nginx.conf").write_text(text)
    also = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", also]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            _wait(address)
            yield address
        finally:
            process.terminate()


def _wait(address: str) -> None:
    host, _, port = address.partition(":")
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            return
        time.sleep(0.05)
    pytest.fail("nginx does not listen")


def _get(address: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(address, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
