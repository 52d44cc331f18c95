"""What a person applies: the bootstrap folder of both topologies, and that the page about day zero keeps its word."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from command import ROOT, kubectl
from product import Built, build

from generator.cli.main import COMMANDS
from lint.variants import THERE

IN_CLUSTER = "argocd: {topology: in-cluster}\nexisting: {cluster: {name: tools}}\n"
URL = "argocd: {clusterAddress: https://gke-0123456789abcdef-100000000001.europe-west3.gke.goog}\n"
PAGE = (ROOT / "docs/bootstrap.md").read_text()
HUBS = [(example, more) for example in ("dev", "prod") for more in ("", URL)]
ARGO_CD = "argocd@example-codemie-hub.iam.gserviceaccount.com"
ACCOUNT = "iam.gke.io/gcp-service-account"


def folder(built: Built) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what stands in the folder, by kind and name."""
    return {
        (item.id.kind, item.id.name): item.manifest
        for item in built.objects
        if item.file.startswith("templates/argocd/bootstrap")
    }


def every_hub(name: str) -> set[tuple[str, str]]:
    """Return kinds and names of what both topologies have."""
    return {
        ("Namespace", f"codemie-{name}"),
        ("ConfigConnectorContext", "configconnectorcontext.core.cnrm.cloud.google.com"),
        ("ConfigMap", "argocd-cm"),
        ("Application", f"{name}-root"),
        *(("AppProject", f"{name}-{project}") for project in ("root", "infra", "platform", "apps")),
    }


@pytest.mark.parametrize(("example", "more"), HUBS)
def test_on_a_hub(example: str, more: str) -> None:
    assert folder(build(example, more)).keys() == every_hub(example) | {
        ("ServiceAccount", "argocd-application-controller"),
        ("ServiceAccount", "argocd-server"),
        ("ServiceAccount", "secrets"),
        ("SecretStore", "secret-manager"),
        ("Secret", f"cluster-codemie-{example}"),
    }


@pytest.mark.parametrize("example", ["dev", "prod"])
def test_with_one_cluster_no_kind_of_an_add_on_and_no_cluster_to_reach(example: str) -> None:
    assert folder(build(example, IN_CLUSTER)).keys() == every_hub(example)


@pytest.mark.parametrize(("example", "more"), [*HUBS, ("dev", IN_CLUSTER), ("prod", IN_CLUSTER)])
def test_the_namespace_comes_first_and_projects_before_the_root(example: str, more: str, tmp_path: Path) -> None:
    kinds = [document["kind"] for document in applied(build(example, more), tmp_path)]
    assert kinds[0] == "Namespace"
    assert max(i for i, kind in enumerate(kinds) if kind == "AppProject") < kinds.index("Application")
    assert kinds.index("ConfigMap") < kinds.index("Application")


def applied(built: Built, scratch: Path) -> list[dict[str, Any]]:
    """Return the folder's objects in the order in which `kubectl apply -k` applies them."""
    for path, text in built.files.items():
        if path.startswith("bootstrap/"):
            target = scratch / path
            target.parent.mkdir(exist_ok=True)
            target.write_text(text)
    done = kubectl("kustomize", str(scratch / "bootstrap"))
    assert not done.returncode, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def test_argo_cd_s_own_objects_get_what_they_need_and_nothing_else() -> None:
    """Any other field would be taken from its owner by server-side apply."""
    for example in ("dev", "prod"):
        found = folder(build(example))
        for name in ("argocd-application-controller", "argocd-server"):
            assert found["ServiceAccount", name] == {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {"name": name, "namespace": "argocd", "annotations": {ACCOUNT: ARGO_CD}},
            }
        settings = found["ConfigMap", "argocd-cm"]
        assert all(key.startswith("resource.customizations") for key in settings["data"])


def test_environments_of_one_hub_write_the_same_into_what_they_share() -> None:
    """Else applying one would take from the other, or stop at a conflict."""
    dev, staging, prod = (folder(build(name)) for name in ("dev", "staging", "prod"))
    shared = dev.keys() & staging.keys() & prod.keys() - {("ServiceAccount", "secrets")}
    in_argo_cd = {key for key in shared if dev[key]["metadata"]["namespace"] == "argocd"} if shared else set()
    assert in_argo_cd == {
        ("ConfigMap", "argocd-cm"),
        ("ServiceAccount", "argocd-application-controller"),
        ("ServiceAccount", "argocd-server"),
    }
    for key in in_argo_cd:
        assert dev[key] == staging[key] == prod[key]


def test_the_store_of_the_hub_acts_as_the_account_that_iam_makes() -> None:
    built = build("prod")
    account = folder(built)["ServiceAccount", "secrets"]["metadata"]
    email = account["annotations"][ACCOUNT]
    made = built.one("IAMServiceAccount", email.partition("@")[0])
    assert made["metadata"]["annotations"]["cnrm.cloud.google.com/project-id"] == "example-codemie-prod"
    members = [
        item["spec"]["member"]
        for item in built.of("IAMPolicyMember")
        if item["spec"]["resourceRef"].get("name") == made["metadata"]["name"] and "member" in item["spec"]
    ]
    assert f"serviceAccount:example-codemie-hub.svc.id.goog[{account['namespace']}/secrets]" in members
    store = folder(built)["SecretStore", "secret-manager"]["spec"]["provider"]["gcpsm"]
    assert store["auth"]["workloadIdentity"] == {
        "clusterProjectID": "example-codemie-hub",
        "serviceAccountRef": {"name": "secrets"},
    }


@pytest.mark.parametrize("more", ["", IN_CLUSTER])
def test_the_infra_project_allows_what_config_connector_needs(more: str) -> None:
    built = build("prod", more)
    allowed = {
        (kind["group"], kind["kind"])
        for kind in built.one("AppProject", "prod-infra")["spec"]["namespaceResourceWhitelist"]
    }
    assert ("external-secrets.io", "ExternalSecret") in allowed
    assert all(
        group.endswith(".cnrm.cloud.google.com")
        for group, kind in allowed - {("external-secrets.io", "ExternalSecret")}
    )
    assert built.one("AppProject", "prod-infra")["spec"]["clusterResourceWhitelist"] == []


def test_no_finding_where_argo_cd_s_account_is_in_the_environment_s_project() -> None:
    built = build("prod", "argocd: {identity: argocd@example-codemie-prod.iam.gserviceaccount.com}\n")
    assert not [
        item for item in built.verdict.findings if item.rule.startswith(("identity", "service-account", "argocd"))
    ]


# The page.


def test_the_page_names_every_object_of_the_folder() -> None:
    for kind, _ in folder(build("prod")):
        words = {"Application": "root Application"}.get(kind, kind)
        assert words in PAGE, kind


def test_the_condition_of_the_page_allows_the_roles_that_are_rendered_on_the_project() -> None:
    block = re.search(r"^ROLES=.*?^EXPRESSION=[^\n]*$", PAGE, re.DOTALL | re.MULTILINE)
    assert block
    script = f'set -euo pipefail\nENV=prod\n{block[0]}\nprintf %s "$EXPRESSION"'
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    lists = re.findall(
        r"api\.getAttribute\('iam\.googleapis\.com/modifiedGrantsByRole', \[\]\)\.hasOnly\(\[([^\]]*)\]\)", done.stdout
    )
    assert (
        " || ".join(
            f"api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([{one}])" for one in lists
        )
        == done.stdout
    )
    assert all(len(one.split(",")) <= 10 for one in lists)
    rendered = {
        item["spec"]["role"]
        for item in build("prod").of("IAMPolicyMember")
        if item["spec"]["resourceRef"]["kind"] == "Project"
    }
    assert set(re.findall(r"'([^']+)'", ",".join(lists))) == rendered


@pytest.mark.parametrize("example", ["dev", "staging", "prod"])
def test_the_page_lists_the_secrets_that_a_person_makes_and_no_other(example: str) -> None:
    """A copy of another Secret, or what an operator makes, is none of them."""
    command = PAGE.partition("that\nnobody but you makes")[2].partition("```sh\n")[2].partition("printf %s")[0]
    done = subprocess.run(
        ["bash", "-c", f"ENV={example}\n{command}"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    needed = {item["metadata"]["name"] for item in build(example).of("SecretManagerSecret")}
    assert done.stdout.splitlines() == sorted(needed)


def test_with_one_cluster_argo_cd_needs_no_account() -> None:
    more = "argocd: {identity: null, topology: in-cluster}\nexisting: {cluster: {name: codemie-gke}}\n"
    built = build("prod", more)
    assert not [item for item in built.of("ServiceAccount") if item["metadata"]["name"].startswith("argocd-")]
    assert "serviceAccount:None" not in str([item["spec"] for item in built.of("IAMPolicyMember")])


GRANTED = PAGE.partition("What Config Connector may do")[2].partition("## 6")[0].partition("```sh")[2]
MANAGES = {
    # what lets Config Connector manage a kind: a role of the page, or a permission of the role that the page makes
    "ComputeAddress": "roles/compute.networkAdmin",
    "ComputeFirewall": "roles/compute.securityAdmin",
    "ComputeInstance": "roles/compute.instanceAdmin.v1",
    "ComputeManagedSSLCertificate": "roles/compute.securityAdmin",
    "ComputeNetwork": "roles/compute.networkAdmin",
    "ComputeRouter": "roles/compute.networkAdmin",
    "ComputeRouterNAT": "roles/compute.networkAdmin",
    "ComputeSSLPolicy": "roles/compute.securityAdmin",
    "ComputeSecurityPolicy": "roles/compute.securityAdmin",
    "ComputeSubnetwork": "roles/compute.networkAdmin",
    "ContainerCluster": "roles/container.admin",
    "ContainerNodePool": "roles/container.admin",
    "DNSManagedZone": "roles/dns.admin",
    "DNSPolicy": "roles/dns.admin",
    "DNSRecordSet": "roles/dns.admin",
    "GKEBackupBackupPlan": "roles/gkebackup.admin",
    "GKEHubMembership": "roles/gkehub.admin",
    "IAMCustomRole": "iam.roles.create",
    "IAMPolicyMember": "roles/resourcemanager.projectIamAdmin",
    "IAMServiceAccount": "roles/iam.serviceAccountAdmin",
    "KMSCryptoKey": "roles/cloudkms.admin",
    "KMSKeyRing": "roles/cloudkms.admin",
    "MonitoringAlertPolicy": "roles/monitoring.editor",
    "MonitoringNotificationChannel": "roles/monitoring.editor",
    "MonitoringUptimeCheckConfig": "roles/monitoring.editor",
    "RedisInstance": "roles/redis.admin",
    "SQLDatabase": "roles/cloudsql.admin",
    "SQLInstance": "roles/cloudsql.admin",
    "SQLUser": "roles/cloudsql.admin",
    "SecretManagerSecret": "secretmanager.secrets.create",
    "Service": "roles/serviceusage.serviceUsageAdmin",
    "ServiceIdentity": "roles/serviceusage.serviceUsageAdmin",
    "ServiceNetworkingConnection": "roles/servicenetworking.networksAdmin",
    "StorageBucket": "storage.buckets.create",
}
ACTS_AS = "roles/iam.serviceAccountUser"  # who makes nodes or a machine that act as an account
POLICIES = {
    # grants that are not on the project are set by who manages what they are on
    "ComputeInstance": "roles/compute.instanceAdmin.v1",
    "DNSManagedZone": "roles/dns.admin",
    "IAMServiceAccount": "roles/iam.serviceAccountAdmin",
    "KMSCryptoKey": "roles/cloudkms.admin",
    "Project": "roles/resourcemanager.projectIamAdmin",
    "SecretManagerSecret": "secretmanager.secrets.setIamPolicy",
    "StorageBucket": "storage.buckets.setIamPolicy",
}


def test_the_page_gives_config_connector_what_the_rendered_kinds_need_and_no_more() -> None:
    kinds = set()
    for path in (ROOT / "templates/infra").glob("*/*.j2"):
        for document in path.read_text().split("\n---\n"):
            found = re.search(r"^apiVersion: \S+cnrm\.cloud\.google\.com/\S+\nkind: (\w+)$", document, re.MULTILINE)
            kinds |= {found[1]} if found else set()
    assert kinds == MANAGES.keys()
    given = set(re.findall(r"\b(?:roles/)?[a-z]+(?:\.[A-Za-z0-9]+)+\b", GRANTED))
    assert given >= {*MANAGES.values(), *POLICIES.values(), ACTS_AS}
    assert {role for role in given if role.startswith("roles/")} == {
        role for role in (*MANAGES.values(), ACTS_AS) if role.startswith("roles/")
    }


@pytest.mark.parametrize(("example", "more"), [("dev", "tls: {source: cert-manager}\n"), ("prod", ""), ("prod", THERE)])
def test_grants_are_on_what_config_connector_may_grant_on(example: str, more: str) -> None:
    on = {item["spec"]["resourceRef"]["kind"] for item in build(example, more).of("IAMPolicyMember")}
    assert on <= POLICIES.keys()


def test_no_role_of_the_page_reads_what_is_kept_or_acts_as_others() -> None:
    assert not set(re.findall(r"roles/[A-Za-z0-9.]+", GRANTED)) & {
        "roles/owner",
        "roles/editor",
        "roles/iam.roleAdmin",  # it could widen the role that Config Connector itself has
        "roles/iam.serviceAccountTokenCreator",
        "roles/secretmanager.admin",
        "roles/secretmanager.secretAccessor",
        "roles/storage.admin",
    }
    assert not re.search(r"secretmanager\.versions\.access|storage\.objects\.|iam\.roles\.update", GRANTED)


def test_the_page_calls_commands_that_exist() -> None:
    assert set(re.findall(r"codemie-manifests (\w+)", PAGE)) <= set(COMMANDS)
