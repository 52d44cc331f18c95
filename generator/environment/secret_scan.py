"""Secrets never stand in an environment: a value that looks like one is refused, and no message ever prints it.

Token shapes are the published prefixes of the issuers (gitleaks keeps the same list). Entropy is looked at only in free
text (`env`, `labels`), where a pasted key has no other mark. `# not-a-secret: reason` on the line accepts a false alarm.
"""

import math
import re
from collections import Counter

from generator.environment.layers import Merged
from generator.finding import Finding, Where
from generator.schema import dotted, place
from generator.tree import Sources
from generator.yamlio import Path

_KEY = re.compile(
    r"(?i)(^|[_-]|[a-z])(password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|credentials?)$"
)
_REFERENCE_KEYS = frozenset({"pullSecret", "secretName"})
_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\"private_key(?:_id)?\"|\"type\"\s*:\s*\"service_account\"|AIza[\w-]{35}"
    r"|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22}|glpat-[\w-]{20}|xox[abprs]-[\w-]{10}|AGE-SECRET-KEY-"
    r"|\bsk-[A-Za-z0-9_-]{20}|\bAKIA[A-Z0-9]{16}\b|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}|://[^/\s:@]*:[^/\s:@]+@|\bS[AX][A-Z2-7]{56}\b"
)
_BLOB = re.compile(r"[A-Za-z0-9+/=_-]{24,}")
_RANDOM = 4.0  # bits per character; English has about 4.1 with blanks, which _BLOB excludes, names below 3.7
_ACCEPTED = re.compile(r"(?:^|\s)#\s*not-a-secret:\s*\S")
_QUOTED = re.compile(r"(?<!\w)\"(?:[^\"\\]|\\.)*(?:\"|$)|(?<!\w)'(?:[^']|'')*(?:'|$)")  # a value cannot accept itself


def scan(merged: Merged, sources: Sources) -> list[Finding]:
    """Return a finding for each value that looks like a secret."""
    findings = []
    for path, text in merged.texts():
        reason = _looks_secret(path, text)
        where = place(path, merged.marks)
        if reason and not _accepted(where, sources):
            hint = "keep it in Secret Manager; if it is none, end the line with: # not-a-secret: why"
            findings.append(
                Finding.at(where, "secret", f"looks like a secret ({reason})", path=dotted(path), hint=hint)
            )
    return findings


def _looks_secret(path: Path, text: str) -> str:
    """Return why `text` looks like a secret, without showing it; empty if it does not."""
    key = path[-1]
    if _SHAPES.search(text):
        return "the shape of a key or token"
    if isinstance(key, str) and key not in _REFERENCE_KEYS and _KEY.search(key) and text:
        return "by its key"
    if {"env", "labels"} & set(path) and _BLOB.fullmatch(text) and _entropy(text) > _RANDOM:
        return "random text"
    return ""


def _entropy(text: str) -> float:
    """Return the Shannon entropy of `text` in bits per character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def _accepted(where: Where, sources: Sources) -> bool:
    lines = sources.texts.get(where.file, "").splitlines()
    return 0 < where.line <= len(lines) and bool(_ACCEPTED.search(_QUOTED.sub("", lines[where.line - 1])))
