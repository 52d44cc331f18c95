"""Order among resources of Google Cloud: what one names is there, needed, and ready before it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from generator.annotation import SYNC_WAVE, annotation
from generator.check.built import Built, Check, fault
from generator.check.google.resource import google_name, named, network_of
from generator.field import at, mapping, numbered, pointer, text, whole
from generator.finding import Finding
from generator.kinds import parts
from generator.manifest import HUB, Object, ObjectId

_WAVE_AT = "/metadata/annotations" + pointer(SYNC_WAVE)
_POOL = re.compile(
    r"serviceAccount:[^\s\[\]]+\.svc\.id\.goog\[([^/\s]+)/|principal://\S+\.svc\.id\.goog/subject/ns/([^/\s]+)/"
)
_SECONDARY = "secondaryIpRange"


Steps = tuple[str, ...]


class _Link(NamedTuple):
    """An object waits for another: the one that waits, where it says so, and what must be ready."""

    source: Object
    path: str
    target: Object


def google_references_resolve(built: Built) -> Iterator[Finding]:
    """What a resource names is rendered; else Config Connector waits for it for good (DependencyNotFound)."""
    for reference in built.google_references:
        kind, source = reference.leads.to, reference.source
        refused = reference.leads.grant and built.kinds.iam_policy(reference.kind) is None
        if (kind and reference.kind != kind) or refused:
            path = reference.path.removesuffix("/name") + "/kind"
            message = f"must be {kind}" if kind else "must be a kind that has an IAM policy of its own"
            hint = "" if kind else "grant on the Project, with a condition on the resource's name"
            yield fault(source, path, message, rule="reference-kind", hint=hint)
        elif not built.find_google(source, reference.kind, reference.namespace, reference.name):
            message = f"{reference.kind or 'object'} {reference.name} is not rendered in this namespace"
            names = _rendered_names(built, source, reference.kind)
            hint = f"there are: {names}; what is elsewhere is named by `external`"
            yield fault(source, reference.path, message, rule="reference-missing", hint=hint)


def names_in_plain_text_resolve(built: Built) -> Iterator[Finding]:
    """Secondary ranges and the database's range are named in plain text: nothing waits; only the API finds a slip."""
    ours = built.plan.environment.existing.network is None
    for item, google in built.resources:
        steps = parts(google.after.get("range", ""))
        name = text(item.manifest, *steps) if steps else ""
        if name and ours and not _named(built, item, "ComputeAddress", name):
            message, hint = f"ComputeAddress {name} is not rendered", _rendered_names(built, item, "ComputeAddress")
            yield fault(item, pointer(*steps), message, rule="reference-missing", hint=f"there are: {hint}")
        if item.id.kind == "ContainerCluster":
            yield from _ranges_are_there(built, item)


def _ranges_are_there(built: Built, cluster: Object) -> Iterator[Finding]:
    subnet = text(cluster.manifest, "spec", "subnetworkRef", "name")
    found = built.find_google(cluster, "ComputeSubnetwork", cluster.id.namespace, subnet)
    if not found:
        return
    ranges = {text(part, "rangeName") for _, part in numbered(found.manifest, "spec", _SECONDARY)}
    for key in ("clusterSecondaryRangeName", "servicesSecondaryRangeName"):
        name = text(cluster.manifest, "spec", "ipAllocationPolicy", key)
        if name and name not in ranges:
            path, message = f"/spec/ipAllocationPolicy/{key}", f"{found.id} has no secondary range {name}"
            hint = f"it has: {', '.join(sorted(ranges)) or 'none'}"
            yield fault(cluster, path, message, rule="reference-missing", hint=hint)


def what_is_named_is_ready_before(built: Built) -> Iterator[Finding]:
    """What a resource waits for comes in a lower wave: of the Application, or, in the same one, of the object."""
    waves = _applications(built)
    for link in _links(built):
        source_waves, target_waves = _waves_of(built, waves, link.source), _waves_of(built, waves, link.target)
        if source_waves and target_waves and target_waves >= source_waves:
            message = (
                f"must come after {link.target.id}: its waves (Application, object) are {target_waves}, "
                f"these {source_waves}"
            )
            hint = "give what is named a lower sync-wave, or let its unit come first by `needs`"
            yield fault(link.source, link.path, message, rule="reference-wave", hint=hint)


def units_need_what_their_objects_name(built: Built) -> Iterator[Finding]:
    """A unit needs, by itself or by what it needs, every unit whose resources it names."""
    direct = {planned.name: planned.needs for planned in built.plan.units}
    needed: dict[str, frozenset[str]] = {}
    for link in _links(built):
        source_unit, target_unit = built.unit(link.source), built.unit(link.target)
        if not source_unit or not target_unit or source_unit.name == target_unit.name:
            continue
        if source_unit.name not in needed:
            needed[source_unit.name] = _closure(source_unit.name, direct)
        if target_unit.name not in needed[source_unit.name]:
            message = f"names {link.target.id} of unit {target_unit.name}, which {source_unit.name} does not need"
            hint = f"add {target_unit.name} to `needs` of {source_unit.name}"
            yield fault(link.source, link.path, message, rule="reference-needs", hint=hint)


def references_go_in_no_circle(built: Built) -> Iterator[Finding]:
    """Resources do not wait for each other in a circle: none would ever be made."""
    after: dict[ObjectId, dict[ObjectId, _Link]] = {}
    for link in _links(built):
        after.setdefault(link.source.id, {})[link.target.id] = link
        after.setdefault(link.target.id, {})
    while ends := [identity for identity, targets in after.items() if not targets.keys() & after.keys()]:
        for identity in ends:
            del after[identity]
    if after:
        walk = [min(after)]
        while walk[-1] not in walk[:-1]:
            walk.append(min(after[walk[-1]].keys() & after.keys()))
        circle = walk[walk.index(walk[-1]) :]
        first = after[circle[0]][circle[1]]
        message = f"forms a cycle: {' → '.join(map(str, circle))}"
        yield fault(first.source, first.path, message, rule="reference-circle", hint="take one of the references out")


def waves_are_whole_numbers(built: Built) -> Iterator[Finding]:
    """A sync-wave is a whole number; Argo CD takes anything else for 0 without a word."""
    for item in built.objects:
        wave = mapping(item.manifest, "metadata", "annotations").get(SYNC_WAVE)
        if wave is not None and not (isinstance(wave, str) and whole(wave) is not None):
            yield fault(item, _WAVE_AT, "must be a whole number in quotes", rule="wave-number")


def _links(built: Built) -> Iterator[_Link]:
    """Yield what waits for what: references by name, then what no reference can say."""
    for reference in built.google_references:
        found = built.find_google(reference.source, reference.kind, reference.namespace, reference.name)
        if found:
            yield _Link(reference.source, reference.path, found)
    for item, google in built.resources:
        for what, path in google.after.items():
            yield from _AFTER[what](built, item, parts(path))


def _after_range(built: Built, item: Object, steps: Steps) -> Iterator[_Link]:
    """Yield the range that its private address comes from."""
    found = _named(built, item, "ComputeAddress", text(item.manifest, *steps))
    if found:
        yield _Link(item, pointer(*steps), found)


def _after_connection(built: Built, item: Object, steps: Steps) -> Iterator[_Link]:
    """Yield the connection of the network that is named at `steps`: its private address comes from there."""
    network = named(at(item.manifest, *steps))
    for other in built.google:
        if other.id.kind == "ServiceNetworkingConnection" and network and network_of(other) == network:
            yield _Link(item, pointer(*steps), other)


def _after_key(built: Built, item: Object, steps: Steps) -> Iterator[_Link]:
    """Yield the key that its Secrets are encrypted with, and who may use that key."""
    full = text(item.manifest, *steps)
    found = _named(built, item, "KMSCryptoKey", full.rpartition("/")[2])
    if found:
        yield _Link(item, pointer(*steps), found)
    for other in built.google if full else ():
        on = mapping(other.manifest, "spec", "resourceRef")
        same = text(on, "external") == full or (found and text(on, "name") == found.id.name)
        if same and other.id.kind == "IAMPolicyMember" and _is_agent(other):
            yield _Link(item, pointer(*steps), other)


def _is_agent(grant: Object) -> bool:
    """Whether the grant is to GKE's own account, which uses the key."""
    named = text(grant.manifest, "spec", "memberFrom", "serviceIdentityRef", "name")
    return bool(named) or "@container-engine-robot." in text(grant.manifest, "spec", "member")


def _after_secret(built: Built, item: Object, steps: Steps) -> Iterator[_Link]:
    """Yield the ExternalSecret that brings the password."""
    wanted = (item.id.cluster, item.id.namespace, text(item.manifest, *steps))
    for secret in built.of_kind("ExternalSecret"):
        target = text(secret.manifest, "spec", "target", "name") or secret.id.name
        if (secret.id.cluster, secret.id.namespace, target) == wanted:
            yield _Link(item, pointer(*steps), secret)


def _after_pool(built: Built, item: Object, steps: Steps) -> Iterator[_Link]:
    """Yield the cluster: the pool that its pods' identities need comes with the project's first one; a hub's exists."""
    pool = _POOL.match(text(item.manifest, *steps))
    if pool and (pool[1] or pool[2]) != _hub_namespace(built):
        clusters = (other for other in built.google if other.id.kind == "ContainerCluster")
        yield from (_Link(item, pointer(*steps), cluster) for cluster in clusters)


def _hub_namespace(built: Built) -> str:
    """Return the environment's namespace on a management cluster; with one cluster there is none."""
    env = built.plan.environment
    return f"codemie-{env.name}" if env.argocd.topology == HUB else ""


_AFTER = {
    "range": _after_range,
    "connection": _after_connection,
    "key": _after_key,
    "secret": _after_secret,
    "pool": _after_pool,
}


def _named(built: Built, neighbour: Object, kind: str, name: str) -> Object | None:
    """Return the resource that has this name in Google Cloud."""
    candidates = (item for item in built.google if item.id.kind == kind and item.id.namespace == neighbour.id.namespace)
    return next((item for item in candidates if name and google_name(item)[0] == name), None)


def _rendered_names(built: Built, neighbour: Object, kind: str) -> str:
    names = [
        item.id.name
        for item in built.google
        if item.id[:4] == (neighbour.id.cluster, item.id.group, kind, neighbour.id.namespace)
    ]
    return ", ".join(sorted(names)) or "none"


def _applications(built: Built) -> dict[str, int]:
    """Return the wave of every unit's Application."""
    prefix = f"{built.plan.environment.name}-"
    return {
        item.id.name.removeprefix(prefix): _wave(item)
        for item in built.of_kind("Application")
        if item.id.name.startswith(prefix)
    }


def _waves_of(built: Built, waves: dict[str, int], item: Object) -> tuple[int, int] | None:
    """Return the Application's wave and the object's; None for what a person applies before all of them."""
    unit = built.unit(item)
    return (waves.get(unit.name, unit.wave), _wave(item)) if unit else None


def _wave(item: Object) -> int:
    return whole(annotation(item.manifest, SYNC_WAVE)) or 0


def _closure(name: str, direct: dict[str, tuple[str, ...]]) -> frozenset[str]:
    """Return all units that `name` needs, by itself or by what it needs."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        waiting += (found_now := set(direct.get(waiting.pop(), ())) - found)
        found |= found_now
    return frozenset(found)


RULES: tuple[Check, ...] = (
    google_references_resolve,
    names_in_plain_text_resolve,
    what_is_named_is_ready_before,
    units_need_what_their_objects_name,
    references_go_in_no_circle,
    waves_are_whole_numbers,
)
