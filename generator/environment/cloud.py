"""The Google Cloud side of an environment: project, zone, network, cluster, database."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from generator.environment.scalars import (
    Clock,
    FlagName,
    Instant,
    Location,
    MachineType,
    ModelLocation,
    Name,
    PostgresName,
    PostgresVersion,
    Project,
    ProjectNumber,
    Range,
    Recurrence,
    Region,
    SqlTier,
    Zone,
)
from generator.traffic import Resolver


class Model(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What all parts of an environment share: frozen, camelCase in files. The schema closes them (schema.py)."""


class VertexAi(Model, frozen=True):
    """Where Vertex AI serves Gemini and embeddings, and Claude models: `global`, a multi-region or a region."""

    region: ModelLocation
    claude_region: ModelLocation


class Gcp(Model, frozen=True):
    """The Google Cloud project that everything lives in."""

    project: Project
    project_number: ProjectNumber
    region: Region
    zones: Annotated[tuple[Zone, ...], Meta(min_length=1, max_length=4)]
    vertex_ai: VertexAi


class Dns(Model, frozen=True):
    """The Cloud DNS zone of `domain`: the parent delegates a public one; only the VPC sees a private one."""

    zone: Name
    visibility: Literal["public", "private"]


class Network(Model, frozen=True):
    """Ranges of the VPC. None may overlap another."""

    nodes: Range
    pods: Range
    services: Range
    control_plane: Range
    proxy_only: Range
    private_services: Range
    peered: dict[Name, Range]

    @property
    def own(self) -> dict[str, str]:
        """Return the ranges that the platform itself takes, by key: all but those of peers."""
        return {
            "nodes": self.nodes,
            "pods": self.pods,
            "services": self.services,
            "controlPlane": self.control_plane,
            "proxyOnly": self.proxy_only,
            "privateServices": self.private_services,
        }


class NodePool(Model, frozen=True):
    """Nodes of one shape; counts are totals over all zones, disk in GB."""

    machine_type: MachineType
    min_nodes: Annotated[int, Meta(ge=0, le=1000)]
    max_nodes: Annotated[int, Meta(ge=1, le=1000)]
    disk_gb: Annotated[int, Meta(ge=20, le=65536)]


class MaintenanceWindow(Model, frozen=True):
    """When GKE may upgrade: a first window (RFC 3339) and how it recurs (RFC 5545)."""

    start: Instant
    end: Instant
    recurrence: Recurrence


class Gke(Model, frozen=True):
    """The workload cluster. `location` is a region (three control planes) or a zone (one).

    Without `dns`, a cluster that we make has kube-dns; of one that is there already nobody knows.
    """

    channel: Literal["RAPID", "REGULAR", "STABLE", "EXTENDED"]
    location: Location
    node_pools: dict[Name, NodePool]
    maintenance_window: MaintenanceWindow
    dns: Resolver | None = None


class Backups(Model, frozen=True):
    """Backups of Cloud SQL: start (UTC), how many are kept, days of transaction logs, where they are stored."""

    start_time: Clock
    retained: Annotated[int, Meta(ge=7, le=365)]
    log_days: Annotated[int, Meta(ge=1, le=7)]
    location: Region


class LogicalDatabase(Model, frozen=True):
    """One database on the instance and the user that owns it."""

    database: PostgresName
    user: PostgresName


class Database(Model, frozen=True):
    """The Cloud SQL instance; private address only. Storage in GB grows by itself and never shrinks."""

    version: PostgresVersion
    tier: SqlTier
    storage_gb: Annotated[int, Meta(ge=10, le=65536)]
    availability: Literal["ZONAL", "REGIONAL"]
    backups: Backups
    flags: dict[FlagName, str]
    databases: dict[Name, LogicalDatabase]
