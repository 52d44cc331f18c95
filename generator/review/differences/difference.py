"""Two manifests -> every place where they differ, lists matched by their keys, what means nothing set aside. Pure."""

from collections.abc import Iterator
from typing import Any

from generator.kinds import ABSENT, Kinds, Steps, found, reordered
from generator.manifest import Manifest, Object, ObjectId, encoded
from generator.notation.quantity import is_kept_alike
from generator.review.change import Difference
from generator.review.differences import noise
from generator.review.matching.items import NUMBER, ItemPair, in_both, pairs, renumbered


def differences(before: Object, after: Object, kinds: Kinds) -> tuple[list[Difference], list[str]]:
    """Return the differences of an object on two sides in the order of their paths, and the class of what is noise.

    Named items of a list that stand in another order are a difference of the list, which then holds their names, unless
    its kind says that the order means nothing.
    """
    comparison = _Comparison(after.id, kinds)
    comparison.compare(before.manifest, after.manifest, Difference((), "", before.manifest, after.manifest))
    return comparison.differences, comparison.noise_classes


def between(before: Any, after: Any, place: Difference, id_: ObjectId, kinds: Kinds) -> list[Difference]:
    """Return the differences of two values that stand at one place of an object; none where they mean the same."""
    comparison = _Comparison(id_, kinds)
    comparison.compare(before, after, place._replace(before=before, after=after))
    return comparison.differences


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


def aligned(old: Manifest, was: tuple[str | int, ...], steps: tuple[str | int, ...]) -> Manifest:
    """Return the old manifest with list items along a path where the new side has them, so that `steps` finds them."""
    result: Manifest = _item_aligned(old, was, steps) if was and was != steps else old
    return result


def _item_aligned(node: Any, was: tuple[str | int, ...], steps: tuple[str | int, ...]) -> Any:
    if not was or not isinstance(node, dict | list) or found(node, was[:1]) is None:
        return node
    below = _item_aligned(found(node, was[:1]), was[1:], steps[1:])
    if isinstance(node, dict):
        return {**node, was[0]: below}
    there, here = int(was[0]), int(steps[0])
    result = [*node, *[None] * (here + 1 - len(node))]
    result[there], result[here] = result[here], below
    return result


def with_value(node: Any, steps: Steps, value: Any) -> Any:
    """Return a copy of a value with another one at a place: maps on the way are made, ABSENT takes a field away.

    An item of a list stays where ABSENT should be: the place of those behind it is theirs.
    """
    if not steps:
        return value
    step, *below = steps
    takes_away = value is ABSENT and not below
    if isinstance(node, list) and isinstance(step, int):
        return (
            node
            if takes_away
            else [*node[:step], with_value(found(node, (step,)), tuple(below), value), *node[step + 1 :]]
        )
    fields = node if isinstance(node, dict) else {}
    if takes_away:
        return {key: item for key, item in fields.items() if key != step}
    return {**fields, step: with_value(fields.get(step), tuple(below), value)}


def _children(value: Any) -> list[tuple[Any, str]]:
    if isinstance(value, dict):
        return [(key, f".{key}") for key in value]
    return [(index, f"[{index}]") for index in range(len(value))] if isinstance(value, list) else []


class _Comparison:
    """What was found so far."""

    def __init__(self, id_: ObjectId, kinds: Kinds) -> None:
        self.id, self.kinds = id_, kinds
        self.differences: list[Difference] = []
        self.noise_classes: list[str] = []

    def compare(self, before: Any, after: Any, difference: Difference) -> None:
        if isinstance(before, dict) and isinstance(after, dict):
            for key in sorted({**before, **after}):
                display_path = f"{difference.display_path}.{key}" if difference.display_path else key
                old, new = before.get(key, ABSENT), after.get(key, ABSENT)
                old_steps = (*difference.old_steps, key) if difference.old_steps else ()
                self.compare(old, new, Difference((*difference.steps, key), display_path, old, new, old_steps))
        elif isinstance(before, list) and isinstance(after, list):
            if encoded(before) != encoded(after):
                self._compare_lists(before, after, difference)
        elif before is ABSENT or after is ABSENT or encoded(before) != encoded(after):
            noise_class = before is not ABSENT and after is not ABSENT and self._noise_class(difference)
            (self.noise_classes.append(noise_class) if noise_class else self.differences.append(difference))

    def _compare_lists(self, before: list[Any], after: list[Any], difference: Difference) -> None:
        item_pairs, key = pairs(before, after)
        old_numbers, new_numbers = renumbered(before, after, item_pairs) if key == (NUMBER,) else ([], [])
        if old_numbers:
            display_path = f"{difference.display_path}[*].{NUMBER}"
            numbers = difference._replace(display_path=display_path, before=old_numbers, after=new_numbers)
            self.differences.append(numbers)
        for pair in item_pairs:
            old = ABSENT if pair.before is None else before[pair.before]
            new = ABSENT if pair.after is None else after[pair.after]
            if old_numbers and isinstance(old, dict) and isinstance(new, dict):
                old = {**old, NUMBER: new[NUMBER]}  # said above, for all of them
            self.compare(old, new, _item_difference(difference, pair, old, new))
        was, will_be = in_both(item_pairs, before, after, keyed=bool(key))
        if was == will_be:
            return
        if (key or not reordered(before, after)) and self.kinds.unordered_source(self.id, difference.steps):
            self.noise_classes.append(noise.ORDER)
        elif key:
            self.differences.append(difference._replace(before=_keys(was), after=_keys(will_be)))
        else:
            self.differences.append(difference)

    def _noise_class(self, difference: Difference) -> str:
        path = ".".join(step for step in difference.steps if isinstance(step, str))
        found = noise.class_of(path, difference.steps, difference.before, difference.after)
        if found == noise.QUANTITY and self.kinds.is_kept_as_written(self.id, difference.steps):
            return found if is_kept_alike(difference.before, difference.after) else ""
        return found


def _keys(item_pairs: list[ItemPair]) -> list[str]:
    return [pair.label[1:-1] for pair in item_pairs]


def _item_difference(list_difference: Difference, pair: ItemPair, old: Any, new: Any) -> Difference:
    old_position = pair.position if pair.before is None else pair.before
    has_moved = list_difference.old_steps or old_position != pair.position
    old_steps = (*(list_difference.old_steps or list_difference.steps), old_position) if has_moved else ()
    steps, display_path = (*list_difference.steps, pair.position), list_difference.display_path + pair.label
    return Difference(steps, display_path, old, new, old_steps)
