"""Clusters and other resources as Google takes them: the maintenance of a cluster, regions and zones."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from generator.check.built import Built, Check, fault
from generator.field import listed, mapping, numbered, pointer, text
from generator.finding import Finding, Severity
from generator.google.maintenance import Window, span_problems, window_problems
from generator.google.regions import READ, REGIONS
from generator.manifest import Object

_POLICY = ("spec", "maintenancePolicy")
_FIELDS = {"start": "startTime", "end": "endTime", "recurrence": "recurrence"}
_ZONE = re.compile(r"([a-z]+-[a-z]+[0-9]{1,2})-([a-z])")
_REGION = re.compile(r"[a-z]+-[a-z]+[0-9]{1,2}")
_KEYS = ("location", "region", "zone")


def gke_takes_the_maintenance_of_clusters(built: Built) -> Iterator[Finding]:
    """A window is in the calendar, ends after it starts, recurs by RFC 5545, leaves time; so do times left out."""
    for cluster in built.of_kind("ContainerCluster"):
        window = mapping(cluster.manifest, *_POLICY, "recurringWindow")
        if window:
            written = Window(*(text(window, key) for key in _FIELDS.values()))
            for problem in window_problems(written):
                path = pointer(*_POLICY, "recurringWindow", _FIELDS[problem.at])
                yield fault(cluster, path, problem.message, rule="maintenance-window", hint=problem.hint)
        for index, left_out in numbered(cluster.manifest, *_POLICY, "maintenanceExclusion"):
            for problem in span_problems(text(left_out, "startTime"), text(left_out, "endTime")):
                path = pointer(*_POLICY, "maintenanceExclusion", index, _FIELDS[problem.at])
                yield fault(cluster, path, problem.message, rule="maintenance-window", hint=problem.hint)


def nodes_are_where_their_cluster_is(built: Built) -> Iterator[Finding]:
    """The zones of nodes are in the region of the cluster or pool, each once; a zonal one adds zones of its region."""
    for item in built.of_kind("ContainerCluster", "ContainerNodePool"):
        location, zones = text(item.manifest, "spec", "location"), listed(item.manifest, "spec", "nodeLocations")
        zone = _ZONE.fullmatch(location)
        region = zone[1] if zone else location
        for index, name in enumerate(zones):
            path = pointer("spec", "nodeLocations", index)
            if region and not str(name).startswith(f"{region}-"):
                message = f"is not a zone of {region}, the region of spec.location"
                yield fault(item, path, message, rule="location")
            elif name in zones[:index]:
                yield fault(item, path, "is in the list twice", rule="location")


def places_exist(built: Built) -> Iterator[Finding]:
    """Regions and zones are those that Google lists. New ones come: a warning, once, where the environment has it."""
    said = _of_environment(built)
    for item in built.google:
        for path, name in _places(item):
            zone = _ZONE.fullmatch(name)
            region = zone[1] if zone else name
            unknown = region not in REGIONS or (zone is not None and zone[2] not in REGIONS[region])
            if name not in said and unknown and (zone or _REGION.fullmatch(name)):
                message = f"{name} is not a {'zone' if zone else 'region'} that Google listed on {READ}"
                hint = f"there are: {', '.join(f'{region}-{each}' for each in REGIONS.get(region, ()))}"
                found = fault(item, path, message, rule="location-unknown", hint=hint if region in REGIONS else "")
                yield replace(found, severity=Severity.WARNING)


def _places(item: Object) -> Iterator[tuple[str, str]]:
    """Yield where an object says a region or a zone, and which."""
    for key in _KEYS:
        yield pointer("spec", key), text(item.manifest, "spec", key)
    for index, name in enumerate(listed(item.manifest, "spec", "nodeLocations")):
        yield pointer("spec", "nodeLocations", index), str(name)


def _of_environment(built: Built) -> set[str]:
    """Return the regions and zones that the environment says: rules on it have judged them."""
    env = built.plan.environment
    zones = {str(settings.get("zone")) for settings in env.infra.values()}
    return {env.gcp.region, *env.gcp.zones, env.gke.location, env.database.backups.location, *zones}


RULES: tuple[Check, ...] = (gke_takes_the_maintenance_of_clusters, nodes_are_where_their_cluster_is, places_exist)
