"""All checks, over built objects. Pure: objects in, findings out. What was not looked at is said, never passed over."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from generator.catalog import Plan
from generator.check import acceptance, argocd, elastic, exceptions, patches, validation
from generator.check.built import Built, Check
from generator.check.google import cloud_sql, config_connector, external, gke, grants, hardening, identity, nodes, waves
from generator.check.kubernetes import (
    health,
    heap,
    hygiene,
    images,
    metadata,
    pod_security,
    rbac,
    references,
    scaling,
    secret_owner,
    secret_text,
    selectors,
)
from generator.check.models import locations, models, providers, retirements
from generator.check.network import (
    armor,
    edge,
    exposure,
    internet,
    limits,
    outgoing,
    outside,
    ranges,
    reachability,
    room,
    services,
)
from generator.check.schema import contract, kubernetes_schema, served
from generator.finding import Finding, Severity, ordered
from generator.manifest import Object
from generator.schema import place


class Verdict(NamedTuple):
    """What the checks found, how many objects there are, and how many of them were validated against a schema."""

    findings: tuple[Finding, ...]
    objects: int
    validated: int

    def relocated(self, findings: tuple[Finding, ...]) -> "Verdict":
        """Return the verdict with the same findings, told at other places."""
        return self._replace(findings=ordered(findings))


def load(version: str) -> None:
    """Read the schemas of Kubernetes `version`, if there are any, before the first object comes."""
    if version in kubernetes_schema.versions():
        kubernetes_schema.definitions(version)


def check(
    objects: tuple[Object, ...],
    plan: Plan,
    texts: Mapping[str, str] = MappingProxyType({}),
    *,
    today: dt.date,
    further: tuple[Check, ...] = (),
) -> Verdict:
    """Return the findings on an environment's objects, worst first, and the warnings of its plan.

    `texts` are the project's files by path: its contracts are among them. `today` decides which exceptions have expired
    and which models are retired. `further` are rules of rooms that come later, such as capacity.
    """
    built = Built(plan, objects, texts)
    covered = [item for item in objects if _covered(item, built)]
    found = [finding for rule in SHAPES for finding in rule(built)]
    complete = not _misshapen(found, built, today)
    if complete:
        found += [finding for rule in (*CHECKS, *further) for finding in rule(built)]
        found += [finding for dated in retirements.DATED for finding in dated(built, today)]
    found = [*plan.warnings, *exceptions.unaccepted(found, built, today, complete=complete)]
    unaccepted = acceptance.unaccepted(found, plan, texts, complete=complete)
    findings = ordered(replace(finding, environment=plan.environment.name) for finding in unaccepted)
    return Verdict(findings, len(objects), len(covered))


def _misshapen(found: list[Finding], built: Built, today: dt.date) -> bool:
    """Whether a field is of another type than its kind says, and no exception accepts that.

    Rules would read such a field as nothing, and tell of what is missing then.
    """
    version = built.plan.environment.kubernetes.version
    shape_faults = {(finding.rule, finding.object) for finding in found if finding.rule in _OF_SHAPE}
    objects = {name for _, name in shape_faults - exceptions.accepted(built.plan, today)}
    return any(str(item.id) in objects and not _fits(item, built, version) for item in built.objects)


def _fits(item: Object, built: Built, version: str) -> bool:
    if version not in kubernetes_schema.versions():
        return True
    if kubernetes_schema.covered(item, version):
        return kubernetes_schema.fits(item, version)
    its_contract = built.contracts.of(item.manifest)
    return its_contract is None or contract.fits(item, its_contract)


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


def fits_its_contract(built: Built) -> Iterator[Finding]:
    """Every object of a custom kind fits its contract; one without is not refused for what is known of its kind."""
    version = built.plan.environment.kubernetes.version
    if version in kubernetes_schema.versions():
        for item in built.objects:
            is_built_in = kubernetes_schema.covered(item, version)
            its_contract = None if is_built_in else built.contracts.judging(item)
            if its_contract:
                yield from contract.check(item, its_contract)


def something_was_validated(built: Built) -> Iterator[Finding]:
    """A run that validated nothing must not look like one that found nothing; custom kinds not covered are named."""
    version = built.plan.environment.kubernetes.version
    if version not in kubernetes_schema.versions():
        return
    if not any(kubernetes_schema.covered(item, version) for item in built.objects):
        message = "nothing was validated: the tree builds to no object of a built-in kind"
        yield Finding(rule="nothing-validated", message=message)
    unknown = [item for item in built.objects if not _covered(item, built) and not served.unserved(item, built)]
    uncovered = Counter(f"{item.id.kind}.{item.id.group}" for item in unknown)
    if uncovered:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(uncovered.items()))
        message = f"{uncovered.total()} objects of custom kinds are not covered, no contract validated them: {kinds}"
        hint = "codemie-manifests schemas import CRD.yaml makes contracts of your cluster's CRDs"
        yield Finding(rule="not-covered", severity=Severity.WARNING, message=message, hint=hint)


def _covered(item: Object, built: Built) -> bool:
    """Whether there is a schema, or a contract, that an object was judged by."""
    version = built.plan.environment.kubernetes.version
    has_schemas = version in kubernetes_schema.versions()
    return has_schemas and (kubernetes_schema.covered(item, version) or built.contracts.of(item.manifest) is not None)


def no_object_twice(built: Built) -> Iterator[Finding]:
    """No two folders hold one object; kustomize lets them pass where only the version differs."""
    for first, second in pairwise(built.objects):
        if first.id == second.id:
            message = f"is rendered twice: {first.file}, {second.file}"
            yield Finding(rule="duplicate-object", message=message, object=str(first.id))


_OF_SHAPE = ("kubernetes-schema", "contract")
SHAPES: tuple[Check, ...] = (
    fits_kubernetes,
    fits_its_contract,
    served.every_version_is_served,
    something_was_validated,
    no_object_twice,
    *metadata.RULES,
    *validation.RULES,
)
"""What comes first, as in a compiler: the others are not asked where an object has not the shape of its kind."""
CHECKS: tuple[Check, ...] = (
    *references.RULES,
    *services.RULES,
    *edge.RULES,
    *reachability.RULES,
    *outside.RULES,
    *scaling.RULES,
    *selectors.RULES,
    *images.RULES,
    *models.RULES,
    *locations.RULES,
    *providers.RULES,
    *health.RULES,
    *heap.RULES,
    *pod_security.RULES,
    *hygiene.RULES,
    *secret_text.RULES,
    *secret_owner.RULES,
    *waves.RULES,
    *config_connector.RULES,
    *gke.RULES,
    *nodes.RULES,
    *cloud_sql.RULES,
    *grants.RULES,
    *rbac.RULES,
    *identity.RULES,
    *ranges.RULES,
    *room.RULES,
    *outgoing.RULES,
    *limits.RULES,
    *internet.RULES,
    *exposure.RULES,
    *external.RULES,
    *armor.RULES,
    *hardening.RULES,
    *argocd.RULES,
    *elastic.RULES,
    *patches.RULES,
)
