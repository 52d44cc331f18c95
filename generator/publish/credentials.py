"""Credentials for the repository: handed to git by its environment, taken out of all that is printed."""

import base64
import os
import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from generator import secret_shape
from generator.history import Setting, printable

_TOKENS = {"CODEMIE_GIT_TOKEN": None, "GITHUB_TOKEN": "github.com", "GITLAB_TOKEN": "gitlab.com"}
"""Variables that may hold a token, and the one host that each is for (None: that of the repository, whatever it is)."""
_USER = "CODEMIE_GIT_USERNAME"
_SHORTEST = 6
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
_HEADER = re.compile(r"(?i)(authorization|private-token|job-token)(\s*[:=]\s*)(?:(?:basic|bearer)\s+)?\S+")
_HINTS = (
    # what servers and git say, what it means, what to do
    ("could not read Username", "it asks who we are", "set CODEMIE_GIT_TOKEN, or a credential helper of git"),
    (
        "Authentication failed",
        "it refuses our credentials",
        "renew the token (CODEMIE_GIT_TOKEN), or git's own credentials",
    ),
    ("Permission denied", "it refuses our key", "ssh-add the key, and let it write to the repository"),
    (
        "returned error: 401",
        "it refuses our credentials",
        "renew the token (CODEMIE_GIT_TOKEN), or git's own credentials",
    ),
    ("returned error: 403", "these credentials may not write", "give the token write access to this repository"),
    (
        "Host key verification failed",
        "its host key is not known",
        "compare it and add it: ssh-keyscan HOST >> ~/.ssh/known_hosts",
    ),
    ("protected branch", "the branch is protected", "let this account push to it, or publish by pull request"),
    ("pre-receive hook declined", "a hook of the server refuses it", "what the hook says is above"),
    ("not found", "there is no such repository, or not for us", "compare gitops.repository with its address"),
    ("does not appear to be a git repository", "there is no repository", "compare gitops.repository with its address"),
    ("dubious ownership", "the folder belongs to somebody else", "git config --global --add safe.directory FOLDER"),
    ("SSL certificate", "its certificate is not trusted", "GIT_SSL_CAINFO names the file of your authority"),
    (
        "server certificate verification failed",
        "its certificate is not trusted",
        "GIT_SSL_CAINFO names the file of your authority",
    ),
    ("No space left", "the disk is full", "TMPDIR names another folder"),
    ("Could not resolve host", "its name does not resolve", "is there a network, or a proxy to name (https_proxy)?"),
)


def helper(repository: str) -> tuple[Setting, ...]:
    """Return settings by which git asks for a token of the environment, if there is one for that host.

    The setting holds the name of the variable, never its value.
    """
    address = urlsplit(repository)
    for name, host in _TOKENS.items():
        if os.environ.get(name) and address.scheme in ("https", "http") and host in (None, address.hostname):
            user = f'"${{{_USER}:-x-access-token}}"'
            script = f'!f() {{ test "$1" = get && echo username={user} && echo password="${name}"; }}; f'
            scope = f"credential.{address.scheme}://{address.netloc}.helper"
            return (("credential.helper", ""), (scope, ""), (scope, script))
    return ()


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
    told = "; ".join(line.removeprefix("remote: ").strip() for line in said.splitlines() if line.strip())[:600]
    for mark, meaning, hint in _HINTS:
        if mark.lower() in said.lower():
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
