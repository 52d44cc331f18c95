"""The patches of an overlay: common keys, the unit's patches and variables, `env`, then the environment's `patches`.

kustomize drops a patch whose target matches nothing without a word; here a miss is an error where it was written.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from generator.finding import Finding, Where
from generator.manifest import Manifest
from generator.render.checksums import annotated_pods
from generator.render.derived.database_proxy import proxy_operations
from generator.render.kustomization import document
from generator.render.operations import Applied, Operation, Wanted, apply, common_operations
from generator.render.task import Task
from generator.render.variables import append, appended, unread, variables
from generator.render.workload import Workload, main
from generator.schema import place
from generator.tree import File

_NAME = re.compile(r"([a-z]+)\.patch\.yaml\.j2")

Key = tuple[str, str]
"""(kind, name): what a patch's target says."""


class Patches(NamedTuple):
    """Patch files of a unit, and the entries of its kustomization that apply them."""

    files: list[File]
    entries: list[dict[str, Any]]


def is_patch(name: str) -> bool:
    """Whether a template is a patch, by its name."""
    return _NAME.fullmatch(name) is not None


def patches(
    task: Task, manifests: list[Manifest], workloads: list[Workload], annotations: Mapping[str, str]
) -> Patches:
    """Return the patches of a unit, one file per object. `manifests` are all its objects, `annotations` those of its pods."""
    objects = {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in manifests}
    wanted = _declared(task, objects, workloads, annotations)
    sources: dict[Key, str] = {}
    for path in task.paths:
        match = _NAME.fullmatch(path.removeprefix(f"{task.planned.unit.folder}/overlay/"))
        key = _of_kind(task, match[1], objects, path) if match else None
        if key:
            sources[key] = path
            operations = _operations(task, path)
            wanted.setdefault(key, []).extend(Wanted(item, Where(path), "patch") for item in operations)
    applied = {key: apply(Applied(objects[key], []), items, task.problems) for key, items in wanted.items()}
    for more in appended(task, workloads, applied):
        sources.setdefault(more.key, more.template)
        operations = append(more.container, more.items, applied[more.key].manifest)
        items = [Wanted(item, Where(more.template), "patch") for item in operations]
        applied[more.key] = apply(applied[more.key], items, task.problems)
    applied |= _variables(task, main(task.planned.name, workloads), applied)
    for key, items in _environment_patches(task, objects):
        applied[key] = apply(applied.get(key, Applied(objects[key], [])), items, task.problems)
    result = Patches([], [])
    for (kind, name), (_, operations) in sorted(applied.items(), key=lambda item: item[0]):
        if operations:
            alone = sum(other == kind for other, _ in objects) == 1
            file = f"{kind.lower()}.patch.yaml" if alone else f"{kind.lower()}-{name}.patch.yaml"
            source = sources.get((kind, name), "")
            result.files.append(File(f"{task.overlay}/{file}", document(source, operations), source))
            result.entries.append({"path": file, "target": {"kind": kind, "name": name}})
    return result


def _declared(
    task: Task, objects: Mapping[Key, Manifest], workloads: list[Workload], annotations: Mapping[str, str]
) -> dict[Key, list[Wanted]]:
    """Return what follows from declarations: common keys on the main workload, annotations on all pods."""
    wanted: dict[Key, list[Wanted]] = {}
    where, common = Where(task.planned.unit.file), main(task.planned.name, workloads)
    for workload in workloads:
        key = (workload.kind, workload.name)
        if key in objects:
            operations = proxy_operations(task.plan, task.planned, workload, objects[key])
            operations += common_operations(task.planned, workload, objects[key]) if workload == common else []
            wanted[key] = [Wanted(item, where, "common-keys") for item in operations]
            operations = annotated_pods(annotations, workload, objects[key])
            wanted[key] += [Wanted(item, where, "restarts-with") for item in operations]
    return wanted


def _variables(task: Task, workload: Workload | None, applied: Mapping[Key, Applied]) -> dict[Key, Applied]:
    """Return the main workload with its variables set: they see those that the unit's own patch sets."""
    key = (workload.kind, workload.name) if workload else ("", "")
    before = applied.get(key, Applied({}, []))
    container = workload.container if workload and key in applied else ""
    task.problems.extend(unread(task.plan, task.planned, container, before.manifest))
    if not container:
        return {}
    where = Where(task.planned.unit.file)
    wanted = [Wanted(item, where, "common-keys") for item in variables(task.planned, container, before.manifest)]
    return {key: apply(before, wanted, task.problems)}


def _of_kind(task: Task, kind: str, objects: dict[Key, Manifest], path: str) -> Key | None:
    keys = [key for key in objects if key[0].lower() == kind]
    if len(keys) == 1:
        return keys[0]
    broken = any(problem.file in task.paths for problem in task.problems)
    if keys or not broken:  # else the object may be in a template that does not render
        message = f"the unit has {len(keys)} objects of kind {kind}, not one"
        hint = f"there are: {', '.join(sorted({key[0].lower() for key in objects})) or 'none'}"
        task.problems.append(Finding.at(Where(path), "patch-target", message, hint=hint))
    return None


def _operations(task: Task, path: str) -> list[Operation]:
    documents = task.templates.documents(path, task.view, task.problems)
    operations = [item for document in documents if isinstance(document, list) for item in document]
    if all(isinstance(document, list) for document in documents) and all(
        isinstance(item, dict) and {"op", "path"} <= item.keys() for item in operations
    ):
        return operations
    hint = "- {op: replace, path: /spec/…, value: …}"
    task.problems.append(Finding.at(Where(path), "patch", "is not a list of JSON 6902 operations", hint=hint))
    return []


def _environment_patches(task: Task, objects: dict[Key, Manifest]) -> Iterator[tuple[Key, list[Wanted]]]:
    """Yield the environment's own patches of this unit; one whose target is not there is an error at its line."""
    marks = task.plan.marks
    for name, patch in sorted(task.plan.environment.patches.items()):
        if patch.target.unit != task.planned.name:
            continue
        key = (patch.target.kind, patch.target.name)
        if key in objects:
            yield (
                key,
                [
                    Wanted(msgspec.to_builtins(operation), place(("patches", name, "ops", index), marks), "patch")
                    for index, operation in enumerate(patch.ops)
                ],
            )
            continue
        there = ", ".join(sorted(f"{kind} {name}" for kind, name in objects))
        task.problems.append(
            Finding.at(
                place(("patches", name, "target"), marks),
                "patch-target",
                f"{task.planned.name} has no {key[0]} {key[1]}",
                path=f"patches.{name}.target",
                hint=f"there are: {there}",
            )
        )
