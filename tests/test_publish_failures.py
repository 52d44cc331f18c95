"""Publishing to a repository that refuses, is locked, empty or moved: published or untouched, and the next run succeeds.

Repositories on other servers, kills and full disks are in tests/real/test_publish_servers.py.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from git_servers import Bare, Project, Scene, ended, git


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def published(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Bare:
    """Return a repository that is published to once; the project has changed since."""
    bare = Bare.made(tmp_path_factory.mktemp("published") / "envs.git")
    done = project.publish(bare.url)
    assert (done.returncode, done.stderr) == (0, "")
    project.change()
    return bare


@pytest.fixture
def scene(project: Project, published: Bare, tmp_path: Path) -> Scene:
    git(tmp_path, "clone", "--quiet", "--bare", "--no-local", str(published.folder), "envs.git")
    for key in ("uploadpack.allowFilter", "receive.denyNonFastForwards", "receive.denyDeletes", "transfer.fsckObjects"):
        git(tmp_path / "envs.git", "config", key, "true")
    git(tmp_path / "envs.git", "remote", "remove", "origin")
    return Scene(project, Bare(tmp_path / "envs.git"))


@pytest.mark.parametrize(
    ("hook", "says", "said"),
    [
        ("pre-receive", "echo policy 7 forbids it; exit 1", ("policy 7 forbids it", "a hook of the server refuses it")),
        ("update", "echo main is a protected branch; exit 1", ("the branch is protected", "let this account push")),
        ("update", "exit 1", ("hook declined", "a hook of the server refuses it")),
    ],
)
def test_a_push_that_a_hook_refuses(hook: str, says: str, said: tuple[str, ...], scene: Scene) -> None:
    old, file = scene.bare.tip(), scene.bare.hook(hook, says)
    scene.refused("publish-rejected", *said)
    file.unlink()
    scene.next_run_publishes(old)


def test_what_a_hook_says_is_not_taken_for_a_lost_race(scene: Scene) -> None:
    tries = scene.bare.folder / "tries"
    scene.bare.hook("pre-receive", f"echo x >> {tries}; echo 'it already exists: fetch first'; exit 1")
    scene.refused("publish-rejected", "a hook of the server refuses it", "fetch first")
    assert tries.read_text() == "x\n"


def test_a_hook_cannot_steer_the_terminal_or_write_pages(scene: Scene) -> None:
    scene.bare.hook("pre-receive", r"printf '\033[31mred\007\n'; yes lines | head -10000; exit 1")
    said = scene.refused("publish-rejected", "red")
    assert not {c for c in said if ord(c) < 32} - {"\n"}
    assert len(said) < 1000


@pytest.mark.parametrize("how", [lambda file: os.truncate(file, 7), lambda file: file.write_bytes(b"\x00\xff{" * 99)])
def test_a_cache_that_is_damaged_changes_nothing(how: Callable[[Path], None], scene: Scene) -> None:
    old = scene.bare.tip()
    entries = [path for path in scene.project.cache.rglob("*") if path.is_file()]
    assert entries
    for entry in entries:
        entry.chmod(0o644)
        how(entry)
    scene.next_run_publishes(old)


def test_a_repository_without_commits(scene: Scene, tmp_path: Path) -> None:
    empty = scene._replace(bare=Bare.made(tmp_path / "empty.git"))
    empty.next_run_publishes("")
    assert len(empty.bare.history()) == 1


def test_a_branch_that_is_not_there_in_a_repository_that_has_others(scene: Scene) -> None:
    old = scene.bare.tip()
    done = scene.publish("--branch", "env/prod")
    assert (done.returncode, done.stderr) == (0, "")
    assert scene.bare.files(branch="env/prod") == scene.project.rendered
    assert len(scene.bare.history("env/prod")) == 1
    assert "nothing to do" in scene.publish("--branch", "env/prod").stdout
    scene.is_untouched(old)


def test_a_branch_that_is_in_the_way_of_another(scene: Scene) -> None:
    """A ref is a file: main and main/prod cannot both be."""
    scene.refused("publish-rejected", "a branch cannot be a folder of branches", words=("--branch", "main/prod"))


def test_a_branch_that_is_forced_back_between_two_runs(scene: Scene) -> None:
    old = scene.bare.tip()
    assert scene.publish().returncode == 0
    scene.bare.set(old)
    scene.next_run_publishes(old)


def test_a_branch_that_is_replaced_between_two_runs(scene: Scene) -> None:
    other = scene.bare.add({"README.md": "another history"}, branch="main")
    scene.next_run_publishes(other)
    assert scene.bare.git("show", "main:README.md") == "another history"


def test_a_branch_that_is_forced_elsewhere_between_fetch_and_push(scene: Scene) -> None:
    other = scene.bare.add({"README.md": "another history"})
    moves = f"rm -f $0; echo {other} > {scene.bare.folder}/refs/heads/main"
    (scene.bare.folder / "refs/heads").mkdir(parents=True, exist_ok=True)
    scene.bare.hook("pre-receive", moves)
    scene.next_run_publishes(other)
    assert scene.bare.git("show", "main:README.md") == "another history"


def test_a_branch_that_is_taken_away_between_fetch_and_push(scene: Scene) -> None:
    scene.bare.git("pack-refs", "--all")
    scene.bare.hook("pre-receive", f"rm -f $0; cd {scene.bare.folder} && rm -f packed-refs refs/heads/main")
    done = scene.publish()
    assert done.returncode == 0, done.stderr
    scene.is_published("")


def test_a_folder_that_is_no_repository(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    other = scene._replace(address=(tmp_path / "folder").as_uri())
    other.refused("there is no repository", "compare gitops.repository with its address")


def test_what_a_killed_run_left_is_taken_away_after_a_day(scene: Scene) -> None:
    old = scene.bare.tip()
    made = [scene.project.tmp / name for name in ("codemie-publish-old", "codemie-publish-new", "somebody-elses")]
    for folder in made:
        folder.mkdir()
        (folder / "objects").write_text("left")
    link = scene.project.tmp / "codemie-publish-link"
    link.symlink_to(made[2])
    for path in (*made[:1], *made[2:], link):
        os.utime(path, (time.time() - 90000,) * 2, follow_symlinks=False)
    assert scene.publish().returncode == 0
    assert scene.project.leftovers() == ["codemie-publish-link", "codemie-publish-new", "somebody-elses"]
    assert (made[2] / "objects").read_text() == "left"
    link.unlink()
    for folder in made[1:]:
        (folder / "objects").unlink()
        folder.rmdir()
    scene.is_published(old)


def test_what_git_is_set_to_in_the_sources_alone_holds_for_the_push(scene: Scene, tmp_path: Path) -> None:
    git(scene.project.folder, "config", "commit.gpgsign", "true")
    git(scene.project.folder, "config", "gpg.format", "ssh")
    git(scene.project.folder, "config", "user.signingkey", str(tmp_path / "not-there.pub"))
    try:
        scene.refused("publish-commit", "the commit cannot be signed", "see that its key is at hand")
    finally:
        git(scene.project.folder, "config", "--unset", "commit.gpgsign")
    scene.next_run_publishes(scene.bare.tip())


def test_a_branch_that_somebody_works_on_there_is_said_so(scene: Scene) -> None:
    git(scene.bare.folder, "config", "core.bare", "false")
    said = scene.refused(
        "publish-rejected", "somebody works there on that branch: [remote rejected] (branch", "git init --bare"
    )
    assert scene.bare.tip() in git(scene.bare.folder, "rev-parse", "HEAD")
    assert "refs/heads/main[" not in said


def test_without_git_it_says_so(project: Project, tmp_path: Path) -> None:
    for name in ("kustomize", "kubectl"):
        if found := shutil.which(name):
            (tmp_path / name).symlink_to(found)
    for command in ("publish", "status"):
        done = project.run(command, "prod", PATH=str(tmp_path))
        assert (done.returncode, done.stderr.splitlines()[:1]) == (2, ["git is not on PATH [tool-missing]"])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_an_interruption_leaves_no_git_that_pushes_on(number: int, code: int, scene: Scene, tmp_path: Path) -> None:
    found, at_work = shutil.which("git"), tmp_path / "at-work"
    (tmp_path / "bin").mkdir()
    wrapped = tmp_path / "bin/git"
    wrapped.write_text(f'#!/bin/sh\n[ "$1" = push ] || exec {found} "$@"\necho > {at_work}\nexec sleep 600\n')
    wrapped.chmod(0o755)
    process = scene.project.start(
        "publish", "prod", "--repository", scene.bare.url, PATH=f"{wrapped.parent}:{os.environ['PATH']}"
    )
    old, deadline = scene.bare.tip(), time.monotonic() + 60
    while not at_work.exists() or Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2][0] != "S":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)  # to it alone, as CI does, and while it waits for git
    assert process.wait(60) == code
    ended(process.pid)
    process.communicate()
    scene.is_untouched(old)
    scene.next_run_publishes(old)
