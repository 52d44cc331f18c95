"""Config files: data is encoded, text takes plain words only, so no value ever changes what a file means."""

import json
import re
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hostile import WORDS
from project import component, plan, sources

from generator.kinds import Kinds
from generator.render.task import Task, view
from generator.render.template.config import Configs, config
from generator.render.template.templates import Templates
from generator.tree import Sources
from generator.views import findings

FOLDER = "templates/components/web/overlay/config"
OVERLAY = "components/web/overlay"
PLAN = plan(sources(**component("web")))
WEB = PLAN.units[-1]
WORD = "letters, digits and _ . : / @ % + - only: anything else could mean something in the file's language"


def configs(templates: dict[str, str], values: dict[str, Any]) -> tuple[Configs, str]:
    """Return the config files of unit web, by their path below overlay/config/, and what is wrong with them."""
    texts = Sources({f"{FOLDER}/{path}": text for path, text in templates.items()})
    seen = {**view(WEB, {}, {}), "values": values}
    task = Task(PLAN, WEB, Templates(texts), tuple(sorted(texts.texts)), seen, Kinds({}))
    made = config(task)
    return made, findings.text(made.findings)


def written(file: str, template: str, **values: Any) -> str:
    """Return the one config file that a template becomes."""
    made, said = configs({f"web/{file}.j2": template}, values)
    assert said == ""
    (only,) = made.files
    assert only.path == f"{OVERLAY}/config/web/{file}"
    return only.text


def refusal(file: str, template: str, **values: Any) -> str:
    made, said = configs({f"web/{file}.j2": template}, values)
    assert (made.files, made.entries) == ([], [])
    return said


def javascript(text: str) -> dict[str, Any]:
    """Return what a script sets on window; after the `=` stands JSON, which is JavaScript."""
    found = re.findall(r"^window\.([A-Za-z_$][\w$]*) = (.*?);\n(?=window\.|\Z)", text, re.MULTILINE | re.DOTALL)
    assert "".join(f"window.{name} = {value};\n" for name, value in found) == text
    return {name: json.loads(value) for name, value in found}


LONGEST_KEY = 500  # YAML itself ends at 1024
READERS: dict[str, Callable[[str], Any]] = {
    ".js": javascript,
    ".json": json.loads,
    ".toml": tomllib.loads,
    ".yaml": yaml.safe_load,
}
VALUES: dict[str, Any] = {
    "text": "a b",
    "number": 3,
    "share": 0.5,
    "flag": True,
    "list": ["a", 1],
    "map": {"k": {"l": []}},
}


@pytest.mark.parametrize("ending", READERS)
def test_data_keeps_its_types_in_every_language(ending: str) -> None:
    template = "".join(f"{name}: {{{{ values.{name} }}}}\n" for name in VALUES) + 'port: "{{ values.number }}"\n'
    assert READERS[ending](written(f"app{ending}", template, **VALUES)) == {**VALUES, "port": "3"}


@pytest.mark.parametrize("ending", READERS)
@pytest.mark.parametrize("word", WORDS)
def test_no_text_changes_the_structure_of_data(ending: str, word: str) -> None:
    template = (
        "plain: {{ values.x }}\nmixed: a {{ values.x }} b\nlist: ['{{ values.x }}', {a: {{ values.x }}}]\nlast: 1\n"
    )
    assert READERS[ending](written(f"app{ending}", template, x=word)) == {
        "plain": word,
        "mixed": f"a {word} b",
        "list": [word, {"a": word}],
        "last": 1,
    }


@pytest.mark.parametrize("ending", [".json", ".toml", ".yaml"])
def test_no_key_changes_the_structure_of_data(ending: str) -> None:
    names = {word: word for word in WORDS if len(word) < LONGEST_KEY}
    assert READERS[ending](written(f"app{ending}", "names: {{ values.x }}\n", x=names)) == {"names": names}


@pytest.mark.parametrize("key", ["a-b", "a = 1; alert(1); window.b", "a b", "1a", ""])
def test_a_key_that_is_no_javascript_name_is_refused(key: str) -> None:
    assert "config-encoder" in refusal("app.js", '"{{ values.x }}": 1\n', x=key)


def test_a_script_sets_each_key_on_the_window() -> None:
    template = "_env_:\n  API: https://{{ values.host }}\n  DEBUG: {{ values.debug }}\nother: 1\n"
    assert written("config.js", template, host="a.example.com", debug=True) == (
        'window._env_ = {\n  "API": "https://a.example.com",\n  "DEBUG": true\n};\nwindow.other = 1;\n'
    )


@pytest.mark.parametrize("ending", [".toml", ".js"])
@pytest.mark.parametrize(
    "template", ["- a\n", "a: {b: {{ values.x }}}\n", "a: [1, {{ values.x }}]\n", "a: null\n", "[]\n", "text\n"]
)
def test_what_is_no_map_or_holds_null_is_refused_where_only_maps_can_be_written(ending: str, template: str) -> None:
    assert refusal(f"app{ending}", template, x=None) == (
        f"{FOLDER}/web/app{ending}.j2: a {ending} file is a map without null [config-encoder]\n"
    )


@pytest.mark.parametrize("ending", [".json", ".yaml"])
@pytest.mark.parametrize(("template", "value"), [("- {{ values.x }}\n", [None]), ("a: {{ values.x }}\n", {"a": None})])
def test_other_data_may_be_a_list_and_hold_null(ending: str, template: str, value: Any) -> None:
    assert READERS[ending](written(f"app{ending}", template, x=None)) == value


@pytest.mark.parametrize("ending", READERS)
def test_a_config_file_holds_one_document(ending: str) -> None:
    _, said = configs({f"web/app{ending}.j2": "a: 1\n---\nb: 2\n"}, {})
    assert said == f"{FOLDER}/web/app{ending}.j2: holds more than one document [config-documents]\n"


@pytest.mark.parametrize("ending", [".conf", ".sh"])
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("europe-west3", "europe-west3"),
        ("https://a.example.com:8443/x_y", "https://a.example.com:8443/x_y"),
        ("user@host", "user@host"),
        ("50%", "50%"),
        (8080, "8080"),
        (0.5, "0.5"),
        (True, "true"),
        (False, "false"),
    ],
)
def test_text_takes_a_plain_word(ending: str, value: Any, text: str) -> None:
    template = 'set {{ values.x }};\n# it\'s "quoted" {a}\n  listen {{ values.x }}{{ values.x }}\n'
    assert written(f"app{ending}", template, x=value) == (
        f'set {text};\n# it\'s "quoted" {{a}}\n  listen {text}{text}\n'
    )


PLAIN = re.compile(r"[A-Za-z0-9_.:/@%+-]+")


@pytest.mark.parametrize("ending", [".conf", ".sh"])
@pytest.mark.parametrize(
    "value",
    [
        *(word for word in WORDS if not PLAIN.fullmatch(word)),
        *(
            "a;b",
            "$(id)",
            "${HOME}",
            "a b",
            "`id`",
            "a\n",
            "a#b",
            "x{",
            "}",
            "a'b",
            "a\\b",
            "a&b",
            "a|b",
            "a>b",
            "*",
            "~",
        ),
        *(None, ["a"], {"a": "b"}, [], ""),
    ],
)
def test_text_refuses_what_could_mean_something_in_its_language(ending: str, value: Any) -> None:
    assert refusal(f"app{ending}", "a\nb\n  set {{ values.x }};\n", x=value) == (
        f"{FOLDER}/web/app{ending}.j2:3: the value is not one plain word [template-type]\n  hint: {WORD}\n"
    )


def test_every_wrong_value_of_a_text_is_told_at_its_line() -> None:
    said = refusal("app.conf", "{{ values.x }}\n{{ values.y }}\n{{ values.x }}\n", x="a b", y="fine")
    assert re.findall(r"^\S+:([0-9]+): ", said, re.MULTILINE) == ["1", "3"]


def test_text_may_hold_the_other_language_where_jinja_is_told_so() -> None:
    template = "n={% raw %}${#list[@]} {{ go }}{% endraw %};\n{% if values.on %}\non\n{% endif %}\noff\n"
    assert written("app.sh", template, on=True) == "n=${#list[@]} {{ go }};\non\noff\n"


def test_an_unknown_name_in_text_is_told_at_its_line() -> None:
    assert refusal("app.conf", "a\n{{ values.nope }}\n") == (
        f"{FOLDER}/web/app.conf.j2:2: there is no 'nope' here [template-undefined]\n"
    )


@pytest.mark.parametrize("file", ["app.ini", "Corefile", "app.yml", "app.toml.tmpl"])
def test_a_file_of_another_language_is_refused(file: str) -> None:
    assert refusal(file, "a: 1\n") == (
        f"{FOLDER}/web/{file}.j2: has no encoder [config-encoder]\n"
        "  hint: there are encoders for .js, .json, .toml, .yaml; .conf and .sh are text\n"
    )


def test_files_of_one_folder_are_one_hashed_config_map() -> None:
    templates = {"web/b.toml.j2": "a: 1\n", "web/a.conf.j2": "a\n", "api/c.js.j2": "a: 1\n", "web/readme.md": "no\n"}
    made, said = configs(templates, {})
    assert said == ""
    assert made.entries == [
        {"name": "api", "namespace": "codemie", "files": ["config/api/c.js"]},
        {"name": "web", "namespace": "codemie", "files": ["config/web/a.conf", "config/web/b.toml"]},
    ]
    assert sorted((file.path, file.source) for file in made.files) == [
        (f"{OVERLAY}/config/api/c.js", f"{FOLDER}/api/c.js.j2"),
        (f"{OVERLAY}/config/web/a.conf", f"{FOLDER}/web/a.conf.j2"),
        (f"{OVERLAY}/config/web/b.toml", f"{FOLDER}/web/b.toml.j2"),
    ]
