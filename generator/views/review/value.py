"""The old and the new value as lines to read: `- 2`, `+ 4`; of long texts only what differs. Pure."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from generator.views.findings import harmless

_MAX_FLOW = 72
"""A map or list of up to so many characters is written on one line."""
_CONTEXT = 12
"""How many characters at least are shown before and after what differs in a long line."""
_MAX_PAIRS = 1_000_000
"""Texts with more pairs of lines than that are not compared line by line."""
_WORDS = ("", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n")


def lines(before: Any, after: Any) -> tuple[str, ...]:
    """Return all lines that differ, each behind `- ` or `+ `, with a line around them; None is what is not there."""
    if before is None and after is None:
        return ("  null, or left out: which of both changed",)
    old, new = ([] if value is None else written(value) for value in (before, after))
    if old == new:  # a text that looks like the map it becomes
        old, new = [json.dumps(before, default=str)], [json.dumps(after, default=str)]
    compared = _unified(old, new) if old and new else [*_signed("- ", old), *_signed("+ ", new)]
    return tuple(harmless(line) for line in compared)


def written(value: Any) -> list[str]:
    """Return a value as lines of YAML, for people: one if it is short."""
    if isinstance(value, str) and "\n" in value:
        return value.split("\n")
    flow = _flow(value)
    return [flow] if len(flow) <= _MAX_FLOW or not isinstance(value, dict | list) else list(_block(value))


def cut(lines: tuple[str, ...], max_lines: int, width: int) -> list[str]:
    """Return at most so many lines, none longer than `width`, and what was cut, counted."""
    kept = list(lines) if len(lines) <= max_lines else list(lines[: max_lines - 1])
    for index in range(len(kept) - 1):
        if is_replacement(kept[index : index + 2]) and max(map(len, kept[index : index + 2])) > width:
            kept[index : index + 2] = _clipped(kept[index], kept[index + 1], width)
    kept = [shortened(line, width) for line in kept]
    return [*kept, f"  … {len(lines) - len(kept)} more lines"] if len(lines) > len(kept) else kept


def is_replacement(lines: Sequence[str]) -> bool:
    """Whether the lines are an old one and the new one in its place."""
    return [line[:1] for line in lines] == ["-", "+"]


def shortened(text: str, width: int) -> str:
    """Return the start of a text that is too long, and how much is not shown."""
    if len(text) <= width:
        return text
    room = max(width - len(f"… (+{len(text)} characters)"), 1)
    return f"{text[:room]}… (+{len(text) - room} characters)"


def _clipped(old: str, new: str, width: int) -> tuple[str, str]:
    """Return what differs in two long lines, and what is around it as far as there is room."""
    old, new = old[2:], new[2:]
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    room = max(width - 4 - max(len(old), len(new)) + head + tail, 2 * _CONTEXT)
    after = min(tail, room // 2)
    before = min(head, room - after if room > 2 * _CONTEXT else _CONTEXT)
    start, end = head - before, tail - min(tail, room - before)
    first, second = (
        f"{'…' if start else ''}{text[start : len(text) - end]}{'…' if end else ''}" for text in (old, new)
    )
    return f"- {first}", f"+ {second}"


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many characters, or lines, both start with."""
    differ = (index for index, (one, other) in enumerate(zip(old, new, strict=False)) if one != other)
    return next(differ, min(len(old), len(new)))


def _unified(old: list[str], new: list[str]) -> list[str]:
    """Return a small unified diff; where lines far apart differ, `…` between them."""
    import difflib

    start = max(_common(old, new) - 1, 0)
    old, new = old[start:], new[start:]
    if len(old) * len(new) > _MAX_PAIRS:
        return [*_signed("- ", old), *_signed("+ ", new)]
    found = list(difflib.unified_diff(old, new, n=1, lineterm=""))[3:]  # without its names and its first place
    return ["  …" if line[:1] == "@" else f"{line[:1]} {line[1:]}" for line in found if line.strip(" ")]


def _signed(sign: str, rows: list[str]) -> list[str]:
    return [sign + row for row in rows]


def _block(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _below(f"{_scalar(key)}:", item, "  ")
    elif isinstance(value, list) and value:
        for item in value:
            yield from _below("-", item, "  ")
    else:
        yield _flow(value)


def _below(start: str, item: Any, indent: str) -> Iterator[str]:
    """Yield what follows a key or a dash: on its line if it is short."""
    text = isinstance(item, str) and "\n" in item
    rows = item.split("\n") if isinstance(item, str) and text else list(_block(item))
    if text:
        yield f"{start} |"
    elif start == "-" or not (isinstance(item, dict | list) and item):
        yield f"{start} {rows.pop(0)}"
    else:
        yield start
    yield from (indent + row for row in rows)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_quoted(item) if isinstance(item, str) else _flow(item) for item in value) + "]"
    return _scalar(value)


def _quoted(text: Any) -> str:
    return json.dumps(text, ensure_ascii=False) if any(sign in str(text) for sign in ",[]{}\n") else _scalar(text)


def _scalar(value: Any) -> str:
    """Return a scalar so that the text `2` and the number 2 are told apart."""
    if isinstance(value, str) and not _needs_quotes(value):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _needs_quotes(text: str) -> bool:
    if text.lower() in _WORDS or text != text.strip() or text[:1] in "\"'{[&*!|>%@`" or "\n" in text:
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True
