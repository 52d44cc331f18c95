"""Differences that change nothing: they are counted by the name of their class, not shown. All are listed here. Pure.

A class is of one path or of one kind of value, never of a whole object; nothing that decides on access is in it. A port
is not the same as text: the API server takes `"8080"` for a name, and refuses it.
"""

import re
from collections.abc import Iterable
from typing import Any

from generator.notation.duration import seconds
from generator.notation.quantity import amount

QUANTITY, DURATION = "equal quantities", "equal durations"
CHECKSUM, CHART, BUNDLE = "checksum annotations", "chart labels", "certificate bundles"
ORDER, GENERATED = "order of named items", "generated names"

_QUANTITIES = re.compile(
    r".*\.(?:(requests|limits|capacity|hard|allocatable|default|defaultRequest|min|max)\."
    r"(cpu|memory|storage|ephemeral-storage)|sizeLimit|averageValue|divisor)"
)
_DURATIONS = re.compile(
    r"spec\.(refreshInterval|duration|renewBefore|rules\.timeouts\.\w+|syncPolicy\.retry\.backoff\.\w+"
    r"|endpoints\.(interval|timeout))"
)
"""Of External Secrets, cert-manager, the Gateway API, Argo CD and Managed Prometheus, which read them as times.

Others are text: Google Cloud refuses `1h` for `3600s`, and pods whose annotation says it otherwise are rolled.
"""
_BUNDLES = re.compile(r".*\.caBundle")
_CHECKSUMS = re.compile(r"checksum/.+|.*/checksum-.+|.*config-hash|rollme")
_CHARTS = ("helm.sh/chart", "app.kubernetes.io/managed-by", "chart", "heritage")


def class_of(path: str, steps: tuple[str | int, ...], before: Any, after: Any) -> str:
    """Return the class of noise that a difference between two values is; '' if it is none.

    `path` is the path without list items: `spec.template.spec.containers.resources.limits.cpu`.
    """
    if steps[:2] == ("metadata", "annotations"):  # on a pod template it rolls pods, and is none
        return CHECKSUM if _CHECKSUMS.fullmatch(str(steps[-1])) else ""
    if steps[:2] == ("metadata", "labels"):
        return CHART if steps[-1] in _CHARTS else ""
    if not isinstance(before, str | int | float) or not isinstance(after, str | int | float):
        return ""
    return next((name for name, pattern, equal in _EQUAL if pattern.fullmatch(path) and equal(before, after)), "")


def count_by_class(noise_classes: Iterable[str]) -> dict[str, int]:
    """Return how many differences of each class there are, sorted by class."""
    counts: dict[str, int] = {}
    for name in noise_classes:
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def _are_equal_quantities(before: Any, after: Any) -> bool:
    return amount(before) is not None and amount(before) == amount(after)


def _are_equal_durations(before: Any, after: Any) -> bool:
    return seconds(before) is not None and seconds(before) == seconds(after)


def _are_equal_texts(before: Any, after: Any) -> bool:
    return str(before).split() == str(after).split()


_EQUAL = (
    (QUANTITY, _QUANTITIES, _are_equal_quantities),
    (DURATION, _DURATIONS, _are_equal_durations),
    (BUNDLE, _BUNDLES, _are_equal_texts),
)
