"""What NetworkPolicies let through, and what of Google's pods have to reach, or to be reached by."""

from generator.traffic.ends import (
    ANY,
    CLOUD_SQL_PROXY_PORT,
    GOOGLE_APIS,
    MEMORYSTORE_PORT,
    METADATA,
    RESOLVERS,
    End,
    Resolver,
    dns,
    load_balancers,
    places,
    resolver_peers,
)
from generator.traffic.policies import closed_ends, directions, holding, opens

__all__ = [
    "ANY",
    "CLOUD_SQL_PROXY_PORT",
    "GOOGLE_APIS",
    "MEMORYSTORE_PORT",
    "METADATA",
    "RESOLVERS",
    "End",
    "Resolver",
    "closed_ends",
    "directions",
    "dns",
    "holding",
    "load_balancers",
    "opens",
    "places",
    "resolver_peers",
]
