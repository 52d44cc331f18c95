"""The Redis that a rendered StatefulSet describes: Debian's package, unpacked, with the rendered script and file."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import loopback
import pytest
from product import Built, container, environment

PASSWORD = "a password with blanks and $signs"  # noqa: S105 - of a server that lives as long as the test
PACKAGES = ("redis-server", "redis-tools", "libjemalloc2", "liblzf1", "libatomic1")
FOLDERS = {"/etc/redis": "etc", "/run/redis": "run"}
"""The pod's mounts, and the folders of the test that stand for them."""


class Redis(NamedTuple):
    """A running Redis: its port, its folder and what its container's environment is."""

    port: int
    folder: Path
    env: dict[str, str]
    process: "subprocess.Popen[bytes]"

    def cli(self, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run redis-cli as a probe of the pod would."""
        return _cli(self.port, {**self.env, **env}, *words)


@contextlib.contextmanager
def running(objects: Built, folder: Path, name: str = "litellm-redis") -> Iterator[Redis]:
    """Yield the Redis of StatefulSet `name`; all that differs from the pod are paths, address and port."""
    manifest = objects.one("StatefulSet", name)
    mounts = {item["mountPath"] for item in container(manifest)["volumeMounts"]}
    assert mounts == set(FOLDERS)
    port = loopback.free_port()
    config = _here(objects.file(name, "redis.conf"), folder)
    config = config.replace("bind 0.0.0.0", "bind 127.0.0.1").replace("port 6379", f"port {port}")
    for place in FOLDERS.values():
        (folder / place).mkdir()
    (folder / "etc/redis.conf").write_text(config)
    rendered = environment(container(manifest), {(name, "redis-password"): PASSWORD})
    env = {**rendered, **_programs()}
    command = [*container(manifest)["command"], _here(container(manifest)["args"][0], folder)]

    def ready() -> bool:
        return _cli(port, env, "-e", "ping").returncode == 0

    with loopback.running(command, env, folder, ready) as process:
        yield Redis(port, folder, env, process)


def _cli(port: int, env: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    command = ["redis-cli", "-p", str(port), *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def _here(text: str, folder: Path) -> str:
    for path, name in FOLDERS.items():
        text = text.replace(path, str(folder / name))
    return text


def _programs() -> dict[str, str]:
    """Return the variables that find redis-server and redis-cli: on PATH, else unpacked from Debian's packages."""
    path = os.environ["PATH"]
    if shutil.which("redis-server") and shutil.which("redis-cli"):
        return {"PATH": path}
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        pytest.skip("redis-server is not on PATH, and without apt there is no package to unpack")
    folder = loopback.kept("redis", "debian")
    root = folder / "root"
    if not (root / "usr/bin/redis-server").exists():
        folder.mkdir(parents=True, exist_ok=True)
        download = f"apt-get -qq download {' '.join(PACKAGES)}"
        loopback.fetch("sh", "-c", f"{download} || {{ apt-get -qq update && {download}; }}", cwd=folder)
        for package in sorted(folder.glob("*.deb")):
            loopback.fetch("dpkg", "-x", str(package), str(root))
    libraries = sorted({str(found.parent) for found in (root / "usr/lib").rglob("*.so.*")})
    return {"PATH": f"{root}/usr/bin:{path}", "LD_LIBRARY_PATH": ":".join(libraries)}
