"""What the scheduler of Kubernetes looks at: what pods ask for, what nodes have, which labels a selector meets."""

from generator.scheduling.node import Resources, allocatable, machine_resources
from generator.scheduling.pod import hard_taints, may_run_on, request_of, requests
from generator.scheduling.selector import selects

__all__ = [
    "Resources",
    "allocatable",
    "hard_taints",
    "machine_resources",
    "may_run_on",
    "request_of",
    "requests",
    "selects",
]
