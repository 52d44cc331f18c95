"""A field that comes or goes in something that stays: its default stands on the side that does not say it. Pure."""

from typing import Any, NamedTuple

import msgspec

from generator.kinds import ABSENT, Kinds, Steps
from generator.manifest import Manifest, Object
from generator.review.change import Difference
from generator.review.differences import aligned, between, with_value


class Filled(NamedTuple):
    """What a field does, compared with its default: nothing where there are no `differences`.

    `old` and `new` are both sides, one of them with the default written out; `source` says where that is documented,
    and `unwritten` that no server writes it out.
    """

    differences: list[Difference]
    old: Object
    new: Object
    source: str
    unwritten: bool


def filled_in(leaf: Difference, whole: Difference, old: Object, new: Object, kinds: Kinds) -> Filled | None:
    """Return a field that is written, or left out, with its default on the other side; None if nobody knows that.

    What is in a list item that comes or goes with it has no default there: the item had none.
    """
    if any(isinstance(step, int) for step in leaf.steps[len(whole.steps) - 1 :]):
        return None
    comes = leaf.before is ABSENT
    written, absent = (leaf.after, leaf.before) if comes else (leaf.before, leaf.after)
    if absent is not ABSENT or written is None:
        return None
    before = aligned(old.manifest, leaf.old_steps, leaf.steps)
    default = kinds.defaults(new.manifest["apiVersion"], new.id.kind).at(
        before if comes else new.manifest, leaf.steps, written
    )
    if default is None:
        return None
    place, source, unwritten = leaf._replace(old_steps=()), default.source, default.unwritten
    if comes:
        filled = _with(old, before, leaf.steps, default.value)
        return Filled(between(default.value, written, place, new.id, kinds), filled, new, source, unwritten)
    filled = _with(new, new.manifest, leaf.steps, default.value)
    was = msgspec.structs.replace(old, manifest=before)
    return Filled(between(written, default.value, place, new.id, kinds), was, filled, source, unwritten)


def _with(built: Object, manifest: Manifest, steps: Steps, value: Any) -> Object:
    return msgspec.structs.replace(built, manifest=with_value(manifest, steps, value))
