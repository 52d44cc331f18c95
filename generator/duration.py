"""Durations as Go programs read them: `1h30m` is 5400 seconds. Kubernetes' own and most operators are Go programs."""

import re
from decimal import Decimal
from typing import Any

_UNITS = {"ns": "1e-9", "us": "1e-6", "µs": "1e-6", "μs": "1e-6", "ms": "1e-3", "s": "1", "m": "60", "h": "3600"}
_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_GO = re.compile(rf"([-+]?)(?:0|((?:{_PART.pattern.replace('(', '(?:')})+))")


def seconds(text: Any) -> Decimal | None:
    """Return a duration in seconds; None where time.ParseDuration refuses it (https://pkg.go.dev/time#ParseDuration)."""
    found = _GO.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    total = sum((Decimal(number) * Decimal(_UNITS[unit]) for number, unit in _PART.findall(found[2] or "")), Decimal(0))
    return -total if found[1] == "-" else total
