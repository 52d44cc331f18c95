"""Conditions on the parts of a pod: its containers, what they mount and how they are asked, its volumes."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from generator.field import at, listed, mapping, numbered
from generator.kinds.impact import ABSENT, Edit, Steps, found, items
from generator.manifest import Manifest

_CONTAINERS = ("containers", "initContainers")
_PARTS = (*_CONTAINERS, "volumes")
_READ_ONLY = ("configMap", "secret", "projected", "downwardAPI")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_OF_SIDECARS = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle")


def container_stays(edit: Edit) -> bool:
    """The container that the field is of is still there."""
    depth = next(place for place, step in enumerate(edit.steps) if step in _CONTAINERS) + 2
    was, will_be = (found(side, edit.steps[:depth]) for side in (edit.old, edit.new))
    return not isinstance(was, dict) or at(will_be, "name") == was.get("name")


def volume_may_be_written(edit: Edit) -> bool:
    """The mount is of a volume that can be written: those of ConfigMaps, Secrets and tokens are read-only anyway."""
    name = at(found(edit.side, edit.steps[:-1]), "name")
    volumes = items(edit.side, (*_spec(edit.steps), "volumes"))
    volume = next((mapping(item) for item in volumes if at(item, "name") == name), {})
    return not any(field in volume for field in _READ_ONLY)


def mounts_no_volume(edit: Edit) -> bool:
    """A container mounts a volume that the pod will not have: by this mount, or because this volume goes."""
    if "volumes" in edit.steps:
        name = at(edit.before, "name") if edit.after is ABSENT else None
    else:
        name = at(found(edit.new, edit.steps), "name")
    spec = _spec(edit.steps)
    volumes = [at(item, "name") for item in items(edit.new, (*spec, "volumes"))]
    claims = [at(item, "metadata", "name") for item in items(edit.new, ("spec", "volumeClaimTemplates"))]
    mounted = [at(mount, "name") for _, container in _containers(edit.new, spec) for mount in _mounts(container)]
    return isinstance(name, str) and name in mounted and name not in (*volumes, *claims)


def mounted_twice(edit: Edit) -> bool:
    """A container mounts two volumes at one path."""
    mounts = items(edit.new, edit.steps[: edit.steps.index("volumeMounts") + 1])
    return Counter(str(at(mount, "mountPath")) for mount in mounts)[str(at(edit.after, "mountPath"))] > 1


def has_namesake(edit: Edit) -> bool:
    """Another item of the list has the same name."""
    names = Counter(str(at(item, "name")) for item in items(edit.new, edit.steps[:-1]))
    return names[str(at(edit.after, "name"))] > 1


def asks_not_in_one_way(edit: Edit) -> bool:
    """A probe or a hook of a container that stays says in no way what is done, or in more than one."""
    handler = found(edit.new, edit.steps[:-1])
    return isinstance(handler, dict) and sum(field in handler for field in _HANDLERS) != 1


def has_two_sources(edit: Edit) -> bool:
    """A volume is of two kinds at once."""
    volume = mapping(found(edit.new, edit.steps[:-1]))
    return sum(value is not None for field, value in volume.items() if field != "name") > 1


def value_beside_source(edit: Edit) -> bool:
    """A variable has a value of its own, and one from elsewhere."""
    variable = mapping(found(edit.new, edit.steps[:-1]))
    return bool(variable.get("value")) and bool(variable.get("valueFrom"))


def probed_before_start(edit: Edit) -> bool:
    """A container that must end before the others start has a probe or a hook, which only lasting ones may have."""
    container = mapping(found(edit.new, edit.steps[:-1]))
    return container.get("restartPolicy") != "Always" and any(container.get(field) for field in _OF_SIDECARS)


def resolves_nothing(edit: Edit) -> bool:
    """The pod leaves DNS of the cluster (dnsPolicy None) and names no server of its own."""
    spec = found(edit.new, edit.steps[: edit.steps.index("spec", edit.steps.index("template")) + 1])
    return at(spec, "dnsPolicy") == "None" and not listed(spec, "dnsConfig", "nameservers")


def spreads_no_more(edit: Edit) -> bool:
    """Nothing spreads the pods over these places any more, or not as strictly."""
    place, was_strict = at(edit.before, "topologyKey"), _is_strict(edit.before)
    stay = [item for item in items(edit.new, edit.steps[:-1]) if at(item, "topologyKey") == place]
    return bool(place) and not any(_is_strict(item) or not was_strict for item in stay)


def must_be_spread(edit: Edit) -> bool:
    """A constraint holds pods back that cannot be spread as it says."""
    return _is_strict(found(edit.new, edit.steps[: edit.steps.index("topologySpreadConstraints") + 2]))


def _is_strict(constraint: Any) -> bool:
    return isinstance(constraint, dict) and at(constraint, "whenUnsatisfiable") != "ScheduleAnyway"


def _spec(steps: Steps) -> Steps:
    """Return the place of the pod that a part is of."""
    return steps[: next(depth for depth, step in enumerate(steps) if step in _PARTS)]


def _containers(manifest: Manifest, spec: Steps) -> Iterator[tuple[int, Manifest]]:
    for field in _CONTAINERS:
        yield from numbered(found(manifest, spec), field)


def _mounts(container: Manifest) -> list[Any]:
    return listed(container, "volumeMounts")


CONDITIONS = {
    "container-stays": container_stays,
    "volume-may-be-written": volume_may_be_written,
    "mounts-no-volume": mounts_no_volume,
    "mounted-twice": mounted_twice,
    "has-namesake": has_namesake,
    "asks-not-in-one-way": asks_not_in_one_way,
    "has-two-sources": has_two_sources,
    "value-beside-source": value_beside_source,
    "probed-before-start": probed_before_start,
    "resolves-nothing": resolves_nothing,
    "spreads-no-more": spreads_no_more,
    "must-be-spread": must_be_spread,
}
