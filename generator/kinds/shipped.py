"""The kind files that the product ships, each read when its kind first occurs.

Parsing all of them takes 0.15 s, so their values are kept as JSON in the cache folder, by the hash of their texts.
"""

import functools
import hashlib
from pathlib import Path
from typing import Any

import msgspec
import yaml

from generator.cache import kept
from generator.kinds.kind import UNKNOWN, Kind

_HERE = Path(__file__).parent
_DEFINITIONS = "definitions"
_VALIDATION = "validation/"
_SUFFIX = ".yaml"


@functools.cache
def shipped(name: str) -> Kind:
    """Return the facts in a shipped file, by its path without suffix: `apps/Deployment`, `any`."""
    raw = _values().get(name) if _is_kind(name) else None
    return msgspec.json.decode(raw, type=Kind) if raw is not None else UNKNOWN


def names() -> tuple[str, ...]:
    """Return the paths of all shipped files, without suffix, sorted."""
    return tuple(sorted(filter(_is_kind, _values())))


@functools.cache
def definitions() -> dict[str, Any]:
    """Return the definitions that contracts share, such as a reference of Config Connector."""
    found: dict[str, Any] = msgspec.json.decode(_values()[_DEFINITIONS])
    return found


@functools.cache
def validation() -> dict[str, Any]:
    """Return what the API server refuses though its schema takes it, by the name of the definition in that schema."""
    files = (msgspec.json.decode(raw) for name, raw in _values().items() if name.startswith(_VALIDATION))
    return {definition: schema for file in files for definition, schema in file.items()}


def _is_kind(name: str) -> bool:
    return name != _DEFINITIONS and not name.startswith(_VALIDATION)


def fingerprint() -> str:
    """Return a hash of the shipped kind files and of this room's code: what decides how kind files are read."""
    digest = hashlib.sha256(msgspec.msgpack.encode(_texts()))
    for path in sorted(_HERE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@functools.cache
def _texts() -> dict[str, bytes]:
    files = {path.relative_to(_HERE).with_suffix("").as_posix(): path for path in sorted(_HERE.rglob(f"*{_SUFFIX}"))}
    return {name: path.read_bytes() for name, path in files.items()}


@functools.cache
def _values() -> dict[str, msgspec.Raw]:
    key = hashlib.sha256(msgspec.msgpack.encode(_texts())).hexdigest()
    return msgspec.json.decode(kept("kinds", key, _parsed), type=dict[str, msgspec.Raw])


def _parsed() -> bytes:
    return msgspec.json.encode({name: yaml.load(text, Loader=yaml.CSafeLoader) for name, text in _texts().items()})
