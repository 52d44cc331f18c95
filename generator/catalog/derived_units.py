"""Units that no folder declares: what all units of the workload cluster share, and sign-in for further hosts."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from generator.catalog.condition import Facts
from generator.catalog.settings import Settings
from generator.catalog.unit import (
    NAMESPACES,
    SHARED_SECRETS,
    SIGN_IN,
    Declaration,
    Exposure,
    LinterException,
    Need,
    Unit,
)
from generator.environment import Environment
from generator.errors import InputInvalid
from generator.finding import Finding
from generator.schema import place


def derived_units(env: Environment, *, secrets: bool) -> tuple[Unit, ...]:
    """Return the unit `namespaces`, and `shared-secrets` where some unit has `secrets`."""
    hub = env.argocd.topology == "hub"
    result = [_unit(NAMESPACES, "Namespaces, Pod Security and default-deny NetworkPolicies", "fleet" if hub else None)]
    if secrets:
        title = "SecretStores, and the ExternalSecrets that several units of a namespace read"
        # dns brings the way to Secret Manager: stores wait for it, and the root Application for them.
        result.append(_unit(SHARED_SECRETS, title, "dns", "external-secrets", "workload-identity"))
    return tuple(result)


def sign_in_units(units: tuple[Unit, ...], settings: Mapping[str, Settings], facts: Facts) -> tuple[Unit, ...]:
    """Return an instance of SIGN_IN for each further host behind sign-in: it chooses an upstream by path, not by host.

    An instance has the folder and the settings of SIGN_IN but its own name: so its own Application, pods, policies and
    cookie secret, and it reaches only what is exposed on its host. Raises InputInvalid where a unit has that name.
    """
    by_name = {unit.name: unit for unit in units}
    before = by_name.get(SIGN_IN)
    if before is None or SIGN_IN not in facts.enabled or not before.host:
        return ()
    first: dict[str, tuple[Unit, Exposure]] = {}
    for unit, exposure in _behind_sign_in(units, settings, facts):
        if exposure.host != before.host:
            first.setdefault(exposure.host, (unit, exposure))
    taken = [_taken(*item, by_name) for item in first.values() if _instance_name(item[1]) in by_name]
    if taken:
        raise InputInvalid(taken)
    return tuple(_instance(before, exposure) for _, (_, exposure) in sorted(first.items()))


def _unit(name: str, title: str, *needs: str | None) -> Unit:
    declaration = Declaration(title=title, needs=tuple(Need(unit=need) for need in needs if need))
    values: dict[str, Any] = {"properties": {}}
    return Unit(name=name, kind="component", folder="", declaration=declaration, values=values, marks={})


def _behind_sign_in(
    units: tuple[Unit, ...], settings: Mapping[str, Settings], facts: Facts
) -> Iterator[tuple[Unit, Exposure]]:
    for unit in units:
        for exposure in unit.declaration.exposes if unit.name in facts.enabled else ():
            if exposure.behind_sign_in and facts.holds(exposure.when, settings[unit.name].values):
                yield unit, exposure


def _instance_name(exposure: Exposure) -> str:
    return f"{SIGN_IN}-{exposure.host}"


def _taken(unit: Unit, exposure: Exposure, by_name: Mapping[str, Unit]) -> Finding:
    where = place(("exposes", unit.declaration.exposes.index(exposure), "host"), unit.marks)
    other = by_name[_instance_name(exposure)]
    message = f"the oauth2-proxy of host {exposure.host} would have the same name as {other.folder}"
    hint = "choose another host, or rename that unit"
    return Finding.at(where, "unit-name", message, path="exposes.host", object=unit.name, hint=hint)


def _instance(before: Unit, behind: Exposure) -> Unit:
    """Return `before` as it stands before another host, open to whom that host is open."""
    unit, declared = replace(before, name=_instance_name(behind)), before.declaration
    declaration = replace(
        declared,
        exposes=tuple(replace(item, host=behind.host, ranges=behind.ranges) for item in declared.exposes),
        secrets={unit.own(name): secret for name, secret in declared.secrets.items()},
        exceptions=tuple(_excepted(item, unit) for item in declared.exceptions),
    )
    return replace(unit, declaration=declaration)


def _excepted(item: LinterException, unit: Unit) -> LinterException:
    rest, slash, name = item.object.rpartition("/")
    return replace(item, object=f"{rest}{slash}{unit.own(name)}")
