"""Processes that end with the tests: each is ended by its own id, and the kernel ends it if the tests are killed."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

MARK = "CODEMIE_E2E"
"""A variable in the environment of every process: by it a test finds what is left of a killed run."""
_PATIENCE = 180
_GUARD = '[ "$PPID" = "$GUARDIAN" ] && exec "$@"'
"""Between being started and asking to end with its parent a process may have lost it: then it does not start at all."""


def free_ports(count: int) -> list[int]:
    """Return that many ports of loopback, on which nobody listens."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for found in sockets:
            found.bind(("127.0.0.1", 0))
        return [found.getsockname()[1] for found in sockets]


def marked(mark: str) -> dict[int, str]:
    """Return the processes, by id, that run with this mark."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found[int(process.name)] = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:200]
    return found


class Processes:
    """The processes of a run. Started by the main thread only: the kernel counts the thread as the parent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "logs").mkdir(parents=True)

    def start(self, name: str, command: list[str], env: Mapping[str, str] | None = None) -> None:
        """Start a process; its log is logs/`name`.log, to which a second start appends."""
        guarded = ["setpriv", "--pdeathsig", "KILL", "sh", "-c", _GUARD, "sh", *command]
        more = {**os.environ, **(env or {}), MARK: str(self.folder), "GUARDIAN": str(os.getpid())}
        with self.log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                guarded, cwd=self.folder, env=more, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def wait_for(self, name: str, ready: Callable[[], bool]) -> None:
        """Wait until a process is ready. Fails with its log when it ends, or is not ready in time."""
        deadline = time.monotonic() + _PATIENCE
        while not ready():
            process = self.running[name]
            if process.poll() is not None:
                pytest.fail(f"{name} ended with {process.returncode}:\n{self.said(name)}")
            if time.monotonic() > deadline:
                pytest.fail(f"{name} is not ready after {_PATIENCE} s:\n{self.said(name)}")
            time.sleep(0.1)

    def log(self, name: str) -> Path:
        """Return where a process writes what it has to say."""
        return self.folder / f"logs/{name}.log"

    def said(self, name: str) -> str:
        """Return the end of a log."""
        return self.log(name).read_text(errors="replace")[-4000:]

    def stop(self, name: str) -> None:
        """Kill a process: the one that was started here, not what may have got its number since.

        Asked nicely, an API server would first wait a minute for those who watch.
        """
        process = self.running.pop(name)
        process.kill()  # does nothing once it has been waited for
        process.wait(60)

    def stop_all(self) -> None:
        """End all, the youngest first."""
        for name in reversed(list(self.running)):
            self.stop(name)


def listens(port: int) -> bool:
    """Say whether somebody listens on a port of loopback."""
    with socket.socket() as asked:
        asked.settimeout(1)
        return asked.connect_ex(("127.0.0.1", port)) == 0
