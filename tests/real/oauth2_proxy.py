"""The real oauth2-proxy with the rendered files, between a browser and what stands for Keycloak, UI and API here."""

import contextlib
import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path

import browser
import loopback
from product import Built, container

_FOLDER = "/etc/oauth2-proxy"


class Proxy:
    """A running proxy: its port, and what it has needed so far."""

    def __init__(self, port: int, process_id: int) -> None:
        self.port, self._id = port, process_id

    def peak(self) -> int:
        """Return the most memory it ever had, in bytes."""
        (line,) = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self._id}/status").read_text())
        return int(line) * 1024


def program(version: str) -> Path:
    """Return oauth2-proxy of that version, built from its Go module once; skips where that cannot be."""
    cache = loopback.kept("oauth2-proxy", version)
    if not (cache / "oauth2-proxy").exists():
        cache.mkdir(parents=True, exist_ok=True)
        module = f"github.com/oauth2-proxy/oauth2-proxy/v7@v{version}"
        loopback.fetch("env", f"GOBIN={cache}", "GOFLAGS=-mod=mod", "go", "install", module, cwd=cache)
    return cache / "oauth2-proxy"


@contextlib.contextmanager
def running(built: Built, folder: Path, services: dict[str, int], name: str = "oauth2-proxy") -> Iterator[Proxy]:
    """Run it with the files that its pod mounts; `services` are the ports of loopback that stand for Services."""
    workload = built.one("Deployment", name)
    secret = {"OAUTH2_PROXY_COOKIE_SECRET": name.ljust(32, "0")}  # of its own, as in Secret Manager
    main = container(workload)
    port = loopback.free_port()
    here = {
        "0.0.0.0:44180": f"127.0.0.1:{loopback.free_port()}",
        "0.0.0.0:4180": f"127.0.0.1:{port}",
        f"{_FOLDER}-secret": str(folder),
        str(built.plan.environment.network.proxy_only): f"{browser.LOAD_BALANCER}/32",
        **{f"http://{name}": f"http://127.0.0.1:{found}" for name, found in services.items()},
    }
    (folder / "client-secret").write_text("the-client-secret")
    for file, text in built.mounted(workload).items():
        (folder / file).write_text(functools.reduce(lambda found, item: found.replace(*item), here.items(), text))
    command = [
        str(program(main["image"].rpartition(":v")[2])),
        *(word.replace(_FOLDER, str(folder)) for word in main["args"]),
    ]
    with loopback.running(command, {**os.environ, **secret}, folder, lambda: _ready(port)) as process:
        yield Proxy(port, process.pid)


def _ready(port: int) -> bool:
    try:
        return browser.Browser(port).get("http://oauth2-proxy/ready").status == 200
    except OSError:
        return False
