"""A Secret that several units read is declared by one of them; the others name it: `from`."""

from collections.abc import Collection, Iterator, Mapping

from msgspec.structs import replace

from generator.catalog.unit import Secret, Unit
from generator.finding import Finding
from generator.schema import dotted, place
from generator.yamlio import Path


def with_shared_secrets(units: Mapping[str, Unit]) -> dict[str, Unit]:
    """Return the units, each Secret with the type and keys of the declaration it refers to."""
    return {name: _resolved(unit, units) for name, unit in units.items()}


def unknown_secrets(unit: Unit, units: Mapping[str, Unit], broken: Collection[str]) -> Iterator[Finding]:
    """Yield each Secret of a unit whose `from` names no unit that declares it. `broken` units have findings already."""
    for name, secret in unit.declaration.secrets.items():
        if secret.from_ and secret.from_ not in broken and not _declares(units.get(secret.from_), name):
            message = f"unit {secret.from_} does not declare Secret {name}"
            there = sorted(other.name for other in units.values() if _declares(other, name))
            hint = f"{' and '.join(there)} does" if there else "write its keys here"
            path: Path = ("secrets", name, "from")
            yield Finding.at(place(path, unit.marks), "unit-invalid", message, path=dotted(path), hint=hint)


def _resolved(unit: Unit, units: Mapping[str, Unit]) -> Unit:
    declared = unit.declaration
    if not any(secret.from_ for secret in declared.secrets.values()):
        return unit
    secrets = {name: _found(name, secret, units) for name, secret in declared.secrets.items()}
    return replace(unit, declaration=replace(declared, secrets=secrets))


def _found(name: str, secret: Secret, units: Mapping[str, Unit]) -> Secret:
    """Return a Secret as the unit it refers to declares it; its own condition stays."""
    other = units.get(secret.from_ or "")
    if other is None or not _declares(other, name):
        return secret
    return replace(other.declaration.secrets[name], when=secret.when)


def _declares(unit: Unit | None, name: str) -> bool:
    secret = unit.declaration.secrets.get(name) if unit else None
    return secret is not None and secret.from_ is None
