"""How alike two things are by their fields, and the best pairs of many: nobody is compared with everybody. Pure."""

import bisect
import heapq
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from generator.kinds import ABSENT
from generator.manifest import encoded

Fields = frozenset[tuple[str, bytes]]
"""Paths, each with its value."""

MOST, _ROUNDS = 50, 8
"""How many one is compared with at most, and how often those that are left are compared again."""


def likeness(old: Fields, new: Fields) -> float:
    """Return which share of the fields of both are the same."""
    return 2 * len(old & new) / ((len(old) + len(new)) or 1)


def fields(value: Any) -> Fields:
    """Return every field of a value."""
    return frozenset(_flattened(value, ""))


def best_pairs(old: Sequence[Fields], new: Sequence[Fields], least: float) -> Iterator[tuple[int, int]]:
    """Yield the places of the pairs that are most alike, `least` alike at least: of equal ones the first."""
    old_left, new_left = list(range(len(old))), list(range(len(new)))
    for _ in range(_ROUNDS):
        paired: tuple[set[int], set[int]] = (set(), set())
        for score, one, other in _scored(old, new, old_left, new_left):
            if -score >= least and one not in paired[0] and other not in paired[1]:
                paired[0].add(one)
                paired[1].add(other)
                yield one, other
        old_left = [place for place in old_left if place not in paired[0]]
        new_left = [place for place in new_left if place not in paired[1]]
        if not paired[0] or not old_left or not new_left:
            return


def _scored(
    old: Sequence[Fields], new: Sequence[Fields], old_left: list[int], new_left: list[int]
) -> list[tuple[float, int, int]]:
    looked_at = worth_a_look([old[place] for place in old_left], [new[place] for place in new_left])
    pairs = ((old_left[one], new_left[other]) for one, other in looked_at)
    return sorted((-likeness(old[one], new[other]), one, other) for one, other in pairs)


def worth_a_look(old: Sequence[Fields], new: Sequence[Fields]) -> Iterator[tuple[int, int]]:
    """Yield which may be each other, by place: `MOST` for each at most, and of more those with its rare fields.

    Of a field that many have, those in about the same place of both sides are looked at.
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


def _holders(side: Sequence[Fields]) -> dict[tuple[str, bytes], list[int]]:
    """Return which of a side have a field."""
    result: dict[tuple[str, bytes], list[int]] = {}
    for place, fields in enumerate(side):
        for field in fields:
            result.setdefault(field, []).append(place)
    return result


def _near(one: int, old: list[int], new: list[int]) -> list[int]:
    """Return those of the new side around the place that one has among those of the old."""
    middle = bisect.bisect(old, one) * len(new) // len(old)
    start = max(min(middle - MOST // 2, len(new) - MOST), 0)
    return new[start : start + MOST]


def _flattened(value: Any, path: str) -> Iterator[tuple[str, bytes]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flattened(item, f"{path}/{key}")
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _flattened(item, f"{path}/{index}")
    elif value is not ABSENT:
        yield path, encoded(value)
