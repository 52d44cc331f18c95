"""kustomization.yaml is always ours: JSON 6902 patches only, never a prefix or `namespace:`.

A strategic merge patch costs as much time as five builds.
"""

from collections.abc import Mapping
from typing import Any

from generator import yamlio
from generator.tree import HEADER, File

PART_OF = {"app.kubernetes.io/part-of": "codemie"}


def document(source: str, *documents: Any) -> str:
    """Return the text of a generated file: where it comes from, then its YAML documents."""
    origin = f" from {source}" if source else ""
    return f"{HEADER}{origin}: do not edit.\n" + "---\n".join(yamlio.dump(item) for item in documents)


def kustomization(folder: str, resources: list[str], more: Mapping[str, Any] | None = None) -> File:
    """Return `folder`'s kustomization.yaml. `more` holds further fields; empty ones are left out."""
    content: dict[str, Any] = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(resources),
    }
    content |= {key: value for key, value in (more or {}).items() if value}
    return File(f"{folder}/kustomization.yaml", document("", content))


def labels(environment_labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the `labels` entry: on object metadata only, since pod templates and claims hold immutable copies."""
    return [{"pairs": {**PART_OF, **environment_labels}}]
