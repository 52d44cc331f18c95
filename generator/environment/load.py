"""Files -> Environment: merge the layers, check them against the schema and the rules, freeze."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from generator.environment import characters, fault, layers, secret_scan
from generator.environment.model import Environment
from generator.environment.rules import RULES
from generator.environment.schema import UnitSchemas, complete_schema
from generator.errors import InputInvalid
from generator.finding import Finding, Severity, Where, errors
from generator.schema import MISSING, UNKNOWN_KEY, contract, dotted, place, problems
from generator.tree import Sources
from generator.yamlio import Path


class Loaded(NamedTuple):
    """An environment, and for each path of its merged value where it was written; warnings that do not stop."""

    environment: Environment
    value: dict[str, object]
    marks: Mapping[Path, Where]
    warnings: tuple[Finding, ...]


def load(name: str, sources: Sources, units: UnitSchemas) -> Loaded:
    """Return environment `name`. `units` are the settings each unit takes. Raises InputInvalid with all problems."""
    merged = layers.merge(name, sources)
    warnings = _drop_future_units(merged, units)
    findings = [*characters.scan(merged, sources), *secret_scan.scan(merged, sources)]
    wrong = _schema_problems(merged, units, {finding.path for finding in findings})
    findings += [_with_a_way_out(finding, sources) if finding.message == MISSING else finding for finding in wrong]
    if merged.value.get("name") not in (name, None):
        path: Path = ("name",)
        hint = f"the file is called {name}.yaml"
        findings.append(
            Finding.at(place(path, merged.marks), "environment-name", f"must be {name}", path="name", hint=hint)
        )
    findings += _rule_problems(merged, findings)
    if errors(findings):
        raise InputInvalid(findings)
    warnings = (*warnings, *findings)  # no error is among them
    return Loaded(msgspec.convert(merged.value, Environment), merged.value, merged.marks, warnings)


def _with_a_way_out(missing: Finding, sources: Sources) -> Finding:
    """Return the finding with what to do about a key that nobody has written: add it, or extend a profile that has it."""
    having = layers.profiles_with(missing.path, sources)
    what = f"add it here: {missing.hint}" if missing.hint else "add it here"
    profiles = f"; or extend a profile that has it: {', '.join(having)}" if having else ""
    return msgspec.structs.replace(missing, hint=what + profiles)


def _rule_problems(merged: layers.Merged, told: list[Finding]) -> list[Finding]:
    """Return what the rules say. Beside a wrong value they would say what follows from it; an unknown key harms none."""
    if any(finding.message != UNKNOWN_KEY for finding in errors(told)):
        return []
    environment = msgspec.convert(merged.value, Environment)
    return [fault.told(wrong, merged.marks) for rule in RULES for wrong in rule(environment)]


def _schema_problems(merged: layers.Merged, units: UnitSchemas, told: set[str]) -> Iterator[Finding]:
    """Yield what the schema says, but of a value that is refused anyway only that its key is unknown."""
    for finding in problems(merged.value, contract(complete_schema(units)), merged.marks, "environment-invalid"):
        unknown = finding.message == UNKNOWN_KEY
        kind, _, unit = finding.path.partition(".")
        elsewhere = [other for other in units if unknown and kind in units and unit in units[other]]
        if elsewhere:
            yield msgspec.structs.replace(finding, hint=f"it belongs under {elsewhere[0]}")
        elif unknown or finding.path not in told:
            yield finding


def _drop_future_units(merged: layers.Merged, units: UnitSchemas) -> tuple[Finding, ...]:
    """Drop what a shipped profile says of units that have no folder yet: a warning there, an error in an environment."""
    warnings = []
    for kind, known in units.items():
        settings = merged.value.get(kind)
        if not isinstance(settings, dict):
            continue
        for unit in [unit for unit in settings if unit not in known]:
            where = place((kind, unit), merged.marks)
            if where.file.startswith(layers.PROFILES + "/"):
                del settings[unit]
                finding = Finding.at(where, "unit-missing", "there is no such unit yet", path=dotted((kind, unit)))
                warnings.append(msgspec.structs.replace(finding, severity=Severity.WARNING))
    return tuple(warnings)
