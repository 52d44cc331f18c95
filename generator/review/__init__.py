"""Two sets of Objects -> Changes, each with what it does. Pure."""

from generator.kinds import Impact
from generator.review.change import Action, Change, Review, Verdict
from generator.review.refusal import ACCEPTABLE, refusals, retirement_refusals
from generator.review.retirement import Retirement, project_of, retirement
from generator.review.review import review
from generator.review.uncompared import Unknown
from generator.review.validity import nothing_refused

__all__ = [
    "ACCEPTABLE",
    "Action",
    "Change",
    "Impact",
    "Retirement",
    "Review",
    "Unknown",
    "Verdict",
    "nothing_refused",
    "project_of",
    "refusals",
    "retirement",
    "retirement_refusals",
    "review",
]
