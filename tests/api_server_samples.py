"""Objects of built-in kinds that an API server takes or refuses by its own validation, each a change of one that it takes.

`test_api_server_samples.py` holds our checks against them, `e2e/test_api_server_rules.py` a real API server: where they
differ, the server is right.
"""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from objects import GONE, put

from generator.manifest import Manifest

_FOLDER = Path(__file__).parent / "data/api_server"


class Sample(NamedTuple):
    """An object with a change that has a name, and whether an API server refuses it."""

    kind: str
    name: str
    refused: bool
    manifest: Manifest

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


class _Loader(yaml.SafeLoader):
    """Adds `!long 300`, a text of that many characters, and `!key 300`, a map with such a key."""


_Loader.add_constructor("!long", lambda loader, node: "x" * int(node.value))
_Loader.add_constructor("!key", lambda loader, node: {"x" * int(node.value): "x"})


def samples() -> list[Sample]:
    """Return all samples, in the order of their files."""
    groups: dict[str, Any] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        groups |= yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader
    return [sample for name, group in groups.items() for sample in _samples(name, group, groups)]


def _samples(name: str, group: dict[str, Any], groups: dict[str, Any]) -> Iterator[Sample]:
    """Yield the samples of a kind; those of a part of several kinds once for each of them."""
    for kind, prefix in group.get("within", {name: ""}).items():
        for verdict in ("accepted", "refused"):
            for title, changes in group[verdict].items():
                told = title if kind == name else f"{name} with {title}"
                yield Sample(kind, told, verdict == "refused", _changed(groups[kind]["object"], prefix, changes))


def _changed(manifest: Manifest, prefix: str, changes: dict[str, Any]) -> Manifest:
    """Return an object with values at JSON pointers; a value of null takes the field away."""
    result = copy.deepcopy(manifest)
    for pointer, value in changes.items():
        put(result, prefix + pointer, GONE if value is None else value)
    return result
