"""What Cloud SQL takes: tiers, database flags."""

import re
from collections.abc import Iterator

from generator.environment.fault import Fault, if_new
from generator.environment.model import Environment
from generator.finding import Severity
from generator.google import sql_flags
from generator.suggestion import did_you_mean
from generator.yamlio import Path

_SQL_CPUS = 96


def sql_tier_exists(env: Environment) -> Iterator[Fault]:
    """Cloud SQL has 1 or an even number of vCPUs up to 96, 0.9 to 6.5 GB each, from 3.75 GB, in steps of 256 MB."""
    match = re.fullmatch(r"db-custom-([0-9]+)-([0-9]+)", env.database.tier)
    if match is None:
        return
    cpus, memory = int(match[1]), int(match[2])
    message = ""
    if cpus > _SQL_CPUS or (cpus > 1 and cpus % 2):
        message = f"must have 1 vCPU or an even number up to {_SQL_CPUS}"
    elif memory % 256 or not max(3840, 922 * cpus) <= memory <= 6656 * cpus:
        lowest = -(-max(3840, 922 * cpus) // 256) * 256
        message = f"must have {lowest} to {6656 * cpus} MiB for its vCPUs, in steps of 256"
    if message:
        hint = "db-custom-<vCPUs>-<MiB>, such as db-custom-2-8192"
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
