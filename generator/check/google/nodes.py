"""Machines of node pools and their disks, as built: machine types that there are, disks that their family takes."""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from generator.check.built import Built, Check, fault
from generator.field import mapping, numbered, pointer, position, steps_of, text
from generator.finding import Finding, Severity
from generator.google import machines
from generator.google.regions import READ
from generator.manifest import Object

_NODE = ("spec", "nodeConfig")
_POOL_LABEL = "codemie-pool"
_DEFAULT_DISK = "pd-balanced"
_CLASSES = {"standard-rwo": "pd-balanced", "premium-rwo": "pd-ssd", "standard": "pd-standard"}
"""The classes of volumes that each GKE cluster has, and their disks: docs.cloud.google.com/kubernetes-engine/docs/."""
_CSI = "pd.csi.storage.gke.io"


def machine_types_of_nodes_exist(built: Built) -> Iterator[Finding]:
    """A machine type is one of its family's. What the environment says, rules on it have judged."""
    said = {pool.machine_type for pool in built.plan.environment.gke.node_pools.values()}
    for pool in built.of_kind("ContainerNodePool"):
        name = text(pool.manifest, *_NODE, "machineType")
        series, path = machines.family(name), pointer(*_NODE, "machineType")
        if not name or name in said:
            continue
        if series is None:
            message = f"is of no machine family that Google listed on {READ}"
            yield replace(fault(pool, path, message, rule="machine-type"), severity=Severity.WARNING)
        elif (series.classes or series.fixed) and machines.machine(name) is None:
            yield fault(pool, path, f"there is no {name}", rule="machine-type", hint=machines.offers(name))


def nodes_run_amd64_and_take_their_disks(built: Built) -> Iterator[Finding]:
    """Images are built for amd64, and a machine starts only from a disk that its family takes."""
    for pool in built.of_kind("ContainerNodePool"):
        name = text(pool.manifest, *_NODE, "machineType")
        disk, family = text(pool.manifest, *_NODE, "diskType") or _DEFAULT_DISK, machines.family(name)
        if family and family.arm:
            message = f"{name.partition('-')[0]} is an Arm machine, but the images are built for amd64"
            hint = "GKE taints such nodes with kubernetes.io/arch=arm64, and no pod of ours tolerates that"
            yield fault(pool, pointer(*_NODE, "machineType"), message, rule="machine-arm", hint=hint)
        if family and machines.takes_disk(name, disk) is False:
            message = f"{disk} is no disk that {name.partition('-')[0]} machines start from"
            hint = f"they take {', '.join(family.disks)}"
            yield fault(pool, pointer(*_NODE, "diskType"), message, rule="machine-disk", hint=hint)


def machines_take_their_disks(built: Built) -> Iterator[Finding]:
    """A machine that takes Hyperdisk only says so of its boot disk; an Arm machine starts from an image for it."""
    for machine in built.of_kind("ComputeInstance"):
        name, path = text(machine.manifest, "spec", "machineType"), "/spec/machineType"
        first = mapping(machine.manifest, "spec", "bootDisk", "initializeParams")
        family, series = machines.family(name), name.partition("-")[0]
        if family and family.arm and "arm64" not in text(first, "sourceImageRef", "external"):
            message = f"{series} is an Arm machine, but the image is not for arm64"
            yield fault(machine, path, message, rule="machine-arm", hint="such as e2-small")
        only = family and all(disk.startswith("hyperdisk") for disk in family.disks) and family.disks
        if only and first and not text(first, "type").startswith("hyperdisk"):
            message = f"{series} takes Hyperdisk only, and the boot disk is not one"
            yield fault(machine, path, message, rule="machine-disk", hint="such as e2-small")


def volumes_attach_to_the_machines(built: Built) -> Iterator[Finding]:
    """A volume is of a disk that the machines take which its pods run on: else it is never attached."""
    pools = [*built.of_kind("ContainerNodePool")]
    classes = {**_CLASSES, **_built_classes(built)}
    for owner, path, claim, selector in _claims(built):
        disk = classes.get(text(claim, "spec", "storageClassName"), "")
        wanted = selector.get(_POOL_LABEL)
        running = [pool for pool in pools if not wanted or _labels(pool).get(_POOL_LABEL) == wanted]
        types = [text(pool.manifest, *_NODE, "machineType") for pool in running]
        if disk and types and all(machines.takes_disk(name, disk) is False for name in types):
            series = ", ".join(sorted({name.partition("-")[0] for name in types}))
            message = f"its disk is {disk}, which {series} machines do not take: the volume is never attached"
            hint = "a StorageClass of a disk that they take, or a pool of other machines"
            yield fault(owner, f"{path}/spec/storageClassName", message, rule="volume-disk", hint=hint)


def _labels(pool: Object) -> dict[str, str]:
    return mapping(pool.manifest, *_NODE, "labels")


def _built_classes(built: Built) -> dict[str, str]:
    """Return the disks of classes that are rendered; '' where there is no telling."""
    return {
        item.id.name: text(item.manifest, "parameters", "type") if text(item.manifest, "provisioner") == _CSI else ""
        for item in built.of_kind("StorageClass")
    }


def _claims(built: Built) -> Iterator[tuple[Object, str, dict[str, Any], dict[str, Any]]]:
    """Yield each template of volumes: its object, its place, itself, and the nodeSelector of the pods that get them."""
    for pods in built.pods:
        steps = steps_of(pods.pointer)[:-2]
        for index, claim in numbered(_at(pods.owner.manifest, steps), "volumeClaimTemplates"):
            path = pointer(*steps, "volumeClaimTemplates", index)
            yield pods.owner, path, claim, mapping(pods.spec, "nodeSelector")
    for item in built.of_kind("PersistentVolumeClaim"):
        yield item, "", item.manifest, {}


def _at(node: Any, steps: list[str]) -> Any:
    """Return what stands at these steps, through lists too; None where one of them is not there."""
    for step in steps:
        place = position(step, node) if isinstance(node, list) else None
        node = node[place] if place is not None else node.get(step) if isinstance(node, dict) else None
    return node


RULES: tuple[Check, ...] = (
    machine_types_of_nodes_exist,
    nodes_run_amd64_and_take_their_disks,
    machines_take_their_disks,
    volumes_attach_to_the_machines,
)
