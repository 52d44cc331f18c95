"""Hardening of cluster, nodes, database and network: one function per row of docs/hardening.md, named after it."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

import pytest
from command import ROOT
from infra import WITH_CLUSTER, Infra, infra


def gke_private_nodes(it: Infra) -> None:
    assert it.one("ContainerCluster")["privateClusterConfig"]["enablePrivateNodes"] is True


def gke_private_endpoint(it: Infra) -> None:
    private = it.env.access.mode == "private"
    assert it.one("ContainerCluster")["privateClusterConfig"]["enablePrivateEndpoint"] is private


def gke_authorized_networks(it: Infra) -> None:
    config = it.one("ContainerCluster")["masterAuthorizedNetworksConfig"]
    assert config["gcpPublicCidrsAccessEnabled"] is False
    blocks = [block["cidrBlock"] for block in config["cidrBlocks"]]
    if it.env.access.mode == "public":
        listed = it.env.access.control_plane_ranges
        assert blocks == [it.env.network.nodes, *(text for _, texts in sorted(listed.items()) for text in texts)]
    else:
        assert blocks == [it.env.network.nodes, *it.env.network.peered.values()]
        assert all(IPv4Network(text).is_private for text in blocks)
    assert all(IPv4Network(text).prefixlen > 0 for text in blocks)


def gke_workload_identity(it: Infra) -> None:
    config = it.one("ContainerCluster")["workloadIdentityConfig"]
    assert config == {"workloadPool": f"{it.env.gcp.project}.svc.id.goog"}
    assert [pool["workloadMetadataConfig"] for pool in it.pools()] == [{"mode": "GKE_METADATA"}]


def gke_node_account(it: Infra) -> None:
    assert [pool["serviceAccountRef"] for pool in it.pools()] == [{"name": "codemie-gke-nodes"}]
    assert "codemie-gke-nodes" in it.all("IAMServiceAccount")
    granted = [
        spec
        for spec in it.all("IAMPolicyMember").values()
        if spec.get("memberFrom") == {"serviceAccountRef": {"name": "codemie-gke-nodes"}}
    ]
    wanted = {"roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader"}
    assert {spec["role"] for spec in granted} == wanted


def gke_shielded_nodes(it: Infra) -> None:
    assert it.one("ContainerCluster")["enableShieldedNodes"] is True
    wanted = {"enableSecureBoot": True, "enableIntegrityMonitoring": True}
    assert [pool["shieldedInstanceConfig"] for pool in it.pools()] == [wanted]


def gke_secrets_encryption(it: Infra) -> None:
    config, grants = it.one("ContainerCluster")["databaseEncryption"], _key_grants(it)
    ring = f"projects/{it.env.gcp.project}/locations/{it.env.gcp.region}/keyRings/codemie"
    assert config == {"state": "ENCRYPTED", "keyName": f"{ring}/cryptoKeys/gke"}
    assert grants["gke"] == {"memberFrom": {"serviceIdentityRef": {"name": "codemie-gke-agent"}}}
    assert it.all("ServiceIdentity")["codemie-gke-agent"]["resourceID"] == "container.googleapis.com"
    assert it.all("KMSCryptoKey")["gke"]["rotationPeriod"] == "7776000s"


def gke_dataplane(it: Infra) -> None:
    spec = it.one("ContainerCluster")
    assert spec["datapathProvider"] == "ADVANCED_DATAPATH"
    assert "networkPolicy" not in spec
    assert "networkPolicyConfig" not in spec["addonsConfig"]


def gke_visibility(it: Infra) -> None:
    assert it.one("ContainerCluster")["enableIntranodeVisibility"] is True
    assert it.all("ComputeSubnetwork")["codemie-cluster-subnet"]["logConfig"]["flowSampling"] > 0


def gke_vpc_native(it: Infra) -> None:
    spec = it.one("ContainerCluster")
    ranges = {part["rangeName"] for part in it.all("ComputeSubnetwork")["codemie-cluster-subnet"]["secondaryIpRange"]}
    assert spec["networkingMode"] == "VPC_NATIVE"
    assert set(spec["ipAllocationPolicy"].values()) == ranges


def gke_upgrades(it: Infra) -> None:
    spec = it.one("ContainerCluster")
    assert spec["releaseChannel"]["channel"] in {"REGULAR", "STABLE"}
    assert not {"minMasterVersion", "nodeVersion"} & spec.keys()
    assert set(spec["maintenancePolicy"]) == {"recurringWindow"}
    for pool in it.all("ContainerNodePool").values():
        assert pool["management"] == {"autoRepair": True, "autoUpgrade": True}
        assert pool["nodeConfig"]["imageType"] == "COS_CONTAINERD"


def gke_legacy_sign_in(it: Infra) -> None:
    spec = it.one("ContainerCluster")
    assert spec["masterAuth"] == {"clientCertificateConfig": {"issueClientCertificate": False}}
    assert (spec["enableLegacyAbac"], spec["enableKubernetesAlpha"]) == (False, False)
    assert [pool["metadata"] for pool in it.pools()] == [{"disable-legacy-endpoints": "true"}]


def gke_groups_and_admission(it: Infra) -> None:
    spec = it.one("ContainerCluster")
    assert spec["securityPostureConfig"] == {"mode": "BASIC"}
    assert spec["binaryAuthorization"] == {"evaluationMode": "PROJECT_SINGLETON_POLICY_ENFORCE"}
    group = it.env.infra.get("gke", {}).get("securityGroup")
    assert spec.get("authenticatorGroupsConfig") == ({"securityGroup": group} if group else None)


def gke_logging(it: Infra) -> None:
    spec, metadata = it.one("ContainerCluster"), it.objects[("ContainerCluster", "codemie-gke")]["metadata"]
    assert spec["loggingConfig"]["enableComponents"] == ["SYSTEM_COMPONENTS", "WORKLOADS"]
    assert spec["monitoringConfig"]["managedPrometheus"] == {"enabled": True}
    assert metadata["annotations"]["cnrm.cloud.google.com/remove-default-node-pool"] == "true"
    assert (spec["initialNodeCount"], "nodeConfig" in spec) == (1, False)
    assert it.env.labels.items() <= metadata["labels"].items()
    ours = {**it.env.labels, "goog-gke-node-pool-provisioning-model": "on-demand"}  # GKE adds it by itself
    assert [pool["resourceLabels"] for pool in it.pools()] == [ours]


def gke_disk_key(it: Infra) -> None:
    tuned = bool(it.env.infra.get("gke", {}).get("encryptDisks"))
    for pool in it.pools():
        assert ("bootDiskKMSCryptoKeyRef" in pool) is tuned
        if tuned:
            agent = f"serviceAccount:service-{it.env.gcp.project_number}@compute-system.iam.gserviceaccount.com"
            assert _key_grants(it)[pool["bootDiskKMSCryptoKeyRef"]["name"]] == {"member": agent}


def sql_network(it: Infra) -> None:
    config = it.one("SQLInstance")["settings"]["ipConfiguration"]
    assert config == {
        "ipv4Enabled": False,
        "privateNetworkRef": {"name": "codemie-cluster-network"},
        "allocatedIpRange": "codemie-private-services",
        "sslMode": "ENCRYPTED_ONLY",
    }


def sql_settings(it: Infra) -> None:
    settings = it.one("SQLInstance")["settings"]
    backups = settings["backupConfiguration"]
    assert (backups["enabled"], backups["pointInTimeRecoveryEnabled"]) == (True, True)
    assert settings["availabilityType"] == it.env.database.availability
    assert (settings["deletionProtectionEnabled"], settings["connectorEnforcement"]) == (True, "REQUIRED")
    flags = {flag["name"]: flag["value"] for flag in settings["databaseFlags"]}
    for name in ("checkpoints", "connections", "disconnections", "lock_waits"):
        assert flags[f"log_{name}"] == "on"
    assert (flags["log_min_duration_statement"], flags["cloudsql.enable_pgaudit"]) == ("-1", "on")
    enforced = {"tier", "edition", "activationPolicy", "diskType", "diskAutoresize", "passwordValidationPolicy"}
    assert enforced <= settings.keys()


def memorystore(it: Infra) -> None:
    for spec in it.all("RedisInstance").values():
        assert (spec["connectMode"], spec["authEnabled"]) == ("PRIVATE_SERVICE_ACCESS", True)
        assert spec["transitEncryptionMode"] == "SERVER_AUTHENTICATION"


def network(it: Infra) -> None:
    assert it.one("ComputeNetwork")["autoCreateSubnetworks"] is False
    for subnet in it.all("ComputeSubnetwork").values():
        assert subnet.get("privateIpGoogleAccess") is True or subnet["purpose"] == "REGIONAL_MANAGED_PROXY"


def firewall(it: Infra) -> None:
    assert it.all("ComputeFirewall")
    for rule in it.all("ComputeFirewall").values():
        assert all(IPv4Network(text).prefixlen > 0 for text in rule["sourceRanges"])
        assert rule.get("targetTags") or rule.get("targetServiceAccounts")
        assert rule["logConfig"] == {"metadata": "INCLUDE_ALL_METADATA"}


def dnssec(it: Infra) -> None:
    zone = it.all("DNSManagedZone")[it.env.dns.zone]
    assert zone.get("dnssecConfig") == ({"state": "on"} if it.env.dns.visibility == "public" else None)


def iam_members(it: Infra) -> None:
    assert not it.all("IAMPolicy")
    for spec in it.all("IAMPolicyMember").values():
        assert spec["role"] not in {"roles/owner", "roles/editor"}
        on_account = spec["resourceRef"]["kind"] == "IAMServiceAccount"
        assert spec["role"] != "roles/iam.serviceAccountTokenCreator" or on_account
        assert not spec.get("member", "").startswith("all")


def bastion(it: Infra) -> None:
    machines = it.all("ComputeInstance")
    assert len(machines) == (it.env.access.mode == "private")
    for spec in machines.values():
        assert not any("accessConfig" in interface for interface in spec["networkInterface"])
        assert spec["shieldedInstanceConfig"] == dict.fromkeys(
            ("enableSecureBoot", "enableVtpm", "enableIntegrityMonitoring"), True
        )
        metadata = {item["key"]: item["value"] for item in spec["metadata"]}
        assert metadata == {"enable-oslogin": "TRUE", "block-project-ssh-keys": "TRUE", "serial-port-enable": "FALSE"}
        assert spec["serviceAccount"]["serviceAccountRef"] == {"name": "codemie-bastion"}
        assert "canIpForward" not in spec


def cloud_armor(it: Infra) -> None:
    policies = it.all("ComputeSecurityPolicy")
    assert len(policies) == (3 if it.env.access.mode == "public" else 0)
    for spec in policies.values():
        assert spec["rule"][-1]["action"] == "deny(403)"
        assert spec["rule"][-1]["match"]["config"] == {"srcIpRanges": ["*"]}


def load_balancers(it: Infra) -> None:
    for service in it.services:
        if service["spec"].get("type") == "LoadBalancer":
            internal = service["metadata"]["annotations"].get("networking.gke.io/load-balancer-type") == "Internal"
            assert internal or service["spec"]["loadBalancerSourceRanges"]


HARDENING: tuple[Callable[[Infra], None], ...] = (
    gke_private_nodes,
    gke_private_endpoint,
    gke_authorized_networks,
    gke_workload_identity,
    gke_node_account,
    gke_shielded_nodes,
    gke_secrets_encryption,
    gke_dataplane,
    gke_visibility,
    gke_vpc_native,
    gke_upgrades,
    gke_legacy_sign_in,
    gke_groups_and_admission,
    gke_logging,
    gke_disk_key,
    sql_network,
    sql_settings,
    memorystore,
    network,
    firewall,
    dnssec,
    iam_members,
    bastion,
    cloud_armor,
    load_balancers,
)


def _key_grants(it: Infra) -> dict[str, dict[str, Any]]:
    """Return who may use which key."""
    return {
        spec["resourceRef"]["name"]: {key: spec[key] for key in ("member", "memberFrom") if key in spec}
        for spec in it.all("IAMPolicyMember").values()
        if spec["resourceRef"]["kind"] == "KMSCryptoKey"
    }


@pytest.mark.parametrize("name", WITH_CLUSTER)
@pytest.mark.parametrize("row", HARDENING, ids=lambda row: row.__name__.replace("_", "-"))
def test_hardening(row: Callable[[Infra], None], name: str) -> None:
    row(infra(name))


def test_the_page_has_a_row_per_test() -> None:
    rows = re.findall(r"(?m)^\| `([a-z-]+)` \|", (ROOT / "docs/hardening.md").read_text())
    assert rows == [row.__name__.replace("_", "-") for row in HARDENING]


@pytest.mark.parametrize(("pods", "off"), [("172.20.0.0/16", None), ("45.0.0.0/16", {"disabled": True})])
def test_pods_with_public_addresses_keep_them_inside(pods: str, off: Any) -> None:
    assert Infra("prod", f"network: {{pods: {pods}}}").one("ContainerCluster").get("defaultSnatStatus") == off
