"""What a template may say and how much it may do: every way out of it that is known, and every way to work for ever."""

import itertools
import json
from typing import Any

import jinja2
import pytest
from command import ROOT, copy_project, run
from jinja2 import nodes
from test_templates import PATH, documents, refusal

from generator.render.template.language import FILTERS
from generator.render.template.templates import Templates
from generator.tree import Sources
from generator.views import findings

LONG = {"list": tuple(range(3000)), "text": "x" * 400_000, "map": {"a": {"b": ("c", "d")}}}

ESCAPES = {
    "values.text.__class__": "__class__, a name that begins with _, is not allowed in a template",
    "values['__class__']": "__class__, a name that begins with _, is not allowed in a template",
    "values.text | attr('__class__')": "the filter attr is not allowed in a template",
    "values.list | map(attribute='__class__')": "the filter map is not allowed in a template",
    "values['__cl' ~ 'ass__']": "~ is not allowed in a template",
    "self": "self is not allowed in a template",
    "self.__init__.__globals__": "__globals__, a name that begins with _, is not allowed in a template",
    "self['x']": "self is not allowed in a template",
    "_run": "_run, a name that begins with _, is not allowed in a template",
    "loop": "loop is not allowed in a template",
    "loop.cycle": "loop is not allowed in a template",
    "loop['first']": "loop is not allowed in a template",
    "values.text.upper()": "a call is not allowed in a template",
    "''.format(values)": "a call is not allowed in a template",
    "'%s' % values.text": "% is not allowed in a template",
    "caller()": "a call is not allowed in a template",
    "lipsum()": "a call is not allowed in a template",
    "cycler('a')": "a call is not allowed in a template",
    "namespace(a=1)": "a call is not allowed in a template",
    "range(1000000000)": "a call is not allowed in a template",
    "dict(a=1)": "a call is not allowed in a template",
    "{'a': 1}": "a map is not allowed in a template",
    "2 ** 10 ** 9": "** is not allowed in a template",
    "7 // 2": "// is not allowed in a template",
    "values.text[::-1]": "a slice is not allowed in a template",
    "values.text | center(1000000000)": "the filter center is not allowed in a template",
    "values.text | indent(1000000000)": "the filter indent is not allowed in a template",
    "values.text | format": "the filter format is not allowed in a template",
    "values | pprint": "the filter pprint is not allowed in a template",
    "values | tojson": "the filter tojson is not allowed in a template",
    "values | xmlattr": "the filter xmlattr is not allowed in a template",
    "values.list | join(attribute='x')": "join with these arguments is not allowed in a template",
    "values.list | join(*values.list)": "join with these arguments is not allowed in a template",
    "values.text is filter": "the test filter is not allowed in a template",
    "'\\ud800'": "a character that YAML readers do not agree on is not allowed in a template",
    "9007199254740993": "a number too large for YAML readers is not allowed in a template",
    "1e999": "a number too large for YAML readers is not allowed in a template",
}


@pytest.mark.parametrize("expression", ESCAPES)
def test_an_expression_that_reaches_beyond_values_is_refused_wherever_it_stands(expression: str) -> None:
    places = [
        f"a: 1\nb: {{{{ {expression} }}}}\n",
        f"a: 1\n{{% if false and ({expression}) %}}{{% endif %}}\n",
        f"a: 1\n{{% for x in [] if {expression} %}}{{% endfor %}}\n",
        f"a: 1\n{{% for x in ({expression}) %}}{{% endfor %}}\n",
        f"a: 1\n{{{{ values.text if values.on else [1, ({expression})] }}}}\n",
        f"a: 1\n{{{{ values[{expression}] }}}}\n",
        f"a: 1\n{{{{ values.text | replace('a', ({expression})) }}}}\n",
    ]
    for text in places:
        assert refusal(text).startswith(f"{PATH}:2: {ESCAPES[expression]} [template-syntax]\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{% for x in [1] recursive %}{% endfor %}", "recursive is not allowed in a template"),
        ("{% for _ in [1] %}{% endfor %}", "_, a name that begins with _, is not allowed in a template"),
        ("{% for self in [1] %}{% endfor %}", "self is not allowed in a template"),
        ("{% include values.text %}", "include of anything but a template is not allowed in a template"),
        ("{% include ['templates/a.j2'] %}", "include of anything but a template is not allowed in a template"),
        ("{% include 'environments/prod.yaml' %}", "include of anything but a template is not allowed in a template"),
        ("{% include '/etc/passwd' %}", "include of anything but a template is not allowed in a template"),
        ("{% include 'templates/a.j2' ignore missing %}", "include with these options is not allowed in a template"),
        ("{% include 'templates/a.j2' without context %}", "include with these options is not allowed in a template"),
        ("{% do values.list %}", "Encountered unknown tag 'do'."),
        ("{% debug %}", "Encountered unknown tag 'debug'."),
    ],
)
def test_a_statement_that_does_more_than_show_values_is_refused(text: str, message: str) -> None:
    assert refusal(f"a: 1\n{text}\n").startswith(f"{PATH}:2: {message} [template-syntax]\n")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("values.map['k']", "v"),
        ("values.list[0]", "a"),
        ("values.list[-1]", 1),
        ("values.list | length", 2),
        ("values.list | join('-')", "a-1"),
        ("values.text | replace('l', 'LL')", "heLLLLo"),
        ("values.number * 60 - 1 / 2", 179.5),
        ("values.text if values.map.k is defined and 'k' in values.map else none", "hello"),
        ("'10.1.0.0/16' | network_address", "10.1.0.0"),
        ("5 | seconds", "300s"),
        ("80 | share", 0.8),
    ],
)
def test_what_templates_need_is_there(expression: str, value: Any) -> None:
    assert documents(f"a: {{{{ {expression} }}}}\n") == [{"a": value}]


TEMPLATES = {path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / "templates").rglob("*.j2")}
SUMS = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div)


@pytest.mark.parametrize("path", sorted(TEMPLATES))
def test_no_template_of_ours_computes_or_loops_three_deep(path: str) -> None:
    environment = jinja2.Environment(autoescape=True)
    environment.filters |= dict.fromkeys(FILTERS, str)
    rest: list[tuple[nodes.Node, int]] = [(environment.parse(TEMPLATES[path]), 0)]
    while rest:
        node, loops = rest.pop()
        loops += isinstance(node, nodes.For)
        assert not isinstance(node, SUMS), f"{path}:{node.lineno}: what is computed comes in by `plan`, or by a filter"
        assert loops <= 2, f"{path}:{node.lineno}: what three loops look for comes in by `plan`"
        rest += [(child, loops) for child in node.iter_child_nodes()]


def test_a_loop_knows_where_it_is() -> None:
    text = "{% for x in values.list %}\n- [{{ loop.index }}, {{ loop.first }}, {{ loop.last }}]\n{% endfor %}\n"
    assert documents(text) == [[[1, True, False], [2, False, True]]]


LIMITS = {
    "{% for a in values.list %}{% for b in values.list %}{% endfor %}{% endfor %}": (
        "takes more than 1000000 steps; check for nested loops and repeated includes"
    ),
    "{% for a in values.list if a %}\n{% for b in values.list if a == b %}{{ b }}{% endfor %}{% endfor %}": (
        "takes more than 1000000 steps; check for nested loops and repeated includes"
    ),
    "{{ values.text }}{{ values.text }}{{ values.text }}": "makes more than 1024 KiB",
    "{% for a in values.list %}\n- {{ values.list }}\n{% endfor %}": "makes more than 1024 KiB",
    "{% for a in values.list %}" + "x" * 1000 + "{% endfor %}": "makes more than 1024 KiB",
    "{{ values.text | replace('x', values.text) }}": "makes a text of more than 1024 KiB",
    "{{ [values.text, values.text, values.text] | join }}": "makes a text of more than 1024 KiB",
    "{% if true %}" * 9 + "{% endif %}" * 9: "is nested too deeply",
    "{% for x in [] %}" * 400 + "{% endfor %}" * 400: "is nested too deeply",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}": "is nested too deeply",
    "{{ 1" + " + 1" * 40 + " }}": "is nested too deeply",
    "{{ " + "not " * 5000 + "1 }}": "is nested too deeply",
    "{{ 1 }}" * 4000: "has more than 10000 Jinja tokens",
    "{{ [" + "1, " * 300_000 + "] }}": "has more than 10000 Jinja tokens",
    "{% include '" + PATH + "' %}": "includes itself",
}


def limit(text: str, **others: str) -> str:
    """Return what is said of a template that is given a lot and does too much of it."""
    documents, found = Templates(Sources({PATH: text, **others})).documents(PATH, {"values": LONG})
    assert documents == []
    return findings.text(found)


@pytest.mark.parametrize("text", LIMITS, ids=range(len(LIMITS)))
def test_a_template_that_would_not_end_or_fill_the_memory_is_told_at_its_line(text: str) -> None:
    said = limit(f"{text}\n")
    assert said.partition(": ")[2].partition(" [")[0] == LIMITS[text]
    assert said.startswith(PATH)
    assert "includes itself" in said or "[template-limit]" in said or "10000 Jinja tokens" in said


def test_includes_that_double_each_time_are_counted() -> None:
    parts = [f"templates/part{number}.j2" for number in range(40)]
    others = {part: f"{{% include '{after}' %}}" * 2 for part, after in itertools.pairwise(parts)}
    said = limit(f"{{% include '{parts[0]}' %}}\n", **{**others, parts[-1]: "a: 1\n"})
    assert "takes more than 1000000 steps" in said


@pytest.mark.parametrize(
    ("expression", "fails"),
    [
        ("values.text * 1000000000", "TypeError"),
        ("values.list * 1000000000", "TypeError"),
        ("values.list + values.list", "TypeError"),
        ("9007199254740991 * 9007199254740991", "OverflowError"),
        ("[[1]] | join", "TypeError"),
        ("values | length | length", "TypeError"),
        ("values[[1]]", "TypeError"),
    ],
)
def test_sums_are_of_numbers_and_filters_take_what_they_are_for(expression: str, fails: str) -> None:
    expected = f"{PATH}:2: fails: {fails} [template-type]\n"
    assert refusal(f"a: 1\nb: {{{{ {expression} }}}}\n") == expected


def test_a_template_of_a_stranger_learns_nothing_of_the_process(tmp_path: Any) -> None:
    project = copy_project(tmp_path)
    template = project / "templates/components/mermaid-server/overlay/config/x/x.json.j2"
    template.parent.mkdir(parents=True)
    template.write_text("a: 1\nb: {{ env.domain.__class__.__mro__[1].__subclasses__() }}\n")
    done = run("render", "prod", "--no-check", "--format", "json", cwd=project, env={"CODEMIE_GIT_TOKEN": "canary-1f"})
    assert done.returncode == 2
    assert "canary" not in done.stdout + done.stderr
    assert [(item["line"], item["rule"]) for item in json.loads(done.stdout)["findings"]] == [(2, "template-syntax")]
