"""What is refused though a schema takes it: how an error of that says it, in the words beside the schema."""

from typing import Any

from generator.check.schema.formats import EXPECTED
from generator.check.schema.keywords import KEYWORDS
from generator.schema import Schema

_SAID = ("x-source", "x-message", "x-hint")
BOUNDS = {
    "pattern": "must match {pattern}",
    "const": "must be {expected_value}",
    "minimum": "must be at least {limit}",
    "maximum": "must be at most {limit}",
    "minLength": "must hold at least {limit} characters",
    "maxLength": "must hold at most {limit} characters",
    "minItems": "must hold at least {limit}",
    "maxItems": "must hold at most {limit}",
    "required": "the field {property} is missing",
    "enum": "must be one of {options}",
}
"""What a message says of a value that is outside of what a keyword of JSON Schema allows."""


def refusal(error: Any, schema: Schema) -> tuple[str, str] | None:
    """Return message and hint of an error of a validator; None where the error is of the schema itself."""
    node: Any = schema
    said = {key: schema[key] for key in _SAID if key in schema}
    for step in error.schema_path:
        node = node[step]
        if isinstance(node, dict):
            said |= {key: node[key] for key in _SAID if key in node}
    name, detail = error.kind.name, {**error.kind.as_dict()}
    if name == "enum":
        detail["options"] = ", ".join(str(option) for option in detail["options"] if option not in (None, ""))
    if "x-source" not in said and name not in KEYWORDS and detail.get("format") not in EXPECTED:
        return None
    message = said.get("x-message") or detail.get("message") or EXPECTED.get(detail.get("format", ""))
    return str(message or _bound(name, detail)), str(said.get("x-hint", ""))


def _bound(name: str, detail: dict[str, Any]) -> str:
    """Return which bound of JSON Schema a value is outside of."""
    if name in ("minLength", "minItems") and detail["limit"] == 1:
        return "must not be empty"
    return BOUNDS.get(name, "").format(**detail)
