"""An entry of a review: changes that a view shows as one, because they are the same. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from generator.review import Action, Impact, Verdict


class ObjectRef(NamedTuple):
    """An object of one or more environments; its name with `{env}` where each environment has its own."""

    unit: str
    kind: str
    name: str
    scope: tuple[str, ...]
    """Cluster, group and namespace: two objects of one name may differ in these."""


class Detail(NamedTuple):
    """One difference of an entry's objects, and why it matters. `display_path` is '' for a whole object.

    `also` holds the other, lesser impacts that it has.
    """

    display_path: str
    lines: tuple[str, ...]
    reason: str
    source: str
    instead: str
    change_count: int
    also: tuple[Verdict, ...] = ()

    @property
    def words(self) -> tuple[object, ...]:
        """What is told of the difference: details with the same words are told together."""
        return (self.reason, self.source, self.instead, self.also)


class Entry(NamedTuple):
    """Changes that are shown as one: their objects, in these environments, with these differences.

    `event` is what the objects are part of: a unit that is switched on or off, an environment that is added or removed.
    """

    impact: Impact
    action: Action
    objects: tuple[ObjectRef, ...]
    environments: tuple[str, ...]
    details: tuple[Detail, ...]
    event: str = ""

    @property
    def change_count(self) -> int:
        """How many changes the entry stands for."""
        return sum(detail.change_count for detail in self.details)

    @property
    def is_of_objects(self) -> bool:
        """Whether whole objects are added or removed."""
        return not self.details[0].display_path

    @property
    def reasons(self) -> dict[Impact, tuple[str, ...]]:
        """The reasons of each impact that its differences have: its own, and what else they do."""
        found: dict[Impact, dict[str, None]] = {self.impact: {}}
        for detail in self.details:
            found[self.impact].setdefault(detail.reason)
            for verdict in detail.also:
                found.setdefault(verdict.impact, {}).setdefault(verdict.reason)
        return {impact: tuple(reasons) for impact, reasons in found.items()}

    def by_detail(self) -> Iterator["Entry"]:
        """Yield an entry for each detail."""
        for detail in self.details:
            yield self._replace(details=(detail,))

    def by_reason(self) -> list[tuple[list[Detail], Detail]]:
        """Return the details grouped by reason, each group with the detail that tells it."""
        reasons: dict[tuple[object, ...], list[Detail]] = {}
        for detail in self.details:
            reasons.setdefault(detail.words, []).append(detail)
        return [(details, details[0]) for details in reasons.values()]
