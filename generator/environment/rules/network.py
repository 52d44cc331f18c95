"""Ranges of the VPC: none overlaps another, each has the size that Google asks for."""

import ipaddress
from collections.abc import Iterator
from itertools import combinations

from generator.environment.fault import THERE, Fault
from generator.environment.model import Environment
from generator.schema import dotted
from generator.yamlio import Path

_PROXY_ONLY_PREFIX = 26


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


def ranges_have_the_size_google_asks_for(env: Environment) -> Iterator[Fault]:
    """GKE takes a /28 for the control plane; a proxy-only subnet is at least a /26."""
    net = env.network
    if not net.control_plane.endswith("/28"):
        yield Fault("network-size", ("network", "controlPlane"), "must be a /28")
    if ipaddress.IPv4Network(net.proxy_only).prefixlen > _PROXY_ONLY_PREFIX:
        yield Fault("network-size", ("network", "proxyOnly"), "must be a /26 or larger")


RULES = (ranges_do_not_overlap, corporate_ranges_are_not_our_own, ranges_have_the_size_google_asks_for)
