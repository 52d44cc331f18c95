"""Whose the base domain is, and which DNS a cluster of others has."""

import pytest
from project import load, printed, sources

from generator.errors import InputInvalid
from generator.views import findings

OWN = "  hint: use a domain that you own, or a part of one, such as codemie.example.com\n"
LAB = "environments/lab.yaml"
PUBLIC = (
    "access: {mode: public, allowedRanges: {a: [203.0.113.0/24]}}\n"
    "dns: {visibility: public}\ntls: {source: secret-manager}\n"
)
HIDES = "belongs to Google: a zone of it would hide Google's own names from the VPC"
MACHINES = "belongs to Google: Compute Engine names virtual machines in it"
NAMES = "belongs to Kubernetes: in the cluster its names are those of Services"
UNSAID = (
    "is missing: whoever made the cluster in existing.cluster chose its DNS, so policies let pods ask any [cluster-dns]\n"
    "  hint: kube-dns, node-local (kubectl get daemonset node-local-dns -n kube-system finds it) or cloud-dns\n"
)


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ("cluster.local", f"cluster.local {NAMES}"),
        ("codemie.svc.cluster.local", f"cluster.local {NAMES}"),
        ("codemie.svc", f"svc {NAMES}"),
        ("googleapis.com", f"googleapis.com {HIDES}"),
        ("codemie.run.app", f"run.app {HIDES}"),
        ("eu.gcr.io", f"gcr.io {HIDES}"),
        ("europe-docker.pkg.dev", f"pkg.dev {HIDES}"),
        ("cloud.google.com", f"google.com {HIDES}"),
        ("us.gke.goog", f"goog {HIDES}"),
        ("metadata.google.internal", f"google.internal {HIDES}"),
        ("c.lab-project.internal", MACHINES),
        ("europe-west3-a.c.other.internal", MACHINES),
        ("lab-project.internal", MACHINES),
        ("app.localhost", "localhost is reserved: resolvers never ask a zone for it"),
        ("app.invalid", "invalid is reserved: resolvers never ask a zone for it"),
    ],
)
def test_a_domain_of_kubernetes_or_google_or_nobody_is_refused(domain: str, message: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        load(sources(f"domain: {domain}\n"))
    assert printed(caught.value) == f"{LAB}:2:1: domain: {message} [domain]\n{OWN}"


@pytest.mark.parametrize("top", ["internal", "local", "corp", "home.arpa"])
def test_a_domain_for_private_use_has_no_public_zone(top: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        load(sources(f"domain: codemie.{top}\n{PUBLIC}"))
    assert f"{LAB}:2:1: domain: {top} is for private use only: nobody can have a public zone of it [domain]" in printed(
        caught.value
    )


def test_a_domain_of_tests_in_public_is_a_warning_and_one_of_documents_is_none() -> None:
    assert findings.text(load(sources(f"domain: codemie.test\n{PUBLIC}")).warnings) == (
        f"warning: {LAB}:2:1: domain: test is for private use only: nobody can have a public zone of it [domain]\n{OWN}"
    )
    assert not load(sources(f"domain: codemie.example\n{PUBLIC}")).warnings


def test_a_domain_for_private_use_has_no_public_certificate() -> None:
    with pytest.raises(InputInvalid) as caught:
        load(sources("domain: codemie.internal\ntls: {source: cert-manager, issuer: public-zone}\n"))
    assert printed(caught.value) == (
        f"{LAB}:2:1: domain: internal is for private use only: nobody can have a public certificate of it [domain]\n{OWN}"
    )


@pytest.mark.parametrize(
    "domain",
    [
        "example.com",
        "mycluster.local.example.com",
        "internal.example.com",
        "c.lab.internal.example.com",
        "notgoogle.com",
        "mypkg.dev",
        "codemie.app",
        "corp.internal",
        "codemie.test",
        "codemie.home.arpa",
    ],
)
def test_another_domain_is_taken_in_private(domain: str) -> None:
    assert load(sources(f"domain: {domain}\n")).warnings == ()


def test_a_domain_of_multicast_dns_is_a_warning() -> None:
    assert findings.text(load(sources("domain: corp.local\n")).warnings) == (
        f"warning: {LAB}:2:1: domain: local belongs to multicast DNS: many machines ask their neighbours for it, "
        "and not the zone [domain]\n  hint: a domain of your own always works\n"
    )


@pytest.mark.parametrize("adopt", ["", ", adopt: true"])
def test_the_dns_of_a_cluster_of_others_is_to_be_said(adopt: str) -> None:
    lab = f"existing: {{cluster: {{name: corp-gke{adopt}}}}}\ngke: {{dns: null}}\n"
    assert findings.text(load(sources(lab)).warnings) == f"warning: {LAB}:3:1: gke.dns: {UNSAID}"
    assert load(sources(lab.replace("null", "node-local"))).warnings == ()
    assert load(sources("gke: {dns: null}\n")).warnings == ()


@pytest.mark.parametrize("key", ["gcp: {project", "configConnector: {hubProject"])
def test_a_domain_scoped_project_is_refused_by_name(key: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        load(sources(f"{key}: 'example.com:lab-project'}}\n"))
    assert "domain-scoped ids (example.com:lab) are not supported" in printed(caught.value)
