"""Objects -> Findings. Pure."""

from generator.check.built import Built, BuiltPods, Check, fault
from generator.check.check import Verdict, check, load
from generator.check.kubernetes.scaling import scaled
from generator.check.schema.refused import refusals

__all__ = ["Built", "BuiltPods", "Check", "Verdict", "check", "fault", "load", "refusals", "scaled"]
