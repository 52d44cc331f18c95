"""Who calls whom: the declared connections, resolved to workloads and container ports."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from generator.catalog import OUTSIDE, Connection, Plan, Planned
from generator.finding import Finding
from generator.render.workload import Service, Workload, main, serving
from generator.schema import place


class Network(NamedTuple):
    """What is known of all units when policies are made: their workloads and Services, by unit."""

    plan: Plan
    workloads: Mapping[str, list[Workload]]
    services: Mapping[str, list[Service]]

    def workload(self, planned: Planned, name: str | None) -> Workload | None:
        """Return the unit's workload of that name; without a name its main one."""
        found = self.workloads[planned.name]
        if name is None:
            return main(planned.name, found)
        return next((workload for workload in found if workload.name == name), None)

    def target(self, connection: Connection) -> tuple[Workload, int] | None:
        """Return which pods a connection to a unit reaches, and at which of their ports."""
        if connection.port is None:
            return None
        return serving(connection.port, self.workloads[connection.to], self.services[connection.to])

    def serving(self, planned: Planned, port: int) -> int:
        """Return the container port behind a port of the unit's Services, or the port itself where none has it."""
        found = serving(port, self.workloads[planned.name], self.services[planned.name])
        return found[1] if found else port


def unresolved(network: Network) -> Iterator[Finding]:
    """Yield what is declared and leads nowhere: without this a rule would be missing silently."""
    for planned in network.plan.units:
        names = ", ".join(workload.name for workload in network.workloads[planned.name]) or "none"
        for index, connection in enumerate(planned.unit.declaration.connects):
            if connection not in planned.connects:
                continue
            where = place(("connects", index), planned.unit.marks)
            if network.workload(planned, connection.from_) is None:
                message = f"{connection.from_ or 'the main workload'} is no workload of {planned.name}"
                yield Finding.at(where, "connects-from", message, path="connects", hint=f"there are: {names}")
            if connection.to not in OUTSIDE and network.target(connection) is None:
                said = f"listens on port {connection.port}" if connection.port else "is named by a port"
                message = f"nothing in {connection.to} {said}"
                yield Finding.at(where, "connects-port", message, path="connects")
        for index, grant in enumerate(planned.unit.declaration.identity):
            if grant in planned.grants and network.workload(planned, grant.from_) is None:
                message = f"{grant.from_ or 'the main workload'} is no workload of {planned.name}"
                where = place(("identity", index), planned.unit.marks)
                yield Finding.at(where, "identity-from", message, path="identity", hint=f"there are: {names}")
