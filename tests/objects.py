"""A small world of built objects in which nothing is wrong, ways to spoil it, and what the checks say then."""

import copy
import datetime as dt
from typing import Any

from project import component, plan, sources

from generator import capacity
from generator.check import check
from generator.manifest import Manifest, Object, identify
from generator.views import findings

TODAY = dt.date(2026, 6, 30)
FILE = "templates/components/web/base/web.yaml.j2"
GONE = object()
"""As a value of a change: the field is removed."""

LABELS: dict[str, Any] = {"app": "web"}
CONTAINER: dict[str, Any] = {
    "name": "web",
    "image": "registry.example.com/web:1.2.3",
    "ports": [{"name": "http", "containerPort": 8080}],
    "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "64Mi"}},
    "readinessProbe": {"httpGet": {"path": "/", "port": "http"}},
    "env": [
        {"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "web-f4mt", "key": "mode"}}},
        {"name": "PASS", "valueFrom": {"secretKeyRef": {"name": "web-database", "key": "password"}}},
        {"name": "SELF", "value": "http://web.codemie.svc.cluster.local:80/x"},
    ],
    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    "volumeMounts": [{"name": "config", "mountPath": "/etc/web"}],
}
POD: dict[str, Any] = {
    "serviceAccountName": "web",
    "automountServiceAccountToken": False,
    "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [CONTAINER],
    "volumes": [{"name": "config", "configMap": {"name": "web-f4mt", "items": [{"key": "mode", "path": "mode"}]}}],
}
LEVEL = {"pod-security.kubernetes.io/enforce": "restricted"}
WORLD: dict[str, Manifest] = {
    "namespace": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "codemie", "labels": LEVEL}},
    "deployment": {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "codemie"},
        "spec": {"selector": {"matchLabels": LABELS}, "template": {"metadata": {"labels": LABELS}, "spec": POD}},
    },
    "service": {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "codemie"},
        "spec": {"selector": LABELS, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
    },
    "policy": {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "web", "namespace": "codemie"},
        "spec": {"podSelector": {"matchLabels": LABELS}, "policyTypes": ["Ingress", "Egress"]},
    },
    "account": {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "web", "namespace": "codemie"},
        "automountServiceAccountToken": False,
    },
    "config": {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "web-f4mt", "namespace": "codemie"},
        "data": {"mode": "plain"},
    },
    "secret": {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "web-database", "namespace": "codemie"},
        "spec": {"secretStoreRef": {"kind": "SecretStore", "name": "store"}, "data": [{"secretKey": "password"}]},
    },
    "store": {
        "apiVersion": "external-secrets.io/v1",
        "kind": "SecretStore",
        "metadata": {"name": "store", "namespace": "codemie"},
        "spec": {"provider": {"gcpsm": {"projectID": "lab-project"}}},
    },
}
TARGET = {"targetRef": {"group": "", "kind": "Service", "name": "web"}}
POD_AT = "/spec/template/spec"
CONTAINER_AT = f"{POD_AT}/containers/0"
IN_POD = f"Deployment codemie/web: {POD_AT}"
IN_CONTAINER = f"Deployment codemie/web: {CONTAINER_AT}"


def made(kind: str, name: str, more: Manifest, version: str = "v1") -> Manifest:
    """Return an object in namespace codemie."""
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "codemie"}, **more}


POLICIES = (
    made("HealthCheckPolicy", "web", {"spec": {"default": {}, **TARGET}}, "networking.gke.io/v1"),
    made("GCPBackendPolicy", "web", {"spec": {"default": {"timeoutSec": 600}, **TARGET}}, "networking.gke.io/v1"),
)
"""What a Service behind a route needs, in a private environment."""


def world(*added: Manifest, **changes: dict[str, Any]) -> list[Manifest]:
    """Return the good world with fields changed ({pointer: value} by object) and objects added."""
    manifests = copy.deepcopy(WORLD)
    for name, fields in changes.items():
        for pointer, value in fields.items():
            put(manifests[name], pointer, value)
    return [*manifests.values(), *added]


def said(manifests: list[Manifest], declared: str = "", today: dt.date = TODAY, lab: str = "") -> str:
    """Return what the checks say, as a person reads it, without the place, which is the same for all of them."""
    planned = plan(sources(lab, **component("web", declared)))
    objects = sorted(Object(identify(manifest, "workload"), manifest, FILE) for manifest in manifests)
    found = check(tuple(objects), planned, today=today, further=capacity.RULES).findings
    elsewhere = (
        "not-covered",
        "contract",
        "contract-default",
        "kubernetes-schema",
        "reach-open",
        "reach-closed",
        "reach-outside",
        "reach-url",
        "private-public",
        "google-project",
        "google-protection",
        "hardening",
    )  # they have their own tests
    return findings.text(item for item in found if item.rule not in elsewhere).replace(f"{FILE}: ", "")


def put(manifest: Manifest, pointer: str, value: Any) -> None:
    """Change one field of an object; GONE takes it away."""
    *steps, last = [step.replace("~1", "/") for step in pointer.split("/")[1:]]
    node: Any = manifest
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    if isinstance(node, list):
        node[int(last) : int(last) + 1] = [] if value is GONE else [value]
    elif value is GONE:
        del node[last]
    else:
        node[last] = copy.deepcopy(value)
