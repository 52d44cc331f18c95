"""References by `external`. Each form: what is refused, with what is printed, and what is taken."""

import re
from collections.abc import Iterator, Mapping

import msgspec
import pytest
import yaml
from landing import google, landing, said
from product import build

from generator.check.google import external
from generator.kinds import Kinds, Reference, names, shipped
from generator.manifest import HUB, Manifest, Object, identify
from lint.variants import VARIANTS

PATH = "projects/lab-project"
CLUSTER = f"{PATH}/locations/europe-west3/clusters/corp-gke"
NETWORK = f"{PATH}/global/networks/corp-vpc"
SUBNETWORK = f"{PATH}/regions/europe-west3/subnetworks/corp-nodes"
KEY = f"{PATH}/locations/europe-west3/keyRings/corp-ring/cryptoKeys/corp-key"
GIVEN = "does not have the form that Config Connector takes here"

REFUSED = [
    (
        landing(pool={"/spec/clusterRef": {"external": CLUSTER}}),
        (
            "ContainerNodePool codemie-lab/main: /spec/clusterRef/external: must be the plain name of the cluster: with a path, the pool is created but stays UpdateFailed [reference-form]\n"
            "  hint: external: <name>\n"
        ),
    ),
    (
        landing(record={"/spec/managedZoneRef": {"external": f"{PATH}/managedZones/corp-zone"}}),
        (
            "DNSRecordSet codemie-lab/codemie: /spec/managedZoneRef/external: must be the plain name of the zone: with a path, no record is ever created [reference-form]\n"
            "  hint: external: <name>\n"
        ),
    ),
    (
        landing(user={"/spec/instanceRef": {"external": f"{PATH}/instances/corp-sql"}}),
        (
            f"SQLUser codemie-lab/codemie: /spec/instanceRef/external: {GIVEN} [reference-form]\n"
            "  hint: external: <name>\n"
        ),
    ),
    (
        landing(router={"/spec/networkRef": {"external": "corp-vpc"}}),
        (
            f"ComputeRouter codemie-lab/router: /spec/networkRef/external: {GIVEN} [reference-form]\n"
            "  hint: external: projects/<project>/global/networks/<name>\n"
        ),
    ),
    (
        landing(nat={"/spec/natIps": [{"external": "203.0.113.4"}]}),
        (
            f"ComputeRouterNAT codemie-lab/nat: /spec/natIps/0/external: {GIVEN} [reference-form]\n"
            "  hint: external: projects/<project>/regions/<region>/addresses/<name>\n"
        ),
    ),
    (
        landing(grant={"/spec/resourceRef": {"kind": "KMSCryptoKey", "external": "corp-key"}}),
        (
            f"IAMPolicyMember codemie-lab/web-identity: /spec/resourceRef/external: {GIVEN} [reference-form]\n"
            "  hint: external: projects/<project>/locations/<location>/keyRings/<ring>/cryptoKeys/<name>\n"
        ),
    ),
    (
        landing(grant={"/spec/resourceRef": {"kind": "StorageBucket", "external": "gs://corp-files/x"}}),
        (
            f"IAMPolicyMember codemie-lab/web-identity: /spec/resourceRef/external: {GIVEN} [reference-form]\n"
            "  hint: external: <name>\n"
        ),
    ),
]


def membership(external: str) -> Manifest:
    """Return the membership of a cluster that is there before us."""
    endpoint = {"gkeCluster": {"resourceRef": {"external": external}}}
    return google("GKEHubMembership", "codemie-gke", 6, {"location": "global", "endpoint": endpoint})


ACCEPTED = [
    landing(pool={"/spec/clusterRef": {"external": "corp-gke"}}),
    landing(membership(CLUSTER)),
    landing(membership(f"//container.googleapis.com/{CLUSTER}")),
    landing(subnet={"/spec/networkRef": {"external": NETWORK}}),
    landing(subnet={"/spec/networkRef": {"external": f"https://www.googleapis.com/compute/v1/{NETWORK}"}}),
    landing(cluster={"/spec/networkRef": {"external": NETWORK}, "/spec/subnetworkRef": {"external": SUBNETWORK}}),
    landing(grant={"/spec/resourceRef": {"kind": "KMSCryptoKey", "external": KEY}}),
    landing(grant={"/spec/resourceRef": {"kind": "DNSManagedZone", "external": f"{PATH}/managedZones/corp-zone"}}),
    landing(grant={"/spec/resourceRef": {"kind": "Project", "external": PATH}}),
    landing(pool={"/spec/somethingRef": {"external": "of a field that nothing is known of"}}),
]


@pytest.mark.parametrize(("manifests", "expected"), REFUSED)
def test_another_form_is_refused(manifests: list[Manifest], expected: str) -> None:
    assert forms(said(manifests)) == expected


@pytest.mark.parametrize("manifests", ACCEPTED)
def test_the_form_that_the_field_takes_is_accepted(manifests: list[Manifest]) -> None:
    assert not forms(said(manifests))


def forms(text: str) -> str:
    """Return what is said of forms: a cluster that nothing renders leaves others without what they wait for."""
    return "".join(re.findall(r"(?m)^.*\[reference-form\]\n(?:  hint: .*\n)?", text))


def told() -> Iterator[tuple[str, Reference]]:
    """Yield where something is named by `external`, and where that leads."""
    for name in names():
        group, _, kind = name.partition("/")
        for path, leads in Kinds({}).references(group, kind).items():
            if leads.external:
                yield f"{kind} {path}", leads
        if (policy := shipped(name).iam_policy) and policy.external:
            yield f"grant on {kind}", msgspec.structs.replace(policy, to=kind)


@pytest.mark.parametrize("leads", [leads for _, leads in told()], ids=[name for name, _ in told()])
def test_the_form_that_a_hint_shows_is_taken(leads: Reference) -> None:
    assert leads.source
    form = Kinds({}).form(leads.to, leads.external)
    assert form
    assert form.takes(re.sub(r"<[^>]+>", "one", form.shown))


@pytest.mark.parametrize("name", VARIANTS)
def test_of_every_reference_that_is_rendered_the_form_is_known(name: str) -> None:
    variant = VARIANTS[name]
    kinds = Kinds({})
    found = [
        (reference, external.accepted_form(kinds, item, reference))
        for item in google_objects(build(variant.example, variant.more, variant.profiles).files)
        for reference in external.external_references(item)
    ]
    assert [reference for reference, known in found if not (known and known.form.takes(reference.text))] == []
    assert len(found) > 10


def google_objects(files: Mapping[str, str]) -> Iterator[Object]:
    """Yield the Config Connector objects of a tree, as they are written: kustomize changes none of their references."""
    for path, text in files.items():
        if ".cnrm.cloud.google.com/" in text:
            for manifest in yaml.load_all(text, yaml.CSafeLoader):
                if ".cnrm.cloud.google.com/" in str((manifest or {}).get("apiVersion")):
                    yield Object(identify(manifest, HUB), manifest, path)
