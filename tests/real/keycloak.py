"""The Keycloak that a rendered StatefulSet describes, started on loopback from its distribution on Maven Central."""

import contextlib
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple

import product
import pytest

Manifest = dict[str, Any]

SHA256 = {"26.5.6": "fa3dd5df90b9ac006712c2f0991be4e8a6cb30ac538e0439ce2f45fc40f4c692"}
"""Distributions by version, as Maven Central published them."""

ARCHIVE = (
    "https://repo1.maven.org/maven2/org/keycloak/keycloak-quarkus-dist/{version}/keycloak-quarkus-dist-{version}.tar.gz"
)
BINARY = "/opt/keycloak/bin/kc.sh"
START_SECONDS = 240

OVERRIDES: dict[str, tuple[str, str]] = {
    "KC_DB": ("dev-file", "there is no PostgreSQL here; H2 comes with the distribution"),
    "KC_DB_": ("", "where that PostgreSQL is"),
    "KC_CACHE_EMBEDDED_NETWORK_BIND_ADDRESS": ("127.0.0.1", "a pod binds to its own address"),
    "KC_HTTP_HOST": ("127.0.0.1", "nobody else may reach the test"),
    "KC_HTTP_PORT": ("{http}", "8080 may be taken"),
    "KC_HTTP_MANAGEMENT_PORT": ("{management}", "9000 may be taken"),
    "KC_PROXY_TRUSTED_ADDRESSES": ("127.0.0.2", "the load balancer's address on loopback"),
    "JAVA_OPTS_KC_HEAP": ("-Xms64m -Xmx640m", "a share of the machine's memory is more than a test may take"),
}
"""All that differs from the pod, and why. A name ending in _ removes every variable that begins so."""


class Workload(NamedTuple):
    """What a rendered container runs: its words and its environment, with secrets filled in."""

    command: list[str]
    env: dict[str, str]
    container: Manifest


class Server(NamedTuple):
    """A running Keycloak: its ports on loopback and its folder."""

    http: int
    management: int
    home: Path

    @property
    def log(self) -> Path:
        """Return the file that it logs to."""
        return self.home / "keycloak.log"

    def options(self) -> set[str]:
        """Return every option that `start` has, as environment variables."""
        command = [str(self.home / "bin/kc.sh"), "start", "--help-all"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return {
            "KC_" + name.upper().replace("-", "_")
            for name in re.findall(r"^(?:-\w, )? *--([a-z-]+)", text, re.MULTILINE)
        }


def workload(manifest: Manifest, secrets: Mapping[tuple[str, str], str]) -> Workload:
    """Return what the container named like the workload, or the only one, runs; `secrets` by (name, key)."""
    main = product.container(manifest)
    return Workload([*main.get("command", []), *main.get("args", [])], product.environment(main, secrets), main)


@contextlib.contextmanager
def running(pod: Workload) -> Iterator[Server]:
    """Yield the server that `pod` describes, ready, and end it with all that it started."""
    version = pod.container["image"].rpartition(":")[2]
    with tempfile.TemporaryDirectory(prefix="keycloak-") as folder:
        with tarfile.open(distribution(version)) as archive:
            archive.extractall(folder, filter="data")
        home = Path(folder) / f"keycloak-{version}"
        http_port, management = _free_ports()
        server = Server(http_port, management, home)
        command = [str(home / "bin/kc.sh"), *arguments(pod.command)]
        with server.log.open("wb") as log:
            process = subprocess.Popen(
                command, cwd=home, env=environment(pod.env, server), stdout=log, stderr=log, start_new_session=True
            )
        try:
            _await_ready(process, server, pod.container["readinessProbe"]["httpGet"]["path"])
            yield server
        finally:
            _end(process)


def arguments(command: list[str]) -> list[str]:
    """Return what follows kc.sh, which is the image's entry point, the command, or the last line of a script."""
    for number, word in enumerate(command):
        before, binary, after = word.rpartition(BINARY)
        if binary:
            return after.split() if before or after else command[number + 1 :]
    return command


def environment(rendered: Mapping[str, str], server: Server) -> dict[str, str]:
    """Return the rendered environment with the overrides, and of ours only what finds Java."""
    prefixes = tuple(name for name in OVERRIDES if name.endswith("_"))
    kept = {name: value for name, value in rendered.items() if not name.startswith(prefixes)}
    ports = {"http": server.http, "management": server.management}
    ours = {name: value.format(**ports) for name, (value, _) in OVERRIDES.items() if name not in prefixes}
    java = {name: os.environ[name] for name in ("PATH", "JAVA_HOME") if name in os.environ}
    return {**java, "HOME": str(server.home), **kept, **ours}


def distribution(version: str) -> Path:
    """Return the archive of `version`, fetched once and kept outside the tree; its checksum is pinned above."""
    if shutil.which("java") is None:
        pytest.skip("Keycloak needs Java, and there is none on PATH")
    assert version in SHA256, f"no checksum is pinned for Keycloak {version}: add it to SHA256 in {__file__}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codemie-manifests-tests/keycloak"
    archive = cache / f"{version}.tar.gz"
    if not archive.exists():
        cache.mkdir(parents=True, exist_ok=True)
        part = cache / f"{version}.{os.getpid()}.part"
        try:
            with urllib.request.urlopen(ARCHIVE.format(version=version), timeout=60) as answer, part.open("wb") as file:  # noqa: S310 - a constant
                shutil.copyfileobj(answer, file)
        except (OSError, HTTPException) as error:
            part.unlink(missing_ok=True)
            pytest.skip(f"Keycloak {version} cannot be fetched from Maven Central: {error}")
        part.replace(archive)
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256[version]:
        archive.unlink()
        pytest.fail(f"the archive of Keycloak {version} has the checksum {found}, not the pinned one")
    return archive


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def _await_ready(process: "subprocess.Popen[bytes]", server: Server, path: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"Keycloak ended with {process.returncode}:\n{server.log.read_text()[-4000:]}")
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{server.management}{path}", timeout=5),
        ):
            return
        time.sleep(0.5)
    pytest.fail(f"Keycloak is not ready after {START_SECONDS} s:\n{server.log.read_text()[-4000:]}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, kind)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
            return
