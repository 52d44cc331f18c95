"""Which item of a list is which: by its key where the items have one, else by content. Pure.

The keys are those of Kubernetes' own merges (`x-kubernetes-list-map-keys`, `patchMergeKey`) and of what Google's kinds
call their lists; the first that every item has, once, is the one.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

_KEYS: tuple[tuple[str, ...], ...] = (
    ("name",),
    ("containerPort", "protocol"),
    ("port", "protocol"),
    ("mountPath",),
    ("devicePath",),
    ("priority",),  # rules of Cloud Armor
    ("key",),  # metadata of a VM
    ("secretKey",),  # ExternalSecret
    ("rangeName",),  # ComputeSubnetwork
    ("cidrBlock",),
    ("topologyKey", "whenUnsatisfiable"),
    ("ip",),  # hostAliases
    ("metadata", "name"),  # volumeClaimTemplates: a path, the others are fields side by side
)
_IN_ORDER = ("initContainers", "env")
"""Keyed lists whose order means something: who runs first, whose value `$(NAME)` can use."""


class Pair(NamedTuple):
    """An item's indexes in both lists, None where it is not there, and how people name it."""

    before: int | None
    after: int | None
    shown: str

    @property
    def place(self) -> int:
        """The place of the item on the new side, or on the old one if it is gone."""
        found = self.before if self.after is None else self.after
        assert found is not None  # noqa: S101  it is on one side at least
        return found


def encoded(value: Any) -> bytes:
    """Return a value as bytes, equal if and only if the values are: `1`, `1.0` and `true` differ."""
    return msgspec.json.encode(value, order="deterministic")


def pairs(before: list[Any], after: list[Any]) -> tuple[list[Pair], bool]:
    """Return the pairs of two lists, those of the old side first, and whether the items are told apart by a key."""
    for key in _KEYS:
        old, new = _named(before, key), _named(after, key)
        if old is not None and new is not None and (old or new):
            return [Pair(old.get(name), new.get(name), f"[{name}]") for name in {**old, **new}], True
    return list(_alike(before, after)), False


def is_reordered(name: str, found: list[Pair], *, keyed: bool) -> bool | None:
    """Whether common items stand in another order; None where they do, and it means nothing."""
    common = [(pair.before, pair.after) for pair in found if pair.before is not None and pair.after is not None]
    places = [after for _, after in sorted(common)]
    if places == sorted(places):
        return False
    return True if not keyed or name in _IN_ORDER else None


def _named(items: list[Any], key: tuple[str, ...]) -> dict[str, int] | None:
    """Return the items' indexes by key; None where one has no such key, or two have the same."""
    found: dict[str, int] = {}
    for index, item in enumerate(items):
        name = _name(item, key)
        if not name or name in found:
            return None
        found[name] = index
    return found


def _name(item: Any, key: tuple[str, ...]) -> str:
    if not isinstance(item, dict):
        return ""
    if key == ("metadata", "name"):
        metadata = item.get("metadata")
        return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""
    first = item.get(key[0])
    if isinstance(first, dict | list) or first is None:
        return ""
    # a protocol left out is TCP: two lists of ports, one of which says so, hold the same ports
    rest = [str(item.get(step, "TCP" if step == "protocol" else "")) for step in key[1:]]
    return "/".join([str(first), *(part for part in rest if part not in ("", "TCP"))])


def _alike(before: list[Any], after: list[Any]) -> Iterator[Pair]:
    """Pair equal items; those that are left in their order, if there are as many on both sides."""
    places: dict[bytes, list[int]] = {}
    for index, item in enumerate(after):
        places.setdefault(encoded(item), []).append(index)
    old_left = []
    for index, item in enumerate(before):
        same = places.get(encoded(item))
        if same:
            there = same.pop(0)
            yield Pair(index, there, f"[{there}]")
        else:
            old_left.append(index)
    new_left = sorted(index for left in places.values() for index in left)
    if len(old_left) == len(new_left):
        yield from (Pair(old, new, f"[{new}]") for old, new in zip(old_left, new_left, strict=True))
        return
    yield from (Pair(index, None, f"[{index}]") for index in old_left)
    yield from (Pair(None, index, f"[{index}]") for index in new_left)
