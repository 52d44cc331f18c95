"""Namespaces of the workload cluster: Pod Security at the weakest level their units declare, deny by default."""

from generator.catalog import Plan
from generator.manifest import Manifest

_LEVELS = ("restricted", "baseline", "privileged")


def namespaces(plan: Plan) -> list[Manifest]:
    """Return a Namespace and a default-deny NetworkPolicy for each namespace of enabled units."""
    result: list[Manifest] = []
    for name in plan.namespaces():
        levels = [p.unit.declaration.pod_security.level for p in plan.units if p.namespace == name]
        result += [_namespace(name, max(levels, key=_LEVELS.index), plan.environment.kubernetes.version), _deny(name)]
    return result


def _namespace(name: str, level: str, version: str) -> Manifest:
    security = "pod-security.kubernetes.io"
    labels = {f"{security}/enforce": level, f"{security}/enforce-version": f"v{version}"}
    for mode in ("audit", "warn"):
        labels |= {f"{security}/{mode}": "restricted", f"{security}/{mode}-version": f"v{version}"}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name,
            "labels": labels,
            # A Namespace takes everything in it along: Argo CD asks a person first.
            "annotations": {"argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm"},
        },
    }


def _deny(namespace: str) -> Manifest:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "default-deny", "namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }
