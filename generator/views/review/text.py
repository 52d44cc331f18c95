"""A review for a terminal: on top which objects have the worst of it, then the changes, worst first. Pure."""

import itertools
import re
import textwrap
from collections.abc import Iterable, Iterator

from generator.history import Base
from generator.review import Impact, Review
from generator.views import findings
from generator.views.findings import harmless
from generator.views.review import value, wording
from generator.views.review.entry import Detail, Entry
from generator.views.review.grouping import entries
from generator.views.review.headline import headlines

_MIN_WIDTH = 60
_MAX_SENTENCE_WIDTH = 110
"""A sentence is no wider than this, however wide the terminal is."""
_COLUMN = 11
"""The column where the text beside an impact begins."""
_INDENT = " " * (_COLUMN + 2)
_TAIL, _VALUE = 48, 42
"""How many characters of a path and of each value are shown in a safe change."""
_NO_BREAK_SPACE = "\xa0"
"""No line is broken here; it is printed as a space."""
_LINES = 12
"""How many lines are shown of a value."""
_STEP = r"(?:\[[^\]]*\]|[^.])+\.?|\."
"""A step of a path, with the dot behind it."""
_CHANGED = " changed"
_WARNINGS = 3
_ENVIRONMENTS, _NAME = 6, 32
_COLOURS = {
    Impact.DATA_LOSS: "1;31",
    Impact.BLOCKED: "1;31",
    Impact.OUTAGE: "1;33",
    Impact.EXPOSURE: "1;33",
    Impact.ORPHAN: "33",
    Impact.RESTART: "36",
    Impact.SCALE: "36",
    Impact.UNKNOWN: "35",
    Impact.SAFE: "32",
}
_SIGNS = {"-": "31", "+": "32"}


def text(reviews: Iterable[Review], width: int, *, base: Base | None = None, colour: bool = False) -> str:
    """Return the review, no wider than `width` (at least 60) where words can be broken; colour only if asked for."""
    reviews, page = tuple(reviews), _Page(max(width, _MIN_WIDTH), colour=colour)
    found = entries(reviews)
    page.headlines(found, reviews)
    page.warnings(reviews)
    page.summary(reviews)
    page.lines += page.wrapped(wording.against(base), "  ") if base else []
    for impact, group in itertools.groupby(found, lambda entry: entry.impact):
        page.lines.append("")
        for entry in group:
            where = _where(entry.environments, reviews)
            page.compact(entry, where) if impact is Impact.SAFE else page.full(entry, where)
    if noise := wording.noise(reviews):
        page.lines += ["", *page.wrapped(noise, "")]
    return "\n".join(page.lines) + "\n"


def _where(environments: tuple[str, ...], reviews: tuple[Review, ...]) -> str:
    """Return the environments of an entry; '' if only one changes."""
    if len(wording.changed(reviews)) <= 1:
        return ""
    return f"  [{wording.joined(environments, _ENVIRONMENTS)}]".replace(", ", f",{_NO_BREAK_SPACE}")


def _with_counts(title: str) -> str:
    """Return a title in which no line is broken behind a count."""
    return re.sub(r"\b([0-9]+) (?=[A-Z])", rf"\1{_NO_BREAK_SPACE}", title)


def _end(path: str) -> str:
    """Return a path, or its last steps where it is long."""
    if len(path) <= _TAIL:
        return path
    steps = re.findall(_STEP, path[-_TAIL:])
    return f"…{''.join(steps[1:])}" if len(steps) > 1 else f"…{path[-_TAIL:]}"


def _broken_path(path: str, width: int) -> list[str]:
    """Return a path in parts that fit, broken after its dots if possible."""
    parts = [""]
    for step in re.findall(_STEP, path):
        for piece in textwrap.wrap(step, width, drop_whitespace=False, break_on_hyphens=False):
            if len(parts[-1]) + len(piece) > width and parts[-1]:
                parts.append("")
            parts[-1] += piece
    return parts


class _Page:
    """The lines so far, and how wide they may be."""

    def __init__(self, width: int, *, colour: bool) -> None:
        self.width, self.colour = width, colour
        self.lines: list[str] = []
        self.last_reason: tuple[object, ...] = ()

    def headlines(self, found: tuple[Entry, ...], reviews: tuple[Review, ...]) -> None:
        """Add a line for each impact that somebody must look at, with the objects that have it."""
        for headline in headlines(entry for entry in found if entry.impact is not Impact.SAFE):
            subjects = [f"{title}{_where(environments, reviews)}" for title, environments in headline.subjects]
            subjects += [f"and {headline.more} more"] if headline.more else []
            first, *more = self.wrapped(_with_counts("; ".join(subjects)), _INDENT, " " * _COLUMN)
            self.lines += [self.impact(headline.impact) + first[_COLUMN:], *more]
        self.lines += [""] if self.lines else []

    def warnings(self, reviews: tuple[Review, ...]) -> None:
        warnings = list(dict.fromkeys(finding for review in reviews for finding in review.findings))
        for finding in warnings[:_WARNINGS]:
            for line in findings.text((finding,)).splitlines():
                self.lines += self.wrapped(line, "  ")
        if len(warnings) > _WARNINGS:
            self.lines.append(f"and {wording.plural(len(warnings) - _WARNINGS, 'warning')} more")
        self.lines += [""] if warnings else []

    def summary(self, reviews: tuple[Review, ...]) -> None:
        """Add a line or two per environment with changes, and count the environments without."""
        changed_reviews = wording.changed(reviews)
        if not changed_reviews:
            names = [review.environment for review in reviews]
            self.lines += self.wrapped(f"no changes in {wording.joined(names, _ENVIRONMENTS)}", "")
            return
        names = [value.shortened(harmless(review.environment), _NAME) for review in changed_reviews]
        room = max(map(len, names))
        for review, name in zip(changed_reviews, names, strict=True):
            counts = (
                wording.counted(wording.impact_counts(review.changes))
                .replace(" ", _NO_BREAK_SPACE)
                .replace(f",{_NO_BREAK_SPACE}", ", ")
            )
            counts += wording.not_compared([review])
            self.lines += self.wrapped(
                f"{name:{room}}  {wording.plural(len(review.changes), 'change')}: {counts}", " " * (room + 2)
            )
        self.lines += [unchanged] if (unchanged := wording.unchanged(reviews)) else []

    def full(self, entry: Entry, where: str) -> None:
        """Add an entry with all its details, its reasons, and what to do instead."""
        first, *more = self.wrapped(_with_counts(wording.title(entry)) + where, _INDENT, " " * _COLUMN)
        self.lines += [self.impact(entry.impact) + first[_COLUMN:], *more]
        for details, reason_of in entry.by_reason():
            for detail in details:
                self.lines += [] if wording.is_in_title(entry, detail) else self.detail(detail)
            self.lines += self.reason(entry.impact, reason_of)

    def reason(self, impact: Impact, detail: Detail) -> Iterator[str]:
        """Yield the reason and what to do instead, unless both are those printed last."""
        reason = (impact, detail.reason, detail.instead, detail.also)
        again, self.last_reason = self.last_reason == reason, reason
        if again or not detail.reason:
            yield from [f"{_INDENT}why: as above"] if again and detail.reason and impact is not Impact.UNKNOWN else []
            return
        yield from self.wrapped(f"why: {detail.reason}", f"{_INDENT}     ", _INDENT)
        yield from self.wrapped(f"instead: {detail.instead}", f"{_INDENT}         ", _INDENT) if detail.instead else []
        for verdict in detail.also:
            yield from self.wrapped(f"also {verdict.impact}: {verdict.reason}", f"{_INDENT}     ", _INDENT)

    def detail(self, detail: Detail) -> Iterator[str]:
        """Yield one difference: on the line of its path if it fits, else in lines below it."""
        room, brief, path = self.width - len(_INDENT), wording.brief(detail), harmless(detail.display_path)
        fits_beside = len(path) + len(brief) <= room
        fits = wording.is_brief(detail) and (fits_beside or len(brief) <= room // 2)
        *start, last = (
            [path] if fits and fits_beside else _broken_path(path, room - 2 - (len(brief) if fits else len(_CHANGED)))
        )
        last += brief if fits else f" {wording.verb(detail)}"
        yield from (_INDENT + ("  " if at else "") + part for at, part in enumerate([*start, last]))
        for text in () if fits else value.cut(detail.lines, _LINES, room - 2):
            yield f"{_INDENT}  {self.painted(text, _SIGNS.get(text[:1], ''))}" if text.strip() else ""

    def compact(self, entry: Entry, where: str) -> None:
        """Add each difference of an entry without its reason, in one line if it is wide enough."""
        if paths := wording.paths(entry):
            first, *more = self.wrapped(f"{wording.title(entry)}{where}  {paths}", _INDENT, " " * _COLUMN, self.width)
            self.lines += [self.impact(entry.impact) + first[_COLUMN:], *more]
            return
        for detail in entry.details:
            shown = detail._replace(lines=tuple(value.cut(detail.lines, len(detail.lines), _VALUE)))
            what = "" if wording.is_in_title(entry, detail) else f"  {_end(detail.display_path)}{wording.brief(shown)}"
            sentence = f"{_with_counts(wording.title(entry))}{where}{what}"
            first, *more = self.wrapped(sentence, _INDENT, " " * _COLUMN, self.width)
            self.lines += [self.impact(entry.impact) + first[_COLUMN:], *more]

    def impact(self, impact: Impact) -> str:
        return self.painted(f"{impact:{_COLUMN - 2}}", _COLOURS[impact]) + "  "

    def wrapped(self, sentence: str, indent: str, start: str = "", width: int = _MAX_SENTENCE_WIDTH) -> list[str]:
        width = min(self.width, width)
        text = harmless(sentence)
        lines = textwrap.wrap(text, width, initial_indent=start, subsequent_indent=indent, break_on_hyphens=False)
        return [line.replace(_NO_BREAK_SPACE, " ") for line in lines] or [start]

    def painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code else text
