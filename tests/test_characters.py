import pytest
from project import component, load, printed, sources

from generator.environment import characters
from generator.environment.layers import Merged
from generator.errors import InputInvalid
from generator.finding import Where
from generator.tree import Sources
from generator.views import findings

LAB = "environments/lab.yaml"
HINT = "  hint: tab and newline are the only control characters a value may hold\n"
REFUSED = (
    *(chr(number) for number in range(0x20) if chr(number) not in "\t\n"),
    *(chr(number) for number in range(0x7F, 0xA0)),
    *("\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e"),
    *("\u2066", "\u2067", "\u2068", "\u2069", "\ud800", "\udbff", "\udc00", "\udfff"),
    *("\ue000", "\uf8ff", "\ufeff", "\ufffe", "\uffff", "\U000f0000", "\U0010fffd", "\U0010ffff"),
)
ACCEPTED = (
    *(chr(number) for number in range(0x20, 0x7F)),
    *("\t", "\n", "\xa0", "é", "日", "\u200b", "\u200d", "\u2027", "\u202f", "\u2065", "\u206a"),
    *("\ud7ff", "\uf900", "\ufdd0", "\ufffd", "\U0001f600", "\U000effff"),
)


def scanned(value: dict[str, object]) -> str:
    """Return what is said of a merged environment all of which stands at 2:3."""
    return findings.text(characters.scan(Merged(value, {(): Where(LAB, 2, 3)}), Sources({})))


def refusal(lab: str) -> str:
    with pytest.raises(InputInvalid) as caught:
        load(sources(lab, **component("web", "defaults: {replicas: 1}\n")))
    return printed(caught.value)


def said(path: str, character: str) -> str:
    return f"{LAB}:2:3: {path}: holds the character U+{ord(character):04X} [character]\n{HINT}"


@pytest.mark.parametrize("character", REFUSED, ids=lambda character: f"U+{ord(character):04X}")
def test_a_character_that_does_not_reach_the_cluster_is_refused_wherever_it_stands(character: str) -> None:
    text = f"a{character}b"
    assert scanned({"key": text}) == said("key", character)
    assert scanned({"list": ["", [text]]}) == said("list[1][0]", character)
    assert scanned({"map": {text: 1}}) == said(f"map.a<U+{ord(character):04X}>b", character)
    assert scanned({"map": {text: text}}) == said(f"map.a<U+{ord(character):04X}>b", character), "told once"


@pytest.mark.parametrize("character", ACCEPTED, ids=lambda character: f"U+{ord(character):04X}")
def test_any_other_character_is_accepted(character: str) -> None:
    text = f"a{character}b"
    assert scanned({text: {text: [text, {"a": text}]}}) == ""


def test_what_is_no_text_is_not_looked_at() -> None:
    assert scanned({"a": 1, "b": None, "c": [True, 0.5], "d": {}}) == ""


def test_a_value_is_told_once_by_its_first_character() -> None:
    assert scanned({"key": "a\x1b[31m\u202eb"}) == said("key", "\x1b")


def test_all_values_of_an_environment_are_told_at_once_at_their_lines() -> None:
    lab = (
        'gitops: {commit: {name: "a\\eb"}}\ndatabase:\n  flags:\n    "k\\u202e": on_\n    plain: "\\x85"\n'
        'components: {web: {env: {A: "\\uFEFFtext"}}}\n'
    )
    assert refusal(lab) == (
        f"{LAB}:2:19: gitops.commit.name: holds the character U+001B [character]\n{HINT}"
        f"{LAB}:5:5: database.flags.k<U+202E>: holds the character U+202E [character]\n{HINT}"
        f"{LAB}:6:5: database.flags.plain: holds the character U+0085 [character]\n{HINT}"
        f"{LAB}:7:26: components.web.env.A: holds the character U+FEFF [character]\n{HINT}"
    )


def test_tab_and_newline_reach_the_environment() -> None:
    loaded = load(sources('database: {flags: {text: "a\\tb\\nc"}}\n'))
    assert loaded.environment.database.flags["text"] == "a\tb\nc"


@pytest.mark.parametrize(
    "lab",
    [
        'database: {flags: {"a\\u202e": text}}\n',
        'database: {flags: {"a\\u202e\\e": text}}\n',
        'database: {flags: {"a\\u202e": "\\e"}}\n',
        'components: {"web\\u202e": {}}\n',
        'components: {web: {env: {"A\\u202e": text}}}\n',
        'extends: ["a\\u202e"]\n',
        '"a\\u202e": 1\n"a\\u202e": 2\n',
    ],
)
def test_such_a_character_is_never_printed(lab: str) -> None:
    assert not {"\u202e", "\x1b"} & set(refusal(lab))


def test_what_kustomize_cannot_read_back_is_refused() -> None:
    assert scanned({"key": "\ta\nb"}) == (
        f"{LAB}:2:3: key: text of several lines cannot begin with a tab [character]\n"
    )
    assert scanned({"key": "\ta"}) == ""
    assert scanned({"key": "a\n\tb"}) == ""
    assert scanned({"map": {"<<": 1, "=": 2}}) == (
        f"{LAB}:2:3: map.<<: '<<' cannot be a key [character]\n{LAB}:2:3: map.=: '=' cannot be a key [character]\n"
    )
