"""What is refused though a schema takes it: how an error of that says it, in the words beside the schema."""

from typing import Any

from generator.check.schema.formats import EXPECTED
from generator.check.schema.keywords import KEYWORDS
from generator.schema import Schema

_SAID = ("x-source", "x-message", "x-hint")
_BOUNDS = {
    "pattern": "must match {}",
    "const": "must be {}",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "minLength": "must hold at least {} characters",
    "maxLength": "must hold at most {} characters",
    "minItems": "must hold at least {}",
    "maxItems": "must hold at most {}",
    "required": "the field {} is missing",
    "enum": "must be one of {}",
}
_NOT_EMPTY = (("minLength", 1), ("minItems", 1))
_LIMITS = ("limit", "pattern", "expected_value", "property", "options")
"""Where an error of a validator has the value of the keyword."""


def refusal(error: Any, schema: Schema) -> tuple[str, str] | None:
    """Return message and hint of an error of a validator; None where the error is of the schema itself."""
    node: Any = schema
    said = {key: schema[key] for key in _SAID if key in schema}
    for step in error.schema_path:
        node = node[step]
        if isinstance(node, dict):
            said |= {key: node[key] for key in _SAID if key in node}
    name, detail = error.kind.name, error.kind.as_dict()
    if "x-source" not in said and name not in KEYWORDS and detail.get("format") not in EXPECTED:
        return None
    message = said.get("x-message") or detail.get("message") or EXPECTED.get(detail.get("format", ""))
    return str(message or bound_of(error)), str(said.get("x-hint", ""))


def bound_of(error: Any) -> str:
    """Say which bound of JSON Schema a value is outside of; '' where the error is another one."""
    detail = error.kind.as_dict()
    return next((bound(error.kind.name, detail[key]) for key in _LIMITS if key in detail), "")


def bound(keyword: str, value: Any) -> str:
    """Say what a keyword of JSON Schema asks for; '' where it does not bound a value."""
    if (keyword, value) in _NOT_EMPTY:
        return "must not be empty"
    if (keyword, value) == ("const", None):
        return "must be left out"
    if keyword == "enum":
        value = ", ".join(str(option) for option in value if option not in (None, ""))
    return _BOUNDS.get(keyword, "").format(value)
