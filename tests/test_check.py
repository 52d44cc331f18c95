"""All rules together, and how to add one.

A rule is a function named as the sentence it enforces, in the module of its noun below generator/check/:

    def deployments_keep_old_versions(built: Built) -> Iterator[Finding]:
        '''A Deployment keeps a version to roll back to.'''
        for item in built.of_kind("Deployment"):
            if item.manifest["spec"].get("revisionHistoryLimit") == 0:
                yield fault(item, "/spec/revisionHistoryLimit", "must not be 0", rule="rollback")

Then its name goes into RULES of that module, `rollback` into docs/rules.yaml (`make docs`), and a case that it refuses
into REFUSED of tests/test_check_<module>.py: a test there fails as long as a rule has none. The case is the good world
with one field changed, and the line that is printed. `test_a_rule_in_ten_lines` below is the whole of it.
"""

import copy
import random
from collections.abc import Iterator
from typing import Any

from objects import LEVEL, POD_AT, TODAY, WORLD, made, said, world
from product import build
from project import component, plan, sources

from generator import capacity
from generator.check import check
from generator.check.built import Built, fault
from generator.check.check import CHECKS, SHAPES
from generator.field import at, every, strings
from generator.finding import Finding
from generator.manifest import Object, identify
from generator.views import findings


def test_a_rule_in_ten_lines() -> None:
    # 1. The rule: takes everything that was built, yields a finding for each breach.
    def deployments_keep_old_versions(built: Built) -> Iterator[Finding]:
        for item in built.of_kind("Deployment"):  # or built.pods, built.targets, built.objects
            if at(item.manifest, "spec", "revisionHistoryLimit") == 0:  # `at` never fails, whatever stands there
                yield fault(item, "/spec/revisionHistoryLimit", "must not be 0", rule="rollback")

    # 2. Its failing case: the good world, one field changed.
    broken = world(deployment={"/spec/revisionHistoryLimit": 0})
    built = Built(plan(sources()), tuple(Object(identify(item, "workload"), item, "web.yaml") for item in broken))
    assert findings.text(deployments_keep_old_versions(built)) == (
        "web.yaml: Deployment codemie/web: /spec/revisionHistoryLimit: must not be 0 [rollback]\n"
    )
    # 3. In CHECKS, by way of RULES of its module, it runs in every render and validate.


def test_nothing_is_wrong_with_the_good_world() -> None:
    assert not said(world())


def test_every_rule_says_what_it_enforces() -> None:
    names = [rule.__name__ for rule in (*SHAPES, *CHECKS)]
    assert len(set(names)) == len(names)
    assert all((rule.__doc__ or "").partition("\n")[0].endswith((".", ";")) for rule in (*SHAPES, *CHECKS))


SEARCH = """\
workloads:
  - name: search
    kind: Elasticsearch
    container: /spec/nodeSets/[name=default]/podTemplate/spec/containers/[name=elasticsearch]
    pod: /spec/nodeSets/[name=default]/podTemplate/spec
    image: /spec/image
    pods: {labels: {type: search}, ports: [{name: https, port: 9200}]}
"""


def search(*node_sets: dict[str, Any], **spec: Any) -> list[dict[str, Any]]:
    """Return the good world and an Elasticsearch, its account, its Service and its NetworkPolicy."""
    template = copy.deepcopy(WORLD["deployment"]["spec"]["template"]["spec"])
    template["volumes"] = []
    template["containers"][0] |= {"env": [], "volumeMounts": []}
    del template["containers"][0]["image"]
    sets = [{"name": "default", "count": 1, "podTemplate": {"spec": template}}, *node_sets]
    labels = {"type": "search"}
    return world(
        made("Elasticsearch", "search", {"spec": {"nodeSets": sets, **spec}}, "elasticsearch.k8s.elastic.co/v1"),
        made("Service", "search", {"spec": {"selector": labels, "ports": [{"port": 9200}]}}),
        made("NetworkPolicy", "search", {"spec": {"podSelector": {"matchLabels": labels}}}, "networking.k8s.io/v1"),
    )


def test_pods_that_an_operator_makes_are_checked_too() -> None:
    assert not said(search(), SEARCH)
    assert "Elasticsearch codemie/search: /spec/image: has neither tag nor digest" in said(
        search(image="registry.example.com/search"), SEARCH
    )


def test_every_node_set_is_checked_not_only_the_named_one() -> None:
    second = {"name": "tiebreaker", "podTemplate": {"spec": {"hostNetwork": True, "containers": [{"name": "a"}]}}}
    found = said(search(second), SEARCH)
    place = "Elasticsearch codemie/search: /spec/nodeSets/1/podTemplate/spec"
    assert f"{place}/hostNetwork: must not be true (Pod Security level restricted) [pod-security]\n" in found
    assert f"{place}/serviceAccountName: must name a ServiceAccount of its own" in found
    assert f"{place}/containers/0/resources/limits: a must say cpu and memory [resources]\n" in found
    assert "nodeSets/0" not in found


def test_pods_that_a_chart_brings_can_be_selected() -> None:
    declared = "workloads: [{name: operator, pods: {labels: {app: operator}, ports: []}}]\n"
    labels = {"matchLabels": {"app": "operator"}}
    policy = made("NetworkPolicy", "operator", {"spec": {"podSelector": labels}}, "networking.k8s.io/v1")
    assert "selector-nothing" in said(world(policy))
    assert not said(world(policy), declared)


def test_a_unit_that_declares_a_weaker_level_is_held_to_that() -> None:
    root = world(deployment={f"{POD_AT}/securityContext/runAsNonRoot": False})
    assert "pod-security" in said(root)
    weaker = "podSecurity: {level: baseline, reason: a test}\n"
    assert not said(root, weaker)
    assert "(Pod Security level baseline)" in said(world(deployment={f"{POD_AT}/hostPID": True}), weaker)
    assert not said(world(deployment={f"{POD_AT}/hostPID": True}), weaker.replace("baseline", "privileged"))


def test_the_level_is_the_units_own_not_the_namespaces() -> None:
    """The namespace is as weak as its weakest unit; the others must not slip through."""
    assert LEVEL["pod-security.kubernetes.io/enforce"] == "restricted"
    lax = world(
        namespace={"/metadata/labels/pod-security.kubernetes.io~1enforce": "privileged"},
        deployment={f"{POD_AT}/hostPID": True},
    )
    assert "(Pod Security level restricted)" in said(lax)


def test_no_rule_stumbles_over_any_shape() -> None:
    """Custom kinds have no schema that comes first, and a patch may put anything anywhere."""
    prod = build("prod")
    objects = prod.objects
    chosen = random.Random(4)  # noqa: S311  the same spots every time
    kinds = {item.id.kind: number for number, item in enumerate(objects)}  # one object of each kind
    for number in kinds.values():
        item = objects[number]
        spots = [path for path in _spots(item.manifest, ()) if path and path[0] in ("spec", "data", "metadata")]
        for path in chosen.sample(spots, min(2, len(spots))):
            for value in chosen.sample((["x"], {"a": 1}, 7, [{"a": [1]}]), 2):
                spoilt = Object(item.id, _with(item.manifest, path, value), item.file)
                built = Built(prod.plan, (*objects[:number], spoilt, *objects[number + 1 :]))
                for rule in CHECKS:
                    list(rule(built))


def test_prod_passes() -> None:
    prod = build("prod")
    assert check(prod.objects, prod.plan, today=TODAY, further=capacity.RULES).findings == ()


def _spots(node: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    yield path
    keys = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield from _spots(node[key], (*path, key))


def _with(manifest: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    result = copy.deepcopy(manifest)
    node: Any = result
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return result


def test_fields_are_read_without_trust() -> None:
    assert at({"a": {"b": 1}}, "a", "b") == 1
    assert at({"a": ["b"]}, "a", "b") is None
    assert list(every({"a": [{"b": 1}, {}, 7]}, ("a", "[name=x]", "b"))) == [
        ("/a/0/b", 1),
        ("/a/1/b", None),
        ("/a/2/b", None),
    ]
    assert list(strings({"a/b": "x", "c": [{"name": "N", "value": "y"}, "z", 7]})) == [
        ("/a~1b", "a/b", "x"),
        ("/c/0/name", "name", "N"),
        ("/c/0/value", "N", "y"),
        ("/c/1", "", "z"),
    ]


def test_a_secret_is_known_in_its_own_namespace_only() -> None:
    lab = plan(sources(**component("web")))
    moved = copy.deepcopy(world())
    for item in moved[1:]:
        if item["kind"] not in ("ExternalSecret", "SecretStore"):
            item["metadata"]["namespace"] = "elsewhere"
    objects = tuple(sorted(Object(identify(item, "workload"), item, "x") for item in moved))
    assert "secret-missing" in {found.rule for found in check(objects, lab, today=TODAY).findings}
