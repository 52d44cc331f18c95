"""Clusters, node pools, volumes and instances as built. Each rule: cases it refuses, and neighbours it accepts."""

from typing import Any

import pytest
from landing import LANDING, landing, machine, other, said

from generator.check.google import cloud_sql, gke, nodes
from generator.google.machines import FAMILIES
from generator.manifest import Manifest

CLUSTER = "ContainerCluster codemie-lab/codemie-gke: /spec/"
POLICY = f"{CLUSTER}maintenancePolicy/"
POOL = "ContainerNodePool codemie-lab/main: /spec/"
SQL = "SQLInstance codemie-lab/codemie-postgresql: /spec/settings/databaseFlags/"
TIER = "SQLInstance codemie-lab/codemie-postgresql: /spec/settings/tier:"
OF_ENTERPRISE = "  hint: db-custom-<vCPUs>-<MiB>, such as db-custom-2-8192\n"
VOLUME = "PersistentVolumeClaim codemie-lab/data: /spec/storageClassName: its disk is"
HOURS_48 = "  hint: GKE asks for 48 hours in any 32 days, in windows of 4 or more\n"
RFC_3339 = "  hint: RFC 3339, such as 2026-01-03T01:00:00Z\n"
ATTACH = (
    "machines do not take: the volume is never attached [volume-disk]\n"
    "  hint: a StorageClass of a disk that they take, or a pool of other machines\n"
)
ARM = "  hint: GKE taints such nodes with kubernetes.io/arch=arm64, and no pod of ours tolerates that\n"
FLAGS = LANDING["instance"]["spec"]["settings"]["databaseFlags"]


def window(start: str, end: str, recurrence: str) -> list[Manifest]:
    """Return the landing zone with a window for the maintenance of its cluster."""
    recurring = {"startTime": start, "endTime": end, "recurrence": recurrence}
    return landing(cluster={"/spec/maintenancePolicy": {"recurringWindow": recurring}})


def left_out(start: str, end: str, daily: str = "03:00", times: int = 1) -> list[Manifest]:
    """Return the landing zone with times in which its cluster is not maintained."""
    left = [{"exclusionName": f"sale-{number}", "startTime": start, "endTime": end} for number in range(times)]
    policy = {"dailyMaintenanceWindow": {"startTime": daily}, "maintenanceExclusion": left}
    return landing(cluster={"/spec/maintenancePolicy": policy})


def pool(machine_type: str, *added: Manifest, disk: str = "", **spec: Any) -> list[Manifest]:
    """Return the landing zone with a pool of these machines, which start from this disk."""
    more = {"/spec/nodeConfig/diskType": disk} if disk else {}
    fields = {f"/spec/{key}": value for key, value in spec.items()}
    return landing(*added, pool={"/spec/nodeConfig/machineType": machine_type, **more, **fields})


def flags(*more: tuple[str, str], version: str = "POSTGRES_17") -> list[Manifest]:
    """Return the landing zone with further flags of its instance."""
    written = [*FLAGS, *({"name": name, "value": value} for name, value in more)]
    fields = {"/spec/settings/databaseFlags": written, "/spec/databaseVersion": version}
    return landing(instance=fields)


def tier(name: str, edition: str = "") -> list[Manifest]:
    """Return the landing zone with another tier of its instance."""
    fields: dict[str, Any] = {"/spec/settings/tier": name, "/spec/databaseVersion": "POSTGRES_17"}
    fields |= {"/spec/settings/edition": edition} if edition else {}
    return landing(instance=fields)


def volume(storage_class: str) -> Manifest:
    """Return a volume of a class."""
    amount = {"requests": {"storage": "1Gi"}}
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": storage_class, "resources": amount}
    return other("v1", "PersistentVolumeClaim", "data", {"spec": spec})


def storage_class(disk: str) -> Manifest:
    """Return a class of volumes on a type of disk."""
    more = {"provisioner": "pd.csi.storage.gke.io", "parameters": {"type": disk}}
    return other("storage.k8s.io/v1", "StorageClass", "own", more)


def bastion(machine_type: str, **disk: Any) -> Manifest:
    """Return a virtual machine that starts from a disk."""
    first = machine()
    boot = {"initializeParams": {"sourceImageRef": {"external": "ubuntu-os-cloud/ubuntu-2404-amd64"}, **disk}}
    return {**first, "spec": {**first["spec"], "machineType": machine_type, "bootDisk": boot}}


BASTION = f"ComputeInstance codemie-lab/{machine()['metadata']['name']}: /spec/machineType:"
REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "gke_takes_the_maintenance_of_clusters": [
        (
            window("2026-01-03T07:00:00Z", "2026-01-03T01:00:00Z", "FREQ=DAILY"),
            (
                f"{POLICY}recurringWindow/endTime: must be after start [maintenance-window]\n"
                "  hint: a window that passes midnight ends on the next day\n"
            ),
        ),
        (
            window("2026-01-03T01:00:00+01:00", "2026-01-03T06:00:00+01:00", "FREQ=WEEKLY;BYDAY=MO,TU"),
            (
                f"{POLICY}recurringWindow/recurrence: leaves 40 hours for maintenance in the 32 days from 2026-01-06 "
                f"[maintenance-window]\n{HOURS_48}"
            ),
        ),
        (
            left_out("2026-12-24T00:00:00Z", "2026-12-32T00:00:00Z"),
            f"{POLICY}maintenanceExclusion/0/endTime: is not a time of the calendar [maintenance-window]\n{RFC_3339}",
        ),
        (
            left_out("2026-12-24T00:00:00Z", "2026-12-25T00:00:00Z", daily="24:00"),
            f"{POLICY}dailyMaintenanceWindow/startTime: must be a time in UTC, such as 03:00 [validation]\n",
        ),
        (
            left_out("2026-12-24T00:00:00Z", "2026-12-25T00:00:00Z", times=21),
            f"{POLICY}maintenanceExclusion: must hold at most 20 [validation]\n",
        ),
    ],
    "nodes_are_where_their_cluster_is": [
        (
            pool("n2-standard-8", nodeLocations=["europe-west3-a", "europe-west1-b"]),
            f"{POOL}nodeLocations/1: is not a zone of europe-west3, the region of spec.location [location]\n",
        ),
        (
            landing(cluster={"/spec/nodeLocations": ["europe-west3-a", "europe-west3-b", "europe-west3-a"]}),
            f"{CLUSTER}nodeLocations/2: is in the list twice [location]\n",
        ),
    ],
    "places_exist": [
        (
            pool("n2-standard-8", nodeLocations=["europe-west3-d"]),
            (
                f"warning: {POOL}nodeLocations/0: europe-west3-d is not a zone that Google listed on 2026-11-30 "
                "[location-unknown]\n  hint: there are: europe-west3-a, europe-west3-b, europe-west3-c\n"
            ),
        ),
        (
            landing(bucket={"/spec/location": "europe-west5"}),
            (
                "warning: StorageBucket codemie-lab/dumps: /spec/location: europe-west5 is not a region that Google "
                "listed on 2026-11-30 [location-unknown]\n"
            ),
        ),
    ],
    "machine_types_of_nodes_exist": [
        (
            pool("n2-standard-3"),
            (
                f"{POOL}nodeConfig/machineType: there is no n2-standard-3 [machine-type]\n"
                "  hint: n2-standard has 2, 4, 8, 16, 32, 48, 64, 80, 96 or 128 vCPUs\n"
            ),
        ),
        (
            pool("x9-standard-8"),
            (
                f"warning: {POOL}nodeConfig/machineType: is of no machine family that Google listed on 2026-11-30 "
                "[machine-type]\n"
            ),
        ),
    ],
    "nodes_run_amd64_and_take_their_disks": [
        (
            pool("t2a-standard-8"),
            (
                f"{POOL}nodeConfig/machineType: t2a is an Arm machine, but the images are built for amd64 "
                f"[machine-arm]\n{ARM}"
            ),
        ),
        *(
            (
                pool(machine_type, disk=disk),
                (
                    f"{POOL}nodeConfig/diskType: {disk or 'pd-balanced'} is no disk that {machine_type.partition('-')[0]} "
                    f"machines start from [machine-disk]\n  hint: they take {', '.join(taken)}\n"
                ),
            )
            for machine_type, disk, taken in (
                ("n4-standard-8", "", ("hyperdisk-balanced",)),
                ("c4-standard-8", "pd-ssd", ("hyperdisk-balanced",)),
                ("c3-standard-8", "pd-standard", ("pd-balanced", "pd-ssd", "hyperdisk-balanced")),
                ("n2-standard-8", "hyperdisk-balanced", ("pd-standard", "pd-balanced", "pd-ssd")),
                ("a4-highgpu-8g", "pd-balanced", ("hyperdisk-balanced",)),
            )
        ),
    ],
    "machines_take_their_disks": [
        (
            landing(bastion("t2a-standard-1")),
            f"{BASTION} t2a is an Arm machine, but the image is not for arm64 [machine-arm]\n  hint: such as e2-small\n",
        ),
        (
            landing(bastion("n4-standard-2")),
            (
                f"{BASTION} n4 takes Hyperdisk only, and the boot disk is not one [machine-disk]\n"
                "  hint: such as e2-small\n"
            ),
        ),
    ],
    "volumes_attach_to_the_machines": [
        (
            pool("n4-standard-8", volume("standard-rwo"), disk="hyperdisk-balanced"),
            f"{VOLUME} pd-balanced, which n4 {ATTACH}",
        ),
        (
            pool("n2-standard-8", volume("own"), storage_class("hyperdisk-balanced")),
            f"{VOLUME} hyperdisk-balanced, which n2 {ATTACH}",
        ),
    ],
    "instances_have_a_tier_of_their_edition": [
        (
            tier("db-custom-3-8192"),
            f"{TIER} must have 1 vCPU or an even number up to 96 [sql-tier]\n{OF_ENTERPRISE}",
        ),
        (
            tier("db-perf-optimized-N-8", "ENTERPRISE"),
            f"{TIER} is a tier of edition ENTERPRISE_PLUS [sql-tier]\n{OF_ENTERPRISE}",
        ),
        (
            tier("db-custom-2-8192", "ENTERPRISE_PLUS"),
            f"{TIER} is a tier of edition ENTERPRISE [sql-tier]\n  hint: db-perf-optimized-N-<vCPUs>\n",
        ),
    ],
    "instances_take_their_flags": [
        (
            flags(("max_connections", "13")),
            f"{SQL}{len(FLAGS)}/value: must be a whole number from 14 to 262143 [sql-flag]\n",
        ),
        (
            flags(("Max Connections", "500")),
            (
                f"{SQL}{len(FLAGS)}/name: is no name of a flag [sql-flag]\n"
                "  hint: lower-case letters, digits, _ and a dot\n"
            ),
        ),
        (
            flags(("max_conections", "500")),
            (
                f"warning: {SQL}{len(FLAGS)}/name: max_conections is not a flag that Google listed on 2026-11-30 "
                "[sql-flag-unknown]\n  hint: did you mean max_connections?\n"
            ),
        ),
        (
            flags(("old_snapshot_threshold", "60")),
            (
                f"{SQL}{len(FLAGS)}/value: is not a flag of PostgreSQL 17: 16 was the last to have it [sql-flag]\n"
                "  hint: take it out\n"
            ),
        ),
    ],
    "flags_are_there_once": [
        (
            flags(("log_connections", "on")),
            f"{SQL}{len(FLAGS)}/name: is there twice, and Cloud SQL takes one value of a flag [sql-flag]\n",
        ),
    ],
}
ACCEPTED = [
    tier("db-custom-96-638976"),
    tier("db-f1-micro", "ENTERPRISE"),
    tier("db-perf-optimized-N-8", "ENTERPRISE_PLUS"),
    tier("db-something-new", "ENTERPRISE"),
    window("2026-01-03T01:00:00Z", "2026-01-03T07:00:00Z", "FREQ=WEEKLY;BYDAY=SA,SU"),
    window("2019-01-01T09:00:00-0400", "2019-01-01T17:00:00-04:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    left_out("2026-12-24T00:00:00Z", "2026-12-24T00:00:01Z", daily="23:59", times=20),
    pool("n2-standard-8", nodeLocations=["europe-west3-a", "europe-west3-b"]),
    landing(bucket={"/spec/location": "EU"}),
    landing(bucket={"/spec/location": "us-east1"}),
    pool("n4-standard-8", disk="hyperdisk-balanced"),
    pool("n2-standard-8", volume("standard-rwo"), disk="pd-ssd"),
    pool("n4-standard-8", volume("own"), storage_class("hyperdisk-balanced"), disk="hyperdisk-balanced"),
    pool("n4-standard-8", volume("class-of-somebody"), disk="hyperdisk-balanced"),
    pool("z4d-standard-8", disk="pd-ssd"),
    landing(bastion("e2-small")),
    landing(bastion("n4-standard-2", type="hyperdisk-balanced")),
    flags(("max_connections", "14"), ("old_snapshot_threshold", "60"), version="POSTGRES_16"),
    flags(("max_connections", "five"), version="MYSQL_8_0"),
]


def test_every_rule_has_a_case() -> None:
    rules = (*gke.RULES, *nodes.RULES, *cloud_sql.RULES)
    assert [rule.__name__ for rule in rules] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(manifests) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest]) -> None:
    assert not said(manifests)


def test_families_of_hyperdisk_only_are_those_that_google_lists() -> None:
    only = {name for name, family in FAMILIES.items() if family.disks == ("hyperdisk-balanced",)}
    assert only == {"n4", "n4a", "n4d", "c4", "c4a", "c4d", "m4", "a4", "a4x", "g4", "h4d", "x4"}
    assert {name for name, family in FAMILIES.items() if family.arm} == {"t2a", "c4a", "n4a", "a4x"}
