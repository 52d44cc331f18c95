"""Config Connector objects: the project they act on, their protection, and names that Google Cloud takes."""

import re
from collections.abc import Iterator

from generator.check.built import Built, Check, fault
from generator.check.google.resource import google_name, network_of
from generator.field import at, mapping, numbered, pointer, text
from generator.finding import Finding
from generator.manifest import Object

_CNRM = "cnrm.cloud.google.com/"
_PROJECT, _DELETION = f"{_CNRM}project-id", f"{_CNRM}deletion-policy"
_OPTIONS = "argocd.argoproj.io/sync-options"
_KEPT = ("Prune=confirm", "Delete=confirm", "PruneLast=true")
"""A person confirms; and until he does, nothing else that shall go waits for him."""
_ANNOTATIONS = "/metadata/annotations"

_PROJECT_REF = frozenset(
    {
        # kinds that say their project in spec.projectRef; an annotation would be copied there and show as a difference
        "CertificateManagerCertificate",
        "CertificateManagerCertificateMap",
        "CertificateManagerCertificateMapEntry",
        "CertificateManagerDNSAuthorization",
        "ComputeManagedSSLCertificate",
        "GKEBackupBackupPlan",
        "GKEBackupRestorePlan",
        "GKEHubFeature",
        "GKEHubFeatureMembership",
        "LoggingLogBucket",
        "LoggingLogSink",
        "MonitoringUptimeCheckConfig",
        "Service",
        "ServiceIdentity",
    }
)
_GRANTS = ("IAMPolicyMember", "IAMPartialPolicy")
_MAY_GO = frozenset(
    {
        # What must leave the cloud when it leaves Git: revoked grants, closed doors, replaced nodes and machines,
        # records, alerts. Everything else is state, or other things stand on it.
        *_GRANTS,
        "CertificateManagerCertificate",
        "CertificateManagerCertificateMap",
        "CertificateManagerCertificateMapEntry",
        "CertificateManagerDNSAuthorization",
        "ComputeFirewall",
        "ComputeInstance",
        "ComputeManagedSSLCertificate",
        "ComputeSecurityPolicy",
        "ComputeSSLPolicy",
        "ContainerNodePool",
        "DNSPolicy",
        "DNSRecordSet",
        "GKEBackupRestorePlan",
        "GKEHubFeature",
        "GKEHubFeatureMembership",
        "GKEHubMembership",
        "IAPSettings",
        "LoggingLogSink",
        "MonitoringAlertPolicy",
        "MonitoringNotificationChannel",
        "MonitoringUptimeCheckConfig",
        "SecretManagerSecretVersion",
        "ServiceIdentity",
    }
)

_SHORT = "a letter, then lower-case letters, digits and dashes, no dash at the end, at most"
_DNS_LABEL = (re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?"), f"{_SHORT} 63 characters")
_CLUSTER_LABEL = (re.compile(r"[a-z](?:[-a-z0-9]{0,38}[a-z0-9])?"), f"{_SHORT} 40 characters")
_KEY = (re.compile(r"[A-Za-z0-9_-]{1,63}"), "1 to 63 letters, digits, dashes and underscores")
_NAMES = {
    "ArtifactRegistryRepository": _DNS_LABEL,
    "ContainerCluster": _CLUSTER_LABEL,
    "ContainerNodePool": _CLUSTER_LABEL,
    "DNSManagedZone": _DNS_LABEL,
    "DNSPolicy": _DNS_LABEL,
    "GKEBackupBackupPlan": _DNS_LABEL,
    "GKEHubMembership": _DNS_LABEL,
    "IAMCustomRole": (
        re.compile(r"[A-Za-z0-9_.]{3,64}"),
        "3 to 64 letters, digits, underscores and dots (spec.resourceID)",
    ),
    "IAMServiceAccount": (
        re.compile(r"[a-z][-a-z0-9]{4,28}[a-z0-9]"),
        "6 to 30 lower-case letters, digits and dashes, a letter first, no dash at the end",
    ),
    "KMSCryptoKey": _KEY,
    "KMSKeyRing": _KEY,
    "RedisInstance": (
        re.compile(r"[a-z][-a-z0-9]{0,39}[a-z0-9]"),
        "2 to 41 lower-case letters, digits and dashes, a letter first, no dash at the end",
    ),
    "SecretManagerSecret": (re.compile(r"[A-Za-z0-9_-]{1,255}"), "1 to 255 letters, digits, dashes and underscores"),
    "Service": (re.compile(r"[-a-z0-9.]+\.[a-z]+"), "the full name of an API, such as compute.googleapis.com"),
    "SQLDatabase": (re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}"), "at most 63 letters, digits, dashes, underscores"),
    "SQLInstance": (re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?"), f"{_SHORT} 98 with the project's name"),
    "StorageBucket": (
        re.compile(r"(?!goog)[a-z0-9][-_a-z0-9]{1,61}[a-z0-9]"),
        "3 to 63 lower-case letters, digits, dashes and underscores, and not begin with goog",
    ),
}
_SQL_LONGEST = 98
"""Of `project:instance`."""
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")


def resources_say_their_project(built: Built) -> Iterator[Finding]:
    """A resource says the environment's project; else the name of its namespace is taken for one."""
    project = built.plan.environment.gcp.project
    for item in built.google:
        annotation = at(item.manifest, "metadata", "annotations", _PROJECT)
        # A grant is in the project of what it is on.
        needed = item.id.kind not in _PROJECT_REF and item.id.kind not in _GRANTS
        if (annotation is None and needed) or (annotation is not None and annotation != project):
            message = "must be the environment's project (gcp.project)"
            yield fault(item, _ANNOTATIONS + pointer(_PROJECT), message, rule="google-project")
        reference = at(item.manifest, "spec", "projectRef")
        if item.id.kind in _PROJECT_REF and reference is None:
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
        annotation = at(item.manifest, "metadata", "annotations", _PROJECT)
        if (item.id.cluster, item.id.name) in places and annotation != project:
            message = "must be the environment's project (gcp.project): resources are in this Namespace"
            yield fault(item, _ANNOTATIONS + pointer(_PROJECT), message, rule="google-project")


def resources_outlive_their_objects(built: Built) -> Iterator[Finding]:
    """Nothing that holds state, or that others stand on, leaves the cloud because its object left Git or the cluster."""
    for item in built.google:
        annotations = mapping(item.manifest, "metadata", "annotations")
        policy, path = annotations.get(_DELETION), _ANNOTATIONS + pointer(_DELETION)
        if policy is not None and policy != "abandon":
            yield fault(item, path, "must be abandon: any other text means delete", rule="google-protection")
        elif policy is None and item.id.kind not in _MAY_GO:
            hint = f"{_DELETION}: abandon"
            yield fault(item, path, "must be abandon: the resource is kept", rule="google-protection", hint=hint)
        if item.id.kind in _MAY_GO:
            continue
        options = text(annotations, _OPTIONS).replace(" ", "").split(",")
        if missing := [option for option in _KEPT if option not in options]:
            path, message = _ANNOTATIONS + pointer(_OPTIONS), f"must hold {','.join(missing)}: a person confirms"
            yield fault(item, path, message, rule="google-protection")
        yield from _own_protection(item, annotations)


def _own_protection(item: Object, annotations: dict[str, str]) -> Iterator[Finding]:
    """Yield what a kind has of its own against being lost."""
    switch = f"{_CNRM}disable-on-destroy"
    if item.id.kind == "Service" and annotations.get(switch) != "false":
        message = 'must be "false": else the API is switched off for the whole project'
        yield fault(item, _ANNOTATIONS + pointer(switch), message, rule="google-protection")
    if item.id.kind == "SQLDatabase" and at(item.manifest, "spec", "deletionPolicy") != "ABANDON":
        yield fault(item, "/spec/deletionPolicy", "must be ABANDON", rule="google-protection")


def google_takes_the_names(built: Built) -> Iterator[Finding]:
    """A resource has a name that Google Cloud takes for its kind; the API would refuse it only after the merge."""
    project = built.plan.environment.gcp.project
    for item in built.google:
        name, path = google_name(item)
        default = _DNS_LABEL if item.id.kind.startswith("Compute") else None
        pattern, syntax = _NAMES.get(item.id.kind, default) or (None, "")
        long = item.id.kind == "SQLInstance" and len(f"{project}:{name}") > _SQL_LONGEST
        if pattern is not None and (long or not pattern.fullmatch(name)):
            yield fault(item, path, f"must be {syntax}", rule="google-name")


def google_takes_the_labels(built: Built) -> Iterator[Finding]:
    """A label without a slash becomes a label in Google Cloud, which knows lower case, digits, dashes and underscores."""
    for item in built.google:
        for key, value in mapping(item.manifest, "metadata", "labels").items():
            if "/" not in key and not (_LABEL_KEY.fullmatch(key) and _LABEL_VALUE.fullmatch(str(value))):
                message = "must be lower-case letters, digits, dashes and underscores, a letter first in the key"
                yield fault(item, f"/metadata/labels{pointer(key)}", message, rule="google-label")


def records_are_unique_and_in_their_zone(built: Built) -> Iterator[Finding]:
    """One object says what a name and type answer in a zone, and the name is in it; two overwrite each other for ever."""
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
    for item in built.google:
        if item.id.kind not in ("ServiceNetworkingConnection", "DNSPolicy"):
            continue
        networks = [network_of(item)] if item.id.kind != "DNSPolicy" else _networks(item)
        for network in networks:
            first = seen.setdefault((item.id.cluster, item.id.kind, network), item)
            if first is not item:
                message = f"{first.id} is there for this network, and a second one overwrites it"
                yield fault(item, "/spec", message, rule="network-twice")


def _networks(policy: Object) -> list[str]:
    entries = [entry for _, entry in numbered(policy.manifest, "spec", "networks")]
    return sorted({text(entry, "networkRef", "name") or text(entry, "networkRef", "external") for entry in entries})


RULES: tuple[Check, ...] = (
    resources_say_their_project,
    namespaces_of_resources_say_their_project,
    resources_outlive_their_objects,
    google_takes_the_names,
    google_takes_the_labels,
    records_are_unique_and_in_their_zone,
    a_network_has_one_of_each,
)
