"""Annotations that say what somebody else does with an object: the only place of their keys, and how they are read."""

from typing import Any

from generator.field import listed, text
from generator.manifest import Manifest

CONFIG_CONNECTOR = "cnrm.cloud.google.com"
_ARGO_CD, _GKE = "argocd.argoproj.io", "networking.gke.io"

SYNC_WAVE = f"{_ARGO_CD}/sync-wave"
SYNC_OPTIONS = f"{_ARGO_CD}/sync-options"
CONFIRMED = ("Prune=confirm", "Delete=confirm", "PruneLast=true")
"""Sync options: a person confirms that an object goes; and until he does, nothing else that shall go waits for him."""
RESOURCE_POLICY, KEEP = "helm.sh/resource-policy", "keep"
"""Of Helm: with it Argo CD leaves an object when its Application goes, as with Delete=false."""
HOOK = f"{_ARGO_CD}/hook"
HOOK_DELETE_POLICY = f"{_ARGO_CD}/hook-delete-policy"
HELM_HOOK, HELM_HOOK_DELETE_POLICY = "helm.sh/hook", "helm.sh/hook-delete-policy"
"""Argo CD reads Helm's annotations, too, where its own are not there."""
SKIP = "Skip"
_POINTS = {"PreSync", "Sync", "PostSync", "SyncFail", SKIP}
_POINTS_OF_HELM = {
    "pre-install": "PreSync",
    "pre-upgrade": "PreSync",
    "post-install": "PostSync",
    "post-upgrade": "PostSync",
}
_POLICIES = {"BeforeHookCreation", "HookSucceeded", "HookFailed"}
_POLICIES_OF_HELM = {
    "before-hook-creation": "BeforeHookCreation",
    "hook-succeeded": "HookSucceeded",
    "hook-failed": "HookFailed",
}
TRACKING_ID = f"{_ARGO_CD}/tracking-id"
GENERATE_PATHS = f"{_ARGO_CD}/manifest-generate-paths"
"""Of an Application: the folders whose changes it looks at, relative to its own."""
SECRET_TYPE = f"{_ARGO_CD}/secret-type"
"""A label, of a Secret that Argo CD reads itself."""
CASCADE = f"resources-finalizer.{_ARGO_CD}"
"""A finalizer, of an Application: all that it made is deleted with it."""

PROJECT_ID = f"{CONFIG_CONNECTOR}/project-id"
DELETION_POLICY = f"{CONFIG_CONNECTOR}/deletion-policy"
FORCE_DESTROY = f"{CONFIG_CONNECTOR}/force-destroy"
REMOVE_DEFAULT_NODE_POOL = f"{CONFIG_CONNECTOR}/remove-default-node-pool"
ABANDON = "abandon"
"""A deletion policy: what stands in Google Cloud stays when its object goes."""
UNMANAGED = f"{CONFIG_CONNECTOR}/unmanaged"
OF_THE_OBJECT = (
    PROJECT_ID,
    DELETION_POLICY,
    UNMANAGED,
    *(
        f"{CONFIG_CONNECTOR}/{name}"
        for name in ("state-into-spec", "reconcile-interval-in-seconds", "management-conflict-prevention-policy")
    ),
)
"""How Config Connector manages a resource, and which; others of its annotations say what it does with one."""

ENCRYPTS_STORED_DATA = "codemie-manifests/encrypts-stored-data"
"""Our own: which variables, volumes or keys of a Secret, in the object, hold keys that encrypt what is stored."""

GOOGLE_ACCOUNT = "iam.gke.io/gcp-service-account"
CERTIFICATE_MAP = f"{_GKE}/certmap"
LOAD_BALANCER_TYPE = f"{_GKE}/load-balancer-type"
LOAD_BALANCER_ADDRESSES = f"{_GKE}/load-balancer-ip-addresses"


def annotation(manifest: Manifest, key: str) -> str:
    """Return an annotation, or ''."""
    return text(manifest, "metadata", "annotations", key)


def sync_options(manifest: Manifest) -> set[str]:
    """Return the object's own sync options."""
    return words(annotation(manifest, SYNC_OPTIONS))


def hook_points(manifest: Manifest) -> set[str]:
    """Return at which points of a sync Argo CD runs a hook, or that it skips the object; a plain object has none."""
    own = words(annotation(manifest, HOOK)) & _POINTS
    return own or {_POINTS_OF_HELM[word] for word in words(annotation(manifest, HELM_HOOK)) if word in _POINTS_OF_HELM}


def is_called_hook(manifest: Manifest) -> bool:
    """Whether an object is called a hook, if only by a word that no sync knows; Helm's `crd-install` is none."""
    return bool(annotation(manifest, HOOK)) or annotation(manifest, HELM_HOOK) not in ("", "crd-install")


def hook_delete_policies(manifest: Manifest) -> set[str]:
    """Return when Argo CD deletes a hook; where nothing is said, before it makes it anew."""
    own = words(annotation(manifest, HOOK_DELETE_POLICY)) & _POLICIES
    helm = words(annotation(manifest, HELM_HOOK_DELETE_POLICY))
    return own | {_POLICIES_OF_HELM[word] for word in helm if word in _POLICIES_OF_HELM} or {"BeforeHookCreation"}


def cascades(application: Manifest) -> bool:
    """Whether all that an Application made is deleted with it, at once or in the background (`…/background`)."""
    return any(str(item).startswith(CASCADE) for item in listed(application, "metadata", "finalizers"))


def words(value: Any) -> set[str]:
    """Return a list of words with commas between as a set; nothing is none."""
    return {word.strip() for word in value.split(",") if word.strip()} if isinstance(value, str) else set()
