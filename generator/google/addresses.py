"""Ranges of IPv4: which Google keeps to itself, which are on the internet, and how neighbours are joined.

Prohibited and valid ranges: https://docs.cloud.google.com/vpc/docs/subnets#ipv4-ranges. Load balancers and their health
checks: https://docs.cloud.google.com/load-balancing/docs/firewall-rules. Services of clusters that name no range:
https://docs.cloud.google.com/kubernetes-engine/docs/concepts/alias-ips. Read on 2026-11-30.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, collapse_addresses
from typing import NamedTuple


class Kept(NamedTuple):
    """A range that no network of ours may use, and what it is for."""

    range: str
    use: str


LOAD_BALANCERS = ("130.211.0.0/22", "35.191.0.0/16")
"""Where Google's load balancers and their health checks call from."""
GOOGLE_APIS = "199.36.153.8/30"
DOCKER = "172.17.0.0/16"
"""Docker's bridge on machines of Cloud SQL and Memorystore: they answer nobody who has an address in it."""
INTERNAL = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
"""What is never on the internet, and what networks of a company are made of."""
_KEPT = (
    Kept("0.0.0.0/8", "the local network (RFC 1122)"),
    Kept("127.0.0.0/8", "loopback (RFC 1122)"),
    Kept("169.254.0.0/16", "link-local, with the metadata server (RFC 3927)"),
    Kept("224.0.0.0/4", "multicast (RFC 5771)"),
    Kept("255.255.255.255/32", "broadcast (RFC 919)"),
    Kept("199.36.153.4/30", "restricted.googleapis.com"),
    Kept(GOOGLE_APIS, "private.googleapis.com, where pods call Google's APIs"),
    Kept("34.118.224.0/20", "Services of clusters that name no range of their own"),
    Kept("34.126.0.0/18", "Google's APIs by direct connectivity"),
    Kept("35.199.192.0/19", "Cloud DNS, which asks other name servers from there"),
    Kept("35.235.240.0/20", "Identity-Aware Proxy"),
    *(Kept(text, "Google's load balancers and health checks") for text in LOAD_BALANCERS),
    *(Kept(text, "Google's health checks") for text in ("209.85.152.0/22", "209.85.204.0/22")),
)
_CLASS_E = "240.0.0.0/4"
_NOT_ON_THE_INTERNET = (
    *INTERNAL,
    *("0.0.0.0/8", "127.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15"),
    *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", _CLASS_E),
)


def kept(text: str) -> Kept | None:
    """Return the range that Google keeps to itself and `text` overlaps, or None."""
    network = IPv4Network(text)
    return next((found for found in _KEPT if network.overlaps(IPv4Network(found.range))), None)


def public(text: str) -> bool:
    """Whether addresses of a range belong to somebody on the internet."""
    return not any(IPv4Network(text).subnet_of(IPv4Network(outer)) for outer in _NOT_ON_THE_INTERNET)


def internal(text: str) -> bool:
    """Whether all of a range is of the kind that no caller from the internet ever has."""
    return any(IPv4Network(text).subnet_of(IPv4Network(outer)) for outer in (*INTERNAL, "127.0.0.0/8", _CLASS_E))


def class_e(text: str) -> bool:
    """Whether a range is of class E, which Google takes and much else does not."""
    return IPv4Network(text).overlaps(IPv4Network(_CLASS_E))


def joined(texts: Iterable[str]) -> list[str]:
    """Return the fewest ranges that hold the same addresses, in their order; what is no IPv4 range comes last."""
    ranges: list[IPv4Network] = []
    others: list[str] = []
    for text in texts:
        try:
            ranges.append(IPv4Network(text))
        except ValueError:
            others.append(text)
    return [*map(str, collapse_addresses(ranges)), *sorted(set(others))]
