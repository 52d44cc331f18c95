"""Exactly one NetworkPolicy per pod template, both directions, from who calls whom.

Callers are said by the caller only (`connects`); ingress is the same edges read backwards. Addresses of Google's
load balancers, metadata server and private APIs are from Google's documentation of health checks, of Workload Identity
and of Private Google Access.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from generator.catalog import OUTSIDE, Connection, Plan, Planned
from generator.environment import Environment
from generator.finding import Finding
from generator.manifest import Manifest
from generator.render.derived.service_account import has_identity
from generator.render.workload import Service, Workload, main, serving
from generator.schema import place

Rule = dict[str, Any]

LOAD_BALANCER_RANGES = ("130.211.0.0/22", "35.191.0.0/16")
GOOGLE_APIS_RANGE = "199.36.153.8/30"
PRIVATE_RANGES = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
CLOUD_SQL_PROXY_PORT = 3307


class Network(NamedTuple):
    """What is known of all units when policies are made: their workloads and Services, by unit."""

    plan: Plan
    workloads: Mapping[str, list[Workload]]
    services: Mapping[str, list[Service]]


def network_policy(network: Network, planned: Planned, workload: Workload, problems: list[Finding]) -> Manifest:
    """Return the NetworkPolicy of `workload`; a call to a port nobody listens on is added to `problems`."""
    ingress = _ingress(network, planned, workload)
    spec: dict[str, Any] = {
        "podSelector": {"matchLabels": workload.labels},
        "policyTypes": ["Ingress", "Egress"],
        "egress": _egress(network, planned, workload, problems),
    }
    if ingress:
        spec["ingress"] = ingress
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": workload.name, "namespace": workload.namespace},
        "spec": spec,
    }


def _ingress(network: Network, planned: Planned, workload: Workload) -> list[Rule]:
    rules: list[Rule] = []
    for caller in network.plan.units:
        for connection in caller.connects:
            if connection.to != planned.name or connection.port is None:
                continue
            target = serving(connection.port, network.workloads[planned.name], network.services[planned.name])
            source = _source(network, caller, connection)
            if source and target and target[0].name == workload.name:
                rules.append({"from": [_pods(source)], "ports": _tcp(target[1])})
    edge = [e for e in planned.exposes if e.auth != "oauth2"]
    if edge and main(planned.name, network.workloads[planned.name]) == workload:
        ports = sorted({port for e in edge for port in (e.port, e.health.port if e.health else e.port)})
        ranges = list(LOAD_BALANCER_RANGES)
        if network.plan.environment.access.mode == "private":
            ranges.append(network.plan.environment.network.proxy_only)
        rules.append({"from": _blocks(ranges), "ports": _tcp(*ports)})
    metrics = planned.unit.declaration.metrics
    if metrics and main(planned.name, network.workloads[planned.name]) == workload:
        rules.append({"from": [_namespace("gmp-system")], "ports": _tcp(metrics.port)})
    return _unique(rules)


def _egress(network: Network, planned: Planned, workload: Workload, problems: list[Finding]) -> list[Rule]:
    env = network.plan.environment
    rules = _outside("dns", env)
    if has_identity(planned, workload, network.workloads[planned.name]):
        rules += _outside("metadata", env) + _outside("google-apis", env)
    for index, connection in enumerate(planned.unit.declaration.connects):
        if connection not in planned.connects or _source(network, planned, connection) != workload:
            continue
        if connection.to in OUTSIDE:
            rules += _outside(connection.to, env)
            continue
        found = network.workloads[connection.to], network.services[connection.to]
        target = serving(connection.port, *found) if connection.port else None
        if target is None:
            where = place(("connects", index), planned.unit.marks)
            message = f"nothing in {connection.to} listens on port {connection.port}"
            problems.append(Finding.at(where, "connects-port", message, path="connects"))
            continue
        rules.append({"to": [_pods(target[0])], "ports": _tcp(target[1])})
    return _unique(rules)


def _source(network: Network, planned: Planned, connection: Connection) -> Workload | None:
    found = network.workloads[planned.name]
    if connection.from_ is None:
        return main(planned.name, found)
    return next((workload for workload in found if workload.name == connection.from_), None)


def _outside(target: str, env: Environment) -> list[Rule]:  # noqa: PLR0911  a table of targets
    """Return the egress rules of an outside target."""
    match target:
        case "dns":
            return [{"to": _dns(env), "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}]
        case "metadata":
            # Dataplane V2 sees the address the pod calls; other data planes the one behind it.
            return [
                {"to": _blocks(["169.254.169.254/32"]), "ports": _tcp(80, 8080)},
                {"to": _blocks(["169.254.169.252/32"]), "ports": _tcp(987, 988)},
            ]
        case "kube-apiserver":
            return [{"to": _blocks([env.network.control_plane]), "ports": _tcp(443)}]
        case "google-apis":
            return [{"to": _blocks([GOOGLE_APIS_RANGE]), "ports": _tcp(443)}]
        case "cloud-sql":
            proxy = {"to": _blocks([env.network.private_services]), "ports": _tcp(CLOUD_SQL_PROXY_PORT)}
            return [proxy, *_outside("google-apis", env), *_outside("metadata", env)]
        case "internet":
            block = {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(PRIVATE_RANGES)}}
            return [{"to": [block], "ports": _tcp(*env.egress.internet_ports)}]
        case "corporate":
            systems = [env.egress.corporate_ranges[name] for name in sorted(env.egress.corporate_ranges)]
            return [{"to": _blocks(sorted(system.ranges)), "ports": _tcp(*sorted(system.ports))} for system in systems]
    message = f"no rule for outside target {target}"
    raise ValueError(message)


def _dns(env: Environment) -> list[Rule]:
    peers: list[Rule] = [{**_namespace("kube-system"), "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}]
    if env.gke.dns == "node-local":
        peers += _blocks(["169.254.20.10/32"])
    if env.gke.dns == "cloud-dns":
        peers += _blocks(["169.254.169.254/32"])
    return peers


def _pods(workload: Workload) -> Rule:
    return {**_namespace(workload.namespace), "podSelector": {"matchLabels": workload.labels}}


def _namespace(name: str) -> Rule:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _blocks(ranges: list[str]) -> list[Rule]:
    return [{"ipBlock": {"cidr": text}} for text in ranges]


def _tcp(*ports: int) -> list[Rule]:
    return [{"protocol": "TCP", "port": port} for port in ports]


def _unique(rules: list[Rule]) -> list[Rule]:
    return [rule for index, rule in enumerate(rules) if rule not in rules[:index]]
