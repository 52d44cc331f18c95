"""What kustomize will read of a tree: every file has the shape of its sort, names what is there, and holds no object twice."""

import functools
import posixpath
from collections.abc import Iterator

from msgspec.structs import replace

from generator.build.applications import Folder, applied
from generator.build.reading import Reading
from generator.errors import CheckFailed
from generator.field import numbered
from generator.finding import Finding, Where
from generator.manifest import ObjectId, identify
from generator.schema import Contract, Schema, contract
from generator.tree import Tree
from generator.written import Steps, Written

_NAME = "kustomization.yaml"


def refuse_broken(tree: Tree) -> None:
    """Read a tree as kustomize will. Raises CheckFailed with all that is wrong, each with its line."""
    reading = Reading(tree)
    seen: dict[ObjectId, list[tuple[str, Written]]] = {}
    for folder in applied(reading):
        for path, document in _objects(reading, folder):
            seen.setdefault(identify(document.value, folder.cluster), []).append((path, document))
    for found in seen.values():
        if len(found) > 1:
            paths = ", ".join(dict.fromkeys(path for path, _ in found))
            reading.tell(found[-1][1], (), f"is rendered {len(found)} times: {paths}", rule="duplicate-object")
    if reading.problems:
        raise CheckFailed(replace(problem, environment=tree.environment) for problem in reading.problems)


def _objects(reading: Reading, folder: Folder) -> Iterator[tuple[str, Written]]:
    """Yield every object below a folder, with its file."""
    waiting, known = [folder.path], set[str]()
    while waiting:
        path = waiting.pop()
        if path in known:
            continue
        known.add(path)
        if not _is_folder(path, reading):
            where = Where(reading.tree.named(path))
            reading.problems.append(Finding.at(where, "kustomize", f"has no {_NAME}, so nothing in it can be applied"))
        for document in reading.documents(f"{path}/{_NAME}") if _is_folder(path, reading) else ():
            if reading.fits(document, _kustomization()):
                _refuse_missing(reading, path, document)
                for target in _resources(reading, path, document):
                    if _is_folder(target, reading):
                        waiting.append(target)
                    else:
                        yield from ((target, found) for found in reading.objects(target))


def _resources(reading: Reading, folder: str, document: Written) -> Iterator[str]:
    """Yield the files and folders that a kustomization builds, as far as they are there."""
    for index, name in enumerate(document.value.get("resources") or ()):
        target = posixpath.normpath(f"{folder}/{name}")
        if target in reading.texts or _is_folder(target, reading):
            yield target
        else:
            reading.tell(
                document, ("resources", index), "there is no such file or folder in the tree", rule="kustomize"
            )


def _refuse_missing(reading: Reading, folder: str, document: Written) -> None:
    """Tell of files that a kustomization reads besides objects, and that are not there."""
    named: list[tuple[Steps, str]] = []
    for index, patch in numbered(document.value, "patches"):
        named += [(("patches", index, "path"), patch["path"])] if "path" in patch else []
    for index, config in numbered(document.value, "configMapGenerator"):
        for number, said in enumerate(config.get("files") or ()):
            named.append((("configMapGenerator", index, "files", number), said.rpartition("=")[2]))
    for steps, path in named:
        if posixpath.normpath(f"{folder}/{path}") not in reading.texts:
            reading.tell(document, steps, "there is no such file in the tree", rule="kustomize")


def _is_folder(path: str, reading: Reading) -> bool:
    return f"{path}/{_NAME}" in reading.texts


def _map(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _list(items: Schema) -> Schema:
    return {"type": ["array", "null"], "items": items}


_ANY: Schema = {"type": ["object", "null"]}
_FLAG: Schema = {"type": "boolean"}
_TEXT: Schema = {"type": "string", "minLength": 1}
_TEXTS: Schema = {"type": ["object", "null"], "additionalProperties": {"type": "string"}}


@functools.cache
def _kustomization() -> Contract:
    """Return what we write, and what else leads nowhere: kustomize fetches and reads whatever other keys name."""
    return contract(
        _map(
            apiVersion=_TEXT,
            kind=_TEXT,
            metadata=_ANY,
            resources=_list(_TEXT),
            patches=_list(_map(path=_TEXT, patch=_TEXT, target=_TEXTS)),
            images=_list(_map(name=_TEXT, newName=_TEXT, newTag=_TEXT, digest=_TEXT)),
            labels=_list(_map(pairs=_TEXTS, fields=_list(_ANY), includeSelectors=_FLAG, includeTemplates=_FLAG)),
            replicas=_list(_map(name=_TEXT, count={"type": "integer"})),
            configMapGenerator=_list(_map(name=_TEXT, namespace=_TEXT, files=_list(_TEXT), options=_ANY)),
            namespace=_TEXT,
            commonAnnotations=_TEXTS,
            generatorOptions=_ANY,
            sortOptions=_ANY,
        )
    )
