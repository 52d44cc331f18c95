"""A Config Connector object stands for a resource of Google Cloud: its name there, and what it names.

No rule: `built.py` keeps what is read here, so that all objects are walked once.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.field import at, pointer, text
from generator.kinds import Kinds
from generator.kinds import Reference as Leads
from generator.manifest import Object

_OF_KUBERNETES = "secretKeyRef"
"""A field that leads to a Secret of Kubernetes."""


Steps = tuple[str | int, ...]


class Reference(NamedTuple):
    """Where a resource names another one: the place, the field, the kind ('' means any), namespace and name.

    `leads` is where the field leads, as the file of the source's kind says it.
    """

    source: Object
    path: str
    field: str
    kind: str
    namespace: str
    name: str
    leads: Leads


def google_name(item: Object) -> tuple[str, str]:
    """Return the resource's name in Google Cloud, and the pointer to where it is said."""
    resource_id = text(item.manifest, "spec", "resourceID")
    return (resource_id, "/spec/resourceID") if resource_id else (item.id.name, "/metadata/name")


def network_of(item: Object) -> str:
    """Return what says which network the object is in: the name or the external name at `networkRef`."""
    return named(at(item.manifest, "spec", "networkRef"))


def named(reference: Any) -> str:
    """Return the name that a reference says, be it by `name` or at the end of `external`."""
    return text(reference, "name") or text(reference, "external").rpartition("/")[2]


def references(item: Object, kinds: Kinds) -> Iterator[Reference]:
    """Yield every reference by name below the object's spec. One by `external` is Google Cloud's own to resolve."""
    known = kinds.references(item.id.group, item.id.kind)
    yield from _below(item, known, item.manifest.get("spec"), ("spec",), "spec")


def _below(item: Object, known: Mapping[str, Leads], node: Any, steps: Steps, path: str) -> Iterator[Reference]:
    """Yield the references at and below `node`; `path` is as a kind file writes it, with `*` for an item of a list."""
    if isinstance(node, list):
        for index, entry in enumerate(node):
            if isinstance(entry, dict | list):
                yield from _below(item, known, entry, (*steps, index), f"{path}.*")
    elif isinstance(node, dict):
        name, field = text(node, "name"), path.replace(".*", "").rpartition(".")[2]
        if name and (path in known or (field.endswith(("Ref", "Refs")) and field != _OF_KUBERNETES)):
            leads = known.get(path, Leads())
            kind, namespace = text(node, "kind") or leads.to, text(node, "namespace") or item.id.namespace
            yield Reference(item, pointer(*steps, "name"), field, kind, namespace, name, leads)
            return
        for key, entry in node.items():
            if isinstance(entry, dict | list):
                yield from _below(item, known, entry, (*steps, key), f"{path}.{key}")
