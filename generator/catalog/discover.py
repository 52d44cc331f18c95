"""templates/ -> Units: every folder with a component.yaml is one; nothing is registered anywhere."""

import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from generator import kinds, yamlio
from generator.catalog.database import CLOUD_SQL, with_proxy
from generator.catalog.settings import RESERVED, VALUES_SCHEMA_CONTRACT, written_out
from generator.catalog.shared_secrets import unknown_secrets, with_shared_secrets
from generator.catalog.unit import NAMESPACES, OUTSIDE, SHARED_SECRETS, Declaration, SecretKey, Unit
from generator.errors import InputInvalid
from generator.finding import Finding, Where
from generator.schema import Contract, contract, dotted, misfit, place, problems, reference, walk, whole
from generator.tree import Sources
from generator.yamlio import Path
from generator.yamlio.faults import CHARACTER_HINT, REFUSED, characters, named

_NAME = re.compile(r"[a-z](?:[-a-z0-9]{0,28}[a-z0-9])?")
_NAME_HINT = "lower-case letters, digits and dashes, at most 30; not that of a derived or outside target"
KINDS: dict[str, Literal["component", "infra", "addon"]] = {
    "components": "component",
    "infra": "infra",
    "addons": "addon",
}


_MISFITS: dict[Path, str] = {
    ("pattern",): "is no regular expression",
    (): "is no JSON Schema by itself: does a $ref lead out of it?",
}
_OUTSIDE = "has a $ref to something outside; a values.schema.json may refer only to its own #/$defs/…"


class Discovered(NamedTuple):
    """The units there are, what is wrong with others, and which those are: (section, name)."""

    units: tuple[Unit, ...]
    problems: tuple[Finding, ...]
    broken: tuple[tuple[str, str], ...]


def discover(sources: Sources) -> Discovered:
    """Return all units, by name, and everything that is wrong with any, or with a kind file."""
    declared, valued = contract(msgspec.json.schema(Declaration)), contract(VALUES_SCHEMA_CONTRACT)
    problems: list[Finding] = [*kinds.project_files(sources.texts).problems]
    broken: list[tuple[str, str]] = []
    units: dict[str, Unit] = {}
    for section, name in _folders(sources):
        folder = f"templates/{section}/{name}"
        try:
            unit = _unit(folder, KINDS[section], sources, declared, valued)
        except InputInvalid as error:
            problems += error.findings
            broken.append((section, name))
            continue
        if name in units:
            message = f"a unit of this name is already in {units[name].folder}"
            problems.append(Finding.at(Where(unit.file), "unit-name", message, hint="rename one of the folders"))
            broken.append((section, name))
            continue
        units[name] = unit
    problems += [problem for unit in units.values() for problem in unknown_secrets(unit, units, [u for _, u in broken])]
    found = with_proxy(tuple(sorted(with_shared_secrets(units).values(), key=lambda unit: unit.name)))
    return Discovered(found, tuple(problems), tuple(broken))


def _folders(sources: Sources) -> list[tuple[str, str]]:
    """Return (section, name) of every folder that is a unit."""
    paths = [path.split("/") for section in KINDS for path in sources.below(f"templates/{section}")]
    return list(dict.fromkeys((section, name) for _, section, name, *file in paths if file))


def _unit(
    folder: str, kind: Literal["component", "infra", "addon"], sources: Sources, declared: Contract, valued: Contract
) -> Unit:
    file = f"{folder}/component.yaml"
    name = folder.rsplit("/", 1)[1]
    if not _NAME.fullmatch(name) or name in (NAMESPACES, SHARED_SECRETS) or (name in OUTSIDE and kind != "infra"):
        raise InputInvalid([Finding.at(Where(folder), "unit-name", "cannot be the name of a unit", hint=_NAME_HINT)])
    if file not in sources.texts:
        hint = "every folder of units has one; what is no unit belongs elsewhere"
        raise InputInvalid([Finding.at(Where(file), "unit-invalid", "is missing", hint=hint)])
    value, marks = _read(file, sources)
    findings = problems(value, declared, marks, "unit-invalid")
    values: dict[str, Any] = {"properties": {}}
    values_file = f"{folder}/values.schema.json"
    if values_file in sources.texts:
        try:
            values, values_marks = _read(values_file, sources)
            wrong = _schema_problems(values, valued, values_marks)
            findings += wrong
            if not wrong:
                values = {**values, "properties": written_out(values["properties"], values.get("$defs", {}))}
                findings += _values_problems(values, values_marks)
        except InputInvalid as error:
            findings += error.findings
    if findings:
        raise InputInvalid(findings)
    declaration = msgspec.convert(whole(value), Declaration)
    findings += _inconsistencies(declaration, kind, marks, file)
    if findings:
        raise InputInvalid(findings)
    return Unit(name=name, kind=kind, folder=folder, declaration=declaration, values=values, marks=marks)


def _read(file: str, sources: Sources) -> yamlio.Document:
    """Return a file of a unit. Raises InputInvalid also for characters that some reader drops, changes or refuses."""
    text = sources.texts[file]
    value, marks = yamlio.load(text, file)
    refused = list(characters(text, file)) or [
        Finding.at(place(path, marks), "character", named(found[0]), path=dotted(path), hint=CHARACTER_HINT)
        for path, item in walk(value)
        if isinstance(item, str) and (found := REFUSED.search(item))
    ]
    if refused:
        raise InputInvalid(refused)
    return yamlio.Document(value, marks)


def _schema_problems(values: Any, valued: Contract, marks: dict[Path, Where]) -> list[Finding]:
    """Return why a values.schema.json is no closed, documented JSON Schema."""
    if found := problems(values, valued, marks, "values-schema-invalid") or _reference_problems(values, marks):
        return found
    alone = written_out(values["properties"], values.get("$defs", {}))  # as an environment's schema is made of them
    parts: list[tuple[Path, Any]] = [((), values), *((("properties", key), sub) for key, sub in alone.items())]
    for at, schema in parts:
        wrong = misfit(schema)
        if wrong is not None:
            path: Path = (*at, *wrong)
            message = _MISFITS.get(wrong[-1:], "is not what JSON Schema knows here")
            hint = "https://json-schema.org/draft/2020-12"
            where = place(path, marks)
            return [Finding.at(where, "values-schema-invalid", message, path=dotted(path), hint=hint)]
    return []


def _reference_problems(values: Any, marks: dict[Path, Where]) -> list[Finding]:
    """Return why a values.schema.json cannot be written out: a reference leads outside, in a circle, or too often."""
    definitions = values.get("$defs", {})
    told = [(path, _OUTSIDE) for path in reference.astray(values)]
    if not told and (names := reference.circle(definitions)):
        told = [(("$defs", names[0]), f"forms a cycle: {' -> '.join(names)}")]
    elif not told and reference.too_large(values, definitions):
        told = [((), "is too large once its $refs are expanded")]
    rule = "values-schema-invalid"
    return [Finding.at(place(path, marks), rule, message, path=dotted(path)) for path, message in told]


def _values_problems(values: dict[str, Any], marks: dict[Path, Where]) -> list[Finding]:
    """Return what is wrong with the defaults of typed values, and names that common keys have taken."""
    findings = []
    for key, schema in values["properties"].items():
        path: Path = ("properties", key, "default")
        local = {mark[3:]: where for mark, where in marks.items() if mark[:3] == path}
        findings += [
            replace(finding, path=dotted((*path, finding.path)) if finding.path else dotted(path), hint="")
            for finding in problems(schema["default"], contract(schema), local, "values-schema-invalid")
        ]
        if key in RESERVED:
            message = "is the name of a common key"
            findings.append(
                Finding.at(
                    place(path[:2], marks),
                    "values-schema-invalid",
                    message,
                    path=dotted(path[:2]),
                    hint="choose another name: an environment sets both in one map",
                )
            )
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
    findings += _secret_problems(declaration, marks)
    findings += [*_image_problems(declaration, marks), *_call_problems(declaration, marks)]
    findings += _exposure_problems(declaration, marks)
    if declaration.pod_security.level != "restricted" and not declaration.pod_security.reason:
        where = marks.get(("podSecurity",), Where(file, 1, 1))
        hint = "podSecurity: {level: baseline, reason: why restricted does not hold}"
        findings.append(
            Finding.at(where, "unit-invalid", "needs a reason below restricted", path="podSecurity", hint=hint)
        )
    return findings


def _secret_problems(declaration: Declaration, marks: dict[Path, Where]) -> Iterator[Finding]:
    """Yield what a Secret and its keys lack, or have that nothing has a use for."""
    for name, secret in declaration.secrets.items():
        where = place(("secrets", name), marks)
        if bool(secret.from_) == bool(secret.keys):
            message = "has both from and keys" if secret.keys else "has neither keys nor from"
            hint = "from: <unit> where another unit declares the Secret, else keys: {<key>: {source: …}}"
            yield Finding.at(where, "unit-invalid", message, path=f"secrets.{name}", hint=hint)
        elif secret.keys and all(made.source == "constant" for made in secret.keys.values()):
            hint = "what is no secret is a variable or a config file"
            message = "has constants only: nothing would make it"
            yield Finding.at(where, "unit-invalid", message, path=f"secrets.{name}", hint=hint)
        for key, made in secret.keys.items():
            if message := _secret_key_problem(made):
                path: Path = ("secrets", name, "keys", key)
                hint = "{source: constant, value: …} or {source: copy, namespace: …, of: …}; the others have neither"
                yield Finding.at(place(path, marks), "unit-invalid", message, path=dotted(path), hint=hint)


def _image_problems(declaration: Declaration, marks: dict[Path, Where]) -> Iterator[Finding]:
    """Yield each image that does not say in one way which tag it has."""
    for name, image in declaration.defaults.images.items():
        if (image.tag is None) == (image.release is None):
            path: Path = ("defaults", "images", name)
            message = "has neither tag nor release" if image.tag is None else "has both tag and release"
            hint = "tag: 1.2.3 for a version of its own, or release: platform if it belongs to the platform's release"
            yield Finding.at(place(path, marks), "unit-invalid", message, path=dotted(path), hint=hint)


def _call_problems(declaration: Declaration, marks: dict[Path, Where]) -> Iterator[Finding]:
    """Yield what only a call of Cloud SQL has, at another call."""
    for index, call in enumerate(declaration.connects):
        path: Path = ("connects", index)
        if call.database is not None and call.to != CLOUD_SQL:
            message, at = f"belongs to a call of {CLOUD_SQL}", (*path, "database")
            yield Finding.at(place(at, marks), "unit-invalid", message, path=dotted(at), hint=f"to: {CLOUD_SQL}")
        elif call.password is not None and call.database is None:
            message, at = "belongs to a call of a database", (*path, "password")
            yield Finding.at(place(at, marks), "unit-invalid", message, path=dotted(at), hint="database: <its name>")


def _exposure_problems(declaration: Declaration, marks: dict[Path, Where]) -> Iterator[Finding]:
    """Yield what says to be behind sign-in and is no HTTP: there is no sign-in for that."""
    for index, exposure in enumerate(declaration.exposes):
        if exposure.protocol == "tcp" and exposure.behind_sign_in:
            message = "oauth2-proxy cannot protect protocol: tcp, and auth defaults to oauth2"
            hint = "write auth: own if the service authenticates its clients itself"
            yield Finding.at(place(("exposes", index), marks), "unit-invalid", message, path="exposes", hint=hint)


def _secret_key_problem(key: SecretKey) -> str:
    """Return what a key of a Secret lacks, or has that its source has no use for."""
    for field, value, source in (
        ("value", key.value, "constant"),
        ("of", key.of, "copy"),
        ("namespace", key.namespace, "copy"),
    ):
        if key.source == source and value is None:
            return f"a {source} has a {field}"
        if key.source != source and value is not None:
            return f"{field} belongs to a {source}"
    if key.version and key.source in ("constant", "copy"):
        return "version belongs to what is in Secret Manager"
    return ""
