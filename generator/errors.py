"""Expected failures. Each carries its exit code; the CLI has the one handler, anything else is a bug of ours.

GeneratorError
├── InputInvalid     2  an environment, a unit or a template is wrong
├── ToolMissing      2  kustomize is neither on PATH nor in kubectl, or there is no git
├── CheckFailed      4  what was rendered must not be applied, or published
├── Conflict         5  what is published is not ours to write over
├── OutputUnwritable 6  the file system refused; the old tree stands
└── RemoteFailed     6  the repository could not be reached, or refused; nothing is published
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from generator.finding import Finding, errors, ordered

Given = TypeVar("Given")
Made = TypeVar("Made")


class GeneratorError(Exception):
    """An expected failure with everything that is wrong, worst first."""

    exit_code = 2

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keep the findings in printing order."""
        self.findings = ordered(findings)
        super().__init__("; ".join(finding.message for finding in self.findings))


class InputInvalid(GeneratorError):
    """Something a person wrote cannot be used."""


class ToolMissing(GeneratorError):
    """A program we call is not installed."""


class CheckFailed(GeneratorError):
    """The rendered tree does not build, or what it builds is refused."""

    exit_code = 4


class OutputUnwritable(GeneratorError):
    """The output folder could not be replaced; safe to run again."""

    exit_code = 6


class Conflict(GeneratorError):
    """Somebody else's files, a hand edit or a newer source stand where we would publish."""

    exit_code = 5


class RemoteFailed(GeneratorError):
    """The repository could not be reached, or refused; safe to run again."""

    exit_code = 6


def refuse(findings: Iterable[Finding]) -> None:
    """Raise CheckFailed with all findings where one of them is an error."""
    found = tuple(findings)
    if errors(found):
        raise CheckFailed(found)


def collected(stage: Callable[[Given], Made], items: Iterable[Given], problems: Iterable[Finding] = ()) -> list[Made]:
    """Run `stage` on every item, so that a mistake in one hides none in another.

    Raises InputInvalid with `problems` and what is wrong with any item.
    """
    made, found = [], list(problems)
    for item in items:
        try:
            made.append(stage(item))
        except InputInvalid as error:
            found += error.findings
    if found:
        raise InputInvalid(found)
    return made
