"""Jinja templates -> YAML values, such that a value can never change structure.

Every interpolated value leaves Jinja as a private-use token; the rendered text is parsed as YAML; only then are the
tokens filled into the tree. So no value ever meets a parser, and `https://{{ env.domain }}/auth` needs no quoting
filter. Tokens are planted by Jinja's `finalize`, which every `{{ … }}` passes; the line is that of the calling frame.
"""

import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, NamedTuple

import jinja2
from jinja2 import nodes
from jinja2.runtime import Context
from msgspec.structs import replace

from generator import yamlio
from generator.errors import InputInvalid
from generator.finding import Finding, Result, Where
from generator.render.template import language, work
from generator.render.template.fill import CLOSE, OPEN, Interpolated, Line, fill, fill_text
from generator.tree import Sources
from generator.yamlio.faults import characters

_RENDERED = "(rendered)"  # stands for the file while a place is one of the rendered text
PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_OPENED = re.compile("innermost block that needs to be closed is '([a-z]+)'")
_VALUES = (str, int, float, type(None), Mapping, tuple, list)


class Rendered(NamedTuple):
    """A template's text with tokens, and what each token stands for."""

    text: str
    values: list[Interpolated]


class Loader(jinja2.BaseLoader):
    """Loads from memory, and refuses what language.py does not know; each loop is made to count its work."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.weights: dict[str, int] = {}

    def load(
        self,
        environment: jinja2.Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002  Jinja's name
    ) -> jinja2.Template:
        """Return the compiled template."""
        if name not in self.texts:
            raise jinja2.TemplateNotFound(name)
        text = self.texts[name]
        if refused := list(characters(text, name)):
            raise InputInvalid(refused)
        tree = self.parse(environment, text, name)
        self.weights[name] = work.counted(tree, environment)
        code = environment.compile(tree, name, name)
        return environment.template_class.from_code(environment, code, globals or {}, None)

    def parse(self, environment: jinja2.Environment, text: str, name: str) -> nodes.Template:
        """Return the tree of a template."""
        return language.parse(environment, text, name)


class Templates:
    """The templates of a project, compiled when first used."""

    def __init__(self, sources: Sources, loader: Loader | None = None) -> None:
        """Keep the texts; nothing is parsed yet."""
        self._environment = work.Jinja(
            loader=loader or Loader(sources.texts),
            extensions=[language.Bounded],
            undefined=jinja2.StrictUndefined,
            finalize=_interpolate,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            optimized=False,  # a constant that is folded is computed while compiling, and nothing counts it
            autoescape=False,
        )
        self._environment.context_class = work.Counting
        self._environment.globals.clear()
        self._environment.filters = dict(work.FILTERS)
        self._environment.tests = {name: self._environment.tests[name] for name in language.TESTS}
        self._texts = sources.texts

    def load(self, path: str) -> jinja2.Template:
        """Return template `path`, compiled. Raises InputInvalid at template:line."""
        try:
            return self._environment.get_template(path)
        except jinja2.TemplateSyntaxError as error:
            raise InputInvalid([_syntax(error, path)]) from None
        except jinja2.TemplateNotFound:
            raise InputInvalid([Finding.at(Where(path), "template-missing", f"there is no template {path}")]) from None

    def render(self, path: str, context: Mapping[str, Any]) -> Rendered:
        """Return the text of template `path`. Raises InputInvalid at template:line."""
        run = work.Run()
        template = self.load(path)
        try:
            text = "".join(run.add(part) for part in template.generate({**context, work.RUN: run}))
        except jinja2.TemplateSyntaxError as error:  # of a template that this one includes
            raise InputInvalid([_syntax(error, path)]) from None
        except jinja2.TemplateNotFound as error:
            where = _innermost(error, path, self._texts)
            raise InputInvalid([Finding.at(where, "template-missing", f"there is no template {error.name}")]) from None
        except work.TooMuch as error:
            where = _innermost(error, path, self._texts)
            raise InputInvalid([Finding.at(where, "template-limit", error.message or "")]) from None
        except jinja2.TemplateRuntimeError as error:
            where = _innermost(error, path, self._texts)
            rule = "template-undefined" if isinstance(error, jinja2.UndefinedError) else "template-syntax"
            raise InputInvalid([Finding.at(where, rule, error.message or "fails", hint=_hint(path, error))]) from None
        except RecursionError as error:
            where = _innermost(error, path, self._texts)
            raise InputInvalid([Finding.at(where, "template-limit", "includes itself")]) from None
        except (TypeError, ValueError, ArithmeticError) as error:
            where = _innermost(error, path, self._texts)
            raise InputInvalid([Finding.at(where, "template-type", f"fails: {type(error).__name__}")]) from None
        return Rendered(text, run.values)

    def documents(self, path: str, context: Mapping[str, Any]) -> Result[list[Any]]:
        """Return the YAML documents of template `path`, none where anything is wrong with it."""
        try:
            rendered = self.render(path, context)
            documents, findings = fill(yamlio.compose(rendered.text, _RENDERED), rendered.values)
        except InputInvalid as error:
            documents, findings = [], error.findings
        if findings:
            return Result([], tuple(self._located(finding, path) for finding in findings))
        return Result([document for document in documents if document is not None])

    def text(self, path: str, context: Mapping[str, Any]) -> Result[str | None]:
        """Return the text of template `path` in a language of its own, None where anything is wrong with it."""
        try:
            rendered = self.render(path, context)
            text, findings = fill_text(rendered.text, rendered.values)
        except InputInvalid as error:
            return Result(None, error.findings)
        return Result(None if findings else text, findings)

    def _located(self, finding: Finding, path: str) -> Finding:
        """Return a finding about rendered text at its template; blocks and comments move lines, so that is said."""
        if finding.file != _RENDERED:
            return finding
        if "{%" not in self._texts[path] and "{#" not in self._texts[path]:
            return replace(finding, file=path)
        return replace(
            finding, file=path, line=0, column=0, message=f"{finding.message} (line {finding.line} once rendered)"
        )


def syntax_problems(sources: Sources) -> Iterator[Finding]:
    """Yield what is wrong with any template before values come in: syntax, and statements that are refused."""
    templates = Templates(sources)
    for path in [path for path in sources.below("templates") if path.endswith(".j2")]:
        try:
            templates.load(path)
        except InputInvalid as error:
            yield from error.findings


@jinja2.pass_context
def _interpolate(context: Context, value: Any) -> str:
    if isinstance(value, jinja2.Undefined):
        str(value)  # StrictUndefined raises here, with the name that is missing
    frame = sys._getframe(1)  # noqa: SLF001  the compiled template, whose lines Jinja maps back
    where = Line(context.environment, frame.f_code.co_filename, frame.f_lineno)
    if isinstance(value, str) and PRIVATE_USE.search(value):
        raise InputInvalid([Finding.at(where.find(), "template-value", "the value holds a private-use character")])
    if not isinstance(value, _VALUES):
        raise InputInvalid(
            [Finding.at(where.find(), "template-value", f"a {type(value).__name__} is no value of YAML")]
        )
    return f"{OPEN}{context[work.RUN].interpolate(value, where)}{CLOSE}"


def _syntax(error: jinja2.TemplateSyntaxError, path: str) -> Finding:
    where = Where(error.filename or path, error.lineno)
    message = error.message or "cannot be read"
    if opened := _OPENED.search(message):
        return Finding.at(
            where, "template-syntax", f"{{% {opened[1]} %}} is never closed", hint=f"{{% end{opened[1]} %}}"
        )
    hint = "a value stands between {{ and }}, a statement between {% and %}" if "unexpected" in message else ""
    return Finding.at(where, "template-syntax", message, hint=hint)


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


def _hint(path: str, error: jinja2.TemplateError) -> str:
    message = error.message or ""
    if "/base/" in path and any(f"'{name}' is undefined" in message for name in ("env", "values", "plan")):
        return "base/ sees `unit` only, so that it is the same everywhere: move this line to overlay/"
    return ""
