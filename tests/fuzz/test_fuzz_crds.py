"""`schemas import`: whatever a definition is, contracts come out that can be used, or findings with file and place; soon."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from fuzzing import explore, seeds, somewhere, within
from hostile import WORDS, json_value
from hypothesis import strategies as st

from generator import yamlio
from generator.check.schema.contract import Contracts, check
from generator.errors import InputInvalid
from generator.finding import Finding
from generator.kinds import Kinds, kind_files
from generator.kinds.path import is_path
from generator.kinds.project_files import read
from generator.manifest import Object, identify

FILE = "crd.yaml"
PART: dict[str, Any] = {
    "type": "object",
    "description": "A part.",
    "required": ["size"],
    "properties": {
        "size": {"type": "string", "enum": ["small"], "description": "Immutable. The size."},
        "port": {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
        "note": {"type": "string", "nullable": True, "pattern": "^a$", "maxLength": 7},
        "ratio": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "multipleOf": 0.5},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "parts": {
            "type": "array",
            "items": {"type": "object", "properties": {"weight": {"type": "integer", "default": 1}}},
        },
    },
    "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "no"}],
}
ROOT = {"type": "object", "properties": {"spec": PART, "status": {"type": "object"}}}
CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
    "spec": {
        "group": "example.com",
        "names": {"kind": "Thing", "plural": "things"},
        "scope": "Namespaced",
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": ROOT}},
            {"name": "v1beta1", "served": True, "storage": False, "schema": {"openAPIV3Schema": ROOT}},
        ],
    },
}
KEYS = sorted(
    {*PART, *PART["properties"], "$ref", "$id", "definitions", "not", "oneOf", "allOf", "default", "items", "../x"}
)
THING = {
    "apiVersion": "example.com/v1",
    "kind": "Thing",
    "metadata": {"name": "x"},
    "spec": {"size": "small", "parts": [{}]},
}

odd = st.one_of(
    json_value,
    st.sampled_from(
        [True, [True], {"$ref": "#"}, {"$ref": "http://127.0.0.1:9/x"}, {"type": ["string"]}, "../../x", -1]
    ),
    st.sampled_from(["(a+)+$", "(", "a{1000000}", "(?<!x)a", "\\p{Greek}", "^(?=.*a)(?=.*b)", "[[:alpha:]]"]),
    st.sampled_from([PART, [PART], {"a": PART}, CRD, CRD["spec"]["versions"]]),
)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A definition with other things at a few of its places."""
    value = copy.deepcopy(CRD)
    for _ in range(draw(st.integers(1, 4))):
        found = somewhere(draw, value, 6)
        if found is None:
            continue
        node, key = found
        edit = draw(st.sampled_from(["other", "other", "gone", "renamed", "twice", "many"]))
        if edit == "other":
            node[key] = copy.deepcopy(draw(odd))
        elif edit == "gone":
            del node[key]
        elif edit == "renamed" and isinstance(node, dict):
            node[draw(st.sampled_from([*KEYS, *WORDS[:20]]))] = node.pop(key)
        elif isinstance(node, dict):
            node[draw(st.sampled_from(KEYS))] = copy.deepcopy(draw(odd))
        else:
            node += [copy.deepcopy(node[key])] * (draw(st.integers(1, 60)) if edit == "many" else 1)
    return value


@st.composite
def written(draw: st.DrawFn) -> str:
    """Definitions as people have them in files: several documents, a list, or with a piece of the text cut out."""
    values = draw(st.lists(mutated(), min_size=1, max_size=2))
    listed = {
        "apiVersion": "v1",
        "kind": draw(st.sampled_from(["List", "CustomResourceDefinitionList"])),
        "items": values,
    }
    text = yamlio.dump(listed) if draw(st.booleans()) else "---\n".join(yamlio.dump(value) for value in values)
    if draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(["", *WORDS, "&a", "*a", "!!binary x", "---\n"])) + text[at + 3 :]
    return text


def imported(text: str) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Return the contracts that a file makes, or what is wrong with it."""
    with within(2):
        try:
            return kind_files({FILE: text}, {}), ()
        except InputInvalid as refused:
            return {}, tuple(refused.findings)


def makes_contracts(text: str) -> None:
    """Import a file, and judge an object by what comes out."""
    made, told = imported(text)
    assert bool(made) is not bool(told)
    assert all(item.file == FILE and item.message for item in told)
    for path in made:
        group, _, file = path.rpartition("/")
        assert re.fullmatch(r"kinds/[a-z0-9.-]+", group)
        assert re.fullmatch(r"[A-Za-z0-9]+\.yaml", file)
        assert ".." not in path
    assert read(made).problems == ()
    kinds = Kinds(made)
    for path in kinds.of("example.com", "Thing").immutable:
        assert is_path(path)
    found = Contracts(kinds, "1.34").of(THING)
    if found:
        with within(2):
            list(check(Object(identify(THING, "hub"), THING, "file.yaml"), found))


@pytest.mark.parametrize("path", seeds("crds"), ids=lambda path: path.name)
def test_seeds_of_definitions(path: Path) -> None:
    makes_contracts(path.read_text())


def test_any_definition_becomes_contracts_or_findings() -> None:
    explore(st.one_of(written(), written(), written(), json_value.map(yamlio.dump)), makes_contracts, 100)
