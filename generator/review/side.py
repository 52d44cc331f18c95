"""One side of a review: its objects, and what Argo CD would do with them. Pure."""

import functools
from collections import Counter
from collections.abc import Iterable
from enum import Enum
from typing import Any

import msgspec

from generator.annotation import (
    ABANDON,
    DELETION_POLICY,
    KEEP,
    RESOURCE_POLICY,
    annotation,
    cascades,
    sync_options,
    words,
)
from generator.field import at, listed, mapping, text
from generator.kinds import Kinds, PodFacts, Steps, every, mentions, parts
from generator.manifest import HUB, Manifest, Object, ObjectId
from generator.review.pods_by_label import Pods, PodsByLabel, Space

_MOST = PodFacts(template="spec.template", replicas="spec.replicas")


class Fate(Enum):
    """What becomes of an object that is no longer in Git, and why."""

    PRUNED = "Argo CD deletes it with the next sync"
    ASKED = "Argo CD deletes it once somebody confirms, and syncs nothing else of the Application until then"
    CASCADED = "its Application goes too and has a cascade finalizer: Argo CD deletes it"
    CASCADED_ASKED = "its Application goes too and has a cascade finalizer: Argo CD deletes it once somebody confirms"
    NOT_DELETED = "its Application goes too, and Delete=false keeps it: the object stays, and nobody manages it"
    FOLDER_REMOVED = (
        "its folder is removed: Argo CD reports a missing path and deletes nothing; the object stays, unmanaged"
    )
    NOT_CASCADED = "its Application goes too and has no cascade finalizer: the object stays, and nobody manages it"
    NOT_PRUNED = (
        "Prune=false, or an Application that does not prune: the object stays, and the Application is OutOfSync"
    )
    WITH_NAMESPACE = "its namespace is deleted, and everything in it"
    WITH_NAMESPACE_ASKED = "its namespace is deleted once somebody confirms, and everything in it"
    UNREAD = "its Application cannot be read on the old side: Argo CD may delete it"
    APPLIED_BY_HAND = "a person applied it, and a person must delete it"

    @property
    def deletes(self) -> bool:
        """Whether the object is deleted in the end."""
        return self in (*_AT_ONCE, *_ONCE_ASKED)

    @property
    def with_namespace(self) -> bool:
        """Whether the object is deleted because its namespace is."""
        return self in (Fate.WITH_NAMESPACE, Fate.WITH_NAMESPACE_ASKED)


_AT_ONCE = (Fate.PRUNED, Fate.CASCADED, Fate.WITH_NAMESPACE, Fate.UNREAD)
_ONCE_ASKED = (Fate.ASKED, Fate.CASCADED_ASKED, Fate.WITH_NAMESPACE_ASKED)


class Side:
    """The objects of one side, and lookups in them."""

    def __init__(self, objects: Iterable[Object], kinds: Kinds, *, has_unread_applications: bool = False) -> None:
        """Keep the objects, without their nulls. Of two with one identity the later wins; that is refused elsewhere."""
        self._has_unread_applications = has_unread_applications
        self.kinds = kinds
        self.objects = {object_.id: _without_nulls(object_) for object_ in objects}

    @functools.cached_property
    def applications(self) -> dict[str, Manifest]:
        """Return the Application of each unit."""
        result = (object_ for object_ in self.objects.values() if object_.id.kind == "Application")
        return {object_.unit: object_.manifest for object_ in result if object_.unit}

    @functools.cached_property
    def _by_kind(self) -> dict[str, list[Object]]:
        result: dict[str, list[Object]] = {}
        for object_ in sorted(self.objects.values()):
            result.setdefault(object_.id.kind, []).append(object_)
        return result

    def of_kind(self, kind: str) -> list[Object]:
        """Return the objects of a kind, sorted."""
        return self._by_kind.get(kind, [])

    @functools.cached_property
    def _pods(self) -> PodsByLabel:
        return PodsByLabel(self.pods_of(self.objects.values()))

    def pods_of(self, objects: Iterable[Object]) -> list[Pods]:
        """Return the pods of objects, sorted by their owners."""
        return [
            Pods(object_, steps, template)
            for object_ in sorted(objects)
            for steps, template in self.placed_pod_templates(object_)
        ]

    def selected(self, space: Space, selector: Any) -> list[Pods]:
        """Return the pods of a namespace that a selector meets; what is no selector meets none."""
        return self._pods.selected(space, selector)

    @functools.cached_property
    def namesakes(self) -> set[tuple[str, str]]:
        """Return kind and name of all objects that are not the only ones of these."""
        counts = Counter((id_.kind, id_.name) for id_ in self.objects)
        return {namesake for namesake, count in counts.items() if count > 1}

    def guarded(self, guard: Object) -> list[Object]:
        """Return the workloads whose pods an object of this or the other side guards, sorted."""
        selector = mapping(guard.manifest, *parts(self.kinds.of(guard.id.group, guard.id.kind).guards))
        found = self.selected((guard.id.cluster, guard.id.namespace), selector)
        return list({pods.owner.id: pods.owner for pods in found}.values())

    @functools.cached_property
    def _readers(self) -> dict[tuple[str, str, str], list[Object]]:
        """Return the workloads whose pods read something, by its kind, namespace and name."""
        result: dict[tuple[str, str, str], list[Object]] = {}
        for object_ in sorted(self.objects.values()):
            for kind, name in sorted(self._named(object_)) if self.pod_templates(object_) else ():
                result.setdefault((kind, object_.id.namespace, name), []).append(object_)
        return result

    @functools.cached_property
    def external(self) -> set[tuple[str, str]]:
        """Return the resources of Google Cloud that are named by `external`, by kind and name: they exist already."""
        result = set()
        for object_ in self.objects.values():
            for path, reference in self.kinds.references(object_.id.group, object_.id.kind).items():
                for _, value in every(object_.manifest, path):
                    if external := text(value, "external"):
                        name = external.rpartition("/")[2].partition("@")[0]  # the rest of an account is its project
                        result.add((reference.to or text(value, "kind"), name))
        return result

    @functools.cached_property
    def min_replicas(self) -> dict[tuple[str, str, str], int]:
        """Return the least number of pods that each autoscaler keeps, by namespace, kind and name of what it scales."""
        result = {}
        for object_ in self.objects.values():
            if object_.id.kind == "HorizontalPodAutoscaler":
                target = mapping(object_.manifest, "spec", "scaleTargetRef")
                key = (object_.id.namespace, text(target, "kind"), text(target, "name"))
                result[key] = _number(at(object_.manifest, "spec", "minReplicas"), 1)
        return result

    def replicas(self, workload: Object) -> int:
        """Return how many pods a workload keeps at least."""
        id_, facts = workload.id, self.pods(workload)
        if facts.every_node:
            return 2  # there is never only one node
        return facts.count(workload.manifest, self.min_replicas.get((id_.namespace, id_.kind, id_.name), 1))

    def pods(self, workload: Object) -> PodFacts:
        """Return how an object runs pods; of a kind that nobody knows, as most do."""
        return self.kinds.of(workload.id.group, workload.id.kind).pods or _MOST

    def pod_templates(self, object_: Object) -> list[Any]:
        """Return the pod templates of an object; of a kind that nobody knows, what has the shape of one."""
        return [template for _, template in self.placed_pod_templates(object_)]

    def placed_pod_templates(self, object_: Object) -> list[tuple[Steps, Any]]:
        """Return the pod templates of an object, each with its place."""
        facts = self.kinds.of(object_.id.group, object_.id.kind).pods
        found = [
            (steps, item) for steps, item in (facts or _MOST).templates(object_.manifest) if isinstance(item, dict)
        ]
        return found if facts else [(steps, template) for steps, template in found if mapping(template, "spec")]

    def readers_of(self, kind: str, namespace: str, name: str) -> list[Object]:
        """Return the workloads whose pods read a ConfigMap or a Secret, sorted."""
        return self._readers.get((kind, namespace, name), [])

    def read_by_pods(self, workload: Object) -> list[Object]:
        """Return the ConfigMaps and Secrets of this side that the pods of a workload read."""
        names = self._named(workload)
        return [
            object_
            for object_ in self.objects.values()
            if object_.id.namespace == workload.id.namespace and (object_.id.kind, object_.id.name) in names
        ]

    def _named(self, object_: Object) -> set[tuple[str, str]]:
        """Return kind and name of all that an object names: as variables, as files, by an operator."""
        found = mentions(object_, self.kinds)
        return {(mention.leads.kind, mention.name) for mention in found if mention.leads.rendered}

    def prunes_last(self, removed: Object) -> bool:
        """Whether the Application of an object prunes it only once everything else is synced and healthy."""
        options = listed(self.applications.get(removed.unit, {}), "spec", "syncPolicy", "syncOptions")
        return "PruneLast=true" in {*options, *sync_options(removed.manifest)}

    def fate(self, removed: Object, after: "Side") -> Fate:
        """Return what becomes of an object of this side that is not on the other.

        What would stay, or wait for somebody, goes all the same with a namespace that is deleted.
        """
        fate = self._own_fate(removed, after)
        if fate in _AT_ONCE:
            return fate
        namespace = self.objects.get(ObjectId(removed.id.cluster, "", "Namespace", "", removed.id.namespace))
        namespace_fate = self._own_fate(namespace, after) if namespace and namespace.id not in after.objects else fate
        if namespace_fate in _AT_ONCE:
            return Fate.WITH_NAMESPACE
        return Fate.WITH_NAMESPACE_ASKED if namespace_fate in _ONCE_ASKED and fate not in _ONCE_ASKED else fate

    @functools.cached_property
    def _by_unit(self) -> dict[str, list[Object]]:
        result: dict[str, list[Object]] = {}
        for object_ in self.objects.values():
            result.setdefault(object_.unit, []).append(object_)
        return result

    def made_by(self, application: Object) -> list[Object]:
        """Return the objects of the unit of an Application; none of them is an Application."""
        return [item for item in self._by_unit.get(application.unit, []) if item.id.kind != "Application"]

    def names_every_namespace(self, application: Object) -> bool:
        """Whether an Application has objects here, and each says its own namespace or is in none."""
        made = self.made_by(application)
        return bool(made) and all(
            item.id.namespace or self.kinds.scope(item.id.group, item.id.kind) == "cluster" for item in made
        )

    def leaves_nothing(self, application: Object, after: "Side") -> bool:
        """Whether an Application that goes made something, and all of that another one has, or it is deleted."""
        made = self.made_by(application)
        return bool(made) and all(
            same.unit in after.applications if (same := after.objects.get(item.id)) else self.fate(item, after).deletes
            for item in made
        )

    def _own_fate(self, removed: Object, after: "Side") -> Fate:
        """Return what becomes of an object if its namespace stays."""
        is_unread = self._has_unread_applications and removed.unit not in self.applications
        if removed.place.startswith("bootstrap/") or (removed.id.cluster == HUB and not removed.unit):
            return Fate.APPLIED_BY_HAND
        if is_unread and removed.unit not in after.applications and removed.id.kind != "Application":
            return Fate.UNREAD
        if not after.objects and not cascades(self.applications.get(removed.unit, {})):
            return Fate.FOLDER_REMOVED
        application = after.applications.get(removed.unit)
        if removed.id.kind == "Application":  # the root prunes it
            return _prune_fate(removed.manifest, prune=True)
        if application is None:
            cascade = cascades(self.applications.get(removed.unit, {}))
            return _cascade_fate(removed.manifest) if cascade else Fate.NOT_CASCADED
        return _prune_fate(removed.manifest, prune=bool(at(application, "spec", "syncPolicy", "automated", "prune")))


def _without_nulls(object_: Object) -> Object:
    """Return an object without fields that are null: to the API server they are the same as left out."""
    if b"null" not in msgspec.json.encode(object_.manifest):
        return object_
    return msgspec.structs.replace(object_, manifest=_pruned(object_.manifest))


def _pruned(node: Any) -> Any:
    """Return a value without null in its maps."""
    if isinstance(node, dict):
        return {key: _pruned(item) for key, item in node.items() if item is not None}
    return [_pruned(item) for item in node] if isinstance(node, list) else node


def abandons(manifest: Manifest) -> bool:
    """Whether Config Connector leaves what an object made in Google Cloud."""
    return annotation(manifest, DELETION_POLICY) == ABANDON


def _number(value: Any, default: int) -> int:
    return value if isinstance(value, int) else default


def _cascade_fate(manifest: Manifest) -> Fate:
    options = sync_options(manifest)
    if "Delete=false" in options or KEEP in words(annotation(manifest, RESOURCE_POLICY)):
        return Fate.NOT_DELETED
    return Fate.CASCADED_ASKED if "Delete=confirm" in options else Fate.CASCADED


def _prune_fate(manifest: Manifest, *, prune: bool) -> Fate:
    options = sync_options(manifest)
    if "Prune=false" in options or not prune:
        return Fate.NOT_PRUNED
    return Fate.ASKED if "Prune=confirm" in options else Fate.PRUNED


def kind_and_name(id_: ObjectId) -> str:
    """Return an object's kind and name, for a sentence: `Deployment codemie-api`."""
    return f"{id_.kind} {id_.name}"


def few(ids: Iterable[ObjectId], most: int = 3) -> str:
    """Return the first names of several objects, and how many more there are."""
    names = [kind_and_name(id_) for id_ in sorted(ids)]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
