"""YAML in and out: one guarded reader (libyaml's events) and one canonical writer, with the line of every value."""

from generator.yamlio.comment import comment
from generator.yamlio.document import (
    Document,
    Mapping,
    Path,
    Scalar,
    Sequence,
    compose,
    construct,
    dotted,
    load,
    load_all,
    load_built,
    resolve,
)
from generator.yamlio.writer import dump

__all__ = [
    "Document",
    "Mapping",
    "Path",
    "Scalar",
    "Sequence",
    "comment",
    "compose",
    "construct",
    "dotted",
    "dump",
    "load",
    "load_all",
    "load_built",
    "resolve",
]
