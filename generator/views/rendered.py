"""What a render did, in one line."""

from typing import Protocol


class Outcome(Protocol):
    """What a render of one environment reports."""

    @property
    def environment(self) -> str:
        """The environment's name."""

    @property
    def files(self) -> int:
        """How many files its tree has."""

    @property
    def objects(self) -> int:
        """How many objects it builds to; 0 if it was not built."""

    @property
    def validated(self) -> int:
        """How many of them were validated against a schema."""

    @property
    def changes(self) -> tuple[int, int, int]:
        """How many files changed, came and went."""

    @property
    def written(self) -> bool:
        """Whether output/ was written, or only compared."""


def line(outcome: Outcome) -> str:
    """Return `prod: 51 files, 52 objects (23 validated); 2 changed, 1 added, 0 removed`."""
    checks = (
        f"{outcome.objects} objects ({outcome.validated} validated)" if outcome.objects else "not built, not checked"
    )
    changed, added, removed = outcome.changes
    if outcome.changes == (0, 0, 0):
        result = "unchanged"
    else:
        result = f"{changed} changed, {added} added, {removed} removed" + ("" if outcome.written else "; not written")
    return f"{outcome.environment}: {outcome.files} files, {checks}; {result}"
