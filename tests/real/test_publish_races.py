"""Many publish at once: every commit arrives, in a line, and what is newer stands at the end."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import ROOT, edit
from publishers import PLAIN, World, commit_all, git, lines, unexpected

pytestmark = pytest.mark.real
ENVIRONMENTS = tuple(f"e{number}" for number in range(10))
ROUNDS, PAIRS, BESIDE, BUSY = 20, 30, 5, 10
SEED = 9
PUSHER = """
import subprocess, sys
def git(*words):
    return subprocess.run(["git", *words], capture_output=True, text=True)
clone, name, n = sys.argv[1], sys.argv[2], 0
while True:
    n += 1
    git("-C", clone, "fetch", "-q", "origin", "main")
    blob = subprocess.run(["git", "-C", clone, "hash-object", "-w", "--stdin"], input=f"{name} {n}", capture_output=True, text=True)
    git("-C", clone, "read-tree", "FETCH_HEAD")
    git("-C", clone, "update-index", "--add", "--cacheinfo", f"100644,{blob.stdout.strip()},{name}/{n % 10}")
    tree = git("-C", clone, "write-tree").stdout.strip()
    commit = git("-C", clone, "commit-tree", "-p", "FETCH_HEAD", "-m", f"{name} {n}", tree).stdout.strip()
    git("-C", clone, "push", "-q", "origin", f"{commit}:refs/heads/main")
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a fresh world."""
    return World(tmp_path)


def started(world: World, name: str, cwd: Path) -> "subprocess.Popen[str]":
    """Start the command as a process of its own."""
    command = [sys.executable, "-m", "generator", "publish", name, "--repository", world.url]
    env = {**os.environ, **world.env, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Wait for a process; return how it ended and what it wrote."""
    out, said = process.communicate(timeout=300)
    return process.returncode, out, unexpected(said)


def test_ten_publishers_of_ten_environments_all_arrive_twenty_times(world: World) -> None:
    lab = world.source / "environments/prod.yaml"
    for name in ENVIRONMENTS:
        (lab.parent / f"{name}.yaml").write_text(lab.read_text().replace(": prod", f": {name}"))
    contents = [world.rendered_and_committed("ten environments")]
    for name in ENVIRONMENTS:
        edit(lab.parent / f"{name}.yaml", "replicas: 2", "replicas: 3")
    contents.append(world.rendered_and_committed("with more replicas"))
    for number in range(ROUNDS):
        git(world.source, "read-tree", "-u", "--reset", contents[number % 2])
        commit_all(world.source, f"round {number}")
        running = [started(world, name, world.source) for name in ENVIRONMENTS]
        results = [ended(process) for process in running]
        assert [(code, said) for code, _, said in results] == [(0, "")] * 10
        assert all("published" in out for _, out, _ in results), results
        assert len(lines(world.target, "rev-list", "main")) == 10 * (number + 1)
        assert world.is_sound()
        assert all(world.is_equal(name) for name in ENVIRONMENTS)


def test_of_two_sources_the_newer_stands_at_the_end_thirty_times(world: World) -> None:
    world.published()
    draw = random.Random(SEED)  # noqa: S311
    older, newer = (world.folder / name for name in ("older", "newer"))
    for clone in (older, newer):
        git(world.folder, "clone", "--quiet", str(world.source), str(clone))
    ends = set()
    for number in range(PAIRS):
        commits = [world.change(3 + 2 * number + step) for step in (0, 1)]
        for clone, commit in zip((older, newer), commits, strict=True):
            git(clone, "fetch", "--quiet")
            git(clone, "reset", "--quiet", "--hard", commit)
        clones = [older, newer]
        draw.shuffle(clones)
        running = {}
        for clone in clones:
            running[clone] = started(world, "prod", clone)
            time.sleep(draw.choice((0, 0, 0.1, 0.3, 1)))
        results = {clone: ended(process) for clone, process in running.items()}
        assert results[newer][0] == 0, results[newer]
        assert results[older][0] in (0, 5)
        ends.add(results[older][0])
        assert results[older][0] == 0 or "[publish-older]" in results[older][2]
        assert world.lock()["source"]["commit"] == commits[1]
        assert world.is_equal(source=newer)
        assert world.is_sound()
    assert ends == {0, 5}


@pytest.fixture
def _pushers(world: World) -> Iterator[None]:
    """Start two foreign pushers, each of a folder of its own, that push without a pause."""
    world.by_hand({"others/x": "x"})
    running = []
    for name in ("others", "more"):
        clone = world.folder / name
        git(world.folder, "clone", "--quiet", "--bare", str(world.target), str(clone))
        command = [sys.executable, "-c", PUSHER, str(clone), name]
        running.append(subprocess.Popen(command, env={**os.environ, **PLAIN}))
    yield
    for process in running:
        process.terminate()
        process.wait()


@pytest.mark.usefixtures("_pushers")
def test_beside_others_who_push_without_a_pause_it_gets_through(world: World) -> None:
    for number in range(BESIDE):
        commit = world.change(3 + number)
        code, out, said = ended(started(world, "prod", world.source))
        for _ in range(BUSY):
            if code == 6:
                assert "no push went through" in said
                assert "[publish-busy]" in said
                code, out, said = ended(started(world, "prod", world.source))
        assert (code, said) == (0, ""), (out, said)
        assert world.lock()["source"]["commit"] == commit
        assert world.is_equal()
    ours = set(lines(world.target, "log", "--format=%H", "main", "--", "envs"))
    touched = set(lines(world.target, "log", "--format=%H", "main", "--", "others", "more"))
    assert not ours & touched
    assert len(ours) == BESIDE
    assert world.is_sound()
