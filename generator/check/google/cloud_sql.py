"""Instances as built: tiers, and database flags with their names, their values, their version of PostgreSQL."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from generator.check.built import Built, Check, fault
from generator.field import numbered, pointer, text, whole
from generator.finding import Finding, Severity
from generator.google import sql_flags, sql_tiers
from generator.suggestion import did_you_mean

_FLAGS = ("spec", "settings", "databaseFlags")


def instances_have_a_tier_of_their_edition(built: Built) -> Iterator[Finding]:
    """A tier is one of the instance's edition, with vCPUs and memory that Cloud SQL has."""
    for item in built.of_kind("SQLInstance"):
        tier, edition = (text(item.manifest, "spec", "settings", key) for key in ("tier", "edition"))
        message, hint = sql_tiers.problem(tier, edition)
        if message and text(item.manifest, "spec", "databaseVersion").startswith("POSTGRES_"):
            yield fault(item, "/spec/settings/tier", message, rule="sql-tier", hint=hint)


def instances_take_their_flags(built: Built) -> Iterator[Finding]:
    """Cloud SQL refuses a flag that it does not have. What the environment says, rules on it have judged."""
    said = built.plan.environment.database
    for item in built.of_kind("SQLInstance"):
        written = text(item.manifest, "spec", "databaseVersion")
        version = whole(written.removeprefix("POSTGRES_")) if written.startswith("POSTGRES_") else None
        for index, flag in numbered(item.manifest, *_FLAGS):
            name, value = text(flag, "name"), text(flag, "value")
            judged = written == said.version and said.flags.get(name) == value
            if version is not None and not judged:
                for finding in _problems(name, value, version):
                    at = "value" if finding.rule == "sql-flag" and name in sql_flags.flags() else "name"
                    path = pointer(*_FLAGS, index, at)
                    yield replace(finding, file=item.file, object=str(item.id), path=path)


def _problems(name: str, value: str, version: int) -> Iterator[Finding]:
    if re.fullmatch(sql_flags.NAME, name) is None:
        yield Finding(rule="sql-flag", message="is no name of a flag", hint="lower-case letters, digits, _ and a dot")
    elif name not in sql_flags.flags():
        message = f"{name} is not a flag that Google listed on {sql_flags.READ}"
        hint = did_you_mean(name, sql_flags.flags(), sql_flags.PAGE)
        yield Finding(rule="sql-flag-unknown", message=message, hint=hint, severity=Severity.WARNING)
    else:
        message, hint = sql_flags.problem(name, value, version)
        if message:
            yield Finding(rule="sql-flag", message=message, hint=hint)


def flags_are_there_once(built: Built) -> Iterator[Finding]:
    """A flag has one value."""
    for item in built.of_kind("SQLInstance"):
        names = [text(flag, "name") for _, flag in numbered(item.manifest, *_FLAGS)]
        for index, name in enumerate(names):
            if name in names[:index]:
                message = "is there twice, and Cloud SQL takes one value of a flag"
                yield fault(item, pointer(*_FLAGS, index, "name"), message, rule="sql-flag")


RULES: tuple[Check, ...] = (instances_have_a_tier_of_their_edition, instances_take_their_flags, flags_are_there_once)
