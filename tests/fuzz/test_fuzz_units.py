"""Units: whatever stands in a component.yaml or a values.schema.json, a project of it renders or is refused; soon."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from fuzzing import explore, seeds, somewhere, within
from hostile import WORDS, json_value
from hypothesis import strategies as st
from product import project as product
from project import component, discovered, load, sources
from rendering import ARGOCD, pods, service

from generator import catalog, yamlio
from generator.errors import InputInvalid
from generator.finding import Finding
from generator.render import render

FOLDER = "templates/components/web"
DECLARED = [
    yamlio.load(text, path).value
    for path, text in sorted(product().sources.texts.items())
    if path.endswith("/component.yaml")
]
VALUED = [
    yamlio.load(text, path).value
    for path, text in sorted(product().sources.texts.items())
    if path.endswith("/values.schema.json")
]
KEYS = sorted({key for value in [*DECLARED, *DECLARED[0].values()] if isinstance(value, dict) for key in value})
SCHEMAS = [
    *(
        {"$ref": "#"},
        {"$ref": "#/$defs/a"},
        {"$ref": "http://127.0.0.1:9/x"},
        {"$dynamicRef": "#"},
        {"$id": "file:///etc/"},
    ),
    *({"pattern": "(a+)+$"}, {"pattern": "a{99999}"}, {"type": "strin"}, {"allOf": [{"$ref": "#/$defs/a"}] * 3}, True),
]
OTHERS = {**ARGOCD, **pods("web"), **service("web")}


@st.composite
def mutated(draw: st.DrawFn, whole: list[Any]) -> Any:
    """A file of a unit of ours with other things at a few of its places."""
    value = copy.deepcopy(draw(st.sampled_from(whole)))
    for _ in range(draw(st.integers(0, 3))):
        found = somewhere(draw, value, 4)
        if found is None:
            continue
        node, key = found
        edit = draw(st.sampled_from(["other", "schema", "gone", "renamed"]))
        if edit == "gone":
            del node[key]
        elif edit == "renamed" and isinstance(node, dict):
            node[draw(st.sampled_from([*KEYS, *WORDS[:20]]))] = node.pop(key)
        else:
            node[key] = copy.deepcopy(draw(st.sampled_from(SCHEMAS) if edit == "schema" else json_value))
    return value


unit = st.tuples(mutated(DECLARED), st.one_of(st.none(), mutated(VALUED)))


def renders_or_is_refused(item: tuple[Any, Any]) -> None:
    """Render a project whose unit `web` is declared so."""
    declared, valued = item
    files = {f"{FOLDER}/component.yaml": yamlio.dump(declared)}
    if valued is not None:
        files[f"{FOLDER}/values.schema.json"] = json.dumps(valued)
    with within(5):
        told = said({**component("other"), **OTHERS, **files})
    assert all(finding.message and finding.file for finding in told), told
    assert all("127.0.0.1" not in finding.message for finding in told)


def said(files: dict[str, str]) -> tuple[Finding, ...]:
    """Return what is wrong with a project."""
    try:
        texts = sources(**files)
        render(catalog.make_plan(load(texts), discovered(texts)), texts)
    except InputInvalid as refused:
        return tuple(refused.findings)
    return ()


@pytest.mark.parametrize("path", seeds("units"), ids=lambda path: path.name)
def test_seeds_of_units(path: Path) -> None:
    renders_or_is_refused(tuple(json.loads(path.read_text())))


def test_any_declaration_renders_or_is_refused() -> None:
    explore(unit, renders_or_is_refused, 60)
