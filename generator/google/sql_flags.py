"""Database flags of Cloud SQL for PostgreSQL: what each takes, and which versions of PostgreSQL have it."""

import re
from functools import cache
from typing import Literal, NamedTuple

from generator.field import whole
from generator.google.sql_flag_list import OTHERS, SWITCHES
from generator.suggestion import did_you_mean

PAGE = "https://docs.cloud.google.com/sql/docs/postgres/flags"
READ = "2026-11-30"
"""The day on which the page was read. New flags come: what is not here is a warning."""
NAME = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$"

_MOST = 2**31 - 1
_LAST = 99
_NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_UNIT = re.compile(r"-?[0-9.]+ *[A-Za-z]+")


class Flag(NamedTuple):
    """What a flag takes: on or off, numbers from `least` to `most`, words; and which versions of PostgreSQL have it."""

    takes: str
    least: float = -_MOST
    most: float = _MOST
    words: tuple[str, ...] = ()
    since: int = 0
    until: int = _LAST


class Problem(NamedTuple):
    """What is wrong with a flag: its name, its value or the version of PostgreSQL. An unknown name may be new."""

    at: Literal["name", "value", "version"]
    message: str
    hint: str
    is_unknown: bool = False


@cache
def flags() -> dict[str, Flag]:
    """Return every flag by its name."""
    switches = dict.fromkeys(SWITCHES.split(), "switch")
    others = dict(line.split(": ", 1) for line in OTHERS.replace("\\\n", "").strip().splitlines())
    return {name: _flag(written) for name, written in sorted({**switches, **others}.items())}


def _flag(written: str) -> Flag:
    takes, *words = written.split()
    since, until = (int(_after(word, words) or other) for word, other in (("since", 0), ("until", _LAST)))
    words = words[:-2] if since or until < _LAST else words
    if takes in ("whole", "number"):
        least, most = (*map(float, words), float(_MOST) if takes == "whole" else float("inf"))[:2]
        return Flag(takes, least, most, since=since, until=until)
    words = [word.replace("_", " ") if word.startswith(("read_", "repeatable_")) else word for word in words]
    return Flag(takes, words=tuple(words), since=since, until=until)


def _after(word: str, words: list[str]) -> str:
    """Return what follows a word at the end of a list, or ''."""
    return words[-1] if words[-2:-1] == [word] else ""


def problem(name: str, value: str, version: int) -> Problem | None:
    """Return what is wrong with a flag of an instance in a version of PostgreSQL; None if nothing is."""
    if re.fullmatch(NAME, name) is None:
        return Problem("name", "is no name of a flag", "lower-case letters, digits, _ and a dot")
    flag = flags().get(name)
    if flag is None:
        hint = did_you_mean(name, flags(), PAGE)
        return Problem("name", f"{name} is not a flag that Google listed on {READ}", hint, is_unknown=True)
    if version < flag.since:
        return Problem("version", f"is a flag of PostgreSQL {flag.since} and later", "take it out, or upgrade")
    if version > flag.until:
        message = f"is not a flag of PostgreSQL {version}: {flag.until} was the last to have it"
        return Problem("version", message, "take it out")
    message, hint = _of_value(flag, value)
    return Problem("value", message, hint) if message else None


def _of_value(flag: Flag, value: str) -> tuple[str, str]:
    if flag.takes in ("whole", "number"):
        read = whole(value) if flag.takes == "whole" else float(value) if _NUMBER.fullmatch(value) else None
        if read is None or not flag.least <= read <= flag.most:
            number = "a whole number" if flag.takes == "whole" else "a number"
            hint = "write the number alone, in PostgreSQL's unit for it" if _UNIT.fullmatch(value) else ""
            return f"must be {number} {_range(flag)}", hint
    if flag.takes == "switch" and value not in ("on", "off"):
        return 'must be "on" or "off"', ""
    said = [word.strip() for word in value.lower().split(",")] if flag.takes == "words" else [value.lower()]
    if flag.words and not set(said) <= {word.lower() for word in flag.words}:
        every = "each word of it " if flag.takes == "words" else ""
        return f"{every}must be one of {', '.join(flag.words)}".removeprefix(" "), ""
    return ("is empty", "") if flag.takes == "text" and not value else ("", "")


def _range(flag: Flag) -> str:
    most = "" if flag.most == float("inf") else f"to {flag.most:.10g}"
    return f"from {flag.least:.10g} {most}".rstrip() if most else f"of {flag.least:.10g} or more"
