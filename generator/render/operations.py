"""JSON 6902 operations: what the common keys ask of a workload, and resolving any of them against its object.

Each operation is applied to a copy of the object as soon as it is resolved, so the next one sees its result, as in
kustomize.
"""

import copy
from collections.abc import Iterable
from typing import Any, NamedTuple

import jsonpatch
import jsonpointer
import msgspec

from generator.catalog import PROXY, Planned, Resources
from generator.finding import Finding, Where
from generator.manifest import Manifest
from generator.render.derived.priority import priority_class
from generator.render.images import reference
from generator.render.pointer import PointerMissed, leads, resolve
from generator.render.workload import Workload, pod_template, replicas
from generator.schema import walk

Operation = dict[str, Any]
_ANNOTATED = ("", "/metadata", "/metadata/annotations")


class Wanted(NamedTuple):
    """An operation somebody asked for, and where they did."""

    operation: Operation
    where: Where
    rule: str


class Applied(NamedTuple):
    """An object as operations made it, these with plain pointers and tests, and those that do not apply as findings."""

    manifest: Manifest
    operations: list[Operation]
    findings: tuple[Finding, ...] = ()


def apply(before: Applied, wanted: Iterable[Wanted]) -> Applied:
    """Return `before` with more operations applied."""
    result, findings = list(before.operations), list(before.findings)
    patched = copy.deepcopy(before.manifest)
    for operation, where, rule in wanted:
        try:
            resolved = resolve(operation["path"], patched)
            plain = {**operation, "path": resolved.pointer}
            patched = jsonpatch.apply_patch(patched, copy.deepcopy([*resolved.tests, plain]), in_place=True)
            if refused := _refusal(plain, patched, before.manifest):
                findings.append(_problem(before.manifest, operation, where, rule, refused))
                break
        except (PointerMissed, jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as error:
            findings.append(_problem(before.manifest, operation, where, rule, _reason(error)))
            continue
        result += [test for test in resolved.tests if test not in result]
        result.append(plain)
    return Applied(patched, result, tuple(findings))


def _problem(manifest: Manifest, operation: Operation, where: Where, rule: str, message: str) -> Finding:
    name = f"{manifest['kind']} {manifest['metadata']['name']}"
    return Finding.at(where, rule, message, path=str(operation["path"]), object=name)


def _refusal(operation: Operation, patched: Any, manifest: Manifest) -> str:
    """Return why kustomize would refuse an operation that applies; empty if it would not."""
    if operation.get("from") in _ANNOTATED or (operation["op"] == "test" and operation["path"] in _ANNOTATED):
        return "reads all annotations: kustomize keeps some of its own there"
    if operation["op"] == "test" and any(item is None for _, item in walk(operation["value"])):
        return "tests for null: kustomize compares it wrongly inside lists"
    if _identity(patched) != _identity(manifest):
        return "makes another object of it: apiVersion, kind, name and namespace stay as they are"
    return ""


def _identity(manifest: Any) -> tuple[Any, ...]:
    """Return which object this is: what kustomize finds the target of a patch by, and refuses to lose."""
    metadata = manifest.get("metadata") if isinstance(manifest, dict) else None
    if not isinstance(metadata, dict):
        return ()
    return (manifest.get("apiVersion"), manifest.get("kind"), metadata.get("name"), metadata.get("namespace"))


def _reason(error: Exception) -> str:
    """Say why an operation does not apply."""
    if isinstance(error, PointerMissed):
        return str(error)
    if isinstance(error, jsonpatch.JsonPatchTestFailed):
        return "the test fails: the object holds another value there"
    if isinstance(error, jsonpatch.InvalidJsonPatch):
        return "is not a whole JSON 6902 operation: add, replace and test have a value"
    return "does not apply: the path leads nowhere"


def common_operations(planned: Planned, workload: Workload, manifest: Manifest) -> list[Operation]:
    """Return what the common keys ask of the unit's main workload.

    Variables, `replicas` and the images of built-in kinds go elsewhere.
    """
    pod, container = workload.pod, workload.container
    operations = _of_custom_resource(planned, workload)
    common = planned.common
    if common.resources and container:
        operations.append(_resources(container, common.resources))
    for name, settings in sorted(common.containers.items()):
        container = container_of(workload, manifest, name)
        if name != PROXY or leads(container, manifest):  # a derived proxy has its resources already
            operations.append(_resources(container, settings.resources))
    operations += _scheduling(planned, workload, manifest, pod) if pod else []
    return operations


def _scheduling(planned: Planned, workload: Workload, manifest: Manifest, pod: str) -> list[Operation]:
    """Return where pods run, who makes room for them, and that two of them do not share a node or zone."""
    scheduling = planned.common.scheduling
    priority = priority_class(scheduling.priority)
    operations: list[Operation] = [{"op": "add", "path": f"{pod}/priorityClassName", "value": priority}]
    spread = workload.declared is None and "topologySpreadConstraints" not in pod_template(manifest)["spec"]
    if spread and replicas(planned, workload, main=True) > 1:
        value = [_spread(workload, key) for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")]
        operations.append({"op": "add", "path": f"{pod}/topologySpreadConstraints", "value": value})
    if scheduling.node_selector:
        operations.append({"op": "add", "path": f"{pod}/nodeSelector", "value": dict(scheduling.node_selector)})
    if scheduling.tolerations:
        value = list(msgspec.to_builtins(scheduling.tolerations))
        operations.append({"op": "add", "path": f"{pod}/tolerations", "value": value})
    return operations


def _spread(workload: Workload, topology_key: str) -> Operation:
    """Return a constraint that is a wish: a pod that finds no other place still starts."""
    spread: dict[str, Any] = {"maxSkew": 1, "topologyKey": topology_key, "whenUnsatisfiable": "ScheduleAnyway"}
    spread["labelSelector"] = {"matchLabels": workload.labels}
    # Only pods of one revision are counted: else a rollout spreads the new ones beside the old.
    return {**spread, "matchLabelKeys": ["pod-template-hash"]} if workload.kind == "Deployment" else spread


def _of_custom_resource(planned: Planned, workload: Workload) -> list[Operation]:
    """Kustomize's `replicas` and `images` do not reach custom resources: their pointers are declared."""
    declared = workload.declared
    operations: list[Operation] = []
    if declared is None or declared.kind is None:
        return operations
    if declared.replicas and planned.common.replicas is not None:
        operations.append({"op": "add", "path": declared.replicas, "value": planned.common.replicas})
    image = planned.common.images.get(workload.name)
    if declared.image and image:
        operations.append({"op": "add", "path": declared.image, "value": reference(image)})
    return operations


def _resources(container: str, resources: Resources) -> Operation:
    return {"op": "add", "path": f"{container}/resources", "value": msgspec.to_builtins(resources)}


def container_of(workload: Workload, manifest: Manifest, name: str) -> str:
    """Return the pointer to the container of a name, among the init containers (native sidecars) or the others."""
    pod = workload.pod
    if workload.declared is None:
        init = pod_template(manifest)["spec"].get("initContainers", [])
        if any(container["name"] == name for container in init):
            return f"{pod}/initContainers/[name={name}]"
    return f"{pod}/containers/[name={name}]"
