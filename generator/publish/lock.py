"""The lock file of a published environment: which of its files are ours, their blobs, and what they were made from."""

import re
from typing import Any

import msgspec

from generator.publish.target import LOCK

SCHEMA = 1
_FILE = re.compile(r"(?!(?:.*/)?(?:\.{0,2}|\.git)(?:/|$))[^\x00-\x1f\x7f]+", re.IGNORECASE)
"""A path below the folder: no control character, no step that is empty, leads up or is git's own."""
_BLOB = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class Made(msgspec.Struct, frozen=True):
    """Where published files came from. `dirty`: with changes that nobody had committed."""

    repository: str
    commit: str
    dirty: bool


class Lock(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What is published of an environment. `files` are paths below its folder, with the blob each of them is."""

    schema: int
    environment: str
    generator_version: str
    source: Made
    content_hash: str
    files: dict[str, str]

    def text(self) -> str:
        """Return the file's text: sorted, without time or place, a line end at its end."""
        body: dict[str, Any] = {**msgspec.to_builtins(self), "files": dict(sorted(self.files.items()))}
        return msgspec.json.format(msgspec.json.encode(body), indent=2).decode() + "\n"


class Unreadable(msgspec.Struct, frozen=True):
    """A lock file that is none: why not, and whether a newer generator may have written it."""

    reason: str
    newer: bool = False


def read(content: bytes) -> Lock | Unreadable:
    """Return what a lock file says. It comes from elsewhere: nothing in it is trusted but its shape."""
    try:
        schema = msgspec.json.decode(content, type=dict).get("schema")
        if isinstance(schema, int) and schema > SCHEMA:
            return Unreadable(f"its schema is {schema}, and this version knows {SCHEMA}", newer=True)
        lock = msgspec.json.decode(content, type=Lock)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Unreadable(f"{LOCK} cannot be read: {error}")
    if not all(_FILE.fullmatch(path) and _BLOB.fullmatch(blob) for path, blob in lock.files.items()):
        return Unreadable(f"{LOCK} names files as we do not")
    return lock
