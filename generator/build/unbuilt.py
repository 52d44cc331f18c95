"""What kustomize will read of a tree: every file is of the right shape, names what exists, and repeats no object."""

import posixpath
from collections.abc import Iterator

from msgspec.structs import replace

from generator.build import kustomization
from generator.build.applications import Folder, applied
from generator.build.kustomization import Kustomization
from generator.build.reading import Reading
from generator.errors import CheckFailed
from generator.manifest import ObjectId, identify
from generator.tree import Tree
from generator.yamlio.written import Written


def refuse_broken(tree: Tree) -> None:
    """Read a tree as kustomize will. Raises CheckFailed with all that is wrong, each with its line."""
    reading = Reading(tree)
    seen: dict[ObjectId, list[tuple[str, Written]]] = {}
    for folder, application in applied(reading):
        for path, document in _objects(reading, folder, application):
            seen.setdefault(identify(document.value, folder.cluster), []).append((path, document))
    for found in seen.values():
        if len(found) > 1:
            paths = ", ".join(dict.fromkeys(path for path, _ in found))
            reading.report(found[-1][1], (), f"is rendered {len(found)} times: {paths}", rule="duplicate-object")
    if reading.findings:
        raise CheckFailed(replace(finding, environment=tree.environment) for finding in reading.findings)


def _objects(reading: Reading, folder: Folder, application: Written | None) -> Iterator[tuple[str, Written]]:
    """Yield every object below a folder that an Application may name, with its file."""
    waiting, visited = [folder.path], set[str]()
    while waiting:
        path = waiting.pop()
        if path in visited:
            continue
        visited.add(path)
        if not _is_folder(path, reading):
            _refuse_folder(reading, path, application)
        for document in reading.documents(f"{path}/{kustomization.FILE}") if _is_folder(path, reading) else ():
            if reading.fits(document, kustomization.allowed()):
                content = kustomization.Kustomization(document.value)
                _refuse_missing(reading, path, document, content)
                for target in _resources(reading, path, document, content):
                    if _is_folder(target, reading):
                        waiting.append(target)
                    else:
                        yield from ((target, found) for found in reading.objects(target))


def _refuse_folder(reading: Reading, path: str, application: Written | None) -> None:
    """Tell that a folder cannot be applied: where an Application names it, or else of itself."""
    lacks = f"has no {kustomization.FILE}, so nothing in it can be applied"
    if application:
        reading.report(application, ("spec", "source", "path"), f"is a folder that {lacks}", rule="kustomize")
    else:
        reading.report_folder(path, lacks, rule="kustomize")


def _resources(reading: Reading, folder: str, document: Written, content: Kustomization) -> Iterator[str]:
    """Yield the files and folders that a kustomization builds, as far as they are there."""
    for index, name in enumerate(content.resources):
        target = posixpath.normpath(f"{folder}/{name}")
        if target in reading.texts or _is_folder(target, reading):
            yield target
        else:
            reading.report(
                document, ("resources", index), "there is no such file or folder in the tree", rule="kustomize"
            )


def _refuse_missing(reading: Reading, folder: str, document: Written, content: Kustomization) -> None:
    """Tell of files that a kustomization reads besides objects, and that are not there."""
    for steps, path in content.files():
        if posixpath.normpath(f"{folder}/{path}") not in reading.texts:
            reading.report(document, steps, "there is no such file in the tree", rule="kustomize")


def _is_folder(path: str, reading: Reading) -> bool:
    return f"{path}/{kustomization.FILE}" in reading.texts
