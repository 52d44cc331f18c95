"""What output/ held at a commit, read from git's objects: nothing is checked out."""

from collections.abc import Iterator
from typing import NamedTuple

from generator.bounds import DEPTH, FILE, FILES, GIT_OBJECT, LISTING, LISTING_SECONDS, TREE, Bound, too_long
from generator.errors import InputInvalid
from generator.finding import Finding
from generator.history.git import Git
from generator.history.source import Source
from generator.tree import File, Gap, Tree, is_name

_DEFAULT = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)
"""Where the default branch may be, as git's own tools look for it."""
_FILES, _FOLDER = ("100644", "100755"), "040000"
_TOO_DEEP, _TOO_LARGE = "exceeded maximum allowed tree depth", "attempting to allocate"
"""What git says of too deep folders (since 2.45; older ones crash), and of an object beyond its limit of memory."""


class Base(NamedTuple):
    """The old side of a review, and how it was found: a commit with its date, or a folder (`commit` is '')."""

    found: str
    commit: str = ""
    date: str = ""


def merge_base(source: Source) -> Base:
    """Return the commit at which our branch left the default one. Raises InputInvalid where git does not know it.

    Without a remote there may be no default branch: our own commit stands in for it. With one, it was not fetched, and
    our own commit would hide what the branch changes.
    """
    for ref in _DEFAULT:
        if not _commit(source, ref):
            continue
        done = source.git.run("merge-base", source.commit, ref)
        if done.status == 0:
            short = source.git.run("rev-parse", "--abbrev-ref", ref).text
            return _base(source, done.text, f"the merge base with {short or ref}")
        message = f"has no commit in common with {ref}, as far as it was fetched"
        hint = "fetch the whole history (CI: fetch-depth: 0, GIT_DEPTH: 0), or pass --against REF"
        raise InputInvalid([Finding(rule="diff-base", message=message, file=str(source.git.folder), hint=hint)])
    if source.remotes():
        message = "has no default branch, as far as it was fetched: it is not known where this branch began"
        hint = "git fetch origin main, and the whole history (CI: fetch-depth: 0, GIT_DEPTH: 0), or pass --against REF"
        raise InputInvalid([Finding(rule="diff-base", message=message, file=str(source.git.folder), hint=hint)])
    return _base(source, source.commit, "HEAD, because no default branch was found")


def named(source: Source, ref: str) -> Base:
    """Return the commit that a branch, a tag or a commit's name means. Raises InputInvalid where there is none."""
    commit = "" if ref.startswith("-") else _commit(source, ref)
    if not commit:
        hint = "give a branch, a tag or a commit that is fetched, or a folder laid out like output/"
        raise InputInvalid([Finding(rule="diff-base", message=f"there is no {ref}", path="--against", hint=hint)])
    return _base(source, commit, f"named by --against {ref}")


def _base(source: Source, commit: str, found: str) -> Base:
    done = source.git.run("log", "-1", "--no-show-signature", "--format=%cI", commit)
    return Base(found, commit, done.text)


def blobs(source: Source, commit: str, folder: str) -> dict[str, str]:
    """Return path and blob of all below a folder at a commit; for a link or module, its mode. Raises InputInvalid."""
    entries, _ = _entries(source, commit, f"{folder}/", "-r")
    return {entry.path: entry.blob if entry.mode in _FILES else f"{entry.mode} {entry.blob}" for entry in entries}


def environments(source: Source, commit: str, output: str) -> tuple[str, ...]:
    """Return the environments, sorted, that `output` (below the repository) held at a commit; ignore other names.

    A link or a module of such a name counts: what it leads to is not known.
    """
    entries, _ = _entries(source, commit, f"{output}/")
    return tuple(sorted(entry.path for entry in entries if entry.mode not in _FILES and is_name(entry.path)))


def tree_at(source: Source, commit: str, output: str, environment: str) -> Tree:
    """Return an environment's tree at a commit, empty if it was not there, and what of it cannot be read.

    Raises InputInvalid where the repository does not hold what the commit names, as a clone of a part may not.
    """
    folder = f"{output}/{environment}/"
    entries, over = _entries(source, commit, folder, "-r", "-l")
    read, unread = _within(entries)
    files: list[File] = []
    for entry, content in zip(read, contents(source.git, [entry.blob for entry in read]), strict=True):
        try:
            files.append(File(entry.path, content.decode()))
        except UnicodeDecodeError:
            unread.append(Gap(entry.path, "is not UTF-8"))
    if over:
        unread.insert(0, Gap("", over.more))
    elif not entries:
        unread += _absent(source, commit, folder[:-1], environment)
    return Tree.of(environment, files, unread=unread)


def _absent(source: Source, commit: str, folder: str, environment: str) -> Iterator[Gap]:
    """Yield why a folder that is not there is not just that of a new environment."""
    if any(entry.mode != _FOLDER for entry in _entries(source, commit, folder)[0]):
        yield Gap("", "is not a folder")
    elif _entries(source, commit, source.path(f"environments/{environment}.yaml"))[0]:
        yield Gap("", f"is missing, but environments/{environment}.yaml is there: nobody committed what it renders to")


class _Entry(NamedTuple):
    mode: str
    blob: str
    size: int
    path: str


def _within(entries: list[_Entry]) -> tuple[list[_Entry], list[Gap]]:
    """Return what is read, and why the rest is not: the sizes are known before anything is."""
    read: list[_Entry] = []
    unread: list[Gap] = []
    total = 0
    for entry in entries[: FILES.most]:
        if entry.mode not in _FILES:
            unread.append(Gap(entry.path, "is not a regular file"))
        elif entry.size > FILE.most:
            unread.append(Gap(entry.path, FILE.more))
        elif total + entry.size > TREE.most:
            unread.append(Gap(entry.path, TREE.more))
        elif why := too_long(entry.path):
            unread.append(Gap(entry.path, why))
        else:
            total += entry.size
            read.append(entry)
    if len(entries) > FILES.most:
        unread.append(Gap("", FILES.more))
    return read, unread


def _entries(source: Source, commit: str, folder: str, *how: str) -> tuple[list[_Entry], Bound | None]:
    """Return what is in `folder` at a commit, and the limit that was hit before all of it was listed.

    Raises InputInvalid where git cannot say.
    """
    asked = ("ls-tree", "-z", "--full-tree", *how, commit, folder)
    done = source.git.reading().run(*asked, most=LISTING, patience=LISTING_SECONDS)
    over = done.over
    if not over and (done.status < 0 or _TOO_DEEP in done.said):  # git calls itself for every folder, until it crashes
        over = DEPTH
    elif not over and _TOO_LARGE in done.said:
        over = GIT_OBJECT
    elif not over and done.status != 0:
        raise InputInvalid([_incomplete(done.said, source.git)])
    entries = done.output.decode("utf-8", "replace").split("\0")[:-1]  # the last is empty, or was cut
    listed = (entry.partition("\t") for entry in entries)
    return [_entry(said.split(), path.removeprefix(folder)) for said, _, path in listed], over


def _entry(said: list[str], path: str) -> _Entry:
    mode, _, blob, *size = said
    return _Entry(mode, blob, int(size[0]) if size and size[0].isdigit() else 0, path)


def _incomplete(said: str, git: Git) -> Finding:
    hint = "fetch the whole repository (git fetch --refetch --no-filter); git fsck shows what is missing"
    message = f"does not contain all of the old side: {said or 'an object is missing'}"
    return Finding(rule="diff-base", message=message, file=str(git.folder), hint=hint)


def _commit(source: Source, ref: str) -> str:
    done = source.git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    return done.text if done.status == 0 else ""


def contents(git: Git, blobs: list[str]) -> Iterator[bytes]:
    """Yield the contents of blobs, all of them in one call.

    Raises InputInvalid for one that the repository lacks, and where they are larger than an environment may be.
    """
    given = "".join(f"{blob}\n" for blob in blobs).encode()
    done = git.reading().run("cat-file", "--batch", stdin=given) if blobs else None
    output, start = done.output if done else b"", 0
    for _ in blobs:
        head = output.find(b"\n", start)
        said = output[start : max(head, start)].split(b" ")
        if not said[-1].isdigit():  # `<name> missing`, or nothing where git has given up
            raise InputInvalid([_incomplete(done.said if done else "", git)])
        size = int(said[-1])
        if head + 1 + size > len(output):
            raise InputInvalid([_incomplete(done.said if done else "", git)])
        yield output[head + 1 : head + 1 + size]
        start = head + size + 2
