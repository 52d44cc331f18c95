"""Who is found by labels: pods that an object of either side no longer finds, and those that it finds too. Pure."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.field import at, listed, mapping, numbered, pointer
from generator.kinds import Impact, Selects, Steps, every, parts
from generator.kinds import found as value_at
from generator.manifest import Object, ObjectId, encoded
from generator.review.pods_by_label import Pods, Space
from generator.review.references.calls import called_by
from generator.review.references.effect import Effect
from generator.review.references.index import Index, label_names
from generator.review.references.need import Place, label_places
from generator.review.side import kind_and_name

_SPREAD = "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/"
_BY_ITSELF = Selects(
    path="spec.topologySpreadConstraints.*.labelSelector",
    lost="no longer counts its own pods where it spreads them: all may be in one place",
    lost_impact=Impact.OUTAGE,
    gained="counts its own pods where it spreads them",
    gained_impact=Impact.SAFE,
    source=_SPREAD,
)
"""How pods find each other, below their template."""
Key = tuple[ObjectId, str, bytes]
"""Who selects, where, and by what: the same on both sides."""


class Found(NamedTuple):
    """What a selector finds on a side: its place, by which labels it looks, and the pods of each workload."""

    source: Object
    steps: Steps
    how: Selects
    labels: tuple[str, ...]
    pods: dict[ObjectId, Pods]


def changed_by_labels(before: Index, after: Index) -> Iterator[tuple[Place, Effect]]:
    """Yield what other labels of pods and namespaces do, each with the place of the new side that has them."""
    old, new = _found(before), _found(after)
    for key, found in new.items():
        if key in old:
            yield from _changes(old[key], found, before, after)


def changed_by_selectors(before: Index, after: Index) -> Iterator[tuple[Place, Effect]]:
    """Yield which pods a selector that goes or changes no longer finds, each with its place of the old side."""
    old, new = _found(before), _found(after)
    still: dict[tuple[ObjectId, str], set[ObjectId]] = {}
    for (id_, path, _), found in new.items():
        still.setdefault((id_, path), set()).update(found.pods)
    for key, found in old.items():
        if key not in new and _stays(found, after):
            lost = found.pods.keys() & after.objects.keys() - still.get(key[:2], set())
            for id_ in sorted(_still_asking(found, lost, after) if found.how.lets else lost):
                yield Place(found.source.id, found.steps), _lost(found, id_)


def _stays(found: Found, after: Index) -> bool:
    """Whether who selects is still there: an object, or of pods that spread themselves the constraint."""
    source = after.side.objects.get(found.source.id)
    if source is None:
        return False
    return found.how is not _BY_ITSELF or bool(value_at(source.manifest, found.steps[:-1]))


def _still_asking(found: Found, lost: set[ObjectId], after: Index) -> set[ObjectId]:
    """Return which pods that a policy lets through no more are still at one end of a call, as texts say it."""
    policy = after.objects[found.source.id]
    _, direction, _, peers, _ = parts(found.how.path)
    if not lost or any(not listed(rule, peers) for _, rule in numbered(policy.manifest, "spec", direction)):
        return set()  # a rule without peers is for everybody
    space = (policy.id.cluster, policy.id.namespace)
    own = [pods.owner for pods in after.selected(space, mapping(policy.manifest, "spec", "podSelector"))]
    if found.how.lets == "out":
        return lost & {id_ for owner in own for id_ in called_by(owner, after)}
    return {id_ for id_ in lost if {owner.id for owner in own} & set(called_by(after.objects[id_], after))}


def _changes(old: Found, new: Found, before: Index, after: Index) -> Iterator[tuple[Place, Effect]]:
    gone = {id_ for id_ in old.pods if id_ not in after.objects}
    for id_ in sorted(old.pods.keys() - new.pods.keys() - gone):
        effect = _lost(new, id_)
        yield from ((place, effect) for place in _to_blame(old.pods[id_], new.labels, before, after))
    kept = old.pods.keys() & new.pods.keys()
    replaces = bool(gone) or not (kept or new.how.gained_impact is Impact.EXPOSURE)
    for id_ in sorted(new.pods.keys() - old.pods.keys()) if new.labels and not replaces else ():
        sentence = f"{kind_and_name(new.source.id)} {new.how.gained}"
        effect = Effect(new.how.gained_impact, sentence, new.how.source, id_)
        yield from ((place, effect) for place in _to_blame(new.pods[id_], new.labels, before, after))


def _lost(found: Found, workload: ObjectId) -> Effect:
    sentence = f"{kind_and_name(found.source.id)} {found.how.lost}"
    return Effect(found.how.lost_impact, sentence, found.how.source, workload)


def _to_blame(pods: Pods, labels: tuple[str, ...], before: Index, after: Index) -> Iterator[Place]:
    """Yield which labels are other: those of the pods, or where they are the same those of their namespace."""
    id_ = pods.owner.id
    was, will_be = before.objects.get(id_), after.objects.get(id_)
    if was and will_be and encoded(was.manifest) == encoded(will_be.manifest):
        cluster, namespace = pods.space
        yield Place(ObjectId(cluster, "", "Namespace", "", namespace), ("metadata", "labels"))
    else:
        yield from label_places(pods, labels)


def _found(index: Index) -> dict[Key, Found]:
    result: dict[Key, Found] = {}
    for object_ in sorted(index.objects.values()):
        for how in index.kinds.of(object_.id.group, object_.id.kind).selects:
            for steps, node in every(object_.manifest, how.path):
                spaces, selector = _selector(object_, how, node, index)
                labels = label_names(selector)
                if labels or how.lets:
                    met = (pods for space in spaces for pods in index.selected(space, selector))
                    key = (object_.id, how.path, encoded(node))
                    result[key] = Found(object_, steps, how, labels, {pods.owner.id: pods for pods in met})
    for own in index.pods:
        for steps, selector in every(own.template, _BY_ITSELF.path):
            met = (pods for pods in index.selected(own.space, selector) if pods.owner.id == own.owner.id)
            key = (own.owner.id, pointer(*own.steps, *steps), encoded(selector))
            by_owner = {pods.owner.id: pods for pods in met}
            result[key] = Found(own.owner, (*own.steps, *steps), _BY_ITSELF, label_names(selector), by_owner)
    return result


def _selector(object_: Object, how: Selects, node: Any, index: Index) -> tuple[list[Space], dict[str, Any]]:
    """Return in which namespaces an object looks for pods, and by which labels."""
    own = (object_.id.cluster, object_.id.namespace)
    if how.labels:
        return [own], {"matchLabels": node}
    if not how.lets:
        return [own], node if isinstance(node, dict) else {}
    spaces = at(node, "namespaceSelector")
    if spaces is None and at(node, "podSelector") is None:  # addresses
        return [], {}
    return (index.spaces(own[0], spaces) if isinstance(spaces, dict) else [own]), mapping(node, "podSelector")
