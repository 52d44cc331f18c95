"""Objects -> Findings. Pure."""

from generator.check.check import Verdict, check, load
from generator.check.custom_resource import contracts

__all__ = ["Verdict", "check", "contracts", "load"]
