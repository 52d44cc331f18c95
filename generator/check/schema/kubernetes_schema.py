"""Built-in kinds against the OpenAPI schemas of the environment's Kubernetes version.

The schemas are those inside the package kubernetes-validate. Its own `validate` reads 1.3 MB anew for every object
(8 ms); here one validator is compiled for all kinds that are there (jsonschema-rs), with the same verdict, as a test
proves. Together, because most of its work is for pods, which many kinds have.
"""

import functools
import importlib.util
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jsonschema_rs
import msgspec

from generator.check.schema.formats import FORMATS
from generator.check.schema.keywords import KEYWORDS
from generator.check.schema.refusal import bound_of, refusal
from generator.field import pointer
from generator.finding import Finding
from generator.kinds import definitions as shared_definitions
from generator.kinds import named, shipped, validation
from generator.manifest import Object
from generator.schema import Schema

_GROUPS = frozenset(
    {
        "admissionregistration",
        "apiextensions",
        "apiregistration",
        "authentication",
        "authorization",
        "certificates",
        "coordination",
        "discovery",
        "events",
        "flowcontrol.apiserver",
        "internal.apiserver",
        "networking",
        "node",
        "rbac.authorization",
        "resource",
        "scheduling",
        "storage",
        "storagemigration",
    }
)
"""Kubernetes' own groups below k8s.io. Those of its other projects, such as gateway.networking, are custom ones."""
_BITS = {"int32": 31, "int64": 63}
_REFERENCE = re.compile(r"(?:_definitions\.json)?#/(?:\$defs|definitions)/(.+)$")


@functools.cache
def versions() -> list[str]:
    """Return the Kubernetes minor versions there are schemas for, oldest first."""
    found = [re.fullmatch(r"v1\.([0-9]+)\.0-local-strict", path.name) for path in _schemas().iterdir()]
    return [f"1.{minor}" for minor in sorted(int(match[1]) for match in found if match)]


def is_built_in(group: str) -> bool:
    """Whether a group is one of Kubernetes itself: nobody else may name one without a dot."""
    return "." not in group or (group.endswith(".k8s.io") and group.removesuffix(".k8s.io") in _GROUPS)


def served(kind: str, version: str) -> tuple[str, ...]:
    """Return the API versions in which Kubernetes `version` serves a kind of its own, those in beta only if need be."""
    pattern = re.compile(rf"{re.escape(kind.lower())}(?:-([a-z]+))?-(v[0-9a-z]+)\.json")
    found = sorted((match[1] or "", match[2]) for name in _kinds(version) if (match := pattern.fullmatch(name)))
    stable = [one for one in found if one[1].removeprefix("v").isdigit()]
    groups = {group.partition(".")[0]: f"{group}.k8s.io/" for group in _GROUPS} | {"": ""}
    return tuple(groups.get(short, f"{short}/") + number for short, number in stable or found)


def covered(built: Object, version: str) -> bool:
    """Whether the object's kind is built into Kubernetes `version`."""
    return _name(built) in _kinds(version)


def covered_objects(objects: Iterable[Object], version: str) -> tuple[Object, ...]:
    """Return the objects whose kind is built into Kubernetes `version`."""
    return tuple(built for built in objects if covered(built, version))


def is_shape(error: Any) -> bool:
    """Whether an error of a validator is that something is of another type: what is below it cannot be read."""
    if error.kind.name in ("anyOf", "oneOf"):
        path = list(error.instance_path)
        branches = error.kind.as_dict()["context"]
        return all(any(is_shape(one) and list(one.instance_path) == path for one in branch) for branch in branches)
    return bool(error.kind.name == "type")


def fits(built: Object, version: str) -> bool:
    """Whether everything in an object of a built-in kind is of the type that it must be."""
    name = _name(built)
    _, judge = _compiled(frozenset({name}), version)
    return not any(map(is_shape, judge.iter_errors({name: built.manifest})))


def check(objects: Iterable[Object], version: str) -> list[Finding]:
    """Return what is wrong with the covered objects: every error of every object, with its JSON pointer."""
    named_objects = [(_name(built), built) for built in objects]
    schema, judge = _compiled(frozenset(name for name, _ in named_objects), version)
    findings = []
    for name, built in named_objects:
        for error in judge.iter_errors({name: built.manifest}):
            refused = refusal(error, schema)
            rule = "validation" if refused else "kubernetes-schema"
            text, hint = refused or (message(error), "")
            path = pointer(*error.instance_path[1:])
            findings.append(
                Finding(rule=rule, message=text, file=built.file, path=path, hint=hint, object=str(built.id))
            )
    return findings


def schema(built: Object, version: str) -> Schema:
    """Return the schema of an object of a built-in kind, its definitions and what is refused beside them."""
    return with_definitions(_of_kind(_name(built), version), version, shared_definitions())


def validator(schema: Schema) -> Any:
    """Return what judges objects by a schema, its formats and keywords ours too; nothing is looked up outside."""
    return jsonschema_rs.Draft202012Validator(
        schema, offline=True, formats=FORMATS, validate_formats=True, keywords=KEYWORDS
    )


def message(error: Any) -> str:
    """Say what is wrong, never what was found."""
    detail = error.kind.as_dict()
    match error.kind.name:
        case "additionalProperties":
            return f"unknown field {', '.join(sorted(detail['unexpected']))}"
        case "required":
            return f"the field {detail['property']} is missing"
        case "type":
            return f"must be {' or '.join(sorted(detail['types']))}"
        case "enum":
            return f"must be one of {', '.join(map(str, detail['options']))}"
    return bound_of(error) or f"does not fit the Kubernetes schema ({error.kind.name})"


def _name(built: Object) -> str:
    """Return what a kind's schema file is called: `deployment-apps-v1.json`, the group without its domain.

    Anybody may have named the kind, so what is called so is a file only if it is one of `_kinds`.
    """
    if not is_built_in(built.id.group):
        return ""  # a custom group whose first label may collide with a built-in one
    group = f"-{built.id.group.partition('.')[0]}" if built.id.group else ""
    return f"{built.id.kind.lower()}{group}-{built.manifest['apiVersion'].rpartition('/')[2]}.json"


@functools.cache
def _kinds(version: str) -> frozenset[str]:
    """Return the schema files of a version, listed once."""
    folder = _schemas() / f"v{version}.0-local-strict"
    return frozenset(path.name for path in folder.iterdir()) if folder.is_dir() else frozenset()


class _Definitions(msgspec.Struct):
    found: dict[str, msgspec.Raw] = msgspec.field(name="$defs")


@functools.cache
def _schemas() -> Path:
    """Return the folder of schemas without importing the package, which costs 0.1 s."""
    spec = importlib.util.find_spec("kubernetes_validate")
    assert spec is not None  # noqa: S101  a locked dependency
    assert spec.submodule_search_locations is not None  # noqa: S101
    return Path(spec.submodule_search_locations[0]) / "kubernetes-json-schema"


@functools.cache
def definitions(version: str) -> dict[str, msgspec.Raw]:
    """Return what all schemas of a version refer to: 1.3 MB, read once, each parsed when a kind needs it."""
    text = (_schemas() / f"v{version}.0-local-strict" / "_definitions.json").read_bytes()
    return msgspec.json.decode(text, type=_Definitions).found


@functools.cache
def _compiled(names: frozenset[str], version: str) -> tuple[Schema, Any]:
    """Return a schema of objects that stand below the names of their kinds' files, and what judges by it."""
    kinds = {name: _of_kind(name, version) for name in sorted(names)}
    schema = with_definitions({"properties": kinds}, version, shared_definitions())
    return schema, validator(schema)


def _of_kind(name: str, version: str) -> Schema:
    """Return the schema of a kind, with what is refused beside it."""
    written = msgspec.json.decode((_schemas() / f"v{version}.0-local-strict" / name).read_bytes())
    kinds = written.get("x-kubernetes-group-version-kind", ())  # a part of kinds, such as Container, has none
    return strengthened(written, shipped(named(kinds[0]["group"], kinds[0]["kind"])).validation) if kinds else written


def strengthened(schema: Schema, beside: Schema) -> Schema:
    """Return a schema that refuses what another one refuses, too."""
    return {**schema, "allOf": [*schema.get("allOf", ()), beside]} if beside else schema


def with_definitions(
    schema: Schema, version: str, own_definitions: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """Return a schema with every definition it reaches, of its own or of Kubernetes: nothing is looked up outside."""
    missing: list[str] = []
    result = _localised(schema, missing)
    found: dict[str, Any] = {}
    while missing:
        name = missing.pop()
        if name not in found:
            found[name] = None
            definition = own_definitions[name] if name in own_definitions else _definition(name, version)
            found[name] = _localised(strengthened(definition, validation().get(name, {})), missing)
    return {**result, "$defs": found}


def _definition(name: str, version: str) -> Any:
    """Return a definition of Kubernetes; what is refused may refer to forms of text that no version defines."""
    of_version = definitions(version)
    return {} if name in validation() and name not in of_version else msgspec.json.decode(of_version[name])


def _localised(node: Any, missing: list[str]) -> Any:
    """Return `node` with every reference pointing at #/$defs, and the names they reach added to `missing`."""
    if isinstance(node, list):
        return [_localised(item, missing) for item in node]
    if not isinstance(node, dict):
        return node
    result = {}
    for key, item in node.items():
        match = _REFERENCE.search(item) if key == "$ref" and isinstance(item, str) else None
        if match:
            missing.append(match[1])
            result[key] = f"#/$defs/{match[1]}"
        elif key not in ("description", "$id", "$schema") or isinstance(item, dict):
            result[key] = _localised(item, missing)
    form = result.get("format")
    bits = _BITS.get(form) if isinstance(form, str) else None  # a field may be called so, too
    return {"minimum": -(2**bits), "maximum": 2**bits - 1, **result} if bits else result
