"""What an object asks of others: a question that either side of a review answers, and what follows if nobody does."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from generator.kinds import Impact, Steps
from generator.manifest import Object, ObjectId
from generator.review.pods_by_label import Pods
from generator.review.references.index import Index, Name


class Place(NamedTuple):
    """A part of an object."""

    id: ObjectId
    steps: Steps = ()


def label_places(pods: Pods, labels: tuple[str, ...]) -> Iterator[Place]:
    """Yield where these labels of pods stand."""
    yield from (Place(pods.owner.id, (*pods.steps, "metadata", "labels", label)) for label in labels)


class Follows(NamedTuple):
    """What becomes of who asks in vain: how bad it is, the words after its name, where that is written."""

    impact: Impact
    words: str
    source: str = ""
    instead: str = ""


class Question(msgspec.Struct, frozen=True):
    """What is looked for: equal questions have equal answers. In words it is `Secret codemie/database`."""

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield what is found on a side."""
        raise NotImplementedError

    @property
    def about(self) -> Name | None:
        """What must be there to be asked: without it, who names it has another need. By default nothing must be."""
        return None

    def expects(self, index: Index) -> bool:  # noqa: ARG002  questions about nothing else look at the side
        """Whether a side that has what it is about must have it: else what no side ever had is somebody else's."""
        return self.about is not None


class Need(NamedTuple):
    """A place in an object that asks for something. `beside` is what else decides on the answer."""

    asker: Object
    steps: Steps
    question: Question
    follows: Follows
    verb: str = "asked for"
    beside: Place | None = None
