"""Who may come in, as rules of Cloud Armor: from the named ranges of `access`.

A rule takes ten ranges (https://cloud.google.com/armor/quotas). A name has a thousand priorities of its own, so more
ranges of one name move no rule of another.
"""

from typing import Any

from generator.environment import Environment

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
                rule for place, name in enumerate(sorted(by_name), 1) for rule in _rules(place, name, by_name[name])
            ],
        }
        for policy, by_name in by_policy.items()
    ]


def _rules(place: int, name: str, ranges: tuple[str, ...]) -> list[dict[str, Any]]:
    parts = [ranges[first : first + _IN_A_RULE] for first in range(0, len(ranges), _IN_A_RULE)]
    return [
        {
            "description": name if len(parts) == 1 else f"{name}, {number} of {len(parts)}",
            "priority": place * _OF_A_NAME + number - 1,
            "ranges": part,
        }
        for number, part in enumerate(parts, 1)
    ]
