"""The one door for built objects: each has the head that every Kubernetes object has; the rest may be anything.

Behind it nobody asks whether a kind, a name or a label is text: an `Object` is one.
"""

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from generator import yamlio
from generator.errors import InputInvalid
from generator.field import at, mapping, pointer, text
from generator.finding import Finding
from generator.manifest import Object, identify
from generator.schema import Contract, Schema, contract, misfits
from generator.tree import Tree
from generator.yamlio import Path

NO_OBJECT = "is not a Kubernetes object: expected a map with apiVersion, kind and metadata.name"
_HINT = "codemie-manifests did not write this file, or somebody edited it; render it again"
_ORIGIN = "config.kubernetes.io/origin"
_OPTIONAL = ("namespace", "labels", "annotations")
"""Fields of metadata whose null is the same as leaving them out, to the API server too."""
_LABEL = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_TEXTS: Schema = {"type": ["object", "null"], "additionalProperties": {"type": "string"}}


def _text(pattern: str, max_length: int, hint: str, *further_types: str) -> Schema:
    return {"type": ["string", *further_types], "pattern": f"^{pattern}$", "maxLength": max_length, "x-hint": hint}


_SHAPE: Schema = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata"],
    "properties": {
        "apiVersion": _text(
            f"(?:{_LABEL}(?:\\.{_LABEL})*/)?{_LABEL}",
            253 + 1 + 63,
            "write a version, or a group and a version, e.g. v1 or apps/v1",
        ),
        "kind": _text("[A-Za-z][A-Za-z0-9]*", 63, "at most 63 letters and digits"),
        "metadata": {
            "type": "object",
            "required": ["name"],
            "properties": {
                # names of RBAC hold colons and capitals; what a kind's own names may hold is judged later
                "name": _text("[!-$&-.0-~]+", 253, "1 to 253 characters without spaces, slashes or percent signs"),
                "namespace": _text(_LABEL, 63, "lower-case letters, digits and dashes", "null"),
                "labels": _TEXTS,
                "annotations": _TEXTS,
            },
        },
    },
}


class Admitted(NamedTuple):
    """What one kustomize printed: the objects, and what is wrong with what is none."""

    objects: tuple[Object, ...]
    findings: tuple[Finding, ...]


def admitted(output: str, cluster: str, tree: Tree) -> Admitted:
    """Return the objects in what a kustomize printed of folders of a tree, and what is left out of them."""
    objects: list[Object] = []
    findings: list[Finding] = []
    places = {file.path: file.source or tree.named(file.path) for file in tree.files}
    try:
        documents = yamlio.load_built(output, tree.named(""))
    except InputInvalid as error:
        return Admitted((), tuple(msgspec.structs.replace(found, line=0, column=0) for found in error.findings))
    for document in documents:
        origin = _origin(document, tree)
        place = origin if origin in places else ""
        file = places.get(place) or tree.named("")
        if found := tuple(misshapen(document)):
            findings += (
                Finding(
                    rule="object-shape",
                    message=message,
                    file=file,
                    path=pointer(*path),
                    hint=hint,
                    object=described(document),
                )
                for path, message, hint in found
            )
        else:
            objects.append(Object(identify(_without_nulls(document), cluster), document, file, place))
    return Admitted(tuple(objects), tuple(findings))


def misshapen(document: Any) -> Iterator[tuple[Path, str, str]]:
    """Yield path, message and hint of what is wrong with the head of an object."""
    if not isinstance(document, dict):
        yield (), NO_OBJECT, _HINT
        return
    yield from misfits(document, _contract())
    kind = text(document, "kind")
    if kind == "List" or (kind.endswith("List") and "items" in document):
        yield ("kind",), "must not be a list of objects", "write each of its items as a separate document"


def described(document: Any) -> str:
    """Return kind, namespace and name of a document that may be no object, for a message."""
    names = [text(document, "metadata", key) for key in ("namespace", "name")]
    return " ".join(part for part in (text(document, "kind"), "/".join(filter(None, names))) if part)


@functools.cache
def _contract() -> Contract:
    return contract(_SHAPE)


def _without_nulls(document: dict[str, Any]) -> dict[str, Any]:
    """Take away what is said to be nothing."""
    metadata = document["metadata"]
    for key in [key for key in _OPTIONAL if metadata.get(key, "") is None]:
        del metadata[key]
    return document


def _origin(document: Any, tree: Tree) -> str:
    """Take kustomize's origin annotation off a document and return the file of the tree that it names, '' for none."""
    annotations = mapping(document, "metadata", "annotations")
    annotation = annotations.pop(_ORIGIN, None)
    if not annotations and at(document, "metadata", "annotations") == {}:
        del document["metadata"]["annotations"]
    try:
        origin = yamlio.load(annotation, "").value if isinstance(annotation, str) else None
    except InputInvalid:
        return ""
    path = text(origin, "path") or text(origin, "configuredIn")
    return path.removeprefix(f"../{tree.environment}/")
