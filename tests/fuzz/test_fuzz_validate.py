"""validate takes any tree: it passes, or every mistake is a finding with its file and line, printed safely, within 20 s."""

import datetime as dt
import functools
import json
from pathlib import Path
from typing import Any

import pytest
from fuzzing import explore, printed, seeds, within
from hypothesis import strategies as st
from product import Built, build, project
from spoilt import Edit, edits, read, spoilt, spoilt_text, text_edits

from generator import capacity, check, pipeline, yamlio
from generator.build.admitted import admitted
from generator.errors import CheckFailed
from generator.finding import Finding, Severity
from generator.manifest import Object
from generator.tree import File, Tree

OBJECTS = {"dev": 8, "prod": 8}
"""Which environments, and how many of their objects one example spoils at most."""
TODAY = dt.date(2026, 6, 30)


def rebuilt(built: Built, changes: dict[int, list[Edit]]) -> tuple[tuple[Object, ...], tuple[Finding, ...]]:
    """Return the objects, some of them spoilt and let in anew by the door, and what it refused."""
    objects, refused = list(built.objects), list[Finding]()
    for number, wanted in sorted(changes.items(), reverse=True):
        old = objects[number]
        written = yamlio.dump(spoilt(old.manifest, wanted))
        found = admitted(written, old.id.cluster, built.tree)
        objects[number : number + 1] = [Object(new.id, new.manifest, old.file, old.place) for new in found.objects]
        refused += found.findings
    return tuple(sorted(objects)), tuple(refused)


@functools.cache
def edits_of(environment: str, number: int) -> st.SearchStrategy[list[Edit]]:
    return st.lists(edits(build(environment).objects[number].manifest), min_size=1, max_size=3)


@st.composite
def changed_objects(draw: st.DrawFn) -> tuple[str, dict[int, list[Edit]]]:
    environment = draw(st.sampled_from(sorted(OBJECTS)))
    count = len(build(environment).objects)
    chosen = draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=OBJECTS[environment], unique=True))
    return environment, {number: draw(edits_of(environment, number)) for number in chosen}


def check_objects(case: tuple[str, dict[int, list[Edit]]]) -> None:
    """Every rule stands every object that the door lets in, and so does the capacity report."""
    built = build(case[0])
    with within(20):
        objects, refused = rebuilt(built, case[1])
        said = check.check(objects, built.plan, project().sources.texts, today=TODAY, further=capacity.RULES).findings
        try:
            said += capacity.assess(objects, built.plan, project().sources.texts)[1]
        except CheckFailed as error:
            said += error.findings
    if found := (*refused, *said):
        printed(found)


@functools.cache
def files(environment: str) -> tuple[str, ...]:
    return tuple(path for path in build(environment).files if path.endswith(".yaml"))


@functools.cache
def documents(environment: str, path: str) -> list[Any]:
    return read(build(environment).files[path])


@st.composite
def changed_file(draw: st.DrawFn, environment: str, path: str) -> str:
    """Draw what a file of the tree becomes: one of its nodes is another, or its text is spoilt."""
    content = build(environment).files[path]
    if draw(st.integers(0, 2)) == 0:
        return spoilt_text(content, draw(st.lists(text_edits(content), min_size=1, max_size=3)))
    found = list(documents(environment, path))
    at = draw(st.integers(0, len(found) - 1))
    found[at] = spoilt(found[at], draw(st.lists(edits(found[at]), min_size=1, max_size=2)))
    what = draw(st.sampled_from(["", "", "", "again", "without"]))
    found[at : at + 1] = {"again": [found[at]] * 2, "without": []}.get(what, [found[at]])
    return "---\n".join(map(yamlio.dump, found))


@st.composite
def changed_tree(draw: st.DrawFn) -> dict[str, str]:
    """Draw a tree with one or two files spoilt, removed or exchanged: those of Applications and folders more often."""
    paths = files("dev")
    heads = [path for path in paths if path.endswith("/kustomization.yaml") or path.startswith("argocd/apps/")]
    some = st.one_of(st.sampled_from(heads), st.sampled_from(paths), st.sampled_from(paths))
    texts: dict[str, str] = {}
    for path in draw(st.lists(some, min_size=1, max_size=2, unique=True)):
        what = draw(st.sampled_from(["spoil"] * 8 + ["remove", "other"]))
        if what == "spoil":
            texts[path] = draw(changed_file("dev", path))
        else:
            texts[path] = "" if what == "remove" else build("dev").files[draw(st.sampled_from(paths))]
    return texts


def tree_with(texts: dict[str, str]) -> Tree:
    """Return the tree of dev with other texts; a file of none is not there."""
    found = {**build("dev").files, **texts}
    return Tree.of("dev", [File(path, text) for path, text in found.items() if text], "OUT/dev")


def validate_tree(texts: dict[str, str]) -> None:
    with within(20):
        found = pipeline.verdict_as_written(build("dev").plan, tree_with(texts), project().sources).findings
    for finding in found:
        if finding.severity is Severity.ERROR and finding.rule != "nothing-validated":
            assert finding.file, finding
            assert finding.line or finding.file not in {f"OUT/dev/{path}" for path in (*files("dev"),)}, finding
    if found:
        printed(found)


@pytest.mark.parametrize("path", seeds("validate"), ids=lambda path: path.name)
def test_seeds_of_validate(path: Path) -> None:
    validate_tree(json.loads(path.read_text()))


def test_any_tree_passes_or_is_told() -> None:
    explore(changed_tree(), validate_tree, 6)


def test_any_objects_pass_or_are_told() -> None:
    explore(changed_objects(), check_objects, 15)
