"""The Cloud SQL Auth Proxy beside every pod with a database: `connects: {to: cloud-sql, database: x}`.

The instance accepts connections from such a proxy only (connectorEnforcement), and the proxy signs in with the pod's
Google account.
Flags: https://cloud.google.com/sql/docs/postgres/sql-proxy
"""

from typing import Any

import msgspec

from generator.catalog import PROXY, Plan, Planned, google
from generator.manifest import Manifest
from generator.render.workload import Workload, pod_template

_HEALTH = "proxy-health"


def proxy_operations(plan: Plan, planned: Planned, workload: Workload, manifest: Manifest) -> list[dict[str, Any]]:
    """Return the operation that puts the proxy before the other containers; a pod with one of that name keeps it."""
    if not workload.database or workload.declared is not None:
        return []
    pod = pod_template(manifest)["spec"]
    before = pod.get("initContainers")
    if any(container["name"] == PROXY for container in (*(before or ()), *pod["containers"])):
        return []
    path, proxy = f"{workload.pod}/initContainers", _proxy(plan, planned)
    if before is None:
        return [{"op": "add", "path": path, "value": [proxy]}]
    return [{"op": "add", "path": f"{path}/0", "value": proxy}]


def _proxy(plan: Plan, planned: Planned) -> dict[str, Any]:
    """Return a native sidecar: it starts first, stops last, and does not keep a Job from ending."""
    gcp, instance = plan.environment.gcp, google(plan)["sqlInstance"].name
    settings = planned.common.containers.get(PROXY)
    return {
        "name": PROXY,
        "image": PROXY,
        "restartPolicy": "Always",
        "args": [
            "--private-ip",
            "--port=5432",
            "--health-check",
            "--http-address=0.0.0.0",
            "--structured-logs",
            "--exit-zero-on-sigterm",
            f"{gcp.project}:{gcp.region}:{instance}",
        ],
        "ports": [{"name": _HEALTH, "containerPort": 9090}],
        "startupProbe": {
            "httpGet": {"path": "/startup", "port": _HEALTH},
            "periodSeconds": 1,
            "failureThreshold": 60,
        },
        "livenessProbe": {"httpGet": {"path": "/liveness", "port": _HEALTH}, "periodSeconds": 30},
        **({"resources": msgspec.to_builtins(settings.resources)} if settings else {}),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "capabilities": {"drop": ["ALL"]},
        },
    }
