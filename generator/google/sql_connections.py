"""How many connections an instance of Cloud SQL for PostgreSQL takes. Read on 2026-11-30.

https://docs.cloud.google.com/sql/docs/postgres/flags#postgres-m, the default of max_connections by memory.
"""

from collections.abc import Mapping

from generator.field import whole
from generator.google.sql_tiers import memory

_CONNECTIONS = (
    (122880, 1000),
    (61440, 800),
    (30720, 600),
    (15360, 500),
    (7680, 400),
    (6144, 200),
    (3840, 100),
    (1024, 50),
)
"""From how many MiB of memory on there are how many connections."""
_FEWEST = 25
RESERVED = 3
"""Of them PostgreSQL keeps these for its superusers (superuser_reserved_connections)."""


def most_connections(tier: str, flags: Mapping[str, str]) -> int | None:
    """Return how many connections an instance takes: the flag, or what its memory gives; None for an unknown tier."""
    if "max_connections" in flags:
        return whole(flags["max_connections"])
    mib = memory(tier)
    return None if mib is None else next((most for least, most in _CONNECTIONS if mib >= least), _FEWEST)
