"""Hostile text in Markdown: words stay words, whatever could be more becomes code. Pure.

Code is where GitHub and GitLab look for no mention, no issue, no link and no HTML.
"""

import re
from collections.abc import Iterable

from generator.views.findings import harmless

_WORD = re.compile(r"""[("']?[A-Za-z0-9](?:[A-Za-z0-9'./=+-]*[A-Za-z0-9])?[)"'.,:;?!]*""")
_LINKED = re.compile(r".*(?:www\.|gh-[0-9]|\b[0-9a-f]{7,}\b).*", re.IGNORECASE)
"""Words that become a link: an address, an issue, a commit."""
_SEPARATORS = ("", "->", "-", "and")


def prose(text: str) -> str:
    """Return a sentence: its words as they are, everything else as code."""
    return " ".join(_word(word) for word in harmless(text).split(" "))


def code(text: str) -> str:
    """Return a text as inline code, whatever it holds."""
    text = harmless(text) or " "
    fence = "`" * (_longest(text) + 1)
    padded = f" {text} " if text[0] in "` " or text[-1] in "` " else text
    return f"{fence}{padded}{fence}"


def cell(text: str) -> str:
    """Return a text as inline code that stays in its cell of a table."""
    return code(text.replace("|", "<U+007C>").replace("\\", "<U+005C>"))


def fenced(lines: Iterable[str], language: str) -> str:
    """Return lines as a block of code that nothing in it can end."""
    lines = [harmless(line) for line in lines]
    fence = "`" * max(3, *(_longest(line) + 1 for line in lines), 0)
    return "\n".join([f"{fence}{language}", *lines, fence]) + "\n"


def _word(word: str) -> str:
    if word in _SEPARATORS or (_WORD.fullmatch(word) and not _LINKED.fullmatch(word)):
        return word
    return code(word)


def _longest(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
