"""A Config Connector object stands for a resource of Google Cloud: its name there, and what it names.

No rule: `built.py` keeps what is read here, so that all objects are walked once.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.field import at, pointer, text
from generator.manifest import Object

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


def google_name(item: Object) -> tuple[str, str]:
    """Return the resource's name in Google Cloud, and the pointer to where it is said."""
    own = text(item.manifest, "spec", "resourceID")
    return (own, "/spec/resourceID") if own else (item.id.name, "/metadata/name")


def network_of(item: Object, *steps: str) -> str:
    """Return what says which network the object is in: the name or the external name at `networkRef`."""
    return named(at(item.manifest, "spec", *(steps or ("networkRef",))))


def named(reference: Any) -> str:
    """Return the name that a reference says, be it by `name` or at the end of `external`."""
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
