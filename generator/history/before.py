"""What output/ held at a commit, read from git's objects: nothing is checked out."""

from collections.abc import Iterator

from generator.errors import InputInvalid
from generator.finding import Finding, Severity
from generator.history.git import Git
from generator.history.source import Source
from generator.tree import File, Tree

_DEFAULT = ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master", "main", "master")
"""Where the default branch may be, as git's own tools look for it."""
_FILES = ("100644", "100755")


def merge_base(source: Source) -> str:
    """Return the commit at which our branch left the default one. Raises InputInvalid where git does not know it."""
    for ref in _DEFAULT:
        if not _commit(source, ref):
            continue
        done = source.git.run("merge-base", source.commit, ref)
        if done.status == 0:
            return done.text
        message = f"has no commit in common with {ref}, as far as it was fetched"
        hint = "fetch the whole history (CI: fetch-depth: 0, GIT_DEPTH: 0), or say --against REF"
        raise InputInvalid([Finding(rule="diff-base", message=message, file=str(source.git.folder), hint=hint)])
    return source.commit


def named(source: Source, ref: str) -> str:
    """Return the commit that a branch, a tag or a commit's name means. Raises InputInvalid where there is none."""
    commit = "" if ref.startswith("-") else _commit(source, ref)
    if not commit:
        hint = "a branch, a tag or a commit that was fetched; or a folder that is laid out like output/"
        raise InputInvalid([Finding(rule="diff-base", message=f"there is no {ref}", path="--against", hint=hint)])
    return commit


def environments(source: Source, commit: str, output: str) -> tuple[str, ...]:
    """Return the environments that `output` (below the repository) held at a commit, sorted."""
    done = source.git.run("ls-tree", "-d", "-z", "--name-only", "--full-tree", f"{commit}:{output}")
    return tuple(sorted(name for name in done.output.decode("utf-8", "replace").split("\0") if name))


def tree_at(source: Source, commit: str, output: str, environment: str) -> tuple[Tree, tuple[Finding, ...]]:
    """Return an environment's tree at a commit, empty if it was not there, and warnings of what could not be read."""
    folder = f"{output}/{environment}/"
    done = source.git.run("ls-tree", "-r", "-z", "--full-tree", commit, folder)
    entries = [entry.partition("\t")[::2] for entry in done.output.decode("utf-8", "replace").split("\0") if entry]
    blobs = [(said.split(" ")[2], path.removeprefix(folder)) for said, path in entries if said.split(" ")[0] in _FILES]
    files, found = [], []
    for (_, path), content in zip(blobs, contents(source.git, [blob for blob, _ in blobs]), strict=True):
        try:
            files.append(File(path, content.decode()))
        except UnicodeDecodeError:
            message = "is not UTF-8 on the old side: what it held shows as added"
            found.append(
                Finding(
                    rule="diff-unreadable",
                    severity=Severity.WARNING,
                    message=message,
                    file=f"{commit[:12]}:{folder}{path}",
                    environment=environment,
                )
            )
    return Tree.of(environment, files), tuple(found)


def _commit(source: Source, ref: str) -> str:
    done = source.git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    return done.text if done.status == 0 else ""


def contents(git: Git, blobs: list[str]) -> Iterator[bytes]:
    """Yield the contents of blobs that the repository has, all of them in one call."""
    given = "".join(f"{blob}\n" for blob in blobs).encode()
    output = git.run("cat-file", "--batch", stdin=given).output if blobs else b""
    start = 0
    for _ in blobs:
        head = output.index(b"\n", start)
        size = int(output[start:head].split(b" ")[-1])
        yield output[head + 1 : head + 1 + size]
        start = head + size + 2
