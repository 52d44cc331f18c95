"""`when`: whether a declaration holds in an environment, decided before the Plan exists."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from generator.catalog.unit import Unit, When
from generator.finding import Finding
from generator.schema import place, walk
from generator.yamlio import Path

_GONE = object()


class Facts(NamedTuple):
    """What conditions ask: which units are on, and the environment as plain data."""

    enabled: frozenset[str]
    environment: Mapping[str, Any]

    def holds(self, when: When | None, values: Mapping[str, Any]) -> bool:
        """Whether a condition holds for a unit with these settings."""
        if when is None:
            return True
        return (
            (when.unit is None or when.unit in self.enabled)
            and (when.unless is None or when.unless not in self.enabled)
            and (when.value is None or _is(values.get(when.value, _GONE), when.is_))
            and (when.env is None or _is(_at(self.environment, when.env), when.is_))
        )


def condition_problems(unit: Unit, environment: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield conditions on a key that no environment has: they would hold nowhere, silently."""
    declared = msgspec.json.decode(msgspec.json.encode(unit.declaration))
    for path, item in walk(declared):
        if path[-1:] == ("when",) and "env" in item and _at(environment, item["env"]) is _GONE:
            where: Path = (*path, "env")
            message = f"an environment has no key {item['env']}"
            yield Finding.at(place(where, unit.marks), "when-env", message, path="when.env", object=unit.name)


def _is(found: Any, wanted: Any) -> bool:
    """Whether a key has the wanted value; without one, whether it is set and not empty."""
    return bool(found) and found is not _GONE if wanted is None else type(found) is type(wanted) and found == wanted


def _at(environment: Mapping[str, Any], dotted: str) -> Any:
    """Return what stands at a dotted key, or _GONE."""
    node: Any = environment
    for key in dotted.split("."):
        node = node.get(key, _GONE) if isinstance(node, Mapping) else _GONE
    return node
