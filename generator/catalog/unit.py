"""A unit: a folder below templates/ that is switched on as a whole, and what its component.yaml declares."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from generator.catalog.common_keys import Declared, Defaults, Length, Name, Port, SecretId, Version
from generator.catalog.made_elsewhere import Chart, DeclaredWorkload
from generator.finding import Where
from generator.schema import Schema, matching
from generator.yamlio import Path

KeyName = Annotated[str, matching(r"^[-._a-zA-Z0-9]{1,253}$", "a key of a Secret")]
NAMESPACES = "namespaces"
"""The derived unit that is the first of the workload cluster."""
SHARED_SECRETS = "shared-secrets"
"""The derived unit with the SecretStores, and the ExternalSecrets that several units of a namespace read."""
SIGN_IN = "oauth2-proxy"
"""The unit in front of what is exposed with `auth: oauth2` on its own host; other hosts get an instance of it."""
EDGE = "edge"
"""The unit whose Gateway routes hang on, and its namespace: until it is there, a route waits for an answer."""
OUTSIDE = frozenset(
    {"dns", "metadata", "kube-apiserver", "google-apis", "cloud-sql", "memorystore", "internet", "corporate"}
)
"""The outside targets that `connects` may name; render/derived/network_policy.py has the rule of each."""


Level = Literal["restricted", "baseline", "privileged"]
Prefix = Annotated[str, matching(r"^/$|^(/[A-Za-z0-9._~-]+)+$", "a path prefix: / or /a/b, without a slash at the end")]


class When(Declared, frozen=True):
    """A condition: `unit` is on, `unless` is off, the unit's own `value` or the environment's key `env` is `is`.

    `env` is dotted (`tls.source`); without `is` it holds where the key is set and not empty.
    """

    unit: Name | None = None
    unless: Name | None = None
    value: str | None = None
    env: Annotated[str, matching(r"^[a-z][A-Za-z]*(\.[a-z][A-Za-z]*)*$", "a dotted key such as tls.source")] | None = (
        None
    )
    is_: str | int | bool | None = msgspec.field(name="is", default=None)


class Need(Declared, frozen=True):
    """A unit that must be healthy first."""

    unit: Name
    when: When | None = None


class Connection(Declared, frozen=True):
    """A call: from workload `from` (default: the main one) to a unit or an outside target. TCP.

    A call of `cloud-sql` may name the `database` it uses, one of the environment's `database.databases`; its pods get
    a proxy to it. `password` is the key, `<Secret>/<key>`, with its password: needed where several could be.
    """

    to: Name
    port: Port | None = None
    database: Name | None = None
    password: Annotated[str, matching(r"^[a-z][-.a-z0-9]*/[-._a-zA-Z0-9]+$", "<Secret>/<key>")] | None = None
    from_: Name | None = msgspec.field(name="from", default=None)
    when: When | None = None


class Restart(Declared, frozen=True):
    """A file, `<ConfigMap>/<file>`, of a unit that the pods of this one read at their start: a change restarts them."""

    unit: Name
    file: Annotated[str, matching(r"^[a-z0-9][-.a-z0-9]*/[A-Za-z0-9][-._A-Za-z0-9]*$", "<ConfigMap>/<file>")]
    when: When | None = None


class ExposedPath(Declared, frozen=True):
    """A path prefix of the host, and what it is rewritten to before it reaches the Service."""

    path: Prefix
    rewrite: Prefix | None = None


class Health(Declared, frozen=True):
    """What the load balancer asks to know that a backend lives."""

    port: Port
    path: str


class Exposure(Declared, frozen=True):
    """A host (the label before the domain) and its paths, which reach a port of `service` (named like the unit).

    `oauth2` comes through oauth2-proxy, the others directly; `none` loses headers that claim an identity. `ranges` says
    who may call in a public environment: `access.allowedRanges`, `adminRanges` or `webhookRanges`. `tcp` has a load
    balancer of its own, so no route: clients keep their addresses.
    """

    host: Name
    port: Port
    service: Name | None = None
    paths: tuple[ExposedPath, ...] = (ExposedPath(path="/"),)
    protocol: Literal["http", "tcp"] = "http"
    auth: Literal["oauth2", "own", "none"] = "oauth2"
    ranges: Literal["allowed", "admin", "webhook"] = "allowed"
    health: Health | None = None
    when: When | None = None

    @property
    def behind_sign_in(self) -> bool:
        """Whether oauth2-proxy stands before it."""
        return self.auth == "oauth2"


class SecretKey(Declared, frozen=True):
    """One key of a Secret. `id` is the Secret Manager secret that holds its value (default: `<Secret>-<key>`).

    `version` pins one of its versions; without it the newest is read. A `constant` is given here, a `copy` is that key
    of Secret `of` in another namespace of the cluster. What it `encrypts` cannot be read with another value.
    """

    source: Literal["random", "bcrypt", "nkey", "external", "constant", "copy"]
    id: SecretId | None = None
    of: Name | None = None
    namespace: Name | None = None
    length: Length | None = None
    version: Version | None = None
    value: Annotated[str, matching(r"^[^{}]*$", "text without braces: it is a template to External Secrets")] | None = (
        None
    )
    encrypts: Literal["stored data"] | None = None


class Secret(Declared, frozen=True):
    """A Kubernetes Secret the unit consumes, and how each of its values is made: here, or as unit `from` says."""

    keys: dict[KeyName, SecretKey] = msgspec.field(default_factory=dict)
    type: str = "Opaque"
    from_: Name | None = msgspec.field(name="from", default=None)
    when: When | None = None


class Grant(Declared, frozen=True):
    """A Google role that workload `from` (default: the main one) needs, on the project or, better, on one resource.

    `cloud-sql` is our instance, by a condition; `bucket:<what it holds>` a bucket that is made for it; `other-buckets`
    are all buckets of the project but such ones, by a condition.
    """

    role: Annotated[
        str, matching(r"^roles/[a-zA-Z]+(\.[a-zA-Z]+)+$|^roles/[a-zA-Z]+\.[a-zA-Z.]+$", "such as roles/aiplatform.user")
    ]
    resource: Annotated[
        str,
        matching(
            r"^(project|kms-key|cloud-sql|dns-zone|other-buckets|bucket:[a-z]([-a-z0-9]{0,22}[a-z0-9])?)$",
            "project, kms-key, cloud-sql, dns-zone, other-buckets or bucket:<what it holds>",
        ),
    ] = "project"
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
    """A check, or several for one reason, that an object of this unit may miss, and until when (YYYY-MM-DD).

    A check is a rule of ours, or a linter's: those of kube-score and checkov become annotations of the object.
    """

    check: str | tuple[str, ...]
    object: str
    reason: str
    expires: Annotated[str, matching(r"^\d{4}-\d\d-\d\d$", 'a date, as text: "2027-06-30"')]

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks, also where there is one."""
        return (self.check,) if isinstance(self.check, str) else self.check


class Declaration(Declared, frozen=True):
    """component.yaml as written. `reads`: objects of all namespaces that the main workload gets from the API server."""

    title: str
    namespace: Name | None = None
    optional: bool = False
    cluster: Literal["hub", "workload"] | None = None
    needs: tuple[Name | Need, ...] = ()
    defaults: Defaults = Defaults()
    exposes: tuple[Exposure, ...] = ()
    connects: tuple[Connection, ...] = ()
    enables: tuple[Need, ...] = ()
    restarts_with: tuple[Restart, ...] = ()
    secrets: dict[Name, Secret] = msgspec.field(default_factory=dict)
    identity: tuple[Grant, ...] = ()
    reads: tuple[Literal["pods"], ...] = ()
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
    def origin(self) -> str:
        """The name by which environments set it: that of its folder, which all instances of a unit share."""
        return self.folder.rpartition("/")[2] or self.name

    @property
    def host(self) -> str:
        """The host whose sign-in it is; empty for all but SIGN_IN and its instances."""
        hosts = (exposure.host for exposure in self.declaration.exposes)
        return next(hosts, "") if self.origin == SIGN_IN else ""

    def own(self, name: str) -> str:
        """Return a name from the unit's folder in this instance: what is named like the unit is named like it."""
        return self.name if name == self.origin else name

    @property
    def cluster(self) -> str:
        """The cluster it is applied to: `hub` or `workload`."""
        return self.declaration.cluster or ("hub" if self.kind == "infra" else "workload")

    @property
    def file(self) -> str:
        """Path of its component.yaml."""
        return f"{self.folder}/component.yaml"
