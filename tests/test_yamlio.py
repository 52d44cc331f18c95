import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hostile import WORDS, json_value
from hypothesis import given, settings
from project import printed

from generator import yamlio
from generator.errors import InputInvalid
from generator.finding import Where
from generator.yamlio.faults import CHARACTER_HINT

AMBIGUOUS_HINT = "  hint: put it in quotes if it is text; else write true, false or a plain decimal number\n"


def exact(value: Any) -> str:
    """Return a text that tells 1 from true and 1.0."""
    return json.dumps(value, sort_keys=True)


def refusal(text: str) -> str:
    with pytest.raises(InputInvalid) as caught:
        yamlio.load(text, "f.yaml")
    return printed(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# only a comment\n", None),
        ("---\n", None),
        ("a:\n", {"a": None}),
        ("[~, null, true, false]", [None, None, True, False]),
        ("[0, -1, 42, 9007199254740992]", [0, -1, 42, 9007199254740992]),
        ("[0.5, -1.0, 10.25]", [0.5, -1.0, 10.25]),
        ("['yes', \"012\", '']", ["yes", "012", ""]),
        (
            "[1.2.3, 10.0.0.0/16, 500m, 1Gi, a:b, POSTGRES_17]",
            ["1.2.3", "10.0.0.0/16", "500m", "1Gi", "a:b", "POSTGRES_17"],
        ),
        ("a: |\n  1e3\n  b\n", {"a": "1e3\nb\n"}),
        ("a: >-\n  one\n  two\n", {"a": "one two"}),
        ("'<<': 1\n\"1\": 2\n", {"<<": 1, "1": 2}),
        ('{"a": [1, {"b": "\\u00e9"}]}', {"a": [1, {"b": "é"}]}),
    ],
)
def test_what_all_readers_agree_on_is_read(text: str, value: Any) -> None:
    assert yamlio.load(text, "f.yaml").value == value


WORD = "this word is true, false or null to some YAML readers and text to others"
NUMBER = "this is not the same number to every YAML reader"
BASE = "this is a number to some YAML readers and text to others"
OCTAL = "the leading zero makes this octal to some YAML readers, decimal to others"
TIME = "this is a time to some YAML readers, a number of seconds to others"
DATE = "this is a date to some YAML readers and text to others"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("yes No ON off y N True FALSE Null =", WORD),
        ("1e3 1E3 1.5e3 +1 1_000 1. .5 .inf -.INF +.inf .NaN 1234567890123456789 0.12345678901234567", NUMBER),
        ("0x1F 0o17 0b1", BASE),
        ("012 00", OCTAL),
        ("12:30 12:30:45 190:20:30.15", TIME),
        ("2026-01-03 2026-1-3 2026-01-03T07:00:00Z", DATE),
    ],
)
def test_a_plain_word_that_readers_take_differently_is_refused_and_not_shown(words: str, message: str) -> None:
    for word in words.split():
        assert refusal(f"a: {word}\n") == f"f.yaml:1:4: a: {message} [yaml-ambiguous]\n{AMBIGUOUS_HINT}"
    assert refusal("b: [{c: 2026-01-03 07:00:00}]\n").startswith(f"f.yaml:1:9: b[0].c: {DATE} [")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: 1\na: 2\n",
            "f.yaml:2:1: the key 'a' stands here twice [yaml-duplicate-key]\n  hint: keep one; the other is in line 1\n",
        ),
        ("a: &x 1\n", "f.yaml:1:4: uses an anchor [yaml-anchor]\n  hint: write the value out\n"),
        ("a: &x [1]\n", "f.yaml:1:4: uses an anchor [yaml-anchor]\n  hint: write the value out\n"),
        ("a: *x\n", "f.yaml:1:4: uses an alias [yaml-alias]\n  hint: write the value out\n"),
        ("a: !!str 1\n", "f.yaml:1:4: uses a tag [yaml-tag]\n  hint: leave the tag out\n"),
        ("a: ! 1\n", "f.yaml:1:4: uses a tag [yaml-tag]\n  hint: leave the tag out\n"),
        ("a: !x {b: 1}\n", "f.yaml:1:4: uses a tag [yaml-tag]\n  hint: leave the tag out\n"),
        (
            "a:\n  <<: {b: 1}\n",
            "f.yaml:2:3: uses a merge key [yaml-merge-key]\n  hint: write the keys out, or use `extends`\n",
        ),
        ("a: 1\n---\nb: 2\n", "f.yaml:3:1: holds more than one YAML document [yaml-documents]\n  hint: take out ---\n"),
        (
            "? [a]\n: 1\n",
            "f.yaml:1:3: a list or a map is not a key [yaml-key]\n  hint: text that starts with { or [ stands in quotes\n",
        ),
        (
            "? {a: 1}\n: 1\n",
            "f.yaml:1:3: a list or a map is not a key [yaml-key]\n  hint: text that starts with { or [ stands in quotes\n",
        ),
        ("a:\n  8080: x\n", 'f.yaml:2:3: the key 8080 is not text [yaml-key]\n  hint: write "8080":\n'),
        ("true: x\n", 'f.yaml:1:1: the key true is not text [yaml-key]\n  hint: write "true":\n'),
        (
            "a: 1\nb: [\n",
            "f.yaml:3:1: is not YAML: a value is missing [yaml-syntax]\n  hint: is a bracket open before, or closed too early?\n",
        ),
        (
            "a: 1\nb: c: d\n",
            "f.yaml:2:5: is not YAML: a colon and a blank stand inside plain text, or the line is indented too far [yaml-syntax]\n  hint: quote the text, or indent the line like its neighbours\n",
        ),
        (
            "a:\n\tb: 1\n",
            "f.yaml:2:1: is not YAML: a tab indents this line [yaml-syntax]\n  hint: indent with blanks\n",
        ),
    ],
)
def test_what_hides_or_breaks_a_file_is_refused_at_its_place(text: str, message: str) -> None:
    assert refusal(text) == message


def test_a_control_character_is_refused_at_its_line() -> None:
    assert (
        refusal("a: 1\nb: \x07\n") == f"f.yaml:2:4: holds the character U+0007 [character]\n  hint: {CHARACTER_HINT}\n"
    )


def test_a_control_character_after_other_letters_is_refused_at_its_line() -> None:
    text = f"a: {'é' * 9}\nb: \x07\nc: 1\nd: 1\n"
    assert refusal(text) == f"f.yaml:2:4: holds the character U+0007 [character]\n  hint: {CHARACTER_HINT}\n"


def test_fifty_levels_are_read_and_one_more_is_refused() -> None:
    value: Any = yamlio.load("[" * 50 + "]" * 50, "f.yaml").value
    depth = 0
    while value:
        value, depth = value[0], depth + 1
    assert depth == 49
    assert refusal("[" * 51 + "]" * 51) == "f.yaml:1:51: is nested more than 50 levels [yaml-depth]\n"


def test_all_problems_of_a_file_are_told_at_once() -> None:
    text = "a: yes\nb:\n  - 012\n  - {c: 1, c: 2}\n1: x\nno: y\n"
    rules = [
        line.partition(" ")[0] + line[line.rindex("[") :] for line in refusal(text).splitlines() if "hint" not in line
    ]
    assert rules == [
        "f.yaml:1:4:[yaml-ambiguous]",
        "f.yaml:3:5:[yaml-ambiguous]",
        "f.yaml:4:12:[yaml-duplicate-key]",
        "f.yaml:5:1:[yaml-key]",
        "f.yaml:6:1:[yaml-ambiguous]",
        "f.yaml:6:5:[yaml-ambiguous]",
    ]


def test_every_path_has_the_place_it_was_written_at() -> None:
    text = "a: 1\nb:\n  c: [x, z]\n  d:\n    - e: 2\n"
    assert yamlio.load(text, "f.yaml").marks == {
        (): Where("f.yaml", 1, 1),
        ("a",): Where("f.yaml", 1, 1),
        ("b",): Where("f.yaml", 2, 1),
        ("b", "c"): Where("f.yaml", 3, 3),
        ("b", "c", 0): Where("f.yaml", 3, 7),
        ("b", "c", 1): Where("f.yaml", 3, 10),
        ("b", "d"): Where("f.yaml", 4, 3),
        ("b", "d", 0): Where("f.yaml", 5, 7),
        ("b", "d", 0, "e"): Where("f.yaml", 5, 7),
    }


def test_load_all_reads_every_document() -> None:
    assert yamlio.load_all("a: 1\n---\n---\n[b]\n", "f.yaml") == [{"a": 1}, None, ["b"]]


def test_load_all_refuses_what_load_refuses() -> None:
    with pytest.raises(InputInvalid) as caught:
        yamlio.load_all("a: 1\n---\nb: on\n", "f.yaml")
    assert printed(caught.value) == f"f.yaml:3:4: {WORD} [yaml-ambiguous]\n{AMBIGUOUS_HINT}"


def test_kubernetes_keys_come_first_then_the_alphabet() -> None:
    value = {"spec": 1, "b": 2, "a": 3, "name": "me", "namespace": "s", "metadata": {}, "kind": "K", "apiVersion": "v1"}
    assert yamlio.dump(value) == (
        "apiVersion: v1\nkind: K\nmetadata: {}\nname: me\nnamespace: s\na: 3\nb: 2\nspec: 1\n"
    )


def test_nested_values_are_written_in_block_style() -> None:
    value = {"a": [{"b": 1, "c": [2, [3, {"d": None}]]}, [], {}], "e": {"f": {"g": True}}, "h": "x\ny\n"}
    assert yamlio.dump(value) == (
        "a:\n- b: 1\n  c:\n  - 2\n  - - 3\n    - d: null\n- []\n- {}\ne:\n  f:\n    g: true\nh: |\n  x\n  y\n"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{}\n"),
        ([], "[]\n"),
        (None, "null\n"),
        (0.5, "0.5\n"),
        ("plain text", "plain text\n"),
        ("https://a.example.com/x?y=1&z", "https://a.example.com/x?y=1&z\n"),
        ("500m", "500m\n"),
        ("10.0.0.0/16", "10.0.0.0/16\n"),
        ("1.30.2", "1.30.2\n"),
        ("../base", "../base\n"),
        ("yes", '"yes"\n'),
        ("NO", '"NO"\n'),
        ("y", '"y"\n'),
        ("012", '"012"\n'),
        ("1e3", '"1e3"\n'),
        ("12:30", '"12:30"\n'),
        ("1.34", '"1.34"\n'),
        ("", '""\n'),
        ("a: b", '"a: b"\n'),
        ("a #b", '"a #b"\n'),
        ('say "hi" \\', '"say \\"hi\\" \\\\"\n'),
        ("one\ntwo", "|-\n  one\n  two\n"),
        ("one\n\ntwo\n", "|\n  one\n\n  two\n"),
        ("one\n", '"one\\n"\n'),
        (" one\ntwo", '" one\\ntwo"\n'),
        ("one\n \ntwo", '"one\\n \\ntwo"\n'),
        ("one\ntwo\n\n", '"one\\ntwo\\n\\n"\n'),
        ("tab\there\nx", '"tab\\there\\nx"\n'),
        ("😀", '"😀"\n'),
        ("a\n😀", "|-\n  a\n  😀\n"),
        ("\x00\x1b\x85\u2028\ufeff", '"\\u0000\\u001b\\u0085\\u2028\\ufeff"\n'),
        ({"yes": 1, "a: b": 2, "\n": 3}, '"\\n": 3\n"a: b": 2\n"yes": 1\n'),
    ],
)
def test_a_value_has_one_text(value: Any, text: str) -> None:
    assert yamlio.dump(value) == text


@settings(max_examples=100, deadline=None, derandomize=True)
@given(json_value)
def test_what_is_written_is_read_as_the_same_value_by_us_and_by_yaml_1_1(value: Any) -> None:
    text = yamlio.dump(value)
    assert exact(yamlio.load(text, "f.yaml").value) == exact(value)
    assert exact(yaml.load(text, Loader=yaml.CSafeLoader)) == exact(value)


@pytest.mark.parametrize("word", WORDS)
def test_a_hostile_word_survives_as_value_as_key_and_in_a_list(word: str) -> None:
    value = {"a": word, "b": [word, {"c": word}]} | ({word: "key"} if len(word) < 1000 else {})
    text = yamlio.dump(value)
    assert exact(yamlio.load(text, "f.yaml").value) == exact(value)
    assert exact(yaml.load(text, Loader=yaml.CSafeLoader)) == exact(value)


@pytest.mark.parametrize("value", [0.00001, -0.00001, 1e16])
def test_a_float_is_written_without_exponent(value: float) -> None:
    text = yamlio.dump(value)
    assert yaml.load(text, Loader=yaml.CSafeLoader) == value
    assert yamlio.load(text, "f.yaml").value == value


def config_map(words: tuple[str, ...]) -> dict[str, Any]:
    data = {f"key-{index}": word for index, word in enumerate(words)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "hostile"}, "data": data}


def read_by_kubectl(text: bytes) -> Any:
    annotate = ["kubectl", "annotate", "--local", "-f", "-", "a=b", "-o", "json"]
    return json.loads(subprocess.run(annotate, check=True, capture_output=True, input=text).stdout)["data"]


def test_kubectl_reads_the_same_strings() -> None:
    config = config_map(WORDS)
    assert read_by_kubectl(yamlio.dump(config).encode()) == config["data"]


def test_kubectl_reads_the_same_strings_from_what_kustomize_builds(tmp_path: Path) -> None:
    lost_by_kustomize = re.compile("[\x7f\x85\ufffe\uffff]")  # its own writer leaves them raw, whatever we write
    config = config_map(tuple(word for word in WORDS if not lost_by_kustomize.search(word)))
    (tmp_path / "hostile.yaml").write_text(yamlio.dump(config), encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text(yamlio.dump({"resources": ["hostile.yaml"]}), encoding="utf-8")
    built = subprocess.run(["kubectl", "kustomize", tmp_path], check=True, capture_output=True)
    assert read_by_kubectl(built.stdout) == config["data"]
