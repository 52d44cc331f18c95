"""What every object has: labels, annotations, finalizers, a version, and what Argo CD is told about it."""

from typing import Any

from generator.manifest import Manifest
from generator.review.change import Impact
from generator.review.row import Row, Steps, always, changed, comes, gains, goes, words

# A row of a table is a line.
# fmt: off
_LABELS = "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/"
_VERSIONS = "https://kubernetes.io/docs/reference/using-api/#api-versioning"
_FINALIZERS = "https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/"
_OPTIONS = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/"
_WAVES = "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/"
_ANNOTATIONS = "metadata.annotations"
_SYNC = f"{_ANNOTATIONS}[argocd.argoproj.io/sync-options]"
_ASKED = "nobody is asked any more before it is deleted"
_WORDS = ("kube-score/ignore", "[checkov.io/*]", "[kubernetes.io/description]", "[kubernetes.io/change-cause]")


STATE = frozenset({
    *("Application", "ApplicationSet", "CustomResourceDefinition", "Namespace"),  # and what is in them
    *("Elasticsearch", "PersistentVolume", "PersistentVolumeClaim", "StatefulSet"),
    *("ArtifactRegistryRepository", "ComputeAddress", "ComputeInstance", "ComputeNetwork", "ComputeSubnetwork"),
    *("ContainerCluster", "DNSManagedZone", "GKEBackupBackupPlan", "KMSCryptoKey", "LoggingLogBucket", "Project"),
    *("RedisInstance", "SQLDatabase", "SQLInstance", "SecretManagerSecret", "SecretManagerSecretVersion", "ServiceNetworkingConnection"),
    "StorageBucket",
})  # fmt: skip
"""Kinds that a table calls data loss when they are deleted; a test compares."""


def unguarded(before: Any, after: Any) -> bool:
    """Nobody is asked any more before it is pruned, or deleted with its Application."""
    return any(
        words(before) & {f"{option}=confirm", f"{option}=false"}
        and not words(after) & {f"{option}=confirm", f"{option}=false"}
        for option in ("Prune", "Delete")
    )


def holds_state(_steps: Steps, _old: Manifest, new: Manifest) -> bool:
    """Whether data is lost with the object, or with what it made: what a row of its own kind says of its deletion."""
    return new.get("kind") in STATE


TABLE: dict[str, tuple[Row, ...]] = {
    "*": (
        Row("apiVersion", changed, Impact.UNKNOWN, "the same object in another version: where the cluster does not serve it the sync fails", _VERSIONS),
        Row("metadata.labels.**", always, Impact.SAFE, "a label of the object itself; its pods have their own", _LABELS),
        Row(_SYNC, unguarded, Impact.DATA_LOSS, _ASKED, _OPTIONS, given=holds_state),
        Row(_SYNC, unguarded, Impact.UNKNOWN, _ASKED, _OPTIONS),
        Row(_SYNC, gains("Replace=true", "Force=true"), Impact.DATA_LOSS, "it is deleted and made again where it cannot be changed in place", _OPTIONS),
        Row(_SYNC, gains("Validate=false"), Impact.EXPOSURE, "it is no longer held against its schema", _OPTIONS),
        Row(_SYNC, always, Impact.SAFE, "how Argo CD applies and deletes it", _OPTIONS),
        Row(f"{_ANNOTATIONS}[argocd.argoproj.io/sync-wave]", always, Impact.SAFE, "the order of a first installation, and of each sync; what is there stays", _WAVES),
        Row(f"{_ANNOTATIONS}[argocd.argoproj.io/compare-options]", gains("IgnoreExtraneous"), Impact.ORPHAN, "whether it differs from Git is no longer seen", "https://argo-cd.readthedocs.io/en/stable/user-guide/compare-options/"),
        Row(f"{_ANNOTATIONS}[argocd.argoproj.io/ignore-healthcheck]", always, Impact.UNKNOWN, "whether a sync waits until it is healthy", "https://argo-cd.readthedocs.io/en/stable/operator-manual/health/"),
        *(Row(f"{_ANNOTATIONS}.{key}" if "[" not in key else f"{_ANNOTATIONS}{key}", always, Impact.SAFE, "a text for people and for linters", _LABELS) for key in _WORDS),
        Row("metadata.finalizers.**", comes, Impact.UNKNOWN, "deleting it waits until somebody has taken this off", _FINALIZERS),
        Row("metadata.finalizers.**", goes, Impact.UNKNOWN, "deleting it no longer waits for whoever cleaned up after it", _FINALIZERS),
    ),
}
