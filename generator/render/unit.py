"""One unit -> its files: base (the same everywhere) and overlay (this environment); infra units are overlay alone."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from generator.finding import Finding, Result
from generator.manifest import Manifest
from generator.render import images
from generator.render.annotations import annotated
from generator.render.checksums import checksums
from generator.render.derived.defaults import with_defaults
from generator.render.kustomization import document, kustomization, labels
from generator.render.patches import is_patch, patches
from generator.render.shape import misshapen
from generator.render.task import Task
from generator.render.template import config
from generator.render.variables import is_variables
from generator.render.workload import Workload, main
from generator.tree import File


class Source(NamedTuple):
    """Objects of one file, the template they came from ('' for derived ones) and the file's name."""

    file: str
    template: str
    manifests: list[Manifest]


class Parts(NamedTuple):
    """What a unit's templates gave: objects of base and overlay (infra: all in overlay), and findings."""

    base: list[Source]
    overlay: list[Source]
    findings: tuple[Finding, ...]

    def manifests(self) -> list[Manifest]:
        """Return all objects, base first."""
        return [manifest for source in (*self.base, *self.overlay) for manifest in source.manifests]


def parts(task: Task) -> Parts:
    """Return the objects of a unit's templates. Those of base/ see `unit` only."""
    own = "" if task.planned.unit.kind == "infra" else "overlay"
    views = {"base": {"unit": task.view["unit"]}, own: task.view}
    sources: dict[str, list[Source]] = {"base": [], own: []}
    findings: list[Finding] = []
    for path in task.paths:
        folder, _, name = path.removeprefix(task.planned.unit.folder + "/").rpartition("/")
        if folder in sources and name.endswith(".yaml.j2") and not is_patch(name) and not is_variables(name):
            source, found = _source(task, path, views[folder])
            findings += found
            sources[folder] += [source] if source.manifests else []
    return Parts(sources["base"], sources[own], tuple(findings))


def files(
    task: Task, found: Parts, derived: list[Source], workloads: list[Workload], configs: Mapping[str, config.Configs]
) -> Result[list[File]]:
    """Return all files of a unit below `output/<env>/`. `configs` are those of all units, by name."""
    overlay, base = task.overlay, f"{task.folder}/base"
    manifests = [*found.manifests(), *(manifest for source in derived for manifest in source.manifests)]
    annotations, unknown = checksums(task.planned, configs)
    patched = patches(task, manifests, workloads, annotations, whole=not found.findings)
    own = configs[task.planned.name]
    resources = [source.file for source in (*found.overlay, *derived)]
    result = [_file(base, source) for source in found.base]
    if found.base:
        result.append(kustomization(base, [source.file for source in found.base]))
        resources.append("../base")
    more = {
        "configMapGenerator": own.entries,
        "images": _images(task, workloads),
        "labels": labels(task.plan.environment.labels),
        "patches": patched.entries,
        "replicas": _replicas(task, workloads),
    }
    result += [_file(overlay, source) for source in (*found.overlay, *derived)]
    result += [*patched.files, *own.files, kustomization(overlay, resources, more)]
    return Result(result, (*unknown, *patched.findings))


def _source(task: Task, path: str, view: Mapping[str, Any]) -> Result[Source]:
    documents, findings = task.templates.documents(path, view)
    manifests = []
    for item in documents:
        found = misshapen(item, path)
        findings += tuple(replace(finding, object=_called(item)) for finding in found)
        manifests += [] if found else [annotated(task.plan, task.planned, with_defaults(task, item))]
    return Result(Source(path.rsplit("/", 1)[1].removesuffix(".j2"), path, manifests), findings)


def _called(item: Any) -> str:
    """Return `Deployment web`, as far as an object says so."""
    metadata = item.get("metadata") if isinstance(item, dict) else None
    names = (item.get("kind"), metadata.get("name")) if isinstance(metadata, dict) else ()
    return " ".join(name for name in names if isinstance(name, str))


def _file(folder: str, source: Source) -> File:
    return File(f"{folder}/{source.file}", document(source.template, *source.manifests), source.template)


def _images(task: Task, workloads: list[Workload]) -> list[dict[str, str]]:
    """Return kustomize's `images`: they reach built-in kinds only."""
    if all(workload.declared for workload in workloads):
        return []
    images_of = sorted(task.planned.common.images.items())
    return [images.kustomize_entry(name, image) for name, image in images_of]


def _replicas(task: Task, workloads: list[Workload]) -> list[dict[str, Any]]:
    workload = main(task.planned.name, workloads)
    count, scaling = task.planned.common.replicas, task.planned.common.autoscaling
    if workload is None or not workload.scales or count is None or (scaling and scaling.enabled):
        return []  # an autoscaler and a fixed number would fight at every sync
    return [{"name": workload.name, "count": count}]
