"""An old tree -> the same without documents that are no objects: one of them would keep its whole folder from building."""

import re
from typing import Any

from generator import yamlio
from generator.build.admitted import misshapen
from generator.build.confined import Confined, left_out
from generator.errors import InputInvalid
from generator.field import at
from generator.tree import File, Tree

_START = re.compile(r"^---(?=[ \t\r]*(?:#.*)?$)", re.MULTILINE)
"""Where a document begins, be it inside of a text: YAML itself knows no other meaning of three dashes there."""


def of_objects(given: Confined) -> Confined:
    """Return the tree without the documents of its resources that are no objects, and warnings of those too."""
    findings = dict(given.findings)
    files = []
    for file in given.tree.files:
        if file.path in given.resources:
            kept, lines = _sorted(file.text)
            findings |= {
                f"{file.path}:{line}": left_out(
                    given.tree.environment, file.path, "it contains a document that is not a Kubernetes object", line
                )
                for line in lines
            }
            files.append(file if not lines else File(file.path, kept))
        else:
            files.append(file)
    return Confined(Tree.of(given.tree.environment, files), given.resources, findings)


def _sorted(text: str) -> tuple[str, list[int]]:
    """Return a file's text without documents that are no objects, and the lines at which those begin."""
    kept, lines, line = [], [], 1
    for part in _START.split(text):
        refused = _refused(part)
        if refused:
            lines.append(line + refused - 1)
        else:
            kept.append(part)
        line += part.count("\n")
    return "---".join(kept), lines


def _refused(part: str) -> int:
    """Return the line of a document at which it is no object; 0 for an object, for nothing, and for what we do not read."""
    try:
        for node in yamlio.compose(part, ""):
            if not _is_object(yamlio.construct(node)[0].value):
                return node.where.line
    except InputInvalid as error:
        found = error.findings[0]
        return found.line if found.rule == "yaml-syntax" else 0
    return 0


def _is_object(value: Any) -> bool:
    """Whether kustomize, and the door behind it, take a value for an object, a list of them, or nothing."""
    return value is None or isinstance(at(value, "items"), list) or not any(misshapen(value))
