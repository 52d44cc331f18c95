"""What is committed in output/: built by kubectl, the same bases everywhere, fresh, consistent in itself."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from command import ENVIRONMENTS, ROOT, copy_project, run, snapshot

from generator import pipeline
from generator.build import Folder, Tool, build, find_tool, folders
from generator.manifest import HUB, WORKLOAD, Object
from generator.tree import Tree

OUTPUT = ROOT / "output"
FOLDERS = sorted(path.parent for path in OUTPUT.rglob("kustomization.yaml"))
DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def project() -> pipeline.Project:
    return pipeline.open_project(ROOT)


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def tree(project: pipeline.Project, request: pytest.FixtureRequest) -> Tree:
    return pipeline.render(project, request.param)[1]


@pytest.fixture(scope="module")
def objects(tree: Tree) -> tuple[Object, ...]:
    return build(tree, find_tool(), None)


def kustomize(folder: Path) -> list[dict[str, Any]]:
    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=True)
    return [item for item in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if item]


def of_kind(objects: tuple[Object, ...], *kinds: str) -> list[Object]:
    return [built for built in objects if built.id.kind in kinds]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(OUTPUT)))
def test_kubectl_builds_every_folder(folder: Path) -> None:
    assert kustomize(folder)


def test_committed_output_is_what_the_sources_render(tmp_path: Path) -> None:
    done = run("render", "--all", "--check", "--quiet", cwd=copy_project(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_editor_schema_is_fresh(project: pipeline.Project) -> None:
    assert (ROOT / "environments/environment.schema.json").read_text() == pipeline.editor_schema(project)


def test_bases_are_the_same_bytes_in_every_environment() -> None:
    bases: dict[str, list[dict[str, bytes]]] = {}
    for base in OUTPUT.glob("*/components/*/base"):
        bases.setdefault(base.parent.name, []).append(snapshot(base))
    assert bases.keys() >= {"api", "elasticsearch", "keycloak", "mermaid-server"}
    for first, *others in bases.values():
        assert all(other == first for other in others)


def test_rendering_dev_changes_nothing_of_prod(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    text = (project / "environments/dev.yaml").read_text()
    (project / "environments/dev.yaml").write_text(text.replace("ai-dev.example.com", "other.example.com"))
    before = {name: snapshot(project / "output" / name) for name in ENVIRONMENTS}
    assert run("render", "dev", cwd=project).returncode == 0
    assert snapshot(project / "output/prod") == before["prod"]
    assert snapshot(project / "output/staging") == before["staging"]
    assert snapshot(project / "output/dev") != before["dev"]


def test_the_joint_build_is_the_union_of_the_single_ones(tree: Tree, objects: tuple[Object, ...]) -> None:
    """Argo CD builds each folder alone; a joint build would mend references between them."""
    single = [
        (folder.cluster, item)
        for folder in folders(tree)
        for item in kustomize(OUTPUT / tree.environment / folder.path)
    ]
    joint = [(built.id.cluster, built.manifest) for built in objects]
    assert sorted(single, key=str) == sorted(joint, key=str)


@pytest.mark.real
def test_both_kustomize_versions_build_the_same(tree: Tree, objects: tuple[Object, ...]) -> None:
    """kubectl carries 5.5, Argo CD brings its own: what we write means the same to both."""
    command = next(
        (path for path in (ROOT / ".tools/kustomize", shutil.which("kustomize")) if path and Path(path).exists()), None
    )
    if command is None:
        pytest.skip("there is no kustomize beside kubectl's: `make .tools/kustomize` brings one")
    both = [
        build(tree, Tool(words, ""), None)
        for words in ((str(command), "build"), (str(shutil.which("kubectl")), "kustomize"))
    ]
    assert both == [objects, objects]


def test_every_application_points_at_a_folder_of_the_tree(tree: Tree, objects: tuple[Object, ...]) -> None:
    paths = {built.manifest["spec"]["source"].get("path") for built in of_kind(objects, "Application")} - {None}
    expected = {f"envs/{tree.environment}/{folder.path}" for folder in folders(tree)}
    assert paths == expected - {f"envs/{tree.environment}/bootstrap"}


def test_units_go_to_their_cluster(project: pipeline.Project, tree: Tree) -> None:
    planned = pipeline.plan(project, tree.environment).units
    units = [
        Folder(f"infra/{item.name}", HUB)
        if item.unit.kind == "infra"
        else Folder(f"components/{item.name}/overlay", WORKLOAD)
        for item in planned
        if item.unit.declaration.chart is None
    ]
    assert set(folders(tree)) == {Folder("argocd/apps", HUB), Folder("bootstrap", HUB), *units}


def test_applications_are_ordered_by_what_their_units_need(
    project: pipeline.Project, objects: tuple[Object, ...]
) -> None:
    prefix = of_kind(objects, "AppProject")[0].id.name.rpartition("-")[0]
    wave = {
        built.id.name.removeprefix(f"{prefix}-"): int(
            built.manifest["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]
        )
        for built in of_kind(objects, "Application")
        if not built.id.name.endswith("-root")
    }
    for planned in pipeline.plan(project, prefix).units:
        assert all(wave[need] < wave[planned.name] for need in planned.needs)
    assert wave["namespaces"] == 0
    assert wave["api"] > wave["elasticsearch"] > wave["eck-operator"]


def test_every_object_is_allowed_by_the_project_of_its_application(tree: Tree, objects: tuple[Object, ...]) -> None:
    projects = {built.id.name: built.manifest["spec"] for built in of_kind(objects, "AppProject")}
    for application in of_kind(objects, "Application"):
        spec = application.manifest["spec"]
        rules = projects[spec["project"]]
        assert spec["source"]["repoURL"] in rules["sourceRepos"]
        if "path" not in spec["source"] or application.id.name.endswith("-root"):
            continue
        below = spec["source"]["path"].removeprefix(f"envs/{tree.environment}/")
        for item in kustomize(OUTPUT / tree.environment / below):
            namespace = item["metadata"].get("namespace")
            kind = {"group": item["apiVersion"].rpartition("/")[0], "kind": item["kind"]}
            if namespace is None:
                assert {**kind, "name": item["metadata"]["name"]} in rules["clusterResourceWhitelist"]
                continue
            assert kind in rules.get("namespaceResourceWhitelist", [kind])
            address = {key: value for key, value in spec["destination"].items() if key != "namespace"}
            assert {**address, "namespace": namespace} in rules["destinations"]


def test_every_pod_template_has_one_network_policy_named_like_it(objects: tuple[Object, ...]) -> None:
    policies = {built.id.name: built.manifest["spec"] for built in of_kind(objects, "NetworkPolicy")}
    pods = {
        built.id.name: built.manifest["spec"]["template"] for built in of_kind(objects, "Deployment", "StatefulSet")
    }
    for name, template in pods.items():
        labels = template["metadata"]["labels"]
        matching = [
            policy
            for policy, spec in policies.items()
            if spec["podSelector"] and spec["podSelector"]["matchLabels"].items() <= labels.items()
        ]
        assert matching == [name]


def test_only_the_cluster_secret_is_a_secret_and_it_holds_no_credential(objects: tuple[Object, ...]) -> None:
    (secret,) = of_kind(objects, "Secret")
    assert secret.manifest["metadata"]["labels"] == {"argocd.argoproj.io/secret-type": "cluster"}
    assert sorted(secret.manifest["stringData"]) == ["config", "name", "server"]
    assert not {"password", "bearerToken", "keyData", "token"} & set(
        yaml.safe_load(secret.manifest["stringData"]["config"])
    )


def test_prod_shows_the_numbers_of_the_resource_table(project: pipeline.Project) -> None:
    """Rows whose unit is there, against built objects; the others against what the profile says."""
    table = yaml.safe_load((DATA / "resource-table.yaml").read_text())
    tree = pipeline.render(project, "prod")[1]
    objects = {built.id.name: built.manifest for built in build(tree, find_tool(), None) if built.id.kind in _SHOWS}
    profile = yaml.safe_load((ROOT / "environments/profiles/high-scale.yaml").read_text())["components"]
    seen = {"built": 0, "profile": 0}
    for row in table["rows"]:
        if row["name"] in objects:
            assert _SHOWS[objects[row["name"]]["kind"]](objects[row["name"]], row["name"]) == row["shows"]
            seen["built"] += 1
        else:
            said = profile[row["unit"]]
            shows = {"pods": said.get("replicas"), "limits": said["resources"]["limits"], **_storage(said)}
            assert shows == row["shows"]
            seen["profile"] += 1
    assert seen["built"] >= 8
    assert _SHOWS["SQLInstance"](objects["codemie-postgresql"], "") == table["cloud-sql"]


def _storage(said: dict[str, Any]) -> dict[str, str]:
    return {"storage": said["storage"]["size"]} if "storage" in said else {}


def _of_deployment(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    spec = manifest["spec"]
    (main,) = [item for item in spec["template"]["spec"]["containers"] if item["name"] == name]
    claims = [claim["spec"]["resources"]["requests"]["storage"] for claim in spec.get("volumeClaimTemplates", [])]
    storage = {"storage": claims[0]} if claims else {}
    return {"pods": spec["replicas"], "limits": main["resources"]["limits"], **storage}


def _of_kibana(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    (main,) = [item for item in manifest["spec"]["podTemplate"]["spec"]["containers"] if item["name"] == name]
    return {"pods": manifest["spec"]["count"], "limits": main["resources"]["limits"]}


def _of_elasticsearch(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    (nodes,) = manifest["spec"]["nodeSets"]
    (main,) = [container for container in nodes["podTemplate"]["spec"]["containers"] if container["name"] == name]
    storage = nodes["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"]
    return {"pods": nodes["count"], "limits": main["resources"]["limits"], "storage": storage}


_SHOWS: dict[str, Callable[[dict[str, Any], str], dict[str, Any]]] = {
    "Deployment": _of_deployment,
    "Kibana": _of_kibana,
    "StatefulSet": _of_deployment,
    "Elasticsearch": _of_elasticsearch,
    "SQLInstance": lambda manifest, _: {"storageGb": manifest["spec"]["settings"]["diskSize"]},
}
