"""One side of a merge: its objects, and what Argo CD would do with them. Pure."""

import functools
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

from generator.annotation import CASCADE, DELETION_POLICY, annotation, sync_options
from generator.field import at, listed, mapping, text
from generator.kinds import Kinds, Leads, Pods
from generator.manifest import HUB, Manifest, Object, ObjectId

_MOST = Pods(template="spec.template", replicas="spec.replicas")


class Fate(Enum):
    """What becomes of an object that is no longer in Git, and why."""

    PRUNED = "Argo CD deletes it with the next sync"
    ASKED = "Argo CD deletes it once somebody confirms, and syncs nothing else of the Application until then"
    CASCADED = "its Application goes too and has a cascade finalizer: Argo CD deletes it"
    CASCADED_ASKED = "its Application goes too and has a cascade finalizer: Argo CD deletes it once somebody confirms"
    SPARED = "its Application goes too, and Delete=false keeps it: the object stays, and nobody manages it"
    STRANDED = "its folder is removed: Argo CD reports a missing path and deletes nothing; the object stays, unmanaged"
    LEFT = "its Application goes too and has no cascade finalizer: the object stays, and nobody manages it"
    KEPT = "Prune=false, or an Application that does not prune: the object stays, and the Application is OutOfSync"
    BY_HAND = "a person applied it, and a person must delete it"

    @property
    def deletes(self) -> bool:
        """Whether the object is deleted in the end."""
        return self in (Fate.PRUNED, Fate.ASKED, Fate.CASCADED, Fate.CASCADED_ASKED)


class Side:
    """The objects of one side, by what is asked of them."""

    def __init__(self, objects: Iterable[Object], kinds: Kinds) -> None:
        """Keep the objects. Of two of one identity the later stands: that is refused elsewhere."""
        self.kinds = kinds
        self.objects = {built.id: built for built in objects}

    @functools.cached_property
    def applications(self) -> dict[str, Manifest]:
        """Return the Application of each unit."""
        found = (built for built in self.objects.values() if built.id.kind == "Application")
        return {built.unit: built.manifest for built in found if built.unit}

    @functools.cached_property
    def _readers(self) -> dict[tuple[str, str, str], list[Object]]:
        """Return the workloads whose pods read something, by its kind, namespace and name."""
        found: dict[tuple[str, str, str], list[Object]] = {}
        for built in sorted(self.objects.values()):
            for kind, name in (
                sorted(set(_read(built.manifest.get("spec"), self.kinds.references_by_name)))
                if self.pod_templates(built)
                else ()
            ):
                found.setdefault((kind, built.id.namespace, name), []).append(built)
        return found

    @functools.cached_property
    def least(self) -> dict[tuple[str, str, str], int]:
        """Return the least number of pods that each autoscaler keeps, by namespace, kind and name of what it scales."""
        found = {}
        for built in self.objects.values():
            if built.id.kind == "HorizontalPodAutoscaler":
                target = mapping(built.manifest, "spec", "scaleTargetRef")
                key = (built.id.namespace, text(target, "kind"), text(target, "name"))
                found[key] = _number(at(built.manifest, "spec", "minReplicas"), 1)
        return found

    def replicas(self, workload: Object) -> int:
        """Return how many pods a workload keeps at least."""
        id_, facts = workload.id, self.pods(workload)
        if facts.every_node:
            return 2  # there is never only one node
        return facts.count(workload.manifest, self.least.get((id_.namespace, id_.kind, id_.name), 1))

    def pods(self, workload: Object) -> Pods:
        """Return how an object runs pods; of a kind that nobody knows, as most do."""
        return self.kinds.of(workload.id.group, workload.id.kind).pods or _MOST

    def pod_templates(self, built: Object) -> list[Any]:
        """Return the pod templates of an object."""
        return [found for _, found in self.pods(built).templates(built.manifest) if mapping(found, "spec")]

    def consumers(self, kind: str, namespace: str, name: str) -> list[Object]:
        """Return the workloads whose pods read a ConfigMap or a Secret, sorted."""
        return self._readers.get((kind, namespace, name), [])

    def read_by(self, workload: Object) -> list[Object]:
        """Return the ConfigMaps and Secrets of this side that the pods of a workload read."""
        names = set(_read(workload.manifest.get("spec"), self.kinds.references_by_name))
        return [
            built
            for built in self.objects.values()
            if built.id.namespace == workload.id.namespace and (built.id.kind, built.id.name) in names
        ]

    def prunes_last(self, gone: Object) -> bool:
        """Whether the Application of an object prunes it only once everything else is synced and healthy."""
        options = listed(self.applications.get(gone.unit, {}), "spec", "syncPolicy", "syncOptions")
        return "PruneLast=true" in {*options, *sync_options(gone.manifest)}

    def fate(self, gone: Object, after: "Side") -> Fate:
        """Return what becomes of an object of this side that is not on the other."""
        if gone.place.startswith("bootstrap/") or (gone.id.cluster == HUB and not gone.unit):
            return Fate.BY_HAND
        if not after.objects and not cascades(self.applications.get(gone.unit, {})):
            return Fate.STRANDED
        application = after.applications.get(gone.unit)
        if gone.id.kind == "Application":  # the root prunes it
            return _asked(gone.manifest, prune=True)
        if application is None:
            return _cascaded(gone.manifest) if cascades(self.applications.get(gone.unit, {})) else Fate.LEFT
        return _asked(gone.manifest, prune=bool(at(application, "spec", "syncPolicy", "automated", "prune")))


def cascades(application: Manifest) -> bool:
    """Whether all that an Application made is deleted with it, at once or behind its back (`…/background`)."""
    return any(str(item).startswith(CASCADE) for item in listed(application, "metadata", "finalizers"))


def abandons(manifest: Manifest) -> bool:
    """Whether Config Connector leaves what an object made in Google Cloud."""
    return annotation(manifest, DELETION_POLICY) == "abandon"


def _number(value: Any, default: int) -> int:
    return value if isinstance(value, int) else default


def _cascaded(manifest: Manifest) -> Fate:
    options = sync_options(manifest)
    if "Delete=false" in options:
        return Fate.SPARED
    return Fate.CASCADED_ASKED if "Delete=confirm" in options else Fate.CASCADED


def _asked(manifest: Manifest, *, prune: bool) -> Fate:
    options = sync_options(manifest)
    if "Prune=false" in options or not prune:
        return Fate.KEPT
    return Fate.ASKED if "Prune=confirm" in options else Fate.PRUNED


def _read(node: Any, fields: Mapping[str, Leads]) -> Iterator[tuple[str, str]]:
    """Yield the kind and name of every object that a spec names: as variables, as files, by an operator."""
    if isinstance(node, list):
        for item in node:
            yield from _read(item, fields)
    if not isinstance(node, dict):
        return
    for key, item in node.items():
        if leads := fields.get(key):
            name = item.get(leads.by) if isinstance(item, dict) else item if not leads.by else None
            if isinstance(name, str):
                yield leads.kind, name
        if isinstance(item, dict | list):
            yield from _read(item, fields)


def identity(id_: ObjectId) -> str:
    """Return an object as a sentence names it: `Deployment codemie-api`."""
    return f"{id_.kind} {id_.name}"
