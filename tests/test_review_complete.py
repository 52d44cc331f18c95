"""No change is ever hidden: whatever is done to a built object, the plan names the place, or counts it as named noise."""

import copy
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import product
import pytest

from generator.kinds import Kinds
from generator.manifest import Object, identify
from generator.review import Review, review
from generator.review.change import Action, Change

MUTATIONS = 3000
_SECRET = re.compile(r"\(secret [0-9]+\)")
_MIRRORED = {Action.ADD: Action.REMOVE, Action.REMOVE: Action.ADD}
Steps = tuple[str | int, ...]
MARKS = Kinds({})


def reviewed(before: list[Object], after: list[Object]) -> Review:
    return review("prod", before, after, MARKS)


@pytest.fixture(scope="module")
def objects() -> list[Object]:
    return list(product.build("prod").objects)


def changed(built: Object, manifest: dict[str, Any]) -> Object:
    return msgspec.structs.replace(built, id=identify(manifest, built.id.cluster), manifest=manifest)


def places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Yield the path of everything below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield (*steps, step)
        yield from places(item, (*steps, step))


def at(value: Any, steps: Steps) -> Any:
    for step in steps:
        value = value[step]
    return value


def other(value: Any, rng: random.Random) -> Any:
    """Return another value: as a hand would change it, or of another type."""
    choices: list[Any] = [None, "other", 4711, True, False, 0.5, {}, [], {"a": 1}, ["a"]]
    if isinstance(value, str):
        choices += [value + "x", value.upper(), value + " ", ""] * 3
    if isinstance(value, int):
        choices += [value + 1, -value, str(value), float(value), not value] * 3
    if isinstance(value, list):
        choices += [value[::-1], value[1:], value + value[:1], [*value, "x"], value[:-1]] * 2
    return rng.choice([choice for choice in choices if repr(choice) != repr(value)])


def mutated(manifest: dict[str, Any], rng: random.Random) -> tuple[dict[str, Any], Steps]:
    """Return a manifest that differs at one random path, and that path."""
    result = copy.deepcopy(manifest)
    while True:
        *above, last = steps = rng.choice(list(places(manifest)))
        if steps[0] in ("apiVersion", "kind") or steps == ("metadata",):
            continue
        container = at(result, tuple(above))
        how = rng.random()
        if how < 0.2 and steps[:1] != ("metadata",):
            del container[last]
        elif how < 0.35 and isinstance(container, dict):
            last = f"new{rng.randrange(10)}"
            container[last] = other(None, rng)
        else:
            container[last] = other(container[last], rng)
        if (steps == ("metadata", "name") and not isinstance(container[last], str)) or not result["metadata"].get(
            "name"
        ):
            result = copy.deepcopy(manifest)
            continue
        if steps == ("metadata", "namespace") and not isinstance(container.get(last), str):
            result = copy.deepcopy(manifest)
            continue
        return result, (*above, last)


def pointer(steps: Steps) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def names(change: Change, steps: Steps) -> bool:
    """Whether a change says a path: itself, something in it, or the list item or list that it is in."""
    path = pointer(steps)
    if change.path == path or change.path.startswith(path + "/"):
        return True
    in_lists = [pointer(steps[: index + 1]) for index, step in enumerate(steps) if isinstance(step, int)]
    lists = [pointer(steps[:index]) for index, step in enumerate(steps) if isinstance(step, int)]
    return change.path in ("", *in_lists, *lists) or any(change.path.rpartition("/")[0] == place for place in lists)


@pytest.mark.parametrize("seed", range(6))
def test_one_random_change_is_named(objects: list[Object], seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    for _ in range(MUTATIONS // 6):
        old = rng.choice(objects)
        manifest, steps = mutated(old.manifest, rng)
        new = changed(old, manifest)
        result = reviewed([old], [new])
        assert any(names(change, steps) for change in result.changes) or result.noise, (str(old.id), steps)
        for change in result.changes:
            assert change.reason
            assert repr(change.before) != repr(change.after), (str(old.id), change)


def test_equal_trees_have_no_change(objects: list[Object]) -> None:
    assert reviewed(objects, copy.deepcopy(objects)) == Review("prod", (), {})


def test_what_changes_is_known_to_have_namesakes_that_do_not(objects: list[Object]) -> None:
    named = [object_ for object_ in objects if object_.id[2::2] == ("NetworkPolicy", "default-deny")]
    assert len(named) > 1
    found = reviewed(objects, [object_ for object_ in objects if object_ is not named[0]])
    assert found.namesakes == {("NetworkPolicy", "default-deny")}


def test_the_order_of_keys_and_of_objects_is_no_change(objects: list[Object]) -> None:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(item) for key, item in reversed(value.items())}
        return [turned(item) for item in value] if isinstance(value, list) else value

    after = [changed(built, turned(built.manifest)) for built in reversed(objects)]
    assert reviewed(objects, after) == Review("prod", (), {})


def signature(change: Change, *, mirrored: bool) -> tuple[str, ...]:
    """Return what must be the same of a change and its mirror.

    List indexes are those of the new side, and secrets are numbered from the old side on.
    """
    before, after, action = change.before, change.after, change.action
    if mirrored:
        before, after, action = after, before, _MIRRORED.get(action, action)
    plain = "/".join("#" if step.isdigit() else step for step in change.path.split("/"))
    return (change.id.kind, action.value, plain, *(_SECRET.sub("(secret)", repr(side)) for side in (before, after)))


@pytest.mark.parametrize("seed", range(20))
def test_a_change_back_is_the_mirror_of_the_change(objects: list[Object], seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    after = list(objects)
    for index in rng.sample(range(len(objects)), 60):
        manifest, _ = mutated(objects[index].manifest, rng)
        after[index] = changed(objects[index], manifest)
    gone = set(rng.sample(range(len(objects)), 10))
    after = [built for index, built in enumerate(after) if index not in gone]
    there = reviewed(objects, after)
    back = reviewed(after, objects)
    assert Counter(signature(change, mirrored=False) for change in there.changes) == Counter(
        signature(change, mirrored=True) for change in back.changes
    )
    assert there.noise == back.noise


def test_the_same_sides_give_the_same_review_in_any_order(objects: list[Object]) -> None:
    rng = random.Random(1)  # noqa: S311
    after = [changed(built, mutated(built.manifest, rng)[0]) if rng.random() < 0.2 else built for built in objects]
    expected = reviewed(objects, after)
    for _ in range(3):
        assert reviewed(rng.sample(objects, len(objects)), rng.sample(after, len(after))) == expected
