"""Which changes are published only once somebody accepts them: those that lose data, cannot be, or are not known."""

from collections import Counter
from collections.abc import Iterable, Iterator

from generator.finding import Finding
from generator.kinds import Impact
from generator.review.change import Action, Change, Review, Verdict

_REFUSED = (Impact.DATA_LOSS, Impact.BLOCKED)
ACCEPTABLE = (*_REFUSED, Action.UNCOMPARED)
"""What somebody may accept, by name."""
_MAX_NAMED, _MAX_KINDS = 20, 8


def refusals(review: Review, accepted: Iterable[Impact | Action]) -> Iterator[Finding]:
    """Yield why a review must not be published, one finding an impact of a change; what somebody `accepted` is none.

    What could not be compared may lose data without a word, and no other word accepts that.
    """
    accepted = set(accepted)
    uncompared = () if Action.UNCOMPARED in accepted else review.uncompared
    refused = [(change, change.verdicts[0]) for change in uncompared]
    refused += (
        (change, verdict)
        for change in review.changes
        for verdict in change.verdicts
        if verdict.impact in _REFUSED and verdict.impact not in accepted
    )
    yield from (_refusal(change, verdict, review.environment) for change, verdict in refused[:_MAX_NAMED])
    if len(refused) > _MAX_NAMED:
        message = f"and {len(refused) - _MAX_NAMED} more changes like these"
        hint = f"codemie-manifests diff {review.environment} lists all of them"
        yield Finding(rule="publish-impact", message=message, hint=hint, environment=review.environment)


def retirement_refusals(review: Review, accepted: Iterable[Impact | Action]) -> Iterator[Finding]:
    """Yield what a removed environment leaves behind, gated like data loss; what `accepted` names has been read."""
    yield from refusals(review, accepted)
    if Impact.DATA_LOSS in set(accepted):
        return
    groups: dict[tuple[Impact, str], list[Change]] = {}
    for change in [change for change in review.changes if change.action is not Action.UNCOMPARED]:
        groups.setdefault((change.impact, change.reason), []).append(change)
    for (impact, reason), changes in groups.items():
        kinds = Counter(change.id.kind for change in changes).most_common()
        named = ", ".join(
            f"{count} {kind}" for kind, count in sorted(kinds, key=lambda row: (-row[1], row[0]))[:_MAX_KINDS]
        )
        more = f" and {len(kinds) - _MAX_KINDS} other kinds" if len(kinds) > _MAX_KINDS else ""
        yield Finding(
            rule="publish-retire",
            message=f"{impact}: {named}{more}: {reason}",
            hint="pass --accept data-loss once it is deleted or may stay; see docs/retire-an-environment.md",
            environment=review.environment,
        )


def _refusal(change: Change, verdict: Verdict, environment: str) -> Finding:
    accept = f"--accept {change.action if change.action is Action.UNCOMPARED else verdict.impact}"
    hint = f"{verdict.instead}; or {accept}" if verdict.instead else accept
    return Finding(
        rule="publish-impact",
        message=f"{verdict.impact}: {verdict.reason}",
        path=change.path,
        hint=f"{hint}, if that is what you want",
        environment=environment,
        object=str(change.id),
    )
