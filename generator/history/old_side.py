"""The old side of a diff: a folder like output/, or output/ at a commit."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from generator import workspace
from generator.history.before import Base, environments, merge_base, named, tree_at
from generator.history.source import Source, source
from generator.tree import Tree


class OldSide(NamedTuple):
    """What it is, its environments, and what reads the tree of one.

    `source` is None for a folder; else `output` is where output/ is below its repository.
    """

    base: Base
    environments: tuple[str, ...]
    tree: Callable[[str], Tree]
    source: Source | None = None
    output: str = ""


def old_side(root: Path, against: str) -> OldSide:
    """Return what `against` means: a folder, a ref, or '' for where our branch left the default one.

    Raises InputInvalid where there is no such ref, or no repository.
    """
    folder = Path(against)
    if against and os.path.isdir(folder):  # noqa: PTH112  a Path raises for what cannot be a path's name
        known = workspace.environments_in(folder)
        return OldSide(Base(f"the folder {against}"), known, lambda name: workspace.old_tree(folder, name))
    ours = source(root)
    base = named(ours, against) if against else merge_base(ours)
    output = ours.below(root / "output")
    return OldSide(
        base=base,
        environments=environments(ours, base.commit, output),
        tree=lambda name: tree_at(ours, base.commit, output, name),
        source=ours,
        output=output,
    )
