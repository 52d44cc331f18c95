"""IP addresses and ranges of them, as Kubernetes reads them."""

import functools
import ipaddress


def is_ip(text: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address, without a zone."""
    try:
        return "%" not in text and bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def is_cidr(text: str) -> bool:
    """Whether a text is a range of IPv4 or IPv6 addresses, its address the first of it or not."""
    address, _, prefix = text.partition("/")
    most = 128 if ":" in address else 32
    return is_ip(address) and prefix.isascii() and prefix.isdecimal() and int(prefix) <= most


def network(text: object) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return the range that a text is, whichever of its addresses it says; None if it is none."""
    return ipaddress.ip_network(text, strict=False) if isinstance(text, str) and is_cidr(text) else None


def ipv4_network(text: object) -> ipaddress.IPv4Network | None:
    """Return the range of IPv4 that a text is, its address the first of it; None if it is none."""
    return _ipv4_network(text) if isinstance(text, str) else None


@functools.cache
def _ipv4_network(text: str) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(text)
    except ValueError:
        return None


def is_part(inner: ipaddress.IPv4Network | ipaddress.IPv6Network, outer: object) -> bool:
    """Whether a range is part of another one, and smaller."""
    if isinstance(inner, ipaddress.IPv4Network):
        return isinstance(outer, ipaddress.IPv4Network) and inner != outer and inner.subnet_of(outer)
    return isinstance(outer, ipaddress.IPv6Network) and inner != outer and inner.subnet_of(outer)
