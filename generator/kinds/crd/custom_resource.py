"""CustomResourceDefinitions -> kind files: a contract for each version, without prose, and which fields cannot change.

A contract says what a structural schema says: the API server drops every field it does not name, so here such a field
is an error, unless `x-kubernetes-preserve-unknown-fields` keeps it.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
from msgspec.structs import replace

from generator import yamlio
from generator.bounds import FILE
from generator.errors import InputInvalid
from generator.finding import Finding, Where
from generator.kinds import problems
from generator.kinds.contract import HEAD
from generator.kinds.crd import definition
from generator.kinds.crd.merge import Imported, merged
from generator.kinds.kind import FOLDER, UNKNOWN
from generator.kinds.kinds import named
from generator.kinds.shipped import shipped
from generator.kinds.text import text
from generator.schema import dotted
from generator.yamlio import Path

_COPIED = (
    *("enum", "minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "minProperties"),
    *("maxProperties", "uniqueItems", "oneOf", "anyOf", "allOf", "not"),
)
_UNWRITTEN = (*HEAD, "status")
"""What is in no contract: every object has the first three, and nobody writes the last."""
_PLAIN = re.compile(r"[^.\[\]*]+")
_BRACKETED = re.compile(r"[^\]*]+")

Node = yamlio.Scalar | yamlio.Sequence | yamlio.Mapping


def kind_files(texts: Mapping[str, str], there: Mapping[str, str]) -> dict[str, str]:
    """Return {path: text} of a kind file for every CRD in files, laid over the ones that are `there` already.

    Raises InputInvalid with all problems.
    """
    made: dict[str, Imported] = {}
    wrong: list[Finding] = []
    for file, written in texts.items():
        try:
            found = list(_definitions(written, file, wrong))
        except InputInvalid as error:
            wrong += error.findings
            continue
        if not found and not any(problem.file == file for problem in wrong):
            hint = "kubectl get crd -o yaml prints a definition in this form"
            wrong.append(Finding.at(Where(file), "schema-import", "holds no CustomResourceDefinition", hint=hint))
        for node, path, value in found:
            _add(node, path, value, made, wrong)
    files: dict[str, str] = {}
    for place, facts in sorted(made.items()):
        try:
            files[place] = merged(facts, there.get(place, ""), place)
        except InputInvalid as error:
            wrong += error.findings
    if wrong:
        raise InputInvalid(wrong)
    return files


def _definitions(written: str, file: str, problems: list[Finding]) -> Iterator[tuple[Node, Path, dict[str, Any]]]:
    """Yield every CRD, also those in a list, with the document it stands in and its path there."""
    for node in yamlio.compose(written, file):
        (value, _), wrong = yamlio.construct(node)
        problems += wrong
        is_list = isinstance(value, dict) and isinstance(value.get("items"), list)
        items = [(("items", index), item) for index, item in enumerate(value["items"])] if is_list else [((), value)]
        for path, item in items:
            if isinstance(item, dict) and item.get("kind") == "CustomResourceDefinition":
                yield node, path, item


def _add(node: Node, path: Path, written: dict[str, Any], made: dict[str, Imported], problems: list[Finding]) -> None:
    """Add what is made of one CRD, or what is wrong with it."""
    found = list(_wrong(node, path, written))
    if not found:
        spec = written["spec"]
        file = named(spec["group"], spec["names"]["kind"])
        found += _unusable(f"{FOLDER}/{file}.yaml", _imported(spec, file), node.where, made)
    metadata = written.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    called = f"CustomResourceDefinition {name}" if isinstance(name, str) else "CustomResourceDefinition"
    problems += [replace(finding, object=called) for finding in found]


def _wrong(node: Node, path: Path, written: dict[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with the shape of a CRD, with line and path: most are right, and need no lines."""
    if definition.is_right(written):
        return
    marks = yamlio.construct(node, places=True)[0].marks
    below = {mark[len(path) :]: where for mark, where in marks.items() if mark[: len(path)] == path}
    for finding in definition.wrong(written, below):
        yield replace(finding, path=dotted((*path, finding.path))) if path else finding


def _unusable(path: str, facts: Imported, where: Where, made: dict[str, Imported]) -> Iterator[Finding]:
    """Add what is made of a CRD, or yield why it cannot be used: it is read as it will be read from the project."""
    written = text(facts.value())
    if len(written.encode()) > FILE.most:
        message = f"produces a contract larger than {FILE.most // 1024} KiB"
        yield Finding.at(where, "schema-import", message, path=path)
        return
    read = problems.read(path, written)
    if not read.problems and read.value != facts.value():
        yield Finding.at(where, "schema-import", "holds a value that YAML readers do not agree on", path=path)
    for wrong in read.problems:
        message = "has a schema that is not valid JSON Schema" if wrong.rule == "kind-file" else wrong.message
        yield Finding.at(where, "schema-import", message, path=wrong.path.removeprefix("contract."))
    twice = [other for other in made if other.casefold() == path.casefold() and (other, made[other]) != (path, facts)]
    if twice:
        yield Finding.at(
            where, "schema-import", f"makes {path}, which another definition defines differently", hint="keep one"
        )
    made[path] = facts


def _imported(spec: dict[str, Any], file: str) -> Imported:
    """Return what is made of a CRD and its versions that are served, for a kind file."""
    schemas = {one["name"]: one["schema"]["openAPIV3Schema"] for one in spec["versions"] if one["served"]}
    scope = "cluster" if spec.get("scope") == "Cluster" and shipped(file) is UNKNOWN else ""
    fixed = {path for schema in schemas.values() for path in _immutable(schema, "")}
    return Imported(scope, sorted(fixed), {version: _contract(schema) for version, schema in schemas.items()})


def _immutable(schema: dict[str, Any], path: str) -> Iterator[str]:
    """Yield the paths of what cannot change on a living object, the outermost only."""
    if path and is_immutable(schema):
        yield path
        return
    for key, below in schema.get("properties", {}).items():
        if path or key not in _UNWRITTEN:
            yield from (
                [_below(path, key)] if not path and is_immutable(schema) else _immutable(below, _below(path, key))
            )
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _immutable(schema[key], _below(path, "*"))


def _below(path: str, key: str) -> str:
    """Return the path of a field. One that no path can name stands as `*`: then its neighbours cannot change either."""
    if _PLAIN.fullmatch(key):
        return f"{path}.{key}" if path else key
    if _BRACKETED.fullmatch(key):
        return f"{path}[{key}]"
    return f"{path}.*" if path else "*"


def _contract(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the contract of one version: what an object holds beside what every object has."""
    fields = {key: item for key, item in schema.get("properties", {}).items() if key not in _UNWRITTEN}
    required = [key for key in schema.get("required", []) if key not in _UNWRITTEN]
    whole = {**schema, "type": "object", "nullable": False, "required": required, "properties": fields}
    contract = {"additionalProperties": True, **_closed(whole, in_list=False)}
    same = {"type": "object", "additionalProperties": False}
    return {key: item for key, item in contract.items() if same.get(key) != item}


def _closed(schema: dict[str, Any], *, in_list: bool) -> dict[str, Any]:
    """Return a structural schema as a closed one."""
    result: dict[str, Any] = {}
    kind = ["integer", "string"] if schema.get("x-kubernetes-int-or-string") else schema.get("type")
    if kind:
        result["type"] = [*([kind] if isinstance(kind, str) else kind), "null"] if schema.get("nullable") else kind
    if "default" in schema:
        result["x-default" if in_list else "default"] = schema["default"]
    result |= {key: schema[key] for key in _COPIED if key in schema}
    if schema.get("required"):
        result["required"] = sorted(set(schema["required"]))
    result |= _told_apart(schema)
    if _compiles(schema.get("pattern")):
        result["pattern"] = schema["pattern"]
    for limit in ("Minimum", "Maximum"):  # OpenAPI 3.0 says true where JSON Schema says the number
        if schema.get(f"exclusive{limit}") is True:
            result[f"exclusive{limit}"] = result.pop(limit.lower())
    if isinstance(schema.get("items"), dict):
        result["items"] = _closed(schema["items"], in_list=True)
    if schema.get("type") == "object":
        result |= _fields(schema, in_list=in_list)
    return result


def _told_apart(schema: dict[str, Any]) -> dict[str, Any]:
    """Return by what the items of a list are told apart: server-side apply refuses one that is there twice."""
    keys, is_set = schema.get("x-kubernetes-list-map-keys"), schema.get("x-kubernetes-list-type") == "set"
    found: dict[str, Any] = {"x-kubernetes-list-type": "set"} if is_set else {}
    return found | {"x-kubernetes-list-map-keys": keys} if isinstance(keys, list) else found


def _fields(schema: dict[str, Any], *, in_list: bool) -> dict[str, Any]:
    """Return what an object may hold."""
    fields = schema.get("properties", {})
    found: dict[str, Any] = {}
    others = schema.get("additionalProperties")
    if isinstance(others, dict):
        found["additionalProperties"] = _closed(others, in_list=in_list)
    elif not (others or schema.get("x-kubernetes-preserve-unknown-fields")):
        found["additionalProperties"] = False
    if fields:
        found["properties"] = {key: _closed(fields[key], in_list=in_list) for key in sorted(fields)}
    return found


def is_immutable(schema: dict[str, Any]) -> bool:
    """Whether a field may not change: by a rule, or because its description starts with that word."""
    rules = schema.get("x-kubernetes-validations") or []
    is_said = re.search(r"\bImmutable\.", str(schema.get("description", "")))
    return bool(is_said) or any(re.fullmatch(r"\s*self\s*==\s*oldSelf\s*", str(item.get("rule"))) for item in rules)


@functools.cache
def _compiles(pattern: str | None) -> bool:
    """Whether there is a pattern that holds here: Go's language of patterns is not quite JSON Schema's."""
    try:
        return pattern is not None and bool(jsonschema_rs.Draft202012Validator({"pattern": pattern}))
    except jsonschema_rs.ValidationError:
        return False
