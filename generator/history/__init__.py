"""Reads git: the commit that sources are at, and what is not committed. Read-only."""

from generator.history.before import Base, blobs, contents, environments, merge_base, named, tree_at
from generator.history.git import Done, Git, Setting, at, printable
from generator.history.last import last_content
from generator.history.old_side import OldSide, old_side
from generator.history.source import Source, lost, source

__all__ = [
    "Base",
    "Done",
    "Git",
    "OldSide",
    "Setting",
    "Source",
    "at",
    "blobs",
    "contents",
    "environments",
    "last_content",
    "lost",
    "merge_base",
    "named",
    "old_side",
    "printable",
    "source",
    "tree_at",
]
