import pytest
from project import ADDON, component, plan, sources
from rendering import pods, rendered

from generator.catalog import Plan
from generator.manifest import Manifest
from generator.render.derived.namespace import namespaces
from generator.render.derived.service_account import google_account, service_account
from generator.render.workload import Workload, main

IMAGES = """\
defaults:
  images:
    web: {repository: registry.example.com/web, tag: 1.2.3, pullSecret: vendor}
    proxy: {repository: registry.example.com/proxy, tag: 1.2.3, pullSecret: another}
    open: {repository: registry.example.com/open, tag: 1.2.3}
"""


def workload(name: str, *images: str, kind: str = "Deployment") -> Workload:
    return Workload("web", "codemie", kind, name, {"app": name}, {}, frozenset(images))


def accounts(declared: str, *found: Workload) -> list[Manifest]:
    """Return the ServiceAccounts of unit `web` with these workloads."""
    everything = plan(sources(**component("web", declared)))
    web = everything.named("web")
    assert web
    return [service_account(everything, web, item, list(found)) for item in found]


def test_an_account_is_named_like_its_workload_and_has_no_token() -> None:
    assert accounts("", workload("web")) == [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "web", "namespace": "codemie"},
            "automountServiceAccountToken": False,
        }
    ]


def test_an_account_pulls_with_the_secrets_of_its_own_images() -> None:
    found = accounts(
        IMAGES, workload("web", "web", "proxy", "open"), workload("worker", "web"), workload("job", "open")
    )
    assert [account.get("imagePullSecrets") for account in found] == [
        [{"name": "another"}, {"name": "vendor"}],
        [{"name": "vendor"}],
        None,
    ]


@pytest.mark.parametrize(
    ("grant", "holders"),
    [
        ("{role: roles/storage.admin}", {"web": "codemie-web"}),
        ("{role: roles/storage.admin, from: worker}", {"worker": "codemie-worker"}),
        (
            "{role: roles/storage.admin}, {role: roles/cloudsql.client, from: worker}",
            {"web": "codemie-web", "worker": "codemie-worker"},
        ),
        ("{role: roles/storage.admin, when: {unit: nope}}", {}),
    ],
)
def test_google_roles_give_their_workload_an_identity_of_its_own(grant: str, holders: dict[str, str]) -> None:
    found = accounts(f"identity: [{grant}]\n", workload("web"), workload("worker"))
    named = {
        item["metadata"]["name"]: item["metadata"].get("annotations", {}).get("iam.gke.io/gcp-service-account")
        for item in found
    }
    email = "{}@lab-project.iam.gserviceaccount.com"
    assert named == {name: email.format(holders[name]) if name in holders else None for name in ("web", "worker")}


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("web", "codemie-web"),
        ("a-unit-of-22-letters-x", "codemie-a-unit-of-22-letters-x"),
        ("a-unit-with-a-long-na-me", "codemie-a-unit-with-a-l-39d2a7"),
        ("a-unit-with-a-long-na-you", "codemie-a-unit-with-a-l-4f5c43"),
    ],
)
def test_a_google_account_has_a_legal_name_that_no_other_unit_has(name: str, account: str) -> None:
    assert google_account(name) == account


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ([workload("only")], "only"),
        ([workload("a"), workload("web")], "web"),
        ([workload("only"), workload("web", kind="Job"), workload("cron", kind="CronJob")], "only"),
        ([workload("a"), workload("b")], None),
        ([workload("web", kind="Job")], None),
    ],
)
def test_the_main_workload_is_the_only_lasting_one_or_named_like_the_unit(
    found: list[Workload], name: str | None
) -> None:
    item = main("web", found)
    assert (item.name if item else None) == name


def pod_security(planned: Plan) -> dict[str, str]:
    level = "pod-security.kubernetes.io/enforce"
    return {
        m["metadata"]["name"]: m["metadata"]["labels"][level] for m in namespaces(planned) if m["kind"] == "Namespace"
    }


BARE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: web}]
"""
CONTEXT = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


def deployment(text: str, more: str = "") -> Manifest:
    """Return what a template of a Deployment becomes."""
    files = {**component("web", more), "templates/components/web/base/web.yaml.j2": text}
    (made,) = rendered(**files)["components/web/base/web.yaml"]
    return dict(made)


def test_what_goes_without_saying_is_not_written_in_a_template() -> None:
    made = deployment(BARE)
    pod = made["spec"]["template"]["spec"]
    assert made["metadata"] == {"name": "web", "namespace": "codemie"}
    assert made["spec"]["selector"] == {"matchLabels": {"app": "web"}}
    assert (pod["serviceAccountName"], pod["automountServiceAccountToken"], pod["enableServiceLinks"]) == (
        "web",
        False,
        False,
    )
    assert pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert pod["containers"] == [{"name": "web", "image": "web", "securityContext": CONTEXT}]


def test_what_a_template_writes_stays() -> None:
    text = BARE.replace("{name: web}\n", "{name: web, namespace: other}\n", 1).replace(
        "      containers: [{name: web, image: web}]",
        "      serviceAccountName: mine\n      automountServiceAccountToken: true\n      enableServiceLinks: true\n"
        "      securityContext: {runAsNonRoot: false, runAsUser: 1}\n"
        "      containers: [{name: web, image: web, securityContext: {privileged: false}}]",
    )
    made = deployment(text)
    pod = made["spec"]["template"]["spec"]
    assert made["metadata"]["namespace"] == "other"
    assert (pod["serviceAccountName"], pod["automountServiceAccountToken"], pod["enableServiceLinks"]) == (
        "mine",
        True,
        True,
    )
    assert pod["securityContext"] == {
        "runAsNonRoot": False,
        "runAsUser": 1,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert pod["containers"][0]["securityContext"] == {"privileged": False}


def test_a_unit_below_restricted_says_itself_what_its_pods_may() -> None:
    pod = deployment(BARE, "podSecurity: {level: baseline, reason: the image}\n")["spec"]["template"]["spec"]
    assert "securityContext" not in pod
    assert "securityContext" not in pod["containers"][0]
    assert pod["automountServiceAccountToken"] is False


def test_an_object_that_is_in_no_namespace_gets_none() -> None:
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: web}\nrules: []\n"
    assert deployment(role)["metadata"] == {"name": "web"}


def test_a_kind_that_no_file_speaks_of_says_its_namespace_itself() -> None:
    widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: web}\n"
    assert deployment(widget)["metadata"] == {"name": "web"}
    inside = widget.replace("{name: web}", "{name: web, namespace: codemie}")
    assert deployment(inside)["metadata"] == {"name": "web", "namespace": "codemie"}


@pytest.mark.parametrize(
    ("said", "metadata"),
    [
        ("state: true\n", {"name": "web", "namespace": "codemie"}),
        ("scope: namespaced\n", {"name": "web", "namespace": "codemie"}),
        ("scope: cluster\n", {"name": "web"}),
    ],
)
def test_a_kind_file_of_a_project_says_whether_objects_are_in_a_namespace(said: str, metadata: dict[str, str]) -> None:
    widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: web}\n"
    files = {**component("web"), "templates/components/web/base/web.yaml.j2": widget}
    (made,) = rendered(**files, **{"kinds/example.com/Widget.yaml": said})["components/web/base/web.yaml"]
    assert made["metadata"] == metadata


PROJECT, POLICY = "cnrm.cloud.google.com/project-id", "cnrm.cloud.google.com/deletion-policy"
OPTIONS, WAVE = "argocd.argoproj.io/sync-options", "argocd.argoproj.io/sync-wave"
GUARDS = {POLICY: "abandon", OPTIONS: "Prune=confirm,Delete=confirm,PruneLast=true"}


def resource(kind: str, more: str = "", spec: str = "{location: EU}", folder: str = "infra/web") -> Manifest:
    """Return what a template of a resource of Google Cloud becomes."""
    declared = "title: Resources\n" if folder == "infra/web" else "title: A component\nnamespace: codemie\n"
    group, _, name = kind.partition("/")
    text = f"apiVersion: {group}.cnrm.cloud.google.com/v1beta1\nkind: {name}\nmetadata: {{name: one{more}}}\nspec: {spec}\n"
    own = "" if folder == "infra/web" else "/overlay"
    files = {f"templates/{folder}/component.yaml": declared, f"templates/{folder}{own}/one.yaml.j2": text}
    made = rendered(**component("api"), **files)
    (found,) = made[f"{folder}{own}/one.yaml"]
    return dict(found)


@pytest.mark.parametrize(
    ("kind", "annotations"),
    [
        ("storage/StorageBucket", {PROJECT: "lab-project", **GUARDS, WAVE: "2"}),
        ("serviceusage/Service", {**GUARDS, WAVE: "0"}),
        ("compute/ComputeFirewall", {PROJECT: "lab-project", WAVE: "3"}),
        ("iam/IAMPolicyMember", {PROJECT: "lab-project", WAVE: "2"}),
        ("pubsub/PubSubTopic", {PROJECT: "lab-project", **GUARDS}),
        ("gkehub/GKEHubFeature", None),
    ],
)
def test_project_guards_and_wave_of_a_resource_follow_from_its_kind(
    kind: str, annotations: dict[str, str] | None
) -> None:
    metadata = resource(kind)["metadata"]
    assert metadata.get("annotations") == annotations
    assert metadata["namespace"] == "codemie-lab"


def test_a_resource_that_refers_to_its_project_does_so() -> None:
    assert resource("serviceusage/Service")["spec"] == {"location": "EU", "projectRef": {"external": "lab-project"}}
    assert resource("storage/StorageBucket")["spec"] == {"location": "EU"}


def test_what_a_template_says_of_a_resource_wins() -> None:
    said = {PROJECT: "other", POLICY: "delete", OPTIONS: "Prune=false", WAVE: "9"}
    more = ", annotations: {" + ", ".join(f'{key}: "{value}"' for key, value in said.items()) + "}"
    assert resource("storage/StorageBucket", more)["metadata"]["annotations"] == said
    named = resource("serviceusage/Service", spec="{projectRef: {external: other}}")
    assert named["spec"] == {"projectRef": {"external": "other"}}


def test_a_resource_of_a_component_says_all_of_it_itself() -> None:
    assert "annotations" not in resource("storage/StorageBucket", folder="components/web")["metadata"]


def test_a_namespace_has_its_security_pinned_asks_before_it_goes_and_denies_by_default() -> None:
    security = "pod-security.kubernetes.io"
    planned = plan(sources(**component("web", "podSecurity: {level: baseline, reason: it writes to its root}\n")))
    assert namespaces(planned) == [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": "codemie",
                "labels": {
                    f"{security}/enforce": "baseline",
                    f"{security}/enforce-version": "v1.34",
                    f"{security}/audit": "restricted",
                    f"{security}/audit-version": "v1.34",
                    f"{security}/warn": "restricted",
                    f"{security}/warn-version": "v1.34",
                },
                "annotations": {"argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm"},
            },
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "default-deny", "namespace": "codemie"},
            "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        },
    ]


@pytest.mark.parametrize(
    ("levels", "weakest"),
    [
        (("restricted", "restricted"), "restricted"),
        (("baseline", "restricted"), "baseline"),
        (("restricted", "privileged"), "privileged"),
        (("privileged", "baseline"), "privileged"),
    ],
)
def test_the_weakest_level_of_a_namespace_wins(levels: tuple[str, str], weakest: str) -> None:
    units = [
        component(name, f"podSecurity: {{level: {level}, reason: r}}\n")
        for name, level in zip("ab", levels, strict=True)
    ]
    assert pod_security(plan(sources(**units[0], **units[1]))) == {"codemie": weakest}


def test_each_namespace_has_its_own_level_and_a_unit_that_is_off_does_not_count() -> None:
    weak = "podSecurity: {level: privileged, reason: r}\n"
    files = {
        **component("a"),
        **component("b", "optional: true\n" + weak),
        "templates/addons/op/component.yaml": ADDON + weak,
    }
    assert pod_security(plan(sources(**files))) == {"codemie": "restricted", "operators": "privileged"}


def pod_monitoring(name: str, namespace: str, labels: dict[str, str], **endpoint: object) -> Manifest:
    return {
        "apiVersion": "monitoring.googleapis.com/v1",
        "kind": "PodMonitoring",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": labels}, "endpoints": [{**endpoint, "interval": "30s"}]},
    }


@pytest.mark.parametrize(
    ("declared", "endpoint"),
    [
        ("{port: 9090}", {"port": 9090, "path": "/metrics"}),
        ("{port: 8080, path: /actuator/prometheus}", {"port": 8080, "path": "/actuator/prometheus"}),
    ],
)
def test_metrics_of_a_component_are_scraped_from_its_main_workload(declared: str, endpoint: dict[str, object]) -> None:
    files = {**component("web", f"metrics: {declared}\n"), **pods("web"), **pods("worker", unit="web")}
    assert rendered(**files)["components/web/overlay/podmonitoring.yaml"] == [
        pod_monitoring("web", "codemie", {"app": "web"}, **endpoint)
    ]


def test_metrics_of_an_add_on_are_scraped_by_an_object_beside_the_namespaces() -> None:
    declared = "metrics: {port: 8383}\nworkloads: [{name: operator, pods: {labels: {app: op}, ports: [{name: m, port: 8383}]}}]\n"
    tree = rendered(**{"templates/addons/op/component.yaml": ADDON + declared})
    assert tree["components/namespaces/overlay/podmonitorings.yaml"] == [
        pod_monitoring("operator", "operators", {"app": "op"}, port=8383, path="/metrics")
    ]


def test_without_metrics_nothing_is_scraped() -> None:
    tree = rendered(**component("web"), **pods("web"), **{"templates/addons/op/component.yaml": ADDON})
    assert not [path for path in tree if "podmonitoring" in path]
