"""templates/ -> Units: every folder with a component.yaml is one; nothing is registered anywhere."""

import re
from typing import Any, Literal

import msgspec

from generator import yamlio
from generator.catalog.settings import RESERVED, VALUES_SCHEMA_CONTRACT
from generator.catalog.unit import NAMESPACES, OUTSIDE, Declaration, Unit
from generator.errors import InputInvalid
from generator.finding import Finding, Where
from generator.schema import Contract, contract, is_schema, place, problems
from generator.tree import Sources
from generator.yamlio import Path

_NAME = re.compile(r"[a-z](?:[-a-z0-9]{0,28}[a-z0-9])?")
_NAME_HINT = "lower-case letters, digits and dashes, at most 30; not that of a derived or outside target"
KINDS: dict[str, Literal["component", "infra", "addon"]] = {
    "components": "component",
    "infra": "infra",
    "addons": "addon",
}


def discover(sources: Sources) -> tuple[Unit, ...]:
    """Return all units, by name. Raises InputInvalid with what is wrong in any of them."""
    declared, valued = contract(msgspec.json.schema(Declaration)), contract(VALUES_SCHEMA_CONTRACT)
    findings: list[Finding] = []
    units: dict[str, Unit] = {}
    for section, kind in KINDS.items():
        for path in sources.below(f"templates/{section}"):
            name, *file = path.split("/")[2:]
            if not file:
                continue  # a file beside the units
            folder = f"templates/{section}/{name}"
            if f"{folder}/component.yaml" not in sources.texts:
                findings.append(Finding.at(Where(f"{folder}/component.yaml"), "unit-invalid", "is missing"))
            if path != f"{folder}/component.yaml":
                continue
            if not _NAME.fullmatch(name) or name == NAMESPACES or (name in OUTSIDE and kind != "infra"):
                findings.append(Finding.at(Where(folder), "unit-name", "cannot be the name of a unit", hint=_NAME_HINT))
            try:
                unit = _unit(folder, kind, sources, declared, valued)
            except InputInvalid as error:
                findings += error.findings
                continue
            if unit.name in units:
                message = f"a unit of this name is already in {units[unit.name].folder}"
                findings.append(Finding.at(Where(path), "unit-name", message))
            units[unit.name] = unit
    if findings:
        raise InputInvalid(findings)
    return tuple(units[name] for name in sorted(units))


def _unit(
    folder: str, kind: Literal["component", "infra", "addon"], sources: Sources, declared: Contract, valued: Contract
) -> Unit:
    file = f"{folder}/component.yaml"
    value, marks = yamlio.load(sources.texts[file], file)
    findings = problems(value, declared, marks, "unit-invalid")
    values: dict[str, Any] = {"properties": {}}
    values_file = f"{folder}/values.schema.json"
    if values_file in sources.texts:
        values, values_marks = yamlio.load(sources.texts[values_file], values_file)
        found = problems(values, valued, values_marks, "values-schema-invalid")
        if not found and not is_schema(values):
            hint = "https://json-schema.org/draft/2020-12"
            found = [Finding.at(Where(values_file, 1, 1), "values-schema-invalid", "is not a JSON Schema", hint=hint)]
        findings += found or _values_problems(values, values_marks)
    if findings:
        raise InputInvalid(findings)
    declaration = msgspec.convert(value, Declaration)
    findings += _inconsistencies(declaration, kind, marks, file)
    if findings:
        raise InputInvalid(findings)
    name = folder.rsplit("/", 1)[1]
    return Unit(name=name, kind=kind, folder=folder, declaration=declaration, values=values, marks=marks)


def _values_problems(values: dict[str, Any], marks: dict[Path, Where]) -> list[Finding]:
    """Return what is wrong with the defaults of typed values, and names that common keys have taken."""
    findings = []
    for key, schema in values["properties"].items():
        path: Path = ("properties", key, "default")
        local = {mark[3:]: where for mark, where in marks.items() if mark[:3] == path}
        findings += problems(schema["default"], contract(schema), local, "values-schema-invalid")
        if key in RESERVED:
            message = "is the name of a common key"
            findings.append(Finding.at(place(path[:2], marks), "values-schema-invalid", message, path=key))
    return findings


def _inconsistencies(declaration: Declaration, kind: str, marks: dict[Path, Where], file: str) -> list[Finding]:
    """Return what a schema cannot say about a component.yaml."""
    findings = []
    if (kind == "infra") == (declaration.namespace is not None):
        message = "infra units have none" if kind == "infra" else "is missing"
        hint = "infra lives in codemie-<env> on the hub" if kind == "infra" else "the namespace all its objects are in"
        where = marks.get(("namespace",), Where(file, 1, 1))
        findings.append(Finding.at(where, "unit-invalid", message, path="namespace", hint=hint))
    if (kind == "addon") == (declaration.chart is None):
        message = "is missing" if kind == "addon" else "belongs to add-ons only"
        where = marks.get(("chart",), Where(file, 1, 1))
        findings.append(Finding.at(where, "unit-invalid", message, path="chart"))
    if declaration.pod_security.level != "restricted" and not declaration.pod_security.reason:
        where = marks.get(("podSecurity",), Where(file, 1, 1))
        hint = "podSecurity: {level: baseline, reason: why restricted does not hold}"
        findings.append(
            Finding.at(where, "unit-invalid", "needs a reason below restricted", path="podSecurity", hint=hint)
        )
    return findings
