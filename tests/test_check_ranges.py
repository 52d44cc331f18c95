"""Ranges of a network. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

import pytest
from landing import google, landing, said

from generator.check.network import ranges
from generator.manifest import Manifest


def subnet(range_: str, network: str = "net") -> Manifest:
    """Return one more subnet, of a network that is here or of one that is elsewhere."""
    reference = {"name": network} if network == "net" else {"external": f"projects/p/global/networks/{network}"}
    spec = {"region": "europe-west3", "networkRef": reference, "ipCidrRange": range_}
    return google(
        "ComputeSubnetwork", "more", 2, {**spec, "privateIpGoogleAccess": True, "logConfig": {"metadata": "ALL"}}
    )


RESERVED = {"location": "global", "networkRef": {"name": "net"}, "addressType": "INTERNAL", "prefixLength": 20}


REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "ranges_are_ranges": [
        (
            landing(subnet("10.70.0.1/20")),
            (
                "ComputeSubnetwork codemie-lab/more: /spec/ipCidrRange: must be an IPv4 range such as 10.0.0.0/20, its address the first of it [range-syntax]\n"
            ),
        ),
        (
            landing(subnet("10.70.0.0/33")),
            (
                "ComputeSubnetwork codemie-lab/more: /spec/ipCidrRange: must be an IPv4 range such as 10.0.0.0/20, its address the first of it [range-syntax]\n"
            ),
        ),
        (
            landing(subnet("")),
            (
                "ComputeSubnetwork codemie-lab/more: /spec/ipCidrRange: must be an IPv4 range such as 10.0.0.0/20, its address the first of it [range-syntax]\n"
            ),
        ),
    ],
    "ranges_of_a_network_do_not_overlap": [
        (
            landing(subnet("10.10.8.0/24")),
            (
                "ComputeSubnetwork codemie-lab/nodes: /spec/ipCidrRange: overlaps ComputeSubnetwork codemie-lab/more (/spec/ipCidrRange) [range-overlap]\n"
                "  hint: the environment's `network` says all ranges; they lie apart there\n"
            ),
        ),
        (
            landing(subnet("172.20.4.0/24")),
            (
                "ComputeSubnetwork codemie-lab/nodes: /spec/secondaryIpRange/0/ipCidrRange: overlaps ComputeSubnetwork codemie-lab/more (/spec/ipCidrRange) [range-overlap]\n"
                "  hint: the environment's `network` says all ranges; they lie apart there\n"
            ),
        ),
        (
            landing(subnet("10.60.7.0/24")),
            (
                "ComputeSubnetwork codemie-lab/more: /spec/ipCidrRange: overlaps ComputeAddress codemie-lab/peered (/spec/address) [range-overlap]\n"
                "  hint: the environment's `network` says all ranges; they lie apart there\n"
            ),
        ),
        (
            landing(cluster={"/spec/privateClusterConfig/masterIpv4CidrBlock": "10.10.16.0/28"}),
            (
                "ContainerCluster codemie-lab/codemie-gke: /spec/privateClusterConfig/masterIpv4CidrBlock: overlaps ComputeSubnetwork codemie-lab/proxies (/spec/ipCidrRange) [range-overlap]\n"
                "  hint: the environment's `network` says all ranges; they lie apart there\n"
            ),
        ),
        (
            landing(google("ComputeAddress", "range", 2, {**RESERVED, "address": "172.21.0.0"})),
            (
                "ComputeSubnetwork codemie-lab/nodes: /spec/secondaryIpRange/1/ipCidrRange: overlaps ComputeAddress codemie-lab/range (/spec/address) [range-overlap]\n"
                "  hint: the environment's `network` says all ranges; they lie apart there\n"
            ),
        ),
    ],
    "ranges_are_free_to_use": [
        (
            landing(subnet("169.254.0.0/20")),
            (
                "ComputeSubnetwork codemie-lab/more: /spec/ipCidrRange: overlaps 169.254.0.0/16, which is kept for link-local, with the metadata server (RFC 3927) [range-reserved]\n"
                "  hint: choose another range, such as one of 10.0.0.0/8\n"
            ),
        ),
        (
            landing(subnet={"/spec/secondaryIpRange/0/ipCidrRange": "172.17.128.0/17"}),
            (
                "ComputeSubnetwork codemie-lab/nodes: /spec/secondaryIpRange/0/ipCidrRange: overlaps 172.17.0.0/16: Cloud SQL and Memorystore use it inside, and never answer an address in it [range-reserved]\n"
                "  hint: choose another range, such as one of 10.0.0.0/8\n"
            ),
        ),
        (
            landing(cluster={"/spec/privateClusterConfig/masterIpv4CidrBlock": "127.0.0.0/28"}),
            (
                "ContainerCluster codemie-lab/codemie-gke: /spec/privateClusterConfig/masterIpv4CidrBlock: overlaps 127.0.0.0/8, which is kept for loopback (RFC 1122) [range-reserved]\n"
                "  hint: choose another range, such as one of 10.0.0.0/8\n"
            ),
        ),
    ],
    "ranges_have_a_size_that_google_takes": [
        (landing(changed), f"{place}: must be {what} [range-size]\n")
        for changed, place, what in (
            (subnet("10.70.0.0/30"), "ComputeSubnetwork codemie-lab/more: /spec/ipCidrRange", "a /29 or larger"),
        )
    ]
    + [
        (
            landing(**{name: {path: text}}),
            f"{place}: {path}: must be {what} [range-size]\n",
        )
        for name, place, path, text, what in (
            (
                "proxies",
                "ComputeSubnetwork codemie-lab/proxies",
                "/spec/ipCidrRange",
                "10.10.16.0/27",
                "a /26 or larger",
            ),
            (
                "subnet",
                "ComputeSubnetwork codemie-lab/nodes",
                "/spec/secondaryIpRange/1/ipCidrRange",
                "172.24.0.0/15",
                "between a /16 and a /28",
            ),
            (
                "cluster",
                "ContainerCluster codemie-lab/codemie-gke",
                "/spec/privateClusterConfig/masterIpv4CidrBlock",
                "10.0.0.0/27",
                "a /28",
            ),
        )
    ],
}
ACCEPTED: list[list[Manifest]] = [
    landing(subnet("10.70.0.0/29")),
    landing(subnet("169.253.0.0/16")),
    landing(subnet={"/spec/secondaryIpRange/1/ipCidrRange": "172.17.0.0/17"}),
    landing(subnet={"/spec/secondaryIpRange/1/ipCidrRange": "172.24.0.0/28"}),
    landing(proxies={"/spec/ipCidrRange": "10.10.16.0/26"}),
    landing(subnet("10.70.0.0/20")),
    landing(subnet("10.10.8.0/24", "another")),
    landing(google("ComputeAddress", "range", 2, RESERVED)),
    landing(
        google(
            "ComputeAddress", "one", 2, {"location": "europe-west3", "addressType": "INTERNAL", "address": "10.10.0.7"}
        )
    ),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in ranges.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)
