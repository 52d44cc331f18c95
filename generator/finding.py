"""A finding is data: what is wrong, where, under which rule, and how to mend it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

import msgspec

Value = TypeVar("Value")


class Severity(StrEnum):
    """An error stops the command; a warning is printed and the command goes on."""

    ERROR = "error"
    WARNING = "warning"


class Where(NamedTuple):
    """A place in a file somebody wrote. Lines and columns count from 1; 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """One problem. `path` is dotted in people's files (`network.pods`), a JSON pointer in an object."""

    rule: str
    message: str
    severity: Severity = Severity.ERROR
    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    hint: str = ""
    environment: str = ""
    object: str = ""

    @classmethod
    def at(cls, where: Where, rule: str, message: str, **more: str) -> "Finding":
        """Return an error at `where`; `more` are further fields of a finding (path, hint, object …)."""
        return cls(
            rule=rule,
            message=message,
            file=where.file,
            line=where.line,
            column=where.column,
            path=more.get("path", ""),
            hint=more.get("hint", ""),
            environment=more.get("environment", ""),
            object=more.get("object", ""),
        )


class Result(NamedTuple, Generic[Value]):
    """What a step made, and what is wrong with what it was given."""

    value: Value
    findings: tuple[Finding, ...] = ()


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings worst first, then by place; equal ones once."""
    return tuple(
        sorted(
            dict.fromkeys(findings),
            key=lambda f: (f.severity is not Severity.ERROR, f.file, f.line, f.column, f.object, f.path, f.message),
        )
    )


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that stop a command."""
    return tuple(f for f in findings if f.severity is Severity.ERROR)
