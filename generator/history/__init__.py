"""Reads git: the commit that sources are at, and what is not committed. Read-only."""

from generator.history.before import Base, blobs, contents, environments, merge_base, named, tree_at
from generator.history.git import Done, Git, Setting, at, printable
from generator.history.last import last
from generator.history.source import Source, source

__all__ = [
    "Base",
    "Done",
    "Git",
    "Setting",
    "Source",
    "at",
    "blobs",
    "contents",
    "environments",
    "last",
    "merge_base",
    "named",
    "printable",
    "source",
    "tree_at",
]
