"""PriorityClasses: who makes room for whom when the nodes are full. Jobs have none, and wait."""

from generator.catalog import Plan
from generator.manifest import Manifest

_CLASSES = {
    # value, whether others are evicted for it, what for
    "high": (100000, "PreemptLowerPriority", "State and sign-in: all others wait for them"),
    "normal": (10000, "PreemptLowerPriority", "What answers people"),
    "low": (1000, "Never", "What can wait for a free node"),
}


def priority_class(priority: str) -> str:
    """Return the name of the class."""
    return f"codemie-{priority}"


def priority_classes(plan: Plan) -> list[Manifest]:
    """Return the classes that components of the plan use, and the one that charts name."""
    used = {"normal"} | {
        planned.common.scheduling.priority for planned in plan.units if planned.unit.kind == "component"
    }
    return [
        {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": priority_class(priority), "annotations": {"kubernetes.io/description": text}},
            "value": value,
            "preemptionPolicy": policy,
        }
        for priority, (value, policy, text) in _CLASSES.items()
        if priority in used
    ]
