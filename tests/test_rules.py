"""Each rule of generator/environment/rules.py: a case it refuses, with the line as printed, and the neighbour it accepts."""

import pytest
from project import load, printed, sources

from generator.environment.rules import RULES
from generator.errors import InputInvalid

LAB = "environments/lab.yaml"
DEFAULTS = "environments/profiles/defaults.yaml"
OPEN_HINT = "list your offices and VPNs; if you mean it, set access.allowWholeInternet: true"
OPEN = f"together these ranges are half of the internet or more [access-open]\n  hint: {OPEN_HINT}\n"
ISSUER_HINT = "ca: a private authority; public-zone: DNS-01 through a public Cloud DNS zone"

REFUSED = {
    "ranges_do_not_overlap": [
        (
            "network: {services: 172.20.128.0/17}\n",
            f"{LAB}:2:11: network.services: overlaps network.pods (172.20.0.0/16, {DEFAULTS}:19) [network-overlap]\n",
        ),
        (
            "network:\n  nodes: 10.20.0.0/20\n  peered:\n    office: 10.20.0.0/28\n",
            f"{LAB}:5:5: network.peered.office: overlaps network.nodes (10.20.0.0/20, {LAB}:3) [network-overlap]\n",
        ),
        (
            "network: {peered: {a: 10.99.0.0/16, b: 10.99.1.0/24}}\n",
            f"{LAB}:2:37: network.peered.b: overlaps network.peered.a (10.99.0.0/16, {LAB}:2) [network-overlap]\n",
        ),
    ],
    "ranges_have_the_size_google_asks_for": [
        ("network: {controlPlane: 10.0.0.0/27}\n", f"{LAB}:2:11: network.controlPlane: must be a /28 [network-size]\n"),
        (
            "network: {proxyOnly: 10.10.16.0/27}\n",
            f"{LAB}:2:11: network.proxyOnly: must be a /26 or larger [network-size]\n",
        ),
    ],
    "access_is_not_open_by_accident": [
        (
            "access:\n  mode: public\n  allowedRanges: {a: [0.0.0.0/1, 128.0.0.0/1]}\n",
            f"{LAB}:4:3: access.allowedRanges: {OPEN}",
        ),
        (
            "access:\n  mode: public\n  allowedRanges: {a: [0.0.0.0/2], b: [192.0.0.0/2]}\n",
            f"{LAB}:4:3: access.allowedRanges: {OPEN}",
        ),
        (
            "access:\n  mode: public\n  allowedRanges: {a: [0.0.0.0/0]}\n",
            f"{LAB}:4:3: access.allowedRanges: {OPEN}",
        ),
        ("access: {webhookRanges: {all: [0.0.0.0/0]}}\n", f"{LAB}:2:10: access.webhookRanges: {OPEN}"),
        (
            "access: {mode: public}\n",
            (
                f"{DEFAULTS}:13:3: access.allowedRanges: is empty: nobody could sign in [access-empty]\n"
                "  hint: name the ranges of your offices and VPNs, e.g. office: [203.0.113.0/24]\n"
            ),
        ),
    ],
    "certificate_source_fits_access": [
        (
            "tls: {source: google-managed}\n",
            (
                f"{LAB}:2:7: tls.source: google-managed works in public only [tls-source]\n"
                "  hint: use secret-manager, or cert-manager with tls.issuer\n"
            ),
        ),
        (
            "tls: {source: cert-manager}\n",
            f"{LAB}:2:1: tls.issuer: is missing for cert-manager in private [tls-issuer]\n  hint: {ISSUER_HINT}\n",
        ),
    ],
    "locations_are_in_the_region": [
        (
            "gcp: {zones: [europe-west3-a, us-east1-b]}\n",
            f"{LAB}:2:31: gcp.zones[1]: is not in gcp.region (europe-west3) [location]\n",
        ),
        (
            "gke: {location: europe-west30}\n",
            f"{LAB}:2:7: gke.location: is not in gcp.region (europe-west3) [location]\n",
        ),
    ],
    "node_pools_can_scale": [
        (
            "gke: {nodePools: {main: {minNodes: 4}}}\n",
            f"{LAB}:2:26: gke.nodePools.main.minNodes: is above maxNodes [node-pool]\n",
        ),
    ],
    "in_cluster_topology_names_its_cluster": [
        (
            "argocd: {topology: in-cluster}\n",
            (
                f"{DEFAULTS}:46:1: existing.cluster: is missing for argocd.topology in-cluster [existing-cluster]\n"
                "  hint: name the GKE cluster that Argo CD and Config Connector run in\n"
            ),
        ),
    ],
}


@pytest.mark.parametrize(("lab", "message"), [case for cases in REFUSED.values() for case in cases])
def test_a_rule_refuses_at_the_line(lab: str, message: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        load(sources(lab))
    assert printed(caught.value) == message


@pytest.mark.parametrize(
    "lab",
    [
        "network: {services: 172.21.128.0/17}\n",
        "network: {peered: {a: 10.99.0.0/17, b: 10.99.128.0/17}}\n",
        "network: {controlPlane: 10.0.0.16/28}\n",
        "network: {proxyOnly: 10.10.16.0/26}\n",
        "access: {mode: public, allowedRanges: {a: [0.0.0.0/2, 64.0.0.0/3, 96.0.0.0/4]}}\n",
        "access: {mode: public, allowedRanges: {a: [0.0.0.0/2], b: [0.0.0.0/2, 10.0.0.0/8]}}\n",
        "access: {mode: public, allowWholeInternet: true, allowedRanges: {a: [0.0.0.0/1, 128.0.0.0/1]}}\n",
        "access: {allowWholeInternet: true, webhookRanges: {all: [0.0.0.0/0]}}\n",
        "access: {mode: public, allowedRanges: {a: [203.0.113.0/24]}}\ntls: {source: google-managed}\n",
        "access: {mode: public, allowedRanges: {a: [203.0.113.0/24]}}\ntls: {source: cert-manager}\n",
        "tls: {source: cert-manager, issuer: ca}\n",
        "gcp: {zones: [europe-west3-a, europe-west3-c]}\ngke: {location: europe-west3-b}\n",
        "gke: {nodePools: {main: {minNodes: 3}}}\n",
        "argocd: {topology: in-cluster}\nexisting: {cluster: management}\n",
    ],
)
def test_its_neighbour_is_accepted(lab: str) -> None:
    assert load(sources(lab)).environment.name == "lab"


def test_all_rules_speak_at_once() -> None:
    with pytest.raises(InputInvalid) as caught:
        load(sources("tls: {source: google-managed}\ngke: {nodePools: {main: {minNodes: 4}}}\n"))
    assert [finding.rule for finding in caught.value.findings] == ["tls-source", "node-pool"]


def test_every_rule_has_a_case_here() -> None:
    assert [rule.__name__ for rule in RULES] == list(REFUSED)
