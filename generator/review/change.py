"""What a merge changes, and what that does: the nouns of this room."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from generator.finding import Finding
from generator.kinds import Impact
from generator.manifest import ObjectId


class Action(StrEnum):
    """What happens to the object. A renamed one is one change, though the cluster deletes and creates.

    One that is adopted is added, takes over what exists, and each of its fields may change that.
    Of what is uncompared nobody knows whether anything happens: it, or the file it was in, could not be read or built.
    """

    ADD = "add"
    ADOPT = "adopt"
    REMOVE = "remove"
    MODIFY = "modify"
    RENAME = "rename"
    UNCOMPARED = "uncompared"


class Difference(NamedTuple):
    """A place where two manifests differ. A list item has its index of the new side, or of the old one if it is gone.

    `display_path` is the same path for people: `spec.containers[api].image`. `old_steps` is the path on the old side,
    where list items may stand elsewhere; () where nothing moved.
    """

    steps: tuple[str | int, ...]
    display_path: str
    before: Any
    after: Any
    old_steps: tuple[str | int, ...] = ()


class Verdict(NamedTuple):
    """What a difference does: the impact, one sentence why, where that is written, and what to do instead.

    A difference may do several things at once: an image of another registry opens something, and rolls pods.
    """

    impact: Impact
    reason: str
    source: str = ""
    instead: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one object.

    `path` is a JSON pointer into it, '' for a whole object; `before` and `after` hide secrets. `instead` says what to
    do where `impact` is one that should not be merged. `also` holds what else it does: other, lesser impacts, worst
    first, each once. Of a renamed object, `id` is the new one.
    """

    id: ObjectId
    unit: str
    action: Action
    path: str
    display_path: str
    before: Any
    after: Any
    impact: Impact
    reason: str
    source: str = ""
    instead: str = ""
    also: tuple[Verdict, ...] = ()

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """All that it does, worst first."""
        return (Verdict(self.impact, self.reason, self.source, self.instead), *self.also)

    @property
    def impacts(self) -> tuple[Impact, ...]:
        """The impacts of all that it does, worst first."""
        return (self.impact, *(verdict.impact for verdict in self.also))

    def order(self) -> tuple[int, str, ObjectId, str]:
        """Return what to sort by: worst first."""
        return (self.impact.rank, self.unit, self.id, self.path)


class Review(NamedTuple):
    """What a merge does to one environment, worst first. `noise` counts what was left out, by the name of its class.

    `findings` say what of the old side could not be read or built; the changes hold it as uncompared. `namesakes` are
    kind and name of the changed objects that are not the only ones of that kind and name on their side.
    """

    environment: str
    changes: tuple[Change, ...]
    noise: Mapping[str, int]
    findings: tuple[Finding, ...] = ()
    namesakes: frozenset[tuple[str, str]] = frozenset()

    @property
    def uncompared(self) -> tuple[Change, ...]:
        """What could not be compared: it may do anything, so no gate lets it pass unless somebody accepts it."""
        return tuple(change for change in self.changes if change.action is Action.UNCOMPARED)
