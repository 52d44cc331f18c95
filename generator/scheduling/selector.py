"""Label selectors: whether one meets the labels of an object."""

from typing import Any

from generator.field import listed, mapping, numbered, text


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
