"""Checks of linters that `exceptions` may name beside our own rules: their ids, and which linter they belong to."""

import re
from typing import Literal

KUBE_SCORE = frozenset(
    {
        "container-cpu-requests-equal-limits",
        "container-ephemeral-storage-request-and-limit",
        "container-ephemeral-storage-request-equals-limit",
        "container-image-pull-policy",
        "container-image-tag",
        "container-memory-requests-equal-limits",
        "container-ports-check",
        "container-resource-requests-equal-limits",
        "container-resources",
        "container-seccomp-profile",
        "container-security-context-privileged",
        "container-security-context-readonlyrootfilesystem",
        "container-security-context-user-group-id",
        "cronjob-has-deadline",
        "cronjob-restartpolicy",
        "deployment-has-host-podantiaffinity",
        "deployment-has-poddisruptionbudget",
        "deployment-pod-selector-labels-match-template-metadata-labels",
        "deployment-replicas",
        "deployment-strategy",
        "deployment-targeted-by-hpa-does-not-have-replicas-configured",
        "environment-variable-key-duplication",
        "horizontalpodautoscaler-has-target",
        "horizontalpodautoscaler-replicas",
        "ingress-targets-service",
        "label-values",
        "networkpolicy-targets-pod",
        "pod-networkpolicy",
        "pod-probes",
        "pod-probes-identical",
        "pod-topology-spread-constraints",
        "poddisruptionbudget-has-policy",
        "service-targets-pod",
        "service-type",
        "stable-version",
        "statefulset-has-host-podantiaffinity",
        "statefulset-has-poddisruptionbudget",
        "statefulset-has-servicename",
        "statefulset-pod-selector-labels-match-template-metadata-labels",
    }
)
"""What `kube-score list` prints; `make lint-manifests` compares."""
_CHECKOV = re.compile(r"CKV2?_K8S_[0-9]+")


def linter(check: str) -> Literal["checkov", "kube-score"] | None:
    """Return the linter that a check belongs to; None for a rule of ours, or for nobody's."""
    if _CHECKOV.fullmatch(check):
        return "checkov"
    return "kube-score" if check in KUBE_SCORE else None
