"""Two sets of Objects -> Changes, each with what it does. Pure."""

from generator.kinds import Impact
from generator.review.change import Action, Change, Review, Verdict
from generator.review.refusal import REFUSED, refusals, retirement_refusals
from generator.review.retirement import Retirement, project_of, retirement
from generator.review.review import review

__all__ = [
    "REFUSED",
    "Action",
    "Change",
    "Impact",
    "Retirement",
    "Review",
    "Verdict",
    "project_of",
    "refusals",
    "retirement",
    "retirement_refusals",
    "review",
]
