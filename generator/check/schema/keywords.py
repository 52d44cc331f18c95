"""Keywords of our schemas beside those of JSON Schema: what one field says about another.

jsonschema-rs makes one object of a class for each place where a schema has the keyword. No message holds a value.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from generator.field import at, listed, mapping
from generator.notation.address import is_part, network
from generator.notation.duration import seconds
from generator.notation.quantity import amount

_OF_MAP = ".*"
_KEY_DEFAULTS = {"protocol": "TCP"}
"""What the API server takes for a key that an item leaves out, before it compares items."""


class Unique:
    """`x-unique: [key, …]`: no two items of a list say the same at these keys; `[]` compares the items themselves.

    An item that says nothing at any of them is passed over.
    """

    def __init__(self, parent: dict[str, Any], value: Any, _: list[str | int]) -> None:
        """Keep the keys, and what an item that leaves one out has there; a contract of a project may say anything."""
        self._keys = tuple(filter(_is_text, value)) if isinstance(value, list | tuple) else ()
        fields = mapping(parent, "items", "properties")
        written = {key: at(fields, key, "x-default") for key in self._keys}
        self._defaults = {**_KEY_DEFAULTS, **{key: value for key, value in written.items() if value is not None}}

    def validate(self, instance: Any) -> None:
        """Raise ValueError where an item is there twice."""
        seen: set[bytes] = set()
        for item in instance if isinstance(instance, list) else ():
            values = [item.get(key, self._defaults.get(key)) for key in self._keys] if isinstance(item, dict) else []
            if self._keys and all(value is None for value in values):
                continue
            encoded = msgspec.json.encode(values if self._keys else item, order="sorted")
            if encoded in seen:
                of = " and ".join(self._keys)
                raise ValueError(f"has two items with the same {of}" if of else "has an item twice")
            seen.add(encoded)


class Keyed(Unique):
    """`x-kubernetes-list-map-keys: [key, …]`: server-side apply refuses an item without any key, or one there twice."""

    def validate(self, instance: Any) -> None:
        """Raise ValueError where an item cannot be told from another."""
        is_needed = self._keys and not any(key in self._defaults for key in self._keys)
        for item in instance if is_needed and isinstance(instance, list) else ():
            if isinstance(item, dict) and not any(key in item for key in self._keys):
                message = f"has an item without {' and '.join(self._keys)}"
                raise ValueError(message)
        super().validate(instance)


class Set(Unique):
    """`x-kubernetes-list-type: set`: server-side apply refuses an item that is there twice."""

    def __init__(self, parent: dict[str, Any], value: Any, path: list[str | int]) -> None:
        """Keep whether the list is a set."""
        super().__init__(parent, (), path)
        self._is_set = value == "set"

    def validate(self, instance: Any) -> None:
        """Raise ValueError where an item is there twice."""
        if self._is_set:
            super().validate(instance)


class AtMost:
    """`x-at-most: {field: other}`: a number, quantity or duration is not above that of the field beside it.

    `{requests.*: limits.*}` compares what two maps say of the same key.
    """

    _REFUSED = "must not be above"

    def __init__(self, _: dict[str, Any], value: Any, __: list[str | int]) -> None:
        """Keep the pairs of fields; a contract of a project may say anything here."""
        pairs = value.items() if isinstance(value, dict) else ()
        self._pairs = tuple((low, high) for low, high in pairs if _is_text(high))

    def validate(self, instance: Any) -> None:
        """Raise ValueError where the first of two fields is above the second."""
        for low, high in self._pairs if isinstance(instance, dict) else ():
            if low.endswith(_OF_MAP):
                low_map, high_map = (mapping(instance, name.removesuffix(_OF_MAP)) for name in (low, high))
                shared = low_map.keys() & high_map
                names = sorted(name for name in shared if self._refuses(low_map[name], high_map[name]))
            else:
                names = [low] if self._refuses(instance.get(low), instance.get(high)) else []
            if names:
                message = ", ".join(f"{low.replace('*', n)} {self._REFUSED} {high.replace('*', n)}" for n in names)
                raise ValueError(message)

    def _refuses(self, low: Any, high: Any) -> bool:
        return _compared(low, high) == 1


class Below(AtMost):
    """`x-below: {field: other}`: as `x-at-most`, and the two are not equal."""

    _REFUSED = "must be below"

    def _refuses(self, low: Any, high: Any) -> bool:
        return _compared(low, high) not in (None, -1)


class Minimum:
    """`x-minimum: 1h`: a quantity or duration in text is not below this one."""

    def __init__(self, _: dict[str, Any], value: Any, __: list[str | int]) -> None:
        """Keep the limit; a contract of a project may say anything here."""
        self._limit = value

    def validate(self, instance: Any) -> None:
        """Raise ValueError where a value is below the limit."""
        if _compared(instance, self._limit) == -1:
            message = f"must be at least {self._limit}"
            raise ValueError(message)


class Maximum(Minimum):
    """`x-maximum: 1h`: a quantity or duration in text is not above this one."""

    def validate(self, instance: Any) -> None:
        """Raise ValueError where a value is above the limit."""
        if _compared(instance, self._limit) == 1:
            message = f"must be at most {self._limit}"
            raise ValueError(message)


class OneAtMost:
    """`x-one-at-most: [field, …]`: of these fields, an object has no two; a field that is null is left out."""

    least = 0

    def __init__(self, _: dict[str, Any], value: Any, __: list[str | int]) -> None:
        """Keep the fields; a contract of a project may say anything here."""
        self._fields = frozenset(filter(_is_text, value)) if isinstance(value, list | tuple) else frozenset()

    def validate(self, instance: Any) -> None:
        """Raise ValueError where there are too many of the fields, or too few."""
        if not isinstance(instance, dict) or not self._fields:
            return
        found = sorted(key for key in self._fields & instance.keys() if instance[key] is not None)
        if len(found) > 1:
            message = f"may have only one of {', '.join(found)}"
            raise ValueError(message)
        if len(found) < self.least:
            message = f"needs one of {', '.join(sorted(self._fields))}"
            raise ValueError(message)


class ExactlyOne(OneAtMost):
    """`x-exactly-one: [field, …]`: of these fields, an object has one."""

    least = 1


class Inside:
    """`x-inside: {field: other}`: each range in the list of one field is part of the range in another, and smaller."""

    def __init__(self, _: dict[str, Any], value: Any, __: list[str | int]) -> None:
        """Keep the pairs of fields; a contract of a project may say anything here."""
        pairs = value.items() if isinstance(value, dict) else ()
        self._pairs = tuple((part, whole) for part, whole in pairs if _is_text(whole))

    def validate(self, instance: Any) -> None:
        """Raise ValueError where a range is outside of the other."""
        for part, whole in self._pairs if isinstance(instance, dict) else ():
            outer = network(instance.get(whole))
            for item in listed(instance, part):
                inner = network(item)
                if inner is not None and outer is not None and not is_part(inner, outer):
                    message = f"{part} must hold only ranges that are part of {whole}, and smaller"
                    raise ValueError(message)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _compared(one: Any, other: Any) -> int | None:
    """Return -1, 0 or 1 as a value is below, equal to or above another; both are quantities or durations, `5m` either.

    None where they cannot be compared.
    """
    for read in (amount, seconds):
        first, second = (_number(value, read) for value in (one, other))
        if first is not None and second is not None:
            return (first > second) - (first < second)
    return None


def _number(value: Any, read: Callable[[Any], Decimal | None]) -> Decimal | None:
    return read(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None


KEYWORDS: dict[str, Any] = {
    "x-unique": Unique,
    "x-at-most": AtMost,
    "x-one-at-most": OneAtMost,
    "x-exactly-one": ExactlyOne,
    "x-below": Below,
    "x-minimum": Minimum,
    "x-maximum": Maximum,
    "x-inside": Inside,
    "x-kubernetes-list-map-keys": Keyed,
    "x-kubernetes-list-type": Set,
}
