"""A kind file as text: YAML in which short maps and lists are in one line, and sentences in lines of their own."""

import json
import re
import textwrap
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from generator.yamlio.faults import REFUSED

_WIDTH = 120
_DEEP = 40
"""Columns of indentation from which a map or a list is in braces, over several lines: else most of a file is blank."""
_PLAIN = re.compile(r"[A-Za-z/*$][\w./*$-]*")
_SENTENCE = re.compile(r"[A-Za-z](?:(?!: | #)[^\n])*[^:\s]")
_AMBIGUOUS = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null|nan|inf|[*&].*")


def text(value: dict[str, Any]) -> str:
    """Return a map as YAML, in lines of at most 120 characters where its texts allow that."""
    return "\n".join(_block(value, "")) + "\n"


def _block(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _entry(f"{indent}{_scalar(key)}:", item, indent + "  ")
        return
    for item in value:
        if isinstance(item, dict) and item and not _fits(item, len(indent) + 2) and len(indent) <= _DEEP:
            first, *rest = _block(item, indent + "  ")
            yield f"{indent}- {first[len(indent) + 2 :]}"
            yield from rest
        else:
            yield from _entry(f"{indent}-", item, indent + "  ")


def _entry(head: str, item: Any, indent: str) -> Iterator[str]:
    """Yield a key and its value, or a dash and its item."""
    if isinstance(item, str):
        yield from _text(head, item, indent)
    elif not isinstance(item, dict | list) or not item or _fits(item, len(head) + 1):
        yield f"{head} {_flow(item)}"
    elif isinstance(item, list) and not any(isinstance(one, dict | list) for one in item):
        parts = textwrap.wrap(", ".join(map(_scalar, item)), _WIDTH - len(indent) - 2, break_on_hyphens=False)
        yield f"{head} ["
        yield from (f"{indent}{part}" for part in parts)
        yield f"{indent[:-2]}]"
    elif len(indent) > _DEEP:
        yield head
        yield from _filled(_pieces(item), indent)
    else:
        yield head
        yield from _block(item, indent)


def _filled(pieces: list[str], indent: str) -> Iterator[str]:
    """Yield lines with as many pieces as fit."""
    line = indent
    for piece in pieces:
        if line.strip() and len(line) + len(piece) > _WIDTH:
            yield line.rstrip()
            line = indent
        line += f"{piece} "
    yield line.rstrip()


def _pieces(value: Any) -> list[str]:
    """Return a value in braces, cut behind its commas, where a line may end."""
    if not isinstance(value, dict | list) or not value:
        return [_flow(value)]
    if isinstance(value, dict):
        begin, end = "{}"
        items = [(f"{_scalar(key)}: ", item) for key, item in value.items()]
    else:
        begin, end = "[]"
        items = [("", item) for item in value]
    found: list[str] = []
    for key, item in items:
        first, *rest = _pieces(item)
        found += [f"{'' if found else begin}{key}{first}", *rest]
        found[-1] += ","
    return [*found[:-1], found[-1][:-1] + end]


def _text(head: str, item: str, indent: str) -> Iterator[str]:
    """Yield a text after its key: folded where its line would be too long."""
    plain = _SENTENCE.fullmatch(item) and not _AMBIGUOUS.fullmatch(item) and not REFUSED.search(item)
    written = item if plain else _scalar(item)
    if len(head) + 1 + len(written) <= _WIDTH or " " not in item or item != " ".join(item.split()):
        yield f"{head} {written}"
        return
    yield f"{head} >-"
    lines = textwrap.wrap(item, _WIDTH - len(indent), break_long_words=False, break_on_hyphens=False)
    yield from (indent + line for line in lines)


def _fits(value: Any, before: int) -> bool:
    """Whether a map or a list fits on one line and holds no sentence, which is easier to read without quotes."""
    sentence = isinstance(value, dict) and any(isinstance(item, str) and " " in item for item in value.values())
    return not sentence and before + len(_flow(value)) <= _WIDTH


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and not _AMBIGUOUS.fullmatch(value):
        return value
    return REFUSED.sub(lambda found: f"\\U{ord(found[0]):08x}", json.dumps(value, ensure_ascii=False))
