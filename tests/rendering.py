"""What a small project in memory renders to, and templates of pods and Services to fill its units with."""

from typing import Any

import pytest
import yaml
from command import ROOT
from project import plan, printed, sources

from generator.errors import InputInvalid
from generator.manifest import Manifest
from generator.render import render
from generator.tree import Tree

ARGOCD = {path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / "templates/argocd").rglob("*.j2")}


def tree(lab: str = "", **files: str) -> Tree:
    """Return the tree of environment `lab`."""
    texts = sources(lab, **ARGOCD, **files)
    return render(plan(texts), texts)


def rendered(lab: str = "", **files: str) -> dict[str, list[Any]]:
    """Return the documents of every file of environment `lab`, by path."""
    return {path: list(yaml.safe_load_all(text)) for path, text in tree(lab, **files).texts().items()}


def refused(lab: str = "", **files: str) -> str:
    """Return what is said, beside warnings, of a project that is refused."""
    with pytest.raises(InputInvalid) as caught:
        tree(lab, **files)
    return printed(InputInvalid([item for item in caught.value.findings if item.severity == "error"]))


def found(documents: dict[str, list[Any]], kind: str) -> dict[str, Manifest]:
    """Return the objects of a kind, by name; there are no two of one name."""
    everything = [item for path in documents for item in documents[path] if isinstance(item, dict)]
    objects = [item for item in everything if item.get("kind") == kind]
    result = {item["metadata"]["name"]: item for item in objects}
    assert len(result) == len(objects)
    return result


def pods(name: str, kind: str = "Deployment", *, unit: str = "", spec: str = "", pod: str = "") -> dict[str, str]:
    """Return the template of a workload of `unit` that listens on 8080, with more of its spec and of its pods'."""
    text = f"""\
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}, namespace: "{{{{ unit.namespace }}}}"}}
spec:
  {spec}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      {pod}
      containers: [{{name: {name}, image: web, ports: [{{name: http, containerPort: 8080}}]}}]
"""
    return {f"templates/components/{unit or name}/base/{name}.yaml.j2": text}


def service(name: str, port: int = 80, *, unit: str = "", selects: str = "") -> dict[str, str]:
    """Return the template of a Service of `unit` in front of port 8080 of the pods named `selects`."""
    text = f"""\
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: "{{{{ unit.namespace }}}}"}}
spec:
  selector: {{app: {selects or name}}}
  ports: [{{port: {port}, targetPort: http}}]
"""
    return {f"templates/components/{unit or name}/base/{name}-service.yaml.j2": text}
