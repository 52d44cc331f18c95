"""Which object of the new side is which of the old one: by identity, then by likeness within a unit. Pure.

Likeness finds what was renamed: a ConfigMap whose generated name follows its content, a node pool or a grant whose name
holds a hash of what cannot change, an object that moved to another namespace.
"""

import bisect
import heapq
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.kinds import ABSENT, Kinds
from generator.manifest import Manifest, Object, ObjectId
from generator.review.pairing import encoded

ObjectPair = tuple[Object | None, Object | None]
_Fields = frozenset[tuple[str, bytes]]
"""Paths, each with its value."""

_GENERATED_NAME = re.compile(r"(.+)-[a-z0-9]{10}")
_MIN_LIKENESS = 0.7
"""What share of their fields two objects have in common if one is the other renamed."""
_MIN_FIELDS = 3
"""With fewer fields, likeness says nothing: two objects are a pair only if there is no other."""
MOST, _ROUNDS = 50, 8
"""How many objects one is compared with at most, and how often those that are left are compared again."""


def object_pairs(before: Iterable[Object], after: Iterable[Object], kinds: Kinds) -> Iterator[ObjectPair]:
    """Yield every object with itself on the other side; None where it is not there."""
    old, new = {object_.id: object_ for object_ in before}, {object_.id: object_ for object_ in after}
    yield from ((old[id_], new[id_]) for id_ in sorted(old.keys() & new.keys()))
    removed = _grouped(old[id_] for id_ in sorted(old.keys() - new.keys()))
    added = _grouped(new[id_] for id_ in sorted(new.keys() - old.keys()))
    for key in sorted(removed.keys() | added.keys()):
        yield from _renamed(removed.get(key, []), added.get(key, []), kinds)


def is_generated(before: ObjectId, after: ObjectId, kinds: Kinds) -> bool:
    """Whether two names are one with another hash of its content behind it, as kustomize and `secretEnv` write them."""
    old, new = _GENERATED_NAME.fullmatch(before.name), _GENERATED_NAME.fullmatch(after.name)
    return bool(old and new and old[1] == new[1] and _is_read_by_pods(before, kinds))


def _is_read_by_pods(id_: ObjectId, kinds: Kinds) -> bool:
    return bool(kinds.of(id_.group, id_.kind).read_by_pods)


def _grouped(objects: Iterable[Object]) -> dict[tuple[str, str, str, str], list[Object]]:
    """Only objects of one kind, cluster and unit can be each other."""
    groups: dict[tuple[str, str, str, str], list[Object]] = {}
    for object_ in objects:
        key = (object_.id.cluster, object_.id.group, object_.id.kind, object_.unit)
        groups.setdefault(key, []).append(object_)
    return groups


def _renamed(removed: list[Object], added: list[Object], kinds: Kinds) -> Iterator[ObjectPair]:
    """Pair those whose names are generated, then the most alike; what is left came or went."""
    paired: set[ObjectId] = set()
    only_pair = len(removed) == len(added) == 1
    for old_group, new_group in _of_generated_names(removed, added, kinds):
        found = list(_alike(old_group, new_group, 0, only_pair=only_pair))
        paired.update(object_.id for pair in found for object_ in pair)
        yield from found
    old_left, new_left = ([object_ for object_ in side if object_.id not in paired] for side in (removed, added))
    for old, new in _alike(old_left, new_left, _MIN_LIKENESS, only_pair=only_pair):
        paired |= {old.id, new.id}
        yield old, new
    yield from ((old, None) for old in removed if old.id not in paired)
    yield from ((None, new) for new in added if new.id not in paired)


def _of_generated_names(
    removed: list[Object], added: list[Object], kinds: Kinds
) -> Iterator[tuple[list[Object], list[Object]]]:
    """Yield the objects of each side that have one name but for a hash behind it."""
    groups: dict[str, tuple[list[Object], list[Object]]] = {}
    for side, objects in enumerate((removed, added)):
        for object_ in objects:
            if (generated := _GENERATED_NAME.fullmatch(object_.id.name)) and _is_read_by_pods(object_.id, kinds):
                groups.setdefault(generated[1], ([], []))[side].append(object_)
    yield from groups.values()


def _alike(
    removed: list[Object], added: list[Object], least: float, *, only_pair: bool
) -> Iterator[tuple[Object, Object]]:
    """Yield the pairs of the most alike objects, `least` alike at least; with 0 as many as there can be."""
    old, new = ({object_.id: fields(object_.manifest) for object_ in sorted(side)} for side in (removed, added))
    objects = {object_.id: object_ for object_ in (*removed, *added)}
    found = [*_in_rounds(old, new, least, only_pair=only_pair)]
    found += [] if least else zip(old, new, strict=False)
    yield from ((objects[one], objects[other]) for one, other in found)


def _in_rounds(
    old: dict[ObjectId, _Fields], new: dict[ObjectId, _Fields], least: float, *, only_pair: bool
) -> Iterator[tuple[ObjectId, ObjectId]]:
    """Take the best pairs out of both sides, then those of what is left."""
    for _ in range(_ROUNDS):
        found = list(_most_alike(old, new, least, only_pair=only_pair))
        for one, other in found:
            del old[one], new[other]
        yield from found
        if not found:
            return


def _most_alike(
    old: Mapping[ObjectId, _Fields], new: Mapping[ObjectId, _Fields], least: float, *, only_pair: bool
) -> Iterator[tuple[ObjectId, ObjectId]]:
    """Yield the best pairs of those that are worth a look."""
    olds, news = list(old), list(new)
    scored = sorted(
        (-_likeness(old[olds[one]], new[news[other]], only_pair=only_pair), olds[one], news[other])
        for one, other in worth_a_look([*old.values()], [*new.values()])
    )
    paired: set[ObjectId] = set()
    for score, one, other in scored:
        if -score >= least and one not in paired and other not in paired:
            paired |= {one, other}
            yield one, other


def worth_a_look(old: list[_Fields], new: list[_Fields]) -> Iterator[tuple[int, int]]:
    """Yield which objects may be each other, by place: `MOST` for each, and of more those with its rare fields.

    Of a field that many objects have, those in about the same place of both sides are looked at.
    """
    if len(new) <= MOST:
        yield from itertools.product(range(len(old)), range(len(new)))
        return
    old_holders, new_holders = _holders(old), _holders(new)
    shared = old_holders.keys() & new_holders.keys()
    for one, fields_of_one in enumerate(old):
        found: dict[int, float] = {}
        for field in sorted(fields_of_one & shared):  # sums of the same shares in another order may differ
            holders = new_holders[field]
            for other in _near(one, old_holders[field], holders):
                found[other] = found.get(other, 0) + 1 / len(holders)
        best = heapq.nsmallest(MOST, found, key=lambda other: (-found[other], other))
        yield from ((one, other) for other in best)


def _holders(side: list[_Fields]) -> dict[tuple[str, bytes], list[int]]:
    """Return which objects have a field."""
    result: dict[tuple[str, bytes], list[int]] = {}
    for place, fields in enumerate(side):
        for field in fields:
            result.setdefault(field, []).append(place)
    return result


def _near(one: int, old: list[int], new: list[int]) -> list[int]:
    """Return those of the new side around the place that an object has among those of the old."""
    middle = bisect.bisect(old, one) * len(new) // len(old)
    start = max(min(middle - MOST // 2, len(new) - MOST), 0)
    return new[start : start + MOST]


def _likeness(old: _Fields, new: _Fields, *, only_pair: bool) -> float:
    """Return which share of the fields of both are the same."""
    if len(old) + len(new) < 2 * _MIN_FIELDS:
        return float(only_pair and old == new)
    return 2 * len(old & new) / (len(old) + len(new))


def fields(manifest: Manifest) -> _Fields:
    """Return every field but what names and labels an object, by its path."""
    found = {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind", "metadata")}
    return frozenset(_flattened(found, ""))


def _flattened(value: Any, path: str) -> Iterator[tuple[str, bytes]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flattened(item, f"{path}/{key}")
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _flattened(item, f"{path}/{index}")
    elif value is not ABSENT:
        yield path, encoded(value)
