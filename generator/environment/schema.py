"""The JSON Schema of an environment file, with the settings of every unit folded in."""

from collections.abc import Mapping
from typing import Any

import msgspec

from generator.environment.model import Environment
from generator.schema import Schema

UnitSchemas = Mapping[str, Mapping[str, Schema]]
"""{components|infra|addons: {unit: schema of what an environment may set there}}"""


def complete_schema(units: UnitSchemas) -> Schema:
    """Return the schema of a merged environment: everything required is there."""
    schema = msgspec.json.schema(Environment)
    for definition in schema["$defs"].values():
        if "properties" in definition:
            definition["additionalProperties"] = False
    properties = schema["$defs"]["Environment"]["properties"]
    for kind, by_unit in units.items():
        properties[kind] = {"type": "object", "properties": dict(by_unit), "additionalProperties": False}
    return schema


def editor_schema(units: UnitSchemas) -> Schema:
    """Return the schema for editors: of one file, where profiles may hold what is left out and `null` removes."""
    schema = _partial(complete_schema(units))
    environment = schema["$defs"]["Environment"]
    environment["properties"]["extends"] = {
        "description": "Profiles or environments to start from; `defaults` is always first, later ones win.",
        "type": "array",
        "items": {"type": "string"},
    }
    environment["required"] = ["name"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Environment of AI/Run CodeMie",
        **schema,
    }


def _partial(node: Any) -> Any:
    """Return `node` without `required` and our own keywords, entries of maps by name nullable."""
    if isinstance(node, list):
        return [_partial(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {
        key: item if key == "if" else _partial(item)  # without `required`, a condition would hold of what says nothing
        for key, item in node.items()
        if key != "required" or not isinstance(item, list)
    }
    hint = result.pop("x-hint", None)
    if isinstance(hint, str):
        result.setdefault("description", hint)
    entry = result.get("additionalProperties")
    if isinstance(entry, dict) and entry:
        result["additionalProperties"] = {"anyOf": [entry, {"type": "null"}]}
    return result
