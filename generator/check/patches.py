"""Patches of the environment on built objects: what one of them writes is there when the overlay is built."""

from collections.abc import Iterator
from itertools import takewhile
from typing import Any, NamedTuple

from generator.catalog import Plan
from generator.check.built import Built, Check
from generator.field import at, position, steps_of
from generator.finding import Finding
from generator.schema import place

_PLACES = ("-", "[")
_AFTER = {"replicas": "replicas", "image": "images"}
"""The keys of a unit that kustomize applies after all patches, by the field that they set."""


class _Written(NamedTuple):
    """What an operation of a patch does: to which object, where in it, and the value; None where it takes away."""

    target: tuple[str, str, str]
    steps: list[str]
    value: Any
    patch: str
    operation: int


def patches_hold(built: Built) -> Iterator[Finding]:
    """What a patch writes last at a place stands there in the built object: the unit's own keys are applied later."""
    objects = {(item.unit, item.id.kind, item.id.name): item for item in built.objects}
    written = list(_written(built.plan))
    for number, one in enumerate(written):
        item = objects.get(one.target)
        later = [other.steps for other in written[number + 1 :] if other.target == one.target]
        if item is None or one.value is None or any(_touches(steps, one.steps) for steps in later):
            continue
        parent = _found(item.manifest, one.steps[:-1])
        lost = _lost(one.value, at(parent, one.steps[-1]), one.steps[-1]) if isinstance(parent, dict) else None
        if lost is not None:
            where = place(("patches", one.patch, "ops", one.operation), built.plan.marks)
            path = built.plan.environment.patches[one.patch].ops[one.operation].path
            message = "has no effect: the built object has another value there"
            hint = f"set {_AFTER[lost]} of the unit, which is applied after all patches" if lost else ""
            yield Finding.at(where, "patch-overridden", message, path=path, hint=hint, object=str(item.id))


def _written(plan: Plan) -> Iterator[_Written]:
    """Yield what the patches do, in the order in which they are applied."""
    for name, patch in sorted(plan.environment.patches.items()):
        target = (patch.target.unit, patch.target.kind, patch.target.name)
        for index, operation in enumerate(patch.ops):
            if operation.op != "test":
                value = None if operation.op == "remove" else operation.value
                yield _Written(target, steps_of(operation.path), value, name, index)


def _touches(later: list[str], steps: list[str]) -> bool:
    """Whether an operation may change what stands at `steps`: above it, below it, or by moving the items of a list."""
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(later, steps, strict=False))))
    return same == min(len(later), len(steps)) or any(
        step.isdigit() or step.startswith(_PLACES) for step in (later[same], steps[same])
    )


def _found(node: Any, steps: list[str]) -> Any:
    """Return what stands at the steps of a patch, of which one may be `[name=x]`; None where there is nothing."""
    for step in steps:
        if isinstance(node, list):
            key, _, name = step.strip("[]").partition("=")
            index = position(step, node)
            by_name = (item for item in node if isinstance(item, dict) and item.get(key) == name)
            node = node[index] if index is not None else next(by_name, None)
        else:
            node = at(node, step)
    return node


def _lost(wanted: Any, found: Any, key: str) -> str | None:
    """Return the field whose value is another one, if it is one that a unit's keys set, else ''; None if all is there.

    An image without tag or digest is to be completed, and a field that is null is left out.
    """
    if isinstance(wanted, dict) and isinstance(found, dict):
        below = (_lost(value, found.get(name), name) for name, value in wanted.items() if value is not None)
        return next((lost for lost in below if lost is not None), None)
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        each = (_lost(*pair, key) for pair in zip(wanted, found, strict=True))
        return next((lost for lost in each if lost is not None), None)
    is_open = key == "image" and isinstance(wanted, str) and ":" not in wanted and "@" not in wanted
    if wanted == found or is_open:
        return None
    return key if key in _AFTER else ""


RULES: tuple[Check, ...] = (patches_hold,)
