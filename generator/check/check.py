"""All checks, over built objects. Pure: objects in, findings out. What was not looked at is said, never passed over."""

from collections import Counter
from itertools import pairwise
from typing import NamedTuple

from msgspec.structs import replace

from generator.check import kubernetes_schema
from generator.finding import Finding, Severity, ordered
from generator.manifest import Object


class Verdict(NamedTuple):
    """What the checks found, how many objects there are, and how many of them were validated against a schema."""

    findings: tuple[Finding, ...]
    objects: int
    validated: int


def _duplicates(objects: tuple[Object, ...]) -> list[Finding]:
    """Return objects that two folders hold. kustomize lets them pass where only the version differs."""
    return [
        Finding(rule="duplicate-object", message=f"is rendered twice: {one.file}, {other.file}", object=str(one.id))
        for one, other in pairwise(objects)
        if one.id == other.id
    ]


def load(version: str) -> None:
    """Read the schemas of Kubernetes `version`, if there are any, before the first object comes."""
    if version in kubernetes_schema.versions():
        kubernetes_schema.definitions(version)


def check(objects: tuple[Object, ...], environment: str, version: str) -> Verdict:
    """Return the findings on an environment's objects at Kubernetes `version` (`1.34`)."""
    known = kubernetes_schema.versions()
    if version not in known:
        message = f"there are no schemas for Kubernetes {version}"
        hint = f"set kubernetes.version to one of {', '.join(known)}"
        return Verdict(
            (Finding(rule="kubernetes-version", message=message, hint=hint, environment=environment),), len(objects), 0
        )
    covered = [built for built in objects if kubernetes_schema.covered(built, version)]
    findings = [*_duplicates(objects), *kubernetes_schema.check(covered, version)]
    if not covered:
        message = "nothing was validated: the tree builds to no object of a built-in kind"
        findings.append(Finding(rule="nothing-validated", message=message))
    uncovered = Counter(f"{o.id.kind}.{o.id.group}" for o in objects if not kubernetes_schema.covered(o, version))
    if uncovered:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(uncovered.items()))
        message = f"{uncovered.total()} objects of custom kinds are not covered, no contract validated them: {kinds}"
        findings.append(Finding(rule="not-covered", severity=Severity.WARNING, message=message))
    told = ordered(replace(finding, environment=environment) for finding in findings)
    return Verdict(told, len(objects), len(covered))
