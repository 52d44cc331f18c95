"""The shape of an object as far as the renderer reads it; the rest is the business of the checks on built objects."""

import functools
from typing import Any

from generator.finding import Finding, Where
from generator.kinds import parts
from generator.render.workload import pods_of
from generator.schema import Contract, Schema, contract, problems
from generator.yamlio import Path

_TEXT: Schema = {"type": "string", "minLength": 1}
_TEXTS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
_PORT: Schema = {"type": ["integer", "string"]}


def _map(required: tuple[str, ...], **properties: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": properties}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_OBJECT = _map(
    ("apiVersion", "kind", "metadata"),
    apiVersion=_TEXT,
    kind=_TEXT,
    metadata=_map(("name",), name=_TEXT, namespace=_TEXT, labels=_TEXTS, annotations=_TEXTS),
)
_CONTAINER = _map(
    ("name", "image"),
    name=_TEXT,
    image=_TEXT,
    env=_list(_map(("name",), name=_TEXT)),
    ports=_list(_map(("containerPort",), name=_TEXT, containerPort=_PORT)),
)
_POD_TEMPLATE = _map(
    ("metadata", "spec"),
    metadata=_map(("labels",), labels=_TEXTS),
    spec=_map(("containers",), containers={**_list(_CONTAINER), "minItems": 1}, initContainers=_list(_CONTAINER)),
)
_SERVICE = _map(
    ("spec",),
    spec=_map(
        (),
        selector=_TEXTS,
        ports=_list(_map(("port",), port=_PORT, targetPort=_PORT)),
    ),
)


def misshapen(item: Any, file: str) -> list[Finding]:
    """Return what is missing in an object, or of another type, so that nothing could be derived from it."""
    where: dict[Path, Where] = {(): Where(file)}
    return problems(item, _general(), where, "template-object") or (
        problems(item, _of_kind(item["kind"]), where, "template-object")
    )


@functools.cache
def _general() -> Contract:
    return contract(_OBJECT)


@functools.cache
def _of_kind(kind: str) -> Contract:
    if kind == "Service":
        return contract(_SERVICE)
    pods = pods_of(kind)
    schema: Schema = _POD_TEMPLATE if pods else {}
    for step in reversed(parts(pods.template) if pods else ()):
        schema = _map((step,), **{step: schema})
    return contract(schema)
