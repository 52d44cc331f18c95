"""Which object of the new side is which of the old one: by identity, then by likeness within a unit. Pure.

Likeness finds what was renamed: a ConfigMap whose generated name follows its content, a node pool or a grant whose name
holds a hash of what cannot change, an object that moved to another namespace.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generator.kinds import ABSENT, Kinds
from generator.manifest import Manifest, Object, ObjectId
from generator.review.pairing import encoded

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
    return bool(old and new and old[1] == new[1] and kinds.of(before.group, before.kind).read_by_pods)


def _grouped(objects: Iterable[Object]) -> dict[tuple[str, str, str, str], list[Object]]:
    """Only objects of one kind, cluster and unit can be each other."""
    groups: dict[tuple[str, str, str, str], list[Object]] = {}
    for object_ in objects:
        key = (object_.id.cluster, object_.id.group, object_.id.kind, object_.unit)
        groups.setdefault(key, []).append(object_)
    return groups


def _renamed(removed: list[Object], added: list[Object], kinds: Kinds) -> Iterator[ObjectPair]:
    """Pair the most alike first; what is left came or went."""
    old_fields = {object_.id: _fields(object_.manifest) for object_ in removed}
    new_fields = {object_.id: _fields(object_.manifest) for object_ in added}
    only_pair = len(removed) == len(added) == 1
    scored = [
        (
            -_likeness(old_fields[old.id], new_fields[new.id], only_pair=only_pair),
            not is_generated(old.id, new.id, kinds),
            old,
            new,
        )
        for old, new in itertools.product(removed, added)
    ]
    paired: set[ObjectId] = set()
    for score, unlike, old, new in sorted(scored, key=lambda row: (row[1], row[0], row[2].id, row[3].id)):
        if old.id not in paired and new.id not in paired and (not unlike or -score >= _MIN_LIKENESS):
            paired |= {old.id, new.id}
            yield old, new
    yield from ((old, None) for old in removed if old.id not in paired)
    yield from ((None, new) for new in added if new.id not in paired)


def _likeness(old: Mapping[str, bytes], new: Mapping[str, bytes], *, only_pair: bool) -> float:
    """Return which share of the fields of both are the same."""
    if len(old) + len(new) < 2 * _MIN_FIELDS:
        return float(only_pair and old == new)
    equal = sum(new.get(path) == value for path, value in old.items())
    return 2 * equal / (len(old) + len(new))


def _fields(manifest: Manifest) -> dict[str, bytes]:
    """Return every field but what names and labels an object, by its path."""
    fields: dict[str, bytes] = {}
    _flatten(
        {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind", "metadata")}, "", fields
    )
    return fields


def _flatten(value: Any, path: str, fields: dict[str, bytes]) -> None:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            _flatten(item, f"{path}/{key}", fields)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            _flatten(item, f"{path}/{index}", fields)
    elif value is not ABSENT:
        fields[path] = encoded(value)
