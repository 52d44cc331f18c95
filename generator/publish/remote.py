"""A branch of a remote repository, in a bare clone of its tip without files: read, one commit added, pushed or not.

There is no work tree: no hook, filter, attribute or symlink of that repository touches anything, and a killed run
leaves only a temporary folder. The URL is in no file and in no argument. Facts: git-fetch(1), git-push(1).
"""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from generator.errors import InputInvalid, RemoteFailed
from generator.finding import Finding
from generator.history import Done, Git, Setting, contents
from generator.publish.credentials import explained, helper, without_header, without_secrets
from generator.publish.target import Target

_PREFIX = "codemie-publish-"
_OLD = 24 * 3600
"""Seconds after which what a killed run left behind is taken away."""
_NOTHING = "0" * 40
_BRIEF = (("core.fsync", "none"), ("advice.pushUpdateRejected", "false"))
"""What is right for a clone that is gone at once: the disk need not hold it, and nobody pulls."""
_HAVE_NOTHING = ("fetch.negotiationAlgorithm", "noop")
"""How git itself fetches single files: told that we have the commit, a server would not send what is in it."""
_BACK = 200
"""How many commits are looked through for who changed a file."""
_MOVED = (
    "fetch first",
    "non-fast-forward",
    "stale info",
    "cannot lock ref",
    "reference already exists",
    "failed to update ref",
    "incorrect old value",
    "shallow update not allowed",  # the commit that we build on is gone from the branch
)
"""Why servers refuse a push when another was first: the branch is as it was, and another try may go through."""
_NEVER = "exists; cannot create"
"""What a server says of a branch that would be a folder of branches, or in one: no other try goes through."""
_UNASKED = "unadvertised object"
"""What a server says that hands out no single file: protocol 0, which plain sshd speaks."""


class Pushed(Enum):
    """How a push ended: the branch has it, another was first, or the connection ended before anybody said."""

    DONE = "done"
    MOVED = "moved"
    UNKNOWN = "unknown"


class Remote(NamedTuple):
    """The branch. `git` speaks in the bare clone, `old` is what it was fetched at ('' if it is not there yet)."""

    target: Target
    git: Git
    old: str

    def fetched(self) -> "Remote":
        """Return the branch as it is now: its tip, without history and files. Raises RemoteFailed."""
        ref = f"refs/heads/{self.target.branch}"
        done = self._fetch("--depth=1")
        if done.status != 0 and f"couldn't find remote ref {ref}" in done.said:
            return self._replace(old="")
        if done.status != 0:
            raise self._refused(done)
        return self._replace(old=self._done("rev-parse", "--verify", f"{ref}^{{commit}}").text)

    def entries(self, folder: str) -> dict[str, tuple[str, str]]:
        """Return mode and blob of each path below a folder, and of a link or module in the way of the folder."""
        return {path: entry for path, entry in self._listed("-r", folder + "/").items() if path} if self.old else {}

    def folders(self, folder: str) -> list[str]:
        """Return the names of the folders in a folder."""
        entries = self._listed("", folder + "/") if self.old else {}
        return sorted(name for name, (mode, _) in entries.items() if mode == "040000")

    def beside(self, folder: str) -> dict[str, str]:
        """Return the modes of what stands where a step of a folder's path goes, or is spelt like one."""
        found: dict[str, str] = {}
        steps = folder.split("/") if self.old else []
        for index, step in enumerate(steps):
            above = "/".join(steps[:index])
            for name, (mode, _) in self._listed("", above + "/" if above else "").items():
                if name.casefold() == step.casefold():
                    found[f"{above}/{name}" if above else name] = mode
        return found

    def content(self, blob: str) -> bytes:
        """Return a file's content, which is fetched now."""
        return self._asked("cat-file", "blob", blob).output

    def contents(self, blobs: list[str]) -> list[bytes]:
        """Return the contents of files; those that we do not have are fetched now, in one call."""
        there = set(self._done("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").lines)
        if missing := [blob for blob in dict.fromkeys(blobs) if blob not in there]:
            how = ("--filter=blob:none", "--no-tags", "--no-write-fetch-head")
            self._asked("fetch", *how, "origin", *missing, setting=_HAVE_NOTHING)
        return list(contents(self.git, blobs))

    def blobs(self, files: Mapping[str, bytes]) -> dict[str, str]:
        """Store files, as they are, and return their blobs by path."""
        with tempfile.TemporaryDirectory(prefix="files-", dir=self.git.folder) as folder:
            paths = [Path(folder, str(index)) for index in range(len(files))]
            for path, content in zip(paths, files.values(), strict=True):
                path.write_bytes(content)
            given = "".join(f"{path}\n" for path in paths).encode()
            done = self._done("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=given)
        return dict(zip(files, done.lines, strict=True))

    def tree(self, changes: Mapping[str, str]) -> str:
        """Return the tip's tree with these paths set to blobs; an empty blob takes a path away."""
        index = {"GIT_INDEX_FILE": str(self.git.folder / "publish-index")}
        self._done("read-tree", self.old or "--empty", more=index)
        lines = (f"0 {_NOTHING}\t{path}" if not blob else f"100644 {blob}\t{path}" for path, blob in changes.items())
        self._done(
            "update-index", "-z", "--index-info", stdin="".join(f"{line}\0" for line in lines).encode(), more=index
        )
        return self._done("write-tree", "--missing-ok", more=index).text

    def commit(self, tree: str, message: str, identity: Mapping[str, str]) -> str:
        """Return a commit of a tree on the tip, signed if git is set to sign; raise RemoteFailed if it cannot."""
        if not (identity["GIT_COMMITTER_NAME"].strip() and identity["GIT_COMMITTER_EMAIL"].strip()):
            hint = "gitops: {commit: {name: …, email: …}}, or git config user.name and user.email"
            raise InputInvalid([Finding(rule="publish-commit", message="nobody is named who commits", hint=hint)])
        parent = ["-p", self.old] if self.old else []
        sign = ["-S"] if dict(self.git.settings).get("commit.gpgsign", "").lower() in ("true", "yes", "on", "1") else []
        done = self.git.run("commit-tree", *sign, *parent, tree, stdin=message.encode(), more=identity)
        if done.status != 0:
            what, hint = explained(without_secrets(done.said))
            message_ = f"the commit cannot be made: {what}"
            if sign:
                message_ = f"the commit cannot be signed: {what}"
                hint = "git is set to sign commits (commit.gpgsign); see that its key is at hand"
            raise RemoteFailed([self._finding("publish-commit", message_, hint)])
        return done.text

    def push(self, commit: str) -> tuple[Pushed, str]:
        """Push the commit, as the next of the branch and not otherwise. Returns how it ended, and what the server said.

        Raises RemoteFailed where another try would end the same way.
        """
        ref = f"refs/heads/{self.target.branch}"
        lease = [] if self.old else [f"--force-with-lease={ref}:"]  # only if it is not there
        done = self.git.run("push", "--porcelain", "--no-verify", *lease, "origin", f"{commit}:{ref}")
        if done.status == 0:
            return Pushed.DONE, ""
        rejected = [line.rpartition("\t")[2] for line in done.lines if line.startswith("!\t")]
        said = without_secrets("\n".join([*rejected, done.said]))
        if _NEVER not in said and any(word in why for word in _MOVED for why in rejected):  # not what a hook says
            return Pushed.MOVED, said
        if rejected:
            raise RemoteFailed([self._finding("publish-rejected", *explained(said))])
        return Pushed.UNKNOWN, said

    def failed(self, said: str, hint: str = "") -> RemoteFailed:
        """Return that the server did not take a push, and why."""
        what, help_ = explained(said)
        return RemoteFailed([self._finding("publish-remote", what, hint or help_)])

    def busy(self, said: str, tries: int) -> RemoteFailed:
        """Return that another push was first, every time, or that a lock is in the way."""
        what, hint = explained(said)
        return RemoteFailed([self._finding("publish-busy", f"no push went through in {tries} tries: {what}", hint)])

    def stat(self, commit: str) -> str:
        """Return which files a commit changes, as git tells it."""
        base = self.old or self._done("hash-object", "-t", "tree", "/dev/null").text
        return self._asked("diff-tree", "--stat=100", "-r", "--no-renames", "--no-ext-diff", base, commit).text

    def last_change(self, path: str) -> str:
        """Return who last changed a file: commit, author and subject; looks back as far as 200 commits."""
        if self.old in self._ends():
            self._fetch(f"--depth={_BACK}")
        done = self.git.run("log", "-1", "--format=%H %h by %an: %s", self.old, "--", f":(literal){path}")
        commit, _, said = done.text.partition(" ")
        if commit in self._ends():
            return f"somebody, {_BACK} commits ago or more"
        return without_secrets(said)

    def _ends(self) -> str:
        """Return the commits where our history ends: they look as if they had made whatever is older."""
        ends = self.git.folder / "shallow"
        return ends.read_text() if ends.exists() else ""

    def _fetch(self, *how: str) -> Done:
        ref = f"+refs/heads/{self.target.branch}:refs/heads/{self.target.branch}"
        return self.git.run("fetch", "--filter=blob:none", *how, "--no-tags", "--no-write-fetch-head", "origin", ref)

    def _listed(self, recursive: str, folder: str) -> dict[str, tuple[str, str]]:
        """Return what is in a folder of the tip by its path below it."""
        options = [option for option in (recursive,) if option]
        done = self._done("ls-tree", "-z", "--full-tree", *options, self.old, *([folder] if folder else []))
        found = {}
        for line in done.output.decode("utf-8", "replace").split("\0"):
            said, tab, path = line.partition("\t")
            if tab:
                mode, _, blob = said.split(" ")
                found[path.removeprefix(folder)] = (mode, blob)
        return found

    def _asked(self, *arguments: str, setting: Setting | None = None) -> Done:
        """Ask the server. Raises RemoteFailed with what it said and what helps."""
        git = self.git.with_settings(setting) if setting else self.git
        done = git.run(*arguments)
        if _UNASKED in done.said:
            self._fetch("--refetch", "--no-filter", "--depth=1")
            done = git.run(*arguments)
        if done.status != 0:
            raise self._refused(done)
        return done

    def _refused(self, done: Done) -> RemoteFailed:
        return RemoteFailed([self._finding("publish-remote", *explained(without_secrets(done.said)))])

    def _done(self, *arguments: str, stdin: bytes = b"", more: Mapping[str, str] | None = None) -> Done:
        """Do something in the clone. Raises RemoteFailed where the file system refuses: nothing is published."""
        done = self.git.run(*arguments, stdin=stdin, more=more)
        if done.status != 0:
            message = f"git {arguments[0]} failed: {explained(without_secrets(done.said))[0]}"
            hint = "nothing is published; is the disk full? TMPDIR names another folder"
            raise RemoteFailed([self._finding("publish-local", message, hint)])
        return done

    def _finding(self, rule: str, message: str, hint: str) -> Finding:
        return Finding(rule=rule, message=f"{without_secrets(self.target.repository)}: {message}", hint=hint)


@contextlib.contextmanager
def remote(target: Target, like: Git) -> Iterator[Remote]:
    """Yield the branch as it is now, in a clone that is gone afterwards. Raises RemoteFailed.

    `like` is git in the source's repository: who we are and how commits are signed may be set there only, as CI does.
    """
    try:
        _sweep()
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    except OSError as error:
        raise _no_room(error) from None
    try:
        token = helper(target.repository)
        git = like._replace(folder=folder, settings=without_header(like.settings) if token else like.settings)
        settings = (*token, *_BRIEF, ("remote.origin.url", target.repository))
        made = git.run("init", "--quiet", "--bare", "--template=", ".")
        bare = git.with_settings(*settings)._replace(environment={**git.environment, "GIT_DIR": str(folder)})
        found = Remote(target, bare, "")
        if made.status != 0:
            message, hint = (
                f"git init failed: {explained(made.said)[0]}",
                "is the disk full? TMPDIR names another folder",
            )
            raise RemoteFailed([Finding(rule="publish-local", message=message, hint=hint)])
        yield found.fetched()
    except OSError as error:
        raise _no_room(error) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _no_room(error: OSError) -> RemoteFailed:
    hint = "is the disk full? TMPDIR names another folder; safe to run again"
    return RemoteFailed([Finding(rule="publish-local", message=f"no temporary files: {error.strerror}", hint=hint)])


def _sweep() -> None:
    """Take away what killed runs left behind, more than a day ago."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if left.lstat().st_mtime < time.time() - _OLD and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
