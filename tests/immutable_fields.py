"""Updates of Kubernetes' own kinds, each with what the API server says of it: refused, or not.

`test_review_immutable_kubernetes.py` holds the plan against this table, `e2e/test_immutable.py` a real API server: where
they differ, the server is right.
"""

import copy
from pathlib import Path
from typing import Any, NamedTuple

import yaml

GONE: Any = object()
"""What stands where a field is left out."""


class Update(NamedTuple):
    """A field of an object in OBJECTS, at a JSON pointer, that was `before` and becomes `after`."""

    name: str
    path: str
    before: Any
    after: Any
    source: str

    def manifests(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the object before and after."""
        return laid(self.name, self.path, self.before), laid(self.name, self.path, self.after)

    def __str__(self) -> str:
        return f"{self.name}{self.path}: {_shown(self.before)} -> {_shown(self.after)}"


def _shown(value: Any) -> str:
    return "nothing" if value is GONE else str(value)


def laid(name: str, path: str, value: Any) -> dict[str, Any]:
    """Return an object with a value at a path, or without one."""
    manifest: dict[str, Any] = copy.deepcopy(OBJECTS[name])
    *parents, last = [step.replace("~1", "/") for step in path.split("/")[1:]]
    node: Any = manifest
    for step in parents:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    if value is not GONE:
        node[int(last) if isinstance(node, list) else last] = value
    elif isinstance(node, dict):
        node.pop(last, None)
    return manifest


OBJECTS: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "data/immutable-fields.yaml").read_text())
"""What is updated, by name: that of the kind, and another where a kind is there twice."""

_APPS = "kubernetes:pkg/apis/apps/validation/validation.go"
_BATCH = "kubernetes:pkg/apis/batch/validation/validation.go"
_CORE = "kubernetes:pkg/apis/core/validation/validation.go"
_STORAGE = "kubernetes:pkg/apis/storage/validation/validation.go"
_RBAC = "kubernetes:pkg/apis/rbac/validation/validation.go"
_SCHEDULING = "kubernetes:pkg/apis/scheduling/validation/validation.go"
_NETWORKING = "kubernetes:pkg/apis/networking/validation/validation.go"
_NODE = "kubernetes:pkg/apis/node/validation/validation.go"
_POLICY = "kubernetes:pkg/apis/policy/validation/validation.go"
_SCALING = "kubernetes:pkg/apis/autoscaling/validation/validation.go"
_CRD = "kubernetes:staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go"
_WEBHOOK = "kubernetes:pkg/apis/admissionregistration/validation/validation.go"

_CLAIM = "/spec/volumeClaimTemplates/0"
_CONTAINER = "/spec/template/spec/containers/0"
_OTHER = {"name": "other", "image": "other:1"}
_SECOND_CLAIM = {
    "metadata": {"name": "more"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
_ON_FAILURE = {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}]}
_AS_TEXT = {"name": "http", "port": 80, "targetPort": "8080"}
_SAID = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
_RETAIN = {"whenDeleted": "Retain", "whenScaled": "Retain"}
_DELETE = {"whenDeleted": "Delete", "whenScaled": "Delete"}
_V1, _V2 = OBJECTS["CustomResourceDefinition"]["spec"]["versions"]

REFUSED = (
    *(
        Update(kind, "/spec/selector/matchLabels", {"app": "main"}, {"tier": "back"}, _APPS)
        for kind in ("Deployment", "ReplicaSet", "DaemonSet", "StatefulSet")
    ),
    Update("Deployment", "/spec/selector/matchLabels/tier", GONE, "back", _APPS),
    Update("Deployment", "/spec/strategy", GONE, {"type": "Recreate"}, _APPS),
    Update("Deployment", "/spec/strategy", {"type": "RollingUpdate"}, {"type": "Recreate"}, _APPS),
    Update("Deployment", "/spec/template/metadata/labels/app", "main", "other", _APPS),
    Update("StatefulSet", "/spec/template/metadata/labels", {"app": "main"}, {"tier": "back"}, _APPS),
    Update("StatefulSet", "/spec/serviceName", "main", "other", _APPS),
    Update("StatefulSet", "/spec/podManagementPolicy", "OrderedReady", "Parallel", _APPS),
    Update("StatefulSet", "/spec/podManagementPolicy", "Parallel", GONE, _APPS),
    Update("StatefulSet", "/spec/serviceName", "main", GONE, _APPS),
    Update("StatefulSet", f"{_CLAIM}/spec/resources/requests/storage", "50Gi", "100Gi", _APPS),
    Update("StatefulSet", f"{_CLAIM}/spec/resources/requests/storage", "50Gi", "10Gi", _APPS),
    Update("StatefulSet", f"{_CLAIM}/spec/storageClassName", "standard-rwo", "premium-rwo", _APPS),
    Update("StatefulSet", f"{_CLAIM}/spec/accessModes", ["ReadWriteOnce"], ["ReadWriteOncePod"], _APPS),
    Update("StatefulSet", f"{_CLAIM}/metadata/labels", GONE, {"backup": "daily"}, _APPS),
    Update("StatefulSet", "/spec/volumeClaimTemplates", GONE, [_SECOND_CLAIM], _APPS),
    Update("StatefulSet", "/spec/volumeClaimTemplates", [_SECOND_CLAIM], GONE, _APPS),
    Update("Job", "/spec/template/spec/containers/0/image", "main:1", "main:2", _BATCH),
    Update("Job", "/spec/template/spec/activeDeadlineSeconds", GONE, 60, _BATCH),
    Update("Job", "/spec/template/metadata/labels", GONE, {"app": "main"}, _BATCH),
    Update("Job", "/spec/selector", GONE, {"matchLabels": {"app": "main"}}, _BATCH),
    Update("Job", "/spec/completionMode", "NonIndexed", "Indexed", _BATCH),
    Update("Job", "/spec/completions", 1, 2, _BATCH),
    Update("Job", "/spec/podFailurePolicy", GONE, _ON_FAILURE, _BATCH),
    Update("Job", "/spec/managedBy", GONE, "example.com/queue", _BATCH),
    Update("indexed Job", "/spec/backoffLimitPerIndex", GONE, 1, _BATCH),
    Update("indexed Job", "/spec/successPolicy", GONE, {"rules": [{"succeededCount": 1}]}, _BATCH),
    Update("PriorityClass", "/value", 1000, 2000, _SCHEDULING),
    Update("PriorityClass", "/preemptionPolicy", "PreemptLowerPriority", "Never", _SCHEDULING),
    Update("PriorityClass", "/preemptionPolicy", "Never", GONE, _SCHEDULING),
    Update("Service", "/spec/clusterIP", GONE, "None", _CORE),
    Update("Service", "/spec/clusterIP", "10.96.0.20", "10.96.0.21", _CORE),
    Update("Service", "/spec/clusterIP", "None", "10.96.0.21", _CORE),
    Update("addressed Service", "/spec/clusterIPs", ["10.96.0.22"], ["10.96.0.23"], _CORE),
    Update("Service", "/spec/ipFamilies", ["IPv4"], ["IPv6"], _CORE),
    Update("load balancer", "/spec/loadBalancerClass", GONE, "example.com/internal", _CORE),
    Update("load balancer", "/spec/loadBalancerClass", "example.com/internal", "example.com/external", _CORE),
    Update("load balancer", "/spec/loadBalancerClass", "example.com/internal", GONE, _CORE),
    Update("Service", "/spec/ports", [{"name": "http", "port": 80}], [_AS_TEXT], _CORE),
    Update("PodDisruptionBudget", "/spec/maxUnavailable", 1, "1", _POLICY),
    Update("Deployment", "/spec/strategy/rollingUpdate", {"maxSurge": 1}, {"maxSurge": "1"}, _APPS),
    Update("Deployment", f"{_CONTAINER}/livenessProbe/httpGet", {"port": 8080}, {"port": "8080"}, _CORE),
    Update("NetworkPolicy", "/spec/ingress", [{"ports": [{"port": 53}]}], [{"ports": [{"port": "53"}]}], _NETWORKING),
    Update("IngressClass", "/spec/controller", "example.com/one", "example.com/other", _NETWORKING),
    Update("PersistentVolumeClaim", "/spec/resources/requests/storage", "50Gi", "10Gi", _CORE),
    Update("PersistentVolumeClaim", "/spec/storageClassName", "grows", "other", _CORE),
    Update("PersistentVolumeClaim", "/spec/accessModes", ["ReadWriteOnce"], ["ReadWriteMany"], _CORE),
    Update("PersistentVolumeClaim", "/spec/volumeName", "main", "other", _CORE),
    Update("PersistentVolumeClaim", "/spec/volumeName", "main", GONE, _CORE),
    Update("PersistentVolumeClaim", "/spec/storageClassName", "grows", GONE, _CORE),
    Update("PersistentVolumeClaim", "/spec/volumeMode", "Filesystem", "Block", _CORE),
    Update("PersistentVolumeClaim", "/spec/selector", GONE, {"matchLabels": {"app": "main"}}, _CORE),
    Update("PersistentVolumeClaim", "/spec/dataSource", GONE, {"kind": "PersistentVolumeClaim", "name": "old"}, _CORE),
    Update("PersistentVolume", "/spec/csi/volumeHandle", "disk-1", "disk-2", _CORE),
    Update("PersistentVolume", "/spec/volumeMode", "Filesystem", "Block", _CORE),
    Update("StorageClass", "/provisioner", "pd.csi.storage.gke.io", "other.example.com", _STORAGE),
    Update("StorageClass", "/parameters/type", "pd-balanced", "pd-ssd", _STORAGE),
    Update("StorageClass", "/reclaimPolicy", "Retain", GONE, _STORAGE),
    Update("StorageClass", "/parameters/more", GONE, "yes", _STORAGE),
    Update("StorageClass", "/reclaimPolicy", "Retain", "Delete", _STORAGE),
    Update("StorageClass", "/volumeBindingMode", "WaitForFirstConsumer", "Immediate", _STORAGE),
    Update("VolumeAttributesClass", "/driverName", "pd.csi.storage.gke.io", "other.example.com", _STORAGE),
    Update("VolumeAttributesClass", "/parameters/provisioned-iops", "3000", "6000", _STORAGE),
    Update("immutable ConfigMap", "/data/key", "one", "two", _CORE),
    Update("immutable ConfigMap", "/data/more", GONE, "two", _CORE),
    Update("immutable ConfigMap", "/data/key", "one", GONE, _CORE),
    Update("immutable ConfigMap", "/binaryData", GONE, {"more": "b25l"}, _CORE),
    Update("immutable ConfigMap", "/immutable", True, False, _CORE),
    Update("immutable ConfigMap", "/immutable", True, GONE, _CORE),
    Update("Secret", "/type", "Opaque", "example.com/other", _CORE),
    Update("Secret", "/type", "example.com/other", GONE, _CORE),
    Update("immutable Secret", "/data/key", "b25l", "dHdv", _CORE),
    Update("immutable Secret", "/immutable", True, False, _CORE),
    Update("RoleBinding", "/roleRef/name", "main", "other", _RBAC),
    Update("RoleBinding", "/roleRef/kind", "Role", "ClusterRole", _RBAC),
    Update("ClusterRoleBinding", "/roleRef/name", "main", "other", _RBAC),
    Update("ResourceQuota", "/spec/scopes", ["NotTerminating"], ["Terminating"], _CORE),
    Update("RuntimeClass", "/handler", "gvisor", "kata", _NODE),
    Update("CustomResourceDefinition", "/spec/scope", "Namespaced", "Cluster", _CRD),
    Update("CustomResourceDefinition", "/spec/group", "example.com", "example.org", _CRD),
    Update("CustomResourceDefinition", "/spec/names/kind", "Thing", "Stuff", _CRD),
    Update("CustomResourceDefinition", "/spec/names/plural", "things", "stuffs", _CRD),
    Update("CustomResourceDefinition", "/spec/versions", [_V1, _V2], [{**_V2, "storage": True}], _CRD),
)
"""What no server takes."""

TAKEN = (
    Update("Deployment", "/spec/replicas", 1, 2, _APPS),
    Update("Deployment", f"{_CONTAINER}/image", "main:1", "main:2", _APPS),
    Update("Deployment", "/spec/strategy", _SAID, {"type": "Recreate"}, _APPS),
    Update("Deployment", "/spec/strategy", {"type": "Recreate"}, {"type": "RollingUpdate"}, _APPS),
    Update("Deployment", "/spec/template/metadata/labels/tier", "back", "front", _APPS),
    Update("Deployment", "/spec/paused", GONE, True, _APPS),
    Update("ReplicaSet", "/spec/replicas", 1, 2, _APPS),
    Update("DaemonSet", f"{_CONTAINER}/image", "main:1", "main:2", _APPS),
    Update("DaemonSet", "/spec/updateStrategy", {"type": "RollingUpdate"}, {"type": "OnDelete"}, _APPS),
    Update("DaemonSet", "/spec/minReadySeconds", GONE, 10, _APPS),
    Update("StatefulSet", "/spec/replicas", 1, 3, _APPS),
    Update("StatefulSet", "/spec/ordinals", GONE, {"start": 1}, _APPS),
    Update("StatefulSet", f"{_CONTAINER}/image", "main:1", "main:2", _APPS),
    Update("StatefulSet", "/spec/updateStrategy", {"type": "RollingUpdate"}, {"type": "OnDelete"}, _APPS),
    Update("StatefulSet", "/spec/podManagementPolicy", GONE, "OrderedReady", _APPS),
    Update("StatefulSet", "/spec/revisionHistoryLimit", 10, 3, _APPS),
    Update("StatefulSet", "/spec/persistentVolumeClaimRetentionPolicy", _RETAIN, _DELETE, _APPS),
    Update("StatefulSet", "/spec/minReadySeconds", GONE, 10, _APPS),
    Update("StatefulSet", "/metadata/labels", GONE, {"team": "platform"}, _APPS),
    Update("StatefulSet", f"{_CLAIM}/spec/resources/requests/storage", "50Gi", "51200Mi", _APPS),
    Update("Job", "/spec/podReplacementPolicy", "TerminatingOrFailed", "Failed", _BATCH),
    Update("Job", "/spec/completionMode", "NonIndexed", GONE, _BATCH),
    Update("Job", "/spec/parallelism", 1, 2, _BATCH),
    Update("Job", "/spec/backoffLimit", 6, 2, _BATCH),
    Update("Job", "/spec/activeDeadlineSeconds", GONE, 600, _BATCH),
    Update("Job", "/spec/ttlSecondsAfterFinished", GONE, 600, _BATCH),
    Update("Job", "/spec/suspend", GONE, True, _BATCH),
    Update("CronJob", "/spec/schedule", "17 * * * *", "18 * * * *", _BATCH),
    Update("CronJob", "/spec/jobTemplate/spec/template/spec/containers/0/image", "main:1", "main:2", _BATCH),
    Update("CronJob", "/spec/timeZone", GONE, "Etc/UTC", _BATCH),
    Update("PodDisruptionBudget", "/spec/maxUnavailable", 1, 2, _POLICY),
    Update("PodDisruptionBudget", "/spec/selector/matchLabels/app", "main", "other", _POLICY),
    Update("HorizontalPodAutoscaler", "/spec/maxReplicas", 3, 5, _SCALING),
    Update("HorizontalPodAutoscaler", "/spec/scaleTargetRef/name", "main", "other", _SCALING),
    Update("PriorityClass", "/globalDefault", GONE, True, _SCHEDULING),
    Update("PriorityClass", "/preemptionPolicy", GONE, "PreemptLowerPriority", _SCHEDULING),
    Update("PriorityClass", "/description", GONE, "who goes first", _SCHEDULING),
    Update("Service", "/spec/ports/0/port", 80, 8080, _CORE),
    Update("Service", "/spec/selector/app", "main", "other", _CORE),
    Update("Service", "/spec/type", GONE, "NodePort", _CORE),
    Update("Service", "/spec/clusterIP", "None", GONE, _CORE),
    Update("Service", "/spec/clusterIP", "10.96.0.24", GONE, _CORE),
    Update("Service", "/spec/sessionAffinity", "None", "ClientIP", _CORE),
    Update("load balancer", "/spec/externalTrafficPolicy", "Cluster", "Local", _CORE),
    Update("load balancer", "/spec/loadBalancerSourceRanges", ["192.0.2.0/24"], ["198.51.100.0/24"], _CORE),
    Update("NetworkPolicy", "/spec/podSelector/matchLabels/app", "main", "other", _NETWORKING),
    Update("Ingress", "/spec/ingressClassName", "main", "other", _NETWORKING),
    Update("PersistentVolumeClaim", "/spec/resources/requests/storage", "50Gi", "100Gi", _CORE),
    Update("PersistentVolumeClaim", "/spec/volumeAttributesClassName", GONE, "fast", _CORE),
    Update("PersistentVolumeClaim", "/metadata/labels", GONE, {"team": "platform"}, _CORE),
    Update("PersistentVolume", "/spec/persistentVolumeReclaimPolicy", "Retain", "Delete", _CORE),
    Update("PersistentVolume", "/spec/capacity/storage", "50Gi", "100Gi", _CORE),
    Update("PersistentVolume", "/spec/storageClassName", "grows", "other", _CORE),
    Update("PersistentVolume", "/spec/accessModes", ["ReadWriteOnce"], ["ReadOnlyMany"], _CORE),
    Update("PersistentVolume", "/spec/mountOptions", GONE, ["noatime"], _CORE),
    Update("StorageClass", "/allowVolumeExpansion", GONE, True, _STORAGE),
    Update("StorageClass", "/mountOptions", GONE, ["noatime"], _STORAGE),
    Update("ConfigMap", "/data/key", "one", "two", _CORE),
    Update("ConfigMap", "/immutable", GONE, True, _CORE),
    Update("immutable ConfigMap", "/metadata/labels", GONE, {"team": "platform"}, _CORE),
    Update("Secret", "/data/key", "b25l", "dHdv", _CORE),
    Update("ServiceAccount", "/automountServiceAccountToken", GONE, False, _CORE),
    Update("Role", "/rules/0/verbs", ["get"], ["get", "list"], _RBAC),
    Update("RoleBinding", "/subjects/0/name", "main", "other", _RBAC),
    Update("ClusterRoleBinding", "/subjects/0/name", "main", "other", _RBAC),
    Update("Namespace", "/metadata/labels/pod-security.kubernetes.io~1enforce", "restricted", "baseline", _CORE),
    Update("ResourceQuota", "/spec/hard/pods", "10", "20", _CORE),
    Update("LimitRange", "/spec/limits/0/default/cpu", "100m", "200m", _CORE),
    Update("CustomResourceDefinition", "/spec/names/shortNames", GONE, ["th"], _CRD),
    Update("CustomResourceDefinition", "/spec/names/categories", GONE, ["all"], _CRD),
    Update("CustomResourceDefinition", "/spec/names/singular", "thing", "sache", _CRD),
    Update("CustomResourceDefinition", "/spec/versions", [_V1, _V2], [_V1], _CRD),
    Update("ValidatingWebhookConfiguration", "/webhooks/0/failurePolicy", "Fail", "Ignore", _WEBHOOK),
)
"""Their neighbours, which every server takes."""
