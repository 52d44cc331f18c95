"""What a template may say: it shows the values it is given, and nothing else. Whatever is not listed here is refused.

A branch of a stranger is rendered where tokens stand in the environment, so no template reaches Python: no calls, no
methods, no name that begins with `_`. Its work is bounded too (work.py); what multiplies text is therefore left out.
"""

from collections.abc import Iterator
from typing import Any, NoReturn

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from generator.errors import InputInvalid
from generator.finding import Finding, Where
from generator.yamlio.faults import REFUSED

FILTERS = ("items", "join", "length", "network_address", "prefix_length", "replace", "seconds", "share")
TESTS = ("boolean", "defined", "mapping", "none", "number", "string", "undefined")
OPERATORS = frozenset("+-*/")
_LOOP = ("first", "index", "index0", "last", "length", "revindex", "revindex0")
_STATEMENTS = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.Include)
_ARITHMETIC = (nodes.Add, nodes.Div, nodes.Mul, nodes.Sub, nodes.Neg)
_LOGIC = (nodes.And, nodes.Compare, nodes.CondExpr, nodes.Not, nodes.Operand, nodes.Or)
_VALUES = (nodes.Const, nodes.Filter, nodes.Getattr, nodes.Getitem, nodes.List, nodes.Name, nodes.Test, nodes.Tuple)
_ALLOWED = (*_STATEMENTS, *_ARITHMETIC, *_LOGIC, *_VALUES)
_WORDS = {
    "Assign": "set",
    "AssignBlock": "set",
    "Call": "a call",
    "CallBlock": "call",
    "Concat": "~",
    "Dict": "a map",
    "FilterBlock": "filter",
    "FloorDiv": "//",
    "FromImport": "from",
    "Mod": "%",
    "Pos": "+ before a value",
    "Pow": "**",
    "Scope": "autoescape",
    "Slice": "a slice",
}
_HINTS = {
    "Call": "a value has no methods here; filters are " + ", ".join(FILTERS),
    "Concat": "write one beside the other: {{ a }}{{ b }}",
}
LARGEST_NUMBER = 2**53
"""Above it the readers of JSON and YAML round."""
_TOKENS = 10_000
_DEEPEST = 30
_NESTED = 8
"""A template of ours has 700 tokens and 3 statements within each other at most."""


class Bounded(Extension):
    """Ends the reading of a template that is no longer text with values in it, but a program."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens of a template."""
        for number, token in enumerate(stream):
            if number >= _TOKENS:
                message = f"has more than {_TOKENS} Jinja tokens"
                raise jinja2.TemplateSyntaxError(message, token.lineno, stream.name, stream.filename)
            yield token


def parse(environment: jinja2.Environment, text: str, name: str) -> nodes.Template:
    """Return the tree of a template. Raises InputInvalid at the line of what is not allowed."""
    try:
        tree = environment.parse(text, name, name)
    except (RecursionError, MemoryError):
        raise InputInvalid([Finding.at(Where(name), "template-limit", "is nested too deeply")]) from None
    except ValueError as error:  # a number of more digits than Python reads
        raise InputInvalid([Finding.at(Where(name), "template-syntax", str(error).partition(";")[0])]) from None
    _walk(tree, name)
    return tree


def _walk(tree: nodes.Template, name: str) -> None:
    """Refuse what is not allowed, wherever it stands."""
    rest: list[tuple[nodes.Node, int, int, int]] = [(tree, 0, 0, 1)]
    while rest:
        node, depth, statements, line = rest.pop()
        line = node.lineno or line
        statements += isinstance(node, nodes.For | nodes.If)
        if depth > _DEEPEST or statements > _NESTED:
            raise InputInvalid([Finding.at(Where(name, line), "template-limit", "is nested too deeply")])
        _judge(node, Where(name, line))
        children = [] if _is_loop(node) else list(node.iter_child_nodes())
        rest += [(child, depth + 1, statements, line) for child in reversed(children)]


def _judge(node: nodes.Node, where: Where) -> None:
    kind = type(node).__name__
    if not isinstance(node, _ALLOWED):
        _refuse(where, _WORDS.get(kind, kind.lower()), _HINTS.get(kind, ""))
    match node:
        case nodes.Name(name=name) | nodes.Getattr(attr=name) | nodes.Getitem(arg=nodes.Const(value=name)):
            if isinstance(name, str) and name.startswith("_"):
                _refuse(where, f"{name}, a name that begins with _,")
            if isinstance(node, nodes.Name) and name in ("self", "loop"):
                _refuse(where, str(name), f"loop has: {', '.join(_LOOP)}" if name == "loop" else "")
        case nodes.Const(value=value):
            _constant(value, where)
        case nodes.Filter(name=name) | nodes.Test(name=name):
            _named(node, name, where)
        case nodes.For(recursive=True):
            _refuse(where, "recursive")
        case nodes.Include():
            _include(node, where)


def _constant(value: Any, where: Where) -> None:
    if isinstance(value, int | float) and not abs(value) < LARGEST_NUMBER:
        _refuse(where, "a number too large for YAML readers")
    if isinstance(value, str) and REFUSED.search(value):
        _refuse(where, "a character that YAML readers do not agree on")


def _named(node: Any, name: str, where: Where) -> None:
    known = FILTERS if isinstance(node, nodes.Filter) else TESTS
    if name not in known:
        kind = "filter" if isinstance(node, nodes.Filter) else "test"
        _refuse(where, f"the {kind} {name}", f"there are {', '.join(known)}")
    if node.node is None or node.kwargs or node.dyn_args or node.dyn_kwargs:
        _refuse(where, f"{name} with these arguments")


def _include(node: nodes.Include, where: Where) -> None:
    path = node.template.value if isinstance(node.template, nodes.Const) else None
    if not isinstance(path, str) or not path.startswith("templates/") or not path.endswith(".j2"):
        hint = 'the full path of a template: {% include "templates/components/x/base/y.yaml.j2" %}'
        _refuse(where, "include of anything but a template", hint)
    if node.ignore_missing or not node.with_context:
        _refuse(where, "include with these options", 'write {% include "templates/…" %}')


def _is_loop(node: nodes.Node) -> bool:
    """Whether a node is what `loop` may be asked for."""
    return (
        isinstance(node, nodes.Getattr)
        and isinstance(node.node, nodes.Name)
        and node.node.name == "loop"
        and node.attr in _LOOP
    )


def _refuse(where: Where, what: str, hint: str = "") -> NoReturn:
    message = f"{what} is not allowed in a template"
    raise InputInvalid([Finding.at(where, "template-syntax", message, hint=hint)])
