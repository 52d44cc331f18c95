"""An old tree -> the same without what would stop a folder from building: documents that are no objects, no patches."""

import re
from collections.abc import Iterable
from typing import Any

from generator import yamlio
from generator.build.admitted import misshapen
from generator.build.confined import Confined
from generator.errors import InputInvalid
from generator.field import at
from generator.tree import File, Gap, Tree

_START = re.compile(r"^---(?=[ \t\r]*(?:#.*)?$)", re.MULTILINE)
"""Where a document begins, be it inside of a text: YAML itself knows no other meaning of three dashes there."""
_READ_BY_OTHERS = ("yaml-alias", "yaml-anchor", "yaml-directive", "yaml-merge-key", "yaml-tag")
"""What kustomize reads and we do not."""


def without_other_patches(tree: Tree, patches: Iterable[str]) -> Tree:
    """Return the tree with those of its patches that are none as what cannot be read."""
    texts = tree.texts()
    broken = [Gap(path, "is not a patch") for path in sorted(patches) if not _is_patch(texts[path])]
    return Tree.of(tree.environment, tree.files, unread=(*tree.unread, *broken))


def without_other_documents(confined: Confined) -> Confined:
    """Return the tree without the documents of its resources that are no objects: each of them is a gap."""
    gaps = dict(confined.gaps)
    files = []
    for file in confined.tree.files:
        if file.path in confined.resources:
            kept, lines = _split(file.text)
            reason = "contains a document that is not a Kubernetes object"
            gaps |= {f"{file.path}:{line}": Gap(file.path, reason, line) for line in lines}
            files.append(file if not lines else File(file.path, kept))
        else:
            files.append(file)
    return confined._replace(tree=Tree.of(confined.tree.environment, files), gaps=gaps)


def object_documents(text: str) -> str:
    """Return a file's text without documents that are no objects."""
    return _split(text)[0]


def _is_patch(text: str) -> bool:
    """Whether a text is a list of operations, or a part of an object, or something that only others read."""
    try:
        found = yamlio.load_all(text, "")
    except InputInvalid as error:
        return error.findings[0].rule in _READ_BY_OTHERS
    return all(isinstance(patch, dict) or (isinstance(patch, list) and _are_maps(patch)) for patch in found)


def _are_maps(items: list[Any]) -> bool:
    return all(isinstance(item, dict) for item in items)


def _split(text: str) -> tuple[str, list[int]]:
    """Return a file's text without documents that are no objects, and the lines at which those begin."""
    kept, refused_lines, line = [], [], 1
    for part in _START.split(text):
        refused_line = _refused_line(part)
        if refused_line:
            refused_lines.append(line + refused_line - 1)
        else:
            kept.append(part)
        line += part.count("\n")
    return "---".join(kept), refused_lines


def _refused_line(part: str) -> int:
    """Return the line at which a document is no object; 0 for an object, for nothing, and for what only others read."""
    try:
        for node in yamlio.compose(part, ""):
            document, problems = yamlio.construct(node)
            twice = [found.line for found in problems if found.rule == "yaml-duplicate-key"]
            if twice or not _is_object(document.value):
                return twice[0] if twice else node.where.line
    except InputInvalid as error:
        found = error.findings[0]
        return 0 if found.rule in _READ_BY_OTHERS else max(found.line, 1)
    return 0


def _is_object(value: Any) -> bool:
    """Whether kustomize, and the door behind it, take a value for an object, a list of them, or nothing."""
    return value is None or isinstance(at(value, "items"), list) or not any(misshapen(value))
