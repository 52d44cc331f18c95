"""Objects -> Findings. Pure."""

from generator.check.capacity import Report
from generator.check.check import Verdict, check, load, room
from generator.check.custom_resource import contracts
from generator.check.immutable import immutable

__all__ = ["Report", "Verdict", "check", "contracts", "immutable", "load", "room"]
