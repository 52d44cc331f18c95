"""What a run keeps for the next ones: a folder of the user, in which anything may be missing, old or spoilt."""

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

_KEPT = 8
"""So many of a sort are kept, the newest."""


def cache_folder() -> Path:
    """Return the folder of what earlier runs keep: $XDG_CACHE_HOME/codemie-manifests, by default below ~/.cache.

    A user without a home has no such folder. A relative path is refused too: it would be inside a project, which may be
    anybody's. Nothing can be read or written below what is returned then.
    """
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        folder = Path()
    return (folder if folder.is_absolute() else Path(os.devnull)) / "codemie-manifests"


def kept(sort: str, key: str, make: Callable[[], bytes]) -> bytes:
    """Return what `make` returns; an earlier run may have kept it under this key."""
    file = cache_folder() / sort / f"{key}.json"
    content = read(file)
    if content is None:
        content = make()
        store(file, content, _KEPT)
    return content


def read(file: Path) -> bytes | None:
    """Return what was stored in a file; None where it is not there, was cut off, or somebody changed it."""
    with contextlib.suppress(OSError):
        digest, _, content = file.read_bytes().partition(b"\n")
        if digest == _digest(content):
            return content
    return None


def store(file: Path, content: bytes, most: int) -> None:
    """Keep a content in a file, with its digest, and the newest `most` files of the folder; or nothing."""
    fresh = file.with_suffix(".new")  # what a killed run left is written over; its digest tells of two at once
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(_digest(content) + b"\n" + content)
        fresh.replace(file)
        for old in sorted(file.parent.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)[:-most]:
            old.unlink(missing_ok=True)
    except OSError:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
