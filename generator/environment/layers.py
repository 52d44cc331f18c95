"""Which files make an environment, and their deep merge. Every value keeps the place it was written at.

Maps merge, lists replace, `null` removes; so whatever one may extend is a map by name.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from generator import yamlio
from generator.environment.scalars import ENVIRONMENT_NAME_HINT
from generator.errors import InputInvalid
from generator.finding import Finding, Where
from generator.schema import dotted, walk, whole
from generator.suggestion import did_you_mean
from generator.tree import Sources, is_name
from generator.yamlio import Path

ROOT = "environments"
PROFILES = f"{ROOT}/profiles"
_DEFAULTS = f"{PROFILES}/defaults.yaml"
_DEEPEST = 30


class Merged(NamedTuple):
    """The merged value of all layers, and where each path was last written; `emptied` is where null removed a path."""

    value: dict[str, Any]
    marks: dict[Path, Where]
    emptied: Mapping[str, Where] = {}

    def texts(self) -> Iterator[tuple[Path, str]]:
        """Yield every value that is text, with its path."""
        return ((path, item) for path, item in walk(self.value) if isinstance(item, str))

    def keys(self) -> Iterator[tuple[Path, str]]:
        """Yield every key, with its path."""
        return ((path, path[-1]) for path, _ in walk(self.value) if path and isinstance(path[-1], str))


class _Layer(NamedTuple):
    """What one file says, and what is wrong with it.

    `choice` is what a profile is one answer to, such as the size: a file takes one answer.
    """

    file: str
    value: dict[str, Any]
    marks: dict[Path, Where]
    choice: str = ""
    extends: tuple[str, ...] = ()
    problems: tuple[Finding, ...] = ()


def names(sources: Sources) -> list[str]:
    """Return the names of the environments there are, sorted."""
    stems = [
        path.removeprefix(f"{ROOT}/").removesuffix(".yaml") for path in sources.below(ROOT) if path.endswith(".yaml")
    ]
    return [stem for stem in stems if "/" not in stem]


def choose(wanted: tuple[str, ...], sources: Sources, *, every: bool) -> list[str]:
    """Return which environments a command means, each once. Raises InputInvalid if none is named."""
    if every:
        return names(sources)
    if not wanted:
        hint = f"there are: {', '.join(names(sources)) or 'none'}; --all takes every one"
        raise InputInvalid([Finding(rule="usage", message="name an environment", hint=hint)])
    return list(dict.fromkeys(wanted))


def known(name: str, sources: Sources, others: Iterable[str] = ()) -> None:
    """Raise InputInvalid unless `name` can be an environment, and is one or is in `others` (once rendered ones)."""
    file, there = f"{ROOT}/{name}.yaml", [*names(sources), *others]
    if not is_name(name):
        message = f"the name of an environment must be {ENVIRONMENT_NAME_HINT}"
        written = name in names(sources)
        like = [other for other in there if other != name]
        hint = "rename the file" if written else _nearest(name.rpartition("/")[2].removesuffix(".yaml"), like)
        raise InputInvalid([Finding.at(Where(file if written else ""), "environment-name", message, hint=hint)])
    if name not in there:
        hint = _nearest(name, there)
        raise InputInvalid([Finding.at(Where(file), "environment-unknown", "there is no such environment", hint=hint)])


def merge(name: str, sources: Sources) -> Merged:
    """Return environment `name` merged from `defaults`, what it extends, and itself. Raises InputInvalid."""
    known(name, sources)
    file = f"{ROOT}/{name}.yaml"
    layers = [_read(_DEFAULTS, sources), *_layers(file, sources, (), {})]
    if problems := [problem for layer in layers for problem in layer.problems]:
        raise InputInvalid(problems)
    for layer in layers[:-1]:
        layer.value.pop("name", None)  # what is extended lends all but its name
    value: dict[str, Any] = {}
    marks: dict[Path, Where] = {}
    for layer in layers:
        _overlay(value, layer.value, (), marks, layer.marks)
    value.pop("extends", None)
    there = {path for path, _ in walk(value)}
    emptied = {dotted(path): where for path, where in marks.items() if path not in there}
    return Merged(value, {path: where for path, where in marks.items() if path in there}, emptied)


def profiles_with(path: str, sources: Sources) -> list[str]:
    """Return the profiles that an environment may extend to get a value at `path`, which is dotted."""
    having = [
        file
        for file in sources.below(PROFILES)
        if file != _DEFAULTS and any(dotted(mark) == path for mark in _read(file, sources).marks)
    ]
    return [file.removeprefix(f"{PROFILES}/").removesuffix(".yaml") for file in having]


def _layers(file: str, sources: Sources, opened: tuple[str, ...], done: dict[str, list[_Layer]]) -> list[_Layer]:
    """Return the layers of `file`, what it extends first, each once. `opened` are the files that extend it.

    `done` holds what was found of other files, so that each is read once, however many extend it.
    """
    if file in done:
        return done[file]
    layer = _read(file, sources)
    wrong: list[Finding] = []
    extended: list[_Extended] = []
    for index, parent in enumerate(layer.extends):
        where = layer.marks.get(("extends", index), Where(file))
        path = _file_of(parent, sources)
        if path is None:
            wrong.append(_unknown(parent, where, sources))
        elif path in (*opened, file):
            circle = " -> ".join((*opened, file, path)[(*opened, file).index(path) :])
            wrong.append(_finding("extends-circle", where, f"forms a cycle: {circle}", "remove one of them"))
        elif len(opened) == _DEEPEST:
            message = f"makes a chain of more than {_DEEPEST} files that extend each other"
            wrong.append(_finding("extends-depth", where, message, "shorten the chain"))
        elif path != _DEFAULTS:
            extended.append(_Extended(parent, where, path, _layers(path, sources, (*opened, file), done)))
    found = {below.file: below for item in extended for below in item.layers}
    found[file] = layer._replace(problems=(*layer.problems, *wrong, *_choice_problems(extended)))
    done[file] = list(found.values())
    return done[file]


class _Extended(NamedTuple):
    """An entry of `extends`, where it stands, the file it names, and the layers it brings."""

    entry: str
    where: Where
    file: str
    layers: list[_Layer]


def _choice_problems(extended: list[_Extended]) -> Iterator[Finding]:
    """Yield that an entry of `extends` answers what an earlier one has answered."""
    first: dict[str, tuple[_Layer, _Extended]] = {}
    chosen = [(layer, item) for item in extended if item.file.startswith(PROFILES) for layer in item.layers]
    for layer, item in chosen:
        if layer.choice:
            answer, before = first.setdefault(layer.choice, (layer, item))
            if answer.file != layer.file:
                message = f"{item.entry} and {before.entry} (line {before.where.line}) exclude each other"
                message += f": an environment has one {layer.choice}"
                yield _finding("extends-choice", item.where, message, f"keep {before.entry} or {item.entry}")


def _unknown(parent: str, where: Where, sources: Sources) -> Finding:
    known = [p.rsplit("/", 1)[1].removesuffix(".yaml") for p in sources.below(PROFILES)] + names(sources)
    return _finding("extends-unknown", where, "there is no such profile", _nearest(parent, known))


def _finding(rule: str, where: Where, message: str, hint: str) -> Finding:
    return Finding.at(where, rule, message, path="extends", hint=hint)


def extending(name: str, sources: Sources) -> Iterator[Finding]:
    """Yield which files extend environment `name`, so that it cannot go."""
    for file in (path for path in sources.below(ROOT) if path.endswith(".yaml")):
        layer = _read(file, sources)
        for index, parent in enumerate(layer.extends):
            if _file_of(parent, sources) == f"{ROOT}/{name}.yaml":
                where = layer.marks.get(("extends", index), Where(file))
                message = f"extends {name}, which is to be retired"
                hint = "copy into it the values that it takes from there"
                yield Finding.at(where, "environment-extended", message, path="extends", hint=hint)


def _nearest(name: str, known: list[str]) -> str:
    """Return what somebody who wrote `name` may have meant."""
    return did_you_mean(name[:60].lower(), known, f"there are: {', '.join(known) or 'none'}")


def _file_of(parent: str, sources: Sources) -> str | None:
    """Return the profile, or else the environment, of that stem."""
    candidates = (f"{PROFILES}/{parent}.yaml", f"{ROOT}/{parent}.yaml")
    return next((path for path in candidates if path in sources.texts), None)


def _read(file: str, sources: Sources) -> _Layer:
    """Return the layer of one file; an empty one if it is missing or cannot be read."""
    if file not in sources.texts:
        hint = "every environment starts from it"
        return _unread(file, Finding.at(Where(file), "environment-unknown", "is missing", hint=hint))
    try:
        value, marks = yamlio.load(sources.texts[file], file)
    except InputInvalid as error:
        return _unread(file, *error.findings)
    if not isinstance(value, dict):
        start = "a profile has at least one key" if file.startswith(PROFILES) else "start with `name:`"
        message, hint = ("is empty", start) if value is None else ("must be a map", "key: value")
        return _unread(file, Finding.at(marks[()], "environment-invalid", message, hint=hint))
    value = whole(value)
    problems = []
    choice = value.pop("choice", "") if file.startswith(PROFILES) else ""
    if not isinstance(choice, str):
        hint = "name what an environment has exactly one of, e.g. choice: size"
        problems.append(Finding.at(marks["choice",], "environment-invalid", "must be text", path="choice", hint=hint))
    extends = value.get("extends", [])
    if not (isinstance(extends, list) and all(isinstance(parent, str) for parent in extends)):
        hint = "extends: [private, high-scale]"
        message = "must be a list of names"
        problems.append(Finding.at(marks["extends",], "environment-invalid", message, path="extends", hint=hint))
        extends = []
    return _Layer(file, value, marks, str(choice), tuple(extends), tuple(problems))


def _unread(file: str, *problems: Finding) -> _Layer:
    return _Layer(file, {}, {}, problems=problems)


def _overlay(
    value: dict[str, Any], upper: dict[str, Any], path: Path, marks: dict[Path, Where], upper_marks: dict[Path, Where]
) -> None:
    """Lay `upper` over `value`, in place, with the marks of what it brings."""
    marks[path] = upper_marks[path]
    for key, item in upper.items():
        below = (*path, key)
        if isinstance(item, dict) and isinstance(value.get(key), dict):
            _overlay(value[key], item, below, marks, upper_marks)
            continue
        for mark in [mark for mark in marks if mark[: len(below)] == below]:
            del marks[mark]
        value.pop(key, None)
        marks |= {mark: where for mark, where in upper_marks.items() if mark[: len(below)] == below}
        if item is not None:
            value[key] = _without_null(item)


def _without_null(item: Any) -> Any:
    """Drop the keys that say `null`: there is nothing below for them to remove."""
    if isinstance(item, dict):
        return {key: _without_null(child) for key, child in item.items() if child is not None}
    return item
