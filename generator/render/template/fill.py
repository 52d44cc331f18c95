"""Filling values into the YAML tree of a rendered template, in the place of their tokens."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import jinja2

from generator import yamlio
from generator.finding import Finding, Result, Where

OPEN, CLOSE = "\ue000", "\ue001"
TOKEN = re.compile(f"{OPEN}([0-9]+){CLOSE}")
_WORD = re.compile(r"[A-Za-z0-9_.:/@%+-]+")

Node = yamlio.Scalar | yamlio.Sequence | yamlio.Mapping


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


def fill(nodes: Iterable[Node], values: list[Interpolated]) -> Result[list[Any]]:
    """Return the values of YAML nodes with their tokens filled in.

    A plain scalar that is exactly one token takes the typed value; quoted and mixed scalars take text.
    """
    filling = _Filling(values)
    filled = [filling.node(node) for node in nodes]
    return Result(filled, tuple(filling.findings))


def thaw(value: Any) -> Any:
    """Return a frozen value as plain dicts and lists."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [thaw(item) for item in value]
    return value


def fill_text(rendered: str, values: list[Interpolated]) -> Result[str]:
    """Return text of a language we do not parse. So it takes only values that are one plain word in all of them."""
    findings: list[Finding] = []

    def word(match: re.Match[str]) -> str:
        value, line = values[int(match[1])]
        text = plain(value)
        if text is None or not _WORD.fullmatch(text):
            hint = "letters, digits and _ . : / @ % + - only: anything else could mean something in the file's language"
            findings.append(Finding.at(line.find(), "template-type", "the value is not one plain word", hint=hint))
            return ""
        return text

    text = TOKEN.sub(word, rendered)
    return Result(text, tuple(findings))


def plain(value: Any) -> str | None:
    """Return text, number or truth as text; None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


class _Filling:
    """Fills values into nodes, and collects what is wrong with them."""

    def __init__(self, values: list[Interpolated]) -> None:
        self.findings: list[Finding] = []
        self._values = values

    def node(self, node: Node) -> Any:
        """Return the value of a node."""
        if isinstance(node, yamlio.Scalar):
            return self._scalar(node)
        if isinstance(node, yamlio.Sequence):
            return [self.node(item) for item in node.items]
        result: dict[str, Any] = {}
        for key, child in node.pairs:
            name = self._scalar(key)
            if not isinstance(name, str):
                hint = 'write "{{ … }}": with quotes'
                self.findings.append(Finding.at(self._where(key), "template-key", "a key must be text", hint=hint))
            elif name in result:
                message = f"the key '{name}' stands here twice"
                self.findings.append(Finding.at(self._where(key), "template-key", message))
            else:
                result[name] = self.node(child)
        return result

    def _scalar(self, scalar: yamlio.Scalar) -> Any:
        if OPEN not in scalar.text:
            value, found = yamlio.resolve(scalar) if scalar.plain else (scalar.text, ())
            self.findings += found
            return value
        if scalar.plain and (whole := TOKEN.fullmatch(scalar.text)):
            return thaw(self._values[int(whole[1])].value)
        return TOKEN.sub(self._text, scalar.text)

    def _text(self, token: re.Match[str]) -> str:
        value, line = self._values[int(token[1])]
        written = plain(value)
        if written is None:
            kind = "null" if value is None else "a list or a map"
            hint = "a list or a map stands alone and unquoted: {{ values.x }}"
            self.findings.append(Finding.at(line.find(), "template-type", f"{kind} inside text", hint=hint))
        return written or ""

    def _where(self, scalar: yamlio.Scalar) -> Where:
        token = TOKEN.search(scalar.text)
        return self._values[int(token[1])].line.find() if token else scalar.where
