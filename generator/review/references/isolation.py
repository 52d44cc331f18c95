"""Which NetworkPolicies hold for which pods: whose traffic is cut or open once that changes. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from generator.field import listed, mapping
from generator.kinds import Impact
from generator.manifest import Object, ObjectId
from generator.review.change import Verdict
from generator.review.pairing import encoded
from generator.review.references.index import Index, Pods
from generator.review.references.need import Place
from generator.review.side import kind_and_name

_POLICIES = "https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation"
_DIRECTIONS = {"Ingress": "in to", "Egress": "out of"}
_KIND = "NetworkPolicy"


class _Held(NamedTuple):
    """Pods, and the policies that hold for them, by identity."""

    pods: Pods
    policies: dict[ObjectId, Object]


def changed_isolation(before: Index, after: Index) -> Iterator[tuple[Place, Verdict]]:
    """Yield what policies do that no longer hold for pods, or hold for them too, each with the place that does it."""
    old, new = _held(before), _held(after)
    for id_ in sorted(new):
        was, will_be = old.get(id_), new[id_]
        for direction, words in _DIRECTIONS.items():
            if was:
                yield from _left(was, will_be, direction, words, after)
            yield from _joined(was, will_be, direction, words, before)


def _left(was: _Held, will_be: _Held, direction: str, words: str, after: Index) -> Iterator[tuple[Place, Verdict]]:
    rest = _rules(will_be.policies, direction)
    for id_ in sorted(_of_direction(was.policies, direction).keys() - will_be.policies.keys()):
        policy, pods = was.policies[id_], kind_and_name(will_be.pods.owner.id)
        if not _of_direction(will_be.policies, direction):
            verdict = Verdict(Impact.EXPOSURE, f"no NetworkPolicy closes the way {words} {pods} any more", _POLICIES)
        elif _rules({id_: policy}, direction) - rest:
            reason = f"what {kind_and_name(id_)} lets {words} {pods} is closed: another one still holds for it"
            verdict = Verdict(Impact.OUTAGE, reason, _POLICIES)
        else:
            continue
        yield _cause(policy, after.objects.get(id_), will_be.pods), verdict


def _joined(
    was: _Held | None, will_be: _Held, direction: str, words: str, before: Index
) -> Iterator[tuple[Place, Verdict]]:
    """Yield what policies open or close that were there before, made for other pods."""
    had = was.policies if was else {}
    for id_, policy in sorted(_of_direction(will_be.policies, direction).items()):
        known = before.objects.get(id_)
        if id_ in had or not known or not mapping(policy.manifest, "spec", "podSelector"):
            continue
        pods = kind_and_name(will_be.pods.owner.id)
        others = any(found.owner.id != will_be.pods.owner.id for found in _selected(before, known))
        if was and not _of_direction(had, direction):
            reason = f"{kind_and_name(id_)} holds for it now: what it does not let {words} {pods} is closed"
            verdict = Verdict(Impact.OUTAGE, reason, _POLICIES)
        elif others and _rules({id_: policy}, direction) - _rules(had, direction):
            reason = f"{kind_and_name(id_)}, made for other pods, lets the same {words} {pods}"
            verdict = Verdict(Impact.EXPOSURE, reason, _POLICIES)
        else:
            continue
        yield _cause(known, policy, will_be.pods), verdict


def _cause(policy: Object, same: Object | None, pods: Pods) -> Place:
    """Return who is to blame: a policy that selects otherwise on the other side, or the labels of the pods."""
    if same and _selector(same) == _selector(policy):
        return Place(pods.owner.id, (*pods.steps, "metadata", "labels"))
    return Place(policy.id, ("spec", "podSelector"))


def _held(index: Index) -> dict[ObjectId, _Held]:
    result = {pods.owner.id: _Held(pods, {}) for pods in index.pods}
    for policy in sorted(index.objects.values()):
        if policy.id.kind == _KIND:
            for pods in _selected(index, policy):
                result[pods.owner.id].policies[policy.id] = policy
    return result


def _selected(index: Index, policy: Object) -> list[Pods]:
    return index.selected((policy.id.cluster, policy.id.namespace), mapping(policy.manifest, "spec", "podSelector"))


def _selector(policy: Object) -> bytes:
    return encoded(mapping(policy.manifest, "spec", "podSelector"))


def _of_direction(policies: dict[ObjectId, Object], direction: str) -> dict[ObjectId, Object]:
    """Return the policies that hold for a direction: by `policyTypes`, or without them by what they have."""
    return {id_: policy for id_, policy in policies.items() if direction in _types(policy)}


def _types(policy: Object) -> list[str]:
    implied = ["Ingress", *(["Egress"] if listed(policy.manifest, "spec", "egress") else [])]
    return listed(policy.manifest, "spec", "policyTypes") or implied


def _rules(policies: dict[ObjectId, Object], direction: str) -> set[bytes]:
    of_direction = _of_direction(policies, direction).values()
    return {encoded(rule) for policy in of_direction for rule in listed(policy.manifest, "spec", direction.lower())}
