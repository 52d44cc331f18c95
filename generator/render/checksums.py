"""Checksums of other units' files on pod templates: `restartsWith` restarts pods that read a file at their start only.

kustomize's hashed names do this within a unit. Across units no name changes, so the pod template holds the checksum.
"""

import hashlib
from collections.abc import Mapping

from generator.catalog import Planned
from generator.field import pointer
from generator.finding import Finding, Result
from generator.manifest import Manifest
from generator.render.operations import Operation
from generator.render.template.config import Configs
from generator.render.workload import Workload, pod_template
from generator.schema import place


def checksums(planned: Planned, configs: Mapping[str, Configs]) -> Result[dict[str, str]]:
    """Return the annotations of a unit's pods: the SHA-256 of each file they start anew with."""
    annotations: dict[str, str] = {}
    findings: list[Finding] = []
    for index, restart in enumerate(planned.unit.declaration.restarts_with):
        if restart not in planned.restarts:
            continue
        texts = [file.text for file in configs[restart.unit].files if file.path.endswith(f"/config/{restart.file}")]
        if texts:
            name = f"checksum/{restart.unit}.{restart.file.replace('/', '.')}"
            annotations[name] = hashlib.sha256(texts[0].encode()).hexdigest()
            continue
        message = f"{restart.unit} has no file overlay/config/{restart.file}.j2"
        there = ", ".join(sorted(file.path.partition("/config/")[2] for file in configs[restart.unit].files)) or "none"
        where = place(("restartsWith", index), planned.unit.marks)
        hint = f"there are: {there}"
        findings.append(Finding.at(where, "restarts-with", message, path="restartsWith", hint=hint))
    return Result(annotations, tuple(findings))


def annotated_pods(annotations: Mapping[str, str], workload: Workload, manifest: Manifest) -> list[Operation]:
    """Return the operations that put annotations on the pod template of a built-in workload."""
    if workload.declared is not None or not annotations:
        return []
    metadata = f"{workload.template}/metadata"
    if "annotations" not in pod_template(manifest)["metadata"]:
        return [{"op": "add", "path": f"{metadata}/annotations", "value": dict(sorted(annotations.items()))}]
    return [
        {"op": "add", "path": f"{metadata}/annotations{pointer(name)}", "value": value}
        for name, value in sorted(annotations.items())
    ]
