"""The shape of a CustomResourceDefinition of apiextensions.k8s.io/v1, as far as a contract is made of it."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from generator.finding import Finding, Where
from generator.schema import Contract, Schema, contract, problems
from generator.yamlio import Path

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_PART: Schema = {"$ref": "#/$defs/part"}
_PARTS: Schema = {"type": "object", "additionalProperties": _PART}
_CHOICES: Schema = {"type": "array", "minItems": 1, "items": _PART}
_FLAG: Schema = {"type": "boolean"}
_ABSENT: Schema = {"not": {}, "x-hint": "the API server refuses it in a structural schema"}
_PART_FIELDS: Schema = {
    "type": {"enum": ["array", "boolean", "integer", "number", "object", "string", ""]},
    "properties": _PARTS,
    "additionalProperties": {"anyOf": [_PART, _FLAG]},
    "items": _PART,
    "required": {"type": "array", "items": _TEXT},
    "enum": {"type": "array", "minItems": 1},
    **dict.fromkeys(("description", "format", "pattern", "title"), _TEXT),
    **dict.fromkeys(("maximum", "minimum"), _NUMBER),
    "multipleOf": {"type": "number", "exclusiveMinimum": 0},
    **dict.fromkeys(("exclusiveMaximum", "exclusiveMinimum", "nullable", "uniqueItems"), _FLAG),
    **dict.fromkeys(("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"), _COUNT),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _CHOICES),
    "not": _PART,
    **dict.fromkeys(("x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"), _FLAG),
    "x-kubernetes-validations": {
        "type": "array",
        "items": {"type": "object", "required": ["rule"], "properties": {"rule": _TEXT}},
    },
    **dict.fromkeys(("$ref", "definitions", "dependencies", "patternProperties"), _ABSENT),
}
"""JSONSchemaProps, and as absent what the API server forbids.

Source: https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/
"""
_GROUP = r"^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$"
_VERSION = r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$"


def _map(required: tuple[str, ...], **properties: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": properties}


def _matching(pattern: str, hint: str) -> Schema:
    return {"type": "string", "pattern": pattern, "x-hint": hint}


_ROOT = {"allOf": [_PART, _map(("type",), type={"const": "object"})]}
_DEFINITION = {
    **_map(
        ("apiVersion", "spec"),
        apiVersion={
            "const": "apiextensions.k8s.io/v1",
            "x-hint": "kubectl get crd -o yaml prints a definition in this form",
        },
        spec=_map(
            ("group", "names", "versions"),
            group=_matching(_GROUP, "a domain such as example.com"),
            names=_map(("kind",), kind=_matching(r"^[A-Za-z][A-Za-z0-9]{0,62}$", "letters and digits")),
            versions={
                "type": "array",
                "minItems": 1,
                "maxItems": 50,
                "items": _map(
                    ("name", "served", "storage"),
                    name=_matching(_VERSION, "such as v1 or v1beta1"),
                    served=_FLAG,
                    storage=_FLAG,
                    schema=_map(("openAPIV3Schema",), openAPIV3Schema=_ROOT),
                ),
            },
        ),
    ),
    "$defs": {"part": {"type": "object", "properties": _PART_FIELDS}},
}


def is_right(definition: Any) -> bool:
    """Whether a contract can be made of a definition."""
    return bool(_shape().validator.is_valid(definition)) and not any(_odd(definition, {}))


def wrong(definition: Any, marks: Mapping[Path, Where]) -> list[Finding]:
    """Return everything that is wrong with a definition, each at its place."""
    return problems(definition, _shape(), marks, "schema-import") or list(_odd(definition, marks))


@functools.cache
def _shape() -> Contract:
    return contract(_DEFINITION)


def _odd(definition: Any, marks: Mapping[Path, Where]) -> Iterator[Finding]:
    """Yield what the shape of each version alone cannot say."""
    versions = definition["spec"]["versions"]
    where, path = marks.get(("spec", "versions"), Where("")), "spec.versions"
    names = [version["name"] for version in versions]
    if len(set(names)) < len(names):
        yield Finding.at(where, "schema-import", "has the same version twice", path=path)
    if sum(version["storage"] for version in versions) != 1:
        yield Finding.at(
            where, "schema-import", "must have exactly one version with storage: true", path=path, hint="storage: true"
        )
    if not any(version["served"] for version in versions):
        yield Finding.at(where, "schema-import", "has no version with served: true", path=path, hint="served: true")
    for index, version in enumerate(versions):
        if version["served"] and "schema" not in version:
            place = marks.get(("spec", "versions", index), where)
            yield Finding.at(place, "schema-import", "has no schema", path=f"{path}.{index}")
