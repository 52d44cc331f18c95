"""A value written where a default stood is judged as a change of the default; so is one that is left out."""

import copy
import functools
import importlib.util
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.kinds import Kinds, Steps, definitions, names, parts, shipped
from generator.kinds.default import Default, Rule
from generator.manifest import HUB, Manifest, Object, identify
from generator.review import Change, Impact, review

KINDS = Kinds({})
TEXTS = frozenset({"a text for people", "the name of the policy", "there is one plan"})
"""What is safe by itself, without a source."""
WITH_DEFAULTS = [name for name in names() if not name.startswith("pod-template/") and name.rpartition("/")[2] != "any"]


def built(manifest: Manifest) -> Object:
    return Object(identify(manifest, HUB), manifest, "components/unit/base/x.yaml", "components/unit/base/x.yaml")


def said(before: Manifest, after: Manifest, kinds: Kinds = KINDS) -> list[tuple[str, Impact]]:
    return [(change.display_path, change.impact) for change in changes(before, after, kinds)]


def changes(before: Manifest, after: Manifest, kinds: Kinds = KINDS) -> tuple[Change, ...]:
    return review("test", [built(before)], [built(after)], kinds).changes


def parsed(text: str) -> Manifest:
    made: Manifest = yaml.safe_load(text)
    return made


def edited(manifest: Manifest, steps: Steps, value: Any) -> Manifest:
    made: Manifest = copy.deepcopy(manifest)
    place: Any = made
    for step in steps[:-1]:
        place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
    place[steps[-1]] = value
    return made


SERVICE = parsed(
    "{apiVersion: v1, kind: Service, metadata: {name: api, namespace: codemie}, "
    "spec: {selector: {app: api}, ports: [{name: http, port: 80}]}}"
)
DEPLOYMENT = parsed(
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: api, namespace: codemie}, spec: {replicas: 2, template: "
    "{spec: {containers: [{name: api, image: 'example.com/api:1.2.3', readinessProbe: {httpGet: {port: 80}}}]}}}}"
)
CONTAINER: Steps = ("spec", "template", "spec", "containers", 0)


@pytest.mark.parametrize(
    ("field", "value", "impact"),
    [
        ("targetPort", 80, Impact.SAFE),
        ("targetPort", 8080, Impact.OUTAGE),
        ("protocol", "TCP", Impact.SAFE),
        ("protocol", "UDP", Impact.OUTAGE),
        ("appProtocol", "HTTPS", Impact.UNKNOWN),
        ("nodePort", 30080, Impact.BLOCKED),
    ],
)
def test_a_field_more_of_a_port_that_stays_is_not_one_more_port(field: str, value: Any, impact: Impact) -> None:
    with_it = edited(SERVICE, ("spec", "ports", 0, field), value)
    assert said(SERVICE, with_it) == [(f"spec.ports[http].{field}", impact)]


@pytest.mark.parametrize(("field", "value"), [("targetPort", 8080), ("protocol", "UDP")])
def test_a_value_left_out_is_a_change_to_the_default(field: str, value: Any) -> None:
    with_it = edited(SERVICE, ("spec", "ports", 0, field), value)
    assert said(with_it, SERVICE) == [(f"spec.ports[http].{field}", Impact.OUTAGE)]


def test_a_port_that_comes_is_one_more_port_with_all_that_is_in_it() -> None:
    more = edited(
        SERVICE, ("spec", "ports"), [{"name": "grpc", "port": 90, "targetPort": 9}, *SERVICE["spec"]["ports"]]
    )
    assert said(SERVICE, more) == [("spec.ports[grpc]", Impact.SAFE)]


@pytest.mark.parametrize(
    ("steps", "value", "impact"),
    [
        (("imagePullPolicy",), "IfNotPresent", Impact.SAFE),
        (("imagePullPolicy",), "Always", Impact.RESTART),
        (("readinessProbe", "periodSeconds"), 10, Impact.SAFE),
        (("readinessProbe", "periodSeconds"), 5, Impact.RESTART),
        (("readinessProbe", "httpGet", "scheme"), "HTTP", Impact.SAFE),
        (("terminationMessagePolicy",), "File", Impact.SAFE),
        (("securityContext", "privileged"), False, Impact.RESTART),
        (("securityContext", "privileged"), True, Impact.EXPOSURE),
        (("livenessProbe",), {"httpGet": {"port": 80}, "periodSeconds": 10}, Impact.RESTART),
    ],
)
def test_a_pod_template_rolls_where_the_server_does_not_write_the_default(
    steps: Steps, value: Any, impact: Impact
) -> None:
    with_it = edited(DEPLOYMENT, (*CONTAINER, *steps), value)
    assert {worst for _, worst in said(DEPLOYMENT, with_it)} == {impact}


def test_the_pull_policy_of_an_image_without_a_tag_is_always() -> None:
    floating = edited(DEPLOYMENT, (*CONTAINER, "image"), "example.com:5000/api")
    for value, impact in (("Always", Impact.SAFE), ("IfNotPresent", Impact.RESTART)):
        assert said(floating, edited(floating, (*CONTAINER, "imagePullPolicy"), value))[0][1] is impact


def test_a_map_that_is_empty_by_default_is_compared_field_by_field() -> None:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
    assert said(DEPLOYMENT, edited(DEPLOYMENT, ("spec", "strategy"), rolling)) == [("spec.strategy", Impact.SAFE)]
    rolling["rollingUpdate"] = {"maxUnavailable": "100%"}
    assert said(DEPLOYMENT, edited(DEPLOYMENT, ("spec", "strategy"), rolling)) == [("spec.strategy", Impact.OUTAGE)]


def test_a_list_is_compared_with_its_default_item_by_item() -> None:
    policy = parsed(
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: api, namespace: codemie}, "
        "spec: {podSelector: {}, ingress: [{}]}}"
    )
    for types, impact in ((["Ingress"], Impact.SAFE), (["Ingress", "Egress"], Impact.UNKNOWN)):
        assert said(policy, edited(policy, ("spec", "policyTypes"), types)) == [("spec.policyTypes", impact)]


INSTANCE = parsed(
    "{apiVersion: sql.cnrm.cloud.google.com/v1beta1, kind: SQLInstance, metadata: {name: one, namespace: prod}, "
    "spec: {databaseVersion: POSTGRES_17, settings: {tier: db-f1-micro, backupConfiguration: {enabled: true}}}}"
)
LOG_DAYS: Steps = ("spec", "settings", "backupConfiguration", "transactionLogRetentionDays")


@pytest.mark.parametrize(
    ("edition", "days", "impact", "left_out"),
    [
        ("ENTERPRISE", 1, Impact.DATA_LOSS, Impact.SAFE),
        ("ENTERPRISE", 7, Impact.SAFE, Impact.SAFE),
        ("ENTERPRISE_PLUS", 7, Impact.DATA_LOSS, Impact.SAFE),
        ("ENTERPRISE_PLUS", 21, Impact.SAFE, Impact.DATA_LOSS),
    ],
)
def test_a_default_may_depend_on_another_field(edition: str, days: int, impact: Impact, left_out: Impact) -> None:
    without = edited(INSTANCE, ("spec", "settings", "edition"), edition)
    with_it = edited(without, LOG_DAYS, days)
    assert [one for _, one in said(without, with_it)] == [impact]
    assert [one for _, one in said(with_it, without)] == [left_out]


def test_what_config_connector_keeps_when_it_is_left_out_has_no_default() -> None:
    bucket = parsed(
        "{apiVersion: logging.cnrm.cloud.google.com/v1beta1, kind: LoggingLogBucket, "
        "metadata: {name: logs, namespace: prod}, spec: {location: global}}"
    )
    week, quarter = (edited(bucket, ("spec", "retentionDays"), days) for days in (7, 90))
    assert said(bucket, week) == [("spec.retentionDays", Impact.DATA_LOSS)]
    assert said(bucket, quarter) == [("spec.retentionDays", Impact.SAFE)]
    assert said(quarter, bucket) == [("spec.retentionDays", Impact.ORPHAN)]


def test_a_webhook_refuses_a_default_that_is_written_where_nothing_may_change() -> None:
    zone = parsed(
        "{apiVersion: dns.cnrm.cloud.google.com/v1beta1, kind: DNSManagedZone, metadata: {name: one, namespace: prod}, "
        "spec: {dnsName: example.com.}}"
    )
    assert said(zone, edited(zone, ("spec", "visibility"), "public")) == [("spec.visibility", Impact.BLOCKED)]


def test_a_namespace_is_by_default_that_of_the_object() -> None:
    route = parsed(
        "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: api, namespace: codemie}, "
        "spec: {parentRefs: [{name: public}]}}"
    )
    for namespace, impact in (("codemie", Impact.SAFE), ("other", Impact.OUTAGE)):
        there = edited(route, ("spec", "parentRefs", 0, "namespace"), namespace)
        assert [one for _, one in said(route, there)] == [impact]


WIDGET = "kinds/example.com/Widget.yaml"
OWN = """\
impact: [{path: spec.size, when: lowered, impact: data-loss, reason: less room}]
defaults: [{values: {spec.size: 5}, sameAs: {"spec.parts.*.label": "spec.parts.*.name"}}]
contract: {v1: {properties: {spec: {type: object, properties: {colour: {type: string, default: red}}}}}}
"""


def test_a_project_says_the_defaults_of_its_own_kinds_and_none_of_those_that_are_shipped() -> None:
    kinds = Kinds({WIDGET: OWN})
    widget = parsed("{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}, spec: {parts: [{name: a}]}}")
    assert said(widget, edited(widget, ("spec", "size"), 3), kinds) == [("spec.size", Impact.DATA_LOSS)]
    for steps, value in ((("spec", "colour"), "red"), (("spec", "parts", 0, "label"), "a")):
        (change,) = changes(widget, edited(widget, steps, value), kinds)
        assert change.impact is Impact.SAFE
    own = "contract: {v1: {properties: {spec: {type: object, properties: {type: {type: string, default: NodePort}}}}}}"
    node_port = edited(SERVICE, ("spec", "type"), "NodePort")
    shipped_too = Kinds({"kinds/core/Service.yaml": own})
    assert said(SERVICE, node_port, shipped_too) == [("spec.type", Impact.EXPOSURE)]


# ── every default ───────────────────────────────────────────────────────────────────────────────────────────────────


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = definitions().get(node["$ref"].removeprefix("#/$defs/"), {})
    return node


def contracted(node: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield the path of every default in a contract, and its value."""
    node = resolved(node)
    for mark in ("default", "x-default"):
        if mark in node:
            yield ".".join(path), node[mark]
    for key, below in node.get("properties", {}).items():
        yield from contracted(below, (*path, key))
    if isinstance(node.get("items"), dict):
        yield from contracted(node["items"], (*path, "*"))


def api_version(name: str) -> str:
    group, version = name.rpartition("/")[0], next(iter(shipped(name).contract), "v1")
    return version if group == "core" else f"{group}/{version}"


def rules(name: str) -> list[Rule]:
    """Return every default of a kind that is a plain value, those of its contract too."""
    found = list(KINDS.defaults(api_version(name), name.rpartition("/")[2]).rules)
    for contract in shipped(name).contract.values():
        found += (Rule(path, value, "", (), "contract", unwritten=False) for path, value in contracted(contract))
    return found


def minimal(name: str, steps: Steps) -> Manifest:
    """Return an object in which the map of a field is there, and the field is not."""
    made: Manifest = {
        "apiVersion": api_version(name),
        "kind": name.rpartition("/")[2],
        "metadata": {"name": "one", "namespace": "prod"},
    }
    place: Any = made
    for step, following in itertools.pairwise(steps):
        below: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int):
            place.append({"name": "one"})
            place = place[0]
        else:
            place = place.setdefault(step, below)
    return made


def others(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 7, value // 4] if value else [7]
    return ["Other"] if isinstance(value, str) else [[*value, "Other"]] if isinstance(value, list) else []


@pytest.mark.parametrize("name", WITH_DEFAULTS)
def test_another_value_in_the_place_of_a_default_is_never_safe_by_silence(name: str) -> None:
    for rule in rules(name):
        steps = tuple(0 if step == "*" else step for step in parts(rule.path))
        without = minimal(name, steps)
        default = KINDS.defaults(api_version(name), without["kind"]).at(without, steps, None)
        if default is None:
            continue  # it depends on a field that is not there
        for value in (default.value, *others(default.value)):
            with_it = edited(without, steps, value)
            for before, after in ((without, with_it), (with_it, without)):
                for change in changes(before, after):
                    check(change, rule, default, same=value == default.value)


def check(change: Change, rule: Rule, default: Default, *, same: bool) -> None:
    where = (change.id.kind, rule.path, change)
    if same:  # a rollout of the only pod is an outage
        rolls = {Impact.RESTART, Impact.OUTAGE} if default.unwritten else set()
        assert change.impact in {Impact.SAFE, Impact.BLOCKED, Impact.ORPHAN, *rolls}, where
    elif change.impact is Impact.SAFE:
        assert change.source or change.reason in TEXTS, where
        assert not change.reason.startswith("the default"), where


@pytest.mark.parametrize("name", WITH_DEFAULTS)
def test_every_default_has_a_source_and_is_said_once(name: str) -> None:
    marked = {path for contract in shipped(name).contract.values() for path, _ in contracted(contract)}
    for written in shipped(name).defaults:
        assert written.source, name
        assert not marked & {*written.values, *written.same_as}, name


# ── every field of Kubernetes ───────────────────────────────────────────────────────────────────────────────────────


def kubernetes_files() -> Path:
    spec = importlib.util.find_spec("kubernetes_validate")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "kubernetes-json-schema/v1.34.0-local-strict"


@functools.cache
def kubernetes_definitions() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((kubernetes_files() / "_definitions.json").read_text())["$defs"]
    return found


def built_in() -> Iterator[tuple[str, str]]:
    """Yield the kinds of Kubernetes that have a file, each with the name of its schema."""
    for name in WITH_DEFAULTS:
        group, _, kind = name.partition("/")
        short = "" if group == "core" else f"-{group.partition('.')[0]}"
        for version in ("v1", "v2"):
            file = f"{kind.lower()}{short}-{version}.json"
            if ("." not in group or group.endswith(".k8s.io")) and (kubernetes_files() / file).is_file():
                yield name, file


BUILT_IN = dict(built_in())


def fields(node: dict[str, Any], steps: Steps = (), above: tuple[str, ...] = ()) -> Iterator[tuple[Steps, str]]:
    """Yield every field of a schema with its type; of what refers to itself once."""
    reference = node.get("$ref", "").rpartition("/")[2]
    if reference in above:
        return
    node, above = (kubernetes_definitions()[reference], (*above, reference)) if reference else (node, above)
    for key, below in node.get("properties", {}).items():
        if key not in ("apiVersion", "kind", "metadata", "status", "template"):
            yield (*steps, key), type_of(below)
            yield from fields(below, (*steps, key), above)
    if isinstance(node.get("items"), dict):
        yield from fields(node["items"], (*steps, 0), above)


def type_of(node: dict[str, Any]) -> str:
    reference = node.get("$ref", "").rpartition("/")[2]
    types = (kubernetes_definitions()[reference] if reference else node).get("type", "string")
    return types if isinstance(types, str) else next(one for one in types if one != "null")


SAMPLES: dict[str, Any] = {"string": "other", "integer": 7, "boolean": True, "number": 0.5, "object": {}, "array": []}


def test_the_schemas_of_kubernetes_are_read() -> None:
    assert {"core/Service", "batch/CronJob", "networking.k8s.io/NetworkPolicy"} <= BUILT_IN.keys()


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_field_more_of_what_stood_is_never_safe_without_a_source(name: str) -> None:
    version = BUILT_IN[name].removesuffix(".json").rpartition("-")[2]
    group = name.rpartition("/")[0]
    count = 0
    for steps, kind in fields(json.loads((kubernetes_files() / BUILT_IN[name]).read_text())):
        without = minimal(name, steps) | {"apiVersion": version if group == "core" else f"{group}/{version}"}
        for change in changes(without, edited(without, steps, SAMPLES[kind])):
            count += 1
            assert change.impact is not Impact.SAFE or change.source, (steps, change)
    assert count >= 2
