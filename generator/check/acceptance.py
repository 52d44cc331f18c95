"""Warnings that somebody has accepted on their own line: `# accepted location-unknown: it opened in May`.

For what an environment or a profile says. What a unit's object may miss stands in its `exceptions`; an error never
passes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from generator.catalog import Plan
from generator.finding import Finding, Severity, Where
from generator.yamlio import comment

_ACCEPTED = re.compile(r"(?:^|#\s*)accepted ([a-z-]+(?:, *[a-z-]+)*):\s*\S")


def unaccepted(found: Iterable[Finding], plan: Plan, texts: Mapping[str, str], *, complete: bool) -> Iterator[Finding]:
    """Yield the findings that no comment accepts, and the comments of the environment's own file that accept nothing.

    Only `complete` findings show which comments nothing needs.
    """
    used: set[tuple[str, int, str]] = set()
    for finding in found:
        warning = finding.severity is Severity.WARNING and finding.line > 0
        if warning and finding.rule in _rules(comment(texts.get(finding.file, ""), finding.line)):
            used.add((finding.file, finding.line, finding.rule))
        else:
            yield finding
    own = plan.marks.get((), Where("")).file
    for line, text in enumerate(texts.get(own, "").splitlines(), 1):
        for rule in _rules(comment(text, 1)) if complete and "# accepted " in text else ():
            if (own, line, rule) not in used:
                hint = "remove the comment; it accepts a warning that names its own line and, in brackets, this rule"
                where, message = Where(own, line), f"the comment accepts nothing: there is no warning {rule} here"
                unused = Finding.at(where, "accepted-unused", message, hint=hint)
                yield replace(unused, severity=Severity.WARNING)


def _rules(said: str) -> tuple[str, ...]:
    """Return the rules that a comment accepts; none without a reason."""
    found = _ACCEPTED.search(said)
    return tuple(rule.strip() for rule in found[1].split(",")) if found else ()
