"""Ranges that hold what runs in them, and ports of the NAT: a case at each limit that passes, and one beyond it."""

from typing import Any

import pytest
from landing import google, landing, machine, said

from generator.check.network import internet, limits, outgoing, room
from generator.manifest import Manifest

POOLS = "gke: {nodePools: {main: {maxNodes: 6}}}\n"
KEPT = "a range that is in use cannot be moved or made smaller\n"
SIX = {"totalMinNodeCount": 1, "totalMaxNodeCount": 6}
SURGE = {"strategy": "SURGE", "maxSurge": 1, "maxUnavailable": 0}
PODS, SERVICES = (f"/spec/secondaryIpRange/{index}/ipCidrRange" for index in (0, 1))
POOL = {"/spec/autoscaling": SIX, "/spec/upgradeSettings": SURGE}
"""At most seven nodes, one of them for an upgrade."""


def pool(name: str, **spec: Any) -> Manifest:
    """Return one more node pool of the cluster."""
    return google(
        "ContainerNodePool", name, 5, {"location": "europe-west3", "clusterRef": {"name": "codemie-gke"}, **spec}
    )


def services(count: int) -> list[Manifest]:
    """Return so many Services with an address, and two without."""
    specs: list[dict[str, Any]] = [{"ports": [{"port": 80}]}] * count
    specs += [{"clusterIP": "None", "ports": [{"port": 80}]}, {"type": "ExternalName", "externalName": "example.com"}]
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"s{index}", "namespace": "codemie"}, "spec": spec}
        for index, spec in enumerate(specs)
    ]


def told(manifests: list[Manifest], lab: str = "") -> str:
    """Return what the rules of these modules say."""
    rules = (
        "node-room",
        "pod-room",
        "service-room",
        "database-room",
        "nat-ports",
        "authorized-networks",
        "armor-rules",
    )
    lines = said(manifests, lab).splitlines(keepends=True)
    kept = [index for index, line in enumerate(lines) if any(f"[{rule}]" in line for rule in rules)]
    return "".join("".join(lines[index : index + 2]) for index in kept)


def test_every_rule_has_a_case_here() -> None:
    modules = (room, outgoing, limits, internet)
    assert [rule.__name__ for module in modules for rule in module.RULES] == [
        "ranges_hold_the_nodes",
        "ranges_hold_the_pods",
        "ranges_hold_the_services",
        "ranges_hold_the_databases",
        "the_nat_has_ports_for_all_nodes",
        "authorized_networks_are_not_too_many",
        "projects_have_all_rules",
        "the_internet_is_not_the_vpc",
    ]


@pytest.mark.parametrize(
    ("pods", "pool_spec", "cluster", "said_of"),
    [
        ("10.70.0.0/21", POOL, {}, ""),
        (
            "10.70.0.0/22",
            POOL,
            {},
            "has 1024 addresses, and 7 nodes (upgrades included) take 1792 for their pods: a /24 each",
        ),
        ("10.70.0.0/24", {**POOL, "/spec/maxPodsPerNode": 8}, {}, ""),
        (
            "10.70.0.0/26",
            {**POOL, "/spec/maxPodsPerNode": 8},
            {},
            "has 64 addresses, and 7 nodes (upgrades included) take 112 for their pods: a /28 each",
        ),
        ("10.70.0.0/22", POOL, {"/spec/defaultMaxPodsPerNode": 64}, ""),
        (
            "10.70.0.0/22",
            POOL,
            {"/spec/defaultMaxPodsPerNode": 65},
            "has 1024 addresses, and 7 nodes (upgrades included) take 1792 for their pods: a /24 each",
        ),
        ("10.70.0.0/21", {"/spec/nodeCount": 2, "/spec/nodeLocations": ["a", "b", "c"]}, {}, ""),
        (
            "10.70.0.0/22",
            {"/spec/nodeCount": 2, "/spec/nodeLocations": ["a", "b", "c"]},
            {},
            "has 1024 addresses, and 7 nodes (upgrades included) take 1792 for their pods: a /24 each",
        ),
        (
            "10.70.0.0/21",
            {"/spec/autoscaling": SIX, "/spec/upgradeSettings": {"strategy": "BLUE_GREEN"}},
            {},
            "has 2048 addresses, and 12 nodes (upgrades included) take 3072 for their pods: a /24 each",
        ),
    ],
)
def test_pods_of_all_nodes_have_room(
    pods: str, pool_spec: dict[str, Any], cluster: dict[str, Any], said_of: str
) -> None:
    found = told(landing(subnet={PODS: pods}, pool=pool_spec, cluster=cluster))
    place = "ComputeSubnetwork codemie-lab/nodes: /spec/secondaryIpRange/0/ipCidrRange"
    assert found.partition("\n")[0] == (f"{place}: {said_of} [pod-room]" if said_of else "")


def test_all_pools_count_and_one_with_a_range_of_its_own_counts_there() -> None:
    more = pool("more", autoscaling=SIX, upgradeSettings=SURGE)
    own = pool("own", autoscaling=SIX, upgradeSettings=SURGE, networkConfig={"podRange": "services"})
    there: dict[str, dict[str, Any]] = {"subnet": {PODS: "10.70.0.0/21", SERVICES: "10.80.0.0/22"}, "pool": POOL}
    assert "has 2048 addresses, and 14 nodes" in told(landing(more, **there))
    assert "secondaryIpRange/1/ipCidrRange: has 1024 addresses, and 7 nodes" in told(landing(own, **there))
    assert "secondaryIpRange/0" not in told(landing(own, **there))


@pytest.mark.parametrize(
    ("nodes", "added", "said_of"),
    [
        ("10.10.0.0/28", [], ""),  # 16 addresses: 4 nobody's, 7 nodes, 1 reserved
        ("10.10.0.0/28", ["machine"] * 4, ""),
        (
            "10.10.0.0/28",
            ["machine"] * 5,
            (
                "has 12 addresses to give, and node pools may grow to 7 nodes (upgrades included) beside 6 other addresses "
                "[node-room]\n  hint: a /27 holds them; "
            ),
        ),
        (
            "10.10.0.0/29",
            [],
            (
                "has 4 addresses to give, and node pools may grow to 7 nodes (upgrades included) beside 1 other addresses "
                "[node-room]\n  hint: a /28 holds them; "
            ),
        ),
    ],
)
def test_nodes_and_others_have_room_in_their_subnet(nodes: str, added: list[str], said_of: str) -> None:
    machines = [machine() for _ in added]
    for index, item in enumerate(machines):
        item["metadata"]["name"] = f"bastion-{index}"
        item["spec"]["networkInterface"][0]["subnetworkRef"] = {"name": "nodes"}
    found = told(landing(*machines, subnet={"/spec/ipCidrRange": nodes}, pool=POOL))
    place = "ComputeSubnetwork codemie-lab/nodes: /spec/ipCidrRange: "
    assert found == (f"{place}{said_of}{KEPT}" if said_of else "")


@pytest.mark.parametrize(("count", "enough"), [(9, True), (10, False)])
def test_services_have_room(count: int, enough: bool) -> None:  # noqa: FBT001
    found = told([*landing(subnet={SERVICES: "172.21.0.0/28"}), *services(count)])
    place = "ComputeSubnetwork codemie-lab/nodes: /spec/secondaryIpRange/1/ipCidrRange"
    message = "has 14 addresses to give, and there are at least 15 Services, 5 of them GKE's own [service-room]"
    assert found == ("" if enough else f"{place}: {message}\n  hint: a /27 holds them; {KEPT}")


@pytest.mark.parametrize(
    ("prefix", "redis", "needed"),
    [
        (23, {}, ""),
        (24, {}, "264"),
        (24, {"/spec/connectMode": "DIRECT_PEERING"}, ""),
        (24, {"/spec/readReplicasMode": "READ_REPLICAS_ENABLED"}, "272"),
        (25, {"/spec/connectMode": "DIRECT_PEERING"}, "256"),
    ],
)
def test_databases_have_room(prefix: int, redis: dict[str, Any], needed: str) -> None:
    found = told(landing(peered={"/spec/prefixLength": prefix}, redis=redis))
    message = (
        f"has {2 ** (32 - prefix)} addresses, and databases take {needed}: Cloud SQL a /24, each Redis a /29 or a /28"
    )
    holds = "a /24" if needed == "256" else "a /23"
    expected = f"ComputeAddress codemie-lab/peered: /spec/prefixLength: {message} [database-room]\n  hint: {holds} holds them; {KEPT}"
    assert found == (expected if needed else "")


def test_the_line_of_the_environment_is_told_where_the_range_or_the_pools_come_from() -> None:
    lab = f"network: {{pods: 10.70.0.0/22}}\n{POOLS}"
    text = told(landing(subnet={PODS: "10.70.0.0/22"}, pool=POOL), lab)
    assert text == (
        "environments/lab.yaml:2:11: network.pods: has 1024 addresses, and 7 nodes (upgrades included) take 1792 for their "
        f"pods: a /24 each [pod-room]\n  hint: a /21 holds them; {KEPT}"
    )
    text = told(landing(pool={"/spec/autoscaling": {"totalMaxNodeCount": 300}, "/spec/upgradeSettings": SURGE}), POOLS)
    assert text.startswith(
        "environments/lab.yaml:2:26: gke.nodePools.main.maxNodes: is more than network.pods holds: it has 65536 addresses, "
        "and 301 nodes (upgrades included) take 77056 for their pods: a /24 each (environments/profiles/defaults.yaml:21) "
        "[pod-room]\n"
    )


@pytest.mark.parametrize(
    ("nat", "most", "said_of"),
    [
        ({}, 62, ""),  # and one for an upgrade: 63 nodes of 1024 ports are an address
        (
            {},
            63,
            (
                "the NAT runs out of ports: it has 1 x 64512, and 64 nodes (upgrades included) take 1024 each [nat-ports]\n"
                "  hint: give it 2 addresses (infra.vpc.natAddresses)\n"
            ),
        ),
        ({"/spec/minPortsPerVm": 64}, 62, ""),
        ({"/spec/minPortsPerVm": 9216}, 6, ""),
        (
            {"/spec/minPortsPerVm": 9217},
            6,
            (
                "the NAT runs out of ports: it has 1 x 64512, and 7 nodes (upgrades included) take 9217 each [nat-ports]\n"
                "  hint: give it 2 addresses (infra.vpc.natAddresses), or fewer ports for each node (infra.vpc.natMinPortsPerNode)\n"
            ),
        ),
        ({"/spec/enableDynamicPortAllocation": True, "/spec/minPortsPerVm": 32}, 300, ""),
        ({"/spec/natIps": []}, 300, ""),  # Google adds addresses by itself
    ],
)
def test_the_nat_has_ports_for_all_nodes(nat: dict[str, Any], most: int, said_of: str) -> None:
    size = {"/spec/autoscaling": {"totalMaxNodeCount": most}, "/spec/upgradeSettings": SURGE}
    wide = {"/spec/ipCidrRange": "10.10.0.0/20", PODS: "10.128.0.0/15"}
    found = told(landing(nat=nat, pool=size, subnet=wide))
    assert found == (f"ComputeRouterNAT codemie-lab/nat: /spec/natIps: {said_of}" if said_of else "")


@pytest.mark.parametrize(("count", "enough"), [(100, True), (101, False)])
def test_gke_takes_a_hundred_authorized_networks(count: int, enough: bool) -> None:  # noqa: FBT001
    blocks = [{"cidrBlock": f"10.200.{index}.0/24"} for index in range(count)]
    path = "/spec/masterAuthorizedNetworksConfig/cidrBlocks"
    message = "makes 101 authorized networks with the nodes' own, and GKE takes 100 [authorized-networks]\n"
    hint = "  hint: list larger ranges, or let people come by Connect gateway or the DNS endpoint, which need no list\n"
    found = told(landing(cluster={path: blocks}))
    assert found == ("" if enough else f"ContainerCluster codemie-lab/codemie-gke: {path}: {message}{hint}")
    if not enough:
        peers = ", ".join(f"p{index}: 10.200.{index}.0/24" for index in range(100))
        found = told(landing(cluster={path: blocks}), f"network: {{peered: {{{peers}}}}}\n")
        assert found == f"environments/lab.yaml:2:11: network.peered: {message}{hint}"


@pytest.mark.parametrize(("count", "enough"), [(199, True), (200, False)])
def test_a_project_has_two_hundred_rules_of_cloud_armor(count: int, enough: bool) -> None:  # noqa: FBT001
    last = {"action": "deny(403)", "priority": 2147483647, "match": {"config": {"srcIpRanges": ["*"]}}}
    rules = [
        {"action": "allow", "priority": index, "match": {"config": {"srcIpRanges": [f"20.1.{index}.0/24"]}}}
        for index in range(count)
    ]
    policy = google("ComputeSecurityPolicy", "codemie-allowed-ranges", 3, {"rule": [*rules, last]})
    found = told(landing(policy))
    assert found == (
        ""
        if enough
        else (
            "warning: ComputeSecurityPolicy codemie-lab/codemie-allowed-ranges: /spec/rule: "
            "all policies together have "
            "201 rules; a project has 200 unless it asked for more [armor-rules]\n"
            "  hint: list larger ranges in access, or ask Google for more of quota SECURITY_POLICY_RULES\n"
        )
    )


@pytest.mark.parametrize(
    ("block", "missing"),
    [
        ({"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "45.0.0.0/16"]}, ""),
        ({"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"]}, "45.0.0.0/16"),
        ({"cidr": "0.0.0.0/1", "except": ["10.0.0.0/8", "45.0.0.0/8"]}, ""),
        ({"cidr": "10.0.0.0/8"}, ""),
        ({"cidr": "20.1.2.0/24"}, ""),
        ({"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "172.16.0.0/12", "45.0.0.0/16"]}, "169.254.0.0/16"),
    ],
)
def test_what_is_open_to_the_internet_is_not_open_to_the_vpc(block: dict[str, Any], missing: str) -> None:
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "web", "namespace": "codemie"},
        "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [{"ipBlock": block}]}]},
    }
    lines = said([*landing(), policy], "network: {peered: {office: 45.0.0.0/16}}\n").splitlines()
    found = [line for line in lines if "[internet-private]" in line]
    place = "NetworkPolicy codemie/web: /spec/egress/0/to/0/ipBlock"
    message = f"{place}: opens the internet, and with it what is used inside: {missing} [internet-private]"
    assert found == ([message] if missing else [])
