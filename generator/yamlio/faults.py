"""What is wrong with a text before it has a value, in plain words: YAML syntax, words of two meanings, characters.

No message shows what was written: it may be a password pasted by mistake.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from generator.finding import Finding, Where

REFUSED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\uf8ff\ufeff\ufffe\uffff"
    "\U000f0000-\U0010ffff]"
)
"""Characters that some reader on the way to the cluster drops, changes or refuses, or that hide what a text says."""
CHARACTER_HINT = "tab and newline are the only control characters a value may hold"

_INDENT = "indent it like the lines it belongs to; what follows a closed quote or bracket has no place"
_ESCAPE = ("a backslash in double quotes starts an escape that YAML does not know", "use single quotes, or write \\\\")
_PROBLEMS = {
    "could not find expected ':'": (
        "this line is no `key: value`",
        "put a blank after the colon; indent the lines of a long text below its key",
    ),
    "mapping values are not allowed in this context": (
        "a colon and a blank stand inside plain text, or the line is indented too far",
        "quote the text, or indent the line like its neighbours",
    ),
    "did not find expected ',' or ']'": ("the [ that opens here is not closed", "close it, with commas between items"),
    "did not find expected ',' or '}'": ("the { that opens here is not closed", "close it, with commas between keys"),
    "did not find expected key": ("this does not fit the map around it", _INDENT),
    "did not find expected '-' indicator": ("this does not fit the list around it", _INDENT),
    "did not find expected hexdecimal number": _ESCAPE,
    "found unknown escape character": _ESCAPE,
    "found invalid Unicode character escape code": _ESCAPE,
    "did not find expected <document start>": ("nothing may follow here", "one closing bracket too many?"),
    "did not find expected node content": ("a value is missing", "is a bracket open before, or closed too early?"),
    "did not find expected alphabetic or numeric character": (
        "plain text cannot start with * or &",
        "put it in quotes",
    ),
    "block sequence entries are not allowed in this context": (
        "a list cannot start on the line of its key",
        "put each `- item` on a line of its own",
    ),
    "found incompatible YAML document": ("the version of a % directive is unknown", "leave the directive out"),
}
"""What libyaml says: what it means, and how to mend it."""
_OPENED = ("simple key", "flow sequence", "flow mapping")
"""Where one of these was not finished, the mistake is at its start."""
_KINDS = (
    (re.compile(r"[0-9]{4}-.*"), "this is a date to some YAML readers and text to others"),
    (re.compile(r"[-+]?0[xob].*", re.IGNORECASE), "this is a number to some YAML readers and text to others"),
    (re.compile(r"[-+]?[0-9].*:.*"), "this is a time to some YAML readers, a number of seconds to others"),
    (re.compile(r"[-+]?0[0-9_]+"), "the leading zero makes this octal to some YAML readers, decimal to others"),
    (
        re.compile(r"[-+.]?[0-9].*|[-+]?\.(?:inf|nan)", re.IGNORECASE),
        "this is not the same number to every YAML reader",
    ),
    (re.compile(r".*"), "this word is true, false or null to some YAML readers and text to others"),
)


def characters(text: str, file: str) -> Iterator[Finding]:
    """Yield a finding for each line that holds a refused character, in a comment too; it is named, not printed."""
    if not REFUSED.search(text):
        return
    for number, line in enumerate(text.split("\n"), 1):
        if found := REFUSED.search(line):
            yield _character(found[0], Where(file, number, found.start() + 1))
            if found[0] == "\0":  # no text at all: one line says it
                return


def named(character: str) -> str:
    """Return what is said of a value that holds a refused character."""
    return f"holds the character U+{ord(character):04X}"


def ambiguous(text: str, where: Where, path: str) -> Finding:
    """Return what is said of a plain scalar that readers do not agree on."""
    message = next(message for shape, message in _KINDS if shape.fullmatch(text))
    hint = "put it in quotes if it is text; else write true, false or a plain decimal number"
    return Finding.at(where, "yaml-ambiguous", message, path=path, hint=hint)


def syntax(error: yaml.YAMLError, text: str, file: str) -> Finding:
    """Return what libyaml found, in our words."""
    if isinstance(error, yaml.reader.ReaderError):  # a character no YAML may hold
        return next(characters(text, file), Finding.at(Where(file), "yaml-syntax", f"is not YAML: {error.reason}"))
    context, problem = getattr(error, "context", None) or "", getattr(error, "problem", None) or "cannot be read"
    mark: Any = getattr(error, "problem_mark", None)
    message, hint = _PROBLEMS.get(problem, (problem, ""))
    if "quoted scalar" in context and problem.endswith(("end of stream", "document indicator")):
        mark = error.context_mark  # type: ignore[attr-defined]
        message, hint = "the quote that opens here is not closed", "close it"
    elif problem == "found character that cannot start any token":
        message, hint = _start(text, mark)
    elif any(opened in context for opened in _OPENED):
        mark = error.context_mark  # type: ignore[attr-defined]
    where = Where(file, mark.line + 1, mark.column + 1) if mark else Where(file)
    return Finding.at(where, "yaml-syntax", f"is not YAML: {message}", hint=hint)


def _start(text: str, mark: Any) -> tuple[str, str]:
    """Say which character cannot start a value."""
    line = text.split("\n")[mark.line]
    character = line[mark.column : mark.column + 1]
    if character == "\t":
        return "a tab indents this line", "indent with blanks"
    return f"plain text cannot start with {character}", "put it in quotes"


def _character(character: str, where: Where) -> Finding:
    hint = "save the file as UTF-8 text" if character == "\0" else CHARACTER_HINT
    return Finding.at(where, "character", named(character), hint=hint)
