"""NetworkPolicies as a cluster reads them: all that select a pod add up, and without one everything is open."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from generator.cluster import selects
from generator.field import at, listed, mapping, numbered, port, text
from generator.manifest import Object
from generator.notation.address import ipv4_network
from generator.traffic.ends import NAMESPACE_NAME, SYSTEM, End

_PEERS = {"Ingress": "from", "Egress": "to"}
_NO_NAMES: Mapping[str, int] = MappingProxyType({})


def directions(policy: Object) -> list[str]:
    """Return for which directions a policy holds: those of `policyTypes`, or without them by what it has."""
    implied = ["Ingress", *(["Egress"] if listed(policy.manifest, "spec", "egress") else [])]
    return [one for one in listed(policy.manifest, "spec", "policyTypes") if isinstance(one, str)] or implied


def holding(policies: Iterable[Object], direction: str) -> list[Object]:
    """Return the policies that hold for a direction."""
    return [policy for policy in policies if direction in directions(policy)]


def closed_ends(
    policies: Iterable[Object], direction: str, ends: Iterable[End], ports: Mapping[str, int] = _NO_NAMES
) -> Iterator[End]:
    """Yield the ends that these policies of a pod keep out; `ports` are the pod's own by name."""
    held = holding(policies, direction)
    rules = [rule for policy in held for _, rule in numbered(policy.manifest, "spec", direction.lower())]
    for end in ends if held else ():
        if not any(_meets(rule, direction, end) and opens(rule, end.port, ports, end.protocol) for rule in rules):
            yield end


def opens(rule: dict[str, Any], number: int, ports: Mapping[str, int] = _NO_NAMES, protocol: str = "TCP") -> bool:
    """Whether a rule opens a port of the called pods; no ports at all are every one."""
    if not listed(rule, "ports"):
        return True
    for _, item in numbered(rule, "ports"):
        wanted, last = port(item, "port"), at(item, "endPort")
        first = ports.get(wanted) if isinstance(wanted, str) else wanted
        reaches = wanted is None or first == number or (isinstance(last, int) and first and first <= number <= last)
        if (text(item, "protocol") or "TCP") == protocol and reaches:
            return True
    return False


def _meets(rule: dict[str, Any], direction: str, end: End) -> bool:
    """Whether one of a rule's peers is the end; no peers at all are everybody."""
    peers = listed(rule, _PEERS[direction])
    return not peers or any(_holds(peer, end) for peer in peers)


def _holds(peer: Any, end: End) -> bool:
    """Whether a peer is the end; a range never holds pods (docs.cilium.io, policy language)."""
    if end.cidr:
        return _has(mapping(peer, "ipBlock"), end)
    spaces = at(peer, "namespaceSelector")
    if not isinstance(spaces, dict) or not selects(spaces, {NAMESPACE_NAME: SYSTEM}):
        return False
    return selects(mapping(peer, "podSelector"), dict([end.label]))


def _has(block: dict[str, Any], end: End) -> bool:
    """Whether a block has the addresses of an end, or some of them where that is enough; exceptions taken off."""
    wanted, outer = ipv4_network(end.cidr), ipv4_network(at(block, "cidr"))
    left_out = [item for item in map(ipv4_network, listed(block, "except")) if item]
    if wanted is None or outer is None:
        return False
    if end.whole:
        return wanted.subnet_of(outer) and not any(item.overlaps(wanted) for item in left_out)
    common = wanted if wanted.subnet_of(outer) else outer
    return wanted.overlaps(outer) and not any(common.subnet_of(item) for item in left_out)
