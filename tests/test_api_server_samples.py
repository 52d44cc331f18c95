"""What the API server takes or refuses by its own validation, said by our checks; e2e asks the server itself."""

from collections.abc import Iterator
from typing import Any

from api_server_rules import VERSION, Sample, samples, told

from generator.check.schema import kubernetes_schema
from generator.manifest import Object, identify

_PARTS = ("properties", "patternProperties", "dependentSchemas")
_WITHIN = ("items", "additionalProperties", "propertyNames", "then", "else", "unevaluatedProperties")
_WORDS = ("x-message", "x-hint", "x-source", "type", "$ref")


def test_what_the_server_takes_passes_and_what_it_refuses_does_not() -> None:
    found = {str(sample): (bool(told(sample.manifest)), sample.refused_here) for sample in samples()}
    assert {name: said for name, said in found.items() if said[0] is not said[1]} == {}


def test_every_rule_refuses_a_sample() -> None:
    hit = {place for sample in samples() if sample.refused_here for place in _hit(sample)}
    rules = {place for sample in samples() for place in _rules_of(sample)}
    assert sorted(rules - hit) == []
    assert rules


def _hit(sample: Sample) -> Iterator[tuple[str, ...]]:
    """Yield the places in the schema of its kind that refuse a sample."""
    for error in kubernetes_schema.validator(_schema(sample)).iter_errors(sample.manifest):
        yield tuple(map(str, error.schema_path))


def _rules_of(sample: Sample) -> Iterator[tuple[str, ...]]:
    """Yield the places of all rules in the schema of a kind: what stands in our data beside Kubernetes' own schema."""
    for name, definition in _schema(sample)["$defs"].items():
        if "allOf" in definition:
            last = len(definition["allOf"]) - 1
            yield from _rules(definition["allOf"][last], ("$defs", name, "allOf", str(last)))


def _rules(schema: Any, place: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if schema is False:
        yield place
    for key, below in schema.items() if isinstance(schema, dict) else ():
        if key in _PARTS:
            for name, part in below.items():
                yield from _rules(part, (*place, key, name))
        elif key in _WITHIN:
            yield from _rules(below, (*place, key))
        elif key == "allOf":
            for index, part in enumerate(below):
                yield from _rules(part, (*place, key, str(index)))
        elif key not in (*_WORDS, "if"):
            yield (*place, key)


def _schema(sample: Sample) -> Any:
    item = Object(identify(sample.manifest, "workload"), sample.manifest, "file.yaml")
    return kubernetes_schema.schema(item, VERSION)
