"""Instances as built: tiers, and database flags with their names, their values, their version of PostgreSQL."""

from collections.abc import Iterator

from msgspec.structs import replace

from generator.check.built import Built, Check, fault
from generator.field import numbered, pointer, text, whole
from generator.finding import Finding, Severity
from generator.google import sql_flags, sql_tiers

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
            found = None if version is None or judged else sql_flags.problem(name, value, version)
            if found:
                path = pointer(*_FLAGS, index, "name" if found.at == "name" else "value")
                rule = "sql-flag-unknown" if found.is_unknown else "sql-flag"
                problem = fault(item, path, found.message, rule=rule, hint=found.hint)
                yield replace(problem, severity=Severity.WARNING) if found.is_unknown else problem


def flags_are_there_once(built: Built) -> Iterator[Finding]:
    """A flag has one value."""
    for item in built.of_kind("SQLInstance"):
        names = [text(flag, "name") for _, flag in numbered(item.manifest, *_FLAGS)]
        for index, name in enumerate(names):
            if name in names[:index]:
                message = "is there twice, and Cloud SQL takes one value of a flag"
                yield fault(item, pointer(*_FLAGS, index, "name"), message, rule="sql-flag")


RULES: tuple[Check, ...] = (instances_have_a_tier_of_their_edition, instances_take_their_flags, flags_are_there_once)
