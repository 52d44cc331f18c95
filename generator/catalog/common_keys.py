"""The common keys: what every environment may set of any unit that has them in its defaults."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from generator.schema import hinted, matching

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
Port = Annotated[int, Meta(ge=1, le=65535)]
SecretId = Annotated[str, matching(r"^[a-z]([-a-z0-9]{0,98}[a-z0-9])?$", "lower-case letters, digits and dashes")]
Length = Annotated[int, Meta(ge=12, le=128)]
Version = Annotated[int, Meta(ge=1)]
Variable = Annotated[str, matching(r"^[A-Za-z_][A-Za-z0-9_]*$", "the name of a variable")]
Pointer = Annotated[str, matching(r"^(/[^/]*)+$", "a JSON pointer; a list step may be written [name=x]")]


class Declared(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True, omit_defaults=True
):
    """What the parts of a component.yaml share: frozen, closed, camelCase."""


class _Image(Declared, frozen=True, kw_only=True):
    """An image whose tag may not be known yet."""

    repository: Repository
    tag: Tag | None = None
    digest: Digest | None = None
    pull_secret: Name | None = None


class Image(_Image, frozen=True, kw_only=True):
    """A container image; the digest wins over the tag."""

    tag: Tag


class DeclaredImage(_Image, frozen=True):
    """An image as a unit declares it: its own tag, or `release: platform` for the tag in `platform.version`."""

    release: Literal["platform"] | None = None

    @property
    def shown(self) -> str:
        """The reference as people read it where no environment is chosen."""
        return f"{self.repository}:{self.tag or f'<{self.release}.version>'}"


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
    """Where pods may run, and whether others make room for them when nodes are full."""

    node_selector: dict[str, str] = msgspec.field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()
    priority: Literal["high", "normal", "low"] = "normal"


class Autoscaling(Declared, frozen=True):
    """How many pods there are while `enabled`; `cpuPercent` is the use of the requested CPU that is aimed at."""

    enabled: bool
    min_replicas: Annotated[int, Meta(ge=1, le=100)]
    max_replicas: Annotated[int, Meta(ge=1, le=100)]
    cpu_percent: Annotated[int, Meta(ge=10, le=95)]


class SecretVariable(Declared, frozen=True):
    """A variable whose value a person puts into Secret Manager under `id`.

    `source` says whether others make the value, or we at random. `version` pins one version; without it the newest is
    read.
    """

    source: Literal["external", "random"]
    id: SecretId
    length: Length | None = None
    version: Version | None = None


class _Keys(Declared, frozen=True):
    """The common keys, with images whose tags may not be known yet."""

    replicas: Annotated[int, Meta(ge=0, le=100)] | None = None
    resources: Resources | None = None
    containers: dict[Name, Container] = msgspec.field(default_factory=dict)
    images: Mapping[Name, _Image] = msgspec.field(default_factory=dict)
    storage: Storage | None = None
    autoscaling: Autoscaling | None = None
    env: dict[Variable, str] = msgspec.field(default_factory=dict)
    secret_env: dict[
        Variable, Annotated[SecretVariable, hinted("{source: external, id: its name in Secret Manager}")]
    ] = msgspec.field(default_factory=dict)
    scheduling: Scheduling = Scheduling()


class Common(_Keys, frozen=True):
    """The common keys: what every environment may set of any unit that has them in its defaults."""

    images: Mapping[Name, Image] = msgspec.field(default_factory=dict)


class Defaults(_Keys, frozen=True):
    """The common keys as a unit declares them."""

    images: Mapping[Name, DeclaredImage] = msgspec.field(default_factory=dict)
