"""Where a field of a built object was written: the line of its template, looked up only to tell a mistake.

The template is rendered once more, now with a mark at the end of each line that says which line of which file it was;
so the place in the rendered text leads back through `for`, `if` and `include`. A patch that reaches the field wins.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

import jinja2
import jsonpatch
import jsonpointer
import msgspec
from jinja2 import nodes
from msgspec.structs import replace

from generator import yamlio
from generator.catalog import Plan, Planned, freeze
from generator.errors import InputInvalid
from generator.field import pointer, text
from generator.finding import Finding, Where
from generator.render.pointer import steps_of
from generator.render.task import plan_view, view
from generator.render.template.fill import fill
from generator.render.template.templates import Loader, Templates
from generator.render.variables import variable_templates
from generator.schema import place
from generator.tree import Sources, Tree
from generator.yamlio.written import Node, Written, deepest, documents

_RULES = ("contract", "contract-default", "duplicate-object", "kubernetes-schema", "object-shape")
_OPEN, _CLOSE = "\ue002", "\ue003"
_MARK = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")


class Document(NamedTuple):
    """A document of a file, and the place of each line of the text it stands in."""

    written: Written
    lines: list[Where]

    def where(self, node: Node) -> Where:
        """Return the place of a node; the column is that of the rendered text, so it is not told."""
        return self.lines[node.where.line - 1]


def located(findings: Iterable[Finding], plan: Plan, sources: Sources, tree: Tree) -> tuple[Finding, ...]:
    """Return the findings of the schemas with the line that wrote the field, or the nearest one above it."""
    places = _Places(plan, sources, tree)
    return tuple(places.located(finding) if finding.rule in _RULES else finding for finding in findings)


class _Numbering(Loader):
    """Loads templates whose lines say where they come from."""

    def __init__(self, sources: Sources) -> None:
        super().__init__(sources.texts)
        self.places: list[Where] = []

    def parse(self, environment: jinja2.Environment, text: str, name: str) -> nodes.Template:
        """Return the tree of a template, each of its lines marked at the end."""
        tree = super().parse(environment, text, name)
        for data in tree.find_all(nodes.TemplateData):
            *rows, last = data.data.split("\n")
            data.data = "".join(f"{row}{self._mark(name, data.lineno + n)}\n" for n, row in enumerate(rows)) + last
        return tree

    def _mark(self, name: str, line: int) -> str:
        self.places.append(Where(name, line))
        return f"{_OPEN}{len(self.places) - 1}{_CLOSE}"


class _Places:
    """Looks up lines; nothing is rendered before the first finding asks."""

    def __init__(self, plan: Plan, sources: Sources, tree: Tree) -> None:
        self._plan = plan
        self._sources = sources
        self._tree = tree
        self._numbering = _Numbering(sources)

    def located(self, finding: Finding) -> Finding:
        """Return the finding with its line, or as it is where none can be had."""
        kind, _, name = finding.object.partition(" ")
        steps = steps_of(finding.path)
        try:
            for unit in self._units(finding.file):
                found = (
                    self._environment_patch(unit, kind, name, steps)
                    or self._variable(unit, kind, name.rpartition("/")[2], steps)
                    or self._patch(unit, kind, steps)
                )
                where = found or self._written(unit, finding.file, kind, name.rpartition("/")[2], steps)
                if where:
                    return replace(finding, file=where.file, line=where.line)
        except InputInvalid:
            pass
        return finding

    def _units(self, file: str) -> list[Planned | None]:
        """Return the units of a file's folder: one, or all instances of one; None for a file in output/."""
        found = (p for p in self._plan.units if p.unit.folder and file.startswith(f"{p.unit.folder}/"))
        return [*found] or [None]

    def _environment_patch(self, unit: Planned | None, kind: str, name: str, steps: list[str]) -> Where | None:
        """Return the line of the last operation of the environment's `patches` that reaches the field."""
        found = None
        for patch, wanted in sorted(self._plan.environment.patches.items()):
            target = wanted.target
            if unit and (target.unit, target.kind, target.name) == (unit.name, kind, name.rpartition("/")[2]):
                for index, operation in enumerate(wanted.ops):
                    if _reaches(operation.path, steps):
                        found = place(("patches", patch, "ops", index), self._plan.marks)
        return found

    def _variable(self, unit: Planned | None, kind: str, name: str, steps: list[str]) -> Where | None:
        """Return the line of a variable in the unit's own lists: it has the same name there as in what is rendered."""
        if unit is None or "env" not in steps[:-1]:
            return None
        end = steps.index("env") + 2
        called = jsonpointer.resolve_pointer(self._patched(unit, kind, name), pointer(*steps[:end], "name"), None)
        for path, _ in variable_templates(unit, tuple(self._sources.below(unit.unit.folder))):
            for document in self._documents(unit, path):
                items = document.written.node.items if isinstance(document.written.node, yamlio.Sequence) else []
                for node, item in zip(items, document.written.value, strict=True):
                    if called and called not in unit.common.env and text(item, "name") == called:
                        return document.where(deepest(node, steps[end:]))
        return None

    def _patched(self, unit: Planned, kind: str, name: str) -> Any:
        """Return an object of a unit as its files in output/ make it."""
        folder, patches = f"components/{unit.name}", (f"{kind}.patch.yaml".lower(), f"{kind.lower()}-{name}.patch.yaml")
        texts = {path: content for path, content in self._tree.texts().items() if path.startswith(f"{folder}/")}
        found = (item for path in texts if path.endswith(".yaml") for item in documents(texts[path], path))
        result: Any = next((item.value for item in found if item.is_object(kind, name)), {})
        for file in patches:
            for item in documents(texts.get(f"{folder}/overlay/{file}", ""), file):
                result = jsonpatch.apply_patch(result, item.value)
        return result

    def _patch(self, unit: Planned | None, kind: str, steps: list[str]) -> Where | None:
        """Return the line of the last operation of the unit's patch that reaches the field."""
        path = f"{unit.unit.folder}/overlay/{kind.lower()}.patch.yaml.j2" if unit else ""
        found = None
        for document in self._documents(unit, path) if unit and path in self._sources.texts else ():
            operations = document.written.node.items if isinstance(document.written.node, yamlio.Sequence) else []
            for node, operation in zip(operations, document.written.value, strict=True):
                written = text(operation, "path")
                if text(operation, "op") not in ("", "test") and _reaches(written, steps):
                    below = ["value", *steps[len(steps_of(written)) :]]
                    found = document.where(deepest(node, below))
        return found

    def _written(self, unit: Planned | None, file: str, kind: str, name: str, steps: list[str]) -> Where | None:
        """Return the line of the object's own file: a template of a unit, or what we derived, in output/."""
        in_output = file.removeprefix(f"output/{self._tree.environment}/")
        if unit and file in self._sources.texts:
            found = self._documents(unit, file)
        elif content := self._tree.texts().get(in_output):
            lines = [Where(file, number + 1) for number in range(content.count("\n") + 1)]
            found = (Document(written, lines) for written in documents(content, file))
        else:
            return None
        there = (document for document in found if document.written.is_object(kind, name))
        return next((document.where(deepest(document.written.node, steps)) for document in there), None)

    def _documents(self, unit: Planned, path: str) -> Iterator[Document]:
        """Yield the documents of a unit's template."""
        seen = view(unit, *self._seen)
        rendered = self._templates.render(path, {"unit": seen["unit"]} if "/base/" in path else seen)
        lines = [self._numbering.places[int(found[-1])] if found else Where(path) for found in self._marks(rendered[0])]
        for node in yamlio.compose(_MARK.sub("", rendered.text), path):
            yield Document(Written(node, fill([node], rendered.values).value[0]), lines)

    @staticmethod
    def _marks(text: str) -> Iterator[list[str]]:
        return (_MARK.findall(line) for line in text.split("\n"))

    @cached_property
    def _templates(self) -> Templates:
        return Templates(self._sources, self._numbering)

    @cached_property
    def _seen(self) -> tuple[Any, Any]:
        return freeze(msgspec.to_builtins(self._plan.environment)), plan_view(self._plan)


def _reaches(path: str, steps: list[str]) -> bool:
    """Whether an operation writes the field at `steps`, or something above it. `[name=x]` and `-` are any item."""
    written = steps_of(path)
    return len(written) <= len(steps) and all(
        one == other or (other.isdigit() and (one == "-" or one.startswith("[")))
        for one, other in zip(written, steps, strict=False)
    )
