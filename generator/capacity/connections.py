"""Whether a database takes the connections that its pods may open: the pool of each, times the pods there may be."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from generator.capacity.demand import Demand, demands
from generator.check import Built, Check, fault
from generator.field import listed, numbered, text, whole
from generator.finding import Finding, Severity
from generator.google.sql_connections import RESERVED, most_connections
from generator.manifest import Object
from generator.schema import place
from generator.yamlio import Path, dotted

_PROXY = "cloud-sql-proxy"
_TOLD = re.compile(r"--max[_-]connections=([0-9]{1,6})")
_POOLS = {"KC_DB_POOL_MAX_SIZE": ("KC_DB_URL_HOST", 100), "PG_POOL_SIZE": ("POSTGRES_HOST", 10)}
"""The variable that bounds the pool of a pod; a variable that tells such pods, and the bound where none is written.

Keycloak: https://www.keycloak.org/server/db. The API: PG_POOL_SIZE of its src/codemie/configs/config.py.
"""
_TIER: Path = ("database", "tier")
_FLAG: Path = ("database", "flags", "max_connections")


class Client(NamedTuple):
    """Pods with a pool of connections: who they are, how many there may be, how many connections each may open."""

    name: str
    pods: int
    pool: int

    def __str__(self) -> str:
        """Return it as a product."""
        return f"{self.name} {self.pods} x {self.pool}"


def databases_take_the_connections(built: Built) -> Iterator[Finding]:
    """What pods may open together is not more than Cloud SQL takes. A warning: pools are seldom all full."""
    proxied = [item for item in demands(built) if _has_proxy(item)]
    clients = [client for item in proxied if (client := _client(item))]
    for instance in built.of_kind("SQLInstance"):
        taken = _taken(instance)
        asked = sum(client.pods * client.pool for client in clients)
        if taken is not None and asked > taken - RESERVED:
            path = _FLAG if _FLAG in built.plan.marks else _TIER
            where = place(path, built.plan.marks)
            message = f"pods may open {asked} connections, and the instance takes {taken - RESERVED}"
            hint = f"{', '.join(map(str, clients))}; a larger tier, or database.flags.max_connections"
            yield Finding(
                rule="sql-connections",
                severity=Severity.WARNING,
                message=message,
                file=where.file,
                line=where.line,
                column=where.column,
                path=dotted(path),
                hint=hint,
            )


def servers_in_the_cluster_take_the_connections(built: Built) -> Iterator[Finding]:
    """The same of a PostgreSQL in the cluster, which is told by `--max_connections` how many it takes: a warning."""
    others = [item for item in demands(built) if not _has_proxy(item)]
    clients = [client for item in others if (client := _client(item))]
    asked = sum(client.pods * client.pool for client in clients)
    for pods in built.pods:
        for path, container in pods.containers():
            told = [_TOLD.fullmatch(argument) for argument in listed(container, "args") if isinstance(argument, str)]
            taken = next((int(found[1]) for found in told if found), None)
            if taken is not None and asked > taken - RESERVED:
                message = f"pods may open {asked} connections, and the server takes {taken - RESERVED}"
                hint = f"{', '.join(map(str, clients))}; fewer for each pod, or fewer pods"
                found = fault(pods.owner, f"{path}/args", message, rule="sql-connections", hint=hint)
                yield replace(found, severity=Severity.WARNING)


def _has_proxy(demand: Demand) -> bool:
    return any(text(container, "name") == _PROXY for container in _containers(demand))


def _taken(instance: Object) -> int | None:
    spec = instance.manifest.get("spec", {})
    flags = {text(flag, "name"): text(flag, "value") for _, flag in numbered(spec, "settings", "databaseFlags")}
    return most_connections(text(spec, "settings", "tier"), flags)


def _containers(demand: Demand) -> Iterator[Mapping[str, Any]]:
    for key in ("initContainers", "containers"):
        yield from (item for item in listed(demand.spec, key) if isinstance(item, dict))


def _client(demand: Demand) -> Client | None:
    """Return what pods may open; None for those of which it is not known."""
    for container in _containers(demand):
        variables = {text(item, "name"): text(item, "value") for _, item in numbered(container, "env")}
        for variable, (sign, otherwise) in _POOLS.items():
            if variable in variables or sign in variables:
                pool = whole(variables[variable]) if variable in variables else otherwise
                return Client(demand.name, demand.peak, pool) if pool else None
    return None


RULES: tuple[Check, ...] = (databases_take_the_connections, servers_in_the_cluster_take_the_connections)
