"""An environment that is to go -> what becomes of each of its objects, in the order in which they must go. Pure.

Argo CD deletes with an Application what it made, from the last wave to the first (argo-cd controller/sort_delete.go).
What is kept is said by the objects themselves: deletion-policy abandon, and Delete= of their sync options.
"""

from collections.abc import Iterable
from typing import NamedTuple

from generator.annotation import PROJECT_ID, SYNC_WAVE, annotation, sync_options
from generator.field import whole
from generator.kinds import Kinds, every
from generator.manifest import Object
from generator.review.side import abandons

_BOOTSTRAP, _APPS = "bootstrap/", "argocd/apps/"
_ARGO_CD_KINDS = ("ConfigMap", "ServiceAccount")
"""Kinds that bootstrap/ applies beside Argo CD and that are part of it: other environments need them."""


class Application(NamedTuple):
    """An Application and its objects: which deletions wait for confirmation, and which objects are kept.

    Kept means here or in Google Cloud. An object may be both: Config Connector's is then deleted from the cluster, and
    what it made in Google Cloud is kept.
    """

    name: str
    wave: int
    objects: tuple[Object, ...]
    needs_confirmation: tuple[Object, ...]
    kept: tuple[Object, ...]


class Retirement(NamedTuple):
    """What an environment leaves, in order: the root, Applications from last wave to first, what a person applied."""

    root: Object | None
    applications: tuple[Application, ...]
    applied_by_hand: tuple[Object, ...]
    argo_cd_objects: tuple[Object, ...]
    volumes: tuple[Object, ...]
    """What keeps data on disks of the cluster, which go with its claims."""

    @property
    def kept(self) -> tuple[Object, ...]:
        """Return what is kept, in the order of the Applications."""
        return tuple(object_ for application in self.applications for object_ in application.kept)


def retirement(objects: Iterable[Object], kinds: Kinds) -> Retirement:
    """Return what becomes of these objects, all of one environment."""
    objects = sorted(objects)
    units: dict[str, list[Object]] = {}
    for object_ in objects:
        if not object_.place.startswith((_BOOTSTRAP, _APPS)):
            units.setdefault(object_.unit, []).append(object_)
    applications = [_application(object_, units) for object_ in objects if object_.place.startswith(_APPS)]
    bootstrap = [object_ for object_ in objects if object_.place.startswith(_BOOTSTRAP)]
    roots = [object_ for object_ in bootstrap if object_.id.kind == "Application"]
    argo_cd_namespace = roots[0].id.namespace if roots else ""
    others = [object_ for object_ in bootstrap if object_ not in roots]
    argo_cd_objects = [
        object_ for object_ in others if object_.id.kind in _ARGO_CD_KINDS and object_.id.namespace == argo_cd_namespace
    ]
    last_first = tuple(sorted(applications, key=lambda application: (-application.wave, application.name)))
    return Retirement(
        root=roots[0] if roots else None,
        applications=last_first,
        applied_by_hand=tuple(object_ for object_ in others if object_ not in argo_cd_objects),
        argo_cd_objects=tuple(argo_cd_objects),
        volumes=tuple(item for application in last_first for item in application.objects if _has_claims(item, kinds)),
    )


def _application(object_: Object, units: dict[str, list[Object]]) -> Application:
    wave = annotation(object_.manifest, SYNC_WAVE)
    objects = units.get(object_.unit, [])
    options = {id(item): sync_options(item.manifest) for item in objects}
    return Application(
        name=object_.id.name,
        wave=whole(wave) or 0,
        objects=tuple(objects),
        needs_confirmation=tuple(item for item in objects if "Delete=confirm" in options[id(item)]),
        kept=tuple(item for item in objects if abandons(item.manifest) or "Delete=false" in options[id(item)]),
    )


def _has_claims(object_: Object, kinds: Kinds) -> bool:
    """Whether an object is a claim, or claims are made of it."""
    pods = kinds.of(object_.id.group, object_.id.kind).pods
    made = every(object_.manifest, pods.claims) if pods and pods.claims else ()
    return object_.id.kind == "PersistentVolumeClaim" or any(found for _, found in made)


def project_of(retirement: Retirement) -> str:
    """Return the Google Cloud project that Config Connector's objects are in; '' where no Namespace says it."""
    namespaces = (object_ for object_ in retirement.applied_by_hand if object_.id.kind == "Namespace")
    return next((annotation(namespace.manifest, PROJECT_ID) for namespace in namespaces), "")
