"""The real nats-server with the rendered configuration, on loopback; nothing of the configuration but paths is changed."""

import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from product import Built, container, environment

HOST = "127.0.0.1"
POD = "codemie-nats-0"
_PATIENCE = 15.0


def program(version: str) -> Path:
    """Return the server of that version, built from its Go module once; skips where that cannot be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "codemie-manifests/nats-server" / version
    server = cache / "nats-server"
    if server.exists():
        return server
    if shutil.which("go") is None:
        pytest.skip("nats-server is built from its Go module, and there is no go on PATH")
    cache.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "GOBIN": str(cache), "GOFLAGS": "-mod=mod"}
    module = f"github.com/nats-io/nats-server/v2@v{version}"
    done = subprocess.run(["go", "install", module], cwd=cache, env=env, capture_output=True, text=True, check=False)
    if not server.exists():
        pytest.skip(f"go install {module}: {done.stderr.strip().splitlines()[-1]}")
    return server


def secrets(values: dict[str, str]) -> dict[tuple[str, str], str]:
    """Return the values of codemie-nats-secrets by (name, key)."""
    return {("codemie-nats-secrets", key): value for key, value in values.items()}


class Server:
    """The pod of NATS: its command, its files and its environment as rendered, its mounts in a folder."""

    def __init__(self, folder: Path, built: Built, secret: dict[str, str]) -> None:
        self.folder = folder
        pod = built.one("StatefulSet", "codemie-nats")
        self.container = container(pod)
        image = self.container["image"].partition(":")[2]
        self.program = program(image.removesuffix("-alpine"))
        self.mounts = {item["mountPath"]: folder / item["name"] for item in self.container["volumeMounts"]}
        for place in self.mounts.values():
            place.mkdir()
        self.config(built.mounted(pod))
        self.renew_certificate()
        self.env = environment(self.container, secrets(secret), POD)
        self.port, self.monitor = free_port(), free_port()
        self.url = f"nats://{HOST}:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def config(self, files: dict[str, str]) -> None:
        """Write the files of the ConfigMap; where they name a mount, it is a folder here."""
        for name, text in files.items():
            (self.folder / "config" / name).write_text(self.here(text))

    def here(self, text: str) -> str:
        """Return a text of the pod with its mounts where they are here."""
        for path, place in self.mounts.items():
            text = text.replace(path, str(place))
        return text

    def renew_certificate(self) -> None:
        """Make a certificate and swap it in as the kubelet does: a new folder, and one link that leads to it."""
        certs = self.folder / "certs"
        made = certs / f"..{time.monotonic_ns()}"
        made.mkdir()
        options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
        names = ["-subj", "/CN=nats", "-addext", "subjectAltName=DNS:nats-codemie.ai.example.com"]
        files = ["-keyout", str(made / "tls.key"), "-out", str(made / "tls.crt")]
        subprocess.run(["openssl", "req", "-x509", *options, *names, *files], check=True, capture_output=True)
        (certs / "..new").symlink_to(made.name)
        (certs / "..new").replace(certs / "..data")
        for name in ("tls.crt", "tls.key"):
            if not (certs / name).is_symlink():
                (certs / name).symlink_to(f"..data/{name}")

    def start(self) -> None:
        """Start it and wait until its readiness probe succeeds."""
        command = [self.here(word) for word in self.container["command"][1:]]
        ports = ["-a", HOST, "-p", str(self.port), "-m", str(self.monitor)]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen([self.program, *command, *ports], env=self.env, stdout=log, stderr=log)
        path, deadline = self.container["readinessProbe"]["httpGet"]["path"], time.monotonic() + _PATIENCE
        while not answers(self.monitor, path):
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def pre_stop(self) -> None:
        """Run the hook that comes before the pod ends."""
        hook = self.container["lifecycle"]["preStop"]["exec"]["command"]
        subprocess.run([self.program, *(self.here(word) for word in hook[1:])], check=True, capture_output=True)

    def reload(self) -> None:
        """Do what the reloader does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End it by its own pid."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def log(self) -> str:
        """Return what it said."""
        return (self.folder / "log").read_text()

    def trust(self) -> ssl.SSLContext:
        """Return what a plugin outside has: it verifies certificate and name."""
        return ssl.create_default_context(cafile=str(self.folder / "certs/tls.crt"))

    def certificate(self, context: ssl.SSLContext | None = None, name: str | None = None) -> bytes:
        """Return the certificate that the server shows, once a client has verified what `context` says."""
        with socket.create_connection((HOST, self.port), _PATIENCE) as plain:
            plain.recv(65536)  # INFO comes before TLS
            with (context or unverified()).wrap_socket(plain, server_hostname=name) as secure:
                return secure.getpeercert(binary_form=True) or b""


def unverified() -> ssl.SSLContext:
    """Return what clients in the cluster use: encrypted, whoever it is."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: Any = probe.getsockname()[1]
        return int(port)


def answers(port: int, path: str) -> bool:
    """Whether a page is there."""
    asked = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        asked.request("GET", path)
        return asked.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        asked.close()
