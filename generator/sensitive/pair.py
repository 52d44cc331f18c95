"""Where a text has a telling name with a value behind it: `password = "…"`, `"apiKey": …`.

Flags and words without a sign are such names too: `--token …`, `requirepass …`.
"""

import re
from collections.abc import Iterator

from generator.sensitive.name import Sensitivity, is_address, is_amount, is_several, sensitivity_of
from generator.sensitive.tree import SHORT, flag_sensitivity, is_readable
from generator.sensitive.url import Span

_PAIR = re.compile(r"(?<![\w.-])-{0,2}(\\{0,7}[\"'`]?)([A-Za-z_][\w.-]{0,100})\1\]?\s{0,20}(?:=>|:=|[:=])(?![=~])")
_BLANK = re.compile(r"[ \t]*")
_BLANK_LINES = re.compile(r"\s*")
_QUOTE = re.compile(r"\\{0,7}(?:\"\"\"|'''|[\"'`])")
_NEXT = re.compile(r"[;,&|\s]\s{0,8}(?:[A-Za-z]{1,20} )?\\{0,7}[\"']?[A-Za-z_][\w.-]{0,60}\\{0,7}[\"']?\s?[=:]|\n|\Z")
"""The end of a value in the middle of a line: the next name, or the line's end."""
_START = re.compile(r"[ \t]*(?:- |export |set |ENV |ARG |# ?|// ?|\? )?[ \t]*")
_BLOCK = re.compile(r"(?:[&!]\S{0,100} ){0,2}[|>][-+0-9]{0,2}[ \t]*(?:#[^\n]*)?$")
_COMMENT = re.compile(r"[ \t]#.*")
_TAG = re.compile(r"(?:[!&][\w!./:-]{0,100} ){1,2}")
_OPENED = {")": "(", "}": "{", "]": "["}
_CLOSING = " \t\r,;)}]\"'`\\"
_BRACED = re.compile(r"\{([^\s{}:=\"']{1,200})\}")
"""`Pwd={…}`, as ODBC has it."""
_CHUNK = re.compile(r"(?:[^\s\"'`\\;|&)]+|\\.|\\)")
_FLAG = re.compile(r"(?<![\w-])--?([A-Za-z][\w.-]{0,100})[ \t]+(?:\\\n[ \t]*)?(?=[^\s-])")
_PROGRAM = re.compile(rf"(?<![\w.-])({'|'.join(map(re.escape, SHORT))})(?=\s)([^\n;|&]{{0,2000}})")
_WORDS = re.compile(
    r"^[ \t]{0,40}(?:[\w-]{1,40}[ \t]{1,8})?\$?([A-Za-z_][\w.-]{0,100})[ \t]{1,8}([^\s=:{][^\n]{0,2000})$", re.MULTILINE
)
_QUOTED = re.compile(
    r"(?<![\w.\"'`-])([A-Za-z_][\w.-]{0,100})(?:[ \t]+by[ \t]|[ \t]?[!=]=|[ \t])[ \t]{0,4}([\"'])", re.IGNORECASE
)
_BEHIND = re.compile(
    r"(?<![\w-])(?:-u|--user(?:pass|pwd)?|--auth|--login)(?:[ \t]+|=)[\"']?[\w.@-]{1,100}:(?![0-9]+\b)([^\s\"']+)"
    r"|\b(?:login|user)[ \t]+\S{1,200}[ \t]+(?:insecure-)?password[ \t]+(\S+)"
    r"|\b(?i:set password for \S{1,200} = )?(?i:password)\([\"']([^\"'\n]+)"  # SQL
    r"|\b(?i:pass(?:word|phrase)|token|secret|key) is[ \t]+[\"']?([^\s\"'0-9]{0,200}[0-9][^\s\"']*)"
    r"|\b(?i:pass(?:word|phrase)|token) (?:for|of) [\w.@-]{1,100}:[ \t]+(\S+)"
    r"|\bvault[ \t]+login[ \t]+(?:-\S{1,200}[ \t]+){0,5}([^\s-]\S*)"
    r"|\bhtpasswd[ \t]+-[\w]{0,10}b[^\n|;&>]{0,300}[ \t]([^\s|;&>]+)"
    r"|\bmc[ \t]+(?:alias[ \t]+set|config[ \t]+host[ \t]+add)(?:[ \t]+\S{1,200}){3}[ \t]+(\S+)"
    r"|--from-literal[= ][\w.-]{1,200}=(\S+)"
    r"|\b(?:echo|printf)[ \t]+(?:-\w+[ \t]+)?(\S+)[ \t]*\|[^\n|]{0,300}(?:-stdin|chpasswd)\b"
    r"|^[\w.*-]{1,200}:(?:[0-9]{1,5}|\*):[^:\n]{1,200}:[^:\n]{1,200}:([^\n]+)$"  # .pgpass
    r"|^user[ \t][^\n]{0,200}?[ \t]>(\S+)"  # Redis
    r"|^[ \t]*\"[^\"\n]{1,200}\" \"([^\"\n]+)\"[ \t]*$",  # PgBouncer
    re.MULTILINE,
)
_NAMED = re.compile(
    r"(?:[\"'](?=\w{1,100}[\"'],)|variable[ \t]+\"(?=\w))(\w{1,100})[\"']"
    r"(?:,[ \t]*|[ \t]*\{[^{}]{0,500}?\bdefault[ \t]*=[ \t]*)[\"']([^\"'\n]+)"
)
"""`define('DB_PASSWORD', '…')`, `variable "db_password" { default = "…" }`"""
_HERE = re.compile(r"<<[-~]?[ \t]*[\"']?(\w{1,40})[\"']?[^\n]*\n")
"""`password = <<EOT`"""
_INDENT = 100
"""So far the start of a line is looked for."""
_LIST = 20_000
"""So far the end of a list is looked for."""


def pairs(text: str, *, shell: bool) -> Iterator[Span]:
    """Yield the values behind telling names, to the end of what may belong to them."""
    lines, at = _Lines(text), 0
    shell = shell or text.startswith("#!")
    while found := _PAIR.search(text, at):
        at = found.end()
        level = flag_sensitivity(found[2]) if found[0].startswith("-") else sensitivity_of(found[2])
        if not level or (is_address(found[2]) and level is not Sensitivity.ALL):
            continue
        for start, end in _value(text, found, lines, shell=shell):
            at = max(at, end)
            if not _is_readable(text[start:end], level, found[2]):
                yield start, end


def flags(text: str) -> Iterator[Span]:
    """Yield the words behind flags such as `--password`, and behind those of programs that we know."""
    for found in _FLAG.finditer(text) if "-" in text else ():
        end = _word(text, found.end())
        level = flag_sensitivity(found[1])
        if level and not is_readable(text[found.end() : end].strip("\"'"), level):
            yield found.end(), end
    for program in _PROGRAM.finditer(text) if " -" in text else ():
        flag = "|".join(SHORT[program[1]])
        for found in re.finditer(rf"(?<=\s)(?:{flag})(?:[ \t]+|=|(?<=[a-zA-Z])(?=[^\s=-]))", program[2]):
            start = program.start(2) + found.end()
            end = _word(text, start)
            if not is_readable(text[start:end].strip("\"'"), Sensitivity.ALL):
                yield start, end


def words(text: str) -> Iterator[Span]:
    """Yield what stands behind a telling name and a blank: `requirepass …`, a header of nginx, `login … password …`."""
    for found in _WORDS.finditer(text):
        value = found[2].rstrip(" \t\r;")
        single = value[:1] in "\"'" or not re.search(r"\s", value)
        is_secret = single and sensitivity_of(found[1]) is Sensitivity.ALL
        if is_secret and not is_readable(value.strip("\"'"), Sensitivity.NO_WORD):
            yield found.start(2), found.start(2) + len(value)
    for found in _QUOTED.finditer(text):
        level = Sensitivity.ALL if found[1].lower() == "identified" else sensitivity_of(found[1])
        end = _closing(text, found.end(), found[2], found.end())
        end = end if "\n" not in text[found.end() : end] else found.end()
        if level is Sensitivity.ALL and not is_readable(text[found.end() : end], Sensitivity.NO_WORD):
            yield found.end(), end
    for found in _NAMED.finditer(text):
        if sensitivity_of(found[1]) is Sensitivity.ALL and not is_readable(found[2], Sensitivity.NO_WORD):
            yield found.span(2)
    for found in _BEHIND.finditer(text):
        group = found.lastindex or 1
        if not is_readable(found[group], Sensitivity.ALL):
            yield found.span(group)


class _Lines:
    """The ends of lines, each looked for once."""

    def __init__(self, text: str) -> None:
        self.text, self.known = text, -1
        self.several = "\n" in text

    def end(self, at: int) -> int:
        if at > self.known:
            found = self.text.find("\n", at)
            self.known = len(self.text) if found < 0 else found
        return self.known

    def starts(self, at: int) -> bool:
        """Whether nothing stands before a place in its line, in a text of several."""
        start = self.text.rfind("\n", max(at - _INDENT, 0), at) + 1
        return self.several and (start > 0 or at <= _INDENT) and bool(_START.fullmatch(self.text, start, at))


def _value(text: str, found: re.Match[str], lines: _Lines, *, shell: bool) -> Iterator[Span]:
    """Yield where the value behind a name stands; nothing if what follows is a map, which has names of its own."""
    blank = _BLANK_LINES if found[1] else _BLANK
    at = _end(blank, text, found.end())
    at = _end(_TAG, text, at)
    end = lines.end(at)
    quote = _QUOTE.match(text, at)
    if quote:
        yield quote.end(), _closing(text, quote.end(), quote[0], end)
    elif text[at : at + 1] == "[" or (text[at : at + 1] == "{" and is_several(found[2])):
        close = text.find("]" if text[at] == "[" else "}", at, at + _LIST)
        close = close if close >= 0 else end
        if text[at] == "{" or text.find("{", at, close) < 0:
            yield at + 1, close
    elif here := _HERE.match(text, at):
        ended = re.compile(rf"^[ \t]*{here[1]}\b", re.MULTILINE).search(text, here.end())
        yield here.end(), ended.start() if ended else len(text)
    elif text[at : at + 1] == "{":
        braced = _BRACED.match(text, at) if found[0].endswith("=") else None
        if braced:
            yield braced.span(1)
    elif at == end or (text[at] in "|>!&" and _BLOCK.match(text, at, end)):
        yield from _indented(text, found, end, is_block=at < end)
    else:
        yield at, _bare(text, found, at, lines, shell=shell)


def _bare(text: str, found: re.Match[str], at: int, lines: _Lines, *, shell: bool) -> int:
    """Return where a value without quotes ends."""
    end = lines.end(at)
    before = text[found.start() - 1 : found.start()]
    if before and before in "\"'`" and not found[1]:
        close = text.find(before, at, end)
        return close if close >= 0 else end
    if shell and found[0].endswith("="):
        return _word(text, at)
    if lines.starts(found.start()) or found[2].lower().endswith(("cookie", "authorization")):
        while text[end - 1 : end] == "\\" and end < len(text):  # the line goes on
            end = lines.end(end + 1)
        return at + len(text[at:end].rstrip(" \t\r,;"))
    following = _NEXT.search(text, at)
    return at + len(_trimmed(text[at : min(following.start() if following else end, end)]))


def _trimmed(value: str) -> str:
    """Return a value without what closes something around it."""
    return value.rstrip(
        "".join(sign for sign in _CLOSING if _OPENED.get(sign, sign) not in value or sign not in _OPENED)
    )


def _indented(text: str, found: re.Match[str], end: int, *, is_block: bool) -> Iterator[Span]:
    """Yield the lines below a name that stand further in: a block of text, or the items of a list."""
    start = text.rfind("\n", max(found.start() - 200, 0), found.start()) + 1
    depth = len(text[start : found.start()]) - len(text[start : found.start()].lstrip(" "))
    at = first = end + 1
    stop = first
    while at < len(text):
        close = text.find("\n", at)
        close = len(text) if close < 0 else close
        line = text[at:close]
        inside = len(line) - len(line.lstrip(" ")) > depth or (not is_block and line.lstrip(" ").startswith("- "))
        if line.strip() and (not inside or (not is_block and _PAIR.search(line))):
            break
        stop, at = (close if line.strip() else stop), close + 1
    if stop > first:
        yield first, stop


def _closing(text: str, at: int, quote: str, line_end: int) -> int:
    """Return where a quote closes: at the same one, with as many backslashes before it as it has itself."""
    sign, escapes = quote.lstrip("\\"), len(quote) - len(quote.lstrip("\\"))
    while (found := text.find(sign, at)) >= 0:
        before = found
        while before > at and text[before - 1] == "\\":
            before -= 1
        count = found - before
        if quote == "'" and text[found + 1 : found + 2] == "'":  # '' is how YAML and SQL write ' in quotes
            at = found + 2
            continue
        if count < escapes or count == escapes or (escapes == 0 and count % 2 == 0):
            return found - count if escapes else found
        at = found + len(sign)
    return line_end


def _word(text: str, at: int) -> int:
    """Return where a word of a command line ends: at a blank or an operator that is in no quotes."""
    while at < len(text):
        if text[at] in "\"'`":
            close = _closing(text, at + 1, text[at], -1)
            if close < 0:
                end = text.find("\n", at)
                return len(text) if end < 0 else end
            at = close + 1
        elif text.startswith("$(", at) and (close := text.find(")", at, at + _LIST)) >= 0:
            at = close + 1
        elif found := _CHUNK.match(text, at):
            at = found.end()
        else:
            break
    return at


def _is_readable(value: str, level: Sensitivity, name: str) -> bool:
    plain = _COMMENT.sub("", value).strip().rstrip(",;")
    if plain.lstrip("-").replace(".", "").isdecimal() and (level is not Sensitivity.ALL or is_amount(name)):
        return True
    if "," in plain or "\n" in plain:
        items = [item.strip(" \t\"'-") for item in re.split(r"[,\n]", plain)]
        return all(is_readable(item, level) for item in items)
    return is_readable(plain.strip("\"'"), level)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
