"""Whether sources are fit to be published from: committed, and not into the very place they come from."""

from collections.abc import Iterator

from msgspec.structs import replace

from generator.errors import InputInvalid
from generator.finding import Finding, Severity
from generator.history import Source
from generator.publish.target import Target

_NAMED = 5


def fitness(
    source: Source, target: Target, environments: list[str], output: str, *, allow_dirty: bool
) -> tuple[tuple[Finding, ...], bool]:
    """Return why nothing may be published from here, with warnings, and whether something is not committed.

    `output` is the folder of output/ below the repository. Raises InputInvalid where the target cannot be meant.
    """
    if problems := list(_misplaced(source, target, output)):
        raise InputInvalid(problems)
    below = output.removeprefix(f"{source.folder}/") if source.folder else output
    uncommitted = source.uncommitted(*(f"{below}/{name}" for name in environments if below))
    found = list(_uncommitted(uncommitted))
    if allow_dirty and target.mode != "in-place":
        found = [replace(finding, severity=Severity.WARNING) for finding in found]
    return tuple(found), bool(uncommitted)


def _uncommitted(paths: tuple[str, ...]) -> Iterator[Finding]:
    if paths:
        named = ", ".join(paths[:_NAMED]) + (f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else "")
        hint = "git commit; --allow-dirty publishes all the same, and the commit says so"
        yield Finding(rule="source-dirty", message=f"not committed: {named}", hint=hint)


def _misplaced(source: Source, target: Target, output: str) -> Iterator[Finding]:
    """Yield that Argo CD would read another folder than the one that merging changes, or that they are one."""
    same = _plain(target.repository) == _plain(source.url)
    if target.mode == "in-place" and target.path != output:
        message = f"publish: in-place means that Argo CD reads {output or 'output/'}, and gitops.path is {target.path}"
        yield Finding(rule="publish-in-place", message=message, hint=f"gitops: {{path: {output or 'output'}}}")
    elif target.mode == "in-place" and source.url and not same:
        message = (
            f"publish: in-place means this repository ({source.url}), and gitops.repository is {target.repository}"
        )
        yield Finding(
            rule="publish-in-place", message=message, hint="gitops: {publish: push}, or the address of this one"
        )
    elif target.mode == "pull-request":
        message, hint = "publish: pull-request is not there yet", "gitops: {publish: push}, or in-place"
        yield Finding(rule="publish-mode", message=message, hint=hint)
    elif target.mode == "push" and same and target.branch == source.branch and target.path == output:
        message = "the target is what output/ is itself: the branch we are on, in this repository"
        yield Finding(
            rule="publish-itself", message=message, hint="gitops: {publish: in-place}, or another branch or path"
        )


def _plain(url: str) -> str:
    """Return a repository's address without what does not tell it from another."""
    scheme, found, rest = url.partition("://")
    place = rest if found else scheme
    return place.rpartition("@")[2].removesuffix("/").removesuffix(".git").lower()
