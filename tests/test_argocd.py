"""What Argo CD reads beside the units: topologies, sync windows, notifications, the escape hatch of `patches`."""

from typing import Any

import pytest
import yaml
from command import ROOT

from generator import catalog, environment, pipeline
from generator.build import build, find_tool
from generator.errors import InputInvalid
from generator.manifest import Object
from generator.render import render
from generator.tree import Sources
from generator.views import findings

IN_CLUSTER = "argocd: {topology: in-cluster}\nexisting: {cluster: codemie-gke}\n"


@pytest.fixture(scope="module")
def project() -> pipeline.Project:
    return pipeline.open_project(ROOT)


def built(project: pipeline.Project, more: str) -> tuple[Object, ...]:
    """Return what prod builds to with a profile that says `more`, laid over the others."""
    prod = project.sources.texts["environments/prod.yaml"].replace("high-scale]", "high-scale, more]")
    texts = {**project.sources.texts, "environments/prod.yaml": prod, "environments/profiles/more.yaml": more}
    loaded = environment.load("prod", Sources(texts), catalog.schemas(project.catalog.units))
    return build(render(catalog.make_plan(loaded, project.catalog.units), Sources(texts)), find_tool(), None)


def one(objects: tuple[Object, ...], kind: str, name: str) -> dict[str, Any]:
    (found,) = [item.manifest for item in objects if (item.id.kind, item.id.name) == (kind, name)]
    return found


def test_in_cluster_everything_goes_to_the_one_cluster(project: pipeline.Project) -> None:
    objects = built(project, IN_CLUSTER)
    assert {item.id.cluster for item in objects} == {"workload"}
    servers = {item.manifest["spec"]["destination"].get("server") for item in objects if item.id.kind == "Application"}
    assert servers == {"https://kubernetes.default.svc"}
    assert not [item.id for item in objects if item.id.kind == "Secret"]
    stores = [item.id.namespace for item in objects if item.id.kind == "SecretStore"]
    assert stores.count("codemie-prod") == 1, "Config Connector's passwords come through the one of shared-secrets"


def test_the_hub_addresses_the_workload_cluster_by_name_and_reaches_it_as_itself(project: pipeline.Project) -> None:
    objects = built(project, "{}")
    assert one(objects, "Application", "prod-api")["spec"]["destination"] == {
        "name": "codemie-prod",
        "namespace": "codemie",
    }
    secret = one(objects, "Secret", "cluster-codemie-prod")
    assert secret["stringData"]["server"] == (
        "https://connectgateway.googleapis.com/v1/projects/100000000003/locations/global/gkeMemberships/codemie-gke"
    )
    assert yaml.safe_load(secret["stringData"]["config"]) == {
        "execProviderConfig": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "argocd-k8s-auth",
            "args": ["gcp"],
        },
        "tlsClientConfig": {"insecure": False},
    }


def test_a_cluster_address_may_be_a_url(project: pipeline.Project) -> None:
    objects = built(project, 'argocd: {clusterAddress: "https://gke-0a1b.europe-west3.gke.goog"}')
    assert (
        one(objects, "Secret", "cluster-codemie-prod")["stringData"]["server"]
        == "https://gke-0a1b.europe-west3.gke.goog"
    )


def test_sync_windows_and_notifications_are_on_the_projects(project: pipeline.Project) -> None:
    window = "{kind: deny, schedule: 0 18 * * 5, duration: 62h, timeZone: Europe/Berlin, manualSync: true, syncOverrun: true}"
    objects = built(project, f"argocd: {{syncWindows: {{weekend: {window}}}}}\n")
    for name in ("infra", "platform", "apps"):
        assert one(objects, "AppProject", f"prod-{name}")["spec"]["syncWindows"] == [
            {
                "kind": "deny",
                "schedule": "0 18 * * 5",
                "duration": "62h",
                "timeZone": "Europe/Berlin",
                "manualSync": True,
                "syncOverrun": True,
                "applications": ["*"],
            }
        ]
    assert "syncWindows" not in one(objects, "AppProject", "prod-root")["spec"]
    assert one(objects, "AppProject", "prod-root")["metadata"]["annotations"] == {
        "notifications.argoproj.io/subscribe.on-sync-failed.email": "platform-team@example.com"
    }


def test_the_root_may_create_applications_only(project: pipeline.Project) -> None:
    spec = one(built(project, "{}"), "AppProject", "prod-root")["spec"]
    assert spec["clusterResourceWhitelist"] == []
    assert spec["namespaceResourceWhitelist"] == [{"group": "argoproj.io", "kind": "Application"}]
    assert spec["destinations"] == [{"server": "https://kubernetes.default.svc", "namespace": "argocd"}]


def test_a_chart_takes_the_version_and_repository_of_the_environment(project: pipeline.Project) -> None:
    objects = built(project, "addons: {eck-operator: {chart: {version: 3.4.1}}}")
    source = one(objects, "Application", "prod-eck-operator")["spec"]["source"]
    assert (source["repoURL"], source["chart"], source["targetRevision"]) == (
        "https://helm.elastic.co",
        "eck-operator",
        "3.4.1",
    )
    assert source["helm"]["valuesObject"]["managedNamespaces"] == ["elastic"]


def test_a_registry_mirror_reaches_built_in_kinds_and_custom_resources(project: pipeline.Project) -> None:
    mirrors = "{elastic: {source: docker.elastic.co, target: mirror.example.com/elastic}, gcr: {source: gcr.io, target: mirror.example.com}}"
    objects = built(project, f"registry: {{mirrors: {mirrors}}}")
    assert one(objects, "Elasticsearch", "elasticsearch")["spec"]["image"] == (
        "mirror.example.com/elastic/elasticsearch/elasticsearch:8.19.12"
    )
    (proxy,) = one(objects, "Deployment", "codemie")["spec"]["template"]["spec"]["initContainers"]
    assert proxy["image"] == "mirror.example.com/cloud-sql-connectors/cloud-sql-proxy:2.21.2"


@pytest.mark.parametrize(
    ("target", "path", "kind", "name", "shows"),
    [
        ("{kind: Deployment, name: codemie, unit: api}", "/spec/template/spec/volumes/[name=tmp]/emptyDir/sizeLimit", *("Deployment", "codemie"), "7Gi"),
        ("{kind: Elasticsearch, name: elasticsearch, unit: elasticsearch}", "/spec/nodeSets/[name=default]/config/x", *("Elasticsearch", "elasticsearch"), "7Gi"),
        ("{kind: NetworkPolicy, name: codemie, unit: api}", "/metadata/annotations", *("NetworkPolicy", "codemie"), "a: 7Gi"),
        ("{kind: ComputeNetwork, name: codemie-cluster-network, unit: vpc}", "/spec/description", *("ComputeNetwork", "codemie-cluster-network"), "7Gi"),
        ("{kind: Namespace, name: codemie, unit: namespaces}", "/metadata/labels/team", *("Namespace", "codemie"), "7Gi"),
    ],
)  # fmt: skip
def test_a_patch_of_the_environment_reaches_any_object(
    project: pipeline.Project, target: str, path: str, kind: str, name: str, shows: str
) -> None:
    value = "{a: 7Gi}" if ":" in shows else shows
    patch = f'{{target: {target}, ops: [{{op: add, path: "{path}", value: {value}}}]}}'
    assert shows in yaml.safe_dump(one(built(project, f"patches: {{mine: {patch}}}"), kind, name))


@pytest.mark.parametrize(
    ("patch", "said", "there"),
    [
        (
            "{target: {kind: Deployment, name: codemei, unit: api}, ops: [{op: remove, path: /spec}]}",
            "environments/profiles/more.yaml:3:6: patches.mine.target: api has no Deployment codemei [patch-target]",
            "Deployment codemie",
        ),
        (
            "{target: {kind: Deployment, name: codemie, unit: apy}, ops: [{op: remove, path: /spec}]}",
            (
                "environments/profiles/more.yaml:3:48: patches.mine.target.unit: there is no unit apy with objects in this "
                "environment [patch-target]"
            ),
            "api",
        ),
        (
            '{target: {kind: Deployment, name: codemie, unit: api}, ops: [{op: remove, path: "/spec/template/spec/containers/[name=x]"}]}',
            (
                "environments/profiles/more.yaml:3:66: Deployment codemie: /spec/template/spec/containers/[name=x]: "
                "/spec/template/spec/containers has no item with name x (there: codemie) [patch]"
            ),
            "",
        ),
    ],
)
def test_a_patch_that_matches_nothing_is_an_error_at_its_line(
    project: pipeline.Project, patch: str, said: str, there: str
) -> None:
    with pytest.raises(InputInvalid) as raised:
        built(project, f"patches:\n  mine:\n    {patch}\n")
    line, *hints = findings.text(raised.value.findings).splitlines()
    assert line == said
    assert [there in hint.removeprefix("  hint: there are: ").split(", ") for hint in hints] == [True] * bool(there)


def test_the_published_path_may_repeat_the_name_of_the_environment(project: pipeline.Project) -> None:
    objects = built(project, "gitops: {path: prod/envs/prod}")
    assert (
        one(objects, "Application", "prod-api")["spec"]["source"]["path"]
        == "prod/envs/prod/prod/components/api/overlay"
    )
    assert one(objects, "Deployment", "codemie")
