"""Where in the files of a tree a field of a built object stands: what was read as it stands is told as it stands."""

from collections.abc import Iterable

from msgspec.structs import replace

from generator.build.reading import Reading
from generator.field import steps_of
from generator.finding import Finding
from generator.tree import Tree
from generator.yamlio.written import of_object


def located(findings: Iterable[Finding], tree: Tree) -> tuple[Finding, ...]:
    """Return the findings, those in a file of the tree with the line of the field, or the nearest one above it."""
    reading = Reading(tree)
    paths = {tree.named(path): path for path in reading.texts}
    return tuple(_located(finding, paths.get(finding.file, ""), reading) for finding in findings)


def _located(finding: Finding, path: str, reading: Reading) -> Finding:
    if not path or finding.line:
        return finding
    kind, _, name = finding.object.partition(" ")
    found = of_object(reading.documents(path), kind, name.rpartition("/")[2]) if path.endswith(".yaml") else None
    return replace(finding, line=found.where(steps_of(finding.path)).line if found else 1)
