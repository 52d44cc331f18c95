"""What others make of an object: the Secrets and Services of an operator, the Secret of an ExternalSecret."""

from collections.abc import Iterator
from typing import NamedTuple

from generator.field import listed, mapping, numbered, text
from generator.kinds.impact import Steps
from generator.kinds.kinds import Kinds
from generator.kinds.path import parts
from generator.manifest import Object


class Made(NamedTuple):
    """An object that is made of another one, in its namespace: its kind and name, and the place that says the name.

    `keys` of a Secret, each with its place, are None where they are not known before it is made. `port` is that of a
    Service.
    """

    kind: str
    name: str
    steps: Steps = ()
    keys: dict[str, Steps] | None = None
    port: int | None = None


def made_of(source: Object, kinds: Kinds) -> Iterator[Made]:
    """Yield what is made of an object."""
    facts = kinds.of(source.id.group, source.id.kind)
    if source.id.kind == "ExternalSecret":
        yield _external(source)
    for made in facts.makes_secrets:
        steps = parts(made.at) if made.at else ()
        name = text(source.manifest, *steps) if made.at else made.name.replace("<name>", source.id.name)
        yield Made("Secret", name, steps, dict.fromkeys(made.keys, ()))
    for name, port in facts.makes_services.items():
        yield Made("Service", name.replace("<name>", source.id.name), port=port)


def _external(source: Object) -> Made:
    spec = mapping(source.manifest, "spec")
    template = mapping(spec, "target", "template")
    written: dict[str, Steps] = {key: ("spec", "target", "template", "data", key) for key in mapping(template, "data")}
    read: dict[str, Steps] = {
        text(entry, "secretKey"): ("spec", "data", index) for index, entry in numbered(spec, "data")
    }
    keys = {**written, **read} if text(template, "mergePolicy") == "Merge" else written or read
    unknown = listed(spec, "dataFrom") or listed(template, "templateFrom")
    name = text(spec, "target", "name")
    return Made("Secret", name or source.id.name, ("spec", "target", "name") if name else (), None if unknown else keys)
