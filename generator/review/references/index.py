"""The objects of one side by what others know them by: names, resources, keys, labels. Pure."""

import functools
import re
from collections.abc import Iterable
from typing import Any

from generator.cluster import selects
from generator.field import mapping, numbered, text
from generator.kinds import Kinds, Made, made_of
from generator.manifest import Object, ObjectId
from generator.review.pods_by_label import Pods, PodsByLabel, Space
from generator.review.side import Side

_NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The label that every namespace has: its name."""
POD_ACCOUNT = re.compile(r"\.svc\.id\.goog\[([a-z0-9-]+)/([a-z0-9.-]+)\]")
"""How a grant names the pods of a ServiceAccount: its namespace and its name."""
Name = tuple[str, str, str, str]
"""Cluster, kind, namespace, name."""


def name_of(id_: ObjectId) -> Name:
    """Return what others know an object by: they seldom say its group."""
    return (id_.cluster, id_.kind, id_.namespace, id_.name)


def label_names(selector: Any) -> tuple[str, ...]:
    """Return by which labels a selector looks."""
    expressions = (text(item, "key") for _, item in numbered(selector, "matchExpressions"))
    return (*mapping(selector, "matchLabels"), *expressions)


class Index:
    """Lookups in the objects of a side, and in those that are still in the cluster though no longer in Git."""

    def __init__(self, side: Side, still_there: Iterable[Object] = ()) -> None:
        self.kinds: Kinds = side.kinds
        self.side = side
        self.objects = {**{object_.id: object_ for object_ in still_there}, **side.objects}

    def named(self, name: Name) -> list[Object]:
        """Return the objects of a name, of whatever group; also those that are in no namespace."""
        cluster, kind, namespace, own = name
        found = self._by_name.get(name, [])
        return found or (self._by_name.get((cluster, kind, "", own), []) if namespace else [])

    def made(self, name: Name) -> list[tuple[Object, Made]]:
        """Return what makes an object of this name."""
        return self._made.get(name, [])

    def has_such(self, cluster: str, kind: str, namespace: str) -> bool:
        """Whether there is an object of a kind in a namespace."""
        return (cluster, kind, namespace) in self._spaces

    def is_workload(self, object_: Object) -> bool:
        """Whether an object runs pods; what an operator makes beside them is for these only."""
        return self.kinds.of(object_.id.group, object_.id.kind).pods is not None

    def resources(self, kind: str, name: str) -> list[Object]:
        """Return the objects that stand for a resource of Google Cloud, by its name there."""
        return self._by_resource.get((kind, name), [])

    def selected(self, space: Space, selector: Any) -> list[Pods]:
        """Return the pods of a namespace that a selector meets; what is no selector meets none."""
        return self._by_label.selected(space, selector)

    def spaces(self, cluster: str, selector: dict[str, Any]) -> list[Space]:
        """Return the namespaces that a selector meets."""
        name = mapping(selector, "matchLabels").get(_NAMESPACE_NAME)
        names = [name] if isinstance(name, str) else self._namespaces.get(cluster, ())
        return [(cluster, one) for one in names if selects(selector, self.labels_of_space((cluster, one)))]

    def labels_of_space(self, space: Space) -> dict[str, str]:
        """Return the labels of a namespace, with that of its name."""
        labels = next((item.manifest for item in self._by_name.get((space[0], "Namespace", "", space[1]), ())), {})
        return {**mapping(labels, "metadata", "labels"), _NAMESPACE_NAME: space[1]}

    @functools.cached_property
    def pods(self) -> list[Pods]:
        """All pods, sorted by their owners."""
        return self.side.pods_of(self.objects.values())

    @functools.cached_property
    def pods_of(self) -> dict[ObjectId, list[Pods]]:
        """The pods of each workload."""
        found: dict[ObjectId, list[Pods]] = {}
        for pods in self.pods:
            found.setdefault(pods.owner.id, []).append(pods)
        return found

    @functools.cached_property
    def applications(self) -> dict[str, Object]:
        """The Application of each unit."""
        found = (item for item in self.objects.values() if item.id.kind == "Application")
        return {item.unit: item for item in found if item.unit}

    @functools.cached_property
    def objects_of_unit(self) -> dict[str, list[Object]]:
        """The objects of each unit, without its Application."""
        found: dict[str, list[Object]] = {}
        for object_ in sorted(self.objects.values()):
            if object_.unit and not object_.place.startswith("argocd/"):
                found.setdefault(object_.unit, []).append(object_)
        return found

    def folders(self, unit: str, layers: tuple[str, ...] = ()) -> list[str]:
        """Return the folders of a unit: `components/api`, or where it has layers, `components/api/base`."""
        found = set()
        for object_ in self.objects_of_unit.get(unit, ()):
            steps = object_.place.split("/")
            deep = 3 if layers and steps[2:] and steps[2] in layers else 2
            found.add("/".join(steps[:deep]))
        return sorted(found)

    @functools.cached_property
    def pod_accounts(self) -> dict[tuple[str, str], list[Object]]:
        """The grants to the pods of each ServiceAccount, by namespace and name."""
        found: dict[tuple[str, str], list[Object]] = {}
        for object_ in sorted(self.objects.values()):
            if named := POD_ACCOUNT.search(text(object_.manifest, "spec", "member")):
                found.setdefault((named[1], named[2]), []).append(object_)
        return found

    @functools.cached_property
    def root(self) -> Object | None:
        """The Application that makes the others."""
        roots = (item for item in self.objects.values() if item.id.kind == "Application" and not item.unit)
        return min(roots, default=None)

    @functools.cached_property
    def grants(self) -> dict[Space, list[Object]]:
        """The ReferenceGrants of each namespace."""
        found: dict[Space, list[Object]] = {}
        for object_ in sorted(self.objects.values()):
            if object_.id.kind == "ReferenceGrant":
                found.setdefault((object_.id.cluster, object_.id.namespace), []).append(object_)
        return found

    @functools.cached_property
    def policies(self) -> dict[ObjectId, dict[ObjectId, Object]]:
        """The NetworkPolicies that hold for the pods of each workload."""
        found: dict[ObjectId, dict[ObjectId, Object]] = {}
        for object_ in sorted(self.objects.values()):
            if object_.id.kind == "NetworkPolicy":
                space = (object_.id.cluster, object_.id.namespace)
                for pods in self.selected(space, mapping(object_.manifest, "spec", "podSelector")):
                    found.setdefault(pods.owner.id, {})[object_.id] = object_
        return found

    @functools.cached_property
    def records(self) -> dict[str, list[Object]]:
        """The DNS records of each name, in whatever zone."""
        found: dict[str, list[Object]] = {}
        for object_ in sorted(self.objects.values()):
            if object_.id.kind == "DNSRecordSet":
                found.setdefault(text(object_.manifest, "spec", "name").lower(), []).append(object_)
        return found

    @functools.cached_property
    def _by_name(self) -> dict[Name, list[Object]]:
        found: dict[Name, list[Object]] = {}
        for object_ in self.objects.values():
            found.setdefault(name_of(object_.id), []).append(object_)
        return found

    @functools.cached_property
    def _spaces(self) -> set[tuple[str, str, str]]:
        made = {name[:3] for name, found in self._made.items() if any(not self.is_workload(item) for item, _ in found)}
        return {name[:3] for name in self._by_name} | made

    @functools.cached_property
    def _made(self) -> dict[Name, list[tuple[Object, Made]]]:
        found: dict[Name, list[tuple[Object, Made]]] = {}
        for object_ in sorted(self.objects.values()):
            for made in made_of(object_, self.kinds):
                name = (object_.id.cluster, made.kind, object_.id.namespace, made.name)
                found.setdefault(name, []).append((object_, made))
        return found

    @functools.cached_property
    def _by_resource(self) -> dict[tuple[str, str], list[Object]]:
        found: dict[tuple[str, str], list[Object]] = {}
        for object_ in sorted(self.objects.values()):
            if self.kinds.google(object_.id.group, object_.id.kind):
                name = text(object_.manifest, "spec", "resourceID") or object_.id.name
                found.setdefault((object_.id.kind, name), []).append(object_)
        return found

    @functools.cached_property
    def _by_label(self) -> PodsByLabel:
        return PodsByLabel(self.pods)

    @functools.cached_property
    def _namespaces(self) -> dict[str, list[str]]:
        found: dict[str, set[str]] = {}
        for object_ in self.objects.values():
            name = object_.id.name if object_.id.kind == "Namespace" else object_.id.namespace
            if name:
                found.setdefault(object_.id.cluster, set()).add(name)
        return {cluster: sorted(names) for cluster, names in found.items()}
