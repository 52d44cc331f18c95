"""The repository that the sources are in: which commit they are, and what of them nobody has committed."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from generator.errors import InputInvalid
from generator.finding import Finding, Where
from generator.history.git import Git, at

_INPUTS = ("environments", "generator", "kinds", "templates")
"""What a render is made of, below the project."""
_READ = re.compile(r"(environments|kinds|templates)/(?!(.*/)?\.).*\.(yaml|j2|json)")
_TOP = ":(top,literal)"
"""What git reads a path by: from the top of the repository, and as it is written."""
_NAMED = 20
"""How many files that would be lost are named."""


class Source(NamedTuple):
    """A project in its repository.

    `folder` is the project's below the repository ('' is the top), `url` that of `origin` without user and password,
    `date` that of the commit as `<seconds> <zone>`, `subject` and `author` are the commit's.
    """

    git: Git
    folder: str
    url: str
    branch: str
    commit: str
    date: str
    author: str
    subject: str

    def path(self, name: str) -> str:
        """Return the path below the top of the repository of a file or folder of the project."""
        return f"{self.folder}/{name}" if self.folder else name

    def below(self, folder: Path) -> str:
        """Return a folder's path below the top of the repository; '' where it is outside."""
        top = Path(self.git.run("rev-parse", "--show-toplevel").text)
        try:
            return folder.resolve().relative_to(top.resolve()).as_posix()
        except ValueError:
            return ""

    def uncommitted(self, *folders: str) -> tuple[str, ...]:
        """Return the files that differ from the commit, of what a render is made of and below further `folders`.

        Folders and files are below the top of the repository. Raises InputInvalid where git cannot say.
        """
        asked = [*self._inputs(), *(f"{_TOP}{path}" for path in folders)]
        listed = self._status("traditional", asked)
        return tuple(sorted(path for state, path in listed if state != "!!" or self._is_read(path)))

    def unkept(self, *paths: str) -> tuple[str, ...]:
        """Return the files at these paths that the commit does not hold as they are, ignored ones too: git has no copy.

        Raises InputInvalid where git cannot say.
        """
        listed = self._status("matching", [f"{_TOP}{path}" for path in paths])
        return tuple(sorted(path for state, path in listed if "D" not in state))

    def _status(self, ignored: str, asked: list[str]) -> list[tuple[str, str]]:
        """Return what git says of each path that differs from the commit: two letters, and the path."""
        listed = ("--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", f"--ignored={ignored}")
        done = self.git.run("status", *listed, "--", *asked)
        if done.status != 0:
            raise InputInvalid([_unreadable(self.git.folder, done.said)])
        entries = done.output.decode("utf-8", "replace").split("\0")
        return [(entry[:2], entry[3:]) for entry in entries if entry]

    def unlike(self, folder: str, files: Mapping[str, str]) -> tuple[str, ...]:
        """Return which of these files (path, text) the commit does not hold below `folder` to the byte.

        Unlike `uncommitted` it sees what git was told not to look at: ignored folders, `skip-worktree`, filters.
        """
        done = self.git.run("ls-tree", "-r", "-z", "--full-tree", self.commit, f"{folder}/")
        there = {}
        for entry in done.output.decode("utf-8", "replace").split("\0"):
            said, _, path = entry.partition("\t")
            there[path.removeprefix(f"{folder}/")] = said.split(" ")[-1]
        return tuple(sorted(path for path, text in files.items() if there.get(path) != self._blob(text.encode())))

    def on_origin(self, branch: str = "") -> bool | None:
        """Whether our commit is on a branch of origin, or on that one, as last fetched; None where none is known."""
        refs = f"refs/remotes/origin/{branch}"
        if not self.git.run("for-each-ref", "--count=1", refs).output:
            return None
        return bool(self.git.run("for-each-ref", "--count=1", f"--contains={self.commit}", refs).output)

    def addresses(self) -> tuple[str, ...]:
        """Return the URLs of all remotes, origin first, without users."""
        return tuple(dict.fromkeys(url for url in (self.url, *(url for _, url in self.remotes())) if url))

    def remotes(self) -> tuple[tuple[str, str], ...]:
        """Return name and URL of all remotes, without users."""
        done = self.git.run("config", "--get-regexp", "-z", r"^remote\..*\.url$")
        said = (entry.partition("\n") for entry in done.output.decode("utf-8", "replace").split("\0") if entry)
        return tuple((key.removeprefix("remote.").removesuffix(".url"), _without_user(url)) for key, _, url in said)

    def is_shallow(self) -> bool:
        """Whether history was cut when it was fetched, as CI does."""
        return self.git.run("rev-parse", "--is-shallow-repository").text == "true"

    def ahead_of(self, commit: str) -> int | None:
        """Return how many commits ours is ahead of `commit`; None where it is not known, or is not before ours."""
        if not self.knows(commit) or not self.descends_from(commit) or self.is_shallow():
            return 0 if commit == self.commit else None
        return int(self.git.run("rev-list", "--count", f"{commit}..{self.commit}").text or 0)

    def knows(self, commit: str) -> bool:
        """Whether the repository, as far as it was fetched, has a commit."""
        # In a partial clone the question would be passed on to origin.
        return self.git.run("cat-file", "-e", f"{commit}^{{commit}}", more={"GIT_NO_LAZY_FETCH": "1"}).status == 0

    def descends_from(self, commit: str) -> bool:
        """Whether our commit is `commit`, or has it among its ancestors."""
        return self.git.run("merge-base", "--is-ancestor", commit, self.commit).status == 0

    def precedes(self, commit: str) -> bool:
        """Whether `commit` has ours among its ancestors."""
        return self.git.run("merge-base", "--is-ancestor", self.commit, commit).status == 0

    def changed_since(self, commit: str, path: str) -> bool:
        """Whether any commit after `commit`, up to ours, changed what is rendered at `path` (below the repository).

        Where that is not committed, whether any changed what it is rendered from.
        """
        committed = path and self.git.run("cat-file", "-e", f"{self.commit}:{path}").status == 0
        paths = [f"{_TOP}{path}"] if committed else self._inputs()
        done = self.git.run("rev-list", "--max-count=1", "--full-history", f"{commit}..{self.commit}", "--", *paths)
        return done.status != 0 or bool(done.output.strip())

    def _inputs(self) -> list[str]:
        return [f"{_TOP}{self.path(name)}" for name in _INPUTS]

    def _is_read(self, path: str) -> bool:
        """Whether a render reads a file that git ignores."""
        return bool(_READ.fullmatch(path.removeprefix(f"{self.folder}/") if self.folder else path))

    def _blob(self, content: bytes) -> str:
        """Return what this repository calls a file of this content; nothing is stored."""
        head = f"blob {len(content)}\0".encode()
        long = len(self.commit) == hashlib.sha256().digest_size * 2
        return (
            hashlib.sha256(head + content) if long else hashlib.sha1(head + content, usedforsecurity=False)
        ).hexdigest()


def source(root: Path) -> Source:
    """Return the repository that `root` is in. Raises InputInvalid where there is none, or no commit."""
    git = at(root.resolve())
    where = git.run("rev-parse", "--show-prefix", "--verify", "HEAD^{commit}")
    if where.status != 0:
        raise InputInvalid([_unreadable(root, where.said)])
    folder, commit = where.output.decode().split("\n")[:2]
    # not what the repository's own settings make of it
    log = ("log", "-1", "--no-show-signature", "--encoding=UTF-8", "--date=raw", "--format=%cd%n%an <%ae>%n%s")
    date, author, subject = git.run(*log, commit).output.decode("utf-8", "replace").split("\n", 2)
    url = git.run("config", "--get", "remote.origin.url").text
    branch = git.run("symbolic-ref", "--quiet", "--short", "HEAD").text
    return Source(
        git=git,
        folder=folder.rstrip("/"),
        url=_without_user(url),
        branch=branch,
        commit=commit,
        date=date,
        author=author,
        subject=subject.strip(),
    )


def lost(source: Source, *paths: str) -> Iterator[Finding]:
    """Yield the files at these paths below the repository that would be lost with them: git has no copy of each."""
    message, hint = "has uncommitted changes", "commit it with git add and git commit, or move it away"
    for path in source.unkept(*paths)[:_NAMED]:
        yield Finding.at(Where(path), "environment-uncommitted", message, hint=hint)


def _unreadable(root: Path, said: str) -> Finding:
    """Return why git tells nothing of the project, and what helps."""
    foreign = re.search("dubious ownership in repository at '([^']*)'", said)
    if foreign:
        message = "git does not read a repository that belongs to somebody else (usual in containers)"
        return Finding.at(
            Where(str(root)), "source", message, hint=f"git config --global --add safe.directory {foreign[1]}"
        )
    message, hint = said, "mend what git says and run again"
    if "not a git repository" in said:
        message, hint = (
            "is not in a git repository",
            "publish says which commit it came from: git init, git add, git commit",
        )
    elif "single revision" in said:
        message, hint = "is in a git repository without a commit", "publish says which commit it came from: git commit"
    return Finding.at(Where(str(root)), "source", message, hint=hint)


def _without_user(url: str) -> str:
    """Return a URL without what stands before the host: it may be a password."""
    scheme, found, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}" if found else url
