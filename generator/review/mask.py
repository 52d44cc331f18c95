"""A plan is read by more people than a Secret: what is secret shows as a digest, so that only a change can be seen. Pure."""

import hashlib
import re
from typing import Any

from generator import secret_shape
from generator.manifest import Object
from generator.review.change import ABSENT
from generator.review.given import at
from generator.review.pairing import encoded

_DATA = ("data", "stringData")
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""Where kubectl keeps a copy of the whole object: of a Secret, too."""
_ARGUMENT = re.compile(r"-{0,2}([\w.-]+)=(?=.)(?!\$[({])")
"""An argument such as `--password=…`; not one whose value is a reference."""


def masked(value: Any, steps: tuple[str | int, ...], built: Object) -> Any:
    """Return a value at a path of an object: None where there is none, `sha256:…` in place of what is secret.

    Secret is what stands in the data of a Secret, under a name that says so (an environment variable's too), or looks
    like a published kind of token, or stands behind `--password=`. References (`valueFrom`, `secretKeyRef`) are maps, and stay.
    """
    if value is ABSENT:
        return None
    if built.id.kind == "Secret" and steps and (steps[0] in _DATA or steps[-1] == _APPLIED):
        return _hidden(value)
    name = _variable(built.manifest, steps) if steps and steps[-1] == "value" else str(steps[-1]) if steps else ""
    return _masked(value, name, in_secret=built.id.kind == "Secret")


def _masked(value: Any, name: str, *, in_secret: bool) -> Any:
    if isinstance(value, dict):
        said = str(value.get("name") or value.get("key") or "")
        return {
            key: _hidden(item)
            if in_secret and (key in _DATA or key == _APPLIED)
            else _masked(item, said if key == "value" and said else key, in_secret=in_secret)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, name, in_secret=False) for item in value]
    if isinstance(value, str) and value and (secret_shape.names_secret(name) or secret_shape.shape(value)):
        return _digest(value)
    if isinstance(value, str) and (flag := _ARGUMENT.match(value)) and secret_shape.names_secret(flag[1]):
        return f"{flag[0]}{_digest(value[flag.end() :])}"
    return value


def _hidden(value: Any) -> Any:
    return {key: _digest(item) for key, item in value.items()} if isinstance(value, dict) else _digest(value)


def _digest(value: Any) -> str:
    return f"sha256:{hashlib.sha256(encoded(value)).hexdigest()[:12]}"


def _variable(manifest: Any, steps: tuple[str | int, ...]) -> str:
    """Return the name that stands beside a `value`, as in a list of environment variables."""
    beside = at(manifest, steps[:-1])
    return str(beside.get("name") or beside.get("key") or "") if isinstance(beside, dict) else ""
