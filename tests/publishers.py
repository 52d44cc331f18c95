"""Projects in a git repository, and the bare repository they are published to; judged by plain git only."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from command import edit, run, small_project
from forks import Forks

_EXPECTED = re.compile(r"warning: [^\n]*\[(?:publish-elsewhere|source-unpushed)\]\n(?:  hint: [^\n]*\n)?")
LOCK = ".codemie-manifests.lock.json"
PLAIN = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.com",
    "GIT_AUTHOR_DATE": "1780000000 +0200",
    "GIT_COMMITTER_DATE": "1780000000 +0200",
}


def git(folder: Path, *words: str, stdin: str | bytes = b"", **more: str) -> bytes:
    """Run plain git, which must succeed, and return what it writes."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *words],
        cwd=folder,
        env={**clean, **PLAIN, **more},
        input=stdin if isinstance(stdin, bytes) else stdin.encode("utf-8", "surrogateescape"),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, (words, done.stderr.decode())
    return done.stdout


def lines(folder: Path, *words: str) -> list[str]:
    """Return the lines that plain git writes."""
    return git(folder, *words).decode().splitlines()


def commit_all(folder: Path, message: str = "a change", **more: str) -> str:
    """Commit all that is in a work tree and return the commit."""
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "-m", message, **more)
    return lines(folder, "rev-parse", "HEAD")[0]


def unexpected(said: str) -> str:
    """Return what a command says but that we publish to a repository of the test, from sources that were never pushed."""
    return _EXPECTED.sub("", said)


class Entry(NamedTuple):
    """What a tree holds at a path."""

    mode: str
    blob: str


class World:
    """A project of web and fleet for dev and prod, committed with its output, and a bare repository to publish to."""

    def __init__(self, folder: Path, forks: Forks | None = None) -> None:
        """Make both; nothing is published yet."""
        self.folder, self.forks = folder, forks
        self.env = {"XDG_CACHE_HOME": str(folder / "cache")}
        folder.mkdir(parents=True, exist_ok=True)
        self.source = folder / "source"
        self.source.mkdir()
        small_project(self.source)
        git(self.source, "init", "--quiet", "-b", "main")
        commit_all(self.source, "the first")
        self.target = folder / "target.git"
        git(folder, "init", "--quiet", "--bare", "-b", "main", str(self.target))
        self.url = f"file://{self.target}"

    @classmethod
    def copied(cls, template: Path, folder: Path, forks: Forks) -> "World":
        """Return a world that is as another was, whose commands are forked and share its cache."""
        world = cls.__new__(cls)
        shutil.copytree(template, folder)
        world.folder, world.forks = folder, forks
        world.source, world.target = folder / "source", folder / "target.git"
        world.env, world.url = {"XDG_CACHE_HOME": str(template / "cache")}, f"file://{world.target}"
        return world

    def run(self, *words: str, cwd: Path | str | None = None, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run the command in the project."""
        where, given = Path(cwd or self.source), {**self.env, **env}
        return self.forks.run(list(words), where, given) if self.forks else run(*words, cwd=where, env=given)

    def publish(self, *words: str, cwd: Path | str | None = None, **env: str) -> "subprocess.CompletedProcess[str]":
        """Publish prod, or the environments of `words`."""
        named = words if words and not words[0].startswith("-") else ("prod", *words)
        return self.run("publish", *named, "--repository", self.url, cwd=cwd, **env)

    def published(self, *words: str, cwd: Path | str | None = None, **env: str) -> str:
        """Publish, which must succeed, and return the tip."""
        done = self.publish(*words, cwd=cwd, **env)
        assert (done.returncode, unexpected(done.stderr)) == (0, ""), (done.stdout, done.stderr)
        return self.tip()

    def tip(self, branch: str = "main") -> str:
        """Return the commit of a branch of the target; '' where there is none."""
        return "".join(lines(self.target, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}"))

    def entries(self, commit: str = "main", folder: str = "") -> dict[str, Entry]:
        """Return all that a commit of the target holds, by path."""
        found = {}
        for entry in git(self.target, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
            if entry:
                said, _, path = entry.decode("utf-8", "surrogateescape").partition("\t")
                mode, _, blob = said.split()
                if path.startswith(folder):
                    found[path.removeprefix(folder)] = Entry(mode, blob)
        return found

    def lock(self, environment: str = "prod", commit: str = "main") -> dict[str, Any]:
        """Return the lock of an environment, read by plain git and a plain parser."""
        read: dict[str, Any] = yaml.safe_load(
            git(self.target, "cat-file", "blob", f"{commit}:envs/{environment}/{LOCK}")
        )
        return read

    def rendered(self, environment: str = "prod", source: Path | None = None) -> dict[str, bytes]:
        """Return what is in output/<environment>/."""
        folder = (source or self.source) / "output" / environment
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def is_equal(self, environment: str = "prod", source: Path | None = None) -> bool:
        """Whether what is in the lock is what is rendered, byte for byte and as plain files."""
        found = self.entries(folder=f"envs/{environment}/")
        ours = {path: found[path] for path in self.lock(environment)["files"]}
        assert {entry.mode for entry in ours.values()} == {"100644"}
        assert {path: entry.blob for path, entry in ours.items()} == self.lock(environment)["files"]
        written = git(self.target, "cat-file", "--batch", stdin="".join(f"{ours[p].blob}\n" for p in ours).encode())
        for path in ours:
            head, _, rest = written.partition(b"\n")
            size = int(head.split()[2])
            assert rest[:size] == self.rendered(environment, source)[path], path
            written = rest[size + 1 :]
        return ours.keys() == self.rendered(environment, source).keys()

    def is_sound(self) -> bool:
        """Whether git finds nothing wrong, and history is a line."""
        git(self.target, "fsck", "--full", "--strict", "--no-dangling")
        return not lines(self.target, "rev-list", "--merges", "main")

    def by_hand(self, changes: Mapping[str, str | tuple[str, str] | None], message: str = "by hand", **who: str) -> str:
        """Commit to the target: path and text, or mode and text (a blob for modules), or None where it goes."""
        index = {"GIT_INDEX_FILE": str(self.folder / "index"), **who}
        git(self.target, "read-tree", self.tip() or "--empty", **index)
        said = b""
        for path, change in changes.items():
            mode, text = ("100644", change) if isinstance(change, str) else change or ("0", "")
            blob = text if mode == "160000" else self.blob(text) if change is not None else "0" * 40
            said += f"{mode} {blob}\t{path}\0".encode("utf-8", "surrogateescape")
        git(self.target, "update-index", "-z", "--index-info", stdin=said, **index)
        tree = git(self.target, "write-tree", **index).decode().strip()
        parent = ["-p", self.tip()] if self.tip() else []
        commit = git(self.target, "commit-tree", *parent, "-m", message, tree, **index).decode().strip()
        git(self.target, "update-ref", "refs/heads/main", commit)
        return commit

    def blob(self, text: str) -> str:
        """Store a text in the target and return its blob."""
        content = text.encode("utf-8", "surrogateescape")
        return git(self.target, "hash-object", "-w", "--stdin", stdin=content).decode().strip()

    def change(self, replicas: int, message: str = "more of it", **who: str) -> str:
        """Let web of prod have so many replicas; render and commit. Returns the commit."""
        file = self.source / "environments/prod.yaml"
        (old,) = [line for line in file.read_text().splitlines() if "replicas:" in line]
        edit(file, old, f"    replicas: {replicas}")
        return self.rendered_and_committed(message, **who)

    def rendered_and_committed(self, message: str = "a change", **who: str) -> str:
        """Render all and commit. Returns the commit."""
        done = self.run("render", "--all", "--quiet")
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return commit_all(self.source, message, **who)

    def message(self, commit: str = "main") -> str:
        """Return the text of a commit of the target."""
        return git(self.target, "log", "-1", "--format=%B", commit).decode()

    def trailers(self, commit: str = "main") -> list[tuple[str, str]]:
        """Return the trailers of a commit of the target, as git itself finds them."""
        text = git(self.target, "interpret-trailers", "--parse", stdin=self.message(commit).encode()).decode()
        return [(line.partition(": ")[0], line.partition(": ")[2]) for line in text.split("\n") if line]


def forks() -> Iterator[Forks]:
    """Yield a process that forks, with git as the tests have it."""
    from command import ROOT

    with Forks(ROOT, []) as process:
        yield process
