"""Another order is told: every list of every object that our environments build, unless a source says it means nothing."""

import copy
from collections.abc import Iterator
from typing import Any

import msgspec
import product
import pytest

from generator.kinds import Impact, Kinds, names, shipped
from generator.manifest import Object
from generator.review import review

KINDS = Kinds({})
Steps = tuple[str | int, ...]


def lists(node: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Yield the place of every list that has an order: one of two items at least, that are not the same."""
    if isinstance(node, dict):
        for key, item in node.items():
            yield from lists(item, (*steps, key))
    elif isinstance(node, list):
        if node != node[::-1]:
            yield steps
        for index, item in enumerate(node):
            yield from lists(item, (*steps, index))


def turned(object_: Object, steps: Steps) -> Object:
    """Return an object with one of its lists the other way round."""
    manifest = copy.deepcopy(object_.manifest)
    node: Any = manifest
    for step in steps:
        node = node[step]
    node.reverse()
    return msgspec.structs.replace(object_, manifest=manifest)


@pytest.mark.parametrize("environment", sorted(product.DOMAINS))
def test_another_order_of_any_list_is_told_unless_a_source_says_that_it_means_nothing(environment: str) -> None:
    seen: set[tuple[str, ...]] = set()
    for object_ in product.build(environment).objects:
        templates = pod_templates(object_)
        for steps in lists(object_.manifest):
            place = (object_.id.kind, *("*" if isinstance(step, int) else step for step in steps))
            if place in seen:
                continue
            seen.add(place)
            other, source = turned(object_, steps), KINDS.unordered_source(object_.id, steps)
            for before, after in ((object_, other), (other, object_)):
                found = review("test", [before], [after], KINDS)
                assert source or (found.changes and not found.noise), place
                for change in found.changes:
                    assert source or change.impact is not Impact.SAFE, place
                    if any(steps[: len(template)] == template for template in templates):
                        assert {Impact.RESTART, Impact.OUTAGE} & set(change.impacts), place
    assert len(seen) > 50


def pod_templates(object_: Object) -> list[Steps]:
    """Return the places of the pod templates of a workload that lasts: those whose pods are rolled."""
    pods = KINDS.of(object_.id.group, object_.id.kind).pods
    lasting = pods and pods.run == "lasting" and pods.template
    return [steps for steps, _ in pods.templates(object_.manifest)] if pods and lasting else []


def test_no_list_of_a_pod_template_is_without_order() -> None:
    for name in names():
        facts = shipped(name)
        if facts.pods and facts.pods.template:
            inside = [path for path in facts.unordered if path.startswith(facts.pods.template)]
            assert inside == [], name


def test_every_list_without_order_has_a_source() -> None:
    said = [(name, path, source) for name in names() for path, source in shipped(name).unordered.items()]
    assert len(said) > 50
    for name, path, source in said:
        assert shipped(name).sources.get(source, source).strip(), (name, path)
        assert "/" in shipped(name).sources.get(source, source), (name, path, "is the name of no source")
