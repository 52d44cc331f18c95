"""Which changes are published only once somebody accepts them: those that lose data or cannot be made. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from generator.finding import Finding, Severity
from generator.kinds import Impact
from generator.review.change import Change, Review, Verdict

REFUSED = (Impact.DATA_LOSS, Impact.BLOCKED)
_MAX_NAMED, _MAX_KINDS = 20, 8


def refusals(review: Review, accepted: Iterable[Impact]) -> Iterator[Finding]:
    """Yield why a review must not be published, one finding an impact of a change; what somebody `accepted` is none.

    What of the old side could not be read may lose data without a word, so that is refused like data loss.
    """
    if Impact.DATA_LOSS not in set(accepted):
        hint = "mend what is published, or --adopt writes over it, or --accept data-loss"
        yield from (
            replace(unread, rule="publish-impact", severity=Severity.ERROR, hint=hint) for unread in review.findings
        )
    refused_impacts = [impact for impact in REFUSED if impact not in set(accepted)]
    refused = [
        (change, verdict)
        for change in review.changes
        for verdict in change.verdicts
        if verdict.impact in refused_impacts
    ]
    yield from (_refusal(change, verdict, review.environment) for change, verdict in refused[:_MAX_NAMED])
    if len(refused) > _MAX_NAMED:
        message = f"and {len(refused) - _MAX_NAMED} more changes like these"
        hint = f"codemie-manifests diff {review.environment} lists all of them"
        yield Finding(rule="publish-impact", message=message, hint=hint, environment=review.environment)


def retirement_refusals(review: Review, accepted: Iterable[Impact]) -> Iterator[Finding]:
    """Yield what a removed environment leaves behind, gated like data loss; what `accepted` names has been read."""
    yield from refusals(review, accepted)
    if Impact.DATA_LOSS in set(accepted):
        return
    groups: dict[tuple[Impact, str], list[Change]] = {}
    for change in review.changes:
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
    hint = f"{verdict.instead}; or --accept {verdict.impact}" if verdict.instead else f"--accept {verdict.impact}"
    return Finding(
        rule="publish-impact",
        message=f"{verdict.impact}: {verdict.reason}",
        path=change.path,
        hint=f"{hint}, if that is what you want",
        environment=environment,
        object=str(change.id),
    )
