"""A review takes any old side: it ends, in every view, whatever stood there; the same with the sides exchanged."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from fuzzing import explore, printed, seeds, within
from product import build, project
from spoilt import Edit
from test_fuzz_validate import changed_objects, changed_tree, rebuilt, tree_with

from generator import build as kustomize
from generator.finding import Finding
from generator.history import Base
from generator.kinds import Kinds
from generator.manifest import Object
from generator.review import Unknown, review
from generator.views.review import json as review_json
from generator.views.review import markdown as review_markdown
from generator.views.review import text as review_text

Changes = dict[int, list[Edit]]
_NOTHING = Unknown()


def reviewed(
    environment: str,
    before: tuple[Object, ...],
    after: tuple[Object, ...],
    unknown: Unknown = _NOTHING,
    found: tuple[Finding, ...] = (),
) -> None:
    """Review two sides, and show it in every view."""
    immutable = Kinds(project().sources.texts)
    one = review(environment, before, after, immutable, unknown)
    one = one._replace(findings=(*one.findings, *found))
    shown = review_text.text([one], 100)
    assert not [sign for sign in shown if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")]
    assert len(review_markdown.text([one], 60_000).encode()) <= 60_000
    assert json.loads(review_json.text([one], Base("a folder")))["environments"][0]["name"] == environment
    if found:
        printed(found)


def review_objects(case: tuple[str, Changes]) -> None:
    environment, changes = case
    with within(20):
        spoilt, found = rebuilt(build(environment), changes)
        reviewed(environment, spoilt, build(environment).objects, found=found)
        reviewed(environment, build(environment).objects, spoilt, found=found)


def review_tree(texts: dict[str, Any]) -> None:
    with within(20):
        with kustomize.salvaging(tree_with(texts), kustomize.find_tool(), None) as before:
            earlier = before()
        reviewed("dev", earlier.objects, build("dev").objects, Unknown(*earlier[1:]))


@pytest.mark.parametrize("path", seeds("diff"), ids=lambda path: path.name)
def test_seeds_of_diff(path: Path) -> None:
    review_tree(json.loads(path.read_text()))


def test_any_old_tree_is_reviewed() -> None:
    explore(changed_tree(), review_tree, 6)


def test_any_objects_are_reviewed() -> None:
    explore(changed_objects(), review_objects, 25)
