"""References by `external`: each in the form that the controller of its kind takes.

The webhook admits any text, and most controllers pass it on as it is (pkg/krmtotf/references.go): in a wrong form the
resource is never made, or made and never ready. So the form differs by field, not by what is named.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.check.built import Built, Check, fault
from generator.field import pointer, text
from generator.finding import Finding
from generator.manifest import Object


class Form(NamedTuple):
    """How a resource is written: as people read it, and as a pattern."""

    shown: str
    pattern: re.Pattern[str]


class Taken(NamedTuple):
    """A form, where it is read that these fields take it, and what another form does.

    A field is a kind and the path below its spec, with `*` for an item of a list; of a grant also the kind that it is on.
    """

    form: Form
    source: str
    fields: str
    otherwise: str = "does not have the form that Config Connector takes here"


class External(NamedTuple):
    """A reference by `external` in an object: the pointer to it, its field, the kind that it says, and its text."""

    path: str
    field: str
    kind: str
    text: str


def _form(example: str, prefix: str = "") -> Form:
    """Return a form of names in angle brackets; `ahead` is a pattern of what may stand before it."""
    return Form(example, re.compile(prefix + re.sub(r"<[^>]+>", r"[^/\\s]+", example)))


_COMPUTE = r"(?:https://(?:www|compute)\.googleapis\.com/compute/(?:v1|beta)/)?"
_NAME = _form("<name>")
_PROJECT = _form("<project>", "(?:projects/)?")
_NETWORK = _form("projects/<project>/global/networks/<name>", _COMPUTE)
_SUBNETWORK = _form("projects/<project>/regions/<region>/subnetworks/<name>", _COMPUTE)
_ADDRESS = _form("projects/<project>/regions/<region>/addresses/<name>", _COMPUTE)
_ROUTER = _form("projects/<project>/regions/<region>/routers/<name>", _COMPUTE)
_IMAGE = Form(
    "<project>/<family or image>",
    re.compile(rf"{_COMPUTE}(?:projects/[^/\s]+/global/images/(?:family/)?|[^/\s]+/)[^/\s]+"),
)
_CLUSTER = Form(
    "projects/<project>/locations/<location>/clusters/<name>",
    re.compile(r"projects/[^/\s]+/(?:locations|zones)/[^/\s]+/clusters/[^/\s]+"),
)
_LINK = Form(
    _CLUSTER.shown,
    re.compile(rf"(?:(?:https:)?//container\.googleapis\.com/(?:v1/|v1beta1/)?)?{_CLUSTER.pattern.pattern}"),
)
_ZONE = _form("projects/<project>/managedZones/<name>")
_RING = _form("projects/<project>/locations/<location>/keyRings/<name>")
_KEY = _form(f"{_RING.shown.replace('<name>', '<ring>')}/cryptoKeys/<name>")
_CHANNEL = _form("projects/<project>/notificationChannels/<id>")
_EMAIL = Form("<account>@<project>.iam.gserviceaccount.com", re.compile(r"[^@/\s]+@[^@/\s]+"))

_MAPPINGS = "config/servicemappings"
_CRD = "the CRD says so"
_IAM = "pkg/controller/iam/iamclient/tfiamclient.go: the ID by which Terraform imports it"
_GRANTS = ("IAMPolicyMember", "IAMPartialPolicy")

TAKEN: tuple[Taken, ...] = (
    # Sources are paths in GoogleCloudPlatform/k8s-config-connector and issues (#) there.
    Taken(_NAME, f"#623; {_MAPPINGS}/container.yaml: no targetField; the CRD says otherwise", "ContainerNodePool/clusterRef", "must be the plain name of the cluster: with a path, the pool is created but stays UpdateFailed"),
    Taken(_NAME, f"#844; {_MAPPINGS}/dns.yaml: no targetField; the CRD says otherwise", "DNSRecordSet/managedZoneRef", "must be the plain name of the zone: with a path, no record is ever created"),
    Taken(_NAME, f"{_MAPPINGS}/sql.yaml: no targetField", "SQLDatabase/instanceRef SQLUser/instanceRef"),
    Taken(_CLUSTER, "apis/container/v1beta1/containercluster_identity.go", "GKEBackupBackupPlan/clusterRef"),
    Taken(_CLUSTER, f"{_MAPPINGS}/dns.yaml: description", "DNSManagedZone/privateVisibilityConfig/gkeClusters/*/gkeClusterNameRef"),
    Taken(_LINK, "gkehub/membership_utils.go of the DCL: expandHubReferenceLink, flattenHubReferenceLink", "GKEHubMembership/endpoint/gkeCluster/resourceRef"),
    Taken(_PROJECT, f"{_MAPPINGS}/serviceusage.yaml, {_MAPPINGS}/compute.yaml: hierarchicalReferences", "Service/projectRef ServiceIdentity/projectRef ComputeManagedSSLCertificate/projectRef"),
    Taken(_PROJECT, "apis/refs/v1beta1/projectref.go, the CRD", "GKEBackupBackupPlan/projectRef MonitoringUptimeCheckConfig/projectRef LoggingLogBucket/projectRef LoggingLogSink/projectRef"),
    Taken(_NETWORK, f"{_MAPPINGS}/compute.yaml: targetField self_link; {_CRD}", "ComputeAddress/networkRef ComputeFirewall/networkRef ComputeInstance/networkInterface/*/networkRef ComputeRouter/networkRef ComputeSubnetwork/networkRef"),
    Taken(_NETWORK, f"{_MAPPINGS}/container.yaml: targetField self_link; {_CRD}", "ContainerCluster/networkRef"),
    Taken(_NETWORK, f"{_MAPPINGS}/dns.yaml: targetField self_link; {_CRD}", "DNSManagedZone/privateVisibilityConfig/networks/*/networkRef DNSManagedZone/peeringConfig/targetNetwork/networkRef DNSPolicy/networks/*/networkRef"),
    Taken(_NETWORK, f"{_MAPPINGS}/redis.yaml: targetField self_link; {_CRD}", "RedisInstance/authorizedNetworkRef"),
    Taken(_NETWORK, "pkg/controller/direct/sql/sqlinstance_equality.go compares it with the path that Google says", "SQLInstance/settings/ipConfiguration/privateNetworkRef"),
    Taken(_SUBNETWORK, f"{_MAPPINGS}/compute.yaml: targetField self_link; {_CRD}", "ComputeAddress/subnetworkRef ComputeInstance/networkInterface/*/subnetworkRef ComputeRouterNAT/subnetwork/*/subnetworkRef"),
    Taken(_SUBNETWORK, f"{_MAPPINGS}/container.yaml: targetField self_link; {_CRD}", "ContainerCluster/subnetworkRef ContainerCluster/privateClusterConfig/privateEndpointSubnetworkRef"),
    Taken(_ADDRESS, _CRD, "ComputeRouterNAT/natIps/* ComputeRouterNAT/drainNatIps/*"),
    Taken(_ROUTER, _CRD, "ComputeRouterNAT/routerRef"),
    Taken(_IMAGE, "resource_compute_instance.go: an image or its family, by project", "ComputeInstance/bootDisk/initializeParams/sourceImageRef"),
    Taken(_RING, f"{_MAPPINGS}/kms.yaml: targetField self_link; {_CRD}", "KMSCryptoKey/keyRingRef"),
    Taken(_KEY, f"{_MAPPINGS}/container.yaml, sql.yaml, storage.yaml: targetField self_link; {_CRD}", "ContainerNodePool/nodeConfig/bootDiskKMSCryptoKeyRef SQLInstance/encryptionKMSCryptoKeyRef StorageBucket/encryption/kmsKeyRef GKEBackupBackupPlan/backupConfig/encryptionKey/kmsKeyRef"),
    Taken(_EMAIL, f"{_MAPPINGS}/container.yaml, compute.yaml: targetField email", "ContainerNodePool/nodeConfig/serviceAccountRef ComputeInstance/serviceAccount/serviceAccountRef ComputeFirewall/targetServiceAccounts/* ComputeFirewall/sourceServiceAccounts/*"),
    Taken(_CHANNEL, _CRD, "MonitoringAlertPolicy/notificationChannels/*"),
    Taken(_PROJECT, _IAM, " ".join(f"{kind}/resourceRef:Project" for kind in _GRANTS)),
    Taken(_NAME, f"{_IAM}; {_MAPPINGS}/storage.yaml", " ".join(f"{kind}/resourceRef:StorageBucket" for kind in _GRANTS)),
    Taken(_ZONE, f"{_IAM}; {_MAPPINGS}/dns.yaml: idTemplate", " ".join(f"{kind}/resourceRef:DNSManagedZone" for kind in _GRANTS)),
    Taken(_RING, f"{_IAM}; {_MAPPINGS}/kms.yaml: idTemplate", " ".join(f"{kind}/resourceRef:KMSKeyRing" for kind in _GRANTS)),
    Taken(_KEY, f"{_IAM}; {_MAPPINGS}/kms.yaml: idTemplate", " ".join(f"{kind}/resourceRef:KMSCryptoKey" for kind in _GRANTS)),
)  # fmt: skip

_BY_FIELD = {field: taken for taken in TAKEN for field in taken.fields.split()}


def externals(item: Object) -> Iterator[External]:
    """Yield every reference by `external` below an object's spec."""
    yield from _below(item.manifest.get("spec"), "/spec", item.id.kind)


def taken(reference: External) -> Taken | None:
    """Return what is known of a reference's field."""
    return _BY_FIELD.get(f"{reference.field}:{reference.kind}") or _BY_FIELD.get(reference.field)


def references_have_the_form_that_is_taken(built: Built) -> Iterator[Finding]:
    """What is there before us is named in the form that the field takes: a path to it, or its plain name."""
    for item in built.google:
        for reference in externals(item):
            row = taken(reference)
            if row and not row.form.pattern.fullmatch(reference.text):
                hint = f"external: {row.form.shown}"
                yield fault(item, reference.path, row.otherwise, rule="reference-form", hint=hint)


def _below(node: Any, path: str, field: str) -> Iterator[External]:
    if isinstance(node, list):
        for index, entry in enumerate(node):
            yield from _below(entry, f"{path}/{index}", f"{field}/*")
    elif isinstance(node, dict):
        if external := text(node, "external"):
            yield External(f"{path}/external", field, text(node, "kind"), external)
        for key, entry in node.items():
            yield from _below(entry, path + pointer(key), f"{field}/{key}")


RULES: tuple[Check, ...] = (references_have_the_form_that_is_taken,)
