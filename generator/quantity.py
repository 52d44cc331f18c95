"""A Kubernetes quantity as a number: `500m` is a half, `1Gi` as much as `1024Mi`."""

import re
from decimal import Decimal
from typing import Any

_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]*)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?")
_UNITS = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGT", 1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGT", 1)},
}


def amount(quantity: Any) -> Decimal | None:
    """Return the number a quantity stands for, exactly; None if it is none (a schema says so)."""
    found = _QUANTITY.fullmatch(str(quantity))
    return Decimal(found[1]) * _UNITS[found[2] or ""] if found else None


def is_kept_alike(one: Any, other: Any) -> bool:
    """Whether the API server keeps two equal quantities as the same text: it keeps units of 1000 and of 1024 apart."""
    return _is_binary(one) == _is_binary(other)


def _is_binary(quantity: Any) -> bool:
    return str(quantity).endswith("i") and (amount(quantity) or 0) >= _UNITS["Ki"]
