"""Objects -> Findings. Pure."""

from generator.check.check import Verdict, check, load, unchecked

__all__ = ["Verdict", "check", "load", "unchecked"]
