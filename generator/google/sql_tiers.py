"""Tiers of Cloud SQL for PostgreSQL: which there are, and of which edition. Read on 2026-11-30.

https://docs.cloud.google.com/sql/docs/postgres/machine-series-overview and instance-settings.
"""

import re

from generator.field import whole

_CUSTOM = re.compile(r"db-custom-([0-9]+)-([0-9]+)")
_SHARED = {"db-f1-micro": 614, "db-g1-small": 1740}
"""Tiers that share a core, and their MiB of memory."""
_PLUS = ("db-perf-optimized-", "db-memory-optimized-", "db-c4a-")
_CPUS = 96
_HINT = "db-custom-<vCPUs>-<MiB>, such as db-custom-2-8192"


def problem(tier: str, edition: str = "ENTERPRISE") -> tuple[str, str]:
    """Return what is wrong with a tier, and a hint; both '' where nothing is, or the tier is none that we know.

    Enterprise has 1 or an even number of vCPUs up to 96, 0.9 to 6.5 GB each, from 3.75 GB, in steps of 256 MB.
    """
    of_plus, match = tier.startswith(_PLUS), _CUSTOM.fullmatch(tier)
    if of_plus and edition == "ENTERPRISE":
        return "is a tier of edition ENTERPRISE_PLUS", _HINT
    if edition == "ENTERPRISE_PLUS" and (match or tier in _SHARED):
        return "is a tier of edition ENTERPRISE", "db-perf-optimized-N-<vCPUs>"
    if match is None:
        return "", ""
    cpus, memory = int(match[1]), int(match[2])
    if cpus > _CPUS or not cpus or (cpus > 1 and cpus % 2):
        return f"must have 1 vCPU or an even number up to {_CPUS}", _HINT
    if memory % 256 or not max(3840, 922 * cpus) <= memory <= 6656 * cpus:
        lowest = -(-max(3840, 922 * cpus) // 256) * 256
        return f"must have {lowest} to {6656 * cpus} MiB for its vCPUs, in steps of 256", _HINT
    return "", ""


def memory(tier: str) -> int | None:
    """Return the MiB of memory that a tier of Enterprise has; None where that is not known."""
    custom = _CUSTOM.fullmatch(tier)
    return whole(custom[2]) if custom else _SHARED.get(tier)
