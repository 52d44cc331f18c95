"""Where an object names another one: by fields that mean so in every kind, and by those that its own file lists."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.field import listed, numbered, text
from generator.kinds.google import Reference
from generator.kinds.impact import Steps
from generator.kinds.kind import Leads
from generator.kinds.kinds import Kinds
from generator.kinds.path import parts
from generator.manifest import Object

_OF_KUBERNETES = "secretKeyRef"
"""A field that leads to a Secret of Kubernetes."""


class Mention(NamedTuple):
    """A place in an object that names another one: whom, and which keys are read of it.

    `holder` is the map that says the name; one that is `optional` may lead nowhere.
    """

    steps: Steps
    leads: Leads
    kind: str
    namespace: str
    name: str
    holder: dict[str, Any]
    keys: tuple[str, ...] = ()
    optional: bool = False

    @property
    def group(self) -> str | None:
        """The group of what is named; None where the place names a kind of its own choice."""
        return self.leads.group if self.kind == self.leads.kind else None


class ResourceMention(NamedTuple):
    """A place where an object names a resource of Google Cloud, by its object: the field, and the kind ('' is any)."""

    steps: Steps
    field: str
    kind: str
    namespace: str
    name: str
    leads: Reference


def mentions(source: Object, kinds: Kinds) -> Iterator[Mention]:
    """Yield every place of an object that names another one by a field that leads to objects of Kubernetes."""
    facts = kinds.of(source.id.group, source.id.kind)
    if not facts.names_others:
        return
    made = {parts(secret.at) for secret in facts.makes_secrets if secret.at}
    fields = kinds.references_by_name(source.id.group, source.id.kind)
    for steps, node in _maps(source.manifest, ()):
        for key in fields.keys() & node.keys():
            for place, holder, name in _named(steps, node, key, fields[key].by):
                if isinstance(name, str) and name and place not in made:
                    yield _mention(source, place, fields[key], holder, name, says_kind=holder is not node)


def resource_mentions(source: Object, kinds: Kinds) -> Iterator[ResourceMention]:
    """Yield every reference by name below an object's spec. One by `external` is Google Cloud's own to resolve."""
    known = kinds.references(source.id.group, source.id.kind)
    yield from _below(source, known, source.manifest.get("spec"), ("spec",), "spec")


def _mention(
    source: Object, steps: Steps, leads: Leads, holder: dict[str, Any], name: str, *, says_kind: bool
) -> Mention:
    key = text(holder, "key")
    return Mention(
        steps,
        leads,
        (says_kind and text(holder, "kind")) or leads.kind,
        (says_kind and text(holder, "namespace")) or source.id.namespace,
        name,
        holder,
        (key,) if key else tuple(text(item, "key") for _, item in numbered(listed(holder, "items"))),
        holder.get("optional") is True,
    )


def _named(steps: Steps, node: dict[str, Any], key: str, by: str) -> Iterator[tuple[Steps, dict[str, Any], Any]]:
    """Yield where a field says a name, the map that says it, and the name: of each item, if the field is a list."""
    item = node[key]
    if not by:
        yield (*steps, key), node, item
    elif isinstance(item, dict):
        yield (*steps, key, by), item, item.get(by)
    else:
        for index, one in numbered(node, key):
            yield (*steps, key, index, by), one, one.get(by)


def _maps(node: Any, steps: Steps) -> Iterator[tuple[Steps, dict[str, Any]]]:
    """Yield every map below `node`, itself first, with its place."""
    if isinstance(node, dict):
        yield steps, node
    for step, item in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(item, dict | list):
            yield from _maps(item, (*steps, step))


def _below(
    source: Object, known: Mapping[str, Reference], node: Any, steps: Steps, path: str
) -> Iterator[ResourceMention]:
    """Yield the references at and below `node`; `path` is as a kind file writes it, with `*` for an item of a list."""
    if isinstance(node, list):
        for index, entry in enumerate(node):
            if isinstance(entry, dict | list):
                yield from _below(source, known, entry, (*steps, index), f"{path}.*")
    elif isinstance(node, dict):
        name, field = text(node, "name"), path.replace(".*", "").rpartition(".")[2]
        if name and (path in known or (field.endswith(("Ref", "Refs")) and field != _OF_KUBERNETES)):
            leads = known.get(path, Reference())
            kind, namespace = text(node, "kind") or leads.to, text(node, "namespace") or source.id.namespace
            yield ResourceMention((*steps, "name"), field, kind, namespace, name, leads)
            return
        for key, entry in node.items():
            if isinstance(entry, dict | list):
                yield from _below(source, known, entry, (*steps, key), f"{path}.{key}")
