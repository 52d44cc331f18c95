"""Durations as Go programs read them: `1h30m` is 5400 seconds. Kubernetes' own and most operators are Go programs."""

import re
from decimal import Decimal
from typing import Any

_UNITS = {"ns": "1e-9", "us": "1e-6", "µs": "1e-6", "μs": "1e-6", "ms": "1e-3", "s": "1", "m": "60", "h": "3600"}
_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_GO = re.compile(rf"([-+]?)(?:0|((?:{_PART.pattern.replace('(', '(?:')})+))")

_SECONDS = re.compile(r"[0-9]+(\.[0-9]{1,9})?s")
_PROMETHEUS = re.compile(r"0|([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?")
"""ParseDuration in prometheus/common model/time.go."""


def seconds(text: Any) -> Decimal | None:
    """Return a duration in seconds; None where it is none: https://pkg.go.dev/time#ParseDuration."""
    found = _GO.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    total = sum((Decimal(number) * Decimal(_UNITS[unit]) for number, unit in _PART.findall(found[2] or "")), Decimal(0))
    return -total if found[1] == "-" else total


def is_google_duration(text: str) -> bool:
    """Whether APIs of Google read a text as a duration: a number of seconds, as protobuf writes it in JSON."""
    return _SECONDS.fullmatch(text) is not None


def is_prometheus_duration(text: str) -> bool:
    """Whether Prometheus reads a text as a duration: units up to years, each once, the largest first."""
    return bool(text) and _PROMETHEUS.fullmatch(text) is not None
