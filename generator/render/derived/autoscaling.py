"""How many pods there may be: HorizontalPodAutoscalers, and budgets for what drains a node."""

from generator.catalog import Autoscaling
from generator.manifest import Manifest
from generator.render.workload import Workload

_UP_SECONDS = 60
_DOWN_SECONDS = 900  # indexing comes in bursts: pods stay a while


def autoscaler(workload: Workload, scaling: Autoscaling) -> Manifest:
    """Return the HorizontalPodAutoscaler of `workload`; the aim is a share of the CPU it requests."""
    target = {"type": "Utilization", "averageUtilization": scaling.cpu_percent}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": workload.name, "namespace": workload.namespace},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": workload.kind, "name": workload.name},
            "minReplicas": scaling.min_replicas,
            "maxReplicas": scaling.max_replicas,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
            "behavior": {
                "scaleUp": {"stabilizationWindowSeconds": _UP_SECONDS},
                "scaleDown": {"stabilizationWindowSeconds": _DOWN_SECONDS},
            },
        },
    }


def disruption_budget(workload: Workload) -> Manifest:
    """Return the budget of a workload of two or more pods: one may go at a time, and a broken one at any time."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": workload.name, "namespace": workload.namespace},
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": workload.labels},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }


def has_budget(workload: Workload, replicas: int) -> bool:
    """Whether a budget helps: with one pod it would block every drain, and operators make their own."""
    return workload.scales and replicas > 1
