"""CustomResourceDefinitions -> contracts: closed JSON Schemas without prose, on few lines. Pure.

A contract says what a structural schema says: the API server drops every field it does not name, so here such a field
is an error, unless `x-kubernetes-preserve-unknown-fields` keeps it.
"""

import functools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import jsonschema_rs
from msgspec.structs import replace

from generator import yamlio
from generator.check.schema import definition
from generator.errors import InputInvalid
from generator.finding import Finding, Where
from generator.schema import dotted, misfit
from generator.yamlio import Path

_WIDTH = 120
_OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_METADATA = {"$ref": f"#/$defs/{_OBJECT_META}"}
_COPIED = (
    *("enum", "minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "minProperties"),
    *("maxProperties", "uniqueItems", "oneOf", "anyOf", "allOf", "not"),
)
_LARGEST = 1024 * 1024
"""What is read of schemas/ again."""

Node = yamlio.Scalar | yamlio.Sequence | yamlio.Mapping


def place(group: str, kind: str, version: str) -> str:
    """Return the path of a kind's contract below the folder of contracts."""
    return f"{group}/{kind}.{version}.json"


def contracts(texts: dict[str, str]) -> dict[str, str]:
    """Return {path: contract} of every served version of every CRD in these files. Raises InputInvalid with all problems."""
    made: dict[str, str] = {}
    problems: list[Finding] = []
    for file, text in texts.items():
        try:
            found = list(_definitions(text, file, problems))
        except InputInvalid as error:
            problems += error.findings
            continue
        if not found and not any(problem.file == file for problem in problems):
            hint = "kubectl get crd -o yaml prints a definition in this form"
            problems.append(Finding.at(Where(file), "schema-import", "holds no CustomResourceDefinition", hint=hint))
        for node, path, value in found:
            _add(node, path, value, made, problems)
    if problems:
        raise InputInvalid(problems)
    return dict(sorted(made.items()))


def text(value: Any) -> str:
    """Return JSON on few lines: what fits in a line stands in one."""
    return _lines(value, "") + "\n"


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


def _add(node: Node, path: Path, written: dict[str, Any], made: dict[str, str], problems: list[Finding]) -> None:
    """Add the contracts of one CRD, or what is wrong with it."""
    found = list(_wrong(node, path, written))
    if not found:
        spec = written["spec"]
        group, kind = spec["group"], spec["names"]["kind"]
        for version in [version for version in spec["versions"] if version["served"]]:
            contract = _contract(version["schema"]["openAPIV3Schema"], group, kind, version["name"])
            found += _unusable(place(group, kind, version["name"]), contract, node.where, made)
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


def _unusable(path: str, contract: dict[str, Any], where: Where, made: dict[str, str]) -> Iterator[Finding]:
    """Add a contract, or yield why it cannot be one."""
    written = text(contract)
    wrong = misfit({**contract, "$defs": {_OBJECT_META: {}}})
    if wrong is not None:
        yield Finding.at(where, "schema-import", "has a schema that is not valid JSON Schema", path=dotted(wrong))
    if len(written.encode()) > _LARGEST:
        yield Finding.at(where, "schema-import", f"produces a contract larger than {_LARGEST // 1024} KiB", path=path)
    twice = [other for other in made if other.casefold() == path.casefold() and (other, made[other]) != (path, written)]
    if twice:
        yield Finding.at(
            where, "schema-import", f"makes {path}, which another definition defines differently", hint="keep one"
        )
    made[path] = written


def _contract(schema: dict[str, Any], group: str, kind: str, version: str) -> dict[str, Any]:
    """Return the contract of one version. Nobody writes `status`, so it is left out."""
    fields = {key: item for key, item in schema.get("properties", {}).items() if key != "status"}
    required = [key for key in schema.get("required", []) if key != "status"]
    needed = ["apiVersion", "kind", "metadata", *required]
    contract = _closed({**schema, "type": "object", "required": needed, "properties": fields}, in_list=False)
    head = {"apiVersion": {"const": f"{group}/{version}"}, "kind": {"const": kind}, "metadata": _METADATA}
    body = {key: contract["properties"][key] for key in sorted(fields) if key not in head}
    return {**contract, "properties": head | body}


def _closed(schema: dict[str, Any], *, in_list: bool) -> dict[str, Any]:
    """Return a structural schema as a closed one."""
    result: dict[str, Any] = {}
    kind = ["integer", "string"] if schema.get("x-kubernetes-int-or-string") else schema.get("type")
    if kind:
        result["type"] = [*([kind] if isinstance(kind, str) else kind), "null"] if schema.get("nullable") else kind
    if is_immutable(schema):
        result["x-immutable"] = True
    if in_list and "default" in schema:
        result["x-default"] = schema["default"]
    result |= {key: schema[key] for key in _COPIED if key in schema}
    if schema.get("required"):
        result["required"] = sorted(set(schema["required"]))
    if _compiles(schema.get("pattern")):
        result["pattern"] = schema["pattern"]
    for bound in ("Minimum", "Maximum"):  # OpenAPI 3.0 says true where JSON Schema says the number
        if schema.get(f"exclusive{bound}") is True:
            result[f"exclusive{bound}"] = result.pop(bound.lower())
    if isinstance(schema.get("items"), dict):
        result["items"] = _closed(schema["items"], in_list=True)
    if schema.get("type") == "object":
        result |= _fields(schema, in_list=in_list)
    return result


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
    says = re.search(r"\bImmutable\.", str(schema.get("description", "")))
    return bool(says) or any(re.fullmatch(r"\s*self\s*==\s*oldSelf\s*", str(item.get("rule"))) for item in rules)


@functools.cache
def _compiles(pattern: str | None) -> bool:
    """Whether there is a pattern that holds here: Go's language of patterns is not quite JSON Schema's."""
    try:
        return pattern is not None and bool(jsonschema_rs.Draft202012Validator({"pattern": pattern}))
    except jsonschema_rs.ValidationError:
        return False


def _lines(value: Any, indent: str, before: int = 0) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if len(indent) + before + len(flat) < _WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    below = indent + "  "
    if isinstance(value, list):
        return "[\n" + ",\n".join(below + part for part in _filled(value, below)) + "\n" + indent + "]"
    *head, (last, item) = value.items()
    start = "".join(f"{json.dumps(key)}: {json.dumps(short, ensure_ascii=False)}, " for key, short in head)
    long = len(below) + len(json.dumps(item)) > _WIDTH - 20 and isinstance(item, dict | list)
    if head and long and len(indent) + before + len(start) < _WIDTH + 20:
        return f"{{{start}{json.dumps(last)}: {_lines(item, indent, before + len(start) + len(last) + 4)}}}"
    parts = [f"{below}{json.dumps(key)}: {_lines(item, below, len(key) + 5)}" for key, item in value.items()]
    return "{\n" + ",\n".join(parts) + "\n" + indent + "}"


def _filled(items: Iterable[Any], indent: str) -> Iterator[str]:
    """Yield lines of a list: many words in one line, everything else in lines of its own."""
    line = ""
    for item in items:
        part = _lines(item, indent)
        if "\n" in part or len(indent) + len(line) + len(part) + 3 > _WIDTH:
            if line:
                yield line
            line = part
        else:
            line = f"{line}, {part}" if line else part
    if line:
        yield line
