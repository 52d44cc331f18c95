"""What an environment may set of a unit: the common keys in its defaults, and its typed values, in one flat map."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from generator import environment
from generator.catalog.common_keys import Common
from generator.catalog.unit import Unit
from generator.environment import Environment, Loaded, Mirror, Offer, Offers, UnitSchemas, deep_merge
from generator.finding import Where
from generator.schema import Schema
from generator.yamlio import Path

SECTIONS = {"component": "components", "infra": "infra", "addon": "addons"}
_OF_PODS = ("env", "secretEnv", "scheduling")
"""What every component with pods offers, also where its defaults leave it out; one without defaults has no pods."""
_BY_NAME = ("images", "containers")
"""Common keys whose names are those of the unit's own images and containers."""
_COMMON = frozenset(Common.__struct_encode_fields__)
RESERVED = _COMMON | {"enabled", "chart"}
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


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a unit in an environment, as its pods run: the common keys, and all of it as templates see it."""

    enabled: bool
    common: Common
    values: Mapping[str, Any]


def offers(units: tuple[Unit, ...], broken: tuple[tuple[str, str], ...] = ()) -> Offers:
    """Return, by section and unit, what an environment may set and the defaults; of a broken unit that is anything."""
    common = msgspec.json.schema(Common, ref_template="#/$defs/{name}")
    result: dict[str, dict[str, Offer]] = {section: {} for section in SECTIONS.values()}
    for unit in units:
        result[SECTIONS[unit.kind]][unit.name] = Offer(_schema(unit, common), _defaults(unit), _COMMON)
    for section, name in broken:
        result[section][name] = Offer({}, {}, _COMMON)
    return result


def schemas(units: tuple[Unit, ...]) -> UnitSchemas:
    """Return, by section and unit, the schema of what an environment may set."""
    return environment.schemas(offers(units))


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


def overrides(unit: Unit, loaded: Loaded) -> dict[str, Any]:
    """Return what an environment says of a unit, and of all its instances."""
    by_name: dict[str, dict[str, Any]] = loaded.value[SECTIONS[unit.kind]]
    return by_name.get(unit.origin, {})


def effective(unit: Unit, env: Environment) -> dict[str, Any]:
    """Return the values of a unit and all its instances, as written: its defaults and what the environment sets."""
    by_section = {"components": env.components, "infra": env.infra, "addons": env.addons}
    return by_section[SECTIONS[unit.kind]].get(unit.origin, {})


def settled(unit: Unit, loaded: Loaded, shared: Mapping[str, Any]) -> Settings:
    """Return the settings of a unit; `shared` is what the environment says of all such units in another place."""
    env, values = loaded.environment, effective(unit, loaded.environment)
    if shared:
        values = deep_merge(deep_merge(values, shared), overrides(unit, loaded))
    if images := values.get("images"):
        mirrors, platform = env.registry.mirrors.values(), env.platform.version
        values = {**values, "images": {name: _pulled(image, mirrors, platform) for name, image in images.items()}}
    common = msgspec.convert({key: values[key] for key in _COMMON & values.keys()}, Common)
    return Settings(enabled=values.get("enabled") is True, common=common, values=freeze(values))


def _defaults(unit: Unit) -> dict[str, Any]:
    """Return what holds for a unit where no environment says otherwise; the tag of a release is the environment's."""
    values: dict[str, Any] = msgspec.to_builtins(unit.declaration.defaults)
    for image in values.get("images", {}).values():
        image.pop("release", None)
    return values | {key: schema["default"] for key, schema in unit.values["properties"].items()}


def _pulled(image: dict[str, Any], mirrors: Iterable[Mirror], platform: str) -> dict[str, Any]:
    """Return an image as pods run it: with a tag, that of the vendor's release if it has no other, from its mirror."""
    return {"tag": platform, **image, "repository": mirrored(image["repository"], mirrors)}


def mirrored(repository: str, mirrors: Iterable[Mirror]) -> str:
    """Return the repository to pull from: below the longest matching mirror, else as it is."""
    for mirror in sorted(mirrors, key=lambda mirror: -len(mirror.source)):
        if is_below(repository, mirror.source):
            return mirror.target + repository[len(mirror.source) :]
    return repository


def is_below(repository: str, source: str) -> bool:
    """Whether a repository is that of a mirror's source, or below it."""
    return repository == source or repository.startswith(source + "/")


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
    """Return the schema of a map whose names are those that the unit declares, each complete: no others are read."""
    entry = {key: item for key, item in by_name["additionalProperties"].items() if key != "required"}
    properties = dict.fromkeys(sorted(declared), entry)
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _inlined(node: Any, definitions: Schema) -> Any:
    """Return `node` with references written out."""
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
        if not (key == "default" and item in ([], {}, None))
    }
