"""Conditions on NetworkPolicies, webhooks, roles, Applications and what operators make."""

import json
from typing import Any

from generator import annotation
from generator.annotation import CASCADE
from generator.field import at, text
from generator.kinds.impact import Edit, found, item_of
from generator.manifest import Manifest

_KEEPS_UNKNOWN = "x-kubernetes-preserve-unknown-fields"


def adds_to_list(edit: Edit) -> bool:
    """The policy is new, or the list had items: the first item of an empty list narrows, and does not open."""
    return not edit.old or bool(found(edit.old, edit.steps[:-1]))


def changes_more_than_order(edit: Edit) -> bool:
    """It is no list of rules, peers or ports that is there on both sides: that differs by its order only."""
    is_list = len(edit.steps) in (2, 4) and edit.steps[-1] in ("ingress", "egress", "from", "to", "ports")
    return not (is_list and found(edit.old, edit.steps) and found(edit.new, edit.steps))


def allows_traffic(edit: Edit) -> bool:
    """A NetworkPolicy has a rule."""
    return any(found(edit.new, ("spec", name)) for name in ("ingress", "egress"))


def closes_ingress(edit: Edit) -> bool:
    """A NetworkPolicy is about incoming traffic."""
    return "Ingress" in (found(edit.new, ("spec", "policyTypes")) or ())


def closes_egress(edit: Edit) -> bool:
    """A NetworkPolicy is about outgoing traffic."""
    return "Egress" in (found(edit.new, ("spec", "policyTypes")) or ())


def fails_closed(edit: Edit) -> bool:
    """A webhook comes that refuses objects while it does not answer, which is the default."""
    return isinstance(edit.after, dict) and edit.after.get("failurePolicy") != "Ignore"


def rule_writes(edit: Edit) -> bool:
    """The rule of a role that the value is in lets objects be made or changed."""
    verbs = item_of(edit.side, edit.steps).get("verbs")
    return isinstance(verbs, list) and any(verb in ("create", "update", "patch", "*") for verb in verbs)


def cascades(edit: Edit) -> bool:
    """With the Application all that it made is deleted."""
    return annotation.cascades(edit.old)


def gets_cascade(edit: Edit) -> bool:
    """Deleting the Application will delete what it made."""
    return edit.before != edit.after and str(edit.after).startswith(CASCADE)


def installs_chart(edit: Edit) -> bool:
    """The Application installs a chart, whose objects are in no review."""
    return bool(found(edit.object, ("spec", "source", "chart")))


def selector_counts(edit: Edit) -> bool:
    """A listener takes routes of the namespaces that a selector chooses, on both sides: else `from` says which."""
    place = edit.steps[: edit.steps.index("namespaces") + 1]
    return all(text(found(side, place), "from") == "Selector" for side in (edit.old or edit.new, edit.new))


def times_out_after_interval(edit: Edit) -> bool:
    """A health check of a load balancer waits longer for an answer than until it asks again; each is 5 by default."""
    timeout, interval = (_seconds(edit.new, key) for key in ("timeoutSec", "checkIntervalSec"))
    return timeout > interval and _seconds(edit.old, "timeoutSec") <= _seconds(edit.old, "checkIntervalSec")


def _seconds(side: Manifest, key: str) -> int:
    written = found(side, ("spec", "default", key))
    return written if isinstance(written, int) else 5


def forgets_field(edit: Edit) -> bool:
    """A schema no longer has a field, or no longer keeps those that it does not have; what binds a value may go."""
    return edit.steps[-2:-1] == ("properties",) or edit.steps[-1] in (_KEEPS_UNKNOWN, "additionalProperties")


def trusts_any_server(edit: Edit) -> bool:
    """How Argo CD signs in to a cluster no longer asks for the certificate of its server."""
    return _is_insecure(edit.after) and not _is_insecure(edit.before)


def _is_insecure(config: Any) -> bool:
    try:
        return bool(at(json.loads(config), "tlsClientConfig", "insecure"))
    except (TypeError, ValueError):
        return False


CONDITIONS = {
    "times-out-after-interval": times_out_after_interval,
    "forgets-field": forgets_field,
    "trusts-any-server": trusts_any_server,
    "adds-to-list": adds_to_list,
    "changes-more-than-order": changes_more_than_order,
    "allows-traffic": allows_traffic,
    "closes-ingress": closes_ingress,
    "closes-egress": closes_egress,
    "fails-closed": fails_closed,
    "rule-writes": rule_writes,
    "cascades": cascades,
    "gets-cascade": gets_cascade,
    "selector-counts": selector_counts,
    "installs-chart": installs_chart,
}
