"""What a check looks at: all built objects of an environment, and the plan that says what was wanted."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.catalog import Plan
from generator.manifest import Object, ObjectId

_POD_TEMPLATES = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}


class Pods(NamedTuple):
    """A pod template: whose it is, where it stands (a JSON pointer), its labels and its spec."""

    owner: Object
    pointer: str
    labels: dict[str, str]
    spec: dict[str, Any]

    def containers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every container with its JSON pointer, init containers first."""
        for key in ("initContainers", "containers"):
            for index, container in enumerate(self.spec.get(key) or []):
                yield f"{self.pointer}/spec/{key}/{index}", container


class Built(NamedTuple):
    """All built objects, sorted by identity, and the plan they came from."""

    plan: Plan
    objects: tuple[Object, ...]

    def of_kind(self, *kinds: str) -> Iterator[Object]:
        """Yield the objects of these kinds."""
        return (built for built in self.objects if built.id.kind in kinds)

    def ids(self) -> frozenset[ObjectId]:
        """Return the identities of all objects."""
        return frozenset(built.id for built in self.objects)

    def pods(self) -> Iterator[Pods]:
        """Yield every pod template of built-in kinds."""
        for owner in self.objects:
            steps = _POD_TEMPLATES.get(owner.id.kind)
            if steps is None or owner.id.group not in ("apps", "batch"):
                continue
            template: Any = owner.manifest
            for step in steps:
                template = template[step]
            labels = template.get("metadata", {}).get("labels", {})
            yield Pods(owner, "/" + "/".join(steps), labels, template["spec"])
