"""What a new object does to those that are there, which its own fields do not say. Pure."""

from collections.abc import Iterator

from generator.field import mapping, text
from generator.kinds import Impact
from generator.manifest import Object, encoded
from generator.review.change import Verdict
from generator.review.judge import worst_first
from generator.review.pods import effects_on_readers
from generator.review.references.index import Index
from generator.review.references.isolation import of_new_policy
from generator.review.side import kind_and_name

_APPLICATIONS = "https://argo-cd.readthedocs.io/en/stable/operator-manual/security/"
_ACCOUNTS = "https://kubernetes.io/docs/concepts/security/service-accounts/"
_RECORDS = "https://cloud.google.com/dns/docs/records-overview"
_WILDCARDS = "https://datatracker.ietf.org/doc/html/rfc4592"


def effects_on_others(new: Object, verdicts: tuple[Verdict, ...], before: Index, after: Index) -> tuple[Verdict, ...]:
    """Return verdicts on a new object, with what it does to others; where that is known to be nothing, only that."""
    effects = _effects(new, verdicts, before, after)
    is_cleared = verdicts[0].impact is Impact.UNKNOWN and any(effect.impact is Impact.SAFE for effect in effects)
    return effects if is_cleared else worst_first((*verdicts, *effects))


def _effects(new: Object, verdicts: tuple[Verdict, ...], before: Index, after: Index) -> tuple[Verdict, ...]:
    if new.id.kind == "NetworkPolicy":
        effect = of_new_policy(new, before)
    elif new.id.kind == "DNSRecordSet":
        effect = _record(new, before, after)
    elif new.id.kind == "Application":
        effect = _application(new, after) if verdicts[0].impact is Impact.SAFE else None
    else:
        effect = _borrowed_accounts(new, before)
    return (effect,) if effect else effects_on_readers(new, before.side, before.side, renamed=False)


def _borrowed_accounts(new: Object, before: Index) -> Verdict | None:
    """Return that the pods of a new workload act as ServiceAccounts of other units; None if they do not."""
    names = {text(template, "spec", "serviceAccountName") for template in before.side.pod_templates(new)} - {""}
    borrowed = [
        kind_and_name(account.id)
        for name in sorted(names)
        for account in before.named((new.id.cluster, "ServiceAccount", new.id.namespace, name))
        if account.unit != new.unit
    ]
    reason = f"its pods act as {', '.join(borrowed)} of another unit, with all rights that this one has"
    return Verdict(Impact.EXPOSURE, reason, _ACCOUNTS) if borrowed else None


def _record(record: Object, before: Index, after: Index) -> Verdict | None:
    """Return that a record takes a name from another one that stays; None if the name is new."""
    name = text(record.manifest, "spec", "name").lower()
    for other in (one for answered in _answering(name) for one in before.records.get(answered, ())):
        if _zone(other) != _zone(record) or other.id not in after.side.objects:
            continue
        answered = text(other.manifest, "spec", "name").lower()
        if answered != name:
            reason = f"the wildcard {answered} answers for this name no more, with any type of record"
            return Verdict(Impact.OUTAGE, reason, _WILDCARDS)
        if text(other.manifest, "spec", "type") == text(record.manifest, "spec", "type"):
            reason = f"{kind_and_name(other.id)} is the same record: the two write over each other"
            return Verdict(Impact.OUTAGE, reason, _RECORDS)
    if name.startswith("*."):
        reason = "every name of the domain that has no record of its own is known from now on, and leads there"
        return Verdict(Impact.UNKNOWN, reason, _RECORDS)
    return None


def _answering(name: str) -> Iterator[str]:
    """Yield a name, and the wildcards that answer for it, the nearest first."""
    yield name
    domain = name.removeprefix("*.")
    while domain := domain.partition(".")[2]:
        yield f"*.{domain}"


def _zone(record: Object) -> tuple[tuple[str, ...], bytes]:
    return record.id[:4], encoded(mapping(record.manifest, "spec", "managedZoneRef"))


def _application(application: Object, after: Index) -> Verdict | None:
    """Return that the objects of an Application are in no review; None if they are in this one."""
    if after.side.made_by(application):
        return None
    reason = "its objects are in no review: who can write to its repository decides what runs"
    return Verdict(Impact.EXPOSURE, reason, _APPLICATIONS)
