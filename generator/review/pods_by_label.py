"""Pods by their labels, so that a selector finds its own without asking all. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from generator.cluster import selects
from generator.field import mapping, numbered
from generator.kinds import Steps
from generator.manifest import Object

Space = tuple[str, str]
"""Cluster and namespace."""


class Pods(NamedTuple):
    """The pods of one template: whose they are, where it stands, and it."""

    owner: Object
    steps: Steps
    template: dict[str, Any]

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the pods."""
        return mapping(self.template, "metadata", "labels")

    @property
    def space(self) -> Space:
        """The cluster and the namespace that they are in."""
        return (self.owner.id.cluster, self.owner.id.namespace)

    def containers(self) -> Iterator[tuple[Steps, dict[str, Any]]]:
        """Yield the containers, each with its place."""
        for key in ("initContainers", "containers"):
            for index, container in numbered(self.template, "spec", key):
                yield (*self.steps, "spec", key, index), container

    def ports(self) -> Iterator[tuple[Steps, dict[str, Any]]]:
        """Yield the ports that the containers declare, each with its place."""
        for steps, container in self.containers():
            for index, port in numbered(container, "ports"):
                yield (*steps, "ports", index), port


class PodsByLabel:
    """Pods, found by a selector in the order in which they came."""

    def __init__(self, pods: Iterable[Pods]) -> None:
        self._by_space: dict[Space, list[Pods]] = {}
        self._by_label: dict[tuple[Space, str, str], list[Pods]] = {}
        for one in pods:
            self._by_space.setdefault(one.space, []).append(one)
            for key, value in one.labels.items():
                if isinstance(value, str):
                    self._by_label.setdefault((one.space, key, value), []).append(one)

    def selected(self, space: Space, selector: Any) -> list[Pods]:
        """Return the pods of a namespace that a selector meets; what is no selector meets none."""
        if not isinstance(selector, dict):
            return []
        labels = mapping(selector, "matchLabels")
        few = [self._by_label.get((space, key, value), []) for key, value in labels.items() if isinstance(value, str)]
        candidates = min(few, key=len) if few else self._by_space.get(space, [])
        return [pods for pods in candidates if selects(selector, pods.labels)]
