"""Objects -> Findings. Pure."""

from generator.check.check import Verdict, check, load

__all__ = ["Verdict", "check", "load"]
