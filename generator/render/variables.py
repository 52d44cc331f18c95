"""The variables of containers: those of the unit's env.yaml.j2; over them `env` and `secretEnv` of an environment."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from generator.catalog import Plan, Planned, variable_path, variables_secret, written
from generator.finding import Finding, Result, Where
from generator.manifest import Manifest
from generator.render.operations import Applied, Operation, container_of
from generator.render.pointer import PointerMissed, find, leads
from generator.render.task import Task
from generator.render.workload import Workload, main
from generator.schema import dotted

_NAME = re.compile(r"(?:([a-z0-9-]+)\.)?env\.yaml\.j2")
_KEYS = ({"name", "value"}, {"name", "valueFrom"})

Key = tuple[str, str]
"""(kind, name): which object of a unit, and what a patch's target says."""


class Appended(NamedTuple):
    """Variables that a template appends to a container: the object that holds it, and the pointer to it."""

    key: Key
    container: str
    items: list[dict[str, Any]]
    template: str


def is_variables(name: str) -> bool:
    """Whether a template is a list of variables, by its name."""
    return _NAME.fullmatch(name) is not None


def variable_templates(planned: Planned, paths: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the path of each list of variables of a unit, and the container that its name says: '' is the main one."""
    for path in paths:
        if match := _NAME.fullmatch(path.removeprefix(f"{planned.unit.folder}/overlay/")):
            yield path, match[1] or ""


def appended(
    task: Task, workloads: list[Workload], objects: Mapping[Key, Applied], *, whole: bool
) -> Result[list[Appended]]:
    """Return what the unit's lists of variables append, to each container of that name. `objects` are patched already.

    They are all that the unit has, if it is `whole`.
    """
    result: list[Appended] = []
    findings: list[Finding] = []
    for path, name in variable_templates(task.planned, task.paths):
        items, found = _items(task, path)
        containers = list(_containers(task, workloads, objects, name))
        findings += found
        if not containers and whole:  # else the object may be in a template that does not render
            message = f"the unit has no container {name}" if name else "the unit has no main container"
            hint = f"there are: {', '.join(_named(workloads, objects)) or 'none'}"
            findings.append(Finding.at(Where(path), "patch-target", message, hint=hint))
        result += [Appended(key, container, items, path) for key, container in containers]
    return Result(result, tuple(findings))


def append(container: str, items: list[dict[str, Any]], manifest: Manifest) -> list[Operation]:
    """Return operations that append variables to a container."""
    if _there(container, manifest) is None:
        return [{"op": "add", "path": f"{container}/env", "value": items}] if items else []
    return [{"op": "add", "path": f"{container}/env/-", "value": item} for item in items]


def _containers(
    task: Task, workloads: list[Workload], objects: Mapping[Key, Applied], name: str
) -> Iterator[tuple[Key, str]]:
    """Yield the containers of a name, or the main one, with the objects that hold them."""
    default = main(task.planned.name, workloads)
    for workload in workloads:
        key = (workload.kind, workload.name)
        if key not in objects or not (name or workload == default):
            continue
        manifest = objects[key].manifest
        container = container_of(workload, manifest, name) if name else workload.container
        if container and leads(container, manifest):
            yield key, container


def _named(workloads: list[Workload], objects: Mapping[Key, Applied]) -> list[str]:
    """Return the names of all containers that a list of variables could be for."""
    specs = [
        find(workload.pod, objects[workload.kind, workload.name].manifest)
        for workload in workloads
        if workload.pod and (workload.kind, workload.name) in objects
    ]
    return sorted(
        {item["name"] for spec in specs for of in ("initContainers", "containers") for item in spec.get(of, [])}
    )


def _items(task: Task, path: str) -> Result[list[dict[str, Any]]]:
    documents, findings = task.templates.documents(path, task.view)
    items = [item for document in documents if isinstance(document, list) for item in document]
    if all(isinstance(document, list) for document in documents) and all(
        isinstance(item, dict) and item.keys() in _KEYS and isinstance(item["name"], str) for item in items
    ):
        return Result(items, findings)
    hint = '- {name: X, value: "…"}, or valueFrom'
    return Result([], (*findings, Finding.at(Where(path), "patch", "is not a list of variables", hint=hint)))


def variables(planned: Planned, container: str, manifest: Manifest) -> list[Operation]:
    """Return operations that set variables: a known name is replaced, a new one added, a secret one at the front.

    Kubernetes fills `$(NAME)` in a value only from variables before it.
    """
    secret, plain = sorted(planned.common.secret_env), sorted(planned.common.env.items())
    items: list[dict[str, Any]] = [{"name": name, "valueFrom": _key(planned, name)} for name in secret]
    items += [{"name": name, "value": value} for name, value in plain]
    there = _there(container, manifest)
    if there is None:
        return [{"op": "add", "path": f"{container}/env", "value": items}] if items else []
    known = [item for item in items if item["name"] in there]
    new = [item for item in items if item["name"] not in there]
    return [
        *({"op": "replace", "path": f"{container}/env/[name={item['name']}]", "value": item} for item in known),
        *({"op": "add", "path": f"{container}/env/0", "value": item} for item in reversed(new) if "value" not in item),
        *({"op": "add", "path": f"{container}/env/-", "value": item} for item in new if "value" in item),
    ]


def unread(plan: Plan, planned: Planned, container: str, manifest: Manifest) -> Iterator[Finding]:
    """Yield secret variables that reach no container, or take the place of another Secret."""
    there = (_there(container, manifest) if container else None) or {}
    for name in planned.common.secret_env:
        path = variable_path(planned.unit, name)
        where = written(path, plan.marks, planned.unit)
        if not container:
            message, hint = "reaches no pod: the unit has no main workload", "set it for the unit whose pods read it"
            yield Finding.at(where, "secret-variable", message, path=dotted(path), hint=hint)
        elif secret := there.get(name):
            message = f"is read from Secret {secret} by the unit itself"
            hint = "leave it out; its value is in Secret Manager under the id that `secrets` of the unit says"
            yield Finding.at(where, "secret-variable", message, path=dotted(path), hint=hint)


def _key(planned: Planned, name: str) -> Mapping[str, Any]:
    secret = variables_secret(planned.name, planned.common.secret_env)
    return {"secretKeyRef": {"name": secret, "key": name}}


def _there(container: str, manifest: Manifest) -> dict[str, str] | None:
    """Return a container's variables, each with the Secret that it is read from or ''; None without a list."""
    try:
        items = find(f"{container}/env", manifest)
    except PointerMissed:
        return None
    return {item["name"]: _secret(item) for item in items if isinstance(item, dict) and "name" in item}


def _secret(item: Mapping[str, Any]) -> str:
    return str(item.get("valueFrom", {}).get("secretKeyRef", {}).get("name", ""))
