"""Filling values into the YAML tree of a rendered template, in the place of their tokens."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import jinja2

from generator import yamlio
from generator.finding import Finding, Where

OPEN, CLOSE = "\ue000", "\ue001"
TOKEN = re.compile(f"{OPEN}([0-9]+){CLOSE}")
_WORD = re.compile(r"[A-Za-z0-9_.:/@%+-]+")


class Line(NamedTuple):
    """A line of a compiled template; where it is in the template is looked up only to tell a mistake."""

    environment: jinja2.Environment
    file: str
    compiled: int

    def find(self) -> Where:
        """Return the template's line."""
        return Where(self.file, self.environment.get_template(self.file).get_corresponding_lineno(self.compiled))


class Interpolated(NamedTuple):
    """A value that a template interpolates, and the line that does."""

    value: Any
    line: Line


def fill(node: Any, values: list[Interpolated], problems: list[Finding]) -> Any:
    """Return the value of a YAML node with its tokens filled in.

    A plain scalar that is exactly one token takes the typed value; quoted and mixed scalars take text.
    """
    if isinstance(node, yamlio.Scalar):
        return _filled(node, values, problems)
    if isinstance(node, yamlio.Sequence):
        return [fill(item, values, problems) for item in node.items]
    result: dict[str, Any] = {}
    for key, child in node.pairs:
        name = _filled(key, values, problems)
        where = _where(key, values)
        if not isinstance(name, str):
            problems.append(
                Finding.at(where, "template-key", "a key must be text", hint='write "{{ … }}": with quotes')
            )
        elif name in result:
            problems.append(Finding.at(where, "template-key", f"the key '{name}' stands here twice"))
        else:
            result[name] = fill(child, values, problems)
    return result


def thaw(value: Any) -> Any:
    """Return a frozen value as plain dicts and lists."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [thaw(item) for item in value]
    return value


def fill_text(rendered: str, values: list[Interpolated], problems: list[Finding]) -> str:
    """Return text of a language we do not parse. So it takes only values that are one plain word in all of them."""

    def word(match: re.Match[str]) -> str:
        value, line = values[int(match[1])]
        text = plain(value)
        if text is None or not _WORD.fullmatch(text):
            hint = "letters, digits and _ . : / @ % + - only: anything else could mean something in the file's language"
            problems.append(Finding.at(line.find(), "template-type", "the value is not one plain word", hint=hint))
            return ""
        return text

    return TOKEN.sub(word, rendered)


def plain(value: Any) -> str | None:
    """Return text, number or truth as text; None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _filled(scalar: yamlio.Scalar, values: list[Interpolated], problems: list[Finding]) -> Any:
    if OPEN not in scalar.text:
        value, found = yamlio.resolve(scalar) if scalar.plain else (scalar.text, ())
        problems += found
        return value
    if scalar.plain and (whole := TOKEN.fullmatch(scalar.text)):
        return thaw(values[int(whole[1])].value)

    def text(match: re.Match[str]) -> str:
        value, line = values[int(match[1])]
        written = plain(value)
        if written is None:
            kind = "null" if value is None else "a list or a map"
            hint = "a list or a map stands alone and unquoted: {{ values.x }}"
            problems.append(Finding.at(line.find(), "template-type", f"{kind} inside text", hint=hint))
        return written or ""

    return TOKEN.sub(text, scalar.text)


def _where(scalar: yamlio.Scalar, values: list[Interpolated]) -> Where:
    token = TOKEN.search(scalar.text)
    return values[int(token[1])].line.find() if token else scalar.where
