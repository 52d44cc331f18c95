"""Findings as lines: `environments/prod.yaml:14:3: network.pods: overlaps network.nodes [network-overlap]`."""

import re
from collections.abc import Iterable
from typing import Any

from generator.finding import Finding, Severity
from generator.yamlio.faults import REFUSED

_UNSAFE = re.compile(f"[\t\n]|{REFUSED.pattern}")
"""What a file name or a key could do to a terminal, or to the reader of a log."""


def text(findings: Iterable[Finding]) -> str:
    """Return a line per finding, and its hint below it."""
    return "".join(_line(finding) for finding in once(findings))


def once(findings: Iterable[Finding], earlier: Iterable[Finding] = ()) -> tuple[Finding, ...]:
    """Return the findings that read differently from each other and from those `before`.

    What is wrong in a profile is found in every environment that extends it, and is to be read once.
    """
    earlier_lines = {_line(finding) for finding in earlier}
    lines = {_line(finding): finding for finding in reversed(tuple(findings))}
    return tuple(finding for line, finding in reversed(lines.items()) if line not in earlier_lines)


def harmless(text: str) -> str:
    """Return a text in which no character does anything: what is not plain is named, as `<U+001B>`."""
    return _UNSAFE.sub(lambda found: f"<U+{ord(found[0]):04X}>", text)


def as_json(findings: Iterable[Finding]) -> str:
    """Return {"schema": 1, "findings": […]}.

    A finding is {rule, severity, file, line, column, path, message, hint, environment, object}.
    """
    import json

    return json.dumps({"schema": 1, "findings": objects(findings)}, indent=2, ensure_ascii=True) + "\n"


def objects(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return the findings as they stand in every JSON document, equal ones once."""
    import msgspec

    return [msgspec.to_builtins(finding) for finding in dict.fromkeys(findings)]


def _line(finding: Finding) -> str:
    place = ":".join(str(part) for part in (finding.file, finding.line, finding.column) if part)
    severity = "warning: " if finding.severity is Severity.WARNING else ""
    parts = [part for part in (place or finding.environment, finding.object, finding.path) if part]
    lines = [f"{severity}{': '.join([*parts, finding.message])} [{finding.rule}]"]
    lines += [f"  hint: {finding.hint}"] if finding.hint else []
    return "\n".join(harmless(line) for line in lines) + "\n"
