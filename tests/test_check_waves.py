"""Order among resources. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

import pytest
from landing import WAVE_AT, google, landing, said
from objects import GONE

from generator.check.google import waves
from generator.manifest import Manifest


def grant(kind: str, name: str) -> Manifest:
    """Return a grant on a resource."""
    spec = {"role": "roles/viewer", "member": "group:team@example.com", "resourceRef": {"kind": kind, "name": name}}
    return google("IAMPolicyMember", "viewer", 6, spec)


AGENT = {"kind": "KMSCryptoKey", "name": "gke-secrets"}
USE_OF_KEY = google(
    "IAMPolicyMember",
    "agent",
    6,
    {
        "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        "member": "serviceAccount:service-1@container-engine-robot.iam.gserviceaccount.com",
        "resourceRef": AGENT,
    },
)


REFUSED: dict[str, list[tuple[list[Manifest], dict[str, tuple[str, ...]], str]]] = {
    "google_references_resolve": [
        (
            landing(router={"/spec/networkRef/name": "nett"}),
            {},
            (
                "ComputeRouter codemie-lab/router: /spec/networkRef/name: ComputeNetwork nett is not rendered in this namespace [reference-missing]\n"
                "  hint: there are: net; what is elsewhere is named by `external`\n"
            ),
        ),
        (
            landing(nat={"/spec/natIps/0/name": "peerd"}),
            {},
            (
                "ComputeAddress codemie-lab/out: /spec/addressType: must be INTERNAL: only addresses of the NAT are external [private-public]\n"
                "ComputeRouterNAT codemie-lab/nat: /spec/natIps/0/name: ComputeAddress peerd is not rendered in this namespace [reference-missing]\n"
                "  hint: there are: codemie-edge, out, peered; what is elsewhere is named by `external`\n"
            ),
        ),
        (
            landing(record={"/spec/rrdatasRefs/0/kind": "ComputeForwardingRule"}),
            {},
            ("DNSRecordSet codemie-lab/codemie: /spec/rrdatasRefs/0/kind: must be ComputeAddress [reference-kind]\n"),
        ),
        (
            landing(user={"/spec/instanceRef": {"name": "codemie-postgresql", "namespace": "elsewhere"}}),
            {},
            (
                "SQLUser codemie-lab/codemie: /spec/instanceRef/name: SQLInstance codemie-postgresql is not rendered in this namespace [reference-missing]\n"
                "  hint: there are: codemie-postgresql; what is elsewhere is named by `external`\n"
            ),
        ),
        (
            landing(grant("ContainerCluster", "codemie-gke")),
            {},
            (
                "IAMPolicyMember codemie-lab/viewer: /spec/resourceRef/kind: must be a kind that has an IAM policy of its own [reference-kind]\n"
                "  hint: grant on the Project, with a condition on the resource's name\n"
            ),
        ),
        (
            landing(grant("KMSCryptoKey", "gke-secret")),
            {},
            (
                "IAMPolicyMember codemie-lab/viewer: /spec/resourceRef/name: KMSCryptoKey gke-secret is not rendered in this namespace [reference-missing]\n"
                "  hint: there are: gke-secrets; what is elsewhere is named by `external`\n"
            ),
        ),
        (
            landing(pool={"/spec/nodeConfig/serviceAccountRef/name": "codemie-node"}),
            {},
            (
                "ContainerNodePool codemie-lab/main: /spec/nodeConfig/serviceAccountRef/name: IAMServiceAccount codemie-node is not rendered in this namespace [reference-missing]\n"
                "  hint: there are: codemie-nodes; what is elsewhere is named by `external`\n"
            ),
        ),
        (
            landing(google("ComputeAddress", "odd", 3, {"addressType": "INTERNAL", "oddRef": {"name": "nothing"}})),
            {},
            (
                "ComputeAddress codemie-lab/odd: /spec/oddRef/name: object nothing is not rendered in this namespace [reference-missing]\n"
                "  hint: there are: none; what is elsewhere is named by `external`\n"
            ),
        ),
    ],
    "names_in_plain_text_resolve": [
        (
            landing(instance={"/spec/settings/ipConfiguration/allocatedIpRange": "peerd"}),
            {},
            (
                "SQLInstance codemie-lab/codemie-postgresql: /spec/settings/ipConfiguration/allocatedIpRange: ComputeAddress peerd is not rendered [reference-missing]\n"
                "  hint: there are: codemie-edge, out, peered\n"
            ),
        ),
        (
            landing(cluster={"/spec/ipAllocationPolicy/clusterSecondaryRangeName": "pod"}),
            {},
            (
                "ContainerCluster codemie-lab/codemie-gke: /spec/ipAllocationPolicy/clusterSecondaryRangeName: ComputeSubnetwork codemie-lab/nodes has no secondary range pod [reference-missing]\n"
                "  hint: it has: pods, services\n"
            ),
        ),
    ],
    "what_is_named_is_ready_before": [
        (
            landing(router={WAVE_AT: "1"}),
            {},
            (
                "ComputeRouter codemie-lab/router: /spec/networkRef/name: must come after ComputeNetwork codemie-lab/net: its waves (Application, object) are (1, 1), these (1, 1) [reference-wave]\n"
                "  hint: give what is named a lower sync-wave, or let its unit come first by `needs`\n"
            ),
        ),
        (
            landing(network={WAVE_AT: GONE}, router={WAVE_AT: "-1"}),
            {},
            (
                "ComputeRouter codemie-lab/router: /spec/networkRef/name: must come after ComputeNetwork codemie-lab/net: its waves (Application, object) are (1, 0), these (1, -1) [reference-wave]\n"
                "  hint: give what is named a lower sync-wave, or let its unit come first by `needs`\n"
            ),
        ),
        (
            landing(connection={WAVE_AT: "5"}),
            {"cloud-sql": ("apis",)},
            (
                "SQLInstance codemie-lab/codemie-postgresql: /spec/settings/ipConfiguration/allocatedIpRange: names ComputeAddress codemie-lab/peered of unit vpc, which cloud-sql does not need [reference-needs]\n"
                "  hint: add vpc to `needs` of cloud-sql\n"
                "SQLInstance codemie-lab/codemie-postgresql: /spec/settings/ipConfiguration/privateNetworkRef: must come after ServiceNetworkingConnection codemie-lab/peered: its waves (Application, object) are (1, 5), these (1, 4) [reference-wave]\n"
                "  hint: give what is named a lower sync-wave, or let its unit come first by `needs`\n"
                "SQLInstance codemie-lab/codemie-postgresql: /spec/settings/ipConfiguration/privateNetworkRef: names ServiceNetworkingConnection codemie-lab/peered of unit vpc, which cloud-sql does not need [reference-needs]\n"
                "  hint: add vpc to `needs` of cloud-sql\n"
                "SQLInstance codemie-lab/codemie-postgresql: /spec/settings/ipConfiguration/privateNetworkRef/name: names ComputeNetwork codemie-lab/net of unit vpc, which cloud-sql does not need [reference-needs]\n"
                "  hint: add vpc to `needs` of cloud-sql\n"
            ),
        ),
        (
            landing(connection={WAVE_AT: "3"}),
            {"memorystore": ("apis",)},
            (
                "RedisInstance codemie-lab/codemie-redis: /spec/authorizedNetworkRef: names ServiceNetworkingConnection codemie-lab/peered of unit vpc, which memorystore does not need [reference-needs]\n"
                "  hint: add vpc to `needs` of memorystore\n"
                "RedisInstance codemie-lab/codemie-redis: /spec/authorizedNetworkRef/name: names ComputeNetwork codemie-lab/net of unit vpc, which memorystore does not need [reference-needs]\n"
                "  hint: add vpc to `needs` of memorystore\n"
            ),
        ),
        (
            landing(password={WAVE_AT: "5"}),
            {},
            (
                "SQLUser codemie-lab/codemie: /spec/password/valueFrom/secretKeyRef/name: must come after ExternalSecret codemie-lab/database-codemie: its waves (Application, object) are (2, 5), these (2, 5) [reference-wave]\n"
                "  hint: give what is named a lower sync-wave, or let its unit come first by `needs`\n"
            ),
        ),
        (
            landing(USE_OF_KEY),
            {"workload-identity": ("iam", "kms", "vpc")},
            (
                "ContainerCluster codemie-lab/codemie-gke: /spec/databaseEncryption/keyName: must come after IAMPolicyMember codemie-lab/agent: its waves (Application, object) are (2, 6), these (2, 4) [reference-wave]\n"
                "  hint: give what is named a lower sync-wave, or let its unit come first by `needs`\n"
                "ContainerCluster codemie-lab/codemie-gke: /spec/databaseEncryption/keyName: names IAMPolicyMember codemie-lab/agent of unit workload-identity, which gke does not need [reference-needs]\n"
                "  hint: add workload-identity to `needs` of gke\n"
                "IAMPolicyMember codemie-lab/web-identity: /spec/member: names ContainerCluster codemie-lab/codemie-gke of unit gke, which workload-identity does not need [reference-needs]\n"
                "  hint: add gke to `needs` of workload-identity\n"
            ),
        ),
        (
            landing(cluster={WAVE_AT: "6"}),
            {"workload-identity": ("iam", "kms", "vpc")},
            (
                "ContainerNodePool codemie-lab/main: /spec/clusterRef/name: must come after ContainerCluster codemie-lab/codemie-gke: its waves (Application, object) are (2, 6), these (2, 5) [reference-wave]\n"
                "  hint: give what is named a lower sync-wave, or let its unit come first by `needs`\n"
                "IAMPolicyMember codemie-lab/web-identity: /spec/member: must come after ContainerCluster codemie-lab/codemie-gke: its waves (Application, object) are (2, 6), these (2, 5) [reference-wave]\n"
                "  hint: give what is named a lower sync-wave, or let its unit come first by `needs`\n"
                "IAMPolicyMember codemie-lab/web-identity: /spec/member: names ContainerCluster codemie-lab/codemie-gke of unit gke, which workload-identity does not need [reference-needs]\n"
                "  hint: add gke to `needs` of workload-identity\n"
            ),
        ),
        (
            landing(edge={WAVE_AT: "9"}),
            {"edge-addresses": ()},
            (
                "DNSManagedZone codemie-lab/codemie: /spec/privateVisibilityConfig/networks/0/networkRef/name: names ComputeNetwork codemie-lab/net of unit vpc, which dns does not need [reference-needs]\n"
                "  hint: add vpc to `needs` of dns\n"
                "ComputeAddress codemie-lab/codemie-edge: /spec/subnetworkRef/name: must come after ComputeSubnetwork codemie-lab/nodes: its waves (Application, object) are (1, 2), these (0, 9) [reference-wave]\n"
                "  hint: give what is named a lower sync-wave, or let its unit come first by `needs`\n"
                "ComputeAddress codemie-lab/codemie-edge: /spec/subnetworkRef/name: names ComputeSubnetwork codemie-lab/nodes of unit vpc, which edge-addresses does not need [reference-needs]\n"
                "  hint: add vpc to `needs` of edge-addresses\n"
            ),
        ),
    ],
    "units_need_what_their_objects_name": [
        (
            landing(),
            {"dns": ("vpc",), "edge-addresses": ()},
            (
                "DNSRecordSet codemie-lab/codemie: /spec/rrdatasRefs/0/name: names ComputeAddress codemie-lab/codemie-edge of unit edge-addresses, which dns does not need [reference-needs]\n"
                "  hint: add edge-addresses to `needs` of dns\n"
                "ComputeAddress codemie-lab/codemie-edge: /spec/subnetworkRef/name: must come after ComputeSubnetwork codemie-lab/nodes: its waves (Application, object) are (1, 2), these (0, 2) [reference-wave]\n"
                "  hint: give what is named a lower sync-wave, or let its unit come first by `needs`\n"
                "ComputeAddress codemie-lab/codemie-edge: /spec/subnetworkRef/name: names ComputeSubnetwork codemie-lab/nodes of unit vpc, which edge-addresses does not need [reference-needs]\n"
                "  hint: add vpc to `needs` of edge-addresses\n"
            ),
        ),
        (
            landing(),
            {"workload-identity": ("gke",), "gke": ("kms", "vpc"), "vpc": ("apis",)},
            (
                "ContainerNodePool codemie-lab/main: /spec/nodeConfig/serviceAccountRef/name: names IAMServiceAccount codemie-lab/codemie-nodes of unit iam, which gke does not need [reference-needs]\n"
                "  hint: add iam to `needs` of gke\n"
                "IAMPolicyMember codemie-lab/web-identity: /spec/resourceRef/name: names IAMServiceAccount codemie-lab/codemie-nodes of unit iam, which workload-identity does not need [reference-needs]\n"
                "  hint: add iam to `needs` of workload-identity\n"
            ),
        ),
    ],
    "references_go_in_no_circle": [
        (
            landing(network={"/spec/routerRef": {"name": "router"}}),
            {},
            (
                "ComputeNetwork codemie-lab/net: /spec/routerRef/name: forms a cycle: ComputeNetwork codemie-lab/net → ComputeRouter codemie-lab/router → ComputeNetwork codemie-lab/net [reference-circle]\n"
                "  hint: take one of the references out\n"
                "ComputeNetwork codemie-lab/net: /spec/routerRef/name: must come after ComputeRouter codemie-lab/router: its waves (Application, object) are (1, 2), these (1, 1) [reference-wave]\n"
                "  hint: give what is named a lower sync-wave, or let its unit come first by `needs`\n"
            ),
        ),
        (
            landing(account={"/spec/serviceAccountRef": {"name": "codemie-nodes"}}),
            {},
            (
                "IAMServiceAccount codemie-lab/codemie-nodes: /spec/serviceAccountRef/name: forms a cycle: IAMServiceAccount codemie-lab/codemie-nodes → IAMServiceAccount codemie-lab/codemie-nodes [reference-circle]\n"
                "  hint: take one of the references out\n"
                "IAMServiceAccount codemie-lab/codemie-nodes: /spec/serviceAccountRef/name: must come after IAMServiceAccount codemie-lab/codemie-nodes: its waves (Application, object) are (1, 1), these (1, 1) [reference-wave]\n"
                "  hint: give what is named a lower sync-wave, or let its unit come first by `needs`\n"
            ),
        ),
    ],
    "waves_are_whole_numbers": [
        (
            landing(bucket={WAVE_AT: "two"}),
            {},
            (
                "StorageBucket codemie-lab/dumps: /metadata/annotations/argocd.argoproj.io~1sync-wave: must be a whole number in quotes [wave-number]\n"
            ),
        ),
        (
            landing(bucket={WAVE_AT: "1.5"}),
            {},
            (
                "StorageBucket codemie-lab/dumps: /metadata/annotations/argocd.argoproj.io~1sync-wave: must be a whole number in quotes [wave-number]\n"
            ),
        ),
    ],
}
ACCEPTED: list[tuple[list[Manifest], dict[str, tuple[str, ...]]]] = [
    (landing(), {}),
    (landing(router={"/spec/networkRef": {"external": "projects/lab-project/global/networks/other"}}), {}),
    (landing(grant("KMSCryptoKey", "gke-secrets"), bucket={WAVE_AT: "-3"}), {}),
    (landing(nat={"/spec/drainNatIps": [{"external": "projects/lab-project/regions/europe-west3/addresses/old"}]}), {}),
    (
        landing(
            peered={"/spec/resourceID": "range"}, instance={"/spec/settings/ipConfiguration/allocatedIpRange": "range"}
        ),
        {},
    ),
    (
        landing(cluster={"/spec/databaseEncryption/keyName": "projects/keys/locations/europe/keyRings/r/cryptoKeys/k"}),
        {},
    ),
    (landing(user={"/spec/password/valueFrom/secretKeyRef": GONE}), {}),
    (
        landing(
            google("GKEHubMembership", "lab", 6, {"endpoint": {"gkeCluster": {"resourceRef": {"name": "codemie-gke"}}}})
        ),
        {},
    ),
    (landing(pool={WAVE_AT: "5"}, grant={WAVE_AT: "-2"}), {}),
    (landing(key={WAVE_AT: "7"}), {}),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in waves.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "needs", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], needs: dict[str, tuple[str, ...]], expected: str) -> None:
    assert said(manifests, needs=needs) == expected


@pytest.mark.parametrize(("manifests", "needs"), ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest], needs: dict[str, tuple[str, ...]]) -> None:
    assert not said(manifests, needs=needs)
