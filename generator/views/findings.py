"""Findings as lines: `environments/prod.yaml:14:3: network.pods: overlaps network.nodes [network-overlap]`."""

from collections.abc import Iterable

from generator.finding import Finding, Severity


def text(findings: Iterable[Finding]) -> str:
    """Return a line per finding, and its hint below it."""
    return "".join(_line(finding) for finding in findings)


def _line(finding: Finding) -> str:
    place = ":".join(str(part) for part in (finding.file, finding.line, finding.column) if part)
    severity = "warning: " if finding.severity is Severity.WARNING else ""
    parts = [part for part in (place or finding.environment, finding.object, finding.path) if part]
    line = f"{severity}{': '.join([*parts, finding.message])} [{finding.rule}]\n"
    return line + (f"  hint: {finding.hint}\n" if finding.hint else "")
