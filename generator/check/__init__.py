"""Objects -> Findings. Pure."""

from generator.check.built import Built, Check, Pods, selects
from generator.check.check import Verdict, check, load
from generator.check.kubernetes.scaling import scaled

__all__ = ["Built", "Check", "Pods", "Verdict", "check", "load", "scaled", "selects"]
