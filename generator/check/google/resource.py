"""A Config Connector object stands for a resource of Google Cloud: its name there, and what it names.

No rule: `built.py` keeps what is read here, so that all objects are walked once.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.field import at, pointer, text
from generator.kinds import Kinds, resource_mentions
from generator.kinds import Reference as Leads
from generator.manifest import Object


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
    for found in resource_mentions(item, kinds):
        yield Reference(item, pointer(*found.steps), found.field, found.kind, found.namespace, found.name, found.leads)
