"""Who makes a Kubernetes Secret: a rendered ExternalSecret, an operator, or a rendered object."""

from collections.abc import Iterator
from itertools import chain

from generator.check.built import Built
from generator.field import mapping
from generator.kinds import made_of

Keys = frozenset[str] | None
"""The keys of a Secret; None where they are not known before it is made."""
Place = tuple[str, str, str]
"""Cluster, namespace, name."""


def secrets(built: Built) -> dict[Place, Keys]:
    """Return every Secret that will be there, with its keys."""
    found: dict[Place, Keys] = {}
    for place, keys in chain(_made(built), _rendered(built)):
        before = found.get(place, frozenset())
        found[place] = None if keys is None or before is None else keys | before
    return found


def _made(built: Built) -> Iterator[tuple[Place, Keys]]:
    for item in built.objects:
        for made in made_of(item, built.kinds):
            if made.kind == "Secret":
                keys = None if made.keys is None else frozenset(made.keys)
                yield (item.id.cluster, item.id.namespace, made.name), keys


def _rendered(built: Built) -> Iterator[tuple[Place, Keys]]:
    for item in built.of_kind("Secret"):
        keys = frozenset({*mapping(item.manifest, "data"), *mapping(item.manifest, "stringData")})
        yield (item.id.cluster, item.id.namespace, item.id.name), keys
