"""What Cloud SQL takes: tiers, database flags."""

from collections.abc import Iterator

from generator.environment.fault import Fault, if_new
from generator.environment.model import Environment
from generator.finding import Severity
from generator.google import sql_flags, sql_tiers
from generator.yamlio import Path


def sql_tier_exists(env: Environment) -> Iterator[Fault]:
    """The vCPUs and the memory of the tier are a mix that Cloud SQL has."""
    message, hint = sql_tiers.problem(env.database.tier)
    if message:
        yield Fault("sql-tier", ("database", "tier"), message, hint)


def sql_flags_are_those_of_the_version(env: Environment) -> Iterator[Fault]:
    """Cloud SQL refuses a value that a flag does not take. A flag that we have not heard of may be new: a warning."""
    version = int(env.database.version.rpartition("_")[2])
    for name, value in sorted(env.database.flags.items()):
        path: Path = ("database", "flags", name)
        found = sql_flags.problem(name, value, version)
        if found and found.is_unknown:
            hint = f"{found.hint}; {if_new('sql-flag-unknown')}"
            yield Fault("sql-flag-unknown", path, found.message, hint, severity=Severity.WARNING)
        elif found:
            beside: tuple[Path, ...] = (("database", "version"),) if found.at == "version" else ()
            yield Fault("sql-flag", path, found.message, found.hint, beside=beside)


RULES = (sql_tier_exists, sql_flags_are_those_of_the_version)
