"""The patches of an overlay: common keys, the unit's patches and variables, `env`, then the environment's `patches`.

kustomize drops a patch whose target matches nothing without a word; here a miss is an error where it was written.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from generator.finding import Finding, Result, Where
from generator.manifest import Manifest
from generator.render.checksums import annotated_pods
from generator.render.derived.database_proxy import proxy_operations
from generator.render.kustomization import document
from generator.render.operations import Applied, Operation, Wanted, apply, common_operations
from generator.render.task import Task
from generator.render.variables import Key, append, appended, unread, variables
from generator.render.workload import Workload, main
from generator.schema import place
from generator.tree import File

_NAME = re.compile(r"([a-z]+)\.patch\.yaml\.j2")


class Patches(NamedTuple):
    """Patch files of a unit, the entries of its kustomization that apply them, and what is wrong with patches."""

    files: list[File]
    entries: list[dict[str, Any]]
    findings: tuple[Finding, ...]


def is_patch(name: str) -> bool:
    """Whether a template is a patch, by its name."""
    return _NAME.fullmatch(name) is not None


def patches(
    task: Task, manifests: list[Manifest], workloads: list[Workload], annotations: Mapping[str, str], *, whole: bool
) -> Patches:
    """Return the patches of a unit, one file per object, of which `manifests` are all, if the unit is `whole`.

    `annotations` are those of its pods.
    """
    objects = {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in manifests}
    sources, findings = _sources(task, objects, whole=whole)
    wanted = _declared(task, objects, workloads, annotations)
    for key, path in sources.items():
        operations, found = _operations(task, path)
        findings += found
        wanted.setdefault(key, []).extend(Wanted(item, Where(path), "patch") for item in operations)
    applied = {key: apply(Applied(objects[key], []), items) for key, items in wanted.items()}
    lists, found = appended(task, workloads, applied, whole=whole)
    findings += found
    for more in lists:
        sources.setdefault(more.key, more.template)
        operations = append(more.container, more.items, applied[more.key].manifest)
        items = [Wanted(item, Where(more.template), "patch") for item in operations]
        applied[more.key] = apply(applied[more.key], items)
    with_variables, found = _variables(task, main(task.planned.name, workloads), applied)
    applied |= with_variables
    findings += found
    for name, key, items in _environment_patches(task):
        if key in objects:
            applied[key] = apply(applied.get(key, Applied(objects[key], [])), items)
        else:
            findings += (_missed(task, name, key, objects),)
    files, entries = [], []
    for (kind, name), (_, operations, found) in sorted(applied.items(), key=lambda item: item[0]):
        findings += found
        if operations:
            alone = sum(other == kind for other, _ in objects) == 1
            file = f"{kind.lower()}.patch.yaml" if alone else f"{kind.lower()}-{name}.patch.yaml"
            source = sources.get((kind, name), "")
            files.append(File(f"{task.overlay}/{file}", document(source, operations), source))
            entries.append({"path": file, "target": {"kind": kind, "name": name}})
    return Patches(files, entries, findings)


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


def _variables(task: Task, workload: Workload | None, applied: Mapping[Key, Applied]) -> Result[dict[Key, Applied]]:
    """Return the main workload with its variables set: they see those that the unit's own patch sets."""
    key = (workload.kind, workload.name) if workload else ("", "")
    before = applied.get(key, Applied({}, []))
    container = workload.container if workload and key in applied else ""
    findings = tuple(unread(task.plan, task.planned, container, before.manifest))
    if not container:
        return Result({}, findings)
    where = Where(task.planned.unit.file)
    wanted = [Wanted(item, where, "common-keys") for item in variables(task.planned, container, before.manifest)]
    return Result({key: apply(before, wanted)}, findings)


def _sources(task: Task, objects: Mapping[Key, Manifest], *, whole: bool) -> Result[dict[Key, str]]:
    """Return the patch template of each object that has one."""
    sources: dict[Key, str] = {}
    findings: list[Finding] = []
    for path in task.paths:
        match = _NAME.fullmatch(path.removeprefix(f"{task.planned.unit.folder}/overlay/"))
        keys = [key for key in objects if match and key[0].lower() == match[1]]
        if len(keys) == 1:
            sources[keys[0]] = path
        elif match and (keys or whole):  # else the object may be in a template that does not render
            message = f"the unit has {len(keys)} objects of kind {match[1]}, not one"
            hint = f"there are: {', '.join(sorted({key[0].lower() for key in objects})) or 'none'}"
            findings.append(Finding.at(Where(path), "patch-target", message, hint=hint))
    return Result(sources, tuple(findings))


def _operations(task: Task, path: str) -> Result[list[Operation]]:
    documents, findings = task.templates.documents(path, task.view)
    operations = [item for document in documents if isinstance(document, list) for item in document]
    if all(isinstance(document, list) for document in documents) and all(
        isinstance(item, dict) and {"op", "path"} <= item.keys() for item in operations
    ):
        return Result(operations, findings)
    hint = "- {op: replace, path: /spec/…, value: …}"
    return Result([], (*findings, Finding.at(Where(path), "patch", "is not a list of JSON 6902 operations", hint=hint)))


def _environment_patches(task: Task) -> Iterator[tuple[str, Key, list[Wanted]]]:
    """Yield the environment's own patches of this unit, with their names and targets."""
    for name, patch in sorted(task.plan.environment.patches.items()):
        if patch.target.unit == task.planned.name:
            wanted = [
                Wanted(msgspec.to_builtins(operation), place(("patches", name, "ops", index), task.plan.marks), "patch")
                for index, operation in enumerate(patch.ops)
            ]
            yield name, (patch.target.kind, patch.target.name), wanted


def _missed(task: Task, name: str, key: Key, objects: Mapping[Key, Manifest]) -> Finding:
    """Return that the target of one of the environment's own patches is not there."""
    where = place(("patches", name, "target"), task.plan.marks)
    message = f"{task.planned.name} has no {key[0]} {key[1]}"
    hint = f"there are: {', '.join(sorted(f'{kind} {name}' for kind, name in objects))}"
    return Finding.at(where, "patch-target", message, path=f"patches.{name}.target", hint=hint)
