"""The repository that the sources are in: which commit they are, and what of them nobody has committed."""

from pathlib import Path
from typing import NamedTuple

from generator.errors import InputInvalid
from generator.finding import Finding, Where
from generator.history.git import Git, at

_INPUTS = ("environments", "generator", "schemas", "templates")
"""What a render is made of, below the project."""


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

    def uncommitted(self, *paths: str) -> tuple[str, ...]:
        """Return the files that differ from the commit, of what a render is made of and below further `paths`."""
        asked = [path for path in (*_INPUTS, *paths) if path]
        done = self.git.run("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", *asked)
        return tuple(sorted(entry[3:] for entry in done.output.decode("utf-8", "replace").split("\0") if entry))

    def knows(self, commit: str) -> bool:
        """Whether the repository, as far as it was fetched, has a commit."""
        return self.git.run("cat-file", "-e", f"{commit}^{{commit}}").status == 0

    def descends_from(self, commit: str) -> bool:
        """Whether our commit is `commit`, or has it among its ancestors."""
        return self.git.run("merge-base", "--is-ancestor", commit, self.commit).status == 0

    def precedes(self, commit: str) -> bool:
        """Whether `commit` has ours among its ancestors."""
        return self.git.run("merge-base", "--is-ancestor", self.commit, commit).status == 0

    def changed_since(self, commit: str, path: str) -> bool:
        """Whether any commit after `commit`, up to ours, changed something below `path` of the project."""
        done = self.git.run("rev-list", "--max-count=1", f"{commit}..{self.commit}", "--", path)
        return done.status != 0 or bool(done.output.strip())


def source(root: Path) -> Source:
    """Return the repository that `root` is in. Raises InputInvalid where there is none, or no commit."""
    git = at(root.resolve())
    where = git.run("rev-parse", "--show-prefix", "--verify", "HEAD^{commit}")
    if where.status != 0:
        hint = "publish says which commit it came from: git init, git add, git commit"
        problem = "is not in a git repository with a commit" if "not a git repository" in where.said else where.said
        raise InputInvalid([Finding.at(Where(str(root)), "source", problem or "has no commit", hint=hint)])
    folder, commit = where.output.decode().split("\n")[:2]
    date, author, subject = git.run("log", "-1", "--date=raw", "--format=%cd%n%an <%ae>%n%s", commit).text.split(
        "\n", 2
    )
    url = git.run("config", "--get", "remote.origin.url").text
    branch = git.run("symbolic-ref", "--quiet", "--short", "HEAD").text
    return Source(git, folder.rstrip("/"), _without_user(url), branch, commit, date, author, subject)


def _without_user(url: str) -> str:
    """Return a URL without what stands before the host: it may be a password."""
    scheme, found, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}" if found else url
