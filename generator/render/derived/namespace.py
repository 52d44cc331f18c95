"""Namespaces of the workload cluster: Pod Security at their units' weakest level, default deny, and readers.

Whoever reads all namespaces gets a Role in each: a ClusterRole would have to be allowed by the Argo CD project of the
components, which bounds its name, not what it grants.
"""

from generator.annotation import SYNC_OPTIONS
from generator.catalog import Plan
from generator.manifest import Manifest
from generator.render.derived.network import Network
from generator.render.workload import Workload

_RBAC = "rbac.authorization.k8s.io"
_LEVELS = ("restricted", "baseline", "privileged")


def namespaces(plan: Plan) -> list[Manifest]:
    """Return a Namespace and a default-deny NetworkPolicy for each namespace of enabled units."""
    result: list[Manifest] = []
    for name in plan.namespaces():
        levels = [p.unit.declaration.pod_security.level for p in plan.units if p.namespace == name]
        result += [_namespace(name, max(levels, key=_LEVELS.index), plan.environment.kubernetes.version), _deny(name)]
    return result


def readers(network: Network) -> list[Manifest]:
    """Return, for each unit that reads, a Role and its RoleBinding in every namespace."""
    return [
        manifest
        for planned in network.plan.by_name()
        if planned.unit.declaration.reads and (main := network.workload(planned, None))
        for namespace in network.plan.namespaces()
        for manifest in _reader(main, namespace, list(planned.unit.declaration.reads))
    ]


def _reader(workload: Workload, namespace: str, resources: list[str]) -> list[Manifest]:
    metadata = {"name": workload.name, "namespace": namespace}
    account = {"kind": "ServiceAccount", "name": workload.name, "namespace": workload.namespace}
    reference = {"apiGroup": _RBAC, "kind": "Role", "name": workload.name}
    rule = {"apiGroups": [""], "resources": resources, "verbs": ["get"]}
    version = f"{_RBAC}/v1"
    return [
        {"apiVersion": version, "kind": "Role", "metadata": metadata, "rules": [rule]},
        {
            "apiVersion": version,
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": reference,
            "subjects": [account],
        },
    ]


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
            "annotations": {SYNC_OPTIONS: "Prune=confirm,Delete=confirm"},
        },
    }


def _deny(namespace: str) -> Manifest:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "default-deny", "namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }
