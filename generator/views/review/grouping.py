"""Reviews of all environments -> entries: worst first, and the same change once. Pure."""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from generator.review import Action, Change, Impact, Review
from generator.views.review import value
from generator.views.review.entry import Detail, Entry, ObjectRef

_HASHED = re.compile(r"-[24-9bcdfghkmt]{10}")
"""What kustomize appends to the name of a ConfigMap or Secret that it makes of files."""
_ENVIRONMENT_ADDED, _ENVIRONMENT_REMOVED = "new environment", "the environment goes"

_Item = TypeVar("_Item")


class _SharedChange(NamedTuple):
    """A change of one object, in all environments where it is the same."""

    impact: Impact
    action: Action
    object: ObjectRef
    detail: Detail
    event: str
    environments: tuple[str, ...] = ()


def entries(reviews: Iterable[Review]) -> tuple[Entry, ...]:
    """Return the entries of all reviews, worst first."""
    changes = list(_shared_changes(tuple(reviews)))
    found = [
        *_entries_of_fields([change for change in changes if change.detail.display_path]),
        *_entries_of_objects([change for change in changes if not change.detail.display_path]),
    ]
    return tuple(sorted(found, key=_sort_key))


def _sort_key(entry: Entry) -> tuple[object, ...]:
    """Return what to sort by: of what no table knows, the same words stand together."""
    unknown_reason = entry.details[0].reason if entry.impact is Impact.UNKNOWN else ""
    return (
        entry.impact.rank,
        not entry.event,
        not entry.is_of_objects,
        unknown_reason,
        entry.objects,
        entry.environments,
        entry.details,
    )


def _shared_changes(reviews: tuple[Review, ...]) -> Iterator[_SharedChange]:
    """Yield every change of an object once, with the environments where it is the same."""
    found: dict[_SharedChange, list[tuple[str, Change]]] = {}
    for review in reviews:
        events, object_of = _events(review), _object_refs(review.environment)
        for change in review.changes:
            found.setdefault(_shared_change(change, object_of(change), events), []).append((review.environment, change))
    namesakes = {(review.environment, *namesake) for review in reviews for namesake in review.namesakes}
    scopes: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for key in found:
        scopes.setdefault((key.object.kind, key.object.name), set()).add(key.object.scope)
    for key, occurrences in found.items():
        of_several = any((name, change.id.kind, change.id.name) in namesakes for name, change in occurrences)
        ambiguous = of_several or len(scopes[key.object.kind, key.object.name]) > 1
        yield key._replace(
            object=key.object._replace(
                name=_name(key.object, [change for _, change in occurrences], ambiguous=ambiguous)
            ),
            detail=key.detail._replace(change_count=len(occurrences)),
            environments=tuple(dict.fromkeys(environment for environment, _ in occurrences)),
        )


def _shared_change(change: Change, object_: ObjectRef, events: Mapping[str, str]) -> _SharedChange:
    lines = _lines(change) if change.path else ()
    path = change.display_path or change.path
    detail = Detail(path, lines, change.reason, change.source, change.instead, 0, change.also)
    is_other = change.path or change.action in (Action.ADOPT, Action.UNCOMPARED)
    event = "" if is_other else events.get("", events.get(change.unit, ""))
    return _SharedChange(change.impact, change.action, object_, detail, event)


def _lines(change: Change) -> tuple[str, ...]:
    """Return what differs; of what is taken over, that nobody knows what is there."""
    if change.action is not Action.ADOPT:
        return value.lines(change.before, change.after)
    return ("- ?", *(("+ (left out)",) if change.after is None else value.lines(None, change.after)))


def _events(review: Review) -> dict[str, str]:
    """Return which units are switched on or off, by name; under '' that the environment itself is added or removed.

    An existing environment has AppProjects, which belong to no unit; an existing unit has its Application.
    What is taken over is added, too.
    """
    of_objects = [change for change in review.changes if not change.path and change.action is not Action.UNCOMPARED]
    others = {change.action for change in review.changes if change not in of_objects} - {Action.ADOPT}
    actions = {change.action for change in of_objects} - {Action.ADOPT} if not others else set()
    if any(change.id.kind == "AppProject" and not change.unit for change in of_objects) and len(actions) == 1:
        return {"": _ENVIRONMENT_ADDED if Action.ADD in actions else _ENVIRONMENT_REMOVED}
    return {
        change.unit: f"{change.unit} switched {'on' if change.action is Action.ADD else 'off'}"
        for change in of_objects
        if change.id.kind == "Application" and change.unit
    }


def _object_refs(environment: str) -> Callable[[Change], ObjectRef]:
    """Return what makes a change's reference to its object, with `{env}` for the environment's name."""
    pattern = re.compile(rf"(?<![a-z0-9]){re.escape(environment)}(?![a-z0-9])")

    def object_of(change: Change) -> ObjectRef:
        id_ = change.id
        name = pattern.sub("{env}", id_.name)
        if id_.kind in ("ConfigMap", "Secret") and change.path:
            name = _HASHED.sub("-…", name) if _HASHED.search(name[-11:]) else name
        return ObjectRef(change.unit, id_.kind, name, (id_.cluster, id_.group, pattern.sub("{env}", id_.namespace)))

    return object_of


def _name(object_: ObjectRef, changes: list[Change], *, ambiguous: bool) -> str:
    """Return an object's name if all environments agree on it; an ambiguous one with its namespace or cluster."""
    names = {change.id.name for change in changes}
    name = names.pop() if len(names) == 1 else object_.name
    namespaces = {change.id.namespace for change in changes}
    cluster, namespace = object_.scope[0], namespaces.pop() if len(namespaces) == 1 else object_.scope[2]
    return f"{namespace or cluster}/{name}" if ambiguous else name


def _entries_of_fields(changes: list[_SharedChange]) -> Iterator[Entry]:
    """Yield the same difference of several objects as one, then all differences of the same objects as one."""
    entries: dict[Entry, list[Detail]] = {}
    for group in _grouped(changes, lambda change: (*change[:2], _DetailKey.of(change), change.environments)):
        first = group[0]
        display_path = (
            first.detail.display_path
            if len({change.detail.display_path for change in group}) == 1
            else _neutral_path(first)
        )
        detail = first.detail._replace(
            display_path=display_path, change_count=sum(change.detail.change_count for change in group)
        )
        objects = tuple(sorted(change.object for change in group))
        entries.setdefault(Entry(first.impact, first.action, objects, first.environments, ()), []).append(detail)
    yield from (entry._replace(details=tuple(details)) for entry, details in entries.items())


class _DetailKey(NamedTuple):
    """What is equal in the details of two objects that one entry holds."""

    display_path: str
    lines: tuple[str, ...]
    words: tuple[object, ...]

    @classmethod
    def of(cls, change: _SharedChange) -> "_DetailKey":
        detail = change.detail
        return cls(_neutral_path(change), detail.lines, detail.words)


def _neutral_path(change: _SharedChange) -> str:
    """Return a path without the object's own name, which its main container has."""
    return change.detail.display_path.replace(f"[{change.object.name.rpartition('/')[2]}]", "[*]")


def _entries_of_objects(changes: list[_SharedChange]) -> Iterator[Entry]:
    """Yield the objects of a unit that are added or removed as one, as long as the reason is the same."""
    for group in _grouped(changes, _object_key):
        first, details = group[0], [change.detail for change in group]
        told = details[0] if len({detail.words for detail in details}) == 1 else Detail("", (), "", "", "", 0)
        count = sum(detail.change_count for detail in details)
        detail = told._replace(display_path="", lines=(), change_count=count)
        objects = tuple(sorted(change.object for change in group))
        yield Entry(first.impact, first.action, objects, first.environments, (detail,), first.event)


def _object_key(change: _SharedChange) -> Hashable:
    of_environment = change.event in (_ENVIRONMENT_ADDED, _ENVIRONMENT_REMOVED)
    harmless = change.impact is Impact.SAFE or (of_environment and change.impact.rank >= Impact.SCALE.rank)
    words = () if harmless else change.detail.words
    unit = "" if of_environment else change.object.unit
    return (change.impact, change.action, change.environments, change.event, unit, words)


def _grouped(items: Iterable[_Item], key: Callable[[_Item], Hashable]) -> list[list[_Item]]:
    groups: dict[Hashable, list[_Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())
