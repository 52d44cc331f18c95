"""JSON Schema 2020-12 over what people write: every problem at once, in our words, with file and line."""

from generator.schema.schema import (
    MISSING,
    UNKNOWN_KEY,
    Contract,
    Schema,
    above,
    contract,
    dotted,
    hinted,
    is_range,
    matching,
    misfit,
    misfits,
    place,
    problems,
    walk,
    whole,
)

__all__ = [
    "MISSING",
    "UNKNOWN_KEY",
    "Contract",
    "Schema",
    "above",
    "contract",
    "dotted",
    "hinted",
    "is_range",
    "matching",
    "misfit",
    "misfits",
    "place",
    "problems",
    "walk",
    "whole",
]
