"""Changes of all environments -> what is said of them: worst first, and the same thing once. Pure."""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from generator.review import Action, Change, Impact, Review
from generator.views.review import value as plan_value
from generator.views.review.words import Place, Row, Said

_HASHED = re.compile(r"-[24-9bcdfghkmt]{10}")
"""What kustomize appends to the name of a ConfigMap or Secret that it makes of files."""
_NEW, _GONE = "new environment", "the environment goes"

_Item = TypeVar("_Item")


class _Seen(NamedTuple):
    """A change of one object, in all environments where it is the same."""

    impact: Impact
    action: Action
    place: Place
    row: Row
    story: str
    environments: tuple[str, ...] = ()


def said(reviews: Iterable[Review]) -> tuple[Said, ...]:
    """Return everything that is to be said, worst first."""
    seen = list(_seen(tuple(reviews)))
    found = [
        *_together([item for item in seen if item.row.shown]),
        *_folded([item for item in seen if not item.row.shown]),
    ]
    return tuple(sorted(found, key=_order))


def _order(one: Said) -> tuple[object, ...]:
    """Return what to sort by: of what no table knows, the same words stand together."""
    words = one.rows[0].reason if one.impact is Impact.UNKNOWN else ""
    return (one.impact.rank, not one.story, not one.is_whole, words, one.places, one.environments, one.rows)


def _seen(reviews: tuple[Review, ...]) -> Iterator[_Seen]:
    """Yield every change of an object once, with the environments where it is the same."""
    found: dict[_Seen, list[tuple[str, Change]]] = {}
    for one in reviews:
        stories, place = _stories(one), _neutral(one.environment)
        for change in one.changes:
            found.setdefault(_key(change, place(change), stories), []).append((one.environment, change))
    namesakes: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    for key in found:
        namesakes.setdefault((key.place.kind, key.place.name), set()).add(key.place.whole)
    for key, told in found.items():
        alike = len(namesakes[key.place.kind, key.place.name]) > 1
        yield key._replace(
            place=key.place._replace(name=_name(key.place, [change for _, change in told], alike=alike)),
            row=key.row._replace(number=len(told)),
            environments=tuple(dict.fromkeys(environment for environment, _ in told)),
        )


def _key(change: Change, place: Place, stories: Mapping[str, str]) -> _Seen:
    lines = plan_value.lines(change.before, change.after) if change.path else ()
    row = Row(change.shown or change.path, lines, change.reason, change.source, change.instead, 0)
    story = "" if change.path else stories.get("", stories.get(change.unit, ""))
    return _Seen(change.impact, change.action, place, row, story)


def _stories(review: Review) -> dict[str, str]:
    """Return which units come or go, by name; of an environment that comes or goes itself, its story as of ''.

    An environment that is there has its AppProjects, which are nobody's; a unit has its Application.
    """
    whole = [change for change in review.changes if not change.path]
    actions = {change.action for change in review.changes} if len(whole) == len(review.changes) else set()
    if any(change.id.kind == "AppProject" and not change.unit for change in whole) and len(actions) == 1:
        return {"": _NEW if Action.ADD in actions else _GONE}
    return {
        change.unit: f"{change.unit} switched {'on' if change.action is Action.ADD else 'off'}"
        for change in whole
        if change.id.kind == "Application" and change.unit
    }


def _neutral(environment: str) -> Callable[[Change], Place]:
    """Return what tells an object's place, with `{env}` for the environment's name."""
    pattern = re.compile(rf"(?<![a-z0-9]){re.escape(environment)}(?![a-z0-9])")

    def place(change: Change) -> Place:
        id_ = change.id
        name = pattern.sub("{env}", id_.name)
        if id_.kind in ("ConfigMap", "Secret") and change.path:
            name = _HASHED.sub("-…", name) if _HASHED.search(name[-11:]) else name
        return Place(change.unit, id_.kind, name, (id_.cluster, id_.group, pattern.sub("{env}", id_.namespace)))

    return place


def _name(place: Place, changes: list[Change], *, alike: bool) -> str:
    """Return what an object is called: by its own name if it has one in all environments, with what tells it apart."""
    names = {change.id.name for change in changes}
    name = names.pop() if len(names) == 1 else place.name
    namespaces = {change.id.namespace for change in changes}
    cluster, namespace = place.whole[0], namespaces.pop() if len(namespaces) == 1 else place.whole[2]
    return f"{namespace or cluster}/{name}" if alike else name


def _together(seen: list[_Seen]) -> Iterator[Said]:
    """Yield the same difference of several objects as one, then all differences of the same objects as one."""
    blocks: dict[Said, list[Row]] = {}
    for items in _grouped(seen, lambda item: (*item[:2], _Shared.of(item), item.environments)):
        first = items[0]
        shown = first.row.shown if len({item.row.shown for item in items}) == 1 else _starred(first)
        row = first.row._replace(shown=shown, number=sum(item.row.number for item in items))
        places = tuple(sorted(item.place for item in items))
        blocks.setdefault(Said(first.impact, first.action, places, first.environments, ()), []).append(row)
    yield from (block._replace(rows=tuple(rows)) for block, rows in blocks.items())


class _Shared(NamedTuple):
    """What two objects have in common if the same is said of both."""

    shown: str
    lines: tuple[str, ...]
    words: tuple[str, ...]

    @classmethod
    def of(cls, item: _Seen) -> "_Shared":
        row = item.row
        return cls(_starred(item), row.lines, (row.reason, row.source, row.instead))


def _starred(item: _Seen) -> str:
    """Return a path without the object's own name, which its main container has."""
    return item.row.shown.replace(f"[{item.place.name.rpartition('/')[2]}]", "[*]")


def _folded(seen: list[_Seen]) -> Iterator[Said]:
    """Yield the objects of a unit that come or go as one, as long as the same is said of them."""
    for items in _grouped(seen, _fold):
        first, rows = items[0], [item.row for item in items]
        words = {(row.reason, row.source, row.instead) for row in rows}
        reason, source, instead = words.pop() if len(words) == 1 else ("", "", "")
        row = Row("", (), reason, source, instead, sum(row.number for row in rows))
        places = tuple(sorted(item.place for item in items))
        yield Said(first.impact, first.action, places, first.environments, (row,), first.story)


def _fold(item: _Seen) -> Hashable:
    environment = item.story in (_NEW, _GONE)
    harmless = item.impact is Impact.SAFE or (environment and item.impact.rank >= Impact.SCALE.rank)
    words = ("", "", "") if harmless else (item.row.reason, item.row.source, item.row.instead)
    unit = "" if environment else item.place.unit
    return (item.impact, item.action, item.environments, item.story, unit, words)


def _grouped(items: Iterable[_Item], key: Callable[[_Item], Hashable]) -> list[list[_Item]]:
    groups: dict[Hashable, list[_Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())
