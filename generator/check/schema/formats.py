"""Forms of text that a schema names by `format`: how those who read a field read it."""

import ipaddress

from generator.duration import seconds
from generator.quantity import amount
from generator.schedule import is_schedule, is_time_zone


def is_cidr(text: str) -> bool:
    """Whether a text is a range of IPv4 or IPv6 addresses, its address the first of it or not."""
    address, slash, prefix = text.partition("/")
    return bool(slash) and prefix.isdecimal() and is_ip(address) and _is_range(text)


def is_ip(text: str) -> bool:
    """Whether a text is an IPv4 or IPv6 address, without a zone."""
    try:
        return "%" not in text and bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def _is_range(text: str) -> bool:
    try:
        return bool(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return False


FORMATS = {
    "cidr": is_cidr,
    "cron": is_schedule,
    "go-duration": lambda text: seconds(text) is not None,
    "ip": is_ip,
    "quantity": lambda text: amount(text) is not None,
    "time-zone": is_time_zone,
}
EXPECTED = {
    "cidr": "must be a range such as 10.0.0.0/8",
    "cron": "must be a cron schedule of five fields, such as 30 2 * * *",
    "go-duration": "must be a duration such as 90s, 15m or 1h30m",
    "ip": "must be an IP address",
    "quantity": "must be a quantity such as 500m, 2 or 1Gi",
    "time-zone": "must be a time zone of the IANA database, such as Europe/Berlin",
}
"""What a message says where a text has not the form, unless the schema has words of its own (`x-message`)."""
