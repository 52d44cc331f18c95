"""What is there already: referred to, nothing of it is rendered; taken over, it is ours under its own name."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from command import ROOT
from product import Built, build, container

from generator.errors import InputInvalid
from generator.kinds import Kinds
from generator.manifest import Manifest, Object
from generator.review import Action, Impact, review
from generator.views import findings
from generator.views.review import text
from lint.variants import ADOPTED, KUBE_DNS, OWN_LIST, THERE

KINDS = {
    # what is named in `existing`, and the name it has there
    "ComputeNetwork": "corp-vpc",
    "DNSManagedZone": "corp-zone",
    "ContainerCluster": "corp-gke",
    "KMSKeyRing": "corp-ring",
    "SQLInstance": "corp-sql",
}
ONE_PER_NETWORK = ("ComputeRouter", "ComputeRouterNAT", "ServiceNetworkingConnection", "DNSPolicy")


def google(it: Built) -> dict[tuple[str, str], Manifest]:
    return {
        (item.id.kind, item.id.name): item.manifest
        for item in it.objects
        if item.id.group.endswith(".cnrm.cloud.google.com") and not item.id.group.startswith("core.")
    }


def texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            yield from texts(item)
    elif isinstance(node, str):
        yield node


@pytest.mark.parametrize("example", ["dev", "prod"])
def test_of_what_is_referred_to_nothing_is_rendered(example: str) -> None:
    it = build(example, THERE + OWN_LIST + KUBE_DNS)
    objects = google(it)
    kinds = {kind for kind, _ in objects}
    assert not kinds & ({*KINDS, *ONE_PER_NETWORK, "ComputeSubnetwork", "GKEBackupBackupPlan"} - {"DNSManagedZone"})
    assert [name for kind, name in objects if kind == "DNSManagedZone"] == ["codemie-googleapis"]
    assert {name for kind, name in objects if kind == "KMSCryptoKey"} == {"gke", "disks"}
    assert ("StorageBucket", "codemie-files") not in objects
    assert it.verdict.findings == ()


@pytest.mark.parametrize("example", ["dev", "prod"])
def test_others_name_it_by_its_own_name(example: str) -> None:
    it = build(example, THERE)
    said = {text for manifest in google(it).values() for text in texts(manifest["spec"])}
    project, region = it.plan.environment.gcp.project, "europe-west3"
    ring = f"projects/{project}/locations/{region}/keyRings/corp-ring"
    location = it.plan.environment.gke.location
    assert said >= {
        f"projects/{project}/global/networks/corp-vpc",
        "corp-zone",
        "corp-gke",
        f"projects/{project}/locations/{location}/clusters/corp-gke",
        ring,
        f"{ring}/cryptoKeys/corp-key",
        "corp-sql",
        "corp-files",
    }
    ours = re.compile(r"codemie-(cluster-network|cluster-subnet|gke|postgresql|private-services)|codemie-(dev|prod)")
    assert [text for text in sorted(said) if ours.fullmatch(text)] == []


def test_workloads_use_it_by_its_own_name() -> None:
    for more in (THERE, ADOPTED):
        it = build("prod", more)
        api = it.one("Deployment", "codemie")
        variables = {item["name"]: item.get("value") for item in container(api)["env"]}
        assert variables["GOOGLE_KMS_KEY_RING"] == "corp-ring"
        assert variables["GOOGLE_KMS_CRYPTO_KEY"] == "corp-key"
        assert variables["CODEMIE_STORAGE_BUCKET_NAME"] == "corp-files"
        assert "example-codemie-prod:europe-west3:corp-sql" in set(texts(api))
        for store in it.of("SecretStore"):
            identity = store["spec"]["provider"].get("gcpsm", {}).get("auth", {}).get("workloadIdentity", {})
            assert identity.get("clusterName", "corp-gke") == "corp-gke"


@pytest.mark.parametrize("example", ["dev", "prod"])
def test_what_is_taken_over_is_our_object_under_its_name(example: str) -> None:
    it, ours = build(example, ADOPTED + KUBE_DNS), google(build(example))
    objects = google(it)
    gone = set(ours) - set(objects)
    assert {kind for kind, _ in gone} <= {*ONE_PER_NETWORK, "ComputeAddress", "ComputeSubnetwork", "IAMPolicyMember"}
    assert ("ComputeSubnetwork", "codemie-cluster-subnet") not in gone
    for kind, name in KINDS.items():
        (found,) = [m for (k, n), m in objects.items() if k == kind and n != "codemie-googleapis"]
        assert found["spec"]["resourceID"] == name
        assert found["metadata"]["annotations"]["cnrm.cloud.google.com/deletion-policy"] == "abandon"
    assert objects["KMSCryptoKey", "codemie"]["spec"]["resourceID"] == "corp-key"
    assert objects["StorageBucket", "codemie-files"]["spec"]["resourceID"] == "corp-files"
    assert "resourceID" not in objects["KMSCryptoKey", "gke"]["spec"]
    assert it.verdict.findings == ()


def test_to_take_over_or_to_let_go_changes_nothing_else() -> None:
    """References cannot be changed, nor from a name to what is external: the sync would be refused."""
    for example in ("dev", "prod"):
        referenced, adopted = google(build(example, THERE)), google(build(example, ADOPTED))
        assert {key for key in referenced.keys() & adopted.keys() if referenced[key] != adopted[key]} <= {
            ("ContainerCluster", "codemie-gke"),  # its own
        }
        assert not referenced.keys() - adopted.keys()


@pytest.mark.parametrize("example", ["dev", "prod"])
def test_the_review_tells_what_is_taken_over_from_what_is_made(example: str) -> None:
    ours, there, adopted = (build(example, more).objects for more in ("", THERE, ADOPTED))
    assert {kind for kind, _ in taken_over(there, adopted)} == {
        *KINDS,
        "ComputeSubnetwork",
        "KMSCryptoKey",
        "StorageBucket",
    }
    assert taken_over((), adopted) == taken_over(there, adopted)  # a new environment
    assert taken_over((), ours) == taken_over((), there) == set()
    shown = text.text([review("test", (), adopted, Kinds({}))], 100)
    assert "new environment, 4 AppProjects added: " in " ".join(shown.split())


def taken_over(before: Iterable[Object], after: Iterable[Object]) -> set[tuple[str, str]]:
    changes = review("test", before, after, Kinds({})).changes
    return {(change.id.kind, change.id.name) for change in changes if change.action is Action.ADOPT}


def test_what_is_let_go_is_left_behind_and_not_deleted() -> None:
    changes = review("test", build("prod", ADOPTED).objects, build("prod", THERE).objects, Kinds({})).changes
    gone = {(change.id.kind, change.impact) for change in changes if change.action is Action.REMOVE}
    assert gone >= {(kind, Impact.ORPHAN) for kind in (*KINDS, "ComputeSubnetwork", "KMSCryptoKey", "StorageBucket")}
    assert {impact for _, impact in gone} == {Impact.ORPHAN}


def test_the_page_shows_what_the_review_says() -> None:
    adopted = THERE.replace("{name: corp-sql}\n", "{name: corp-sql, adopt: true}\n")
    found = review("prod", build("prod", THERE).objects, build("prod", adopted).objects, Kinds({}))
    page = (ROOT / "docs/adopting.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```\n(data-loss .*?)```", page, re.DOTALL)
    assert set(shown.splitlines()) <= set(text.text([found], 100).splitlines())


def test_a_grant_on_something_else_is_another_grant() -> None:
    """A grant cannot be changed: under the same name the sync would be refused, and the old one stay."""
    for example in ("dev", "prod"):
        builds = [google(build(example, more)) for more in ("", THERE, ADOPTED, THERE.replace("corp-", "other-"))]
        for one in builds:
            for other in builds:
                for key in one.keys() & other.keys():
                    assert key[0] != "IAMPolicyMember" or one[key]["spec"] == other[key]["spec"], key


def test_a_cluster_that_is_let_go_keeps_its_keys() -> None:
    """The object goes, the cluster stays: without these grants neither Secrets nor disks could be read."""
    it = build("prod", "infra: {gke: {encryptDisks: true}}\n")
    for agent, key in (("gke", "gke"), ("compute", "disks")):
        grant = it.one("IAMPolicyMember", f"codemie-{agent}-agent-cryptokey-encrypter-decrypter-{key}")
        annotations = grant["metadata"]["annotations"]
        assert annotations["cnrm.cloud.google.com/deletion-policy"] == "abandon"
        assert annotations["argocd.argoproj.io/sync-options"] == "Prune=confirm,Delete=confirm,PruneLast=true"


def test_nothing_there_says_no_other_name() -> None:
    named = [key for key, item in google(build("prod")).items() if "resourceID" in item["spec"]]
    assert {kind for kind, _ in named} == {
        "IAMCustomRole",
        "SQLDatabase",
        "SQLUser",
        "Service",
        "ServiceIdentity",
        "StorageBucket",
    }


def test_a_bucket_that_no_unit_has_is_a_slip() -> None:
    with pytest.raises(InputInvalid) as caught:
        build("prod", "existing: {buckets: {flies: {name: corp-files}}}\n")
    said = findings.text(caught.value.findings)
    assert "existing.buckets.flies: no unit has a bucket for this [existing-bucket]" in said
    assert "hint: there are: elasticsearch-snapshots, files, keycloak-dumps" in said


def test_an_instance_may_leave_its_range_to_google() -> None:
    network = "existing: {network: {name: corp, subnetwork: nodes, pods: a, services: b}}\n"
    spec = google(build("prod", network))["SQLInstance", "codemie-postgresql"]["spec"]
    assert "allocatedIpRange" not in spec["settings"]["ipConfiguration"]
    assert build("prod", network).verdict.findings == ()
