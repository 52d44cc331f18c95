"""What pods need outside of the tree, and policies no longer let through: DNS, Google, load balancers. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from generator.annotation import GOOGLE_ACCOUNT
from generator.field import at, mapping, numbered, text
from generator.kinds import Impact
from generator.manifest import Object, ObjectId
from generator.review.pods_by_label import Pods
from generator.review.references.effect import Effect
from generator.review.references.index import Index
from generator.review.references.need import Place
from generator.review.side import kind_and_name
from generator.traffic import (
    GOOGLE_APIS,
    METADATA,
    RESOLVERS,
    End,
    Resolver,
    closed_ends,
    directions,
    dns,
    load_balancers,
    places,
)

_POLICIES = "https://docs.cloud.google.com/kubernetes-engine/docs/how-to/network-policy"


class _Held(NamedTuple):
    """Pods of a workload, or of a policy whose pods are not in the tree, and the policies that hold for them."""

    id: ObjectId
    before: tuple[Object, ...]
    after: tuple[Object, ...]
    pods: tuple[Pods, ...] = ()

    @property
    def ports(self) -> dict[str, int]:
        """The ports of the pods by name."""
        return {name: number for pods in self.pods for name, number in _ports(pods)}


def closed_outside(before: Index, after: Index) -> Iterator[tuple[Place, Effect]]:
    """Yield whom policies close that pods need, each with the place of the old side that let it through."""
    known = _resolvers(before) | _resolvers(after)
    called = _called_by_load_balancers(after)
    for held in _all_held(before, after):
        yield from _closed(held, "Egress", [*_asked(held, known), *_of_account(held, after)])
        yield from _closed(held, "Ingress", called.get(held.id, []))


def _closed(held: _Held, direction: str, ends: list[End]) -> Iterator[tuple[Place, Effect]]:
    closed_before = set(closed_ends(held.before, direction, ends, held.ports))
    closed = [end for end in closed_ends(held.after, direction, ends, held.ports) if end not in closed_before]
    for policy, steps in _to_blame(held, direction, closed) if closed else ():
        for name, where in places(closed).items():
            pods = "<pods>" if held.pods else "its pods"
            way = f"{pods} call {name}" if direction == "Egress" else f"{name} call {pods}"
            sentence = f"{kind_and_name(policy.id)} no longer lets {way} ({where})"
            yield Place(policy.id, steps), Effect(Impact.OUTAGE, sentence, _POLICIES, held.id)


def _to_blame(held: _Held, direction: str, closed: list[End]) -> Iterator[tuple[Object, tuple[str | int, ...]]]:
    """Yield the policies that stay, with the old rules of them that let it through, or else what closes anew."""
    after = {policy.id: policy for policy in held.after}
    key = direction.lower()
    for policy in held.before:
        for number, rule in numbered(policy.manifest, "spec", key) if policy.id in after else ():
            alone = Object(policy.id, {"spec": {"policyTypes": [direction], key: [rule]}})
            if len(list(closed_ends([alone], direction, closed, held.ports))) < len(closed):
                yield policy, ("spec", key, number)
    if not any(direction in directions(policy) for policy in held.before):
        yield from ((policy, ("spec", "policyTypes")) for policy in held.after if direction in directions(policy))


def _all_held(before: Index, after: Index) -> Iterator[_Held]:
    for id_, pods in sorted(after.pods_of.items()):
        if id_ in before.pods_of:
            old, new = (tuple(index.policies.get(id_, {}).values()) for index in (before, after))
            yield _Held(id_, old, new, tuple(pods))
    for id_, policy in sorted(after.objects.items()):
        selector = mapping(policy.manifest, "spec", "podSelector") if id_.kind == "NetworkPolicy" else {}
        if selector and id_ in before.objects and not after.selected((id_.cluster, id_.namespace), selector):
            yield _Held(id_, (before.objects[id_],), (policy,))


def _asked(held: _Held, known: set[Resolver]) -> list[End]:
    """Return the ends that pods ask for names; where no cluster tells its DNS, those of which none is left."""
    if any(at(pods.template, "spec", "hostNetwork") for pods in held.pods):
        return []
    ends = list(dict.fromkeys(end for resolver in sorted(known or RESOLVERS) for end in dns(resolver)))
    closed = list(closed_ends(held.after, "Egress", ends))
    left = {end.protocol for end in ends if end not in closed}
    return ends if known else [end for end in ends if end.protocol not in left]


def _resolvers(index: Index) -> set[Resolver]:
    """Return which DNS the clusters of a side have."""
    return {_resolver(cluster) for cluster in index.side.of_kind("ContainerCluster")}


def _resolver(cluster: Object) -> Resolver:
    if at(cluster.manifest, "spec", "addonsConfig", "dnsCacheConfig", "enabled") is True:
        return "node-local"
    return "cloud-dns" if text(cluster.manifest, "spec", "dnsConfig", "clusterDns") == "CLOUD_DNS" else "kube-dns"


def _of_account(held: _Held, index: Index) -> list[End]:
    """Return the ends that pods call for tokens of their Google account, and with them."""
    for pods in held.pods:
        name = (*pods.space, text(pods.template, "spec", "serviceAccountName"))
        for account in index.named((name[0], "ServiceAccount", name[1], name[2])):
            if text(account.manifest, "metadata", "annotations", GOOGLE_ACCOUNT):
                return [*METADATA, GOOGLE_APIS]
    return []


def _called_by_load_balancers(index: Index) -> dict[ObjectId, list[End]]:
    """Return the ports of the pods behind routes that load balancers call, and from where."""
    found: dict[ObjectId, list[End]] = {}
    proxies = [
        text(subnet.manifest, "spec", "ipCidrRange")
        for subnet in index.side.of_kind("ComputeSubnetwork")
        if text(subnet.manifest, "spec", "purpose").endswith("MANAGED_PROXY")
    ]
    for route in index.side.of_kind("HTTPRoute"):
        for _, rule in numbered(route.manifest, "spec", "rules"):
            for _, backend in numbered(rule, "backendRefs"):
                space = (route.id.cluster, text(backend, "namespace") or route.id.namespace)
                for service in index.named((space[0], "Service", space[1], text(backend, "name"))):
                    for id_, number in _behind(service, at(backend, "port"), index):
                        found.setdefault(id_, []).extend(load_balancers(number, *proxies))
    return {id_: list(dict.fromkeys(ends)) for id_, ends in found.items()}


def _behind(service: Object, number: object, index: Index) -> Iterator[tuple[ObjectId, int]]:
    """Yield the pods behind a port of a Service, and their own port."""
    selector = mapping(service.manifest, "spec", "selector")
    space = (service.id.cluster, service.id.namespace)
    for _, item in numbered(service.manifest, "spec", "ports"):
        if at(item, "port") == number and selector:
            target = at(item, "targetPort") or number
            for pods in index.selected(space, {"matchLabels": selector}):
                found = dict(_ports(pods)).get(target) if isinstance(target, str) else target
                if isinstance(found, int):
                    yield pods.owner.id, found


def _ports(pods: Pods) -> Iterator[tuple[str, int]]:
    for _, port in pods.ports():
        if isinstance(number := at(port, "containerPort"), int):
            yield text(port, "name"), number
