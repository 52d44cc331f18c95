"""`secretEnv`: variables whose values are in Secret Manager, rendered as one Secret of the unit; and their ids."""

import hashlib
from collections.abc import Iterator, Mapping

import msgspec

from generator.catalog.common_keys import Common, SecretVariable
from generator.catalog.settings import SECTIONS, written
from generator.catalog.unit import Secret, SecretKey, Unit
from generator.finding import Finding, Where
from generator.schema import dotted
from generator.yamlio import Path


def secret_id(secret: str, key: str, made: SecretKey) -> str:
    """Return the Secret Manager secret that holds a key's value."""
    plain = "".join(letter if letter.isalnum() else "-" for letter in key).strip("-").lower()
    return made.id or f"{secret}-{plain}"


def variables_secret(unit: str, variables: Mapping[str, SecretVariable]) -> str:
    """Return the name of the Secret that holds a unit's secret variables.

    It ends in a hash of what is read, as kustomize's ConfigMaps do. So a change restarts the pods that read it; a new
    pod waits for the Secret of its own declaration, and an old pod keeps the one it has.
    """
    read = {name: (made.id, made.version) for name, made in variables.items()}
    digest = hashlib.sha256(msgspec.json.encode(read, order="sorted")).hexdigest()
    return f"{unit}-env-{digest[:10]}"


def with_variables(
    unit: str, declared: Mapping[str, Secret], variables: Mapping[str, SecretVariable]
) -> dict[str, Secret]:
    """Return the Secrets that a unit declares, and that of its secret variables."""
    keys = {
        name: SecretKey(source=made.source, id=made.id, length=made.length, version=made.version)
        for name, made in sorted(variables.items())
    }
    made = {variables_secret(unit, variables): Secret(keys=keys)} if keys else {}
    return dict(sorted({**declared, **made}.items()))


def variable_problems(unit: Unit, common: Common, marks: Mapping[Path, Where]) -> Iterator[Finding]:
    """Yield variables that are both plain and secret, and those with a key that their source has no use for."""
    for name, made in sorted(common.secret_env.items()):
        path = variable_path(unit, name)
        if name in common.env:
            other = written((*path[:2], "env", name), marks, unit)
            message = f"is also in env ({other.file}:{other.line})"
            hint = "a variable has one value: remove one of the two; null removes a variable that a profile sets"
            yield Finding.at(written(path, marks, unit), "secret-variable", message, path=dotted(path), hint=hint)
        if made.source != "random" and made.length is not None:
            at: Path = (*path, "length")
            hint = "the issuer of an external value decides its length"
            yield Finding.at(
                written(at, marks, unit), "secret-variable", "is only for random values", path=dotted(at), hint=hint
            )


def variable_path(unit: Unit, name: str) -> Path:
    """Return the path of a secret variable in an environment."""
    return (SECTIONS[unit.kind], unit.origin, "secretEnv", name)
