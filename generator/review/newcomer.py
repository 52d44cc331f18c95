"""What a new object does to those that are there, which its own fields do not say. Pure."""

from collections.abc import Iterator

from generator.cluster import selects
from generator.field import listed, mapping, text
from generator.kinds import Impact
from generator.manifest import Object, ObjectId
from generator.review.change import Verdict
from generator.review.judge import worst_first
from generator.review.matching.items import encoded
from generator.review.pods import effects_on_readers
from generator.review.side import Side, kind_and_name

_POLICIES = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"
_APPLICATIONS = "https://argo-cd.readthedocs.io/en/stable/operator-manual/security/"
_ACCOUNTS = "https://kubernetes.io/docs/concepts/security/service-accounts/"
_RECORDS = "https://cloud.google.com/dns/docs/records-overview"
_WILDCARDS = "https://datatracker.ietf.org/doc/html/rfc4592"


def effects_on_others(new: Object, verdicts: tuple[Verdict, ...], before: Side, after: Side) -> tuple[Verdict, ...]:
    """Return verdicts on a new object, with what it does to others; where that is known to be nothing, only that."""
    effects = _effects(new, verdicts, before, after)
    is_cleared = verdicts[0].impact is Impact.UNKNOWN and any(effect.impact is Impact.SAFE for effect in effects)
    return effects if is_cleared else worst_first((*verdicts, *effects))


def _effects(new: Object, verdicts: tuple[Verdict, ...], before: Side, after: Side) -> tuple[Verdict, ...]:
    if new.id.kind == "NetworkPolicy":
        effect = _policy(new, before)
    elif new.id.kind == "DNSRecordSet":
        effect = _record(new, before, after)
    elif new.id.kind == "Application":
        effect = _application(new, after) if verdicts[0].impact is Impact.SAFE else None
    else:
        effect = _borrowed_accounts(new, before)
    return (effect,) if effect else effects_on_readers(new, before, before, renamed=False)


def _borrowed_accounts(new: Object, before: Side) -> Verdict | None:
    """Return that the pods of a new workload act as ServiceAccounts of other units; None if they do not."""
    names = {text(template, "spec", "serviceAccountName") for template in before.pod_templates(new)} - {""}
    borrowed = [
        kind_and_name(object_.id)
        for object_ in sorted(before.objects.values() if names else ())
        if (object_.id.kind, object_.id.namespace) == ("ServiceAccount", new.id.namespace)
        and object_.id.name in names
        and object_.unit != new.unit
    ]
    reason = f"its pods act as {', '.join(borrowed)} of another unit, with all rights that this one has"
    return Verdict(Impact.EXPOSURE, reason, _ACCOUNTS) if borrowed else None


def _policy(policy: Object, before: Side) -> Verdict | None:
    """Return that a policy closes pods that were open, or closes nothing; None where its rows say what it does."""
    living = list(_selected(policy, before))
    closed: dict[ObjectId, set[str]] = {workload.id: set() for workload in living}
    for other in before.objects.values() if living else ():
        if other.id[:4] == policy.id[:4]:
            for workload in _selected(other, before):
                closed.setdefault(workload.id, set()).update(_directions(other))
    newly = [workload for workload in living if not _directions(policy) <= closed[workload.id]]
    if newly:
        names = ", ".join(kind_and_name(workload.id) for workload in newly)
        reason = f"pods of {names} were open, and from now on get no traffic that no policy allows"
        return Verdict(Impact.OUTAGE, reason, _POLICIES)
    if living and not any(listed(policy.manifest, "spec", direction.lower()) for direction in _directions(policy)):
        return Verdict(Impact.SAFE, "the pods that it selects are closed already, and it allows nothing", _POLICIES)
    return None


def _selected(policy: Object, side: Side) -> Iterator[Object]:
    """Yield the workloads of a side whose pods a policy selects."""
    for object_ in sorted(side.objects.values()):
        if object_.id.namespace == policy.id.namespace and object_.id.cluster == policy.id.cluster:
            labels = (mapping(template, "metadata", "labels") for template in side.pod_templates(object_))
            if any(selects(mapping(policy.manifest, "spec", "podSelector"), found) for found in labels):
                yield object_


def _directions(policy: Object) -> set[str]:
    """Return what a policy closes: left out, what comes in, and with rules for it what goes out."""
    written = {direction for direction in listed(policy.manifest, "spec", "policyTypes") if isinstance(direction, str)}
    return written or {"Ingress", *(["Egress"] if listed(policy.manifest, "spec", "egress") else [])}


def _record(record: Object, before: Side, after: Side) -> Verdict | None:
    """Return that a record takes a name from another one that stays; None if the name is new."""
    name, kind = _name(record), text(record.manifest, "spec", "type")
    zone = encoded(mapping(record.manifest, "spec", "managedZoneRef"))
    for other in sorted(before.objects.values()):
        is_in_zone = (
            other.id[:4] == record.id[:4] and encoded(mapping(other.manifest, "spec", "managedZoneRef")) == zone
        )
        if not is_in_zone or other.id not in after.objects:
            continue
        answered = _name(other)
        if (answered, text(other.manifest, "spec", "type")) == (name, kind):
            reason = f"{kind_and_name(other.id)} is the same record: the two write over each other"
            return Verdict(Impact.OUTAGE, reason, _RECORDS)
        if answered.startswith("*.") and answered != name and name.endswith(answered[1:]):
            reason = f"the wildcard {answered} answers for this name no more, with any type of record"
            return Verdict(Impact.OUTAGE, reason, _WILDCARDS)
    if name.startswith("*."):
        reason = "every name of the domain that has no record of its own is known from now on, and leads there"
        return Verdict(Impact.UNKNOWN, reason, _RECORDS)
    return None


def _name(record: Object) -> str:
    return text(record.manifest, "spec", "name").lower()


def _application(application: Object, after: Side) -> Verdict | None:
    """Return that the objects of an Application are in no review; None if they are in this one."""
    if any(object_.unit == application.unit and object_ != application for object_ in after.objects.values()):
        return None
    reason = "its objects are in no review: who can write to its repository decides what runs"
    return Verdict(Impact.EXPOSURE, reason, _APPLICATIONS)
