"""A review as a comment on a pull request: short ones open, of long ones what is worst, never too long. Pure."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator

from generator.history import Base
from generator.review import Impact, Review
from generator.views import findings
from generator.views.markdown import cell, code, fenced, prose
from generator.views.review import value, wording
from generator.views.review.entry import Detail, Entry
from generator.views.review.grouping import entries
from generator.views.review.headline import Headline, Subject, headlines

MARKER = "<!-- codemie-manifests:plan -->"
"""The first line: by it the comment is found again, and replaced."""

_SHORT = 4_000
"""A review of up to so many bytes is not folded."""
_WARNINGS, _ROWS, _ENVIRONMENTS = 10, 30, 8
_LINES, _WIDTH = 16, 180
"""How many lines of a value are shown, and how many characters of a line."""
_NAME, _PATH, _SENTENCE = 63, 300, 1500
"""How many characters are shown of a name, of a path and of a sentence."""


def text(reviews: Iterable[Review], limit: int = 60_000, base: Base | None = None) -> str:
    """Return the review in at most `limit` bytes of UTF-8; what is left out, the least bad first, is counted."""
    reviews = tuple(reviews)
    found = entries(reviews)
    short, is_whole = _text(reviews, found, min(limit, _SHORT), base, folded=False)
    return short if is_whole else _text(reviews, found, limit, base, folded=True)[0]


def _text(
    reviews: tuple[Review, ...], found: tuple[Entry, ...], limit: int, base: Base | None, *, folded: bool
) -> tuple[str, bool]:
    """Return the review, the less severe impacts `folded`, and whether all of it is there."""
    changes = [change for review in reviews for change in review.changes]
    totals, impacts = wording.worst_counts(changes), wording.impact_counts(changes)
    page = _Page(limit - len(_left_out(totals).encode()))
    tops = tuple(headlines(found))
    for part in (f"{MARKER}\n", _first_line(reviews, tops, impacts)):
        if not page.add(part):
            return _shortest(totals, limit), False
    for part in (*_others(reviews, tops), *_warnings(reviews), _table(reviews, impacts), _against(base)):
        page.add(part)
    if len(wording.changed(reviews)) == 1:
        found = tuple(entry._replace(environments=()) for entry in found)
    shown = _sections(page, found, totals, folded=folded)
    page.add(_noise(reviews))
    left = {impact: count - shown[impact] for impact, count in totals.items() if count > shown[impact]}
    return "".join(page.parts) + (_left_out(left) if left else ""), page.is_whole


class _Page:
    """The parts that fit in the room there is."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.parts: list[str] = []
        self.is_whole = True

    def fits(self, part: str) -> bool:
        return len(part.encode()) <= self.room

    def add(self, part: str, closing: str = "") -> bool:
        """Add a part if it fits, with what must follow it sooner or later."""
        if not self.fits(part + closing):
            self.is_whole = False
            return False
        self.parts.append(part)
        self.room -= len(part.encode())
        return True


def _sections(page: _Page, found: tuple[Entry, ...], totals: dict[Impact, int], *, folded: bool) -> Counter[Impact]:
    """Add a section for each impact, up to the first change that does not fit; return how many it shows of each."""
    shown_counts: Counter[Impact] = Counter()
    for impact, group in itertools.groupby(found, lambda entry: entry.impact):
        is_open = not folded or impact.rank <= Impact.EXPOSURE.rank or impact is found[0].impact
        opening, closing = _frame(impact, totals[impact], folded=not is_open)
        for count, part in _fitting(page, group, opening, closing):
            if not page.add(opening + part, closing):
                break
            shown_counts[impact], opening = shown_counts[impact] + count, ""
        page.add(closing if shown_counts[impact] else "")
        if shown_counts[impact] < totals[impact]:
            break
    return shown_counts


def _fitting(page: _Page, group: Iterable[Entry], opening: str, closing: str) -> Iterator[tuple[int, str]]:
    """Yield the entries with how many changes each holds, detail by detail where a whole entry does not fit."""
    last_reason = ""
    for entry in group:
        part = _change(entry, last_reason)
        if page.fits(opening + part + closing):
            yield entry.change_count, part
        else:
            yield from ((piece.change_count, _change(piece, last_reason)) for piece in entry.by_detail())
        last_reason = entry.details[-1].reason if entry.impact is Impact.UNKNOWN else ""


def _frame(impact: Impact, count: int, *, folded: bool) -> tuple[str, str]:
    """Return what is before and after the changes of an impact."""
    head = f"{impact}: {wording.MEANS[impact]} ({wording.plural(count, 'change')})"
    end = "\n" if impact is Impact.SAFE else ""  # its list does not end with an empty line
    if folded:
        return f"<details><summary>{head}</summary>\n\n", f"{end}</details>\n\n"
    return f"### {head}\n\n", end


def _change(entry: Entry, last_reason: str = "") -> str:
    """Return an entry; its reason is left out where it is the one before it, `last_reason`."""
    where = f", in {_environments(entry.environments)}" if entry.environments else ""
    title = f"**{prose(value.shortened(wording.title(entry), _SENTENCE).strip() or '?')}**{where}"
    if entry.impact is Impact.SAFE:
        if paths := wording.paths(entry):
            return f"- {title}: {code(value.shortened(paths, _SENTENCE))}\n"
        return "".join(f"- {title}{_brief(entry, detail)}\n" for detail in entry.details)
    return f"{title}\n\n" + "".join(
        _with_reason(entry, details, reason_of, last_reason) for details, reason_of in entry.by_reason()
    )


def _brief(entry: Entry, detail: Detail) -> str:
    if wording.is_in_title(entry, detail):
        return ""
    return ": " + code(value.shortened(detail.display_path, _PATH) + value.shortened(wording.brief(detail), _WIDTH))


def _with_reason(entry: Entry, details: list[Detail], reason_of: Detail, last_reason: str) -> str:
    lines = [line for detail in details if not wording.is_in_title(entry, detail) for line in _difference(detail)]
    source = f" ({code(reason_of.source)})" if reason_of.source and entry.impact.rank <= Impact.EXPOSURE.rank else ""
    parts = [
        fenced(lines, "diff") if lines else "",
        f"Why: {prose(value.shortened(reason_of.reason, _SENTENCE))}{source}\n"
        if reason_of.reason not in ("", last_reason)
        else "",
        f"Instead: {prose(value.shortened(reason_of.instead, _SENTENCE))}\n" if reason_of.instead else "",
        *(
            f"Also {verdict.impact}: {prose(value.shortened(verdict.reason, _SENTENCE))}\n"
            for verdict in reason_of.also
        ),
    ]
    return "".join(f"{part}\n" for part in parts if part)


def _difference(detail: Detail) -> list[str]:
    return [f"@@ {value.shortened(detail.display_path, _PATH)} @@", *value.cut(detail.lines, _LINES, _WIDTH)]


def _environments(names: Iterable[str]) -> str:
    return wording.joined((code(value.shortened(name, _NAME)) for name in names), _ENVIRONMENTS)


def _first_line(reviews: tuple[Review, ...], tops: tuple[Headline, ...], totals: dict[Impact, int]) -> str:
    """Return which objects have the worst impact, then all impacts counted."""
    warning_count = len({finding for review in reviews for finding in review.findings})
    warnings = f" {wording.plural(warning_count, 'warning')}." if warning_count else ""
    if not totals:
        return f"**No changes** in {_environments(review.environment for review in reviews)}.{warnings}\n\n"
    changed = [review.environment for review in wording.changed(reviews)]
    unchanged = f" {without}." if (without := wording.unchanged(reviews)) else ""
    count = sum(len(review.changes) for review in reviews)
    counted = f"{wording.counted(totals)}{wording.not_compared(reviews)}"
    counts = f"{wording.plural(count, 'change')} in {_environments(changed)}: {counted}."
    return f"{_named(tops[0], changed)}. {counts}{unchanged}{warnings}\n\n"


def _others(reviews: tuple[Review, ...], tops: tuple[Headline, ...]) -> Iterator[str]:
    """Yield which objects have the other impacts that somebody must look at."""
    changed = [review.environment for review in wording.changed(reviews)]
    yield from (f"- {_named(other, changed)}\n" for other in tops[1:])
    yield "\n" if tops[1:] else ""


def _named(headline: Headline, changed: list[str]) -> str:
    """Return `**outage**: StatefulSet keycloakx in `prod`; Gateway edge in `dev`; and 3 more`."""
    subjects = [_subject(subject, changed) for subject in headline.subjects]
    subjects += [f"and {headline.more} more"] if headline.more else []
    reason = f": {prose(headline.reason)}" if headline.reason else ""
    return f"**{headline.impact}**: {'; '.join(subjects)}{reason}"


def _subject(subject: Subject, changed: list[str]) -> str:
    where = f" in {_environments(subject.environments)}" if len(changed) > 1 else ""
    return f"{prose(subject.title.strip() or '?')}{where}"


def _warnings(reviews: tuple[Review, ...]) -> Iterator[str]:
    warnings = list(dict.fromkeys(finding for review in reviews for finding in review.findings))
    for finding in warnings[:_WARNINGS]:
        line = " ".join(findings.text((finding,)).split()).removeprefix("warning: ")
        yield f"- Warning: {prose(value.shortened(line, _SENTENCE))}\n"
    if warnings:
        left = len(warnings) - _WARNINGS
        yield f"- and {wording.plural(left, 'warning')} more\n\n" if left > 0 else "\n"


def _table(reviews: tuple[Review, ...], totals: dict[Impact, int]) -> str:
    """Return how many changes of each impact there are in each environment; '' where the first line has said that."""
    changed_reviews = wording.changed(reviews)
    if len(changed_reviews) <= 1:
        return ""
    rows: list[list[str]] = [["environment", *totals], ["---", *("--:" for _ in totals)]]
    for review in changed_reviews[:_ROWS]:
        counts = wording.impact_counts(review.changes)
        rows.append(
            [cell(value.shortened(review.environment, _NAME)), *(str(counts.get(impact, "")) for impact in totals)]
        )
    if len(changed_reviews) > _ROWS:
        rows.append([f"{len(changed_reviews) - _ROWS} more", *("" for _ in totals)])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows) + "\n"


def _against(base: Base | None) -> str:
    if base is None:
        return ""
    against = value.shortened(wording.against(base), _SENTENCE)
    return f"{prose(against[0].upper() + against[1:])}.\n\n"


def _noise(reviews: tuple[Review, ...]) -> str:
    sentence = wording.noise(reviews)
    return f"{prose(value.shortened(sentence, _SENTENCE))}.\n\n" if sentence else ""


def _left_out(left: dict[Impact, int]) -> str:
    """Return what is not shown here, and where it is."""
    return f"**Too long for a comment.** Left out: {wording.counted(left)}. `codemie-manifests diff` says them all.\n"


def _shortest(totals: dict[Impact, int], limit: int) -> str:
    """Return the counts alone, for where there is no room for a sentence."""
    sentence = f"{MARKER}\n{wording.counted(totals) or 'No changes'}\n"
    return sentence.encode()[: max(limit, 0)].decode(errors="ignore")
