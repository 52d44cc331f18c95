"""A plan for a terminal: what it does in all on top, then the changes, worst first. Pure."""

import itertools
import re
import textwrap
from collections.abc import Iterable, Iterator

from generator.history import Base
from generator.review import Impact, Review
from generator.views import findings
from generator.views.findings import harmless
from generator.views.review import value as plan_value
from generator.views.review import words as plan
from generator.views.review.summary import said
from generator.views.review.words import Row, Said

_LEAST = 60
_PROSE = 110
"""Sentences are no wider, however wide the terminal is."""
_COLUMN = 11
"""Where the text beside an impact begins."""
_INDENT = " " * (_COLUMN + 2)
_TAIL, _VALUE = 48, 60
"""So much of a path and of its values is shown of what is safe."""
_TIED = "\xa0"
"""A blank at which no line is broken."""
_LINES = 12
"""So many lines are shown of a value."""
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
    """Return the plan, no wider than `width` (but not under 60) as far as words can be broken; colour only if asked."""
    reviews, page = tuple(reviews), _Page(max(width, _LEAST), colour=colour)
    page.warnings(reviews)
    page.summary(reviews)
    page.lines += page.wrapped(plan.against(base), "  ") if base else []
    for impact, group in itertools.groupby(said(reviews), lambda one: one.impact):
        page.lines.append("")
        for one in group:
            where = _where(one, reviews)
            page.compact(one, where) if impact is Impact.SAFE else page.whole(one, where)
    if told := plan.noise(reviews):
        page.lines += ["", *page.wrapped(told, "")]
    return "\n".join(page.lines) + "\n"


def _where(one: Said, reviews: tuple[Review, ...]) -> str:
    """Return the environments; of one alone nothing needs to be said."""
    return f"  [{plan.listed(one.environments, _ENVIRONMENTS)}]".replace(", ", f",{_TIED}") if len(reviews) > 1 else ""


def _broken(path: str, width: int) -> list[str]:
    """Return a path in parts that fit, broken at its dots where it has some."""
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
        self.said: tuple[str, ...] = ()

    def warnings(self, reviews: tuple[Review, ...]) -> None:
        found = list(dict.fromkeys(one for review in reviews for one in review.findings))
        for one in found[:_WARNINGS]:
            for line in findings.text((one,)).splitlines():
                self.lines += self.wrapped(line, "  ")
        if len(found) > _WARNINGS:
            self.lines.append(f"and {plan.plural(len(found) - _WARNINGS, 'warning')} more")
        self.lines += [""] if found else []

    def summary(self, reviews: tuple[Review, ...]) -> None:
        """Say in a line or two per environment what changes there; those without a change are counted."""
        changed = [one for one in reviews if one.changes]
        if not changed:
            names = [one.environment for one in reviews]
            self.lines += self.wrapped(f"no changes in {plan.listed(names, _ENVIRONMENTS)}", "")
            return
        names = [plan_value.shortened(harmless(one.environment), _NAME) for one in changed]
        room = max(map(len, names))
        for one, name in zip(changed, names, strict=True):
            counts = plan.counted(plan.summary(one.changes)).replace(" ", _TIED).replace(f",{_TIED}", ", ")
            self.lines += self.wrapped(
                f"{name:{room}}  {plan.plural(len(one.changes), 'change')}: {counts}", " " * (room + 2)
            )
        self.lines += [told] if (told := plan.without(reviews)) else []

    def whole(self, one: Said, where: str) -> None:
        """Say what changes, in all its lines, why it is what it is, and what to do instead."""
        title = re.sub(r"\b([0-9]+) (?=[A-Z])", rf"\1{_TIED}", plan.title(one))
        first, *more = self.wrapped(title + where, _INDENT, " " * _COLUMN)
        self.lines += [self.impact(one) + first[_COLUMN:], *more]
        for rows, words in one.reasons():
            for row in rows:
                self.lines += [] if plan.is_title(one, row) else self.row(row)
            self.lines += self.words(one.impact, words)

    def words(self, impact: Impact, row: Row) -> Iterator[str]:
        """Say why and what to do instead, unless it is what was said last."""
        again, self.said = self.said == (impact, row.reason, row.instead), (impact, row.reason, row.instead)
        if again or not row.reason:
            yield from [f"{_INDENT}why: as above"] if again and row.reason and impact is not Impact.UNKNOWN else []
            return
        yield from self.wrapped(f"why: {row.reason}", f"{_INDENT}     ", _INDENT)
        yield from self.wrapped(f"instead: {row.instead}", f"{_INDENT}         ", _INDENT) if row.instead else []

    def row(self, row: Row) -> Iterator[str]:
        """Say one difference: behind its path if it fits, else in lines below it."""
        room, brief, path = self.width - len(_INDENT), plan.brief(row), harmless(row.shown)
        alone = len(path) + len(brief) <= room
        fits = plan.is_brief(row) and (alone or len(brief) <= room // 2)
        *start, last = [path] if fits and alone else _broken(path, room - 2 - (len(brief) if fits else len(_CHANGED)))
        last += brief if fits else f" {plan.happens(row)}"
        yield from (_INDENT + ("  " if at else "") + part for at, part in enumerate([*start, last]))
        for text in () if fits else plan_value.cut(row.lines, _LINES, room - 2):
            yield f"{_INDENT}  {self.painted(text, _SIGNS.get(text[:1], ''))}" if text.strip() else ""

    def compact(self, one: Said, where: str) -> None:
        """Say each difference without its reason, in one line if it is wide enough."""
        for row in one.rows:
            path = "" if plan.is_title(one, row) else row.shown
            path = f"…{path[-_TAIL:]}" if len(path) > _TAIL else path
            said = f"{plan.title(one)}{where}  {path}{plan_value.shortened(plan.brief(row), _VALUE) if path else ''}"
            first, *more = self.wrapped(said.rstrip(), _INDENT, " " * _COLUMN, self.width)
            self.lines += [self.impact(one) + first[_COLUMN:], *more]

    def impact(self, one: Said) -> str:
        return self.painted(f"{one.impact:{_COLUMN - 2}}", _COLOURS[one.impact]) + "  "

    def wrapped(self, sentence: str, indent: str, start: str = "", width: int = _PROSE) -> list[str]:
        width = min(self.width, width)
        text = harmless(sentence)
        lines = textwrap.wrap(text, width, initial_indent=start, subsequent_indent=indent, break_on_hyphens=False)
        return [line.replace(_TIED, " ") for line in lines] or [start]

    def painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code else text
