"""Units without a folder: what belongs to all units of the workload cluster, before and beside them."""

from typing import Any

from generator.catalog.unit import NAMESPACES, SHARED_SECRETS, Declaration, Need, Unit
from generator.environment import Environment


def derived_units(env: Environment, *, secrets: bool) -> tuple[Unit, ...]:
    """Return the unit `namespaces`, and `shared-secrets` where some unit has `secrets`."""
    hub = env.argocd.topology == "hub"
    result = [_unit(NAMESPACES, "Namespaces, Pod Security and default-deny NetworkPolicies", "fleet" if hub else None)]
    if secrets:
        title = "SecretStores, and the ExternalSecrets that several units of a namespace read"
        # dns brings the way to Secret Manager: stores wait for it, and the root Application for them.
        result.append(_unit(SHARED_SECRETS, title, "dns", "external-secrets", "workload-identity"))
    return tuple(result)


def _unit(name: str, title: str, *needs: str | None) -> Unit:
    declaration = Declaration(title=title, needs=tuple(Need(unit=need) for need in needs if need))
    values: dict[str, Any] = {"properties": {}}
    return Unit(name=name, kind="component", folder="", declaration=declaration, values=values, marks={})
