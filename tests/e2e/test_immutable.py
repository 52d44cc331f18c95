"""What cannot be changed, said by a real API server: it refuses exactly the updates that the plan calls blocked."""

import copy
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stored_crds
import yaml
from api_server import ApiServer, Manifest, Refused
from control_plane import ControlPlane
from immutable_fields import GONE, OBJECTS, REFUSED, TAKEN, Update

from generator.kinds import Kinds
from generator.manifest import identify

pytestmark = pytest.mark.e2e
pytest_plugins = ("e2e_session",)

_GROWS = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "grows"},
    "provisioner": "pd.csi.storage.gke.io",
    "allowVolumeExpansion": True,
}
_GRANT: Manifest = {
    "apiVersion": "iam.cnrm.cloud.google.com/v1beta1",
    "kind": "IAMPolicyMember",
    "metadata": {"name": "grant", "namespace": "immutable"},
    "spec": {
        "resourceRef": {"kind": "Project", "external": "projects/example"},
        "role": "roles/viewer",
        "member": "group:team@example.com",
        "condition": {"title": "until", "expression": "request.time < timestamp('2027-01-01T00:00:00Z')"},
    },
}
_PLAN: Manifest = {
    "apiVersion": "gkebackup.cnrm.cloud.google.com/v1alpha1",
    "kind": "GKEBackupBackupPlan",
    "metadata": {"name": "plan", "namespace": "immutable"},
    "spec": {
        "projectRef": {"external": "projects/example"},
        "clusterRef": {"external": "projects/example/locations/europe-west3/clusters/one"},
        "location": "europe-west3",
    },
}
_CLASS: Manifest = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "GatewayClass",
    "metadata": {"name": "main"},
    "spec": {"controllerName": "example.com/one"},
}
CUSTOM: tuple[tuple[Manifest, tuple[str, ...], Any, bool], ...] = (
    (_GRANT, ("spec", "role"), "roles/editor", True),
    (_GRANT, ("spec", "member"), "group:others@example.com", True),
    (_GRANT, ("spec", "resourceRef", "external"), "projects/other", True),
    (_GRANT, ("spec", "condition", "expression"), "false", True),
    (_GRANT, ("metadata", "labels"), {"team": "platform"}, False),
    (_PLAN, ("spec", "location"), "europe-west1", True),
    (_PLAN, ("spec", "description"), "every night", False),
    (_CLASS, ("spec", "controllerName"), "example.com/other", True),
    (_CLASS, ("spec", "description"), "for people", False),
)
"""Custom kinds whose definition has rules for updates that an API server holds alone: object, path, value, refused."""

DEFINITIONS = ("iampolicymembers", "gkebackupbackupplans", "gatewayclasses")


@pytest.fixture(scope="module")
def server(control_plane: ControlPlane) -> Iterator[ApiServer]:
    (found,) = control_plane.start_servers("immutable")
    for manifest in (OBJECTS["Namespace"], _GROWS):
        found.apply(manifest)
    yield found
    control_plane.stop_server("immutable")


def make(server: ApiServer, manifest: Manifest) -> None:
    """Create an object, and set what a controller would have set before anybody updates it."""
    server.apply(manifest)
    if manifest["kind"] == "PersistentVolumeClaim":
        capacity = manifest["spec"]["resources"]["requests"]
        server.merge(manifest, {"status": {"phase": "Bound", "capacity": capacity}}, "/status")
    if manifest["kind"] == "CustomResourceDefinition":
        until(lambda: "Established" in conditions(server, manifest))


def take_away(server: ApiServer, manifest: Manifest) -> None:
    """Delete an object, with the finalizers that no controller here takes off, and wait until it is gone."""
    if manifest["kind"] == "Namespace":
        return
    server.delete(manifest)
    live = find(server, manifest)
    if live is not None and live["metadata"].get("finalizers") and manifest["kind"] != "CustomResourceDefinition":
        server.merge(manifest, {"metadata": {"finalizers": None}})
    until(lambda: find(server, manifest) is None)


def find(server: ApiServer, manifest: Manifest) -> Any:
    try:
        return server.ask("GET", server.path(manifest)).object
    except Refused as refused:
        if refused.status != 404:
            raise
        return None


def conditions(server: ApiServer, manifest: Manifest) -> list[str]:
    found = find(server, manifest).get("status", {}).get("conditions") or ()
    return [condition["type"] for condition in found if condition["status"] == "True"]


def until(happened: Any) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers(server: ApiServer, updates: tuple[Update, ...]) -> dict[str, str]:
    """Return why a server refuses each update; '' if it takes it. Those of one object go one after the other."""
    names = {update.name: [other for other in updates if other.name == update.name] for update in updates}
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(
            lambda same: [(str(update), answer(server, *update.manifests())) for update in same], names.values()
        )
        return {update: said for same in found for update, said in same}


def answer(server: ApiServer, before: Manifest, after: Manifest) -> str:
    make(server, before)
    try:
        server.apply(after, force="true")
    except Refused as refused:
        if refused.status != 422:
            raise
        return refused.message
    finally:
        take_away(server, before)
    return ""


def definition(name: str) -> Any:
    """Return one definition: all of them take long to read."""
    (path,) = stored_crds.folder().glob(f"*/*_{name}.*yaml")
    found = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    found.pop("status", None)
    return found


def test_a_server_refuses_what_the_plan_calls_blocked(server: ApiServer) -> None:
    said = answers(server, REFUSED)
    assert len(said) == len(REFUSED)
    assert [update for update, message in said.items() if not message] == []


def test_a_server_takes_what_the_plan_does_not(server: ApiServer) -> None:
    said = answers(server, TAKEN)
    assert len(said) == len(TAKEN)
    assert {update: message for update, message in said.items() if message} == {}


def test_replicas_that_are_left_out_fall_to_one(server: ApiServer) -> None:
    before, after = Update("Deployment", "/spec/replicas", 3, GONE, "").manifests()
    make(server, before)
    assert server.apply(after, force="true").object["spec"]["replicas"] == 1
    take_away(server, before)


def test_a_cluster_address_that_is_left_out_stays(server: ApiServer) -> None:
    before, after = Update("Service", "/spec/clusterIP", "None", GONE, "").manifests()
    make(server, before)
    assert server.apply(after, force="true").object["spec"]["clusterIP"] == "None"
    take_away(server, before)


def test_rules_of_definitions_refuse_what_the_contracts_call_immutable(server: ApiServer) -> None:
    stored_crds.install(server, [definition(name) for name in DEFINITIONS])
    kinds = Kinds({})
    for before, path, value, refused in CUSTOM:
        after = copy.deepcopy(before)
        node = after
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = value
        assert bool(answer(server, before, after)) is refused, path
        if before["apiVersion"].partition("/")[0].endswith(".cnrm.cloud.google.com"):
            assert kinds.is_immutable(identify(before, "hub"), path) is refused, path
