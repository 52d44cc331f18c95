"""Built objects with one thing changed, by the schema of their kind: what people might write, within limits and beyond."""

import copy
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from objects import GONE, put

from generator.field import pointer
from generator.manifest import Manifest

_NUMBERS = (-1, 0, 1, 2, 101, 70000, 2**31 - 1, 2**31, "1")
_TEXTS = ("", "x", "A B", "Upper", "under_score", "-x", "a.b", "/x/../y", "x" * 64, "x" * 300)
_AMOUNTS = ("1Gi", "-1", "0.5", "50%", 7)
_BOOLEANS = (True, False, "true")
_KEYS = ("x", "A B", "cpu", "x" * 64, "a/b/c")
_WORDS: dict[str, tuple[Any, ...]] = {
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
_OF_THE_SERVER = """
    apiVersion kind creationTimestamp deletionGracePeriodSeconds deletionTimestamp generateName generation managedFields
    ownerReferences resourceVersion selfLink status uid
"""
_OF_OTHER_CLOUDS = """
    awsElasticBlockStore azureDisk azureFile cephfs cinder fc flexVolume flocker gcePersistentDisk gitRepo glusterfs
    photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume windowsOptions
"""
_NEVER_ADDED = frozenset(f"{_OF_THE_SERVER} {_OF_OTHER_CLOUDS} ephemeralContainers".split())
"""Fields that nobody writes: they are not added."""
_DEPTH = 2
"""How many levels of a new value are filled in."""

Steps = tuple[str | int, ...]
Schema = Any


class Spoiled(NamedTuple):
    """An object with something changed, and what that is: a place without indexes, and what stands there now."""

    manifest: Manifest
    place: str
    change: str

    def __str__(self) -> str:
        return f"{self.manifest['kind']} {self.place} {self.change}"


def spoiled(manifest: Manifest, schema: Schema) -> Iterator[Spoiled]:
    """Yield an object with every single change of it that there is; `schema` holds its own definitions."""
    for steps, value in _changes(manifest, schema, schema["$defs"], ()):
        at = pointer(*map(str, steps))
        changed = copy.deepcopy(manifest)
        put(changed, at, value)
        place = re.sub(r"/[0-9]+(?=/|$)", "/*", at)
        yield Spoiled(changed, place, "is gone" if value is GONE else f"is {_short(value)}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 150 else f"{text[:60]} … ({len(text)})"


def _changes(node: Any, schema: Schema, known: Schema, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    """Yield where to put which value: what is there taken away, doubled, or otherwise; what is not there added."""
    schema = _resolved(schema, known)
    if isinstance(node, dict):
        yield from _in_map(node, schema, known, steps)
    elif isinstance(node, list):
        yield steps, []
        for index, item in enumerate(node):
            yield from _changes(item, schema.get("items"), known, (*steps, index))
        if node:
            yield (*steps, len(node)), node[0]
            yield (*steps, 0), GONE
    else:
        yield from ((steps, value) for value in _values(str(steps[-1]), schema, known, 0) if value != node)


def _in_map(node: dict[str, Any], schema: Schema, known: Schema, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    properties = schema.get("properties") or {}
    for key in sorted(node):
        if (*steps, key) not in _KEPT:
            yield (*steps, key), GONE
        if (*steps, key) not in _KEPT[1:]:
            yield from _changes(
                node[key], properties.get(key, schema.get("additionalProperties")), known, (*steps, key)
            )
    for key in sorted(properties.keys() - node.keys() - _NEVER_ADDED):
        if (*steps, key) not in _KEPT:
            yield from (((*steps, key), value) for value in _values(key, properties[key], known, _DEPTH))
    if not properties:
        some = next(iter(node.values()), "x")
        yield from (((*steps, key), some) for key in (*_KEYS, "x" * 300, "Upper", "under_score", ""))


def _values(key: str, schema: Schema, known: Schema, depth: int) -> Iterator[Any]:
    """Yield values of a schema, good and bad."""
    schema = _resolved(schema, known)
    match _kind(schema):
        case "integer" | "number":
            yield from _NUMBERS
        case "boolean":
            yield from _BOOLEANS
        case "array":
            items = schema.get("items")
            first = _minimal(items, known)
            yield from ([], [first, first], *([value] for value in _values(key, items, known, depth)))
        case "object":
            yield {}
            yield from _maps(schema, known, depth - 1) if depth else ()
        case _:
            yield from (*_WORDS.get(key, ()), *(schema.get("enum") or ()), *_TEXTS, *_AMOUNTS)


def _maps(schema: Schema, known: Schema, depth: int) -> Iterator[dict[str, Any]]:
    """Yield what must be there alone, then with each field more; of a map of texts some keys."""
    properties = schema.get("properties") or {}
    required = {name: _minimal(properties[name], known) for name in schema.get("required") or ()}
    yield required
    for name in sorted(properties.keys() - _NEVER_ADDED):
        yield from ({**required, name: value} for value in _values(name, properties[name], known, depth))
    if not properties:
        yield from ({key: text} for key in _KEYS for text in ("x", "A B", "x" * 64, *_AMOUNTS))


def _minimal(schema: Schema, known: Schema) -> Any:
    """Return the smallest value of a schema that might be taken."""
    schema = _resolved(schema, known)
    match _kind(schema):
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case "array":
            return []
        case "object":
            return {name: _minimal(schema["properties"][name], known) for name in schema.get("required") or ()}
    return next(iter(schema.get("enum") or ("x",)))


def _kind(schema: Schema) -> str:
    """Return of which type a value is."""
    types = schema.get("type", "object" if "properties" in schema else "string")
    return str(next(one for one in types if one != "null") if isinstance(types, list) else types)


def _resolved(schema: Schema, known: Schema) -> Any:
    """Return what a schema refers to; the first of several that it may be."""
    while isinstance(schema, dict) and ("$ref" in schema or "oneOf" in schema or "anyOf" in schema):
        if "$ref" in schema:
            schema = known[schema["$ref"].removeprefix("#/$defs/")]
        else:
            branches: list[Any] = schema.get("oneOf") or schema["anyOf"]
            schema = next(one for one in branches if one.get("type") != "null")
    return schema if isinstance(schema, dict) else {}
