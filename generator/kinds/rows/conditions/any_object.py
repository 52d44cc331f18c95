"""Conditions on any object: what was there, what is beside a value, and what Argo CD does with the object."""

from generator.annotation import HOOK, HOOK_DELETE_POLICY, UNMANAGED, annotation, sync_options, words
from generator.field import text
from generator.kinds.impact import ABSENT, Edit, found, items


def existed(edit: Edit) -> bool:
    """The object was there."""
    return bool(edit.old)


def list_had_items(edit: Edit) -> bool:
    """The list or map that the value is in was not empty: where nothing is said all is meant, the first one narrows."""
    return bool(found(edit.old, edit.steps[:-1]))


def list_was_written(edit: Edit) -> bool:
    """The list or map that the value is in was there, though it may have been empty."""
    return found(edit.old, edit.steps[:-1]) is not None


def list_is_empty(edit: Edit) -> bool:
    """Nothing is left of the list or map that the value was in: with many fields that means everything."""
    return not found(edit.new, edit.steps[:-1])


def parent_stays(edit: Edit) -> bool:
    """The list or map that the value is in will be there, though it may be empty."""
    return found(edit.new, edit.steps[:-1]) is not None


def entry_existed(edit: Edit) -> bool:
    """The entry of a list of the spec that the value is in was there."""
    return bool(found(edit.old, edit.steps[:3]))


def hook(edit: Edit) -> bool:
    """Argo CD runs the object at a point of each sync, and the sync waits until it is done."""
    return bool(annotation(edit.object, HOOK))


def recreated(edit: Edit) -> bool:
    """Argo CD deletes the object before it applies it: a hook, unless its delete policy says otherwise, or by Force.

    An object that becomes a hook is not one yet when its last version is replaced.
    """
    policy = annotation(edit.object, HOOK_DELETE_POLICY)
    if all(annotation(side, HOOK) for side in (edit.old, edit.object)):
        return not policy or "BeforeHookCreation" in policy
    return {"Force=true", "Replace=true"} <= sync_options(edit.object)


def holds_state(edit: Edit) -> bool:
    """Data is lost with an object of this kind, or with what it made."""
    return edit.holds_state


def is_grant(edit: Edit) -> bool:
    """The object grants a role of Google Cloud."""
    return edit.is_grant


def loses_confirmation(edit: Edit) -> bool:
    """A person no longer confirms before the object is pruned, or deleted with its Application."""
    return any(
        words(edit.before) & {f"{option}=confirm", f"{option}=false"}
        and not words(edit.after) & {f"{option}=confirm", f"{option}=false"}
        for option in ("Prune", "Delete")
    )


def unmanaged(edit: Edit) -> bool:
    """The annotation `unmanaged` names the path: Config Connector leaves it alone."""
    named = annotation(edit.side, UNMANAGED)
    return ".".join(map(str, edit.steps)) in [path.strip() for path in named.split(",")]


def version_stays(edit: Edit) -> bool:
    """The version of a CustomResourceDefinition that the field is of is still there."""
    name = text(found(edit.old, edit.steps[:3]), "name")
    return any(text(version, "name") == name for version in items(edit.new, ("spec", "versions")))


def annotations_are_empty(edit: Edit) -> bool:
    """Neither side has an annotation."""
    return not any(found(side, ("metadata", "annotations")) for side in (edit.old, edit.new))


def non_zero_removed(edit: Edit) -> bool:
    """A number is left out that was not 0, which means the same as none."""
    return bool(edit.before) and edit.after is ABSENT


CONDITIONS = {
    "existed": existed,
    "list-had-items": list_had_items,
    "list-was-written": list_was_written,
    "list-is-empty": list_is_empty,
    "parent-stays": parent_stays,
    "entry-existed": entry_existed,
    "hook": hook,
    "recreated": recreated,
    "holds-state": holds_state,
    "is-grant": is_grant,
    "loses-confirmation": loses_confirmation,
    "unmanaged": unmanaged,
    "version-stays": version_stays,
    "annotations-are-empty": annotations_are_empty,
    "non-zero-removed": non_zero_removed,
}
