"""What is public. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

from typing import Any

import pytest
from landing import PUBLIC, google, landing, other, said
from landing import machine as landing_machine
from objects import GONE

from generator.check.network import exposure
from generator.manifest import Manifest

GLOBAL, INTERNAL = "gke-l7-global-external-managed", "gke-l7-rilb"
DNS_ENDPOINT = {"dnsEndpointConfig": {"allowExternalTraffic": True}}
URL = "argocd: {clusterAddress: https://gke-1.europe-west3.gke.goog}\n"


def gateway(name: str, address: str = "codemie-edge") -> Manifest:
    """Return the Gateway, of this class and with this address."""
    spec = {"gatewayClassName": name, "addresses": [{"type": "NamedAddress", "value": address}]}
    return other("gateway.networking.k8s.io/v1", "Gateway", "edge", {"spec": spec})


def service(address: str, *, internal: bool = True) -> Manifest:
    """Return a load balancer with this address."""
    annotations = {"networking.gke.io/load-balancer-ip-addresses": address}
    annotations |= {"networking.gke.io/load-balancer-type": "Internal"} if internal else {}
    spec = {"type": "LoadBalancer", "loadBalancerSourceRanges": ["203.0.113.0/24"], "ports": [{"port": 4222}]}
    made = other("v1", "Service", "nats", {"spec": spec})
    made["metadata"]["annotations"] = annotations
    return made


def machine(**interface: Any) -> Manifest:
    """Return a virtual machine."""
    made = landing_machine()
    made["spec"]["networkInterface"][0] |= interface
    return made


ABROAD = {"/spec/location": "global", "/spec/addressType": "EXTERNAL", "/spec/purpose": GONE}
HERE = {"/spec/addressType": "EXTERNAL", "/spec/purpose": GONE}
OPEN = {"/spec/sourceRanges": ["0.0.0.0/0"], "/spec/allow": [{"protocol": "tcp", "ports": ["8443"]}]}


REFUSED: dict[str, list[tuple[list[Manifest], str, str]]] = {
    "gateways_take_a_fitting_address": [
        (
            landing(gateway(GLOBAL)),
            PUBLIC,
            (
                "ComputeAddress codemie-lab/codemie-edge: /spec/addressType: must be EXTERNAL: Gateway codemie-lab/edge takes it [address-unfit]\n"
                "ComputeAddress codemie-lab/codemie-edge: /spec/location: must be global: Gateway codemie-lab/edge takes it [address-unfit]\n"
            ),
        ),
        (
            landing(gateway(INTERNAL), edge={"/spec/purpose": GONE}),
            "",
            (
                "ComputeAddress codemie-lab/codemie-edge: /spec/purpose: must be SHARED_LOADBALANCER_VIP: Gateway codemie-lab/edge takes it [address-unfit]\n"
            ),
        ),
        (
            landing(gateway(INTERNAL), edge={"/spec/location": "global"}),
            "",
            (
                "ComputeAddress codemie-lab/codemie-edge: /spec/location: must be europe-west3: Gateway codemie-lab/edge takes it [address-unfit]\n"
            ),
        ),
        (
            landing(gateway(INTERNAL, "codemie-egde")),
            "",
            (
                "Gateway codemie-lab/edge: /spec/addresses/0/value: no ComputeAddress of that name is rendered [address-missing]\n"
                "  hint: unit edge-addresses reserves the addresses that others take\n"
            ),
        ),
    ],
    "load_balancers_take_a_fitting_address": [
        (
            landing(service("codemie-edge", internal=False)),
            PUBLIC,
            (
                "ComputeAddress codemie-lab/codemie-edge: /spec/addressType: must be EXTERNAL: Service codemie-lab/nats takes it [address-unfit]\n"
            ),
        ),
        (
            landing(service("codemie-edge"), edge={"/spec/location": "global"}),
            "",
            (
                "ComputeAddress codemie-lab/codemie-edge: /spec/location: must be europe-west3: Service codemie-lab/nats takes it [address-unfit]\n"
            ),
        ),
        (
            landing(service("codemie-nats")),
            "",
            (
                "Service codemie-lab/nats: /metadata/annotations/networking.gke.io~1load-balancer-ip-addresses: no ComputeAddress of that name is rendered [address-missing]\n"
                "  hint: unit edge-addresses reserves the addresses that others take\n"
            ),
        ),
    ],
    "networks_take_a_fitting_address": [
        (
            landing(out={"/spec/location": "global"}),
            "",
            (
                "ComputeAddress codemie-lab/out: /spec/location: must be europe-west3: ComputeRouterNAT codemie-lab/nat takes it [address-unfit]\n"
            ),
        ),
        (
            landing(out={"/spec/addressType": "INTERNAL"}),
            PUBLIC,
            (
                "ComputeAddress codemie-lab/out: /spec/addressType: must be EXTERNAL: ComputeRouterNAT codemie-lab/nat takes it [address-unfit]\n"
            ),
        ),
        (
            landing(peered={"/spec/purpose": GONE}),
            "",
            (
                "ComputeAddress codemie-lab/peered: /spec/purpose: must be VPC_PEERING: ServiceNetworkingConnection codemie-lab/peered takes it [address-unfit]\n"
            ),
        ),
        (
            landing(peered={"/spec/location": "europe-west3"}),
            PUBLIC,
            (
                "ComputeAddress codemie-lab/peered: /spec/location: must be global: ServiceNetworkingConnection codemie-lab/peered takes it [address-unfit]\n"
            ),
        ),
    ],
    "nothing_private_is_public": [
        (
            landing(edge=HERE),
            "",
            (
                "ComputeAddress codemie-lab/codemie-edge: /spec/addressType: must be INTERNAL: only addresses of the NAT are external [private-public]\n"
            ),
        ),
        (
            landing(edge={"/spec/addressType": GONE}),
            "",
            (
                "ComputeAddress codemie-lab/codemie-edge: /spec/addressType: must be INTERNAL: only addresses of the NAT are external [private-public]\n"
            ),
        ),
        (
            landing(zone={"/spec/visibility": GONE, "/spec/dnssecConfig": {"state": "on"}}),
            "",
            ("DNSManagedZone codemie-lab/codemie: /spec/visibility: must be private [private-public]\n"),
        ),
        (
            landing(machine(accessConfig=[])),
            "",
            (
                "ComputeInstance codemie-lab/bastion: /spec/networkInterface/0/accessConfig: must be left out: it is a public address [private-public]\n"
            ),
        ),
        (
            landing(firewall=OPEN),
            "",
            (
                "ComputeFirewall codemie-lab/webhooks: /spec/sourceRanges: must not be the whole internet [private-public]\n"
            ),
        ),
        (
            landing(cluster={"/spec/controlPlaneEndpointsConfig": DNS_ENDPOINT}),
            "",
            (
                "ContainerCluster codemie-lab/codemie-gke: /spec/controlPlaneEndpointsConfig/dnsEndpointConfig/allowExternalTraffic: must be false: Argo CD comes by Connect gateway (argocd.clusterAddress) [private-public]\n"
            ),
        ),
        (
            landing(google("ComputeManagedSSLCertificate", "web", 3, {"projectRef": {"external": "lab-project"}})),
            "",
            (
                "ComputeManagedSSLCertificate codemie-lab/web: /kind: is validated from the internet: certificates of a private environment come from elsewhere [private-public]\n"
            ),
        ),
        (
            landing(gateway(GLOBAL), edge=ABROAD),
            "",
            (
                "ComputeAddress codemie-lab/codemie-edge: /spec/addressType: must be INTERNAL: only addresses of the NAT are external [private-public]\n"
                "Gateway codemie-lab/edge: /spec/gatewayClassName: must be an internal class: gke-l7-rilb [private-public]\n"
            ),
        ),
        (
            landing(service("out", internal=False)),
            "",
            (
                "Service codemie-lab/nats: /metadata/annotations/networking.gke.io~1load-balancer-type: must be Internal [private-public]\n"
            ),
        ),
    ],
}
ACCEPTED: list[tuple[list[Manifest], str]] = [
    (landing(gateway(INTERNAL)), ""),
    (landing(gateway(GLOBAL), edge=ABROAD), PUBLIC),
    (landing(gateway("gke-l7-regional-external-managed")), PUBLIC),
    (landing(service("codemie-edge")), ""),
    (landing(service("codemie-edge", internal=False), edge=HERE), PUBLIC),
    (landing(zone={"/spec/visibility": "public", "/spec/dnssecConfig": {"state": "on"}}), PUBLIC),
    (landing(out={"/spec/addressType": GONE}), ""),
    (landing(machine()), ""),
    (landing(machine(accessConfig=[])), PUBLIC),
    (landing(firewall=OPEN), PUBLIC),
    (landing(firewall={**OPEN, "/spec/direction": "EGRESS"}), ""),
    (landing(cluster={"/spec/controlPlaneEndpointsConfig": DNS_ENDPOINT}), URL),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in exposure.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "lab", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], lab: str, expected: str) -> None:
    assert said(manifests, lab) == expected


@pytest.mark.parametrize(("manifests", "lab"), ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest], lab: str) -> None:
    assert not said(manifests, lab)
