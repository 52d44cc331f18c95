"""Which NetworkPolicies hold for which pods: whose traffic is cut or open once that changes. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from generator.field import listed, mapping
from generator.kinds import Impact
from generator.manifest import Object, ObjectId, encoded
from generator.review.change import Verdict
from generator.review.pods_by_label import Pods
from generator.review.references.effect import Effect
from generator.review.references.index import Index, label_names
from generator.review.references.need import Place, label_places
from generator.review.side import kind_and_name
from generator.traffic import directions, holding

_POLICIES = "https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation"
_DIRECTIONS = {"Ingress": "in to", "Egress": "out of"}


class _Held(NamedTuple):
    """Pods, and the policies that hold for them, by identity."""

    pods: Pods
    policies: dict[ObjectId, Object]


def changed_isolation(before: Index, after: Index) -> Iterator[tuple[Place, Effect]]:
    """Yield what policies do that no longer hold for pods, or hold for them too, each with the place that does it."""
    old, new = _held(before), _held(after)
    for id_ in sorted(new):
        was, will_be = old.get(id_), new[id_]
        for direction, words in _DIRECTIONS.items():
            if was:
                yield from _left(was, will_be, direction, words, after)
            yield from _joined(was, will_be, direction, words, before)


def of_new_policy(policy: Object, before: Index) -> Verdict | None:
    """Return that a policy closes pods that were open, or closes nothing; None where its rows say what it does."""
    living = {pods.owner.id for pods in _selected(before, policy)}
    open_ = [id_ for id_ in sorted(living) if not set(directions(policy)) <= _closed(before.policies.get(id_, {}))]
    if open_:
        names = ", ".join(map(kind_and_name, open_))
        reason = f"pods of {names} were open, and from now on get no traffic that no policy allows"
        return Verdict(Impact.OUTAGE, reason, _POLICIES)
    if living and not any(_rules({policy.id: policy}, direction) for direction in _DIRECTIONS):
        return Verdict(Impact.SAFE, "the pods that it selects are closed already, and it allows nothing", _POLICIES)
    return None


def _closed(policies: dict[ObjectId, Object]) -> set[str]:
    return {direction for policy in policies.values() for direction in directions(policy)}


def _left(was: _Held, will_be: _Held, direction: str, words: str, after: Index) -> Iterator[tuple[Place, Effect]]:
    rest = _rules(will_be.policies, direction)
    for id_ in sorted(_of_direction(was.policies, direction).keys() - will_be.policies.keys()):
        policy, workload = was.policies[id_], will_be.pods.owner.id
        if not _of_direction(will_be.policies, direction):
            sentence = f"no NetworkPolicy closes the way {words} <pods> any more"
            effect = Effect(Impact.EXPOSURE, sentence, _POLICIES, workload)
        elif _rules({id_: policy}, direction) - rest:
            sentence = f"what {kind_and_name(id_)} lets {words} <pods> is closed: another one still holds for them"
            effect = Effect(Impact.OUTAGE, sentence, _POLICIES, workload)
        else:
            continue
        yield from ((place, effect) for place in _to_blame(policy, after.objects.get(id_), will_be.pods))


def _joined(
    was: _Held | None, will_be: _Held, direction: str, words: str, before: Index
) -> Iterator[tuple[Place, Effect]]:
    """Yield what policies close or open that did not hold for these pods before."""
    had, workload = was.policies if was else {}, will_be.pods.owner.id
    policies = _of_direction(will_be.policies, direction)
    for id_ in sorted(policies.keys() - had.keys()):
        policy, known = policies[id_], before.objects.get(id_)
        rules = _rules({id_: policy}, direction)
        if was and not _of_direction(had, direction) and (known or not _rules(policies, direction)):
            sentence = f"{kind_and_name(id_)} closes the way {words} <pods>, but for what it lets through"
            effect = Effect(Impact.OUTAGE, sentence, _POLICIES, workload)
        elif known and _is_of_others(before, known, will_be.pods) and rules - _rules(had, direction):
            sentence = f"{kind_and_name(id_)}, made for other pods, lets the same {words} <pods>"
            effect = Effect(Impact.EXPOSURE, sentence, _POLICIES, workload)
        else:
            continue
        yield from ((place, effect) for place in _to_blame(policy, known, will_be.pods))


def _is_of_others(before: Index, policy: Object, pods: Pods) -> bool:
    """Whether a policy was made for others: it names labels, and held for pods that have them."""
    found = _selected(before, policy) if mapping(policy.manifest, "spec", "podSelector") else []
    return any(other.owner.id != pods.owner.id for other in found)


def _to_blame(policy: Object, same: Object | None, pods: Pods) -> Iterator[Place]:
    """Yield who is to blame: a policy that selects otherwise on the other side, or the labels of the pods."""
    selector = mapping(policy.manifest, "spec", "podSelector")
    if same and encoded(selector) == encoded(mapping(same.manifest, "spec", "podSelector")):
        yield from label_places(pods, label_names(selector))
    else:
        yield Place(policy.id, ("spec", "podSelector"))


def _held(index: Index) -> dict[ObjectId, _Held]:
    return {id_: _Held(pods[-1], index.policies.get(id_, {})) for id_, pods in index.pods_of.items()}


def _selected(index: Index, policy: Object) -> list[Pods]:
    return index.selected((policy.id.cluster, policy.id.namespace), mapping(policy.manifest, "spec", "podSelector"))


def _of_direction(policies: dict[ObjectId, Object], direction: str) -> dict[ObjectId, Object]:
    return {policy.id: policy for policy in holding(policies.values(), direction)}


def _rules(policies: dict[ObjectId, Object], direction: str) -> set[bytes]:
    of_direction = _of_direction(policies, direction).values()
    return {encoded(rule) for policy in of_direction for rule in listed(policy.manifest, "spec", direction.lower())}
