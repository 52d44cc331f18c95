"""Two sets of Objects -> Changes, each with what it does. Pure."""

from generator.review.change import Action, Change, Impact, Review
from generator.review.refusal import REFUSED, refusals
from generator.review.review import review

__all__ = ["REFUSED", "Action", "Change", "Impact", "Review", "refusals", "review"]
