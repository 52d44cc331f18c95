"""Workloads: who runs pods in a unit, read from its rendered base; declared only for pods of an operator or a chart."""

from typing import Any, NamedTuple

from generator.catalog import PROXY, DeclaredWorkload, Planned
from generator.kinds import Kinds
from generator.manifest import Manifest

pods_of = Kinds({}).pods_of
"""How a kind of workload runs pods: templates are written for those that Kubernetes itself knows."""


class Workload(NamedTuple):
    """Pods of one template. `ports` are container ports by name (unnamed ones by number); `replicas` those of the base.

    `database` says that they call one on Cloud SQL, through a proxy.
    """

    unit: str
    namespace: str
    kind: str
    name: str
    labels: dict[str, str]
    ports: dict[str, int]
    images: frozenset[str]
    declared: DeclaredWorkload | None = None
    replicas: int = 1
    database: bool = False

    @property
    def template(self) -> str:
        """The pointer to the template of its pods; empty where no object of ours holds it."""
        facts = pods_of(self.kind)
        return facts.pointer if facts and not self.declared else ""

    @property
    def scales(self) -> bool:
        """Whether the number of its pods can be set in its base, by an environment or by an autoscaler."""
        facts = pods_of(self.kind)
        return bool(facts and facts.scales)

    @property
    def pod(self) -> str:
        """The pointer to the spec of its pods; empty where no object of ours holds it."""
        return self.declared.pod or "" if self.declared else f"{self.template}/spec"

    @property
    def container(self) -> str:
        """The pointer to the main container, the one named like the workload; empty where no object of ours has it."""
        return self.declared.container or "" if self.declared else f"{self.pod}/containers/[name={self.name}]"


class Service(NamedTuple):
    """A Service of a unit: its name, what it selects and where its ports lead (`name or number`)."""

    name: str
    selector: dict[str, str]
    ports: dict[int, str | int]


def workloads(planned: Planned, objects: list[Manifest]) -> list[Workload]:
    """Return the workloads of a unit: those in its objects, then the declared ones."""
    found = [_read(planned, manifest) for manifest in objects if pods_of(manifest["kind"])]
    for declared in planned.unit.declaration.workloads:
        ports = {port.name: port.port for port in declared.pods.ports}
        images = frozenset(planned.common.images)
        found.append(
            Workload(
                planned.name,
                planned.namespace,
                declared.kind or "Pods",
                declared.name,
                dict(declared.pods.labels),
                ports,
                images,
                declared,
            )
        )
    callers = {call.from_ for call in planned.connects if call.database}
    default = main(planned.name, found)
    return [
        workload._replace(database=True, images=workload.images | {PROXY})
        if workload.name in callers or (None in callers and workload == default)
        else workload
        for workload in found
    ]


def services(objects: list[Manifest]) -> list[Service]:
    """Return the Services among a unit's objects."""
    return [
        Service(
            manifest["metadata"]["name"],
            manifest["spec"].get("selector", {}),
            {port["port"]: port.get("targetPort", port["port"]) for port in manifest["spec"].get("ports", [])},
        )
        for manifest in objects
        if manifest["kind"] == "Service"
    ]


def main(unit: str, found: list[Workload]) -> Workload | None:
    """Return the workload that the common keys mean: the only lasting one, or the one named like the unit."""
    lasting = [workload for workload in found if _is_lasting(workload.kind)]
    if len(lasting) == 1:
        return lasting[0]
    return next((workload for workload in lasting if workload.name == unit), None)


def _is_lasting(kind: str) -> bool:
    facts = pods_of(kind)
    return facts is None or facts.run == "lasting"


def serving(port: int, found: list[Workload], offered: list[Service]) -> tuple[Workload, int] | None:
    """Return which pods, and which port of theirs, a call of `port` reaches; None if nothing listens there."""
    for service in offered:
        if port in service.ports and any(_selected(service, workload) for workload in found):
            return behind(service, port, found)
    for workload in found:
        if port in workload.ports.values():
            return workload, port
    return None


def behind(service: Service, port: int, found: list[Workload]) -> tuple[Workload, int] | None:
    """Return which pods, and which port of theirs, a port of a Service leads to."""
    target = service.ports.get(port)
    for workload in found:
        if _selected(service, workload):
            number = workload.ports.get(target) if isinstance(target, str) else target
            return (workload, number) if number else None
    return None


def _selected(service: Service, workload: Workload) -> bool:
    return bool(service.selector) and service.selector.items() <= workload.labels.items()


def replicas(planned: Planned, workload: Workload, *, main: bool) -> int:
    """Return how many pods of a workload there are at least; what the common keys say counts for the main one."""
    if not main:
        return workload.replicas
    scaling = planned.common.autoscaling
    if scaling and scaling.enabled:
        return scaling.min_replicas
    return workload.replicas if planned.common.replicas is None else planned.common.replicas


def pod_template(manifest: Manifest) -> dict[str, Any]:
    """Return the pod template of a built-in workload."""
    facts = pods_of(manifest["kind"])
    found: dict[str, Any] = next(template for _, template in facts.templates(manifest)) if facts else {}
    return found


def _read(planned: Planned, manifest: Manifest) -> Workload:
    template = pod_template(manifest)
    spec = template["spec"]
    containers = [*spec.get("initContainers", []), *spec["containers"]]
    ports = {
        port.get("name", str(port["containerPort"])): port["containerPort"]
        for container in containers
        for port in container.get("ports", [])
    }
    labels = template["metadata"]["labels"]
    images = frozenset(container["image"] for container in containers)
    replicas = manifest.get("spec", {}).get("replicas", 1)
    kind, name = manifest["kind"], manifest["metadata"]["name"]
    return Workload(planned.name, planned.namespace, kind, name, labels, ports, images, None, replicas)
