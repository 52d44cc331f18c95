"""The comment at the end of a line: what its author says there to us, such as why a warning is accepted."""

import re

_QUOTED = re.compile(r"(?<!\w)\"(?:[^\"\\]|\\.)*(?:\"|$)|(?<!\w)'(?:[^']|'')*(?:'|$)")
_COMMENT = re.compile(r"(?:^|\s)#(.*)")


def comment(text: str, line: int) -> str:
    """Return the comment on a line of a text, or ''. Inside of quotes there is none: no value can accept itself."""
    lines = text.splitlines()
    found = _COMMENT.search(_QUOTED.sub("", lines[line - 1])) if 0 < line <= len(lines) else None
    return found[1].strip() if found else ""
