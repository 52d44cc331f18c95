"""Ranges hold what runs in them: nodes, pods, Services, databases.

Pods of a node: https://docs.cloud.google.com/kubernetes-engine/docs/how-to/flexible-pod-cidr. Addresses of a subnet
that are nobody's: https://docs.cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet. Databases:
https://docs.cloud.google.com/sql/docs/postgres/private-ip and
https://docs.cloud.google.com/memorystore/docs/redis/networking.
"""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import NamedTuple

from generator.annotation import LOAD_BALANCER_ADDRESSES, LOAD_BALANCER_TYPE
from generator.check.built import Built, Check, fault
from generator.check.google.resource import named, network_of
from generator.check.network.nodes import addresses_of_pods, clusters, grown, is_named
from generator.environment import Fault, as_finding
from generator.field import at, listed, numbered, text
from generator.finding import Finding
from generator.manifest import WORKLOAD, Object
from generator.notation.address import ipv4_network
from generator.yamlio import Path

_NOBODYS = 4
"""Of a subnet: the first two and the last two addresses."""
_OF_SERVICES = 2
"""Of the range of Services: the first and the last address."""
_OF_GKE = 5
"""Services that GKE itself has: kubernetes, kube-dns, metrics-server, default-http-backend, gmp-operator."""
_BITS = 32
_SQL, _REDIS, _REDIS_WITH_REPLICAS = 256, 8, 16


class _Range(NamedTuple):
    """A range: the object that says it (else who needs it), where, and its key if it is the environment's."""

    item: Object
    path: str
    key: str
    net: IPv4Network


def ranges_hold_the_nodes(built: Built) -> Iterator[Finding]:
    """The nodes' subnet has an address for each node, as many as pools may grow to, and for what else is in it."""
    for cluster in clusters(built):
        nodes = grown(built, cluster)
        found = _subnet(built, cluster, "", "nodes")
        if found is None:
            continue
        others = sum(1 for _ in _in_subnet(built, named(at(cluster.manifest, "spec", "subnetworkRef"))))
        room = found.net.num_addresses - _NOBODYS
        if nodes + others > room:
            message = f"has {room} addresses to give, and node pools may grow to {nodes} nodes"
            message += f" (upgrades included) beside {others} other addresses" if others else " (upgrades included)"
            yield _too_small(
                built, found.item, found.path, found.key, message, nodes + others + _NOBODYS, rule="node-room"
            )


def ranges_hold_the_pods(built: Built) -> Iterator[Finding]:
    """The range of pods has a part for each node, twice as large as its pods are many, however far pools grow."""
    for cluster in clusters(built):
        default = text(cluster.manifest, "spec", "ipAllocationPolicy", "clusterSecondaryRangeName")
        for name, needed in sorted(addresses_of_pods(built, cluster, default).items()):
            found = _subnet(built, cluster, name, "pods" if name == default else "")
            if found and needed.addresses > found.net.num_addresses:
                message = f"has {found.net.num_addresses} addresses, and {needed.nodes} nodes (upgrades included) take "
                message += f"{needed.addresses} for their pods: a /{_BITS + 1 - needed.largest.bit_length()} each"
                yield _too_small(built, found.item, found.path, found.key, message, needed.addresses, rule="pod-room")


def ranges_hold_the_services(built: Built) -> Iterator[Finding]:
    """The range of Services has an address for each Service that is rendered, made by operators or GKE's own."""
    ours = [item for item in built.of_kind("Service") if item.id.cluster == WORKLOAD and _has_address(item)]
    needed = len(ours) + len(built.made_services) + _OF_GKE + _OF_SERVICES
    for cluster in clusters(built):
        name = text(cluster.manifest, "spec", "ipAllocationPolicy", "servicesSecondaryRangeName")
        found = _subnet(built, cluster, name, "services")
        if found and needed > found.net.num_addresses:
            message = f"has {found.net.num_addresses - _OF_SERVICES} addresses to give, and there are at least "
            message += f"{needed - _OF_SERVICES} Services, {_OF_GKE} of them GKE's own"
            yield _too_small(built, found.item, found.path, found.key, message, needed, rule="service-room")


def ranges_hold_the_databases(built: Built) -> Iterator[Finding]:
    """What is reserved for Google's services has a /24 for Cloud SQL, and a /29 for each Redis, a /28 with replicas."""
    for connection in built.of_kind("ServiceNetworkingConnection"):
        network = (connection.id.cluster, network_of(connection))
        reserved = [named(item) for item in listed(connection.manifest, "spec", "reservedPeeringRanges")]
        ranges = [item for item in built.of_kind("ComputeAddress") if item.id.name in reserved]
        lengths = [at(item.manifest, "spec", "prefixLength") for item in ranges]
        room = sum(2 ** (_BITS - length) for length in lengths if isinstance(length, int) and 0 < length <= _BITS)
        needed = sum(size for place, size in _databases(built) if place == network)
        if ranges and len(ranges) == len(reserved) and needed > room:
            first = ranges[0]
            message = f"has {room} addresses, and databases take {needed}: Cloud SQL a /24, each Redis a /29 or a /28"
            written = f"{text(first.manifest, 'spec', 'address')}/{at(first.manifest, 'spec', 'prefixLength')}"
            key = "privateServices" if written == built.plan.environment.network.private_services else ""
            yield _too_small(built, first, "/spec/prefixLength", key, message, needed, rule="database-room")


def _databases(built: Built) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield what a database takes of the network that it is in; Cloud SQL shares a /24 in a region."""
    regions = set()
    for item in built.of_kind("SQLInstance"):
        network = named(at(item.manifest, "spec", "settings", "ipConfiguration", "privateNetworkRef"))
        region = (item.id.cluster, network, text(item.manifest, "spec", "region"))
        if network and region not in regions:
            regions.add(region)
            yield region[:2], _SQL
    for item in built.of_kind("RedisInstance"):
        if text(item.manifest, "spec", "connectMode") == "PRIVATE_SERVICE_ACCESS":
            replicas = text(item.manifest, "spec", "readReplicasMode") == "READ_REPLICAS_ENABLED"
            network = named(at(item.manifest, "spec", "authorizedNetworkRef"))
            yield (item.id.cluster, network), _REDIS_WITH_REPLICAS if replicas else _REDIS


def _subnet(built: Built, cluster: Object, secondary: str, key: str) -> _Range | None:
    """Return a range of the cluster's subnet: the secondary one of that name, or its own; None if nobody says it."""
    reference = at(cluster.manifest, "spec", "subnetworkRef")
    subnet = next((item for item in built.of_kind("ComputeSubnetwork") if is_named(item, reference)), None)
    written = built.plan.environment.network.own.get(key, "")
    item, path = cluster, "/spec/subnetworkRef"
    if subnet:
        item, path, written = subnet, "/spec/ipCidrRange", text(subnet.manifest, "spec", "ipCidrRange")
        if secondary:
            ranges = list(numbered(subnet.manifest, "spec", "secondaryIpRange"))
            index, part = next(((i, part) for i, part in ranges if text(part, "rangeName") == secondary), (0, {}))
            path, written = f"/spec/secondaryIpRange/{index}/ipCidrRange", text(part, "ipCidrRange")
    theirs, net = built.plan.environment.network.own.get(key) == written, ipv4_network(written)
    return _Range(item, path, key if theirs else "", net) if net else None


def _in_subnet(built: Built, subnet: str) -> Iterator[Object]:
    """Yield what has an address in a subnet beside nodes: reserved ones, machines, load balancers without one."""
    for item in built.google:
        spec = at(item.manifest, "spec")
        taken = [at(part, "subnetworkRef") for _, part in numbered(spec, "networkInterface")]
        if item.id.kind == "ComputeAddress":
            taken = [at(spec, "subnetworkRef")]
        forwards = item.id.kind == "DNSPolicy" and at(spec, "enableInboundForwarding") is True
        if forwards or any(subnet and named(reference) == subnet for reference in taken):
            yield item
    for item in built.of_kind("Service"):
        annotations = at(item.manifest, "metadata", "annotations")
        if text(annotations, LOAD_BALANCER_TYPE) == "Internal" and not text(annotations, LOAD_BALANCER_ADDRESSES):
            yield item


def _has_address(service: Object) -> bool:
    spec = at(service.manifest, "spec")
    return text(spec, "clusterIP") != "None" and text(spec, "type") != "ExternalName"


def _too_small(built: Built, item: Object, path: str, key: str, message: str, needed: int, *, rule: str) -> Finding:
    """Return the error at the environment's line, if that is where the range or the pools come from."""
    prefix = _BITS - (needed - 1).bit_length()
    hint = f"a /{prefix} holds them; a range that is in use cannot be moved or made smaller"
    if not key:
        return fault(item, path, message, rule=rule, hint=hint)
    pools = sorted(built.plan.environment.gke.node_pools) if key in ("nodes", "pods") else ()
    beside: tuple[Path, ...] = tuple(("gke", "nodePools", name, "maxNodes") for name in pools)
    turned = f"is more than network.{key} holds: it {message}"
    return as_finding(Fault(rule, ("network", key), message, hint, beside, turned), built.plan.marks)


RULES: tuple[Check, ...] = (
    ranges_hold_the_nodes,
    ranges_hold_the_pods,
    ranges_hold_the_services,
    ranges_hold_the_databases,
)
