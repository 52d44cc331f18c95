"""A new object is judged by what its kind and its fields say: silence is `unknown`, never `safe`."""

from typing import Any

import msgspec
import pytest
import yaml
from command import ROOT

from generator.check.schema.kubernetes_schema import definitions, versions
from generator.kinds import Impact, Kinds, named, names, shipped
from generator.manifest import HUB, WORKLOAD, Manifest, Object, identify
from generator.review import Change, review

KINDS = Kinds({})
PLACE = "components/unit/base/objects.yaml"
APPLICATION: Manifest = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "test-unit", "namespace": "argocd"},
    "spec": {"syncPolicy": {"automated": {"prune": True, "selfHeal": True}}},
}
WITHOUT_FILES = [
    "accesscontextmanager/AccessContextManagerGCPUserAccessBinding",
    "apigee/ApigeeOrganization",
    "appengine/AppEngineApplication",
    "bigqueryconnection/BigQueryConnectionConnection",
    "bigqueryreservation/BigQueryReservationReservation",
    "billingbudgets/BillingBudgetsBudget",
    "cloudasset/CloudAssetFolderFeed",
    "cloudids/CloudIDSEndpoint",
    "cloudiot/CloudIOTDevice",
    "compute/ComputeGlobalNetworkEndpoint",
    "compute/ComputeInstanceGroupNamedPort",
    "compute/ComputeManagedSSLThing",
    "compute/ComputeMachineImage",
    "compute/ComputeNodeGroup",
    "compute/ComputeNodeTemplate",
    "compute/ComputePerInstanceConfig",
    "compute/ComputeRegionAutoscaler",
    "compute/ComputeRegionDiskResourcePolicyAttachment",
    "compute/ComputeTargetThing",
    "configcontroller/ConfigControllerInstance",
    "containeranalysis/ContainerAnalysisNote",
    "containerattached/AttachedCluster",
    "dataflow/DataflowFlexTemplateJob",
    "dataflow/DataflowJob",
    "datafusion/DataFusionInstance",
    "dataproc/DataprocCluster",
    "datastream/DatastreamStream",
    "deploymentmanager/DeploymentManagerDeployment",
    "dialogflow/DialogflowAgent",
    "dlp/DLPDeidentifyTemplate",
    "dns/DNSResponsePolicy",
    "dns/DNSResponsePolicyRule",
    "documentai/DocumentAIProcessor",
    "edgecontainer/EdgeContainerCluster",
    "essentialcontacts/EssentialContactsContact",
    "eventarc/EventarcTrigger",
    "firebase/FirebaseProject",
    "gameservices/GameServicesRealm",
    "healthcare/HealthcareDataset",
    "identityplatform/IdentityPlatformConfig",
    "mlengine/MLEngineModel",
    "networkmanagement/NetworkManagementConnectivityTest",
    "networksecurity/NetworkSecurityAuthorizationPolicy",
    "networkservices/NetworkServicesGateway",
    "notebooks/NotebookInstance",
    "osconfig/OSConfigGuestPolicy",
    "oslogin/OSLoginSSHPublicKey",
    "securesourcemanager/SecureSourceManagerRepository",
    "securitycenter/SecurityCenterSource",
    "servicedirectory/ServiceDirectoryNamespace",
    "tpu/TPUNode",
    "vertexai/VertexAIDataset",
    "workflows/WorkflowsWorkflow",
    "workstations/WorkstationCluster",
]
"""Kinds of Config Connector that have no file."""


def built(manifest: dict[str, Any]) -> Object:
    manifest = {**manifest, "metadata": {"name": "one", **manifest.get("metadata", {})}}
    on_hub = manifest["apiVersion"].rpartition("/")[0].endswith((".cnrm.cloud.google.com", "argoproj.io"))
    return Object(identify(manifest, HUB if on_hub else WORKLOAD), manifest, PLACE, PLACE)


def reviewed(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> tuple[Change, ...]:
    """Return what is said of the objects of a unit that are or will be there."""
    unit = Object(identify(APPLICATION, HUB), APPLICATION, "argocd/apps/unit.yaml", "argocd/apps/unit.yaml")
    old, new = ([unit, *map(built, side)] for side in (before, after))
    return review("test", old, new, KINDS).changes


class _Definition(msgspec.Struct):
    kinds: list[dict[str, str]] = msgspec.field(name="x-kubernetes-group-version-kind", default_factory=list)


def kinds_of_kubernetes() -> set[str]:
    """Return every kind of the newest schemas of Kubernetes."""
    said = (msgspec.json.decode(raw, type=_Definition).kinds for raw in definitions(versions()[-1]).values())
    return {named(one["group"], one["kind"]) for kinds in said for one in kinds if one["kind"] != "DeleteOptions"}


def known_kinds() -> list[str]:
    """Return every kind that a file, a schema of Kubernetes or the list above knows, as `group/Kind`."""
    of_files = {name for name in names() if name.rpartition("/")[2] != "any" and not name.startswith("pod-template/")}
    of_google = {name.replace("/", ".cnrm.cloud.google.com/") for name in WITHOUT_FILES}
    return sorted(of_files | of_google | kinds_of_kubernetes() | {"example.com/Widget"})


def minimal(name: str) -> Manifest:
    group, _, kind = name.partition("/")
    return {"apiVersion": "v1" if group == "core" else f"{group}/v1", "kind": kind}


def says_so(name: str, change: Change) -> bool:
    """Whether the file of the kind itself, or the one whose rows it takes over, says that the change is safe."""
    files = [name, *(row["rowsOf"] for row in shipped(name).impact if "rowsOf" in row)]
    rows = [row for file in files for row in shipped(file).impact if row.get("path") == "" and row["impact"] == "safe"]
    return bool(change.source) and change.reason in {row["reason"] for row in rows}


@pytest.mark.parametrize("name", known_kinds())
def test_no_kind_is_safe_by_silence_when_it_comes_or_goes(name: str) -> None:
    for before, after in ([], [minimal(name)]), ([minimal(name)], []):
        (change,) = reviewed(before, after)
        assert change.impact is not Impact.SAFE or says_so(name, change), change


@pytest.mark.parametrize("name", [name for name in names() if not name.startswith("pod-template/")])
def test_the_file_of_a_kind_says_what_its_coming_does_and_those_of_many_kinds_call_nothing_safe(name: str) -> None:
    files = [name, *(row["rowsOf"] for row in shipped(name).impact if "rowsOf" in row)]
    rows = [row for file in files for row in shipped(file).impact if row.get("path") == ""]
    came = [row for row in rows if row.get("when", "always") in ("added", "always")]
    assert all(row.get("source") for row in rows)
    assert not came if name.rpartition("/")[2] == "any" else came


def said_of_new() -> list[tuple[str, Manifest]]:
    """Return new objects of tests/data/additions.yaml, each with what must be said of it."""
    said = yaml.safe_load((ROOT / "tests/data/additions.yaml").read_text())
    return [(impact, manifest) for impact, manifests in said.items() for manifest in manifests]


@pytest.mark.parametrize(
    ("impact", "manifest"),
    said_of_new(),
    ids=[f"{one['kind']}-{impact}-{at}" for at, (impact, one) in enumerate(said_of_new())],
)
def test_what_a_new_object_opens_or_breaks_is_told_by_its_fields(impact: str, manifest: Manifest) -> None:
    (change,) = reviewed([], [manifest])
    assert (change.impact, bool(change.source)) == (impact, impact != "unknown" or bool(change.source)), change.reason


# ── what it does to those that are there ────────────────────────────────────────────────────────────────────────────


def pods(name: str, namespace: str = "codemie") -> Manifest:
    spec = {"template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": []}}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def policy(name: str, **spec: Any) -> Manifest:
    metadata = {"name": name, "namespace": "codemie"}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


API = {"matchLabels": {"app": "api"}}
RULE: list[Manifest] = [{"from": [{"podSelector": {}}]}]


@pytest.mark.parametrize(
    ("there", "new", "impact"),
    [
        ([], policy("deny", podSelector={}), "outage"),
        ([], policy("open", podSelector=API, ingress=RULE), "outage"),
        ([], policy("others", podSelector={"matchLabels": {"app": "web"}}), "unknown"),
        ([policy("deny", podSelector={})], policy("open", podSelector=API, ingress=RULE), "exposure"),
        ([policy("deny", podSelector={})], policy("again", podSelector=API), "safe"),
        ([policy("deny", podSelector={})], policy("out", podSelector=API, policyTypes=["Egress"]), "outage"),
        ([policy("web", podSelector={"matchLabels": {"app": "web"}})], policy("deny", podSelector={}), "outage"),
        (
            [],
            policy("named", podSelector={"matchExpressions": [{"key": "app", "operator": "In", "values": ["api"]}]}),
            "outage",
        ),
    ],
    ids=lambda value: value["metadata"]["name"] if isinstance(value, dict) else "",
)
def test_a_policy_closes_the_pods_that_were_open(there: list[Manifest], new: Manifest, impact: str) -> None:
    living = [pods("api"), *there]
    (change,) = reviewed(living, [*living, new])
    assert change.impact == impact
    assert ("Deployment api" in change.reason) is (impact == "outage")


def test_a_policy_of_another_namespace_closes_nothing() -> None:
    living = [pods("api", "other")]
    (change,) = reviewed(living, [*living, policy("deny", podSelector={})])
    assert change.impact is Impact.UNKNOWN


def record(name: str, kind: str = "A", zone: str = "public") -> Manifest:
    spec = {"name": name, "type": kind, "managedZoneRef": {"name": zone}, "rrdatas": ["192.0.2.1"]}
    metadata = {"name": f"{name.replace('*', 'any')}{kind}".lower().replace(".", "-"), "namespace": "codemie"}
    api_version = "dns.cnrm.cloud.google.com/v1beta1"
    return {"apiVersion": api_version, "kind": "DNSRecordSet", "metadata": metadata, "spec": spec}


@pytest.mark.parametrize(
    ("there", "new", "impact"),
    [
        (
            record("a.example.com."),
            record("A.example.com.") | {"metadata": {"name": "two", "namespace": "codemie"}},
            "outage",
        ),
        (record("*.example.com."), record("a.example.com."), "outage"),
        (record("*.example.com."), record("a.example.com.", "TXT"), "outage"),
        (record("*.example.com.", zone="private"), record("a.example.com."), "safe"),
        (record("a.example.com."), record("*.example.com."), "unknown"),
        (record("a.example.com."), record("b.example.com."), "safe"),
    ],
)
def test_a_record_that_takes_a_name_from_another_is_an_outage(there: Manifest, new: Manifest, impact: str) -> None:
    (change,) = reviewed([there], [there, new])
    assert change.impact == impact


def test_pods_that_act_as_an_account_of_another_unit_are_an_exposure() -> None:
    manifest: Manifest = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "ci", "namespace": "codemie"},
    }
    runner = pods("runner")
    runner["spec"]["template"]["spec"]["serviceAccountName"] = "ci"
    for unit, impact in (("other", "exposure"), ("unit", "safe")):
        place = f"components/{unit}/account.yaml"
        account = Object(identify(manifest, WORKLOAD), manifest, place, place)
        (change,) = review("test", [account], [account, built(runner)], KINDS).changes
        assert change.impact == impact


def test_a_configmap_that_pods_already_ask_for_is_told_with_them() -> None:
    reader = pods("api")
    reader["spec"]["template"]["spec"]["containers"] = [
        {"name": "api", "envFrom": [{"configMapRef": {"name": "extra", "optional": True}}]}
    ]
    extra = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "extra", "namespace": "codemie"}, "data": {}}
    (change,) = reviewed([reader], [reader, extra])
    assert change.impact is Impact.RESTART
    assert "Deployment api" in change.reason


def test_an_application_whose_objects_nobody_sees_is_an_exposure() -> None:
    source = {"repoURL": "https://git.example.com/others.git", "path": "components/others"}
    manifest = {**APPLICATION, "metadata": {"name": "others", "namespace": "argocd"}, "spec": {"source": source}}
    new = Object(identify(manifest, HUB), manifest, "argocd/apps/others.yaml", "argocd/apps/others.yaml")
    of_it = Object(identify(pods("api"), WORKLOAD), pods("api"), "components/others/x.yaml", "components/others/x.yaml")
    assert [change.impact for change in review("test", [], [new], KINDS).changes] == ["exposure"]
    both = {change.id.kind: change.impact for change in review("test", [], [new, of_it], KINDS).changes}
    assert both["Application"] is Impact.SAFE


def test_a_rename_says_what_the_new_object_alone_would_say() -> None:
    (change,) = reviewed([secret_reader("one")], [secret_reader("two")])
    assert change.impact is Impact.EXPOSURE
    (change,) = reviewed([load_balancer("one")], [load_balancer("two")])
    assert change.impact is Impact.OUTAGE
    (also,) = [verdict for verdict in change.also if verdict.impact is Impact.EXPOSURE]
    assert "a load balancer" in also.reason


def load_balancer(name: str) -> Manifest:
    spec = {"type": "LoadBalancer", "selector": {"app": "api"}, "ports": [{"port": 80}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def secret_reader(name: str) -> Manifest:
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name}, "rules": rules}


def test_a_rename_of_a_kind_that_nobody_knows_is_unknown_in_every_part() -> None:
    def widget(name: str, color: str) -> Manifest:
        spec = {"color": color, "size": 1, "shape": "round", "weight": 2, "height": 3}
        return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name}, "spec": spec}

    changes = reviewed([widget("one", "red")], [widget("two", "blue")])
    assert {(change.path, change.impact) for change in changes} == {
        ("/metadata/name", "unknown"),
        ("/spec/color", "unknown"),
    }
