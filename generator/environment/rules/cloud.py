"""What Google has and sells: zones, machine types; and what is there already."""

from collections.abc import Iterator

from generator.environment.fault import THERE, Fault, if_new
from generator.environment.model import Environment
from generator.finding import Severity
from generator.google import machines
from generator.google.regions import READ, REGIONS
from generator.schema import dotted
from generator.suggestion import did_you_mean
from generator.yamlio import Path

_REGION: Path = ("gcp", "region")
_TOPOLOGY: Path = ("argocd", "topology")


def locations_are_in_the_region(env: Environment) -> Iterator[Fault]:
    """Zones and the cluster's location belong to gcp.region; a machine's own zone does, too."""
    region = env.gcp.region
    places: dict[Path, str] = {("gcp", "zones", i): zone for i, zone in enumerate(env.gcp.zones)}
    places[("gke", "location")] = env.gke.location
    places |= {("infra", unit, "zone"): text for unit, text in _settings(env, "zone")}
    for path, location in places.items():
        if location != region and not location.startswith(region + "-"):
            message, turned = (
                f"is not in gcp.region ({region})",
                f"{dotted(path)} ({location}, {THERE}) is in another region",
            )
            yield Fault("location", path, message, beside=(_REGION,), turned=turned)
    for i, zone in enumerate(env.gcp.zones):
        if zone in env.gcp.zones[:i]:
            yield Fault("location", ("gcp", "zones", i), "is in the list twice")


def locations_exist(env: Environment) -> Iterator[Fault]:
    """Regions and zones are those that Google lists. New ones come: a warning."""
    regions: dict[Path, str] = {
        _REGION: env.gcp.region,
        ("database", "backups", "location"): env.database.backups.location,
        **{("gcp", "vertexAi", key): text for key, text in _of_models(env)},
    }
    for path, region in regions.items():
        if region not in REGIONS and (path == _REGION or region != env.gcp.region):
            message = f"{region} is not a region that Google listed on {READ}"
            hint = f"{_nearest(region)}; {if_new('location-unknown')}"
            yield Fault("location-unknown", path, message, hint, severity=Severity.WARNING)
    zones: dict[Path, str] = {("gcp", "zones", i): zone for i, zone in enumerate(env.gcp.zones)}
    zones |= {("gke", "location"): env.gke.location}
    zones |= {("infra", unit, "zone"): text for unit, text in _settings(env, "zone")}
    for path, text in zones.items():
        region, _, letter = text.rpartition("-")
        if region == env.gcp.region and letter not in REGIONS.get(region, letter):
            message = f"{text} is not a zone that Google listed on {READ}"
            there = ", ".join(f"{region}-{each}" for each in REGIONS[region])
            hint = f"there are: {there}; {if_new('location-unknown')}"
            yield Fault("location-unknown", path, message, hint, severity=Severity.WARNING)


def _of_models(env: Environment) -> Iterator[tuple[str, str]]:
    """Yield where models are asked for, if that is a region."""
    for key, text in (("region", env.gcp.vertex_ai.region), ("claudeRegion", env.gcp.vertex_ai.claude_region)):
        if "-" in text:
            yield key, text


def _nearest(region: str) -> str:
    return did_you_mean(region, REGIONS, "https://docs.cloud.google.com/compute/docs/regions-zones", at_most=3)


def _settings(env: Environment, key: str) -> Iterator[tuple[str, str]]:
    """Yield the infra units whose settings name something of Compute Engine by `key`, and what they name."""
    for unit, settings in sorted(env.infra.items()):
        if isinstance(settings.get(key), str) and settings[key]:
            yield unit, settings[key]


def machine_types_exist(env: Environment) -> Iterator[Fault]:
    """A machine type is one of its family's. A family we have not heard of may be new: a warning."""
    types: dict[Path, str] = {
        ("gke", "nodePools", name, "machineType"): pool.machine_type for name, pool in env.gke.node_pools.items()
    }
    types |= {("infra", unit, "machineType"): text for unit, text in _settings(env, "machineType")}
    for path, name in types.items():
        found = machines.family(name)
        if found is None:
            message = f"{name.partition('-')[0]} is not a machine family that Google listed on {READ}"
            hint = f"there are: {', '.join(sorted(machines.FAMILIES))}; {if_new('machine-type')}"
            yield Fault("machine-type", path, message, hint, severity=Severity.WARNING)
        elif (found.classes or found.fixed) and machines.machine(name) is None:
            yield Fault("machine-type", path, f"there is no {name}", machines.offers(name))


def node_pools_run_our_images(env: Environment) -> Iterator[Fault]:
    """Images are built for amd64, and nodes and volumes have Persistent Disks (node-pools.yaml.j2, storageClass)."""
    for name, pool in env.gke.node_pools.items():
        path: Path = ("gke", "nodePools", name, "machineType")
        found, series = machines.family(pool.machine_type), pool.machine_type.partition("-")[0]
        if found and found.arm:
            yield Fault("machine-arm", path, f"{series} is an Arm machine, but the images are built for amd64", _OTHER)
        elif machines.takes_disk(pool.machine_type, _DISK) is False:
            message = f"{series} supports only Hyperdisk, but the boot disk and the volumes are Persistent Disks"
            yield Fault("machine-disk", path, message, _OTHER)


_DISK = "pd-balanced"
_OTHER = "such as e2-standard-8, n2-standard-8 or c3-standard-8"


def node_pools_can_scale(env: Environment) -> Iterator[Fault]:
    """A node pool's minimum is not above its maximum."""
    for name, pool in env.gke.node_pools.items():
        if pool.min_nodes > pool.max_nodes:
            least, most = (("gke", "nodePools", name, key) for key in ("minNodes", "maxNodes"))
            yield Fault("node-pool", least, "is above maxNodes", beside=(most,), turned="is below minNodes")


def in_cluster_topology_names_its_cluster(env: Environment) -> Iterator[Fault]:
    """Argo CD that lives in the workload cluster cannot create it."""
    if env.argocd.topology == "in-cluster" and env.existing.cluster is None:
        path: Path = ("existing", "cluster")
        hint = "name the GKE cluster that Argo CD and Config Connector run in"
        message = "is missing; argocd.topology: in-cluster needs it"
        yield Fault("existing-cluster", path, message, hint, beside=(_TOPOLOGY,), missing=True)


def argo_cd_on_a_hub_has_an_account(env: Environment) -> Iterator[Fault]:
    """From a hub Argo CD reaches the workload cluster as a Google account; in its own cluster it needs none."""
    if env.argocd.topology == "hub" and env.argocd.identity is None:
        path: Path = ("argocd", "identity")
        hint = "add the Google account that Argo CD acts as (docs/bootstrap.md), or set argocd.topology: in-cluster"
        yield Fault(
            "argocd-identity",
            path,
            "is missing; argocd.topology: hub needs it",
            hint,
            beside=(_TOPOLOGY,),
            missing=True,
        )


def a_cluster_does_not_adopt_itself(env: Environment) -> Iterator[Fault]:
    """Taken over by the Argo CD that runs in it, a cluster could lose the very pool that Argo CD runs on."""
    there = env.existing.cluster
    if env.argocd.topology == "in-cluster" and there is not None and there.adopt:
        path: Path = ("existing", "cluster", "adopt")
        hint = "remove adopt: the cluster is only referenced, and node pools are added to its own"
        message = "must be false for argocd.topology in-cluster"
        yield Fault("existing-cluster", path, message, hint, beside=(_TOPOLOGY,))


def a_key_that_is_there_is_in_a_key_ring_that_is_there(env: Environment) -> Iterator[Fault]:
    """The key ring is ours unless it is named, and ours is new: no key is in it yet."""
    if env.existing.key is not None and env.existing.key_ring is None:
        message, hint = "needs existing.keyRing: a new key ring holds no key", "existing: {keyRing: {name: …}}"
        yield Fault("existing-key", ("existing", "key"), message, hint)


RULES = (
    locations_are_in_the_region,
    locations_exist,
    machine_types_exist,
    node_pools_run_our_images,
    node_pools_can_scale,
    in_cluster_topology_names_its_cluster,
    argo_cd_on_a_hub_has_an_account,
    a_cluster_does_not_adopt_itself,
    a_key_that_is_there_is_in_a_key_ring_that_is_there,
)
