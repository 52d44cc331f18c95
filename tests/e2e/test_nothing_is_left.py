"""Whoever kills a run, whenever: no process and no port is left."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import programs
import pytest
import stored_crds
from command import ROOT
from processes import MARK, marked

pytestmark = pytest.mark.e2e
pytest_plugins = ("e2e_session",)

PATHS = os.pathsep.join([str(ROOT), str(ROOT / "tests"), str(ROOT / "tests/e2e")])


@contextlib.contextmanager
def run(folder: Path, *more: str) -> Iterator["subprocess.Popen[str]"]:
    """Yield a run of etcd, an API server and its controllers (and `more`), which says `up` when they are."""
    env = {**os.environ, "PYTHONPATH": PATHS, MARK: str(folder)}
    command = [
        "setpriv",
        "--pdeathsig",
        "KILL",
        sys.executable,
        str(Path(__file__).with_name("control_plane.py")),
        str(folder),
        *more,
    ]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def listening() -> set[str]:
    """Return the ports that somebody listens on."""
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()]
    return {line[1].rpartition(":")[2] for line in lines if line[3] == "0A"}


@pytest.mark.parametrize("after", ["etcd.log", "kube-apiserver-hub.log", "everything"])
@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_run_leaves_no_process_and_no_port(tmp_path: Path, after: str, kind: signal.Signals) -> None:
    if missing := programs.absent():
        pytest.skip(f"not built: {', '.join(missing)} (make e2e builds them)")
    folder, before = tmp_path / "run", listening()
    with run(folder) as process:
        if after == "everything":
            assert process.stdout
            assert process.stdout.readline() == "up\n"
            assert len(marked(str(folder))) >= len(("us", "etcd", "kube-apiserver"))
        else:
            while not (folder / "logs" / after).exists():
                assert process.poll() is None
                time.sleep(0.01)
        process.send_signal(kind)
        process.wait(60)
    nothing_is_left(folder, before)


def test_argocd_goes_with_a_killed_run(tmp_path: Path) -> None:
    if missing := programs.absent():
        pytest.skip(f"not built: {', '.join(missing)} (make e2e builds them)")
    stored_crds.folder()
    folder, before = tmp_path / "run", listening()
    with run(folder, "argocd") as process:
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        others = ("repo-server", "application-controller")  # Redis writes over its mark: its port tells
        assert len(marked(str(folder))) >= len(("us", "etcd", "kube-apiserver", "its controllers", *others))
        process.kill()
        process.wait(60)
    nothing_is_left(folder, before)


def nothing_is_left(folder: Path, before: set[str]) -> None:
    """Wait until no process of a run is there, and no port that was not there before it."""
    deadline = time.monotonic() + 20
    while (left := (marked(str(folder)), listening() - before)) != ({}, set()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == ({}, set())
