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


class ItemPair(NamedTuple):
    """An item's indexes in both lists, None where it is not there, and how people name it."""

    before: int | None
    after: int | None
    label: str

    @property
    def position(self) -> int:
        """The place of the item on the new side, or on the old one if it is gone."""
        position = self.before if self.after is None else self.after
        assert position is not None  # noqa: S101  it is on one side at least
        return position


def encoded(value: Any) -> bytes:
    """Return a value as bytes, equal if and only if the values are: `1`, `1.0` and `true` differ."""
    return msgspec.json.encode(value, order="deterministic")


def pairs(before: list[Any], after: list[Any]) -> tuple[list[ItemPair], bool]:
    """Return the pairs of two lists, those of the old side first, and whether the items are told apart by a key."""
    for key in _KEYS:
        old, new = _positions_by_key(before, key), _positions_by_key(after, key)
        if old is not None and new is not None and (old or new):
            return [ItemPair(old.get(name), new.get(name), f"[{name}]") for name in {**old, **new}], True
    return list(_pairs_by_content(before, after)), False


def in_both(
    item_pairs: list[ItemPair], before: list[Any], after: list[Any], *, keyed: bool
) -> tuple[list[ItemPair], list[ItemPair]]:
    """Return the items that both lists have, in the order of the old one and in that of the new one.

    Without a key, an item that is not equal is another one.
    """
    common = [
        pair
        for pair in item_pairs
        if pair.before is not None
        and pair.after is not None
        and (keyed or encoded(before[pair.before]) == encoded(after[pair.after]))
    ]
    return sorted(common, key=lambda pair: pair.before or 0), sorted(common, key=lambda pair: pair.position)


def _positions_by_key(items: list[Any], key: tuple[str, ...]) -> dict[str, int] | None:
    """Return the items' indexes by key; None where one has no such key, or two have the same."""
    positions: dict[str, int] = {}
    for index, item in enumerate(items):
        item_key = _item_key(item, key)
        if not item_key or item_key in positions:
            return None
        positions[item_key] = index
    return positions


def _item_key(item: Any, key: tuple[str, ...]) -> str:
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


def _pairs_by_content(before: list[Any], after: list[Any]) -> Iterator[ItemPair]:
    """Pair equal items; those that are left in their order, if there are as many on both sides."""
    positions: dict[bytes, list[int]] = {}
    for index, item in enumerate(after):
        positions.setdefault(encoded(item), []).append(index)
    old_left = []
    for index, item in enumerate(before):
        equal = positions.get(encoded(item))
        if equal:
            position = equal.pop(0)
            yield ItemPair(index, position, f"[{position}]")
        else:
            old_left.append(index)
    new_left = sorted(index for left in positions.values() for index in left)
    if len(old_left) == len(new_left):
        yield from (ItemPair(old, new, f"[{new}]") for old, new in zip(old_left, new_left, strict=True))
        return
    yield from (ItemPair(index, None, f"[{index}]") for index in old_left)
    yield from (ItemPair(None, index, f"[{index}]") for index in new_left)
