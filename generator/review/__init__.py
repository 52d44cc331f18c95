"""Two sets of Objects -> Changes, each with what it does. Pure."""

from generator.review.change import Action, Change, Impact, Review
from generator.review.review import review

__all__ = ["Action", "Change", "Impact", "Review", "review"]
