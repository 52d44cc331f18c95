"""Plan -> Tree, in memory: templates, what is derived from them, kustomizations, Argo CD. Touches no file."""

from typing import Any

import msgspec

from generator.catalog import NAMESPACES, Plan, Planned, freeze
from generator.errors import InputInvalid
from generator.finding import Finding, errors
from generator.manifest import Manifest
from generator.render import argocd, unit
from generator.render.derived.namespace import namespaces
from generator.render.derived.network import Network, unresolved
from generator.render.derived.network_policy import network_policy
from generator.render.derived.service_account import service_account
from generator.render.task import Task, view
from generator.render.templates import Templates
from generator.render.unit import Source
from generator.render.workload import services, workloads
from generator.schema import place
from generator.tree import File, Sources, Tree


def render(plan: Plan, sources: Sources) -> Tree:
    """Return the whole tree of an environment. Raises InputInvalid with every problem of every template."""
    problems: list[Finding] = _unknown_patch_units(plan)
    templates = Templates(sources)
    environment = freeze(msgspec.to_builtins(plan.environment))
    tasks = [_task(plan, planned, templates, sources, environment, problems) for planned in plan.units]
    found = {task.planned.name: unit.parts(task) for task in tasks}
    network = Network(
        plan,
        {task.planned.name: workloads(task.planned, found[task.planned.name].manifests()) for task in tasks},
        {name: services(parts.manifests()) for name, parts in found.items()},
    )
    problems += unresolved(network)
    files: list[File] = []
    objects: dict[str, list[Manifest]] = {}
    for task in tasks:
        name = task.planned.name
        derived = _derived(network, task.planned)
        objects[name] = found[name].manifests() + [m for source in derived for m in source.manifests]
        if task.planned.unit.declaration.chart is None:
            files += unit.files(task, found[name], derived, network.workloads[name])
    files += argocd.files(plan, objects, templates, sources, environment, problems)
    if errors(problems):
        raise InputInvalid(problems)
    return Tree.of(plan.environment.name, files)


def _task(
    plan: Plan, planned: Planned, templates: Templates, sources: Sources, environment: Any, problems: list[Finding]
) -> Task:
    paths = tuple(sources.below(planned.unit.folder)) if planned.unit.folder else ()
    return Task(plan, planned, templates, paths, view(plan, planned, environment), problems)


def _derived(network: Network, planned: Planned) -> list[Source]:
    """Return the derived objects that stand in this unit's overlay."""
    if planned.name == NAMESPACES:
        manifests = namespaces(network.plan)
        for addon in [p for p in network.plan.units if p.unit.kind == "addon"]:
            manifests += [network_policy(network, addon, w) for w in network.workloads[addon.name]]
        return [
            Source("namespaces.yaml", "", [m for m in manifests if m["kind"] == "Namespace"]),
            Source("networkpolicies.yaml", "", [m for m in manifests if m["kind"] == "NetworkPolicy"]),
        ]
    found = network.workloads[planned.name]
    if planned.unit.kind != "component" or not found:
        return []
    return [
        Source("networkpolicy.yaml", "", [network_policy(network, planned, w) for w in found]),
        Source("serviceaccount.yaml", "", [service_account(network.plan, planned, w, found) for w in found]),
    ]


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
