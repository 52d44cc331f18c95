"""Who calls whom: the declared connections, and sign-in before what it protects, resolved to workloads and ports."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from generator.catalog import OUTSIDE, Connection, Exposure, Plan, Planned
from generator.finding import Finding, Where
from generator.render.workload import Service, Workload, behind, main, serving
from generator.schema import place


class Call(NamedTuple):
    """Pods of `source` call a port of the pods of `target`."""

    source: Workload
    target: Workload
    port: int


class Network(NamedTuple):
    """What is known of all units when objects are derived: their workloads and Services, by unit, and the calls."""

    plan: Plan
    workloads: Mapping[str, list[Workload]]
    services: Mapping[str, list[Service]]
    calls: tuple[Call, ...] = ()

    @classmethod
    def of(
        cls, plan: Plan, workloads: Mapping[str, list[Workload]], services: Mapping[str, list[Service]]
    ) -> "Network":
        """Return the network with all calls between units resolved."""
        silent = cls(plan, workloads, services)
        return silent._replace(calls=(*_declared_calls(silent), *_sign_in_calls(silent)))

    def workload(self, planned: Planned, name: str | None) -> Workload | None:
        """Return the unit's workload of that name; without a name its main one."""
        found = self.workloads.get(planned.name, [])
        if name is None:
            return main(planned.name, found)
        return next((workload for workload in found if workload.name == name), None)

    def target(self, connection: Connection) -> tuple[Workload, int] | None:
        """Return which pods a connection to a unit reaches, and at which of their ports."""
        if connection.port is None:
            return None
        return serving(connection.port, self.workloads[connection.to], self.services[connection.to])

    def exposed(self, planned: Planned, exposure: Exposure) -> tuple[Workload, int] | None:
        """Return which pods an exposed Service of the unit leads to, and at which of their ports."""
        name = exposure.service or planned.name
        service = next((item for item in self.services[planned.name] if item.name == name), None)
        return behind(service, exposure.port, self.workloads[planned.name]) if service else None


def _declared_calls(network: Network) -> Iterator[Call]:
    for caller in network.plan.by_name():
        for connection in [item for item in caller.connects if item.to not in OUTSIDE]:
            source, target = network.workload(caller, connection.from_), network.target(connection)
            if source and target:
                yield Call(source, *target)


def _sign_in_calls(network: Network) -> Iterator[Call]:
    """Yield the calls of oauth2-proxy to all that is exposed behind it on its host."""
    for planned in network.plan.by_name():
        for exposure in [item for item in planned.exposes if item.behind_sign_in]:
            before = network.plan.sign_in(exposure.host)
            source = network.workload(before, None) if before else None
            if source and (target := network.exposed(planned, exposure)):
                yield Call(source, *target)


def unresolved(network: Network) -> Iterator[Finding]:
    """Yield what is declared and leads nowhere: without this a rule would be missing silently."""
    for planned in network.plan.units:
        declared = planned.unit.declaration
        for index, connection in enumerate(declared.connects):
            if connection in planned.connects:
                where = place(("connects", index), planned.unit.marks)
                yield from _no_workload(network, planned, connection.from_, where, rule="connects-from")
                yield from _no_target(network, connection, where)
        for index, grant in enumerate(declared.identity):
            if grant in planned.grants:
                where = place(("identity", index), planned.unit.marks)
                yield from _no_workload(network, planned, grant.from_, where, rule="identity-from")
        for index, exposure in enumerate(declared.exposes):
            if exposure in planned.exposes and network.exposed(planned, exposure) is None:
                where = place(("exposes", index), planned.unit.marks)
                there = ", ".join(sorted(service.name for service in network.services[planned.name])) or "none"
                message = f"Service {exposure.service or planned.name} of {planned.name} serves no port {exposure.port}"
                yield Finding.at(where, "exposes-port", message, path="exposes", hint=f"Services: {there}")
        scaling, main = planned.common.autoscaling, network.workload(planned, None)
        if scaling and scaling.enabled and (main is None or not main.scales):
            message = f"scales Deployments and StatefulSets, and the main workload is {main.kind if main else 'none'}"
            where = place(("defaults", "autoscaling"), planned.unit.marks)
            yield Finding.at(where, "autoscaling-kind", message, path="defaults.autoscaling", object=planned.name)
        if declared.metrics:
            where = place(("metrics",), planned.unit.marks)
            yield from _no_workload(network, planned, None, where, rule="metrics-from")


def _no_workload(network: Network, planned: Planned, name: str | None, where: Where, *, rule: str) -> Iterator[Finding]:
    if network.workload(planned, name) is None:
        names = ", ".join(workload.name for workload in network.workloads[planned.name]) or "none"
        message = f"{name or 'the main workload'} is no workload of {planned.name}"
        yield Finding.at(where, rule, message, path=rule.removesuffix("-from"), hint=f"there are: {names}")


def _no_target(network: Network, connection: Connection, where: Where) -> Iterator[Finding]:
    if connection.to not in OUTSIDE and network.target(connection) is None:
        said = f"listens on port {connection.port}" if connection.port else "is named by a port"
        yield Finding.at(where, "connects-port", f"nothing in {connection.to} {said}", path="connects")
