"""Which changes must not be published without a word: those that lose data, and those that cannot be. Pure."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from generator.finding import Finding, Severity
from generator.review.change import Change, Impact, Review

REFUSED = (Impact.DATA_LOSS, Impact.BLOCKED)
_NAMED = 20


def refusals(found: Review, accepted: Iterable[Impact]) -> Iterator[Finding]:
    """Yield why a review must not be published, one finding a change; what somebody `accepted` is none.

    What of the old side could not be read may lose data without a word, so that is refused like data loss.
    """
    if Impact.DATA_LOSS not in set(accepted):
        hint = "mend what is published, or --adopt writes over it, or --accept data-loss"
        yield from (
            replace(unread, rule="publish-impact", severity=Severity.ERROR, hint=hint) for unread in found.findings
        )
    kinds = [impact for impact in REFUSED if impact not in set(accepted)]
    refused = [change for change in found.changes if change.impact in kinds]
    yield from (_refusal(change, found.environment) for change in refused[:_NAMED])
    if len(refused) > _NAMED:
        message = f"and {len(refused) - _NAMED} more changes like these"
        hint = f"codemie-manifests diff {found.environment} lists all of them"
        yield Finding(rule="publish-impact", message=message, hint=hint, environment=found.environment)


def _refusal(change: Change, environment: str) -> Finding:
    hint = f"{change.instead}; or --accept {change.impact}" if change.instead else f"--accept {change.impact}"
    return Finding(
        rule="publish-impact",
        message=f"{change.impact}: {change.reason}",
        path=change.path,
        hint=f"{hint}, if that is what you want",
        environment=environment,
        object=str(change.id),
    )
