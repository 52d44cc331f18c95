"""How parts of a cluster find each other: labels that a selector meets, URLs that lead to a Service."""

import re
from collections.abc import Iterator
from typing import Any

from generator.field import listed, mapping, numbered, text, whole

_URL = re.compile(
    r"\b(https?|wss?|nats|tls|postgres(?:ql)?|redis)://(?:[^/@\s]*@)?"
    r"([a-z][a-z0-9-]*)(?:\.([a-z][a-z0-9-]*)\.svc(?:\.cluster\.local)?)?(?::([0-9]+))?(?![\w.-])"
)
_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a label selector meets these labels; an empty one meets all."""
    if any(labels.get(key) != value for key, value in mapping(selector, "matchLabels").items()):
        return False
    for _, expression in numbered(selector, "matchExpressions"):
        value, values = labels.get(text(expression, "key")), listed(expression, "values")
        results = {
            "In": value in values,
            "NotIn": value not in values,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        if not results.get(text(expression, "operator"), False):
            return False
    return True


def urls(value: str, namespace: str) -> Iterator[tuple[str, str, int | None]]:
    """Yield namespace, Service and port of the URLs of the cluster in a text that is read in `namespace`."""
    for scheme, name, elsewhere, port in _URL.findall(value) if "://" in value else ():
        if name != "localhost" and (elsewhere or port):
            yield elsewhere or namespace, name, whole(port) if port else _DEFAULT_PORTS.get(scheme)
