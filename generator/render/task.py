"""The task of rendering one unit: what every step of it needs."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from generator.catalog import SIGN_IN, Plan, Planned, Route, freeze, google, routes
from generator.google import addresses
from generator.kinds import Kinds
from generator.render.derived.client_ranges import allowed_ranges, authorized_networks, client_ranges
from generator.render.template.templates import Templates


class Task(NamedTuple):
    """One unit of a plan. `paths` are the files of its folder, `view` is what its templates see, `kinds` all kinds."""

    plan: Plan
    planned: Planned
    templates: Templates
    paths: tuple[str, ...]
    view: Mapping[str, Any]
    kinds: Kinds

    @property
    def folder(self) -> str:
        """Where the unit is below `output/<env>/`."""
        section = "infra" if self.planned.unit.kind == "infra" else "components"
        return f"{section}/{self.planned.name}"

    @property
    def overlay(self) -> str:
        """Where what is particular to this environment is: all of an infra unit."""
        return self.folder if self.planned.unit.kind == "infra" else f"{self.folder}/overlay"


def view(planned: Planned, environment: Any, plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return what overlay, config and infra templates see: unit, values, env, plan. Nothing else."""
    unit = {"name": planned.name, "namespace": planned.namespace, "title": planned.unit.declaration.title}
    return {
        "unit": {**unit, "host": planned.unit.host} if planned.unit.host else unit,
        "values": planned.values,
        "env": environment,
        "plan": plan,
    }


def plan_view(plan: Plan) -> Mapping[str, Any]:
    """Return what follows from all units together, as templates see it under `plan`."""
    found, network = routes(plan), plan.environment.network
    direct = [route for route in found if not route.behind_sign_in]
    result: Mapping[str, Any] = freeze(
        {
            "units": [planned.name for planned in plan.units],
            "namespaces": plan.namespaces(),
            "hosts": sorted({route.host for route in direct}),
            "tcpHosts": sorted({e.host for planned in plan.units for e in planned.exposes if e.protocol == "tcp"}),
            "routes": {
                namespace: [msgspec.to_builtins(route) for route in direct if route.namespace == namespace]
                for namespace in {route.namespace for route in direct}
            },
            "upstreams": _upstreams([route for route in found if route.behind_sign_in]),
            "probes": _probes(direct),
            "signIn": _sign_in(plan),
            "replicas": {planned.name: planned.common.replicas for planned in plan.units if planned.common.replicas},
            "growingPools": {
                name: {"maxNodes": pool.max_nodes, "oneLess": pool.max_nodes - 1}
                for name, pool in plan.environment.gke.node_pools.items()
                if pool.max_nodes > pool.min_nodes  # one of a fixed size is always at its maximum
            },
            "databases": msgspec.to_builtins(plan.databases),
            "clientRanges": client_ranges(plan.environment),
            "allowedRanges": allowed_ranges(plan.environment),
            "publicInside": addresses.public(network.pods) or addresses.public(network.services),
            "authorizedNetworks": authorized_networks(plan.environment),
            "google": msgspec.to_builtins(google(plan)),
        }
    )
    return result


def _upstreams(behind: list[Route]) -> list[dict[str, Any]]:
    """Return what oauth2-proxy hands requests on to, each with an `id` that no other of its host has."""
    taken = Counter((route.host, route.service) for route in behind)
    return [
        {
            **msgspec.to_builtins(route),
            "id": route.service if taken[route.host, route.service] == 1 else f"{route.service}{route.path}",
        }
        for route in behind
    ]


def _probes(direct: list[Route]) -> list[dict[str, str]]:
    """Return what is asked from outside: of each host, in each namespace, the first path that allowed ranges reach."""
    first: dict[tuple[str, str], str] = {}
    for route in direct:
        if route.ranges == "allowed":
            first.setdefault((route.host, route.namespace), route.path)
    return [{"host": host, "namespace": namespace, "path": path} for (host, namespace), path in sorted(first.items())]


def _sign_in(plan: Plan) -> list[dict[str, str]]:
    """Return the hosts behind sign-in and the unit before each, that of the platform first."""
    before = [planned for planned in plan.units if planned.unit.host]
    first = sorted(before, key=lambda planned: (planned.name != SIGN_IN, planned.name))
    return [{"host": planned.unit.host, "unit": planned.name} for planned in first]
