"""What holds for each unit in an environment: what people wrote of it, laid over the unit's own defaults."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.environment.schema import UnitSchemas
from generator.schema import Schema


class Offer(NamedTuple):
    """What a unit offers to environments: the schema of its settings, and what holds where nobody says otherwise.

    `common` are the keys that many units have.
    """

    schema: Schema
    defaults: Mapping[str, Any]
    common: frozenset[str]


Offers = Mapping[str, Mapping[str, Offer]]
"""{components|infra|addons: {unit: what it offers}}"""


def schemas(offers: Offers) -> UnitSchemas:
    """Return the schemas of what each unit offers."""
    return {section: {name: offer.schema for name, offer in units.items()} for section, units in offers.items()}


def settings(value: Mapping[str, Any], offers: Offers) -> dict[str, dict[str, Any]]:
    """Return the settings of every unit by section: its defaults, and over them what `value`, an environment, says."""
    result: dict[str, dict[str, Any]] = {}
    for section, units in offers.items():
        written = overrides(value, section)
        result[section] = {name: _laid_over(offer.defaults, written.get(name, {})) for name, offer in units.items()}
    return result


def overrides(value: Mapping[str, Any], section: str) -> dict[str, Any]:
    """Return what an environment says of the units of a section; nothing where that is no map."""
    written = value.get(section)
    return written if isinstance(written, dict) else {}


def deep_merge(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Return `upper` laid over `lower`: maps merge, anything else replaces."""
    result = dict(lower)
    for key, item in upper.items():
        result[key] = _laid_over(result.get(key), item)
    return result


def _laid_over(lower: Any, upper: Any) -> Any:
    return deep_merge(lower, upper) if isinstance(upper, dict) and isinstance(lower, dict) else upper
