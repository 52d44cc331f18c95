"""What stands in the place of a name: `nodePools: {machineType: e2-medium}` where `nodePools: {main: {…}}` is meant."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from generator.field import steps_of
from generator.suggestion import did_you_mean

Path = tuple[str | int, ...]
Schema = dict[str, Any]
_FEW = 4


class Misplaced(NamedTuple):
    """Where a field stands in the place of a name, and what to write instead."""

    path: Path
    hint: str


def misplaced(path: Path, value: Any, schema: Schema) -> Misplaced | None:
    """Return the first step of `path` that is a field of the entries of a map by name, though a name belongs there."""
    node = schema
    for depth, step in enumerate(path):
        node, value = _resolved(node, schema), _below(value, step)
        properties = node.get("properties", {})
        entry = _resolved(node.get("additionalProperties"), schema)
        if step in properties or isinstance(step, int):
            node = properties[step] if step in properties else node.get("items", {})
            continue
        field = _resolved(entry.get("properties", {}).get(step), schema)
        if field and _is_map(field) is isinstance(value, dict):
            return Misplaced(path[: depth + 1], f"write {'.'.join(map(str, path[:depth]))}.<name>.{step}")
        node = entry
    return None


def shape(node: Schema, schema: Schema, written: Any) -> str:
    """Say what the map looks like that belongs at `node`, where something else is written."""
    node = _resolved(node, schema)
    entry = _resolved(node.get("additionalProperties"), schema)
    keys = node.get("properties", {})
    if isinstance(written, bool) and "enabled" in keys:
        return f"write {{enabled: {str(written).lower()}}}"
    if entry:
        fields = list(entry.get("properties", {}))
        inner = ", ".join([*(f"{key}: …" for key in fields[:_FEW]), *["…"][: len(fields) > _FEW]])
        lists = "[…]" if entry.get("type") == "array" else "…"
        return f"expected names, each with its own fields: {{<name>: {f'{{{inner}}}' if inner else lists}}}"
    return f"expected a map with {', '.join(sorted(keys))}" if keys else ""


def no_key(key: str, units: Mapping[str, Mapping[str, Schema]]) -> str:
    """Say where a key belongs that stands at the top of an environment; '' if units know nothing of it."""
    return _elsewhere(key, "components", units)


def no_unit(section: str, name: str, units: Mapping[str, Mapping[str, Schema]]) -> str:
    """Say what somebody may have meant who wrote a unit that is not there."""
    known = sorted(units[section])
    return _elsewhere(name, section, units) or did_you_mean(name, known, f"there are: {', '.join(known) or 'none'}")


def _elsewhere(key: str, section: str, units: Mapping[str, Mapping[str, Schema]]) -> str:
    """Say where a unit or a setting of units belongs; '' if `key` is neither."""
    sections = [other for other in units if key in units[other]]
    having = [(other, name) for other in units for name, unit in units[other].items() if key in _settings(unit)]
    if sections:
        return f"it belongs under {sections[0]}"
    if len(having) == 1:
        return f"{key} is a setting of a unit: write {'.'.join(having[0])}.{key}"
    if having:
        where = section if section in dict(having) else having[0][0]
        return f"{key} is a setting of units: write {where}.<unit>.{key}"
    return ""


def _settings(unit: Schema) -> Iterable[str]:
    return ("enabled", *unit.get("properties", {}))


def _below(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    return value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None


def _is_map(field: Schema) -> bool:
    return field.get("type") == "object"


def _resolved(node: Any, schema: Schema) -> Schema:
    """Return what `node` refers to, and of several forms the one that is a map."""
    for _ in range(8):
        if not isinstance(node, dict):
            return {}
        if "$ref" in node:
            found: Any = schema
            for step in steps_of(str(node["$ref"])):
                found = found.get(step, {}) if isinstance(found, dict) else {}
            node = found
        elif branches := [branch for branch in node.get("anyOf", ()) if branch != {"type": "null"}]:
            node = branches[0]
        else:
            return node
    return {}
