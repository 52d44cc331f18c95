"""JSON Schema 2020-12 over what people write: every problem at once, in our words, with file and line.

The validator is jsonschema-rs (compiled once, all errors with paths, 4 µs an object); no sentence of its own reaches a
reader, because those print values, and a value may be a password pasted by mistake.
"""

import ipaddress
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

import jsonschema_rs
import msgspec

from generator import yamlio
from generator.field import steps_of
from generator.finding import Finding, Where
from generator.schema.misplaced import misplaced, shape
from generator.suggestion import did_you_mean
from generator.yamlio import Path

Schema = dict[str, Any]
UNKNOWN_KEY = "unknown key"
NO_NAME = "is a field, but a name is expected here"
MISSING = "is missing"
dotted = yamlio.dotted


def matching(pattern: str, hint: str) -> msgspec.Meta:
    """Return the constraint of a text that matches `pattern`; `hint` says in words what that means.

    The pattern is in the JSON Schema only: msgspec does not match it again, with another language's regex.
    """
    return msgspec.Meta(extra_json_schema={"pattern": pattern, "x-hint": hint})


def hinted(hint: str) -> msgspec.Meta:
    """Return what says in words how a value is written."""
    return msgspec.Meta(extra_json_schema={"x-hint": hint})


def is_range(text: str) -> bool:
    """Whether `text` is an IPv4 range without host bits, such as 10.0.0.0/16, written the one way all tools read."""
    try:
        return str(ipaddress.IPv4Network(text)) == text
    except ValueError:
        return False


def _stay_here(_uri: str) -> NoReturn:
    """Refuse to fetch what a `$ref` names: left alone, the validator asks the network and reads files."""
    message = "a schema stands by itself"
    raise ValueError(message)


def misfit(value: Any) -> Path | None:
    """Return where `value` is no JSON Schema 2020-12 whose patterns and references hold; None if it is one."""
    try:
        jsonschema_rs.Draft202012Validator(value, retriever=_stay_here)
    except jsonschema_rs.ValidationError as error:
        return tuple(error.instance_path)
    except jsonschema_rs.ReferencingError:
        return ()
    return None


def whole(value: Any) -> Any:
    """Return `value` with `2.0` as `2`: JSON Schema takes both for a whole number, Python's types do not."""
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield everything in `value` with its path, itself first."""
    yield path, value
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from walk(item, (*path, key))


class Contract(NamedTuple):
    """A schema, compiled once for all the values it judges."""

    schema: Schema
    validator: Any


def contract(schema: Schema) -> Contract:
    """Compile `schema`, with our format `ipv4-range`."""
    formats = {"ipv4-range": is_range}
    return Contract(
        schema, jsonschema_rs.Draft202012Validator(schema, validate_formats=True, formats=formats, retriever=_stay_here)
    )


def problems(value: Any, against: Contract, marks: Mapping[Path, Where], rule: str) -> list[Finding]:
    """Return everything in which `value` misses the contract, each at the place its path has in `marks`."""
    schema, validator = against
    found: list[Finding] = []
    told: set[Path] = set()
    for error in validator.iter_errors(value):
        wrong = misplaced(_names_too(error), value, schema)
        if wrong is None:
            found += _findings(error, schema, marks, rule)
        elif wrong.path not in told:
            told.add(wrong.path)
            where = place(wrong.path, marks)
            found.append(Finding.at(where, rule, NO_NAME, path=dotted(wrong.path), hint=wrong.hint))
    return found


def _names_too(error: Any) -> Path:
    """Return where an error is; of a name that is none, the name's own place."""
    name = (error.kind.as_dict()["error"].instance,) if error.kind.name == "propertyNames" else ()
    return (*error.instance_path, *name)


def misfits(value: Any, against: Contract) -> Iterator[tuple[Path, str, str]]:
    """Yield path, message and hint of all that `value` misses of a contract without choices: for what has no lines."""
    schema, validator = against
    for error in validator.iter_errors(value):
        path, detail = tuple(error.instance_path), error.kind.as_dict()
        if error.kind.name == "additionalProperties":
            yield from (((*path, key), UNKNOWN_KEY, "") for key in sorted(detail["unexpected"]))
            continue
        more = (detail["property"],) if error.kind.name == "required" else ()
        yield (*path, *more), _message(error.kind.name, detail), _hint(error, schema, detail)


def place(path: Path, marks: Mapping[Path, Where]) -> Where:
    """Return where `path` was written; a path nobody wrote takes its parent's place."""
    while path not in marks and path:
        path = path[:-1]
    return marks.get(path, Where(""))


def above(path: Path, marks: Mapping[Path, Where]) -> Where:
    """Return where to add what is missing at `path`: the nearest thing above it in the file that has the last word.

    What is merged of several files has its root there; what lies below may be inherited whole from another one.
    """
    file = marks.get((), Where("")).file
    while path and (path not in marks or marks[path].file != file):
        path = path[:-1]
    return marks.get(path, Where(file))


def _findings(error: Any, schema: Schema, marks: Mapping[Path, Where], rule: str) -> list[Finding]:
    path: Path = tuple(error.instance_path)
    detail = error.kind.as_dict()
    if error.kind.name == "additionalProperties":
        known = sorted(_at(schema, error.schema_path[:-1]).get("properties", {}))
        return [
            Finding.at(
                place((*path, key), marks), rule, UNKNOWN_KEY, path=dotted((*path, key)), hint=_nearest(key, known)
            )
            for key in detail["unexpected"]
        ]
    if error.kind.name == "anyOf":
        branch = _meant(detail["context"], path)
        if branch:
            return [finding for inner in branch for finding in _findings(inner, schema, marks, rule)]
    if error.kind.name == "required":
        path = (*path, detail["property"])
    if error.kind.name == "propertyNames":
        path = (*path, detail["error"].instance)
    where = above(path, marks) if error.kind.name == "required" else place(path, marks)
    message = _message(error.kind.name, detail)
    return [Finding.at(where, rule, message, path=dotted(path), hint=_hint(error, schema, detail))]


def _hint(error: Any, schema: Schema, detail: dict[str, Any]) -> str:
    """Say in words what is meant, and whether quotes are all that is wrong."""
    steps = error.schema_path[:-1]
    if error.kind.name == "required":
        steps = [*steps, "properties", detail["property"]]
    sub = _at(schema, steps)
    words = [str(sub.get("x-hint", "")) or (f"write {json.dumps(sub['const'])}" if "const" in sub else "")]
    if "description" in sub and isinstance(sub.get("default"), str | int | float):  # a typed value of a unit
        words = [f"{sub['description']} The default is {json.dumps(sub['default'])}."]
    if error.kind.name == "format" and detail["format"] in _FORMATS and ":" in str(error.instance):
        words.insert(0, "IPv6 is not supported: the VPC, the control plane and the edge have IPv4 addresses only")
    if error.kind.name == "type":
        expected = set(_expected(detail))
        words.insert(0, _quotes(error.instance, expected))
        words += [shape(sub, schema, error.instance)] if "object" in expected and not any(words) else []
    return "; ".join(word for word in words if word)


def _quotes(value: Any, expected: set[str]) -> str:
    if value is None:
        return "nothing is written here"
    if "string" in expected and isinstance(value, bool | int | float):
        kind = "true or false" if isinstance(value, bool) else "a number, and 1.10 as 1.1"
        return f"put it in quotes: without them YAML reads {kind}"
    if expected & {"integer", "number", "boolean"} and isinstance(value, str):
        return "without quotes, and without a unit" if expected & {"integer", "number"} else "without quotes"
    return "in brackets: [a, b]" if "array" in expected and not isinstance(value, dict) else ""


def _meant(branches: list[list[Any]], path: Path) -> list[Any]:
    """Return the errors of the branch that the writer meant: the one of the written type, or of any but null."""
    for branch in branches:
        if not any(inner.kind.name == "type" and tuple(inner.instance_path) == path for inner in branch):
            return branch
    others = [branch for branch in branches if _expected(branch[0].kind.as_dict()) != ["null"]]
    return others[0] if len(others) == 1 else []


def _expected(detail: dict[str, Any]) -> list[str]:
    """Return the types that a value should have had."""
    return [str(name) for name in detail.get("types") or [detail.get("type")]]


def _message(kind: str, detail: dict[str, Any]) -> str:
    """Say what is expected, never what was found."""
    if kind in ("type", "anyOf"):
        branches = [branch[0].kind.as_dict() for branch in detail.get("context", [])] or [detail]
        types = [name for branch in branches for name in _expected(branch)]
        return "must be " + " or ".join(_TYPES.get(name, name) for name in types if name != "null" or len(types) == 1)
    if kind == "enum":
        return "must be one of " + ", ".join(str(option) for option in detail["options"])
    if kind == "const":
        return f"must be {json.dumps(detail['expected_value'])}"
    if kind == "format":
        return f"must be {_FORMATS.get(detail['format'], detail['format'])}"
    if kind in ("minLength", "minItems", "minProperties") and detail["limit"] == 1:
        return "must not be empty"
    return _MESSAGES.get(kind, f"does not fit its schema ({kind})").format(**detail)


_MESSAGES = {
    "required": MISSING,
    "pattern": "must match {pattern}",
    "propertyNames": "is not allowed as a key here",
    "minimum": "must be at least {limit}",
    "maximum": "must be at most {limit}",
    "minLength": "must hold at least {limit}",
    "minItems": "must hold at least {limit}",
    "minProperties": "must hold at least {limit}",
    "maxLength": "must hold at most {limit}",
    "maxItems": "must hold at most {limit}",
    "maxProperties": "must hold at most {limit}",
    "falseSchema": "has no effect here",
    "not": "is not allowed here",
}
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a map",
    "null": "null",
}
_FORMATS = {"ipv4-range": "an IPv4 range without host bits, such as 10.0.0.0/16"}


def _nearest(key: str, known: list[str]) -> str:
    return did_you_mean(key, known, f"known here: {', '.join(known)}" if known else "", cutoff=0.65)


def _at(schema: Schema, steps: list[str | int]) -> Schema:
    """Follow a schema path; `$ref` steps jump to their definition."""
    node: Any = schema
    for step in steps:
        if step == "$ref" and isinstance(node.get(step), str):
            node = _definition(schema, node["$ref"])
        elif isinstance(node, dict):
            node = node.get(step, {})
        elif isinstance(node, list) and isinstance(step, int):
            node = node[step]
    return node if isinstance(node, dict) else {}


def _definition(schema: Schema, reference: str) -> Any:
    node: Any = schema
    for step in steps_of(reference):
        node = node[step]
    return node
