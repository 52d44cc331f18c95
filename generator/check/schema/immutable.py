"""Which fields of an object cannot change, by the marks `x-immutable` of its contract. Pure."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from generator.check.schema.contract import below, shared, sound, written
from generator.check.schema.custom_resource import place
from generator.field import text
from generator.manifest import Manifest

Immutable = Callable[[Manifest, tuple[str | int, ...]], bool]


def immutable(texts: Mapping[str, str]) -> Immutable:
    """Return what says of an object and a path in it whether that, or what it stands in, cannot change.

    `texts` are the project's own contracts by path, which win over the shipped ones. A kind without contract has no marks.
    """
    parsed = functools.cache(functools.partial(_parsed, texts))

    def asked(manifest: Manifest, steps: tuple[str | int, ...]) -> bool:
        group, _, version = manifest["apiVersion"].rpartition("/")
        return _is_marked(parsed(place(group, manifest["kind"], version)), steps)

    return asked


def _parsed(texts: Mapping[str, str], path: str) -> dict[str, Any]:
    return sound(written(texts, path) or "{}")[0]  # {} where it is broken, which the check of contracts says


def _is_marked(schema: dict[str, Any], steps: tuple[str | int, ...]) -> bool:
    node = schema
    for step in steps:
        node = below(node, step)
        if not isinstance(node, dict):
            return False
        if node.get("x-immutable"):
            return True
        if name := text(node, "$ref"):
            node = shared().get(name.removeprefix("#/$defs/"), {})
    return False
