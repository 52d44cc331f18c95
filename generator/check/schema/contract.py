"""Custom kinds against their contracts: closed JSON Schemas of the fields that a kind has, from its kind file."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from generator.check.schema import kubernetes_schema
from generator.check.schema.refusal import refusal
from generator.field import listed, mapping, pointer
from generator.field import text as text_at
from generator.finding import Finding
from generator.kinds import Kinds, definitions
from generator.manifest import Manifest, Object
from generator.suggestion import did_you_mean

_CLUSTER = "a field that your cluster knows: `codemie-manifests schemas import` takes its CRD"


class Contract(NamedTuple):
    """A schema with the definitions that it refers to, what judges an object by it, and whether it marks defaults.

    Where `broken` says why it cannot be used, it judges nothing.
    """

    schema: dict[str, Any]
    validator: Any
    marks: bool
    broken: Finding | None = None


class Contracts:
    """The contracts an environment is judged by, each compiled when the first object of its kind comes."""

    def __init__(self, kinds: Kinds, version: str) -> None:
        """Keep the kinds, and the version of Kubernetes whose definitions their contracts refer to."""
        self._kinds = kinds
        self._version = version
        self._compiled = functools.cache(self._found)
        self._beside = functools.cache(self._refused)

    def judging(self, item: Object) -> Contract | None:
        """Return what an object of a custom kind is judged by: its contract, or what is refused without one."""
        return self.of(item.manifest) or self._beside(item.id.group, item.id.kind)

    def of(self, manifest: Manifest) -> Contract | None:
        """Return the contract of an object's kind and version; None if there is none."""
        return self._compiled(manifest["apiVersion"], manifest["kind"])

    def _refused(self, group: str, kind: str) -> Contract | None:
        """Return what is refused of a kind that has no contract; None if nothing is known to be."""
        refused = self._kinds.of(group, kind).validation
        return _compiled(msgspec.json.encode(refused), self._version) if refused else None

    def _found(self, version: str, kind: str) -> Contract | None:
        found = self._kinds.contract(version, kind)
        if found is None:
            return None
        try:
            group = version.rpartition("/")[0]
            schema = kubernetes_schema.strengthened(found.schema, self._kinds.of(group, kind).validation)
            return _compiled(msgspec.json.encode(schema), self._version)
        except KeyError as error:
            why = f"refers to {error.args[0]}, which Kubernetes {self._version} does not have"
            path, hint = (
                f"contract.{version.rpartition('/')[2]}",
                "import the CRD again: codemie-manifests schemas import",
            )
            broken = Finding(rule="kind-file", message=why, file=found.file, path=path, hint=hint)
            return Contract({}, None, marks=False, broken=broken)


def check(built: Object, contract: Contract) -> Iterator[Finding]:
    """Yield what is wrong with an object of a custom kind, each at its JSON pointer."""
    if contract.broken:
        yield contract.broken
        return
    for error in contract.validator.iter_errors(built.manifest):
        refused = refusal(error, contract.schema)
        told = [(tuple(error.instance_path), *refused)] if refused else _told(error, contract)
        rule = "validation" if refused else "contract"
        for path, message, hint in told:
            where = pointer(*path)
            yield Finding(rule=rule, message=message, file=built.file, path=where, hint=hint, object=str(built.id))
    for path, default in _missing(built.manifest, contract.schema, contract.schema["$defs"]) if contract.marks else ():
        where, value = pointer(*path), msgspec.json.encode(default).decode()
        message = f"the default {value} inside a list item is not written out"
        hint = f"write {path[-1]}: {value}: the API server adds it, and Argo CD would see a difference for ever"
        yield Finding(
            rule="contract-default", message=message, file=built.file, path=where, hint=hint, object=str(built.id)
        )


def fits(built: Object, contract: Contract) -> bool:
    """Whether everything in an object of a custom kind is of the type that it must be."""
    return contract.broken is not None or not any(
        map(kubernetes_schema.is_shape, contract.validator.iter_errors(built.manifest))
    )


@functools.cache
def _compiled(encoded: bytes, version: str) -> Contract:
    written = msgspec.json.decode(encoded)
    schema = kubernetes_schema.with_definitions(written, version, {**definitions(), **written.get("$defs", {})})
    return Contract(schema, kubernetes_schema.validator(schema), marks=b'"x-default"' in encoded)


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
    else:
        yield path, kubernetes_schema.message(error).replace("the Kubernetes schema", "its contract"), ""


def _choices(node: dict[str, Any]) -> list[str]:
    """Return the fields of which an object needs exactly one."""
    return [name for branch in node.get("oneOf", ()) for name in listed(branch, "required")]


def _at(schema: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """Return the schema of what stands at `path` of an object."""
    node = schema
    for step in path:
        node = _resolved(_below(node, step), schema["$defs"])
    return node


def _below(node: dict[str, Any], step: str | int) -> Any:
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
