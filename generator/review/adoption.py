"""An added object that takes over what exists in Google Cloud: every field of it may change something there. Pure.

The live resource is in no tree. So each field is judged as a change from whatever may stand there: from nothing, from
another value, from an item more in a list.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from generator.annotation import CONFIG_CONNECTOR, OF_THE_OBJECT
from generator.field import mapping, text
from generator.kinds import ABSENT, Impact, Kinds, found, matches, parts
from generator.manifest import Object
from generator.review.change import Difference, Verdict
from generator.review.differences import with_value
from generator.review.judge import UNKNOWN, of_field, worst_first
from generator.review.side import Side

_SOURCE = (
    "https://cloud.google.com/config-connector/docs/how-to/managing-deleting-resources#acquiring_an_existing_resource"
)
_INSTEAD = "compare it with what is there first, and write what must stay: docs/adopting.md"
_CHANGES = "takes over {} in Google Cloud, and changes it at once to what Git says; what Git leaves out {}"
_LEFT_OUT = {True: "stays as it is", False: "falls back to the defaults of Config Connector"}
_DIFFERS = "if what is there differs: "
_NOT_KNOWN = UNKNOWN._replace(reason="if what is there differs, it is changed at once: no table says what that does")
_FINDS = Verdict(Impact.UNKNOWN, "says where it is: what is elsewhere is not found, and a new one is made", _SOURCE)
_NAMES_IT = (("spec", "resourceID"), ("spec", "projectRef"))
"""Which resource it is; not a setting of it."""
_ANOTHER = "another"
_WHATEVER = (True, False, 1, _ANOTHER, [_ANOTHER])
"""What may stand where Git says nothing."""
_NUMBER = re.compile("[0-9]{1,18}")

_Verdicts = tuple[Verdict, ...]
_Steps = tuple[str | int, ...]
_Edit = tuple[_Steps, Any, Any]
"""A place, and what stands there before and after."""


def taken_over(new: Object, before: Side, after: Side) -> str:
    """Return the name of the resource that an added object takes over; '' if it makes a new one, as far as one can see.

    A resource exists if objects of either side name it by `external`: ours they name by `name`. An object also takes
    over what its `resourceID` names, in kinds that do not say by it how the resource that they make is called.
    """
    google = before.kinds.google(new.id.group, new.id.kind)
    if not google:
        return ""
    resource_id = text(new.manifest, "spec", "resourceID")
    name = resource_id or new.id.name
    is_external = any((new.id.kind, name) in side.external for side in (before, after))
    return name if is_external or (name != new.id.name and not google.named_by_id) else ""


def of_object(
    new: Object, name: str, additions: Iterable[Verdict], of_fields: Iterable[Verdict], kinds: Kinds
) -> Verdict:
    """Return what it does that an object takes over a resource: the worst of its fields, and never nothing.

    `additions` are what the object does whether it is there or not.
    """
    reason = _CHANGES.format(f"{new.id.kind} {name}", _LEFT_OUT[kinds.keeps_left_out(new.id.group, new.id.kind)])
    severe = [verdict for verdict in additions if _is_severe(verdict)]
    reason = "; ".join((reason, *(verdict.reason for verdict in severe)))
    impact = min((verdict.impact for verdict in (UNKNOWN, *severe, *of_fields)), key=lambda impact: impact.rank)
    return Verdict(impact, reason, _SOURCE, _INSTEAD)


def of_fields(new: Object, kinds: Kinds) -> Iterator[tuple[Difference, _Verdicts]]:
    """Yield every field that may change the resource, and what that may do, worst first, each impact once."""
    return _Adopted(new, kinds).fields()


class _Adopted:
    """An object that takes over a resource, and what its kind says of edits."""

    def __init__(self, new: Object, kinds: Kinds) -> None:
        self.new, self.kinds = new, kinds
        self.rows = kinds.rows(new.id.group, new.id.kind)
        forms = (kinds.form(new.id.kind, form) for form in kinds.of(new.id.group, new.id.kind).forms)
        google = kinds.google(new.id.group, new.id.kind)
        parent = {parts(google.parent)} if google and google.parent else set()
        self.finds = {("spec", name) for form in forms if form for name in form.names} | parent
        """The fields that are in the path by which Google Cloud knows it."""

    def fields(self) -> Iterator[tuple[Difference, _Verdicts]]:
        for key, value in sorted(mapping(self.new.manifest, "metadata", "annotations").items()):
            steps = ("metadata", "annotations", key)
            if str(key).startswith(f"{CONFIG_CONNECTOR}/") and key not in OF_THE_OBJECT:
                yield _difference(steps, value), self._verdicts((steps, ABSENT, value))
        for below in (("metadata", "labels"), ("spec",)):
            yield from self._below(below, found(self.new.manifest, below))
        if not self.kinds.keeps_left_out(self.new.id.group, self.new.id.kind):
            yield from self._left_out()

    def _below(self, steps: _Steps, value: Any) -> Iterator[tuple[Difference, _Verdicts]]:
        """Yield a field; of a map, each field in it, and itself where it matters that it comes as a whole."""
        if steps in _NAMES_IT or value is None:
            return
        finds = steps[:2] in self.finds
        if finds and not isinstance(value, dict):
            yield _difference(steps, value), (_FINDS,)
            return
        if not isinstance(value, dict) or not value:
            edits = self._of_list(steps, value) if isinstance(value, list) else self._of_value(steps, value)
            yield _difference(steps, value), self._of_all(edits)
            return
        named = (path for row in self.rows for path in row.paths if not path.endswith(".**"))
        if not finds and any(matches(path, steps) for path in named):
            severe = tuple(verdict for verdict in self._verdicts((steps, ABSENT, {})) if _is_severe(verdict))
            if severe:
                yield _difference(steps, value), severe
        for key in sorted(value):
            yield from self._below((*steps, key), value[key])

    def _left_out(self) -> Iterator[tuple[Difference, _Verdicts]]:
        """Yield what Git does not say, where a row knows what it does that it falls back to its default, if it can."""
        paths = {path.removesuffix(".**") for row in self.rows for path in row.paths if path.startswith("spec.")}
        for steps in sorted(map(parts, paths)):
            parent = found(self.new.manifest, steps[:-1])
            if "*" in steps or not isinstance(parent, dict) or parent.get(steps[-1]) is not None:
                continue
            said = self._of_all((steps, before, ABSENT) for before in _WHATEVER)
            severe = tuple(one for one in said if _is_severe(one) and one.impact is not Impact.BLOCKED)
            if severe:
                yield _difference(steps, ABSENT), severe

    def _of_value(self, steps: _Steps, value: Any) -> Iterator[_Edit]:
        """Yield the edits that a value may be: from nothing, and from other values."""
        named = (was for row in self.rows if any(matches(path, steps) for path in row.paths) for was in row.was)
        return ((steps, before, value) for before in (ABSENT, *_others(value), *named) if before != value)

    def _of_list(self, steps: _Steps, value: list[Any]) -> Iterator[_Edit]:
        """Yield the edits that a list may be: it is managed as a whole, so items come, go and change."""
        yield steps, ABSENT, value
        for index, item in enumerate(value):
            yield (*steps, index), ABSENT, item
            yield (*steps, index), item, ABSENT
            yield from self._inside((*steps, index), item)
        yield (*steps, 0), _other(value[0]) if value else _ANOTHER, ABSENT

    def _inside(self, steps: _Steps, value: Any) -> Iterator[_Edit]:
        if not isinstance(value, dict | list):
            yield from self._of_value(steps, value)
            return
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from self._inside((*steps, step), item)

    def _of_all(self, edits: Iterable[_Edit]) -> _Verdicts:
        """Return what one of several edits may do; what nobody knows, and what is safe, only by itself."""
        said = [verdict for edit in edits for verdict in self._verdicts(edit)]
        told = [verdict for verdict in said if verdict != _NOT_KNOWN and verdict.impact is not Impact.SAFE]
        return worst_first(told or ([_NOT_KNOWN] if _NOT_KNOWN in said else said[-1:]))

    def _verdicts(self, edit: _Edit) -> _Verdicts:
        """Return what an edit does, in words for what may be there; a safe one is safe whatever is there.

        What to do instead is the same for all fields, and is said once, of the object.
        """
        steps, before, after = edit
        old = msgspec.structs.replace(self.new, manifest=with_value(self.new.manifest, steps, before))
        said = of_field(Difference(steps, "it", before, after), old, self.new, self.kinds)
        return tuple(_if_it_differs(verdict) for verdict in said)


def _if_it_differs(verdict: Verdict) -> Verdict:
    if verdict == UNKNOWN:
        return _NOT_KNOWN
    if verdict.impact is Impact.SAFE:
        return verdict
    return verdict._replace(reason=_DIFFERS + verdict.reason, instead="")


def _difference(steps: _Steps, value: Any) -> Difference:
    labels = (f"[{step}]" if "." in str(step) else f".{step}" for step in steps[1:])
    return Difference(steps, f"{steps[0]}{''.join(labels)}", ABSENT, value)


def _is_severe(verdict: Verdict) -> bool:
    """Whether it is worse than not to be known."""
    return verdict.impact.rank < Impact.UNKNOWN.rank


def _other(value: Any) -> Any:
    """Return something of the same shape that is not this."""
    if isinstance(value, dict):
        return {key: _other(item) for key, item in value.items()}
    return [_other(item) for item in value] if isinstance(value, list) else next(_others(value))


def _others(value: Any) -> Iterator[Any]:
    """Yield other values that may be there: the opposite, another text, less and more."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value - 1)
    else:
        written = str(value)
        if number := _NUMBER.search(written):
            for change in (1, -1):
                yield f"{written[: number.start()]}{int(number[0]) + change}{written[number.end() :]}"
        yield _ANOTHER
