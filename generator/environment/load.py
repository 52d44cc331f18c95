"""Files -> Environment: merge the layers, check them against the schema and the rules, freeze."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from generator.environment import characters, fault, layers, secret_scan
from generator.environment.model import Environment
from generator.environment.rules import RULES
from generator.environment.schema import complete_schema
from generator.environment.settings import Offers, overrides, schemas, settings
from generator.errors import InputInvalid
from generator.finding import Finding, Where, errors
from generator.schema import MISSING, UNKNOWN_KEY, contract, dotted, place, problems
from generator.schema.misplaced import no_key, no_unit
from generator.tree import Sources
from generator.yamlio import Path


class Loaded(NamedTuple):
    """An environment, the merged `value` that people wrote, where each path of it stands; warnings that do not stop."""

    environment: Environment
    value: Mapping[str, Any]
    marks: Mapping[Path, Where]
    warnings: tuple[Finding, ...]


def load(name: str, sources: Sources, offers: Offers) -> Loaded:
    """Return environment `name`. `offers` are the settings of each unit. Raises InputInvalid with all problems.

    Beside a wrong value the rules would say what follows from it; an unknown key harms none.
    """
    merged = layers.merge(name, sources)
    findings = [*characters.scan(merged, sources), *secret_scan.scan(merged, sources)]
    strangers = list(_without_unknown_units(merged, offers))
    effective = settings(merged.value, offers)
    wrong = _schema_problems(merged, effective, offers, {finding.path for finding in findings})
    findings += [_with_a_way_out(finding, merged, sources, offers) for finding in wrong]
    if merged.value.get("name") not in (name, None):
        path: Path = ("name",)
        hint = f"the file is called {name}.yaml"
        findings.append(
            Finding.at(place(path, merged.marks), "environment-name", f"must be {name}", path="name", hint=hint)
        )
    if any(finding.message != UNKNOWN_KEY for finding in errors(findings)):
        raise InputInvalid([*findings, *strangers])
    environment = msgspec.convert({**merged.value, **effective}, Environment)
    findings += [fault.as_finding(wrong, merged.marks) for rule in RULES for wrong in rule(environment)]
    findings += strangers
    if errors(findings):
        raise InputInvalid(findings)
    return Loaded(environment, merged.value, merged.marks, tuple(findings))


def _with_a_way_out(missing: Finding, merged: layers.Merged, sources: Sources, offers: Offers) -> Finding:
    """Return the finding; for a key that nobody wrote, with a hint to add it or to extend a profile that has it."""
    if missing.message != MISSING or _is_common(missing, offers):
        return missing
    if where := merged.emptied.get(missing.path):
        hint = f"{missing.hint or 'give it a value'}; or take the line out, if a profile has the key"
        return Finding.at(where, missing.rule, "has no value, and must have one", path=missing.path, hint=hint)
    having = layers.profiles_with(missing.path, sources)
    what = f"add it here: {missing.hint}" if missing.hint else "add it here"
    profiles = f"; or extend a profile that has it: {', '.join(having)}" if having else ""
    return msgspec.structs.replace(missing, hint=what + profiles)


def _is_common(found: Finding, offers: Offers) -> bool:
    """Whether a finding is on a common key of a unit: whole in its defaults, it lacks only what its author began."""
    section, name, key, *_ = (*found.path.split("."), "", "")
    return section in offers and name in offers[section] and key in offers[section][name].common


def _schema_problems(
    merged: layers.Merged, effective: Mapping[str, Mapping[str, Any]], offers: Offers, told: set[str]
) -> Iterator[Finding]:
    """Yield what the schema says, but of a value that is refused anyway only that its key is unknown.

    Of units it sees what holds for them, `effective`, where the environment says anything: defaults alone fit.
    """
    units = schemas(offers)
    written = {
        section: {name: effective[section][name] for name in overrides(merged.value, section)} for section in offers
    }
    value = {**merged.value, **{section: written[section] for section in offers if overrides(merged.value, section)}}
    for finding in problems(value, contract(complete_schema(units)), merged.marks, "environment-invalid"):
        unknown = finding.message == UNKNOWN_KEY
        if unknown and (hint := no_key(finding.path, units)):
            yield msgspec.structs.replace(finding, hint=hint)
        elif unknown or finding.path not in told:
            yield finding


def _without_unknown_units(merged: layers.Merged, offers: Offers) -> Iterator[Finding]:
    """Take out what is said of units that there are not, and yield a finding of each."""
    for section, known in offers.items():
        written = overrides(merged.value, section)
        for name in [name for name in written if name not in known]:
            del written[name]
            path: Path = (section, name)
            hint = no_unit(section, name, schemas(offers))
            where = place(path, merged.marks)
            yield Finding.at(where, "environment-invalid", "there is no such unit", path=dotted(path), hint=hint)
