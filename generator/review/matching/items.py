"""Which item of a list is which: by its key where the items have one, else by content. Pure.

The keys are those of Kubernetes' own merges (`x-kubernetes-list-map-keys`, `patchMergeKey`) and of what Google's kinds
call their lists; the first that every item has, once, is the one.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.manifest import encoded
from generator.review.matching.likeness import best_pairs, fields

_KEYS: tuple[tuple[str, ...], ...] = (
    ("name",),
    ("containerPort", "protocol"),
    ("port", "protocol"),
    ("mountPath",),
    ("devicePath",),
    ("priority",),  # rules of Cloud Armor: a number
    ("key",),  # metadata of a VM
    ("secretKey",),  # ExternalSecret
    ("rangeName",),  # ComputeSubnetwork
    ("cidrBlock",),
    ("topologyKey", "whenUnsatisfiable"),
    ("ip",),  # hostAliases
    ("metadata", "name"),  # volumeClaimTemplates: a path, the others are fields side by side
)
NUMBER = "priority"
"""A key that only says when an item is asked: one that is put in front gives the others new numbers."""
_NUMBER = (NUMBER,)


_MIN_LIKENESS = 0.5
"""What share of their fields two items have in common if one is the other, changed."""


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


def pairs(before: list[Any], after: list[Any]) -> tuple[list[ItemPair], tuple[str, ...]]:
    """Return the pairs of two lists, those of the old side first, and the key by which items are told apart, if any."""
    for key in _KEYS:
        old, new = _positions_by_key(before, key), _positions_by_key(after, key)
        if old is not None and new is not None and (old or new):
            if key == _NUMBER:
                return list(_pairs_by_words(before, after)), key
            return [ItemPair(old.get(name), new.get(name), f"[{name}]") for name in {**old, **new}], key
    return list(_pairs_by_content(before, after)), ()


def renumbered(before: list[Any], after: list[Any], item_pairs: list[ItemPair]) -> tuple[list[Any], list[Any]]:
    """Return the numbers of items that have others now, if all are asked in the same order as before.

    Both lists are in the order in which the items are asked; they are empty if an item is asked before another now.
    """
    both = [(pair.before, pair.after) for pair in item_pairs if pair.before is not None and pair.after is not None]
    numbers = [(before[old].get(NUMBER), after[new].get(NUMBER)) for old, new in both]
    if not all(type(number) is int for pair in numbers for number in pair):
        return [], []
    asked = sorted(numbers)
    others = [pair for pair in asked if pair[0] != pair[1]]
    in_order = [new for _, new in asked] == sorted(new for _, new in asked)
    return ([old for old, _ in others], [new for _, new in others]) if in_order else ([], [])


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


def _pairs_by_words(before: list[Any], after: list[Any]) -> Iterator[ItemPair]:
    """Pair items that say the same, then those of the same description, then those of the same number."""
    old_left, new_left = dict(enumerate(before)), dict(enumerate(after))
    found: list[ItemPair] = []
    for words_of in (encoded, _without_number, _description, lambda item: str(item[NUMBER])):
        positions: dict[object, list[int]] = {}
        for index, item in new_left.items():
            positions.setdefault(words_of(item), []).append(index)
        for index, item in list(old_left.items()):
            if (words := words_of(item)) and (equal := positions.get(words)):
                position = equal.pop(0)
                found.append(ItemPair(index, position, f"[{after[position][NUMBER]}]"))
                del old_left[index], new_left[position]
    found += [ItemPair(index, None, f"[{item[NUMBER]}]") for index, item in old_left.items()]
    yield from sorted(found, key=lambda pair: pair.before or 0)
    yield from (ItemPair(None, index, f"[{item[NUMBER]}]") for index, item in new_left.items())


def _without_number(item: Any) -> bytes:
    return encoded({key: value for key, value in item.items() if key != NUMBER})


def _description(item: Any) -> str:
    description = item.get("description")
    return description if isinstance(description, str) else ""


def _pairs_by_content(before: list[Any], after: list[Any]) -> Iterator[ItemPair]:
    """Pair equal items, then the most alike; those that are left in their order, if there are as many on both sides."""
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
    alike = best_pairs(
        [fields(before[index]) for index in old_left], [fields(after[index]) for index in new_left], _MIN_LIKENESS
    )
    similar = [(old_left[old], new_left[new]) for old, new in alike]
    yield from (ItemPair(old, new, f"[{new}]") for old, new in similar)
    paired = {old for old, _ in similar}, {new for _, new in similar}
    old_left = [index for index in old_left if index not in paired[0]]
    new_left = [index for index in new_left if index not in paired[1]]
    if len(old_left) == len(new_left):
        yield from (ItemPair(old, new, f"[{new}]") for old, new in zip(old_left, new_left, strict=True))
        return
    yield from (ItemPair(index, None, f"[{index}]") for index in old_left)
    yield from (ItemPair(None, index, f"[{index}]") for index in new_left)
