"""What is not known of the old side -> a change for each file and object that could not be compared. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from generator.finding import Finding, Severity
from generator.kinds import Impact
from generator.manifest import Object, ObjectId, unit_of
from generator.review.change import Action, Change, Verdict
from generator.tree import Gap

_INSTEAD = "restore it, or review against a commit at which it can be read"
_APPLICATIONS = "argocd/apps/"


class Unknown(NamedTuple):
    """What is not known of the old side.

    `gaps` are files and folders that could not be read or built, `unsure` objects that are not known as they were, each
    with the gap that is why. What is `unnamed` could not be read either, but was never applied.
    """

    gaps: tuple[Gap, ...] = ()
    unsure: Mapping[ObjectId, Gap] = {}
    unnamed: tuple[Gap, ...] = ()

    @property
    def has_unread_applications(self) -> bool:
        """Whether a unit may have had an Application that is not known."""
        return any(_may_have_held(gap, _APPLICATIONS) for gap in self.gaps)

    def of(self, old: Object | None, new: Object) -> Gap | None:
        """Return why it is not known what an object was; None where it is known, also that it was not there."""
        if old:
            return self.unsure.get(old.id)
        return next((gap for gap in self.gaps if _may_have_held(gap, new.place)), None)

    def changes(self, environment: str) -> Iterator[Change]:
        """Yield a change of each file and folder."""
        for gap in self.gaps:
            yield Change(
                id=ObjectId("", "", "File" if _is_file(gap) else "Folder", "", _name(gap) or environment),
                unit=unit_of(gap.path),
                action=Action.UNCOMPARED,
                path="",
                display_path="",
                before=None,
                after=None,
                impact=Impact.UNKNOWN,
                reason=f"{gap.reason}; it could not be compared",
                instead=_INSTEAD,
            )

    def warnings(self, environment: str) -> Iterator[Finding]:
        """Yield a warning of each file and folder."""
        for gap in self.gaps:
            yield _warning(gap, environment, "it could not be compared", _INSTEAD)
        for gap in self.unnamed:
            yield _warning(gap, environment, "nothing that is applied names it", "")


def verdict(gap: Gap) -> Verdict:
    """Return what is said of an object that could not be compared."""
    reason = f"what it was is not known ({_name(gap) or 'the old side'}: {gap.reason})"
    return Verdict(Impact.UNKNOWN, reason, instead=_INSTEAD)


def _may_have_held(gap: Gap, place: str) -> bool:
    return gap.holds_objects and place.startswith(gap.part)


def _is_file(gap: Gap) -> bool:
    return bool(gap.path) and not gap.path.endswith("/")


def _name(gap: Gap) -> str:
    """Return a path without what could steer a terminal."""
    return gap.path if gap.path.isprintable() else ascii(gap.path)[1:-1]


def _warning(gap: Gap, environment: str, so: str, hint: str) -> Finding:
    return Finding(
        rule="diff-unreadable",
        severity=Severity.WARNING,
        message=f"{gap.reason}; {so}",
        file=f"{environment}/{_name(gap)}",
        line=gap.line,
        environment=environment,
        hint=hint,
    )
