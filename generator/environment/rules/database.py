"""What Cloud SQL takes: tiers, database flags."""

from collections.abc import Iterator

from generator.environment.fault import Fault, if_new
from generator.environment.model import Environment
from generator.finding import Severity
from generator.google import sql_flags, sql_tiers
from generator.suggestion import did_you_mean
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
        if name not in sql_flags.flags():
            message = f"{name} is not a flag that Google listed on {sql_flags.READ}"
            hint = f"{did_you_mean(name, sql_flags.flags(), sql_flags.PAGE)}; {if_new('sql-flag-unknown')}"
            yield Fault("sql-flag-unknown", path, message, hint, severity=Severity.WARNING)
            continue
        message, hint = sql_flags.problem(name, value, version)
        if message:
            beside: tuple[Path, ...] = (("database", "version"),) if "PostgreSQL" in message else ()
            yield Fault("sql-flag", path, message, hint, beside=beside)


RULES = (sql_tier_exists, sql_flags_are_those_of_the_version)
