"""YAML out: one canonical writer."""

import re
from typing import Any

from generator.yamlio.document import AMBIGUOUS, WORDS, decimal

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
        return decimal(value)
    return "{}" if isinstance(value, dict) else "[]"


def _string(text: str) -> str:
    if _PLAIN.fullmatch(text) and not AMBIGUOUS.fullmatch(text) and text not in WORDS:
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
