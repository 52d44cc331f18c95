"""Servers of third parties on loopback: where they are kept, a free port, their start and their end."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

START_SECONDS = 120


def kept(tool: str, version: str) -> Path:
    """Return the folder, outside the tree, that a download of `tool` is kept in."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "codemie-manifests" / tool / version


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def fetch(*command: str, cwd: Path | None = None) -> None:
    """Run a package manager; skip the test with its last line where it cannot."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip(f"there is no {command[0]} here")
    if done.returncode:
        lines = [*done.stderr.strip().splitlines(), *done.stdout.strip().splitlines(), "no message"]
        pytest.skip(f"{' '.join(command[:3])} failed: {lines[0]}")


@contextlib.contextmanager
def running(
    command: list[str], env: Mapping[str, str], folder: Path, ready: Callable[[], bool]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Yield a server once it is `ready`; end it, by its own id, with all that it started. Its log is `folder`/log."""
    log = folder / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=file, stderr=file, start_new_session=True)
    try:
        _await(process, ready, log)
        yield process
    finally:
        _end(process)


def _await(process: "subprocess.Popen[bytes]", ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"{process.args!r} ended with {process.returncode}:\n{log.read_text()[-4000:]}")
        if ready():
            return
        time.sleep(0.2)
    pytest.fail(f"{process.args!r} is not ready after {START_SECONDS} s:\n{log.read_text()[-4000:]}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, kind)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
            return
