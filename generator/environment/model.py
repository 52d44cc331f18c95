"""An environment as the rest of the program sees it: typed, frozen, complete. Nothing here asks "is it set?".

Field names are camelCase in files (`projectNumber`), snake_case here. Defaults do not live here but in
`environments/profiles/defaults.yaml`, where people can read and override them.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from generator.environment.cloud import Database, Dns, Gcp, Gke, Model, Network
from generator.environment.scalars import (
    Branch,
    ClusterAddress,
    Cron,
    Domain,
    Duration,
    Email,
    EnvironmentName,
    FolderPath,
    GitUrl,
    ImagePath,
    Kind,
    KubernetesVersion,
    LabelKey,
    LabelValue,
    Member,
    Name,
    ObjectName,
    Pointer,
    Port,
    Project,
    Ranges,
    Recipient,
    Release,
    ResourceName,
    TimeZone,
    Word,
)
from generator.traffic import RESOLVERS, Resolver


class Bastion(Model, frozen=True):
    """Who may open an IAP tunnel to the bastion of a private environment, by name."""

    members: dict[
        Name,
        Member,
    ]


class Access(Model, frozen=True):
    """Who reaches the platform: `public` from listed ranges, `private` from inside the VPC only.

    In `public`, `admin_ranges` reach admin consoles, `webhook_ranges` what outside systems call past sign-in, and
    `control_plane_ranges` the API server of the cluster; empty: nobody does.
    """

    mode: Literal["public", "private"]
    allowed_ranges: dict[Name, Ranges]
    allow_whole_internet: bool
    """Loud on purpose: accepts ranges that together are the whole internet."""
    admin_ranges: dict[Name, Ranges]
    webhook_ranges: dict[Name, Ranges]
    control_plane_ranges: dict[Name, Ranges]
    bastion: Bastion


class Tls(Model, frozen=True):
    """Where the certificate of the edge comes from."""

    source: Literal["secret-manager", "google-managed", "cert-manager"]
    issuer: Literal["ca", "public-zone"] | None = None


class System(Model, frozen=True):
    """In-house systems that pods may call, such as Git or Jira."""

    ranges: Ranges
    ports: Annotated[tuple[Port, ...], Meta(min_length=1)]


class Egress(Model, frozen=True):
    """What pods may call outside: in-house systems by name, and the internet on these TCP ports."""

    corporate_ranges: dict[Name, System]
    internet_ports: Annotated[tuple[Port, ...], Meta(min_length=1)]


class Adopted(Model, frozen=True, kw_only=True):
    """Something that already exists, by its name in Google Cloud: only referenced, or taken over as ours (`adopt`)."""

    name: ResourceName
    adopt: bool = False


class AdoptedNetwork(Adopted, frozen=True, kw_only=True):
    """A VPC network, with the subnet of the nodes, its two secondary ranges, and the range of private services.

    What a network has only one of (NAT, private service access, DNS policy, proxy-only subnet) is assumed to exist.
    """

    subnetwork: ResourceName
    pods: ResourceName
    services: ResourceName
    private_services: ResourceName | None = None


class Existing(Model, frozen=True):
    """Resources that already exist: `cluster` also for the in-cluster topology, `buckets` by what they hold."""

    network: AdoptedNetwork | None = None
    zone: Adopted | None = None
    cluster: Adopted | None = None
    key_ring: Adopted | None = None
    key: Adopted | None = None
    sql_instance: Adopted | None = None
    buckets: dict[Name, Adopted] = msgspec.field(default_factory=dict)


class Mirror(Model, frozen=True):
    """Images whose repository starts with `source` are pulled from `target` instead."""

    source: ImagePath
    target: ImagePath


class Registry(Model, frozen=True):
    """Mirrors by name; the longest matching source wins."""

    mirrors: dict[Name, Mirror]


class Committer(Model, frozen=True):
    """Who signs the commits of `publish`."""

    name: str
    email: Email


class Gitops(Model, frozen=True):
    """The repository that Argo CD reads; an environment is at `<path>/<name>/` on `branch`.

    Without `commit`, git says who commits.
    """

    repository: GitUrl
    branch: Branch
    path: FolderPath
    publish: Literal["in-place", "push", "pull-request"]
    commit: Committer | None = None


class SyncWindow(Model, frozen=True):
    """When Argo CD may or may not sync, self-heal and retries included. `schedule` is cron, `duration` like 2h.

    `manual_sync` leaves a way in for incidents, `sync_overrun` lets a running sync end.
    """

    kind: Literal["allow", "deny"]
    schedule: Cron
    duration: Duration
    time_zone: TimeZone
    manual_sync: bool
    sync_overrun: bool


class Subscription(Model, frozen=True):
    """An Argo CD notification: on `trigger`, by `service`, to `recipients`."""

    trigger: Word
    service: Word
    recipients: Annotated[tuple[Recipient, ...], Meta(min_length=1)]


class ArgoCd(Model, frozen=True):
    """Argo CD: its namespace, where it runs, how it reaches the workload cluster, and a hub's Google account."""

    namespace: Name
    topology: Literal["hub", "in-cluster"]
    cluster_address: ClusterAddress
    sync_windows: dict[Name, SyncWindow]
    notifications: dict[Name, Subscription]
    identity: Email | None = None


class ConfigConnector(Model, frozen=True):
    """Config Connector: the Google account it acts as for this environment, and the project of the hub cluster."""

    identity: Email
    hub_project: Project


class Channel(Model, frozen=True):
    """Where alerts go."""

    email: Email


class Monitoring(Model, frozen=True):
    """Alerting: notification channels by name."""

    channels: dict[Name, Channel]


class PatchTarget(Model, frozen=True):
    """The one object a patch changes."""

    kind: Kind
    name: ObjectName
    unit: Name


class Operation(Model, frozen=True, omit_defaults=True):
    """One JSON 6902 operation; a list step may be written `[name=x]`."""

    op: Literal["add", "remove", "replace", "test"]
    path: Pointer
    value: Any = msgspec.UNSET


class Patch(Model, frozen=True):
    """The escape hatch: any change of any object, checked like the rest."""

    target: PatchTarget
    ops: Annotated[tuple[Operation, ...], Meta(min_length=1)]


class Kubernetes(Model, frozen=True):
    """The Kubernetes minor version that objects are validated against and Pod Security is pinned to.

    It upgrades no cluster: the release channel of GKE does that.
    """

    version: KubernetesVersion


class Platform(Model, frozen=True):
    """The vendor's release: `version` is the tag of every image with `release: platform` in component.yaml."""

    version: Release


UnitSettings = dict[str, dict[str, Any]]
"""By unit, what holds for it: plain data that fits the unit's own schema. Its type is `catalog.Settings`."""


class Environment(Model, frozen=True):
    """One environment of AI/Run CodeMie, complete and typed."""

    name: EnvironmentName
    labels: dict[LabelKey, LabelValue]
    gcp: Gcp
    domain: Domain
    dns: Dns
    access: Access
    tls: Tls
    network: Network
    gke: Gke
    egress: Egress
    database: Database
    existing: Existing
    registry: Registry
    components: UnitSettings
    infra: UnitSettings
    addons: UnitSettings
    gitops: Gitops
    argocd: ArgoCd
    config_connector: ConfigConnector
    monitoring: Monitoring
    patches: dict[Name, Patch]
    kubernetes: Kubernetes
    platform: Platform

    @property
    def resolvers(self) -> tuple[Resolver, ...]:
        """Return who may answer the DNS queries of pods: in a cluster of others, anybody, unless `gke.dns` says it."""
        if self.gke.dns:
            return (self.gke.dns,)
        return ("kube-dns",) if self.existing.cluster is None else tuple(RESOLVERS)
