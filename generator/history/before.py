"""What output/ held at a commit, read from git's objects: nothing is checked out."""

from collections.abc import Iterator
from typing import NamedTuple

from generator.errors import InputInvalid
from generator.finding import Finding, Severity
from generator.history.git import Git
from generator.history.source import Source
from generator.tree import File, Tree

_DEFAULT = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)
"""Where the default branch may be, as git's own tools look for it."""
_FILES, _FOLDER = ("100644", "100755"), "040000"


class Base(NamedTuple):
    """The old side of a plan, and how it was found: a commit with the date that it says, or a folder (`commit` is '')."""

    found: str
    commit: str = ""
    date: str = ""


def merge_base(source: Source) -> Base:
    """Return the commit at which our branch left the default one. Raises InputInvalid where git does not know it."""
    for ref in _DEFAULT:
        if not _commit(source, ref):
            continue
        done = source.git.run("merge-base", source.commit, ref)
        if done.status == 0:
            short = source.git.run("rev-parse", "--abbrev-ref", ref).text
            return _base(source, done.text, f"the merge base with {short or ref}")
        message = f"has no commit in common with {ref}, as far as it was fetched"
        hint = "fetch the whole history (CI: fetch-depth: 0, GIT_DEPTH: 0), or say --against REF"
        raise InputInvalid([Finding(rule="diff-base", message=message, file=str(source.git.folder), hint=hint)])
    return _base(source, source.commit, "HEAD, since no default branch is known here")


def named(source: Source, ref: str) -> Base:
    """Return the commit that a branch, a tag or a commit's name means. Raises InputInvalid where there is none."""
    commit = "" if ref.startswith("-") else _commit(source, ref)
    if not commit:
        hint = "a branch, a tag or a commit that was fetched; or a folder that is laid out like output/"
        raise InputInvalid([Finding(rule="diff-base", message=f"there is no {ref}", path="--against", hint=hint)])
    return _base(source, commit, f"named by --against {ref}")


def _base(source: Source, commit: str, found: str) -> Base:
    done = source.git.run("log", "-1", "--no-show-signature", "--format=%cI", commit)
    return Base(found, commit, done.text)


def blobs(source: Source, commit: str, folder: str) -> dict[str, str]:
    """Return what is below a folder at a commit: path and blob, a link or a module with its mode. Raises InputInvalid."""
    entries = _entries(source, commit, f"{folder}/", "-r")
    return {path: blob if mode in _FILES else f"{mode} {blob}" for mode, blob, path in entries}


def environments(source: Source, commit: str, output: str) -> tuple[str, ...]:
    """Return the environments that `output` (below the repository) held at a commit, sorted; hidden ones are nobody's."""
    said = _entries(source, commit, f"{output}/")
    return tuple(
        sorted(
            name
            for mode, _, name in said
            if mode == _FOLDER and not name.startswith(".") and name.isprintable() and "/" not in name
        )
    )


def tree_at(source: Source, commit: str, output: str, environment: str) -> tuple[Tree, tuple[Finding, ...]]:
    """Return an environment's tree at a commit, empty if it was not there, and warnings of what could not be read.

    Raises InputInvalid where the repository does not hold what the commit names, as a clone of a part may not.
    """
    folder = f"{output}/{environment}/"
    entries = _entries(source, commit, folder, "-r")
    blobs = [(blob, path) for mode, blob, path in entries if mode in _FILES]
    unread = {path: "is no file" for mode, _, path in entries if mode not in _FILES}
    files: dict[str, File] = {}
    for (_, path), content in zip(blobs, contents(source.git, [blob for blob, _ in blobs]), strict=True):
        try:
            files[path] = File(path, content.decode())
        except UnicodeDecodeError:
            unread[path] = "is not UTF-8"
    found = (
        Finding(
            rule="diff-unreadable",
            severity=Severity.WARNING,
            message=f"{why} on the old side: what it held shows as added",
            file=f"{commit[:12]}:{folder}{path}",
            environment=environment,
        )
        for path, why in unread.items()
    )
    return Tree.of(environment, files.values()), tuple(found)


def _entries(source: Source, commit: str, folder: str, *how: str) -> list[tuple[str, str, str]]:
    """Return mode, blob and path below `folder` of what is in it at a commit. Raises InputInvalid where git cannot say."""
    done = source.git.run("ls-tree", "-z", "--full-tree", *how, commit, folder)
    if done.status != 0:
        raise InputInvalid([_incomplete(done.said, source.git)])
    listed = (entry.partition("\t") for entry in done.output.decode("utf-8", "replace").split("\0") if entry)
    return [(said.split(" ")[0], said.split(" ")[2], path.removeprefix(folder)) for said, _, path in listed]


def _incomplete(said: str, git: Git) -> Finding:
    hint = "fetch the whole repository (git fetch --refetch --no-filter); git fsck says what is missing"
    message = f"does not hold all of the old side: {said or 'an object is missing'}"
    return Finding(rule="diff-base", message=message, file=str(git.folder), hint=hint)


def _commit(source: Source, ref: str) -> str:
    done = source.git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    return done.text if done.status == 0 else ""


def contents(git: Git, blobs: list[str]) -> Iterator[bytes]:
    """Yield the contents of blobs, all of them in one call. Raises InputInvalid for one that the repository lacks."""
    given = "".join(f"{blob}\n" for blob in blobs).encode()
    done = git.run("cat-file", "--batch", stdin=given) if blobs else None
    output, start = done.output if done else b"", 0
    for _ in blobs:
        head = output.find(b"\n", start)
        said = output[start : max(head, start)].split(b" ")
        if not said[-1].isdigit():  # `<name> missing`, or nothing where git has given up
            raise InputInvalid([_incomplete(done.said if done else "", git)])
        size = int(said[-1])
        yield output[head + 1 : head + 1 + size]
        start = head + size + 2
