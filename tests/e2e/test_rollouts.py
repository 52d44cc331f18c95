"""When pods roll, said by real controllers: exactly where the plan says that they restart, there and back.

A new template is a new revision: a ReplicaSet of a Deployment, a ControllerRevision of the others. No pod is needed for
that, and none runs here.
"""

import copy
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from api_server import ApiServer, Manifest, Refused
from control_plane import ControlPlane
from pod_lists import TEMPLATE, Steps, at, lists

from generator.kinds import Impact, Kinds
from generator.manifest import WORKLOAD, Object, identify
from generator.review import review

pytestmark = pytest.mark.e2e
pytest_plugins = ("e2e_session",)

KINDS = ("Deployment", "StatefulSet", "DaemonSet")
_LIMITS = ("spec", "template", "spec", "containers", 0, "resources", "limits")
WRITTEN: tuple[tuple[Steps, Any], ...] = (
    ((*_LIMITS, "cpu"), "1"),
    ((*_LIMITS, "memory"), "1024Mi"),
    ((*_LIMITS, "memory"), "1073741824"),
    ((*_LIMITS, "memory"), 1073741824),
    ((*_LIMITS, "memory"), "2Gi"),
    (("spec", "template", "spec", "volumes", 0, "emptyDir", "sizeLimit"), "1024Mi"),
    (("spec", "template", "metadata", "annotations"), {"drainTimeout": "60s"}),
    (("spec", "template", "spec", "containers", 0, "image"), "mirror.example.com/a:1"),
    (("spec", "template", "spec", "hostPID"), True),
    (("metadata", "labels"), {"app": "b"}),
    (("spec", "minReadySeconds"), 5),
)
"""Values that are put in place of others: the same said otherwise, what opens something, what is not of the pods."""


@pytest.fixture(scope="module")
def server(control_plane: ControlPlane) -> Iterator[ApiServer]:
    controllers = "deployment-controller,statefulset-controller,daemonset-controller,endpointslice-controller"
    (found,) = control_plane.start_servers("rollouts", controllers=controllers)
    until(lambda: found.get("v1", "Namespace", "", "default"))
    yield found
    control_plane.stop_server("rollouts")


def workload(kind: str) -> Manifest:
    """Return a workload of no pods: its controller still keeps a revision of each template."""
    spec: Manifest = {"selector": {"matchLabels": {"app": "a"}}, "template": copy.deepcopy(TEMPLATE)}
    of_kind: dict[str, Manifest] = {
        "Deployment": {"replicas": 0},
        "StatefulSet": {"replicas": 0, "serviceName": "a"},
        "DaemonSet": {},
    }
    metadata = {"name": kind.lower(), "namespace": "default"}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": {**spec, **of_kind[kind]}}


def edits(before: Manifest) -> Iterator[tuple[str, Manifest]]:
    """Yield an object once for each list in it that can have another order, and for each value of the table."""
    for steps in lists(before["spec"]["template"], ("spec", "template")):
        after = copy.deepcopy(before)
        at(after, steps).reverse()
        yield f"order of {'.'.join(map(str, steps))}", after
    for steps, value in WRITTEN:
        after = copy.deepcopy(before)
        at(after, steps[:-1])[steps[-1]] = value
        yield f"{'.'.join(map(str, steps))}: {value!r}", after


def revision(server: ApiServer, manifest: Manifest) -> str:
    """Apply an object as Argo CD does, wait until its controller has seen it, and return the revision of its pods."""
    kind, name = manifest["kind"], manifest["metadata"]["name"]
    last = [item["metadata"]["generation"] for item in server.list("apps/v1", kind, "default")]
    generation = server.apply(manifest, "argocd-controller", force="true").object["metadata"]["generation"]
    if generation in last:
        time.sleep(1)  # nothing that has a meaning has changed, so nothing says when the controller has seen it

    def seen() -> Any:
        live = server.get("apps/v1", kind, "default", name)
        return live if live.get("status", {}).get("observedGeneration", 0) >= generation else None

    live = until(seen)
    if kind == "StatefulSet":
        return str(live["status"]["updateRevision"])
    of_deployment = kind == "Deployment"
    owned = [
        item
        for item in server.list("apps/v1", "ReplicaSet" if of_deployment else "ControllerRevision", "default")
        if item["metadata"]["ownerReferences"][0]["kind"] == kind
    ]
    if of_deployment:
        newest = max(owned, key=lambda item: int(item["metadata"]["annotations"]["deployment.kubernetes.io/revision"]))
    else:
        newest = max(owned, key=lambda item: int(item["revision"]))
    return str(newest["metadata"]["name"])


def until(happened: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 20
    while True:
        try:
            if found := happened():
                return found
        except Refused:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.02)


def restarts(before: Manifest, after: Manifest) -> bool:
    """Whether the plan says of an edit that pods restart, or that nobody is left while they do."""
    old, new = (Object(identify(manifest, WORKLOAD), manifest) for manifest in (before, after))
    impacts = {impact for change in review("test", [old], [new], Kinds({})).changes for impact in change.impacts}
    return bool(impacts & {Impact.RESTART, Impact.OUTAGE})


@pytest.mark.parametrize("kind", KINDS)
def test_pods_roll_exactly_where_the_plan_says_so_there_and_back(server: ApiServer, kind: str) -> None:
    before = workload(kind)
    was, wrong, rolled = revision(server, before), [], 0
    for name, after in edits(before):
        there = revision(server, after)
        back = revision(server, before)
        rolls = (there != was, back != there)
        said = (restarts(before, after), restarts(after, before))
        wrong += [f"{name}: rolls {rolls}, the plan says {said}"] if rolls != said else []
        was, rolled = back, rolled + sum(rolls)
    assert not wrong, "\n".join(wrong)
    assert rolled > len(list(lists(TEMPLATE)))


def test_another_order_of_the_ports_of_a_service_changes_nothing_that_anybody_reaches(server: ApiServer) -> None:
    metadata = {"name": "ports", "namespace": "default"}
    pod: Manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**metadata, "labels": {"app": "ports"}},
        "spec": {"nodeName": "one", "containers": [{"name": "a", "image": "a:1"}]},
    }
    ports = [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "metrics", "port": 90, "targetPort": 9090}]
    spec: Manifest = {"type": "NodePort", "selector": {"app": "ports"}, "ports": ports}
    service: Manifest = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "default"}}
    for manifest in (account, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one"}}, pod, service):
        server.apply(manifest)
    ready = {"phase": "Running", "podIP": "10.1.0.1", "podIPs": [{"ip": "10.1.0.1"}]}
    server.merge(pod, {"status": {**ready, "conditions": [{"type": "Ready", "status": "True"}]}}, "/status")

    def slices() -> list[tuple[str, str]]:
        found = [
            item
            for item in server.list("discovery.k8s.io/v1", "EndpointSlice", "default")
            if item["metadata"]["labels"].get("kubernetes.io/service-name") == "ports" and item["endpoints"]
        ]
        return [(item["metadata"]["uid"], str(item["endpoints"])) for item in found]

    def reached() -> tuple[Any, ...]:
        live = server.get("v1", "Service", "default", "ports")["spec"]
        by_name = {port["name"]: (port["port"], port["targetPort"], port["nodePort"]) for port in live["ports"]}
        return (live["clusterIP"], by_name, slices())

    until(slices)
    before = reached()
    for order in (list(reversed(ports)), ports):
        server.apply({**service, "spec": {**spec, "ports": order}})
        time.sleep(1)  # the controller has a second to do what it should not
        assert reached() == before
