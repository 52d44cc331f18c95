"""Paths as a kind file writes them: `spec.rules.*.host`, `metadata.annotations[a.b/c]`, `spec.template.**`."""

import functools
import re
from collections.abc import Iterator
from typing import Any

from generator.kinds.impact import Steps

_PARTS = re.compile(r"\[([^\]]+)\]|([^.\[\]]+)")
_PATH = re.compile(r"(?:\[[^\]]+\]|[^.\[\]]+)(?:\[[^\]]+\]|\.[^.\[\]]+)*")


@functools.cache
def parts(pattern: str) -> tuple[str, ...]:
    """Return the steps of a path: a key with dots is in brackets."""
    return tuple(bracket or plain for bracket, plain in _PARTS.findall(pattern))


def matches(pattern: str, steps: Steps) -> bool:
    """Whether a path means a place.

    `*` is any key or list item, `**` at the end this place and everything below it; `[checkov.io/*]` and
    `[xpack.security.*]` are all keys that begin so. An empty path is the whole object.
    """
    wanted, with_all_below = _wanted(pattern)
    if len(steps) < len(wanted) or (len(steps) > len(wanted) and not with_all_below):
        return False
    for want, step in zip(wanted, steps, strict=False):
        if want not in (step, "*") and not _begins(want, str(step)):
            return False
    return True


@functools.cache
def _wanted(pattern: str) -> tuple[tuple[str, ...], bool]:
    """Return the steps of a path without `**`, and whether it ends so."""
    wanted = parts(pattern)
    return (wanted[:-1], True) if wanted[-1:] == ("**",) else (wanted, False)


def _begins(want: str, step: str) -> bool:
    return want == step or (want.endswith(("/*", ".*")) and step.startswith(want[:-1]))


def is_path(pattern: str) -> bool:
    """Whether a text is a path: a `*` stands for a whole step, `**` for the last one."""
    found = parts(pattern)
    return (not pattern or _PATH.fullmatch(pattern) is not None) and not any(
        "*" in step and step != "*" and not (step == "**" and place == len(found) - 1) and step[-2:] not in ("/*", ".*")
        for place, step in enumerate(found)
    )


def joined(path: str, below: str) -> str:
    """Return the path of what is at `below` in the part of an object that is at `path`."""
    return f"{path}.{below}" if path and below and not below.startswith("[") else path + below


def every(node: Any, pattern: str) -> Iterator[tuple[Steps, Any]]:
    """Yield the places that a path means, and what stands there; none where it leads nowhere."""
    return _every(node, parts(pattern), ())


def _every(node: Any, wanted: tuple[str, ...], steps: Steps) -> Iterator[tuple[Steps, Any]]:
    if not wanted:
        yield steps, node
    elif wanted[0] == "*":
        below = node.items() if isinstance(node, dict) else enumerate(node if isinstance(node, list) else ())
        for step, item in below:
            yield from _every(item, wanted[1:], (*steps, step))
    elif isinstance(node, dict) and wanted[0] in node:
        yield from _every(node[wanted[0]], wanted[1:], (*steps, wanted[0]))
