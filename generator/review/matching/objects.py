"""Which object of the new side is which of the old one: by identity, then by likeness within a unit. Pure.

Likeness finds what was renamed: a ConfigMap whose generated name follows its content, a node pool or a grant whose name
holds a hash of what cannot change, an object that moved to another namespace.
"""

import re
from collections.abc import Iterable, Iterator

from generator.kinds import Kinds
from generator.manifest import Object, ObjectId
from generator.review.matching.likeness import Fields, best_pairs, fields

ObjectPair = tuple[Object | None, Object | None]

_GENERATED_NAME = re.compile(r"(.+)-[a-z0-9]{10}")
_MIN_LIKENESS = 0.7
"""What share of their fields two objects have in common if one is the other renamed."""
_MIN_FIELDS = 3
"""With fewer fields, likeness says nothing: two objects are a pair only if there is no other."""


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
    pairs = [pair for group in _of_generated_names(removed, added, kinds) for pair in _of_one_name(*group)]
    old_left, new_left = _left(removed, added, pairs)
    pairs += _alike(old_left, new_left, is_only_pair=len(removed) == len(added) == 1)
    yield from pairs
    old_left, new_left = _left(removed, added, pairs)
    yield from ((old, None) for old in old_left)
    yield from ((None, new) for new in new_left)


def _left(
    removed: list[Object], added: list[Object], pairs: list[tuple[Object, Object]]
) -> tuple[list[Object], list[Object]]:
    """Return the objects that are in no pair."""
    paired = {object_.id for pair in pairs for object_ in pair}
    return [old for old in removed if old.id not in paired], [new for new in added if new.id not in paired]


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


def _of_one_name(removed: list[Object], added: list[Object]) -> list[tuple[Object, Object]]:
    """Return the pairs of objects of one name but for the hash: the most alike, then the others in their order."""
    pairs = _most_alike(removed, added, 0)
    return [*pairs, *zip(*_left(removed, added, pairs), strict=False)]


def _alike(removed: list[Object], added: list[Object], *, is_only_pair: bool) -> list[tuple[Object, Object]]:
    """Return the pairs of objects that are alike enough to be each other."""
    if is_only_pair and [fields_of(one) for one in removed] == [fields_of(one) for one in added]:
        return list(zip(removed, added, strict=True))
    old, new = ([one for one in side if len(fields_of(one)) >= _MIN_FIELDS] for side in (removed, added))
    return _most_alike(old, new, _MIN_LIKENESS)


def _most_alike(removed: list[Object], added: list[Object], least: float) -> list[tuple[Object, Object]]:
    old, new = ([fields_of(object_) for object_ in side] for side in (removed, added))
    return [(removed[one], added[other]) for one, other in best_pairs(old, new, least)]


def fields_of(object_: Object) -> Fields:
    """Return every field but what names and labels an object."""
    named = ("apiVersion", "kind", "metadata")
    return fields({key: value for key, value in object_.manifest.items() if key not in named})
