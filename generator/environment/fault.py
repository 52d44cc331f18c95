"""What is wrong between values of an environment, reported at a line that its author wrote, if there is one."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from generator.finding import Finding, Severity, Where
from generator.schema import above, dotted, place
from generator.yamlio import Path

THERE = "{there}"
"""In a message: the file and line of the other value."""


class Fault(NamedTuple):
    """What is wrong with the value at `path`, alone or `beside` others that it does not go with.

    A value that is wrong alone is told where it is written. Of several, the author's is told, and the other one named:
    who did not write `path` but the first of `beside` reads `turned` there. `missing` is a value to be added.
    """

    rule: str
    path: Path
    message: str
    hint: str = ""
    beside: tuple[Path, ...] = ()
    turned: str = ""
    missing: bool = False
    severity: Severity = Severity.ERROR


def if_new(rule: str) -> str:
    """Return the end of a hint at what is in no list of ours: how to say that it is there by now."""
    return f"if Google has it by now, end the line with: # accepted {rule}: why"


def as_finding(fault: Fault, marks: Mapping[Path, Where]) -> Finding:
    """Return the finding at the line that its reader can change; `marks` are those of the merged environment."""
    own = marks.get((), Where("")).file
    at, written = place(fault.path, marks), fault.path in marks and not fault.missing
    theirs = next((path for path in fault.beside if path in marks and marks[path].file == own), None)
    path, where, message = fault.path, at, fault.message
    other = fault.beside[0] if fault.beside else fault.path
    if fault.missing or (fault.beside and at.file != own):
        where = above(fault.path, marks)
        if theirs is not None and (written or where == marks.get(())):
            path, where, other = theirs, marks[theirs], fault.path
            message = fault.turned or f"{dotted(fault.path)} {message}"
            message += f" ({THERE})" if written and THERE not in message else ""
        elif written:
            message += f"; inherited from {_line(at)}"
    message = message.replace(THERE, _line(place(other, marks)))
    found = Finding.at(where, fault.rule, message, path=dotted(path), hint=fault.hint)
    return replace(found, severity=fault.severity)


def caused(found: Finding, message: str, paths: Iterable[Path], marks: Mapping[Path, Where]) -> Finding:
    """Return a finding on a unit at the first of `paths` in the environment's own file: what is there caused it."""
    own = marks.get((), Where("")).file
    for path in paths:
        if path in marks and marks[path].file == own:
            line = f"{message} ({found.file}:{found.line})"
            at = marks[path]
            return replace(found, file=own, line=at.line, column=at.column, path=dotted(path), message=line, object="")
    return found


def _line(where: Where) -> str:
    return f"{where.file}:{where.line}"
