"""What every Config Connector object has; service accounts, grants, APIs, projects."""

from generator.manifest import Manifest
from generator.review.change import ABSENT, Impact
from generator.review.row import (
    Row,
    Steps,
    added,
    always,
    away_from,
    changed,
    comes,
    goes,
    removed,
    reordered,
    several,
    to,
)

_CNRM = "cnrm.cloud.google.com"
_DOCS = "https://cloud.google.com/config-connector/docs"
_DELETES = f"{_DOCS}/how-to/managing-deleting-resources"
_RECONCILE = f"{_DOCS}/concepts/reconciliation"
_WEBHOOK = "k8s-config-connector pkg/webhook/immutable_fields_validator.go"
_DEFAULTS = "k8s-config-connector docs/releasenotes/release-1.123.md"
_SERVICE = f"{_DOCS}/reference/resource-docs/serviceusage/service"
_MEMBER = f"{_DOCS}/reference/resource-docs/iam/iampolicymember"
_PARTIAL = f"{_DOCS}/reference/resource-docs/iam/iampartialpolicy"
_POLICY = f"{_DOCS}/reference/resource-docs/iam/iampolicy"
_ACCOUNT = "https://cloud.google.com/iam/docs/service-accounts-delete-undelete"
_DISABLE = "https://cloud.google.com/iam/docs/service-accounts-disable-enable"
_ROLES = "https://cloud.google.com/iam/docs/creating-custom-roles"
_CONTEXT = f"{_DOCS}/how-to/install-namespaced"
_PROJECT = "https://cloud.google.com/resource-manager/docs/creating-managing-projects"
_IAP = f"{_DOCS}/reference/resource-docs/iap/iapsettings"

STATE = (
    *(
        "Project",
        "RedisInstance",
        "Service",
        "ContainerCluster",
        "SQLInstance",
        "SQLDatabase",
        "SQLUser",
        "KMSKeyRing",
        "KMSCryptoKey",
    ),
    *("StorageBucket", "SecretManagerSecret", "SecretManagerSecretVersion", "ComputeNetwork", "ComputeSubnetwork"),
    *(
        "ComputeAddress",
        "ServiceNetworkingConnection",
        "DNSManagedZone",
        "ComputeInstance",
        "ArtifactRegistryRepository",
    ),
    *("GKEBackupBackupPlan", "LoggingLogBucket", "IAMServiceAccount"),
)
"""Kinds whose deletion takes along what cannot be made again as it was."""


def _annotation(name: str) -> str:
    return f"metadata.annotations[{_CNRM}/{name}]"


def _is_state(manifest: Manifest, _steps: Steps) -> bool:
    return manifest.get("kind") in STATE


def _is_none(manifest: Manifest, _steps: Steps) -> bool:
    return manifest.get("kind") not in STATE


def _is_grant(manifest: Manifest, _steps: Steps) -> bool:
    return str(manifest.get("kind", "")).startswith("IAMPolicy") or manifest.get("kind") == "IAMPartialPolicy"


def _is_no_grant(manifest: Manifest, steps: Steps) -> bool:
    return not _is_grant(manifest, steps)


def _keeps_api(manifest: Manifest, _steps: Steps) -> bool:
    return (manifest.get("metadata", {}).get("annotations") or {}).get(f"{_CNRM}/disable-on-destroy") == "false"


def _stops_api(manifest: Manifest, steps: Steps) -> bool:
    return not _keeps_api(manifest, steps)


_UNGUARDED = "the guard goes: from now on, when this object is deleted, what it made in Google Cloud is deleted with it"
_OPEN_LATER = "the guard goes: from now on, when this object is deleted, what it stands for stops working"

_EVERY: tuple[Row, ...] = (
    Row("", added, Impact.SAFE, "makes it in Google Cloud, or takes over what has its name and changes it to match", _DELETES),
    Row("metadata.labels.**", always, Impact.SAFE, "a label: it finds and bills, nothing restarts", f"{_DOCS}/how-to/organizing-resources/managing-labels"),
    Row(_annotation("deletion-policy"), away_from("abandon"), Impact.DATA_LOSS, _UNGUARDED, _DELETES, where=_is_state),
    Row(_annotation("deletion-policy"), away_from("abandon"), Impact.EXPOSURE, _OPEN_LATER, _DELETES, where=_is_none),
    Row(_annotation("deletion-policy"), always, Impact.SAFE, "only `abandon` means something: it leaves the resource when the object goes", _DELETES),
    Row(_annotation("project-id"), always, Impact.BLOCKED, "an object cannot move to another project: the webhook refuses it", "k8s-config-connector pkg/k8s/meta.go", "write the project that the live object has, or make a new object with a new name"),
    Row(_annotation("state-into-spec"), goes, Impact.BLOCKED, "cannot be changed or removed on a living object: the webhook refuses it", _DEFAULTS, "leave it as the live object has it", where=_is_no_grant),
    Row(_annotation("state-into-spec"), to("absent"), Impact.SAFE, "is the default of new objects, written out", _DEFAULTS),
    Row(_annotation("state-into-spec"), to("merge"), Impact.BLOCKED, "cannot be changed on a living object: the webhook refuses it", _DEFAULTS, "leave it as the live object has it", where=_is_no_grant),
    Row(_annotation("state-into-spec"), always, Impact.SAFE, "grants have no state that could be written into the spec", _DEFAULTS, where=_is_grant),
    Row(_annotation("reconcile-interval-in-seconds"), to("0"), Impact.ORPHAN, "is compared no more: what somebody changes by hand stays changed", _RECONCILE),
    Row(_annotation("reconcile-interval-in-seconds"), always, Impact.SAFE, "how often Google Cloud is compared with the object", _RECONCILE),
    Row(_annotation("management-conflict-prevention-policy"), to("resource"), Impact.UNKNOWN, "writes leases as labels on the resource, and updates it for each", f"{_DOCS}/concepts/managing-conflicts"),
    Row(_annotation("management-conflict-prevention-policy"), always, Impact.SAFE, "no leases are written, which is the default", f"{_DOCS}/concepts/managing-conflicts"),
    Row("spec.resourceID", always, Impact.BLOCKED, "the name in Google Cloud cannot be changed: the webhook refuses it", _WEBHOOK),
    Row("spec.**", reordered, Impact.SAFE, "the same items in another order: Google Cloud takes them as a set", "k8s-config-connector docs/design-decisions"),
)  # fmt: skip

_SERVICE_ROWS: tuple[Row, ...] = (
    Row("", added, Impact.SAFE, "switches the API on; it takes some minutes, and what needs it fails until then", _SERVICE),
    Row("", removed, Impact.OUTAGE, "disables the API for everything in the project, not only for what we made", _SERVICE, where=_stops_api),
    Row("", removed, Impact.ORPHAN, "the API stays on (disable-on-destroy is false), and nobody manages it", _SERVICE, where=_keeps_api),
    Row(_annotation("disable-on-destroy"), away_from("false"), Impact.EXPOSURE, "the guard goes: from now on deleting this object disables the API for the whole project", _SERVICE),
    Row(_annotation("disable-on-destroy"), to("false"), Impact.SAFE, "deleting this object leaves the API on", _SERVICE),
    Row(_annotation("disable-dependent-services"), away_from("false"), Impact.EXPOSURE, "the guard goes: disabling this API disables those that need it", _SERVICE),
    Row(_annotation("disable-dependent-services"), always, Impact.SAFE, "APIs that need this one are asked for before it is disabled", _SERVICE),
)  # fmt: skip

_ACCOUNT_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.OUTAGE, "who runs as this account loses all access at once; made again it has a new id, and old grants do not hold for it", _ACCOUNT),
    Row("spec.disabled", to(True), Impact.OUTAGE, "who runs as this account loses all access at once", _DISABLE),
    Row("spec.disabled", away_from(True), Impact.EXPOSURE, "the account works again, with every grant that it has", _DISABLE),
    Row("spec.disabled", always, Impact.SAFE, "the account works, which is the default", _DISABLE),
    *several("spec", "displayName description", always, Impact.SAFE, "a text for people"),
)  # fmt: skip

_MEMBER_ROWS: tuple[Row, ...] = (
    Row("", added, Impact.EXPOSURE, "a grant: its member gets the role on the resource, both as written in the object", _MEMBER),
    Row("", removed, Impact.UNKNOWN, "a grant is taken back: its member loses the role on the resource, unless another grant gives it", _MEMBER),
    Row("spec.role", changed, Impact.EXPOSURE, "the new grant gives this role, which the old one did not", _MEMBER),
    *several("spec", "member memberFrom.**", comes, Impact.EXPOSURE, "the new grant is for somebody else", _MEMBER),
    Row("spec.resourceRef.**", changed, Impact.EXPOSURE, "the new grant is on another resource", _MEMBER),
    *several("spec", "condition.** condition", always, Impact.EXPOSURE, "the new grant holds under another condition, or without one", _MEMBER),
)  # fmt: skip

_PARTIAL_ROWS: tuple[Row, ...] = (
    Row("", added, Impact.EXPOSURE, "grants: each member gets its role on the resource", _PARTIAL),
    Row("", removed, Impact.UNKNOWN, "grants are taken back: the members lose their roles on the resource", _PARTIAL),
    *several("spec", "bindings.* bindings.*.members.* bindings.*.role", comes, Impact.EXPOSURE, "a grant: the members get the role on the resource", _PARTIAL),
    *several("spec", "bindings.* bindings.*.members.* bindings.*.role", removed, Impact.UNKNOWN, "a grant is taken back: the members lose the role on the resource", _PARTIAL),
    *several("spec.bindings.*.members.*", "member memberFrom.**", comes, Impact.EXPOSURE, "a grant to somebody else: the new member gets the role, the old one loses it", _PARTIAL),
    *several("spec.bindings.*.members.*", "member memberFrom.**", removed, Impact.UNKNOWN, "who was named here loses the role", _PARTIAL),
    Row("spec.bindings.*.condition", removed, Impact.EXPOSURE, "the grant holds without its condition", _PARTIAL, alone=True),
    Row("spec.bindings.*.condition.expression", changed, Impact.EXPOSURE, "the grant holds under another condition: read both", _PARTIAL),
    Row("spec.bindings.*.condition.expression", removed, Impact.EXPOSURE, "the grant holds without its condition", _PARTIAL, alone=True),
    Row("spec.bindings.*.condition.expression", removed, Impact.UNKNOWN, "goes with the grant", _PARTIAL),
    *several("spec.bindings.*", "condition condition.expression", added, Impact.UNKNOWN, "the grant holds only under a condition: who does not meet it loses the role", _PARTIAL),
    *several("spec.bindings.*.condition", "title description", always, Impact.SAFE, "a text for people"),
)  # fmt: skip

_ROLE_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.OUTAGE, "who has the role loses what it allows; its id cannot be used again for 37 days", _ROLES),
    Row("spec.permissions.*", comes, Impact.EXPOSURE, "everybody who has the role may do this from now on", _ROLES, alone=True),
    Row("spec.permissions.*", added, Impact.UNKNOWN, "who has the role may do this", _ROLES),
    Row("spec.permissions.*", goes, Impact.UNKNOWN, "everybody who has the role may not do this any more", _ROLES),
    Row("spec.stage", to("DISABLED"), Impact.OUTAGE, "a disabled role grants nothing", _ROLES),
    Row("spec.stage", away_from("DISABLED"), Impact.EXPOSURE, "the role grants again what it allows", _ROLES),
    *several("spec", "stage title description", always, Impact.SAFE, "a text for people"),
)  # fmt: skip

_ACTS: tuple[Row, ...] = (
    Row("spec.googleServiceAccount", always, Impact.EXPOSURE, "the controller acts as another account: it may do what that one may, and fails where that one may not", _CONTEXT),
    Row("spec.actuationMode", to("Paused"), Impact.ORPHAN, "nothing that Git says reaches Google Cloud, and nothing is reverted, until it is set back", _RECONCILE),
    Row("spec.actuationMode", to("Reconciling", ABSENT), Impact.UNKNOWN, "everything that was changed meanwhile, in Git or by hand, is applied at once", _RECONCILE),
    Row("spec.actuationMode", always, Impact.SAFE, "as the default: Google Cloud is kept as Git says", _RECONCILE),
    Row("spec.stateIntoSpec", always, Impact.UNKNOWN, "holds for objects that are made from now on; with Merge, live values are written into their specs and fight with Git", _DEFAULTS),
)  # fmt: skip
_CONTEXT_ROWS: tuple[Row, ...] = (
    *_ACTS,
    Row("", added, Impact.EXPOSURE, "a controller starts for the namespace and acts with the account that is written in it", _CONTEXT),
    Row("", removed, Impact.OUTAGE, "nobody manages the namespace any more: its objects stay as they are, and cannot be deleted", _CONTEXT),
    Row("spec.requestProjectPolicy", always, Impact.UNKNOWN, "another project pays with its quota, and must have the APIs on", _CONTEXT),
    Row("spec.billingProject", always, Impact.UNKNOWN, "another project pays with its quota, and must have the APIs on", _CONTEXT),
    Row("spec.version", always, Impact.RESTART, "another release of the controller manages this namespace; read its notes", f"{_DOCS}/how-to/install-manually"),
)  # fmt: skip
_OPERATOR_ROWS: tuple[Row, ...] = (
    *_ACTS,
    Row("", removed, Impact.OUTAGE, "uninstalls the controllers: nothing in Google Cloud is managed any more", _CONTEXT),
    Row("spec.credentialSecretName", always, Impact.EXPOSURE, "the controller acts with another key", _CONTEXT),
    Row("spec.mode", always, Impact.OUTAGE, "cluster and namespaced mode are other controllers with other accounts: nothing is managed until each namespace has its context", _CONTEXT),
)  # fmt: skip

_PROJECT_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.DATA_LOSS, "deletes the project with everything in it; it can be brought back for 30 days", _PROJECT),
    Row("spec.billingAccountRef.**", always, Impact.OUTAGE, "another account pays; without one, all that costs is stopped", _PROJECT),
    *several("spec", "folderRef.** organizationRef.**", always, Impact.EXPOSURE, "the project moves, and inherits other grants and policies", _PROJECT),
    Row("spec.name", always, Impact.SAFE, "a text for people"),
    Row(_annotation("auto-create-network"), always, Impact.SAFE, "is read when the project is made", f"{_DOCS}/reference/resource-docs/resourcemanager/project"),
)  # fmt: skip

_FIXED = "the whole object cannot be changed: the webhook refuses it"
TABLE: dict[str, tuple[Row, ...]] = {
    "*.cnrm.cloud.google.com": _EVERY,
    "Service.serviceusage.cnrm.cloud.google.com": _SERVICE_ROWS,
    "ServiceIdentity.serviceusage.cnrm.cloud.google.com": (
        Row("", removed, Impact.ORPHAN, "a service agent is never deleted: it stays with its grants", f"{_DOCS}/reference/resource-docs/serviceusage/serviceidentity"),
        Row("spec.projectRef.**", always, Impact.BLOCKED, "cannot be changed: the webhook refuses it", _WEBHOOK),
    ),
    "IAMServiceAccount.iam.cnrm.cloud.google.com": _ACCOUNT_ROWS,
    "IAMPolicyMember.iam.cnrm.cloud.google.com": _MEMBER_ROWS,
    "IAMPartialPolicy.iam.cnrm.cloud.google.com": _PARTIAL_ROWS,
    "IAMPolicy.iam.cnrm.cloud.google.com": (
        Row("", added, Impact.OUTAGE, "replaces every grant on the resource by these: who is not named loses access", _POLICY),
        Row("", removed, Impact.OUTAGE, "takes back every grant on the resource", _POLICY),
        Row("spec.resourceRef.**", always, Impact.BLOCKED, "cannot be changed: the webhook refuses it", _WEBHOOK),
        Row("spec.bindings.**", always, Impact.EXPOSURE, "these are all grants on the resource: who is new gets a role, who is not named loses it", _POLICY),
        Row("spec.bindings.**", removed, Impact.OUTAGE, "these are all grants on the resource: who is not named loses access", _POLICY),
        Row("spec.auditConfigs.**", always, Impact.UNKNOWN, "other accesses are written to the audit log", _POLICY),
    ),
    "IAMCustomRole.iam.cnrm.cloud.google.com": _ROLE_ROWS,
    "ConfigConnectorContext.core.cnrm.cloud.google.com": _CONTEXT_ROWS,
    "ConfigConnector.core.cnrm.cloud.google.com": _OPERATOR_ROWS,
    "Project.resourcemanager.cnrm.cloud.google.com": _PROJECT_ROWS,
    "IAPSettings.iap.cnrm.cloud.google.com": (
        Row("", removed, Impact.EXPOSURE, "the settings fall back to those of the parent: look at what guards the site then", _IAP),
        Row("spec.**", always, Impact.EXPOSURE, "decides who is let in to the site and how; what is left out falls back to the default", _IAP),
    ),
    "IAPBrand.iap.cnrm.cloud.google.com": (
        Row("", removed, Impact.ORPHAN, "a brand is never deleted", f"{_DOCS}/reference/resource-docs/iap/iapbrand"),
        Row("spec.**", always, Impact.BLOCKED, _FIXED, _WEBHOOK),
    ),
    "IAPIdentityAwareProxyClient.iap.cnrm.cloud.google.com": (
        Row("", removed, Impact.OUTAGE, "nobody can sign in with this client any more", f"{_DOCS}/reference/resource-docs/iap/iapidentityawareproxyclient"),
        Row("spec.**", always, Impact.BLOCKED, _FIXED, _WEBHOOK),
    ),
}  # fmt: skip

_AGAIN = "make a new object with a new name, move what uses the old one, then delete that"
INSTEAD = {
    "*.cnrm.cloud.google.com": _AGAIN,
    "Service.serviceusage.cnrm.cloud.google.com": "make a new object with a new name for the other API or project; take the old one out with deletion-policy abandon",
    "ServiceIdentity.serviceusage.cnrm.cloud.google.com": "make a new object with a new name; the old service agent stays",
    "IAMServiceAccount.iam.cnrm.cloud.google.com": "make a new account with a new name, grant it what the old one has, move the workloads, then delete the old one",
    "IAMPolicyMember.iam.cnrm.cloud.google.com": "give the object a new name, as the hash in our names does: the new grant is added, the old one pruned",
    "IAMPartialPolicy.iam.cnrm.cloud.google.com": "make a new object with a new name for the other resource, then delete this one, which takes its grants back",
    "IAMPolicy.iam.cnrm.cloud.google.com": "use IAMPolicyMember, one object for each grant",
    "IAMCustomRole.iam.cnrm.cloud.google.com": "make a role with a new id, grant it to who has the old one, then delete that",
    "ConfigConnectorContext.core.cnrm.cloud.google.com": "pause this context, make a new one with deletion-policy abandon on every object, then remove this one",
    "Project.resourcemanager.cnrm.cloud.google.com": "make a new project and move the environment there; a project's id cannot change",
    "IAPBrand.iap.cnrm.cloud.google.com": "leave it: a project has one brand for ever; make it by hand and give the client as input",
    "IAPIdentityAwareProxyClient.iap.cnrm.cloud.google.com": "make a new client with a new name and move the sites to it",
}  # fmt: skip
