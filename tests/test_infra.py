"""The infra units as built: protection, names, addresses and DNS, and what changes with the environment."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

import product
import pytest
from infra import IN_CLUSTER, PRIVATE, PUBLIC, TUNINGS, VARIANTS, WITH_CLUSTER, Infra, infra

# Protection and order.


@pytest.mark.parametrize("name", VARIANTS)
def test_every_object_says_its_project_and_what_may_go(name: str) -> None:
    it = infra(name)
    for (kind, which), manifest in it.objects.items():
        annotations, spec = manifest["metadata"]["annotations"], manifest["spec"]
        project = annotations.get("cnrm.cloud.google.com/project-id") or spec["projectRef"]["external"]
        assert project == it.env.gcp.project, which
        assert int(annotations["argocd.argoproj.io/sync-wave"]) >= 0
        goes = kind in {"IAMPolicyMember", "ComputeFirewall"} or kind.startswith("Monitoring")
        goes = goes or (kind == "DNSRecordSet" and "rrdatasRefs" in spec)
        goes = goes and "-agent-cryptokey-" not in which  # what is encrypted stays, and must be read
        assert ("cnrm.cloud.google.com/deletion-policy" not in annotations) is goes, which
        if not goes:
            assert annotations["cnrm.cloud.google.com/deletion-policy"] == "abandon"
        held = annotations.get("argocd.argoproj.io/sync-options")
        assert held == "Prune=confirm,Delete=confirm,PruneLast=true" or (
            held is None and goes and kind != "ComputeFirewall"
        ), which
        assert "cnrm.cloud.google.com/state-into-spec" not in annotations  # set once for the namespace


@pytest.mark.parametrize(("example", "more"), [("dev", ""), ("prod", ""), ("prod", IN_CLUSTER)])
def test_what_waits_for_a_person_holds_back_no_revoked_grant(example: str, more: str) -> None:
    """Argo CD removes a wave's objects together, or, while one is unconfirmed, none of them; PruneLast is one wave."""
    built = product.build(example, more)
    infra_units = {f"{example}-{planned.name}" for planned in built.plan.units if planned.unit.kind == "infra"}
    for application in built.of("Application"):
        last = "PruneLast=true" in application["spec"]["syncPolicy"]["syncOptions"]
        name = application["metadata"]["name"]
        assert last is (name not in infra_units and not name.endswith("-root")), name


@pytest.mark.parametrize("name", VARIANTS)
def test_an_api_stays_on_when_its_object_goes(name: str) -> None:
    services = {which: item for (kind, which), item in infra(name).objects.items() if kind == "Service"}
    assert ("bigquery.googleapis.com" in services) is name.endswith("tuned")
    assert ("iap.googleapis.com" in services) is (name in PRIVATE)
    assert ("redis.googleapis.com" in services) is name.endswith("tuned")
    for which, manifest in services.items():
        assert manifest["spec"]["resourceID"] == which
        assert manifest["metadata"]["annotations"]["cnrm.cloud.google.com/disable-on-destroy"] == "false"


# Cluster and node pools.


def test_a_pool_is_named_after_what_cannot_be_changed() -> None:
    names = {
        change: tuple(Infra("prod", f"gke: {{nodePools: {{main: {{{change}}}}}}}").all("ContainerNodePool"))
        for change in ("machineType: e2-standard-8", "machineType: n2-standard-8", "diskGb: 200", "maxNodes: 9")
    }
    assert names == {
        "machineType: e2-standard-8": ("main-e2-standard-8-100",),
        "machineType: n2-standard-8": ("main-n2-standard-8-100",),
        "diskGb: 200": ("main-e2-standard-8-200",),
        "maxNodes: 9": ("main-e2-standard-8-100",),
    }
    assert list(infra("private-tuned").all("ContainerNodePool")) == ["main-e2-standard-8-100-disks"]


@pytest.mark.parametrize("name", VARIANTS)
def test_pools_are_as_large_as_the_environment_says_and_no_larger(name: str) -> None:
    it = infra(name)
    regional = it.env.gke.location == it.env.gcp.region
    for spec, pool in zip(it.all("ContainerNodePool").values(), it.env.gke.node_pools.values(), strict=True):
        totals = {"totalMinNodeCount": pool.min_nodes, "totalMaxNodeCount": pool.max_nodes}
        assert spec["autoscaling"] == {**totals, "locationPolicy": "BALANCED"}
        assert spec.get("nodeLocations") == (list(it.env.gcp.zones) if regional else None)
        assert not {"nodeCount", "version"} & spec.keys()


@pytest.mark.parametrize("name", VARIANTS)
def test_a_pool_says_the_label_that_gke_puts_on_it(name: str) -> None:
    """Left out, Config Connector takes it off at every reconciliation, for ever (k8s-config-connector#3798)."""
    it = infra(name)
    expected = {"goog-gke-node-pool-provisioning-model": "on-demand", **it.env.labels}
    assert [pool["resourceLabels"] for pool in it.pools()] == [expected]


@pytest.mark.parametrize("name", VARIANTS)
def test_firewall_rules_mean_the_nodes(name: str) -> None:
    it = infra(name)
    assert [pool["tags"] for pool in it.pools()] == [["codemie-node"]]
    rules = it.all("ComputeFirewall")
    webhooks = rules["codemie-allow-webhooks"]
    assert (webhooks["sourceRanges"], webhooks["targetTags"]) == ([it.env.network.control_plane], ["codemie-node"])
    assert webhooks["allow"] == [{"protocol": "tcp", "ports": ["8443", "9443", "10250"]}]
    assert ("codemie-allow-iap" in rules) is (name in PRIVATE)  # the bastion's (test_bastion.py)
    for rule in rules.values():
        assert len({"targetTags", "targetServiceAccounts"} & rule.keys()) == 1  # Google takes one of them


@pytest.mark.parametrize("name", set(VARIANTS) - set(WITH_CLUSTER))
def test_a_cluster_that_is_there_is_left_alone(name: str) -> None:
    it = infra(name)
    assert not it.all("ContainerCluster")
    assert not it.all("GKEBackupBackupPlan")
    assert [spec["clusterRef"] for spec in it.all("ContainerNodePool").values()] == [{"external": "tools"}]


@pytest.mark.parametrize(
    ("dns", "block", "cache"),
    [
        ("kube-dns", None, False),
        ("node-local", None, True),
        ("cloud-dns", {"clusterDns": "CLOUD_DNS", "clusterDnsScope": "CLUSTER_SCOPE"}, False),
    ],
)
def test_cluster_dns_is_what_network_policies_count_on(dns: str, block: Any, cache: object) -> None:
    spec = Infra("dev", f"gke: {{dns: {dns}}}").one("ContainerCluster")
    assert (spec.get("dnsConfig"), spec["addonsConfig"]["dnsCacheConfig"]["enabled"]) == (block, cache)


def test_a_cluster_taken_over_keeps_its_dns_until_somebody_says_it() -> None:
    there = "existing: {cluster: {name: corp-gke, adopt: true}}\n"
    unsaid, said = (Infra("dev", more).one("ContainerCluster") for more in (there, there + "gke: {dns: kube-dns}\n"))
    assert "dnsCacheConfig" not in unsaid["addonsConfig"]
    assert said["addonsConfig"]["dnsCacheConfig"] == {"enabled": False}


@pytest.mark.parametrize("name", WITH_CLUSTER)
def test_what_the_platform_counts_on_is_switched_on(name: str) -> None:
    it = infra(name)
    spec = it.one("ContainerCluster")
    assert spec["enableL4IlbSubsetting"] is True
    assert spec["gatewayApiConfig"] == {"channel": "CHANNEL_STANDARD"}
    assert spec["addonsConfig"]["httpLoadBalancing"] == {"disabled": False}
    backup = spec["addonsConfig"]["gkeBackupAgentConfig"]["enabled"]
    assert bool(it.all("GKEBackupBackupPlan")) is backup is (it.env.database.tier != "db-custom-1-3840")  # not in small


def test_a_backup_plan_is_patched_once_a_day_and_says_no_zeros() -> None:
    """Config Connector patches it at every reconciliation, changed or not (docs/unverified.md)."""
    plan = infra("private-standard").objects["GKEBackupBackupPlan", "codemie-gke"]
    assert plan["metadata"]["annotations"]["cnrm.cloud.google.com/reconcile-interval-in-seconds"] == "86400"
    assert plan["spec"]["backupSchedule"].keys() == {"cronSchedule"}
    assert plan["spec"]["retentionPolicy"].keys() == {"backupRetainDays"}


@pytest.mark.parametrize("name", VARIANTS)
def test_nodes_that_we_make_allow_elasticsearch_the_maps_it_wants(name: str) -> None:
    assert [pool["linuxNodeConfig"] for pool in infra(name).pools()] == [{"sysctls": {"vm.max_map_count": "262144"}}]


# Edge and DNS.


@pytest.mark.parametrize("name", VARIANTS)
def test_addresses_fit_the_load_balancers_that_take_them(name: str) -> None:
    it = infra(name)
    addresses, region = it.all("ComputeAddress"), it.env.gcp.region
    subnet: dict[str, Any] = {"subnetworkRef": {"name": "codemie-cluster-subnet"}}
    if name in PUBLIC:
        edge, nats = {"location": "global", "addressType": "EXTERNAL"}, {"location": region, "addressType": "EXTERNAL"}
    else:
        internal = {"location": region, "addressType": "INTERNAL", **subnet}
        edge, nats = {**internal, "purpose": "SHARED_LOADBALANCER_VIP"}, {**internal, "purpose": "GCE_ENDPOINT"}
    assert addresses["codemie-edge"] == edge
    assert addresses.get("codemie-nats") == (nats if it.plan.named("nats") else None)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_host_has_one_record_of_a_reserved_address(name: str) -> None:
    it = infra(name)
    records = {
        spec["name"]: spec
        for spec in it.all("DNSRecordSet").values()
        if spec["managedZoneRef"]["name"] == it.env.dns.zone
    }
    http, tcp = it.hosts
    assert set(records) == {f"{host}.{it.env.domain}." for host in http | tcp} != set()
    assert len(records) + 2 == len(it.all("DNSRecordSet"))
    for host in http | tcp:
        (reference,) = records[f"{host}.{it.env.domain}."]["rrdatasRefs"]
        assert reference == {"kind": "ComputeAddress", "name": "codemie-edge" if host in http else "codemie-nats"}
        assert reference["name"] in it.all("ComputeAddress")


@pytest.mark.parametrize("name", VARIANTS)
def test_google_apis_are_at_the_range_that_network_policies_let_through(name: str) -> None:
    it = infra(name)
    assert it.all("DNSManagedZone")["codemie-googleapis"]["visibility"] == "private"
    records = {spec["name"]: spec["rrdatas"] for spec in it.all("DNSRecordSet").values() if "rrdatas" in spec}
    assert records == {
        "private.googleapis.com.": [str(address) for address in IPv4Network("199.36.153.8/30")],
        "*.googleapis.com.": ["private.googleapis.com."],
    }


@pytest.mark.parametrize("name", PRIVATE)
def test_private_has_nothing_public(name: str) -> None:
    it = infra(name)
    external = {which for which, spec in it.all("ComputeAddress").items() if spec["addressType"] == "EXTERNAL"}
    assert external <= {"codemie-nat-1", "codemie-nat-2"}  # the way out
    assert {zone["visibility"] for zone in it.all("DNSManagedZone").values()} == {"private"}
    assert not it.all("ComputeManagedSSLCertificate")
    assert it.one("SQLInstance")["settings"]["ipConfiguration"]["ipv4Enabled"] is False
    for rule in it.all("ComputeFirewall").values():
        google = {"130.211.0.0/22", "35.191.0.0/16", "35.235.240.0/20"}  # health checks and Identity-Aware Proxy
        assert all(text in google or IPv4Network(text).is_private for text in rule["sourceRanges"])
    for cluster in it.all("ContainerCluster").values():
        endpoint = cluster["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]["allowExternalTraffic"]
        assert endpoint is (name in TUNINGS)


def test_one_certificate_of_google_per_host() -> None:
    it = infra("public-google-managed")
    found = {which: spec["managed"]["domains"] for which, spec in it.all("ComputeManagedSSLCertificate").items()}
    assert found == {f"codemie-{host}": [f"{host}.{it.env.domain}"] for host in it.hosts[0]}


@pytest.mark.parametrize("name", TUNINGS)
def test_an_address_on_its_way_out_keeps_its_connections(name: str) -> None:
    it = infra(name)
    nat = it.one("ComputeRouterNAT")
    assert (nat["natIps"], nat["drainNatIps"]) == ([{"name": "codemie-nat-2"}], [{"name": "codemie-nat-1"}])
    assert {"codemie-nat-1", "codemie-nat-2"} <= it.all("ComputeAddress").keys()


# Another environment of the same shape: what it changes, and with what it says.

CHANGES: Mapping[str, tuple[str, set[str]]] = {
    "project": (
        "gcp: {project: other-codemie, projectNumber: '200000000009'}",
        {
            "metadata/annotations/cnrm.cloud.google.com/project-id",
            "spec/projectRef/external",
            "ContainerCluster spec/databaseEncryption/keyName",
            "ContainerCluster spec/workloadIdentityConfig/workloadPool",
            "GKEHubMembership spec/authority/issuer",
            "IAMPolicyMember spec/condition/expression",
            "IAMPolicyMember spec/member",
            "IAMPolicyMember spec/resourceRef/external",
            "StorageBucket spec/resourceID",
        },
    ),
    "region": (
        """
gcp: {region: us-east4, zones: [us-east4-a, us-east4-b, us-east4-c]}
gke: {location: us-east4}
database: {backups: {location: us-east4}}
""",
        {
            "spec/region",
            "spec/location",
            "ContainerCluster spec/databaseEncryption/keyName",
            "ContainerCluster spec/nodeLocations/*",
            "ContainerNodePool spec/nodeLocations/*",
            "GKEHubMembership spec/authority/issuer",
            "SQLInstance spec/settings/backupConfiguration/location",
        },
    ),
    "domain": ("domain: ai.other.example", {"DNSManagedZone spec/dnsName", "DNSRecordSet spec/name"}),
    "ranges": (
        """
network:
  nodes: 10.20.0.0/20
  pods: 172.24.0.0/16
  services: 172.25.0.0/17
  controlPlane: 10.0.1.0/28
  proxyOnly: 10.20.16.0/23
  privateServices: 10.61.0.0/16
access: {allowedRanges: {office: [192.0.2.0/24]}}
""",
        {
            "ComputeAddress spec/address",
            "ComputeFirewall spec/sourceRanges/*",
            "ComputeSubnetwork spec/ipCidrRange",
            "ComputeSubnetwork spec/secondaryIpRange/*/ipCidrRange",
            "ContainerCluster spec/masterAuthorizedNetworksConfig/cidrBlocks/*/cidrBlock",
            "ContainerCluster spec/privateClusterConfig/masterIpv4CidrBlock",
        },
    ),
}


OF_ONE_MODE: Mapping[tuple[str, str], set[str]] = {
    ("prod", "project"): {"IAMPolicyMember spec/role"},  # of the bastion's people, on the project
    ("prod", "region"): {"ComputeInstance spec/zone"},
    ("dev", "ranges"): {"ComputeSecurityPolicy spec/rule/*/match/config/srcIpRanges/*"},
}


REGIONAL = "gke: {location: europe-west3}\n"


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["dev", "prod"])
def test_another_environment_changes_only_what_it_must(name: str, change: str) -> None:
    more, wanted = CHANGES[change]
    wanted = wanted | OF_ONE_MODE.get((name, change), set())
    more = more if change == "region" else f"{REGIONAL}{more}"
    before, after = Infra(name, REGIONAL).objects, Infra(name, more).objects
    assert before.keys() == after.keys()
    common = {path for path in wanted if " " not in path}  # of whatever kind
    found = {
        path if path in common else f"{identity[0]} {path}"
        for identity in before
        if not identity[0].startswith("Monitoring")  # they speak of everything: test_monitoring.py
        for path in _differing(before[identity], after[identity])
    }
    assert found == wanted


def _differing(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Yield the paths at which two objects differ; an item of a list is *."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            yield from _differing(one.get(key), other.get(key), f"{path}/{key}" if path else key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for first, second in zip(one, other, strict=True):
            yield from _differing(first, second, f"{path}/*")
    elif one != other:
        yield path
