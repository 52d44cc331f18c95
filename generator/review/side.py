"""One side of a review: its objects, and what Argo CD would do with them. Pure."""

import functools
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

from generator.annotation import ABANDON, DELETION_POLICY, annotation, cascades, sync_options
from generator.field import at, listed, mapping, text
from generator.kinds import Kinds, Leads, PodFacts
from generator.manifest import HUB, Manifest, Object, ObjectId

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
    UNREAD = "its Application cannot be read on the old side: Argo CD may delete it"
    APPLIED_BY_HAND = "a person applied it, and a person must delete it"

    @property
    def deletes(self) -> bool:
        """Whether the object is deleted in the end."""
        return self in (Fate.PRUNED, Fate.ASKED, Fate.CASCADED, Fate.CASCADED_ASKED, Fate.UNREAD)


class Side:
    """The objects of one side, and lookups in them."""

    def __init__(self, objects: Iterable[Object], kinds: Kinds, *, has_unread_applications: bool = False) -> None:
        """Keep the objects. Of two with one identity the later wins; such a pair is refused elsewhere."""
        self._has_unread_applications = has_unread_applications
        self.kinds = kinds
        self.objects = {object_.id: object_ for object_ in objects}

    @functools.cached_property
    def applications(self) -> dict[str, Manifest]:
        """Return the Application of each unit."""
        result = (object_ for object_ in self.objects.values() if object_.id.kind == "Application")
        return {object_.unit: object_.manifest for object_ in result if object_.unit}

    @functools.cached_property
    def _readers(self) -> dict[tuple[str, str, str], list[Object]]:
        """Return the workloads whose pods read something, by its kind, namespace and name."""
        result: dict[tuple[str, str, str], list[Object]] = {}
        for object_ in sorted(self.objects.values()):
            for kind, name in (
                sorted(set(_references(object_.manifest.get("spec"), self.kinds.references_by_name)))
                if self.pod_templates(object_)
                else ()
            ):
                result.setdefault((kind, object_.id.namespace, name), []).append(object_)
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
        facts = self.kinds.of(object_.id.group, object_.id.kind).pods
        found = [template for _, template in (facts or _MOST).templates(object_.manifest) if isinstance(template, dict)]
        return found if facts else [template for template in found if mapping(template, "spec")]

    def readers_of(self, kind: str, namespace: str, name: str) -> list[Object]:
        """Return the workloads whose pods read a ConfigMap or a Secret, sorted."""
        return self._readers.get((kind, namespace, name), [])

    def read_by_pods(self, workload: Object) -> list[Object]:
        """Return the ConfigMaps and Secrets of this side that the pods of a workload read."""
        names = set(_references(workload.manifest.get("spec"), self.kinds.references_by_name))
        return [
            object_
            for object_ in self.objects.values()
            if object_.id.namespace == workload.id.namespace and (object_.id.kind, object_.id.name) in names
        ]

    def prunes_last(self, removed: Object) -> bool:
        """Whether the Application of an object prunes it only once everything else is synced and healthy."""
        options = listed(self.applications.get(removed.unit, {}), "spec", "syncPolicy", "syncOptions")
        return "PruneLast=true" in {*options, *sync_options(removed.manifest)}

    def fate(self, removed: Object, after: "Side") -> Fate:
        """Return what becomes of an object of this side that is not on the other."""
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


def abandons(manifest: Manifest) -> bool:
    """Whether Config Connector leaves what an object made in Google Cloud."""
    return annotation(manifest, DELETION_POLICY) == ABANDON


def _number(value: Any, default: int) -> int:
    return value if isinstance(value, int) else default


def _cascade_fate(manifest: Manifest) -> Fate:
    options = sync_options(manifest)
    if "Delete=false" in options:
        return Fate.NOT_DELETED
    return Fate.CASCADED_ASKED if "Delete=confirm" in options else Fate.CASCADED


def _prune_fate(manifest: Manifest, *, prune: bool) -> Fate:
    options = sync_options(manifest)
    if "Prune=false" in options or not prune:
        return Fate.NOT_PRUNED
    return Fate.ASKED if "Prune=confirm" in options else Fate.PRUNED


def _references(node: Any, fields: Mapping[str, Leads]) -> Iterator[tuple[str, str]]:
    """Yield the kind and name of every object that a spec names: as variables, as files, by an operator."""
    if isinstance(node, list):
        for item in node:
            yield from _references(item, fields)
    if not isinstance(node, dict):
        return
    for key, item in node.items():
        if leads := fields.get(key):
            name = item.get(leads.by) if isinstance(item, dict) else item if not leads.by else None
            if isinstance(name, str):
                yield leads.kind, name
        if isinstance(item, dict | list):
            yield from _references(item, fields)


def kind_and_name(id_: ObjectId) -> str:
    """Return an object's kind and name, for a sentence: `Deployment codemie-api`."""
    return f"{id_.kind} {id_.name}"
