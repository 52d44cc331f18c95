"""What a change makes of an object that its schema, or who reads it, then refuses: it is blocked. Pure."""

from collections.abc import Callable

from generator.field import steps_of
from generator.finding import Finding
from generator.kinds import Impact
from generator.manifest import Object
from generator.review.change import Difference, Verdict

Refused = Callable[[Object], tuple[Finding, ...]]
"""Returns why an object would be refused, each with its JSON pointer."""
_SOURCE = "docs/refusals.md"


def nothing_refused(_: Object) -> tuple[Finding, ...]:
    """Return nothing: where no schemas are asked."""
    return ()


def newly_refused(old: Object | None, new: Object, refused: Refused) -> tuple[Finding, ...]:
    """Return why the new form of an object is refused where the old one was not."""
    found = refused(new)
    before = {(finding.path, finding.message) for finding in refused(old)} if found and old else set()
    return tuple(finding for finding in found if (finding.path, finding.message) not in before)


def of_difference(difference: Difference, refusals: tuple[Finding, ...]) -> tuple[Verdict, ...]:
    """Return that a difference is refused: at its place, in it, or because of what is beside it."""
    steps = [str(step) for step in difference.steps]
    found = [finding for finding in refusals if _meet(steps, steps_of(finding.path))]
    if not found:
        return ()
    first = found[0]
    more = f", and {len(found) - 1} more like this" if len(found) > 1 else ""
    where = f" at {first.path}" if steps_of(first.path) != steps else ""
    return (Verdict(Impact.BLOCKED, f"is refused{where}: {first.message}{more}", _SOURCE, first.hint),)


def _meet(one: list[str], other: list[str]) -> bool:
    """Whether one place is in the other, or the same."""
    return all(first == second for first, second in zip(one, other, strict=False))
