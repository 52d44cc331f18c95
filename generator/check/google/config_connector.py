"""Config Connector objects: the project they act on, their protection, and names that Google Cloud takes."""

import re
from collections.abc import Iterator

from generator.annotation import ABANDON, CONFIRMED, DELETION_POLICY, PROJECT_ID, SYNC_OPTIONS, words
from generator.check.built import Built, Check, fault
from generator.check.google.hardening import unmet
from generator.check.google.resource import google_name, named
from generator.field import at, mapping, pointer, text
from generator.finding import Finding
from generator.kinds import every
from generator.manifest import Object

_ANNOTATIONS = "/metadata/annotations"

_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
_LABELS = 63  # of 64: Config Connector adds one


def resources_say_their_project(built: Built) -> Iterator[Finding]:
    """A resource says the environment's project; else the name of its namespace is taken for one."""
    project = built.plan.environment.gcp.project
    for item, google in built.resources:
        annotation = at(item.manifest, "metadata", "annotations", PROJECT_ID)
        if annotation != project and (annotation is not None or google.project == "annotation"):
            message = "must be the environment's project (gcp.project)"
            yield fault(item, _ANNOTATIONS + pointer(PROJECT_ID), message, rule="google-project")
        reference = at(item.manifest, "spec", "projectRef")
        if google.project == "projectRef" and reference is None:
            message = "is missing: Config Connector would write it, and Argo CD would take it away"
            yield fault(item, "/spec/projectRef", message, rule="google-project", hint="{external: the project's id}")
        external = text(reference, "external")
        if external and external.removeprefix("projects/") != project:
            message = "must be the environment's project (gcp.project)"
            yield fault(item, "/spec/projectRef/external", message, rule="google-project")


def namespaces_of_resources_say_their_project(built: Built) -> Iterator[Finding]:
    """The Namespace of resources says the same project as they do."""
    project, places = built.plan.environment.gcp.project, {(i.id.cluster, i.id.namespace) for i in built.google}
    for item in built.of_kind("Namespace"):
        annotation = at(item.manifest, "metadata", "annotations", PROJECT_ID)
        if (item.id.cluster, item.id.name) in places and annotation != project:
            message = "must be the environment's project (gcp.project): resources are in this Namespace"
            yield fault(item, _ANNOTATIONS + pointer(PROJECT_ID), message, rule="google-project")


def resources_outlive_their_objects(built: Built) -> Iterator[Finding]:
    """A resource with state, or that others need, stays in Google Cloud when its object leaves Git or the cluster."""
    for item, google in built.resources:
        annotations = mapping(item.manifest, "metadata", "annotations")
        policy, path = annotations.get(DELETION_POLICY), _ANNOTATIONS + pointer(DELETION_POLICY)
        if policy is not None and policy != ABANDON:
            yield fault(item, path, "must be abandon: any other text means delete", rule="google-protection")
        elif policy is None and google.is_kept:
            hint = f"{DELETION_POLICY}: abandon"
            yield fault(item, path, "must be abandon: the resource is kept", rule="google-protection", hint=hint)
        if google.is_kept:
            yield from _is_confirmed(item, annotations)
            for place, must in unmet(built, item, built.kinds.of(item.id.group, item.id.kind).protection):
                yield fault(item, place, f"must be {must}", rule="google-protection")


def _is_confirmed(item: Object, annotations: dict[str, str]) -> Iterator[Finding]:
    said = words(annotations.get(SYNC_OPTIONS))
    if missing := [option for option in CONFIRMED if option not in said]:
        path, message = _ANNOTATIONS + pointer(SYNC_OPTIONS), f"must hold {','.join(missing)}: a person confirms"
        yield fault(item, path, message, rule="google-protection")


def google_takes_the_names(built: Built) -> Iterator[Finding]:
    """A resource has a name that Google Cloud takes for its kind; the API would refuse it only after the merge."""
    project = built.plan.environment.gcp.project
    for item in built.google:
        name, path = google_name(item)
        taken = built.kinds.resource_name(item.id.group, item.id.kind)
        if taken and not taken.takes(name, project):
            yield fault(item, path, f"must be {taken.must}", rule="google-name")


def google_takes_the_labels(built: Built) -> Iterator[Finding]:
    """A label without a slash becomes a Google Cloud label: lower case, digits, dashes and underscores only."""
    for item in built.google:
        for key, value in mapping(item.manifest, "metadata", "labels").items():
            if "/" not in key and not (_LABEL_KEY.fullmatch(key) and _LABEL_VALUE.fullmatch(str(value))):
                message = "must be lower-case letters, digits, dashes and underscores, a letter first in the key"
                yield fault(item, f"/metadata/labels{pointer(key)}", message, rule="google-label")


def labels_are_not_too_many(built: Built) -> Iterator[Finding]:
    """A resource has at most 64 labels in Google Cloud: those without a slash, and managed-by-cnrm."""
    for item in built.google:
        labels = [key for key in mapping(item.manifest, "metadata", "labels") if "/" not in key]
        if len(labels) > _LABELS:
            yield fault(item, "/metadata/labels", f"has more than {_LABELS} labels", rule="google-label")


def records_are_unique_and_in_their_zone(built: Built) -> Iterator[Finding]:
    """One object answers for a name and type in a zone, which holds the name; two overwrite each other forever."""
    seen: dict[tuple[str, ...], Object] = {}
    for item in (item for item in built.google if item.id.kind == "DNSRecordSet"):
        name, zone = text(item.manifest, "spec", "name").lower(), at(item.manifest, "spec", "managedZoneRef")
        key = (
            item.id.cluster,
            *(text(zone, k) for k in ("name", "external")),
            name,
            text(item.manifest, "spec", "type"),
        )
        first = seen.setdefault(key, item)
        if first is not item:
            message = f"{first.id} has the same name and type in this zone"
            yield fault(item, "/spec/name", message, rule="dns-record")
        found = built.find_google(item, "DNSManagedZone", item.id.namespace, text(zone, "name"))
        domain = text(found.manifest, "spec", "dnsName").lower() if found else ""
        if not name.endswith(".") or not f".{name}".endswith(f".{domain}" if domain else "."):
            message = f"must end with the domain of the zone{f' ({found.id})' if found else ''} and a dot"
            yield fault(item, "/spec/name", message, rule="dns-record")


def a_network_has_one_of_each(built: Built) -> Iterator[Finding]:
    """A network has one ServiceNetworkingConnection and one DNSPolicy: a second one overwrites the first."""
    seen: dict[tuple[str, str, str], Object] = {}
    for item, google in built.resources:
        networks = every(item.manifest, google.one_per_network) if google.one_per_network else ()
        for network in sorted({named(reference) for _, reference in networks}):
            first = seen.setdefault((item.id.cluster, item.id.kind, network), item)
            if first is not item:
                message = f"{first.id} is there for this network, and a second one overwrites it"
                yield fault(item, "/spec", message, rule="network-twice")


RULES: tuple[Check, ...] = (
    resources_say_their_project,
    namespaces_of_resources_say_their_project,
    resources_outlive_their_objects,
    google_takes_the_names,
    google_takes_the_labels,
    labels_are_not_too_many,
    records_are_unique_and_in_their_zone,
    a_network_has_one_of_each,
)
