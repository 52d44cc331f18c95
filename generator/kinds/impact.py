"""What a change does, worst first, and the edit of one field that it is asked of."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from generator.manifest import Manifest

Steps = tuple[str | int, ...]


class Impact(StrEnum):
    """What a change does, worst first."""

    DATA_LOSS = "data-loss"
    BLOCKED = "blocked"
    OUTAGE = "outage"
    EXPOSURE = "exposure"
    ORPHAN = "orphan"
    RESTART = "restart"
    SCALE = "scale"
    UNKNOWN = "unknown"
    SAFE = "safe"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return _ORDER[self]


_ORDER = {impact: rank for rank, impact in enumerate(Impact)}


class Absent:
    """The value of a field that is not there: `null` is a value."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT = Absent()


class Edit(NamedTuple):
    """The edit of one field: its place, its value before and after (ABSENT is none), and both manifests ({} is none).

    `whole` is the place of all that comes or goes with it: its own, or that of something larger that it is in.
    `holds_state` says whether data is lost with an object of this kind, `is_grant` whether it is a grant of a role.
    """

    steps: Steps
    before: Any
    after: Any
    old: Manifest
    new: Manifest
    whole: Steps = ()
    holds_state: bool = False
    is_grant: bool = False

    @property
    def object(self) -> Manifest:
        """The object as it will be, or was where it goes."""
        return self.new or self.old

    @property
    def side(self) -> Manifest:
        """The object of the side that has the field."""
        return self.old if self.after is ABSENT else self.new


def found(node: Any, steps: Steps) -> Any:
    """Return the value at a place in a manifest; None where there is none."""
    for step in steps:
        if isinstance(node, dict):
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return None
    return node


def items(manifest: Manifest, steps: Steps) -> list[Any]:
    """Return the list at a place in a manifest; an empty one where there is none."""
    value = found(manifest, steps)
    return value if isinstance(value, list) else []


def item_of(manifest: Manifest, steps: Steps) -> Mapping[str, Any]:
    """Return the list item that a place is in, the outermost of several; empty where it is in none."""
    for depth, step in enumerate(steps):
        if isinstance(step, int):
            value = found(manifest, steps[: depth + 1])
            return value if isinstance(value, dict) else {}
    return {}
