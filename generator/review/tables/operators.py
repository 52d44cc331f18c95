"""Elasticsearch and Kibana of ECK, ExternalSecrets, monitoring in the cluster."""

from typing import Any

from generator.manifest import Manifest
from generator.review import given
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
    to,
)

# A row of a table is a line.
# fmt: off
_VOLUMES = "https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s/volume-claim-templates"
_NODES = "https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s/nodes-orchestration"
_UPGRADE = "https://www.elastic.co/docs/deploy-manage/upgrade/deployment-or-cluster/upgrade-on-eck"
_STRATEGY = "https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s/update-strategy"
_HTTP = "https://www.elastic.co/docs/deploy-manage/security/k8s-https-settings"
_AUTH = "https://www.elastic.co/docs/deploy-manage/users-roles/cluster-or-deployment-auth/file-based"
_MEMORY = "https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s/virtual-memory"
_KIBANA = "https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s/kibana-configuration"
_KEYS = "https://www.elastic.co/docs/deploy-manage/security/secure-saved-objects"
_LIFE = "https://external-secrets.io/latest/guides/ownership-deletion-policy/"
_EXTERNAL = "https://external-secrets.io/latest/api/externalsecret/"
_STORE = "https://external-secrets.io/latest/api/secretstore/"
_METRICS = "https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed"
_SET = "spec.nodeSets.*"
_CLAIM = f"{_SET}.volumeClaimTemplates"
_RENAME = (
    "give the nodeSet another name and the claims that you want, in one merge: ECK starts the new nodes, moves the data, "
    "then takes the old ones; snapshot first, and leave disk for both"
)
_NO_WAY_BACK = "ECK refuses a lower version: Elasticsearch cannot read newer data; the cluster is left as it is"
_TWO_MERGES = (
    "two merges: the first with allowMmap: false, which renews the nodes, the second without it: "
    "docs/infrastructure.md#another-machine-type"
)
_SIZE = f"{_CLAIM}.*.spec.resources.requests.storage"


def _deletes_all(_steps: Steps, old: Manifest, _new: Manifest) -> bool:
    """ECK deletes the volumes together with the cluster, which is its default."""
    return bool(given.at(old, ("spec", "volumeClaimDeletePolicy")) != "DeleteOnScaledownOnly")


def _gone_for_good(before: Any, after: Any) -> bool:
    """A policy by which the Secret goes comes."""
    return bool(before != after and after == "Delete")


_one_set = given.same_item(3)
_ELASTIC = (
    Row("", added, Impact.SAFE, "a new cluster, empty", _NODES),
    Row("", removed, Impact.DATA_LOSS, "the cluster and its volumes are deleted: all indexes are lost", _VOLUMES, given=_deletes_all),
    Row("", removed, Impact.DATA_LOSS, "the cluster is deleted; its volumes stay, and a cluster of the same name finds them", _VOLUMES),
    Row("spec.version", lowered, Impact.BLOCKED, _NO_WAY_BACK, _UPGRADE, "restore a snapshot into a new cluster of the older version"),
    Row("spec.version", always, Impact.RESTART, "an upgrade, node by node; there is no way back but a snapshot", _UPGRADE),
    Row("spec.image", always, Impact.RESTART, "another image: rolls its nodes", _UPGRADE),
    Row("spec.nodeSets", changed, Impact.SAFE, "another order of the nodeSets", _NODES),
    Row(_SET, removed, Impact.DATA_LOSS, "its nodes go and their volumes are deleted, once their data is on other nodes; where those have no room it hangs", _NODES),
    Row(_SET, added, Impact.SCALE, "more nodes, on new volumes", _NODES),
    Row(f"{_SET}.count", to(0), Impact.DATA_LOSS, "its nodes go and their volumes are deleted, once their data is on other nodes; where those have no room it hangs", _NODES),
    Row(f"{_SET}.count", lowered, Impact.SCALE, "nodes go once their data is on others, and their volumes are deleted", _NODES),
    Row(f"{_SET}.count", always, Impact.SCALE, "more nodes; data moves to them", _NODES),
    Row(_SIZE, raised, Impact.SCALE, "ECK grows the volumes in place, if their class allows it; they never shrink again", _VOLUMES),
    Row(_SIZE, removed, Impact.BLOCKED, "a volume cannot shrink to the default of 1Gi: ECK refuses the whole object", _VOLUMES, _RENAME, given=_one_set),
    Row(f"{_SET}.name", changed, Impact.DATA_LOSS, "its nodes go and their volumes are deleted, once their data is on new ones", _NODES),
    Row(f"{_CLAIM}.**", always, Impact.BLOCKED, "of claims only the size may change, and only grow: ECK refuses the whole object until it is undone", _VOLUMES, _RENAME, but=(_CLAIM, _SIZE), given=_one_set),
    Row(_SIZE, lowered, Impact.BLOCKED, "a volume cannot shrink: ECK refuses the whole object until it is undone", _VOLUMES, _RENAME),
    *(Row(f"{_SET}.config{path}", always, Impact.EXPOSURE, "who may sign in, and whether what is sent is encrypted", _HTTP, given=_one_set) for path in ("[xpack.security.*].**", ".xpack.security.**")),
    Row(f"{_SET}.config[node.roles].**", always, Impact.OUTAGE, "nodes that hold data and lose the role for it do not start any more", _NODES, given=_one_set),
    Row(f"{_SET}.config[node.store.allow_mmap]", to(True, ABSENT), Impact.OUTAGE, "Elasticsearch does not start on a node without vm.max_map_count 262144", _MEMORY, _TWO_MERGES, given=_one_set),
    Row(f"{_SET}.config.**", always, Impact.RESTART, "rolls its nodes, one after the other", _STRATEGY, given=_one_set),
    Row(f"{_SET}.**", added, Impact.RESTART, "rolls its nodes, one after the other", _STRATEGY, but=(_SET,), given=_one_set),
    Row(f"{_SET}.**", added, Impact.SCALE, "more nodes, on new volumes", _NODES),
    Row("spec.updateStrategy.changeBudget.maxUnavailable", to(-1), Impact.OUTAGE, "all nodes may be away at once in the next rollouts", _STRATEGY),
    Row("spec.updateStrategy.changeBudget.maxUnavailable", raised, Impact.UNKNOWN, "more nodes are away at once in the next rollouts", _STRATEGY),
    Row("spec.updateStrategy.**", always, Impact.SAFE, "how many nodes are made or away at once in the next rollouts", _STRATEGY),
    Row("spec.volumeClaimDeletePolicy", away_from("DeleteOnScaledownOnly"), Impact.DATA_LOSS, "volumes are deleted together with the cluster from now on", _VOLUMES),
    Row("spec.volumeClaimDeletePolicy", always, Impact.SAFE, "volumes stay when the cluster is deleted", _VOLUMES),
    Row("spec.http.tls.selfSignedCertificate.disabled", to(True), Impact.EXPOSURE, "passwords and data go unencrypted, and callers with https get no answer", _HTTP, given=given.existed),
    Row("spec.http.tls.selfSignedCertificate.disabled", away_from(True), Impact.OUTAGE, "callers without https get no answer", _HTTP),
    Row("spec.http.tls.selfSignedCertificate.subjectAltNames.**", goes, Impact.OUTAGE, "callers by this name no longer trust the certificate", _HTTP),
    Row("spec.http.tls.**", always, Impact.UNKNOWN, "another certificate: callers must trust it", _HTTP),
    Row("spec.http.service.**", always, Impact.EXPOSURE, "how the cluster is reached: look for a type that is open to the outside", _HTTP, given=given.existed),
    Row("spec.auth.fileRealm.*", removed, Impact.OUTAGE, "these users can no longer sign in", _AUTH),
    Row("spec.auth.**", comes, Impact.EXPOSURE, "other users or roles may sign in", _AUTH, given=given.existed),
    Row("spec.auth.**", goes, Impact.OUTAGE, "users or roles that existed before can no longer sign in", _AUTH),
    Row("spec.secureSettings.**", always, Impact.RESTART, "rolls its nodes: passwords in the keystore", _STRATEGY),
    Row("spec.serviceAccountName", always, Impact.EXPOSURE, "which remote clusters may be used", _NODES, given=given.existed),
    Row("spec.podDisruptionBudget.**", always, Impact.UNKNOWN, "how many nodes maintenance takes at once", _NODES),
    Row("spec.revisionHistoryLimit", always, Impact.SAFE, "how many old versions are kept", _NODES),
    Row("spec.monitoring.**", always, Impact.RESTART, "rolls its nodes: a sidecar sends metrics and logs", _NODES),
    Row("spec.remoteClusters.**", always, Impact.UNKNOWN, "which other clusters it searches", _NODES),
    Row("spec.transport.**", always, Impact.RESTART, "how its nodes reach each other", _NODES),
)


_KIBANAS = (
    Row("", added, Impact.SAFE, "a new Kibana", _KIBANA),
    Row("", removed, Impact.OUTAGE, "Kibana is gone; what people saved is in Elasticsearch and stays", _KIBANA),
    Row("spec.version", lowered, Impact.BLOCKED, "ECK refuses a lower version: what is saved was migrated; Kibana is left as it is", _UPGRADE, "restore a snapshot of Kibana's indexes with the older version"),
    Row("spec.version", always, Impact.OUTAGE, "all its pods stop, what people saved is migrated, new ones start; there is no way back", "https://www.elastic.co/guide/en/kibana/current/upgrade.html"),
    Row("spec.image", always, Impact.RESTART, "another image: rolls its pods", _KIBANA),
    Row("spec.count", to(0), Impact.OUTAGE, "no pod is left", _KIBANA),
    Row("spec.count", always, Impact.SCALE, "another number of pods", _KIBANA),
    Row("spec.elasticsearchRef.**", always, Impact.OUTAGE, "it looks at another cluster: what people saved is not there", _KIBANA),
    Row("spec.config[xpack.security.secureCookies]", away_from(True), Impact.EXPOSURE, "browsers send the session without TLS too", _KIBANA),
    Row("spec.config[xpack.security.*]", always, Impact.EXPOSURE, "how people sign in", _KIBANA, given=given.existed),
    Row("spec.config.**", always, Impact.RESTART, "rolls its pods", _KIBANA),
    Row("spec.secureSettings.**", goes, Impact.DATA_LOSS, "what was encrypted with this key (rules, connectors, sessions) cannot be read any more", _KEYS),
    Row("spec.secureSettings.**", always, Impact.RESTART, "rolls its pods: keys in the keystore", _KEYS),
    Row("spec.http.tls.selfSignedCertificate.disabled", to(True), Impact.EXPOSURE, "what comes from the load balancer goes unencrypted, and callers with https get no answer", _HTTP, given=given.existed),
    Row("spec.http.tls.**", always, Impact.OUTAGE, "callers without https, or that do not trust the certificate, get no answer", _HTTP),
    Row("spec.http.service.**", always, Impact.EXPOSURE, "how it is reached: look for a type that is open to the outside", _HTTP, given=given.existed),
    Row("spec.serviceAccountName", always, Impact.EXPOSURE, "which clusters may be used", _KIBANA, given=given.existed),
    Row("spec.revisionHistoryLimit", always, Impact.SAFE, "how many old versions are kept", _KIBANA),
)
_FROM = ("spec.data.*.remoteRef.key", "spec.data.*.remoteRef.property", "spec.data.*.remoteRef.version", "spec.data.*.sourceRef")
_ANOTHER = "the Secret gets another value with the next refresh; pods have it when they start anew"
_SECRETS = (
    Row("", added, Impact.SAFE, "a Secret is made; nothing that runs today reads it", _LIFE),
    Row("", removed, Impact.OUTAGE, "its Secret goes with it: pods that read it cannot start any more", _LIFE, given=lambda _steps, old, _new: given.at(old, ("spec", "target", "creationPolicy")) in (None, "Owner")),
    Row("", removed, Impact.ORPHAN, "its Secret stays as it is, and nobody refreshes it", _LIFE),
    Row("spec.target.creationPolicy", away_from("Owner"), Impact.ORPHAN, "the Secret stays when the ExternalSecret goes", _LIFE),
    Row("spec.target.creationPolicy", to("Owner"), Impact.UNKNOWN, "the Secret goes when the ExternalSecret goes; one that is somebody else's is refused", _LIFE),
    Row("spec.target.deletionPolicy", _gone_for_good, Impact.DATA_LOSS, "where all of its values are gone from the store, the Secret is deleted", _LIFE),
    Row("spec.target.deletionPolicy", to("Merge"), Impact.DATA_LOSS, "keys whose values are gone from the store are taken out of the Secret", _LIFE),
    Row("spec.target.deletionPolicy", always, Impact.SAFE, "the Secret stays, whatever happens in the store", _LIFE),
    Row("spec.target.name", always, Impact.OUTAGE, "the Secret of the old name goes: pods that read it cannot start any more", _LIFE, given=given.existed),
    Row("spec.target.immutable", always, Impact.UNKNOWN, "whether the Secret ever changes again", _EXTERNAL),
    Row("spec.target.template.type", always, Impact.BLOCKED, "the type of a Secret cannot be changed: it is not refreshed any more", "kubernetes:pkg/apis/core/validation/validation.go", "delete the Secret once this is merged: it is made anew, with the new type", given=given.existed),
    Row("spec.target.template.**", always, Impact.UNKNOWN, _ANOTHER, _EXTERNAL),
    Row("spec.data.*", removed, Impact.OUTAGE, "the Secret loses this key: pods that read it cannot start any more", _EXTERNAL),
    Row("spec.data.*", added, Impact.SAFE, "the Secret gets one more key", _EXTERNAL),
    *(Row(f"{path}.**", changed, Impact.UNKNOWN, _ANOTHER, _EXTERNAL) for path in _FROM),
    Row("spec.data.**", added, Impact.SAFE, "the Secret gets one more key", _EXTERNAL),
    Row("spec.data.**", goes, Impact.UNKNOWN, _ANOTHER, _EXTERNAL, but=("spec.data",)),
    Row("spec.data", changed, Impact.SAFE, "another order", _EXTERNAL),
    Row("spec.secretStoreRef.**", always, Impact.UNKNOWN, _ANOTHER, _EXTERNAL),
    Row("spec.dataFrom.**", always, Impact.UNKNOWN, _ANOTHER, _EXTERNAL),
    Row("spec.refreshInterval", to("0", "0s", "0h"), Impact.UNKNOWN, "a new value in the store never reaches the cluster", _EXTERNAL),
    Row("spec.refreshInterval", always, Impact.SAFE, "how soon a new value in the store reaches the cluster", _EXTERNAL),
    Row("spec.refreshPolicy", always, Impact.UNKNOWN, "when a new value in the store reaches the cluster", _EXTERNAL),
)
_STORES = (
    Row("", added, Impact.EXPOSURE, "ExternalSecrets here can read from one more place", _STORE),
    Row("", removed, Impact.OUTAGE, "no ExternalSecret that names it is refreshed any more; Secrets stay as they are", _STORE),
    Row("spec.provider.gcpsm.projectID", always, Impact.OUTAGE, "Secrets are read from another project: where one is missing, nothing is refreshed", _STORE, given=given.existed),
    Row("spec.provider.gcpsm.auth.**", always, Impact.EXPOSURE, "it signs in otherwise: as another Google account, or through another cluster", _STORE, given=given.existed),
    Row("spec.provider.kubernetes.auth.**", always, Impact.EXPOSURE, "it reads as another ServiceAccount", _STORE, given=given.existed),
    Row("spec.provider.kubernetes.server.**", always, Impact.EXPOSURE, "it reads from another cluster, or trusts another certificate", _STORE, given=given.existed),
    Row("spec.provider.kubernetes.remoteNamespace", always, Impact.EXPOSURE, "it reads Secrets of another namespace", _STORE, given=given.existed),
    Row("spec.provider.**", always, Impact.EXPOSURE, "it reads from another store", _STORE, given=given.existed),
    Row("spec.conditions.**", goes, Impact.EXPOSURE, "other namespaces may read from it", _STORE),
    Row("spec.conditions.**", comes, Impact.EXPOSURE, "other namespaces may read from it", _STORE, given=given.existed),
    Row("spec.refreshInterval", always, Impact.SAFE, "how often it is looked whether the store answers", _STORE),
    Row("spec.retrySettings.**", always, Impact.SAFE, "how often it tries", _STORE),
)
_WATCHES = (
    Row("", added, Impact.SAFE, "metrics are collected", _METRICS),
    Row("", removed, Impact.UNKNOWN, "its metrics or alerts end: nobody is told by them any more", _METRICS),
    Row("spec.endpoints.*.interval", always, Impact.SAFE, "how often metrics are collected", _METRICS),
    Row("spec.endpoints.*.timeout", always, Impact.SAFE, "how long the answer may take", _METRICS),
    Row("spec.**", always, Impact.UNKNOWN, "which metrics there are: alerts on those that end stay silent", _METRICS, but=("spec.endpoints.*.interval", "spec.endpoints.*.timeout")),
)

TABLE: dict[str, tuple[Row, ...]] = {
    "Elasticsearch.elasticsearch.k8s.elastic.co": _ELASTIC,
    "Kibana.kibana.k8s.elastic.co": _KIBANAS,
    "ExternalSecret.external-secrets.io": _SECRETS,
    "SecretStore.external-secrets.io": _STORES,
    "ClusterSecretStore.external-secrets.io": _STORES,
    "PodMonitoring.monitoring.googleapis.com": _WATCHES,
    "ClusterPodMonitoring.monitoring.googleapis.com": _WATCHES,
    "Rules.monitoring.googleapis.com": _WATCHES,
    "ClusterRules.monitoring.googleapis.com": _WATCHES,
}
