"""When GKE may upgrade a cluster: which windows it takes, and which times it is told to leave out. Read on 2026-11-30.

https://docs.cloud.google.com/kubernetes-engine/docs/how-to/maintenance-windows-and-exclusions: at least 48 hours in
every 32 days, counted in windows of four hours or more. Recurrences: RecurringTimeWindow of the API's reference.
"""

import datetime as dt
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Literal, NamedTuple

from generator.google import recurrence

PAGE = "https://docs.cloud.google.com/kubernetes-engine/docs/how-to/maintenance-windows-and-exclusions"
_SHORTEST = dt.timedelta(hours=4)
_LEAST = dt.timedelta(hours=48)
_PERIOD = dt.timedelta(days=32)
_LOOKED_AT = dt.timedelta(days=731)
"""How far it is looked ahead: two years have every length of a month."""
_FIELDS: tuple[Literal["start", "end"], ...] = ("start", "end")
_RFC_3339 = re.compile(r"[12]\d{3}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:?\d\d)")


class Problem(NamedTuple):
    """What GKE does not take, at which field of a window, alone or beside other fields of it.

    `turned` says it of the first field beside it.
    """

    at: Literal["start", "end", "recurrence"]
    message: str
    hint: str
    beside: tuple[Literal["start", "end", "recurrence"], ...] = ()
    turned: str = ""


class Window(NamedTuple):
    """A first window and how it recurs, as written."""

    start: str
    end: str
    recurrence: str


def instant(written: str) -> dt.datetime | None:
    """Return the moment that a text of RFC 3339 means; None where it is none, or the calendar has no such day."""
    if _RFC_3339.fullmatch(written) is None:
        return None
    try:
        return dt.datetime.fromisoformat(written.upper()).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def span_problems(start: str, end: str) -> Iterator[Problem]:
    """Yield what is wrong with a start and an end: a day that no calendar has, an end before its start."""
    moments = instant(start), instant(end)
    for moment, field in zip(moments, _FIELDS, strict=True):
        if moment is None:
            yield Problem(field, "is not a time of the calendar", "RFC 3339, such as 2026-01-03T01:00:00Z")
    if moments[0] and moments[1] and moments[1] <= moments[0]:
        hint = "a window that passes midnight ends on the next day"
        yield Problem("end", "must be after start", hint, ("start",), "must be before end")


def window_problems(window: Window) -> Iterator[Problem]:
    """Yield what GKE does not take of a recurring window."""
    wrong = [*span_problems(window.start, window.end)]
    yield from wrong
    if message := recurrence.problem(window.recurrence):
        yield Problem("recurrence", message, "RFC 5545, such as FREQ=WEEKLY;BYDAY=SA,SU")
    first, end = instant(window.start), instant(window.end)
    if wrong or message or first is None or end is None:
        return
    hint = f"GKE asks for {_hours(_LEAST)} hours in any {_PERIOD.days} days, in windows of {_hours(_SHORTEST)} or more"
    least, since = _least(first, end - first, window.recurrence)
    if least >= _LEAST:
        return
    if end - first < _SHORTEST and not least:
        yield Problem("end", f"is less than {_hours(_SHORTEST)} hours after start", hint, ("start", "recurrence"))
    else:
        message = f"leaves {_hours(least)} hours for maintenance in the {_PERIOD.days} days from {since:%Y-%m-%d}"
        yield Problem("recurrence", message, hint, ("start", "end"))


def _least(first: dt.datetime, length: dt.timedelta, written: str) -> tuple[dt.timedelta, dt.datetime]:
    """Return the least time for maintenance that any period has, and when that period begins."""
    until = first + _LOOKED_AT
    windows = _joined(recurrence.starts(written, first, until), length)
    ends = [end for _, end in windows]
    found = []
    for since in [first, *(end for end in ends if end + _PERIOD <= until)]:
        total, period_end = dt.timedelta(0), since + _PERIOD
        for start, end in windows[bisect_right(ends, since) :]:
            if start >= period_end:
                break
            total += min(end, period_end) - max(start, since)
        found.append((total, since))
    return min(found)


def _joined(starts: Iterator[dt.datetime], length: dt.timedelta) -> list[tuple[dt.datetime, dt.datetime]]:
    """Return the windows, those that touch as one, without those that are too short to count."""
    windows: list[tuple[dt.datetime, dt.datetime]] = []
    for start in starts:
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], start + length)
        else:
            windows.append((start, start + length))
    return [(start, end) for start, end in windows if end - start >= _SHORTEST]


def _hours(span: dt.timedelta) -> str:
    return f"{span / dt.timedelta(hours=1):g}"
