"""Plan -> Tree, in memory: templates, what is derived from them, kustomizations, Argo CD. Touches no file."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from generator.catalog import Plan, freeze, google_problems
from generator.errors import InputInvalid
from generator.finding import Finding, errors
from generator.kinds import Kinds
from generator.manifest import Manifest
from generator.render import argocd, unit
from generator.render.derived.external_secret import disagreements, other_makings
from generator.render.derived.identity import identity_view
from generator.render.derived.network import Network, unresolved
from generator.render.derived.route_problems import route_problems
from generator.render.derived.sources import derived_sources
from generator.render.task import Task, plan_view, view
from generator.render.template.config import config
from generator.render.template.templates import Templates
from generator.render.workload import services, workloads
from generator.schema import place
from generator.tree import File, Sources, Tree


def render(plan: Plan, sources: Sources) -> Tree:
    """Return the whole tree of an environment. Raises InputInvalid with every problem of every template."""
    findings: list[Finding] = [
        *_unknown_patch_units(plan),
        *disagreements(plan),
        *other_makings(plan),
        *route_problems(plan),
        *google_problems(plan),
    ]
    templates = Templates(sources)
    environment = freeze(msgspec.to_builtins(plan.environment))
    tasks_of = partial(_tasks, plan, templates, sources, environment, Kinds(sources.texts))
    # Infrastructure comes second: who acts in Google Cloud as whom is known once all workloads are.
    plan_values = plan_view(plan)
    workload_tasks = tasks_of(plan_values, ("component", "addon"))
    parts = {task.planned.name: unit.parts(task) for task in workload_tasks}
    network = Network.of(
        plan,
        {task.planned.name: workloads(task.planned, parts[task.planned.name].manifests()) for task in workload_tasks},
        {name: services(unit_parts.manifests()) for name, unit_parts in parts.items()},
    )
    findings += unresolved(network)
    tasks = [*workload_tasks, *tasks_of({**plan_values, **identity_view(network)}, ("infra",))]
    parts |= {task.planned.name: unit.parts(task) for task in tasks[len(workload_tasks) :]}
    files: list[File] = []
    objects: dict[str, list[Manifest]] = {}
    configs = {task.planned.name: config(task) for task in tasks}
    for task in tasks:
        name = task.planned.name
        findings += (*parts[name].findings, *configs[name].findings)
        derived = derived_sources(network, task.planned)
        objects[name] = parts[name].manifests() + [m for source in derived for m in source.manifests]
        if task.planned.unit.declaration.chart is None:
            rendered, wrong = unit.files(task, parts[name], derived, network.workloads.get(name, []), configs)
            files += rendered
            findings += wrong
    rendered, wrong = argocd.files(plan, objects, templates, sources, environment)
    if errors(findings := [*findings, *wrong]):
        raise InputInvalid(findings)
    return Tree.of(plan.environment.name, [*files, *rendered])


def _tasks(
    plan: Plan,
    templates: Templates,
    sources: Sources,
    environment: Any,
    known: Kinds,
    plan_values: Mapping[str, Any],
    kinds: tuple[str, ...],
) -> list[Task]:
    """Return the tasks of the units of some kinds, whose templates see `plan_values` as `plan`."""
    result = []
    for planned in plan.units:
        if planned.unit.kind in kinds:
            paths = tuple(sources.below(planned.unit.folder)) if planned.unit.folder else ()
            values = view(planned, environment, plan_values)
            result.append(Task(plan, planned, templates, paths, values, known))
    return result


def _unknown_patch_units(plan: Plan) -> list[Finding]:
    known = {p.name for p in plan.units if p.unit.declaration.chart is None}
    return [
        Finding.at(
            place(("patches", name, "target", "unit"), plan.marks),
            "patch-target",
            f"there is no unit {patch.target.unit} with objects in this environment",
            path=f"patches.{name}.target.unit",
            hint=f"there are: {', '.join(sorted(known))}",
        )
        for name, patch in sorted(plan.environment.patches.items())
        if patch.target.unit not in known
    ]
