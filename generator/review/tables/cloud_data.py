"""Cloud SQL. Keys, secrets, buckets, images are in cloud_storage; logs and alerts in cloud_watch.

SQLInstance enforces the default of a field that is left out: ABSENT is a value here.
"""

from typing import Any

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
    lowered,
    raised,
    removed,
    several,
    to,
    widened,
)

DIRECT = (
    *("SQLInstance", "CertificateManagerDNSAuthorization", "GKEHubFeatureMembership", "GKEBackupBackupPlan"),
    *("GKEBackupRestorePlan", "IAPSettings", "IAMPolicyMember", "IAMPartialPolicy", "IAMPolicy"),
    *("ConfigConnector", "ConfigConnectorContext"),
)
"""Kinds whose controller enforces a default, or nothing, where a field is left out: it does not keep the live value."""

_SQL = "https://cloud.google.com/sql/docs/postgres"
_EDIT = f"{_SQL}/instance-settings"
_DEFAULTS = "k8s-config-connector pkg/controller/direct/sql/sqlinstance_defaults.go"
_DIRECT_SOURCE = "k8s-config-connector pkg/webhook/immutable_fields_validator.go (direct kinds are skipped)"
_DIRECT_CODE = (
    "k8s-config-connector pkg/controller/direct/sql/sqlinstance_equality.go, sqlinstance_controller.go (Update)"
)
_REGION = "seen with the controllers of Config Connector 1.155: accepted, Ready, and nothing happens"
_UPGRADE = f"{_SQL}/upgrade-major-db-version-inplace"
_HA = f"{_SQL}/high-availability"
_BACKUPS = f"{_SQL}/backup-recovery/backups"
_PITR = f"{_SQL}/backup-recovery/pitr"
_FLAGS = f"{_SQL}/flags"
_IP = f"{_SQL}/configure-ip"
_PRIVATE = f"{_SQL}/configure-private-ip"
_PSC = f"{_SQL}/configure-private-service-connect"
_TLS = f"{_SQL}/configure-ssl-instance"
_DELETE = f"{_SQL}/deletion-protection"
_MAINTENANCE = f"{_SQL}/maintenance"
_INSIGHTS = f"{_SQL}/using-query-insights"
_STORAGE = f"{_SQL}/instance-settings#storage-capacity-2ndgen"
_PASSWORDS = f"{_SQL}/built-in-authentication"
_DATABASE = f"{_SQL}/create-manage-databases"
_USERS = f"{_SQL}/create-manage-users"
_TF_DATABASE = "k8s-config-connector third_party/…/services/sql/resource_sql_database.go"

_UNMANAGED = "k8s-config-connector pkg/controller/direct/sql/sqlinstance_controller.go"

_STOPS = "the database restarts: no connection for a minute or more, and every open one is cut"
_BASE = "spec.settings"
_BACKUP = f"{_BASE}.backupConfiguration"
_ADDRESS = f"{_BASE}.ipConfiguration"


def protected(manifest: Manifest, _steps: Steps) -> bool:
    """Whether Google refuses to delete an instance."""
    return bool(manifest.get("spec", {}).get("settings", {}).get("deletionProtectionEnabled"))


def _bare(manifest: Manifest, steps: Steps) -> bool:
    return not protected(manifest, steps)


def _abandoned(manifest: Manifest, _steps: Steps) -> bool:
    return str(manifest.get("spec", {}).get("deletionPolicy")) == "ABANDON"


def _deleted(manifest: Manifest, steps: Steps) -> bool:
    return not _abandoned(manifest, steps)


def _lets_in(before: Any, after: Any) -> bool:
    """A network may connect that could not."""
    old = before.get("value") if isinstance(before, dict) else before
    new = after.get("value") if isinstance(after, dict) else after
    return widened(old, new)


def _is_left_alone(manifest: Manifest, steps: Steps) -> bool:
    """Whether the annotation `unmanaged` names a path."""
    named = str((manifest.get("metadata", {}).get("annotations") or {}).get("cnrm.cloud.google.com/unmanaged", ""))
    return ".".join(map(str, steps)) in [path.strip() for path in named.split(",")]


def _is_enforced(manifest: Manifest, steps: Steps) -> bool:
    return not _is_left_alone(manifest, steps)


def _is_another(before: Any, after: Any) -> bool:
    """The database is of another kind: MYSQL_8_0, POSTGRES_17."""
    return changed(before, after) and str(before).split("_")[0] != str(after).split("_")[0]


def _is_public(manifest: Manifest, _steps: Steps) -> bool:
    """Whether an instance has a public address, which is the default."""
    settings = manifest.get("spec", {}).get("settings", {})
    return (settings.get("ipConfiguration") or {}).get("ipv4Enabled") is not False


_WHOLE: tuple[Row, ...] = (
    Row("", added, Impact.EXPOSURE, "the instance has a public address: ipv4Enabled must say false", _DEFAULTS, where=_is_public),
    Row("", removed, Impact.DATA_LOSS, "deletes the instance with every database and its backups; the name cannot be used for a week", f"{_SQL}/delete-instance", where=_bare),
    Row("", removed, Impact.BLOCKED, "Google refuses the deletion (deletionProtectionEnabled): the object hangs as DeleteFailed, and the sync with it", _DELETE, "set deletion-policy abandon on the live object first, then remove it: the instance stays", where=protected),
    Row("metadata.annotations[cnrm.cloud.google.com/unmanaged]", comes, Impact.ORPHAN, "what it names is no longer managed: the live value stays as it is", _UNMANAGED),
    Row("metadata.annotations[cnrm.cloud.google.com/unmanaged]", removed, Impact.UNKNOWN, "what it named is enforced from now on: a disk that grew is larger than Git says, and cannot shrink", _UNMANAGED),
    Row(f"{_BASE}.deletionProtectionEnabled", to(False, ABSENT), Impact.DATA_LOSS, "a guard of state goes: the instance can be deleted", _DELETE),
    Row(f"{_BASE}.deletionProtectionEnabled", always, Impact.SAFE, "the instance cannot be deleted by accident", _DELETE),
)  # fmt: skip

_FIXED: tuple[Row, ...] = (
    Row("spec.region", always, Impact.BLOCKED, "is accepted and ignored: the instance stays in the region that it was made in, and the object says Ready", _REGION),
    Row("spec.cloneSource.**", always, Impact.BLOCKED, "is accepted and ignored: it is read when the instance is made", _DIRECT_CODE),
    Row("spec.rootPassword.**", always, Impact.BLOCKED, "is accepted and ignored: Google does not tell it, so nothing compares it", _DIRECT_CODE),
    *several("spec", "settings.diskType encryptionKMSCryptoKeyRef.** settings.collation settings.timeZone masterInstanceRef.** replicaConfiguration.** instanceType", always, Impact.BLOCKED, "cannot be changed on a living instance: it is accepted when it is applied, then Google refuses it (UpdateFailed)", _DIRECT_SOURCE),
    Row("spec.databaseVersion", _is_another, Impact.BLOCKED, "another kind of database is another instance", _UPGRADE),
    Row("spec.databaseVersion", raised, Impact.OUTAGE, "a major upgrade in place starts at once: no connection for ten minutes or more, and no way back but a restored backup", _UPGRADE),
    Row("spec.databaseVersion", lowered, Impact.BLOCKED, "a database does not go back to an older version", _UPGRADE, "restore a dump into a new instance of the old version"),
    Row("spec.databaseVersion", removed, Impact.BLOCKED, "left out, another version than the live one may be asked for", _UPGRADE, "put it back"),
    Row("spec.databaseVersion", added, Impact.OUTAGE, "if the instance runs an older one, a major upgrade starts at once", _UPGRADE),
    Row("spec.maintenanceVersion", lowered, Impact.BLOCKED, "a maintenance version does not go back", _MAINTENANCE, "take the field out: the version stays as it is"),
    Row("spec.maintenanceVersion", comes, Impact.OUTAGE, f"maintenance starts at once, outside of its window: {_STOPS}", f"{_SQL}/self-service-maintenance"),
    Row("spec.maintenanceVersion", removed, Impact.SAFE, "the version stays as it is, maintenance comes in its window", _DEFAULTS),
)  # fmt: skip

_MACHINE: tuple[Row, ...] = (
    *several(_BASE, "tier edition", always, Impact.OUTAGE, _STOPS, _EDIT),
    Row(f"{_BASE}.availabilityType", to("ZONAL", ABSENT), Impact.OUTAGE, f"{_STOPS}; from then on a broken zone takes the database along", _HA),
    Row(f"{_BASE}.availabilityType", always, Impact.SAFE, "as the default, which is one zone", _HA),
    Row(f"{_BASE}.availabilityType", to("REGIONAL"), Impact.OUTAGE, f"a standby in another zone comes: {_STOPS}", _HA),
    Row(f"{_BASE}.activationPolicy", to("NEVER"), Impact.OUTAGE, "the database stops until it is set back", f"{_SQL}/start-stop-restart-instance"),
    Row(f"{_BASE}.activationPolicy", always, Impact.SAFE, "the database runs, or starts if it does not", f"{_SQL}/start-stop-restart-instance"),
    Row(f"{_BASE}.diskSize", changed, Impact.ORPHAN, "nothing happens: the annotation unmanaged names it, and the disk stays as large as it is", _UNMANAGED, where=_is_left_alone),
    Row(f"{_BASE}.diskSize", raised, Impact.SCALE, "the disk grows without a restart; it cannot shrink again", _STORAGE, where=_is_enforced),
    Row(f"{_BASE}.diskSize", lowered, Impact.BLOCKED, "a disk cannot shrink", _STORAGE, "put it back, or leave diskSize out, or name it in the annotation unmanaged", where=_is_enforced),
    Row(f"{_BASE}.diskSize", added, Impact.UNKNOWN, "if the disk has grown past it, Google refuses to shrink it and the object is UpdateFailed; else it grows", _STORAGE),
    Row(f"{_BASE}.diskSize", removed, Impact.SAFE, "the disk stays as large as it is (while diskAutoresize is on)", _DEFAULTS),
    Row(f"{_BASE}.diskAutoresize", to(False), Impact.OUTAGE, "a full disk stops the database from now on", _STORAGE),
    Row(f"{_BASE}.diskAutoresize", always, Impact.SCALE, "the disk grows when it is nearly full", _STORAGE),
    Row(f"{_BASE}.diskAutoresizeLimit", always, Impact.SCALE, "how far the disk may grow by itself; a full one stops the database", _STORAGE),
    Row(f"{_BASE}.locationPreference.**", always, Impact.OUTAGE, f"the database moves to another zone: {_STOPS}", _EDIT),
    Row(f"{_BASE}.pricingPlan", always, Impact.SAFE, "there is one plan"),
    Row(f"{_BASE}.dataCacheConfig.**", always, Impact.OUTAGE, f"the cache on local disks comes or goes: {_STOPS}", f"{_SQL}/data-cache"),
    Row(f"{_BASE}.databaseFlags", removed, Impact.OUTAGE, f"flags: {_STOPS}, for each that PostgreSQL reads at its start", _FLAGS),
    *several(_BASE, "databaseFlags.* databaseFlags.*.name databaseFlags.*.value", always, Impact.OUTAGE, f"a flag: {_STOPS}, if PostgreSQL reads it at its start", _FLAGS),
    Row(f"{_BASE}.maintenanceWindow.**", always, Impact.UNKNOWN, "maintenance, a minute without connections, comes at another time: look that it is not when people work", _MAINTENANCE),
    Row(f"{_BASE}.denyMaintenancePeriod.**", always, Impact.UNKNOWN, "maintenance is kept out of another time than before", _MAINTENANCE),
    Row(f"{_BASE}.insightsConfig.queryStringLength", always, Impact.UNKNOWN, "how much of a query is kept; a longer one takes memory, and more than 1024 bytes may need a restart", _INSIGHTS),
    Row(f"{_BASE}.insightsConfig.recordClientAddress", to(True), Impact.EXPOSURE, "addresses of clients are kept with their queries", _INSIGHTS),
    Row(f"{_BASE}.insightsConfig.recordApplicationTags", to(True), Impact.EXPOSURE, "what applications write into comments is kept with their queries", _INSIGHTS),
    Row(f"{_BASE}.insightsConfig.**", always, Impact.SAFE, "what is shown of queries; nothing restarts", _INSIGHTS, but=(f"{_BASE}.insightsConfig.queryStringLength",)),
)  # fmt: skip

_LESS = "a guard of state goes: "
_SAVED: tuple[Row, ...] = (
    *several(_BASE, "backupConfiguration backupConfiguration.enabled", to(False, ABSENT), Impact.DATA_LOSS, f"{_LESS}no backup is made any more, and none can be restored to a point in time", _BACKUPS),
    Row(f"{_BACKUP}.pointInTimeRecoveryEnabled", to(False, ABSENT), Impact.DATA_LOSS, f"{_LESS}what was written since the last nightly backup cannot be brought back, and the kept log is deleted", _PITR),
    *several(_BACKUP, "enabled pointInTimeRecoveryEnabled", to(True), Impact.UNKNOWN, "backups are made; switching the log of writes on may restart the database", _PITR),
    *several(_BACKUP, "enabled pointInTimeRecoveryEnabled", always, Impact.SAFE, "as the default, which is none", _BACKUPS),
    *several(_BACKUP, "backupRetentionSettings.retainedBackups transactionLogRetentionDays", lowered, Impact.DATA_LOSS, "older backups are deleted", _BACKUPS),
    *several(_BACKUP, "backupRetentionSettings backupRetentionSettings.retainedBackups transactionLogRetentionDays", removed, Impact.DATA_LOSS, "falls back to seven: older backups are deleted", _DEFAULTS),
    *several(_BACKUP, "backupRetentionSettings.retainedBackups backupRetentionSettings.retentionUnit transactionLogRetentionDays", always, Impact.SAFE, "how many backups are kept, and cost", _BACKUPS),
    Row(f"{_BACKUP}.location", always, Impact.UNKNOWN, "backups that are made from now on are kept elsewhere; those there are stay", _BACKUPS),
    Row(f"{_BACKUP}.startTime", always, Impact.SAFE, "when the nightly backup starts; it slows writes a little", _BACKUPS),
)  # fmt: skip

_REACHED: tuple[Row, ...] = (
    Row(_ADDRESS, removed, Impact.EXPOSURE, "left out, the controller sets its default: a public address, and connections without TLS", _DEFAULTS),
    Row(f"{_ADDRESS}.ipv4Enabled", to(True, ABSENT), Impact.EXPOSURE, "the instance gets a public address", _IP),
    Row(f"{_ADDRESS}.ipv4Enabled", to(False), Impact.OUTAGE, "the public address goes: who connects to it is cut, and the address cannot be had again", _IP),
    Row(f"{_ADDRESS}.ipv4Enabled", always, Impact.SAFE, "as the default, which is a public address", _IP),
    Row(f"{_ADDRESS}.sslMode", to("ALLOW_UNENCRYPTED_AND_ENCRYPTED", ABSENT), Impact.EXPOSURE, "connections without TLS are taken", _TLS),
    Row(f"{_ADDRESS}.sslMode", away_from("TRUSTED_CLIENT_CERTIFICATE_REQUIRED"), Impact.EXPOSURE, "clients need no certificate any more", _TLS),
    Row(f"{_ADDRESS}.sslMode", to("TRUSTED_CLIENT_CERTIFICATE_REQUIRED"), Impact.OUTAGE, "who connects without a certificate of the instance is refused", _TLS),
    Row(f"{_ADDRESS}.sslMode", away_from("ALLOW_UNENCRYPTED_AND_ENCRYPTED", ABSENT), Impact.OUTAGE, "who connects without TLS is refused", _TLS),
    Row(f"{_ADDRESS}.sslMode", always, Impact.SAFE, "as the default, which takes connections without TLS", _TLS),
    *several(_ADDRESS, "authorizedNetworks.* authorizedNetworks.*.value", _lets_in, Impact.EXPOSURE, "more addresses may connect to the public address", _IP),
    *several(_ADDRESS, "authorizedNetworks.* authorizedNetworks.*.value", goes, Impact.UNKNOWN, "who comes from the old range only may not connect any more", _IP),
    Row(f"{_ADDRESS}.authorizedNetworks.*.expirationTime", always, Impact.UNKNOWN, "until when the range may connect", _IP),
    Row(f"{_ADDRESS}.authorizedNetworks.*.expirationTime", removed, Impact.EXPOSURE, "the range may connect for ever", _IP, alone=True),
    Row(f"{_ADDRESS}.authorizedNetworks.*.name", always, Impact.SAFE, "a text for people"),
    Row(f"{_ADDRESS}.privateNetworkRef.**", goes, Impact.BLOCKED, "an instance cannot leave its private network: Google refuses it (UpdateFailed)", _PRIVATE, alone=True),
    Row(f"{_ADDRESS}.privateNetworkRef.**", removed, Impact.UNKNOWN, "an instance cannot leave its private network", _PRIVATE),
    Row(f"{_ADDRESS}.privateNetworkRef.**", added, Impact.OUTAGE, f"the instance gets a private address: {_STOPS}; it cannot be taken back", _PRIVATE),
    Row(f"{_ADDRESS}.allocatedIpRange", changed, Impact.BLOCKED, "is read when the instance gets its private address: it does not move to another range", _PRIVATE, "put it back; only a new instance takes its address from another range"),
    Row(f"{_ADDRESS}.allocatedIpRange", always, Impact.UNKNOWN, "is read when the instance gets its private address", _PRIVATE),
    Row(f"{_ADDRESS}.enablePrivatePathForGoogleCloudServices", to(True), Impact.EXPOSURE, "BigQuery and other services of Google may connect by the private way", _PRIVATE),
    Row(f"{_ADDRESS}.enablePrivatePathForGoogleCloudServices", always, Impact.UNKNOWN, "BigQuery and other services of Google may not connect by the private way any more", _PRIVATE),
    *several(_ADDRESS, "pscConfig.* pscConfig.*.allowedConsumerProjects.*", comes, Impact.EXPOSURE, "other projects may make an endpoint to the instance", _PSC),
    *several(_ADDRESS, "pscConfig.* pscConfig.*.allowedConsumerProjects.*", removed, Impact.OUTAGE, "projects that are not named any more are cut off", _PSC),
    Row(f"{_ADDRESS}.pscConfig.*.pscEnabled", always, Impact.BLOCKED, "is decided when the instance is made", _PSC),
    Row(f"{_BASE}.connectorEnforcement", to("NOT_REQUIRED", ABSENT), Impact.EXPOSURE, "connections without the Auth Proxy or a connector, and so without IAM, are taken", f"{_SQL}/connect-connectors"),
    Row(f"{_BASE}.connectorEnforcement", to("REQUIRED"), Impact.OUTAGE, "who connects without the Auth Proxy or a connector is refused", f"{_SQL}/connect-connectors"),
    Row(f"{_BASE}.connectorEnforcement", always, Impact.SAFE, "as the default, which takes connections without the Auth Proxy", f"{_SQL}/connect-connectors"),
    *several(_BASE, "passwordValidationPolicy passwordValidationPolicy.enablePasswordPolicy passwordValidationPolicy.disallowUsernameSubstring passwordValidationPolicy.complexity", to(False, ABSENT), Impact.EXPOSURE, "weaker passwords are taken", _PASSWORDS),
    Row(f"{_BASE}.passwordValidationPolicy.minLength", lowered, Impact.EXPOSURE, "shorter passwords are taken", _PASSWORDS),
    *several(_BASE, "passwordValidationPolicy.minLength passwordValidationPolicy.reuseInterval passwordValidationPolicy.passwordChangeInterval", removed, Impact.EXPOSURE, "weaker passwords are taken", _PASSWORDS),
    *several(_BASE, "passwordValidationPolicy.reuseInterval passwordValidationPolicy.passwordChangeInterval", changed, Impact.UNKNOWN, "when a password may be used or changed again", _PASSWORDS),
    Row(f"{_BASE}.passwordValidationPolicy.**", always, Impact.SAFE, "holds for passwords that are set from now on", _PASSWORDS),
)  # fmt: skip

_DATABASE_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.DATA_LOSS, "drops the database with everything in it", _DATABASE, where=_deleted),
    Row("", removed, Impact.ORPHAN, "the database stays (deletionPolicy ABANDON), and nobody manages it", _TF_DATABASE, where=_abandoned),
    Row("spec.deletionPolicy", removed, Impact.DATA_LOSS, "a guard of state goes: the default drops the database with its object", _TF_DATABASE),
    Row("spec.deletionPolicy", away_from("ABANDON"), Impact.DATA_LOSS, "a guard of state goes: from now on the database is dropped with its object", _TF_DATABASE),
    Row("spec.deletionPolicy", comes, Impact.SAFE, "the database stays when its object goes", _TF_DATABASE),
    *several("spec", "charset collation", comes, Impact.BLOCKED, "PostgreSQL decides it when the database is made: it is accepted when it is applied, then Google refuses it (UpdateFailed)", _TF_DATABASE),
)  # fmt: skip

_USER_ROWS: tuple[Row, ...] = (
    Row("", added, Impact.EXPOSURE, "one more user may sign in to the database", _USERS),
    Row("", removed, Impact.OUTAGE, "who signs in as this user is refused; while it owns anything in the database the deletion hangs", _USERS),
    Row("spec.password.valueFrom.secretKeyRef.*", removed, Impact.UNKNOWN, "the password is read from elsewhere, or stays as it is", _USERS),
    Row("spec.password.**", comes, Impact.OUTAGE, "the user gets the password that stands there: who holds the old one is refused until it starts with the new one", _USERS),
    Row("spec.host", always, Impact.BLOCKED, "cannot be changed: the webhook refuses it", "k8s-config-connector third_party/…/services/sql/resource_sql_user.go (ForceNew)"),
    *several("spec.passwordPolicy", "enableFailedAttemptsCheck enablePasswordVerification", to(False), Impact.EXPOSURE, "the user may try passwords as often as it likes", _PASSWORDS),
    *several("spec.passwordPolicy", "allowedFailedAttempts enableFailedAttemptsCheck enablePasswordVerification passwordExpirationDuration", comes, Impact.UNKNOWN, "the user may be locked out when it tries too often, or when its password is too old", _PASSWORDS),
)  # fmt: skip

TABLE: dict[str, tuple[Row, ...]] = {
    "SQLInstance.sql.cnrm.cloud.google.com": (*_WHOLE, *_FIXED, *_MACHINE, *_SAVED, *_REACHED),
    "SQLDatabase.sql.cnrm.cloud.google.com": _DATABASE_ROWS,
    "SQLUser.sql.cnrm.cloud.google.com": _USER_ROWS,
}

INSTEAD = {
    "SQLInstance.sql.cnrm.cloud.google.com": "make a second instance with a new name, export and import the databases (or clone, within a region), let the workloads name it, then remove the old one with deletion-policy abandon",
    "SQLDatabase.sql.cnrm.cloud.google.com": "make a second database with a new name, dump and restore into it, let the workloads name it, then remove the old one",
    "SQLUser.sql.cnrm.cloud.google.com": "make a second user with a new name, give it what the old one owns (REASSIGN OWNED), let the workloads sign in as it, then remove the old one",
}  # fmt: skip
