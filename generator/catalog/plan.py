"""Plan = Environment x enabled Units: what is rendered, in which order, with conditions already decided."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from generator.catalog.common_keys import Common
from generator.catalog.condition import Facts, condition_problems
from generator.catalog.database import Database, Use, databases, password_problems, proxy_overrides, twins
from generator.catalog.derived_units import derived_units, sign_in_units
from generator.catalog.order import waves
from generator.catalog.rules.amounts import limit_problems
from generator.catalog.rules.release import release_problems
from generator.catalog.rules.requirement import call_problems, declared_at, need_problems, unknown_units
from generator.catalog.rules.unused import unused
from generator.catalog.secret_variables import variable_problems, with_variables
from generator.catalog.settings import Settings, settled
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
from generator.environment import Environment, Loaded, as_finding
from generator.errors import InputInvalid
from generator.finding import Finding, Severity, Where, errors
from generator.manifest import HUB, WORKLOAD
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
    settings = _settings(loaded, units)
    derived = derived_units(env, secrets=any(_has_secrets(unit, settings[unit.name]) for unit in units))
    everything = (*units, *derived)
    settings |= _settings(loaded, derived)
    facts = _facts(everything, settings, msgspec.to_builtins(env))
    more = sign_in_units(units, settings, facts)
    settings |= _settings(loaded, more)
    facts = facts._replace(enabled=facts.enabled | {unit.name for unit in more})
    by_name = {unit.name: unit for unit in (*everything, *more)}
    order = sorted(facts.enabled)
    findings = [finding for unit in units for finding in condition_problems(unit, facts.environment)]
    for name in [name for name in order if by_name[name].origin == name]:  # instances share its settings
        findings += limit_problems(by_name[name], settings[name].common, loaded.marks)
        findings += variable_problems(by_name[name], settings[name].common, loaded.marks)
    findings += [as_finding(fault, loaded.marks) for fault in unused(loaded, units, facts.enabled)]
    findings += release_problems([by_name[name] for name in order], settings, env, loaded.marks)
    for name in order:
        findings += need_problems(by_name[name], settings[name], facts, by_name, loaded.marks)
        findings += unknown_units(by_name[name], by_name)
        findings += call_problems(by_name[name], settings[name], facts, by_name, loaded.marks)
    if errors(findings):
        raise InputInvalid(findings)
    needs = {name: tuple(dict.fromkeys(_needs(by_name[name], settings[name], facts, by_name))) for name in order}
    wave = waves(needs, {name: declared_at(by_name[name], ("needs",)) for name in order})
    planned = [
        _planned(by_name[name], env, wave[name], settings[name], needs[name], facts)
        for name in sorted(order, key=lambda name: (wave[name], name))
    ]
    findings += [finding for item in planned for finding in _sign_in_problems(item, facts)]
    uses = [Use(item.unit, call, _own(item)) for item in planned for call in item.connects if call.database]
    used = databases(env, uses)
    findings += [*password_problems(uses), *twins(env, used, loaded.marks)]
    if errors(findings):
        raise InputInvalid(findings)
    return Plan(env, tuple(planned), (*loaded.warnings, *findings), loaded.marks, used)


def _planned(
    unit: Unit,
    env: Environment,
    wave: int,
    settings: Settings,
    needs: tuple[str, ...],
    facts: Facts,
) -> Planned:
    values, declared = settings.values, unit.declaration
    secrets = {name: item for name, item in declared.secrets.items() if facts.holds(item.when, values)}
    return Planned(
        unit=unit,
        namespace=f"codemie-{env.name}" if unit.kind == "infra" else declared.namespace or "",
        cluster=HUB if unit.cluster == HUB and env.argocd.topology == "hub" else WORKLOAD,
        wave=wave,
        values=values,
        common=settings.common,
        needs=needs,
        connects=tuple(
            item for item in declared.connects if item.to in facts.enabled | OUTSIDE and facts.holds(item.when, values)
        ),
        exposes=tuple(item for item in declared.exposes if facts.holds(item.when, values)),
        grants=tuple(item for item in declared.identity if facts.holds(item.when, values)),
        restarts=tuple(
            item for item in declared.restarts_with if item.unit in facts.enabled and facts.holds(item.when, values)
        ),
        secrets=with_variables(unit.name, secrets, settings.common.secret_env),
    )


def _own(planned: Planned) -> dict[str, Secret]:
    """Return the Secrets that the unit itself declares, without that of its secret variables."""
    return {name: item for name, item in planned.secrets.items() if name in planned.unit.declaration.secrets}


def _facts(units: tuple[Unit, ...], settings: Mapping[str, Settings], environment: dict[str, Any]) -> Facts:
    """Return which units are on: all but optional ones, those switched on, and those that these enable."""
    on = {unit.name for unit in units if not unit.declaration.optional or settings[unit.name].enabled}
    while True:
        facts = Facts(frozenset(on), environment)
        on |= {
            target.unit
            for unit in units
            if unit.name in facts.enabled
            for target in unit.declaration.enables
            if facts.holds(target.when, settings[unit.name].values)
        }
        if on == facts.enabled:
            return Facts(facts.enabled & {unit.name for unit in units}, environment)


def _needs(unit: Unit, settings: Settings, facts: Facts, by_name: Mapping[str, Unit]) -> Iterator[str]:
    """Yield the units that come before it: those that follow from what it is, and those that it names."""
    if unit.kind != "infra" and unit.name != NAMESPACES:
        yield NAMESPACES
    if unit.kind == "component" and _has_secrets(unit, settings):
        yield SHARED_SECRETS
    if EDGE in facts.enabled and unit.name != EDGE and _is_routed(unit, settings, facts):
        yield EDGE
    for need in unit.declaration.needs:
        name, when = (need.unit, need.when) if isinstance(need, Need) else (need, None)
        if name in facts.enabled and facts.holds(when, settings.values):  # with it all its instances
            yield from sorted(other for other in facts.enabled if by_name[other].origin == name)


def _has_secrets(unit: Unit, settings: Settings) -> bool:
    """Whether the unit declares Secrets, or an environment gives it secret variables."""
    return bool(unit.declaration.secrets or settings.common.secret_env)


def _is_routed(unit: Unit, settings: Settings, facts: Facts) -> bool:
    """Whether routes of the unit hang on the Gateway."""
    routed = [item for item in unit.declaration.exposes if item.protocol == "http" and not item.behind_sign_in]
    return any(facts.holds(item.when, settings.values) for item in routed)


def _sign_in_problems(planned: Planned, facts: Facts) -> Iterator[Finding]:
    """Yield that what is exposed behind sign-in has none before it: nobody reaches it."""
    if SIGN_IN not in facts.enabled and any(exposure.behind_sign_in for exposure in planned.exposes):
        message, hint = f"there is no unit {SIGN_IN}: nobody reaches it", "bring the unit, or expose it with auth: own"
        where = declared_at(planned.unit, ("exposes",))
        found = Finding.at(where, "unit-missing", message, path="exposes", hint=hint, object=planned.name)
        yield msgspec.structs.replace(found, severity=Severity.WARNING)


def _settings(loaded: Loaded, units: tuple[Unit, ...]) -> dict[str, Settings]:
    return {unit.name: settled(unit, loaded, proxy_overrides(unit, loaded)) for unit in units}
