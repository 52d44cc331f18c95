"""What a check looks at: all built objects of an environment, and the plan that says what was wanted."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from generator.catalog import DeclaredWorkload, Plan, Planned
from generator.check.google.resource import Reference, references
from generator.check.schema.contract import Contracts
from generator.field import every, mapping, numbered, steps_of, text
from generator.finding import Finding, Where
from generator.kinds import Google, Kinds, PodFacts, made_of, parts
from generator.manifest import Object, ObjectId
from generator.schema import dotted, place
from generator.yamlio import Path

_DECLARED = PodFacts(template="", by_operator=True)
"""What is known of pods that a unit declares of a custom resource."""


class BuiltPods(NamedTuple):
    """Pods of one template: whose they are, where their spec stands (a JSON pointer), their labels and their spec.

    `facts` say how their owner runs them. `declared` is set where an operator makes them from a custom resource: what
    it adds itself is not seen here.
    """

    owner: Object
    pointer: str
    labels: dict[str, str]
    spec: dict[str, Any]
    declared: DeclaredWorkload | None = None
    facts: PodFacts = _DECLARED

    @property
    def lasting(self) -> bool:
        """Whether they run until somebody stops them, unlike those of a Job."""
        return self.facts.run == "lasting"

    def containers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every container with its JSON pointer, init containers first."""
        for key in ("initContainers", "containers"):
            for index, container in numbered(self.spec, key):
                yield f"{self.pointer}/{key}/{index}", container


class Target(NamedTuple):
    """What a selector can meet: the pods of one workload, rendered, made by an operator or brought by a chart."""

    cluster: str
    namespace: str
    name: str
    labels: dict[str, str]
    ports: dict[str, int]
    unit: str
    pods: tuple[BuiltPods, ...] = ()

    @property
    def full_name(self) -> str:
        """Return `namespace/workload`."""
        return f"{self.namespace}/{self.name}"

    @property
    def lasting(self) -> bool:
        """Whether they run until somebody stops them, unlike those of a Job."""
        return all(pods.lasting for pods in self.pods)


class Built:
    """All built objects, sorted by identity, and the plan they came from."""

    def __init__(
        self, plan: Plan, objects: tuple[Object, ...], texts: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.plan = plan
        self.objects = objects
        self.kinds = Kinds(texts)
        self.contracts = Contracts(self.kinds, plan.environment.kubernetes.version)

    def of_kind(self, *kinds: str) -> Iterator[Object]:
        """Yield the objects of these kinds."""
        return (item for item in self.objects if item.id.kind in kinds)

    def find(self, neighbour: Object, group: str, kind: str, namespace: str, name: str) -> Object | None:
        """Return the object of that name on the cluster of `neighbour`."""
        return self._by_id.get(ObjectId(neighbour.id.cluster, group, kind, namespace, name))

    def unit(self, item: Object) -> Planned | None:
        """Return the unit that the object is of, by the file it was built of."""
        return self._units.get(item.unit)

    def find_google(self, neighbour: Object, kind: str, namespace: str, name: str) -> Object | None:
        """Return the Config Connector object of that kind ('' is any) and name on the cluster of `neighbour`."""
        return self._google_by_name.get((neighbour.id.cluster, kind, namespace, name))

    @cached_property
    def google(self) -> tuple[Object, ...]:
        """All Config Connector objects: each stands for a resource of Google Cloud."""
        return tuple(item for item, _ in self.resources)

    @cached_property
    def resources(self) -> tuple[tuple[Object, Google], ...]:
        """All Config Connector objects, each with how it stands for its resource."""
        known = ((item, self.kinds.google(item.id.group, item.id.kind)) for item in self.objects)
        return tuple((item, google) for item, google in known if google)

    @cached_property
    def google_references(self) -> tuple[Reference, ...]:
        """All references by name between them."""
        return tuple(reference for item in self.google for reference in references(item, self.kinds))

    @cached_property
    def pods(self) -> tuple[BuiltPods, ...]:
        """All pod templates: those of built-in kinds, then those declared of custom resources."""
        return (*self._rendered_pods(), *self._declared_pods())

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """All that selectors can meet."""
        found: dict[tuple[str, str, str, str], Target] = {}
        for pods in self.pods:
            identity = pods.owner.id
            key = (identity.cluster, identity.namespace, identity.kind, identity.name)
            pods_before = found[key].pods if key in found else ()
            unit = self.unit(pods.owner)
            found[key] = Target(
                identity.cluster,
                identity.namespace,
                identity.name,
                pods.labels,
                _ports(pods),
                unit.name if unit else "",
                (*pods_before, pods),
            )
        for planned, declared in self._declared():
            key = (planned.cluster, planned.namespace, declared.kind or "", declared.name)
            ports = {port.name: port.port for port in declared.pods.ports}
            labels = declared.pods.labels
            target = Target(planned.cluster, planned.namespace, declared.name, labels, ports, planned.name)
            found.setdefault(key, target)
        return tuple(found.values())

    @cached_property
    def made_services(self) -> dict[tuple[str, str], int]:
        """The port of each Service that an operator makes of an object, by namespace and name."""
        return {
            (item.id.namespace, made.name): made.port
            for item in self.objects
            for made in made_of(item, self.kinds)
            if made.port is not None
        }

    @cached_property
    def _by_id(self) -> dict[ObjectId, Object]:
        return {item.id: item for item in self.objects}

    @cached_property
    def _google_by_name(self) -> dict[tuple[str, str, str, str], Object]:
        return {
            (item.id.cluster, kind, item.id.namespace, item.id.name): item
            for item in self.google
            for kind in (item.id.kind, "")
        }

    @cached_property
    def _units(self) -> dict[str, Planned]:
        return {planned.name: planned for planned in self.plan.units}

    def _declared(self) -> Iterator[tuple[Planned, DeclaredWorkload]]:
        return ((planned, item) for planned in self.plan.units for item in planned.unit.declaration.workloads)

    def _rendered_pods(self) -> Iterator[BuiltPods]:
        for owner in self.objects:
            facts = self.kinds.of(owner.id.group, owner.id.kind).pods
            if facts and not facts.by_operator:
                template = mapping(owner.manifest, *parts(facts.template))
                labels = mapping(template, "metadata", "labels")
                yield BuiltPods(owner, f"{facts.pointer}/spec", labels, mapping(template, "spec"), None, facts)

    def _declared_pods(self) -> Iterator[BuiltPods]:
        for planned, declared in self._declared():
            for owner in self.of_kind(declared.kind) if declared.kind and declared.pod else ():
                identity = (owner.id.cluster, owner.id.namespace, owner.id.name)
                if identity == (planned.cluster, planned.namespace, declared.name):
                    for path, spec in every(owner.manifest, tuple(steps_of(declared.pod or ""))):
                        yield BuiltPods(owner, path, declared.pods.labels, mapping(spec), declared)


Check = Callable[[Built], Iterator[Finding]]
"""A rule: a function named as the sentence it enforces, which yields a finding for every breach."""


def fault(item: Object, path: str, message: str, *, rule: str, hint: str = "") -> Finding:
    """Return the error that `rule` is broken at the JSON pointer `path` of an object."""
    return Finding(rule=rule, message=message, file=item.file, path=path, hint=hint, object=str(item.id))


def fault_at(
    built: Built, owner: Object, pointer: str, setting: Path, message: str, *, rule: str, hint: str = ""
) -> Finding:
    """Return an error at a setting of the environment; where there is none, or nobody wrote it, at the object."""
    where = place(setting, built.plan.marks) if setting else Where("")
    if not where.file:
        return fault(owner, pointer, message, rule=rule, hint=hint)
    return Finding.at(where, rule, message, path=dotted(setting), hint=hint, object=str(owner.id))


def _ports(pods: BuiltPods) -> dict[str, int]:
    """Return the ports of pods by name, unnamed ones by number."""
    if pods.declared is not None:
        return {port.name: port.port for port in pods.declared.pods.ports}
    return {
        text(port, "name") or str(port.get("containerPort")): port["containerPort"]
        for _, container in pods.containers()
        for _, port in numbered(container, "ports")
        if isinstance(port.get("containerPort"), int)
    }
