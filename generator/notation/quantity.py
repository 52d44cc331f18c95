"""A Kubernetes quantity as a number: `500m` is a half, `1Gi` as much as `1024Mi`."""

import re
from decimal import Decimal
from typing import Any

_QUANTITY = re.compile(r"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][-+]?[0-9]{1,3})?")
"""As the API server reads them: k8s.io/apimachinery/pkg/api/resource/quantity.go."""
_UNITS = {
    "": Decimal(1),
    **{unit: Decimal(1000) ** -power for power, unit in enumerate("mun", 1)},
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", 1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}


def amount(quantity: Any) -> Decimal | None:
    """Return the number a quantity stands for, exactly; None if it is none (a schema says so)."""
    found = _QUANTITY.fullmatch(str(quantity))
    if found is None:
        return None
    number, unit = Decimal(found[1]), found[2] or ""
    return number * _UNITS[unit] if unit in _UNITS else number.scaleb(int(unit[1:]))


def is_kept_alike(one: Any, other: Any) -> bool:
    """Whether the API server keeps two equal quantities as the same text: it keeps units of 1000 and of 1024 apart."""
    return _is_binary(one) == _is_binary(other)


def _is_binary(quantity: Any) -> bool:
    return str(quantity).endswith("i") and (amount(quantity) or 0) >= _UNITS["Ki"]
