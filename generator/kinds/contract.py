"""The contract of a version of a kind: a closed JSON Schema, how it is made whole, and why one cannot be used."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.bounds import ENTRIES
from generator.kinds.shipped import definitions
from generator.schema import misfit, reference
from generator.yamlio import Path

_KUBERNETES = "io.k8s."
_OBJECT_META = f"{_KUBERNETES}apimachinery.pkg.apis.meta.v1.ObjectMeta"
HEAD = ("apiVersion", "kind", "metadata")
_VERSION = re.compile(r"[a-z][-a-z0-9]{0,61}[a-z0-9]")
_NO_SCHEMA = "is not a self-contained JSON Schema"
_OUTSIDE = "has a $ref to something outside; a contract may refer only to its own #/$defs/… or those of Kubernetes"
_HEAD_HINT = "a contract holds what is beside apiVersion, kind and metadata"
AGAIN = "import the CRD again: codemie-manifests schemas import"

Wrong = tuple[Path, str, str]


class Contract(NamedTuple):
    """A closed JSON Schema of one version of a kind, as it is written, and the file that has it."""

    file: str
    schema: dict[str, Any]


def whole(schema: Mapping[str, Any], version: str, kind: str) -> dict[str, Any]:
    """Return a contract with what follows from the kind: that an object says it, has metadata, and nothing else."""
    metadata = {"$ref": f"#/$defs/{_OBJECT_META}"}
    head = {"apiVersion": {"const": version}, "kind": {"const": kind}, "metadata": metadata}
    return {
        "type": "object",
        "additionalProperties": False,
        **schema,
        "required": [*HEAD, *schema.get("required", ())],
        "properties": {**head, **schema.get("properties", {})},
    }


def unsound(contracts: Any) -> Iterator[Wrong]:
    """Yield why contracts, by version, cannot be used: the place, what is wrong, and a hint."""
    for version, schema in contracts.items() if isinstance(contracts, dict) else ():
        path = ("contract", version)
        if not _VERSION.fullmatch(version):
            yield path, "is not a version", "such as v1 or v1beta1"
        elif isinstance(schema, dict):
            yield from ((((*path, *at), why, hint)) for at, why, hint in _unsound(schema))


def _unsound(schema: dict[str, Any]) -> Iterator[Wrong]:
    own = schema.get("$defs", {})
    for key in ("required", "properties"):
        if set(HEAD) & set(_names(schema.get(key))):
            yield (key,), "says what every object has", _HEAD_HINT
            return
    if not isinstance(own, dict) or any(name.startswith(_KUBERNETES) for name in own):
        yield ("$defs",), _NO_SCHEMA, AGAIN
        return
    if len(own) > ENTRIES.most:
        yield ("$defs",), ENTRIES.more, ""
        return
    if outside := list(reference.astray(schema)):
        yield from ((at, _OUTSIDE, AGAIN) for at in outside)
        return
    if names := reference.circle({**definitions(), **own}):
        yield ("$defs",), f"forms a cycle: {' -> '.join(names)}", AGAIN
        return
    wrong = _misfit(schema, own)
    if wrong is not None:
        yield wrong, _NO_SCHEMA, AGAIN


def _misfit(schema: dict[str, Any], own: dict[str, Any]) -> Path | None:
    """Return where a contract is no JSON Schema; what it takes of Kubernetes stands for anything."""
    if any(
        not isinstance(schema.get(key, empty), type(empty)) for key, empty in (("required", []), ("properties", {}))
    ):
        return ()
    known: dict[str, Any] = {name: {} for name in _referred(schema) if name.startswith(_KUBERNETES)}
    complete = whole(schema, "example.com/v1", "Kind")
    return misfit({**complete, "$defs": {_OBJECT_META: {}, **known, **definitions(), **own}})


def _referred(node: Any) -> Iterator[str]:
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _referred(item)
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        yield node["$ref"].removeprefix("#/$defs/")


def _names(value: Any) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list | dict) else []
