"""What Argo CD reads beside the units: topologies, sync windows, notifications, the escape hatch of `patches`."""

import pytest
import yaml
from product import build

from generator.errors import InputInvalid
from generator.views import findings

IN_CLUSTER = "argocd: {topology: in-cluster}\nexisting: {cluster: {name: codemie-gke}}\n"


def test_in_cluster_everything_goes_to_the_one_cluster() -> None:
    built = build("prod", IN_CLUSTER)
    assert {item.id.cluster for item in built.objects} == {"workload"}
    servers = {
        item.manifest["spec"]["destination"].get("server") for item in built.objects if item.id.kind == "Application"
    }
    assert servers == {"https://kubernetes.default.svc"}
    assert not [item.id for item in built.objects if item.id.kind == "Secret"]
    stores = [item.id.namespace for item in built.objects if item.id.kind == "SecretStore"]
    assert stores.count("codemie-prod") == 1, "Config Connector's passwords come through the one of shared-secrets"


def test_the_hub_addresses_the_workload_cluster_by_name_and_reaches_it_as_itself() -> None:
    built = build("prod")
    assert built.one("Application", "prod-api")["spec"]["destination"] == {
        "name": "codemie-prod",
        "namespace": "codemie",
    }
    secret = built.one("Secret", "cluster-codemie-prod")
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


def test_a_cluster_address_may_be_a_url() -> None:
    built = build("prod", 'argocd: {clusterAddress: "https://gke-0a1b.europe-west3.gke.goog"}')
    assert (
        built.one("Secret", "cluster-codemie-prod")["stringData"]["server"] == "https://gke-0a1b.europe-west3.gke.goog"
    )


def test_sync_windows_and_notifications_are_on_the_projects() -> None:
    window = "{kind: deny, schedule: 0 18 * * 5, duration: 62h, timeZone: Europe/Berlin, manualSync: true, syncOverrun: true}"
    built = build("prod", f"argocd: {{syncWindows: {{weekend: {window}}}}}\n")
    for name in ("infra", "platform", "apps"):
        assert built.one("AppProject", f"prod-{name}")["spec"]["syncWindows"] == [
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
    assert "syncWindows" not in built.one("AppProject", "prod-root")["spec"]
    assert built.one("AppProject", "prod-root")["metadata"]["annotations"] == {
        "notifications.argoproj.io/subscribe.on-sync-failed.email": "platform-team@example.com"
    }


def test_the_root_may_create_applications_only() -> None:
    spec = build("prod").one("AppProject", "prod-root")["spec"]
    assert spec["clusterResourceWhitelist"] == []
    assert spec["namespaceResourceWhitelist"] == [{"group": "argoproj.io", "kind": "Application"}]
    assert spec["destinations"] == [{"server": "https://kubernetes.default.svc", "namespace": "argocd"}]


@pytest.mark.parametrize("environment", ["dev", "prod", "staging"])
def test_the_components_make_nothing_of_the_whole_cluster_and_the_platform_what_is_named(environment: str) -> None:
    built = build(environment)
    assert built.one("AppProject", f"{environment}-apps")["spec"]["clusterResourceWhitelist"] == []
    named = built.one("AppProject", f"{environment}-platform")["spec"]["clusterResourceWhitelist"]
    assert [item for item in named if item["name"] in ("", "*")] == []
    rights = {(item["kind"], item["name"].partition("-")[0]) for item in named if "rbac" in item["group"]}
    assert {name for _, name in rights} <= {"external", "cert"}  # what charts bring


def test_a_chart_takes_the_version_and_repository_of_the_environment() -> None:
    built = build("prod", "addons: {eck-operator: {chart: {version: 3.4.1}}}")
    source = built.one("Application", "prod-eck-operator")["spec"]["source"]
    assert (source["repoURL"], source["chart"], source["targetRevision"]) == (
        "https://helm.elastic.co",
        "eck-operator",
        "3.4.1",
    )
    assert source["helm"]["valuesObject"]["managedNamespaces"] == ["elastic"]


def test_a_registry_mirror_reaches_built_in_kinds_and_custom_resources() -> None:
    mirrors = "{elastic: {source: docker.elastic.co, target: mirror.example.com/elastic}, gcr: {source: gcr.io, target: mirror.example.com}}"
    built = build("prod", f"registry: {{mirrors: {mirrors}}}")
    assert built.one("Elasticsearch", "elasticsearch")["spec"]["image"] == (
        "mirror.example.com/elastic/elasticsearch/elasticsearch:8.19.12"
    )
    (proxy,) = built.one("Deployment", "codemie")["spec"]["template"]["spec"]["initContainers"]
    assert proxy["image"] == "mirror.example.com/cloud-sql-connectors/cloud-sql-proxy:2.21.2"


PATCHED = [
    ("{kind: Deployment, name: codemie, unit: api}", "/spec/template/spec/volumes/[name=tmp]/emptyDir/sizeLimit", *("Deployment", "codemie"), "7Gi"),
    ("{kind: Elasticsearch, name: elasticsearch, unit: elasticsearch}", "/spec/nodeSets/[name=default]/config/x", *("Elasticsearch", "elasticsearch"), "7Gi"),
    ("{kind: NetworkPolicy, name: codemie, unit: api}", "/metadata/annotations", *("NetworkPolicy", "codemie"), "a: 7Gi"),
    ("{kind: ComputeNetwork, name: codemie-cluster-network, unit: vpc}", "/spec/description", *("ComputeNetwork", "codemie-cluster-network"), "7Gi"),
    ("{kind: Namespace, name: codemie, unit: namespaces}", "/metadata/labels/team", *("Namespace", "codemie"), "7Gi"),
]  # fmt: skip


def added(path: str, shows: str, target: str) -> str:
    return f'{{target: {target}, ops: [{{op: add, path: "{path}", value: {"{a: 7Gi}" if ":" in shows else shows}}}]}}'


@pytest.mark.parametrize(("kind", "name", "shows"), [row[2:] for row in PATCHED])
def test_a_patch_of_the_environment_reaches_any_object(kind: str, name: str, shows: str) -> None:
    """All of them at once: they are of different objects."""
    patches = [f"  {of.lower()}: {added(path, value, target)}\n" for target, path, of, _, value in PATCHED]
    assert shows in yaml.safe_dump(build("prod", f"patches:\n{''.join(patches)}").one(kind, name))


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
def test_a_patch_that_matches_nothing_is_an_error_at_its_line(patch: str, said: str, there: str) -> None:
    with pytest.raises(InputInvalid) as raised:
        build("prod", f"patches:\n  mine:\n    {patch}\n")
    line, *hints = findings.text(raised.value.findings).splitlines()
    assert line == said
    assert [there in hint.removeprefix("  hint: there are: ").split(", ") for hint in hints] == [True] * bool(there)


def test_the_published_path_may_repeat_the_name_of_the_environment() -> None:
    built = build("prod", "gitops: {path: prod/envs/prod}")
    assert (
        built.one("Application", "prod-api")["spec"]["source"]["path"] == "prod/envs/prod/prod/components/api/overlay"
    )
    assert built.one("Deployment", "codemie")
