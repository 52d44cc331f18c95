"""Who reaches whom: all NetworkPolicies over all pairs of pods, against the calls that units declare.

Policies are read as the cluster reads them (the union of all that select a pod; both ends must allow), not as we made
them: a patch or a hand-written policy counts. Addresses outside the cluster (ipBlock) are not pods.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.catalog import OUTSIDE, Planned
from generator.check.built import Built, Check, Target, fault
from generator.cluster import selects, urls
from generator.field import at, listed, mapping, numbered, port, strings, text
from generator.finding import Finding
from generator.manifest import Object
from generator.traffic import holding, opens


class Guarded(NamedTuple):
    """Pods of one workload, the labels of their namespace, and the policies that select them."""

    target: Target
    space: dict[str, str]
    policies: tuple[Object, ...]

    @property
    def name(self) -> str:
        """Return `namespace/workload`."""
        return self.target.full_name


class Call(NamedTuple):
    """Pods of `source` call a TCP port of the pods of `target` (both `namespace/workload`)."""

    source: str
    target: str
    port: int


def pods_reach_what_is_declared(built: Built) -> Iterator[Finding]:
    """What policies let through is worked out once, for the two rules below."""
    pods = guarded_pods(built)
    let_through = _let_through(pods)
    yield from declared_calls_are_open_and_no_others(built, pods, let_through)
    yield from urls_are_let_through(built, pods, let_through)


def declared_calls_are_open_and_no_others(
    built: Built, pods: dict[str, Guarded], let_through: frozenset[Call]
) -> Iterator[Finding]:
    """Every declared call is let through by both ends, and no pods reach others without one."""
    declared = frozenset(_declared(built))
    for call in sorted(declared - let_through):
        message = f"{call.source} calls {call.target} on port {call.port}, and is not let through"
        hint = "its own policy and that of the caller must both allow it"
        yield policy_fault(pods[call.target], "/spec/ingress", message, rule="reach-closed", hint=hint)
    for call in sorted(let_through - declared):
        message = f"{call.source} may call {call.target} on port {call.port}, and nothing declares that"
        hint = "say so in `connects` of the caller, or close it"
        yield policy_fault(pods[call.target], "/spec/ingress", message, rule="reach-open", hint=hint)


def urls_are_let_through(built: Built, pods: dict[str, Guarded], let_through: frozenset[Call]) -> Iterator[Finding]:
    """A pod may call the Services that its variables, arguments and mounted config files name."""
    for source in pods.values():
        for owner, path, value in _read(built, source.target):
            for namespace, name, number in urls(value, source.target.namespace):
                service = built.find(owner, "", "Service", namespace, name)
                for target, port_number in targets_of_service(built, service, number) if service and number else ():
                    called = target.full_name
                    if called != source.name and Call(source.name, called, port_number) not in let_through:
                        message = f"names {namespace}/{name}, and {source.name} may not call its port {port_number}"
                        hint = "say so in `connects` of the unit"
                        yield fault(owner, path, message, rule="reach-url", hint=hint)


def guarded_pods(built: Built) -> dict[str, Guarded]:
    """Return the pods of the workload cluster by name."""
    policies = [(item, mapping(item.manifest, "spec", "podSelector")) for item in built.of_kind("NetworkPolicy")]
    name = "kubernetes.io/metadata.name"
    spaces = {
        item.id.name: {**mapping(item.manifest, "metadata", "labels"), name: item.id.name}
        for item in built.of_kind("Namespace")
    }
    found = [
        Guarded(
            target,
            spaces.get(target.namespace, {name: target.namespace}),
            tuple(
                item
                for item, selector in policies
                if (item.id.cluster, item.id.namespace) == (target.cluster, target.namespace)
                and selects(selector, target.labels)
            ),
        )
        for target in built.targets
    ]
    return {guarded.name: guarded for guarded in found}


def _let_through(pods: dict[str, Guarded]) -> frozenset[Call]:
    """Return every call that both ends allow."""
    ingress = {name: frozenset(_open_pairs(pods, guarded, "Ingress")) for name, guarded in pods.items()}
    return frozenset(
        Call(source.name, name, number)
        for source in pods.values()
        for name, number in _open_pairs(pods, source, "Egress")
        if (source.name, number) in ingress[name]
    )


def _open_pairs(pods: dict[str, Guarded], guarded: Guarded, direction: str) -> Iterator[tuple[str, int]]:
    """Yield pods that `own` may call, and at which ports (Egress), or that may call it, and at which (Ingress)."""
    key = {"Egress": "to", "Ingress": "from"}[direction]
    policies = holding(guarded.policies, direction)
    rules = [rule for item in policies for _, rule in numbered(item.manifest, "spec", direction.lower())]
    for other in pods.values():
        callee = other.target if direction == "Egress" else guarded.target
        for rule in rules if policies else [{}]:
            if _admits(guarded, rule, key, other):
                for number in callee.ports.values():
                    if opens(rule, number, callee.ports):
                        yield other.name, number


def _admits(guarded: Guarded, rule: dict[str, Any], key: str, other: Guarded) -> bool:
    """Whether a rule's peers hold these pods; no peers at all are everybody."""
    if not listed(rule, key):
        return True
    for _, peer in numbered(rule, key):
        spaces, selector = at(peer, "namespaceSelector"), mapping(peer, "podSelector")
        if "ipBlock" in peer:
            continue
        in_namespace = other.space == guarded.space if spaces is None else selects(spaces, other.space)
        if in_namespace and selects(selector, other.target.labels):
            return True
    return False


def _declared(built: Built) -> Iterator[Call]:
    """Yield every call that units declare, and those of sign-in to what it stands before."""
    units = {planned.name: planned for planned in built.plan.units}
    for planned in units.values():
        for connection in planned.connects:
            if connection.to not in OUTSIDE and connection.port:
                yield from _calls(
                    built, planned, connection.from_, _targets_of_unit(built, units[connection.to], connection.port)
                )
        for exposure in planned.exposes:
            service = _service(built, planned, exposure.service or planned.name)
            sign_in = built.plan.sign_in(exposure.host) if exposure.behind_sign_in else None
            if sign_in and service:
                yield from _calls(built, sign_in, None, targets_of_service(built, service, exposure.port))


def _calls(built: Built, caller: Planned, name: str | None, callees: Iterator[tuple[Target, int]]) -> Iterator[Call]:
    for target, number in callees:
        for source in declared_pods(built, caller, name):
            yield Call(source.full_name, target.full_name, number)


def declared_pods(built: Built, planned: Planned, name: str | None) -> list[Target]:
    """Return the pods that a declaration of a unit is about: those named by `from`, or else the main ones."""
    own_targets = [target for target in built.targets if target.unit == planned.name]
    if name:
        return [target for target in own_targets if target.name == name]
    lasting = [target for target in own_targets if target.lasting]
    return lasting if len(lasting) == 1 else [target for target in lasting if target.name == planned.name]


def _targets_of_unit(built: Built, callee: Planned, number: int) -> Iterator[tuple[Target, int]]:
    """Yield which pods of a unit a call of a port reaches: behind a Service of it, or by the port of the pods."""
    for service in built.of_kind("Service"):
        owner, ports = built.unit(service), numbered(service.manifest, "spec", "ports")
        if owner and owner.name == callee.name and number in {port(item, "port") for _, item in ports}:
            yield from targets_of_service(built, service, number)
            return
    for target in built.targets:
        if target.unit == callee.name and number in target.ports.values():
            yield target, number
            return


def _service(built: Built, planned: Planned, name: str) -> Object | None:
    return next((item for item in built.of_kind("Service") if item.id[3:] == (planned.namespace, name)), None)


def targets_of_service(built: Built, service: Object, number: int) -> Iterator[tuple[Target, int]]:
    """Yield the pods behind a port of a Service, and their own port."""
    service_ports = [item for _, item in numbered(service.manifest, "spec", "ports") if port(item, "port") == number]
    for target in pods_of_service(built, service) if service_ports else ():
        for item in service_ports:
            target_port = port(item, "targetPort") or number
            number_of_pods = target.ports.get(target_port) if isinstance(target_port, str) else target_port
            if number_of_pods is not None:
                yield target, number_of_pods


def pods_of_service(built: Built, service: Object) -> Iterator[Target]:
    """Yield the pods that a Service selects."""
    selector = mapping(service.manifest, "spec", "selector")
    for target in built.targets if selector else ():
        in_namespace = (target.cluster, target.namespace) == (service.id.cluster, service.id.namespace)
        if in_namespace and selects({"matchLabels": selector}, target.labels):
            yield target


def _read(built: Built, target: Target) -> Iterator[tuple[Object, str, str]]:
    """Yield the texts that pods read: variables and arguments, and the ConfigMaps they mount or take variables from."""
    for pods in target.pods:
        for path, container in pods.containers():
            for key in ("env", "args", "command"):
                for place, _, value in strings(container.get(key), f"{path}/{key}"):
                    yield pods.owner, place, value
        names = {text(volume, "configMap", "name") for _, volume in numbered(pods.spec, "volumes")}
        for name in sorted(names - {""}):
            config = built.find(pods.owner, "", "ConfigMap", pods.owner.id.namespace, name)
            for place, _, value in strings(mapping(config.manifest, "data"), "/data") if config else ():
                yield config or pods.owner, place, value


def policy_fault(pods: Guarded, path: str, message: str, *, rule: str, hint: str) -> Finding:
    """Return the error, at the policy that is the pods' own, or else at one that selects them with all others."""
    if not pods.policies:
        return Finding(rule=rule, message=message, hint=hint, object=pods.name)
    own_policies = [item for item in pods.policies if mapping(item.manifest, "spec", "podSelector")]
    return fault((own_policies or pods.policies)[0], path, message, rule=rule, hint=hint)


RULES: tuple[Check, ...] = (pods_reach_what_is_declared,)
