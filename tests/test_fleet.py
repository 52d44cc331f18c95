"""The way to the workload cluster: a membership of the fleet, and what Argo CD may do, over every way to run it."""

import pytest
from infra import PRIVATE, VARIANTS, Infra, infra
from product import build

URL = "argocd: {clusterAddress: https://gke-0123456789abcdef-100000000001.europe-west3.gke.goog}\n"
IN_CLUSTER = "argocd: {topology: in-cluster}\nexisting: {cluster: {name: tools}}\n"
FOR_PEOPLE = IN_CLUSTER + "infra: {fleet: {enabled: true}}\n"
ARGO_CD = "argocd@example-codemie-hub.iam.gserviceaccount.com"
HUBS = [name for name in VARIANTS if not name.endswith(("in-cluster", "tuned"))]


def roles(of: Infra) -> set[str]:
    """Return what Argo CD may do, once it is sure that it may do it in the environment's project."""
    found = [spec for spec in of.all("IAMPolicyMember").values() if spec.get("member") == f"serviceAccount:{ARGO_CD}"]
    project = {"kind": "Project", "external": f"projects/{of.env.gcp.project}"}
    assert all(spec["resourceRef"] == project and "condition" not in spec for spec in found)
    return {spec["role"] for spec in found}


def memberships(of: Infra) -> dict[str, dict[str, object]]:
    return of.all("GKEHubMembership")


@pytest.mark.parametrize("name", HUBS)
def test_connect_gateway_answers_at_the_membership(name: str) -> None:
    it = infra(name)
    cluster = f"projects/{it.env.gcp.project}/locations/{it.env.gke.location}/clusters/codemie-gke"
    assert memberships(it) == {
        "codemie-gke": {
            "location": "global",
            "endpoint": {"gkeCluster": {"resourceRef": {"name": "codemie-gke"}}},
            "authority": {"issuer": f"https://container.googleapis.com/v1/{cluster}"},
        }
    }
    assert roles(it) == {"roles/gkehub.gatewayEditor", "roles/gkehub.viewer", "roles/container.admin"}
    assert {"gkehub.googleapis.com", "gkeconnect.googleapis.com", "connectgateway.googleapis.com"} <= {
        which for kind, which in it.objects if kind == "Service"
    }


@pytest.mark.parametrize("example", ["dev", "prod"])
def test_by_the_api_server_s_own_address_argo_cd_needs_no_fleet(example: str) -> None:
    it = Infra(example, URL)
    assert memberships(it) == {}
    assert roles(it) == {"roles/container.admin"}


@pytest.mark.parametrize("example", ["dev", "prod"])
def test_with_one_cluster_nothing_is_registered_unless_people_want_it(example: str) -> None:
    assert memberships(Infra(example, IN_CLUSTER)) == {}
    it = Infra(example, FOR_PEOPLE)
    cluster = f"projects/{it.env.gcp.project}/locations/{it.env.gke.location}/clusters/tools"
    assert memberships(it) == {
        "codemie-gke": {
            "location": "global",
            "endpoint": {"gkeCluster": {"resourceRef": {"external": cluster}}},
            "authority": {"issuer": f"https://container.googleapis.com/v1/{cluster}"},
        }
    }
    assert roles(it) == set()
    assert not build(example, FOR_PEOPLE).errors("fleet")


def test_a_cluster_that_is_there_is_registered_too() -> None:
    it = Infra("prod", "existing: {cluster: {name: tools}}\n")
    (membership,) = memberships(it).values()
    assert membership["endpoint"] == {
        "gkeCluster": {
            "resourceRef": {"external": f"projects/{it.env.gcp.project}/locations/europe-west3/clusters/tools"}
        }
    }
    assert roles(it) == {"roles/gkehub.gatewayEditor", "roles/gkehub.viewer", "roles/container.admin"}


def test_another_account_is_another_grant() -> None:
    """A member cannot be changed: its name says whose it is, so that the old one goes and a new one comes."""
    one = infra("private-standard").all("IAMPolicyMember").keys()
    other = Infra(
        "prod", "argocd: {identity: deployer@example-codemie-hub.iam.gserviceaccount.com}", "private, standard"
    )
    gone, come = one - other.all("IAMPolicyMember").keys(), other.all("IAMPolicyMember").keys() - one
    assert {name.removeprefix("argocd.") for name in gone} == {name.removeprefix("deployer.") for name in come}
    assert len(gone) == 3


@pytest.mark.parametrize("name", ["public-small", PRIVATE[0]])
def test_nothing_goes_to_the_cluster_before_argo_cd_reaches_it(name: str) -> None:
    units = {planned.name: planned for planned in infra(name).plan.units}
    assert "fleet" in units["namespaces"].needs
    assert units["namespaces"].wave > units["fleet"].wave > units["gke"].wave
