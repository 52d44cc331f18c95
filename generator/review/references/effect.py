"""What a change does to pods of others, and how several that fare alike are said in one sentence. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from generator.kinds import Impact
from generator.manifest import ObjectId
from generator.review.change import Verdict
from generator.review.side import few

_PODS = "<pods>"


class Effect(NamedTuple):
    """What happens to the pods of a workload: how bad it is, a sentence with `<pods>` for them, where it is written."""

    impact: Impact
    sentence: str
    source: str
    workload: ObjectId


def verdicts_on(effects: Iterable[Effect]) -> list[Verdict]:
    """Return a verdict for all pods that fare alike."""
    workloads: dict[tuple[Impact, str, str], set[ObjectId]] = {}
    for impact, sentence, source, workload in effects:
        workloads.setdefault((impact, sentence, source), set()).add(workload)
    return [
        Verdict(impact, sentence.replace(_PODS, f"the pods of {few(ids)}"), source)
        for (impact, sentence, source), ids in workloads.items()
    ]
