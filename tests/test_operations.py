from typing import Any

import pytest
from project import component, plan, sources

from generator.field import escaped
from generator.finding import Where
from generator.render.operations import Applied, Operation, Wanted, apply, common_operations
from generator.render.pointer import PointerMissed, Resolved, find, resolve
from generator.render.variables import variables
from generator.render.workload import main, workloads
from generator.views import findings

CONTAINERS = [
    {"name": "main", "image": "web", "volumeMounts": [{"name": "cache", "mountPath": "/in"}, {"mountPath": "/out/a"}]},
    {"name": "side", "ports": [8080], "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"x": "y"}}]},
]
POD = {"containers": CONTAINERS, "initContainers": [{"name": "proxy", "image": "proxy"}], "volumes": []}
WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app.kubernetes.io/name": "web", "a~b": "tilde"}},
    "spec": {"replicas": 1, "template": {"metadata": {"labels": {"app": "web"}}, "spec": POD}},
}
SPEC = "/spec/template/spec"
C = f"{SPEC}/containers"
PRIORITY = {"op": "add", "path": f"{SPEC}/priorityClassName", "value": "codemie-normal"}


def on(path: str, name: str) -> Operation:
    return {"op": "test", "path": path, "value": name}


def named(index: int, name: str, kind: str = "containers") -> Operation:
    return on(f"{SPEC}/{kind}/{index}/name", name)


def applied(*operations: Operation, to: dict[str, Any] = WEB) -> list[Operation]:
    """Return the resolved operations when nothing is wrong with them."""
    wanted = [Wanted(item, Where("x.patch.yaml.j2", 7), "patch") for item in operations]
    result = apply(Applied(to, []), wanted)
    assert findings.text(result.findings) == ""
    return result.operations


def refusal(*operations: Operation) -> str:
    wanted = [Wanted(item, Where("x.patch.yaml.j2", 7), "patch") for item in operations]
    return findings.text(apply(Applied(WEB, []), wanted).findings)


@pytest.mark.parametrize(
    ("pointer", "resolved"),
    [
        ("/spec/replicas", Resolved("/spec/replicas", ())),
        ("/spec/new", Resolved("/spec/new", ())),
        (f"{C}/1/ports/0", Resolved(f"{C}/1/ports/0", ())),
        ("/metadata/labels/app.kubernetes.io~1name", Resolved("/metadata/labels/app.kubernetes.io~1name", ())),
        (f"{C}/[name=side]", Resolved(f"{C}/1", (named(1, "side"),))),
        (f"{C}/[name=side]/env/-", Resolved(f"{C}/1/env/-", (named(1, "side"),))),
        (
            f"{C}/[name=side]/env/[name=B]/value",
            Resolved(f"{C}/1/env/1/value", (named(1, "side"), on(f"{C}/1/env/1/name", "B"))),
        ),
        (
            f"{C}/[name=main]/volumeMounts/[mountPath=/in]/readOnly",
            Resolved(
                f"{C}/0/volumeMounts/0/readOnly", (named(0, "main"), on(f"{C}/0/volumeMounts/0/mountPath", "/in"))
            ),
        ),
        (
            f"{C}/0/volumeMounts/[mountPath=/out/a]",
            Resolved(f"{C}/0/volumeMounts/1", (on(f"{C}/0/volumeMounts/1/mountPath", "/out/a"),)),
        ),
    ],
)
def test_a_named_step_becomes_an_index_and_a_test_of_the_name(pointer: str, resolved: Resolved) -> None:
    assert resolve(pointer, WEB) == resolved


@pytest.mark.parametrize(
    ("pointer", "message"),
    [
        ("/spec/nope/x", "/spec has no nope"),
        (f"{C}/-/x", f"{C} has no -"),
        *((f"{C}/{odd}/x", f"{C} has no {odd}") for odd in ("²", "2", "-1", "9" * 5000)),
        ("/spec/replicas/x/y", "/spec/replicas has no x"),
        (f"{C}/[name=nope]/x", f"{C} has no item with name nope (there: main, side)"),
        (f"{C}/[name=nope]", f"{C} has no item with name nope (there: main, side)"),
        (f"{C}/1/env/[name=C]/value", f"{C}/1/env has no item with name C (there: A, B)"),
        (f"{SPEC}/volumes/[name=a]", f"{SPEC}/volumes has no item with name a (there: none)"),
        (f"{SPEC}/[name=a]", f"{SPEC} is not a list"),
        ("/[name=a]", "/ is not a list"),
        ("spec/replicas", "is not a JSON pointer: each step starts with /"),
        ("replicas", "is not a JSON pointer: each step starts with /"),
        (f"{C}/[name=side]x/image", f"{C} has no [name=side]x"),
    ],
)
def test_a_miss_names_the_step_and_what_is_there(pointer: str, message: str) -> None:
    with pytest.raises(PointerMissed) as caught:
        resolve(pointer, WEB)
    assert str(caught.value) == message


def test_a_key_with_a_slash_is_escaped_in_its_test() -> None:
    target = {"list": [{"app/name": "x"}]}
    assert resolve("/list/[app/name=x]/a", target) == Resolved("/list/0/a", (on("/list/0/app~1name", "x"),))


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", WEB),
        (f"/metadata/labels/{escaped('app.kubernetes.io/name')}", "web"),
        (f"/metadata/labels/{escaped('a~b')}", "tilde"),
        (f"{C}/[name=side]/env/[name=A]/value", "1"),
        (f"{C}/0/volumeMounts/[mountPath=/in]/name", "cache"),
    ],
)
def test_find_follows_a_pointer_to_its_value(pointer: str, value: Any) -> None:
    assert find(pointer, WEB) == value


def test_tests_stand_before_their_operation_and_once() -> None:
    first = {"op": "add", "path": f"{C}/[name=side]/image", "value": "a"}
    second = {"op": "add", "path": f"{C}/[name=side]/tty", "value": True}
    assert applied(first, second) == [
        named(1, "side"),
        {**first, "path": f"{C}/1/image"},
        {**second, "path": f"{C}/1/tty"},
    ]


def test_an_operation_sees_the_result_of_the_one_before() -> None:
    assert applied(
        {"op": "add", "path": f"{C}/0", "value": {"name": "first"}},
        {"op": "replace", "path": f"{C}/[name=main]/image", "value": "m"},
        {"op": "remove", "path": f"{C}/[name=first]"},
        {"op": "remove", "path": f"{C}/[name=side]/ports"},
    ) == [
        {"op": "add", "path": f"{C}/0", "value": {"name": "first"}},
        named(1, "main"),
        {"op": "replace", "path": f"{C}/1/image", "value": "m"},
        named(0, "first"),
        {"op": "remove", "path": f"{C}/0"},
        named(1, "side"),
        {"op": "remove", "path": f"{C}/1/ports"},
    ]


def test_an_operation_does_not_change_the_value_of_the_one_before() -> None:
    create: Operation = {"op": "add", "path": "/spec/list", "value": []}
    append: Operation = {"op": "add", "path": "/spec/list/-", "value": "x"}
    assert applied(create, append) == [{**create, "value": []}, append]


def test_the_object_itself_is_not_changed() -> None:
    applied({"op": "replace", "path": "/spec/replicas", "value": 5})
    assert find("/spec/replicas", WEB) == 1


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ({"op": "remove", "path": "/spec/nope"}, "/spec/nope: does not apply: the path leads nowhere"),
        ({"op": "replace", "path": "/spec/nope", "value": 1}, "/spec/nope: does not apply: the path leads nowhere"),
        ({"op": "add", "path": "/spec/nope/x", "value": 1}, "/spec/nope/x: /spec has no nope"),
        ({"op": "add", "path": f"{C}/9", "value": 1}, f"{C}/9: does not apply: the path leads nowhere"),
        (
            {"op": "add", "path": f"{C}/[name=nope]/x", "value": 1},
            f"{C}/[name=nope]/x: {C} has no item with name nope (there: main, side)",
        ),
    ],
)
def test_an_operation_that_misses_is_told_at_its_place(operation: Operation, message: str) -> None:
    assert refusal(operation) == f"x.patch.yaml.j2:7: Deployment web: {message} [patch]\n"


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            {"op": "frob", "path": "/spec/replicas", "value": 1},
            "/spec/replicas: is not a whole JSON 6902 operation: add, replace and test have a value",
        ),
        (
            {"op": "add", "path": "/spec/replicas"},
            "/spec/replicas: is not a whole JSON 6902 operation: add, replace and test have a value",
        ),
        (
            {"op": "test", "path": "/spec/replicas", "value": 2},
            "/spec/replicas: the test fails: the object holds another value there",
        ),
        ({"op": "add", "path": 5, "value": 1}, "5: is not a JSON pointer: each step starts with /"),
    ],
)
def test_an_operation_that_is_wrong_is_not_told_as_a_path_that_is(operation: Operation, message: str) -> None:
    assert refusal(operation) == f"x.patch.yaml.j2:7: Deployment web: {message} [patch]\n"


def test_one_operation_that_misses_does_not_hide_the_next() -> None:
    said = refusal(
        {"op": "remove", "path": "/a"},
        {"op": "replace", "path": "/spec/replicas", "value": 2},
        {"op": "remove", "path": "/b"},
    )
    assert [line.split(": ")[2] for line in said.splitlines()] == ["/a", "/b"]


def common(declared: str, manifest: dict[str, Any]) -> list[Operation]:
    """Return the operations that the common keys of unit `web` ask for, resolved against `manifest`."""
    planned = plan(sources(**component("web", declared))).named("web")
    assert planned
    found = [] if "workloads:" in declared else [manifest]
    workload = main("web", workloads(planned, found))
    assert workload
    operations = common_operations(planned, workload, manifest)
    return applied(
        *operations, *(variables(planned, workload.container, manifest) if workload.container else []), to=manifest
    )


def deployment(*containers: dict[str, Any]) -> dict[str, Any]:
    pod = {"containers": list(containers), "initContainers": [{"name": "proxy", "image": "proxy"}]}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod}
    return {"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 1, "template": template}}


def test_resources_of_the_main_container_and_of_those_beside_it() -> None:
    amounts = {"requests": {"cpu": "1"}, "limits": {"memory": "1Gi"}}
    manifest = deployment({"name": "side", "image": "s"}, {"name": "web", "image": "w"})
    declared = (
        "defaults:\n  resources: &\n  containers:\n    proxy: {resources: &}\n    side: {resources: &}\n"
    ).replace("&", '{requests: {cpu: "1"}, limits: {memory: 1Gi}}')
    assert common(declared, manifest) == [
        named(1, "web"),
        {"op": "add", "path": f"{C}/1/resources", "value": amounts},
        named(0, "proxy", "initContainers"),
        {"op": "add", "path": f"{SPEC}/initContainers/0/resources", "value": amounts},
        named(0, "side"),
        {"op": "add", "path": f"{C}/0/resources", "value": amounts},
        PRIORITY,
    ]


A, B = {"name": "A", "value": "1"}, {"name": "B", "value": "2"}
ENV = f"{C}/0/env"


@pytest.mark.parametrize(
    ("env", "operations"),
    [
        ({}, [{"op": "add", "path": ENV, "value": [A, B]}]),
        ({"env": []}, [{"op": "add", "path": f"{ENV}/-", "value": A}, {"op": "add", "path": f"{ENV}/-", "value": B}]),
        (
            {"env": [{"name": "B", "valueFrom": {"secretKeyRef": {}}}]},
            [
                on(f"{ENV}/0/name", "B"),
                {"op": "replace", "path": f"{ENV}/0", "value": B},
                {"op": "add", "path": f"{ENV}/-", "value": A},
            ],
        ),
    ],
)
def test_a_variable_is_replaced_appended_or_its_list_created(env: Any, operations: list[Operation]) -> None:
    container = {"name": "web", "image": "web", **env}
    assert common('defaults: {env: {B: "2", A: "1"}}\n', deployment(container)) == [
        PRIORITY,
        named(0, "web"),
        *operations,
    ]


def test_scheduling_is_put_on_the_pods() -> None:
    declared = "defaults: {scheduling: {nodeSelector: {pool: big}, tolerations: [{key: big, effect: NoSchedule}]}}\n"
    assert common(declared, deployment({"name": "web", "image": "w"})) == [
        PRIORITY,
        {"op": "add", "path": f"{SPEC}/nodeSelector", "value": {"pool": "big"}},
        {"op": "add", "path": f"{SPEC}/tolerations", "value": [{"key": "big", "effect": "NoSchedule"}]},
    ]


def test_a_custom_resource_takes_replicas_image_and_resources_by_its_pointers() -> None:
    declared = """\
defaults:
  replicas: 3
  images: {web: {repository: registry.example.com/web, tag: 1.2.3}}
  resources: {requests: {cpu: "1"}, limits: {}}
workloads:
  - name: web
    kind: Web
    pods: {labels: {app: web}}
    replicas: /spec/sets/[name=default]/count
    image: /spec/image
    container: /spec/sets/[name=default]/containers/[name=main]
"""
    sets = [{"name": "other"}, {"name": "default", "count": 1, "containers": [{"name": "main"}]}]
    manifest = {"kind": "Web", "metadata": {"name": "web"}, "spec": {"sets": sets}}
    assert common(declared, manifest) == [
        on("/spec/sets/1/name", "default"),
        {"op": "add", "path": "/spec/sets/1/count", "value": 3},
        {"op": "add", "path": "/spec/image", "value": "registry.example.com/web:1.2.3"},
        on("/spec/sets/1/containers/0/name", "main"),
        {"op": "add", "path": "/spec/sets/1/containers/0/resources", "value": {"requests": {"cpu": "1"}, "limits": {}}},
    ]
