"""Address ranges of a network, as its objects say them: each is one that Google takes, and none overlaps another."""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from generator.check.built import Built, Check, fault
from generator.check.google.resource import network_of
from generator.field import at, numbered, text
from generator.finding import Finding
from generator.google import addresses
from generator.manifest import Object
from generator.notation.address import ipv4_network


class _Range(NamedTuple):
    """A range: whose it is, where it is said, the network it is in, its text, and what it is for."""

    item: Object
    path: str
    network: tuple[str, str]
    text: str
    use: str


_SIZES = {
    "subnet": addresses.SUBNET,
    "proxies": addresses.PROXIES,
    "services": addresses.SERVICES,
    "control plane": addresses.CONTROL_PLANE,
}
_PROXIES = ("REGIONAL_MANAGED_PROXY", "GLOBAL_MANAGED_PROXY")


def ranges_are_ranges(built: Built) -> Iterator[Finding]:
    """A range is an IPv4 range whose address is its first; the API refuses anything else after the merge."""
    for found in _ranges(built):
        if ipv4_network(found.text) is None:
            message = "must be an IPv4 range such as 10.0.0.0/20, its address the first of it"
            yield fault(found.item, found.path, message, rule="range-syntax")


def ranges_of_a_network_do_not_overlap(built: Built) -> Iterator[Finding]:
    """Subnets, their secondary ranges, reserved ranges and control planes of one network lie apart."""
    parsed = [(found, net) for found in _ranges(built) if (net := ipv4_network(found.text)) is not None]
    for (first, first_range), (second, second_range) in combinations(parsed, 2):
        if first.network == second.network and first_range.overlaps(second_range):
            message = f"overlaps {first.item.id} ({first.path})"
            hint = "the environment's `network` says all ranges; they lie apart there"
            yield fault(second.item, second.path, message, rule="range-overlap", hint=hint)


def ranges_are_free_to_use(built: Built) -> Iterator[Finding]:
    """No range is one that Google keeps to itself, nor, where databases or their callers are, one they never answer."""
    hint = "choose another range, such as one of 10.0.0.0/8"
    for found in _ranges(built):
        if ipv4_network(found.text) is None:
            continue
        if message := addresses.kept(found.text):
            yield fault(found.item, found.path, message, rule="range-reserved", hint=hint)
        message = "" if found.use in ("proxies", "services") else addresses.unanswered(found.text)
        if message:
            yield fault(found.item, found.path, message, rule="range-reserved", hint=hint)


def ranges_have_a_size_that_google_takes(built: Built) -> Iterator[Finding]:
    """A subnet is a /29 or larger, of proxies a /26; a control plane is a /28, Services are between a /16 and a /28."""
    for found in _ranges(built):
        net, size = ipv4_network(found.text), _SIZES.get(found.use)
        if net is not None and size is not None and not size.takes(net):
            yield fault(found.item, found.path, f"must be {size.words}", rule="range-size")


def _ranges(built: Built) -> Iterator[_Range]:
    services = {
        text(item.manifest, "spec", "ipAllocationPolicy", "servicesSecondaryRangeName")
        for item in built.of_kind("ContainerCluster")
    }
    for item in built.google:
        spec = item.manifest.get("spec")
        network = (item.id.cluster, network_of(item))
        if item.id.kind == "ComputeSubnetwork":
            use = "proxies" if text(spec, "purpose") in _PROXIES else "subnet"
            yield _Range(item, "/spec/ipCidrRange", network, text(spec, "ipCidrRange"), use)
            for index, part in numbered(spec, "secondaryIpRange"):
                path = f"/spec/secondaryIpRange/{index}/ipCidrRange"
                use = "services" if text(part, "rangeName") in services else "subnet"
                yield _Range(item, path, network, text(part, "ipCidrRange"), use)
        elif item.id.kind == "ComputeAddress" and at(spec, "prefixLength") is not None:
            if text(spec, "address"):
                range_text = f"{text(spec, 'address')}/{at(spec, 'prefixLength')}"
                yield _Range(item, "/spec/address", network, range_text, "reserved")
        elif item.id.kind == "ContainerCluster":
            range_text = text(spec, "privateClusterConfig", "masterIpv4CidrBlock")
            if range_text:
                path = "/spec/privateClusterConfig/masterIpv4CidrBlock"
                yield _Range(item, path, network, range_text, "control plane")


RULES: tuple[Check, ...] = (
    ranges_are_ranges,
    ranges_of_a_network_do_not_overlap,
    ranges_are_free_to_use,
    ranges_have_a_size_that_google_takes,
)
