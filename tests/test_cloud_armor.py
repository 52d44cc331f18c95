"""Cloud Armor as built: who may come in to what, in rules of ten ranges, and nobody else."""

import copy
import datetime as dt
import re
from typing import Any

import msgspec
import product
import pytest
from command import ROOT
from infra import PRIVATE, infra
from product import build

from generator import check
from generator.errors import InputInvalid

LISTS = {"allowed": "allowedRanges", "admin": "adminRanges", "webhook": "webhookRanges"}
DEFAULT = 2147483647
OFFICES = {"office": ["203.0.113.0/24"], "vpn": ["198.51.100.0/25"]}
"""Those of dev."""


def ranges(count: int, second: int = 18) -> list[str]:
    """Return so many ranges, none beside another."""
    return [f"198.{second}.{2 * number}.0/24" for number in range(count)]


def built(by_name: dict[str, list[str]], which: str = "allowed", more: str = "") -> product.Built:
    """Return a public environment with these ranges in one of its lists, beside those of its offices."""
    names = "".join(f"    {name}: [{', '.join(listed)}]\n" for name, listed in by_name.items()) or "    {}\n"
    return build("dev", f"access:\n{more}  {LISTS[which]}:\n{names}")


def rules(it: product.Built, which: str = "allowed") -> list[dict[str, Any]]:
    """Return the rules of a policy."""
    found: list[dict[str, Any]] = it.one("ComputeSecurityPolicy", f"codemie-{which}-ranges")["spec"]["rule"]
    return found


def let_in(it: product.Built, which: str = "allowed") -> dict[str, list[str]]:
    """Return the ranges that are let in, by description."""
    allowed = [rule for rule in rules(it, which) if rule["action"] == "allow"]
    return {rule["description"]: rule["match"]["config"]["srcIpRanges"] for rule in allowed}


@pytest.mark.parametrize("which", LISTS)
@pytest.mark.parametrize("count", [0, 1, 10, 11, 25])
def test_a_rule_takes_ten_ranges_and_none_is_lost(which: str, count: int) -> None:
    it = built({"partner": ranges(count)} if count else {}, which)
    parts = [ranges(count)[start : start + 10] for start in range(0, count, 10)]
    names = ["partner"] if count <= 10 else [f"partner, {part} of {len(parts)}" for part in range(1, len(parts) + 1)]
    others = OFFICES if which == "allowed" else {}
    assert let_in(it, which) == {**others, **dict(zip(names, parts, strict=False))}
    assert not it.errors("edge-addresses")


@pytest.mark.parametrize("count", [0, 1, 10, 11, 25])
def test_every_policy_ends_by_refusing_everybody(count: int) -> None:
    it = built({"partner": ranges(count)} if count else {}, "webhook")
    for which in LISTS:
        *allowed, last = rules(it, which)
        assert last == {
            "action": "deny(403)",
            "description": "nobody else",
            "priority": DEFAULT,
            "preview": False,
            "match": {"versionedExpr": "SRC_IPS_V1", "config": {"srcIpRanges": ["*"]}},
        }
        for rule in allowed:
            assert (rule["action"], rule["preview"], rule["match"]["versionedExpr"]) == ("allow", False, "SRC_IPS_V1")
            assert len(rule["description"]) <= 64  # Google takes no more


def test_neighbours_of_one_name_are_joined_and_none_of_two_names() -> None:
    listed = [f"198.18.{number}.0/24" for number in range(11)]
    it = built({"one": [*listed, "198.18.3.0/24"], "two": ["198.18.11.0/24"]})
    joined = ["198.18.0.0/21", "198.18.8.0/23", "198.18.10.0/24"]
    assert let_in(it) == {**OFFICES, "one": joined, "two": ["198.18.11.0/24"]}


def test_an_empty_list_lets_nobody_in() -> None:
    assert let_in(build("dev"), "admin") == let_in(build("dev"), "webhook") == {}


def test_priorities_ascend_and_more_ranges_of_one_name_move_no_other() -> None:
    by_count = {}
    for count in (1, 25):
        found = rules(built({"partner": ranges(count), "zoo": ["192.0.2.0/24"]}))
        priorities = [rule["priority"] for rule in found]
        assert priorities == sorted(set(priorities))
        by_count[count] = {rule["description"]: rule["priority"] for rule in found}
    assert by_count[1] == {"office": 1000, "partner": 2000, "vpn": 3000, "zoo": 4000, "nobody else": DEFAULT}
    parts = {"partner, 1 of 3": 2000, "partner, 2 of 3": 2001, "partner, 3 of 3": 2002}
    assert by_count[25] == {**{name: at for name, at in by_count[1].items() if name != "partner"}, **parts}


def test_the_order_they_are_written_in_changes_nothing() -> None:
    one, other = {"aa": ["192.0.2.0/24"]}, {"zz": ["192.0.2.128/25"]}
    assert rules(built({**one, **other})) == rules(built({**other, **one}))


def test_two_names_may_have_the_same_ranges() -> None:
    it = built({"one": ["192.0.2.0/24"], "two": ["192.0.2.0/24"]})
    assert let_in(it) == {**OFFICES, "one": ["192.0.2.0/24"], "two": ["192.0.2.0/24"]}
    assert not it.errors("edge-addresses")


@pytest.mark.parametrize("name", ['"a\\nb"', '"a, 1 of 2"', '"{{ x }}"', "Office", '"a: b"', f'"{"a" * 41}"', '""'])
def test_a_name_that_could_be_something_else_is_refused(name: str) -> None:
    with pytest.raises(InputInvalid):
        build("dev", f"access: {{adminRanges: {{{name}: [192.0.2.0/24]}}}}")


@pytest.mark.parametrize("said", ['"*"', '"0.0.0.0"', '"::/0"', '"192.0.2.1/24"', '"192.0.2.0/24, *"', "{}"])
def test_what_is_no_range_is_refused(said: str) -> None:
    with pytest.raises(InputInvalid):
        build("dev", f"access: {{adminRanges: {{office: [{said}]}}}}")


def test_the_whole_internet_comes_in_only_where_that_is_said() -> None:
    it = built({"all": ["0.0.0.0/0"]}, "webhook", "  allowWholeInternet: true\n")
    assert let_in(it, "webhook") == {"all": ["0.0.0.0/0"]}
    assert let_in(it) == OFFICES
    assert not it.errors("edge-addresses")
    access = msgspec.structs.replace(it.plan.environment.access, allow_whole_internet=False)
    plan = msgspec.structs.replace(it.plan, environment=msgspec.structs.replace(it.plan.environment, access=access))
    found = check.check(it.objects, plan, today=dt.date(2026, 1, 1)).findings
    assert [(item.rule, item.object) for item in found if item.rule == "armor-open"] == [
        ("armor-open", "ComputeSecurityPolicy codemie-dev/codemie-webhook-ranges")
    ]


@pytest.mark.parametrize("name", PRIVATE)
def test_private_has_no_policy(name: str) -> None:
    assert not infra(name).all("ComputeSecurityPolicy")


def test_every_backend_names_a_policy_that_is_there() -> None:
    more = "  webhookRanges: {git: [192.0.2.0/24]}\n"
    it = built({"vpn": ["198.51.100.0/28"]}, "admin", more)
    named = {item["spec"]["default"]["securityPolicy"] for item in it.of("GCPBackendPolicy")}
    made = {item["metadata"]["name"] for item in it.of("ComputeSecurityPolicy")}
    assert named == made == {f"codemie-{which}-ranges" for which in LISTS}


def test_all_policies_are_there_before_somebody_needs_them() -> None:
    it = build("dev")
    assert {item["spec"]["default"]["securityPolicy"] for item in it.of("GCPBackendPolicy")} < {
        item["metadata"]["name"] for item in it.of("ComputeSecurityPolicy")
    }


def test_policies_stay_when_their_objects_go() -> None:
    for policy in build("dev").of("ComputeSecurityPolicy"):
        annotations = policy["metadata"]["annotations"]
        assert annotations["cnrm.cloud.google.com/deletion-policy"] == "abandon"
        assert annotations["argocd.argoproj.io/sync-wave"] == "3"
        assert (policy["spec"]["type"], "region" in policy["spec"]) == ("CLOUD_ARMOR", False)  # global


def test_policies_come_before_the_edge_and_the_edge_before_routes() -> None:
    it = build("dev")
    waves = {planned.name: planned.wave for planned in it.plan.units}
    routes = [item for item in it.objects if item.id.kind == "HTTPRoute" and "/components/edge/" not in f"/{item.file}"]
    units = {found[1] for item in routes if (found := re.search(r"components/([^/]+)/", item.file))}
    assert len(units) > 2
    assert waves["edge-addresses"] < waves["edge"] < min(waves[unit] for unit in units)


def test_an_eleventh_range_of_a_rule_is_refused() -> None:
    it = build("dev")
    (item,) = [item for item in it.objects if item.id.name == "codemie-allowed-ranges"]
    manifest = copy.deepcopy(item.manifest)
    manifest["spec"]["rule"][0]["match"]["config"]["srcIpRanges"] = ranges(11)
    found = check.check(
        (msgspec.structs.replace(item, manifest=manifest),), it.plan, today=dt.date(2026, 1, 1)
    ).findings
    path = "/spec/rule/0/match/config/srcIpRanges"
    assert [item.rule for item in found if item.path == path] == ["contract"]


def test_the_page_names_the_policies() -> None:
    page = (ROOT / "docs/edge.md").read_text()
    assert all(f"`codemie-{which}-ranges`" in page for which in LISTS)
