"""Who makes a Kubernetes Secret: a rendered ExternalSecret, an operator, or a rendered object."""

from collections.abc import Iterator
from itertools import chain

from generator.check.built import Built
from generator.field import listed, mapping, numbered, text
from generator.kinds import parts

Keys = frozenset[str] | None
"""The keys of a Secret; None where they are not known before it is made."""
Place = tuple[str, str, str]
"""Cluster, namespace, name."""


def secrets(built: Built) -> dict[Place, Keys]:
    """Return every Secret that will be there, with its keys."""
    found: dict[Place, Keys] = {}
    for place, keys in chain(_external(built), _operators(built), _rendered(built)):
        before = found.get(place, frozenset())
        found[place] = None if keys is None or before is None else keys | before
    return found


def _external(built: Built) -> Iterator[tuple[Place, Keys]]:
    for item in built.of_kind("ExternalSecret"):
        spec = mapping(item.manifest, "spec")
        name = text(spec, "target", "name") or item.id.name
        template = mapping(spec, "target", "template")
        keys = frozenset(mapping(template, "data"))
        read = frozenset(text(entry, "secretKey") for _, entry in numbered(spec, "data"))
        keys = keys | read if text(template, "mergePolicy") == "Merge" else keys or read
        unknown = listed(spec, "dataFrom") or listed(spec, "target", "template", "templateFrom")
        yield (item.id.cluster, item.id.namespace, name), None if unknown else keys


def _operators(built: Built) -> Iterator[tuple[Place, Keys]]:
    for item in built.objects:
        for made in built.kinds.of(item.id.group, item.id.kind).makes_secrets:
            name = text(item.manifest, *parts(made.at)) if made.at else made.name.replace("<name>", item.id.name)
            yield (item.id.cluster, item.id.namespace, name), frozenset(made.keys)


def _rendered(built: Built) -> Iterator[tuple[Place, Keys]]:
    for item in built.of_kind("Secret"):
        keys = frozenset({*mapping(item.manifest, "data"), *mapping(item.manifest, "stringData")})
        yield (item.id.cluster, item.id.namespace, item.id.name), keys
