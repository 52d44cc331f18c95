"""The corpus of mistakes: tests/errors/<case>/ holds what somebody wrote and, word for word, what they are told.

A case is files that replace or add to tests/errors/_project, and
- `setup.sh` for what git cannot hold (a pipe, a link, 50 MiB, bytes that are not text),
- `command`: the words of the command, if they are not `render lab --quiet`,
- `expected.txt`: `exit N`, then stderr; `expected-output.txt`: a file below output/, then lines it must hold.

A new case: make its folder, run `pytest tests/test_errors.py --update-golden CASE`, read what it prints.
"""

import difflib
import os
import queue
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from command import ROOT, snapshot
from forks import Forks

CORPUS = ROOT / "tests/errors"
CASES = sorted(path.name for path in CORPUS.iterdir() if path.is_dir() and not path.name.startswith("_"))
NOT_OF_THE_PROJECT = ("setup.sh", "command", "expected.txt", "expected-output.txt")
SECONDS = 2
WITHOUT_RIGHTS = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
"""So that root too is refused what a file's mode refuses."""


class Outcome(NamedTuple):
    text: str
    stdout: str
    seconds: float
    before: dict[str, bytes]
    after: dict[str, bytes]
    new: set[str]


class Outcomes(NamedTuple):
    running: dict[str, Future[Outcome]]
    again: Callable[[str], Outcome]


def as_anyone() -> list[str]:
    return list(WITHOUT_RIGHTS) if os.geteuid() == 0 and shutil.which("setpriv") else []


def run(words: list[str], project: Path, forks: Forks) -> "subprocess.CompletedProcess[str]":
    return forks.run(words, project, {"XDG_CACHE_HOME": str(project.parent / "cache"), "COLUMNS": "100"})


def paths(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def valid_project(folder: Path, forks: Forks) -> Path:
    """Return a copy of tests/errors/_project with the repository's templates/argocd, and rendered."""
    project = folder / "project"
    shutil.copytree(CORPUS / "_project", project)
    shutil.copytree(ROOT / "templates/argocd", project / "templates/argocd")
    done = run(["render", "lab", "--quiet"], project, forks)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return project


def outcome(case: str, valid: Path, folder: Path, free: "queue.Queue[Forks]") -> Outcome:
    """Run one case in its own copy of the project."""
    project = folder / case / "project"
    shutil.copytree(valid, project)
    source = CORPUS / case
    shutil.copytree(source, project, ignore=shutil.ignore_patterns(*NOT_OF_THE_PROJECT), dirs_exist_ok=True)
    if (source / "setup.sh").exists():
        subprocess.run(["bash", "-eu", source / "setup.sh"], cwd=project, check=True)
    words = (source / "command").read_text().split() if (source / "command").exists() else ["render", "lab", "--quiet"]
    before, there = snapshot(project / "output"), paths(project)
    forks = free.get()
    try:
        start = time.monotonic()
        done = run(words, project, forks)
        seconds = time.monotonic() - start
    finally:
        free.put(forks)
    after, new = snapshot(project / "output"), paths(project) - there
    return Outcome(f"exit {done.returncode}\n{done.stderr}", done.stdout, seconds, before, after, new)


@pytest.fixture(scope="session")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    """Run the chosen cases side by side: a part of a command waits for the disk."""
    folder = tmp_path_factory.mktemp("errors")
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    chosen = [str(item.callspec.params["case"]) for item in items if "outcomes" in item.fixturenames]
    free: queue.Queue[Forks] = queue.Queue()
    with Forks(ROOT, as_anyone()) as one, Forks(ROOT, as_anyone()) as other, ThreadPoolExecutor(3) as pool:
        free.put(one)
        free.put(other)
        valid = valid_project(folder, one)
        running = {case: pool.submit(outcome, case, valid, folder, free) for case in chosen}
        yield Outcomes(running, lambda case: outcome(case, valid, folder / "again", free))


def update(case: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Accept what the command says now, loudly."""
    golden = CORPUS / case / "expected.txt"
    old = golden.read_text() if golden.exists() else ""
    golden.write_text(text)
    with capsys.disabled():
        lines = difflib.unified_diff(old.splitlines(keepends=True), text.splitlines(keepends=True), "was", "is")
        sys.stdout.writelines(["\n", *lines])


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_told_in_these_words(
    case: str,
    outcomes: Outcomes,
    capsys: pytest.CaptureFixture[str],
    pytestconfig: pytest.Config,
) -> None:
    setup = CORPUS / case / "setup.sh"
    if os.geteuid() == 0 and not shutil.which("setpriv") and setup.exists() and "chmod" in setup.read_text():
        pytest.skip("root may read and write everything, and there is no setpriv to drop that right")
    got = outcomes.running[case].result()
    if pytestconfig.getoption("--update-golden") == case:
        update(case, got.text, capsys)
    expected = (CORPUS / case / "expected.txt").read_text()
    assert got.text == expected
    assert got.stdout == ""
    assert "Traceback" not in got.text
    code, _, told = expected.partition("\n")
    if code == "exit 0":
        assert told == ""
        wanted = CORPUS / case / "expected-output.txt"
        if wanted.exists():
            file, *lines = wanted.read_text().splitlines()
            assert set(lines) <= set(got.after[file].decode().splitlines())
        return
    assert code in ("exit 2", "exit 4", "exit 6"), "1 is a bug of ours, the others are no answer to a mistake"
    assert told.strip()
    assert got.after == got.before
    assert not got.new
    assert got.seconds < SECONDS or outcomes.again(case).seconds < SECONDS, "slow also while no other case runs"


def test_the_named_golden_is_a_case(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getoption("--update-golden") in (None, *CASES)


def test_goldens_are_not_rewritten_in_ci(tmp_path: Path) -> None:
    env = {**os.environ, "CI": "true"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--update-golden",
        CASES[0],
        "--collect-only",
        str(ROOT / "tests/test_errors.py"),
    ]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "not for CI" in done.stderr
