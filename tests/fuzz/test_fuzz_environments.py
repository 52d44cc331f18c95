"""Whole environments: keys and values as the schema has them, right and wrong, in an environment and in a profile of it.

They load, plan and render, or are refused with findings that name a file. A share of them is built by kustomize and checked.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from command import ENVIRONMENTS
from fuzzing import explore, seeds, within
from hostile import json_value
from hypothesis import strategies as st
from product import project

from generator import build, capacity, catalog, check, pipeline, yamlio
from generator.environment.schema import complete_schema
from generator.errors import GeneratorError
from generator.finding import Finding
from generator.render import located, render
from generator.schema import walk
from generator.tree import Sources, Tree

FILE, PROFILE = "environments/zz.yaml", "environments/profiles/zz.yaml"
UNITS = catalog.schemas(project().catalog.units)
SCHEMA = complete_schema(UNITS)
WRITTEN = [
    yamlio.load(text, path).value for path, text in project().sources.texts.items() if path.startswith("environments/")
]
SCALARS = sorted({item for value in WRITTEN for _, item in walk(value) if isinstance(item, str)})
NAMES = sorted({str(step) for value in WRITTEN for path, _ in walk(value) for step in path if isinstance(step, str)})


def resolved(node: Any) -> dict[str, Any]:
    while isinstance(node, dict) and ("$ref" in node or "anyOf" in node):
        node = SCHEMA["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node["anyOf"][0]
    return node if isinstance(node, dict) else {}


@st.composite
def fitting(draw: st.DrawFn, node: Any, depth: int = 0) -> Any:
    """A value that fits its schema, or nearly."""
    node = resolved(node)
    kind = node.get("type")
    if "enum" in node or "const" in node:
        return draw(st.sampled_from(node.get("enum") or [node["const"]]))
    if "default" in node and not draw(st.integers(0, 2)):
        return node["default"]
    if kind == "object" and depth < 4:
        fields = node.get("properties", {})
        chosen = draw(st.lists(st.sampled_from(sorted(fields)), unique=True, max_size=5)) if fields else []
        chosen += [key for key in node.get("required", ()) if key not in chosen]
        # A key may be required that `properties` does not describe: the schema of a component says only what it needs.
        value = {key: draw(fitting(fields.get(key), depth + 1)) for key in chosen}
        if entry := resolved(node.get("additionalProperties")):
            names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=3))
            value |= {name: draw(fitting(entry, depth + 1)) for name in names}
        return value
    if kind == "array" and depth < 4:
        return draw(st.lists(fitting(node.get("items", {}), depth + 1), max_size=3))
    if kind in ("integer", "number"):
        low = int(node.get("minimum", 0))
        return draw(st.integers(low, max(low, int(node.get("maximum", 1000)))))
    return draw(st.booleans()) if kind == "boolean" else draw(st.sampled_from(SCALARS))


@st.composite
def edit(draw: st.DrawFn) -> tuple[list[str], Any]:
    """A path that the schema knows, and something to stand there."""
    node: Any = SCHEMA
    path: list[str] = []
    while True:
        node = resolved(node)
        fields, entry = node.get("properties", {}), resolved(node.get("additionalProperties"))
        if not (fields or entry) or (path and not draw(st.integers(0, 3))):
            break
        key = draw(st.sampled_from(sorted(fields) if fields else NAMES))
        path.append(key)
        node = fields.get(key, entry)
    wild = draw(st.integers(0, 9))
    if wild == 0:
        path[-1:] = [draw(st.sampled_from(NAMES))]
    if wild < 2:
        return path, draw(json_value)
    return path, None if wild == 2 else draw(fitting(node))


def nested(edits: list[tuple[list[str], Any]]) -> dict[str, Any]:
    """Return the map that says all of these; a later one wins."""
    result: dict[str, Any] = {}
    for path, value in edits:
        node = result
        for step in path[:-1]:
            below = node.get(step)
            node[step] = node = below if isinstance(below, dict) else {}
        if path:
            node[path[-1]] = value
    return result


edits = st.lists(edit(), max_size=4).map(nested)
parents = st.lists(
    st.sampled_from([*ENVIRONMENTS, "small", "standard", "high-scale", "public", "private", "zz"]), max_size=3
)
whole = st.tuples(st.sampled_from(ENVIRONMENTS), parents, edits, edits)
Case = tuple[str, list[str], dict[str, Any], dict[str, Any]]


def rendered(case: Case) -> tuple[catalog.Plan, Tree, Sources] | None:
    """Render an environment that extends one of ours, with a profile and keys of its own; None where it is refused."""
    example, more, profile, own = case
    said = {**own, "name": "zz", "extends": [example, *more]}
    texts = {FILE: yamlio.dump(said), PROFILE: yamlio.dump(profile)}
    edited = project()._replace(sources=Sources({**project().sources.texts, **texts}))
    with within(10):
        try:
            plan = catalog.make_plan(pipeline.load(edited, "zz"), project().catalog.units)
            return plan, render(plan, edited.sources), edited.sources
        except GeneratorError as refused:
            named(refused.findings)
            return None


def named(findings: tuple[Finding, ...]) -> None:
    """Assert that every finding says something, and where."""
    assert findings
    for item in findings:
        assert item.message
        assert item.file, item


def then_checked(case: Case) -> None:
    """Build what renders, and check it."""
    made = rendered(case)
    if made is None:
        return
    plan, tree, sources = made
    try:
        objects = build.build(tree, build.find_tool(), None)
    except GeneratorError as refused:
        named(refused.findings)
        return
    with within(20):
        found = check.check(objects, plan, today=dt.date(2026, 11, 30), further=capacity.RULES).findings
        located(found, plan, sources, tree)


@pytest.mark.parametrize("path", seeds("environments"), ids=lambda path: path.name)
def test_seeds_of_environments(path: Path) -> None:
    then_checked(tuple(json.loads(path.read_text())))


def test_any_environment_renders_or_is_refused() -> None:
    explore(whole, lambda case: rendered(case) and None, 12)


def test_what_renders_is_checked() -> None:
    explore(whole, then_checked, 3)
