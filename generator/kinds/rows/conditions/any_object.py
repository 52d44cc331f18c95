"""Conditions on any object: what was there, what is beside a value, and what Argo CD does with the object."""

from collections.abc import Iterator

from generator.annotation import (
    ENCRYPTS_STORED_DATA,
    SKIP,
    UNMANAGED,
    annotation,
    hook_delete_policies,
    hook_points,
    is_called_hook,
    sync_options,
    words,
)
from generator.field import text
from generator.kinds.impact import ABSENT, Edit, found, items
from generator.manifest import Manifest

_OF_APPLICATION = ("spec", "syncPolicy", "syncOptions")
"""The sync options of an Application: those of all that it makes."""


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
    return _is_hook(edit.object)


def was_hook(edit: Edit) -> bool:
    """Argo CD has run the object at a point of each sync."""
    return _is_hook(edit.old)


def runs_in_no_sync(edit: Edit) -> bool:
    """The object is called a hook, and no sync that succeeds runs it: Skip, or words that no sync knows."""
    return is_called_hook(edit.object) and not hook_points(edit.object) & {"PreSync", "Sync", "PostSync"}


def skipped(edit: Edit) -> bool:
    """Argo CD does not apply the object (hook Skip): what is live stays as it is."""
    return hook_points(edit.object) == {SKIP}


def recreated(edit: Edit) -> bool:
    """Argo CD deletes the object before it applies it: a hook, unless its delete policy says otherwise, or by Force.

    A plain object that becomes a hook is deleted first, too; a hook may also be gone since it succeeded.
    """
    if _is_hook(edit.object):
        succeeded = _is_hook(edit.old) and "HookSucceeded" in hook_delete_policies(edit.old)
        return succeeded or "BeforeHookCreation" in hook_delete_policies(edit.object)
    return {"Force=true", "Replace=true"} <= sync_options(edit.object)


def _is_hook(manifest: Manifest) -> bool:
    return bool(hook_points(manifest) - {SKIP})


def holds_state(edit: Edit) -> bool:
    """Data is lost with an object of this kind, or with what it made."""
    return edit.holds_state


def is_grant(edit: Edit) -> bool:
    """The object grants a role of Google Cloud."""
    return edit.is_grant


def loses_confirmation(edit: Edit) -> bool:
    """A person no longer confirms before the object, or what an Application made, is pruned, or goes with it."""
    return any(before and not after for before, after in _guards(edit))


def asks_where_it_kept(edit: Edit) -> bool:
    """What was never pruned, or deleted with its Application, is so from now on once a person confirms."""
    return any(before > after > 0 for before, after in _guards(edit))


def _guards(edit: Edit) -> list[tuple[int, int]]:
    """Return how strong each of the two guards was and will be: 0 is none, a person confirms at 1, it stays at 2."""
    of_all = edit.steps[:3] == _OF_APPLICATION
    options = [
        set(map(str, items(side, _OF_APPLICATION))) if of_all else words(value)
        for side, value in ((edit.old, edit.before), (edit.new, edit.after))
    ]
    was, will_be = ([_strength(side, name) for name in ("Prune", "Delete")] for side in options)
    return list(zip(was, will_be, strict=True))


def _strength(options: set[str], name: str) -> int:
    return 2 if f"{name}=false" in options else int(f"{name}=confirm" in options)


def encrypts_stored_data(edit: Edit) -> bool:
    """The variable, volume or key of a Secret that it is of encrypts what is stored, as an annotation of ours says."""
    return bool(_encrypting(edit) & set(_names(edit)))


def has_key_of_stored_data(edit: Edit) -> bool:
    """Something in the object encrypts what is stored, as an annotation of ours says."""
    return bool(_encrypting(edit))


def _encrypting(edit: Edit) -> set[str]:
    return {word for side in (edit.old, edit.new) for word in words(annotation(side, ENCRYPTS_STORED_DATA))}


def _names(edit: Edit) -> Iterator[str]:
    """Yield what the places are called that a value is in: by a key of a map, or by the name of an item."""
    for depth, step in enumerate(edit.steps, 1):
        places = [found(side, edit.steps[:depth]) for side in (edit.old, edit.new)] if isinstance(step, int) else []
        yield from (str(step), *(text(place, key) for place in places for key in ("name", "secretKey")))


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
    "was-hook": was_hook,
    "runs-in-no-sync": runs_in_no_sync,
    "skipped": skipped,
    "recreated": recreated,
    "holds-state": holds_state,
    "is-grant": is_grant,
    "loses-confirmation": loses_confirmation,
    "asks-where-it-kept": asks_where_it_kept,
    "encrypts-stored-data": encrypts_stored_data,
    "has-key-of-stored-data": has_key_of_stored_data,
    "unmanaged": unmanaged,
    "version-stays": version_stays,
    "annotations-are-empty": annotations_are_empty,
    "non-zero-removed": non_zero_removed,
}
