"""A plan as a comment on a pull request: what is worst on top and open, the rest folded, never longer than allowed. Pure."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator

from generator.history import Base
from generator.review import Impact, Review
from generator.views import findings
from generator.views.markdown import cell, code, fenced, prose
from generator.views.review import value as plan_value
from generator.views.review import words as plan
from generator.views.review.summary import said
from generator.views.review.words import Row, Said

MARKER = "<!-- codemie-manifests:plan -->"
"""The first line: by it the comment is found again, and replaced."""

_WARNINGS, _ROWS, _ENVIRONMENTS = 10, 30, 8
_LINES, _WIDTH = 16, 180
"""So much is shown of a value."""
_NAME, _PATH, _SENTENCE = 63, 300, 1500
"""So many characters of a name, of a path and of a sentence."""


def text(reviews: Iterable[Review], limit: int = 60_000, base: Base | None = None) -> str:
    """Return the plan in at most `limit` bytes of UTF-8; what is left out, the least bad first, is counted."""
    reviews = tuple(reviews)
    totals = plan.summary(change for one in reviews for change in one.changes)
    page = _Page(limit - len(_left_out(totals).encode()))
    for part in (f"{MARKER}\n", _verdict(reviews, totals)):
        if not page.add(part):
            return _shortest(totals, limit)
    against = f"{prose(plan_value.shortened(plan.against(base), _SENTENCE))}.\n\n" if base else ""
    for part in (against, *_warnings(reviews), _table(reviews, totals), _noise(reviews)):
        page.add(part)
    alone = len(reviews) == 1
    everything = [one._replace(environments=()) if alone else one for one in said(reviews)]
    shown = _sections(page, everything, totals)
    left = {impact: count - shown[impact] for impact, count in totals.items() if count > shown[impact]}
    return "".join(page.parts) + (_left_out(left) if left else "")


class _Page:
    """What fits."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.parts: list[str] = []

    def fits(self, part: str) -> bool:
        return len(part.encode()) <= self.room

    def add(self, part: str, closing: str = "") -> bool:
        """Add a part if it fits, with what must follow it sooner or later."""
        if not self.fits(part + closing):
            return False
        self.parts.append(part)
        self.room -= len(part.encode())
        return True


def _sections(page: _Page, everything: Iterable[Said], totals: dict[Impact, int]) -> Counter[Impact]:
    """Add a section for each impact, up to the first change that does not fit; return how many changes were said."""
    shown: Counter[Impact] = Counter()
    for impact, group in itertools.groupby(everything, lambda one: one.impact):
        opening, closing = _frame(impact, totals[impact])
        for number, part in _pieces(page, group, opening, closing):
            if not page.add(opening + part, closing):
                break
            shown[impact], opening = shown[impact] + number, ""
        page.add(closing if shown[impact] else "")
        if shown[impact] < totals[impact]:
            break
    return shown


def _pieces(page: _Page, group: Iterable[Said], opening: str, closing: str) -> Iterator[tuple[int, str]]:
    """Yield what is to be said, difference by difference where the whole does not fit."""
    told = ""
    for one in group:
        part = _change(one, told)
        if page.fits(opening + part + closing):
            yield one.number, part
        else:
            yield from ((piece.number, _change(piece, told)) for piece in one.parts())
        told = one.rows[-1].reason if one.impact is Impact.UNKNOWN else ""


def _frame(impact: Impact, count: int) -> tuple[str, str]:
    """Return what stands before and after the changes of an impact; what is less bad is folded."""
    head = f"{impact}: {plan.plural(count, 'change')}, {plan.MEANS[impact]}"
    if impact.rank <= Impact.EXPOSURE.rank:
        return f"### {head}\n\n", ""
    start = "\n" if impact is Impact.SAFE else ""  # its list does not end with an empty line
    return f"<details><summary>{head}</summary>\n\n", f"{start}</details>\n\n"


def _change(one: Said, told: str = "") -> str:
    """Return what is said of a change; why is left out where it was `told` just before."""
    where = f", in {_environments(one.environments)}" if one.environments else ""
    title = f"**{prose(plan_value.shortened(plan.title(one), _SENTENCE).strip() or '?')}**{where}"
    if one.impact is Impact.SAFE:
        return "".join(f"- {title}{_brief(one, row)}\n" for row in one.rows)
    return f"{title}\n\n" + "".join(_reasoned(one, rows, words, told) for rows, words in one.reasons())


def _brief(one: Said, row: Row) -> str:
    if plan.is_title(one, row):
        return ""
    return ": " + code(plan_value.shortened(row.shown, _PATH) + plan_value.shortened(plan.brief(row), _WIDTH))


def _reasoned(one: Said, rows: list[Row], words: Row, told: str) -> str:
    lines = [line for row in rows if not plan.is_title(one, row) for line in _difference(row)]
    source = f" ({code(words.source)})" if words.source and one.impact.rank <= Impact.EXPOSURE.rank else ""
    parts = [
        fenced(lines, "diff") if lines else "",
        f"Why: {prose(plan_value.shortened(words.reason, _SENTENCE))}{source}\n"
        if words.reason not in ("", told)
        else "",
        f"Instead: {prose(plan_value.shortened(words.instead, _SENTENCE))}\n" if words.instead else "",
    ]
    return "".join(f"{part}\n" for part in parts if part)


def _difference(row: Row) -> list[str]:
    return [f"@@ {plan_value.shortened(row.shown, _PATH)} @@", *plan_value.cut(row.lines, _LINES, _WIDTH)]


def _environments(names: Iterable[str]) -> str:
    return plan.listed((code(plan_value.shortened(name, _NAME)) for name in names), _ENVIRONMENTS)


def _verdict(reviews: tuple[Review, ...], totals: dict[Impact, int]) -> str:
    """Return what matters in one line."""
    warned = len({one for review in reviews for one in review.findings})
    warnings = f" {plan.plural(warned, 'warning')}." if warned else ""
    if not totals:
        return f"**No changes** in {_environments(one.environment for one in reviews)}.{warnings}\n\n"
    worst = next(iter(totals))
    where = _environments(one.environment for one in reviews if one.changes)
    others = f" {without}." if (without := plan.without(reviews)) else ""
    counts = f"{plan.plural(sum(totals.values()), 'change')} in {where}: {plan.counted(totals)}."
    return f"**{worst}: {plan.MEANS[worst]}.** {counts}{others}{warnings}\n\n"


def _warnings(reviews: tuple[Review, ...]) -> Iterator[str]:
    found = list(dict.fromkeys(one for review in reviews for one in review.findings))
    for one in found[:_WARNINGS]:
        line = " ".join(findings.text((one,)).split()).removeprefix("warning: ")
        yield f"- Warning: {prose(plan_value.shortened(line, _SENTENCE))}\n"
    if found:
        left = len(found) - _WARNINGS
        yield f"- and {plan.plural(left, 'warning')} more\n\n" if left > 0 else "\n"


def _table(reviews: tuple[Review, ...], totals: dict[Impact, int]) -> str:
    """Return how many changes of each impact there are in each environment that has any."""
    changed = [one for one in reviews if one.changes]
    if not changed:
        return ""
    rows: list[list[str]] = [["environment", *totals], ["---", *("--:" for _ in totals)]]
    for one in changed[:_ROWS]:
        counts = plan.summary(one.changes)
        rows.append(
            [cell(plan_value.shortened(one.environment, _NAME)), *(str(counts.get(impact, "")) for impact in totals)]
        )
    if len(changed) > _ROWS:
        rows.append([f"{len(changed) - _ROWS} more", *("" for _ in totals)])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows) + "\n"


def _noise(reviews: tuple[Review, ...]) -> str:
    sentence = plan.noise(reviews)
    return f"{prose(plan_value.shortened(sentence, _SENTENCE))}.\n\n" if sentence else ""


def _left_out(left: dict[Impact, int]) -> str:
    """Return what is not said here, and where it is."""
    return f"**Too long for a comment.** Left out: {plan.counted(left)}. `codemie-manifests diff` says them all.\n"


def _shortest(totals: dict[Impact, int], limit: int) -> str:
    """Return the counts alone, for where there is no room for a sentence."""
    sentence = f"{MARKER}\n{plan.counted(totals) or 'No changes'}\n"
    return sentence.encode()[: max(limit, 0)].decode(errors="ignore")
