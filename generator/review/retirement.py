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
_ARGO_CDS_OWN = ("ConfigMap", "ServiceAccount")
"""Kinds that bootstrap/ applies beside Argo CD and that are part of it: other environments need them."""


class Application(NamedTuple):
    """An Application, and its objects: `asks` wait for a confirmation, `stays` are left, here or in Google Cloud.

    What asks and what stays may be the same object: Config Connector's goes from the cluster then, what it made stays.
    """

    name: str
    wave: int
    objects: tuple[Object, ...]
    asks: tuple[Object, ...]
    stays: tuple[Object, ...]


class Retirement(NamedTuple):
    """What an environment leaves, in order: the root, Applications from the last wave to the first, what was by hand."""

    root: Object | None
    applications: tuple[Application, ...]
    by_hand: tuple[Object, ...]
    argo_cds: tuple[Object, ...]
    volumes: tuple[Object, ...]
    """What keeps data on disks of the cluster, which go with its claims."""

    @property
    def stays(self) -> tuple[Object, ...]:
        """Return what nobody deletes, in the order of the Applications."""
        return tuple(built for one in self.applications for built in one.stays)


def retirement(objects: Iterable[Object], kinds: Kinds) -> Retirement:
    """Return what becomes of these objects, all of one environment."""
    objects = sorted(objects)
    units: dict[str, list[Object]] = {}
    for built in objects:
        if not built.place.startswith((_BOOTSTRAP, _APPS)):
            units.setdefault(built.unit, []).append(built)
    applications = [_application(built, units) for built in objects if built.place.startswith(_APPS)]
    bootstrap = [built for built in objects if built.place.startswith(_BOOTSTRAP)]
    roots = [built for built in bootstrap if built.id.kind == "Application"]
    home = roots[0].id.namespace if roots else ""
    others = [built for built in bootstrap if built not in roots]
    own = [built for built in others if built.id.kind in _ARGO_CDS_OWN and built.id.namespace == home]
    last_first = tuple(sorted(applications, key=lambda one: (-one.wave, one.name)))
    return Retirement(
        root=roots[0] if roots else None,
        applications=last_first,
        by_hand=tuple(built for built in others if built not in own),
        argo_cds=tuple(own),
        volumes=tuple(built for one in last_first for built in one.objects if _claims(built, kinds)),
    )


def _application(built: Object, units: dict[str, list[Object]]) -> Application:
    wave = annotation(built.manifest, SYNC_WAVE)
    objects = units.get(built.unit, [])
    options = {id(item): sync_options(item.manifest) for item in objects}
    return Application(
        name=built.id.name,
        wave=whole(wave) or 0,
        objects=tuple(objects),
        asks=tuple(item for item in objects if "Delete=confirm" in options[id(item)]),
        stays=tuple(item for item in objects if abandons(item.manifest) or "Delete=false" in options[id(item)]),
    )


def _claims(built: Object, kinds: Kinds) -> bool:
    """Whether an object is a claim, or claims are made of it."""
    pods = kinds.of(built.id.group, built.id.kind).pods
    made = every(built.manifest, pods.claims) if pods and pods.claims else ()
    return built.id.kind == "PersistentVolumeClaim" or any(found for _, found in made)


def project_of(found: Retirement) -> str:
    """Return the Google Cloud project that Config Connector's objects are in; '' where no Namespace says it."""
    namespaces = (built for built in found.by_hand if built.id.kind == "Namespace")
    return next((annotation(one.manifest, PROJECT_ID) for one in namespaces), "")
