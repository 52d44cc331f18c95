"""What is wrong with output/: files that are not what the sources render, and folders that nothing renders any more."""

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from generator.finding import Finding, Severity, Where
from generator.workspace.output import Comparison, environments_in

_NAMED = 20
"""How many files of a kind are named one by one."""


def stale(environment: str, comparison: Comparison, folder: str = "output") -> Iterator[Finding]:
    """Yield every file that is stale or not ours; beyond the first 20, only their number."""
    render = f"codemie-manifests render {environment}, then review and commit what it changes"
    away = "move it out of output/: only rendered files are published"
    place = (f"{folder}/{environment}", environment)
    yield from _each("output-stale", "differs from what the sources render", render, comparison.changed, place)
    yield from _each("output-stale", "is missing; the sources render it", render, comparison.added, place)
    yield from _each("output-stale", "is no longer rendered", render, comparison.removed, place)
    yield from _each("foreign-file", "was not written by the renderer", away, comparison.foreign, place)


def _each(rule: str, message: str, hint: str, paths: tuple[str, ...], place: tuple[str, str]) -> Iterator[Finding]:
    folder, environment = place
    for path in paths[:_NAMED]:
        yield Finding.at(Where(f"{folder}/{path}"), rule, message, hint=hint, environment=environment)
    if more := paths[_NAMED:]:
        counted = f"{folder}: {len(more)} more files: each {message}"
        yield Finding(rule=rule, message=counted, environment=environment, hint=hint)


def retired(root: Path, output: Path, folder: str = "output", *, check: bool = False) -> Iterator[Finding]:
    """Yield every folder of the output that no environment below `root` renders: nobody checks it, or takes it away.

    These are warnings, or errors for a `check`.
    """
    wanted = {file.stem for file in (root / "environments").glob("*.yaml")}
    for name in environments_in(output):
        if name not in wanted:
            message = f"is rendered from no environment: there is no environments/{name}.yaml"
            hint = f"codemie-manifests env retire {name} shows how to remove it"
            found = Finding.at(Where(f"{folder}/{name}"), "environment-retired", message, hint=hint, environment=name)
            yield found if check else replace(found, severity=Severity.WARNING)
