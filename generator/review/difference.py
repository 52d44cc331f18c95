"""Two manifests -> every place where they differ, lists matched by their keys, what means nothing set aside. Pure."""

from collections.abc import Iterator
from typing import Any

from generator.kinds import ABSENT
from generator.manifest import Manifest
from generator.review import noise
from generator.review.change import Difference
from generator.review.pairing import NUMBER, ItemPair, encoded, is_reordered, pairs, renumbered


def differences(before: Manifest, after: Manifest) -> tuple[list[Difference], list[str]]:
    """Return the differences of two manifests in the order of their paths, and the class of each that is noise."""
    found: list[Difference] = []
    noise_classes: list[str] = []
    _compare(before, after, Difference((), "", before, after), found, noise_classes)
    return found, noise_classes


def leaves(difference: Difference) -> Iterator[Difference]:
    """Yield a difference, and every field in what is added or removed: a map that is added adds each of its fields."""
    yield difference
    before, after = difference.before, difference.after
    if before is not ABSENT and after is not ABSENT:
        return
    for step, label in _children(after if before is ABSENT else before):
        old = ABSENT if before is ABSENT else before[step]
        new = ABSENT if after is ABSENT else after[step]
        old_steps = (*difference.old_steps, step) if difference.old_steps else ()
        steps, display_path = (*difference.steps, step), difference.display_path + label
        yield from leaves(Difference(steps, display_path, old, new, old_steps))


def _children(value: Any) -> list[tuple[Any, str]]:
    if isinstance(value, dict):
        return [(key, f".{key}") for key in value]
    return [(index, f"[{index}]") for index in range(len(value))] if isinstance(value, list) else []


def _compare(
    before: Any, after: Any, difference: Difference, differences: list[Difference], noise_classes: list[str]
) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({**before, **after}):
            display_path = f"{difference.display_path}.{key}" if difference.display_path else key
            old, new = before.get(key, ABSENT), after.get(key, ABSENT)
            old_steps = (*difference.old_steps, key) if difference.old_steps else ()
            field = Difference((*difference.steps, key), display_path, old, new, old_steps)
            _compare(old, new, field, differences, noise_classes)
    elif isinstance(before, list) and isinstance(after, list):
        if encoded(before) != encoded(after):
            _compare_lists(before, after, difference, differences, noise_classes)
    elif before is ABSENT or after is ABSENT or encoded(before) != encoded(after):
        noise_class = before is not ABSENT and after is not ABSENT and _noise_class(difference)
        (noise_classes.append(noise_class) if noise_class else differences.append(difference))


def _compare_lists(
    before: list[Any], after: list[Any], difference: Difference, differences: list[Difference], noise_classes: list[str]
) -> None:
    item_pairs, key = pairs(before, after)
    old_numbers, new_numbers = renumbered(before, after, item_pairs) if key == (NUMBER,) else ([], [])
    if old_numbers:
        display_path = f"{difference.display_path}[*].{NUMBER}"
        differences.append(difference._replace(display_path=display_path, before=old_numbers, after=new_numbers))
    for pair in item_pairs:
        old = ABSENT if pair.before is None else before[pair.before]
        new = ABSENT if pair.after is None else after[pair.after]
        if old_numbers and isinstance(old, dict) and isinstance(new, dict):
            old = {**old, NUMBER: new[NUMBER]}  # said above, for all of them
        _compare(old, new, _item_difference(difference, pair, old, new), differences, noise_classes)
    reordered = is_reordered(str(difference.steps[-1]), item_pairs, keyed=bool(key))
    if reordered:
        differences.append(difference)
    elif reordered is None:
        noise_classes.append(noise.ORDER)


def _item_difference(list_difference: Difference, pair: ItemPair, old: Any, new: Any) -> Difference:
    old_position = pair.position if pair.before is None else pair.before
    has_moved = list_difference.old_steps or old_position != pair.position
    old_steps = (*(list_difference.old_steps or list_difference.steps), old_position) if has_moved else ()
    steps, display_path = (*list_difference.steps, pair.position), list_difference.display_path + pair.label
    return Difference(steps, display_path, old, new, old_steps)


def _noise_class(difference: Difference) -> str:
    path = ".".join(step for step in difference.steps if isinstance(step, str))
    return noise.class_of(path, difference.steps, difference.before, difference.after)
