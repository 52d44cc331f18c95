"""IP addresses and ranges of them, as Kubernetes reads them."""

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
