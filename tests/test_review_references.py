"""What a change does to others: who still asks for what goes or is renamed, and whom something new captures."""

from typing import Any

import msgspec
import product
import pytest
import yaml
from test_review_cases import application, built

from generator.kinds import Impact, Kinds
from generator.manifest import Object
from generator.review import Change, review

KINDS = Kinds({})
PLACE = "components/unit/base/objects.yaml"


def manifest(api: str, kind: str, name: str, **more: Any) -> dict[str, Any]:
    """Return an object in namespace `web`, or of the cluster where `namespace` is None; the rest is its own."""
    namespace = more.pop("namespace", "web")
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **more.pop("metadata", {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **more}


def read(text: str) -> Any:
    return yaml.safe_load(text)


def deployment(name: str = "api", labels: str = "tier: back", port: str = "http: 8080", **pod: Any) -> dict[str, Any]:
    """Return a Deployment of two pods; `container` in `pod` is what its container has beside."""
    port_name, _, number = port.partition(": ")
    container = {
        "name": name,
        "image": "example.com/a/b:1",
        "ports": [{"name": port_name, "containerPort": int(number)}],
    }
    spec = {"containers": [{**container, **pod.pop("container", {})}], **pod}
    template = {"metadata": {"labels": {"app": name, **read(labels)}}, "spec": spec}
    wanted = {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": template}
    return manifest("apps/v1", "Deployment", name, spec=wanted)


def service(target: str | int = "http", name: str = "api", port: int = 80) -> dict[str, Any]:
    ports = [{"name": "web", "port": port, "targetPort": target}]
    return manifest("v1", "Service", name, spec={"selector": {"tier": "back"}, "ports": ports})


def secret(name: str = "pull", key: str = "password") -> dict[str, Any]:
    spec = f"{{secretStoreRef: {{kind: SecretStore, name: store}}, target: {{name: {name}}}, data: [{{secretKey: {key}, remoteRef: {{key: x}}}}]}}"
    return manifest("external-secrets.io/v1", "ExternalSecret", name, spec=read(spec))


def policy(name: str = "db", selector: str = "app: db", caller: str = "tier: back") -> dict[str, Any]:
    rules = f"[{{from: [{{podSelector: {{matchLabels: {{{caller}}}}}}}], ports: [{{port: 8080}}]}}]"
    spec = {"podSelector": {"matchLabels": read(selector)}, "policyTypes": ["Ingress"], "ingress": read(rules)}
    return manifest("networking.k8s.io/v1", "NetworkPolicy", name, spec=spec)


def plain(kind: str, spec: str, name: str = "one", **more: Any) -> dict[str, Any]:
    """Return an object of a kind that is written `group/version/Kind`."""
    api, _, plain_kind = kind.rpartition("/")
    return manifest(api, plain_kind, name, **({"spec": read(spec)} if spec else {}), **more)


def changes(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> tuple[Change, ...]:
    old, new = ([*(built(item, PLACE) for item in side), application("unit")] for side in (before, after))
    return review("test", old, new, KINDS).changes


BUDGET = plain("policy/v1/PodDisruptionBudget", "{minAvailable: 1, selector: {matchLabels: {tier: back}}}")
DENY = plain("networking.k8s.io/v1/NetworkPolicy", "{podSelector: {}, policyTypes: [Ingress, Egress]}", "deny")
ACCOUNT = plain("v1/ServiceAccount", "", "api", imagePullSecrets=[{"name": "pull"}])
CLAIM = plain("v1/PersistentVolumeClaim", "{storageClassName: fast}")
CLASS = plain("storage.k8s.io/v1/StorageClass", "", "fast", namespace=None, provisioner="x")
BACKEND = "{service: {name: api, port: {name: web}}}"
INGRESS = plain("networking.k8s.io/v1/Ingress", f"{{tls: [{{secretName: pull}}], defaultBackend: {BACKEND}}}")
SCALER = plain(
    "autoscaling/v2/HorizontalPodAutoscaler", "{maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: api}}"
)
HOOK = plain("admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration", "", namespace=None) | {
    "webhooks": [{"name": "a.b.c", "clientConfig": {"service": {"name": "api", "namespace": "web"}}}]
}
AGGREGATED = plain("apiregistration.k8s.io/v1/APIService", "{service: {name: api, namespace: web}}", namespace=None)
ROLE = plain("rbac.authorization.k8s.io/v1/Role", "", rules=[])
BINDING = plain("rbac.authorization.k8s.io/v1/RoleBinding", "", roleRef={"kind": "Role", "name": "one"}, subjects=[])
ISSUER = plain("cert-manager.io/v1/ClusterIssuer", "{selfSigned: {}}", "issuer", namespace=None)
CERTIFICATE = plain(
    "cert-manager.io/v1/Certificate", "{secretName: pull, issuerRef: {kind: ClusterIssuer, name: issuer}}"
)
GRANT_SPEC = (
    "{from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: edge}], to: [{group: '', kind: Service}]}"
)
GRANT = plain("gateway.networking.k8s.io/v1beta1/ReferenceGrant", GRANT_SPEC)
ROUTE_SPEC = "{parentRefs: [{name: gate, sectionName: https}], hostnames: [a.example.com], rules: [{backendRefs: [{name: api, namespace: web, port: 80}]}]}"
ROUTE = plain("gateway.networking.k8s.io/v1/HTTPRoute", ROUTE_SPEC, namespace="edge")
MAP = "networking.gke.io/certmap"


def gateway(host: str = "'*.example.com'", section: str = "https", **metadata: Any) -> dict[str, Any]:
    spec = (
        f"{{gatewayClassName: class, listeners: [{{name: {section}, hostname: {host}, port: 443, protocol: HTTPS}}]}}"
    )
    return plain(
        "gateway.networking.k8s.io/v1/Gateway", spec, "gate", namespace="edge", metadata={"annotations": metadata}
    )


GATEWAY = gateway(**{MAP: "map"})
CERTIFICATE_MAP = plain(
    "certificatemanager.cnrm.cloud.google.com/v1beta1/CertificateManagerCertificateMap", "{}", "map"
)
HEALTH_SPEC = "{targetRef: {group: '', kind: Service, name: api}, default: {config: {httpHealthCheck: {port: 8080}}}}"
HEALTH = plain("networking.gke.io/v1/HealthCheckPolicy", HEALTH_SPEC)
CHANNEL = plain("monitoring.cnrm.cloud.google.com/v1beta1/MonitoringNotificationChannel", "{}", "mail")
ALERT = plain(
    "monitoring.cnrm.cloud.google.com/v1beta1/MonitoringAlertPolicy", "{notificationChannels: [{name: mail}]}"
)
READS: dict[str, Any] = {
    "container": {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "pull", "key": "password"}}}]}
}
CALLS: dict[str, Any] = {"container": {"env": [{"name": "URL", "value": "http://api.web.svc.cluster.local:80/x"}]}}
PROBED: dict[str, Any] = {"container": {"readinessProbe": {"httpGet": {"port": "http"}}}}
SPREAD: dict[str, Any] = {
    "topologySpreadConstraints": [{"labelSelector": {"matchLabels": {"tier": "back"}}, "topologyKey": "zone"}]
}

Side = list[dict[str, Any]]
GONE: dict[str, tuple[Side, Side, str, str]] = {
    "a Service of a StatefulSet": (
        [service(), plain("apps/v1/StatefulSet", "{serviceName: api, template: {}}")],
        [plain("apps/v1/StatefulSet", "{serviceName: api, template: {}}")],
        "outage",
        "still named by StatefulSet one, whose pods have no names in DNS any more",
    ),
    "a Service of an Ingress": ([service(), INGRESS], [INGRESS], "outage", "still named by Ingress one"),
    "a Service of a webhook": ([service(), HOOK], [HOOK], "outage", "named by ValidatingWebhookConfiguration one"),
    "a Service of an API": ([service(), AGGREGATED], [AGGREGATED], "outage", "still named by APIService one"),
    "a Service in a URL": (
        [service(), deployment("w", **CALLS)],
        [deployment("w", **CALLS)],
        "outage",
        "still named by Deployment w, whose calls find nobody",
    ),
    "a port of a Service in a URL": (
        [service(), deployment("w", **CALLS)],
        [service(port=81), deployment("w", **CALLS)],
        "outage",
        "still asked for by Deployment w",
    ),
    "a Secret of pods": (
        [secret(), deployment(**READS)],
        [deployment(**READS)],
        "outage",
        "still read by Deployment api, whose pods cannot start",
    ),
    "a Secret of another name": (
        [secret(), deployment(**READS)],
        [secret("other"), deployment(**READS)],
        "outage",
        "still read by Deployment api",
    ),
    "a key of a Secret": (
        [secret(), deployment(**READS)],
        [secret(key="other"), deployment(**READS)],
        "outage",
        "still asked for by Deployment api, whose pods cannot start",
    ),
    "a pull secret of an account": (
        [secret(), ACCOUNT],
        [ACCOUNT],
        "outage",
        "still named by ServiceAccount api, whose pods cannot pull their images",
    ),
    "a Secret of an Ingress": ([secret(), INGRESS], [INGRESS], "outage", "still named by Ingress one"),
    "an account of pods": (
        [ACCOUNT, deployment(serviceAccountName="api")],
        [deployment(serviceAccountName="api")],
        "outage",
        "still named by Deployment api, whose new pods are refused",
    ),
    "a claim of pods": (
        [CLASS, CLAIM],
        [CLAIM],
        "outage",
        "still named by PersistentVolumeClaim one, whose new claims get no volume",
    ),
    "what scales": ([deployment(), SCALER], [SCALER], "outage", "still named by HorizontalPodAutoscaler one"),
    "a role": ([ROLE, BINDING], [BINDING], "outage", "still named by RoleBinding one, which then grants nothing"),
    "an issuer": ([ISSUER, CERTIFICATE], [CERTIFICATE], "outage", "still named by Certificate one"),
    "a grant": ([service(), GRANT, ROUTE], [service(), ROUTE], "outage", "still asked for by HTTPRoute one"),
    "a listener of another name": (
        [GATEWAY, ROUTE],
        [gateway(section="tls", **{MAP: "map"}), ROUTE],
        "outage",
        "still asked for by HTTPRoute one, whose hosts are not served any more",
    ),
    "a host of a listener": (
        [GATEWAY, ROUTE],
        [gateway(host="'*.example.org'", **{MAP: "map"}), ROUTE],
        "outage",
        "still asked for by HTTPRoute one",
    ),
    "a map of certificates": (
        [GATEWAY, CERTIFICATE_MAP],
        [GATEWAY],
        "outage",
        "still named by Gateway gate, which has no certificate to serve",
    ),
    "the certificate of a listener": ([GATEWAY], [gateway()], "outage", "no certificate of listener https"),
    "a resource of Google Cloud": (
        [CHANNEL, ALERT],
        [ALERT],
        "blocked",
        "still named by MonitoringAlertPolicy one, which Config Connector cannot apply any more",
    ),
    "a port that a Service names": (
        [service(), deployment()],
        [service(), deployment(port="web: 8080")],
        "outage",
        "still asked for by Service api, whose requests find nobody",
    ),
    "a port that a Service numbers": (
        [service(8080), deployment()],
        [service(8080), deployment(port="http: 9090")],
        "outage",
        "still asked for by Service api",
    ),
    "a port that a probe names": (
        [deployment(**PROBED)],
        [deployment(port="web: 8080", **PROBED)],
        "outage",
        "there is no port http of its container api for Deployment api, whose pods are never ready",
    ),
    "a port that a policy opens": (
        [policy(), deployment("db")],
        [policy(), deployment("db", port="http: 9090")],
        "outage",
        "still asked for by NetworkPolicy db, which lets nobody through to them",
    ),
    "a port that a load balancer checks": (
        [service(), deployment(), HEALTH],
        [service(), deployment(port="http: 9090"), HEALTH],
        "outage",
        "still asked for by HealthCheckPolicy one, whose load balancer takes the pods for dead",
    ),
    "labels that a Service wants": (
        [service(), deployment()],
        [service(), deployment(labels="tier: web")],
        "outage",
        "Service api no longer finds the pods of Deployment api",
    ),
    "labels that a budget wants": (
        [BUDGET, deployment()],
        [BUDGET, deployment(labels="tier: web")],
        "outage",
        "PodDisruptionBudget one no longer guards the pods of Deployment api",
    ),
    "labels that a policy lets in": (
        [policy(), deployment(), deployment("db", "a: b")],
        [policy(), deployment(labels="tier: web"), deployment("db", "a: b")],
        "outage",
        "NetworkPolicy db no longer lets the pods of Deployment api in",
    ),
    "labels that pods spread by": (
        [deployment(**SPREAD)],
        [deployment(labels="tier: web", **SPREAD)],
        "outage",
        "no longer counts its own pods",
    ),
    "what one policy of two allows": (
        [policy(), DENY, deployment("db")],
        [DENY, deployment("db")],
        "outage",
        "what NetworkPolicy db lets in to the pods of Deployment db is closed",
    ),
    "the only policy of pods": (
        [policy(), deployment("db")],
        [deployment("db")],
        "exposure",
        "no NetworkPolicy closes the way in to the pods of Deployment db any more",
    ),
}
ASTRAY: dict[str, tuple[Side, Side, str, str]] = {
    "a Secret that is not there": (
        [secret(), deployment(**READS)],
        [secret(), deployment(container={"envFrom": [{"secretRef": {"name": "ghost"}}]})],
        "outage",
        "there is no Secret web/ghost for Deployment api, whose pods cannot start",
    ),
    "a Service that is not there": (
        [service(), deployment("w")],
        [service(), deployment("w", container={"env": [{"name": "U", "value": "http://ghost.web.svc:80"}]})],
        "outage",
        "there is no Service web/ghost for Deployment w",
    ),
    "a target that is not there": (
        [deployment(), SCALER],
        [
            deployment(),
            plain(
                "autoscaling/v2/HorizontalPodAutoscaler",
                "{maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: x}}",
            ),
        ],
        "outage",
        "there is no Deployment web/x for HorizontalPodAutoscaler one, which then scales nothing",
    ),
    "a port that is not there": (
        [service(), deployment()],
        [service("ghost"), deployment()],
        "outage",
        "there is no port ghost of its pods for Service api",
    ),
}
CAPTURED: dict[str, tuple[Side, Side, str, str]] = {
    "requests of a Service": (
        [service(), deployment()],
        [service(), deployment(), deployment("new")],
        "outage",
        "Service api sends requests to the pods of Deployment new, too",
    ),
    "requests of a Service, for a Job": (
        [service(), deployment()],
        [
            service(),
            deployment(),
            plain("batch/v1/Job", "{template: {metadata: {labels: {tier: back}}, spec: {}}}", "new"),
        ],
        "outage",
        "Service api sends requests to the pods of Job new, too",
    ),
    "requests of a Service, by other labels": (
        [service(), deployment(), deployment("new", "a: b")],
        [service(), deployment(), deployment("new", "tier: back")],
        "outage",
        "Service api sends requests to the pods of Deployment new, too",
    ),
    "the count of a budget": (
        [BUDGET, deployment()],
        [BUDGET, deployment(), deployment("new")],
        "outage",
        "PodDisruptionBudget one counts the pods of Deployment new, too",
    ),
    "a way that a policy opens": (
        [policy(), deployment("db", "a: b")],
        [policy(), deployment("db", "a: b"), deployment("new")],
        "exposure",
        "NetworkPolicy db lets the pods of Deployment new in, too",
    ),
    "a default that closes everything": (
        [deployment()],
        [deployment(), DENY],
        "outage",
        "NetworkPolicy deny closes the way in to the pods of Deployment api",
    ),
}


@pytest.mark.parametrize(("before", "after", "impact", "words"), GONE.values(), ids=GONE)
def test_who_still_asks_for_what_goes_is_named(before: Side, after: Side, impact: str, words: str) -> None:
    found = [(change.impact.value, change.reason) for change in changes(before, after)]
    assert any(impact == said and words in reason for said, reason in found), found


@pytest.mark.parametrize(("before", "after", "impact", "words"), ASTRAY.values(), ids=ASTRAY)
def test_who_asks_for_what_is_not_there_is_told(before: Side, after: Side, impact: str, words: str) -> None:
    found = [(change.impact.value, change.reason) for change in changes(before, after)]
    assert any(impact == said and words in reason for said, reason in found), found


@pytest.mark.parametrize(("before", "after", "impact", "words"), CAPTURED.values(), ids=CAPTURED)
def test_whom_something_new_captures_is_told(before: Side, after: Side, impact: str, words: str) -> None:
    found = [(change.impact.value, change.reason) for change in changes(before, after)]
    assert any(impact == said and words in reason for said, reason in found), found


SILENT: dict[str, tuple[Side, Side]] = {
    "who asks goes, too": ([secret(), deployment(**READS)], []),
    "who asks no longer asks": ([secret(), deployment(**READS)], [deployment()]),
    "it is there under another name, and so asked for": (
        [service(), deployment("w", **CALLS)],
        [
            service(name="new"),
            deployment("w", container={"env": [{"name": "URL", "value": "http://new.web.svc:80/x"}]}),
        ],
    ),
    "nobody in Git ever had it": ([deployment()], [deployment(serviceAccountName="elsewhere")]),
    "one takes the place of another": ([service(), deployment()], [service(), deployment("new")]),
    "an optional Secret": (
        [
            plain("v1/ConfigMap", "", "c", data={"a": "b"}),
            deployment(container={"envFrom": [{"configMapRef": {"name": "c", "optional": True}}]}),
        ],
        [deployment(container={"envFrom": [{"configMapRef": {"name": "c", "optional": True}}]})],
    ),
}


@pytest.mark.parametrize(("before", "after"), SILENT.values(), ids=SILENT)
def test_nothing_is_told_where_nobody_is_left_without(before: Side, after: Side) -> None:
    reasons = [change.reason for change in changes(before, after)]
    assert not [reason for reason in reasons if "still " in reason or "there is no" in reason or ", too" in reason]


@pytest.fixture(scope="module")
def objects() -> list[Object]:
    return list(product.build("prod").objects)


def without(objects: list[Object], gone: Object) -> list[Object]:
    return [item for item in objects if item is not gone]


def test_every_named_object_of_the_product_that_goes_is_missed_by_name(objects: list[Object]) -> None:
    """Of what others name, one of each kind: its removal is never mild, and says who asks for it."""
    named = {"Service", "ServiceAccount", "Role", "PriorityClass", "ComputeNetwork", "KMSKeyRing", "IAMServiceAccount"}
    by_kind = {item.id.kind: item for item in objects if item.id.kind in named}
    for gone in by_kind.values():
        (worst, *_) = review("prod", objects, without(objects, gone), KINDS).changes
        assert worst.impact in (Impact.OUTAGE, Impact.BLOCKED, Impact.DATA_LOSS), gone.id
        assert "still " in worst.reason, gone.id


def test_the_product_asks_for_nothing_that_is_not_there(objects: list[Object]) -> None:
    """Whatever is touched: labels of all objects change, and nobody is said to be left without something."""
    touched = [
        msgspec.structs.replace(
            item, manifest={**item.manifest, "metadata": {**item.manifest["metadata"], "labels": {"touched": "yes"}}}
        )
        for item in objects
        if item.id.kind != "Namespace"
    ]
    rest = [item for item in objects if item.id.kind == "Namespace"]
    reasons = {change.reason for change in review("prod", objects, touched + rest, KINDS).changes}
    assert not [reason for reason in reasons if "still " in reason or "there is no" in reason]
