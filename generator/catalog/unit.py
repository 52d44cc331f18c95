"""A unit: a folder below templates/ that is switched on as a whole, and what its component.yaml declares."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from generator.finding import Where
from generator.schema import Schema, matching
from generator.yamlio import Path

Name = Annotated[str, matching(r"^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$", "lower-case letters, digits and dashes")]
Cpu = Annotated[
    str,
    matching(r"^([1-9][0-9]*m?|0\.[0-9]{1,3}|[1-9][0-9]*\.[0-9]{1,3})$", 'cores or millicores, as text: "2" or 500m'),
]
Bytes = Annotated[str, matching(r"^[1-9][0-9]*(Ki|Mi|Gi|Ti)$", "bytes with a binary unit: 512Mi, 4Gi")]
Tag = Annotated[
    str, matching(r"^(?!latest$)[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$", "a fixed tag; latest moves and is refused")
]
Digest = Annotated[str, matching(r"^sha256:[0-9a-f]{64}$", "sha256: and 64 hex digits")]
Repository = Annotated[
    str, matching(r"^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(/[a-z0-9][a-z0-9._-]*)+$", "registry and path, without tag")
]
Level = Literal["restricted", "baseline", "privileged"]
Port = Annotated[int, Meta(ge=1, le=65535)]
Pointer = Annotated[str, matching(r"^(/[^/]*)+$", "a JSON pointer; a list step may be written [name=x]")]


NAMESPACES = "namespaces"
"""The derived unit that is the first of the workload cluster."""
OUTSIDE = frozenset({"dns", "metadata", "kube-apiserver", "google-apis", "cloud-sql", "internet", "corporate"})
"""The outside targets that `connects` may name; render/derived/network_policy.py has the rule of each."""


class Declared(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True, omit_defaults=True
):
    """What the parts of a component.yaml share: frozen, closed, camelCase."""


class When(Declared, frozen=True):
    """A condition: unit `unit` is on, unit `unless` is off, or the unit's own value `value` is `is`."""

    unit: Name | None = None
    unless: Name | None = None
    value: str | None = None
    is_: str | int | bool | None = msgspec.field(name="is", default=None)


class Need(Declared, frozen=True):
    """A unit that must be healthy first."""

    unit: Name
    when: When | None = None


class Connection(Declared, frozen=True):
    """A call: from workload `from` (default: the main one) to a unit or an outside target. TCP."""

    to: Name
    port: Port | None = None
    from_: Name | None = msgspec.field(name="from", default=None)
    when: When | None = None


class ExposedPath(Declared, frozen=True):
    """A path prefix of the host, and what it is rewritten to before it reaches the Service."""

    path: str
    rewrite: str | None = None


class Health(Declared, frozen=True):
    """What the load balancer asks to know that a backend lives."""

    port: Port
    path: str


class Exposure(Declared, frozen=True):
    """A host (the label before the domain) and its paths. `oauth2` comes through oauth2-proxy, the others directly."""

    host: Name
    port: Port
    paths: tuple[ExposedPath, ...] = (ExposedPath(path="/"),)
    auth: Literal["oauth2", "own", "none"] = "oauth2"
    health: Health | None = None
    when: When | None = None


class SecretKey(Declared, frozen=True):
    """One key of a Secret. `id` is the Secret Manager secret that holds its value."""

    source: Literal["random", "bcrypt", "nkey", "external", "constant"]
    id: str | None = None
    of: str | None = None
    length: Annotated[int, Meta(ge=12, le=128)] | None = None
    value: str | None = None


class Secret(Declared, frozen=True):
    """A Kubernetes Secret the unit consumes, and how each of its values is made."""

    keys: dict[str, SecretKey]
    type: str = "Opaque"
    consumers: tuple[Name, ...] = ()
    when: When | None = None


class Grant(Declared, frozen=True):
    """A Google role that workload `from` (default: the main one) needs, on the project or on one resource."""

    role: Annotated[
        str, matching(r"^roles/[a-zA-Z]+(\.[a-zA-Z]+)+$|^roles/[a-zA-Z]+\.[a-zA-Z.]+$", "such as roles/aiplatform.user")
    ]
    resource: str = "project"
    from_: Name | None = msgspec.field(name="from", default=None)
    when: When | None = None


class Metrics(Declared, frozen=True):
    """Where Managed Prometheus scrapes."""

    port: Port
    path: str = "/metrics"


class PodSecurity(Declared, frozen=True):
    """The Pod Security level the unit's pods pass; below restricted with a reason."""

    level: Level = "restricted"
    reason: str = ""


class LinterException(Declared, frozen=True):
    """A linter check an object of this unit may miss, why, and until when (YYYY-MM-DD)."""

    check: str
    object: str
    reason: str
    expires: Annotated[str, matching(r"^\d{4}-\d\d-\d\d$", 'a date, as text: "2027-06-30"')]


class PodPort(Declared, frozen=True):
    """A port that pods listen on."""

    name: Name
    port: Port


class Pods(Declared, frozen=True):
    """Labels and ports of pods that an operator or a chart makes."""

    labels: dict[str, str]
    ports: tuple[PodPort, ...] = ()


class DeclaredWorkload(Declared, frozen=True):
    """Pods that no template of ours shows: of a custom resource (`kind` and pointers into it) or of a chart."""

    name: Name
    pods: Pods
    kind: str | None = None
    replicas: Pointer | None = None
    container: Pointer | None = None
    image: Pointer | None = None
    pod: Pointer | None = None


class Kind(Declared, frozen=True):
    """Cluster-scoped objects that a chart brings and the AppProject allows; `name` may hold `*`."""

    group: str
    kind: str
    name: str


class Chart(Declared, frozen=True):
    """A pinned Helm chart and its values."""

    repository: Annotated[str, matching(r"^(https|oci)://[^\s@]+$", "https:// or oci://")]
    name: Name
    version: Annotated[str, matching(r"^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$", "an exact version")]
    values: dict[str, Any] = msgspec.field(default_factory=dict)
    kinds: tuple[Kind, ...] = ()


class Image(Declared, frozen=True):
    """A container image; the digest wins over the tag."""

    repository: Repository
    tag: Tag
    digest: Digest | None = None
    pull_secret: Name | None = None


class Amounts(Declared, frozen=True):
    """CPU (cores or millicores) and memory (bytes with unit)."""

    cpu: Cpu | None = None
    memory: Bytes | None = None


class Resources(Declared, frozen=True):
    """What a container is promised and what it may use."""

    requests: Amounts
    limits: Amounts


class Container(Declared, frozen=True):
    """Settings of a container beside the main one."""

    resources: Resources


class Storage(Declared, frozen=True):
    """A volume per pod."""

    size: Bytes
    storage_class: Annotated[str, matching(r"^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$", "the name of a StorageClass")]


class Toleration(Declared, frozen=True):
    """A taint that the pods bear."""

    key: str
    operator: Literal["Exists", "Equal"] = "Exists"
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None


class Scheduling(Declared, frozen=True):
    """Where pods may run."""

    node_selector: dict[str, str] = msgspec.field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()


class Common(Declared, frozen=True):
    """The common keys: what every environment may set of any unit that has them in its defaults."""

    replicas: Annotated[int, Meta(ge=0, le=100)] | None = None
    resources: Resources | None = None
    containers: dict[Name, Container] = msgspec.field(default_factory=dict)
    images: dict[Name, Image] = msgspec.field(default_factory=dict)
    storage: Storage | None = None
    env: dict[Annotated[str, matching(r"^[A-Za-z_][A-Za-z0-9_]*$", "the name of a variable")], str] = msgspec.field(
        default_factory=dict
    )
    scheduling: Scheduling = Scheduling()


class Declaration(Declared, frozen=True):
    """component.yaml as written."""

    title: str
    namespace: Name | None = None
    optional: bool = False
    cluster: Literal["hub", "workload"] | None = None
    needs: tuple[Name | Need, ...] = ()
    defaults: Common = Common()
    exposes: tuple[Exposure, ...] = ()
    connects: tuple[Connection, ...] = ()
    enables: tuple[Need, ...] = ()
    secrets: dict[Name, Secret] = msgspec.field(default_factory=dict)
    identity: tuple[Grant, ...] = ()
    metrics: Metrics | None = None
    pod_security: PodSecurity = PodSecurity()
    exceptions: tuple[LinterException, ...] = ()
    workloads: tuple[DeclaredWorkload, ...] = ()
    chart: Chart | None = None


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit with its place, its typed values' schema and where each declaration stands."""

    name: str
    kind: Literal["component", "infra", "addon"]
    folder: str
    declaration: Declaration
    values: Schema
    marks: Mapping[Path, Where]

    @property
    def cluster(self) -> str:
        """The cluster it is applied to: `hub` or `workload`."""
        return self.declaration.cluster or ("hub" if self.kind == "infra" else "workload")

    @property
    def file(self) -> str:
        """Path of its component.yaml."""
        return f"{self.folder}/component.yaml"
