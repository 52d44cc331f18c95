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
"""Part of kustomize's message, and the reason in our words: its own may show what a file holds."""


class Halving:
    """The objects by identity, findings of what is none, and the folders that are left out, each with its reason."""

    def __init__(self, tree: Tree, tool: Tool, root: Path) -> None:
        """Keep the tree that is laid out below `root`."""
        self.objects: dict[ObjectId, Object] = {}
        self.left_out: dict[str, str] = {}
        self.findings: list[Finding] = []
        self._tree, self._tool, self._root = tree, tool, root
        self._builds, self._begun = 0, _processor()

    def build(self, cluster: str, paths: list[str]) -> None:
        """Build the folders of a cluster."""
        waiting = [paths]
        while waiting:
            group = waiting.pop()
            if exceeded := self._exceeded():
                self.left_out |= dict.fromkeys(group, exceeded.more)
                continue
            built = self._built(cluster, group)
            if not isinstance(built, str):
                self.objects |= {object_.id: object_ for object_ in built.objects}
                self.findings += built.findings
            elif len(group) == 1:
                self.left_out[group[0]] = f"does not build: {built}"
            else:
                half = len(group) // 2
                waiting += [group[half:], group[:half]]

    def _exceeded(self) -> Bound | None:
        if self._builds >= BUILDS.most:
            return BUILDS
        if len(self.objects) > OBJECTS.most:
            return OBJECTS
        return BUDGET if self._seconds_left() <= 0 else None

    def _seconds_left(self) -> float:
        return BUDGET.most - (_processor() - self._begun)

    def _built(self, cluster: str, paths: list[str]) -> Admitted | str:
        """Return what folders build to, or why they do not."""
        self._builds += 1
        running = start(
            self._tool.command, self._root, self._tree.environment, paths, max(1, round(self._seconds_left()))
        )
        try:
            ended = running.ended()
        finally:
            running.stop()
        if ended.exceeded:
            return BUDGET.more if ended.exceeded is SECONDS else ended.exceeded.more
        if ended.failed:
            return next(reason for quoted, reason in _REASONS if quoted in ended.stderr)
        return admitted(ended.output, cluster, self._tree)


def _processor() -> float:
    """Return the seconds of processor time that we, and the programs that we waited for, have taken."""
    return sum(os.times()[:4])
