"""What is committed in output/: built by kubectl, the same bases everywhere, fresh, consistent in itself."""

import functools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from command import ENVIRONMENTS, ROOT, copy_project, kubectl, run, snapshot
from product import Built, build, project

from generator import pipeline
from generator.build import Folder, Tool, folders
from generator.build import build as kustomize
from generator.manifest import HUB, WORKLOAD

OUTPUT = ROOT / "output"
FOLDERS = sorted(path.parent for path in OUTPUT.rglob("kustomization.yaml"))
TABLE = yaml.safe_load((Path(__file__).parent / "data/resource-table.yaml").read_text())


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def built(request: pytest.FixtureRequest) -> Built:
    return build(request.param)


@functools.cache
def alone(folder: Path) -> list[dict[str, Any]]:
    """Return what kubectl builds of one folder, as Argo CD does."""
    done = kubectl("kustomize", str(folder))
    assert done.returncode == 0, done.stderr
    return [item for item in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if item]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(OUTPUT)))
def test_kubectl_builds_every_folder(folder: Path) -> None:
    assert alone(folder)


def test_committed_output_is_what_the_sources_render(tmp_path: Path) -> None:
    done = run("render", "--all", "--check", "--quiet", cwd=copy_project(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_editors_take_a_model_with_a_location() -> None:
    schema = jsonschema_rs.Draft202012Validator(json.loads(pipeline.editor_schema(project())))
    models = {"eu": {"model": "gemini-3.5-flash", "location": "eu"}}
    assert schema.is_valid({"name": "mine", "components": {"litellm": {"models": models}}})
    models["eu"]["key"] = "SOME_KEY"  # Vertex AI takes the pod's own identity
    assert not schema.is_valid({"name": "mine", "components": {"litellm": {"models": models}}})


def test_the_editor_schema_is_fresh() -> None:
    assert (ROOT / "environments/environment.schema.json").read_text() == pipeline.editor_schema(project())


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


def test_the_joint_build_is_the_union_of_the_single_ones(built: Built) -> None:
    """Argo CD builds each folder alone; a joint build would mend references between them."""
    output = OUTPUT / built.tree.environment
    single = [(folder.cluster, item) for folder in folders(built.tree) for item in alone(output / folder.path)]
    joint = [(item.id.cluster, item.manifest) for item in built.objects]
    assert sorted(single, key=str) == sorted(joint, key=str)


@pytest.mark.real
def test_both_kustomize_versions_build_the_same(built: Built) -> None:
    """kubectl carries 5.5, Argo CD brings its own: what we write means the same to both."""
    command = next(
        (path for path in (ROOT / ".tools/kustomize", shutil.which("kustomize")) if path and Path(path).exists()), None
    )
    if command is None:
        pytest.skip("there is no kustomize beside kubectl's: `make .tools/kustomize` brings one")
    both = [
        kustomize(built.tree, Tool(words, ""), None)
        for words in ((str(command), "build"), (str(shutil.which("kubectl")), "kustomize"))
    ]
    assert both == [built.objects, built.objects]


def test_every_application_points_at_a_folder_of_the_tree(built: Built) -> None:
    paths = {item["spec"]["source"].get("path") for item in built.of("Application")} - {None}
    expected = {f"envs/{built.tree.environment}/{folder.path}" for folder in folders(built.tree)}
    assert paths == expected - {f"envs/{built.tree.environment}/bootstrap"}


def test_units_go_to_their_cluster(built: Built) -> None:
    units = [
        Folder(f"infra/{item.name}", HUB)
        if item.unit.kind == "infra"
        else Folder(f"components/{item.name}/overlay", WORKLOAD)
        for item in built.plan.units
        if item.unit.declaration.chart is None
    ]
    assert set(folders(built.tree)) == {Folder("argocd/apps", HUB), Folder("bootstrap", HUB), *units}


def test_applications_are_ordered_by_what_their_units_need(built: Built) -> None:
    prefix = built.plan.environment.name
    wave = {
        item["metadata"]["name"].removeprefix(f"{prefix}-"): int(
            item["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]
        )
        for item in built.of("Application")
        if not item["metadata"]["name"].endswith("-root")
    }
    for planned in built.plan.units:
        assert all(wave[need] < wave[planned.name] for need in planned.needs)
    assert wave["namespaces"] > wave["fleet"] > wave["gke"]
    assert wave["api"] > wave["elasticsearch"] > wave["eck-operator"]


def test_every_object_is_allowed_by_the_project_of_its_application(built: Built) -> None:
    projects = {item["metadata"]["name"]: item["spec"] for item in built.of("AppProject")}
    for application in built.of("Application"):
        spec = application["spec"]
        rules = projects[spec["project"]]
        assert spec["source"]["repoURL"] in rules["sourceRepos"]
        if "path" not in spec["source"] or application["metadata"]["name"].endswith("-root"):
            continue
        below = spec["source"]["path"].removeprefix(f"envs/{built.tree.environment}/")
        for item in alone(OUTPUT / built.tree.environment / below):
            namespace = item["metadata"].get("namespace")
            kind = {"group": item["apiVersion"].rpartition("/")[0], "kind": item["kind"]}
            if namespace is None:
                assert {**kind, "name": item["metadata"]["name"]} in rules["clusterResourceWhitelist"]
                continue
            assert kind in rules.get("namespaceResourceWhitelist", [kind])
            address = {key: value for key, value in spec["destination"].items() if key != "namespace"}
            assert {**address, "namespace": namespace} in rules["destinations"]


def test_every_pod_template_has_one_network_policy_named_like_it(built: Built) -> None:
    policies = {item["metadata"]["name"]: item["spec"] for item in built.of("NetworkPolicy")}
    pods = {item["metadata"]["name"]: item["spec"]["template"] for item in built.of("Deployment", "StatefulSet")}
    for name, template in pods.items():
        labels = template["metadata"]["labels"]
        matching = [
            policy
            for policy, spec in policies.items()
            if spec["podSelector"] and spec["podSelector"]["matchLabels"].items() <= labels.items()
        ]
        assert matching == [name]


def test_only_the_cluster_secret_is_a_secret_and_it_holds_no_credential(built: Built) -> None:
    (secret,) = built.of("Secret")
    assert secret["metadata"]["labels"] == {"argocd.argoproj.io/secret-type": "cluster"}
    assert sorted(secret["stringData"]) == ["config", "name", "server"]
    assert not {"password", "bearerToken", "keyData", "token"} & set(yaml.safe_load(secret["stringData"]["config"]))


PROFILE = ("staging", "", "private, high-scale")


def test_high_scale_shows_the_numbers_of_the_resource_table() -> None:
    """From the data file to the built objects, with nothing in between: every row has its object."""
    built = build(*PROFILE)
    assert [row["unit"] for row in TABLE["rows"] if shown(built, row["name"]) != row["shows"]] == []
    assert shown(built, "codemie-postgresql") == TABLE["cloud-sql"]


def test_prod_shows_them_but_where_it_says_why_not() -> None:
    built = build("prod")
    differs = [row["unit"] for row in TABLE["rows"] if shown(built, row["name"]) != row["shows"]]
    assert differs == [row["unit"] for row in TABLE["rows"] if row.get("profile")] == ["oauth2-proxy"]
    assert shown(built, "codemie-postgresql") == TABLE["cloud-sql"]


def test_vendor_current_shows_the_newest_rows_and_else_those_of_high_scale() -> None:
    built, newest = (
        build("staging", "", "private, high-scale, vendor-current"),
        {row["unit"]: row for row in TABLE["newest"]},
    )
    rows = [newest.get(row["unit"], row) for row in TABLE["rows"]]
    assert [row["unit"] for row in rows if shown(built, row["name"]) != row["shows"]] == []


def shown(built: Built, name: str) -> dict[str, Any]:
    """Return what the table says of an object, as it is built."""
    (found,) = [item for item in built.of(*_SHOWS) if item["metadata"]["name"] == name]
    return _SHOWS[found["kind"]](found, name)


def _of_deployment(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    spec = manifest["spec"]
    (main,) = [item for item in spec["template"]["spec"]["containers"] if item["name"] == name]
    claims = [claim["spec"]["resources"]["requests"]["storage"] for claim in spec.get("volumeClaimTemplates", [])]
    storage = {"storage": claims[0]} if claims else {}
    return {"pods": spec.get("replicas"), "limits": main["resources"]["limits"], **storage}


def _of_kibana(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    (main,) = [item for item in manifest["spec"]["podTemplate"]["spec"]["containers"] if item["name"] == name]
    return {"pods": manifest["spec"]["count"], "limits": main["resources"]["limits"]}


def _of_elasticsearch(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    (nodes,) = manifest["spec"]["nodeSets"]
    (main,) = [container for container in nodes["podTemplate"]["spec"]["containers"] if container["name"] == name]
    storage = nodes["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"]
    return {"pods": nodes["count"], "limits": main["resources"]["limits"], "storage": storage}


_SHOWS: dict[str, Callable[[dict[str, Any], str], dict[str, Any]]] = {
    "DaemonSet": _of_deployment,
    "Deployment": _of_deployment,
    "Kibana": _of_kibana,
    "StatefulSet": _of_deployment,
    "Elasticsearch": _of_elasticsearch,
    "SQLInstance": lambda manifest, _: {"storageGb": manifest["spec"]["settings"]["diskSize"]},
}
