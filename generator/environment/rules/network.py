"""Ranges of the VPC: none overlaps another or what Google keeps, each has the size that Google asks for."""

import ipaddress
from collections.abc import Iterator
from itertools import combinations

from generator.environment.fault import THERE, Fault
from generator.environment.model import Environment
from generator.finding import Severity
from generator.google import addresses
from generator.schema import dotted
from generator.yamlio import Path

_PRIVATE = "choose a private range, of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10"
_SIZES = {
    "nodes": addresses.SUBNET,
    "pods": addresses.PODS,
    "services": addresses.SERVICES,
    "controlPlane": addresses.CONTROL_PLANE,
    "proxyOnly": addresses.PROXIES,
}
_CLOUD_SQL = 24
_CALL_DATABASES = ("nodes", "pods", "controlPlane", "privateServices")


def ranges_do_not_overlap(env: Environment) -> Iterator[Fault]:
    """No two ranges of the VPC overlap; the message names both lines."""
    net = env.network
    ranges: dict[Path, str] = {
        **{("network", key): text for key, text in net.own.items()},
        **{("network", "peered", name): text for name, text in net.peered.items()},
    }
    for (first, one), (second, other) in combinations(ranges.items(), 2):
        if ipaddress.IPv4Network(one).overlaps(ipaddress.IPv4Network(other)):
            yield Fault(
                "network-overlap",
                second,
                f"overlaps {dotted(first)} ({one}, {THERE})",
                "choose a free range; the other side decides the peered ranges",
                beside=(first,),
                turned=f"overlaps {dotted(second)} ({other}, {THERE})",
            )


def corporate_ranges_are_not_our_own(env: Environment) -> Iterator[Fault]:
    """A corporate range that is, or lies inside, a range of the platform would open the platform itself to its pods."""
    for name, system in env.egress.corporate_ranges.items():
        for index, text in enumerate(system.ranges):
            for key, ours in env.network.own.items():
                if ipaddress.IPv4Network(text).subnet_of(ipaddress.IPv4Network(ours)):
                    path: Path = ("egress", "corporateRanges", name, "ranges", index)
                    yield Fault(
                        "corporate-overlap",
                        path,
                        f"lies in network.{key} ({ours}, {THERE}), a range of the platform itself",
                        "remove it, or give the platform another range; "
                        "inside a wider corporate range, the platform's own addresses stay closed",
                        beside=(("network", key),),
                        turned=f"contains {dotted(path)} ({text}, {THERE}), but is a range of the platform itself",
                    )


def ranges_are_free_to_use(env: Environment) -> Iterator[Fault]:
    """No range is one that Google keeps to itself, nor one that its databases never answer."""
    for path, text in _ranges(env).items():
        if message := addresses.kept(text):
            yield Fault("network-reserved", path, message, _PRIVATE)
        if path[0] == "network" and (message := addresses.unanswered(text)):
            severity = Severity.ERROR if path[1] in _CALL_DATABASES else Severity.WARNING
            yield Fault("network-reserved", path, message, "choose another range", severity=severity)


def ranges_are_private(env: Environment) -> Iterator[Fault]:
    """A public range, or one of class E, works inside the VPC, but has a price: a warning."""
    for key, text in env.network.own.items():
        if addresses.kept(text):
            continue
        if addresses.public(text):
            message = "is a public range: pods cannot reach whoever has these addresses on the internet"
            hint = f"{_PRIVATE}; Google refuses its own: https://www.gstatic.com/ipranges/goog.txt"
            yield Fault("network-public", ("network", key), message, hint, severity=Severity.WARNING)
        elif addresses.class_e(text) and key not in ("pods", "services"):
            message = "is of class E (240.0.0.0/4), which Windows and many networks on premises do not route"
            yield Fault("network-public", ("network", key), message, _PRIVATE, severity=Severity.WARNING)


def ranges_have_the_size_google_asks_for(env: Environment) -> Iterator[Fault]:
    """GKE takes a /28 for the control plane; a proxy-only subnet is at least a /26; Cloud SQL takes a /24."""
    for key, size in _SIZES.items():
        if not size.takes(ipaddress.IPv4Network(env.network.own[key])):
            yield Fault("network-size", ("network", key), f"must be {size.words}")
    ours = env.existing.network is None
    if ours and ipaddress.IPv4Network(env.network.private_services).prefixlen > _CLOUD_SQL:
        hint = "Google recommends a /16: a second range can be added later, but this one cannot grow"
        yield Fault("network-size", ("network", "privateServices"), "must be a /24 or larger", hint)


def _ranges(env: Environment) -> dict[Path, str]:
    """Return the ranges of the VPC, of its peers and of in-house systems, by where they are written."""
    return {
        **{("network", key): text for key, text in env.network.own.items()},
        **{("network", "peered", name): text for name, text in env.network.peered.items()},
        **{
            ("egress", "corporateRanges", name, "ranges", index): text
            for name, system in env.egress.corporate_ranges.items()
            for index, text in enumerate(system.ranges)
        },
    }


RULES = (
    ranges_do_not_overlap,
    corporate_ranges_are_not_our_own,
    ranges_are_free_to_use,
    ranges_are_private,
    ranges_have_the_size_google_asks_for,
)
