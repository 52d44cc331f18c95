"""What a secret looks like: the published prefixes of issuers (gitleaks keeps the same list), telling keys, randomness.

Both sides use it: what people write (environment/) and what is rendered (check/).
"""

import functools
import math
import re
from collections import Counter

_SHAPES: tuple[tuple[str, str, str], ...] = (
    # a mark that the text must hold (to be fast), what it is, the shape
    ("PRIVATE KEY", "a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    ("private_key", "a Google key file", r"\"private_key(?:_id)?\""),
    ("service_account", "a Google key file", r"\"type\"\s*:\s*\"service_account\""),
    ("AIza", "a Google API key", r"AIza[\w-]{35}"),
    ("GOCSPX-", "a Google client secret", r"GOCSPX-[\w-]{28}"),
    ("ya29.", "a Google access token", r"\bya29\.[\w-]{20}"),
    ("gh", "a GitHub token", r"gh[pousr]_[A-Za-z0-9]{36}"),
    ("github_pat_", "a GitHub token", r"github_pat_\w{22}"),
    ("glpat-", "a GitLab token", r"glpat-[\w-]{20}"),
    ("xox", "a Slack token", r"xox[abprs]-[\w-]{10}"),
    ("AGE-SECRET-KEY-", "an age key", r"AGE-SECRET-KEY-"),
    ("sk-", "an API key", r"\bsk-[A-Za-z0-9_-]{20}"),
    ("AKIA", "an AWS access key", r"\bAKIA[A-Z0-9]{16}\b"),
    ("Q~", "an Azure client secret", r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])"),
    ("eyJ", "a signed token", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}"),
    ("://", "a URL with a password", r"://[^/\s:@]*:(?!\$[({]\w+[)}]@)[^/\s:@]+@"),  # $(VAR) is a reference
    ("S", "a NATS seed", r"\bS[ACNOUX][A-Z2-7]{56}\b"),
)
_KEY = re.compile(
    r"(?i)(^|[_-]|[a-z])(password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|credentials?)$"
)


@functools.cache
def _compiled() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Compile the shapes when the first text comes: 3 ms that a command without texts does not spend."""
    return tuple((mark, name, re.compile(shape)) for mark, name, shape in _SHAPES)


def shape(text: str) -> str:
    """Return which shape of a secret `text` holds, such as `a GitHub token`; '' if none."""
    for mark, name, pattern in _compiled():
        if mark in text and pattern.search(text):
            return name
    return ""


@functools.cache
def names_secret(key: str) -> bool:
    """Whether a key, by its name, holds a secret: `dbPassword`, `API_KEY`; not `PASSWORD_FILE` or `secretName`."""
    return bool(_KEY.search(key))


def entropy(text: str) -> float:
    """Return the Shannon entropy of `text` in bits per character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
