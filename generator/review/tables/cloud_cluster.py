"""GKE clusters."""

from typing import Any

from generator.manifest import Manifest
from generator.review.change import Impact
from generator.review.row import (
    Row,
    Steps,
    added,
    always,
    changed,
    comes,
    goes,
    lowered,
    raised,
    removed,
    several,
    to,
    turned,
    widened,
)

_GKE = "https://cloud.google.com/kubernetes-engine/docs"
_LIFE = f"{_GKE}/concepts/managing-clusters#manual-changes"
_UPGRADE = f"{_GKE}/concepts/cluster-upgrades"
_CHANNELS = f"{_GKE}/concepts/release-channels"
_WINDOWS = f"{_GKE}/concepts/maintenance-windows-and-exclusions"
_NETWORKS = f"{_GKE}/how-to/latest/network-isolation"
_SHIELDED = f"{_GKE}/how-to/shielded-gke-nodes"
_IDENTITY = f"{_GKE}/how-to/workload-identity"
_SECRETS = f"{_GKE}/how-to/encrypting-secrets"
_BINARY = "https://cloud.google.com/binary-authorization/docs/enable-cluster"
_POSTURE = f"{_GKE}/concepts/about-security-posture-dashboard"
_LOGS = f"{_GKE}/concepts/about-logs"
_METRICS = f"{_GKE}/how-to/configure-metrics"
_ADDONS = "https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters#AddonsConfig"
_API = "https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters"
_PROVIDER = "k8s-config-connector third_party/…/services/container/resource_container_cluster.go (ForceNew)"
_AUTOSCALER = f"{_GKE}/concepts/node-auto-provisioning"


def _opens_a_network(before: Any, after: Any) -> bool:
    """A block of addresses is let in that was not, be it an item or its range."""
    old = before.get("cidrBlock") if isinstance(before, dict) else before
    new = after.get("cidrBlock") if isinstance(after, dict) else after
    return widened(old, new)


def _picks(_before: Any, after: Any) -> bool:
    """A channel picks the versions."""
    return isinstance(after, str) and after != "UNSPECIFIED"


def _is_open(manifest: Manifest, _steps: Steps) -> bool:
    """Whether a cluster is made so that every address reaches its control plane."""
    spec = manifest.get("spec", {})
    private = (spec.get("privateClusterConfig") or {}).get("enablePrivateEndpoint") is True
    endpoints = (spec.get("controlPlaneEndpointsConfig") or {}).get("ipEndpointsConfig") or {}
    return not (private or spec.get("masterAuthorizedNetworksConfig") or endpoints.get("enabled") is False)


_NODES = "GKE recreates the nodes, pool by pool; pods move, and who has one pod is away meanwhile"
_CONTROL = "the control plane is updated: a zonal one does not answer for minutes, a regional one does"

_ACCESS: tuple[Row, ...] = (
    Row("spec.masterAuthorizedNetworksConfig", removed, Impact.EXPOSURE, "the list is not managed any more: it stays as it is, but a cluster that is made without it answers the whole internet", _NETWORKS),
    Row("spec.masterAuthorizedNetworksConfig", added, Impact.OUTAGE, "the control plane answers only these networks: who comes from elsewhere loses it, Argo CD and people alike", _NETWORKS),
    *several("spec.masterAuthorizedNetworksConfig", "cidrBlocks.* cidrBlocks.*.cidrBlock", _opens_a_network, Impact.EXPOSURE, "more addresses may reach the control plane", _NETWORKS),
    *several("spec.masterAuthorizedNetworksConfig", "cidrBlocks.* cidrBlocks.*.cidrBlock", removed, Impact.UNKNOWN, "who comes from there does not reach the control plane any more: look whether Argo CD or people do", _NETWORKS),
    Row("spec.masterAuthorizedNetworksConfig.cidrBlocks.*.cidrBlock", changed, Impact.UNKNOWN, "who comes from the old range only does not reach the control plane any more", _NETWORKS),
    Row("spec.masterAuthorizedNetworksConfig.cidrBlocks.*.displayName", always, Impact.SAFE, "a text for people"),
    Row("spec.masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled", to(True), Impact.EXPOSURE, "every machine in Google Cloud, of whichever customer, may reach the control plane", _NETWORKS),
    Row("spec.masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled", always, Impact.UNKNOWN, "machines in Google Cloud that are not on the list do not reach the control plane any more", _NETWORKS),
    Row("spec.privateClusterConfig.enablePrivateEndpoint", to(False), Impact.EXPOSURE, "the control plane gets a public address", _NETWORKS),
    Row("spec.privateClusterConfig.enablePrivateEndpoint", to(True), Impact.OUTAGE, "the public address of the control plane goes: who comes from outside of the VPC loses it, Argo CD too unless it uses the DNS endpoint", _NETWORKS),
    Row("spec.privateClusterConfig.enablePrivateNodes", to(False), Impact.EXPOSURE, "new nodes get public addresses", _NETWORKS),
    Row("spec.privateClusterConfig.enablePrivateNodes", to(True), Impact.OUTAGE, "new nodes have no public address: without NAT nothing in them reaches the internet", _NETWORKS),
    Row("spec.privateClusterConfig.masterGlobalAccessConfig.enabled", to(True), Impact.EXPOSURE, "the private control plane answers from every region of the VPC and what is connected to it", _NETWORKS),
    Row("spec.privateClusterConfig.masterGlobalAccessConfig.enabled", comes, Impact.UNKNOWN, "who comes from another region does not reach the control plane any more", _NETWORKS),
    Row("spec.controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic", to(True), Impact.EXPOSURE, "the control plane answers by its DNS name from the internet; IAM guards it, address lists do not", _NETWORKS),
    Row("spec.controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic", to(False), Impact.OUTAGE, "who uses the DNS endpoint from outside loses the cluster: look whether Argo CD does", _NETWORKS),
    Row("spec.controlPlaneEndpointsConfig.dnsEndpointConfig.enableK8sTokensViaDns", to(True), Impact.EXPOSURE, "tokens of service accounts are good for the DNS endpoint, without IAM", _NETWORKS),
    Row("spec.controlPlaneEndpointsConfig.dnsEndpointConfig.enableK8sTokensViaDns", to(False), Impact.OUTAGE, "who signs in by a service account's token over the DNS endpoint loses the cluster", _NETWORKS),
    Row("spec.controlPlaneEndpointsConfig.ipEndpointsConfig.enabled", to(False), Impact.OUTAGE, "the addresses of the control plane go: only the DNS endpoint answers, also to Argo CD", _NETWORKS),
    Row("spec.controlPlaneEndpointsConfig.ipEndpointsConfig.enabled", turned(False, True), Impact.EXPOSURE, "the control plane answers by address again, from the networks that are let in", _NETWORKS),
    Row("spec.controlPlaneEndpointsConfig.ipEndpointsConfig.enabled", to(True), Impact.SAFE, "the control plane answers by address, which is the default", _NETWORKS),
    Row("spec.authenticatorGroupsConfig.securityGroup", comes, Impact.EXPOSURE, "groups of people get the roles that RoleBindings give them", f"{_GKE}/how-to/google-groups-rbac"),
    Row("spec.authenticatorGroupsConfig.securityGroup", changed, Impact.OUTAGE, "members of the old group lose what they had through RoleBindings of groups", f"{_GKE}/how-to/google-groups-rbac"),
    Row("spec.enableLegacyAbac", to(True), Impact.EXPOSURE, "every service account may do nearly everything: RBAC decides no more", f"{_GKE}/how-to/hardening-your-cluster"),
    Row("spec.enableLegacyAbac", to(False), Impact.UNKNOWN, "who lived of the old permissions loses access", f"{_GKE}/how-to/hardening-your-cluster"),
    Row("spec.masterAuth.**", always, Impact.BLOCKED, "cannot be changed: the webhook refuses it", _PROVIDER),
    Row("spec.allowNetAdmin", to(True), Impact.EXPOSURE, "pods may have NET_ADMIN", _API),
    Row("spec.allowNetAdmin", comes, Impact.UNKNOWN, "pods that have NET_ADMIN are not admitted any more", _API),
    Row("spec.serviceExternalIpsConfig.enabled", to(True), Impact.EXPOSURE, "a Service may take any address as its own (CVE-2020-8554)", f"{_GKE}/how-to/hardening-your-cluster"),
    Row("spec.serviceExternalIpsConfig.enabled", comes, Impact.UNKNOWN, "Services with external addresses do not answer there any more", f"{_GKE}/how-to/hardening-your-cluster"),
)  # fmt: skip

_SECURITY: tuple[Row, ...] = (
    Row("spec.workloadIdentityConfig.workloadPool", comes, Impact.OUTAGE, "pods get their Google accounts from the pool that is written here: grants to identities of another pool hold no more", _IDENTITY),
    Row("spec.databaseEncryption.state", to("DECRYPTED"), Impact.EXPOSURE, "Secrets are no longer encrypted by your key", _SECRETS),
    Row("spec.databaseEncryption.state", to("ENCRYPTED"), Impact.UNKNOWN, "Secrets that are written from now on are encrypted by your key; if the key goes, the cluster goes", _SECRETS),
    Row("spec.databaseEncryption.keyName", comes, Impact.UNKNOWN, "another key encrypts Secrets: GKE's agent needs a grant on it, and the old one must stay until all are written again", _SECRETS),
    Row("spec.binaryAuthorization.evaluationMode", to("DISABLED"), Impact.EXPOSURE, "any image may run: attestations are not asked for", _BINARY),
    Row("spec.binaryAuthorization.evaluationMode", comes, Impact.UNKNOWN, "images that the project's policy does not let in do not start any more, also when a pod is rescheduled", _BINARY),
    Row("spec.enableShieldedNodes", to(False), Impact.EXPOSURE, "nodes do not prove who they are any more, and are recreated", _SHIELDED),
    Row("spec.enableShieldedNodes", to(True), Impact.RESTART, _NODES, _SHIELDED),
    Row("spec.securityPostureConfig.**", to("DISABLED", "VULNERABILITY_DISABLED"), Impact.EXPOSURE, "nobody is told of weak workloads any more", _POSTURE),
    Row("spec.securityPostureConfig.**", comes, Impact.SAFE, "workloads are looked at from outside", _POSTURE),
    Row("spec.networkPolicy.enabled", to(False), Impact.EXPOSURE, "NetworkPolicies are not enforced any more: every pod reaches every pod", f"{_GKE}/how-to/network-policy"),
    Row("spec.networkPolicy.enabled", to(True), Impact.RESTART, f"NetworkPolicies are enforced from now on; {_NODES}", f"{_GKE}/how-to/network-policy"),
    Row("spec.networkPolicy.provider", comes, Impact.RESTART, _NODES, f"{_GKE}/how-to/network-policy"),
    *several("spec", "enableCiliumClusterwideNetworkPolicy enableFqdnNetworkPolicy", to(False), Impact.EXPOSURE, "policies of that sort are not enforced any more", f"{_GKE}/how-to/fqdn-network-policies"),
    *several("spec", "enableCiliumClusterwideNetworkPolicy enableFqdnNetworkPolicy", to(True), Impact.SAFE, "policies of that sort may be written; anetd restarts on each node for it, pods do not", f"{_GKE}/how-to/fqdn-network-policies"),
    Row("spec.inTransitEncryptionConfig", to("IN_TRANSIT_ENCRYPTION_DISABLED"), Impact.EXPOSURE, "what pods send each other between nodes is no longer encrypted", f"{_GKE}/how-to/encrypt-data-in-transit"),
    Row("spec.inTransitEncryptionConfig", comes, Impact.RESTART, f"traffic between nodes is encrypted; {_NODES}", f"{_GKE}/how-to/encrypt-data-in-transit"),
    Row("spec.meshCertificates.enableCertificates", comes, Impact.UNKNOWN, "certificates of the mesh come or go for every pod", f"{_ADDONS}"),
    Row("spec.identityServiceConfig.enabled", comes, Impact.UNKNOWN, "people who sign in through an identity provider of yours may, or may not any more", f"{_GKE}/how-to/oidc"),
)  # fmt: skip

_VERSIONS: tuple[Row, ...] = (
    Row("spec.minMasterVersion", raised, Impact.OUTAGE, f"{_CONTROL}; nodes follow later, APIs that the new version lacks are gone", _UPGRADE),
    Row("spec.minMasterVersion", lowered, Impact.BLOCKED, "a control plane does not go back to an older minor version", _UPGRADE, "restore a backup into a new cluster of the old version"),
    Row("spec.minMasterVersion", comes, Impact.OUTAGE, f"{_CONTROL} if it runs an older version", _UPGRADE),
    Row("spec.releaseChannel.channel", to("UNSPECIFIED"), Impact.EXPOSURE, "nothing picks versions any more: nodes get security fixes late, and the version is forced when it is too old", _CHANNELS),
    Row("spec.releaseChannel.channel", _picks, Impact.OUTAGE, "another channel brings other versions: an upgrade of control plane and nodes may start in the next window", _CHANNELS),
    *several("spec.maintenancePolicy", "dailyMaintenanceWindow.** recurringWindow.**", always, Impact.UNKNOWN, "upgrades and restarts of nodes come at another time: look that it is not when people work", _WINDOWS),
    Row("spec.maintenancePolicy.maintenanceExclusion.*", removed, Impact.UNKNOWN, "upgrades may come in that time again", _WINDOWS),
    Row("spec.maintenancePolicy.maintenanceExclusion.**", always, Impact.SAFE, "upgrades do not come in a time that is written here", _WINDOWS, but=("spec.maintenancePolicy.maintenanceExclusion.*.endTime", "spec.maintenancePolicy.maintenanceExclusion.*.startTime", "spec.maintenancePolicy.maintenanceExclusion.*.exclusionOptions.scope")),
    *several("spec.maintenancePolicy.maintenanceExclusion.*", "endTime startTime exclusionOptions.scope", changed, Impact.UNKNOWN, "upgrades are kept out of another time than before", _WINDOWS),
    *several("spec.maintenancePolicy.maintenanceExclusion.*", "endTime startTime exclusionOptions.scope", added, Impact.SAFE, "upgrades do not come in a time that is written here", _WINDOWS),
    *several("spec.maintenancePolicy.maintenanceExclusion.*", "endTime startTime exclusionOptions.scope", removed, Impact.UNKNOWN, "upgrades may come in that time again", _WINDOWS),
    Row("spec.notificationConfig.pubsub.**", always, Impact.SAFE, "who is told of upgrades and bulletins", f"{_GKE}/concepts/cluster-notifications"),
)  # fmt: skip

_ADDON_ROWS: tuple[Row, ...] = (
    Row("spec.addonsConfig.httpLoadBalancing.disabled", to(True), Impact.OUTAGE, "Ingresses and Gateways are not served any more: their load balancers go", _ADDONS),
    Row("spec.addonsConfig.httpLoadBalancing.disabled", comes, Impact.SAFE, "Ingresses and Gateways are served", _ADDONS),
    Row("spec.gatewayApiConfig.channel", to("CHANNEL_DISABLED"), Impact.OUTAGE, "Gateways are not served any more", f"{_GKE}/how-to/deploying-gateways"),
    Row("spec.gatewayApiConfig.channel", comes, Impact.UNKNOWN, "GKE installs the CRDs of that channel; on a living cluster it can take 45 minutes", f"{_GKE}/how-to/deploying-gateways"),
    Row("spec.addonsConfig.horizontalPodAutoscaling.disabled", to(True), Impact.OUTAGE, "nothing scales by load any more", _ADDONS),
    Row("spec.addonsConfig.horizontalPodAutoscaling.disabled", comes, Impact.SAFE, "pods are scaled by load", _ADDONS),
    Row("spec.addonsConfig.networkPolicyConfig.disabled", to(True), Impact.EXPOSURE, "Calico goes: NetworkPolicies are not enforced any more", f"{_GKE}/how-to/network-policy"),
    Row("spec.addonsConfig.networkPolicyConfig.disabled", comes, Impact.RESTART, _NODES, f"{_GKE}/how-to/network-policy"),
    *several("spec.addonsConfig", "gcePersistentDiskCsiDriverConfig.enabled gcpFilestoreCsiDriverConfig.enabled gcsFuseCsiDriverConfig.enabled", to(False), Impact.OUTAGE, "volumes of that sort cannot be mounted any more: a pod that moves does not start", _ADDONS),
    Row("spec.addonsConfig.configConnectorConfig.enabled", to(False), Impact.OUTAGE, "the add-on's controllers go: what they manage is managed by nobody", _ADDONS),
    Row("spec.addonsConfig.gkeBackupAgentConfig.enabled", to(False), Impact.DATA_LOSS, "a guard of state goes: no backup of volumes and objects is made any more", "https://cloud.google.com/kubernetes-engine/docs/add-on/backup-for-gke/how-to/install"),
    *several("spec.addonsConfig", "gcePersistentDiskCsiDriverConfig.enabled gcpFilestoreCsiDriverConfig.enabled gcsFuseCsiDriverConfig.enabled configConnectorConfig.enabled gkeBackupAgentConfig.enabled", to(True), Impact.SAFE, "an agent comes onto the nodes; pods do not restart", _ADDONS),
    Row("spec.addonsConfig.dnsCacheConfig.enabled", comes, Impact.RESTART, _NODES, f"{_GKE}/how-to/nodelocal-dns-cache"),
    Row("spec.verticalPodAutoscaling.enabled", comes, Impact.UNKNOWN, "the control plane restarts for it; objects of that kind are served, or not any more", f"{_GKE}/how-to/vertical-pod-autoscaling"),
    Row("spec.costManagementConfig.enabled", comes, Impact.SAFE, "the bill names namespaces and labels", f"{_GKE}/how-to/cost-allocations"),
    Row("spec.resourceUsageExportConfig.**", always, Impact.SAFE, "usage is written to BigQuery for the bill", f"{_GKE}/how-to/cluster-usage-metering"),
)  # fmt: skip

_WATCH: tuple[Row, ...] = (
    *several("spec", "loggingConfig.enableComponents.*", removed, Impact.EXPOSURE, "logs of that part are not kept any more: what happens there leaves no trace", _LOGS),
    *several("spec", "loggingConfig.enableComponents.*", changed, Impact.EXPOSURE, "logs of the one part are not kept any more, those of the other are", _LOGS),
    *several("spec", "loggingConfig.enableComponents loggingConfig.enableComponents.*", added, Impact.SAFE, "logs of that part are kept, and cost", _LOGS),
    *several("spec.monitoringConfig", "enableComponents enableComponents.*", always, Impact.SAFE, "other metrics of the system are kept; alerts on those that go see nothing", _METRICS),
    *several("spec.monitoringConfig", "enableComponents.*", removed, Impact.UNKNOWN, "metrics of that part are not kept any more: alerts on them see nothing", _METRICS),
    Row("spec.monitoringConfig.managedPrometheus.enabled", to(False), Impact.OUTAGE, "no metric of the workloads is kept any more: alerts on them see nothing", _METRICS),
    Row("spec.monitoringConfig.managedPrometheus.enabled", comes, Impact.SAFE, "metrics of the workloads are kept, and cost", _METRICS),
    *several("spec.monitoringConfig", "advancedDatapathObservabilityConfig advancedDatapathObservabilityConfig.* advancedDatapathObservabilityConfig.*.enableMetrics", always, Impact.SAFE, "flows between pods are counted, or not", f"{_GKE}/how-to/configure-dpv2-observability"),
    Row("spec.monitoringConfig.advancedDatapathObservabilityConfig.*.relayMode", to("EXTERNAL_LB"), Impact.EXPOSURE, "flows between pods can be read through a public load balancer", f"{_GKE}/how-to/configure-dpv2-observability"),
    Row("spec.monitoringConfig.advancedDatapathObservabilityConfig.*.relayMode", always, Impact.SAFE, "who may read flows between pods inside of the network", f"{_GKE}/how-to/configure-dpv2-observability"),
    Row("spec.nodePoolDefaults.nodeConfigDefaults.**", comes, Impact.SAFE, "holds for pools that are made from now on", _API),
)  # fmt: skip

_NODE_ROWS: tuple[Row, ...] = (
    Row("spec.nodeLocations.*", removed, Impact.OUTAGE, "the nodes of that zone go, and volumes that are in it cannot be mounted", f"{_GKE}/how-to/managing-clusters"),
    Row("spec.nodeLocations.*", changed, Impact.OUTAGE, "the nodes of the old zone go, and volumes that are in it cannot be mounted", f"{_GKE}/how-to/managing-clusters"),
    *several("spec", "nodeLocations nodeLocations.*", added, Impact.SCALE, "every pool gets nodes in that zone too", f"{_GKE}/how-to/managing-clusters"),
    *several("spec.clusterAutoscaling", "resourceLimits.* resourceLimits.*.maximum resourceLimits.*.minimum resourceLimits.*.resourceType autoscalingProfile", always, Impact.SCALE, "how many nodes GKE may add or remove by itself", _AUTOSCALER),
    Row("spec.clusterAutoscaling.enabled", to(False), Impact.SCALE, "GKE adds no pools by itself any more: pods that fit nowhere stay pending", _AUTOSCALER),
    Row("spec.clusterAutoscaling.enabled", comes, Impact.SCALE, "GKE adds pools by itself", _AUTOSCALER),
    *several("spec.clusterAutoscaling.autoProvisioningDefaults", "diskSize imageType management.autoRepair management.autoUpgrade", comes, Impact.SAFE, "holds for pools that GKE adds by itself from now on", _AUTOSCALER),
    *several("spec.clusterAutoscaling.autoProvisioningDefaults", "oauthScopes.* serviceAccountRef.**", always, Impact.EXPOSURE, "nodes that GKE adds by itself act with other rights", _AUTOSCALER),
    Row("spec.nodePoolAutoConfig.networkTags.tags.*", always, Impact.UNKNOWN, "firewall rules that name the tag hold for other nodes", f"{_GKE}/how-to/tags-firewall-policies"),
    *several("spec.ipAllocationPolicy.additionalPodRangesConfig", "podRangeNames podRangeNames.*", added, Impact.SCALE, "new pools may take pod addresses from that range too", f"{_GKE}/how-to/multi-pod-cidr"),
    Row("spec.ipAllocationPolicy.additionalPodRangesConfig.podRangeNames.*", goes, Impact.BLOCKED, "a range that pools use cannot be taken away", f"{_GKE}/how-to/multi-pod-cidr", "delete the pools that use it first", alone=True),
    Row("spec.defaultSnatStatus.disabled", comes, Impact.OUTAGE, "pods come from other addresses: who lets in the nodes' ones does not let them in", f"{_GKE}/concepts/ip-masquerade-agent"),
    Row("spec.enableIntranodeVisibility", comes, Impact.RESTART, f"{_CONTROL}; {_NODES}", f"{_GKE}/how-to/intranode-visibility"),
    Row("spec.enableL4IlbSubsetting", to(False), Impact.BLOCKED, "cannot be switched off once it is on", f"{_GKE}/how-to/internal-load-balancing#subsetting", "leave it on"),
    Row("spec.enableL4IlbSubsetting", to(True), Impact.UNKNOWN, "internal load balancers that are made from now on are of another sort; it cannot be switched off", f"{_GKE}/how-to/internal-load-balancing#subsetting"),
)  # fmt: skip

_FIXED: tuple[Row, ...] = several("spec", "nodeConfig.** clusterIpv4Cidr enableTpu ipAllocationPolicy.podCidrOverprovisionConfig.**", always, Impact.BLOCKED, "cannot be changed on a living cluster: the webhook refuses it", _PROVIDER)  # fmt: skip

_WHOLE: tuple[Row, ...] = (
    Row("", added, Impact.EXPOSURE, "its control plane answers the whole internet: neither masterAuthorizedNetworksConfig nor a private endpoint is written", _NETWORKS, where=_is_open),
    Row("", removed, Impact.DATA_LOSS, "deletes the cluster with every pod and object in it; volumes stay as disks that nobody mounts. Google has no deletion protection for it", "k8s-config-connector issue 6429"),
    Row("metadata.annotations[cnrm.cloud.google.com/remove-default-node-pool]", always, Impact.UNKNOWN, "is read when the cluster is made; on a living one, look whether it still has a default-pool", "k8s-config-connector pkg/krmtotf/krmtotf.go"),
    Row("metadata.annotations[cnrm.cloud.google.com/remove-default-node-pool-allow-node-config]", always, Impact.UNKNOWN, "is read when the cluster is made", "k8s-config-connector pkg/krmtotf/krmtotf.go"),
    Row("spec.ipAllocationPolicy", removed, Impact.BLOCKED, "cannot be taken away: the webhook refuses it", _PROVIDER),
)  # fmt: skip

TABLE: dict[str, tuple[Row, ...]] = {
    "ContainerCluster.container.cnrm.cloud.google.com": (
        *(*_WHOLE, *_ACCESS, *_SECURITY, *_VERSIONS, *_ADDON_ROWS, *_WATCH, *_NODE_ROWS, *_FIXED),
    ),
}
INSTEAD = {
    "ContainerCluster.container.cnrm.cloud.google.com": (
        "make a second cluster with a new name beside the old one, restore the backup and sync the workloads there, switch "
        "DNS, then delete the old one; description and the like: put them back as they were"
    ),
}
