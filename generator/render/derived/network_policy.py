"""Exactly one NetworkPolicy per pod template, both directions, from who calls whom.

Callers are said by the caller only (`connects`); ingress is the same edges read backwards.
"""

import ipaddress
from typing import Any

from generator.catalog import OUTSIDE, Planned
from generator.environment import Environment
from generator.google import addresses
from generator.manifest import Manifest
from generator.render.derived.network import Network
from generator.render.derived.service_account import has_identity
from generator.render.workload import Workload
from generator.traffic import CLOUD_SQL_PROXY_PORT, MEMORYSTORE_PORT, resolver_peers

Rule = dict[str, Any]

_COLLECTORS = ("gke-gmp-system", "gmp-system")
"""Where Managed Prometheus runs its collectors: as GKE brings it, or deployed by hand."""


def network_policy(network: Network, planned: Planned, workload: Workload) -> Manifest:
    """Return the NetworkPolicy of `workload`."""
    ingress = _ingress(network, planned, workload)
    spec: dict[str, Any] = {
        "podSelector": {"matchLabels": workload.labels},
        "policyTypes": ["Ingress", "Egress"],
        "egress": _egress(network, planned, workload),
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
    rules: list[Rule] = [
        {"from": [_pods(call.source)], "ports": _tcp(call.port)} for call in network.calls if call.target == workload
    ]
    env = network.plan.environment
    if ports := _exposed_ports(network, planned, workload, "tcp"):
        rules.append({"from": _blocks(_clients(env)), "ports": _tcp(*ports)})
    if ports := _exposed_ports(network, planned, workload, "http"):
        proxies = [env.network.proxy_only] if env.access.mode == "private" else []
        rules.append({"from": _blocks([*addresses.LOAD_BALANCERS, *proxies]), "ports": _tcp(*ports)})
    if workload.declared and workload.declared.webhook:
        # The API server calls from its own range, or through its agent in kube-system.
        callers = [*_blocks([env.network.control_plane]), _namespace("kube-system")]
        rules.append({"from": callers, "ports": _tcp(workload.declared.webhook)})
    metrics = planned.unit.declaration.metrics
    if metrics and network.workload(planned, None) == workload:
        rules.append({"from": [_namespace(name) for name in _COLLECTORS], "ports": _tcp(metrics.port)})
    return _unique(rules)


def _exposed_ports(network: Network, planned: Planned, workload: Workload, protocol: str) -> list[int]:
    """Return the ports load balancers reach and probe; what is behind oauth2-proxy they do not reach."""
    ports = set()
    direct = [item for item in planned.exposes if item.protocol == protocol and not item.behind_sign_in]
    for exposure in direct:
        target = network.exposed(planned, exposure)
        if target and target[0] == workload:
            ports |= {target[1], exposure.health.port} if exposure.health else {target[1]}
    return sorted(ports)


def _clients(env: Environment) -> list[str]:
    """Return who calls through a load balancer that keeps addresses: the allowed ranges, or the VPC and its peers."""
    if env.access.mode == "public":
        return addresses.joined(text for ranges in env.access.allowed_ranges.values() for text in ranges)
    return sorted({env.network.nodes, *env.network.peered.values()})


def _egress(network: Network, planned: Planned, workload: Workload) -> list[Rule]:
    env = network.plan.environment
    rules = _outside("dns", env)
    if has_identity(planned, workload, network.workloads[planned.name]):
        rules += _outside("metadata", env) + _outside("google-apis", env)
    for connection in planned.connects:
        if connection.to in OUTSIDE and network.workload(planned, connection.from_) == workload:
            rules += _outside(connection.to, env)
    calls = [call for call in network.calls if call.source == workload]
    rules += [{"to": [_pods(call.target)], "ports": _tcp(call.port)} for call in calls]
    return _unique(rules)


def _outside(target: str, env: Environment) -> list[Rule]:  # noqa: PLR0911  a table of targets
    """Return the egress rules of an outside target."""
    match target:
        case "dns":
            ports = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
            return [{"to": resolver_peers(env.resolvers), "ports": ports}]
        case "metadata":
            # Dataplane V2 sees the address the pod calls; other data planes the one behind it.
            return [
                {"to": _blocks(["169.254.169.254/32"]), "ports": _tcp(80, 8080)},
                {"to": _blocks(["169.254.169.252/32"]), "ports": _tcp(987, 988)},
            ]
        case "kube-apiserver":
            return [{"to": _blocks([env.network.control_plane]), "ports": _tcp(443)}]
        case "google-apis":
            return [{"to": _blocks([addresses.GOOGLE_APIS]), "ports": _tcp(443)}]
        case "cloud-sql":
            proxy = {"to": _blocks([env.network.private_services]), "ports": _tcp(CLOUD_SQL_PROXY_PORT)}
            return [proxy, *_outside("google-apis", env), *_outside("metadata", env)]
        case "memorystore":
            return [{"to": _blocks([env.network.private_services]), "ports": _tcp(MEMORYSTORE_PORT)}]
        case "internet":
            block = {"ipBlock": {"cidr": "0.0.0.0/0", "except": _not_the_internet(env)}}
            return [{"to": [block], "ports": _tcp(*env.egress.internet_ports)}]
        case "corporate":
            systems = [env.egress.corporate_ranges[name] for name in sorted(env.egress.corporate_ranges)]
            return [
                {"to": [_in_house(text, env) for text in sorted(system.ranges)], "ports": _tcp(*sorted(system.ports))}
                for system in systems
            ]
    message = f"no rule for outside target {target}"
    raise ValueError(message)


def _not_the_internet(env: Environment) -> list[str]:
    """Return what is internal everywhere, and public ranges that the VPC, its peers and the company use inside."""
    systems = env.egress.corporate_ranges.values()
    used = [
        *env.network.own.values(),
        *env.network.peered.values(),
        *(text for item in systems for text in item.ranges),
    ]
    inside = [ipaddress.IPv4Network(text) for text in addresses.INTERNAL]
    public = [text for text in used if not any(ipaddress.IPv4Network(text).subnet_of(outer) for outer in inside)]
    return [*addresses.INTERNAL, *addresses.joined(public)]


def _in_house(text: str, env: Environment) -> Rule:
    """Return a peer of a company's range without what the platform itself has in it, such as the control plane."""
    outer = ipaddress.IPv4Network(text)
    own = sorted(inner for inner in env.network.own.values() if ipaddress.IPv4Network(inner).subnet_of(outer))
    return {"ipBlock": {"cidr": text, "except": own} if own else {"cidr": text}}


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
