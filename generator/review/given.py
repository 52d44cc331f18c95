"""What of the whole object decides on a difference of one field, besides the field itself; any shape is read. Pure."""

from typing import Any

from generator.field import mapping, text
from generator.manifest import Manifest
from generator.review.row import Given, Steps
from generator.review.side import annotation, sync_options


def at(node: Any, steps: Steps) -> Any:
    """Return what stands at a path of a manifest; None where there is nothing."""
    for step in steps:
        if isinstance(node, dict):
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return None
    return node


def placed(old: Manifest, was: Steps, steps: Steps) -> Manifest:
    """Return the old manifest with the list items along a path where the new side has them, so that `steps` finds them."""
    return _placed(old, was, steps) if was and was != steps else old


def _placed(node: Any, was: Steps, steps: Steps) -> Any:
    if not was or not isinstance(node, dict | list) or at(node, was[:1]) is None:
        return node
    below = _placed(at(node, was[:1]), was[1:], steps[1:])
    if isinstance(node, dict):
        return {**node, was[0]: below}
    there, here = int(was[0]), int(steps[0])
    result = [*node, *[None] * (here + 1 - len(node))]
    result[there], result[here] = result[here], below
    return result


def items(manifest: Manifest, steps: Steps) -> list[Any]:
    """Return the list at a path; an empty one where there is none."""
    found = at(manifest, steps)
    return found if isinstance(found, list) else []


def existed(_steps: Steps, old: Manifest, _new: Manifest) -> bool:
    """It is a change of an object that was there."""
    return bool(old)


def stood(steps: Steps, old: Manifest, _new: Manifest) -> bool:
    """There was something in the list or map that it stands in: where nothing is said all is meant, the first narrows."""
    return bool(at(old, steps[:-1]))


def emptied(steps: Steps, _old: Manifest, new: Manifest) -> bool:
    """Nothing is left of the list or map that it stood in: with many fields that means everything."""
    return not at(new, steps[:-1])


def was(path: Steps, *values: Any) -> Given:
    """Another field of the object was one of these; None is nothing."""
    return lambda _steps, old, _new: at(old, path) in values


def named(*names: str) -> Given:
    """It is the object of that name."""
    return lambda _steps, old, new: text(new or old, "metadata", "name") in names


def remade(_steps: Steps, old: Manifest, new: Manifest) -> bool:
    """Argo CD deletes the object before it applies it: a hook, unless its delete policy says otherwise, or by Force.

    An object that becomes a hook is not one yet when its last version is replaced.
    """
    new = new or old
    hook = annotation(old, "argocd.argoproj.io/hook") and annotation(new, "argocd.argoproj.io/hook")
    policy = annotation(new, "argocd.argoproj.io/hook-delete-policy")
    if hook:
        return not policy or "BeforeHookCreation" in policy
    return {"Force=true", "Replace=true"} <= sync_options(new)


def kept(steps: Steps, old: Manifest, new: Manifest) -> bool:
    """Argo CD changes the object that is there: it does not delete it before."""
    return not remade(steps, old, new)


def same_item(depth: int) -> Given:
    """The list item that a path goes through, at `depth`, is there on both sides by its name."""

    def there(steps: Steps, old: Manifest, new: Manifest) -> bool:
        before, name = items(old, steps[: depth - 1]), text(at(new, steps[:depth]), "name")
        return bool(name) and any(text(item, "name") == name for item in before)

    return there


def selected(steps: Steps, _old: Manifest, new: Manifest) -> bool:
    """The label is one that the workload's own selector wants, and it will not have it."""
    wanted = mapping(new, "spec", "selector", "matchLabels")
    return steps[-1] in wanted and at(new, steps) != wanted[steps[-1]]
