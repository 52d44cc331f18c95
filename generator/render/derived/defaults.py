"""What an object has where its template says nothing: the namespace of its unit, and what pods of the platform have."""

from typing import Any

from generator.catalog import Planned
from generator.kinds import parts
from generator.manifest import Manifest
from generator.render.workload import pod_template, pods_of

_IN_NO_NAMESPACE = frozenset(
    {
        "APIService",
        "ClusterExternalSecret",
        "ClusterIssuer",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterSecretStore",
        "CSIDriver",
        "CustomResourceDefinition",
        "GatewayClass",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "PersistentVolume",
        "PriorityClass",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeSnapshotClass",
    }
)
_RESTRICTED_POD = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
_RESTRICTED_CONTAINER = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def with_defaults(planned: Planned, manifest: Manifest) -> Manifest:
    """Return an object of a unit's template with what goes without saying; whatever is written there stays."""
    kind, metadata = manifest["kind"], manifest["metadata"]
    if kind not in _IN_NO_NAMESPACE:
        manifest = {**manifest, "metadata": {"namespace": planned.namespace, **metadata}}
    facts = pods_of(kind)
    if facts is None:
        return manifest
    template = pod_template(manifest)
    spec = _pod(
        template["spec"], metadata["name"], restricted=planned.unit.declaration.pod_security.level == "restricted"
    )
    manifest = _replaced(manifest, [*parts(facts.template)], {**template, "spec": spec})
    if facts.selector:
        selector = {"matchLabels": template["metadata"]["labels"]}
        manifest = {**manifest, "spec": {"selector": selector, **manifest["spec"]}}
    return manifest


def _pod(spec: dict[str, Any], workload: str, *, restricted: bool) -> dict[str, Any]:
    """Return a pod spec with its own account, no token, no variables of Services, and what `restricted` asks for."""
    result = {
        "serviceAccountName": workload,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **spec,
    }
    if restricted:
        written = spec.get("securityContext", {})
        result["securityContext"] = {**_RESTRICTED_POD, **written} if isinstance(written, dict) else written
        for key in ("initContainers", "containers"):
            if key in spec:
                result[key] = [{"securityContext": _RESTRICTED_CONTAINER, **container} for container in spec[key]]
    return result


def _replaced(node: dict[str, Any], steps: list[str], value: dict[str, Any]) -> dict[str, Any]:
    """Return `node` with another value at `steps`."""
    return {**node, steps[0]: _replaced(node[steps[0]], steps[1:], value)} if steps else value
