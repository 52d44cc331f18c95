"""GKE node pools, VMs, fleets, backups of clusters. Clusters are in cloud_cluster."""

from typing import Any

from generator.review.change import ABSENT, Impact
from generator.review.row import (
    Row,
    added,
    always,
    away_from,
    by_its_name,
    changed,
    comes,
    goes,
    lowered,
    raised,
    removed,
    several,
    to,
)

_GKE = "https://cloud.google.com/kubernetes-engine/docs"
_POOLS = f"{_GKE}/concepts/node-pools#deleting_node_pools"
_SCALER = f"{_GKE}/concepts/cluster-autoscaler"
_UPGRADE = f"{_GKE}/concepts/node-pool-upgrade-strategies"
_UPDATES = f"{_GKE}/concepts/managing-clusters"
_TAINTS = f"{_GKE}/how-to/node-taints"
_SYSTEM = f"{_GKE}/how-to/node-system-config"
_POOL_PROVIDER = "k8s-config-connector third_party/…/services/container/node_config.go (ForceNew)"
_VM = "https://cloud.google.com/compute/docs"
_VM_UPDATE = f"{_VM}/instances/update-instance-properties"
_VM_PROVIDER = "k8s-config-connector third_party/…/services/compute/resource_compute_instance.go (ForceNew)"
_BACKUP = "https://cloud.google.com/kubernetes-engine/docs/add-on/backup-for-gke/how-to/backup-plan"
_FLEET = "https://cloud.google.com/kubernetes-engine/fleet-management/docs/unregister"
_FEATURES = "https://cloud.google.com/kubernetes-engine/fleet-management/docs/manage-features"

_LABELS = (
    "k8s-config-connector third_party/…/services/container/node_config.go (no ForceNew: the word in the CRD is wrong)"
)
_CLUSTER_NAME = (
    "k8s-config-connector issues 623; pkg/webhook/immutable_fields_validator.go compares references as they are written"
)
_PLAN_UPDATE = "k8s-config-connector pkg/controller/direct/gkebackup/gkebackupbackupplan_controller.go (Update)"

_ROLL = "GKE recreates the nodes of the pool one after the other; pods move, and who has one pod is away meanwhile"
_REFUSED = "cannot be changed on a living pool: the webhook refuses it"


def _a_lock_goes(before: Any, after: Any) -> bool:
    """Some days become left out; 0 of them is the same as none."""
    return bool(before) and after is ABSENT


def _public(_before: Any, after: Any) -> bool:
    """A network interface comes that has a public address."""
    return isinstance(after, dict) and bool(after.get("accessConfig"))


_POOL: tuple[Row, ...] = (
    Row("", added, Impact.SCALE, "a pool: its first nodes start in some minutes", _POOLS),
    Row("", removed, Impact.OUTAGE, "its nodes are drained and deleted, and PodDisruptionBudgets do not hold for that: pods move at once, or stay pending if no other pool takes them", _POOLS),
    Row("spec.autoscaling", added, Impact.SCALE, "GKE adds and removes nodes by load", _SCALER),
    *several("spec.autoscaling", "minNodeCount maxNodeCount totalMinNodeCount totalMaxNodeCount locationPolicy", comes, Impact.SCALE, "how many nodes the pool may have, and where; with a lower limit pods are evicted or stay pending", _SCALER),
    *several("spec.autoscaling", "maxNodeCount totalMaxNodeCount", to(0), Impact.OUTAGE, "the pool has no nodes any more: its pods are evicted, and stay pending if no other pool takes them", _SCALER),
    *several("spec", "nodeCount initialNodeCount", comes, Impact.SCALE, "how many nodes the pool has in each zone", _SCALER),
    Row("spec.nodeCount", lowered, Impact.RESTART, "nodes go: their pods move, or stay pending", _SCALER),
    Row("spec.nodeLocations", added, Impact.SCALE, "the pool has nodes in these zones", _SCALER),
    Row("spec.nodeLocations.*", added, Impact.SCALE, "the pool gets nodes in that zone too", _SCALER),
    Row("spec.nodeLocations.*", removed, Impact.OUTAGE, "the nodes of that zone go, and volumes that are in it cannot be mounted", _SCALER),
    Row("spec.nodeLocations.*", changed, Impact.OUTAGE, "the nodes of the old zone go, and volumes that are in it cannot be mounted", _SCALER),
    Row("spec.version", comes, Impact.RESTART, f"{_ROLL} (to another version of Kubernetes)", _UPGRADE),
    Row("spec.management.autoUpgrade", to(False), Impact.EXPOSURE, "nodes get no security fixes any more until somebody upgrades them", f"{_GKE}/how-to/node-auto-upgrades"),
    Row("spec.management.autoRepair", to(False), Impact.OUTAGE, "a broken node is not replaced any more", f"{_GKE}/how-to/node-auto-repair"),
    *several("spec.management", "autoUpgrade autoRepair", to(True), Impact.SAFE, "GKE upgrades and repairs nodes, inside of the maintenance window", f"{_GKE}/how-to/node-auto-upgrades"),
    Row("spec.upgradeSettings.maxUnavailable", raised, Impact.UNKNOWN, "so many nodes may be away at the same time when the pool is upgraded", _UPGRADE),
    *several("spec.upgradeSettings", "maxSurge maxUnavailable strategy blueGreenSettings.**", comes, Impact.SAFE, "holds for the next upgrade of the pool, which it does not start", _UPGRADE),
    *several("spec.nodeConfig", "imageType loggingVariant workloadMetadataConfig.** kubeletConfig.** linuxNodeConfig.**", comes, Impact.RESTART, _ROLL, _SYSTEM),
    Row("spec.nodeConfig.workloadMetadataConfig.mode", to("GCE_METADATA"), Impact.EXPOSURE, "every pod can take the node's own Google account from its metadata server", f"{_GKE}/how-to/workload-identity"),
    *several("spec.nodeConfig", "resourceLabels.**", comes, Impact.SAFE, "labels of the VMs, which finds and bills; nothing restarts", _UPDATES),
    Row("spec.nodeConfig.labels.**", added, Impact.SAFE, "nodes get the label in place; nothing restarts", _LABELS),
    Row("spec.nodeConfig.labels.**", goes, Impact.UNKNOWN, "nodes lose the old label in place: pods stay where they run, but those that select nodes by it do not start there again", _LABELS),
    *several("spec.nodeConfig", "tags.*", always, Impact.UNKNOWN, "firewall rules that name the tag hold for these nodes, or not any more", _UPDATES),
    *several("spec.nodeConfig", "taint.* taint.*.key taint.*.value taint.*.effect", comes, Impact.UNKNOWN, "pods that do not tolerate the taint are not put onto the pool any more; with NO_EXECUTE they are evicted at once", _TAINTS),
    Row("spec.nodeConfig.taint.*.effect", to("NO_EXECUTE"), Impact.OUTAGE, "pods that do not tolerate the taint are evicted at once", _TAINTS),
    *(Row(f"spec.nodeConfig.{path}", removed, Impact.BLOCKED, "a taint cannot be taken off a living pool by Config Connector", "k8s-config-connector issues 3570 and 4871", alone=True) for path in ("taint.*", "taint.*.key", "taint.*.value", "taint.*.effect")),
    Row("spec.clusterRef.external", by_its_name, Impact.BLOCKED, "the webhook refuses to change the reference, also to the form that is right: with the path the pool is there, and UpdateFailed for good", _CLUSTER_NAME, "merge, see that the live object has deletion-policy abandon, delete it (kubectl delete containernodepool) and sync: the object is made anew and takes the pool over by its name; its nodes stay"),
    Row("spec.networkConfig.enablePrivateNodes", to(False), Impact.EXPOSURE, "nodes that are made from now on get public addresses", f"{_GKE}/how-to/latest/network-isolation"),
    Row("spec.networkConfig.enablePrivateNodes", comes, Impact.RESTART, _ROLL, f"{_GKE}/how-to/latest/network-isolation"),
    *several("spec.nodeConfig", "advancedMachineFeatures.** ephemeralStorageConfig.** hostMaintenancePolicy.** localNvmeSsdBlockConfig.** nodeGroupRef.** sandboxConfig.** soleTenantConfig.** fastSocket.**", always, Impact.BLOCKED, _REFUSED, _POOL_PROVIDER),
    *several("spec", "networkConfig.subnetworkRef.** networkConfig.podCidrOverprovisionConfig.** networkConfig.additionalNodeNetworkConfigs.** networkConfig.additionalPodNetworkConfigs.** queuedProvisioning.**", always, Impact.BLOCKED, _REFUSED, "k8s-config-connector third_party/…/services/container/resource_container_node_pool.go (ForceNew)"),
)  # fmt: skip

_STOPS = "the VM is stopped and started: whoever is signed in is thrown out, for some minutes"
_MACHINE: tuple[Row, ...] = (
    Row("", removed, Impact.DATA_LOSS, "deletes the VM and its boot disk, with what somebody kept on it", f"{_VM}/instances/deleting-instance"),
    *several("spec", "networkInterface.*.accessConfig networkInterface.*.accessConfig.* networkInterface.*.ipv6AccessConfig", comes, Impact.EXPOSURE, "the VM gets a public address", f"{_VM}/ip-addresses"),
    Row("spec.networkInterface.*", _public, Impact.EXPOSURE, "the VM gets a public address", f"{_VM}/ip-addresses"),
    *several("spec", "machineType minCpuPlatform shieldedInstanceConfig.**", comes, Impact.OUTAGE, f"{_STOPS}; without the annotation allow-stopping-for-update it fails", _VM_UPDATE),
    *several("spec.shieldedInstanceConfig", "enableSecureBoot enableVtpm enableIntegrityMonitoring", to(False), Impact.OUTAGE, f"{_STOPS}, and boots without proving what it boots", "https://cloud.google.com/compute/shielded-vm/docs/modifying-shielded-vm"),
    *several("spec.serviceAccount", "serviceAccountRef.** scopes.*", always, Impact.OUTAGE, f"{_STOPS}, and then acts as another account or with other scopes", _VM_UPDATE),
    Row("spec.serviceAccount", added, Impact.OUTAGE, f"{_STOPS}, and then acts as another account", _VM_UPDATE),
    Row("spec.desiredStatus", to("TERMINATED"), Impact.OUTAGE, "the VM stops until it is set back", f"{_VM}/instances/stop-start-instance"),
    Row("spec.desiredStatus", comes, Impact.RESTART, "the VM starts if it does not run", f"{_VM}/instances/stop-start-instance"),
    *several("spec", "metadata.* metadata.*.key metadata.*.value", always, Impact.UNKNOWN, "what the VM reads about itself: a startup-script runs at the next boot, keys and enable-oslogin decide at once who signs in", f"{_VM}/metadata/overview"),
    *several("spec", "tags.*", always, Impact.EXPOSURE, "firewall rules that name the tag hold for the VM, or not any more", "https://cloud.google.com/vpc/docs/add-remove-network-tags"),
    Row("spec.deletionProtection", to(False), Impact.DATA_LOSS, "a guard of state goes: the VM and its disk can be deleted", f"{_VM}/instances/preventing-accidental-vm-deletion"),
    Row("spec.deletionProtection", comes, Impact.SAFE, "the VM cannot be deleted by accident", f"{_VM}/instances/preventing-accidental-vm-deletion"),
    Row("spec.canIpForward", always, Impact.BLOCKED, "cannot be changed on a living VM", _VM_PROVIDER),
    *several("spec.scheduling", "automaticRestart onHostMaintenance", comes, Impact.UNKNOWN, "what happens to the VM when its host is maintained or breaks", f"{_VM}/instances/host-maintenance-overview"),
    *several("spec", "guestAccelerator.** scratchDisk.** confidentialInstanceConfig.** networkPerformanceConfig.** params.** reservationAffinity.** scheduling.localSsdRecoveryTimeout.** scheduling.maxRunDuration.**", always, Impact.BLOCKED, "cannot be changed on a living VM: the webhook refuses it", _VM_PROVIDER),
    Row("metadata.annotations[cnrm.cloud.google.com/allow-stopping-for-update]", to("true"), Impact.SAFE, "a change that needs it may stop the VM from now on", _VM_UPDATE),
    Row("metadata.annotations[cnrm.cloud.google.com/allow-stopping-for-update]", always, Impact.SAFE, "a change that would stop the VM fails from now on", _VM_UPDATE),
)  # fmt: skip

_HUB: tuple[Row, ...] = (
    Row("", removed, Impact.OUTAGE, "the cluster leaves the fleet: who comes through the Connect gateway, perhaps Argo CD, loses it", _FLEET),
    Row("spec.authority.**", always, Impact.OUTAGE, "other tokens are trusted: identities of the fleet hold no more until it is right", "https://cloud.google.com/kubernetes-engine/fleet-management/docs/fleet-creation"),
    *several("spec", "externalId infrastructureType", always, Impact.UNKNOWN, "how the fleet sees the cluster", _FLEET),
    Row("spec.description", always, Impact.SAFE, "a text for people"),
)  # fmt: skip

_PLAN: tuple[Row, ...] = (
    Row("", removed, Impact.DATA_LOSS, "no backup of the cluster is made any more; those there are must be gone before the plan can be", _BACKUP),
    Row("spec.deactivated", to(True), Impact.DATA_LOSS, "a guard of state goes: no backup is made or can be asked for", _BACKUP),
    Row("spec.backupSchedule", removed, Impact.DATA_LOSS, "a guard of state goes: no backup is made by itself any more", _BACKUP),
    Row("spec.backupSchedule.cronSchedule", removed, Impact.DATA_LOSS, "a guard of state goes: no backup is made by itself any more", _BACKUP),
    Row("spec.backupSchedule.cronSchedule", comes, Impact.UNKNOWN, "backups are made at other times: look how much may be lost between two", _BACKUP),
    Row("spec.backupSchedule.paused", to(True), Impact.DATA_LOSS, "a guard of state goes: no backup is made by itself any more", _BACKUP),
    *several("spec", "deactivated backupSchedule.paused", always, Impact.SAFE, "backups are made", _BACKUP),
    Row("spec.retentionPolicy", removed, Impact.DATA_LOSS, "how long backups are kept falls back to the default", _BACKUP),
    Row("spec.retentionPolicy.backupRetainDays", lowered, Impact.DATA_LOSS, "backups are deleted sooner", _BACKUP),
    Row("spec.retentionPolicy.backupRetainDays", removed, Impact.UNKNOWN, "0 days is the default: backups are kept until somebody deletes them", _BACKUP),
    Row("spec.retentionPolicy.backupRetainDays", comes, Impact.SAFE, "holds for backups that are made from now on", _BACKUP),
    Row("spec.retentionPolicy.backupDeleteLockDays", lowered, Impact.DATA_LOSS, "a guard of state goes: backups can be deleted sooner", _BACKUP),
    Row("spec.retentionPolicy.backupDeleteLockDays", _a_lock_goes, Impact.DATA_LOSS, "a guard of state goes: backups can be deleted at any time", _BACKUP),
    Row("spec.retentionPolicy.backupDeleteLockDays", always, Impact.SAFE, "backups cannot be deleted before; with 0, the default, at any time", _BACKUP),
    Row("spec.retentionPolicy.locked", to(True), Impact.UNKNOWN, "the retention cannot be changed any more, by nobody, for ever", _BACKUP),
    Row("spec.retentionPolicy.locked", away_from(True), Impact.BLOCKED, "a locked retention cannot be unlocked", _BACKUP),
    Row("spec.retentionPolicy.locked", always, Impact.SAFE, "the retention is not locked, which is the default", _BACKUP),
    *several("spec.backupConfig", "allNamespaces includeSecrets includeVolumeData", to(False, ABSENT), Impact.DATA_LOSS, "a guard of state goes: what is left out is not in the backups that are made from now on", _BACKUP),
    *several("spec.backupConfig", "allNamespaces includeSecrets includeVolumeData", always, Impact.SAFE, "more is in the backups", _BACKUP),
    *several("spec.backupConfig", "selectedNamespaces selectedApplications selectedNamespaces.namespaces.* selectedApplications.namespacedNames.*", removed, Impact.DATA_LOSS, "a guard of state goes: what is left out is not in the backups that are made from now on", _BACKUP),
    *several("spec.backupConfig", "selectedNamespaces.namespaces.* selectedApplications.namespacedNames.*.name selectedApplications.namespacedNames.*.namespace", changed, Impact.DATA_LOSS, "a guard of state goes: what was named before is not in the backups that are made from now on", _BACKUP),
    *several("spec.backupConfig", "selectedNamespaces.** selectedApplications.**", always, Impact.SAFE, "what is in the backups", _BACKUP),
    Row("spec.backupConfig.encryptionKey.**", always, Impact.UNKNOWN, "backups that are made from now on need another key: the agent needs a grant on it, the old key must stay", _BACKUP),
    Row("spec.backupConfig.permissiveMode", always, Impact.UNKNOWN, "backups of objects that cannot be restored as they are are made, or fail", _BACKUP),
    Row("spec.clusterRef.**", always, Impact.BLOCKED, "is accepted and ignored: the plan stays with the cluster that it was made for, and the object says Ready", _PLAN_UPDATE),
    *several("spec", "description labels.**", always, Impact.SAFE, "a text for people"),
)  # fmt: skip

TABLE: dict[str, tuple[Row, ...]] = {
    "ContainerNodePool.container.cnrm.cloud.google.com": _POOL,
    "ComputeInstance.compute.cnrm.cloud.google.com": _MACHINE,
    "GKEHubMembership.gkehub.cnrm.cloud.google.com": _HUB,
    "GKEHubFeature.gkehub.cnrm.cloud.google.com": (
        Row("", removed, Impact.OUTAGE, "the feature goes from every cluster of the fleet", _FEATURES),
        Row("spec.spec.**", always, Impact.UNKNOWN, "the feature is configured anew for every cluster of the fleet", _FEATURES),
        *several("spec", "location projectRef.**", always, Impact.BLOCKED, "cannot be changed: the webhook refuses it", _FEATURES),
    ),
    "GKEHubFeatureMembership.gkehub.cnrm.cloud.google.com": (
        Row("", removed, Impact.OUTAGE, "the feature goes from this cluster", _FEATURES),
        *several("spec", "configmanagement.** mesh.** policycontroller.**", always, Impact.UNKNOWN, "the feature is configured anew for this cluster; what is left out falls back to its default", _FEATURES),
        *several("spec", "featureRef.** location membershipLocation membershipRef.** projectRef.**", always, Impact.BLOCKED, "cannot be changed", _FEATURES),
    ),
    "GKEBackupBackupPlan.gkebackup.cnrm.cloud.google.com": _PLAN,
    "GKEBackupRestorePlan.gkebackup.cnrm.cloud.google.com": (
        Row("", removed, Impact.UNKNOWN, "backups stay; nobody can restore by this plan", _BACKUP),
        Row("spec.restoreConfig.**", always, Impact.UNKNOWN, "what the next restore overwrites or leaves", _BACKUP),
        *several("spec", "backupPlanRef.** clusterRef.** location projectRef.**", always, Impact.BLOCKED, "cannot be changed", _BACKUP),
        *several("spec", "description labels.**", always, Impact.SAFE, "a text for people"),
    ),
}  # fmt: skip

INSTEAD = {
    "ContainerNodePool.container.cnrm.cloud.google.com": "give the pool a new name, as ours that hold what cannot change do: the new pool is made, pods move, the old one is pruned; one that is abandoned you drain and delete by hand",
    "ComputeInstance.compute.cnrm.cloud.google.com": "make a new VM with a new name, then delete the old one; a startup-script belongs into metadata, which can change",
    "GKEHubMembership.gkehub.cnrm.cloud.google.com": "make a new membership with a new name, move what uses the gateway, then delete the old one",
    "GKEHubFeature.gkehub.cnrm.cloud.google.com": "delete the feature, wait until it is gone, and make it anew: a fleet has each feature once",
    "GKEHubFeatureMembership.gkehub.cnrm.cloud.google.com": "make a new object with a new name for the other cluster, then delete this one",
    "GKEBackupBackupPlan.gkebackup.cnrm.cloud.google.com": "make a new plan with a new name, keep the old one (deactivated) until its backups are too old to be wanted",
    "GKEBackupRestorePlan.gkebackup.cnrm.cloud.google.com": "make a new plan with a new name, then delete the old one",
}  # fmt: skip
