"""An old tree -> what of it can be built: whoever compares with it wants to see what was there, not to judge it.

It is built as any other. Where that fails, every folder is built alone, and of those that fail a finding tells.
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from generator.build.kustomize import Folder, Tool, built_alone, folders, started
from generator.errors import GeneratorError
from generator.finding import Finding, Severity
from generator.manifest import HUB, WORKLOAD, Object
from generator.tree import Tree

_MISSHAPEN = (GeneratorError, AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What a tree of anybody's making may end in: it was never checked."""


class Salvaged(NamedTuple):
    """The objects of an old tree, sorted by identity, each identity once, and warnings of what did not build."""

    objects: tuple[Object, ...]
    findings: tuple[Finding, ...] = ()


@contextlib.contextmanager
def salvaging(tree: Tree, tool: Tool, cache: Path | None) -> Iterator[Callable[[], Salvaged]]:
    """Start building an old tree; yield what waits for it. An empty tree builds to nothing."""
    with contextlib.ExitStack() as stack:
        try:
            building = stack.enter_context(started(tree, tool, cache))
        except _MISSHAPEN:
            yield lambda: _piecemeal(tree, tool)
            return
        yield lambda: _whole(building.objects) or _piecemeal(tree, tool)


def _whole(objects: Callable[[], tuple[Object, ...]]) -> Salvaged | None:
    try:
        return Salvaged(objects())
    except _MISSHAPEN:
        return None


def _piecemeal(tree: Tree, tool: Tool) -> Salvaged:
    """Build each folder alone."""
    found: dict[object, Object] = {}
    findings = []
    for folder in _folders(tree):
        try:
            found |= {built.id: built for built in built_alone(tree, tool, folder)}
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
    """Return the folders that Argo CD builds; where the Applications do not say, those that we write."""
    with contextlib.suppress(*_MISSHAPEN):
        return folders(tree)
    tops = {file.path.rpartition("/")[0] for file in tree.files if file.path.endswith("/kustomization.yaml")}
    kept = sorted(path for path in tops if not path.endswith("/base"))
    return tuple(Folder(path, WORKLOAD if path.startswith("components/") else HUB) for path in kept)
