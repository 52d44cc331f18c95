"""Which parts of the URLs in a text are secret: user info, keys in the path of a webhook, signatures in the query."""

import re
from collections.abc import Iterator

from generator.sensitive.name import Sensitivity, sensitivity_of
from generator.sensitive.tree import is_readable

Span = tuple[int, int]

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}):(?:\\?/){1,2}((?:(?!,[a-z][a-z0-9+.-]{0,20}://)[^\s\"'<>`\\])+)")
_PARAMETER = re.compile(r"[?&;]([\w.%\[\]-]{1,100})=([^&#;\s]*)")
_SIGNED = frozenset(("key", "sig", "signature", "code", "x-amz-credential", "x-goog-credential", "googleaccessid", "t"))
_HOOK = re.compile(
    r"/(?:services/(?=T\w*/B)|web-?hooks?b?2?/|hooks?/|incoming-?web-?hook/|integrations?/|with/key/"
    r"|bot(?=[0-9]+:))([^?#]+)"
)
_NO_PASSWORD = re.compile(
    r"ssh|git|(?:git|svn|bzr|hg)\+ssh|s?ftp|postgres.*|mysql.*|mariadb|mongodb.*|ldaps?|imaps?|smtps?|smb|sips?"
)
"""Schemes where a user without a password is only a name."""
_DSN = re.compile(
    r"(?<![^\s\"'=])[^\s/:@\"'=]{1,100}:([^\s@]{1,200})@(?:tcp|unix|udp)\("
    r"|:thin:[^\s/@]{1,100}/([^\s@]{1,200})@"
    r"|(?<![\w/:.-])(?!mailto:)[\w.-]{1,60}:([^\s:@/\"'$]{1,200})@(?!sha)[\w.-]{1,200}(?::[0-9]{1,5}\b|/)"
)
"""user:password@tcp(host)/name as Go has it, jdbc:oracle:thin:user/password@host, user:password@host:port."""


def secret_in_urls(text: str) -> Iterator[Span]:
    """Yield the secret parts of all URLs."""
    for found in _URL.finditer(text) if ":/" in text or "\\/" in text else ():
        start, rest = found.start(2), found[2]
        user = _user(rest)
        if user:
            yield from _moved(_in_user(found[1].lower(), user), start)
        yield from _moved(_in_path(rest[len(user) :]), start + len(user))
    if text.startswith("/"):
        yield from _in_path(text)
    for found in _DSN.finditer(text) if "@" in text else ():
        group = found.lastindex or 1
        if not is_readable(found[group], Sensitivity.ALL):
            yield found.span(group)


def secret_in_address(text: str) -> Iterator[Span]:
    """Yield what is secret of the value of a name such as SLACK_WEBHOOK or DATABASE_URL, besides what any URL tells."""
    found = _URL.fullmatch(text.strip())
    if found is None:
        if not _DSN.search(text) and not re.search(r"[=\s]", text) and not is_readable(text, Sensitivity.NO_WORD):
            yield 0, len(text)
    elif found[1].lower() in ("http", "https"):
        _, slash, path = found[2].partition("/")
        if slash and path and not is_readable(path, Sensitivity.NO_WORD):
            end = len(text.rstrip())
            yield end - len(path), end


def _moved(spans: Iterator[Span], by: int) -> Iterator[Span]:
    return ((start + by, end + by) for start, end in spans)


def _user(rest: str) -> str:
    """Return the user info that a URL without its scheme begins with; a password may hold an unencoded slash."""
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        return authority[: authority.rindex("@")]
    _, colon, password = authority.partition(":")
    if colon and "@" in rest and not password.isdecimal():
        return rest[: rest.index("@")]
    return ""


def _in_user(scheme: str, user: str) -> Iterator[Span]:
    name, _, password = user.partition(":")
    web = scheme.startswith(("http", "ws"))
    if password and not is_readable(password, Sensitivity.ALL):
        yield len(name) + 1, len(user)
    alone = not password and not _NO_PASSWORD.fullmatch(scheme)
    if name and (web or alone) and name not in ("git", "oauth2") and not is_readable(name, Sensitivity.ALL):
        yield 0, len(name)


def _in_path(rest: str) -> Iterator[Span]:
    hook = _HOOK.search(rest)
    if hook and not is_readable(hook[1], Sensitivity.NO_WORD):
        yield hook.span(1)
    for found in _PARAMETER.finditer(rest):
        least = Sensitivity.NO_WORD if found[1].lower() in _SIGNED else Sensitivity.NOTHING
        level = max(sensitivity_of(found[1]), least)
        if level and not is_readable(found[2], level):
            yield found.span(2)
