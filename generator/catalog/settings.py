"""What an environment may set of a unit: the common keys its defaults show, beside its typed values, in one flat map."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from generator.catalog.common_keys import Common
from generator.catalog.unit import Unit
from generator.environment import Environment, Mirror, UnitSchemas
from generator.finding import Where
from generator.schema import Schema
from generator.yamlio import Path

SECTIONS = {"component": "components", "infra": "infra", "addon": "addons"}
_OF_PODS = ("env", "secretEnv", "scheduling")
"""What every component with pods offers, also where its defaults leave it out; one without defaults has no pods."""
_BY_NAME = ("images", "containers")
"""Common keys whose names are those of the unit's own images and containers."""
RESERVED = frozenset({*Common.__struct_encode_fields__, "enabled", "chart"})
"""Names that a typed value cannot have: they stand beside it in the same map."""
_CHART_KEYS = ("repository", "version")

VALUES_SCHEMA_CONTRACT: Schema = {
    "type": "object",
    "required": ["type", "additionalProperties", "properties"],
    "properties": {
        "type": {"const": "object"},
        "additionalProperties": {"const": False},
        "$defs": {"type": "object", "additionalProperties": {"type": "object"}},
        "properties": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["description", "default"],
                "properties": {
                    "description": {"type": "string", "minLength": 1, "x-hint": "what it does, for who sets it"},
                    "default": {"x-hint": "what holds where no environment says otherwise"},
                },
            },
        },
    },
}
"""What a values.schema.json must be: closed, every property with default and description."""


def schemas(units: tuple[Unit, ...], broken: tuple[tuple[str, str], ...] = ()) -> UnitSchemas:
    """Return, by section and unit, the schema of what an environment may set; of a broken unit that is anything."""
    common = msgspec.json.schema(Common, ref_template="#/$defs/{name}")
    result: dict[str, dict[str, Schema]] = {section: {} for section in SECTIONS.values()}
    for unit in units:
        result[SECTIONS[unit.kind]][unit.name] = _schema(unit, common)
    for section, name in broken:
        result[section][name] = {}
    return result


def written_out(node: Any, definitions: Schema) -> Any:
    """Return `node` with each `{$ref: "#/$defs/x"}` replaced by its definition: properties stand alone elsewhere.

    A definition that refers to itself, which is refused before, keeps its `$ref`.
    """
    if isinstance(node, list):
        return [written_out(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    beside = {key: written_out(item, definitions) for key, item in node.items()}
    name = str(node.get("$ref", "")).removeprefix("#/$defs/")
    if name not in definitions:
        return beside
    del beside["$ref"]
    others = {key: item for key, item in definitions.items() if key != name}
    return {**written_out(definitions[name], others), **beside}


def said(unit: Unit, env: Environment) -> dict[str, Any]:
    """Return what an environment says of a unit, and of all its instances."""
    by_section = {"components": env.components, "infra": env.infra, "addons": env.addons}
    return by_section[SECTIONS[unit.kind]].get(unit.origin, {})


def merged(unit: Unit, overrides: dict[str, Any], mirrors: Iterable[Mirror], platform: str) -> dict[str, Any]:
    """Return the settings of `unit` in an environment: defaults, values' defaults, then what the environment says.

    `platform` is the tag of images that follow the vendor's release and have no tag of their own.
    """
    values: dict[str, Any] = msgspec.to_builtins(unit.declaration.defaults)
    for key, schema in unit.values["properties"].items():
        values[key] = schema["default"]
    values = deep_merge(values, overrides)
    for name, image in values.get("images", {}).items():
        values["images"][name] = _settled(image, mirrors, platform)
    return values


def _settled(image: dict[str, Any], mirrors: Iterable[Mirror], platform: str) -> dict[str, Any]:
    """Return an image as pods run it: with a tag, from its mirror."""
    settled = {"tag": platform, **image} if "release" in image else dict(image)
    settled.pop("release", None)
    if "repository" in image:
        settled["repository"] = mirrored(image["repository"], mirrors)
    return settled


def mirrored(repository: str, mirrors: Iterable[Mirror]) -> str:
    """Return the repository to pull from: below the longest matching mirror, else as it is."""
    for mirror in sorted(mirrors, key=lambda mirror: -len(mirror.source)):
        if is_below(repository, mirror.source):
            return mirror.target + repository[len(mirror.source) :]
    return repository


def is_below(repository: str, source: str) -> bool:
    """Whether a repository is that of a mirror's source, or below it."""
    return repository == source or repository.startswith(source + "/")


def deep_merge(lower: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    """Return `upper` laid over `lower`: maps merge, anything else replaces."""
    result = dict(lower)
    for key, item in upper.items():
        old = result.get(key)
        result[key] = deep_merge(old, item) if isinstance(item, dict) and isinstance(old, dict) else item
    return result


def written(path: Path, marks: Mapping[Path, Where], unit: Unit) -> Where:
    """Return where a setting was written: in the environment or its profiles, else in the unit's defaults."""
    return marks.get(path) or unit.marks.get(("defaults", *path[2:])) or Where(unit.file, 1, 1)


def freeze(value: Any) -> Any:
    """Return `value` read-only all the way down, maps in sorted order: input order never reaches the output."""
    if isinstance(value, dict):
        return MappingProxyType({key: freeze(value[key]) for key in sorted(value)})
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)
    return value


def _schema(unit: Unit, common: Schema) -> Schema:
    definitions = common["$defs"]
    offered = definitions["Common"]["properties"]
    declared = msgspec.to_builtins(unit.declaration.defaults)
    always = _OF_PODS if unit.kind == "component" and declared else ()
    keys = [key for key in offered if key in declared or key in always]
    properties: dict[str, Any] = {key: _inlined(offered[key], definitions) for key in keys}
    properties |= {key: _named(properties[key], declared[key]) for key in _BY_NAME if declared.get(key)}
    if unit.declaration.chart:
        chart = msgspec.json.schema(type(unit.declaration.chart))["$defs"]["Chart"]
        properties["chart"] = {
            "type": "object",
            "description": "Where the chart comes from; the default is pinned in component.yaml.",
            "properties": {key: chart["properties"][key] for key in _CHART_KEYS},
            "additionalProperties": False,
        }
    if unit.declaration.optional:
        properties["enabled"] = {
            "type": "boolean",
            "description": "Whether the unit is there at all.",
            "default": False,
        }
    properties |= unit.values["properties"]
    return {
        "type": "object",
        "description": unit.declaration.title,
        "properties": properties,
        "additionalProperties": False,
    }


def _named(by_name: Schema, declared: Iterable[str]) -> Schema:
    """Return the schema of a map whose names are those that the unit declares: nothing reads another one."""
    properties = dict.fromkeys(sorted(declared), by_name["additionalProperties"])
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _inlined(node: Any, definitions: Schema) -> Any:
    """Return `node` with references written out and nothing required: an environment overrides single keys."""
    if isinstance(node, list):
        return [_inlined(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        hint = {key: node[key] for key in ("x-hint",) if key in node}
        return {**_inlined(definitions[node["$ref"].rsplit("/", 1)[1]], definitions), **hint}
    rest = [item for item in node.get("anyOf", []) if item != {"type": "null"}]
    if len(rest) == 1:
        return _inlined(rest[0], definitions)
    return {
        key: _inlined(item, definitions)
        for key, item in node.items()
        if not (key == "required" and isinstance(item, list)) and not (key == "default" and item in ([], {}, None))
    }
