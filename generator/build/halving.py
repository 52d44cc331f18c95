"""Folders that do not build together -> the objects of those that do: halves of them are built, and halves of those.

The tree is laid out once. So many builds are made, and so much time is spent; what is not reached then is named.
"""

import os
from pathlib import Path

from generator.bounds import BUDGET, BUILDS, OBJECTS, SECONDS, Bound
from generator.build.admitted import Admitted, admitted
from generator.build.kustomize import Tool
from generator.build.process import start
from generator.finding import Finding
from generator.manifest import Object, ObjectId
from generator.tree import Tree

_NO_OBJECT = "it contains something that is not a Kubernetes object"
_REASONS = (
    ("already registered id", "it contains the same object twice"),
    ("missing metadata.name", _NO_OBJECT),
    ("missing Resource metadata", _NO_OBJECT),
    ("patch", "a patch does not apply"),
    ("yaml", "it contains YAML that kustomize cannot read"),
    ("", "kustomize refuses it"),
)
"""What kustomize says, in our words: its own may show what a file holds."""


class Halving:
    """What was found: objects by identity, findings of what is none, and the folders that are left out, each with why."""

    def __init__(self, tree: Tree, tool: Tool, root: Path) -> None:
        """Keep the tree that is laid out below `root`."""
        self.found: dict[ObjectId, Object] = {}
        self.without: dict[str, str] = {}
        self.refused: list[Finding] = []
        self._tree, self._tool, self._root = tree, tool, root
        self._builds, self._begun = 0, _processor()

    def build(self, cluster: str, paths: list[str]) -> None:
        """Build the folders of a cluster."""
        waiting = [paths]
        while waiting:
            group = waiting.pop()
            if spent := self._spent():
                self.without |= dict.fromkeys(group, spent.more)
                continue
            built = self._tried(cluster, group)
            if not isinstance(built, str):
                self.found |= {one.id: one for one in built.objects}
                self.refused += built.findings
            elif len(group) == 1:
                self.without[group[0]] = f"does not build: {built}"
            else:
                half = len(group) // 2
                waiting += [group[half:], group[:half]]

    def _spent(self) -> Bound | None:
        if self._builds >= BUILDS.most:
            return BUILDS
        if len(self.found) > OBJECTS.most:
            return OBJECTS
        return BUDGET if self._left() <= 0 else None

    def _left(self) -> float:
        return BUDGET.most - (_processor() - self._begun)

    def _tried(self, cluster: str, paths: list[str]) -> Admitted | str:
        """Return what folders build to, or why they do not."""
        self._builds += 1
        running = start(self._tool.command, self._root, self._tree.environment, paths, max(1, round(self._left())))
        try:
            ended = running.ended()
        finally:
            running.stop()
        if ended.over:
            return BUDGET.more if ended.over is SECONDS else ended.over.more
        if ended.failed:
            return next(said for words, said in _REASONS if words in ended.said)
        return admitted(ended.output, cluster, self._tree)


def _processor() -> float:
    """Return the seconds of processor time that we, and the programs that we waited for, have taken."""
    return sum(os.times()[:4])
