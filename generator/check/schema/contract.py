"""Custom kinds against contracts: closed JSON Schemas of the fields we render, shipped in contracts/, one file a kind.

A contract of the project (schemas/, made by `schemas import`) wins over the shipped one. Marks that are no JSON Schema:
`x-immutable`, a field that cannot change on a living object; `x-default`, what the API server fills in inside a list
item, so that a field left out would differ from the cluster for ever.
"""

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import msgspec

from generator.check.schema import kubernetes_schema
from generator.check.schema.custom_resource import place
from generator.field import listed, mapping, pointer
from generator.field import text as text_at
from generator.finding import Finding
from generator.manifest import Manifest, Object
from generator.schema import reference
from generator.suggestion import did_you_mean

FOLDER = "schemas"
_SHIPPED = Path(__file__).parent / "contracts"
_CLUSTER = "a field that your cluster knows: `codemie-manifests schemas import` takes its CRD"
_MESSAGES = {
    "pattern": "must match {pattern}",
    "const": "must be {expected_value}",
    "minimum": "must be at least {limit}",
    "maximum": "must be at most {limit}",
    "minLength": "must hold at least {limit} characters",
    "maxLength": "must hold at most {limit} characters",
    "minItems": "must hold at least {limit}",
    "maxItems": "must hold at most {limit}",
}


class Contract(NamedTuple):
    """A schema, its file, and what judges an object by it. Where `validator` is None, `broken` says why, and where."""

    file: str
    schema: dict[str, Any]
    validator: Any
    marks: bool
    broken: str = ""
    at: str = ""


class Contracts:
    """The contracts an environment is judged by, each compiled when the first object of its kind comes."""

    def __init__(self, texts: Mapping[str, str], version: str) -> None:
        """Keep the project's contracts by path, and the version of Kubernetes whose definitions they refer to."""
        self._texts = texts
        self._version = version

    def of(self, manifest: Manifest) -> Contract | None:
        """Return the contract of an object's kind and version; None if there is none."""
        group, _, version = manifest["apiVersion"].rpartition("/")
        return self.find(place(group, manifest["kind"], version))

    def find(self, path: str) -> Contract | None:
        """Return a contract by its path."""
        text = written(self._texts, path)
        return None if text is None else _compiled(f"{FOLDER}/{path}", text, self._version)


def check(built: Object, contract: Contract) -> Iterator[Finding]:
    """Yield what is wrong with an object of a custom kind, each at its JSON pointer."""
    if contract.validator is None:
        hint = "import the CRD again, or delete the file"
        yield Finding(rule="contract-file", message=contract.broken, file=contract.file, path=contract.at, hint=hint)
        return
    errors = [told for error in contract.validator.iter_errors(built.manifest) for told in _told(error, contract)]
    for path, message, hint in errors:
        where = pointer(*path)
        yield Finding(rule="contract", message=message, file=built.file, path=where, hint=hint, object=str(built.id))
    for path, default in _missing(built.manifest, contract.schema, contract.schema["$defs"]) if contract.marks else ():
        where, value = pointer(*path), msgspec.json.encode(default).decode()
        message = f"the default {value} inside a list item is not written out"
        hint = f"write {path[-1]}: {value}: the API server adds it, and Argo CD would see a difference for ever"
        yield Finding(
            rule="contract-default", message=message, file=built.file, path=where, hint=hint, object=str(built.id)
        )


def fits(built: Object, contract: Contract) -> bool:
    """Whether everything in an object of a custom kind is of the type that it must be."""
    return contract.validator is None or not any(
        map(kubernetes_schema.is_shape, contract.validator.iter_errors(built.manifest))
    )


def written(texts: Mapping[str, str], path: str) -> str | None:
    """Return the text of a contract: the project's own, else the shipped one; None if there is neither."""
    own = f"{FOLDER}/{path}"
    return texts[own] if own in texts else _shipped(path)


@functools.cache
def shipped() -> tuple[str, ...]:
    """Return the paths of all shipped contracts, sorted."""
    return tuple(sorted(file.relative_to(_SHIPPED).as_posix() for file in _SHIPPED.glob("*/*.json")))


@functools.cache
def _shipped(path: str) -> str | None:
    """Return a shipped contract: anybody may have named the kind, so only what is in the list is a file."""
    return (_SHIPPED / path).read_text(encoding="utf-8") if path in shipped() else None


@functools.cache
def _compiled(file: str, text: str, version: str) -> Contract:
    written, broken, at = sound(text)
    if broken:
        return Contract(file, {}, None, marks=False, broken=broken, at=at)
    try:
        schema = kubernetes_schema.with_definitions(written, version, {**shared(), **written.get("$defs", {})})
        validator = jsonschema_rs.Draft202012Validator(schema, offline=True)
    except (KeyError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError):
        return Contract(file, {}, None, marks=False, broken="is not a self-contained JSON Schema")
    return Contract(file, schema, validator, marks='"x-default"' in text)


@functools.cache
def sound(text: str) -> tuple[dict[str, Any], str, str]:
    """Return a contract as it is written; or {}, what is wrong with it, and where: it refers to its own parts only."""
    try:
        written = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return {}, "is not a self-contained JSON Schema", ""
    if reference.too_deep(written):
        return {}, "is nested too deeply", ""
    for path in reference.astray(written):
        return (
            {},
            "has a $ref to something outside; a contract may refer only to its own #/$defs/… or those of Kubernetes",
            pointer(*path),
        )
    definitions = written.get("$defs", {})
    if not isinstance(definitions, dict):
        return {}, "is not a self-contained JSON Schema", "/$defs"
    if names := reference.circle(definitions):
        return {}, f"forms a cycle: {' -> '.join(names)}", "/$defs"
    return written, "", ""


@functools.cache
def shared() -> dict[str, Any]:
    """Return what shipped contracts have in common, such as a reference of Config Connector."""
    found: dict[str, Any] = msgspec.json.decode((_SHIPPED / "definitions.json").read_bytes())
    return found


def _told(error: Any, contract: Contract) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Yield path, message and hint of what one error of the validator says."""
    path, detail, kind = tuple(error.instance_path), error.kind.as_dict(), error.kind.name
    node = _at(contract.schema, path)
    if kind == "additionalProperties":
        known = sorted(node.get("properties", {}))
        for key in sorted(detail["unexpected"]):
            yield (*path, key), "unknown field", did_you_mean(key, known, _CLUSTER)
    elif kind == "required":
        yield path, f"the field {detail['property']} is missing", ""
    elif kind.startswith("oneOf") and (choices := _choices(node)):
        yield path, f"needs exactly one of {', '.join(choices)}", ""
    elif kind in _MESSAGES:
        yield path, _MESSAGES[kind].format(**detail), ""
    else:
        yield path, kubernetes_schema.message(error).replace("the Kubernetes schema", "its contract"), ""


def _choices(node: dict[str, Any]) -> list[str]:
    """Return the fields of which an object needs exactly one."""
    return [name for branch in node.get("oneOf", ()) for name in listed(branch, "required")]


def _at(schema: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """Return the schema of what stands at `path` of an object."""
    node = schema
    for step in path:
        node = _resolved(below(node, step), schema["$defs"])
    return node


def below(node: dict[str, Any], step: str | int) -> Any:
    """Return the schema of a field, a key or a list item of what `node` describes; {} where it says nothing."""
    found = node.get("items") if isinstance(step, int) else mapping(node, "properties").get(step)
    return found or node.get("additionalProperties") or {}


def _resolved(node: Any, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition that a node refers to, or itself. There are no circles."""
    while name := text_at(node, "$ref"):
        node = definitions[name.removeprefix("#/$defs/")]
    return node if isinstance(node, dict) else {}


def _missing(
    value: Any, node: Any, definitions: Mapping[str, Any], path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield every marked default that is not written, with its path."""
    node = _resolved(node, definitions)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _missing(item, node.get("items", {}), definitions, (*path, index))
    if not isinstance(value, dict):
        return
    for key, below in node.get("properties", {}).items():
        if key in value:
            yield from _missing(value[key], below, definitions, (*path, key))
        elif isinstance(below, dict) and "x-default" in below:
            yield (*path, key), below["x-default"]
