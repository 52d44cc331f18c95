"""An old tree -> what of it can be built: whoever compares with it wants to see what was there, not to judge it.

It is built as any other, but for files that could lead kustomize out of it. Where that fails, every folder is built
alone, and of those that fail a finding tells.
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from generator.build.admitted import Admitted
from generator.build.applications import Folder, folders
from generator.build.confined import confined
from generator.build.kustomize import Tool, built_alone, started
from generator.errors import GeneratorError
from generator.finding import Finding, Severity
from generator.manifest import HUB, WORKLOAD, Object
from generator.tree import File, Tree

_MISSHAPEN = (GeneratorError, AttributeError, IndexError, KeyError, OSError, TypeError, ValueError)
"""What a tree of anybody's making may end in: it was never checked."""

_APPS, _HUB = "argocd/apps/", ("argocd/apps", "bootstrap")


class Salvaged(NamedTuple):
    """The objects of an old tree, sorted by identity, each identity once, and warnings of what did not build."""

    objects: tuple[Object, ...]
    findings: tuple[Finding, ...] = ()


@contextlib.contextmanager
def salvaging(tree: Tree, tool: Tool, cache: Path | None) -> Iterator[Callable[[], Salvaged]]:
    """Start building an old tree; yield what waits for it. An empty tree builds to nothing."""
    tree, refused = confined(tree)
    with contextlib.ExitStack() as stack:
        try:
            building = stack.enter_context(started(tree, tool, cache))
        except _MISSHAPEN:
            yield lambda: _piecemeal(tree, tool, refused)
            return
        yield lambda: _whole(building.admitted, refused) or _piecemeal(tree, tool, refused)


def _whole(built: Callable[[], Admitted], refused: tuple[Finding, ...]) -> Salvaged | None:
    try:
        admitted = built()
    except _MISSHAPEN:
        return None
    return Salvaged(admitted.objects, (*refused, *_warned(admitted)))


def _warned(admitted: Admitted) -> Iterator[Finding]:
    """Yield a warning of each object that was let in by nobody."""
    for finding in admitted.findings:
        message = f"{finding.message}: the object is left out of the old side, and shows as added"
        yield replace(finding, rule="diff-unreadable", severity=Severity.WARNING, message=message)


def _piecemeal(tree: Tree, tool: Tool, refused: tuple[Finding, ...]) -> Salvaged:
    """Build each folder alone."""
    found: dict[object, Object] = {}
    findings = list(refused)
    for folder in _folders(tree):
        if not any(file.path.startswith(f"{folder.path}/") for file in tree.files):
            continue  # nothing was there
        try:
            admitted = built_alone(tree, tool, folder)
            found |= {built.id: built for built in admitted.objects}
            findings += _warned(admitted)
        except _MISSHAPEN as error:
            said = error.findings[0].message if isinstance(error, GeneratorError) else "it holds what is no object"
            findings.append(
                Finding(
                    rule="diff-unreadable",
                    severity=Severity.WARNING,
                    message=f"did not build on the old side, so what it held shows as added: {said}",
                    file=f"{tree.environment}/{folder.path}",
                    environment=tree.environment,
                )
            )
    return Salvaged(tuple(sorted(found.values())), tuple(findings))


def _folders(tree: Tree) -> tuple[Folder, ...]:
    """Return the folders that Argo CD builds; where not all Applications can be read, also those that we write."""
    with contextlib.suppress(*_MISSHAPEN):
        if any(file.path.startswith(_APPS) for file in tree.files):
            return folders(tree)
    said = folders(Tree(tree.environment, tuple(file for file in tree.files if _is_read(file))))
    one_cluster = any(folder.path not in _HUB for folder in said) and all(folder.cluster == WORKLOAD for folder in said)
    tops = {file.path.rpartition("/")[0] for file in tree.files if file.path.endswith("/kustomization.yaml")}
    found = {
        path: Folder(path, WORKLOAD if one_cluster or path.startswith("components/") else HUB)
        for path in tops
        if not path.endswith("/base")
    }
    if one_cluster or any(folder.cluster == WORKLOAD for folder in said if folder.path not in _HUB):
        found |= {folder.path: folder for folder in said}
    return tuple(sorted(found.values()))


def _is_read(file: File) -> bool:
    """Whether a file is no Application, or one that says what it builds."""
    with contextlib.suppress(*_MISSHAPEN):
        folders(Tree("", (file,)))
        return True
    return False
