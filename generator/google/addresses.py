"""Ranges of IPv4: which Google keeps to itself, which are on the internet, and how neighbours are joined.

Prohibited and valid ranges: https://docs.cloud.google.com/vpc/docs/subnets#ipv4-ranges. Load balancers and their health
checks: https://docs.cloud.google.com/load-balancing/docs/firewall-rules. Services of clusters that name no range:
https://docs.cloud.google.com/kubernetes-engine/docs/concepts/alias-ips. docs/unverified.md says what is from memory.
"""

import functools
from collections.abc import Iterable
from ipaddress import IPv4Network, collapse_addresses
from typing import NamedTuple

from generator.notation.address import ipv4_network


class Size(NamedTuple):
    """The shortest and the longest prefix that Google takes, in words too."""

    shortest: int
    longest: int
    words: str

    def takes(self, net: IPv4Network) -> bool:
        """Whether a range has this size."""
        return self.shortest <= net.prefixlen <= self.longest


SUBNET = Size(4, 29, "a /29 or larger")
PODS = Size(9, 32, "a /9 or smaller")
SERVICES = Size(16, 28, "between a /16 and a /28")
CONTROL_PLANE = Size(28, 28, "a /28")
PROXIES = Size(4, 26, "a /26 or larger")


class _Kept(NamedTuple):
    """A range that no network of ours may use, and what it is for."""

    range: str
    use: str


LOAD_BALANCERS = ("130.211.0.0/22", "35.191.0.0/16")
"""Where Google's load balancers and their health checks call from."""
GOOGLE_APIS = "199.36.153.8/30"
_DOCKER = "172.17.0.0/16"
"""Docker's bridge on machines of Cloud SQL and Memorystore: they answer nobody who has an address in it."""
INTERNAL = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
"""What is never on the internet, and what networks of a company are made of."""
_KEPT = (
    _Kept("0.0.0.0/8", "the local network (RFC 1122)"),
    _Kept("127.0.0.0/8", "loopback (RFC 1122)"),
    _Kept("169.254.0.0/16", "link-local, with the metadata server (RFC 3927)"),
    _Kept("224.0.0.0/4", "multicast (RFC 5771)"),
    _Kept("255.255.255.255/32", "broadcast (RFC 919)"),
    _Kept("199.36.153.4/30", "restricted.googleapis.com"),
    _Kept(GOOGLE_APIS, "private.googleapis.com, where pods call Google's APIs"),
    _Kept("34.118.224.0/20", "Services of clusters that name no range of their own"),
    _Kept("34.126.0.0/18", "Google's APIs by direct connectivity"),
    _Kept("35.199.192.0/19", "Cloud DNS, which asks other name servers from there"),
    _Kept("35.235.240.0/20", "Identity-Aware Proxy"),
    *(_Kept(text, "Google's load balancers and health checks") for text in LOAD_BALANCERS),
    *(_Kept(text, "Google's health checks") for text in ("209.85.152.0/22", "209.85.204.0/22")),
)
_CLASS_E = "240.0.0.0/4"
_NOT_ON_THE_INTERNET = (
    *INTERNAL,
    *("0.0.0.0/8", "127.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15"),
    *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", _CLASS_E),
)


def kept(text: str) -> str:
    """Return why no network may use a range, because Google keeps some of it to itself; or ''."""
    found = next((one for one in _KEPT if _network(text).overlaps(_network(one.range))), None)
    return f"overlaps {found.range}, which is kept for {found.use}" if found else ""


def unanswered(text: str) -> str:
    """Return why databases never answer callers in a range; or ''."""
    if not _network(text).overlaps(_network(_DOCKER)):
        return ""
    return f"overlaps {_DOCKER}: Cloud SQL and Memorystore use it inside, and never answer an address in it"


def public(text: str) -> bool:
    """Whether addresses of a range belong to somebody on the internet."""
    return not any(_network(text).subnet_of(_network(outer)) for outer in _NOT_ON_THE_INTERNET)


def internal(text: str) -> bool:
    """Whether all of a range is of the kind that no caller from the internet ever has."""
    return any(_network(text).subnet_of(_network(outer)) for outer in (*INTERNAL, "127.0.0.0/8", _CLASS_E))


def class_e(text: str) -> bool:
    """Whether a range is of class E, which Google takes and much else does not."""
    return _network(text).overlaps(_network(_CLASS_E))


def joined(texts: Iterable[str]) -> list[str]:
    """Return the fewest ranges that hold the same addresses, in their order; what is no IPv4 range comes last."""
    ranges: list[IPv4Network] = []
    others: list[str] = []
    for text in texts:
        if network := ipv4_network(text):
            ranges.append(network)
        else:
            others.append(text)
    return [*map(str, collapse_addresses(ranges)), *sorted(set(others))]


@functools.cache
def _network(text: str) -> IPv4Network:
    return IPv4Network(text)
