"""The NAT has ports for every machine that leaves by it: one that finds none has no way to the internet.

https://docs.cloud.google.com/nat/docs/ports-and-addresses: an address has 64,512 ports, and each machine takes at least
as many as the NAT says. A node has a range of addresses for its pods, so it takes 1,024 or more.
"""

from collections.abc import Iterator

from generator.check.built import Built, Check, fault
from generator.check.network.nodes import clusters, grown
from generator.environment import Fault, as_finding
from generator.field import at, listed, numbered
from generator.finding import Finding
from generator.manifest import Object
from generator.schema import place
from generator.yamlio import Path

_OF_AN_ADDRESS = 64_512
_OF_A_NODE = 1024
_DEFAULT = 64
_UNIT = ("infra", "vpc")


def the_nat_has_ports_for_all_nodes(built: Built) -> Iterator[Finding]:
    """The addresses of a NAT have ports for all nodes that pools may grow to, and for other machines."""
    nodes = sum(grown(built, cluster) for cluster in clusters(built))
    machines = sum(1 for item in built.of_kind("ComputeInstance") if not _is_public(item))
    for nat in built.of_kind("ComputeRouterNAT"):
        spec = nat.manifest.get("spec")
        addresses, written = len(listed(spec, "natIps")), at(spec, "minPortsPerVm")
        least = written if isinstance(written, int) and written > 0 else _DEFAULT
        dynamic = at(spec, "enableDynamicPortAllocation") is True
        of_a_node = least if dynamic else max(least, _OF_A_NODE)
        needed = nodes * of_a_node + machines * least
        if addresses and needed > addresses * _OF_AN_ADDRESS:
            message = f"the NAT runs out of ports: it has {addresses} x {_OF_AN_ADDRESS}, and {nodes} nodes "
            message += f"(upgrades included) take {of_a_node} each"
            message += f", {machines} other machines {least} each" if machines else ""
            hint = f"give it {-(-needed // _OF_AN_ADDRESS)} addresses (infra.vpc.natAddresses)"
            hint += ", or fewer ports for each node (infra.vpc.natMinPortsPerNode)" if of_a_node > _OF_A_NODE else ""
            yield _told(built, nat, message, hint)


def _told(built: Built, nat: Object, message: str, hint: str) -> Finding:
    """Return the error at the environment's line of what grew, if it stands there."""
    marks, pools = built.plan.marks, sorted(built.plan.environment.gke.node_pools)
    paths: tuple[Path, ...] = ((*_UNIT, "natMinPortsPerNode"), (*_UNIT, "natAddresses"))
    paths += tuple(("gke", "nodePools", name, "maxNodes") for name in pools)
    own = place((), marks).file
    path = next((path for path in paths if path in marks and marks[path].file == own), None)
    if path is None:
        return fault(nat, "/spec/natIps", message, rule="nat-ports", hint=hint)
    return as_finding(Fault("nat-ports", path, message, hint), marks)


def _is_public(machine: Object) -> bool:
    return any("accessConfig" in interface for _, interface in numbered(machine.manifest, "spec", "networkInterface"))


RULES: tuple[Check, ...] = (the_nat_has_ports_for_all_nodes,)
