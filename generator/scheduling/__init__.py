"""What the scheduler of Kubernetes looks at: what pods ask for, and what nodes have."""

from generator.scheduling.node import MAX_PODS, Resources, allocatable, machine_resources
from generator.scheduling.pod import hard_taints, may_run_on, request_of, requests

__all__ = [
    "MAX_PODS",
    "Resources",
    "allocatable",
    "hard_taints",
    "machine_resources",
    "may_run_on",
    "request_of",
    "requests",
]
