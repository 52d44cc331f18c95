"""What the API server refuses of built-in kinds beside pods: each rule at its limit and beyond, by its source."""

import datetime as dt
from typing import Any

import pytest
import yaml
from project import component, plan, sources

from generator.check import check
from generator.finding import Finding
from generator.manifest import Manifest, Object, identify

TODAY = dt.date(2026, 11, 30)
API = {
    "Service": "v1",
    "ConfigMap": "v1",
    "Secret": "v1",
    "Namespace": "v1",
    "PersistentVolumeClaim": "v1",
    "PersistentVolume": "v1",
    "LimitRange": "v1",
    "ResourceQuota": "v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "Ingress": "networking.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "Role": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding": "rbac.authorization.k8s.io/v1",
    "StorageClass": "storage.k8s.io/v1",
    "PriorityClass": "scheduling.k8s.io/v1",
    "ValidatingWebhookConfiguration": "admissionregistration.k8s.io/v1",
    "CustomResourceDefinition": "apiextensions.k8s.io/v1",
    "Lease": "coordination.k8s.io/v1",
    "APIService": "apiregistration.k8s.io/v1",
    "EndpointSlice": "discovery.k8s.io/v1",
}
PVC = "accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}"
HPA = "maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}"
HOOK = "sideEffects: None, clientConfig: {url: 'https://a.example.com/x'}, name: a.example.com"
REF = "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}"
API_SERVICE = "group: a.example.com, version: v1"


def item(kind: str, text: str, **metadata: Any) -> Object:
    fields: dict[str, Any] = yaml.safe_load("{" + text + "}")
    more = {**metadata, **fields.pop("metadata", {})}
    manifest: Manifest = {"apiVersion": API[kind], "kind": kind, "metadata": {"name": "one", **more}, **fields}
    return Object(identify(manifest, "workload"), manifest, "file.yaml")


def told(one: Object) -> list[str]:
    findings: tuple[Finding, ...] = check((one,), plan(sources()), today=TODAY).findings
    return [f"{found.path}: {found.message}" for found in findings if found.rule == "validation"]


ACCEPTED = [
    ("Service", "spec: {ports: [{port: 80}]}"),
    ("Service", "spec: {ports: [{port: 53, name: a}, {port: 53, name: b, protocol: UDP}]}"),
    ("Service", "spec: {clusterIP: None}"),
    ("Service", "spec: {type: ExternalName, externalName: a.example.com.}"),
    ("Service", "spec: {type: null, sessionAffinity: '', ports: [{port: 65535, targetPort: 0, nodePort: null}]}"),
    ("Service", "spec: {type: NodePort, externalTrafficPolicy: Local, ports: [{port: 80, nodePort: 30000}]}"),
    ("Service", "spec: {type: LoadBalancer, loadBalancerSourceRanges: [' 10.0.0.0/8'], ports: [{port: 80}]}"),
    (
        "Service",
        (
            "spec: {ports: [{port: 80}], sessionAffinity: ClientIP, "
            "sessionAffinityConfig: {clientIP: {timeoutSeconds: 86400}}}"
        ),
    ),
    ("ConfigMap", "data: {a.b_c-D: x}"),
    ("ConfigMap", "data: null, binaryData: {a: aGVsbG8=}"),
    ("Secret", "type: kubernetes.io/tls, stringData: {tls.crt: a}, data: {tls.key: YQ==}"),
    ("Namespace", "metadata: {labels: {pod-security.kubernetes.io/enforce-version: v1.34}}"),
    (
        "NetworkPolicy",
        (
            "spec: {podSelector: {}, egress: [{ports: [{port: 80, endPort: 80}], "
            "to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}, {podSelector: {}, namespaceSelector: {}}]}]}"
        ),
    ),
    ("NetworkPolicy", "spec: {podSelector: {matchExpressions: [{key: a/b, operator: Exists, values: []}]}}"),
    ("PodDisruptionBudget", "spec: {minAvailable: 100%, maxUnavailable: null, selector: {}}"),
    ("HorizontalPodAutoscaler", f"spec: {{minReplicas: 3, {HPA}}}"),
    (
        "HorizontalPodAutoscaler",
        (
            f"spec: {{{HPA}, metrics: [{{type: Resource, resource: {{name: cpu, "
            "target: {type: AverageValue, averageValue: 100m}}}]}"
        ),
    ),
    (
        "HorizontalPodAutoscaler",
        (
            f"spec: {{{HPA}, behavior: {{scaleDown: {{stabilizationWindowSeconds: 3600, "
            "policies: [{type: Pods, value: 1, periodSeconds: 1800}]}}}"
        ),
    ),
    ("PersistentVolumeClaim", f"spec: {{{PVC}, storageClassName: ''}}"),
    (
        "PersistentVolume",
        "spec: {accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}, csi: {driver: a, volumeHandle: b}}",
    ),
    ("LimitRange", "spec: {limits: [{type: Container, min: {cpu: 100m}, default: {cpu: 100m}, max: {cpu: 100m}}]}"),
    ("ResourceQuota", "spec: {hard: {requests.cpu: 0, count/jobs.batch: 5}, scopes: [BestEffort]}"),
    ("Role", "rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]"),
    ("RoleBinding", f"{REF}, subjects: [{{kind: ServiceAccount, name: web}}, {{kind: User, name: a@b}}]"),
    ("StorageClass", "provisioner: pd.csi.storage.gke.io, reclaimPolicy: null"),
    ("PriorityClass", "value: 1000000000"),
    (
        "ValidatingWebhookConfiguration",
        f"webhooks: [{{{HOOK}, timeoutSeconds: 30, admissionReviewVersions: [v1, v2]}}]",
    ),
    ("Lease", "spec: {leaseDurationSeconds: 1}"),
    ("APIService", f"spec: {{{API_SERVICE}, groupPriorityMinimum: 20000, versionPriority: 1000}}"),
    ("EndpointSlice", "addressType: IPv4, endpoints: [{addresses: [10.0.0.1]}]"),
]


@pytest.mark.parametrize(("kind", "text"), ACCEPTED)
def test_what_the_api_server_takes_is_taken(kind: str, text: str) -> None:
    assert told(item(kind, text)) == []


REFUSED = [
    ("Service", "spec: {}", "needs a port, unless"),
    ("Service", "spec: {ports: [{port: 80}, {port: 81, name: a}]}", "needs a name, since"),
    ("Service", "spec: {ports: [{port: 80, name: a}, {port: 81, name: a}]}", "two items with the same name"),
    ("Service", "spec: {ports: [{port: 80, name: a}, {port: 80, name: b}]}", "same port and protocol"),
    ("Service", "spec: {ports: [{port: 65536}]}", "must be a port from 1 to 65535"),
    ("Service", "spec: {ports: [{port: 80, targetPort: '80'}]}", "or the name of one"),
    ("Service", "spec: {ports: [{port: 80, nodePort: 30000}]}", "since the type is ClusterIP"),
    ("Service", "spec: {type: NodePort, ports: [{port: 80, nodePort: 29999}]}", "from 30000 to 32767"),
    ("Service", "spec: {type: LoadBalancer, clusterIP: None, ports: [{port: 80}]}", "must not be None"),
    ("Service", "spec: {externalTrafficPolicy: Local, ports: [{port: 80}]}", "nothing outside reaches it"),
    ("Service", "spec: {loadBalancerSourceRanges: [10.0.0.0/8], ports: [{port: 80}]}", "only a Service of type"),
    ("Service", "spec: {type: ExternalName}", "needs externalName"),
    ("Service", "spec: {ports: [{port: 80}], selector: {'a b': c}}", "at most 63 letters"),
    (
        "Service",
        (
            "spec: {ports: [{port: 80}], sessionAffinity: ClientIP, "
            "sessionAffinityConfig: {clientIP: {timeoutSeconds: 86401}}}"
        ),
        "from 1 to 86400",
    ),
    ("ConfigMap", "data: {a b: x}", "must be a key of letters"),
    ("ConfigMap", "binaryData: {a: '%'}", "must be base64"),
    ("ConfigMap", "data: {a: x}, binaryData: {a: aGVsbG8=}", "which data has, too"),
    ("Secret", "type: kubernetes.io/tls, data: {tls.crt: YQ==}", "needs the key tls.key"),
    ("Namespace", "metadata: {labels: {pod-security.kubernetes.io/enforce: strict}}", "must be one of privileged"),
    ("Namespace", "metadata: {finalizers: [example]}", "a domain, a slash and a name"),
    ("NetworkPolicy", "spec: {podSelector: {}, egress: [{to: [{}]}]}", "needs podSelector"),
    (
        "NetworkPolicy",
        "spec: {podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]}",
        "a selector beside ipBlock",
    ),
    (
        "NetworkPolicy",
        "spec: {podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}]}]}",
        "part of cidr",
    ),
    (
        "NetworkPolicy",
        "spec: {podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]}",
        "part of cidr",
    ),
    (
        "NetworkPolicy",
        "spec: {podSelector: {}, egress: [{ports: [{port: 80, endPort: 79}]}]}",
        "port must not be above",
    ),
    ("NetworkPolicy", "spec: {podSelector: {}, egress: [{ports: [{port: http, endPort: 80}]}]}", "needs a number"),
    ("NetworkPolicy", "spec: {podSelector: {matchExpressions: [{key: a, operator: In}]}}", "needs values"),
    ("NetworkPolicy", "spec: {podSelector: {matchExpressions: [{key: a, operator: Is}]}}", "must be one of In"),
    ("Ingress", "spec: {rules: [{host: 10.0.0.1}]}", "no IP address"),
    (
        "Ingress",
        "spec: {rules: [{http: {paths: [{path: x, pathType: Prefix, backend: {resource: {kind: A, name: b}}}]}}]}",
        "begins with /",
    ),
    ("PodDisruptionBudget", "spec: {minAvailable: 1, maxUnavailable: 1}", "minAvailable beside maxUnavailable"),
    ("PodDisruptionBudget", "spec: {minAvailable: 101%}", "a percentage up to 100%"),
    ("HorizontalPodAutoscaler", f"spec: {{minReplicas: 4, {HPA}}}", "minReplicas must not be above maxReplicas"),
    ("HorizontalPodAutoscaler", f"spec: {{minReplicas: 0, {HPA}}}", "must be at least 1"),
    (
        "HorizontalPodAutoscaler",
        (
            f"spec: {{{HPA}, metrics: [{{type: Pods, resource: {{name: cpu, "
            "target: {type: AverageValue, averageValue: 1}}}]}"
        ),
        "the source that its type names",
    ),
    (
        "HorizontalPodAutoscaler",
        f"spec: {{{HPA}, behavior: {{scaleDown: {{stabilizationWindowSeconds: 3601}}}}}}",
        "at most 3600",
    ),
    ("PersistentVolumeClaim", "spec: {accessModes: [ReadWriteOnce]}", "needs resources.requests.storage"),
    (
        "PersistentVolumeClaim",
        "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 0Gi}}}",
        "must be above 0",
    ),
    ("PersistentVolume", "spec: {accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}}", "one kind of volume"),
    ("LimitRange", "spec: {limits: [{type: Container, min: {cpu: 2}, max: {cpu: 1}}]}", "must not be above max.cpu"),
    ("ResourceQuota", "spec: {hard: {requests.gpu: 1}}", "a resource of a quota"),
    ("Role", "rules: [{resources: [pods], verbs: [get]}]", "needs both apiGroups and resources"),
    ("Role", "rules: [{nonResourceURLs: [/x], verbs: [get]}]", "must not be in a Role"),
    ("RoleBinding", "roleRef: {apiGroup: apps, kind: Role, name: a}", "must be one of rbac"),
    ("ClusterRoleBinding", REF, "must be ClusterRole"),
    ("StorageClass", "provisioner: pd.csi.storage.gke.io, volumeBindingMode: Later", "must be one of Immediate"),
    ("PriorityClass", "value: 1000000001", "at most 1000000000"),
    (
        "ValidatingWebhookConfiguration",
        f"webhooks: [{{{HOOK}, timeoutSeconds: 31, admissionReviewVersions: [v1]}}]",
        "at most 30",
    ),
    (
        "CustomResourceDefinition",
        "spec: {group: example, scope: Cluster, names: {plural: a, kind: A}, versions: []}",
        "a domain with at least one dot",
    ),
    ("Lease", "spec: {leaseDurationSeconds: 0}", "at least 1"),
    ("APIService", f"spec: {{{API_SERVICE}, groupPriorityMinimum: 20001, versionPriority: 1}}", "at most 20000"),
    ("EndpointSlice", "addressType: IPv4, endpoints: [{addresses: ['::1']}]", "must be an IPv4 address"),
]


@pytest.mark.parametrize(("kind", "text", "message"), REFUSED)
def test_what_the_api_server_refuses_is_told(kind: str, text: str, message: str) -> None:
    found = told(item(kind, text))
    assert [one for one in found if message in one], found


def test_data_of_a_config_map_is_at_most_a_mebibyte() -> None:
    assert told(item("ConfigMap", f"data: {{a: {'x' * 2**20}}}")) == []
    found = told(item("ConfigMap", f"data: {{a: {'x' * (2**20 + 1)}}}"))
    assert found == ["/data: must hold at most 1048576 bytes, holds 1048577"]


def test_an_object_that_the_client_applies_fits_into_its_annotation() -> None:
    options = {"argocd.argoproj.io/sync-options": "ServerSideApply=false"}
    text = f"data: {{a: {'x' * 2**18}}}"
    assert told(item("ConfigMap", text)) == []
    assert "copy in its annotation" in told(item("ConfigMap", text, annotations=options))[0]


def test_a_patch_that_the_replicas_of_its_unit_override_is_an_error() -> None:
    patch = "patches: {more: {target: {kind: Deployment, name: web, unit: web}, ops: [OP]}}\n"
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "a:1"}]}}
    for value, overridden in ((2, False), (3, True)):
        text = patch.replace("OP", f"{{op: add, path: /spec/replicas, value: {value}}}")
        manifest: Manifest = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "codemie"},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template},
        }
        one = Object(identify(manifest, "workload"), manifest, "components/web/base/deployment.yaml")
        found = check((one,), plan(sources(text, **component("web"))), today=TODAY).findings
        assert any(finding.rule == "patch-overridden" for finding in found) is overridden
