"""An old tree -> the same without documents that are no objects: one of them would stop its folder from building."""

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


def without_other_documents(confined: Confined) -> Confined:
    """Return the tree without the documents of its resources that are no objects, with a warning of each of them."""
    findings = dict(confined.findings)
    files = []
    for file in confined.tree.files:
        if file.path in confined.resources:
            kept, lines = _split(file.text)
            findings |= {
                f"{file.path}:{line}": left_out(
                    confined.tree.environment, file.path, "it contains a document that is not a Kubernetes object", line
                )
                for line in lines
            }
            files.append(file if not lines else File(file.path, kept))
        else:
            files.append(file)
    return Confined(Tree.of(confined.tree.environment, files), confined.resources, findings)


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
    """Return the line at which a document is no object; 0 for an object, for nothing, and for what we do not read."""
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
