"""A row of a kind file: what an edit at a path does. `impact` in the file, with every word looked up."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from generator.kinds.conditions import NAMED, ON_FIELDS
from generator.kinds.impact import Edit, Impact
from generator.kinds.path import matches
from generator.kinds.vocabulary import WORDS, WORDS_OF_VALUES

Test = Callable[[Edit], bool]


class UnknownWordError(ValueError):
    """A word after `when` or `if` that is none of ours: `word`, and those there are."""

    def __init__(self, word: str, known: list[str]) -> None:
        super().__init__(word)
        self.word = word
        self.known = known


class Row(NamedTuple):
    """What an edit at `path` does where all `tests` hold. `word` is what the file says after `when`.

    `paths` are patterns; the row does not hold at those of `but`. `reason` is one sentence, `source` where that is written,
    `instead` what to do where it must not merge. `alone` rows do not hold for a part of something larger that is added or
    removed: a rule that goes lets in nobody, though its ports go too.
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

    @property
    def of_object(self) -> bool:
        """Whether it is about an object that is added or removed as a whole."""
        return self.paths == ("",)

    def holds(self, edit: Edit) -> bool:
        """Whether the row says something of an edit."""
        return (
            any(matches(path, edit.steps) for path in self.paths)
            and all(test(edit) for test in self.tests)
            and not any(matches(path, edit.steps) for path in self.but)
        )

    def under(self, path: str) -> "Row":
        """Return the row for a part of an object that is below `path`."""
        return self._replace(
            paths=tuple(_joined(path, own) for own in self.paths), but=tuple(_joined(path, own) for own in self.but)
        )


def _joined(path: str, own: str) -> str:
    return f"{path}.{own}" if path and own and not own.startswith("[") else path + own


def tests_of(when: Any, condition: Any) -> Iterator[Test]:
    """Yield the tests that `when` and `if` of a row mean. Raises UnknownWordError."""
    for word in when if isinstance(when, list) else [when]:
        yield _when(word)
    for asked in condition if isinstance(condition, list) else [condition]:
        yield _condition(asked)


def _when(word: Any) -> Test:
    if isinstance(word, dict):
        ((name, values),) = word.items()
        if name == "not":
            return _negated(_when(values))
        if name not in WORDS_OF_VALUES:
            raise UnknownWordError(str(name), sorted(WORDS_OF_VALUES))
        made = WORDS_OF_VALUES[name](*values)
        return lambda edit: made(edit.before, edit.after)
    if word not in WORDS:
        raise UnknownWordError(str(word), sorted(WORDS))
    said = WORDS[word]
    return lambda edit: said(edit.before, edit.after)


def _condition(asked: Any) -> Test:
    if isinstance(asked, dict):
        ((name, fields),) = asked.items()
        if name == "not":
            return _negated(_condition(fields))
        if name not in ON_FIELDS:
            raise UnknownWordError(str(name), sorted(ON_FIELDS))
        return ON_FIELDS[name](fields)
    if asked not in NAMED:
        raise UnknownWordError(str(asked), sorted(NAMED))
    return NAMED[asked]


def _negated(test: Test) -> Test:
    return lambda edit: not test(edit)
