"""Files -> Environment: merge the layers, check them against the schema and the rules, freeze."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from generator.environment import characters, fault, layers, secret_scan
from generator.environment.model import Environment
from generator.environment.rules import RULES
from generator.environment.schema import UnitSchemas, complete_schema
from generator.errors import InputInvalid
from generator.finding import Finding, Where, errors
from generator.schema import MISSING, UNKNOWN_KEY, contract, dotted, place, problems
from generator.schema.misplaced import no_key, no_unit
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
    findings = [*characters.scan(merged, sources), *secret_scan.scan(merged, sources)]
    strangers = list(_without_unknown_units(merged, units))
    wrong = _schema_problems(merged, units, {finding.path for finding in findings})
    findings += [
        _with_a_way_out(finding, merged, sources) if finding.message == MISSING else finding for finding in wrong
    ]
    if merged.value.get("name") not in (name, None):
        path: Path = ("name",)
        hint = f"the file is called {name}.yaml"
        findings.append(
            Finding.at(place(path, merged.marks), "environment-name", f"must be {name}", path="name", hint=hint)
        )
    findings += [*_rule_problems(merged, findings), *strangers]
    if errors(findings):
        raise InputInvalid(findings)
    return Loaded(msgspec.convert(merged.value, Environment), merged.value, merged.marks, tuple(findings))


def _with_a_way_out(missing: Finding, merged: layers.Merged, sources: Sources) -> Finding:
    """Return the finding with what to do about a key that nobody has written: add it, or extend a profile that has it."""
    if where := merged.emptied.get(missing.path):
        hint = f"{missing.hint or 'give it a value'}; or take the line out, if a profile has the key"
        return Finding.at(where, missing.rule, "has no value, and must have one", path=missing.path, hint=hint)
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
        if unknown and (hint := no_key(finding.path, units)):
            yield msgspec.structs.replace(finding, hint=hint)
        elif unknown or finding.path not in told:
            yield finding


def _without_unknown_units(merged: layers.Merged, units: UnitSchemas) -> Iterator[Finding]:
    """Take out what is said of units that there are not, and yield a finding of each."""
    for section, known in units.items():
        written = merged.value.get(section)
        settings = written if isinstance(written, dict) else {}
        for name in [name for name in settings if name not in known]:
            del settings[name]
            path: Path = (section, name)
            hint = no_unit(section, name, units)
            where = place(path, merged.marks)
            yield Finding.at(where, "environment-invalid", "there is no such unit", path=dotted(path), hint=hint)
