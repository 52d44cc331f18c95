"""A review for a terminal: what it does in all on top, then the changes, worst first. Pure."""

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

_MIN_WIDTH = 60
_MAX_SENTENCE_WIDTH = 110
"""A sentence is no wider than this, however wide the terminal is."""
_COLUMN = 11
"""The column where the text beside an impact begins."""
_INDENT = " " * (_COLUMN + 2)
_TAIL, _VALUE = 48, 60
"""How many characters of a path and of a value are shown in a safe change."""
_NO_BREAK_SPACE = "\xa0"
"""No line is broken here; it is printed as a space."""
_LINES = 12
"""How many lines are shown of a value."""
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
    page.warnings(reviews)
    page.summary(reviews)
    page.lines += page.wrapped(wording.against(base), "  ") if base else []
    for impact, group in itertools.groupby(entries(reviews), lambda entry: entry.impact):
        page.lines.append("")
        for entry in group:
            where = _where(entry, reviews)
            page.compact(entry, where) if impact is Impact.SAFE else page.full(entry, where)
    if noise := wording.noise(reviews):
        page.lines += ["", *page.wrapped(noise, "")]
    return "\n".join(page.lines) + "\n"


def _where(entry: Entry, reviews: tuple[Review, ...]) -> str:
    """Return the environments of an entry; '' if only one is reviewed."""
    return (
        f"  [{wording.joined(entry.environments, _ENVIRONMENTS)}]".replace(", ", f",{_NO_BREAK_SPACE}")
        if len(reviews) > 1
        else ""
    )


def _broken_path(path: str, width: int) -> list[str]:
    """Return a path in parts that fit, broken after its dots if possible."""
    parts = [""]
    for step in re.findall(r"(?:\[[^\]]*\]|[^.])+\.?|\.", path):
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
        self.last_reason: tuple[str, ...] = ()

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
        changed_reviews = [review for review in reviews if review.changes]
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
        title = re.sub(r"\b([0-9]+) (?=[A-Z])", rf"\1{_NO_BREAK_SPACE}", wording.title(entry))
        first, *more = self.wrapped(title + where, _INDENT, " " * _COLUMN)
        self.lines += [self.impact(entry) + first[_COLUMN:], *more]
        for details, reason_of in entry.by_reason():
            for detail in details:
                self.lines += [] if wording.is_in_title(entry, detail) else self.detail(detail)
            self.lines += self.reason(entry.impact, reason_of)

    def reason(self, impact: Impact, detail: Detail) -> Iterator[str]:
        """Yield the reason and what to do instead, unless both are those printed last."""
        again, self.last_reason = (
            self.last_reason == (impact, detail.reason, detail.instead),
            (impact, detail.reason, detail.instead),
        )
        if again or not detail.reason:
            yield from [f"{_INDENT}why: as above"] if again and detail.reason and impact is not Impact.UNKNOWN else []
            return
        yield from self.wrapped(f"why: {detail.reason}", f"{_INDENT}     ", _INDENT)
        yield from self.wrapped(f"instead: {detail.instead}", f"{_INDENT}         ", _INDENT) if detail.instead else []

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
        for detail in entry.details:
            path = "" if wording.is_in_title(entry, detail) else detail.display_path
            path = f"…{path[-_TAIL:]}" if len(path) > _TAIL else path
            sentence = (
                f"{wording.title(entry)}{where}  {path}{value.shortened(wording.brief(detail), _VALUE) if path else ''}"
            )
            first, *more = self.wrapped(sentence.rstrip(), _INDENT, " " * _COLUMN, self.width)
            self.lines += [self.impact(entry) + first[_COLUMN:], *more]

    def impact(self, entry: Entry) -> str:
        return self.painted(f"{entry.impact:{_COLUMN - 2}}", _COLOURS[entry.impact]) + "  "

    def wrapped(self, sentence: str, indent: str, start: str = "", width: int = _MAX_SENTENCE_WIDTH) -> list[str]:
        width = min(self.width, width)
        text = harmless(sentence)
        lines = textwrap.wrap(text, width, initial_indent=start, subsequent_indent=indent, break_on_hyphens=False)
        return [line.replace(_NO_BREAK_SPACE, " ") for line in lines] or [start]

    def painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code else text
