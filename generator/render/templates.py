"""Jinja templates -> YAML values, such that a value can never change structure.

Every interpolated value leaves Jinja as a private-use token; the rendered text is parsed as YAML; only then are the
tokens filled into the tree. So no value ever meets a parser, and `https://{{ env.domain }}/auth` needs no quoting
filter. Tokens are planted by rewriting the syntax tree (each `{{ … }}` becomes a call with its template and line), so
every mistake is told at template:line.
"""

import ipaddress
import re
from collections.abc import Mapping, MutableMapping
from typing import Any, NamedTuple

import jinja2
from jinja2 import nodes
from jinja2.runtime import Context

from generator import yamlio
from generator.errors import InputInvalid
from generator.finding import Finding, Where
from generator.tree import Sources

OPEN, CLOSE = "\ue000", "\ue001"
TOKEN = re.compile(f"{OPEN}([0-9]+){CLOSE}")
PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_FILTERS = ("items", "join", "length", "replace")
_REFUSED = (
    nodes.Macro,
    nodes.CallBlock,
    nodes.FilterBlock,
    nodes.Assign,
    nodes.AssignBlock,
    nodes.Extends,
    nodes.Block,
    nodes.Import,
    nodes.FromImport,
    nodes.Call,
)


class Interpolated(NamedTuple):
    """A value that a template interpolates, and the line that does."""

    value: Any
    where: Where


class Rendered(NamedTuple):
    """A template's text with tokens, and what each token stands for."""

    text: str
    values: list[Interpolated]


class _Environment(jinja2.Environment):
    """Jinja where `a.b` of a map is always its entry b, never a method of dict."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return the entry or attribute, or an undefined that fails when used."""
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


class _Loader(jinja2.BaseLoader):
    """Loads from memory, refuses what would turn values into text, and plants the tokens."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def load(
        self,
        environment: jinja2.Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002
    ) -> jinja2.Template:
        """Return the compiled template."""
        if name not in self.texts:
            raise jinja2.TemplateNotFound(name)
        tree = environment.parse(self.texts[name], name, name)
        for output in tree.find_all((nodes.Output, *_REFUSED)):
            if not isinstance(output, nodes.Output):
                message = f"{type(output).__name__.lower()} is not allowed in a template"
                raise jinja2.TemplateSyntaxError(message, output.lineno, name, name)
            output.nodes = [
                child
                if isinstance(child, nodes.TemplateData)
                else nodes.Filter(
                    child,
                    "interpolate",
                    [nodes.Const(name), nodes.Const(child.lineno)],
                    [],
                    None,
                    None,
                    lineno=child.lineno,
                )
                for child in output.nodes
            ]
        code = environment.compile(tree, name, name)
        return environment.template_class.from_code(environment, code, globals or {}, None)


class Templates:
    """The templates of a project, compiled when first used."""

    def __init__(self, sources: Sources) -> None:
        """Keep the texts; nothing is parsed yet."""
        self._environment = _Environment(
            loader=_Loader(sources.texts),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            optimized=False,  # constants do not stand in templates: folding them costs a sixth of compiling
            autoescape=False,
        )
        self._environment.globals.clear()
        self._environment.filters = {name: self._environment.filters[name] for name in _FILTERS}
        self._environment.filters |= {
            "interpolate": _interpolate,
            "network_address": lambda text: str(ipaddress.IPv4Network(text).network_address),
            "prefix_length": lambda text: ipaddress.IPv4Network(text).prefixlen,
        }
        self._texts = sources.texts

    def render(self, path: str, context: Mapping[str, Any]) -> Rendered:
        """Return the text of template `path`. Raises InputInvalid at template:line."""
        values: list[Interpolated] = []
        try:
            text = self._environment.get_template(path).render({**context, "_interpolated": values})
        except jinja2.TemplateSyntaxError as error:
            where = Where(error.filename or path, error.lineno)
            raise InputInvalid([Finding.at(where, "template-syntax", error.message or "cannot be read")]) from None
        except jinja2.TemplateNotFound as error:
            where = _innermost(error, path, self._texts)
            raise InputInvalid([Finding.at(where, "template-missing", f"there is no template {error.name}")]) from None
        except jinja2.UndefinedError as error:
            where = _innermost(error, path, self._texts)
            finding = Finding.at(where, "template-undefined", error.message or "undefined", hint=_hint(path, error))
            raise InputInvalid([finding]) from None
        except (TypeError, ValueError) as error:
            where = _innermost(error, path, self._texts)
            raise InputInvalid([Finding.at(where, "template-type", f"fails: {type(error).__name__}")]) from None
        return Rendered(text, values)

    def documents(self, path: str, context: Mapping[str, Any], problems: list[Finding]) -> list[Any]:
        """Return the YAML documents of template `path`; what is wrong with it is added to `problems`."""
        found: list[Finding] = []
        try:
            rendered = self.render(path, context)
            documents = [fill(node, rendered.values, found) for node in yamlio.compose(rendered.text, path)]
        except InputInvalid as error:
            problems += [self._located(finding, path) for finding in error.findings]
            return []
        problems += [self._located(finding, path) for finding in found]
        return [] if found else [document for document in documents if document is not None]

    def _located(self, finding: Finding, path: str) -> Finding:
        """A template with blocks has other lines than its text: say so instead of naming a wrong one."""
        if not finding.rule.startswith("yaml-") or "{%" not in self._texts[path]:
            return finding
        message = f"{finding.message} (line {finding.line} once rendered)"
        return Finding.at(Where(path), finding.rule, message, hint=finding.hint)


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


def _filled(scalar: yamlio.Scalar, values: list[Interpolated], problems: list[Finding]) -> Any:
    if OPEN not in scalar.text:
        return yamlio.resolve(scalar, problems) if scalar.plain else scalar.text
    if scalar.plain and (whole := TOKEN.fullmatch(scalar.text)):
        return thaw(values[int(whole[1])].value)

    def text(match: re.Match[str]) -> str:
        value, where = values[int(match[1])]
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        kind = "null" if value is None else "a list or a map"
        hint = "a list or a map stands alone and unquoted: {{ values.x }}"
        problems.append(Finding.at(where, "template-type", f"{kind} inside text", hint=hint))
        return ""

    return TOKEN.sub(text, scalar.text)


def _where(scalar: yamlio.Scalar, values: list[Interpolated]) -> Where:
    token = TOKEN.search(scalar.text)
    return values[int(token[1])].where if token else scalar.where


@jinja2.pass_context
def _interpolate(context: Context, value: Any, file: str, line: int) -> str:
    if isinstance(value, jinja2.Undefined):
        str(value)  # StrictUndefined raises here, with the name that is missing
    if isinstance(value, str) and PRIVATE_USE.search(value):
        where = Where(file, line)
        raise InputInvalid([Finding.at(where, "template-value", "the value holds a private-use character")])
    values = context["_interpolated"]
    values.append(Interpolated(value, Where(file, line)))
    return f"{OPEN}{len(values) - 1}{CLOSE}"


def _innermost(error: BaseException, path: str, texts: Mapping[str, str]) -> Where:
    """Return the last line of a template that the error passed."""
    where = Where(path)
    traceback = error.__traceback__
    while traceback:
        file = traceback.tb_frame.f_code.co_filename
        if file in texts:
            where = Where(file, traceback.tb_lineno)
        traceback = traceback.tb_next
    return where


def _hint(path: str, error: jinja2.UndefinedError) -> str:
    message = error.message or ""
    if "/base/" in path and any(f"'{name}' is undefined" in message for name in ("env", "values", "plan")):
        return "base/ sees `unit` only, so that it is the same everywhere: move this line to overlay/"
    return ""
