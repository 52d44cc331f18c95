"""Characters that no value may hold: some reader on the way to the cluster drops, changes or refuses them.

kustomize turns U+0085 into a blank and cannot build U+007F, U+FFFE or U+FFFF; bidirectional marks make a reviewer read
another text than the machine (CVE-2021-42574); private-use characters are the generator's own tokens.
"""

import re

from generator.environment.layers import Merged
from generator.finding import Finding
from generator.schema import dotted, place

_REFUSED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\uf8ff\ufeff\ufffe\uffff"
    "\U000f0000-\U0010ffff]"
)


def scan(merged: Merged) -> list[Finding]:
    """Return a finding for each key and value that holds such a character; it is named by its number, not printed."""
    return [
        Finding.at(
            place(path, merged.marks),
            "character",
            f"holds the character U+{ord(found[0]):04X}",
            path=dotted(path),
            hint="tab and newline are the only control characters a value may hold",
        )
        for path, text in [*merged.keys(), *merged.texts()]
        if (found := _REFUSED.search(text))
    ]
