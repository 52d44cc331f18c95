"""Plan = Environment x enabled Units: what is rendered, in which order, with conditions already decided."""

from collections.abc import Mapping
from typing import Any

import msgspec

from generator.catalog import settings
from generator.catalog.amounts import limit_problems
from generator.catalog.order import waves
from generator.catalog.unit import (
    NAMESPACES,
    OUTSIDE,
    Common,
    Connection,
    Declaration,
    Exposure,
    Grant,
    Need,
    Unit,
    When,
)
from generator.environment import Environment, Loaded
from generator.errors import InputInvalid
from generator.finding import Finding, Severity, Where, errors
from generator.manifest import HUB, WORKLOAD
from generator.schema import Contract, contract, place, problems
from generator.yamlio import Path


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """An enabled unit in an environment: its settings and what is left of its declarations."""

    unit: Unit
    namespace: str
    cluster: str
    wave: int
    values: Mapping[str, Any]
    common: Common
    needs: tuple[str, ...]
    connects: tuple[Connection, ...]
    exposes: tuple[Exposure, ...]
    grants: tuple[Grant, ...]

    @property
    def name(self) -> str:
        """The unit's name."""
        return self.unit.name


class Plan(msgspec.Struct, frozen=True):
    """An environment and its units in the order of their waves, then names."""

    environment: Environment
    units: tuple[Planned, ...]
    warnings: tuple[Finding, ...]
    marks: Mapping[Path, Where]

    def named(self, name: str) -> Planned | None:
        """Return the unit of that name if it is on."""
        return next((planned for planned in self.units if planned.name == name), None)

    def namespaces(self) -> tuple[str, ...]:
        """Return the namespaces of the workload cluster that units are in, sorted."""
        return tuple(sorted({p.namespace for p in self.units if p.unit.kind != "infra" and p.namespace}))


def make_plan(loaded: Loaded, units: tuple[Unit, ...]) -> Plan:
    """Return the plan. Raises InputInvalid for a circle or a need on a unit that is off."""
    env = loaded.environment
    everything = (*units, _namespaces_unit(env))
    by_name = {unit.name: unit for unit in everything}
    values = {
        unit.name: settings.merged(unit, _overrides(env, unit), env.registry.mirrors.values()) for unit in everything
    }
    enabled = _enabled(everything, values)
    order = sorted(enabled)
    findings: list[Finding] = []
    settled = contract(msgspec.json.schema(Common))
    for name in order:
        wrong = _settings_problems(by_name[name], values[name], settled, loaded.marks)
        findings += wrong or limit_problems(by_name[name], values[name], loaded.marks)
    needs = {name: _needs(by_name[name], values[name], enabled, by_name, findings) for name in order}
    for name in order:
        findings += _enables_problems(by_name[name], by_name)
    connects = {name: _connects(by_name[name], values[name], enabled, by_name, findings) for name in order}
    if errors(findings):
        raise InputInvalid(findings)
    wave = waves(needs, {name: _where(by_name[name], ("needs",)) for name in order})
    planned = [
        _planned(by_name[name], env, wave[name], values[name], needs[name], connects[name], enabled)
        for name in sorted(order, key=lambda name: (wave[name], name))
    ]
    return Plan(env, tuple(planned), (*loaded.warnings, *findings), loaded.marks)


def _planned(
    unit: Unit,
    env: Environment,
    wave: int,
    values: dict[str, Any],
    needs: tuple[str, ...],
    connects: tuple[Connection, ...],
    enabled: frozenset[str],
) -> Planned:
    common = {key: values[key] for key in Common.__struct_encode_fields__ if key in values}
    return Planned(
        unit=unit,
        namespace=f"codemie-{env.name}" if unit.kind == "infra" else unit.declaration.namespace or "",
        cluster=HUB if unit.cluster == HUB and env.argocd.topology == "hub" else WORKLOAD,
        wave=wave,
        values=settings.freeze(values),
        common=msgspec.convert(common, Common),
        needs=needs,
        connects=connects,
        exposes=tuple(e for e in unit.declaration.exposes if holds(e.when, values, enabled)),
        grants=tuple(g for g in unit.declaration.identity if holds(g.when, values, enabled)),
    )


def holds(when: When | None, values: Mapping[str, Any], enabled: frozenset[str]) -> bool:
    """Whether a declaration's condition holds."""
    if when is None:
        return True
    return (
        (when.unit is None or when.unit in enabled)
        and (when.unless is None or when.unless not in enabled)
        and (when.value is None or values.get(when.value) == when.is_)
    )


def _enabled(units: tuple[Unit, ...], values: dict[str, dict[str, Any]]) -> frozenset[str]:
    """Return the units that are on: all but optional ones, those switched on, and those that these enable."""
    on = {unit.name for unit in units if not unit.declaration.optional or values[unit.name].get("enabled") is True}
    while True:
        now = frozenset(on)
        on |= {
            target.unit
            for unit in units
            if unit.name in now
            for target in unit.declaration.enables
            if holds(target.when, values[unit.name], now)
        }
        if on == now:
            return now & {unit.name for unit in units}


def _needs(
    unit: Unit, values: dict[str, Any], enabled: frozenset[str], by_name: Mapping[str, Unit], findings: list[Finding]
) -> tuple[str, ...]:
    result = [NAMESPACES] if unit.kind != "infra" and unit.name != NAMESPACES else []
    for index, need in enumerate(unit.declaration.needs):
        name, when = (need.unit, need.when) if isinstance(need, Need) else (need, None)
        if not holds(when, values, enabled):
            continue
        where = _where(unit, ("needs", index))
        if name in enabled:
            result.append(name)
        elif name in by_name:
            hint = f"switch {name} on, or give the need a `when`"
            findings.append(Finding.at(where, "needs-disabled", f"names {name}, which is off", path="needs", hint=hint))
        else:
            findings.append(_missing(unit, where, name, "needs"))
    return tuple(result)


def _connects(
    unit: Unit, values: dict[str, Any], enabled: frozenset[str], by_name: Mapping[str, Unit], findings: list[Finding]
) -> tuple[Connection, ...]:
    result = []
    for index, connection in enumerate(unit.declaration.connects):
        if not holds(connection.when, values, enabled):
            continue
        if connection.to in enabled or connection.to in OUTSIDE:
            result.append(connection)
        elif connection.to not in by_name:
            where = _where(unit, ("connects", index))
            findings.append(_missing(unit, where, connection.to, "connects"))
    return tuple(result)


def _enables_problems(unit: Unit, by_name: Mapping[str, Unit]) -> list[Finding]:
    missing = [(index, item) for index, item in enumerate(unit.declaration.enables) if item.unit not in by_name]
    return [_missing(unit, _where(unit, ("enables", index)), item.unit, "enables") for index, item in missing]


def _missing(unit: Unit, where: Where, name: str, path: str) -> Finding:
    finding = Finding.at(where, "unit-missing", f"{name} has no folder yet", path=path, object=unit.name)
    return msgspec.structs.replace(finding, severity=Severity.WARNING)


def _where(unit: Unit, path: Path) -> Where:
    """Return where a declaration stands; a derived unit has no file."""
    found = place(path, unit.marks)
    return found if found.file or not unit.folder else Where(unit.file)


def _overrides(env: Environment, unit: Unit) -> dict[str, Any]:
    by_section = {"components": env.components, "infra": env.infra, "addons": env.addons}
    return by_section[settings.SECTIONS[unit.kind]].get(unit.name, {})


def _settings_problems(
    unit: Unit, values: dict[str, Any], settled: Contract, marks: Mapping[Path, Where]
) -> list[Finding]:
    """Return what is wrong once defaults and overrides are together, such as an image without a repository."""
    section: Path = (settings.SECTIONS[unit.kind], unit.name)
    local = {path[2:]: where for path, where in marks.items() if path[:2] == section}
    local.setdefault((), _where(unit, ("defaults",)))
    common = {key: values[key] for key in Common.__struct_encode_fields__ if key in values}
    return [
        msgspec.structs.replace(finding, path=f"{section[0]}.{unit.name}.{finding.path}")
        for finding in problems(common, settled, local, "environment-invalid")
    ]


def _namespaces_unit(env: Environment) -> Unit:
    """Return the first unit of the workload cluster, which is derived and has no folder."""
    needs = ("fleet",) if env.argocd.topology == "hub" else ()
    declaration = Declaration(title="Namespaces, Pod Security and default-deny NetworkPolicies", needs=needs)
    values: dict[str, Any] = {"properties": {}}
    return Unit(name=NAMESPACES, kind="component", folder="", declaration=declaration, values=values, marks={})
