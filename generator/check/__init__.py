"""Objects -> Findings. Pure."""

from generator.check.check import Verdict, check, unchecked

__all__ = ["Verdict", "check", "unchecked"]
