"""The kind files that the product ships, each read when its kind first occurs.

Parsing all of them takes 0.15 s, so their values are kept as JSON in the cache folder, by the hash of their texts.
"""

import contextlib
import functools
import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec
import yaml

from generator.kinds.kind import UNKNOWN, Kind

_HERE = Path(__file__).parent
_DEFINITIONS = "definitions"
_SUFFIX = ".yaml"


@functools.cache
def shipped(name: str) -> Kind:
    """Return the facts in a shipped file, by its path without suffix: `apps/Deployment`, `any`."""
    raw = _values().get(name)
    return msgspec.json.decode(raw, type=Kind) if raw is not None and name != _DEFINITIONS else UNKNOWN


def names() -> tuple[str, ...]:
    """Return the paths of all shipped files, without suffix, sorted."""
    return tuple(sorted(_values().keys() - {_DEFINITIONS}))


@functools.cache
def definitions() -> dict[str, Any]:
    """Return the definitions that contracts share, such as a reference of Config Connector."""
    found: dict[str, Any] = msgspec.json.decode(_values()[_DEFINITIONS])
    return found


def cache_folder() -> Path:
    """Return the folder of what earlier runs keep: $XDG_CACHE_HOME/codemie-manifests, by default below ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codemie-manifests"


@functools.cache
def _values() -> dict[str, msgspec.Raw]:
    files = {path.relative_to(_HERE).with_suffix("").as_posix(): path for path in sorted(_HERE.rglob(f"*{_SUFFIX}"))}
    texts = {name: path.read_bytes() for name, path in files.items()}
    key = hashlib.sha256(msgspec.msgpack.encode(texts)).hexdigest()
    kept = cache_folder() / "kinds" / f"{key}.json"
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(kept.read_bytes(), type=dict[str, msgspec.Raw])
    values = {name: yaml.load(text, Loader=yaml.CSafeLoader) for name, text in texts.items()}
    encoded = msgspec.json.encode(values)
    fresh = kept.with_suffix(f".{os.getpid()}.new")
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(encoded)
        for old in kept.parent.glob("*.json"):
            old.unlink(missing_ok=True)
        fresh.replace(kept)
    return msgspec.json.decode(encoded, type=dict[str, msgspec.Raw])
