"""Writes git: one commit of rendered environments on the branch that Argo CD reads."""

from generator.publish.fitness import fitness, misplaced, whereabouts
from generator.publish.known import unlike
from generator.publish.lock import Lock, Made, Unreadable, read
from generator.publish.ownership import Allowed, Change
from generator.publish.publish import Gate, Published, Request, publish
from generator.publish.remote import Remote, remote
from generator.publish.retire import RetirementRequest, last_target, retire, still_there
from generator.publish.status import PublishedState, State, Status, status
from generator.publish.target import LOCK, Override, Target, elsewhere, one_target, target, targets

__all__ = [
    "LOCK",
    "Allowed",
    "Change",
    "Gate",
    "Lock",
    "Made",
    "Override",
    "Published",
    "PublishedState",
    "Remote",
    "Request",
    "RetirementRequest",
    "State",
    "Status",
    "Target",
    "Unreadable",
    "elsewhere",
    "fitness",
    "last_target",
    "misplaced",
    "one_target",
    "publish",
    "read",
    "remote",
    "retire",
    "status",
    "still_there",
    "target",
    "targets",
    "unlike",
    "whereabouts",
]
