"""Files: reads templates/ and environments/ whole, replaces output/<env>/ whole or not at all."""

from generator.workspace.output import Comparison, Staged, cache_folder, compare, locked, read_tree, staged, write
from generator.workspace.sources import read

__all__ = ["Comparison", "Staged", "cache_folder", "compare", "locked", "read", "read_tree", "staged", "write"]
