"""Characters that no value may hold: some reader on the way to the cluster drops, changes or refuses them.

kustomize turns U+0085 into a blank and cannot build U+007F, U+FFFE or U+FFFF; bidirectional marks make a reviewer read
another text than the machine (CVE-2021-42574); private-use characters are the generator's own tokens. kustomize writes
text of several lines that begins with a tab, and the keys `<<` and `=`, so that it cannot read them back.
"""

from generator.environment.layers import Merged
from generator.finding import Finding
from generator.schema import dotted, place
from generator.tree import Sources
from generator.yamlio.faults import CHARACTER_HINT, REFUSED, characters, named

_TAB = "text of several lines cannot begin with a tab"


def scan(merged: Merged, sources: Sources) -> list[Finding]:
    """Return a finding for each key and value that holds such a character, and for each other line that does."""
    findings = [
        Finding.at(place(path, merged.marks), "character", named(found[0]), path=dotted(path), hint=CHARACTER_HINT)
        for path, text in [*merged.keys(), *merged.texts()]
        if (found := REFUSED.search(text))
    ]
    findings += [
        Finding.at(place(path, merged.marks), "character", _TAB, path=dotted(path))
        for path, text in merged.texts()
        if text.startswith("\t") and "\n" in text
    ]
    findings += [
        Finding.at(place(path, merged.marks), "character", f"'{key}' cannot be a key", path=dotted(path))
        for path, key in list(merged.keys())
        if key in ("<<", "=")
    ]
    told = {(finding.file, finding.line) for finding in findings}
    for file in sorted({where.file for where in merged.marks.values()} & sources.texts.keys()):
        lines = characters(sources.texts[file], file)
        findings += [finding for finding in lines if (file, finding.line) not in told]
    return findings
