"""Cloud Armor. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

from typing import Any

import pytest
from landing import PUBLIC, google, landing, other, said

from generator.check.network import armor
from generator.manifest import Manifest

LAST = {"action": "deny(403)", "priority": 2147483647, "match": {"config": {"srcIpRanges": ["*"]}}}
WHOLE = PUBLIC.replace("public,", "public, allowWholeInternet: true,")
POLICY = "ComputeSecurityPolicy codemie-lab/codemie-allowed-ranges: /spec/rule"
TWICE = "another rule of this policy has it"
HALF = "lets half of the internet in, or more [armor-open]\n  hint: if you mean it: access.allowWholeInternet: true"
MISSING = (
    "GCPBackendPolicy codemie-lab/web: /spec/default/securityPolicy: no ComputeSecurityPolicy of that name is rendered "
    "[armor-missing]\n  hint: unit edge-addresses makes them, in public"
)
ONE = "must have one rule of priority 2147483647, not {} [armor-default]\n  hint: action: deny(403), for all: '*'"


def rule(priority: int, *sources: str, action: str = "allow", **match: Any) -> dict[str, Any]:
    """Return a rule of a policy."""
    return {"action": action, "priority": priority, "match": {"config": {"srcIpRanges": list(sources)}, **match}}


def policy(*rules: dict[str, Any], name: str = "codemie-allowed-ranges", **spec: Any) -> Manifest:
    """Return a policy of these rules."""
    return google("ComputeSecurityPolicy", name, 3, {"type": "CLOUD_ARMOR", "rule": list(rules), **spec})


def backend(name: str) -> Manifest:
    """Return what a Service says of its backend."""
    return other("networking.gke.io/v1", "GCPBackendPolicy", "web", {"spec": {"default": {"securityPolicy": name}}})


OFFICE = rule(1000, "203.0.113.0/24")
NO_REFUSAL: tuple[dict[str, Any], ...] = (
    {"preview": True},
    {"match": {"config": {"srcIpRanges": ["198.51.100.0/24"]}}},
    {"match": {}},
    {"action": "throttle", "match": {"config": {"srcIpRanges": ["198.51.100.0/24"]}}},
)
REFUSED: dict[str, list[tuple[list[Manifest], str]]] = {
    "backends_name_a_policy_that_is_there": [
        (
            [policy(OFFICE, LAST), backend("codemie-alowed-ranges")],
            MISSING,
        ),
        (
            [policy(OFFICE, LAST, resourceID="other"), backend("codemie-allowed-ranges")],
            MISSING,
        ),
    ],
    "policies_refuse_by_default": [
        ([policy(OFFICE)], f"{POLICY}: {ONE.format(0)}"),
        ([policy()], f"{POLICY}: {ONE.format(0)}"),
        ([policy(OFFICE, LAST, LAST)], f"{POLICY}: {ONE.format(2)}"),
        *(
            (
                [policy(OFFICE, {**LAST, **change})],
                f'{POLICY}/1: must deny everybody ("*"), and not as a preview [armor-default]',
            )
            for change in NO_REFUSAL
        ),
    ],
    "priorities_are_unique": [
        ([policy(OFFICE, rule(1000, "198.51.100.0/24"), LAST)], f"{POLICY}/1/priority: {TWICE} [armor-priority]"),
    ],
    "policies_do_not_let_everybody_in": [
        ([policy(rule(1, "*"), LAST)], f"{POLICY}/0/match: must not be everybody [armor-open]"),
        ([policy(OFFICE, rule(1, "::/0"), LAST)], f"{POLICY}/1/match: must not be everybody [armor-open]"),
        ([policy(rule(1, "*", action="throttle"), LAST)], f"{POLICY}/0/match: must not be everybody [armor-open]"),
        ([policy(rule(1, expr={"expression": "true"}), LAST)], f"{POLICY}/0/match: must not be everybody [armor-open]"),
        ([policy(rule(1, "0.0.0.0/0"), LAST)], f"{POLICY}: {HALF}"),
        ([policy(rule(1, "0.0.0.0/2"), rule(2, "192.0.0.0/2"), LAST)], f"{POLICY}: {HALF}"),
    ],
}
ACCEPTED: list[tuple[list[Manifest], str, str]] = [
    ([policy(OFFICE, LAST), backend("codemie-allowed-ranges")], PUBLIC, ""),
    ([policy(LAST)], PUBLIC, ""),
    ([policy(LAST, name="x", resourceID="codemie-allowed-ranges"), backend("codemie-allowed-ranges")], PUBLIC, ""),
    ([backend("by-hand")], PUBLIC, "edge-addresses"),
    ([policy(rule(1, "203.0.113.0/24"), rule(2, "203.0.113.0/24"), LAST)], PUBLIC, ""),
    ([policy(rule(1, "0.0.0.0/2"), rule(2, "0.0.0.0/3"), LAST)], PUBLIC, ""),
    ([policy(rule(1, "*", action="deny(404)"), LAST)], PUBLIC, ""),
    ([policy(rule(1, "0.0.0.0/0"), LAST)], WHOLE, ""),
    ([policy(rule(1, "*"), LAST)], WHOLE, ""),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in armor.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert said(landing(*manifests), PUBLIC) == f"{expected}\n"


@pytest.mark.parametrize(("manifests", "lab", "off"), ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest], lab: str, off: str) -> None:
    zone = [item for item in landing() if not off or item["metadata"]["name"] not in ("codemie", "codemie-edge")]
    needs: dict[str, tuple[str, ...]] | None = {"dns": ("vpc",)} if off else None
    assert not said([*zone, *manifests], lab, needs=needs, off=off)
