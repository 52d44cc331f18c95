"""What a schema refers to: only parts of itself, which are of a sane size once they are written out."""

from collections.abc import Iterator
from typing import Any

_DEFINITIONS = "#/$defs/"
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_NAMES = ("$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary")
_DATA = ("const", "default", "enum", "examples", "x-default")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LARGEST = 20_000

Path = tuple[str | int, ...]


def astray(node: Any, path: Path = ()) -> Iterator[Path]:
    """Yield where a schema names or refers to anything but its own `#/$defs/…`: a URL, a file, an anchor."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from astray(item, (*path, index))
    if not isinstance(node, dict):
        return
    for key, item in node.items():
        below = (*path, key)
        if isinstance(item, str):
            local = key == "$ref" and item.startswith(_DEFINITIONS) and "/" not in item[len(_DEFINITIONS) :]
            other = key == "$schema" and item.rstrip("#") != _DIALECT
            if (key in _REFERENCES and not local) or key in _NAMES or other:
                yield below
        elif key not in _DATA or path[-1:] == ("properties",):
            yield from astray(item, below)


def circle(definitions: dict[str, Any]) -> list[str]:
    """Return the names of definitions that refer to each other in a circle; none if there is no circle."""
    done: set[str] = set()
    for start, definition in definitions.items():
        trail: list[tuple[str, Iterator[str]]] = [(start, _referred(definition))]
        while trail:
            name, rest = trail[-1]
            following = next(rest, None)
            if following is None:
                done.add(name)
                trail.pop()
            elif following in [seen for seen, _ in trail]:
                return [*[seen for seen, _ in trail], following]
            elif following in definitions and following not in done:
                trail.append((following, _referred(definitions[following])))
    return []


def too_large(node: Any, definitions: dict[str, Any]) -> bool:
    """Whether a schema without circles has more than 20,000 parts once each reference is replaced by its definition."""
    sizes: dict[str, int] = {}

    def size(part: Any) -> int:
        if isinstance(part, list):
            return 1 + sum(map(size, part))
        if not isinstance(part, dict):
            return 1
        return 1 + sum(map(size, part.values())) + sum(named(name) for name in _of(part))

    def named(name: str) -> int:
        if name not in sizes:
            sizes[name] = min(size(definitions.get(name)), _LARGEST + 1)
        return sizes[name]

    return size(node) > _LARGEST


def _referred(node: Any) -> Iterator[str]:
    """Yield the names of the definitions that a schema refers to."""
    if isinstance(node, list):
        for item in node:
            yield from _referred(item)
    elif isinstance(node, dict):
        yield from _of(node)
        for item in node.values():
            yield from _referred(item)


def _of(node: dict[str, Any]) -> list[str]:
    name = node.get("$ref")
    return [name.removeprefix(_DEFINITIONS)] if isinstance(name, str) else []
