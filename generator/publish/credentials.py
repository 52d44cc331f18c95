"""Credentials for the repository: handed to git by its environment, taken out of all that is printed."""

import base64
import os
import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from generator.history import Setting, printable
from generator.sensitive import shape as secret_shape

_TOKENS = {"CODEMIE_GIT_TOKEN": None, "GITHUB_TOKEN": "github.com", "GITLAB_TOKEN": "gitlab.com"}
"""Variables that may hold a token, and the one host that each is for (None: that of the repository, whatever it is)."""
_USER = "CODEMIE_GIT_USERNAME"
_SHORTEST = 6
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
_HEADER = re.compile(r"(?i)(authorization|private-token|job-token)(\s*[:=]\s*)(?:(?:basic|bearer)\s+)?\S+")
_BAD_CREDENTIALS = "it refuses our credentials", "renew the token (CODEMIE_GIT_TOKEN), or git's own credentials"
_COMPARE = "compare gitops.repository with its address"
_AGAIN = "not published so far; run it again, it does nothing twice"
_HINTS = (
    # what servers and git say, what it means, what to do; a hook may say anything, so it comes first
    (
        ("No space left", "Out of diskspace", "couldn't write"),
        "a disk is full",
        "the path says which: TMPDIR names another folder here; there, make room",
    ),
    (("protected branch",), "the branch is protected", "let this account push to it, or publish by pull request"),
    (
        ("branch is currently checked out",),
        "somebody works there on that branch",
        "git init --bare makes one to publish to; or another --branch",
    ),
    (("hook declined",), "a hook of the server refuses it", "what the hook says is above"),
    (("could not read Username",), "it asks who we are", "set CODEMIE_GIT_TOKEN, or a credential helper of git"),
    (("Authentication failed",), *_BAD_CREDENTIALS),
    (("Permission denied (",), "it refuses our key", "ssh-add the key, and let it write to the repository"),
    (("Permission denied",), "this account may not write there", "let it write to the repository"),
    (("returned error: 401",), *_BAD_CREDENTIALS),
    (("returned error: 403",), "these credentials may not write", "give the token write access to this repository"),
    (
        ("HOST IDENTIFICATION HAS CHANGED",),
        "its host key is not the one we know",
        "somebody may stand in between: ask who runs it; if the key is new, ssh-keygen -R HOST and add it",
    ),
    (
        ("Host key verification failed",),
        "its host key is not known",
        "compare it and add it: ssh-keyscan HOST >> ~/.ssh/known_hosts",
    ),
    (
        ("Another git process seems to be running",),
        "a lock file is in the way there",
        "nothing is published; delete it there if no push is at work, and run it again",
    ),
    (
        ("exists; cannot create",),
        "a branch of that name cannot be beside another",
        "a branch cannot be a folder of branches: choose another name",
    ),
    (("not found",), "there is no such repository, or not for us", _COMPARE),
    (("does not appear to be a git repository",), "there is no repository", _COMPARE),
    (("dubious ownership",), "the folder belongs to somebody else", "git config --global --add safe.directory FOLDER"),
    (("not yet valid",), "its certificate is not yet valid", "see that the clock of this machine is right"),
    (
        ("has expired",),
        "its certificate has expired",
        "see that the clock of this machine is right, then renew it there",
    ),
    (
        ("target host name",),
        "its certificate is for another host",
        "compare gitops.repository with the certificate",
    ),
    (
        ("SSL certificate", "server certificate verification failed"),
        "its certificate is not trusted",
        "GIT_SSL_CAINFO names the file of your authority; is the clock right?",
    ),
    (("did not complete in", "Operation too slow", "curl 28"), "it is too slow, or says nothing", _AGAIN),
    (("RPC failed", "hung up unexpectedly"), "the connection ended", _AGAIN),
    (
        ("Could not connect", "Failed to connect", "Connection refused"),
        "it cannot be reached",
        "is it up, and is its port right?",
    ),
    (("The requested URL returned error: 30",), "it answers from another address", _COMPARE),
    (("Could not resolve host",), "its name does not resolve", "is there a network, or a proxy to name (https_proxy)?"),
)
_NOISE = re.compile(r"To [a-z]+://|Done$|error: failed to push some refs|@+$|hint: ")
"""Lines of git that say nothing about why."""


def helper(repository: str) -> tuple[Setting, ...]:
    """Return settings by which git asks for a token of the environment, if there is one for that host.

    The setting holds the name of the variable, never its value.
    """
    address = urlsplit(repository)
    for name, host in _TOKENS.items():
        if os.environ.get(name) and address.scheme in ("https", "http") and host in (None, address.hostname):
            said = f'\'username=%s\\npassword=%s\\n\' "${{{_USER}:-x-access-token}}" "${name}"'
            script = f'!f() {{ test "$1" = get && printf {said}; }}; f'
            scope = f"credential.{address.scheme}://{address.netloc}.helper"
            return (("credential.helper", ""), (scope, ""), (scope, script))
    return ()


def without_header(settings: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """Return the user's settings without a header that says who we are: a server would see it and ask for no token.

    actions/checkout leaves one for all of github.com, with a token that is good for its own repository only.
    """
    return tuple(pair for pair in settings if not (pair[0].endswith(".extraheader") and _HEADER.match(pair[1])))


def without_secrets(text: str) -> str:
    """Return what is to be printed without tokens, in whatever way they are written, and without users of URLs.

    What could steer a terminal goes as well.
    """
    for secret in _written():
        text = text.replace(secret, "[redacted]")
    text = _HEADER.sub(r"\1\2[redacted]", _USERINFO.sub("", printable(text)))
    return "\n".join(
        "[a line that looks like a secret]" if secret_shape.shape(line) else line for line in text.splitlines()
    )


def explained(said: str) -> tuple[str, str]:
    """Return what went wrong, with what the server said, and what to do about it."""
    lines = (line for line in said.splitlines() if line.strip() and not _NOISE.match(line))
    told = "; ".join(line.removeprefix("remote: ").strip() for line in lines)[:600]
    for marks, meaning, hint in _HINTS:
        if any(mark.lower() in said.lower() for mark in marks):
            return f"{meaning}: {told}", hint
    return told or "it said nothing", "nothing is published; safe to run again"


def _written() -> Iterator[str]:
    """Yield the tokens we know, and what they look like inside URLs and headers."""
    user = os.environ.get(_USER, "x-access-token")
    for name in _TOKENS:
        token = os.environ.get(name, "")
        if len(token) >= _SHORTEST:
            yield from (token, quote(token, safe=""))
            yield from (base64.b64encode(text.encode()).decode() for text in (token, f"{user}:{token}"))
