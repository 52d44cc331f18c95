"""What cannot change on a living Config Connector object is `blocked`, and what stands beside it is not.

Rows: a kind, where it is written that its fields cannot change, and the fields. Each is changed, added and removed.
"""

from typing import Any, NamedTuple

import pytest

from generator.kinds import Kinds
from generator.manifest import HUB, Object, identify
from generator.review import Change, Impact, review

IMMUTABLE = Kinds({})
_SERVICES = "k8s-config-connector third_party/…/services"
CRD = "the CRD: Immutable."
FORCE_NEW = f"{_SERVICES}/*/resource_*.go: ForceNew, without the word in the CRD"
CEL = "the CRD: self == oldSelf"
API = "Google's API: accepted when it is applied, then UpdateFailed"
IGNORED = "observed on Config Connector 1.155.0: accepted, Ready, and nothing happens"
UNSENT = "k8s-config-connector pkg/controller/direct: the webhook passes direct kinds over, and Update does not send it"
META = "k8s-config-connector pkg/k8s/meta.go, pkg/webhook/immutable_fields_validator.go"


class Fixed(NamedTuple):
    kind: str
    source: str
    paths: str


_COMPUTE = "compute.cnrm.cloud.google.com/v1beta1"
_CONTAINER = "container.cnrm.cloud.google.com/v1beta1"
_CERTIFICATES = "certificatemanager.cnrm.cloud.google.com/v1beta1"
_NODE = (
    "machineType diskType diskSizeGb oauthScopes.0 metadata.disable-legacy-endpoints spot preemptible gvnic.enabled "
    "shieldedInstanceConfig.enableSecureBoot shieldedInstanceConfig.enableIntegrityMonitoring bootDiskKMSCryptoKeyRef.name "
    "minCpuPlatform localSsdCount guestAccelerator.0.type confidentialNodes.enabled gcfsConfig.enabled "
    "reservationAffinity.key ephemeralStorageLocalSsdConfig.localSsdCount ephemeralStorageConfig.localSsdCount "
    "sandboxConfig.sandboxType soleTenantConfig.nodeAffinity.0.key advancedMachineFeatures.threadsPerCore "
    "localNvmeSsdBlockConfig.localSsdCount nodeGroupRef.external hostMaintenancePolicy.maintenanceInterval"
)

TABLE = (
    Fixed("Service.serviceusage.cnrm.cloud.google.com/v1beta1", CRD, "resourceID projectRef.external"),
    Fixed("ServiceIdentity.serviceusage.cnrm.cloud.google.com/v1beta1", META, "resourceID projectRef.external"),
    Fixed("IAMServiceAccount.iam.cnrm.cloud.google.com/v1beta1", CRD, "resourceID"),
    Fixed(
        "IAMPolicyMember.iam.cnrm.cloud.google.com/v1beta1",
        CEL,
        "role member memberFrom.serviceAccountRef.name resourceRef.name resourceRef.kind resourceRef.external "
        "condition.expression condition.title",
    ),
    Fixed("IAMPartialPolicy.iam.cnrm.cloud.google.com/v1beta1", CRD, "resourceRef.name resourceRef.kind"),
    Fixed("IAMPolicy.iam.cnrm.cloud.google.com/v1beta1", CRD, "resourceRef.name"),
    Fixed("IAMCustomRole.iam.cnrm.cloud.google.com/v1beta1", CRD, "resourceID"),
    Fixed("Project.resourcemanager.cnrm.cloud.google.com/v1beta1", CRD, "resourceID"),
    Fixed(
        f"ComputeNetwork.{_COMPUTE}",
        CRD,
        "autoCreateSubnetworks description mtu internalIpv6Range networkProfile resourceID",
    ),
    Fixed(f"ComputeSubnetwork.{_COMPUTE}", CRD, "region purpose description resourceID"),
    Fixed(f"ComputeSubnetwork.{_COMPUTE}", FORCE_NEW, "networkRef.name"),
    Fixed(f"ComputeRouter.{_COMPUTE}", CRD, "region encryptedInterconnectRouter resourceID"),
    Fixed(f"ComputeRouter.{_COMPUTE}", FORCE_NEW, "networkRef.name"),
    Fixed(f"ComputeRouterNAT.{_COMPUTE}", CRD, "region endpointTypes.0 type resourceID"),
    Fixed(f"ComputeRouterNAT.{_COMPUTE}", FORCE_NEW, "routerRef.name"),
    Fixed(
        f"ComputeAddress.{_COMPUTE}",
        CRD,
        "address addressType purpose prefixLength description ipVersion networkTier resourceID",
    ),
    Fixed(f"ComputeAddress.{_COMPUTE}", FORCE_NEW, "location networkRef.name subnetworkRef.name"),
    Fixed(f"ComputeFirewall.{_COMPUTE}", CRD, "direction resourceID"),
    Fixed(f"ComputeFirewall.{_COMPUTE}", API, "networkRef.name"),
    Fixed("ServiceNetworkingConnection.servicenetworking.cnrm.cloud.google.com/v1beta1", CRD, "service"),
    Fixed("ServiceNetworkingConnection.servicenetworking.cnrm.cloud.google.com/v1beta1", FORCE_NEW, "networkRef.name"),
    Fixed("DNSPolicy.dns.cnrm.cloud.google.com/v1beta1", CRD, "resourceID"),
    Fixed(
        f"ContainerCluster.{_CONTAINER}",
        CRD,
        "location networkingMode datapathProvider initialNodeCount description clusterIpv4Cidr confidentialNodes.enabled "
        "defaultMaxPodsPerNode enableAutopilot enableKubernetesAlpha enableMultiNetworking enableTpu resourceID "
        "ipAllocationPolicy.stackType ipAllocationPolicy.clusterSecondaryRangeName "
        "ipAllocationPolicy.servicesSecondaryRangeName ipAllocationPolicy.clusterIpv4CidrBlock "
        "ipAllocationPolicy.servicesIpv4CidrBlock dnsConfig.clusterDns dnsConfig.clusterDnsScope "
        "privateClusterConfig.masterIpv4CidrBlock privateClusterConfig.privateEndpointSubnetworkRef.name "
        "masterAuth.clientCertificateConfig.issueClientCertificate",
    ),
    Fixed(f"ContainerCluster.{_CONTAINER}", FORCE_NEW, "networkRef.name subnetworkRef.name"),
    Fixed(
        f"ContainerCluster.{_CONTAINER}",
        CRD,
        " ".join(f"nodeConfig.{path}" for path in _NODE.split())
        + " nodeConfig.workloadMetadataConfig.mode nodeConfig.imageType nodeConfig.tags.0 nodeConfig.labels.pool",
    ),
    Fixed(
        f"ContainerNodePool.{_CONTAINER}",
        CRD,
        "location namePrefix resourceID queuedProvisioning.enabled "
        + " ".join(f"nodeConfig.{path}" for path in _NODE.split()),
    ),
    Fixed(
        f"ContainerNodePool.{_CONTAINER}",
        FORCE_NEW,
        "clusterRef.name maxPodsPerNode initialNodeCount networkConfig.podRange networkConfig.createPodRange "
        "networkConfig.podIpv4CidrBlock networkConfig.subnetworkRef.name placementPolicy.type nodeConfig.serviceAccountRef.name",
    ),
    Fixed(
        "GKEHubMembership.gkehub.cnrm.cloud.google.com/v1beta1",
        CRD,
        "location resourceID endpoint.gkeCluster.resourceRef.name",
    ),
    Fixed(
        "GKEBackupBackupPlan.gkebackup.cnrm.cloud.google.com/v1alpha1",
        CEL,
        "location projectRef.external resourceID",
    ),
    Fixed("GKEBackupBackupPlan.gkebackup.cnrm.cloud.google.com/v1alpha1", UNSENT, "clusterRef.name"),
    Fixed(
        "GKEBackupRestorePlan.gkebackup.cnrm.cloud.google.com/v1alpha1",
        CEL,
        "backupPlanRef.name clusterRef.name location",
    ),
    Fixed(
        "GKEHubFeatureMembership.gkehub.cnrm.cloud.google.com/v1beta1",
        CEL,
        "featureRef.name location membershipRef.name membershipLocation projectRef.external",
    ),
    Fixed(
        "GKEHubFeature.gkehub.cnrm.cloud.google.com/v1beta1",
        CRD,
        "location projectRef.external resourceID",
    ),
    Fixed(
        f"ComputeInstance.{_COMPUTE}",
        CRD,
        "zone bootDisk.autoDelete bootDisk.initializeParams.sourceImageRef.external bootDisk.initializeParams.size "
        "networkInterface.0.networkRef.name networkInterface.0.subnetworkRef.name metadataStartupScript description hostname "
        "scheduling.preemptible scheduling.provisioningModel guestAccelerator.0.type scratchDisk.0.interface resourceID "
        "confidentialInstanceConfig.enableConfidentialCompute",
    ),
    Fixed("IAPBrand.iap.cnrm.cloud.google.com/v1beta1", CRD, "applicationTitle supportEmail"),
    Fixed("IAPIdentityAwareProxyClient.iap.cnrm.cloud.google.com/v1beta1", CRD, "displayName brandRef.name"),
    Fixed(
        "SQLInstance.sql.cnrm.cloud.google.com/v1beta1",
        API,
        "encryptionKMSCryptoKeyRef.name settings.diskType settings.collation settings.timeZone "
        "replicaConfiguration.failoverTarget masterInstanceRef.name resourceID",
    ),
    Fixed("SQLInstance.sql.cnrm.cloud.google.com/v1beta1", IGNORED, "region"),
    Fixed(
        "SQLInstance.sql.cnrm.cloud.google.com/v1beta1", UNSENT, "cloneSource.sqlInstanceRef.name rootPassword.value"
    ),
    Fixed(
        "RedisInstance.redis.cnrm.cloud.google.com/v1beta1",
        CRD,
        "alternativeLocationId connectMode customerManagedKeyRef.name locationId region reservedIpRange resourceID tier "
        "transitEncryptionMode",
    ),
    Fixed("RedisInstance.redis.cnrm.cloud.google.com/v1beta1", FORCE_NEW, "authorizedNetworkRef.name"),
    Fixed("SQLDatabase.sql.cnrm.cloud.google.com/v1beta1", CRD, "resourceID"),
    Fixed("SQLDatabase.sql.cnrm.cloud.google.com/v1beta1", FORCE_NEW, "instanceRef.name"),
    Fixed("SQLUser.sql.cnrm.cloud.google.com/v1beta1", CRD, "type host resourceID"),
    Fixed("SQLUser.sql.cnrm.cloud.google.com/v1beta1", FORCE_NEW, "instanceRef.name"),
    Fixed(
        "DNSManagedZone.dns.cnrm.cloud.google.com/v1beta1",
        CRD,
        "dnsName visibility reverseLookup serviceDirectoryConfig.namespace.namespaceUrl resourceID",
    ),
    Fixed("DNSRecordSet.dns.cnrm.cloud.google.com/v1beta1", CRD, "name"),
    Fixed("DNSRecordSet.dns.cnrm.cloud.google.com/v1beta1", FORCE_NEW, "managedZoneRef.name"),
    Fixed(
        f"CertificateManagerCertificate.{_CERTIFICATES}",
        CRD,
        "managed.domains.0 managed.dnsAuthorizationsRefs.0.name location scope projectRef.external resourceID",
    ),
    Fixed(f"CertificateManagerCertificateMap.{_CERTIFICATES}", META, "projectRef.external resourceID"),
    Fixed(
        f"CertificateManagerCertificateMapEntry.{_CERTIFICATES}",
        CRD,
        "certificatesRefs.0.name hostname mapRef.name matcher projectRef.external resourceID",
    ),
    Fixed(
        f"CertificateManagerDNSAuthorization.{_CERTIFICATES}",
        CRD,
        "domain location type projectRef.external resourceID",
    ),
    Fixed(
        f"ComputeManagedSSLCertificate.{_COMPUTE}",
        CRD,
        "managed.domains.0 description type projectRef.external resourceID",
    ),
    Fixed(f"ComputeSSLPolicy.{_COMPUTE}", CRD, "description resourceID"),
    Fixed(f"ComputeSecurityPolicy.{_COMPUTE}", CRD, "resourceID"),
    Fixed("KMSKeyRing.kms.cnrm.cloud.google.com/v1beta1", CRD, "location resourceID"),
    Fixed(
        "KMSCryptoKey.kms.cnrm.cloud.google.com/v1beta1",
        CRD,
        "purpose destroyScheduledDuration importOnly skipInitialVersionCreation versionTemplate.protectionLevel resourceID",
    ),
    Fixed("KMSCryptoKey.kms.cnrm.cloud.google.com/v1beta1", FORCE_NEW, "keyRingRef.name"),
    Fixed("SecretManagerSecret.secretmanager.cnrm.cloud.google.com/v1beta1", CRD, "replication.automatic resourceID"),
    Fixed(
        "SecretManagerSecret.secretmanager.cnrm.cloud.google.com/v1beta1",
        FORCE_NEW,
        "ttl rotation.rotationPeriod replication.userManaged.replicas.0.location",
    ),
    Fixed(
        "SecretManagerSecretVersion.secretmanager.cnrm.cloud.google.com/v1beta1",
        FORCE_NEW,
        "secretData.valueFrom.secretKeyRef.name secretRef.name resourceID",
    ),
    Fixed("StorageBucket.storage.cnrm.cloud.google.com/v1beta1", IGNORED, "location"),
    Fixed("StorageBucket.storage.cnrm.cloud.google.com/v1beta1", CRD, "resourceID"),
    Fixed("ArtifactRegistryRepository.artifactregistry.cnrm.cloud.google.com/v1beta1", CRD, "location resourceID"),
    Fixed(
        "ArtifactRegistryRepository.artifactregistry.cnrm.cloud.google.com/v1beta1",
        FORCE_NEW,
        "format mode kmsKeyRef.name remoteRepositoryConfig.dockerRepository.publicRepository",
    ),
    Fixed(
        "LoggingLogSink.logging.cnrm.cloud.google.com/v1beta1",
        CRD,
        "projectRef.external folderRef.external organizationRef.external resourceID",
    ),
    Fixed(
        "LoggingLogBucket.logging.cnrm.cloud.google.com/v1beta1",
        CRD,
        "location projectRef.external folderRef.external organizationRef.external resourceID",
    ),
    *(
        Fixed(f"Monitoring{kind}.monitoring.cnrm.cloud.google.com/v1beta1", CRD, "resourceID")
        for kind in ("AlertPolicy", "UptimeCheckConfig", "NotificationChannel")
    ),
    Fixed(
        "MonitoringUptimeCheckConfig.monitoring.cnrm.cloud.google.com/v1beta1",
        CRD,
        "projectRef.external monitoredResource.type httpCheck.requestMethod",
    ),
    Fixed("ConfigConnectorContext.core.cnrm.cloud.google.com/v1beta1", CRD, "managerNamespace"),
)
ROWS = sorted({(row.kind, path, row.source) for row in TABLE for path in row.paths.split()})


def built(kind: str, spec: Any, annotations: dict[str, str] | None = None) -> Object:
    name, _, version = kind.partition(".")
    metadata = {"name": "one", "namespace": "prod", "annotations": annotations or {}}
    manifest = {"apiVersion": version, "kind": name, "metadata": metadata, "spec": spec}
    return Object(identify(manifest, HUB), manifest, "infra/unit/x.yaml", "infra/unit/x.yaml")


def nested(path: str, value: Any) -> Any:
    """Return `value` at a path: a number in it is a list's only item."""
    for step in reversed(path.split(".")):
        value = [value] if step.isdigit() else {step: value}
    return value


def changes(before: Object, after: Object) -> list[Change]:
    return list(review("test", [before], [after], IMMUTABLE).changes)


def worst(kind: str, before: Any, after: Any) -> Impact:
    return min((change.impact for change in changes(built(kind, before), built(kind, after))), key=lambda one: one.rank)


BARE = {"other": "field"}


@pytest.mark.parametrize(
    ("kind", "path", "source"), ROWS, ids=[f"{kind.split('.')[0]}-{path}" for kind, path, _ in ROWS]
)
def test_what_cannot_change_is_blocked(kind: str, path: str, source: str) -> None:
    assert source
    one, two = nested(path, "one") | BARE, nested(path, "two") | BARE
    for before, after in ((one, two), (two, one), (BARE, one), (one, BARE)):
        found = changes(built(kind, before), built(kind, after))
        assert {change.impact for change in found} == {Impact.BLOCKED}, (before, after, found)
        assert all(change.instead and change.reason and change.source for change in found)


IGNORED_ROWS = [(row.kind, path) for row in TABLE if row.source in (IGNORED, UNSENT) for path in row.paths.split()]


@pytest.mark.parametrize(("kind", "path"), IGNORED_ROWS)
def test_what_is_ignored_does_not_stop_the_sync(kind: str, path: str) -> None:
    """The object says Ready: who waits for an error waits for good."""
    (change,) = changes(built(kind, nested(path, "one") | BARE), built(kind, nested(path, "two") | BARE))
    assert change.reason.startswith("is accepted and ignored")


@pytest.mark.parametrize("kind", sorted({row.kind for row in TABLE if not row.kind.startswith("IAM")}))
def test_the_project_and_what_is_written_back_are_fixed_for_every_kind(kind: str) -> None:
    prefix = "cnrm.cloud.google.com"
    for key, old, new in (("project-id", "a", "b"), ("state-into-spec", "absent", "merge")):
        annotations: tuple[dict[str, str], ...] = ({f"{prefix}/{key}": old}, {f"{prefix}/{key}": new}, {})
        for before, after in ((0, 1), (1, 0), (0, 2), (1, 2), (2, 1)):
            found = changes(built(kind, BARE, annotations[before]), built(kind, BARE, annotations[after]))
            assert [change.impact for change in found] == ["blocked"]
            assert found[0].instead


def test_grants_have_no_state_to_write_back() -> None:
    kind = "IAMPolicyMember.iam.cnrm.cloud.google.com/v1beta1"
    key = "cnrm.cloud.google.com/state-into-spec"
    (change,) = changes(built(kind, BARE, {key: "absent"}), built(kind, BARE, {}))
    assert change.impact is Impact.SAFE


def test_the_default_written_out_is_no_change_of_what_is_written_back() -> None:
    kind = f"ComputeNetwork.{_COMPUTE}"
    (change,) = changes(built(kind, BARE, {}), built(kind, BARE, {"cnrm.cloud.google.com/state-into-spec": "absent"}))
    assert change.impact is Impact.SAFE


# ── blocked only in one direction ──────────────────────────────────────────────────────────────────────────────────
_SQL = "SQLInstance.sql.cnrm.cloud.google.com/v1beta1"
_SUBNET = f"ComputeSubnetwork.{_COMPUTE}"
_PRIVATE = "settings.ipConfiguration.privateNetworkRef.name"
ONE_WAY = (
    (_SUBNET, "ipCidrRange", "10.0.0.0/20", "10.0.0.0/22", "a subnet only grows"),
    (_SUBNET, "ipCidrRange", "10.0.0.0/20", "10.1.0.0/20", "observed: a moved ipCidrRange is UpdateFailed"),
    (_SUBNET, "secondaryIpRange.0.ipCidrRange", "10.4.0.0/14", "10.8.0.0/14", "a range in use by GKE"),
    (_SQL, "settings.diskSize", 50, 40, "a disk does not shrink"),
    (_SQL, "databaseVersion", "POSTGRES_17", "POSTGRES_16", "never downgraded"),
    (_SQL, "databaseVersion", "MYSQL_8_0", "POSTGRES_17", "another kind of database"),
    (_SQL, _PRIVATE, "one", "two", "an instance stays in its private network"),
    (f"ContainerCluster.{_CONTAINER}", "minMasterVersion", "1.34", "1.33", "a control plane does not go back"),
    (f"ContainerCluster.{_CONTAINER}", "enableL4IlbSubsetting", True, False, "cannot be switched off"),
)


@pytest.mark.parametrize(("kind", "path", "old", "new", "source"), ONE_WAY)
def test_what_goes_one_way_is_blocked_the_other_way(kind: str, path: str, old: Any, new: Any, source: str) -> None:
    assert source
    assert worst(kind, nested(path, old), nested(path, new)) is Impact.BLOCKED
    if path not in (_PRIVATE, "secondaryIpRange.0.ipCidrRange") and new not in ("10.1.0.0/20", "POSTGRES_17"):
        assert worst(kind, nested(path, new), nested(path, old)) is not Impact.BLOCKED


def test_an_instance_cannot_leave_its_private_network_and_a_pool_cannot_lose_a_taint() -> None:
    private = nested(_PRIVATE, "one")
    assert worst(_SQL, private, nested("settings.ipConfiguration.ipv4Enabled", value=False)) is Impact.BLOCKED
    taint = {"nodeConfig": {"taint": [{"key": "gpu", "value": "yes", "effect": "NO_SCHEDULE"}]}}
    pool = f"ContainerNodePool.{_CONTAINER}"
    assert worst(pool, taint, {"nodeConfig": {"taint": []}}) is Impact.BLOCKED
    assert worst(pool, {"nodeConfig": {"taint": []}}, taint) is Impact.UNKNOWN


# ── what stands beside it ──────────────────────────────────────────────────────────────────────────────────────────
MUTABLE = (
    (
        f"ContainerNodePool.{_CONTAINER}",
        (
            "autoscaling.minNodeCount autoscaling.totalMaxNodeCount management.autoRepair upgradeSettings.maxSurge nodeLocations.0 "
            "version nodeCount nodeConfig.imageType nodeConfig.tags.0 nodeConfig.taint.0.effect nodeConfig.labels.pool nodeConfig.resourceLabels.team "
            "nodeConfig.workloadMetadataConfig.mode nodeConfig.linuxNodeConfig.sysctls.x nodeConfig.kubeletConfig.podPidsLimit "
            "networkConfig.enablePrivateNodes"
        ),
    ),
    (
        f"ContainerCluster.{_CONTAINER}",
        (
            "privateClusterConfig.enablePrivateNodes privateClusterConfig.enablePrivateEndpoint releaseChannel.channel "
            "masterAuthorizedNetworksConfig.cidrBlocks.0.cidrBlock maintenancePolicy.recurringWindow.startTime "
            "addonsConfig.dnsCacheConfig.enabled databaseEncryption.keyName workloadIdentityConfig.workloadPool "
            "loggingConfig.enableComponents.0 gatewayApiConfig.channel nodeLocations.0 clusterAutoscaling.enabled"
        ),
    ),
    (_SUBNET, "privateIpGoogleAccess logConfig.flowSampling role stackType"),
    (f"ComputeNetwork.{_COMPUTE}", "routingMode networkFirewallPolicyEnforcementOrder"),
    (f"ComputeRouter.{_COMPUTE}", "bgp.asn description"),
    (f"ComputeRouterNAT.{_COMPUTE}", "natIps.0.name minPortsPerVm logConfig.filter natIpAllocateOption"),
    (f"ComputeFirewall.{_COMPUTE}", "sourceRanges.0 priority disabled description targetTags.0"),
    (f"ComputeSecurityPolicy.{_COMPUTE}", "description rule.0.action"),
    (f"ComputeSSLPolicy.{_COMPUTE}", "minTlsVersion profile"),
    (f"ComputeInstance.{_COMPUTE}", "machineType metadata.0.value serviceAccount.scopes.0 deletionProtection tags.0"),
    (
        _SQL,
        (
            "settings.tier settings.edition settings.availabilityType settings.databaseFlags.0.value "
            "settings.backupConfiguration.startTime settings.ipConfiguration.sslMode settings.deletionProtectionEnabled "
            "settings.maintenanceWindow.hour maintenanceVersion"
        ),
    ),
    (
        "SQLUser.sql.cnrm.cloud.google.com/v1beta1",
        "password.valueFrom.secretKeyRef.name passwordPolicy.allowedFailedAttempts",
    ),
    ("SQLDatabase.sql.cnrm.cloud.google.com/v1beta1", "deletionPolicy"),
    ("DNSRecordSet.dns.cnrm.cloud.google.com/v1beta1", "ttl rrdatas.0 rrdatasRefs.0.name type"),
    (
        "DNSManagedZone.dns.cnrm.cloud.google.com/v1beta1",
        "description dnssecConfig.state cloudLoggingConfig.enableLogging privateVisibilityConfig.networks.0.networkRef.name",
    ),
    ("KMSCryptoKey.kms.cnrm.cloud.google.com/v1beta1", "rotationPeriod versionTemplate.algorithm"),
    ("SecretManagerSecret.secretmanager.cnrm.cloud.google.com/v1beta1", "annotations.x rotation.nextRotationTime"),
    (
        "StorageBucket.storage.cnrm.cloud.google.com/v1beta1",
        "versioning.enabled softDeletePolicy.retentionDurationSeconds publicAccessPrevention lifecycleRule.0.condition.age",
    ),
    ("IAMServiceAccount.iam.cnrm.cloud.google.com/v1beta1", "displayName disabled"),
    ("IAMPartialPolicy.iam.cnrm.cloud.google.com/v1beta1", "bindings.0.role bindings.0.members.0.member"),
    ("IAMCustomRole.iam.cnrm.cloud.google.com/v1beta1", "permissions.0 title stage"),
    ("Project.resourcemanager.cnrm.cloud.google.com/v1beta1", "name billingAccountRef.external folderRef.external"),
    ("LoggingLogSink.logging.cnrm.cloud.google.com/v1beta1", "filter destination.storageBucketRef.name"),
    ("GKEBackupBackupPlan.gkebackup.cnrm.cloud.google.com/v1alpha1", "retentionPolicy.backupRetainDays description"),
)
BESIDE = [(kind, path) for kind, paths in MUTABLE for path in paths.split()]


@pytest.mark.parametrize(("kind", "path"), BESIDE, ids=[f"{kind.split('.')[0]}-{path}" for kind, path in BESIDE])
def test_what_stands_beside_it_is_not_blocked(kind: str, path: str) -> None:
    assert worst(kind, nested(path, "1"), nested(path, "2")) is not Impact.BLOCKED
