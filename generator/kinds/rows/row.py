"""A row of a kind file: what an edit at a path does. `impact` in the file, with every word looked up."""

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from generator.kinds.impact import Edit, Impact, Steps
from generator.kinds.kind import WrittenRow
from generator.kinds.path import is_path, joined, matches, parts
from generator.kinds.rows.conditions import NAMED, ON_FIELDS
from generator.kinds.rows.vocabulary import WORDS, WORDS_OF_VALUES
from generator.kinds.rows.vocabulary import reordered as is_reordered
from generator.suggestion import did_you_mean

Test = Callable[[Edit], bool]
_NOT = "not"
_SIDES = 2


class Row(NamedTuple):
    """What an edit at `path` does where all `tests` hold. `word` is what the file says after `when`.

    `paths` are patterns; the row does not hold at those of `but`. `reason` is one sentence, `source` is where that is
    written, and `instead` is what to do where it must not merge. `alone` rows do not hold for a part of something
    larger that is added or removed: a rule that goes lets in nobody, though its ports go too. `new` rows hold for a
    field of an object that is new, too. Where an `unused` one holds for a new object, only `new` ones say what a field
    of it does. `was` are the values before that its words name.
    """

    paths: tuple[str, ...]
    word: str
    tests: tuple[Test, ...]
    impact: Impact
    reason: str
    source: str = ""
    instead: str = ""
    but: tuple[str, ...] = ()
    alone: bool = False
    new: bool = False
    unused: bool = False
    was: tuple[Any, ...] = ()

    @property
    def of_object(self) -> bool:
        """Whether it is about an object that is added or removed as a whole."""
        return self.paths == ("",)

    @property
    def of_new_object(self) -> bool:
        """Whether it says something of an object that is new: most rows say what a change does to one that is there."""
        return self.of_object or self.new or (self.impact is Impact.EXPOSURE and not self.alone)

    def holds(self, edit: Edit) -> bool:
        """Whether the row says something of an edit. That another order is safe is not for rows to say."""
        if self.impact is Impact.SAFE and is_reordered(edit.before, edit.after):
            return False
        return (
            any(self._means(path, edit) for path in self.paths)
            and all(test(edit) for test in self.tests)
            and not any(matches(path, edit.steps) for path in self.but)
        )

    def _means(self, path: str, edit: Edit) -> bool:
        """Whether a path means a place. What comes may be safe with all in it, a field more of what stays is not."""
        if self.impact is Impact.SAFE and self.word == "added" and path.endswith("**") and _is_in_an_item(edit):
            return False
        return matches(path, edit.steps)

    def under(self, path: str) -> "Row":
        """Return the row for a part of an object that is below `path`."""
        return self._replace(
            paths=tuple(joined(path, own) for own in self.paths), but=tuple(joined(path, own) for own in self.but)
        )


class ByPlace:
    """The rows of a kind, each found by the places that it means: what a place finds is kept."""

    def __init__(self, rows: tuple[Row, ...]) -> None:
        self._rows = rows
        self._named = {step for row in rows for path in row.paths for step in parts(path)}
        self._at = functools.cache(self._found)

    def at(self, steps: Steps) -> tuple[Row, ...]:
        """Return the rows that mean a place, in their order; to most paths one list item is like another."""
        return self._at(tuple(step if isinstance(step, str) or str(step) in self._named else "*" for step in steps))

    def _found(self, steps: Steps) -> tuple[Row, ...]:
        return tuple(row for row in self._rows if any(matches(path, steps) for path in row.paths))


def _is_in_an_item(edit: Edit) -> bool:
    """Whether a field comes by itself in a list item that was there: it comes where its default stood."""
    last = max((depth for depth, step in enumerate(edit.steps) if isinstance(step, int)), default=len(edit.steps))
    return last < len(edit.whole) - 1


def compiled(written: WrittenRow, sources: Mapping[str, str], source: str) -> Row:
    """Return a row with its words looked up; `source` is that of a row that names none."""
    return Row(
        paths=tuple(_listed(written.path)),
        word=written.when if isinstance(written.when, str) else "",
        tests=(*map(_when, _listed(written.when)), *tests_of(written.condition)),
        impact=written.impact,
        reason=written.reason,
        source=sources.get(written.source, written.source) or source,
        instead=written.instead,
        but=tuple(_listed(written.but)),
        alone=written.alone,
        new=written.new,
        unused=written.unused,
        was=tuple(_named_before(written.when)),
    )


def tests_of(condition: Any) -> tuple[Test, ...]:
    """Return what is asked after `if`."""
    return tuple(map(_condition, _listed(condition)))


def _named_before(when: Any) -> Iterator[Any]:
    """Yield the values that words name of what was there."""
    for word in _listed(when):
        for name, values in word.items() if isinstance(word, dict) else ():
            if name == _NOT:
                yield from _named_before(values)
            elif name in ("leaves", "turns"):
                yield from values[: 1 if name == "turns" else None]


def _when(word: Any) -> Test:
    if isinstance(word, dict):
        ((name, values),) = word.items()
        if name == _NOT:
            return _negated(_when(values))
        made = WORDS_OF_VALUES[name](*values)
        return lambda edit: made(edit.before, edit.after)
    said = WORDS[word]
    return lambda edit: said(edit.before, edit.after)


def _condition(asked: Any) -> Test:
    if isinstance(asked, dict):
        ((name, fields),) = asked.items()
        return _negated(_condition(fields)) if name == _NOT else ON_FIELDS[name](fields)
    return NAMED[asked]


def _negated(test: Test) -> Test:
    return lambda edit: not test(edit)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def wrong_words(when: Any, condition: Any) -> Iterator[tuple[str, str, str]]:
    """Yield what cannot stand after `when` or `if` of a row: which of the two, what is wrong, and a hint."""
    for word in _listed(when):
        yield from (("when", *why) for why in _wrong(word, WORDS, WORDS_OF_VALUES, _wrong_values))
    for asked in _listed(condition):
        yield from (("if", *why) for why in _wrong(asked, NAMED, ON_FIELDS, _wrong_fields))


def _wrong(
    said: Any,
    words: Mapping[str, Any],
    maps: Mapping[str, Any],
    of_values: Callable[[str, Any], Iterator[tuple[str, str]]],
) -> Iterator[tuple[str, str]]:
    """Yield why something is neither one of the words, nor a map of one of the others to what that takes, nor `not`."""
    known = [*words, *maps, _NOT]
    all_of_them = f"known here: {', '.join(known)}"
    if isinstance(said, str):
        if said not in words:
            needs = f"write {{{said}: …}}" if said in (*maps, _NOT) else did_you_mean(said, known) or all_of_them
            yield "is not a word that stands here", needs
    elif not isinstance(said, dict):
        yield "must be a word, or a map of one word", all_of_them
    elif len(said) != 1:
        yield "must be a map of one word", "write a list of several: all of them must hold"
    else:
        ((name, value),) = said.items()
        if name == _NOT:
            yield from _wrong(value, words, maps, of_values)
        elif name in maps:
            yield from of_values(name, value)
        else:
            yield "is not a word that stands here", did_you_mean(name, known) or all_of_them


def _wrong_values(name: str, values: Any) -> Iterator[tuple[str, str]]:
    """Yield why a word cannot take these values."""
    if not isinstance(values, list) or not values:
        yield f"{name} takes a list of values", f"write {{{name}: [a, b]}}"
    elif name == "turns" and len(values) != _SIDES:
        yield "turns takes two values", "write {turns: [old, new]}"
    elif name == "below" and not (len(values) == 1 and isinstance(values[0], int)):
        yield "below takes one number", "write {below: [10]}"
    elif name == "gains" and not all(isinstance(value, str) for value in values):
        yield "gains takes words", "put them in quotes"


def _wrong_fields(name: str, fields: Any) -> Iterator[tuple[str, str]]:
    """Yield why a condition cannot ask these fields."""
    hint = f"write {{{name}: {{spec.field: [a, b]}}}}"
    if not isinstance(fields, dict) or not fields or not all(isinstance(one, list) for one in fields.values()):
        yield f"{name} takes fields, each with a list of values", hint
    elif not all(path and is_path(path) and "*" not in parts(path) for path in fields):
        yield f"{name} takes the path of one field", hint
