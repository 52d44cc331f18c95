"""Which object is which: the most alike are a pair, whatever the order, and nobody is compared with everybody."""

import itertools
from collections.abc import Iterable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from generator.kinds import Kinds
from generator.manifest import Object, identify
from generator.review.matching.likeness import MOST, worth_a_look
from generator.review.matching.objects import fields_of, object_pairs

KINDS = Kinds({})


def object_(name: str, kind: str = "Widget", **spec: Any) -> Object:
    manifest = {"apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": name, "namespace": "a"}, **spec}
    manifest["apiVersion"] = "v1" if kind == "ConfigMap" else manifest["apiVersion"]
    return Object(identify(manifest, "workload"), manifest, place="components/x/overlay/a.yaml")


def names(before: Iterable[Object], after: Iterable[Object]) -> set[tuple[str, str]]:
    """Return the names of the pairs; '' for what is not there."""
    return {(old.id.name if old else "", new.id.name if new else "") for old, new in object_pairs(before, after, KINDS)}


def best_of_all(before: list[Object], after: list[Object]) -> set[tuple[str, str]]:
    """Return the pairs that a comparison of everybody with everybody finds."""
    scored = []
    for old, new in itertools.product(before, after):
        one, other = fields_of(old), fields_of(new)
        enough = len(one) + len(other) >= 6
        likeness = 2 * len(one & other) / (len(one) + len(other)) if enough else 0.0
        if len(before) == len(after) == 1 and one == other:
            likeness = 1.0
        scored.append((-likeness, old.id, new.id))
    pairs: dict[Any, Any] = {}
    for score, one_id, other_id in sorted(scored):
        if -score >= 0.7 and one_id not in pairs and other_id not in pairs.values():
            pairs[one_id] = other_id
    return {
        *((one_id.name, other_id.name) for one_id, other_id in pairs.items()),
        *((old.id.name, "") for old in before if old.id not in pairs),
        *(("", new.id.name) for new in after if new.id not in pairs.values()),
    }


specs: st.SearchStrategy[dict[str, Any]] = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2), max_size=6)


@settings(deadline=None)
@given(st.lists(specs, max_size=9), st.lists(specs, max_size=9), st.integers(0, 1), st.randoms())
def test_the_most_alike_are_pairs_whatever_the_order_and_beside_many_others(
    before: list[dict[str, Any]], after: list[dict[str, Any]], others: int, random: Any
) -> None:
    many: list[dict[str, Any]] = [{letter: f"{letter}{at}" for letter in "uvwxyz"} for at in range(60 * others)]
    before, after = [*before, *many], [*after, *many]
    old = [object_(f"old-{place}", spec=spec) for place, spec in enumerate(before)]
    new = [object_(f"new-{place}", spec=spec) for place, spec in enumerate(after)]
    expected = best_of_all(old, new)
    random.shuffle(old)
    random.shuffle(new)
    assert names(old, new) == expected


def test_many_renamed_objects_that_hardly_differ_are_all_found() -> None:
    old = [object_(f"old-{at:04}", spec={"id": at, **dict.fromkeys("abcdefgh", 1)}) for at in range(400)]
    new = [object_(f"new-{at:04}", spec={"id": 399 - at, **dict.fromkeys("abcdefgh", 1)}) for at in range(400)]
    assert names(old, new) == {(f"old-{at:04}", f"new-{399 - at:04}") for at in range(400)}


def test_many_objects_that_are_all_alike_are_pairs_in_the_order_of_their_names() -> None:
    old = [object_(f"old-{at:04}", spec={"own": f"old-{at}", **dict.fromkeys("abcdefgh", 1)}) for at in range(400)]
    new = [object_(f"new-{at:04}", spec={"own": f"new-{at}", **dict.fromkeys("abcdefgh", 1)}) for at in range(400)]
    assert names(old, new) == {(f"old-{at:04}", f"new-{at:04}") for at in range(400)}


def test_a_generated_name_is_paired_with_its_own_whatever_it_holds() -> None:
    old = [object_(f"c{at}-aaaaaaaaa{at % 10}", "ConfigMap", data={"a": f"{at}"}) for at in range(100)]
    new = [object_(f"c{at}-bbbbbbbbb{at % 10}", "ConfigMap", data={"b": f"new {at}"}) for at in range(100)]
    assert names(old, new) == {(one.id.name, other.id.name) for one, other in zip(old, new, strict=True)}


def test_nobody_is_compared_with_everybody() -> None:
    count = 1_000
    old = [frozenset({("/same", b"1"), ("/own", b"%d" % at)}) for at in range(count)]
    new = [frozenset({("/same", b"1"), ("/own", b"%d" % -at)}) for at in range(count)]
    assert len(list(worth_a_look(old, new))) <= MOST * count
