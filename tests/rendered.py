"""What the sources render: an example environment with something laid over it, as files and as built objects."""

import datetime as dt
import re
from typing import Any

from command import ROOT

from generator import catalog, environment, pipeline
from generator.build import build, find_tool
from generator.check import check
from generator.finding import Severity
from generator.render import render
from generator.tree import Sources


class Rendered:
    """One environment: its plan, its files by path, its objects."""

    def __init__(self, example: str, more: str = "{}") -> None:
        project = pipeline.open_project(ROOT)
        text = project.sources.texts[f"environments/{example}.yaml"]
        written = re.sub(r"(?m)^extends: \[(.*)\]", r"extends: [\1, more]", text)
        assert ", more]" in written
        more_texts = {f"environments/{example}.yaml": written, "environments/profiles/more.yaml": more}
        sources = Sources({**project.sources.texts, **more_texts})
        loaded = environment.load(example, sources, catalog.schemas(project.catalog.units))
        self.plan = catalog.make_plan(loaded, project.catalog.units)
        tree = render(self.plan, sources)
        self.files = {file.path: file.text for file in tree.files}
        self.objects = build(tree, find_tool(), None)

    def all(self, kind: str, namespace: str = "codemie") -> dict[str, dict[str, Any]]:
        """Return the objects of a kind in a namespace, by name."""
        return {
            item.id.name: item.manifest
            for item in self.objects
            if (item.id.kind, item.id.namespace) == (kind, namespace)
        }

    def errors(self, *units: str) -> list[str]:
        """Return what the checks say against files of these units."""
        found = check(self.objects, self.plan, today=dt.datetime.now(dt.UTC).date()).findings
        return [
            f"{item.file}: {item.object} {item.path}: {item.message} [{item.rule}]"
            for item in found
            if item.severity is Severity.ERROR and any(f"/{unit}/" in (item.file or "") for unit in units)
        ]


def container(workload: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a container of a workload."""
    containers = workload["spec"]["template"]["spec"]["containers"]
    return next(dict(item) for item in containers if item["name"] == name)


def variables(of: dict[str, Any], secret: dict[str, str], pod: str) -> dict[str, str]:
    """Return the environment of a container, as the kubelet makes it from a Secret's values and the pod's name."""
    found = {}
    for item in of["env"]:
        source = item.get("valueFrom", {})
        if "secretKeyRef" in source:
            found[item["name"]] = secret[source["secretKeyRef"]["key"]]
        elif "fieldRef" in source:
            assert source["fieldRef"]["fieldPath"] == "metadata.name"
            found[item["name"]] = pod
        elif "value" in item:
            found[item["name"]] = item["value"]
    return found
