"""The variables of the main container: `env` and `secretEnv`, laid over what the unit's own templates set."""

from collections.abc import Iterator, Mapping
from typing import Any

from generator.catalog import Plan, Planned, variable_path, variables_secret, written
from generator.finding import Finding
from generator.manifest import Manifest
from generator.render.operations import Operation
from generator.render.pointer import PointerMissed, find
from generator.schema import dotted


def variables(planned: Planned, container: str, manifest: Manifest) -> list[Operation]:
    """Return operations that set variables: a known name is replaced, a new one added, a secret one at the front.

    Kubernetes fills `$(NAME)` in a value only from variables before it.
    """
    secret, plain = sorted(planned.common.secret_env), sorted(planned.common.env.items())
    items: list[dict[str, Any]] = [{"name": name, "valueFrom": _key(planned, name)} for name in secret]
    items += [{"name": name, "value": value} for name, value in plain]
    there = _there(container, manifest)
    if there is None:
        return [{"op": "add", "path": f"{container}/env", "value": items}] if items else []
    known = [item for item in items if item["name"] in there]
    new = [item for item in items if item["name"] not in there]
    return [
        *({"op": "replace", "path": f"{container}/env/[name={item['name']}]", "value": item} for item in known),
        *({"op": "add", "path": f"{container}/env/0", "value": item} for item in reversed(new) if "value" not in item),
        *({"op": "add", "path": f"{container}/env/-", "value": item} for item in new if "value" in item),
    ]


def unread(plan: Plan, planned: Planned, container: str, manifest: Manifest) -> Iterator[Finding]:
    """Yield secret variables that reach no container, or take the place of another Secret."""
    there = (_there(container, manifest) if container else None) or {}
    for name in planned.common.secret_env:
        path = variable_path(planned.unit, name)
        where = written(path, plan.marks, planned.unit)
        if not container:
            message, hint = "reaches no pod: the unit has no main workload", "set it for the unit whose pods read it"
            yield Finding.at(where, "secret-variable", message, path=dotted(path), hint=hint)
        elif secret := there.get(name):
            message = f"is read from Secret {secret} by the unit itself"
            hint = "leave it out; its value is in Secret Manager under the id that `secrets` of the unit says"
            yield Finding.at(where, "secret-variable", message, path=dotted(path), hint=hint)


def _key(planned: Planned, name: str) -> Mapping[str, Any]:
    secret = variables_secret(planned.name, planned.common.secret_env)
    return {"secretKeyRef": {"name": secret, "key": name}}


def _there(container: str, manifest: Manifest) -> dict[str, str] | None:
    """Return the variables that a container has, each with the Secret it is read from, '' for none; None without a list."""
    try:
        items = find(f"{container}/env", manifest)
    except PointerMissed:
        return None
    return {item["name"]: _secret(item) for item in items if isinstance(item, dict) and "name" in item}


def _secret(item: Mapping[str, Any]) -> str:
    return str(item.get("valueFrom", {}).get("secretKeyRef", {}).get("name", ""))
