"""What the scheduler of Kubernetes looks at: what pods ask for, and what nodes have."""

from generator.scheduling.node import Resources, allocatable, machine_resources
from generator.scheduling.pod import hard_taints, may_run_on, request_of, requests

__all__ = [
    "Resources",
    "allocatable",
    "hard_taints",
    "machine_resources",
    "may_run_on",
    "request_of",
    "requests",
]
