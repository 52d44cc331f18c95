"""YAML in and out: one guarded reader (libyaml's events) and one canonical writer.

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
_AMBIGUOUS = re.compile(
    r"(?i:y|n|yes|no|on|off|true|false|null|=|<<"
    r"|[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?|[-+]?\.[0-9_]+(?:e[-+]?[0-9]+)?|[-+]?\.inf|\.nan"
    r"|[-+]?0[xob][0-9a-f_]+|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[tT ].*)?)"
)
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


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
    marks: dict[Path, Where] = {(): Where(file, 1, 1)}
    problems: list[Finding] = []
    value = construct(nodes[0], problems, marks) if nodes else None
    if problems:
        raise InputInvalid(problems)
    return Document(value, marks)


def load_all(text: str, file: str) -> list[Any]:
    """Return the values of all documents of `text`, without their places. Raises InputInvalid."""
    problems: list[Finding] = []
    values = [construct(node, problems, None) for node in compose(text, file)]
    if problems:
        raise InputInvalid(problems)
    return values


def load_built(text: str, file: str) -> list[Any]:
    """Return the values of all documents that kustomize wrote: it quotes what YAML 1.1 reads otherwise, but not `=`."""
    return [_built(node) for node in compose(text, file)]


def compose(text: str, file: str) -> "Iterator[Scalar | Sequence | Mapping]":
    """Yield the node tree of each document. Raises InputInvalid where the text is not YAML that all readers agree on."""
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


def construct(
    node: "Scalar | Sequence | Mapping",
    problems: list[Finding],
    marks: dict[Path, Where] | None,
    path: Path = (),
) -> Any:
    """Return the value of `node`, adding what is wrong to `problems` and, if asked, the place of each path to `marks`."""
    if marks is not None:
        marks[path] = marks.get(path, node.where) if path else node.where
    if isinstance(node, Scalar):
        return resolve(node, problems, path) if node.plain else node.text
    if isinstance(node, Sequence):
        return [construct(item, problems, marks, (*path, i)) for i, item in enumerate(node.items)]
    result: dict[str, Any] = {}
    for key, child in node.pairs:
        if key.text in result:
            message = f"the key '{key.text}' stands here twice"
            hint = f"keep one; the other is in line {next(k for k, _ in node.pairs if k.text == key.text).where.line}"
            problems.append(Finding.at(key.where, "yaml-duplicate-key", message, hint=hint))
        elif key.plain and not isinstance(resolve(key, problems), str):
            problems.append(
                Finding.at(key.where, "yaml-key", f"the key {key.text} is not text", hint=f'write "{key.text}":')
            )
        below = (*path, key.text) if marks is not None else ()
        if marks is not None:
            marks[below] = key.where
        result[key.text] = construct(child, problems, marks, below)
    return result


def resolve(scalar: Scalar, problems: list[Finding], path: Path = ()) -> Any:
    """Return the value of a plain scalar; one that readers do not agree on is a problem."""
    text = scalar.text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and float(text) == int(text):  # else kustomize rounds it
        return int(text)
    if _FLOAT.fullmatch(text) or (_DECIMAL.fullmatch(text) and text == _decimal(float(text))):  # as our writer has it
        return float(text)
    if _AMBIGUOUS.fullmatch(text):
        problems.append(ambiguous(text, scalar.where, dotted(path)))
    return text


def _built(node: "Scalar | Sequence | Mapping") -> Any:
    if isinstance(node, Sequence):
        return [_built(item) for item in node.items]
    if isinstance(node, Mapping):
        return {key.text: _built(child) for key, child in node.pairs}
    if node.plain and _NUMBER.fullmatch(node.text):
        number = int(node.text) if _INTEGER.fullmatch(node.text) else float(node.text)
        return number if math.isfinite(number) else node.text  # no reader of JSON has a number so large
    return _WORDS.get(node.text, node.text) if node.plain else node.text


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


# ── the writer ──────────────────────────────────────────────────────────────────────────────────────────────────────

_FIRST = {"apiVersion": "0", "kind": "1", "metadata": "2", "name": "3", "namespace": "4"}
_PLAIN = re.compile(
    r"[A-Za-z/](?:[A-Za-z0-9_./@+=%?&()$-]|:(?=[^\s:])|[ ,](?=[A-Za-z0-9(/]))*"
    r"|[1-9][0-9]*(?:m|k|[KMGT]i?|s|h|d)|[0-9]+(?:\.[0-9]+){2,3}(?:/[0-9]+)?|\.\./[a-z]+"
)
_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_ESCAPED = re.compile('["\\\\\n]|' + _UNPRINTABLE.pattern)


def dump(value: Any) -> str:
    """Return the canonical YAML of `value`: block style, fixed key order, every string safe for YAML 1.1 readers."""
    lines: list[str] = []
    if isinstance(value, dict | list) and value:
        _block(value, "", lines)
    else:
        lines.append(_flow(value, ""))
    return "\n".join(lines) + "\n"


def key_order(key: str) -> str:
    """Return the sorting key of a map's key: apiVersion, kind, metadata, name, namespace, then the alphabet."""
    return _FIRST.get(key, "9" + key)


def _block(value: Any, indent: str, lines: list[str]) -> None:
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list) and item:
                start = len(lines)
                _block(item, indent + "  ", lines)
                lines[start] = f"{indent}- {lines[start][len(indent) + 2 :]}"
            else:
                lines.append(f"{indent}- {_flow(item, indent)}")
        return
    for key in sorted(value, key=key_order):
        item = value[key]
        if isinstance(item, dict) and item:
            lines.append(f"{indent}{_string(key)}:")
            _block(item, indent + "  ", lines)
        elif isinstance(item, list) and item:
            lines.append(f"{indent}{_string(key)}:")
            _block(item, indent, lines)
        else:
            lines.append(f"{indent}{_string(key)}: {_flow(item, indent)}")


def _flow(value: Any, indent: str) -> str:
    if isinstance(value, str):
        return _literal(value, indent) or _string(value)
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return _decimal(value)
    return "{}" if isinstance(value, dict) else "[]"


def _decimal(value: float) -> str:
    return format(Decimal(repr(value)), "f")


def _string(text: str) -> str:
    if _PLAIN.fullmatch(text) and not _AMBIGUOUS.fullmatch(text) and text not in _WORDS:
        return text
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _ESCAPES.get(character) or f"\\u{ord(character):04x}"


def _literal(text: str, indent: str) -> str:
    """Return a literal block where a person reads it better and every reader agrees, else ''."""
    body = text.removesuffix("\n")
    rows = body.split("\n")
    if len(rows) == 1 or not rows[0] or body.endswith("\n") or _UNPRINTABLE.search(text):
        return ""
    if rows[0][0] == " " or any(row.isspace() for row in rows):
        return ""
    below = "\n".join(f"{indent}  {row}" if row else "" for row in rows)
    return f"|{'' if text.endswith(chr(10)) else '-'}\n{below}"
