"""What is public and what is not: reserved addresses fit who takes them, and a private environment shows nothing."""

from collections.abc import Iterator
from typing import Any

from generator.annotation import LOAD_BALANCER_ADDRESSES, LOAD_BALANCER_TYPE
from generator.check.built import Built, Check, fault
from generator.check.google.resource import google_name
from generator.field import at, listed, mapping, numbered, pointer, text
from generator.finding import Finding
from generator.manifest import Object

_GLOBAL_CLASSES = (
    "gke-l7-global-external-managed",
    "gke-l7-global-external-managed-mc",
    "gke-l7-gxlb",
    "gke-l7-gxlb-mc",
)
_INTERNAL_CLASSES = ("gke-l7-rilb", "gke-l7-rilb-mc")
_SHARED = "SHARED_LOADBALANCER_VIP"
_MAKER = "edge-addresses"
"""The unit that reserves addresses: while it is on, each one that is taken must be there."""
_CERTIFICATES = ("ComputeManagedSSLCertificate", "CertificateManagerDNSAuthorization")
_DNS_ENDPOINT = ("controlPlaneEndpointsConfig", "dnsEndpointConfig", "allowExternalTraffic")
_OUTWARD = ("natIps", "drainNatIps")
_EVERYWHERE = ("0.0.0.0/0", "::/0")


def gateways_take_a_fitting_address(built: Built) -> Iterator[Finding]:
    """A global Gateway takes a global external address, an internal one a regional internal that ports can share."""
    for gateway in built.of_kind("Gateway"):
        name = text(gateway.manifest, "spec", "gatewayClassName")
        for index, address in numbered(gateway.manifest, "spec", "addresses"):
            if text(address, "type") != "NamedAddress":
                continue
            path = f"/spec/addresses/{index}/value"
            if name in _GLOBAL_CLASSES:
                yield from _unfit(built, gateway, path, text(address, "value"), "global", "EXTERNAL")
            elif name in _INTERNAL_CLASSES:
                region = built.plan.environment.gcp.region
                yield from _unfit(built, gateway, path, text(address, "value"), region, "INTERNAL", _SHARED)


def load_balancers_take_a_fitting_address(built: Built) -> Iterator[Finding]:
    """A Service of type LoadBalancer takes a regional address: internal if it is, else external."""
    path = "/metadata/annotations" + pointer(LOAD_BALANCER_ADDRESSES)
    for service in built.of_kind("Service"):
        named = text(service.manifest, "metadata", "annotations", LOAD_BALANCER_ADDRESSES)
        for name in named.replace(" ", "").split(",") if named else ():
            kind = "INTERNAL" if _is_internal(service) else "EXTERNAL"
            yield from _unfit(built, service, path, name, built.plan.environment.gcp.region, kind)


def networks_take_a_fitting_address(built: Built) -> Iterator[Finding]:
    """NAT leaves by regional external addresses; Google's services get a global internal range for peering."""
    region = built.plan.environment.gcp.region
    for reference in built.google_references:
        found = built.find_google(reference.source, "ComputeAddress", reference.namespace, reference.name)
        if found and reference.field == "reservedPeeringRanges":
            yield from _differs(found, reference.source, "global", "INTERNAL", "VPC_PEERING")
        elif found and reference.field in _OUTWARD:
            yield from _differs(found, reference.source, region, "EXTERNAL")


def nothing_private_is_public(built: Built) -> Iterator[Finding]:
    """In private, nothing has an address, a zone or a door on the internet, but the NAT, which lets out only."""
    if built.plan.environment.access.mode != "private":
        return
    outgoing = {
        (reference.source.id.cluster, reference.namespace, reference.name)
        for reference in built.google_references
        if reference.field in _OUTWARD
    }
    for item in built.google:
        for path, message in _public(built, item):
            place = (item.id.cluster, item.id.namespace, item.id.name)
            if item.id.kind != "ComputeAddress" or place not in outgoing:
                yield fault(item, path, message, rule="private-public")
    for gateway in built.of_kind("Gateway"):
        name = text(gateway.manifest, "spec", "gatewayClassName")
        if name not in _INTERNAL_CLASSES:
            message = "must be an internal class: gke-l7-rilb"
            yield fault(gateway, "/spec/gatewayClassName", message, rule="private-public")
    for service in built.of_kind("Service"):
        if text(service.manifest, "spec", "type") == "LoadBalancer" and not _is_internal(service):
            path, message = "/metadata/annotations" + pointer(LOAD_BALANCER_TYPE), "must be Internal"
            yield fault(service, path, message, rule="private-public")


def _public(built: Built, item: Object) -> Iterator[tuple[str, str]]:
    """Yield where a resource is on the internet, and what it must be."""
    spec = mapping(item.manifest, "spec")
    by_gateway = built.plan.environment.argocd.cluster_address == "connect-gateway"
    if item.id.kind in _CERTIFICATES:
        yield "/kind", "is validated from the internet: certificates of a private environment come from elsewhere"
    elif item.id.kind == "ComputeAddress" and text(spec, "addressType") != "INTERNAL":
        yield "/spec/addressType", "must be INTERNAL: only addresses of the NAT are external"
    elif item.id.kind == "DNSManagedZone" and text(spec, "visibility") != "private":
        yield "/spec/visibility", "must be private"
    elif item.id.kind == "ComputeInstance":
        for index, interface in numbered(spec, "networkInterface"):
            if "accessConfig" in interface:
                yield f"/spec/networkInterface/{index}/accessConfig", "must be left out: it is a public address"
    elif item.id.kind == "ComputeFirewall" and _from_everywhere(spec):
        yield "/spec/sourceRanges", "must not be the whole internet"
    elif item.id.kind == "ContainerCluster" and at(spec, *_DNS_ENDPOINT) is True and by_gateway:
        message = "must be false: Argo CD comes by Connect gateway (argocd.clusterAddress)"
        yield pointer("spec", *_DNS_ENDPOINT), message


def _from_everywhere(spec: dict[str, Any]) -> bool:
    inward = text(spec, "direction") != "EGRESS"
    return inward and not set(map(str, listed(spec, "sourceRanges"))).isdisjoint(_EVERYWHERE)


def _unfit(
    built: Built, taker: Object, path: str, name: str, location: str, kind: str, purpose: str = ""
) -> Iterator[Finding]:
    """Yield what is wrong with the address `name` for who takes it; it stands on the other cluster."""
    found = [item for item in built.google if item.id.kind == "ComputeAddress" and google_name(item)[0] == name]
    if not found and built.plan.named(_MAKER):
        message = "no ComputeAddress of that name is rendered"
        hint = f"unit {_MAKER} reserves the addresses that others take"
        yield fault(taker, path, message, rule="address-missing", hint=hint)
    for item in found:
        yield from _differs(item, taker, location, kind, purpose)


def _differs(address: Object, taker: Object, location: str, kind: str, purpose: str = "") -> Iterator[Finding]:
    """Yield where an address is not what its taker takes; left out, it is external."""
    spec = address.manifest.get("spec")
    values = {key: text(spec, key) for key in ("location", "addressType", "purpose")}
    values["addressType"] = values["addressType"] or "EXTERNAL"
    for key, expected in (("location", location), ("addressType", kind), ("purpose", purpose)):
        if expected and values[key] != expected:
            yield fault(address, f"/spec/{key}", f"must be {expected}: {taker.id} takes it", rule="address-unfit")


def _is_internal(service: Object) -> bool:
    return text(service.manifest, "metadata", "annotations", LOAD_BALANCER_TYPE) == "Internal"


RULES: tuple[Check, ...] = (
    gateways_take_a_fitting_address,
    load_balancers_take_a_fitting_address,
    networks_take_a_fitting_address,
    nothing_private_is_public,
)
