"""Which folders of a tree are applied, and to which cluster: Argo CD does what the tree's Applications say."""

import functools
from collections.abc import Iterator
from typing import NamedTuple

from generator.build.reading import Reading
from generator.errors import CheckFailed
from generator.field import at, text
from generator.manifest import HUB, WORKLOAD
from generator.schema import Contract, Schema, contract
from generator.tree import Tree
from generator.yamlio.written import Written

_APPS, _BOOTSTRAP = "argocd/apps", "bootstrap"
_IN_CLUSTER = "https://kubernetes.default.svc"
_TEXT: Schema = {"type": "string", "minLength": 1}


class Folder(NamedTuple):
    """A folder that Argo CD, or a person, applies to a cluster."""

    path: str
    cluster: str


def folders(tree: Tree) -> tuple[Folder, ...]:
    """Return every folder that is applied: argocd/apps, bootstrap, and the source of each Application.

    Raises CheckFailed where an Application does not say it.
    """
    reading = Reading(tree)
    found = applied(reading)
    if reading.findings:
        raise CheckFailed(reading.findings)
    return tuple(folder for folder, _ in found)


def applied(reading: Reading) -> list[tuple[Folder, Written | None]]:
    """Return the folders that are applied, each with the Application that names it, as far as Applications say it."""
    found, named = {Folder(_APPS, HUB), Folder(_BOOTSTRAP, HUB)}, dict[str, Written]()
    for path in reading.texts:
        if path.startswith(f"{_APPS}/") and path.endswith(".yaml") and not path.endswith("/kustomization.yaml"):
            for folder, application in _sources(reading, path):
                found.add(folder)
                named.setdefault(folder.path, application)
    if all(folder.cluster == HUB for folder in found):  # in-cluster topology: there is one cluster only
        found = {Folder(folder.path, WORKLOAD) for folder in found}
    return [(folder, named.get(folder.path)) for folder in sorted(found)]


def _sources(reading: Reading, file: str) -> Iterator[tuple[Folder, Written]]:
    """Yield the folders that the Applications of a file read; that of a chart reads none."""
    for document in reading.objects(file):
        application = document.value
        if application["kind"] != "Application" or not reading.fits(document, _contract()):
            continue
        folder = at(application, "spec", "source", "path")
        if folder is None:
            continue
        steps = folder.split("/")
        if ".." in steps or ":" in folder:
            reading.report(document, ("spec", "source", "path"), "is not in the tree", rule="kustomize")
            continue
        in_hub = text(application, "spec", "destination", "server") == _IN_CLUSTER
        yield Folder(_inside(steps, reading.texts), HUB if in_hub else WORKLOAD), document


def _inside(steps: list[str], texts: dict[str, str]) -> str:
    """Return the folder of the tree that a path of the repository means: where it is published is not known here."""
    suffixes = ("/".join(steps[start:]) for start in range(len(steps)))
    return next((suffix for suffix in suffixes if f"{suffix}/kustomization.yaml" in texts), "/".join(steps))


@functools.cache
def _contract() -> Contract:
    source = {
        "type": "object",
        "anyOf": [{"required": ["path"]}, {"required": ["chart"]}],
        "properties": {"path": _TEXT},
    }
    destination = {"type": "object", "properties": {"server": {"type": ["string", "null"]}}}
    spec = {
        "type": "object",
        "required": ["source", "destination"],
        "properties": {"source": source, "destination": destination},
    }
    return contract({"type": "object", "required": ["spec"], "properties": {"spec": spec}})
