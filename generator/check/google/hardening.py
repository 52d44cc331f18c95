"""What is open, public, unencrypted or unprotected in Google Cloud: one table of fields and what they must say.

Fields that the kinds of Config Connector lack (`rbacBindingConfig`, `secretManagerConfig`, deletion protection of a
cluster) have no row: nobody can render them.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from generator.check.built import Built, Check, fault
from generator.environment import Environment
from generator.field import at, listed, mapping, numbered, text, whole
from generator.finding import Finding

_EVERYWHERE = ("0.0.0.0/0", "::/0")
_GUARDED_PORTS = (22, 80, 3306, 3389, 5432)
_WITH_KEY = ("ENCRYPTED", "ALL_OBJECTS_ENCRYPTION_ENABLED")
_REMOVE_POOL = "cnrm.cloud.google.com/remove-default-node-pool"
_DAY, _QUARTER = 86400, 7776000


class Seen(NamedTuple):
    """What a row judges: the value of its field (all of spec, where it names none), and what is around it."""

    value: Any
    spec: dict[str, Any]
    annotations: dict[str, Any]
    env: Environment
    keys: bool
    """Whether a unit makes encryption keys."""


class Row(NamedTuple):
    """A field of a kind (dotted below spec), values of it that will do or how to tell, what it must be, and when."""

    kind: str
    field: str
    fits: tuple[Any, ...] | Callable[[Seen], bool]
    must: str
    when: Callable[[Seen], bool] | None = None

    def holds(self, seen: Seen) -> bool:
        """Whether the row has nothing to say; 1 is not true."""
        if self.when and not self.when(seen):
            return True
        if callable(self.fits):
            return self.fits(seen)
        return any(type(seen.value) is type(one) and seen.value == one for one in self.fits)


def resources_are_hardened(built: Built) -> Iterator[Finding]:
    """A resource says every field that keeps it closed, encrypted and watched; what is left out may be Google's default."""
    env, keys = built.plan.environment, built.plan.named("kms") is not None
    for item in built.google:
        spec, annotations = mapping(item.manifest, "spec"), mapping(item.manifest, "metadata", "annotations")
        for row in _ROWS.get(item.id.kind, ()):
            steps = row.field.split(".") if row.field else []
            if not row.holds(Seen(at(spec, *steps), spec, annotations, env, keys)):
                path = "/".join(["/spec", *steps])
                yield fault(item, path, f"must be {row.must}", rule="hardening")


def _set(seen: Seen) -> bool:
    return bool(seen.value)


def _pool_of_the_project(seen: Seen) -> bool:
    return bool(seen.value == f"{seen.env.gcp.project}.svc.id.goog")


def _default_pool_goes(seen: Seen) -> bool:
    return bool(seen.annotations.get(_REMOVE_POOL) == "true" or seen.spec.get("enableAutopilot") is True)


def _listed_blocks(seen: Seen) -> bool:
    blocks = _texts(seen, "cidrBlock")
    open_ = not seen.env.access.allow_whole_internet and not blocks.isdisjoint(_EVERYWHERE)
    return bool(blocks) and not open_


def _narrow_blocks(seen: Seen) -> bool:
    return _texts(seen, "cidrBlock").isdisjoint(_EVERYWHERE)


def _narrow_networks(seen: Seen) -> bool:
    return _texts(seen, "value").isdisjoint(_EVERYWHERE)


def _strong_keys(seen: Seen) -> bool:
    return "rsasha1" not in {said.lower() for said in _texts(seen, "algorithm")}


def _rotates(seen: Seen) -> bool:
    seconds = whole(seen.value.removesuffix("s")) if isinstance(seen.value, str) else None
    return seconds is not None and _DAY <= seconds <= _QUARTER


def _flag(name: str, *wanted: str | None) -> Callable[[Seen], bool]:
    """Return whether the flag of a database has one of these values; None is for a flag left out."""

    def fits(seen: Seen) -> bool:
        flags = {text(flag, "name"): flag.get("value") for _, flag in numbered({"": seen.value}, "")}
        return flags.get(name) in wanted

    return fits


def _metadata(key: str) -> Callable[[Seen], bool]:
    """Return whether the metadata of a machine says TRUE at `key`; any case will do, a boolean would not be text."""

    def fits(seen: Seen) -> bool:
        said = {text(item, "key"): text(item, "value") for _, item in numbered({"": seen.value}, "")}
        return said.get(key, "").upper() == "TRUE"

    return fits


def _guarded_ports_are_closed(seen: Seen) -> bool:
    """Whether a firewall rule lets the whole internet in to none of the guarded ports."""
    sources = set(map(str, listed(seen.spec, "sourceRanges")))
    narrow = sources or any(listed(seen.spec, key) for key in ("sourceTags", "sourceServiceAccounts"))
    if text(seen.spec, "direction") == "EGRESS" or (narrow and sources.isdisjoint(_EVERYWHERE)):
        return True  # without any source it would be every source
    return not any(_lets_in(rule) for _, rule in numbered(seen.spec, "allow"))


def _lets_in(rule: dict[str, Any]) -> bool:
    if text(rule, "protocol").lower() not in ("tcp", "6", "all"):
        return False
    bounds = [str(port).partition("-") for port in listed(rule, "ports")]
    known = [(whole(low), whole(high or low)) for low, _, high in bounds]
    return not known or any(
        low is None or high is None or any(low <= port <= high for port in _GUARDED_PORTS) for low, high in known
    )


def _texts(seen: Seen, key: str) -> set[str]:
    """Return the texts at `key` of the items of a list."""
    return {text(item, key) for _, item in numbered({"": seen.value}, "")}


def _with_a_key(seen: Seen) -> bool:
    return text(seen.spec, "databaseEncryption", "state") in _WITH_KEY


def _keys_are_made(seen: Seen) -> bool:
    return seen.keys


def _private(seen: Seen) -> bool:
    return seen.env.access.mode == "private"


def _public(seen: Seen) -> bool:
    return seen.env.access.mode == "public"


def _for_nodes(seen: Seen) -> bool:
    return text(seen.spec, "purpose") in ("", "PRIVATE", "PRIVATE_RFC_1918")


def _public_zone(seen: Seen) -> bool:
    return text(seen.spec, "visibility") != "private"


def _symmetric(seen: Seen) -> bool:
    return text(seen.spec, "purpose") in ("", "ENCRYPT_DECRYPT")


_TRUE, _FALSE_OR_OUT = ((True,), "true"), ((False, None), "false or left out")
_OWN_ACCOUNT = (_set, "an account of its own: the default one is an editor")
_FLAGS = "settings.databaseFlags"

TABLE: tuple[Row, ...] = (
    Row("ComputeFirewall", "", _guarded_ports_are_closed, "closed to the internet for 22, 80, 3306, 3389, 5432"),
    Row("ComputeInstance", "metadata", _metadata("enable-oslogin"), 'a list with enable-oslogin "TRUE"'),
    Row(
        "ComputeInstance", "metadata", _metadata("block-project-ssh-keys"), 'a list with block-project-ssh-keys "TRUE"'
    ),
    Row("ComputeInstance", "serviceAccount.serviceAccountRef", *_OWN_ACCOUNT),
    Row("ComputeInstance", "shieldedInstanceConfig.enableIntegrityMonitoring", *_TRUE),
    Row("ComputeInstance", "shieldedInstanceConfig.enableSecureBoot", *_TRUE),
    Row("ComputeInstance", "shieldedInstanceConfig.enableVtpm", *_TRUE),
    Row("ComputeNetwork", "autoCreateSubnetworks", (False,), "false: each range is chosen"),
    Row("ComputeSubnetwork", "privateIpGoogleAccess", *_TRUE, _for_nodes),
    Row("ComputeSubnetwork", "logConfig", _set, "set: flows are logged", _for_nodes),
    Row("ContainerCluster", "", _default_pool_goes, f'annotated {_REMOVE_POOL}: "true": its nodes are not hardened'),
    Row("ContainerCluster", "binaryAuthorization.evaluationMode", _set, "set: which images may run is decided"),
    Row("ContainerCluster", "databaseEncryption.keyName", _set, "set: a key of our own", _with_a_key),
    Row(
        "ContainerCluster",
        "databaseEncryption.state",
        (*_WITH_KEY, "DECRYPTED"),
        "ENCRYPTED, or DECRYPTED without a key",
    ),
    Row("ContainerCluster", "databaseEncryption.state", _WITH_KEY, "ENCRYPTED: unit kms makes keys", _keys_are_made),
    Row("ContainerCluster", "datapathProvider", ("ADVANCED_DATAPATH",), "ADVANCED_DATAPATH: policies are enforced"),
    Row("ContainerCluster", "enableIntranodeVisibility", *_TRUE),
    Row("ContainerCluster", "enableKubernetesAlpha", *_FALSE_OR_OUT),
    Row("ContainerCluster", "enableLegacyAbac", *_FALSE_OR_OUT),
    Row("ContainerCluster", "enableShieldedNodes", *_TRUE),
    Row("ContainerCluster", "ipAllocationPolicy", _set, "set: pods and services have ranges of their own"),
    Row("ContainerCluster", "loggingConfig.enableComponents", _set, "set"),
    Row("ContainerCluster", "masterAuth.clientCertificateConfig.issueClientCertificate", *_FALSE_OR_OUT),
    Row("ContainerCluster", "masterAuth.password", (None,), "left out"),
    Row(
        "ContainerCluster",
        "masterAuthorizedNetworksConfig.cidrBlocks",
        _listed_blocks,
        "the ranges that may come in, narrower than the internet",
        _public,
    ),
    Row(
        "ContainerCluster",
        "masterAuthorizedNetworksConfig.cidrBlocks",
        _narrow_blocks,
        "narrower than the internet",
        _private,
    ),
    Row("ContainerCluster", "masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled", (False,), "false"),
    Row("ContainerCluster", "monitoringConfig.enableComponents", _set, "set"),
    Row("ContainerCluster", "networkingMode", ("VPC_NATIVE",), "VPC_NATIVE"),
    Row("ContainerCluster", "privateClusterConfig.enablePrivateEndpoint", *_TRUE, _private),
    Row("ContainerCluster", "privateClusterConfig.enablePrivateNodes", *_TRUE),
    Row(
        "ContainerCluster",
        "releaseChannel.channel",
        ("RAPID", "REGULAR", "STABLE", "EXTENDED"),
        "RAPID, REGULAR, STABLE or EXTENDED",
    ),
    Row("ContainerCluster", "securityPostureConfig.mode", ("BASIC", "ENTERPRISE"), "BASIC"),
    Row("ContainerCluster", "workloadIdentityConfig.workloadPool", _pool_of_the_project, "the project's own pool"),
    Row("ContainerNodePool", "management.autoRepair", *_TRUE),
    Row("ContainerNodePool", "management.autoUpgrade", *_TRUE),
    Row("ContainerNodePool", "nodeConfig.imageType", ("COS_CONTAINERD",), "COS_CONTAINERD"),
    Row("ContainerNodePool", "nodeConfig.serviceAccountRef", *_OWN_ACCOUNT),
    Row("ContainerNodePool", "nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring", *_TRUE),
    Row("ContainerNodePool", "nodeConfig.shieldedInstanceConfig.enableSecureBoot", *_TRUE),
    Row("ContainerNodePool", "nodeConfig.workloadMetadataConfig.mode", ("GKE_METADATA",), "GKE_METADATA"),
    Row("DNSManagedZone", "dnssecConfig.defaultKeySpecs", _strong_keys, "free of rsasha1"),
    Row("DNSManagedZone", "dnssecConfig.state", ("on",), '"on" in a public zone', _public_zone),
    Row("KMSCryptoKey", "rotationPeriod", _rotates, "86400s to 7776000s (90 days)", _symmetric),
    Row("RedisInstance", "authEnabled", (True,), "true: if left out, no password is needed"),
    Row("RedisInstance", "authorizedNetworkRef", _set, "set: if left out, it is the network `default`"),
    Row("RedisInstance", "connectMode", ("PRIVATE_SERVICE_ACCESS",), "PRIVATE_SERVICE_ACCESS"),
    Row(
        "RedisInstance",
        "transitEncryptionMode",
        ("SERVER_AUTHENTICATION",),
        "SERVER_AUTHENTICATION: if left out, the AUTH string and all data cross the network in clear",
    ),
    Row("SQLInstance", "settings.availabilityType", ("ZONAL", "REGIONAL"), "ZONAL or REGIONAL"),
    Row("SQLInstance", "settings.backupConfiguration.enabled", *_TRUE),
    Row("SQLInstance", "settings.backupConfiguration.pointInTimeRecoveryEnabled", *_TRUE),
    Row("SQLInstance", _FLAGS, _flag("cloudsql.enable_pgaudit", "on"), 'a list with cloudsql.enable_pgaudit "on"'),
    Row("SQLInstance", _FLAGS, _flag("log_checkpoints", "on"), 'a list with log_checkpoints "on"'),
    Row("SQLInstance", _FLAGS, _flag("log_connections", "on"), 'a list with log_connections "on"'),
    Row("SQLInstance", _FLAGS, _flag("log_disconnections", "on"), 'a list with log_disconnections "on"'),
    Row("SQLInstance", _FLAGS, _flag("log_lock_waits", "on"), 'a list with log_lock_waits "on"'),
    Row(
        "SQLInstance",
        _FLAGS,
        _flag("log_min_duration_statement", "-1", None),
        'a list with log_min_duration_statement "-1", or without it',
    ),
    Row("SQLInstance", "settings.deletionProtectionEnabled", *_TRUE),
    Row("SQLInstance", "settings.ipConfiguration.authorizedNetworks", _narrow_networks, "narrower than the internet"),
    Row("SQLInstance", "settings.ipConfiguration.ipv4Enabled", (False,), "false: left out, it is public"),
    Row("SQLInstance", "settings.ipConfiguration.privateNetworkRef", _set, "set"),
    Row(
        "SQLInstance",
        "settings.ipConfiguration.sslMode",
        ("ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"),
        "ENCRYPTED_ONLY: left out, plain connections are taken",
    ),
    Row("StorageBucket", "location", _set, "set: left out, it is the USA"),
    Row("StorageBucket", "publicAccessPrevention", ("enforced",), "enforced"),
    Row("StorageBucket", "retentionPolicy.isLocked", (False, None), "false or left out: nobody can undo it"),
    Row("StorageBucket", "uniformBucketLevelAccess", *_TRUE),
)
"""Every row, by kind and field."""

_ROWS = {kind: tuple(row for row in TABLE if row.kind == kind) for kind in {row.kind for row in TABLE}}

RULES: tuple[Check, ...] = (resources_are_hardened,)
