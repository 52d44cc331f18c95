"""Who is at the other end of traffic and is no pod of ours: resolvers, the metadata server, APIs, load balancers.

https://docs.cloud.google.com/kubernetes-engine/docs/how-to/network-policy tells the addresses,
https://docs.cloud.google.com/kubernetes-engine/docs/how-to/nodelocal-dns-cache those of the cache on the nodes.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from generator.google import addresses

Resolver = Literal["kube-dns", "node-local", "cloud-dns"]


ANY = "0.0.0.0/0"


class End(NamedTuple):
    """Pods of kube-system by one label, or addresses; and the port that is called.

    `whole` says that all the addresses are needed, not only those of them that somebody uses.
    """

    name: str
    port: int
    protocol: str = "TCP"
    cidr: str = ""
    label: tuple[str, str] = ("", "")
    whole: bool = True

    @property
    def where(self) -> str:
        """Return at whose pods or addresses it is, in words."""
        if self.cidr == ANY:
            return "any address"
        return self.cidr or f"pods {self.label[0]}: {self.label[1]} of {SYSTEM}"


SYSTEM = "kube-system"
NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The label that every namespace has: its name."""

RESOLVERS: dict[Resolver, tuple[str, ...]] = {
    "kube-dns": ("kube-dns",),
    "node-local": ("kube-dns", "node-local-dns", "169.254.20.10/32"),
    "cloud-dns": ("kube-dns", "169.254.169.254/32"),
}
"""Whom pods may ask, by the value of `k8s-app` or by address.

Dataplane V2 hands what is sent to kube-dns to the cache of the node, and judges it as traffic to that pod
(https://github.com/cilium/cilium/issues/24654). Where the cache is not ready, it goes to kube-dns. Other data planes
see the address of the cache.
"""
_ASKED: dict[Resolver, tuple[str, ...]] = {
    "kube-dns": ("kube-dns",),
    "node-local": ("kube-dns", "node-local-dns"),
    "cloud-dns": ("169.254.169.254/32",),
}
"""Which of them are asked on Dataplane V2."""

METADATA = (
    End("the metadata server", 80, cidr="169.254.169.254/32"),  # as Dataplane V2 sees it
    End("the metadata server", 988, cidr="169.254.169.252/32"),  # as other data planes see it
)
CLOUD_SQL_PROXY_PORT = 3307
MEMORYSTORE_PORT = 6378  # with TLS; https://cloud.google.com/memorystore/docs/redis/about-in-transit-encryption
GOOGLE_APIS = End("the Google APIs", 443, cidr=addresses.GOOGLE_APIS)


def resolver_peers(resolvers: tuple[Resolver, ...]) -> list[dict[str, Any]]:
    """Return the peers of a rule that lets pods ask these resolvers."""
    names = dict.fromkeys(name for resolver in resolvers for name in RESOLVERS[resolver])
    return [
        {"ipBlock": {"cidr": name}}
        if _is_range(name)
        else {
            "namespaceSelector": {"matchLabels": {NAMESPACE_NAME: SYSTEM}},
            "podSelector": {"matchLabels": {"k8s-app": name}},
        }
        for name in sorted(names, key=_is_range)
    ]


def dns(resolver: Resolver) -> Iterator[End]:
    """Yield the ends that pods ask for names: long answers come by TCP."""
    for name in _ASKED[resolver]:
        for protocol in ("UDP", "TCP"):
            if _is_range(name):
                yield End("DNS", 53, protocol, cidr=name)
            else:
                yield End("DNS", 53, protocol, label=("k8s-app", name))


def load_balancers(port: int, *ranges: str) -> Iterator[End]:
    """Yield the ends from which Google's load balancers call a port of pods, and check their health."""
    for cidr in (*addresses.LOAD_BALANCERS, *ranges):
        yield End("the load balancer", port, cidr=cidr)


def places(ends: Iterable[End]) -> dict[str, str]:
    """Return for each name of these ends where they are, in words."""
    protocols: dict[tuple[str, str, int], list[str]] = {}
    for end in ends:
        protocols.setdefault((end.name, end.where, end.port), []).append(end.protocol)
    found: dict[str, list[str]] = {}
    for (name, where, port), spoken in protocols.items():
        found.setdefault(name, []).append(f"{where}, {' and '.join(spoken)} {port}")
    return {name: "; ".join(texts) for name, texts in found.items()}


def _is_range(name: str) -> bool:
    return "/" in name
