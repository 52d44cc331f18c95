"""PodMonitorings: what Google Managed Prometheus scrapes, from the `metrics` of a unit."""

from generator.catalog import Metrics
from generator.manifest import Manifest
from generator.render.workload import Workload

_INTERVAL = "30s"


def pod_monitoring(workload: Workload, metrics: Metrics) -> Manifest:
    """Return the PodMonitoring of `workload`."""
    return {
        "apiVersion": "monitoring.googleapis.com/v1",
        "kind": "PodMonitoring",
        "metadata": {"name": workload.name, "namespace": workload.namespace},
        "spec": {
            "selector": {"matchLabels": workload.labels},
            "endpoints": [{"port": metrics.port, "path": metrics.path, "interval": _INTERVAL}],
        },
    }
