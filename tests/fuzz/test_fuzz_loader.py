"""The environment loader takes any bytes: an environment comes out, or findings that are safe to print, within 2 s."""

from pathlib import Path

import pytest
from command import ENVIRONMENTS, ROOT
from fuzzing import explore, printed, seeds, somewhere, within
from hostile import WORDS, json_value
from hypothesis import strategies as st
from product import project

from generator import catalog, environment, pipeline, yamlio
from generator.errors import GeneratorError, InputInvalid
from generator.finding import Finding
from generator.render import render
from generator.tree import Sources
from generator.workspace.sources import read_text

FILE = "environments/prod.yaml"
TEXTS = [(ROOT / f"environments/{name}.yaml").read_text() for name in ENVIRONMENTS]
PROFILES = [path.read_text() for path in sorted((ROOT / "environments/profiles").iterdir())]


def edited(texts: dict[str, str]) -> pipeline.Project:
    return project()._replace(sources=Sources({**project().sources.texts, **texts}))


def load(content: bytes, scratch: Path) -> environment.Loaded | None:
    """Load `content` as environment prod, as the command does; None where it is refused."""
    path = scratch / "prod.yaml"
    path.write_bytes(content)
    with within(2):
        read = read_text(path, FILE)
        if isinstance(read, Finding):
            printed([read])
            return None
        try:
            return pipeline.load(edited({FILE: read.text}), "prod")
        except InputInvalid as refused:
            printed(refused.findings)
            return None


def then_render(loaded: environment.Loaded | None) -> None:
    """What loads renders, or is refused with findings."""
    if loaded is None:
        return
    try:
        with within(2):
            render(catalog.make_plan(loaded, project().catalog.units), project().sources)
    except GeneratorError as refused:
        printed(refused.findings)


characters = st.one_of(
    st.sampled_from(["\t", "\r", "\n", " ", ":", "-", "#", "[", "]", "{", "}", ",", '"', "'", "|", ">", "&a", "*a"]),
    st.sampled_from(
        ["!!x ", "<<", "? ", "---\n", "%YAML 1.1\n", "\x00", "\x85", "\u2028", "\ufeff", "\ue000", "\u202e"]
    ),
    st.sampled_from(WORDS),
)


@st.composite
def mutated_text(draw: st.DrawFn) -> bytes:
    """A real environment with a few edits, as a hand, a bad merge or an enemy makes them."""
    lines = draw(st.sampled_from([*TEXTS, *PROFILES])).split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        edit = draw(st.sampled_from(["insert", "value", "delete", "twice", "indent", "splice", "cut", "key"]))
        line = lines[at]
        if edit == "insert":
            column = draw(st.integers(0, len(line)))
            line = line[:column] + draw(characters) + line[column:]
        elif edit == "value":
            line = line.split(":", maxsplit=1)[0] + ": " + draw(characters)
        elif edit == "key":
            line = draw(characters) + ":" + line.partition(":")[2]
        elif edit == "indent":
            line = " " * draw(st.integers(0, 6)) + line.lstrip()
        elif edit == "cut":
            line = line[: draw(st.integers(0, len(line)))]
        lines[at : at + 1] = {"delete": [], "twice": [line, line]}.get(edit, [line])
        if edit == "splice":
            lines[at:at] = draw(st.sampled_from(TEXTS)).split("\n")[: draw(st.integers(1, 40))]
        lines = lines or [""]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


@st.composite
def mutated_value(draw: st.DrawFn) -> bytes:
    """A real environment with other values at a few of its places."""
    value = yamlio.load(draw(st.sampled_from(TEXTS)), FILE).value
    for _ in range(draw(st.integers(1, 3))):
        found = somewhere(draw, value, 5)
        if found is None:
            continue
        node, key = found
        if draw(st.booleans()):
            node[key] = draw(json_value)
        elif isinstance(node, dict):
            node[draw(st.sampled_from(WORDS))] = node.pop(key)
        else:
            node.append(draw(json_value))
    return yamlio.dump(value).encode("utf-8", "surrogatepass")


nested = st.tuples(st.sampled_from([b"[", b"{a: ", b"- ", b"? ", b"a:\n "]), st.integers(1, 4000)).map(
    lambda item: item[0] * item[1]
)
anything = st.one_of(mutated_text(), mutated_text(), mutated_value(), mutated_value(), nested, st.binary(max_size=200))


@pytest.mark.parametrize("path", seeds("loader"), ids=lambda path: path.name)
def test_seeds_of_the_loader(path: Path, tmp_path: Path) -> None:
    then_render(load(path.read_bytes(), tmp_path))


def test_any_bytes_are_an_environment_or_findings(tmp_path: Path) -> None:
    explore(anything, lambda content: then_render(load(content, tmp_path)), 100)
