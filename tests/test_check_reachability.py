"""Who reaches whom: three workloads, what their policies let through, and what is declared."""

import copy
from typing import Any

import pytest
from objects import CONTAINER_AT, LABELS, TODAY, WORLD, made, world
from project import component, plan, sources

from generator.check import check
from generator.manifest import Manifest, Object, identify
from generator.views import findings

API = {"app": "api"}
CALL = "connects: [{to: api, port: 80}]\n"
URL = {f"{CONTAINER_AT}/env/2/value": "http://api.codemie.svc.cluster.local/x"}
PORTS = [{"protocol": "TCP", "port": 8080}]
TO_API = {"/spec/egress": [{"to": [{"podSelector": {"matchLabels": API}}], "ports": PORTS}]}
FROM_WEB = {"/spec/ingress": [{"from": [{"podSelector": {"matchLabels": LABELS}}], "ports": PORTS}]}
CLOSED = (
    "NetworkPolicy codemie/api: /spec/ingress: codemie/web calls codemie/api on port 8080, and is not let through [reach-closed]\n"
    "  hint: its own policy and that of the caller must both allow it\n"
)
OPEN = (
    "NetworkPolicy codemie/api: /spec/ingress: codemie/web may call codemie/api on port 8080, and nothing declares that [reach-open]\n"
    "  hint: say so in `connects` of the caller, or close it\n"
)
UNDECLARED = (
    "Deployment codemie/web: /spec/template/spec/containers/0/env/2/value: names codemie/api, and codemie/web may not call its port 8080 [reach-url]\n"
    "  hint: say so in `connects` of the unit\n"
)


def two(web: dict[str, Any], api: dict[str, Any], deployment: dict[str, Any] | None = None) -> list[Manifest]:
    """Return the good world beside a second workload, with the fields of both policies changed."""
    second = [
        item
        for item in world(policy=api)
        if item["kind"] in ("Deployment", "Service", "NetworkPolicy", "ServiceAccount")
    ]
    for item in second:
        item["metadata"]["name"] = "api"
        _relabel(item)
        if item["kind"] == "Deployment":
            spec = item["spec"]["template"]["spec"]
            spec["serviceAccountName"] = "api"
            spec["containers"][0]["env"] = []
    return [*world(policy=web, deployment=deployment or {}), *second]


def _relabel(item: Manifest) -> None:
    spec = item.get("spec", {})
    for node, key in (
        (spec, "selector"),
        (spec.get("selector", {}), "matchLabels"),
        (spec.get("podSelector", {}), "matchLabels"),
    ):
        if isinstance(node, dict) and node.get(key) == LABELS:
            node[key] = API
    if "template" in spec:
        spec["template"]["metadata"]["labels"] = API


def said(manifests: list[Manifest], declared: str = "") -> str:
    """Return what is said of reachability; unit `web` and unit `api` have one workload each."""
    planned = plan(sources(**component("web", declared), **component("api")))
    objects = sorted(
        Object(
            identify(item, "workload"),
            item,
            f"templates/components/{'api' if item['metadata']['name'] == 'api' else 'web'}/x",
        )
        for item in manifests
    )
    found = check(tuple(objects), planned, today=TODAY).findings
    told = findings.text(item for item in found if item.rule in ("reach-closed", "reach-open", "reach-url"))
    return told.replace("templates/components/web/x: ", "").replace("templates/components/api/x: ", "")


@pytest.mark.parametrize(
    ("web", "api", "declared", "expected"),
    [
        ({}, {}, "", ""),
        (TO_API, FROM_WEB, CALL, ""),
        (TO_API, {}, CALL, CLOSED),
        ({}, FROM_WEB, CALL, CLOSED),
        (TO_API, FROM_WEB, "", OPEN),
        ({"/spec/egress": [{"to": [{"podSelector": {"matchLabels": API}}]}]}, FROM_WEB, "", OPEN),
        ({"/spec/egress": [{}]}, {"/spec/ingress": [{"from": [{"podSelector": {"matchLabels": LABELS}}]}]}, "", OPEN),
        ({"/spec/egress": [{"ports": [{"port": 8000, "endPort": 9000}]}]}, FROM_WEB, "", OPEN),
        ({"/spec/egress": [{"ports": [{"port": "http"}]}]}, FROM_WEB, "", OPEN),
        ({"/spec/egress": [{"ports": [{"protocol": "UDP", "port": 8080}]}]}, FROM_WEB, "", ""),
        ({"/spec/egress": [{"ports": [{"port": 8081}]}]}, FROM_WEB, "", ""),
        ({"/spec/egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}, FROM_WEB, "", ""),
        ({"/spec/egress": [{"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "codemie"}}}], "ports": PORTS}]}, FROM_WEB, "", OPEN),
        ({"/spec/egress": [{"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}]}]}, FROM_WEB, "", ""),
        ({"/spec/policyTypes": ["Ingress"]}, FROM_WEB, "", OPEN),
    ],
)  # fmt: skip
def test_calls_are_let_through_as_declared(
    web: dict[str, Any], api: dict[str, Any], declared: str, expected: str
) -> None:
    assert said(two(web, api), declared) == expected


def test_a_url_in_a_variable_is_let_through() -> None:
    assert said(two(TO_API, FROM_WEB, URL), CALL) == ""
    assert said(two({}, {}, URL)) == UNDECLARED


def test_a_url_in_a_mounted_config_file_is_let_through() -> None:
    config = copy.deepcopy(WORLD["config"])
    config["data"]["mode"] = "call http://api:80/"
    manifests = [config if item["kind"] == "ConfigMap" else item for item in two({}, {})]
    assert said(manifests) == (
        "ConfigMap codemie/web-f4mt: /data/mode: names codemie/api, and codemie/web may not call its port 8080 [reach-url]\n"
        "  hint: say so in `connects` of the unit\n"
    )


def test_a_second_policy_adds_to_the_first() -> None:
    more = made(
        "NetworkPolicy",
        "more",
        {"spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]}},
        "networking.k8s.io/v1",
    )
    assert said([*two({}, FROM_WEB), more]) == OPEN
