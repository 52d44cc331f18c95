"""What the project's own environments build, as committed or with something laid over them: once per run and question.

What is here is shared by all tests of a run: who changes an object copies it first (conftest.py looks).
"""

import datetime as dt
import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from command import ROOT

from generator import build as kustomize
from generator import capacity, check, pipeline
from generator.catalog import Plan
from generator.finding import Severity
from generator.manifest import Manifest, Object
from generator.tree import Tree
from lint.variants import Variant, laid

DOMAINS = {"dev": "ai-dev.example.com", "prod": "ai.example.com", "staging": "ai-staging.example.com"}


@dataclass(frozen=True, eq=False)
class Built:
    """One environment: its plan and its tree, and, once somebody asks, its objects and what the checks say of them."""

    plan: Plan
    tree: Tree

    @functools.cached_property
    def files(self) -> Mapping[str, str]:
        """Return the texts by path."""
        return self.tree.texts()

    @functools.cached_property
    def objects(self) -> tuple[Object, ...]:
        """Return what kustomize builds."""
        objects = kustomize.build(self.tree, kustomize.find_tool(), None)
        _BUILT.append((self, _digest(objects)))
        return objects

    @functools.cached_property
    def verdict(self) -> check.Verdict:
        """Return what the checks say today."""
        check.load(self.plan.environment.kubernetes.version)
        return check.check(self.objects, self.plan, today=dt.datetime.now(dt.UTC).date(), further=capacity.RULES)

    def of(self, *kinds: str) -> list[Manifest]:
        """Return the objects of these kinds, in order of identity; without kinds all objects."""
        return [item.manifest for item in self.objects if not kinds or item.id.kind in kinds]

    def all(self, kind: str, namespace: str = "codemie") -> dict[str, Manifest]:
        """Return the objects of a kind in a namespace, by name."""
        return {
            item.id.name: item.manifest
            for item in self.objects
            if (item.id.kind, item.id.namespace) == (kind, namespace)
        }

    def one(self, kind: str, name: str) -> Manifest:
        """Return the object of that kind and name, which there is once."""
        (found,) = [item.manifest for item in self.objects if (item.id.kind, item.id.name) == (kind, name)]
        return found

    def file(self, config: str, entry: str) -> str:
        """Return the text of an entry of the ConfigMap `config`, whose name ends in a hash."""
        named = [item for item in self.of("ConfigMap") if re.fullmatch(r"-[a-z0-9]{10}", _after(config, item))]
        (found,) = [item for item in named if entry in item["data"]]
        return str(found["data"][entry])

    def mounted(self, workload: Manifest) -> dict[str, str]:
        """Return the files that a pod has from the one ConfigMap that it mounts."""
        (name,) = [item["configMap"]["name"] for item in pod(workload)["volumes"] if "configMap" in item]
        return dict(self.all("ConfigMap", workload["metadata"]["namespace"])[name]["data"])

    def errors(self, *units: str) -> list[str]:
        """Return what the checks refuse in files of these units."""
        found = [item for item in self.verdict.findings if item.severity is Severity.ERROR]
        return [
            f"{item.file}: {item.object} {item.path}: {item.message} [{item.rule}]"
            for item in found
            if any(f"/{unit}/" in (item.file or "") for unit in units)
        ]


@functools.cache
def project() -> pipeline.Project:
    """Return the project of this folder."""
    return pipeline.open_project(ROOT)


def build(example: str, more: str = "", profiles: str = "") -> Built:
    """Return environment `example`, with `profiles` in place of its own and `more`, which is YAML, over all of it."""
    return _build(example, more, profiles)


@functools.cache
def _build(example: str, more: str, profiles: str) -> Built:
    sources = laid(project().sources, Variant(example, profiles, more))
    return Built(*pipeline.render(project()._replace(sources=sources), example))


_BUILT: list[tuple[Built, bytes]] = []


def changed() -> list[str]:
    """Return the environments whose shared objects somebody has changed since they were built."""
    return [built.tree.environment for built, digest in _BUILT if _digest(built.objects) != digest]


def _digest(objects: tuple[Object, ...]) -> bytes:
    return hashlib.sha256(msgspec.json.encode(objects)).digest()


def pod(workload: Manifest) -> dict[str, Any]:
    """Return the pod of a workload."""
    spec = workload["spec"]
    found: dict[str, Any] = (spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec)["template"]["spec"]
    return found


def container(workload: Manifest, name: str = "") -> dict[str, Any]:
    """Return a container of a workload: `name`, or the one that is named like it, or the only one."""
    containers = pod(workload)["containers"]
    named = [item for item in containers if item["name"] == (name or workload["metadata"]["name"])]
    (found,) = named if named or name else containers
    result: dict[str, Any] = found
    return result


def environment(of: Mapping[str, Any], secrets: Mapping[tuple[str, str], str], pod_name: str = "") -> dict[str, str]:
    """Return the environment of a container as the kubelet makes it, from Secrets by (name, key) and the pod's name.

    What else a variable may come from, such as the pod's address or its limits, is nothing that a process here has.
    """
    found: dict[str, str] = {}
    for item in of.get("env", []):
        source = item.get("valueFrom", {})
        if "secretKeyRef" in source:
            reference = source["secretKeyRef"]
            found[item["name"]] = secrets[reference["name"], reference["key"]]
        elif pod_name and source.get("fieldRef", {}).get("fieldPath") == "metadata.name":
            found[item["name"]] = pod_name
        elif "value" in item:
            found[item["name"]] = _expanded(item["value"], found)
    return found


def _expanded(text: str, env: Mapping[str, str]) -> str:
    """Return `text` with `$(NAME)` replaced where there is such a variable; `$$` stands for one dollar."""
    return re.sub(r"\$(?:\$|\((\w+)\))", lambda found: env.get(found[1], found[0]) if found[1] else "$", text)


def _after(prefix: str, manifest: Manifest) -> str:
    name: str = manifest["metadata"]["name"]
    return name[len(prefix) :] if name.startswith(prefix) else ""
