"""Templates: whatever one says, it makes documents or findings, soon, in little memory, and knows nothing of the process."""

import os
import resource
from pathlib import Path
from typing import Any

import pytest
from fuzzing import explore, seeds, within
from hostile import WORDS
from hypothesis import strategies as st
from product import project

from generator import yamlio
from generator.render.template.templates import Templates
from generator.tree import Sources
from generator.views import findings

PATH = "templates/components/fuzz/overlay/fuzz.yaml.j2"
PART = "templates/components/fuzz/overlay/part.yaml.j2"
CANARY = "canary-6b1f"
TEXTS = [text for path, text in sorted(project().sources.texts.items()) if path.endswith(".j2")]
SEEN: dict[str, Any] = {
    "unit": {"name": "fuzz", "namespace": "codemie", "title": "Fuzz"},
    "values": {"text": "hello" * 100, "number": 3, "list": tuple(range(200)), "map": {"a": {"b": ("c", None, True)}}},
    "env": {"domain": "lab.example.com", "access": {"allowedRanges": {"office": ("10.0.0.0/8",)}}},
    "plan": {"units": ("a", "b"), "google": {"network": {"name": "n"}}},
}
_LIMIT = 512 * 1024
"""KiB that this process may take, with the test's own things."""

names = st.one_of(
    st.sampled_from(
        ["values", "env", "unit", "plan", "self", "loop", "x", "_run", "caller", "varargs", "kwargs", "context"]
    ),
    st.sampled_from(
        [
            "environment",
            "cycler",
            "joiner",
            "namespace",
            "lipsum",
            "range",
            "dict",
            "super",
            "true",
            "none",
            "__import__",
            "request",
        ]
    ),
    st.sampled_from(["g"]),
)
attributes = st.one_of(
    st.sampled_from(
        ["text", "list", "map", "a", "b", "number", "items", "keys", "format", "upper", "__class__", "__mro__"]
    ),
    st.sampled_from(
        [
            "__init__",
            "__globals__",
            "__builtins__",
            "__subclasses__",
            "_values",
            "first",
            "last",
            "index",
            "cycle",
            "changed",
            "depth",
            "gi_frame",
        ]
    ),
    st.sampled_from(
        ["f_globals", "environ", "sys", "modules", "__dict__", "__getitem__", "mro", "copy", "previtem", "length"]
    ),
)
filters = st.one_of(
    st.sampled_from(
        [
            "items",
            "join",
            "length",
            "replace('l', values.text)",
            "attr('__class__')",
            "map(attribute='__class__')",
            "tojson",
            "center(10**9)",
            "list",
            "first",
            "format",
            "join(values.text)",
        ]
    ),
    st.sampled_from(
        [
            "replace('', values.text)",
            "network_address",
            "prefix_length",
            "seconds",
            "share",
            "join(*values.list)",
            "indent(10**9)",
            "groupby('__class__')",
            "sort(attribute='a')",
            "_counted(1)",
        ]
    ),
)
operators = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "~", "==", "<", "in", "not in", "and", "or", "is"])
tests = st.sampled_from(
    ["defined", "undefined", "none", "mapping", "filter", "callable", "sameas(self)", "eq(1)", "in(x)"]
)
leaf = st.one_of(
    names,
    st.sampled_from(
        ["1", "0", "10", "1000000000", "9" * 5000, "1e308", "'a'", '"__cl"', "'\\x5f'", "''", "true", "[]", "()"]
    ),
    st.sampled_from(WORDS).map(repr),
)
expression = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.tuples(inner, attributes).map(lambda it: f"{it[0]}.{it[1]}"),
        st.tuples(inner, inner).map(lambda it: f"{it[0]}[{it[1]}]"),
        st.tuples(inner, attributes).map(lambda it: f"{it[0]}['{it[1]}']"),
        st.tuples(inner, filters).map(lambda it: f"{it[0]} | {it[1]}"),
        st.tuples(inner, operators, inner).map(" ".join),
        st.tuples(inner, tests).map(lambda it: f"{it[0]} is {it[1]}"),
        st.tuples(inner, inner, inner).map(lambda it: f"({it[0]} if {it[1]} else {it[2]})"),
        st.lists(inner, max_size=3).map(lambda it: f"[{', '.join(it)}]"),
        st.tuples(inner, st.lists(inner, max_size=2)).map(lambda it: f"{it[0]}({', '.join(it[1])})"),
        inner.map(lambda it: f"not {it}"),
        inner.map(lambda it: f"-{it}"),
        inner.map(lambda it: f"({it})"),
        inner.map(lambda it: f"{it}[::2]"),
    ),
    max_leaves=8,
)
shown = expression.map(lambda it: f"a: {{{{ {it} }}}}\n")
statement = st.recursive(
    st.one_of(
        *(shown, shown),
        st.sampled_from([f"{{% include '{PATH}' %}}\n", f"{{% include '{PART}' %}}\n", "{% include values.text %}"]),
        st.sampled_from(
            ["{% set x = self %}", "{% import 'x' as x %}", "{% extends 'x' %}", "{% debug %}", "{% raw %}"]
        ),
        st.sampled_from(["- b\n", "{", "}}", "{%", "{{", "%}", "#}", "{#", "'", '"', "\ue0000\ue001", "\n", "a: [\n"]),
    ),
    lambda inner: st.one_of(
        st.tuples(expression, inner).map(lambda it: f"{{% for x in {it[0]} %}}{it[1]}{{% endfor %}}"),
        st.tuples(expression, expression, inner).map(
            lambda it: f"{{% for x, y in {it[0]} if {it[1]} %}}{it[2]}{{% else %}}{it[2]}{{% endfor %}}"
        ),
        inner.map(lambda it: f"{{% for x in values.list %}}{it}{{% endfor %}}"),
        inner.map(lambda it: f"{{% for x in values.list recursive %}}{it}{{{{ loop(x) }}}}{{% endfor %}}"),
        st.tuples(expression, inner).map(lambda it: f"{{% if {it[0]} %}}{it[1]}{{% elif x %}}{it[1]}{{% endif %}}"),
        inner.map(lambda it: f"{{% macro m(x) %}}{it}{{% endmacro %}}{{{{ m(1) }}}}"),
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, st.integers(1, 200)).map(lambda it: (it[0] * it[1])[:100_000]),
    ),
    max_leaves=8,
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A template of ours with a few expressions replaced, and pieces of it cut, doubled or put elsewhere."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        edit = draw(st.sampled_from(["expression", "statement", "cut", "twice", "word"]))
        if edit == "expression" and "{{" in text:
            start = text.find("{{", at) if "{{" in text[at:] else text.find("{{")
            end = text.find("}}", start)
            text = text[:start] + "{{ " + draw(expression) + " }}" + (text[end + 2 :] if end > start else "")
        elif edit == "statement":
            text = text[:at] + draw(statement) + text[at:]
        elif edit == "cut":
            text = text[:at] + text[at + draw(st.integers(1, 40)) :]
        elif edit == "twice":
            text = text[:at] + text[at : at + draw(st.integers(1, 400))] * draw(st.integers(2, 30)) + text[at:]
        else:
            text = text[:at] + draw(st.sampled_from(WORDS)) + text[at:]
    return text


nested = st.tuples(
    st.sampled_from(
        ["{% if x %}", "{% for x in values.list %}", "{{ (", "{{ -", "{{ x.", "{{ [", "{{ not ", "{{ x[", "{{ 1 + "]
    ),
    st.integers(1, 20_000),
).map(lambda it: it[0] + it[0].removeprefix("{{ ") * it[1])
anything = st.one_of(statement, statement, mutated(), nested, st.text(max_size=50))


def shows_what_it_is_given(text: str) -> None:
    """Render `text` in every room that templates are rendered for."""
    os.environ["CODEMIE_GIT_TOKEN"] = CANARY
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # other tests may have run in this process
    templates = Templates(Sources({**project().sources.texts, PATH: text, PART: text}))
    try:
        with within(5):  # about 1 s where nothing else runs, twice that where caches are shared
            documents, found = templates.documents(PATH, SEEN)
            text_, found_in_text = templates.text(PATH, SEEN)
            said = [*(yamlio.dump(document) for document in documents), text_ or ""]
    finally:
        del os.environ["CODEMIE_GIT_TOKEN"]
    found += found_in_text
    said.append(findings.text(found))
    assert CANARY not in "".join(said)
    assert " at 0x" not in "".join(said)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < _LIMIT
    assert all(item.file.startswith("templates/") for item in found), found


@pytest.mark.parametrize("path", seeds("templates"), ids=lambda path: path.name)
def test_seeds_of_templates(path: Path) -> None:
    shows_what_it_is_given(path.read_text())


def test_any_template_shows_what_it_is_given_or_is_refused() -> None:
    explore(anything, shows_what_it_is_given, 100)
