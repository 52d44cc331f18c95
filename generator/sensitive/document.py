"""A text -> the YAML or JSON documents in it, each value with its place in the text, as far as the text can be read."""

import contextlib
from collections.abc import Iterator
from typing import Any

import yaml

_DEPTH = 60


class Leaf(str):
    """A value as text, and where it stands, without quotes; whether it is written otherwise than it reads."""

    start: int
    end: int
    escaped: bool
    __slots__ = ("end", "escaped", "start")


def documents(text: str) -> list[Any]:
    """Return the documents before the first fault, with what a repeated key has lost kept beside them."""
    found: list[Any] = []
    stack = [_Open(found)]
    named: dict[str, Leaf] = {}
    for event in _events(text):
        if isinstance(event, yaml.ScalarEvent):
            leaf = _leaf(event, text)
            if event.anchor:
                named[event.anchor] = leaf
            stack[-1].add(leaf)
        elif isinstance(event, yaml.AliasEvent):
            stack[-1].add(named.get(event.anchor or "", ""))
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(stack) > _DEPTH:
                break
            node: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            stack[-1].add(node)
            stack.append(_Open(node))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            stack.pop()
    return found


def _events(text: str) -> Iterator[Any]:
    """Yield what YAML's reader sees before the first fault."""
    with contextlib.suppress(yaml.YAMLError, ValueError):
        yield from yaml.parse(text, Loader=yaml.CBaseLoader)


def _leaf(event: Any, text: str) -> Leaf:
    leaf = Leaf(event.value)
    leaf.start, leaf.end = event.start_mark.index, event.end_mark.index
    if event.style in ("'", '"'):
        leaf.start, leaf.end = leaf.start + 1, leaf.end - 1
    elif event.style in ("|", ">"):
        leaf.start = text.find("\n", leaf.start) + 1 or leaf.end
    leaf.escaped = event.style in ("'", '"') and len(leaf) != leaf.end - leaf.start
    return leaf


class _Open:
    """A map or list that is being read."""

    def __init__(self, node: Any) -> None:
        self.node = node
        self.key: str | None = None

    def add(self, item: Any) -> None:
        if isinstance(self.node, list):
            self.node.append(item)
        elif self.key is None:
            self.key = item.replace("\0", "") if isinstance(item, str) else ""
        else:
            if self.key in self.node:
                self.node.setdefault(f"{self.key}\0", []).append(self.node[self.key])
            self.node[self.key], self.key = item, None
