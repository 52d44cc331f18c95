"""Secrets never stand in an environment: a value that looks like one is refused, and no message ever prints it.

generator/sensitive/shape.py holds the shapes. Entropy is measured only in free text (`env`, `labels`), where a pasted
key has no other mark; the id of a secret variable must read like a name. `# not-a-secret: reason` on the line accepts a
false alarm.
"""

import re

from generator.environment.layers import Merged
from generator.finding import Finding, Where
from generator.schema import dotted, place
from generator.sensitive import name as secret_name
from generator.sensitive import shape as secret_shape
from generator.tree import Sources
from generator.yamlio import Path, comment

_REFERENCE_KEYS = frozenset({"pullSecret", "secretName"})
_BLOB = re.compile(r"[A-Za-z0-9+/=_-]{24,}")
_RANDOM = 4.0  # bits per character; English has about 4.1 with blanks, which _BLOB excludes, names below 3.7
_NO_NAME = re.compile(
    # three digits among the letters of one long word, or a UUID: an id is made of words
    r"(?<![a-z0-9])(?=[0-9]*[a-z])(?=(?:[a-z]*[0-9]){3})[a-z0-9]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
_ACCEPTED = re.compile(r"(?:^|#\s*)not-a-secret:\s*\S")


def scan(merged: Merged, sources: Sources) -> list[Finding]:
    """Return a finding for each value that looks like a secret."""
    findings = []
    for path, text in merged.texts():
        reason = _looks_secret(path, text)
        where = place(path, merged.marks)
        if reason and not _accepted(where, sources):
            hint = f"{_kept(path)}; if it is not a secret, end the line with: # not-a-secret: why"
            findings.append(
                Finding.at(where, "secret", f"looks like a secret ({reason})", path=dotted(path), hint=hint)
            )
    return findings


def _kept(path: Path) -> str:
    """Say where the value belongs, and what stands here instead of it."""
    if "secretEnv" in path:
        return "store the value in Secret Manager, and write {source: external, id: its name there}"
    variable = {"components", "env"} <= set(path)
    return "keep it in Secret Manager" + (", and name its id in secretEnv" if variable else "")


def _looks_secret(path: Path, text: str) -> str:
    """Return why `text` looks like a secret, without showing it; empty if it does not."""
    key = path[-1]
    if known := secret_shape.shape(text):
        return known
    if isinstance(key, str) and key not in _REFERENCE_KEYS and secret_name.names_secret(key) and text:
        return "by its key"
    if {"env", "labels"} & set(path) and _BLOB.fullmatch(text) and secret_shape.entropy(text) > _RANDOM:
        return "random text"
    if "secretEnv" in path and key == "id" and _NO_NAME.search(text):
        return "random text in place of an id"
    return ""


def _accepted(where: Where, sources: Sources) -> bool:
    return bool(_ACCEPTED.search(comment(sources.texts.get(where.file, ""), where.line)))
