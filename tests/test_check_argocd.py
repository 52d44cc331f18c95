"""Argo CD itself. Each rule: changes of what is rendered that it refuses, with what is printed, and neighbours it accepts."""

import copy
import re
from typing import Any

import msgspec
import pytest
from objects import GONE, put
from product import build

from generator.check import argocd
from generator.check.built import Built
from generator.manifest import Object
from generator.views import findings

URL = "argocd: {clusterAddress: https://gke-0123456789abcdef-100000000003.europe-west3.gke.goog}\n"
SECRET, SERVER = ("Secret", "cluster-codemie-prod"), "/stringData/server"
GATEWAY = "https://connectgateway.googleapis.com/v1/projects/100000000003/locations/global/gkeMemberships/codemie-gke"
MEMBERSHIP = ("GKEHubMembership", "codemie-gke")
ARGO_CD = "argocd.example-codemie-hub.iam.gserviceaccount.com"
PASS, ACT = (("IAMPolicyMember", f"{ARGO_CD}-{role}") for role in ("gkehub-gateway-editor", "container-admin"))
ROOT, INFRA = ("AppProject", "prod-root"), ("AppProject", "prod-infra")

Case = tuple[tuple[str, str], str, Any]


def said(case: Case, more: str = "") -> str:
    """Return what the rules say of prod with one field of one object changed."""
    (kind, name), pointer, value = case
    built = build("prod", more)
    objects = []
    for item in built.objects:
        manifest = copy.deepcopy(item.manifest)
        if (item.id.kind, item.id.name) == (kind, name):
            put(manifest, pointer, value)
        objects.append(Object(item.id, manifest, item.file))
    judged = Built(built.plan, tuple(objects), {})
    told = findings.text(found for rule in argocd.RULES for found in rule(judged))
    return re.sub(r"^templates/\S+: ", "", told, flags=re.MULTILINE)


REFUSED: dict[str, list[tuple[Case, str]]] = {
    "argo_cd_finds_the_cluster": [
        (
            (SECRET, SERVER, GATEWAY.replace("100000000003", "100000000001")),
            "must name the environment's project by gcp.projectNumber (100000000003) [argocd-address]",
        ),
        (
            (SECRET, SERVER, GATEWAY.replace("v1/", "v1beta1/")),
            (
                "must be https://connectgateway.googleapis.com/v1/projects/<number>/locations/<location>/gkeMemberships/<name> "
                "[argocd-address]"
            ),
        ),
        (
            (MEMBERSHIP, "/spec/resourceID", "codemie-gke-2"),
            (
                "no GKEHubMembership codemie-gke in global is rendered: nothing answers there [argocd-address]\n"
                "  hint: unit fleet renders codemie-gke in global; look for a patch of it"
            ),
        ),
        (
            (MEMBERSHIP, "/spec/location", "europe-west3"),
            (
                "no GKEHubMembership codemie-gke in global is rendered: nothing answers there [argocd-address]\n"
                "  hint: unit fleet renders codemie-gke in global; look for a patch of it"
            ),
        ),
    ],
    "argo_cd_may_act_on_the_cluster": [
        (
            (PASS, "/spec/role", "roles/gkehub.gatewayReader"),
            (
                "Argo CD acts there as argocd@example-codemie-hub.iam.gserviceaccount.com, which has no "
                "roles/gkehub.gatewayEditor [argocd-access]\n  hint: unit fleet grants it"
            ),
        ),
        (
            (ACT, "/spec/member", "serviceAccount:argocd@example-codemie-dev.iam.gserviceaccount.com"),
            (
                "Argo CD acts there as argocd@example-codemie-hub.iam.gserviceaccount.com, which has no "
                "roles/container.admin [argocd-access]\n  hint: unit fleet grants it"
            ),
        ),
    ],
    "projects_keep_out_of_argo_cd": [
        (
            (ROOT, "/spec/namespaceResourceWhitelist/0/kind", "AppProject"),
            (
                "AppProject argocd/prod-root: /spec/namespaceResourceWhitelist: the root's project must allow Applications only: "
                "who writes argocd/apps/ could widen a project [argocd-project]"
            ),
        ),
        (
            (ROOT, "/spec/clusterResourceWhitelist", [{"group": "", "kind": "Namespace"}]),
            (
                "AppProject argocd/prod-root: /spec/namespaceResourceWhitelist: the root's project must allow Applications only: "
                "who writes argocd/apps/ could widen a project [argocd-project]"
            ),
        ),
        (
            (INFRA, "/spec/destinations/0/namespace", "argocd"),
            (
                "AppProject argocd/prod-infra: /spec/destinations/0/namespace: must not be Argo CD's namespace: who makes "
                "objects there is its administrator [argocd-project]"
            ),
        ),
        *(
            (
                (INFRA, pointer, "*"),
                f"AppProject argocd/prod-infra: {pointer}: must be a name, not a pattern [argocd-project]",
            )
            for pointer in (
                "/spec/sourceRepos/0",
                "/spec/destinations/0/namespace",
                "/spec/destinations/0/server",
                "/spec/namespaceResourceWhitelist/0/kind",
                "/spec/namespaceResourceWhitelist/0/group",
            )
        ),
    ],
}
ACCEPTED: list[Case] = [
    (MEMBERSHIP, "/spec/description", "x"),
    (PASS, "/spec/role", "roles/gkehub.gatewayAdmin"),
    (ACT, "/spec/role", "roles/container.developer"),
    (ACT, "/spec/role", "projects/example-codemie-prod/roles/argocd"),
    (SECRET, SERVER, "https://gke-0123456789abcdef-100000000003.europe-west3.gke.goog"),
    (SECRET, "/stringData/config", "{"),
    (ROOT, "/spec/clusterResourceWhitelist", GONE),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in argocd.RULES] == list(REFUSED)


@pytest.mark.parametrize(("case", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(case: Case, expected: str) -> None:
    where = "" if expected.startswith("AppProject") else f"Secret argocd/cluster-codemie-prod: {SERVER}: "
    assert said(case) == f"{where}{expected}\n"


@pytest.mark.parametrize("case", ACCEPTED)
def test_it_is_accepted(case: Case) -> None:
    assert not said(case)


def test_by_its_own_address_argo_cd_needs_the_cluster_s_role_only() -> None:
    assert not said((SECRET, "/metadata/name", "x"), URL)
    assert "has no roles/container.admin" in said((ACT, "/spec/role", "roles/viewer"), URL)


def test_a_project_that_makes_cluster_and_way_elsewhere_is_left_alone() -> None:
    built = build("prod")
    plan = msgspec.structs.replace(
        built.plan, units=tuple(unit for unit in built.plan.units if unit.name not in ("gke", "fleet"))
    )
    judged = Built(plan, tuple(item for item in built.objects if "/fleet/" not in item.file), {})
    assert not [found for rule in argocd.RULES for found in rule(judged)]


def test_a_unit_in_argo_cd_s_namespace_would_be_told() -> None:
    """The projects are computed from the units: one that lives there would make them reach it."""
    project = build("prod").one("AppProject", "prod-apps")
    assert "argocd" not in {destination["namespace"] for destination in project["spec"]["destinations"]}
