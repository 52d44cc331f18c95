"""What a secret looks like: the published prefixes of issuers (gitleaks keeps the same list), randomness.

Both sides use it: what people write (environment/), what is rendered (check/), and what a plan shows (review/), which
hides more than the others refuse.
"""

import functools
import math
import re
from collections import Counter
from collections.abc import Iterator

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
_RANDOM = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9+/=_-]{16,}")
_ENTROPY = 3.3  # bits per character; names with a hash at the end stay below
_HASHED = re.compile(
    r"\$(?:apr1|2[abxy]|[156y]|argon2\w*|scrypt|pbkdf2[\w-]*)\$[^\s:\"',]{5,}|\{(?:S?SHA\d*|CRYPT|S?MD5)\}[^\s\"',]{5,}"
)
"""A password after it was hashed: who has it can guess. It is refused nowhere, for nobody pastes it by mistake."""
_WHOLE = ("a Google key file", "an age key")
"""Of these the text around is secret, too."""
_FOOTER = re.compile(r"-----END[A-Z ]{1,40}-----")
_REST = re.compile(r"[\w.~+/=-]*")
"""What belongs to a token behind the part that a shape knows."""


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


def shaped(text: str) -> Iterator[tuple[int, int]]:
    """Yield where secrets of a known shape stand in `text`, to their ends; what is secret of a URL says url.py."""
    for mark, name, pattern in _compiled():
        at = 0
        while mark in text and mark != "://" and (found := pattern.search(text, at)):
            start, at = _whole(text, name, found)
            yield start, at
    yield from (found.span() for found in _HASHED.finditer(text))


def _whole(text: str, name: str, found: re.Match[str]) -> tuple[int, int]:
    """Return all of a secret of which a shape knows a part."""
    if name in _WHOLE:
        return 0, len(text)
    if name == "a private key":
        footer = _FOOTER.search(text, found.end())
        return found.start(), footer.end() if footer else len(text)
    rest = _REST.match(text, found.end())
    return found.start(), rest.end() if rest else found.end()


def is_random(text: str) -> bool:
    """Whether `text` is no word: letters and digits without order."""
    return bool(_RANDOM.fullmatch(text)) and entropy(text) > _ENTROPY


def entropy(text: str) -> float:
    """Return the Shannon entropy of `text` in bits per character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
