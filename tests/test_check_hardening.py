"""Hardening. Every row of the table: a case it refuses, with what is printed, and neighbours it accepts."""

from typing import Any

import pytest
from landing import CNRM_AT, FLAGS, PUBLIC, landing, machine, said
from objects import GONE, put

from generator.field import pointer
from generator.kinds import names, parts, shipped

CLUSTER, POOL = "ContainerCluster codemie-lab/codemie-gke", "ContainerNodePool codemie-lab/main"
SQL, SUBNET = "SQLInstance codemie-lab/codemie-postgresql", "ComputeSubnetwork codemie-lab/nodes"
BUCKET, WALL = "StorageBucket codemie-lab/dumps", "ComputeFirewall codemie-lab/webhooks"
REDIS = "RedisInstance codemie-lab/codemie-redis"
ZONE, KEY = "DNSManagedZone codemie-lab/codemie", "KMSCryptoKey codemie-lab/gke-secrets"
WHOLE = PUBLIC.replace("public,", "public, allowWholeInternet: true,")
NODES, ADDRESSES = "/spec/nodeConfig", "/spec/settings/ipConfiguration"
BLOCKS = "/spec/masterAuthorizedNetworksConfig/cidrBlocks"
INTERNET = [{"cidrBlock": "0.0.0.0/0"}]
PUBLIC_ZONE = {"/spec/visibility": "public"}
SIGNED = {"/spec/dnssecConfig": {"state": "on"}}


def flags(**other: Any) -> dict[str, Any]:
    """Return a database's flags, others than the good ones by name (`_` for a dot); None leaves one out."""
    values: dict[str, Any] = {**dict.fromkeys(FLAGS, "on"), **{name.replace("__", "."): v for name, v in other.items()}}
    return {"/spec/settings/databaseFlags": [{"name": n, "value": v} for n, v in values.items() if v is not None]}


def door(*ports: str, protocol: str = "tcp", **more: Any) -> dict[str, Any]:
    """Return a firewall rule that is open to the internet."""
    allow = {"protocol": protocol, **({"ports": list(ports)} if ports else {})}
    return {"/spec/sourceRanges": ["0.0.0.0/0"], "/spec/allow": [allow], **{f"/spec/{k}": v for k, v in more.items()}}


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "redis",
        {"/spec/authEnabled": GONE},
        "",
        f"{REDIS}: /spec/authEnabled: must be true: if left out, no password is needed [hardening]\n",
    ),
    (
        "redis",
        {"/spec/authorizedNetworkRef": GONE},
        "",
        f"{REDIS}: /spec/authorizedNetworkRef: must be set: if left out, it is the network `default` [hardening]\n",
    ),
    (
        "redis",
        {"/spec/connectMode": "DIRECT_PEERING"},
        "",
        f"{REDIS}: /spec/connectMode: must be PRIVATE_SERVICE_ACCESS [hardening]\n",
    ),
    (
        "redis",
        {"/spec/transitEncryptionMode": "DISABLED"},
        "",
        f"{REDIS}: /spec/transitEncryptionMode: must be SERVER_AUTHENTICATION: if left out, the AUTH string and all data cross the network in clear [hardening]\n",
    ),
    (
        "firewall",
        door("1000-4000"),
        PUBLIC,
        f"{WALL}: /spec: must be closed to the internet for 22, 80, 3306, 3389, 5432 [hardening]\n",
    ),
    (
        "firewall",
        door(),
        PUBLIC,
        f"{WALL}: /spec: must be closed to the internet for 22, 80, 3306, 3389, 5432 [hardening]\n",
    ),
    (
        "firewall",
        door(protocol="all"),
        PUBLIC,
        f"{WALL}: /spec: must be closed to the internet for 22, 80, 3306, 3389, 5432 [hardening]\n",
    ),
    (
        "firewall",
        {"/spec/sourceRanges": GONE},
        "",
        f"{WALL}: /spec: must be closed to the internet for 22, 80, 3306, 3389, 5432 [hardening]\n",
    ),
    (
        "network",
        {"/spec/autoCreateSubnetworks": GONE},
        "",
        "ComputeNetwork codemie-lab/net: /spec/autoCreateSubnetworks: must be false: each range is chosen [hardening]\n",
    ),
    (
        "subnet",
        {"/spec/privateIpGoogleAccess": False},
        "",
        f"{SUBNET}: /spec/privateIpGoogleAccess: must be true [hardening]\n",
    ),
    (
        "subnet",
        {"/spec/logConfig": GONE},
        "",
        f"{SUBNET}: /spec/logConfig: must be set: flows are logged [hardening]\n",
    ),
    (
        "cluster",
        {f"{CNRM_AT}remove-default-node-pool": GONE},
        "",
        f'{CLUSTER}: /spec: must be annotated cnrm.cloud.google.com/remove-default-node-pool: "true": its nodes are not hardened [hardening]\n',
    ),
    (
        "cluster",
        {"/spec/binaryAuthorization": GONE},
        "",
        f"{CLUSTER}: /spec/binaryAuthorization/evaluationMode: must be set: which images may run is decided [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/databaseEncryption/keyName": GONE},
        "",
        f"{CLUSTER}: /spec/databaseEncryption/keyName: must be set: a key of our own [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/databaseEncryption/state": GONE},
        "",
        (
            "ContainerCluster codemie-lab/codemie-gke: /spec/databaseEncryption/state: must be ENCRYPTED, or DECRYPTED without a key [hardening]\n"
            "ContainerCluster codemie-lab/codemie-gke: /spec/databaseEncryption/state: must be ENCRYPTED: unit kms makes keys [hardening]\n"
        ),
    ),
    (
        "cluster",
        {"/spec/databaseEncryption/state": "DECRYPTED"},
        "",
        f"{CLUSTER}: /spec/databaseEncryption/state: must be ENCRYPTED: unit kms makes keys [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/datapathProvider": "LEGACY_DATAPATH"},
        "",
        f"{CLUSTER}: /spec/datapathProvider: must be ADVANCED_DATAPATH: policies are enforced [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/enableIntranodeVisibility": GONE},
        "",
        f"{CLUSTER}: /spec/enableIntranodeVisibility: must be true [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/enableKubernetesAlpha": True},
        "",
        f"{CLUSTER}: /spec/enableKubernetesAlpha: must be false or left out [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/enableLegacyAbac": True},
        "",
        f"{CLUSTER}: /spec/enableLegacyAbac: must be false or left out [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/enableShieldedNodes": False},
        "",
        f"{CLUSTER}: /spec/enableShieldedNodes: must be true [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/ipAllocationPolicy": GONE},
        "",
        f"{CLUSTER}: /spec/ipAllocationPolicy: must be set: pods and services have ranges of their own [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/loggingConfig/enableComponents": []},
        "",
        f"{CLUSTER}: /spec/loggingConfig/enableComponents: must be set [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/masterAuth/clientCertificateConfig/issueClientCertificate": True},
        "",
        f"{CLUSTER}: /spec/masterAuth/clientCertificateConfig/issueClientCertificate: must be false or left out [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/masterAuth/password": {"valueFrom": {}}},
        "",
        f"{CLUSTER}: /spec/masterAuth/password: must be left out [hardening]\n",
    ),
    (
        "cluster",
        {BLOCKS: GONE},
        PUBLIC,
        f"{CLUSTER}: /spec/masterAuthorizedNetworksConfig/cidrBlocks: must be the ranges that may come in, narrower than the internet [hardening]\n",
    ),
    (
        "cluster",
        {BLOCKS: INTERNET},
        PUBLIC,
        f"{CLUSTER}: /spec/masterAuthorizedNetworksConfig/cidrBlocks: must be the ranges that may come in, narrower than the internet [hardening]\n",
    ),
    (
        "cluster",
        {BLOCKS: INTERNET},
        "",
        f"{CLUSTER}: /spec/masterAuthorizedNetworksConfig/cidrBlocks: must be narrower than the internet [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/masterAuthorizedNetworksConfig": GONE},
        "",
        f"{CLUSTER}: /spec/masterAuthorizedNetworksConfig/gcpPublicCidrsAccessEnabled: must be false [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/monitoringConfig": GONE},
        "",
        f"{CLUSTER}: /spec/monitoringConfig/enableComponents: must be set [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/networkingMode": "ROUTES"},
        "",
        f"{CLUSTER}: /spec/networkingMode: must be VPC_NATIVE [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/privateClusterConfig/enablePrivateEndpoint": False},
        "",
        f"{CLUSTER}: /spec/privateClusterConfig/enablePrivateEndpoint: must be true [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/privateClusterConfig/enablePrivateNodes": GONE},
        PUBLIC,
        f"{CLUSTER}: /spec/privateClusterConfig/enablePrivateNodes: must be true [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/releaseChannel/channel": "UNSPECIFIED"},
        "",
        f"{CLUSTER}: /spec/releaseChannel/channel: must be RAPID, REGULAR, STABLE or EXTENDED [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/securityPostureConfig/mode": "DISABLED"},
        "",
        f"{CLUSTER}: /spec/securityPostureConfig/mode: must be BASIC [hardening]\n",
    ),
    (
        "cluster",
        {"/spec/workloadIdentityConfig/workloadPool": "other-project.svc.id.goog"},
        "",
        f"{CLUSTER}: /spec/workloadIdentityConfig/workloadPool: must be the project's own pool [hardening]\n",
    ),
    (
        "pool",
        {"/spec/management/autoRepair": False},
        "",
        f"{POOL}: /spec/management/autoRepair: must be true [hardening]\n",
    ),
    (
        "pool",
        {"/spec/management/autoUpgrade": GONE},
        "",
        f"{POOL}: /spec/management/autoUpgrade: must be true [hardening]\n",
    ),
    (
        "pool",
        {f"{NODES}/imageType": "UBUNTU_CONTAINERD"},
        "",
        f"{POOL}: /spec/nodeConfig/imageType: must be COS_CONTAINERD [hardening]\n",
    ),
    (
        "pool",
        {f"{NODES}/serviceAccountRef": GONE},
        "",
        f"{POOL}: /spec/nodeConfig/serviceAccountRef: must be an account of its own: the default one is an editor [hardening]\n",
    ),
    (
        "pool",
        {f"{NODES}/shieldedInstanceConfig/enableIntegrityMonitoring": False},
        "",
        f"{POOL}: /spec/nodeConfig/shieldedInstanceConfig/enableIntegrityMonitoring: must be true [hardening]\n",
    ),
    (
        "pool",
        {f"{NODES}/shieldedInstanceConfig/enableSecureBoot": GONE},
        "",
        f"{POOL}: /spec/nodeConfig/shieldedInstanceConfig/enableSecureBoot: must be true [hardening]\n",
    ),
    (
        "pool",
        {f"{NODES}/workloadMetadataConfig/mode": "GCE_METADATA"},
        "",
        f"{POOL}: /spec/nodeConfig/workloadMetadataConfig/mode: must be GKE_METADATA [hardening]\n",
    ),
    (
        "zone",
        {**SIGNED, "/spec/dnssecConfig/defaultKeySpecs": [{"algorithm": "rsasha1"}]},
        "",
        f"{ZONE}: /spec/dnssecConfig/defaultKeySpecs: must be free of rsasha1 [hardening]\n",
    ),
    ("zone", PUBLIC_ZONE, PUBLIC, f'{ZONE}: /spec/dnssecConfig/state: must be "on" in a public zone [hardening]\n'),
    (
        "key",
        {"/spec/rotationPeriod": "7776001s"},
        "",
        f"{KEY}: /spec/rotationPeriod: must be 86400s to 7776000s (90 days) [hardening]\n",
    ),
    (
        "key",
        {"/spec/rotationPeriod": "3600s"},
        "",
        f"{KEY}: /spec/rotationPeriod: must be 86400s to 7776000s (90 days) [hardening]\n",
    ),
    (
        "key",
        {"/spec/rotationPeriod": GONE},
        "",
        f"{KEY}: /spec/rotationPeriod: must be 86400s to 7776000s (90 days) [hardening]\n",
    ),
    (
        "instance",
        {"/spec/settings/availabilityType": GONE},
        "",
        f"{SQL}: /spec/settings/availabilityType: must be ZONAL or REGIONAL [hardening]\n",
    ),
    (
        "instance",
        {"/spec/settings/backupConfiguration/enabled": False},
        "",
        f"{SQL}: /spec/settings/backupConfiguration/enabled: must be true [hardening]\n",
    ),
    (
        "instance",
        {"/spec/settings/backupConfiguration/pointInTimeRecoveryEnabled": GONE},
        "",
        f"{SQL}: /spec/settings/backupConfiguration/pointInTimeRecoveryEnabled: must be true [hardening]\n",
    ),
    (
        "instance",
        flags(cloudsql__enable_pgaudit="off"),
        "",
        f'{SQL}: /spec/settings/databaseFlags: must be a list with cloudsql.enable_pgaudit "on" [hardening]\n',
    ),
    (
        "instance",
        flags(log_checkpoints=None),
        "",
        f'{SQL}: /spec/settings/databaseFlags: must be a list with log_checkpoints "on" [hardening]\n',
    ),
    (
        "instance",
        flags(log_connections="off"),
        "",
        f'{SQL}: /spec/settings/databaseFlags: must be a list with log_connections "on" [hardening]\n',
    ),
    (
        "instance",
        flags(log_disconnections=None),
        "",
        f'{SQL}: /spec/settings/databaseFlags: must be a list with log_disconnections "on" [hardening]\n',
    ),
    (
        "instance",
        flags(log_lock_waits="off"),
        "",
        f'{SQL}: /spec/settings/databaseFlags: must be a list with log_lock_waits "on" [hardening]\n',
    ),
    (
        "instance",
        flags(log_min_duration_statement="0"),
        "",
        f'{SQL}: /spec/settings/databaseFlags: must be a list with log_min_duration_statement "-1", or without it [hardening]\n',
    ),
    (
        "instance",
        {"/spec/settings/deletionProtectionEnabled": GONE},
        "",
        f"{SQL}: /spec/settings/deletionProtectionEnabled: must be true [hardening]\n",
    ),
    (
        "instance",
        {f"{ADDRESSES}/authorizedNetworks": [{"value": "0.0.0.0/0"}]},
        "",
        f"{SQL}: /spec/settings/ipConfiguration/authorizedNetworks: must be narrower than the internet [hardening]\n",
    ),
    (
        "instance",
        {f"{ADDRESSES}/ipv4Enabled": GONE},
        "",
        f"{SQL}: /spec/settings/ipConfiguration/ipv4Enabled: must be false: left out, it is public [hardening]\n",
    ),
    (
        "instance",
        {f"{ADDRESSES}/privateNetworkRef": GONE},
        "",
        f"{SQL}: /spec/settings/ipConfiguration/privateNetworkRef: must be set [hardening]\n",
    ),
    (
        "instance",
        {f"{ADDRESSES}/sslMode": GONE},
        "",
        f"{SQL}: /spec/settings/ipConfiguration/sslMode: must be ENCRYPTED_ONLY: left out, plain connections are taken [hardening]\n",
    ),
    (
        "bucket",
        {"/spec/location": GONE},
        "",
        f"{BUCKET}: /spec/location: must be set: left out, it is the USA [hardening]\n",
    ),
    (
        "bucket",
        {"/spec/publicAccessPrevention": "inherited"},
        "",
        f"{BUCKET}: /spec/publicAccessPrevention: must be enforced [hardening]\n",
    ),
    (
        "bucket",
        {"/spec/retentionPolicy/isLocked": True},
        "",
        f"{BUCKET}: /spec/retentionPolicy/isLocked: must be false or left out: nobody can undo it [hardening]\n",
    ),
    (
        "bucket",
        {"/spec/uniformBucketLevelAccess": GONE},
        "",
        f"{BUCKET}: /spec/uniformBucketLevelAccess: must be true [hardening]\n",
    ),
]
UNSAFE: list[tuple[str, Any, str]] = [
    ("metadata", GONE, 'a list with enable-oslogin "TRUE"'),
    ("metadata", [{"key": "block-project-ssh-keys", "value": "FALSE"}], 'a list with block-project-ssh-keys "TRUE"'),
    ("serviceAccount/serviceAccountRef", GONE, "an account of its own: the default one is an editor"),
    ("shieldedInstanceConfig/enableIntegrityMonitoring", GONE, "true"),
    ("shieldedInstanceConfig/enableSecureBoot", False, "true"),
    ("shieldedInstanceConfig/enableVtpm", GONE, "true"),
]
"""A machine's fields, as a landing zone is without machines."""
MACHINE = "ComputeInstance codemie-lab/bastion"


def machine_with(field: str, value: Any) -> dict[str, Any]:
    """Return a virtual machine with another value."""
    made = machine()
    put(made, f"/spec/{field}", value)
    return made


ACCEPTED = [
    (landing(machine()), ""),
    (landing(), ""),
    (landing(), PUBLIC),
    (
        landing(
            cluster={
                "/spec/enableLegacyAbac": False,
                "/spec/masterAuth/clientCertificateConfig/issueClientCertificate": False,
            }
        ),
        "",
    ),
    (landing(cluster={BLOCKS: INTERNET}), WHOLE),
    (landing(cluster={BLOCKS: []}), ""),
    (landing(cluster={"/spec/privateClusterConfig/enablePrivateEndpoint": False}), PUBLIC),
    (landing(cluster={"/spec/databaseEncryption/state": "ALL_OBJECTS_ENCRYPTION_ENABLED"}), ""),
    (landing(cluster={f"{CNRM_AT}remove-default-node-pool": GONE, "/spec/enableAutopilot": True}), ""),
    (landing(firewall=door("8443", "9443")), PUBLIC),
    (landing(firewall=door(protocol="udp")), PUBLIC),
    (landing(firewall=door(direction="EGRESS")), ""),
    (landing(firewall={"/spec/sourceRanges": GONE, "/spec/sourceTags": ["bastion"]}), ""),
    (landing(key={"/spec/rotationPeriod": "86400s"}), ""),
    (landing(key={"/spec/rotationPeriod": GONE, "/spec/purpose": "ASYMMETRIC_SIGN"}), ""),
    (landing(zone={**PUBLIC_ZONE, **SIGNED}), PUBLIC),
    (landing(instance=flags(log_min_duration_statement="-1", log_statement="ddl")), ""),
    (landing(instance={f"{ADDRESSES}/sslMode": "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"}), ""),
    (landing(bucket={"/spec/retentionPolicy": {"isLocked": False, "retentionPeriod": 86400}}), ""),
]


def test_every_row_has_a_case() -> None:
    refused = "".join(expected for *_, expected in REFUSED)
    refused += "".join(f"{MACHINE}: /spec/{field}: must be {must} [hardening]\n" for field, _, must in UNSAFE)
    for row in (row for name in names() for row in shipped(name).hardening):
        assert f"{pointer(*parts(row.path))}: must be {row.must} [hardening]" in refused


@pytest.mark.parametrize(("name", "change", "lab", "expected"), REFUSED)
def test_it_is_refused(name: str, change: dict[str, Any], lab: str, expected: str) -> None:
    assert said(landing(**{name: change}), lab) == expected


@pytest.mark.parametrize(("field", "value", "must"), UNSAFE)
def test_a_machine_that_is_not_hardened_is_refused(field: str, value: Any, must: str) -> None:
    assert f"{MACHINE}: /spec/{field}: must be {must} [hardening]\n" in said(landing(machine_with(field, value)))


def test_googles_own_key_will_do_while_nobody_makes_keys() -> None:
    plain = landing(cluster={"/spec/databaseEncryption": {"state": "DECRYPTED"}})
    assert "ENCRYPTED: unit kms makes keys [hardening]" in said(plain)
    without = [item for item in plain if not item["kind"].startswith("KMS")]
    assert not said(without, needs={"gke": ("iam", "vpc")}, off="kms")


@pytest.mark.parametrize(("manifests", "lab"), ACCEPTED)
def test_it_is_accepted(manifests: list[dict[str, Any]], lab: str) -> None:
    assert not said(manifests, lab)
