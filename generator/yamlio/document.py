"""YAML in: one guarded reader (libyaml's events).

The reader takes what every YAML reader agrees on and refuses the rest with file and line: `no`, `012`, `1e3`, `12:30`
and dates mean one thing to YAML 1.1 (Kubernetes' own reader) and another to 1.2; anchors, tags and merge keys hide what
a file says. It keeps the place of every value. ruamel.yaml costs 4 s per MB (libyaml 0.2) and is used only where
comments must survive.
"""

import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import yaml

from generator.errors import InputInvalid
from generator.finding import Finding, Where
from generator.yamlio.faults import ambiguous, syntax

Path = tuple[str | int, ...]
MAX_DEPTH = 50
_BRACES = "text that starts with { or [ stands in quotes"

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[-+][0-9]+)?")
AMBIGUOUS = re.compile(
    r"(?i:y|n|yes|no|on|off|true|false|null|=|<<"
    r"|[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?|[-+]?\.[0-9_]+(?:e[-+]?[0-9]+)?|[-+]?\.inf|\.nan"
    r"|[-+]?0[xob][0-9a-f_]+|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[tT ].*)?)"
)
WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


class Scalar(NamedTuple):
    """A scalar as written. `plain` is false for quoted and block scalars, whose value is always text."""

    text: str
    plain: bool
    where: Where


class Sequence(NamedTuple):
    """A list as written."""

    items: "list[Scalar | Sequence | Mapping]"
    where: Where


class Mapping(NamedTuple):
    """A map as written, its keys in order and perhaps equal."""

    pairs: "list[tuple[Scalar, Scalar | Sequence | Mapping]]"
    where: Where


class Document(NamedTuple):
    """One document: its value and the place of every path in it (a key's place for what stands in a map)."""

    value: Any
    marks: dict[Path, Where]


def dotted(path: Path) -> str:
    """Return a path as people write it: `gke.nodePools.main`, `zones[0]`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def load(text: str, file: str) -> Document:
    """Return the only document of `text`; an empty one is None. Raises InputInvalid with all problems found."""
    nodes = list(compose(text, file))
    if len(nodes) > 1:
        raise InputInvalid(
            [Finding.at(nodes[1].where, "yaml-documents", "holds more than one YAML document", hint="take out ---")]
        )
    if not nodes:
        return Document(None, {(): Where(file, 1, 1)})
    document, problems = construct(nodes[0], places=True)
    if problems:
        raise InputInvalid(problems)
    return document


def load_all(text: str, file: str) -> list[Any]:
    """Return the values of all documents of `text`, without their places. Raises InputInvalid."""
    found = [construct(node) for node in compose(text, file)]
    if problems := [problem for _, wrong in found for problem in wrong]:
        raise InputInvalid(problems)
    return [document.value for document, _ in found]


def load_built(text: str, file: str) -> list[Any]:
    """Return the values of all documents that kustomize wrote: it quotes what YAML 1.1 reads otherwise, but not `=`."""
    return [_built(node) for node in compose(text, file)]


def compose(text: str, file: str) -> "Iterator[Scalar | Sequence | Mapping]":
    """Yield the node tree of each document; raise InputInvalid for YAML on which readers do not agree."""
    stack: list[list[Any]] = [[]]
    marks: list[Where] = []
    try:
        for event in yaml.parse(text, Loader=yaml.CBaseLoader):
            mark: Any = event.start_mark
            where = Where(file, mark.line + 1, mark.column + 1)
            if isinstance(event, yaml.ScalarEvent):
                _refuse_properties(event, where)
                stack[-1].append(Scalar(event.value, not event.style, where))
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                _refuse_properties(event, where)
                if len(stack) > MAX_DEPTH:
                    raise InputInvalid([Finding.at(where, "yaml-depth", f"is nested more than {MAX_DEPTH} levels")])
                stack.append([])
                marks.append(where)
            elif isinstance(event, yaml.MappingEndEvent):
                flat, opened = stack.pop(), marks.pop()
                stack[-1].append(Mapping(_pairs(flat), opened))
            elif isinstance(event, yaml.SequenceEndEvent):
                items, opened = stack.pop(), marks.pop()
                stack[-1].append(Sequence(items, opened))
            elif isinstance(event, yaml.DocumentStartEvent | yaml.AliasEvent):
                _refuse_indirection(event, where)
            elif isinstance(event, yaml.DocumentEndEvent):
                yield from stack[0]
                stack[0].clear()
    except yaml.YAMLError as error:
        raise InputInvalid([syntax(error, text, file)]) from None


def construct(node: "Scalar | Sequence | Mapping", *, places: bool = False) -> tuple[Document, list[Finding]]:
    """Return the document of `node`, without its places unless they are asked for, and what is wrong with it."""
    reading = _Reading({} if places else None)
    return Document(reading.value(node, ()), reading.marks or {}), reading.problems


def resolve(scalar: Scalar, path: Path = ()) -> tuple[Any, tuple[Finding, ...]]:
    """Return the value of a plain scalar, and that readers do not agree on it, if so."""
    text = scalar.text
    if text in WORDS:
        return WORDS[text], ()
    if _INTEGER.fullmatch(text) and float(text) == int(text):  # else kustomize rounds it
        return int(text), ()
    if _FLOAT.fullmatch(text) or (_DECIMAL.fullmatch(text) and text == decimal(float(text))):  # as our writer has it
        return float(text), ()
    return text, (ambiguous(text, scalar.where, dotted(path)),) if AMBIGUOUS.fullmatch(text) else ()


class _Reading:
    """Makes the value of one document, and collects its problems and, if asked, the place of each path."""

    def __init__(self, marks: dict[Path, Where] | None) -> None:
        self.marks = marks
        self.problems: list[Finding] = []

    def value(self, node: "Scalar | Sequence | Mapping", path: Path) -> Any:
        if self.marks is not None:
            self.marks.setdefault(path, node.where)
        if isinstance(node, Scalar):
            return self._resolved(node, path) if node.plain else node.text
        if isinstance(node, Sequence):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.items)]
        result: dict[str, Any] = {}
        for key, child in node.pairs:
            if key.text in result:
                line = next(k for k, _ in node.pairs if k.text == key.text).where.line
                message, hint = f"the key '{key.text}' stands here twice", f"keep one; the other is in line {line}"
                self.problems.append(Finding.at(key.where, "yaml-duplicate-key", message, hint=hint))
            elif key.plain and not isinstance(self._resolved(key, ()), str):
                message, hint = f"the key {key.text} is not text", f'write "{key.text}":'
                self.problems.append(Finding.at(key.where, "yaml-key", message, hint=hint))
            below = (*path, key.text) if self.marks is not None else ()
            if self.marks is not None:
                self.marks[below] = key.where
            result[key.text] = self.value(child, below)
        return result

    def _resolved(self, scalar: Scalar, path: Path) -> Any:
        value, problems = resolve(scalar, path)
        self.problems += problems
        return value


def decimal(value: float) -> str:
    """Return a number as all readers write it: without an exponent."""
    return format(Decimal(repr(value)), "f")


def _built(node: "Scalar | Sequence | Mapping") -> Any:
    if isinstance(node, Sequence):
        return [_built(item) for item in node.items]
    if isinstance(node, Mapping):
        return {key.text: _built(child) for key, child in node.pairs}
    if node.plain and _NUMBER.fullmatch(node.text):
        number = int(node.text) if _INTEGER.fullmatch(node.text) else float(node.text)
        return number if math.isfinite(number) else node.text  # no reader of JSON has a number so large
    return WORDS.get(node.text, node.text) if node.plain else node.text


def _pairs(flat: list[Any]) -> list[tuple[Scalar, Any]]:
    keys = flat[::2]
    for key in keys:
        if not isinstance(key, Scalar):
            raise InputInvalid([Finding.at(key.where, "yaml-key", "a list or a map is not a key", hint=_BRACES)])
        if key.plain and key.text == "<<":
            hint = "write the keys out, or use `extends`"
            raise InputInvalid([Finding.at(key.where, "yaml-merge-key", "uses a merge key", hint=hint)])
    return list(zip(keys, flat[1::2], strict=True))


def _refuse_indirection(event: Any, where: Where) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise InputInvalid([Finding.at(where, "yaml-alias", "uses an alias", hint="write the value out")])
    if event.version or event.tags:
        raise InputInvalid([Finding.at(where, "yaml-directive", "has a % directive", hint="leave it out")])


def _refuse_properties(event: Any, where: Where) -> None:
    if event.anchor is not None:
        raise InputInvalid([Finding.at(where, "yaml-anchor", "uses an anchor", hint="write the value out")])
    if event.tag is not None:
        raise InputInvalid([Finding.at(where, "yaml-tag", "uses a tag", hint="leave the tag out")])
