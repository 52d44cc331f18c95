"""Published with our own command, reconciled by the real Argo CD; what Google and the operators do is played.

The tests go on from each other, as the life of a platform does: each begins where all is Synced and leaves it so.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stored_crds
from api_server import Refused
from arrival import out_of_order, waves
from command import edit
from control_plane import ControlPlane
from deployment import Deployment
from immutable import IMMUTABLE

pytestmark = pytest.mark.e2e
pytest_plugins = ("e2e_session",)

FIRST, LATER = 420, 180
"""Seconds in which the first synchronisation, and any later one, must be over."""
HELD = {
    "dev-gke": ("container.cnrm.cloud.google.com/v1beta1", "ContainerCluster", "codemie-dev", "codemie-gke"),
    "dev-elasticsearch": ("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", "elastic", "elasticsearch"),
}
"""What is not ready for a while, by its Application."""
UI = ("apps/v1", "Deployment", "codemie", "codemie-ui")
API = ("apps/v1", "Deployment", "codemie", "codemie")
LITELLM = ("apps/v1", "Deployment", "litellm", "litellm")
MODELS = ("batch/v1", "Job", "codemie", "codemie-models")
"""The API's hook: it ends once LiteLLM serves the models that the API is rendered with."""


@pytest.fixture(scope="module")
def deployment(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    stored_crds.folder()
    made = Deployment(control_plane, tmp_path_factory.mktemp("deployment") / "d")
    yield made
    made.stop()


@pytest.fixture
def dev(deployment: Deployment) -> Deployment:
    """Return the deployment with dev Synced; skips where that never came to be."""
    if "dev" not in deployment.clusters:
        pytest.skip("dev was never synced")
    if not deployment.converged("dev", deployment.revision()):
        deployment.refresh()
        deployment.wait_until("as it was", lambda: deployment.converged("dev", deployment.revision()), LATER)
    return deployment


def ui(deployment: Deployment) -> Any:
    return deployment.clusters["dev"].get(*UI)


def image(deployment: Deployment) -> str:
    return str(ui(deployment)["spec"]["template"]["spec"]["containers"][0]["image"]).rpartition(":")[2]


def bump(deployment: Deployment, tag: str) -> str:
    """Set another tag of the UI's image, render and publish."""
    path = deployment.project / "environments/dev.yaml"
    before = image(deployment)
    text = path.read_text()
    there = f"ui: {{images: {{codemie-ui: {{tag: {before}}}}}}}"
    wanted = f"ui: {{images: {{codemie-ui: {{tag: {tag}}}}}}}"
    path.write_text(text.replace(there, wanted) if there in text else text.replace("{nats: ", f"{{{wanted}, nats: "))
    deployment.render_and_commit(f"UI {tag}", "dev")
    revision = deployment.publish("dev")
    deployment.refresh()
    return revision


# ── 2: the first synchronisation ────────────────────────────────────────────────────────────────────────────────────


def test_what_is_published_becomes_synced_in_order_and_waits_for_what_is_not_ready(deployment: Deployment) -> None:
    order = waves(deployment.project / "output/dev/argocd/apps")
    operators = deployment.operators
    revision = deployment.publish("dev")
    operators.held |= {(kind, name) for _, kind, _, name in HELD.values()}
    deployment.bootstrap("dev")
    for application, held in HELD.items():
        server = deployment.hub if held[2] == "codemie-dev" else deployment.clusters["dev"]
        key = (server.name, *held[1:])
        deployment.wait_until(f"at {held[1]}", lambda key=key: key in operators.seen, FIRST)  # type: ignore[misc]
        time.sleep(5)
        later = {name for name, wave in order.items() if wave > order[application]}
        assert later & set(deployment.applications("dev")) == set(), f"did not wait for {held[1]}"
        operators.release(server, server.get(*held))
    deployment.wait_until("converged", lambda: deployment.converged("dev", revision), FIRST)
    assert list(out_of_order(operators.seen, order)) == []
    again = {
        name: item["status"]["operationState"]["retryCount"]
        for name, item in deployment.applications("dev").items()
        if item["status"]["operationState"].get("retryCount")
    }
    assert again == {}, "what only comes through by trying again is in the wrong order"


# ── 3: changes ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_image_changes_one_application_and_nothing_else(dev: Deployment) -> None:
    syncs, objects = dev.syncs(), dev.generations("dev")
    revision = bump(dev, "9.9.1")
    dev.wait_until("converged", lambda: dev.converged("dev", revision) and image(dev) == "9.9.1", LATER)
    assert {name for name, when in dev.syncs().items() if when != syncs.get(name)} == {"dev-ui"}
    changed = {key for key, found in dev.generations("dev").items() if found != objects.get(key)}
    assert changed == {("Deployment", "codemie", "codemie-ui")}


def test_a_reverted_publish_brings_the_cluster_back(dev: Deployment) -> None:
    bumped = bump(dev, "9.9.2")
    dev.wait_until("converged", lambda: dev.converged("dev", bumped) and image(dev) == "9.9.2", LATER)
    revision = dev.revert()
    dev.refresh()
    dev.wait_until("back", lambda: dev.converged("dev", revision) and image(dev) == "9.9.1", LATER)


def test_a_hand_edit_in_the_cluster_is_healed(dev: Deployment) -> None:
    cluster, found = dev.clusters["dev"], {"apiVersion": UI[0], "kind": UI[1], "metadata": ui(dev)["metadata"]}
    cluster.merge(found, {"spec": {"replicas": 7, "template": {"spec": {"serviceAccountName": "default"}}}})
    dev.wait_until("healed", lambda: ui(dev)["spec"]["replicas"] == 1, LATER)
    assert ui(dev)["spec"]["template"]["spec"]["serviceAccountName"] == "codemie-ui"
    service = cluster.get("v1", "Service", "codemie", "codemie-ui")
    cluster.delete({"apiVersion": "v1", "kind": "Service", "metadata": service["metadata"]})
    dev.wait_until("made again", lambda: bool(cluster.get("v1", "Service", "codemie", "codemie-ui")), LATER)


def test_an_immutable_change_is_refused_and_what_runs_goes_on(dev: Deployment) -> None:
    """What the plan must foresee: one commit with such a change in each of several Applications."""
    cluster, syncs = dev.clusters["dev"], dev.syncs()
    before = {change.object: cluster.get(*change.object) for change in IMMUTABLE.values()}

    def changed(clone: Path) -> None:
        for change in IMMUTABLE.values():
            path = clone / "envs/dev/components" / change.path
            text = path.read_text()
            assert change.old in text
            path.write_text(text.replace(change.old, change.new))

    dev.by_hand("Immutable changes", changed)
    dev.refresh(*IMMUTABLE)
    dev.wait_until("refused", lambda: set(IMMUTABLE) <= set(errors(dev)), LATER)
    for name, change in IMMUTABLE.items():
        assert errors(dev)[name] == change.message()
        assert dev.application(name)["status"]["sync"]["status"] == "Unknown"
    assert [name for name in IMMUTABLE if dev.syncs()[name] != syncs[name]] == [], "nothing is tried"
    for change in IMMUTABLE.values():
        after = cluster.get(*change.object)
        assert after["metadata"]["uid"] == before[change.object]["metadata"]["uid"]
        assert {**after, "metadata": {}} == {**before[change.object], "metadata": {}}
    dev.revert()


def errors(deployment: Deployment) -> dict[str, str]:
    """Return the Applications that cannot be compared with Git, and what Argo CD says of it."""
    conditions = {name: item["status"].get("conditions", []) for name, item in deployment.applications("dev").items()}
    return {
        name: item["message"]
        for name, found in conditions.items()
        for item in found
        if item["type"] == "ComparisonError"
    }


def test_a_removed_unit_leaves_and_what_is_protected_asks_first(dev: Deployment) -> None:
    cluster = dev.clusters["dev"]
    edit(dev.project / "environments/dev.yaml", "nats: {enabled: true}", "nats: {enabled: false}")
    dev.render_and_commit("No NATS", "dev")
    gone = [item for item in _secrets(dev) if "nats" in item]
    assert gone
    revision = dev.publish("dev")
    dev.refresh()
    dev.wait_until("asking", lambda: "dev-secrets" in asking(dev), LATER)
    assert set(gone) <= set(_secrets(dev))

    def approved() -> bool:
        for name in asking(dev):
            when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            dev.annotate(name, {"argocd.argoproj.io/deletion-approved": when})
        return dev.converged("dev", revision) and "dev-nats" not in dev.applications("dev")

    dev.wait_until("pruned", approved, LATER)
    assert not set(gone) & set(_secrets(dev))
    assert cluster.get("apps/v1", "StatefulSet", "codemie", "codemie-nats"), "no Application takes its objects along"


def asking(deployment: Deployment) -> list[str]:
    """Return the Applications that wait for somebody to confirm a deletion."""
    operations = {name: item["status"].get("operationState", {}) for name, item in deployment.applications().items()}
    return [
        name
        for name, operation in operations.items()
        if operation.get("phase") == "Running" and "confirmation" in operation.get("message", "")
    ]


def _secrets(deployment: Deployment) -> list[str]:
    found = deployment.hub.list("secretmanager.cnrm.cloud.google.com/v1beta1", "SecretManagerSecret", "codemie-dev")
    return [item["metadata"]["name"] for item in found]


# ── 4: failures ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_repository_that_is_away_changes_nothing_and_is_found_again(dev: Deployment) -> None:
    objects = dev.generations("dev")
    dev.git.stop()
    dev.refresh("dev-ui", "dev-root")
    dev.wait_until("missed", lambda: "dev-ui" in errors(dev), LATER)
    assert dev.generations("dev") == objects
    dev.git.start()
    revision = bump(dev, "9.9.3")
    dev.wait_until("converged", lambda: dev.converged("dev", revision) and image(dev) == "9.9.3", LATER)


def test_a_bad_commit_by_hand_stops_one_application_only(dev: Deployment) -> None:
    def broken(clone: Path) -> None:
        edit(clone / "envs/dev/components/ui/overlay/kustomization.yaml", "- ../base", "- ../nowhere")

    objects = dev.generations("dev")
    revision = dev.by_hand("A bad commit", broken)
    dev.refresh()
    dev.wait_until("refused", lambda: "dev-ui" in errors(dev), LATER)
    others = [name for name in dev.applications("dev") if name != "dev-ui" and "chart" not in _source(dev, name)]
    dev.wait_until("compared", lambda: all(_at(dev, name) == revision for name in others), LATER)
    assert dev.generations("dev") == objects
    revision = dev.revert()
    dev.refresh()
    dev.wait_until("converged", lambda: dev.converged("dev", revision), LATER)


def test_a_deleted_branch_deletes_nothing(dev: Deployment) -> None:
    objects, revision, apps = dev.generations("dev"), dev.revision(), set(dev.applications())
    followers = {f"dev-{unit}" for unit in dev.units("dev")} - {f"dev-{unit}" for unit in stored_crds.ADDONS}
    dev.at("")
    dev.refresh()
    dev.wait_until("missed", lambda: followers <= set(errors(dev)), LATER)  # of the root it is soon taken back
    time.sleep(5)
    assert (dev.generations("dev"), set(dev.applications())) == (objects, apps)
    dev.at(revision)
    dev.refresh()
    dev.wait_until("converged", lambda: dev.converged("dev", revision), LATER)


@pytest.mark.parametrize("server", ["dev", "hub"])
def test_an_api_server_that_restarts_in_the_middle_of_a_sync_loses_nothing(
    dev: Deployment, control_plane: ControlPlane, server: str
) -> None:
    objects = set(dev.generations("dev"))
    revision = bump(dev, f"9.9.{4 if server == 'dev' else 5}")
    control_plane.restart(f"kube-apiserver-{server}")
    control_plane.processes.wait_for(f"kube-apiserver-{server}", control_plane.servers[server].ready)
    dev.wait_until("answered", lambda: bool(dev.applications()), LATER)
    dev.refresh()
    dev.wait_until("converged", lambda: dev.converged("dev", revision), LATER)
    assert set(dev.generations("dev")) == objects


def _source(deployment: Deployment, name: str) -> Any:
    return deployment.application(name)["spec"]["source"]


def _at(deployment: Deployment, name: str) -> str:
    return str(deployment.application(name)["status"].get("sync", {}).get("revision"))


# ── 5: three environments ───────────────────────────────────────────────────────────────────────────────────────────


def test_environments_on_one_repository_and_one_argocd_leave_each_other_alone(dev: Deployment) -> None:
    before, objects = dev.syncs(), dev.generations("dev")
    dev.operators.held.add((LITELLM[1], LITELLM[3]))
    for name in ("staging", "prod"):
        dev.publish(name)
        dev.bootstrap(name)
    revision = dev.revision()
    dev.refresh()
    dev.wait_until("at LiteLLM", lambda: ("prod", *LITELLM[1:]) in dev.operators.seen, FIRST)
    time.sleep(5)
    assert "prod-api" not in dev.applications("prod"), "the API ends at start where LiteLLM does not answer"
    dev.operators.release(dev.clusters["prod"], dev.clusters["prod"].get(*LITELLM))
    for name in ("staging", "prod"):
        dev.wait_until(f"converged: {name}", lambda name=name: dev.converged(name, revision), FIRST)  # type: ignore[misc]
    assert {name: when for name, when in dev.syncs().items() if name.startswith("dev-")} == before
    assert dev.generations("dev") == objects
    syncs = dev.syncs()
    revision = bump(dev, "9.9.6")
    dev.wait_until("converged", lambda: dev.converged("dev", revision) and image(dev) == "9.9.6", LATER)
    dev.wait_until("all at it", lambda: all(dev.converged(name, revision) for name in dev.clusters), LATER)
    assert {name for name, when in dev.syncs().items() if when != syncs.get(name)} == {"dev-ui"}
    with pytest.raises(Refused):
        dev.hub.get("apps/v1", "Deployment", "codemie", "codemie-ui")


def test_the_api_starts_anew_with_new_models_and_after_litellm(dev: Deployment) -> None:
    if not dev.clusters.get("prod") or not dev.converged("prod", dev.revision()):
        pytest.skip("prod was never synced")
    cluster = dev.clusters["prod"]
    before = {key: cluster.get(*key) for key in (API, LITELLM, MODELS)}
    dev.operators.held.add((MODELS[1], MODELS[3]))
    path = dev.project / "environments/prod.yaml"
    text = path.read_text()
    setting = "components:\n  litellm: {requestTimeout: 300}\n"
    path.write_text(text.replace("components:\n", setting) if "\ncomponents:\n" in text else f"{text}\n{setting}")
    dev.render_and_commit("LiteLLM's file is another", "prod")
    revision = dev.publish("prod")
    dev.refresh()

    def held() -> bool:
        job, litellm = cluster.get(*MODELS), cluster.get(*LITELLM)
        there = (
            "deletionTimestamp" not in job["metadata"] and job["metadata"]["uid"] != before[MODELS]["metadata"]["uid"]
        )
        return there and _template(litellm) != _template(before[LITELLM])

    dev.wait_until("waiting for LiteLLM", held, LATER)
    time.sleep(5)
    assert _template(cluster.get(*API)) == _template(before[API]), "the API goes on with what it has"
    dev.operators.release(cluster, cluster.get(*MODELS))
    dev.wait_until("converged", lambda: dev.converged("prod", revision), LATER)
    assert _checksums(cluster.get(*API)) == _checksums(cluster.get(*MODELS)) != _checksums(before[API])


def _template(workload: Any) -> Any:
    return workload["spec"]["template"]


def _checksums(workload: Any) -> dict[str, str]:
    """Return what a pod template says of the files that its pods start with."""
    annotations = _template(workload)["metadata"]["annotations"]
    return {name: value for name, value in annotations.items() if name.startswith("checksum/")}
