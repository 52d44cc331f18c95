"""Address ranges of a network, as its objects say them: each is one, and none overlaps another."""

import ipaddress
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from generator.check.built import Built, Check, fault
from generator.check.google.resource import network_of
from generator.field import at, numbered, text
from generator.finding import Finding
from generator.manifest import Object


class _Range(NamedTuple):
    """A range: whose it is, where it is said, the network it is in, and its text."""

    item: Object
    path: str
    network: tuple[str, str]
    text: str


def ranges_are_ranges(built: Built) -> Iterator[Finding]:
    """A range is an IPv4 range whose address is its first; the API refuses anything else after the merge."""
    for found in _ranges(built):
        if _parsed(found) is None:
            message = "must be an IPv4 range such as 10.0.0.0/20, its address the first of it"
            yield fault(found.item, found.path, message, rule="range-syntax")


def ranges_of_a_network_do_not_overlap(built: Built) -> Iterator[Finding]:
    """Subnets, their secondary ranges, reserved ranges and control planes of one network lie apart."""
    parsed = [(found, net) for found in _ranges(built) if (net := _parsed(found)) is not None]
    for (first, first_range), (second, second_range) in combinations(parsed, 2):
        if first.network == second.network and first_range.overlaps(second_range):
            message = f"overlaps {first.item.id} ({first.path})"
            hint = "the environment's `network` says all ranges; they lie apart there"
            yield fault(second.item, second.path, message, rule="range-overlap", hint=hint)


def _ranges(built: Built) -> Iterator[_Range]:
    for item in built.google:
        spec = item.manifest.get("spec")
        network = (item.id.cluster, network_of(item))
        if item.id.kind == "ComputeSubnetwork":
            yield _Range(item, "/spec/ipCidrRange", network, text(spec, "ipCidrRange"))
            for index, part in numbered(spec, "secondaryIpRange"):
                path = f"/spec/secondaryIpRange/{index}/ipCidrRange"
                yield _Range(item, path, network, text(part, "ipCidrRange"))
        elif item.id.kind == "ComputeAddress" and at(spec, "prefixLength") is not None:
            if text(spec, "address"):
                range_text = f"{text(spec, 'address')}/{at(spec, 'prefixLength')}"
                yield _Range(item, "/spec/address", network, range_text)
        elif item.id.kind == "ContainerCluster":
            range_text = text(spec, "privateClusterConfig", "masterIpv4CidrBlock")
            if range_text:
                yield _Range(item, "/spec/privateClusterConfig/masterIpv4CidrBlock", network, range_text)


def _parsed(found: _Range) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(found.text)
    except ValueError:
        return None


RULES: tuple[Check, ...] = (
    ranges_are_ranges,
    ranges_of_a_network_do_not_overlap,
)
