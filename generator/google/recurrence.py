"""Recurrences of RFC 5545, as GKE takes them: https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import NamedTuple

from generator.field import whole

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DAY = re.compile(rf"([+-]?[1-9][0-9]?)?({'|'.join(_DAYS)})")
_UNTIL = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
_WEEKS_OF_MONTH, _WEEKS_OF_YEAR = 5, 53
_MOST = 10**6
"""Of a count or an interval; more is beyond any calendar."""


class _Numbers(NamedTuple):
    """A list of numbers from `least` to `most`, or counted from the end by a minus; and with which FREQ it goes."""

    least: int
    most: int
    from_end: bool = False
    goes_with: tuple[str, ...] = _FREQUENCIES


_NUMBERS = {
    "BYSECOND": _Numbers(0, 59),
    "BYMINUTE": _Numbers(0, 59),
    "BYHOUR": _Numbers(0, 23),
    "BYMONTHDAY": _Numbers(1, 31, from_end=True, goes_with=("DAILY", "MONTHLY", "YEARLY")),
    "BYYEARDAY": _Numbers(1, 366, from_end=True, goes_with=("YEARLY",)),
    "BYWEEKNO": _Numbers(1, 53, from_end=True, goes_with=("YEARLY",)),
    "BYMONTH": _Numbers(1, 12),
    "BYSETPOS": _Numbers(1, 366, from_end=True),
}
_PARTS = ("FREQ", "UNTIL", "COUNT", "INTERVAL", "BYDAY", "WKST", *_NUMBERS)


def problem(written: str) -> str:
    """Return what RFC 5545, or GKE, does not take in a recurrence, or ''."""
    pairs = [part.partition("=") for part in written.split(";")]
    parts = {name: value for name, _, value in pairs}
    if any(name not in _PARTS for name in parts):
        return f"must have no other parts than {', '.join(_PARTS)}"
    if len(parts) < len(pairs):
        return "has a part twice"
    frequency = parts.get("FREQ")
    if frequency not in _FREQUENCIES:
        return f"must have FREQ={', '.join(_FREQUENCIES[:-1])} or {_FREQUENCIES[-1]}"
    if wrong := next((f"{name} {why}" for name, value in parts.items() if (why := _wrong(name, value, frequency))), ""):
        return wrong
    return _wrong_together(parts, frequency)


def _wrong_together(parts: Mapping[str, str], frequency: str) -> str:
    """Return which parts do not go with each other, or ''; days may be numbered, such as the second Monday."""
    if "COUNT" in parts and "UNTIL" in parts:
        return "has COUNT beside UNTIL"
    if "BYSETPOS" in parts and not any(name.startswith("BY") and name != "BYSETPOS" for name in parts):
        return "has BYSETPOS without a list that it chooses from, such as BYDAY"
    numbers = [int(day[1]) for text in parts.get("BYDAY", "").split(",") if (day := _BY_DAY.fullmatch(text)) and day[1]]
    if numbers and frequency not in ("MONTHLY", "YEARLY"):
        return "BYDAY may number days only with FREQ=MONTHLY or YEARLY"
    if numbers and "BYWEEKNO" in parts:
        return "BYDAY must not number days beside BYWEEKNO"
    of_month = frequency == "MONTHLY" or "BYMONTH" in parts
    most = _WEEKS_OF_MONTH if of_month else _WEEKS_OF_YEAR
    return f"BYDAY must not number days above {most}" if any(abs(number) > most for number in numbers) else ""


def _wrong(name: str, value: str, frequency: str) -> str:
    """Return what is wrong with the value of a part, or ''."""
    if name in _NUMBERS:
        return _wrong_numbers(_NUMBERS[name], value, frequency)
    if name == "BYDAY" and not all(map(_BY_DAY.fullmatch, value.split(","))):
        return f"must list {', '.join(_DAYS)}"
    if name == "WKST" and value not in _DAYS:
        return f"must be one of {', '.join(_DAYS)}"
    if name in ("COUNT", "INTERVAL") and not 1 <= (whole(value) or 0) <= _MOST:
        return "must be a whole number, at least 1"
    no_date = name == "UNTIL" and (_UNTIL.fullmatch(value) is None or _until(value) is None)
    return "must be a date such as 20261231T000000Z" if no_date else ""


def _wrong_numbers(numbers: _Numbers, value: str, frequency: str) -> str:
    if frequency not in numbers.goes_with:
        return f"does not go with FREQ={frequency}"
    for text in value.split(","):
        number = whole(text.removeprefix("+"))
        if number is None or not numbers.least <= (abs(number) if numbers.from_end else number) <= numbers.most:
            also = " (or counted from the end, by a minus)" if numbers.from_end else ""
            return f"must list numbers from {numbers.least} to {numbers.most}{also}"
    return ""


def _until(value: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(value.removesuffix("Z"))
    except ValueError:
        return None


_CYCLE, _LATEST = 400, 9600
"""The calendar repeats after so many years; there are about as many left after the latest one that we count in."""


def starts(written: str, first: dt.datetime, before: dt.datetime) -> Iterator[dt.datetime]:
    """Yield when a recurrence without a problem starts, in UTC: from the first time, and before the last.

    It is counted in the last years that Python's dates reach: there the search for a day that never comes ends soon.
    """
    from dateutil.rrule import rrulestr

    later = (_LATEST - first.year) // _CYCLE * _CYCLE
    parts = [part.partition("=") for part in written.split(";")]
    until = next((_until(value) for name, _, value in parts if name == "UNTIL"), None)
    last = until.replace(tzinfo=dt.UTC) if until else before
    rule = ";".join(f"{name}={value}" for name, _, value in parts if name != "UNTIL")
    found = rrulestr(rule, dtstart=_moved(first, later).replace(tzinfo=None))
    return takewhile(
        lambda start: start < before and start <= last,
        (_moved(start, -later).replace(tzinfo=dt.UTC) for start in found),
    )


def _moved(moment: dt.datetime, years: int) -> dt.datetime:
    return moment.replace(year=moment.year + years)
