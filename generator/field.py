"""Reading fields of any object without trusting its shape: a wrong type reads as nothing, the schema check says it."""

import re
from collections.abc import Iterator, Sized
from typing import Any

_NUMBER = re.compile("-?[0-9]{1,18}")


def at(node: Any, *steps: str) -> Any:
    """Return what stands at these keys; None where one of them is not there."""
    for step in steps:
        node = node.get(step) if isinstance(node, dict) else None
    return node


def mapping(node: Any, *steps: str) -> dict[str, Any]:
    """Return the map at these keys, or an empty one."""
    found = at(node, *steps)
    return found if isinstance(found, dict) else {}


def text(node: Any, *steps: str) -> str:
    """Return the text at these keys, or ''."""
    found = at(node, *steps)
    return found if isinstance(found, str) else ""


def whole(written: str) -> int | None:
    """Return the whole number that a text is, else None: to Python `²` is a digit, and 5000 digits are an error."""
    return int(written) if _NUMBER.fullmatch(written) else None


def position(step: str, items: Sized) -> int | None:
    """Return the place in a list that a step of a JSON pointer means; None where the list has no such place."""
    found = whole(step)
    return found if found is not None and 0 <= found < len(items) else None


def port(node: Any, *steps: str) -> str | int | None:
    """Return the port, a name or a number, at these keys; None if there is none."""
    found = at(node, *steps)
    return found if isinstance(found, str | int) else None


def listed(node: Any, *steps: str) -> list[Any]:
    """Return the list at these keys, or an empty one."""
    found = at(node, *steps)
    return found if isinstance(found, list) else []


def numbered(node: Any, *steps: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the maps of the list at these keys, with their places in it."""
    return ((index, item) for index, item in enumerate(listed(node, *steps)) if isinstance(item, dict))


def selects(selector: dict[str, Any], labels: dict[str, Any]) -> bool:
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


def pointer(*steps: str | int) -> str:
    """Return the JSON pointer of these steps."""
    return "".join(f"/{escaped(str(step))}" for step in steps)


def steps_of(written: str) -> list[str]:
    """Return the steps of a JSON pointer."""
    return [unescaped(step) for step in written.split("/")[1:]]


def escaped(key: str) -> str:
    """Return a key as it is written in a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def unescaped(step: str) -> str:
    """Return the key that a step of a JSON pointer means."""
    return step.replace("~1", "/").replace("~0", "~")


def every(node: Any, steps: tuple[str, ...], place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what a declared pointer leads to, with its plain pointer; `[name=x]` means every item, not just one."""
    if not steps:
        yield place, node
    elif steps[0].startswith("["):
        for index, item in enumerate(node if isinstance(node, list) else ()):
            yield from every(item, steps[1:], f"{place}/{index}")
    else:
        yield from every(at(node, steps[0]), steps[1:], place + pointer(steps[0]))


def strings(node: Any, place: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield every text below `node`: its JSON pointer, its name (the key, or the `name` beside a `value`), the text."""
    if isinstance(node, dict):
        for key, item in node.items():
            below = place + pointer(key)
            if isinstance(item, str):
                yield below, (text(node, "name") if key == "value" else key), item
            elif item:
                yield from strings(item, below)
    elif isinstance(node, list):
        for index, item in enumerate(node):
            if isinstance(item, str):
                yield f"{place}/{index}", "", item
            elif item:
                yield from strings(item, f"{place}/{index}")
