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

_NAMED, _KINDS = 6, 8


class Step(NamedTuple):
    """A step for a person: title, reason, and commands with comments."""

    title: str
    why: str
    commands: tuple[str, ...]


def text(environment: str, found: Retirement) -> str:
    """Return the steps, numbered, each with its commands."""
    objects = sum(len(one.objects) for one in found.applications)
    lines = [
        f"{environment}: {plural(len(found.applications), 'Application')}, {plural(objects, 'object')}; nothing has been changed yet"
    ]
    for number, step in enumerate(steps(environment, found), 1):
        lines += ["", f"{number}  {step.title}", f"   {step.why}"]
        lines += [f"     {command}" for command in step.commands]
    return "\n".join(findings.harmless(line) for line in lines) + "\n"


def as_json(environment: str, found: Retirement | None, gone: Iterable[str] = (), said: Iterable[Finding] = ()) -> str:
    """Return the same as JSON, with every object by its name; `removed` lists the files and folders removed here."""
    value = {
        "schema": 1,
        "environment": environment,
        "removed": list(gone),
        "steps": [step._asdict() for step in steps(environment, found)] if found else [],
        "applications": [
            {
                "name": one.name,
                "wave": one.wave,
                "objects": _names(one.objects),
                "asks": _names(one.asks),
                "stays": _names(one.stays),
            }
            for one in (found.applications if found else ())
        ],
        "byHand": _names(found.by_hand if found else ()),
        "volumes": _names(found.volumes if found else ()),
        "findings": findings.objects(said),
    }
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def removed(environment: str, gone: Iterable[str]) -> str:
    """Return what was removed, and what to do next."""
    return (
        f"{environment}: removed {' and '.join(gone)}; git has all of it\n"
        f"  next: git add --all, git commit, and let the removal be reviewed; once it is merged,\n"
        f"        codemie-manifests publish {environment} --retire (not needed if Argo CD reads this repository itself)\n"
    )


def steps(environment: str, found: Retirement) -> Iterator[Step]:
    """Yield the steps in the one order that is safe."""
    yield from _in_the_cluster(found)
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
    left = "No resource is kept by deletion-policy: abandon or Delete=false."
    if found.stays:
        number = plural(len(found.stays), "resource")
        left = f"{number} kept by deletion-policy: abandon or Delete=false: {_counted(found.stays)}."
    project = f"gcloud projects delete {project_of(found) or 'PROJECT'}    # only if nothing else is in the project"
    yield Step("Delete what is left in Google Cloud; until then you pay for it", left, (project,))


def _in_the_cluster(found: Retirement) -> Iterator[Step]:
    home = found.root.id.namespace if found.root else "argocd"
    volumes = f"The disks of {_counted(found.volumes)} are deleted with their claims. " if found.volumes else ""
    yield Step(
        "Back up what you may still need",
        f"{volumes}Resources in Google Cloud stay until step 7, but nobody watches them.",
        ("# export databases, snapshots and files: docs/retire-an-environment.md",),
    )
    root = found.root.id.name if found.root else "ROOT"
    yield Step(
        "Stop Argo CD from recreating what you delete",
        "The root has no cascade finalizer: its Applications and everything they created stay.",
        (f"kubectl delete application -n {home} {shlex.quote(root)}",),
    )
    yield Step(
        "Delete the Applications and everything they created, the last wave first",
        "Clients are deleted before the services they call, and Config Connector objects before the rights to delete "
        "them. Deletions that need a confirmation wait for it.",
        tuple(_deletions(found, home)),
    )
    own = f" {_counted(found.argo_cds)} in {home} stay: they are Argo CD's own, and other environments need them."
    yield Step(
        "Delete what a person applied, after the last Config Connector object is gone",
        f"Without its ConfigConnectorContext, a Config Connector object is never deleted.{own if found.argo_cds else ''}",
        tuple(_by_hand(found)),
    )


def _deletions(found: Retirement, home: str) -> Iterator[str]:
    for wave, group in groupby(found.applications, lambda one: one.wave):
        applications = list(group)
        names = [f"{home}/{one.name}" for one in applications]
        yield f"argocd app delete {shlex.join(names)} --yes    # wave {wave}"
        for one in applications:
            if not one.objects:
                yield f"argocd app confirm-deletion {shlex.quote(f'{home}/{one.name}')}    # a chart: only if the deletion waits"
            if one.asks:
                yield f"argocd app confirm-deletion {shlex.quote(f'{home}/{one.name}')}    # {_counted(one.asks)}"
        waited = shlex.join(f"application/{one.name}" for one in applications)
        yield f"kubectl wait -n {home} --for=delete --timeout=30m {waited}"


def _by_hand(found: Retirement) -> Iterator[str]:
    """Yield how what bootstrap/ holds is deleted; what is in a Namespace that goes, goes with it."""
    namespaces = [built.id.name for built in found.by_hand if built.id.kind == "Namespace"]
    yield from (f"kubectl get gcp -n {shlex.quote(name)}    # must find nothing" for name in namespaces)
    left = [built for built in found.by_hand if built.id.namespace not in namespaces and built.id.kind != "Namespace"]
    kinds = groupby(sorted(left, key=_kind), key=_kind)
    for (kind, namespace), group in kinds:
        names = shlex.join(built.id.name for built in group)
        yield f"kubectl delete {kind}{f' -n {shlex.quote(namespace)}' if namespace else ''} {names}"
    yield from (f"kubectl delete namespace {shlex.quote(name)}" for name in namespaces)


def _kind(built: Object) -> tuple[str, str]:
    return built.id.kind.lower(), built.id.namespace


def _counted(objects: Iterable[Object]) -> str:
    """Return `Namespace codemie, edge`; of many kinds, how many of each."""
    objects = list(objects)
    kinds = Counter(built.id.kind for built in objects)
    if len(objects) > _NAMED:
        return joined(
            (f"{count} {kind}" for kind, count in sorted(kinds.items(), key=lambda row: (-row[1], row[0]))), _KINDS
        )
    return "; ".join(f"{kind} {', '.join(one.id.name for one in objects if one.id.kind == kind)}" for kind in kinds)


def _names(objects: Iterable[Object]) -> list[str]:
    return [str(built.id) for built in objects]
