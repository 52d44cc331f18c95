"""Built objects with one thing changed, by the schema of their kind: what people might write, within limits and beyond."""

import copy
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from objects import GONE, put

from generator.field import pointer
from generator.manifest import Manifest

_NUMBERS = (-1, 0, 1, 2, 101, 70000, 2**31 - 1, 2**31, "1")
_TEXTS = ("", "x", "A B", "Upper", "under_score", "-x", "a.b", "/x/../y", "x" * 64, "x" * 300, "1Gi", "-1", "0.5", "50%", 7)
_BOOLEANS = (True, False, "true")
_WORDS = {
    "protocol": ("TCP", "UDP", "SCTP", "tcp"),
    "operator": ("In", "Exists", "Equal", "DoesNotExist", "Gt"),
    "effect": ("NoSchedule", "NoExecute", "noschedule"),
    "restartPolicy": ("Always", "Never", "OnFailure"),
    "cidr": ("10.0.0.0/8", "10.0.0.1/8", "10.0.0.0/33", "::/0"),
    "clusterIP": ("None", "10.96.0.44", "10.96.0.300"),
    "schedule": ("@daily", "@every 1h", "60 * * * *", "* * * * * *", "TZ=UTC 0 0 * * *"),
    "timeZone": ("Etc/UTC", "Europe/Berln", "Local"),
}
"""Further values of fields of these names."""
_KEPT = (("metadata",), ("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"), ("status",))
"""What says where an object is, and what nobody applies."""
_LEFT_OUT = frozenset(
    "ephemeralContainers managedFields ownerReferences status apiVersion kind azureDisk azureFile cephfs cinder fc "
    "flexVolume flocker gcePersistentDisk gitRepo glusterfs photonPersistentDisk portworxVolume quobyte rbd scaleIO "
    "storageos vsphereVolume awsElasticBlockStore creationTimestamp deletionTimestamp uid resourceVersion selfLink".split()
)
"""Fields that nobody adds: what a server writes itself, and volumes of other clouds."""
_DEPTH = 2
"""How many levels of a new value are filled in."""


class Spoiled(NamedTuple):
    """An object with something changed, and what that is: a place without indexes, and what stands there now."""

    manifest: Manifest
    place: str
    change: str

    def __str__(self) -> str:
        return f"{self.manifest['kind']} {self.place} {self.change}"


def spoiled(manifest: Manifest, schema: dict[str, Any]) -> Iterator[Spoiled]:
    """Yield an object with every single change of it that there is; `schema` holds its own definitions."""
    for steps, value in _changes(manifest, schema, schema["$defs"], ()):
        at = pointer(*map(str, steps))
        other = copy.deepcopy(manifest)
        put(other, at, value)
        place = re.sub(r"/[0-9]+(?=/|$)", "/*", at)
        yield Spoiled(other, place, "is gone" if value is GONE else f"is {_short(value)}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 150 else f"{text[:60]} … ({len(text)})"


_Change = tuple[tuple[str | int, ...], Any]


def _changes(node: Any, schema: Any, definitions: Any, steps: tuple[str | int, ...]) -> Iterator[_Change]:
    """Yield where to put which value: what is there taken away, doubled, or otherwise; what is not there added."""
    schema = _resolved(schema, definitions)
    if steps in _KEPT[1:]:
        return
    if isinstance(node, dict):
        properties = schema.get("properties") or {}
        for key in sorted(node):
            below = properties.get(key, schema.get("additionalProperties") or {})
            if (*steps, key) not in _KEPT:
                yield (*steps, key), GONE
            yield from _changes(node[key], below, definitions, (*steps, key))
        for key in sorted(properties.keys() - node.keys() - _LEFT_OUT):
            if (*steps, key) not in _KEPT:
                yield from (((*steps, key), value) for value in _values(key, properties[key], definitions, _DEPTH))
        if isinstance(schema.get("additionalProperties"), dict) and not properties:
            some = next(iter(node.values()), "x")
            yield from (((*steps, key), some) for key in ("A B", "x" * 300, "a/b/c", "Upper", "under_score", ""))
    elif isinstance(node, list):
        yield steps, []
        for index, item in enumerate(node):
            yield from _changes(item, schema.get("items") or {}, definitions, (*steps, index))
        if node:
            yield (*steps, len(node)), node[0]
            yield (*steps, 0), GONE
    else:
        yield from ((steps, value) for value in _values(str(steps[-1]), schema, definitions, 0) if value != node)


def _values(key: str, schema: Any, definitions: Any, depth: int) -> Iterator[Any]:
    """Yield values of a schema, good and bad."""
    schema = _resolved(schema, definitions)
    types = schema.get("type")
    kind = next((one for one in types if one != "null"), None) if isinstance(types, list) else types
    if kind in ("integer", "number"):
        yield from _NUMBERS
    elif kind == "boolean":
        yield from _BOOLEANS
    elif kind == "array":
        yield []
        items = schema.get("items") or {}
        for value in list(_values(key, items, definitions, depth)):
            yield [value]
        first = _minimal(items, definitions, 3)
        yield [first, first]
    elif kind == "object" or "properties" in schema:
        yield {}
        if depth == 0:
            return
        required = {name: _minimal(schema["properties"][name], definitions, 3) for name in schema.get("required") or ()}
        yield required
        for name, below in sorted((schema.get("properties") or {}).items()):
            if name in _LEFT_OUT:
                continue
            for value in _values(name, below, definitions, depth - 1):
                yield {**required, name: value}
        if not schema.get("properties"):
            for name in ("x", "A B", "cpu", "x" * 64, "a/b/c"):
                for text in ("x", "A B", "-1", "0.5", "1Gi", "x" * 64):
                    yield {name: text}
    else:
        yield from _WORDS.get(key, ())
        yield from schema.get("enum") or ()
        yield from _TEXTS


def _minimal(schema: Any, definitions: Any, depth: int) -> Any:
    """Return the smallest value of a schema that might be taken."""
    schema = _resolved(schema, definitions)
    types = schema.get("type")
    kind = next((one for one in types if one != "null"), None) if isinstance(types, list) else types
    if kind in ("integer", "number"):
        return 1
    if kind == "boolean":
        return True
    if kind == "array":
        return [_minimal(schema.get("items") or {}, definitions, depth - 1)] if depth > 0 else []
    if kind == "object" or "properties" in schema:
        names = schema.get("required") or () if depth > 0 else ()
        return {name: _minimal(schema["properties"][name], definitions, depth - 1) for name in names}
    return next(iter(schema.get("enum") or ("x",)))


def _resolved(schema: Any, definitions: Any) -> Any:
    """Return what a schema refers to; the first of several that it may be."""
    while isinstance(schema, dict) and ("$ref" in schema or "oneOf" in schema or "anyOf" in schema):
        if "$ref" in schema:
            schema = definitions[schema["$ref"].removeprefix("#/$defs/")]
        else:
            branches = schema.get("oneOf") or schema.get("anyOf")
            schema = next(one for one in branches if one.get("type") != "null")
    return schema if isinstance(schema, dict) else {}
