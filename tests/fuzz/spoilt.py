"""Edits that spoil what was rendered, as data, so that one that failed can be kept: a node is replaced, renamed, taken out …

An edit is `[pointer, what, value]`: where in the document, what is done there, and with which value. Values are those that
a reader that trusts shapes stumbles over.
"""

import copy
import itertools
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from generator import yamlio
from generator.field import pointer, steps_of

Edit = tuple[str, str, Any]

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.5, 65536, 10**17, 1e308, 1e-7),
    *(
        "",
        "x",
        "-",
        "/",
        "0",
        "1Gi",
        "100m",
        "50%",
        "1e999",
        "9" * 400,
        "9" * 5000,
        "²%",
        "a/b:" + "9" * 5000,
        "no",
        "a b",
        "a\nb",
        "é",
        "😀",
        "\x00",
        "\x1b[0m",
        "\u202e",
    ),
    *(
        "*",
        "0.0.0.0/0",
        "10.0.0.0/33",
        "::/0",
        "http://[",
        "https://127.0.0.1:1/",
        "a/b:c@d",
        "../..",
        "{{ x }}",
        "$(X)",
        "x" * 5000,
    ),
    *([], [None], [[]], ["x"], [0], [{}], [{"name": None}], [{"name": [1]}], [{"name": "x"}, {"name": "x"}]),
    *({}, {"x": None}, {"name": {}}, {"": ""}, {"a": {"b": [1]}}, {"name": "x", "value": {"y": [None]}}),
)
VERSIONS = (
    "v1",
    "apps/v1",
    "apps/v1beta1",
    "batch/v1",
    "argoproj.io/v1alpha1",
    "example.com/v1",
    "a/b/c",
    "v" * 300,
    "/v1",
    "V1",
    "é/v1",
)
KINDS = ("List", "ConfigMapList", "Secret", "Deployment", "Application", "Thing", "x/y", "K" * 300, "../x", "a b")
KEYS = ("", "x", "name", "value", "spec", "metadata", "0", "items", "kind", "$ref", "é", "a.b/c", "x" * 300)


def spots(node: Any, steps: tuple[str | int, ...] = ()) -> list[str]:
    """Return the pointers of all nodes of a document."""
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [pointer(*steps), *itertools.chain.from_iterable(spots(item, (*steps, key)) for key, item in below)]


def edits(document: Any) -> st.SearchStrategy[Edit]:
    """Return the edits of a document, heads and tails of objects more often than the rest."""
    everywhere = spots(document)
    heads = [spot for spot in everywhere if spot.count("/") <= 3]
    where = st.one_of(st.sampled_from(heads), st.sampled_from(everywhere), st.sampled_from(everywhere))
    return st.one_of(
        st.tuples(where, st.just("put"), st.sampled_from(VALUES)),
        st.tuples(where, st.just("put"), st.sampled_from(VALUES)),
        st.tuples(where, st.just("key"), st.sampled_from(KEYS)),
        st.tuples(where, st.just("add"), st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)).map(list)),
        st.tuples(where, st.sampled_from(["cut", "wrap", "first", "twice"]), st.none()),
        st.tuples(where, st.just("swap"), st.sampled_from(everywhere)),
        st.tuples(st.just("/apiVersion"), st.just("put"), st.sampled_from(VERSIONS)),
        st.tuples(st.just("/kind"), st.just("put"), st.sampled_from(KINDS)),
    )


def spoilt(document: Any, wanted: list[Edit]) -> Any:
    """Return a copy of a document with the edits made; one whose place is no longer there is none."""
    root = {"": copy.deepcopy(document)}
    for place, what, value in wanted:
        _edit(root, ["", *steps_of(place)], what, copy.deepcopy(value))
    return root[""]


def _edit(root: Any, steps: list[str], what: str, value: Any) -> None:
    try:
        parent = _found(root, steps[:-1])
        last: Any = int(steps[-1]) if isinstance(parent, list) else steps[-1]
        _DONE[what](parent, last, value, root)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return


def _found(node: Any, steps: list[str]) -> Any:
    for step in steps:
        node = node[int(step) if isinstance(node, list) else step]
    return node


def _put(parent: Any, last: Any, value: Any, _root: Any) -> None:
    parent[last] = value


def _cut(parent: Any, last: Any, _value: Any, root: Any) -> None:
    if parent is not root:
        del parent[last]


def _key(parent: Any, last: Any, value: Any, root: Any) -> None:
    if parent is not root:
        parent[value] = parent.pop(last)


def _add(parent: Any, last: Any, value: Any, _root: Any) -> None:
    if isinstance(parent[last], list):
        parent[last].append(value[1])
    else:
        parent[last][value[0]] = value[1]


def _wrap(parent: Any, last: Any, _value: Any, _root: Any) -> None:
    parent[last] = [parent[last]]


def _first(parent: Any, last: Any, _value: Any, _root: Any) -> None:
    parent[last] = next(iter(parent[last].values() if isinstance(parent[last], dict) else parent[last]), None)


def _twice(parent: Any, last: Any, _value: Any, _root: Any) -> None:
    parent[last] += copy.deepcopy(parent[last])


def _swap(parent: Any, last: Any, value: Any, root: Any) -> None:
    other = ["", *steps_of(value)]
    before = copy.deepcopy(parent[last])
    parent[last] = copy.deepcopy(_found(root, other))
    _edit(root, other, "put", before)


_DONE: dict[str, Callable[[Any, Any, Any, Any], None]] = {
    "put": _put,
    "cut": _cut,
    "key": _key,
    "add": _add,
    "wrap": _wrap,
    "first": _first,
    "twice": _twice,
    "swap": _swap,
}


def text_edits(content: str) -> st.SearchStrategy[Edit]:
    """Return edits of a text: lines are cut, repeated, moved and written over."""
    line = st.integers(0, content.count("\n")).map(str)
    said = [
        "---",
        "---\n---",
        "x",
        '"x"',
        "- x",
        "...",
        "a: [",
        "\t",
        "%YAML 1.1",
        "&a x: *a",
        "!!x y",
        "x: 1\nx: 2",
        "{",
        "? [a]",
        "# x",
    ]
    return st.one_of(
        st.tuples(line, st.sampled_from(["drop", "again", "indent"]), st.none()),
        st.tuples(line, st.sampled_from(["insert", "over"]), st.sampled_from(said)),
        st.tuples(st.just("0"), st.just("all"), st.sampled_from(["", "\n", *said, "---\n---\n", "null", "[" * 60])),
    )


def spoilt_text(content: str, wanted: list[Edit]) -> str:
    """Return a text with the edits made."""
    for place, what, value in wanted:
        lines = content.split("\n")
        at = min(int(place), len(lines) - 1)
        line = lines[at]
        new = {"again": [line, line], "indent": [f" {line}"], "insert": [value, line], "over": [value]}
        content = str(value) if what == "all" else "\n".join([*lines[:at], *new.get(what, []), *lines[at + 1 :]])
    return content


def read(content: str) -> list[Any]:
    """Return the documents of a file."""
    return yamlio.load_all(content, "file")
