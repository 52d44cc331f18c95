"""All checks, over built objects. Pure: objects in, findings out. What was not looked at is said, never passed over."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from msgspec.structs import replace

from generator.catalog import Plan
from generator.check import (
    config_connector,
    edge,
    exceptions,
    exposure,
    grants,
    hardening,
    health,
    hygiene,
    images,
    kubernetes_schema,
    metadata,
    pod_security,
    ranges,
    reachability,
    references,
    scaling,
    secret_text,
    selectors,
    services,
    waves,
)
from generator.check.built import Built, Check
from generator.finding import Finding, Severity, ordered
from generator.manifest import Object
from generator.schema import place


class Verdict(NamedTuple):
    """What the checks found, how many objects there are, and how many of them were validated against a schema."""

    findings: tuple[Finding, ...]
    objects: int
    validated: int


def load(version: str) -> None:
    """Read the schemas of Kubernetes `version`, if there are any, before the first object comes."""
    if version in kubernetes_schema.versions():
        kubernetes_schema.definitions(version)


def check(objects: tuple[Object, ...], plan: Plan, *, today: dt.date) -> Verdict:
    """Return the findings on an environment's objects, worst first. `today` decides which exceptions have expired."""
    built = Built(plan, objects)
    covered = kubernetes_schema.covered_objects(objects, plan.environment.kubernetes.version)
    found = [finding for rule in CHECKS for finding in rule(built)]
    found = [*exceptions.settle(found, built, today)]
    told = ordered(replace(finding, environment=plan.environment.name) for finding in found)
    return Verdict(told, len(objects), len(covered))


def fits_kubernetes(built: Built) -> Iterator[Finding]:
    """Every object of a built-in kind fits the schema of the environment's Kubernetes version."""
    version = built.plan.environment.kubernetes.version
    if version not in kubernetes_schema.versions():
        hint = f"set kubernetes.version to one of {', '.join(kubernetes_schema.versions())}"
        where = place(("kubernetes", "version"), built.plan.marks)
        message = f"there are no schemas for Kubernetes {version}"
        yield Finding.at(where, "kubernetes-version", message, path="kubernetes.version", hint=hint)
        return
    yield from kubernetes_schema.check(kubernetes_schema.covered_objects(built.objects, version), version)


def something_was_validated(built: Built) -> Iterator[Finding]:
    """A run that validated nothing must not look like one that found nothing; custom kinds not covered are named."""
    version = built.plan.environment.kubernetes.version
    if version not in kubernetes_schema.versions():
        return
    covered = {item.id for item in kubernetes_schema.covered_objects(built.objects, version)}
    if not covered:
        message = "nothing was validated: the tree builds to no object of a built-in kind"
        yield Finding(rule="nothing-validated", message=message)
    uncovered = Counter(f"{item.id.kind}.{item.id.group}" for item in built.objects if item.id not in covered)
    if uncovered:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(uncovered.items()))
        message = f"{uncovered.total()} objects of custom kinds are not covered, no contract validated them: {kinds}"
        yield Finding(rule="not-covered", severity=Severity.WARNING, message=message)


def no_object_twice(built: Built) -> Iterator[Finding]:
    """No two folders hold one object; kustomize lets them pass where only the version differs."""
    for one, other in pairwise(built.objects):
        if one.id == other.id:
            message = f"is rendered twice: {one.file}, {other.file}"
            yield Finding(rule="duplicate-object", message=message, object=str(one.id))


CHECKS: tuple[Check, ...] = (
    fits_kubernetes,
    something_was_validated,
    no_object_twice,
    *metadata.RULES,
    *references.RULES,
    *services.RULES,
    *edge.RULES,
    *reachability.RULES,
    *scaling.RULES,
    *selectors.RULES,
    *images.RULES,
    *health.RULES,
    *pod_security.RULES,
    *hygiene.RULES,
    *secret_text.RULES,
    *waves.RULES,
    *config_connector.RULES,
    *grants.RULES,
    *ranges.RULES,
    *exposure.RULES,
    *hardening.RULES,
)
