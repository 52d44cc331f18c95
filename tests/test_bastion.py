"""The bastion as built: one door, the people who may use it, and what is in its name."""

import re
import shutil
import subprocess
from typing import Any

import pytest
from command import ROOT
from infra import PRIVATE, PUBLIC, Infra, infra
from product import build

from generator.errors import InputInvalid

BETA = "cnrm.cloud.google.com/v1beta1"
VM = "codemie-bastion-a-ubuntu-2404-lts-amd64-20"
ON_PROJECT = {"kind": "Project", "external": "projects/example-codemie-prod"}
PEOPLE = {
    "ann": "user:ann@example.com",
    "ops": "group:ops@example.com",
    "robot": "serviceAccount:robot@example-codemie-prod.iam.gserviceaccount.com",
}
MEMBERS = f"access: {{bastion: {{members: {{platform-team: null, {', '.join(f'{k}: {v!r}' for k, v in PEOPLE.items())}}}}}}}\n"


def private(more: str = "") -> Infra:
    """Return a private environment with these people and `more` over it."""
    return Infra("prod", MEMBERS + more)


def of_unit(it: Infra) -> set[str]:
    """Return the names of what the unit renders."""
    return {name for _, name in it.objects if name.startswith("codemie-bastion") or name == "codemie-allow-iap"}


# The machine.


@pytest.mark.parametrize("name", PRIVATE)
def test_private_has_one_machine_without_public_address(name: str) -> None:
    spec = infra(name).one("ComputeInstance")
    assert spec["networkInterface"] == [
        {"networkRef": {"name": "codemie-cluster-network"}, "subnetworkRef": {"name": "codemie-cluster-subnet"}}
    ]
    assert spec["deletionProtection"] is True
    assert spec["metadata"][0] == {"key": "enable-oslogin", "value": "TRUE"}


@pytest.mark.parametrize("name", PUBLIC)
def test_public_has_nothing_of_it(name: str) -> None:
    assert not of_unit(infra(name))
    assert not infra(name).all("ComputeInstance")


def test_switched_off_there_is_nothing_of_it() -> None:
    it = private("infra: {bastion: {enabled: false}}")
    assert not of_unit(it)
    assert not {"iap.googleapis.com", "oslogin.googleapis.com"} & it.all("Service").keys()
    assert not any("iap" in text for rule in it.all("ComputeFirewall").values() for text in map(str, rule.values()))


def test_public_cannot_have_it_by_accident() -> None:
    with pytest.raises(InputInvalid) as caught:
        Infra("dev", "infra: {bastion: {enabled: true}}")
    assert [(finding.rule, finding.path) for finding in caught.value.findings] == [
        ("bastion-access", "infra.bastion.enabled")
    ]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("{}", VM),
        ("{zone: europe-west3-c}", VM.replace("-a-", "-c-")),
        ("{image: debian-12, imageProject: debian-cloud}", "codemie-bastion-a-debian-12-20"),
        ("{diskGb: 50}", VM.replace("-20", "-50")),
        ("{machineType: e2-medium}", VM),
        ("{desktop: true}", VM),
        (f"{{image: {'a' * 40}, diskGb: 999}}", f"codemie-bastion-a-{'a' * 40}-999"),
    ],
)
def test_it_is_named_after_what_cannot_be_changed(change: str, name: str) -> None:
    it = private(f"infra: {{bastion: {change}}}")
    assert list(it.all("ComputeInstance")) == [name]
    assert len(name) <= 63
    logins = [key for key, spec in it.all("IAMPolicyMember").items() if spec["role"] == "roles/compute.osLogin"]
    assert logins == [f"{name}-compute-os-login-{person}" for person in PEOPLE]  # their resource cannot be changed
    assert all(len(key) <= 253 for _, key in it.objects)


@pytest.mark.parametrize(
    "change",
    [
        "{zone: europe-west3}",
        "{diskGb: 1000}",
        f"{{image: {'a' * 41}}}",
        "{image: a/b}",
        "{image: 'a b'}",
        "{imageProject: '*'}",
        "{machineType: large}",
        "{startupScript: x}",
    ],
)
def test_what_google_would_refuse_is_refused(change: str) -> None:
    with pytest.raises(InputInvalid):
        private(f"infra: {{bastion: {change}}}")


def test_values_reach_the_machine() -> None:
    it = private("infra: {bastion: {zone: europe-west3-b, machineType: e2-medium, diskGb: 30}}")
    spec = it.one("ComputeInstance")
    assert (spec["zone"], spec["machineType"]) == ("europe-west3-b", "e2-medium")
    image = {"external": "ubuntu-os-cloud/ubuntu-2404-lts-amd64"}
    assert spec["bootDisk"]["initializeParams"] == {"sourceImageRef": image, "size": 30, "type": "pd-balanced"}


# Door and people.


@pytest.mark.parametrize("desktop", ["false", "true"])
def test_the_one_door_is_ssh_from_identity_aware_proxy(desktop: str) -> None:
    it = private(f"infra: {{bastion: {{desktop: {desktop}}}}}")
    rule = it.all("ComputeFirewall")["codemie-allow-iap"]
    assert rule["sourceRanges"] == ["35.235.240.0/20"]
    assert rule["targetServiceAccounts"] == [{"name": "codemie-bastion"}]
    assert rule["allow"] == [{"protocol": "tcp", "ports": ["22"]}]
    assert "targetTags" not in rule
    assert "tags" not in it.one("ComputeInstance")


def granted(it: Infra, member: str) -> dict[str, dict[str, Any]]:
    """Return what a member has, by role."""
    return {spec["role"]: spec for spec in it.all("IAMPolicyMember").values() if spec.get("member") == member}


@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_gets_what_a_tunnel_and_kubectl_need_and_no_more(name: str) -> None:
    it = private()
    own = {role: spec["resourceRef"] for role, spec in granted(it, PEOPLE[name]).items()}
    assert own == {
        "roles/iap.tunnelResourceAccessor": ON_PROJECT,
        "roles/compute.osLogin": {"apiVersion": f"compute.{BETA}", "kind": "ComputeInstance", "name": VM},
        "roles/iam.serviceAccountUser": {
            "apiVersion": f"iam.{BETA}",
            "kind": "IAMServiceAccount",
            "name": "codemie-bastion",
        },
        "roles/container.clusterViewer": ON_PROJECT,
        "projects/example-codemie-prod/roles/codemieBastionUser": ON_PROJECT,
    }
    assert it.all("IAMCustomRole")["codemie-bastion-user"]["permissions"] == ["compute.projects.get"]
    tunnel = granted(it, PEOPLE[name])["roles/iap.tunnelResourceAccessor"]
    assert tunnel["condition"] == {"title": "SSH only", "expression": "destination.port == 22"}


def test_grants_are_named_by_role_and_person_and_leave_with_the_person() -> None:
    before = private().objects
    after = Infra("prod", MEMBERS.replace(f"ann: {PEOPLE['ann']!r}, ", "")).objects
    gone = set(before) - set(after)
    assert len(gone) == 5
    for kind, name in gone:
        assert kind == "IAMPolicyMember"
        assert name.endswith("-ann")
        annotations = before[kind, name]["metadata"]["annotations"]
        assert not {"cnrm.cloud.google.com/deletion-policy", "argocd.argoproj.io/sync-options"} & annotations.keys()
    assert not set(after) - set(before)


def test_the_machine_itself_may_write_logs_and_metrics_only() -> None:
    it = private()
    account = {"serviceAccountRef": {"name": "codemie-bastion"}}
    roles = {spec["role"] for spec in it.all("IAMPolicyMember").values() if spec.get("memberFrom") == account}
    assert roles == {"roles/logging.logWriter", "roles/monitoring.metricWriter"}
    assert it.one("ComputeInstance")["serviceAccount"]["serviceAccountRef"] == {"name": "codemie-bastion"}


def test_nobody_named_is_a_machine_that_nobody_enters() -> None:
    it = Infra("staging")
    assert len(it.all("ComputeInstance")) == 1
    roles = {spec["role"] for spec in it.all("IAMPolicyMember").values()}
    assert not roles & {"roles/iap.tunnelResourceAccessor", "roles/compute.osLogin"}


def test_the_api_server_and_the_load_balancer_take_it_by_its_subnet() -> None:
    it = private()
    blocks = it.one("ContainerCluster")["masterAuthorizedNetworksConfig"]["cidrBlocks"]
    subnet = it.all("ComputeSubnetwork")["codemie-cluster-subnet"]
    assert subnet["ipCidrRange"] in [block["cidrBlock"] for block in blocks]
    assert it.all("ComputeAddress")["codemie-edge"]["subnetworkRef"] == {"name": "codemie-cluster-subnet"}


@pytest.mark.parametrize("more", ["", "infra: {bastion: {desktop: true, machineType: e2-medium}}"])
def test_all_checks_accept_it(more: str) -> None:
    assert not build("prod", MEMBERS + more).errors("bastion", "apis", "vpc")


# The desktop.


def script(it: Infra) -> str | None:
    """Return the machine's startup script."""
    metadata = {item["key"]: item["value"] for item in it.one("ComputeInstance")["metadata"]}
    found: str | None = metadata.get("startup-script")
    return found


def test_a_desktop_is_a_script_that_can_be_changed_later() -> None:
    assert script(private()) is None
    it = private("infra: {bastion: {desktop: true}}")
    assert "metadataStartupScript" not in it.one("ComputeInstance")
    text = script(it)
    assert text is not None
    assert text.startswith("#!/bin/sh\nset -eu\n")
    assert text.endswith("\n")
    shell = shutil.which("sh")
    assert shell is not None
    assert subprocess.run([shell, "-n"], input=text, text=True, check=False, capture_output=True).stderr == ""


# The page.


def test_the_page_has_the_names_that_are_rendered() -> None:
    page = (ROOT / "docs/bastion.md").read_text()
    it = infra("private-high-scale")
    (machine,) = it.all("ComputeInstance")
    assert f"BASTION={machine}" in page
    assert f"PROJECT={it.env.gcp.project}" in page
    assert f"ZONE={it.one('ComputeInstance')['zone']}" in page
    assert f"codemie.{it.env.domain}" in page
    assert set(re.findall(r"`(roles/[A-Za-z.]+)`", page)) >= {
        "roles/iap.tunnelResourceAccessor",
        "roles/compute.osLogin",
        "roles/iam.serviceAccountUser",
        "roles/container.clusterViewer",
    }
