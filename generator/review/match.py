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

Couple = tuple[Object | None, Object | None]

_GENERATED = re.compile(r"(.+)-[a-z0-9]{10}")
_ALIKE = 0.7
"""What share of their fields two objects have in common if one is the other renamed."""
_FEW = 3
"""Below so many fields likeness says nothing: they are a pair only if there is no other."""


def couples(before: Iterable[Object], after: Iterable[Object], kinds: Kinds) -> Iterator[Couple]:
    """Yield every object with itself on the other side; None where it is not there."""
    old, new = {built.id: built for built in before}, {built.id: built for built in after}
    yield from ((old[id_], new[id_]) for id_ in sorted(old.keys() & new.keys()))
    gone = _grouped(old[id_] for id_ in sorted(old.keys() - new.keys()))
    come = _grouped(new[id_] for id_ in sorted(new.keys() - old.keys()))
    for key in sorted(gone.keys() | come.keys()):
        yield from _renamed(gone.get(key, []), come.get(key, []), kinds)


def is_generated(before: ObjectId, after: ObjectId, kinds: Kinds) -> bool:
    """Whether two names are one with another hash of its content behind it, as kustomize and `secretEnv` write them."""
    old, new = _GENERATED.fullmatch(before.name), _GENERATED.fullmatch(after.name)
    return bool(old and new and old[1] == new[1] and kinds.of(before.group, before.kind).read_by_pods)


def _grouped(objects: Iterable[Object]) -> dict[tuple[str, str, str, str], list[Object]]:
    """Only objects of one kind, cluster and unit can be each other."""
    groups: dict[tuple[str, str, str, str], list[Object]] = {}
    for built in objects:
        key = (built.id.cluster, built.id.group, built.id.kind, built.unit)
        groups.setdefault(key, []).append(built)
    return groups


def _renamed(gone: list[Object], come: list[Object], kinds: Kinds) -> Iterator[Couple]:
    """Pair the most alike first; what is left came or went."""
    old_fields = {built.id: _fields(built.manifest) for built in gone}
    new_fields = {built.id: _fields(built.manifest) for built in come}
    alone = len(gone) == len(come) == 1
    likeness = [
        (
            -_likeness(old_fields[old.id], new_fields[new.id], alone=alone),
            not is_generated(old.id, new.id, kinds),
            old,
            new,
        )
        for old, new in itertools.product(gone, come)
    ]
    taken: set[ObjectId] = set()
    for score, unlike, old, new in sorted(likeness, key=lambda row: (row[1], row[0], row[2].id, row[3].id)):
        if old.id not in taken and new.id not in taken and (not unlike or -score >= _ALIKE):
            taken |= {old.id, new.id}
            yield old, new
    yield from ((old, None) for old in gone if old.id not in taken)
    yield from ((None, new) for new in come if new.id not in taken)


def _likeness(old: Mapping[str, bytes], new: Mapping[str, bytes], *, alone: bool) -> float:
    """Return which share of the fields of both are the same."""
    if len(old) + len(new) < 2 * _FEW:
        return float(alone and old == new)
    same = sum(new.get(path) == value for path, value in old.items())
    return 2 * same / (len(old) + len(new))


def _fields(manifest: Manifest) -> dict[str, bytes]:
    """Return every field but what names and labels an object, by its path."""
    found: dict[str, bytes] = {}
    _flatten(
        {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind", "metadata")}, "", found
    )
    return found


def _flatten(value: Any, path: str, found: dict[str, bytes]) -> None:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            _flatten(item, f"{path}/{key}", found)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            _flatten(item, f"{path}/{index}", found)
    elif value is not ABSENT:
        found[path] = encoded(value)
