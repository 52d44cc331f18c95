"""What Config Connector gets of every way to run the platform: access mode by size, and what else changes it."""

import functools
import re
from typing import Any

import product

from generator.manifest import Manifest

SIZES = ("small", "standard", "high-scale")
TUNED = """\
infra:
  apis: {more: [bigquery]}
  memorystore: {enabled: true}
  gke: {encryptDisks: true, securityGroup: gke-security-groups@example.com}
  dns: {otherNetworks: [projects/corporate-hub/global/networks/hub], inboundForwarding: true}
  vpc: {natAddresses: [codemie-nat-2], natDrainedAddresses: [codemie-nat-1]}
network: {peered: {hub: 10.90.0.0/16}}
argocd: {clusterAddress: https://gke-0123456789abcdef-100000000001.europe-west3.gke.goog}
"""
IN_CLUSTER = "argocd: {topology: in-cluster}\nexisting: {cluster: {name: tools}}\n"
VARIANTS: dict[str, tuple[str, ...]] = {  # an example, what is laid over it, profiles in place of its own
    **{f"public-{size}": ("dev", "", f"public, {size}") for size in SIZES},
    **{f"private-{size}": ("prod", "", f"private, {size}") for size in SIZES},
    "public-google-managed": ("dev", "tls: {source: google-managed}"),
    "public-nats": ("dev", "components: {nats: {enabled: true}}"),
    "public-tuned": ("dev", TUNED),
    "private-tuned": ("prod", TUNED),
    "public-in-cluster": ("dev", IN_CLUSTER),
    "private-in-cluster": ("prod", IN_CLUSTER),
}
PUBLIC = [name for name in VARIANTS if name.startswith("public")]
PRIVATE = [name for name in VARIANTS if name not in PUBLIC]
WITH_CLUSTER = [name for name in VARIANTS if not name.endswith("in-cluster")]
TUNINGS = [name for name in VARIANTS if name.endswith("tuned")]


class Infra:
    """One variant: its plan, and what Config Connector gets of it."""

    def __init__(self, example: str, more: str = "", profiles: str = "") -> None:
        built = product.build(example, more, profiles)
        self.plan = built.plan
        self.env = self.plan.environment
        self.objects: dict[tuple[str, str], Manifest] = {
            (item.id.kind, item.id.name): item.manifest
            for item in built.objects
            if re.fullmatch(r"(?!core\.).*cnrm\.cloud\.google\.com", item.id.group)
        }
        self.services = [item.manifest for item in built.objects if (item.id.group, item.id.kind) == ("", "Service")]

    def all(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the specs of a kind by name."""
        return {name: manifest["spec"] for (found, name), manifest in self.objects.items() if found == kind}

    def one(self, kind: str) -> dict[str, Any]:
        """Return the spec of the only object of a kind."""
        (spec,) = self.all(kind).values()
        return spec

    @property
    def hosts(self) -> tuple[set[str], set[str]]:
        """Return the host labels that the units of the plan expose: those of the Gateway and those of TCP."""
        exposed = [exposure for planned in self.plan.units for exposure in planned.exposes]
        http = {exposure.host for exposure in exposed if exposure.protocol == "http"}
        return http, {exposure.host for exposure in exposed if exposure.protocol == "tcp"}

    def pools(self) -> list[dict[str, Any]]:
        """Return what each node pool says of its nodes."""
        return [spec["nodeConfig"] for spec in self.all("ContainerNodePool").values()]


@functools.cache
def infra(name: str) -> Infra:
    """Return a variant, built once."""
    return Infra(*VARIANTS[name])
