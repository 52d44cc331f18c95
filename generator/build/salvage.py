"""An old tree -> what of it can be built: whoever compares with it wants to see what was there, not to judge it.

What kustomize is given of it is `confined`, and built as any other tree. Where that fails, the documents that are no
objects are taken out, and the folders that do not build are found by halves, within a number of builds and a time.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from generator.bounds import limited
from generator.build import kustomization
from generator.build.admitted import Admitted
from generator.build.applications import Folder, folders
from generator.build.confined import Confined, confined, left_out
from generator.build.documents import without_other_documents
from generator.build.halving import Halving
from generator.build.kustomize import Tool, started
from generator.build.process import lay_out
from generator.errors import GeneratorError
from generator.finding import Finding, Severity
from generator.manifest import HUB, WORKLOAD, Object
from generator.tree import File, Tree

_APPS, _HUB = "argocd/apps/", ("argocd/apps", "bootstrap")


class Salvaged(NamedTuple):
    """The objects of an old tree, sorted by identity, each identity once, and warnings of what did not build."""

    objects: tuple[Object, ...]
    findings: tuple[Finding, ...] = ()


@contextlib.contextmanager
def salvaging(tree: Tree, tool: Tool, cache: Path | None) -> Iterator[Callable[[], Salvaged]]:
    """Start building an old tree; yield what waits for it. An empty tree builds to nothing."""
    confined_tree = confined(tree)
    with contextlib.ExitStack() as stack:
        try:
            building = stack.enter_context(started(confined_tree.tree, tool, cache))
        except (GeneratorError, OSError):
            yield lambda: _piecemeal(confined_tree, tool)
            return
        yield lambda: _built_whole(building.admitted, confined_tree) or _piecemeal(confined_tree, tool)


def _built_whole(built: Callable[[], Admitted], confined_tree: Confined) -> Salvaged | None:
    try:
        admitted = built()
    except GeneratorError:
        return None
    return Salvaged(admitted.objects, limited([*confined_tree.findings.values(), *_warnings(admitted.findings)]))


def _warnings(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield a warning of each object that was not let in."""
    for finding in findings:
        message = f"{finding.message}; the object is left out of the old side, so it shows as added"
        file = finding.file.removeprefix("output/")  # of the old side, which is no folder of ours
        yield replace(finding, rule="diff-unreadable", severity=Severity.WARNING, message=message, file=file)


def _piecemeal(confined_tree: Confined, tool: Tool) -> Salvaged:
    """Build of each cluster's folders those that build."""
    from generator.build.scratch import scratch

    applied = _folders(confined_tree.tree)
    confined_tree = without_other_documents(confined_tree)
    tree, findings = confined_tree.tree, dict(confined_tree.findings)
    by_cluster: dict[str, list[str]] = {}
    files = {file.path for file in tree.files}
    for folder in applied:
        path = f"{folder.path}/{kustomization.FILE}"
        if path in files:
            by_cluster.setdefault(folder.cluster, []).append(folder.path)
        elif path not in findings and any(file.startswith(f"{folder.path}/") for file in files):
            findings[path] = left_out(tree.environment, folder.path, f"has no {kustomization.FILE}")
    if not by_cluster:
        return Salvaged((), limited(list(findings.values())))
    try:
        with scratch() as root:
            lay_out(tree, root)
            halving = Halving(tree, tool, root)
            for cluster, paths in by_cluster.items():
                halving.build(cluster, paths)
    except OSError as error:
        findings[""] = left_out(tree.environment, "", f"cannot be built, {error.strerror}")
        return Salvaged((), limited(list(findings.values())))
    findings |= {path: left_out(tree.environment, path, reason) for path, reason in halving.left_out.items()}
    warnings = [*findings.values(), *_warnings(halving.findings)]
    return Salvaged(tuple(sorted(halving.objects.values())), limited(warnings))


def _folders(tree: Tree) -> tuple[Folder, ...]:
    """Return the folders that Argo CD builds; where not all Applications can be read, also those that we write."""
    with contextlib.suppress(GeneratorError):
        if any(file.path.startswith(_APPS) for file in tree.files):
            return folders(tree)
    declared = folders(Tree(tree.environment, tuple(file for file in tree.files if _is_read(file))))
    one_cluster = any(folder.path not in _HUB for folder in declared) and all(
        folder.cluster == WORKLOAD for folder in declared
    )
    kustomized = {file.path.rpartition("/")[0] for file in tree.files if file.path.endswith("/kustomization.yaml")}
    found = {
        path: Folder(path, WORKLOAD if one_cluster or path.startswith("components/") else HUB)
        for path in kustomized
        if not path.endswith("/base")
    }
    if one_cluster or any(folder.cluster == WORKLOAD for folder in declared if folder.path not in _HUB):
        found |= {folder.path: folder for folder in declared}
    return tuple(sorted(found.values()))


def _is_read(file: File) -> bool:
    """Whether a file is no Application, or one that says what it builds."""
    with contextlib.suppress(GeneratorError):
        folders(Tree("", (file,)))
        return True
    return False
