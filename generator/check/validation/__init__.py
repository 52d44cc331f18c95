"""What the API server refuses by its own validation that no schema can say, not even with our keywords. Pure."""

from generator.check.built import Check
from generator.check.validation import objects, pods

RULES: tuple[Check, ...] = (*objects.RULES, *pods.RULES)
"""Rules of both modules."""
