"""What is wrong with a project's kind file, which is input like any other: all problems, with line, path and hint."""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from generator import yamlio
from generator.bounds import ENTRIES
from generator.errors import InputInvalid
from generator.finding import Finding, Where
from generator.kinds.contract import unsound
from generator.kinds.impact import Impact
from generator.kinds.kind import FOLDER, UNKNOWN, Kind, RowsOf, WrittenRow
from generator.kinds.path import is_path
from generator.kinds.rows.row import wrong_words
from generator.kinds.shipped import shipped
from generator.schema import Contract, Schema, contract, dotted, place, problems, walk
from generator.yamlio import Path
from generator.yamlio.faults import CHARACTER_HINT, REFUSED, characters, named

ANY = "any"
_FILE = re.compile(
    r"(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*/)?"
    r"[A-Za-z](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?"
)
_PLACE = (
    f"a kind's file is {FOLDER}/<group>/<Kind>.yaml, the group without version, or core; {ANY}.yaml is for every kind"
)
_PATH_HINT = "such as spec.rules.*.host, metadata.annotations[example.com/key], spec.template.**"
ADDED = frozenset(
    {"state", "protection", "hardening", "references", "forms", "immutable", "sources", "impact", "contract"}
)
"""What a project may say of a kind that is shipped."""
_OF_ONE_KIND = frozenset({"state", "grant", "wave", "immutable", "unordered", "defaults", "served", "contract"})
"""What is said of one kind only: `any.yaml` cannot say it."""

Problem = tuple[Path, str, str]
"""Where in the file, what is wrong, and a hint."""


class Read(NamedTuple):
    """A kind file: its value, a map where nothing is wrong, where everything in it is, and what is wrong."""

    value: Any
    marks: dict[Path, Where]
    problems: list[Finding]


def read(file: str, text: str) -> Read:
    """Return what a kind file of a project says, and everything that is wrong with it by itself."""
    name = file.removeprefix(f"{FOLDER}/").removesuffix(".yaml")
    if not _FILE.fullmatch(name) or ("/" not in name and name != ANY) or not file.endswith(".yaml"):
        return Read({}, {}, [Finding.at(Where(file), "kind-file", "is not the name of a kind file", hint=_PLACE)])
    try:
        value, marks = yamlio.load(text, file)
    except InputInvalid as error:
        return Read({}, {}, [*error.findings])
    value = {} if value is None else value
    found = [*characters(text, file), *problems(value, _shape(), marks, "kind-file")]
    if isinstance(value, dict) and (large := list(_too_large(value))):
        found += [Finding.at(place((key,), marks), "kind-file", ENTRIES.more, path=key) for key in large]
    elif isinstance(value, dict):
        wrong = dict.fromkeys(
            [*_characters(value), *_rows(value), *_paths(value), *_patterns(value), *_of_name(name, value)]
        )
        wrong |= dict.fromkeys(unsound(value.get("contract")))
        found += [Finding.at(place(at, marks), "kind-file", why, path=dotted(at), hint=hint) for at, why, hint in wrong]
    return Read(value, marks, found or list(_unreadable(value, file)))


def schema() -> Schema:
    """Return the JSON Schema of a kind file, made of the types that read it."""
    (kind, row, rows_of), parts = msgspec.json.schema_components(
        (Kind, WrittenRow, RowsOf), ref_template="#/$defs/{name}"
    )
    parts["Kind"]["properties"]["impact"]["items"] = {"if": {"required": ["rowsOf"]}, "then": rows_of, "else": row}
    parts["WrittenRow"]["properties"]["reason"]["minLength"] = 1
    return {**kind, "$defs": parts}


def _unreadable(value: dict[str, Any], file: str) -> Iterator[Finding]:
    """Yield why the types cannot take what their schema takes, such as 2.0 for a whole number."""
    try:
        for row in msgspec.convert(value, Kind).impact:
            msgspec.convert(row, RowsOf if "rowsOf" in row else WrittenRow)
    except msgspec.ValidationError as error:
        yield Finding.at(Where(file), "kind-file", f"cannot be read: {error}")


@functools.cache
def _shape() -> Contract:
    return contract(schema())


def _characters(value: dict[str, Any]) -> Iterator[Problem]:
    """Yield the values that hold a character that some reader drops, changes or refuses."""
    for path, item in walk(value):
        if isinstance(item, str) and (found := REFUSED.search(item)):
            yield path, named(found[0]), CHARACTER_HINT


def _too_large(value: dict[str, Any]) -> Iterator[str]:
    """Yield the keys that hold more than anybody reads."""
    return (key for key, item in value.items() if isinstance(item, dict | list) and len(item) > ENTRIES.most)


def _rows(value: dict[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the words of rows."""
    for index, row in enumerate(_listed(value.get("impact"))):
        if isinstance(row, dict):
            for key, why, hint in wrong_words(row.get("when", "always"), row.get("if", [])):
                yield ("impact", index, key), why, hint
    for index, entry in enumerate(_listed(value.get("defaults"))):
        if isinstance(entry, dict):
            for key, why, hint in wrong_words("always", entry.get("if", [])):
                yield ("defaults", index, key), why, hint


def _paths(value: dict[str, Any]) -> Iterator[Problem]:
    """Yield the paths that are written in a way that means nothing."""
    written: list[tuple[Path, Any]] = []
    for index, path in enumerate(_listed(value.get("immutable"))):
        written.append((("immutable", index), path or "."))
    lists = value.get("unordered")
    written += [(("unordered", path), path or ".") for path in (lists if isinstance(lists, dict) else ())]
    for index, row in enumerate(_listed(value.get("impact"))):
        for key in ("path", "but"):
            said = row.get(key, []) if isinstance(row, dict) else []
            written += [(("impact", index, key), path) for path in (said if isinstance(said, list) else [said])]
    written += _paths_of_defaults(value)
    for at, path in written:
        if isinstance(path, str) and not is_path(path):
            yield at, "is not a path", _PATH_HINT


def _paths_of_defaults(value: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Yield the paths of defaults, each of one field; of one that is the same as another field those of both."""
    for index, entry in enumerate(_listed(value.get("defaults"))):
        for key in ("values", "sameAs"):
            said = entry.get(key) if isinstance(entry, dict) else None
            for path, other in said.items() if isinstance(said, dict) else ():
                at = ("defaults", index, key, path)
                yield at, "." if not path or path.endswith("**") else path
                if key == "sameAs" and isinstance(other, str):
                    yield at, "." if not other or other.count("*") > path.count("*") else other


def _patterns(value: dict[str, Any]) -> Iterator[Problem]:
    """Yield the patterns of a stranger, which can take for ever: only shipped files have them.

    A form becomes a pattern, too. With one name in a step that is soon decided.
    """
    for key in ("name", "resourceName", "forms"):
        for path, _ in walk(value.get(key)):
            if path[-1:] in (("pattern",), ("ahead",)):
                yield (key, *path), "cannot be a pattern: only a shipped file may hold one", "leave it out"
    forms = value.get("forms")
    for name, form in forms.items() if isinstance(forms, dict) else ():
        said = form if isinstance(form, dict) else {"shown": form}
        if "pattern" not in said and any(step.count("<") > 1 for step in str(said.get("shown")).split("/")):
            yield ("forms", name), "has two names in one step", "such as projects/<project>/things/<name>"


def _of_name(name: str, value: dict[str, Any]) -> Iterator[Problem]:
    """Yield what a file of this name cannot say."""
    is_any, facts = name.rpartition("/")[2] == ANY, shipped(name)
    for key in sorted(value):
        if key == "validation":
            yield (key,), "cannot be said by a project", "say it in the contract of a kind of your own"
        elif is_any and key in _OF_ONE_KIND:
            yield (key,), "has no effect here", f"write it into the file of each kind: {FOLDER}/<group>/<Kind>.yaml"
        elif facts is not UNKNOWN and key in Kind.__struct_encode_fields__ and key not in ADDED:
            hint = f"a project may add {', '.join(sorted(ADDED))}"
            yield (key,), "cannot be changed for a kind that is shipped", hint
    if facts.state and value.get("state") is False:
        yield ("state",), "cannot be taken back: the shipped file says true", "leave it out"
    for index, row in enumerate(_listed(value.get("impact"))):
        if (is_any or facts is not UNKNOWN) and isinstance(row, dict):
            yield from (((("impact", index, *at), why, hint)) for at, why, hint in _weaker(row))
    if not is_any:
        yield from _state(facts, value)


def _weaker(row: dict[str, Any]) -> Iterator[Problem]:
    """Yield what a row cannot say of kinds that are shipped: it only adds to what is said of them."""
    if row.get("impact") == Impact.SAFE:
        hint = "leave the row out; a change that no row speaks of is unknown"
        yield ("impact",), "cannot be safe: of a kind that is shipped, a project says only what is worse", hint
    if "rowsOf" in row:
        yield ("rowsOf",), "cannot stand in the file of a kind that is shipped", "write the rows out"


def _state(facts: Kind, value: dict[str, Any]) -> Iterator[Problem]:
    """Yield where the removal of an object loses data, and `state` does not say so."""
    rows = [row for row in (*facts.impact, *_listed(value.get("impact"))) if isinstance(row, dict)]
    of_removal = [row.get("impact") for row in rows if "" in _listed(row.get("path")) or row.get("path") == ""]
    if Impact.DATA_LOSS in of_removal and not (facts.state or value.get("state") is True):
        yield ("impact",), "says that the removal of an object loses data", "write state: true too"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def rows_of(value: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield the files whose rows a file takes over, each with the place of the row."""
    return ((index, row["rowsOf"]) for index, row in enumerate(value.get("impact", ())) if "rowsOf" in row)
