"""The real nginx with the rendered configuration of the UI, as an ordinary user may run it: only paths are changed."""

import contextlib
import http.client
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import loopback
import pytest
from product import build

PAGE = "<!doctype html>the page"
FILES = {
    "index.html": PAGE,
    "config.js": "window._env_ = {};\n",
    "assets/index-DiwrgTda.js": "a script",
    "assets/android-chrome-512x512.png": "a picture",
}
"""What is in the image: codemie-ai/codemie-ui, Dockerfile, public/ and what Vite builds."""

Answer = tuple[int, dict[str, str], str]


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[int]:
    """Run nginx on a folder like the image's, and yield its port."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("there is no nginx: `apt-get install nginx-light` brings it")
    html, port = folder / "html", loopback.free_port()
    for name, text in FILES.items():
        (html / name).parent.mkdir(parents=True, exist_ok=True)
        (html / name).write_text(text)
    (folder / "mime.types").write_text("types { text/html html; application/javascript js; image/png png; }")
    text = build("prod").file("codemie-ui-nginx", "nginx.conf")
    for old, new in {
        " /tmp/": f" {folder}/",
        "/etc/nginx": str(folder),
        "/usr/share/nginx/html": str(html),
        "listen 8080;": f"listen 127.0.0.1:{port};",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "nginx.conf").write_text(text)
    also = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", also]
    with loopback.running(command, os.environ, folder, lambda: _answers(port)):
        yield port


def ask(port: int, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
    """Return status, headers and body of what a path is answered with."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        connection.request(method, path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read().decode()


def _answers(port: int) -> bool:
    try:
        return ask(port, "/healthcheck")[0] == http.HTTPStatus.OK
    except OSError:
        return False
