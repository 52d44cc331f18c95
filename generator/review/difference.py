"""Two manifests -> every place where they differ, lists matched by their keys, what means nothing set aside. Pure."""

from collections.abc import Iterator
from typing import Any

from generator.kinds import ABSENT
from generator.manifest import Manifest
from generator.review import noise
from generator.review.change import Difference
from generator.review.pairing import Pair, encoded, is_reordered, pairs


def differences(before: Manifest, after: Manifest) -> tuple[list[Difference], list[str]]:
    """Return the differences of two manifests in the order of their paths, and the class of each that is noise."""
    found: list[Difference] = []
    classes: list[str] = []
    _compare(before, after, Difference((), "", before, after), found, classes)
    return found, classes


def leaves(difference: Difference) -> Iterator[Difference]:
    """Yield a difference, and everything in what comes or goes: a map that is added adds each of its fields."""
    yield difference
    before, after = difference.before, difference.after
    if before is not ABSENT and after is not ABSENT:
        return
    for step, shown in _below(after if before is ABSENT else before):
        old = ABSENT if before is ABSENT else before[step]
        new = ABSENT if after is ABSENT else after[step]
        was = (*difference.was, step) if difference.was else ()
        yield from leaves(Difference((*difference.steps, step), difference.shown + shown, old, new, was))


def _below(value: Any) -> list[tuple[Any, str]]:
    if isinstance(value, dict):
        return [(key, f".{key}") for key in value]
    return [(index, f"[{index}]") for index in range(len(value))] if isinstance(value, list) else []


def _compare(before: Any, after: Any, here: Difference, found: list[Difference], classes: list[str]) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({**before, **after}):
            shown = f"{here.shown}.{key}" if here.shown else key
            old, new = before.get(key, ABSENT), after.get(key, ABSENT)
            was = (*here.was, key) if here.was else ()
            _compare(old, new, Difference((*here.steps, key), shown, old, new, was), found, classes)
    elif isinstance(before, list) and isinstance(after, list):
        if encoded(before) != encoded(after):
            _compare_lists(before, after, here, found, classes)
    elif before is ABSENT or after is ABSENT or encoded(before) != encoded(after):
        named = before is not ABSENT and after is not ABSENT and _noise(here)
        (classes.append(named) if named else found.append(here))


def _compare_lists(
    before: list[Any], after: list[Any], here: Difference, found: list[Difference], classes: list[str]
) -> None:
    matched, keyed = pairs(before, after)
    for pair in matched:
        old = ABSENT if pair.before is None else before[pair.before]
        new = ABSENT if pair.after is None else after[pair.after]
        _compare(old, new, _item(here, pair, old, new), found, classes)
    reordered = is_reordered(str(here.steps[-1]), matched, keyed=keyed)
    if reordered:
        found.append(here)
    elif reordered is None:
        classes.append(noise.ORDER)


def _item(here: Difference, pair: Pair, old: Any, new: Any) -> Difference:
    there = pair.place if pair.before is None else pair.before
    was = (*(here.was or here.steps), there) if here.was or there != pair.place else ()
    return Difference((*here.steps, pair.place), here.shown + pair.shown, old, new, was)


def _noise(here: Difference) -> str:
    plain = ".".join(step for step in here.steps if isinstance(step, str))
    return noise.of(plain, here.steps, here.before, here.after)
