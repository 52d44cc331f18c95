"""Versions of an API that nobody serves: refused of what is known, and never of what is not."""

import pytest
from objects import made, said, world

from generator.kinds import Kinds
from generator.manifest import Manifest

GIVEN_UP = [
    ("policy/v1beta1", "PodDisruptionBudget", "policy/v1"),
    ("batch/v1beta1", "CronJob", "batch/v1"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "autoscaling/v1 or autoscaling/v2"),
    ("networking.k8s.io/v1beta1", "Ingress", "networking.k8s.io/v1"),
    ("extensions/v1beta1", "Deployment", "apps/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", "flowcontrol.apiserver.k8s.io/v1"),
]
OF_OPERATORS = [
    ("external-secrets.io/v1beta1", "ExternalSecret", "external-secrets.io/v1"),
    ("external-secrets.io/v1", "PushSecret", "external-secrets.io/v1alpha1"),
    ("cert-manager.io/v1alpha2", "Certificate", "cert-manager.io/v1"),
    (
        "elasticsearch.k8s.elastic.co/v1alpha1",
        "Elasticsearch",
        "elasticsearch.k8s.elastic.co/v1 or elasticsearch.k8s.elastic.co/v1beta1",
    ),
    (
        "gateway.networking.k8s.io/v1alpha2",
        "HTTPRoute",
        "gateway.networking.k8s.io/v1 or gateway.networking.k8s.io/v1beta1",
    ),
    ("gateway.networking.k8s.io/v2", "Gateway", "gateway.networking.k8s.io/v1 or gateway.networking.k8s.io/v1beta1"),
]
SERVED = [
    ("policy/v1", "PodDisruptionBudget"),
    ("gateway.networking.k8s.io/v1beta1", "HTTPRoute"),
    ("elasticsearch.k8s.elastic.co/v1beta1", "Elasticsearch"),
    ("external-secrets.io/v1alpha1", "PushSecret"),
    ("autoscaling.k8s.io/v1", "VerticalPodAutoscaler"),
    ("example.com/v1beta1", "Thing"),
]


def told(manifest: Manifest, lab: str = "") -> str:
    """Return what is said of the version of an object beside the good world."""
    found = said(world(manifest), lab=lab).split("\n")
    lines = (index for index, line in enumerate(found) if "[version-unserved]" in line)
    return "\n".join(line for index in lines for line in found[index : index + 2])


@pytest.mark.parametrize(("version", "kind", "instead"), GIVEN_UP)
def test_kubernetes_refuses_what_it_no_longer_serves(version: str, kind: str, instead: str) -> None:
    assert told(made(kind, "x", {}, version)) == (
        f"{kind} codemie/x: /apiVersion: Kubernetes 1.34 does not serve {kind} in {version} [version-unserved]\n"
        f"  hint: write {instead}"
    )


@pytest.mark.parametrize(("version", "kind", "instead"), OF_OPERATORS)
def test_an_operator_refuses_what_it_does_not_serve(version: str, kind: str, instead: str) -> None:
    assert told(made(kind, "x", {}, version)) == (
        f"{kind} codemie/x: /apiVersion: the operator of this kind does not serve {kind} in {version} [version-unserved]\n"
        f"  hint: write {instead}; if your cluster serves it, `codemie-manifests schemas import` takes its CRD"
    )


@pytest.mark.parametrize(("version", "kind"), SERVED)
def test_what_is_served_or_not_known_is_not_refused(version: str, kind: str) -> None:
    assert not told(made(kind, "x", {}, version))


def test_an_older_kubernetes_still_serves_it() -> None:
    flow = made("FlowSchema", "x", {}, "flowcontrol.apiserver.k8s.io/v1beta3")
    assert not told(flow, 'kubernetes: {version: "1.31"}\n')
    assert told(flow, 'kubernetes: {version: "1.32"}\n')


def test_a_kind_that_kubernetes_never_had_is_none_of_its_groups() -> None:
    assert told(made("Deploymint", "x", {}, "apps/v1")).endswith("hint: there is no such kind")


def test_a_contract_of_the_project_makes_a_version_good() -> None:
    own = {"kinds/external-secrets.io/ExternalSecret.yaml": "contract: {v1beta1: {type: object}}\n"}
    assert Kinds(own).contract("external-secrets.io/v1beta1", "ExternalSecret")
    assert Kinds(own).served("external-secrets.io", "ExternalSecret") == ("v1", "v1beta1")
    assert Kinds({}).served("external-secrets.io", "ExternalSecret") == ("v1",)
