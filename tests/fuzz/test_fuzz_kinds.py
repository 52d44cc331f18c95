"""Kind files of strangers: each is used or refused with its place, soon, and never says less than is shipped."""

import copy
from pathlib import Path
from typing import Any

import pytest
from fuzzing import explore, seeds, somewhere, within
from hostile import WORDS, json_value
from hypothesis import strategies as st

from generator import yamlio
from generator.kinds import ABSENT, Edit, Impact, Kinds
from generator.kinds.project_files import read

WIDGET, STATEFUL = "kinds/example.com/Widget.yaml", "kinds/apps/StatefulSet.yaml"
KIND: dict[str, Any] = {
    "state": True,
    "immutable": ["spec.size", "spec.parts.*.name", "metadata.annotations[example.com/zone]"],
    "sources": {"docs": "https://example.com/docs"},
    "impact": [
        {"path": "", "when": "removed", "impact": "data-loss", "reason": "its disk goes", "source": "docs"},
        {"path": ["spec.a", "spec.b.**"], "but": "spec.b.c", "when": "set", "impact": "restart", "reason": "so"},
        {"path": "spec.c", "when": {"becomes": [1, None]}, "if": "existed", "impact": "outage", "reason": "so"},
        {"path": "spec.d", "when": ["set", {"not": {"turns": ["a", "b"]}}], "impact": "scale", "reason": "so"},
        {"path": "spec.e", "if": {"not": {"has": {"spec.a": [True]}}}, "impact": "exposure", "reason": "so"},
        {"path": "spec.f", "alone": True, "impact": "orphan", "reason": "so", "instead": "not"},
    ],
    "contract": {
        "v1": {
            "required": ["spec"],
            "properties": {
                "spec": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "size": {"type": "string", "pattern": "^a$"},
                        "pods": {"$ref": "#/$defs/io.k8s.api.core.v1.PodTemplateSpec"},
                        "own": {"$ref": "#/$defs/own"},
                    },
                }
            },
            "$defs": {"own": {"type": "array", "items": {"type": "integer", "x-default": 1}}},
        }
    },
}
KEYS = ["rowsOf", "grant", "keepsLeftOut", "instead", "when", "if", "not", "was", "$ref", "$id", "properties"]
odd = st.one_of(
    json_value,
    st.sampled_from(
        ["", "..", "[", "*", "a*", "**.a", "[a]b", "apps/StatefulSet", "example.com/Widget", "any", "safe"]
    ),
    st.sampled_from([{}, [], [[]], {"not": "set"}, {"becomes": []}, {"gains": [1]}, {"becomes": [1], "leaves": [1]}]),
    st.sampled_from([{"rowsOf": "example.com/Widget"}, {"$ref": "#"}, {"$ref": "#/$defs/own"}, {"$ref": "http://x"}]),
)


@st.composite
def written(draw: st.DrawFn) -> str:
    """A kind file with other things at a few of its places, or with a piece of its text cut out."""
    value = copy.deepcopy(KIND)
    for _ in range(draw(st.integers(0, 4))):
        found = somewhere(draw, value, 6)
        if found is None:
            continue
        node, key = found
        edit = draw(st.sampled_from(["other", "other", "gone", "renamed"]))
        if edit == "other":
            node[key] = copy.deepcopy(draw(odd))
        elif edit == "gone":
            del node[key]
        elif isinstance(node, dict):
            node[draw(st.sampled_from([*KEYS, *WORDS[:20]]))] = node.pop(key)
    text = yamlio.dump(value)
    if draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(["", *WORDS, "&a", "*a", "!!binary x", "---\n"])) + text[at + 3 :]
    return text


def is_used_or_refused(text: str) -> None:
    """Read a file as that of a kind of its own and as that of a shipped one, and ask both."""
    with within(2):
        for file, group, kind in ((WIDGET, "example.com", "Widget"), (STATEFUL, "apps", "StatefulSet")):
            found = read({file: text})
            assert bool(found.values) is not bool(found.problems)
            assert all(item.file == file and item.message for item in found.problems)
            kinds, plain = Kinds({file: text}), Kinds({})
            edits = [
                Edit(("spec", "a"), 1, 2, {"spec": {}}, {"spec": {"a": 2}}),
                Edit((), {}, ABSENT, {"spec": {}}, {}),
            ]
            said = [[row.impact for row in kinds.rows(group, kind) if row.holds(edit)] for edit in edits]
            if file == STATEFUL:
                assert kinds.of(group, kind).state
                assert kinds.keeps_left_out(group, kind) is plain.keeps_left_out(group, kind)
                for edit, impacts in zip(edits, said, strict=True):
                    shipped = [row.impact for row in plain.rows(group, kind) if row.holds(edit)]
                    assert impacts[len(impacts) - len(shipped) :] == shipped
                    assert Impact.SAFE not in impacts[: len(impacts) - len(shipped)]


@pytest.mark.parametrize("path", seeds("kinds"), ids=lambda path: path.name)
def test_seeds_of_kind_files(path: Path) -> None:
    is_used_or_refused(path.read_text())


def test_any_text_is_a_kind_file_or_refused() -> None:
    explore(st.one_of(written(), written(), written(), json_value.map(yamlio.dump)), is_used_or_refused, 100)
