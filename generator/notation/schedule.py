"""Schedules of CronJobs and sync windows, read as the API server reads them (robfig/cron v3, ParseStandard).

https://pkg.go.dev/github.com/robfig/cron/v3#hdr-CRON_Expression_Format
"""

import re
from typing import NamedTuple

from generator.field import whole

_MACROS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_EVERY = re.compile(r"@every ([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+")
_PART = re.compile(r"(?P<from>\*|\?|\w+)(?:-(?P<to>\w+))?(?:/(?P<step>[0-9]+))?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DAYS_OF_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
"""The last day of each month that has fewer than 31, in the longest year."""


class _Field(NamedTuple):
    """One of the five fields: its values from `least` to `most`, and names for them."""

    least: int
    most: int
    names: tuple[str, ...] = ()

    def values(self, written: str) -> set[int] | None:
        """Return the values that a field means; None if the API server refuses it."""
        found: set[int] = set()
        for part in written.split(","):
            values = self._part(part)
            if values is None:
                return None
            found |= values
        return found

    def _part(self, written: str) -> set[int] | None:
        match = _PART.fullmatch(written)
        if match is None or (match["from"] in "*?" and match["to"]):
            return None
        step = whole(match["step"]) if match["step"] else 1
        first = self.least if match["from"] in "*?" else self._value(match["from"])
        last = self._last(match, first)
        if first is None or last is None or not step or not self.least <= first <= last <= self.most:
            return None
        return set(range(first, last + 1, step))

    def _last(self, match: re.Match[str], first: int | None) -> int | None:
        if match["to"]:
            return self._value(match["to"])
        return self.most if match["from"] in "*?" or match["step"] else first

    def _value(self, written: str) -> int | None:
        name = written.lower()
        return self.least + self.names.index(name) if name in self.names else whole(written)


_FIELDS = (_Field(0, 59), _Field(0, 23), _Field(1, 31), _Field(1, 12, _MONTHS), _Field(0, 6, _WEEKDAYS))


def is_schedule(written: str) -> bool:
    """Whether the API server takes a text as a schedule."""
    return written in _MACROS or _EVERY.fullmatch(written) is not None or _values(written) is not None


def never_fires(written: str) -> bool:
    """Whether a schedule means only days that no year has, such as 31 February."""
    values = _values(written)
    if values is None or written.split()[4] not in ("*", "?"):
        return False  # of a day of the month and one of the week, either is enough
    _, _, days, months, _ = values
    return all(day > _DAYS_OF_MONTH.get(month, 31) for day in days for month in months)


def _values(written: str) -> list[set[int]] | None:
    """Return the values of the five fields; None where they are not five, or one is refused."""
    fields = written.split()
    if len(fields) != len(_FIELDS):
        return None
    values = [field.values(text) for field, text in zip(_FIELDS, fields, strict=True)]
    known = [one for one in values if one is not None]
    return known if len(known) == len(values) else None
