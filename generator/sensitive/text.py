"""Which parts of a text are secret: of a configuration in any syntax, a command line, or a sentence with a token.

A text that is YAML or JSON is read as such. In addition, every text is searched for a telling name with a value behind
it, as INI, TOML, properties, scripts, headers and connection strings have it, and for what looks like a secret. Each
search goes over the text once, whatever its content.
"""

import base64
import binascii
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from generator.kinds import Kinds
from generator.sensitive import pair as secret_pair
from generator.sensitive import url as secret_url
from generator.sensitive.document import Leaf, documents
from generator.sensitive.name import Sensitivity, is_address, is_several, sensitivity_of
from generator.sensitive.shape import entropy, shaped
from generator.sensitive.tree import hidden, is_readable
from generator.sensitive.url import Span

_SHORT = re.compile(r"[A-Za-z0-9._/-]{0,19}")
"""Holds nothing that is searched for."""
_TEXTS = 8192
"""How many texts are remembered: both sides of a review, and all environments, hold mostly the same."""
_DEPTH = 2
"""So often a text in a text is opened: base64, or a text with escapes."""
_SCHEME = re.compile(
    r"(?i)(?<![\w-])(?:bearer|basic|token|api-?key|geniekey|negotiate|ssws)[ \t]+([a-z0-9._~+/=-]{8,})"
)
_BLOB = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_RANDOM_BLOB = re.compile(r"(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9+/=_-]{24,512}")
_RANDOM = 4.0
"""Bits per character; hexadecimal digits have 4 at most, so no digest is meant."""
_WORD = re.compile(r"[A-Z]?[a-z]*(?:[A-Z][a-z]+)*[0-9]{0,4}")
_PUBLIC = ("LS0tLS1CRUdJTiBDRVJU", "LS0tLS1CRUdJTiBQVUJMSUM", "MII")
"""How certificates and public keys begin."""
_MARKUP = (
    re.compile(r"<([\w:.-]{1,100})(?:\s[^<>]{0,300})?>(?:<!\[CDATA\[)?([^<>]+)(?:</|\]\]>)"),
    re.compile(r"<(?:name|key)>\s{0,20}([^<>]{1,100}?)\s{0,20}</(?:name|key)>\s{0,80}<(?:value|string)>([^<>]+)</"),
    re.compile(r"(?:name|key|id|property)=[\"']([^\"'<>]{1,100})[\"'][^<>]{0,200}?>([^<>]+)</"),
    re.compile(r"(?:name|key|id|property)=[\"']([^\"'<>]{1,100})[\"'][^<>]{0,200}?value=[\"']([^\"'<>]+)[\"']"),
    re.compile(
        r"value=[\"'](?P<value>[^\"'<>]+)[\"']\s[^<>]{0,200}?(?:name|key|id)=[\"'](?P<name>[^\"'<>]{1,100})[\"']"
    ),
)
_SECTION = re.compile(
    r"^[ \t]{0,20}\[{1,2}([\w .\"-]{1,100})\]{1,2}[ \t]{0,20}$|^[^=:\[\n]{1,100}?[=:][ \t]*(\S[^\n]*)", re.MULTILINE
)


def parts(text: str, *, name: str = "", shell: bool = False, depth: int = 0) -> list[Span]:
    """Return the secret parts of a text that stands under `name`, in order, apart from each other."""
    address = is_address(name)
    return [] if _SHORT.fullmatch(text) and not address else list(_parts(text, depth, shell=shell, address=address))


@functools.lru_cache(maxsize=_TEXTS)
def _parts(text: str, depth: int, *, shell: bool, address: bool) -> tuple[Span, ...]:
    found = [*looks(text), *_schemes(text), *_documents(text, depth), *_sections(text), *_encoded(text, depth)]
    found += secret_pair.pairs(text, shell=shell)
    found += secret_pair.flags(text)
    found += secret_pair.words(text)
    found += _markup(text) if "<" in text else ()
    found += secret_url.secret_in_address(text) if address else ()
    if _RANDOM_BLOB.fullmatch(text) and _is_random(text):
        found.append((0, len(text)))
    return tuple(_merged(found))


def _is_random(text: str) -> bool:
    public = text.startswith(_PUBLIC) or all(map(_WORD.fullmatch, re.split("[/_-]", text)))
    return not public and entropy(text) > _RANDOM


def looks(text: str) -> list[Span]:
    """Return the parts that are secret by their shape alone, in order: for names and sentences."""
    return _merged([*shaped(text), *secret_url.secret_in_urls(text)]) if len(text) > 1 else []


def without(text: str, spans: Iterable[Span], shown: Callable[[str], str] = lambda _: "(secret)") -> str:
    """Return a text with what is `shown` in place of each of its parts."""
    kept, end = [], 0
    for start, stop in spans:
        kept += [text[end:start], shown(text[start:stop])]
        end = stop
    return "".join([*kept, text[end:]])


def _merged(spans: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _schemes(text: str) -> Iterator[Span]:
    return (found.span(1) for found in _SCHEME.finditer(text) if not is_readable(found[1], Sensitivity.NO_WORD))


class _Places:
    """Where in a text the secrets of a document stand."""

    kinds = Kinds({})

    def __init__(self, text: str, depth: int) -> None:
        self.written, self.depth = text, depth
        self.found: list[Span] = []

    def whole(self, value: Any) -> Any:
        if isinstance(value, Leaf):
            end = value.end
            while end > value.start and self.written[end - 1] in "\n ":
                end -= 1
            self.found.append((value.start, end))
        return value

    def text(self, value: str, name: str, *, shell: bool) -> str:
        """Find what only a reader of the value finds: a document, a command line, an address, text with escapes."""
        if not isinstance(value, Leaf) or self.depth >= _DEPTH:
            return value
        found = parts(
            str(value) if value.escaped else self.written[value.start : value.end],
            name=name,
            shell=shell,
            depth=self.depth + 1,
        )
        if value.escaped and found:
            self.whole(value)
        elif not value.escaped:
            self.found += [(value.start + start, value.start + end) for start, end in found]
        return value


def _documents(text: str, depth: int) -> list[Span]:
    if "\n" not in text.strip() and not any(sign in text for sign in '{["') and text[:1] != "-":
        return []
    places = _Places(text, depth)
    for document in documents(text):
        hidden(document, places)
    return places.found


def _markup(text: str) -> Iterator[Span]:
    for pattern in _MARKUP:
        for found in pattern.finditer(text):
            name, value = ("name", "value") if pattern.groupindex else (1, 2)
            level = sensitivity_of(found[name])
            if level and not is_readable(found[value], level):
                yield found.span(value)


def _sections(text: str) -> Iterator[Span]:
    """Yield the values of sections such as `[passwords]`."""
    inside = False
    for found in _SECTION.finditer(text) if "[" in text else ():
        if found[1]:
            inside = is_several(found[1].rpartition(".")[2])
        elif inside and not is_readable(found[2].strip("\"' \t"), Sensitivity.NO_WORD):
            yield found.span(2)


def _encoded(text: str, depth: int) -> Iterator[Span]:
    """Yield what is base64 of a text with secrets."""
    if depth >= _DEPTH:
        return
    joined = "".join(text.split()) if "\n" in text else ""
    if joined and _BLOB.fullmatch(joined) and parts(_decoded(joined), depth=depth + 1):
        yield 0, len(text)
        return
    for found in _BLOB.finditer(text):
        if parts(_decoded(found[0]), depth=depth + 1):
            yield found.span()


def _decoded(blob: str) -> str:
    """Return the text that a blob is base64 of; '' if of none."""
    plain = blob.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
