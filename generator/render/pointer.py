"""JSON pointers in which a list step may be written `[name=x]`: resolved against the object they will change."""

import re
from typing import Any, NamedTuple

from generator.field import escaped, position, unescaped

_STEP = re.compile(r"/(\[[^\]=]+=[^\]]*\](?=/|$)|[^/]*)")
_POINTER = re.compile(f"(?:{_STEP.pattern})*")
_BY_KEY = re.compile(r"\[([^\]=]+)=([^\]]*)\]")


class Resolved(NamedTuple):
    """A plain pointer, and an `op: test` for each name looked up, so a changed base cannot be patched wrongly."""

    pointer: str
    tests: tuple[dict[str, Any], ...]


class PointerMissed(Exception):
    """A step leads nowhere. The message names the step and what is there."""


def resolve(pointer: str, target: Any) -> Resolved:
    """Return `pointer` with indexes into `target` for named steps; the last may be missing. Raises PointerMissed."""
    done = ""
    tests: list[dict[str, Any]] = []
    node: Any = target
    steps = _steps(pointer)
    for number, step in enumerate(steps):
        by_key = _BY_KEY.fullmatch(step)
        if by_key:
            key, wanted = by_key.groups()
            index = _index(node, key, wanted, done)
            tests.append({"op": "test", "path": f"{done}/{index}/{escaped(key)}", "value": wanted})
            node, done = node[index], f"{done}/{index}"
            continue
        if number < len(steps) - 1:
            node = _child(node, step, done)
        done = f"{done}/{step}"
    return Resolved(done, tuple(tests))


def find(pointer: str, target: Any) -> Any:
    """Return what `pointer` leads to in `target`. Raises PointerMissed."""
    node = target
    done = ""
    for step in _steps(pointer):
        by_key = _BY_KEY.fullmatch(step)
        if by_key:
            key, wanted = by_key.groups()
            index = _index(node, key, wanted, done)
            node, done = node[index], f"{done}/{index}"
        else:
            node, done = _child(node, step, done), f"{done}/{step}"
    return node


def leads(pointer: str, target: Any) -> bool:
    """Whether `pointer` leads to something in `target`."""
    try:
        find(pointer, target)
    except PointerMissed:
        return False
    return True


def steps_of(pointer: str) -> list[str]:
    """Return the steps of a pointer, where `[name=x]` is one, whatever x is."""
    return [unescaped(step) for step in _STEP.findall(pointer)]


def _steps(pointer: Any) -> list[str]:
    if not isinstance(pointer, str) or not _POINTER.fullmatch(pointer):
        message = "is not a JSON pointer: each step starts with /"
        raise PointerMissed(message)
    return _STEP.findall(pointer)


def _index(node: Any, key: str, wanted: str, done: str) -> int:
    if not isinstance(node, list):
        message = f"{done or '/'} is not a list"
        raise PointerMissed(message)
    for index, item in enumerate(node):
        if isinstance(item, dict) and item.get(key) == wanted:
            return index
    there = ", ".join(str(item.get(key)) for item in node if isinstance(item, dict) and key in item)
    message = f"{done} has no item with {key} {wanted} (there: {there or 'none'})"
    raise PointerMissed(message)


def _child(node: Any, step: str, done: str) -> Any:
    name = unescaped(step)
    if isinstance(node, dict) and name in node:
        return node[name]
    if isinstance(node, list) and (place := position(name, node)) is not None:
        return node[place]
    message = f"{done or '/'} has no {name}"
    raise PointerMissed(message)
