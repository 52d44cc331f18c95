"""The steps that retire an environment, with the commands of each step. Pure."""

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from generator.finding import Finding
from generator.manifest import Object
from generator.review import Retirement, project_of
from generator.views import findings
from generator.views.review.wording import joined, plural

_MAX_NAMED, _MAX_KINDS = 6, 8


class Step(NamedTuple):
    """A step for a person: title, reason, and commands with comments."""

    title: str
    why: str
    commands: tuple[str, ...]


def text(environment: str, retirement: Retirement) -> str:
    """Return the steps, numbered, each with its commands."""
    objects = sum(len(application.objects) for application in retirement.applications)
    lines = [
        (
            f"{environment}: {plural(len(retirement.applications), 'Application')}, {plural(objects, 'object')}; "
            f"nothing has been changed yet"
        )
    ]
    for number, step in enumerate(steps(environment, retirement), 1):
        lines += ["", f"{number}  {step.title}", f"   {step.why}"]
        lines += [f"     {command}" for command in step.commands]
    return "\n".join(findings.harmless(line) for line in lines) + "\n"


def as_json(
    environment: str, retirement: Retirement | None, removed: Iterable[str] = (), found: Iterable[Finding] = ()
) -> str:
    """Return the same as JSON, with every object by its name; `removed` lists the files and folders removed here."""
    value = {
        "schema": 1,
        "environment": environment,
        "removed": list(removed),
        "steps": [step._asdict() for step in steps(environment, retirement)] if retirement else [],
        "applications": [
            {
                "name": application.name,
                "wave": application.wave,
                "objects": _names(application.objects),
                "asks": _names(application.needs_confirmation),
                "stays": _names(application.kept),
            }
            for application in (retirement.applications if retirement else ())
        ],
        "byHand": _names(retirement.applied_by_hand if retirement else ()),
        "volumes": _names(retirement.volumes if retirement else ()),
        "findings": findings.objects(found),
    }
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def removed(environment: str, paths: Iterable[str]) -> str:
    """Return what was removed, and what to do next."""
    return (
        f"{environment}: removed {' and '.join(paths)}; git has all of it\n"
        f"  next: git add --all, git commit, and let the removal be reviewed; once it is merged,\n"
        f"        codemie-manifests publish {environment} --retire "
        f"(not needed if Argo CD reads this repository itself)\n"
    )


def steps(environment: str, retirement: Retirement) -> Iterator[Step]:
    """Yield the steps in the one order that is safe."""
    yield from _in_the_cluster(retirement)
    yield Step(
        "Remove the environment from the sources",
        "The pull request shows what is removed; git keeps all of it.",
        (
            f"codemie-manifests env retire {environment} --confirm {environment}",
            "git add --all && git commit",
            f"codemie-manifests diff --all    # the review: {environment} is removed",
        ),
    )
    yield Step(
        "After the merge, remove the folder from the branch that Argo CD reads",
        "If Argo CD reads this repository itself, the merge has done it.",
        (f"codemie-manifests publish {environment} --retire --accept data-loss",),
    )
    kept = "No resource is kept by deletion-policy: abandon or Delete=false."
    if retirement.kept:
        number = plural(len(retirement.kept), "resource")
        kept = f"{number} kept by deletion-policy: abandon or Delete=false: {_counted(retirement.kept)}."
    project = (
        f"gcloud projects delete {project_of(retirement) or 'PROJECT'}    # only if nothing else is in the project"
    )
    yield Step("Delete what is left in Google Cloud; until then you pay for it", kept, (project,))


def _in_the_cluster(retirement: Retirement) -> Iterator[Step]:
    argo_cd_namespace = retirement.root.id.namespace if retirement.root else "argocd"
    volumes = (
        f"The disks of {_counted(retirement.volumes)} are deleted with their claims. " if retirement.volumes else ""
    )
    yield Step(
        "Back up what you may still need",
        f"{volumes}Resources in Google Cloud stay until step 7, but nobody watches them.",
        ("# export databases, snapshots and files: docs/retire-an-environment.md",),
    )
    root = retirement.root.id.name if retirement.root else "ROOT"
    yield Step(
        "Stop Argo CD from recreating what you delete",
        "The root has no cascade finalizer: its Applications and everything they created stay.",
        (f"kubectl delete application -n {argo_cd_namespace} {shlex.quote(root)}",),
    )
    yield Step(
        "Delete the Applications and everything they created, the last wave first",
        "Clients are deleted before the services they call, and Config Connector objects before the rights to delete "
        "them. Deletions that need a confirmation wait for it.",
        tuple(_deletions(retirement, argo_cd_namespace)),
    )
    own = (
        f" {_counted(retirement.argo_cd_objects)} in {argo_cd_namespace} stay: "
        f"they are Argo CD's own, and other environments need them."
    )
    yield Step(
        "Delete what a person applied, after the last Config Connector object is gone",
        f"Without its ConfigConnectorContext, a Config Connector object is never deleted."
        f"{own if retirement.argo_cd_objects else ''}",
        tuple(_by_hand(retirement)),
    )


def _deletions(retirement: Retirement, argo_cd_namespace: str) -> Iterator[str]:
    for wave, group in groupby(retirement.applications, lambda application: application.wave):
        applications = list(group)
        names = [f"{argo_cd_namespace}/{application.name}" for application in applications]
        yield f"argocd app delete {shlex.join(names)} --yes    # wave {wave}"
        for application in applications:
            confirm = f"argocd app confirm-deletion {shlex.quote(f'{argo_cd_namespace}/{application.name}')}"
            if not application.objects:
                yield f"{confirm}    # a chart: only if the deletion waits"
            if application.needs_confirmation:
                yield f"{confirm}    # {_counted(application.needs_confirmation)}"
        waited = shlex.join(f"application/{application.name}" for application in applications)
        yield f"kubectl wait -n {argo_cd_namespace} --for=delete --timeout=30m {waited}"


def _by_hand(retirement: Retirement) -> Iterator[str]:
    """Yield how what bootstrap/ holds is deleted; what is in a Namespace that goes, goes with it."""
    namespaces = [object_.id.name for object_ in retirement.applied_by_hand if object_.id.kind == "Namespace"]
    yield from (f"kubectl get gcp -n {shlex.quote(name)}    # must find nothing" for name in namespaces)
    others = [
        object_
        for object_ in retirement.applied_by_hand
        if object_.id.namespace not in namespaces and object_.id.kind != "Namespace"
    ]
    kinds = groupby(sorted(others, key=_kind), key=_kind)
    for (kind, namespace), group in kinds:
        names = shlex.join(object_.id.name for object_ in group)
        yield f"kubectl delete {kind}{f' -n {shlex.quote(namespace)}' if namespace else ''} {names}"
    yield from (f"kubectl delete namespace {shlex.quote(name)}" for name in namespaces)


def _kind(object_: Object) -> tuple[str, str]:
    return object_.id.kind.lower(), object_.id.namespace


def _counted(objects: Iterable[Object]) -> str:
    """Return `Namespace codemie, edge`; of many kinds, how many of each."""
    objects = list(objects)
    kinds = Counter(object_.id.kind for object_ in objects)
    if len(objects) > _MAX_NAMED:
        return joined(
            (f"{count} {kind}" for kind, count in sorted(kinds.items(), key=lambda row: (-row[1], row[0]))), _MAX_KINDS
        )
    return "; ".join(
        f"{kind} {', '.join(object_.id.name for object_ in objects if object_.id.kind == kind)}" for kind in kinds
    )


def _names(objects: Iterable[Object]) -> list[str]:
    return [str(object_.id) for object_ in objects]
