from collections.abc import Mapping
from typing import Any

import pytest
from hostile import WORDS

from generator.render.template.templates import Templates
from generator.tree import Sources
from generator.views import findings
from generator.yamlio.faults import CHARACTER_HINT

PATH = "templates/components/x/overlay/x.yaml.j2"
BASE = "templates/components/x/base/x.yaml.j2"
VALUES = {
    "text": "hello",
    "number": 3,
    "share": 0.5,
    "on": True,
    "nothing": None,
    "list": ("a", 1),
    "map": {"k": "v"},
    "numbers": {"one": 1, "two": 2},
    "items": "a key named like a method",
}


def documents(text: str, values: Mapping[str, Any] | None = None, path: str = PATH, **others: str) -> list[Any]:
    """Return the documents of a template that nothing is wrong with."""
    result, found = Templates(Sources({path: text, **others})).documents(path, {"values": values or VALUES})
    assert findings.text(found) == ""
    return result


def refusal(text: str, path: str = PATH, **others: str) -> str:
    """Return what is said of a template that is refused."""
    result, found = Templates(Sources({path: text, **others})).documents(path, {"values": VALUES})
    assert result == []
    return findings.text(found)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: {{ values.text }}", "hello"),
        ("a: {{ values.number }}", 3),
        ("a: {{ values.share }}", 0.5),
        ("a: {{ values.on }}", True),
        ("a: {{ values.nothing }}", None),
        ("a: {{ values.list }}", ["a", 1]),
        ("a: {{ values.map }}", {"k": "v"}),
        ("a: {{ values.items }}", "a key named like a method"),
        ("a: {{ values['text'] }}", "hello"),
        ('a: "{{ values.number }}"', "3"),
        ("a: '{{ values.on }}'", "true"),
        ("a: {{ values.number }}Gi", "3Gi"),
        ("a: {{ values.number }}{{ values.number }}", "33"),
        ("a: https://{{ values.text }}/{{ values.share }}", "https://hello/0.5"),
        ("a: |\n  x={{ values.on }}\n  y={{ values.text }}\n", "x=true\ny=hello\n"),
        ("a: [{{ values.number }}, '{{ values.number }}', {b: {{ values.list }}}]", [3, "3", {"b": ["a", 1]}]),
        ("a: {{ values.list | join('-') }}", "a-1"),
        ("a: {{ values.text | replace('l', 'L') }}", "heLLo"),
        ("a: {{ '10.60.0.0/16' | network_address }}", "10.60.0.0"),
        ("a: {{ '10.60.0.0/16' | prefix_length }}", 16),
        ("a: {{ 'constant' }}", "constant"),
        ("a: x  # {{ values.text }}", "x"),
        ("a: {% raw %}'{{ x }}'{% endraw %}", "{{ x }}"),
        ("a: {% raw %}'{% set x %}'{% endraw %}", "{% set x %}"),
        ("a: {# {% set x %} #}x", "x"),
    ],
)
def test_a_plain_value_keeps_its_type_and_text_takes_text(text: str, value: Any) -> None:
    assert documents(text) == [{"a": value}]


@pytest.mark.parametrize("word", WORDS)
def test_a_value_never_changes_structure(word: str) -> None:
    text = """\
plain: {{ values.x }}
mixed: a {{ values.x }} b
quoted: "{{ values.x }}"
single: 'a{{ values.x }}'
"{{ values.x }}!": key
{{ values.x }}?: plain key
block: |
  a
  {{ values.x }}
  b
flow: {a: {{ values.x }}, b: ["{{ values.x }}", {{ values.x }}]}
# {{ values.x }}
last: 1
"""
    assert documents(text, {"x": word}) == [
        {
            "plain": word,
            "mixed": f"a {word} b",
            "quoted": word,
            "single": f"a{word}",
            f"{word}!": "key",
            f"{word}?": "plain key",
            "block": f"a\n{word}\nb\n",
            "flow": {"a": word, "b": [word, word]},
            "last": 1,
        }
    ]


def test_hostile_text_inside_a_list_or_map_stays_what_it_is() -> None:
    value = {word: [word] for word in WORDS}
    assert documents("a: {{ values.x }}\nb: 1\n", {"x": value}) == [{"a": value, "b": 1}]


def test_loops_and_conditions_make_documents() -> None:
    text = (
        "{% for name, count in values.numbers | items %}\n---\nname: {{ name }}\ncount: {{ count }}\n{% endfor %}\n"
        "{% if values.nothing %}\n---\nleft: out\n{% endif %}\n"
    )
    assert documents(text) == [{"name": "one", "count": 1}, {"name": "two", "count": 2}]


def test_include_sees_the_values_and_stays_yaml() -> None:
    text = "{% for name in values.list %}\n{% include 'templates/part.j2' %}\n{% endfor %}"
    assert documents(text, VALUES, **{"templates/part.j2": "- name: {{ name }}\n"}) == [[{"name": "a"}, {"name": 1}]]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: {{ values.nope }}", 2, "there is no 'nope' here"),
        ("a: 1\n\nb: {{ values.map.nope.deeper }}", 3, "there is no 'nope' here"),
        ("b: {{ nope }}", 1, "'nope' is undefined"),
        ("# {{ nope }}", 1, "'nope' is undefined"),
        ("b: {{ values.nope | join(',') }}", 1, "there is no 'nope' here"),
        ("{% if values.nope %}\n{% endif %}", 1, "there is no 'nope' here"),
        ("a: 1\n{% for x in values.nope %}\n{% endfor %}", 2, "there is no 'nope' here"),
        ("{% for x in values.list %}\n- a\n- {{ x.y }}\n{% endfor %}", 3, "'str object' has no attribute 'y'"),
        ("{% if false %}\nx\n{% endif %}\n{% for x in [1, 2] %}\n- {{ nope }}\n{% endfor %}", 5, "'nope' is undefined"),
        ("a: {{ range }}", 1, "'range' is undefined"),
    ],
)
def test_an_undefined_name_fails_at_its_line(text: str, line: int, message: str) -> None:
    assert refusal(text) == f"{PATH}:{line}: {message} [template-undefined]\n"


@pytest.mark.parametrize("name", ["env", "values", "plan"])
def test_base_template_cannot_see_the_environment(name: str) -> None:
    templates = Templates(Sources({BASE: f"a: 1\nb: {{{{ {name}.domain }}}}\n"}))
    documents, found = templates.documents(BASE, {"unit": {"name": "x"}})
    assert documents == []
    assert findings.text(found) == (
        f"{BASE}:2: '{name}' is undefined [template-undefined]\n"
        "  hint: base/ sees `unit` only, so that it is the same everywhere: move this line to overlay/\n"
    )


def test_items_of_an_undefined_name_fails_too() -> None:
    text = "{% for name, item in values.nope | items %}\n{{ name }}: 1\n{% endfor %}\na: 1\n"
    assert refusal(text) == f"{PATH}:1: there is no 'nope' here [template-undefined]\n"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("values['copy']", "there is no 'copy' here [template-undefined]"),
        ("values.text.upper", "'str object' has no attribute 'upper' [template-undefined]"),
        ("values.map | items", "a dict_items is no value of YAML [template-value]"),
    ],
)
def test_what_is_no_value_of_yaml_is_refused(expression: str, message: str) -> None:
    assert refusal(f"a: 1\nb: {{{{ {expression} }}}}\n") == f"{PATH}:2: {message}\n"


@pytest.mark.parametrize(
    "text", ["b: 'x{{ values.%s }}'", 'b: "{{ values.%s }}"', "b: x{{ values.%s }}", "b: |\n  {{ values.%s }}"]
)
@pytest.mark.parametrize(
    ("key", "kind"), [("nothing", "null"), ("list", "a list or a map"), ("map", "a list or a map")]
)
def test_null_a_list_or_a_map_inside_text_is_refused(text: str, key: str, kind: str) -> None:
    line = 3 if "|" in text else 2
    assert refusal("a: 1\n" + text % key) == (
        f"{PATH}:{line}: {kind} inside text [template-type]\n"
        "  hint: a list or a map stands alone and unquoted: {{ values.x }}\n"
    )


@pytest.mark.parametrize("character", ["\ue000", "\ue001", "\uf8ff", "\U000f0000", "\U0010fffd"])
def test_a_value_with_a_private_use_character_is_refused(character: str) -> None:
    templates = Templates(Sources({PATH: "a: 1\nb: {{ x }}\n"}))
    documents, found = templates.documents(PATH, {"x": f"a{character}0{character}"})
    assert documents == []
    assert findings.text(found) == f"{PATH}:2: the value holds a private-use character [template-value]\n"


@pytest.mark.parametrize("character", ["\ue000", "\u202e", "\x1b", "\x85"])
def test_a_character_that_no_text_may_hold_is_refused_in_a_template(character: str) -> None:
    said = f"holds the character U+{ord(character):04X} [character]\n  hint: {CHARACTER_HINT}\n"
    assert refusal(f"a: 1\n# {character}\n") == f"{PATH}:2:3: {said}"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\n{% set x = 1 %}", 2, "set is not allowed in a template"),
        ("\n\n{% macro x() %}{% endmacro %}", 3, "macro is not allowed in a template"),
        ("a: 1\n{%- set x = 1 -%}", 2, "set is not allowed in a template"),
        ("{%\n  set x = 1 %}", 2, "set is not allowed in a template"),
        ("{%+ set x = 1 %}", 1, "set is not allowed in a template"),
        ("{% set x %}a{% endset %}", 1, "set is not allowed in a template"),
        ("{% with x = 1 %}{% endwith %}", 1, "with is not allowed in a template"),
        ("{% if true %}\n{% elif true %}\n{% set x = 1 %}\n{% endif %}", 3, "set is not allowed in a template"),
        ("{% for x in [] %}\n{% else %}\n{% set y = 1 %}\n{% endfor %}", 3, "set is not allowed in a template"),
        ("{% block x %}{% endblock %}", 1, "block is not allowed in a template"),
        ("{% filter length %}a{% endfilter %}", 1, "filter is not allowed in a template"),
        ("a: 1\n{% call values.text() %}b{% endcall %}", 2, "call is not allowed in a template"),
        ("{% import 'x' as x %}", 1, "import is not allowed in a template"),
        ("{% from 'x' import x %}", 1, "from is not allowed in a template"),
        ("{% extends 'x' %}", 1, "extends is not allowed in a template"),
        ("{% autoescape true %}{% endautoescape %}", 1, "autoescape is not allowed in a template"),
        ("a: 1\n{% frob %}", 2, "Encountered unknown tag 'frob'."),
    ],
)
def test_what_would_turn_values_into_text_is_refused_at_its_line(text: str, line: int, message: str) -> None:
    assert refusal(text) == f"{PATH}:{line}: {message} [template-syntax]\n"


def test_a_template_that_does_not_parse_is_told_with_what_mends_it() -> None:
    assert refusal("a: 1\nb: {{ values.text }") == (
        f"{PATH}:2: unexpected '}}' [template-syntax]\n"
        "  hint: a value stands between {{ and }}, a statement between {% and %}\n"
    )
    assert refusal("a: 1\n{% if true %}\nb: 1\n") == (
        f"{PATH}:3: {{% if %}} is never closed [template-syntax]\n  hint: {{% endif %}}\n"
    )


def test_an_error_in_an_included_template_is_told_there() -> None:
    text = "a: 1\n{% include 'templates/part.j2' %}"
    part = "b: 1\nc: {{ nope }}\n"
    assert refusal(text, **{"templates/part.j2": part}) == (
        "templates/part.j2:2: 'nope' is undefined [template-undefined]\n"
    )
    assert refusal(text) == f"{PATH}:2: there is no template templates/part.j2 [template-missing]\n"
    assert refusal(text, **{"templates/part.j2": "b: 1\n{% set x = 1 %}\n"}) == (
        "templates/part.j2:2: set is not allowed in a template [template-syntax]\n"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: {{ values.text | network_address }}", "1: fails: AddressValueError [template-type]\n"),
        ("a: 1\n{% for x, y in values.number | items %}\n{% endfor %}", "2: fails: TypeError [template-type]\n"),
        ("a: 1\nb: {{ values.text + 1 }}", "2: fails: TypeError [template-type]\n"),
        ("a: 1\nb: {{ 1 / 0 }}", "2: fails: ZeroDivisionError [template-type]\n"),
    ],
)
def test_an_expression_that_fails_is_told_at_its_line(text: str, message: str) -> None:
    assert refusal(text).startswith(f"{PATH}:{message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "2:1: the key 'a' stands here twice [template-key]\n"),
        ("hello: 1\n{{ values.text }}: 2\n", "2: the key 'hello' stands here twice [template-key]\n"),
        ('"{{ values.text }}": 1\n{{ values.text }}: 2\n', "2: the key 'hello' stands here twice [template-key]\n"),
        (
            "a: 1\n{{ values.number }}: 2\n",
            '2: a key must be text [template-key]\n  hint: write "{{ … }}": with quotes\n',
        ),
        ("a: &x 1\n", "1:4: uses an anchor [yaml-anchor]\n  hint: write the value out\n"),
        (
            "a: 1\nb: [\n",
            "3:1: is not YAML: a value is missing [yaml-syntax]\n  hint: is a bracket open before, or closed too early?\n",
        ),
        (
            "a: *{{ values.text }}\n",
            "1:5: is not YAML: plain text cannot start with * or & [yaml-syntax]\n  hint: put it in quotes\n",
        ),
        (
            "{% if true %}\na: &x 1\n{% endif %}\n",
            " uses an anchor (line 1 once rendered) [yaml-anchor]\n  hint: write the value out\n",
        ),
        (
            "{% if true %}\na: 1\n{% endif %}\na: 2\n",
            " the key 'a' stands here twice (line 2 once rendered) [template-key]\n",
        ),
        (
            "{# a remark #}\na: &x 1\n",
            " uses an anchor (line 1 once rendered) [yaml-anchor]\n  hint: write the value out\n",
        ),
    ],
)
def test_what_is_wrong_in_the_yaml_is_told_with_its_line(text: str, message: str) -> None:
    assert refusal(text) == f"{PATH}:{message}"


def test_all_problems_of_a_template_are_told_at_once() -> None:
    said = refusal("a: yes\nb: 'x{{ values.list }}'\nc: y{{ values.nothing }}\na: 1\n")
    assert [line.rpartition("[")[2] for line in said.splitlines() if "hint" not in line] == [
        *("yaml-ambiguous]", "template-type]", "template-type]", "template-key]")
    ]
