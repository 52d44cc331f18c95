"""What the API server takes or refuses by its own validation, said by our checks; e2e asks the server itself."""

import re
from collections.abc import Iterator
from typing import Any

from api_server_rules import VERSION, Sample, samples, told

from generator.check.schema import kubernetes_schema
from generator.manifest import Object, identify

Place = tuple[str, ...]
_MAPS = ("properties", "patternProperties", "dependentSchemas")
_SCHEMAS = ("items", "additionalProperties", "propertyNames", "then", "else")
_SILENT = ("x-message", "x-hint", "x-source", "type", "$ref", "if")
"""Keywords that hold schemas by name, keywords that hold one, and those that refuse nothing that is ours to say."""

_UNTRIED = re.compile(
    r"\.(?:AWS|Azure|Ceph|Cinder|FC|Flex|GCE|GitRepo|Glusterfs|ISCSI|Portworx|RBD|Vsphere)\w*VolumeSource/"
    r"|\.WindowsSecurityContextOptions/|\.PersistentVolumeClaimTemplate/|\.FileKeySelector/|\.EphemeralVolumeSource/"
    r"|\.MatchCondition/|\.PodFailurePolicy/|\.AppArmorProfile/|\.ContainerRestartRule/|\.PodSchedulingGate/"
    r"|\.PersistentVolumeSpec/allOf/0/allOf/2|\.PodAffinityTerm/allOf/0/allOf/1|\.PodSpec/allOf/0/allOf/3"
    r"|\.ServiceSpec/allOf/0/allOf/8|/zero/"
)
"""Rules without a sample: of volumes and nodes that no cluster of ours has, and of what a rule beside tells first."""


def test_what_the_server_takes_passes_and_what_it_refuses_does_not() -> None:
    found = {str(sample): (bool(told(sample.manifest)), sample.refused_here) for sample in samples()}
    assert {name: said for name, said in found.items() if said[0] is not said[1]} == {}


def test_every_rule_refuses_a_sample() -> None:
    """A rule is what has words of its own: a message, or else the source of the whole definition."""
    rules: dict[Place, Place] = {}
    hit: set[Place] = set()
    for sample in samples():
        schema = _schema(sample)
        rules |= _rules_of(schema)
        if sample.refused_here:
            errors = kubernetes_schema.validator(schema).iter_errors(sample.manifest)
            hit |= {tuple(map(str, error.schema_path)) for error in errors}
    never = set(rules.values()) - {rules[place] for place in hit & rules.keys()}
    names = sorted("/".join(place) for place in never)
    assert [name for name in names if not _UNTRIED.search(name)] == []


def _rules_of(schema: Any) -> dict[Place, Place]:
    """Return the places where our data beside Kubernetes' own schema refuse, each with that of its rule."""
    found: dict[Place, Place] = {}
    for name, definition in schema["$defs"].items():
        if "allOf" in definition:
            last = str(len(definition["allOf"]) - 1)
            place = ("$defs", name, "allOf", last)
            found |= dict(_refusing(definition["allOf"][-1], place, place))
    return found


def _refusing(schema: Any, place: Place, rule: Place) -> Iterator[tuple[Place, Place]]:
    if schema is False:
        yield place, rule
    if not isinstance(schema, dict):
        return
    rule = place if "x-message" in schema else rule
    for key, below in schema.items():
        if key in _MAPS:
            for name, part in below.items():
                yield from _refusing(part, (*place, key, name), rule)
        elif key in _SCHEMAS:
            yield from _refusing(below, (*place, key), rule)
        elif key == "allOf":
            for index, part in enumerate(below):
                yield from _refusing(part, (*place, key, str(index)), rule)
        elif key not in _SILENT:
            yield (*place, key), rule


def _schema(sample: Sample) -> Any:
    item = Object(identify(sample.manifest, "workload"), sample.manifest, "file.yaml")
    return kubernetes_schema.schema(item, VERSION)
