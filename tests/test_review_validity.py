"""A change that makes an object refused is blocked: at its place, in it, or because of what stands beside it."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from objects import put

from generator.check import refusals
from generator.kinds import Impact, Kinds
from generator.manifest import Manifest, Object, identify
from generator.review import Change, review

KINDS = Kinds({})
WEB: Manifest = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "web"},
    "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web:1", "env": [{"name": "A", "value": "1"}]}]},
        },
    },
}
ENV = "/spec/template/spec/containers/0/env"


def spoiled(changes: Mapping[str, Any], base: Manifest = WEB) -> Manifest:
    """Return a copy with values at JSON pointers."""
    result = copy.deepcopy(base)
    for pointer, value in changes.items():
        put(result, pointer, value)
    return result


def changes(before: list[Manifest], after: list[Manifest]) -> list[Change]:
    old, new = ([Object(identify(item, "workload"), item, "web") for item in side] for side in (before, after))
    return list(review("lab", old, new, KINDS, refused=refusals(KINDS, "1.34")).changes)


@pytest.mark.parametrize(
    ("pointer", "value", "reason"),
    [
        ("/spec/replicas", -1, "is refused: must be at least 0"),
        ("/spec/strategy/type", "Recreate", "is refused at /spec/strategy: has rollingUpdate beside the type Recreate"),
        (f"{ENV}/1", {"name": "A", "value": "2"}, f"is refused at {ENV}: has two items with the same name"),
        ("/spec/replica", 2, "is refused at /spec: unknown field replica"),
    ],
)
def test_a_change_that_makes_an_object_refused_is_blocked(pointer: str, value: Any, reason: str) -> None:
    (change,) = changes([WEB], [spoiled({pointer: value})])
    assert change.impact is Impact.BLOCKED
    assert reason in change.reason


def test_a_new_object_that_is_refused_is_blocked() -> None:
    (change,) = changes([], [spoiled({"/spec/replicas": -1, "/spec/minReadySeconds": -1})])
    assert change.impact is Impact.BLOCKED
    assert "and 1 more like this" in change.reason


def test_what_was_refused_before_blocks_nothing() -> None:
    broken = spoiled({"/spec/replicas": -1})
    (change,) = changes([broken], [spoiled({"/spec/minReadySeconds": 5}, broken)])
    assert change.impact is not Impact.BLOCKED


def test_a_change_elsewhere_in_a_refused_object_is_not_blocked() -> None:
    first, second = sorted(
        changes([WEB], [spoiled({"/spec/replicas": -1, "/spec/minReadySeconds": 5})]), key=lambda change: change.path
    )
    assert (first.impact is Impact.BLOCKED, second.impact) == (False, Impact.BLOCKED)


def test_a_change_that_mends_an_object_is_not_blocked() -> None:
    assert Impact.BLOCKED not in {change.impact for change in changes([spoiled({"/spec/replicas": -1})], [WEB])}


def test_an_object_that_goes_is_not_blocked() -> None:
    assert Impact.BLOCKED not in {change.impact for change in changes([spoiled({"/spec/replicas": -1})], [])}
