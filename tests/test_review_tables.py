"""The rows of kinds that are not Config Connector's: whole, with sources, and with a word on every field that we render."""

from collections.abc import Iterator
from typing import Any

import product
import pytest

from generator.kinds import ABSENT, Edit, Impact, Kinds, names, shipped
from generator.kinds.path import parts
from generator.kinds.rows.row import Row
from generator.manifest import Object
from generator.review.change import Difference, Verdict
from generator.review.judge import UNKNOWN, of_addition, of_field

KINDS = Kinds({})
NAMES = [name for name in names() if "cnrm.cloud.google.com" not in name and not name.startswith("pod-template/")]
ROWS = [(name, row) for name in NAMES if "/" in name for row in KINDS.rows(*name.replace("core/", "/").rsplit("/", 1))]


def text(item: tuple[str, Row]) -> str:
    return f"{item[0]} {item[1].paths} {item[1].impact}"


def test_every_row_says_why_and_where_that_is_written() -> None:
    for item in ROWS:
        _, row = item
        assert isinstance(row.impact, Impact), text(item)
        assert row.reason, text(item)
        assert not row.reason.endswith("."), text(item)
        assert row.source.startswith("https://") or ":" in row.source or "#" in row.source, text(item)


def test_what_is_blocked_says_what_to_do_instead() -> None:
    assert [text(item) for item in ROWS if item[1].impact is Impact.BLOCKED and not item[1].instead] == []


def test_everything_below_is_only_asked_for_at_the_end_of_a_path() -> None:
    assert [
        text(item) for item in ROWS for path in (*item[1].paths, *item[1].but) if "**" in path.removesuffix("**")
    ] == []


def fields(built: Object) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield every value of an object with its path."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), built.manifest)]
    while waiting:
        steps, value = waiting.pop()
        if isinstance(value, dict) and value:
            waiting += [((*steps, key), item) for key, item in value.items()]
        elif isinstance(value, list) and value:
            waiting += [((*steps, index), item) for index, item in enumerate(value)]
        elif steps not in (("kind",), ("metadata", "name"), ("metadata", "namespace")):
            yield steps, value


def changed(built: Object, steps: tuple[str | int, ...], value: Any) -> tuple[Verdict, ...]:
    """Return all that is said of a value that becomes another."""
    other = {str: "other", int: 7, bool: not value}.get(type(value), "other")
    return of_field(Difference(steps, "", value, other), built, built, KINDS)


@pytest.mark.parametrize("environment", sorted(product.DOMAINS))
def test_every_field_that_we_render_is_judged(environment: str) -> None:
    said: dict[tuple[str, ...], tuple[Verdict, ...]] = {}
    for built in product.build(environment).objects:
        if built.id.group.endswith(".cnrm.cloud.google.com"):
            continue
        for steps, value in fields(built):
            place = (built.id.kind, *("*" if isinstance(step, int) else step for step in steps))
            if place not in said:
                said[place] = changed(built, steps, value)
    assert len(said) > 200
    assert [".".join(place) for place, verdicts in said.items() if UNKNOWN in verdicts] == []


@pytest.mark.parametrize("environment", sorted(product.DOMAINS))
def test_every_object_that_comes_or_goes_is_judged(environment: str) -> None:
    for built in product.build(environment).objects:
        if built.id.group.endswith(".cnrm.cloud.google.com"):
            continue
        assert UNKNOWN not in of_addition(built, KINDS), built.id
        edit = Edit((), built.manifest, ABSENT, built.manifest, {})
        gone = [row for row in KINDS.rows(built.id.group, built.id.kind) if row.holds(edit)]
        assert gone, built.id


SHAPES: tuple[Any, ...] = (
    None,
    "",
    "words, of=all",
    7,
    True,
    [],
    [None],
    [7],
    {},
    {"name": None},
    {"name": {}},
    ABSENT,
)


def test_no_row_trusts_the_shape_of_what_it_is_asked_of() -> None:
    whole = [
        *({"metadata": shape, "spec": shape} for shape in SHAPES),
        {},
        {"spec": {"nodeSets": [None, {"name": "a"}]}},
    ]
    for _, row in ROWS:
        path = row.paths[0].removesuffix(".**")
        steps = tuple(0 if step == "*" else step for step in parts(path))
        for shape in SHAPES:
            for manifest in whole:
                row.holds(Edit(steps, shape, "other", manifest, manifest))
                row.holds(Edit(steps, "other", shape, manifest, {}))
                row.holds(Edit((*steps, 0, "name"), shape, ABSENT, {}, manifest))


def test_a_kind_holds_state_where_its_deletion_loses_data() -> None:
    for name in names():
        lost = {row["impact"] for row in shipped(name).impact if row.get("path") == ""}
        assert shipped(name).state or "data-loss" not in lost, name
