"""A pod template that has every list of a pod template, each with two items at least."""

from collections.abc import Iterator
from typing import Any

from api_server import Manifest

Steps = tuple[str | int, ...]

_ITEMS = [{"key": "a", "path": "a"}, {"key": "b", "path": "b"}]
_ZONE = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "a"}}}
_HOST = {"topologyKey": "host", "labelSelector": {"matchLabels": {"app": "a"}}}
_IN_NODES = [{"key": "a", "operator": "In", "values": ["x", "y"]}, {"key": "b", "operator": "Exists"}]
_AFFINITY = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [
                {"matchExpressions": _IN_NODES},
                {"matchExpressions": [{"key": "c", "operator": "Exists"}]},
            ]
        },
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 1, "preference": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}},
            {"weight": 2, "preference": {"matchExpressions": [{"key": "b", "operator": "Exists"}]}},
        ],
    },
    "podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [_ZONE, _HOST],
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 1, "podAffinityTerm": {**_ZONE, "namespaces": ["x", "y"]}},
            {"weight": 2, "podAffinityTerm": _HOST},
        ],
    },
}
_CONTAINER = {
    "name": "c1",
    "image": "a:1",
    "command": ["x", "y"],
    "args": ["--a", "--b"],
    "ports": [{"name": "http", "containerPort": 80}, {"name": "metrics", "containerPort": 90}],
    "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
    "envFrom": [{"configMapRef": {"name": "m"}}, {"secretRef": {"name": "s"}}],
    "volumeMounts": [{"name": "v1", "mountPath": "/a"}, {"name": "v2", "mountPath": "/b"}],
    "volumeDevices": [{"name": "d1", "devicePath": "/dev/a"}, {"name": "d2", "devicePath": "/dev/b"}],
    "resizePolicy": [
        {"resourceName": "cpu", "restartPolicy": "NotRequired"},
        {"resourceName": "memory", "restartPolicy": "NotRequired"},
    ],
    "resources": {"limits": {"cpu": "1000m", "memory": "1Gi"}, "requests": {"cpu": "500m", "memory": "1Gi"}},
    "securityContext": {"capabilities": {"drop": ["NET_RAW", "CHOWN"], "add": ["NET_ADMIN", "SYS_TIME"]}},
    "readinessProbe": {
        "httpGet": {"port": 80, "httpHeaders": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    },
    "livenessProbe": {"exec": {"command": ["p", "q"]}},
    "lifecycle": {"preStop": {"exec": {"command": ["p", "q"]}}},
}
_VOLUMES = [
    {"name": "v1", "emptyDir": {"sizeLimit": "1Gi"}},
    {"name": "v2", "configMap": {"name": "m", "items": _ITEMS}},
    {"name": "v3", "secret": {"secretName": "s", "items": _ITEMS}},
    {
        "name": "v4",
        "projected": {"sources": [{"configMap": {"name": "m", "items": _ITEMS}}, {"secret": {"name": "s"}}]},
    },
    {
        "name": "v5",
        "downwardAPI": {
            "items": [
                {"path": "a", "fieldRef": {"fieldPath": "metadata.name"}},
                {"path": "b", "fieldRef": {"fieldPath": "metadata.namespace"}},
            ]
        },
    },
    {"name": "d1", "persistentVolumeClaim": {"claimName": "x"}},
    {"name": "d2", "persistentVolumeClaim": {"claimName": "y"}},
]
TEMPLATE: Manifest = {
    "metadata": {"labels": {"app": "a"}},
    "spec": {
        "initContainers": [{"name": "i1", "image": "a:1"}, {"name": "i2", "image": "a:2"}],
        "containers": [_CONTAINER, {"name": "c2", "image": "b:1"}],
        "volumes": _VOLUMES,
        "imagePullSecrets": [{"name": "p1"}, {"name": "p2"}],
        "tolerations": [{"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Exists"}],
        "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a", "b"]}, {"ip": "10.0.0.2", "hostnames": ["c"]}],
        "dnsConfig": {
            "nameservers": ["10.0.0.1", "10.0.0.2"],
            "searches": ["a.b", "c.d"],
            "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}],
        },
        "readinessGates": [{"conditionType": "a.b/x"}, {"conditionType": "a.b/y"}],
        "securityContext": {
            "supplementalGroups": [1, 2],
            "sysctls": [
                {"name": "net.ipv4.ip_local_port_range", "value": "1 2"},
                {"name": "net.ipv4.tcp_syncookies", "value": "1"},
            ],
        },
        "topologySpreadConstraints": [
            {**_ZONE, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["u", "v"]},
            {**_HOST, "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway"},
        ],
        "affinity": _AFFINITY,
    },
}


def lists(node: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Yield the place of every list that has an order: one of two items at least."""
    children = node.items() if isinstance(node, dict) else enumerate(node if isinstance(node, list) else ())
    if isinstance(node, list) and len(node) > 1:
        yield steps
    for step, child in children:
        yield from lists(child, (*steps, step))


def at(node: Any, steps: Steps) -> Any:
    """Return what stands at a place."""
    for step in steps:
        node = node[step]
    return node
