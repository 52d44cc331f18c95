"""The health checks that Argo CD runs: the Lua of the rendered argocd-cm, over statuses as controllers write them."""

import json
from typing import Any

import pytest
import yaml
from product import build

lua51 = pytest.importorskip("lupa.lua51", reason="there is no Lua: install the dev requirements")

Status = dict[str, Any] | None
OVERRIDE = "resource.customizations.health."
APPLICATION = "argoproj.io_Application"
ELASTICSEARCH = "elasticsearch.k8s.elastic.co_Elasticsearch"
KIBANA = "kibana.k8s.elastic.co_Kibana"
ROUTE = "gateway.networking.k8s.io_HTTPRoute"
CONFIG_CONNECTOR = "*.cnrm.cloud.google.com/*"
CHECKS = (APPLICATION, CONFIG_CONNECTOR, ELASTICSEARCH, KIBANA, ROUTE)


@pytest.fixture(scope="module")
def checks() -> dict[str, str]:
    """The Lua of every override, by what it is for."""
    data = yaml.safe_load(build("prod").files["bootstrap/argocd-cm.yaml"])["data"]
    wild = yaml.safe_load(data["resource.customizations"])
    single = {key.removeprefix(OVERRIDE): lua for key, lua in data.items() if key.startswith(OVERRIDE)}
    return {**single, **{kinds: override["health.lua"] for kinds, override in wild.items()}}


def health(lua: str, manifest: dict[str, Any]) -> tuple[str, str]:
    """Run a check as Argo CD does: Lua 5.1, the object as `obj`, a table with status and message back."""
    runtime = lua51.LuaRuntime(register_eval=False, unpack_returned_tuples=True)
    apart = json.loads(json.dumps(manifest))  # lupa makes an empty table of a map it meets twice
    runtime.globals()["obj"] = runtime.table_from(apart, recursive=True)
    found = runtime.execute(lua)
    assert set(found) <= {"status", "message"}
    assert found["status"] in ("Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown")
    assert isinstance(found["message"], str)
    return found["status"], found["message"]


def test_these_overrides_there_are(checks: dict[str, str]) -> None:
    assert set(checks) == set(CHECKS)


@pytest.mark.parametrize("kind", CHECKS)
@pytest.mark.parametrize("status", [None, {}, {"conditions": []}, {"parents": []}], ids=str)
def test_what_no_controller_has_seen_is_in_progress(checks: dict[str, str], kind: str, status: Status) -> None:
    manifest = {"kind": "X", "metadata": {"name": "x", "generation": 1}, "spec": {}}
    assert health(checks[kind], manifest if status is None else {**manifest, "status": status})[0] == "Progressing"


def condition(kind: str, status: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "status": status, **more}


ACCEPTED = condition("Accepted", "True", reason="Accepted")
RESOLVED = condition("ResolvedRefs", "True", reason="ResolvedRefs")
RECONCILED = condition("Reconciled", "True", reason="ReconciliationSucceeded")


def answered(*conditions: dict[str, Any], gateway: str = "edge") -> dict[str, Any]:
    return {
        "controllerName": "networking.gke.io/gateway",
        "parentRef": {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway, "namespace": "edge"},
        "conditions": list(conditions),
    }


ROUTES: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "served": ([answered(ACCEPTED, RESOLVED, RECONCILED)], "Healthy", "serves"),
    "served-of-another-generation": (
        [answered({**ACCEPTED, "observedGeneration": 1}, {**RESOLVED, "observedGeneration": 1})],
        "Healthy",
        "serves",
    ),
    "served-without-a-generation": ([answered(ACCEPTED)], "Healthy", "serves"),
    "served-beside-a-condition-that-is-good-when-false": (
        [answered(ACCEPTED, RESOLVED, condition("PartiallyInvalid", "False"))],
        "Healthy",
        "serves",
    ),
    "not-answered": ([answered()], "Progressing", "no answer"),
    "one-of-two-answered": ([answered(ACCEPTED), answered(gateway="other")], "Progressing", "no answer"),
    "waiting": (
        [answered(condition("Accepted", "Unknown", reason="Pending", message="Waiting for controller"))],
        "Progressing",
        "edge: Waiting for controller",
    ),
    "refused-for-now": ([answered(condition("Accepted", "False", reason="Pending"))], "Progressing", "edge: Pending"),
    "not-programmed-yet": (
        [answered(ACCEPTED, RESOLVED, condition("Reconciled", "False", reason="Error", message="no endpoints"))],
        "Progressing",
        "edge: no endpoints",
    ),
    "namespace-not-allowed": (
        [answered(condition("Accepted", "False", reason="NotAllowedByListeners"), RESOLVED)],
        "Degraded",
        "edge: NotAllowedByListeners",
    ),
    "service-missing": (
        [answered(ACCEPTED, condition("ResolvedRefs", "False", reason="BackendNotFound", message="no Service ui"))],
        "Degraded",
        "edge: no Service ui",
    ),
    "failure-behind-something-unfinished": (
        [answered(condition("Reconciled", "False"), condition("Accepted", "False", reason="NoMatchingParent"))],
        "Degraded",
        "edge: NoMatchingParent",
    ),
}


@pytest.mark.parametrize(("parents", "status", "message"), ROUTES.values(), ids=ROUTES)
def test_a_route_is_healthy_once_its_gateway_takes_it(
    checks: dict[str, str], parents: list[dict[str, Any]], status: str, message: str
) -> None:
    manifest = {"metadata": {"name": "ui", "generation": 2}, "spec": {}, "status": {"parents": parents}}
    found = health(checks[ROUTE], manifest)
    assert found[0] == status
    assert message in found[1]


CLUSTERS: dict[str, tuple[dict[str, Any], str]] = {
    "green": ({"phase": "Ready", "health": "green", "observedGeneration": 2}, "Healthy"),
    "yellow": ({"phase": "Ready", "health": "yellow", "observedGeneration": 2}, "Healthy"),
    "green-before-an-edit": ({"phase": "Ready", "health": "green", "observedGeneration": 1}, "Progressing"),
    "yellow-while-changing": ({"phase": "ApplyingChanges", "health": "yellow", "observedGeneration": 2}, "Progressing"),
    "starting": ({"phase": "ApplyingChanges", "health": "unknown", "observedGeneration": 2}, "Progressing"),
    "red": ({"phase": "Ready", "health": "red", "observedGeneration": 2}, "Degraded"),
    "refused": ({"phase": "Invalid", "observedGeneration": 1}, "Degraded"),
}


@pytest.mark.parametrize(("said", "status"), CLUSTERS.values(), ids=CLUSTERS)
def test_yellow_elasticsearch_is_healthy(checks: dict[str, str], said: dict[str, Any], status: str) -> None:
    assert health(checks[ELASTICSEARCH], {"metadata": {"generation": 2}, "status": said})[0] == status


KIBANAS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "green": ({"health": "green", "observedGeneration": 2}, ("Healthy", "Kibana is green")),
    "green-before-an-edit": (
        {"health": "green", "observedGeneration": 1},
        ("Progressing", "not seen by the operator yet"),
    ),
    "starting-or-failed": ({"health": "red", "observedGeneration": 2}, ("Progressing", "Kibana is red")),
    "waiting-for-elasticsearch": ({"elasticsearchAssociationStatus": "Pending"}, ("Progressing", "Kibana is new")),
}


@pytest.mark.parametrize(("said", "found"), KIBANAS.values(), ids=KIBANAS)
def test_kibana_is_healthy_once_a_pod_serves(
    checks: dict[str, str], said: dict[str, Any], found: tuple[str, str]
) -> None:
    """A sync waits for what is in progress, and gives up on what is degraded: Kibana is red each time that it starts."""
    assert health(checks[KIBANA], {"metadata": {"generation": 2}, "status": said}) == found


RESOURCES: dict[str, tuple[dict[str, Any], str]] = {
    "up-to-date": (condition("Ready", "True", reason="UpToDate"), "Healthy"),
    "updating": (condition("Ready", "False", reason="Updating"), "Progressing"),
    "dependency-not-ready": (condition("Ready", "False", reason="DependencyNotReady"), "Progressing"),
    "failed": (condition("Ready", "False", reason="UpdateFailed", message="quota"), "Degraded"),
    "dependency-invalid": (condition("Ready", "False", reason="DependencyInvalid"), "Degraded"),
    "dependency-not-found": (condition("Ready", "False", reason="DependencyNotFound"), "Degraded"),
    "managed-elsewhere": (condition("Ready", "False", reason="ManagementConflict"), "Degraded"),
}


@pytest.mark.parametrize(("said", "status"), RESOURCES.values(), ids=RESOURCES)
def test_a_google_resource_that_needs_a_person_is_degraded(
    checks: dict[str, str], said: dict[str, Any], status: str
) -> None:
    manifest = {"kind": "SQLInstance", "metadata": {"generation": 1}, "status": {"conditions": [said]}}
    found = health(checks[CONFIG_CONNECTOR], manifest)
    assert found == (status, f"{said['reason']}: {said.get('message', '')}")


def test_a_google_resource_of_another_generation_is_in_progress(checks: dict[str, str]) -> None:
    status = {"observedGeneration": 1, "conditions": [condition("Ready", "True", reason="UpToDate")]}
    manifest = {"kind": "SQLInstance", "metadata": {"generation": 2}, "status": status}
    assert health(checks[CONFIG_CONNECTOR], manifest)[0] == "Progressing"


@pytest.mark.parametrize(("said", "status"), [({"healthy": True}, "Healthy"), ({"errors": ["no"]}, "Progressing")])
def test_a_config_connector_context_says_itself_that_it_is_healthy(
    checks: dict[str, str], said: dict[str, Any], status: str
) -> None:
    manifest = {"kind": "ConfigConnectorContext", "metadata": {"generation": 1}, "status": said}
    assert health(checks[CONFIG_CONNECTOR], manifest)[0] == status


SOURCE = {
    "repoURL": "https://git.example.com/x.git",
    "path": "envs/prod/components/api/overlay",
    "targetRevision": "main",
}
SYNCED = {"status": "Synced", "comparedTo": {"source": SOURCE}}
APPLICATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "synced-and-healthy": (
        {"sync": SYNCED, "health": {"status": "Healthy"}, "operationState": {"phase": "Succeeded"}},
        "Healthy",
    ),
    "synced-and-degraded": (
        {"sync": SYNCED, "health": {"status": "Degraded"}, "operationState": {"phase": "Succeeded"}},
        "Degraded",
    ),
    "still-syncing": (
        {"sync": SYNCED, "health": {"status": "Healthy"}, "operationState": {"phase": "Running"}},
        "Progressing",
    ),
    "compared-with-another-source": (
        {
            "sync": {"status": "Synced", "comparedTo": {"source": {**SOURCE, "targetRevision": "old"}}},
            "health": {"status": "Healthy"},
            "operationState": {"phase": "Succeeded"},
        },
        "Progressing",
    ),
    "not-synced-yet": (
        {"sync": {**SYNCED, "status": "OutOfSync"}, "health": {"status": "Healthy"}},
        "Progressing",
    ),
    "sync-failed": (
        {
            "sync": {**SYNCED, "status": "OutOfSync"},
            "health": {"status": "Healthy"},
            "operationState": {"phase": "Failed", "message": "refused"},
        },
        "Degraded",
    ),
}


@pytest.mark.parametrize(("said", "status"), APPLICATIONS.values(), ids=APPLICATIONS)
def test_an_application_is_healthy_once_it_has_what_it_asks_for(
    checks: dict[str, str], said: dict[str, Any], status: str
) -> None:
    assert health(checks[APPLICATION], {"spec": {"source": SOURCE}, "status": said})[0] == status
