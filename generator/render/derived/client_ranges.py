"""Who may come in, as Google takes it: rules of Cloud Armor, sources of a load balancer, networks of the API server.

Google counts ranges, so neighbours under one name are joined. A rule of Cloud Armor takes ten ranges
(https://docs.cloud.google.com/armor/quotas). A name has a thousand priorities of its own, so more ranges of one name
move no rule of another.
"""

from typing import Any

from generator.environment import Environment
from generator.google import addresses

_IN_A_RULE = 10
_OF_A_NAME = 1000


def client_ranges(env: Environment) -> list[dict[str, Any]]:
    """Return the three policies by what backends call them, each with its rules; one without ranges has none."""
    access = env.access
    by_policy = {"allowed": access.allowed_ranges, "admin": access.admin_ranges, "webhook": access.webhook_ranges}
    return [
        {
            "name": policy,
            "rules": [
                rule
                for place, name in enumerate(sorted(by_name), 1)
                for rule in _rules(place, name, addresses.joined(by_name[name]))
            ],
        }
        for policy, by_name in by_policy.items()
    ]


def allowed_ranges(env: Environment) -> list[str]:
    """Return the allowed ranges of all names, as a load balancer takes them."""
    return [text for _, texts in sorted(env.access.allowed_ranges.items()) for text in addresses.joined(texts)]


def authorized_networks(env: Environment) -> list[dict[str, str]]:
    """Return the networks that reach the API server, by name. Nodes always do: they keep the list from being empty."""
    private = env.access.mode == "private"
    own = "nodes and bastion" if private else "nodes"
    peers = {name: (text,) for name, text in env.network.peered.items()}
    listed = peers if private else env.access.control_plane_ranges
    others = [
        {"name": name, "range": text} for name, texts in sorted(listed.items()) for text in addresses.joined(texts)
    ]
    return [{"name": own, "range": env.network.nodes}, *others]


def _rules(place: int, name: str, ranges: list[str]) -> list[dict[str, Any]]:
    parts = [ranges[first : first + _IN_A_RULE] for first in range(0, len(ranges), _IN_A_RULE)]
    return [
        {
            "description": name if len(parts) == 1 else f"{name}, {number} of {len(parts)}",
            "priority": place * _OF_A_NAME + number - 1,
            "ranges": part,
        }
        for number, part in enumerate(parts, 1)
    ]
