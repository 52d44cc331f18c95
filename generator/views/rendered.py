"""What a render did: one line of result, and its warnings."""

from msgspec.structs import replace

from generator import workspace
from generator.check import Verdict
from generator.finding import Finding, Severity
from generator.workspace import Comparison


def line(environment: str, files: int, verdict: Verdict | None, comparison: Comparison, *, written: bool) -> str:
    """Return `prod: 51 files, 52 objects (23 validated); 2 changed, 1 added, 0 removed`."""
    checks = _objects(verdict) if verdict else "not built, not checked"
    result = "unchanged"
    if comparison.stale():
        changed, added, removed = len(comparison.changed), len(comparison.added), len(comparison.removed)
        result = f"{changed} changed, {added} added, {removed} removed" + ("" if written else "; not written")
    return f"{environment}: {files} files, {checks}; {result}"


def checked(environment: str, files: int, verdict: Verdict) -> str:
    """Return `prod: 51 files, 52 objects (23 validated); passes`."""
    return f"{environment}: {files} files, {_objects(verdict)}; passes"


def _objects(verdict: Verdict) -> str:
    return f"{verdict.objects} objects ({verdict.validated} validated)"


def warnings(
    environment: str, verdict: Verdict | None, comparison: Comparison, folder: str = "output", *, written: bool
) -> tuple[Finding, ...]:
    """Return what a person should know of a render; where nothing was `written`, every file that is stale."""
    message = "was neither built nor checked; publish refuses such a tree"
    unchecked = Finding(rule="unchecked", severity=Severity.WARNING, message=message, environment=environment)
    files = workspace.stale(environment, comparison, folder)
    if written:
        files = (_kept(finding) for finding in files if finding.rule == "foreign-file")
    return (*(verdict.findings if verdict else (unchecked,)), *files)


def _kept(foreign: Finding) -> Finding:
    hint = "move it away: nothing reads it here, and Argo CD applies it only if a kustomization.yaml names it"
    return replace(foreign, severity=Severity.WARNING, message=f"{foreign.message}; it was kept", hint=hint)
