"""Selectors meet the pods they are meant for: those of exactly one workload."""

from collections.abc import Iterator
from typing import Any

from generator.check.built import Built, Check, Target, fault
from generator.field import mapping, numbered, pointer, port, selects, text
from generator.finding import Finding
from generator.kinds import parts
from generator.manifest import Object


def workloads_select_their_own_pods(built: Built) -> Iterator[Finding]:
    """A workload's selector meets its own pods and nobody else's."""
    for workload, steps in _selecting(built):
        met = [target.name for target in _met(built, workload, mapping(workload.manifest, *steps))]
        path = pointer(*steps)
        if workload.id.name not in met:
            hint = "matchLabels and the labels of the template are the same"
            yield fault(workload, path, "does not select its own pods", rule="selector-own", hint=hint)
        others = sorted(set(met) - {workload.id.name})
        if others:
            message = f"selects the pods of {', '.join(others)} too"
            yield fault(workload, path, message, rule="selector-many", hint="give each workload labels of its own")


def _selecting(built: Built) -> Iterator[tuple[Object, tuple[str, ...]]]:
    """Yield the workloads that have a selector, and where it is."""
    known = ((pods.owner, pods.facts.selector) for pods in built.pods)
    return ((owner, parts(selector)) for owner, selector in known if selector)


def services_select_one_workload(built: Built) -> Iterator[Finding]:
    """A Service that selects meets the pods of exactly one workload."""
    for service in built.of_kind("Service"):
        selector = mapping(service.manifest, "spec", "selector")
        if selector:
            yield from _exactly_one(built, service, {"matchLabels": selector}, "/spec/selector")


def policies_select_one_workload(built: Built) -> Iterator[Finding]:
    """A NetworkPolicy, but the default one, and a PodDisruptionBudget meet the pods of exactly one workload."""
    for policy in built.of_kind("NetworkPolicy", "PodDisruptionBudget", "PodMonitoring"):
        key = "podSelector" if policy.id.kind == "NetworkPolicy" else "selector"
        selector = mapping(policy.manifest, "spec", key)
        if selector or key == "selector":
            yield from _exactly_one(built, policy, selector, f"/spec/{key}")


def pods_have_one_network_policy(built: Built) -> Iterator[Finding]:
    """Exactly one NetworkPolicy besides the default one selects a workload's pods: one place says what they may do."""
    policies = [(policy, mapping(policy.manifest, "spec", "podSelector")) for policy in built.of_kind("NetworkPolicy")]
    for target in built.targets:
        if not target.pods:
            continue
        owner = target.pods[0].owner
        place = (target.cluster, target.namespace)
        own_policies = sorted(
            policy.id.name
            for policy, selector in policies
            if selector and (policy.id.cluster, policy.id.namespace) == place and selects(selector, target.labels)
        )
        if len(own_policies) != 1:
            message = (
                f"{len(own_policies)} NetworkPolicies select these pods, "
                f"not one{': ' * bool(own_policies)}{', '.join(own_policies)}"
            )
            hint = "one is derived for each workload of a component; labels of two workloads must differ"
            yield fault(owner, target.pods[0].pointer, message, rule="network-policy-count", hint=hint)


def services_lead_to_a_port_of_their_pods(built: Built) -> Iterator[Finding]:
    """The target port of a Service is a port that the selected pods declare."""
    for service in built.of_kind("Service"):
        selector = mapping(service.manifest, "spec", "selector")
        met = _met(built, service, {"matchLabels": selector}) if selector else []
        for index, item in numbered(service.manifest, "spec", "ports"):
            target_port = port(item, "targetPort") or port(item, "port")
            for target in met[:1]:
                if target_port not in target.ports and target_port not in target.ports.values():
                    pod_ports = ", ".join(f"{name} ({number})" for name, number in sorted(target.ports.items()))
                    message = f"the pods of {target.name} have no port {target_port} (they have {pod_ports or 'none'})"
                    path = f"/spec/ports/{index}/targetPort"
                    yield fault(service, path, message, rule="service-port")


def spreading_counts_own_pods(built: Built) -> Iterator[Finding]:
    """A topology spread constraint counts the pods it stands in; with other labels it spreads nothing."""
    for pods in built.pods:
        for index, constraint in numbered(pods.spec, "topologySpreadConstraints"):
            selector = mapping(constraint, "labelSelector")
            if not selector or not selects(selector, pods.labels):
                path = f"{pods.pointer}/topologySpreadConstraints/{index}/labelSelector"
                yield fault(pods.owner, path, "does not select the pods it stands in", rule="selector-spread")


def _exactly_one(built: Built, source: Object, selector: dict[str, Any], path: str) -> Iterator[Finding]:
    met = sorted(target.name for target in _met(built, source, selector))
    if not met:
        hint = f"there are pods of {_there(built, source)}"
        yield fault(source, path, "selects no pods", rule="selector-nothing", hint=hint)
    elif len(met) > 1:
        message = f"selects the pods of {len(met)} workloads: {', '.join(met)}"
        yield fault(source, path, message, rule="selector-many", hint="give each workload labels of its own")


def _met(built: Built, source: Object, selector: dict[str, Any]) -> list[Target]:
    """Return the workloads of the object's namespace whose pods the selector meets."""
    place = (source.id.cluster, source.id.namespace)
    return [
        target
        for target in built.targets
        if (target.cluster, target.namespace) == place and selects(selector, target.labels)
    ]


def _there(built: Built, source: Object) -> str:
    place = (source.id.cluster, source.id.namespace)
    names = {
        f"{target.name} ({', '.join(f'{key}={text(target.labels, key)}' for key in sorted(target.labels))})"
        for target in built.targets
        if (target.cluster, target.namespace) == place
    }
    return "; ".join(sorted(names)) or "nothing in this namespace"


RULES: tuple[Check, ...] = (
    workloads_select_their_own_pods,
    services_select_one_workload,
    policies_select_one_workload,
    pods_have_one_network_policy,
    services_lead_to_a_port_of_their_pods,
    spreading_counts_own_pods,
)
