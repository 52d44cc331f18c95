"""A Config Connector object stands for a resource of Google Cloud: its name there, and what it names.

No rule: `built.py` keeps what is read here, so that all objects are walked once.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.field import at, pointer, text
from generator.manifest import Object

_GROUP = ".cnrm.cloud.google.com"
_OPERATOR = "core.cnrm.cloud.google.com"
"""How Config Connector itself is set up: no resource of Google Cloud."""

_KINDS = {
    # the field that names, and the kind it names; a field not listed here may lead to any kind
    "authorizedNetworkRef": "ComputeNetwork",
    "backupPlanRef": "GKEBackupBackupPlan",
    "bootDiskKMSCryptoKeyRef": "KMSCryptoKey",
    "bootDiskKMSKeyRef": "KMSCryptoKey",
    "brandRef": "IAPBrand",
    "bucketRef": "StorageBucket",
    "certificatesRefs": "CertificateManagerCertificate",
    "clusterRef": "ContainerCluster",
    "customerManagedKeyRef": "KMSCryptoKey",
    "dnsAuthorizationsRefs": "CertificateManagerDNSAuthorization",
    "drainNatIps": "ComputeAddress",
    "encryptionKMSCryptoKeyRef": "KMSCryptoKey",
    "featureRef": "GKEHubFeature",
    "gkeClusterNameRef": "ContainerCluster",
    "instanceRef": "SQLInstance",
    "ipAddressRef": "ComputeAddress",
    "keyRingRef": "KMSKeyRing",
    "kmsKeyRef": "KMSCryptoKey",
    "logSinkRef": "LoggingLogSink",
    "loggingLogBucketRef": "LoggingLogBucket",
    "managedZoneRef": "DNSManagedZone",
    "mapRef": "CertificateManagerCertificateMap",
    "masterInstanceRef": "SQLInstance",
    "membershipRef": "GKEHubMembership",
    "natIpRef": "ComputeAddress",
    "natIps": "ComputeAddress",
    "networkIpRef": "ComputeAddress",
    "networkRef": "ComputeNetwork",
    "notificationChannels": "MonitoringNotificationChannel",
    "privateEndpointSubnetworkRef": "ComputeSubnetwork",
    "privateNetworkRef": "ComputeNetwork",
    "projectRef": "Project",
    "repositoryRef": "ArtifactRegistryRepository",
    "reservedPeeringRanges": "ComputeAddress",
    "routerRef": "ComputeRouter",
    "rrdatasRefs": "ComputeAddress",
    "secretRef": "SecretManagerSecret",
    "serviceAccountRef": "IAMServiceAccount",
    "serviceIdentityRef": "ServiceIdentity",
    "sourceNatActiveIpsRefs": "ComputeAddress",
    "sourceNatActiveRangesRefs": "ComputeSubnetwork",
    "sourceNatDrainIpsRefs": "ComputeAddress",
    "sourceNatDrainRangesRefs": "ComputeSubnetwork",
    "sourceServiceAccounts": "IAMServiceAccount",
    "sqlInstanceRef": "SQLInstance",
    "storageBucketRef": "StorageBucket",
    "subnetworkRef": "ComputeSubnetwork",
    "targetServiceAccounts": "IAMServiceAccount",
}
_OTHERS = frozenset({"secretKeyRef"})
"""What leads to an object of Kubernetes."""


class Reference(NamedTuple):
    """Where a resource names another one: the place, the field, the kind ('' means any), namespace and name."""

    source: Object
    path: str
    field: str
    kind: str
    namespace: str
    name: str


def is_google(item: Object) -> bool:
    """Whether the object stands for a resource of Google Cloud."""
    return item.id.group.endswith(_GROUP) and item.id.group != _OPERATOR


def google_name(item: Object) -> tuple[str, str]:
    """Return the resource's name in Google Cloud, and the pointer to where it is said."""
    resource_id = text(item.manifest, "spec", "resourceID")
    return (resource_id, "/spec/resourceID") if resource_id else (item.id.name, "/metadata/name")


def network_of(item: Object, *steps: str) -> str:
    """Return what says which network the object is in: the name or the external name at `networkRef`."""
    reference = at(item.manifest, "spec", *(steps or ("networkRef",)))
    return text(reference, "name") or text(reference, "external").rpartition("/")[2]


def references(item: Object) -> Iterator[Reference]:
    """Yield every reference by name below the object's spec. One by `external` is Google Cloud's own to resolve."""
    yield from _below(item, item.manifest.get("spec"), "/spec", "")


def _below(item: Object, node: Any, path: str, field: str) -> Iterator[Reference]:
    """Yield the references at and below `node`, which stands in `field` (in a list of that name, for its items)."""
    if isinstance(node, list):
        for index, entry in enumerate(node):
            if isinstance(entry, dict | list):
                yield from _below(item, entry, f"{path}/{index}", field)
    elif isinstance(node, dict):
        name = text(node, "name")
        if name and (field in _KINDS or field.endswith(("Ref", "Refs"))) and field not in _OTHERS:
            kind = text(node, "kind") or _meant(item, field)
            yield Reference(item, path + "/name", field, kind, text(node, "namespace") or item.id.namespace, name)
            return
        for key, entry in node.items():
            if isinstance(entry, dict | list):
                yield from _below(item, entry, path + pointer(key), key)


def _meant(item: Object, field: str) -> str:
    if field == "resourceRef" and item.id.kind == "GKEHubMembership":
        return "ContainerCluster"
    return _KINDS.get(field, "")


def wanted_kind(reference: Reference) -> str:
    """Return the one kind that the reference's field takes; '' where several, or nobody knows."""
    return _meant(reference.source, reference.field)
