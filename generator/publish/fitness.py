"""Whether sources are fit to be published from: committed, and not into the very place they come from."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from msgspec.structs import replace

from generator.errors import InputInvalid
from generator.finding import Finding, Severity
from generator.history import Source
from generator.publish.target import Target
from generator.tree import Tree

_NAMED = 5


def fitness(
    source: Source, target: Target, trees: list[Tree], output: str, *, allow_dirty: bool
) -> tuple[tuple[Finding, ...], bool]:
    """Return why nothing may be published from here, with warnings, and whether something is not committed.

    `output` is the folder of output/ below the repository. Raises InputInvalid where the target cannot be meant.
    """
    if problems := list(misplaced(source, target, output)):
        raise InputInvalid(problems)
    paths = [path for tree in trees for path in uncommitted(source, tree, output)]
    allowed = target.mode != "in-place"
    found = list(_not_committed(tuple(dict.fromkeys(paths)), hinted=allowed and not allow_dirty))
    if allow_dirty and allowed:
        found = [replace(finding, severity=Severity.WARNING) for finding in found]
    return (*found, *whereabouts(source, target)), bool(paths)


def uncommitted(source: Source, tree: Tree, output: str) -> tuple[str, ...]:
    """Return what differs from the commit of the sources and of an environment's output/, by path in the repository."""
    if not output:
        return source.uncommitted()
    folder = f"{output}/{tree.environment}"
    unlike = (f"{folder}/{path}" for path in source.unlike(folder, tree.texts()))
    return tuple(sorted({*source.uncommitted(folder), *unlike}))


def misplaced(source: Source, target: Target, output: str) -> Iterator[Finding]:
    """Yield that Argo CD would read another folder than the one that merging changes, or that they are one."""
    if target.mode == "pull-request":
        message, hint = "publish: pull-request is not there yet", "gitops: {publish: push}, or in-place"
        yield Finding(rule="publish-mode", message=message, hint=hint)
    elif target.mode == "in-place":
        yield from _not_here(source, target, output)
    elif _is_ours(source, target) and target.path == output and _is_own_branch(source, target.branch):
        message = "the target is what output/ is itself: the branch we are on, in this repository"
        hint = "gitops: {publish: in-place}, or another branch or path"
        yield Finding(rule="publish-itself", message=message, hint=hint)


def whereabouts(source: Source, target: Target) -> Iterator[Finding]:
    """Yield warnings: the commit is where nobody else finds it, or is not on the branch that merging publishes."""
    in_place, commit = target.mode == "in-place", source.commit[:12]
    if in_place and not source.addresses():
        message = f"this repository has no remote, so whether it is {target.repository} is not known"
        yield _warning("publish-in-place", message, "git remote add origin, with the address of gitops.repository")
    elif in_place and not source.on_origin(target.branch):
        if source.branch == target.branch:
            message = f"{commit} is not on {target.branch} of origin, as last fetched"
            yield _warning("source-unpushed", message, "git push: Argo CD reads what is pushed")
        else:
            here = f"we are on {source.branch}" if source.branch else f"{commit} is checked out without a branch"
            message = f"{here}, and Argo CD reads {target.branch}: this is published when it is merged there"
            yield _warning("publish-other-branch", message, f"merge it into {target.branch}")
    elif not in_place and not source.on_origin():
        message = f"{commit} is on no branch of origin, as last fetched: others cannot look it up"
        yield _warning("source-unpushed", message, "git push it; what is published names it as its source")


def _not_committed(paths: tuple[str, ...], *, hinted: bool) -> Iterator[Finding]:
    if paths:
        named = ", ".join(paths[:_NAMED]) + (f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else "")
        hint = "git add, git commit; is it ignored, see git check-ignore -v"
        hint += "; --allow-dirty publishes all the same, and the commit says so" if hinted else ""
        yield Finding(rule="source-dirty", message=f"not committed: {named}", hint=hint)


def _not_here(source: Source, target: Target, output: str) -> Iterator[Finding]:
    """Yield that what is merged here is not what Argo CD reads."""
    if not output:
        message = "publish: in-place means that Argo CD reads output/ of this repository, and output/ is outside of it"
        yield Finding(rule="publish-in-place", message=message, hint="let output/ be a folder and no link")
    elif target.path != output:
        message = f"publish: in-place means that Argo CD reads {output}, and gitops.path is {target.path}"
        yield Finding(rule="publish-in-place", message=message, hint=f"gitops: {{path: {output}}}")
    elif source.addresses() and not _is_ours(source, target, by_path=True):
        here = ", ".join(source.addresses())
        message = f"publish: in-place means this repository ({here}), and gitops.repository is {target.repository}"
        hint = "gitops: {publish: push}, or the address of this one; of a fork: git remote add upstream"
        yield Finding(rule="publish-in-place", message=message, hint=hint)


def _is_own_branch(source: Source, branch: str) -> bool:
    """Whether we are on it; in CI, which checks out a commit, whether that one is on it as fetched."""
    return branch == source.branch if source.branch else bool(source.on_origin(branch))


def _is_ours(source: Source, target: Target, *, by_path: bool = False) -> bool:
    """Whether the target's repository is one of our remotes, or with `by_path` has the path of one.

    A host may have other names in ~/.ssh/config, so by its name alone nobody is sent away.
    """
    ours = [_plain(url, source.git.folder) for url in source.addresses()]
    host, path = _plain(target.repository, source.git.folder)
    return any(path == other and (by_path or host == name) for name, other in ours)


def is_in_place(source: Source, target: Target, output: str) -> bool:
    """Whether what Argo CD reads is output/ of this very repository."""
    return target.path == output and _is_ours(source, target, by_path=True)


def remote_of(source: Source, target: Target) -> str:
    """Return the name of our remote that is the target's repository, origin first; '' where none is."""
    wanted = _plain(target.repository, source.git.folder)
    names = [name for name, url in source.remotes() if _plain(url, source.git.folder) == wanted]
    return "origin" if "origin" in names else next(iter(names), "")


def _plain(url: str, folder: Path) -> tuple[str, str]:
    """Return host and path of a repository's address: the same for ssh and https, whoever the user and the port.

    git-clone(1), GIT URLS: `host:path` is ssh, unless a slash comes before the colon; then it is a folder.
    """
    scheme, found, rest = url.partition("://")
    if not found and ":" in url.split("/", maxsplit=1)[0]:
        host, _, path = url.partition(":")
    elif not found or scheme == "file":
        host, path = "", str((folder / unquote(rest if found else url)).resolve())
    else:
        host, _, path = rest.partition("/")
    name = re.sub(r":[0-9]*$", "", host.rpartition("@")[2].lower())
    return name, path.strip("/").removesuffix(".git").lower()


def _warning(rule: str, message: str, hint: str) -> Finding:
    return Finding(rule=rule, severity=Severity.WARNING, message=message, hint=hint)
