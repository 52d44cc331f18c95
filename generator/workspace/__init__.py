"""Files: reads templates/, environments/ and kinds/ whole, replaces output/<env>/ whole or not at all."""

from generator.cache import cache_folder
from generator.workspace.kind_files import write_kind_files
from generator.workspace.output import (
    Comparison,
    Staged,
    compare,
    environments_in,
    locked,
    old_tree,
    read_tree,
    retire,
    staged,
    write,
)
from generator.workspace.sources import read, read_files
from generator.workspace.stale import retired, stale

__all__ = [
    "Comparison",
    "Staged",
    "cache_folder",
    "compare",
    "environments_in",
    "locked",
    "old_tree",
    "read",
    "read_files",
    "read_tree",
    "retire",
    "retired",
    "staged",
    "stale",
    "write",
    "write_kind_files",
]
