"""Keys, secrets, buckets, images."""

from typing import Any

from generator.manifest import Manifest
from generator.review.change import Impact
from generator.review.row import (
    Row,
    Steps,
    added,
    always,
    away_from,
    comes,
    goes,
    item,
    lowered,
    raised,
    removed,
    reordered,
    several,
    to,
    turned,
)

_KEYS = "https://cloud.google.com/kms/docs"
_ROTATE = f"{_KEYS}/key-rotation"
_KEY_PROVIDER = (
    "k8s-config-connector third_party/…/services/kms/resource_kms_crypto_key.go (resourceKMSCryptoKeyDelete)"
)
_SECRETS = "https://cloud.google.com/secret-manager/docs"
_BUCKETS = "https://cloud.google.com/storage/docs"
_LIFECYCLE = f"{_BUCKETS}/lifecycle"
_PREVENT = f"{_BUCKETS}/public-access-prevention"
_UNIFORM = f"{_BUCKETS}/uniform-bucket-level-access"
_VERSIONS = f"{_BUCKETS}/object-versioning"
_SOFT = f"{_BUCKETS}/soft-delete"
_LOCK = f"{_BUCKETS}/bucket-lock"
_CLASSES = f"{_BUCKETS}/storage-classes"
_LOCATIONS = f"{_BUCKETS}/locations"
_CORS = f"{_BUCKETS}/cross-origin"
_IMAGES = "https://cloud.google.com/artifact-registry/docs"
_CLEANUP = f"{_IMAGES}/repositories/cleanup-policy"
_IMAGE_PROVIDER = (
    "k8s-config-connector third_party/…/services/artifactregistry/resource_artifact_registry_repository.go (ForceNew)"
)


def _deletes(manifest: Manifest, steps: Steps) -> bool:
    action = item(manifest, steps).get("action")
    kind = action.get("type") if isinstance(action, dict) else action
    return kind in ("Delete", "DELETE")


def _keeps(manifest: Manifest, steps: Steps) -> bool:
    return not _deletes(manifest, steps)


def _asks_otherwise(before: Any, after: Any) -> bool:
    """There is a new value, and not only another order."""
    return comes(before, after) and not reordered(before, after)


_KEY_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.DATA_LOSS, "destroys every version of the key: what it encrypts (disks, buckets, Secrets, the database) cannot be read any more", _KEY_PROVIDER),
    Row("spec.rotationPeriod", comes, Impact.SAFE, "how often a new version is made; old ones stay and decrypt", _ROTATE),
    Row("spec.rotationPeriod", raised, Impact.EXPOSURE, "a version of the key is used for longer", _ROTATE),
    Row("spec.versionTemplate.algorithm", comes, Impact.UNKNOWN, "versions that are made from now on use another algorithm", f"{_KEYS}/algorithms"),
)  # fmt: skip

_SECRET_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.DATA_LOSS, "deletes the secret with every version: nobody can read it again", f"{_SECRETS}/delete-secret"),
    *several("spec", "expireTime", comes, Impact.DATA_LOSS, "at that time the secret is deleted with every version", f"{_SECRETS}/secret-expiration"),
    Row("spec.rotation.nextRotationTime", comes, Impact.SAFE, "when the topic is told that it is time to rotate", f"{_SECRETS}/secret-rotation"),
    *several("spec", "topics topics.* topics.*.** annotations.** labels.**", always, Impact.SAFE, "who is told of changes; texts that find and bill", f"{_SECRETS}/event-notifications"),
    Row("spec.versionAliases.**", always, Impact.OUTAGE, "who reads the secret by this alias gets another version, or none", f"{_SECRETS}/assign-alias-to-secret-version"),
)  # fmt: skip

_VERSION_ROWS: tuple[Row, ...] = (
    Row("", added, Impact.UNKNOWN, "a new version becomes the latest: who reads the latest gets it", f"{_SECRETS}/add-secret-version"),
    Row("", removed, Impact.DATA_LOSS, "destroys the version: its value cannot be read again", f"{_SECRETS}/destroy-secret-version"),
    Row("spec.enabled", to(False), Impact.OUTAGE, "the version cannot be read until it is enabled again", f"{_SECRETS}/disable-secret-version"),
    Row("spec.enabled", comes, Impact.SAFE, "the version can be read by who may", f"{_SECRETS}/disable-secret-version"),
    *several("spec", "deletionPolicy isSecretDataBase64", always, Impact.UNKNOWN, "how the version is written, and what becomes of it with its object", _SECRETS),
)  # fmt: skip

_MORE = "objects that match are deleted within a day of it, without asking"
_BUCKET_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.DATA_LOSS, "deletes the bucket; while it holds objects the deletion fails, unless force-destroy is set: then they go too", f"{_BUCKETS}/deleting-buckets"),
    Row("metadata.annotations[cnrm.cloud.google.com/force-destroy]", to("true"), Impact.DATA_LOSS, "a guard of state goes: the bucket is deleted with every object in it", "https://cloud.google.com/config-connector/docs/reference/resource-docs/storage/storagebucket"),
    Row("metadata.annotations[cnrm.cloud.google.com/force-destroy]", always, Impact.SAFE, "a bucket that holds objects cannot be deleted", f"{_BUCKETS}/deleting-buckets"),
    Row("spec.location", always, Impact.BLOCKED, "is accepted and ignored: a bucket stays where it was made, and the object says Ready", f"{_LOCATIONS}; k8s-config-connector third_party/…/services/storage/resource_storage_bucket.go (no ForceNew, and no update sends it)"),
    Row("spec.publicAccessPrevention", away_from("enforced"), Impact.EXPOSURE, "one grant to allUsers opens the bucket to the internet from now on", _PREVENT),
    Row("spec.publicAccessPrevention", to("inherited"), Impact.EXPOSURE, "one grant to allUsers opens the bucket to the internet", _PREVENT),
    Row("spec.publicAccessPrevention", to("enforced"), Impact.UNKNOWN, "who reads it without signing in is refused", _PREVENT),
    Row("spec.uniformBucketLevelAccess", to(False), Impact.EXPOSURE, "single objects may be opened by lists of their own, which no grant shows", _UNIFORM),
    Row("spec.uniformBucketLevelAccess", comes, Impact.UNKNOWN, "lists of single objects do not count any more: who lived of one is refused", _UNIFORM),
    Row("spec.versioning.enabled", to(False), Impact.DATA_LOSS, "a guard of state goes: what is overwritten or deleted from now on has no older version", _VERSIONS),
    Row("spec.versioning.enabled", comes, Impact.SAFE, "what is overwritten or deleted keeps an older version, which costs", _VERSIONS),
    Row("spec.softDeletePolicy.retentionDurationSeconds", to(0), Impact.DATA_LOSS, "a guard of state goes: what is deleted cannot be brought back", _SOFT),
    Row("spec.softDeletePolicy.retentionDurationSeconds", lowered, Impact.DATA_LOSS, "a guard of state goes: what is deleted can be brought back for a shorter time", _SOFT),
    Row("spec.softDeletePolicy.retentionDurationSeconds", comes, Impact.SAFE, "for how long what is deleted can be brought back, and costs", _SOFT),
    Row("spec.retentionPolicy.retentionPeriod", lowered, Impact.DATA_LOSS, "a guard of state goes: objects may be deleted sooner", _LOCK),
    Row("spec.retentionPolicy.retentionPeriod", comes, Impact.OUTAGE, "objects cannot be deleted or overwritten before: who does is refused", _LOCK),
    Row("spec.retentionPolicy.isLocked", to(True), Impact.OUTAGE, "the retention cannot be shortened or taken away by anybody, for ever", _LOCK),
    Row("spec.retentionPolicy.isLocked", turned(True, False), Impact.BLOCKED, "a locked retention cannot be unlocked", _LOCK, "put it back"),
    Row("spec.retentionPolicy.isLocked", to(False), Impact.SAFE, "the retention is not locked, which is the default", _LOCK),
    *(Row(f"spec.lifecycleRule.*{below}", _asks_otherwise, Impact.DATA_LOSS, _MORE, _LIFECYCLE, where=_deletes) for below in ("", ".action.**", ".condition.**")),
    Row("spec.lifecycleRule.*.condition.**", removed, Impact.DATA_LOSS, f"the rule asks for less, so it matches more: {_MORE}", _LIFECYCLE, where=_deletes, alone=True),
    *(Row(f"spec.lifecycleRule.*{below}", removed, Impact.SAFE, "goes with a rule that deletes: the bucket grows", _LIFECYCLE, where=_deletes) for below in (".action.**", ".condition.**")),
    *(Row(f"spec.lifecycleRule.*{below}", always, Impact.UNKNOWN, "objects that match change their class, or uploads that were left are cleared away", _LIFECYCLE, where=_keeps) for below in ("", ".action.**", ".condition.**")),
    Row("spec.lifecycleRule.*", removed, Impact.SAFE, "the rule deletes nothing any more; the bucket grows", _LIFECYCLE, where=_deletes),
    Row("spec.lifecycleRule.*.action.**", removed, Impact.UNKNOWN, "the rule does something else", _LIFECYCLE, alone=True),
    Row("spec.lifecycleRule", added, Impact.SAFE, "rules by which objects are deleted or moved", _LIFECYCLE),
    Row("spec.storageClass", comes, Impact.UNKNOWN, "objects that are written from now on cost less to keep and more to read, or the other way round", _CLASSES),
    Row("spec.autoclass.**", comes, Impact.UNKNOWN, "Google moves objects between classes by use: the bill changes, access does not", f"{_BUCKETS}/autoclass"),
    Row("spec.encryption.kmsKeyRef.**", always, Impact.UNKNOWN, "objects that are written from now on need this key, and a grant on it; the old key must stay for those there are", f"{_BUCKETS}/encryption/customer-managed-keys"),
    *several("spec", "cors.* cors.*.origin.* cors.*.method.* cors.*.responseHeader.*", comes, Impact.EXPOSURE, "pages of these origins may read from, or write to, the bucket in their visitors' browsers", _CORS),
    *several("spec", "cors.* cors.*.origin cors.*.origin.* cors.*.method cors.*.method.* cors.*.responseHeader cors.*.responseHeader.*", removed, Impact.UNKNOWN, "pages of the old origins cannot use the bucket in a browser any more", _CORS),
    Row("spec.cors.*.maxAgeSeconds", always, Impact.SAFE, "how long a browser remembers the answer", _CORS),
    *several("spec.logging", "logBucket logObjectPrefix", comes, Impact.SAFE, "where accesses are logged", f"{_BUCKETS}/access-logs"),
)  # fmt: skip

_IMAGE_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.DATA_LOSS, "deletes the repository with every image: pods that move cannot pull them", f"{_IMAGES}/repositories/delete-repos"),
    *(Row(f"spec.cleanupPolicies.*{below}", comes, Impact.DATA_LOSS, "images that match are deleted, also those that run", _CLEANUP, where=_deletes) for below in ("", ".action", ".condition.**", ".mostRecentVersions.**")),
    Row("spec.cleanupPolicies.*.condition.**", removed, Impact.DATA_LOSS, "the policy asks for less, so it matches more: images are deleted, also those that run", _CLEANUP, where=_deletes, alone=True),
    *(Row(f"spec.cleanupPolicies.*{below}", removed, Impact.SAFE, "goes with a policy that deletes", _CLEANUP, where=_deletes) for below in (".action", ".condition.**", ".mostRecentVersions.**")),
    *(Row(f"spec.cleanupPolicies.*{below}", goes, Impact.DATA_LOSS, "images that this policy kept may be deleted by another one", _CLEANUP, where=_keeps) for below in ("", ".action", ".condition.**", ".mostRecentVersions.**")),
    *(Row(f"spec.cleanupPolicies.*{below}", added, Impact.SAFE, "images that match are kept", _CLEANUP, where=_keeps) for below in ("", ".action", ".condition.**", ".mostRecentVersions.**")),
    Row("spec.cleanupPolicies.*", removed, Impact.SAFE, "the policy deletes nothing any more", _CLEANUP, where=_deletes),
    Row("spec.cleanupPolicies.*.id", always, Impact.SAFE, "the name of the policy"),
    Row("spec.cleanupPolicies", added, Impact.SAFE, "policies by which images are deleted or kept", _CLEANUP),
    Row("spec.cleanupPolicyDryRun", to(False), Impact.DATA_LOSS, "the policies no longer only log: images that match are deleted", _CLEANUP),
    Row("spec.cleanupPolicyDryRun", comes, Impact.SAFE, "the policies only log what they would delete", _CLEANUP),
    Row("spec.dockerConfig.immutableTags", to(False), Impact.EXPOSURE, "a tag may be moved to another image: what runs under it is not what was looked at", f"{_IMAGES}/docker/docker-overview"),
    Row("spec.dockerConfig.immutableTags", comes, Impact.UNKNOWN, "who pushes a tag again is refused", f"{_IMAGES}/docker/docker-overview"),
    *several("spec", "format kmsKeyRef.** mode remoteRepositoryConfig.** mavenConfig.**", always, Impact.BLOCKED, "cannot be changed on a living repository, though the CRD does not say so", _IMAGE_PROVIDER),
    Row("spec.virtualRepositoryConfig.**", always, Impact.UNKNOWN, "images are looked for in other repositories, or in another order", f"{_IMAGES}/repositories/virtual-overview"),
    Row("spec.description", always, Impact.SAFE, "a text for people"),
)  # fmt: skip

TABLE: dict[str, tuple[Row, ...]] = {
    "KMSKeyRing.kms.cnrm.cloud.google.com": (
        Row("", removed, Impact.ORPHAN, "a key ring is never deleted: it stays with its keys, and nobody manages it", f"{_KEYS}/resource-hierarchy"),
    ),
    "KMSCryptoKey.kms.cnrm.cloud.google.com": _KEY_ROWS,
    "SecretManagerSecret.secretmanager.cnrm.cloud.google.com": _SECRET_ROWS,
    "SecretManagerSecretVersion.secretmanager.cnrm.cloud.google.com": _VERSION_ROWS,
    "StorageBucket.storage.cnrm.cloud.google.com": _BUCKET_ROWS,
    "ArtifactRegistryRepository.artifactregistry.cnrm.cloud.google.com": _IMAGE_ROWS,
}  # fmt: skip

INSTEAD = {
    "KMSKeyRing.kms.cnrm.cloud.google.com": "make a second ring with a new name and new keys in it, encrypt anew what the old ones encrypt; the old ring stays for ever",
    "KMSCryptoKey.kms.cnrm.cloud.google.com": "make a second key with a new name, grant it, encrypt anew what the old one encrypts, and keep the old one, abandoned, for backups",
    "SecretManagerSecret.secretmanager.cnrm.cloud.google.com": "make a second secret with a new name, add its value as a version, let the ExternalSecrets name it, then delete the old one",
    "SecretManagerSecretVersion.secretmanager.cnrm.cloud.google.com": "make a new object with a new name: it is the new version; then delete the old one",
    "StorageBucket.storage.cnrm.cloud.google.com": "make a second bucket with a new name there, copy the objects (gcloud storage rsync), let the workloads name it, then remove the old one with deletion-policy abandon",
    "ArtifactRegistryRepository.artifactregistry.cnrm.cloud.google.com": "make a second repository with a new name, copy the images (gcrane cp -r), let the workloads name it, then delete the old one",
}  # fmt: skip
