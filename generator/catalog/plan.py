"""Plan = Environment x enabled Units: what is rendered, in which order, with conditions already decided."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from generator.catalog import settings
from generator.catalog.common_keys import Common
from generator.catalog.condition import Facts, condition_problems
from generator.catalog.database import Database, Use, databases, proxy_overrides, twins
from generator.catalog.derived_units import derived_units, sign_in_units
from generator.catalog.order import waves
from generator.catalog.rules.amounts import limit_problems
from generator.catalog.rules.release import release_problems
from generator.catalog.rules.requirement import database_problems, declared_at, missing, switches, unknown_units
from generator.catalog.rules.unused import unused
from generator.catalog.secret_variables import variable_problems, with_variables
from generator.catalog.unit import (
    EDGE,
    NAMESPACES,
    OUTSIDE,
    SHARED_SECRETS,
    SIGN_IN,
    Connection,
    Exposure,
    Grant,
    Need,
    Restart,
    Secret,
    Unit,
)
from generator.environment import Environment, Loaded, caused, told
from generator.errors import InputInvalid
from generator.finding import Finding, Severity, Where, errors
from generator.manifest import HUB, WORKLOAD
from generator.schema import Contract, contract, problems
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
    restarts: tuple[Restart, ...]
    secrets: Mapping[str, Secret]

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
    databases: Mapping[str, Database]

    def named(self, name: str) -> Planned | None:
        """Return the unit of that name if it is on."""
        return next((planned for planned in self.units if planned.name == name), None)

    def sign_in(self, host: str) -> Planned | None:
        """Return the unit that stands before what is exposed behind sign-in on a host."""
        return next((planned for planned in self.units if host and planned.unit.host == host), None)

    def by_name(self) -> list[Planned]:
        """Return the units by name: what is written in this order stays as it is when a wave changes."""
        return sorted(self.units, key=lambda planned: planned.name)

    def namespaces(self) -> tuple[str, ...]:
        """Return the namespaces of the workload cluster that units are in, sorted."""
        return tuple(sorted({p.namespace for p in self.units if p.unit.kind != "infra" and p.namespace}))


def make_plan(loaded: Loaded, units: tuple[Unit, ...]) -> Plan:
    """Return the plan. Raises InputInvalid for a circle or a need on a unit that is off."""
    env = loaded.environment
    values = _values(env, units)
    derived = derived_units(env, secrets=any(_has_secrets(unit, values[unit.name]) for unit in units))
    everything = (*units, *derived)
    values |= _values(env, derived)
    facts = _facts(everything, values, msgspec.to_builtins(env))
    more = sign_in_units(units, values, facts)
    values |= _values(env, more)
    facts = facts._replace(enabled=facts.enabled | {unit.name for unit in more})
    by_name = {unit.name: unit for unit in (*everything, *more)}
    order = sorted(facts.enabled)
    findings = [finding for unit in units for finding in condition_problems(unit, facts.environment)]
    settled = contract(msgspec.json.schema(Common))
    for name in [name for name in order if by_name[name].origin == name]:  # instances share its settings
        wrong = _settings_problems(by_name[name], values[name], settled, loaded.marks)
        findings += wrong or limit_problems(by_name[name], values[name], loaded.marks)
        findings += () if wrong else variable_problems(by_name[name], values[name], loaded.marks)
    findings += [told(fault, loaded.marks) for fault in unused(env, units, facts.enabled, loaded.marks)]
    findings += release_problems([by_name[name] for name in order], values, env, loaded.marks)
    needs = {name: _needs(by_name[name], values[name], facts, by_name, findings, loaded.marks) for name in order}
    for name in order:
        findings += unknown_units(by_name[name], by_name)
    connects = {name: _connects(by_name[name], values[name], facts, by_name, findings, loaded.marks) for name in order}
    if errors(findings):
        raise InputInvalid(findings)
    wave = waves(needs, {name: declared_at(by_name[name], ("needs",)) for name in order})
    planned = [
        _planned(by_name[name], env, wave[name], values[name], needs[name], connects[name], facts)
        for name in sorted(order, key=lambda name: (wave[name], name))
    ]
    findings += [finding for item in planned for finding in _sign_in_problems(item, facts)]
    uses = [Use(item.unit, call, _own(item)) for item in planned for call in item.connects if call.database]
    used = databases(env, uses, findings)
    findings += twins(env, used, loaded.marks)
    if errors(findings):
        raise InputInvalid(findings)
    return Plan(env, tuple(planned), (*loaded.warnings, *findings), loaded.marks, used)


def _planned(
    unit: Unit,
    env: Environment,
    wave: int,
    values: dict[str, Any],
    needs: tuple[str, ...],
    connects: tuple[Connection, ...],
    facts: Facts,
) -> Planned:
    written = {key: values[key] for key in Common.__struct_encode_fields__ if key in values}
    common = msgspec.convert(written, Common)
    declared = unit.declaration
    secrets = {name: item for name, item in declared.secrets.items() if facts.holds(item.when, values)}
    return Planned(
        unit=unit,
        namespace=f"codemie-{env.name}" if unit.kind == "infra" else declared.namespace or "",
        cluster=HUB if unit.cluster == HUB and env.argocd.topology == "hub" else WORKLOAD,
        wave=wave,
        values=settings.freeze(values),
        common=common,
        needs=needs,
        connects=connects,
        exposes=tuple(item for item in declared.exposes if facts.holds(item.when, values)),
        grants=tuple(item for item in declared.identity if facts.holds(item.when, values)),
        restarts=tuple(
            item for item in declared.restarts_with if item.unit in facts.enabled and facts.holds(item.when, values)
        ),
        secrets=with_variables(unit.name, secrets, common.secret_env),
    )


def _own(planned: Planned) -> dict[str, Secret]:
    """Return the Secrets that the unit itself declares, without that of its secret variables."""
    return {name: item for name, item in planned.secrets.items() if name in planned.unit.declaration.secrets}


def _facts(units: tuple[Unit, ...], values: dict[str, dict[str, Any]], environment: dict[str, Any]) -> Facts:
    """Return which units are on: all but optional ones, those switched on, and those that these enable."""
    on = {unit.name for unit in units if not unit.declaration.optional or values[unit.name].get("enabled") is True}
    while True:
        facts = Facts(frozenset(on), environment)
        on |= {
            target.unit
            for unit in units
            if unit.name in facts.enabled
            for target in unit.declaration.enables
            if facts.holds(target.when, values[unit.name])
        }
        if on == facts.enabled:
            return Facts(facts.enabled & {unit.name for unit in units}, environment)


def _needs(
    unit: Unit,
    values: dict[str, Any],
    facts: Facts,
    by_name: Mapping[str, Unit],
    findings: list[Finding],
    marks: Mapping[Path, Where],
) -> tuple[str, ...]:
    result = [NAMESPACES] if unit.kind != "infra" and unit.name != NAMESPACES else []
    result += [SHARED_SECRETS] if unit.kind == "component" and _has_secrets(unit, values) else []
    result += [EDGE] if EDGE in facts.enabled and unit.name != EDGE and _is_routed(unit, values, facts) else []
    for index, need in enumerate(unit.declaration.needs):
        name, when = (need.unit, need.when) if isinstance(need, Need) else (need, None)
        if not facts.holds(when, values):
            continue
        where = declared_at(unit, ("needs", index))
        if name in facts.enabled:  # with it all its instances
            result += sorted(other for other in facts.enabled if by_name[other].origin == name)
        elif name in by_name:
            hint = f"switch {name} on, or give the need a `when`"
            off = Finding.at(where, "needs-disabled", f"names {name}, which is switched off", path="needs", hint=hint)
            findings.append(
                caused(off, f"{unit.name} needs {name}, which is switched off", switches(by_name[name], unit), marks)
            )
        elif unit.folder:  # a derived unit comes after what there is
            findings.append(missing(unit, where, name, "needs"))
    return tuple(dict.fromkeys(result))


def _has_secrets(unit: Unit, values: dict[str, Any]) -> bool:
    """Whether the unit declares Secrets, or an environment gives it secret variables."""
    return bool(unit.declaration.secrets or values.get("secretEnv"))


def _is_routed(unit: Unit, values: dict[str, Any], facts: Facts) -> bool:
    """Whether routes of the unit hang on the Gateway."""
    routed = [item for item in unit.declaration.exposes if item.protocol == "http" and not item.behind_sign_in]
    return any(facts.holds(item.when, values) for item in routed)


def _connects(
    unit: Unit,
    values: dict[str, Any],
    facts: Facts,
    by_name: Mapping[str, Unit],
    findings: list[Finding],
    marks: Mapping[Path, Where],
) -> tuple[Connection, ...]:
    result = []
    for index, connection in enumerate(unit.declaration.connects):
        if not facts.holds(connection.when, values):
            continue
        findings += database_problems(unit, index, connection, facts, marks)
        if connection.to in facts.enabled or connection.to in OUTSIDE:
            result.append(connection)
        elif connection.to not in by_name:
            where = declared_at(unit, ("connects", index))
            findings.append(missing(unit, where, connection.to, "connects"))
    return tuple(result)


def _sign_in_problems(planned: Planned, facts: Facts) -> Iterator[Finding]:
    """Yield that what is exposed behind sign-in has none before it: nobody reaches it."""
    if SIGN_IN not in facts.enabled and any(exposure.behind_sign_in for exposure in planned.exposes):
        message, hint = f"there is no unit {SIGN_IN}: nobody reaches it", "bring the unit, or expose it with auth: own"
        where = declared_at(planned.unit, ("exposes",))
        found = Finding.at(where, "unit-missing", message, path="exposes", hint=hint, object=planned.name)
        yield msgspec.structs.replace(found, severity=Severity.WARNING)


def _values(env: Environment, units: tuple[Unit, ...]) -> dict[str, dict[str, Any]]:
    mirrors, version = env.registry.mirrors.values(), env.platform.version
    overrides = {unit.name: settings.deep_merge(proxy_overrides(unit, env), settings.said(unit, env)) for unit in units}
    return {unit.name: settings.merged(unit, overrides[unit.name], mirrors, version) for unit in units}


def _settings_problems(
    unit: Unit, values: dict[str, Any], settled: Contract, marks: Mapping[Path, Where]
) -> list[Finding]:
    """Return what is wrong once defaults and overrides are together, such as an image without a repository."""
    section: Path = (settings.SECTIONS[unit.kind], unit.name)
    local = {path[2:]: where for path, where in marks.items() if path[:2] == section}
    typed = unit.values["properties"]
    contracts = [(settled, Common.__struct_encode_fields__)]
    contracts += [(contract({"properties": typed}), tuple(typed))] if local.keys() - {()} else []  # defaults alone fit
    local.setdefault((), declared_at(unit, ("defaults",)))
    return [
        msgspec.structs.replace(finding, path=f"{section[0]}.{unit.name}.{finding.path}")
        for against, keys in contracts
        for finding in problems(
            {key: values[key] for key in keys if key in values}, against, local, "environment-invalid"
        )
    ]
