"""What a unit declares of objects that no template of ours shows: pods of an operator or a chart, and the chart."""

from typing import Annotated, Any

import msgspec

from generator.catalog.common_keys import Declared, Name, Pointer, Port
from generator.schema import matching


class PodPort(Declared, frozen=True):
    """A port that pods listen on."""

    name: Name
    port: Port


class Pods(Declared, frozen=True):
    """Labels and ports of pods that an operator or a chart makes."""

    labels: dict[str, str]
    ports: tuple[PodPort, ...] = ()


class DeclaredWorkload(Declared, frozen=True):
    """Pods that no template of ours shows: of a custom resource (`kind` and pointers into it) or of a chart.

    Of a chart, `resources` and `replicas` (default: one) point into its values: what one pod requests, and how many
    there are. `webhook` is a port that the API server calls: an admission webhook.
    """

    name: Name
    pods: Pods
    webhook: Port | None = None
    kind: str | None = None
    replicas: Pointer | None = None
    container: Pointer | None = None
    image: Pointer | None = None
    pod: Pointer | None = None
    resources: Pointer | None = None


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
