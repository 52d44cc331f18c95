"""Cloud Armor: who is let through to a Service on the internet. Policies are there, refuse by default and say who."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from generator.check.built import Built, Check, fault
from generator.check.google.resource import google_name
from generator.field import listed, numbered, text
from generator.finding import Finding
from generator.manifest import Object
from generator.notation.address import ipv4_network

_KIND = "ComputeSecurityPolicy"
_MAKER = "edge-addresses"
"""The unit that makes policies: while it is on, each one that is named must be there."""
_DEFAULT = 2147483647
_HALF_OF_THE_INTERNET = 2**31
_EVERYBODY = ("*", "::/0")


def backends_name_a_policy_that_is_there(built: Built) -> Iterator[Finding]:
    """The policy that a backend names is rendered; else the load balancer is left without it, or never set up."""
    if not built.plan.named(_MAKER):
        return
    policy_names = {google_name(item)[0] for item in _policies(built)}
    for backend in built.of_kind("GCPBackendPolicy"):
        name = text(backend.manifest, "spec", "default", "securityPolicy")
        if name and name not in policy_names:
            message, hint = f"no {_KIND} of that name is rendered", f"unit {_MAKER} makes them, in public"
            path = "/spec/default/securityPolicy"
            yield fault(backend, path, message, rule="armor-missing", hint=hint)


def policies_refuse_by_default(built: Built) -> Iterator[Finding]:
    """A policy has one default rule, of the last priority and for everybody, and it denies; Google's own allows."""
    for item in _policies(built):
        last = [(index, rule) for index, rule in _rules(item) if rule.get("priority") == _DEFAULT]
        if len(last) != 1:
            message = f"must have one rule of priority {_DEFAULT}, not {len(last)}"
            yield fault(item, "/spec/rule", message, rule="armor-default", hint="action: deny(403), for all: '*'")
        for index, rule in last:
            sources = listed(rule, "match", "config", "srcIpRanges")
            if not text(rule, "action").startswith("deny(") or sources != ["*"] or rule.get("preview") is True:
                message = 'must deny everybody ("*"), and not as a preview'
                yield fault(item, f"/spec/rule/{index}", message, rule="armor-default")


def priorities_are_unique(built: Built) -> Iterator[Finding]:
    """No two rules of a policy have one priority: the second takes the place of the first."""
    for item in _policies(built):
        seen: set[int] = set()
        for index, rule in _rules(item):
            priority = rule.get("priority")
            if not isinstance(priority, int):
                continue
            if priority in seen and priority != _DEFAULT:
                path, message = f"/spec/rule/{index}/priority", "another rule of this policy has it"
                yield fault(item, path, message, rule="armor-priority")
            seen.add(priority)


def policies_do_not_let_everybody_in(built: Built) -> Iterator[Finding]:
    """What a policy lets in is less than half of the internet, however it is split, unless the environment means it."""
    if built.plan.environment.access.allow_whole_internet:
        return
    for item in _policies(built):
        allowed = [(index, rule) for index, rule in _rules(item) if not text(rule, "action").startswith("deny(")]
        networks: list[ipaddress.IPv4Network] = []
        for index, rule in allowed:
            sources = listed(rule, "match", "config", "srcIpRanges")
            # what is no range of IPv4 is counted nowhere; "*" and ::/0 are judged by their text
            networks += filter(None, map(ipv4_network, sources))
            if set(map(str, sources)) & set(_EVERYBODY) or text(rule, "match", "expr", "expression").strip() == "true":
                yield fault(item, f"/spec/rule/{index}/match", "must not be everybody", rule="armor-open")
        if sum(net.num_addresses for net in ipaddress.collapse_addresses(networks)) >= _HALF_OF_THE_INTERNET:
            message, hint = "lets half of the internet in, or more", "if you mean it: access.allowWholeInternet: true"
            yield fault(item, "/spec/rule", message, rule="armor-open", hint=hint)


def _policies(built: Built) -> Iterator[Object]:
    return (item for item in built.google if item.id.kind == _KIND)


def _rules(item: Object) -> Iterator[tuple[int, dict[str, Any]]]:
    return numbered(item.manifest, "spec", "rule")


RULES: tuple[Check, ...] = (
    backends_name_a_policy_that_is_there,
    policies_refuse_by_default,
    priorities_are_unique,
    policies_do_not_let_everybody_in,
)
