"""What a kind file may ask after `if`: conditions that need code, by name, and those on other fields of the object."""

from collections.abc import Callable, Mapping
from typing import Any

from generator.kinds.impact import Edit, found, item_of
from generator.kinds.path import parts
from generator.kinds.rows.conditions import any_object, cluster, google, pods, workloads

Condition = Callable[[Edit], bool]

NAMED: Mapping[str, Condition] = {
    **any_object.CONDITIONS,
    **workloads.CONDITIONS,
    **pods.CONDITIONS,
    **cluster.CONDITIONS,
    **google.CONDITIONS,
}


def was(fields: Mapping[str, list[Any]]) -> Condition:
    """Other fields of the object were one of these; null is nothing."""
    return lambda edit: all(found(edit.old, parts(path)) in values for path, values in fields.items())


def is_(fields: Mapping[str, list[Any]]) -> Condition:
    """Other fields of the object will be one of these, or were where it goes; null is nothing."""
    return lambda edit: all(found(edit.object, parts(path)) in values for path, values in fields.items())


def has(fields: Mapping[str, list[Any]]) -> Condition:
    """Other fields are one of these on the side that has the value; null is nothing."""
    return lambda edit: all(found(edit.side, parts(path)) in values for path, values in fields.items())


def beside(fields: Mapping[str, list[Any]]) -> Condition:
    """Other fields of the list item that the value is in are one of these; null is nothing."""
    return lambda edit: all(
        found(item_of(edit.side, edit.steps), parts(path)) in values for path, values in fields.items()
    )


ON_FIELDS: Mapping[str, Callable[[Mapping[str, list[Any]]], Condition]] = {
    "was": was,
    "is": is_,
    "has": has,
    "beside": beside,
}
