"""Order of units from what they need: the sync waves of their Applications."""

from collections.abc import Mapping

from generator.errors import InputInvalid
from generator.finding import Finding, Where


def waves(needs: Mapping[str, tuple[str, ...]], places: Mapping[str, Where]) -> dict[str, int]:
    """Return {unit: wave}: one more than the highest wave it needs, from 0.

    `needs` holds only units that are on. Waves order the first installation only (argo-cd#8778): nothing may depend on
    them later. Raises InputInvalid naming the circle if there is one.
    """
    result: dict[str, int] = {}

    def visit(unit: str, opened: tuple[str, ...]) -> int:
        if unit in opened:
            circle = " -> ".join((*opened[opened.index(unit) :], unit))
            message, hint = f"forms a cycle: {circle}", "take one of these needs out"
            raise InputInvalid([Finding.at(places[unit], "needs-circle", message, path="needs", hint=hint)])
        if unit not in result:
            result[unit] = max((visit(need, (*opened, unit)) + 1 for need in needs[unit]), default=0)
        return result[unit]

    for unit in sorted(needs):
        visit(unit, ())
    return result
