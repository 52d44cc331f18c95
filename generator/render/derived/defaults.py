"""What an object has where its template says nothing: its namespace, what pods have, what follows from its kind."""

from typing import Any

from generator.annotation import ABANDON, CONFIRMED, DELETION_POLICY, PROJECT_ID, SYNC_OPTIONS, SYNC_WAVE
from generator.kinds import Google, parts
from generator.manifest import Manifest, identify
from generator.render.task import Task
from generator.render.workload import pod_template, pods_of

_RESTRICTED_POD = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
_RESTRICTED_CONTAINER = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def with_defaults(task: Task, manifest: Manifest) -> Manifest:
    """Return an object of a unit's template with what goes without saying; whatever is written there stays."""
    planned, kind, metadata = task.planned, manifest["kind"], manifest["metadata"]
    group = identify(manifest, planned.cluster).group
    if task.kinds.scope(group, kind) == "namespaced":
        manifest = {**manifest, "metadata": {"namespace": planned.namespace, **metadata}}
    google = task.kinds.google(group, kind)
    if google and planned.unit.kind == "infra":
        return _resource(manifest, google, task.kinds.of(group, kind).wave, task.plan.environment.gcp.project)
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


def _resource(manifest: Manifest, google: Google, wave: int | None, project: str) -> Manifest:
    """Return an object of a resource of Google Cloud with its project and wave, and with the guards of what is kept."""
    annotations = {} if google.project == "projectRef" else {PROJECT_ID: project}
    if google.is_kept:
        annotations |= {DELETION_POLICY: ABANDON, SYNC_OPTIONS: ",".join(CONFIRMED)}
    if wave is not None:
        annotations[SYNC_WAVE] = str(wave)
    annotations |= manifest["metadata"].get("annotations", {})
    if annotations:
        manifest = {**manifest, "metadata": {**manifest["metadata"], "annotations": annotations}}
    if google.project == "projectRef" and isinstance(manifest.get("spec"), dict):
        manifest = {**manifest, "spec": {"projectRef": {"external": project}, **manifest["spec"]}}
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
