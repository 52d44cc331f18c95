"""Config Connector objects. Each rule: cases it refuses, with what is printed, and neighbours it accepts."""

import pytest
from landing import CNRM_AT, IN_NETWORK, OPTIONS_AT, PROJECT, google, landing, said
from objects import GONE

from generator.check.google import config_connector
from generator.kinds import Kinds, names
from generator.manifest import Manifest

LABELS_AT = "/metadata/labels"


def record(name: str, kind: str = "A", zone: str = "codemie") -> Manifest:
    """Return a second record."""
    spec = {"name": name, "type": kind, "managedZoneRef": {"name": zone}, "rrdatas": ["10.0.0.1"]}
    return google("DNSRecordSet", "second", 7, spec)


def named(kind: str, name: str, **spec: str) -> Manifest:
    """Return a resource of a kind that nothing else is asked of here."""
    return google(kind, name, 3, {**spec})


POLICY = {"networks": [{"networkRef": {"name": "net"}}]}


REFUSED: dict[str, list[tuple[list[Manifest], str, str]]] = {
    "resources_say_their_project": [
        (
            landing(router={f"{CNRM_AT}project-id": GONE}),
            "",
            (
                "ComputeRouter codemie-lab/router: /metadata/annotations/cnrm.cloud.google.com~1project-id: must be the environment's project (gcp.project) [google-project]\n"
            ),
        ),
        (
            landing(router={f"{CNRM_AT}project-id": "other-project"}),
            "",
            (
                "ComputeRouter codemie-lab/router: /metadata/annotations/cnrm.cloud.google.com~1project-id: must be the environment's project (gcp.project) [google-project]\n"
            ),
        ),
        (
            landing(api={"/spec/projectRef": GONE}),
            "",
            (
                "Service codemie-lab/sql-api: /spec/projectRef: is missing: Config Connector would write it, and Argo CD would take it away [google-project]\n"
                "  hint: {external: the project's id}\n"
            ),
        ),
        (
            landing(api={"/spec/projectRef/external": "other-project"}),
            "",
            (
                "Service codemie-lab/sql-api: /spec/projectRef/external: must be the environment's project (gcp.project) [google-project]\n"
            ),
        ),
    ],
    "namespaces_of_resources_say_their_project": [
        (
            landing(namespace={f"{CNRM_AT}project-id": GONE}),
            "",
            (
                "Namespace codemie-lab: /metadata/annotations/cnrm.cloud.google.com~1project-id: must be the environment's project (gcp.project): resources are in this Namespace [google-project]\n"
            ),
        ),
        (
            landing(namespace={f"{CNRM_AT}project-id": "other-project"}),
            "",
            (
                "Namespace codemie-lab: /metadata/annotations/cnrm.cloud.google.com~1project-id: must be the environment's project (gcp.project): resources are in this Namespace [google-project]\n"
            ),
        ),
    ],
    "resources_outlive_their_objects": [
        (
            landing(network={f"{CNRM_AT}deletion-policy": GONE}),
            "",
            (
                "ComputeNetwork codemie-lab/net: /metadata/annotations/cnrm.cloud.google.com~1deletion-policy: must be abandon: the resource is kept [google-protection]\n"
                "  hint: cnrm.cloud.google.com/deletion-policy: abandon\n"
            ),
        ),
        (
            landing(firewall={f"{CNRM_AT}deletion-policy": "true"}),
            "",
            (
                "ComputeFirewall codemie-lab/webhooks: /metadata/annotations/cnrm.cloud.google.com~1deletion-policy: must be abandon: any other text means delete [google-protection]\n"
            ),
        ),
        (
            landing(instance={OPTIONS_AT: GONE}),
            "",
            (
                "SQLInstance codemie-lab/codemie-postgresql: /metadata/annotations/argocd.argoproj.io~1sync-options: must hold Prune=confirm,Delete=confirm,PruneLast=true: a person confirms [google-protection]\n"
            ),
        ),
        (
            landing(instance={OPTIONS_AT: "Prune=confirm,PruneLast=true"}),
            "",
            (
                "SQLInstance codemie-lab/codemie-postgresql: /metadata/annotations/argocd.argoproj.io~1sync-options: must hold Delete=confirm: a person confirms [google-protection]\n"
            ),
        ),
        (
            landing(api={f"{CNRM_AT}disable-on-destroy": GONE}),
            "",
            (
                'Service codemie-lab/sql-api: /metadata/annotations/cnrm.cloud.google.com~1disable-on-destroy: must be "false": else the API is switched off for the whole project [google-protection]\n'
            ),
        ),
        (
            landing(database={"/spec/deletionPolicy": GONE}),
            "",
            ("SQLDatabase codemie-lab/codemie: /spec/deletionPolicy: must be ABANDON [google-protection]\n"),
        ),
    ],
    "google_takes_the_names": [
        (
            landing(named("IAMServiceAccount", "nodes")),
            "",
            (
                "IAMServiceAccount codemie-lab/nodes: /metadata/name: must be 6 to 30 lower-case letters, digits and dashes, a letter first, no dash at the end [google-name]\n"
            ),
        ),
        (
            landing(named("IAMServiceAccount", "a" * 31)),
            "",
            (
                "IAMServiceAccount codemie-lab/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: /metadata/name: must be 6 to 30 lower-case letters, digits and dashes, a letter first, no dash at the end [google-name]\n"
            ),
        ),
        (
            landing(named("ComputeRouter", "a" * 64)),
            "",
            (
                "ComputeRouter codemie-lab/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: /metadata/name: must be a letter, then lower-case letters, digits and dashes, no dash at the end, at most 63 characters [google-name]\n"
            ),
        ),
        (
            landing(named("ComputeRouter", "1st")),
            "",
            (
                "ComputeRouter codemie-lab/1st: /metadata/name: must be a letter, then lower-case letters, digits and dashes, no dash at the end, at most 63 characters [google-name]\n"
            ),
        ),
        (
            landing(named("GKEHubMembership", "lab.one")),
            "",
            (
                "GKEHubMembership codemie-lab/lab.one: /metadata/name: must be a letter, then lower-case letters, digits and dashes, no dash at the end, at most 63 characters [google-name]\n"
            ),
        ),
        (
            landing(redis={"/spec/resourceID": "Redis"}),
            "",
            (
                "RedisInstance codemie-lab/codemie-redis: /spec/resourceID: must be 2 to 41 lower-case letters, digits and dashes, a letter first, no dash at the end [google-name]\n"
            ),
        ),
        (
            landing(named("SQLDatabase", "d", deletionPolicy="ABANDON", resourceID="my database")),
            "",
            (
                "SQLDatabase codemie-lab/d: /spec/resourceID: must be at most 63 letters, digits, dashes, underscores [google-name]\n"
            ),
        ),
        (
            landing(instance={"/spec/resourceID": "a" * 87}),
            "",
            (
                "SQLInstance codemie-lab/codemie-postgresql: /spec/resourceID: must be a letter, then lower-case letters, digits and dashes, no dash at the end, at most 98 with the project's name [google-name]\n"
            ),
        ),
        (
            landing(bucket={"/spec/resourceID": "goog-codemie"}),
            "",
            (
                "StorageBucket codemie-lab/dumps: /spec/resourceID: must be 3 to 63 lower-case letters, digits, dashes and underscores, and not begin with goog or contain google [google-name]\n"
            ),
        ),
        (
            landing(api={"/spec/resourceID": "sqladmin"}),
            "",
            (
                "Service codemie-lab/sql-api: /spec/resourceID: must be the full name of an API, such as compute.googleapis.com [google-name]\n"
            ),
        ),
        (
            landing(ring={"/spec/resourceID": "a.b"}),
            "",
            (
                "KMSKeyRing codemie-lab/ring: /spec/resourceID: must be 1 to 63 letters, digits, dashes and underscores [google-name]\n"
            ),
        ),
        (
            landing(cluster={"/spec/resourceID": "a" * 41}),
            "",
            (
                "ContainerCluster codemie-lab/codemie-gke: /spec/resourceID: must be a letter, then lower-case letters, digits and dashes, no dash at the end, at most 40 characters [google-name]\n"
            ),
        ),
    ],
    "google_takes_the_labels": [
        (
            landing(network={LABELS_AT: {"team": "Lab.One"}}),
            "",
            (
                "ComputeNetwork codemie-lab/net: /metadata/labels/team: must be lower-case letters, digits, dashes and underscores, a letter first in the key [google-label]\n"
            ),
        ),
        (
            landing(network={LABELS_AT: {"1st": "lab"}}),
            "",
            (
                "ComputeNetwork codemie-lab/net: /metadata/labels/1st: must be lower-case letters, digits, dashes and underscores, a letter first in the key [google-label]\n"
            ),
        ),
    ],
    "labels_are_not_too_many": [
        (
            landing(network={LABELS_AT: {f"a{number}": "b" for number in range(64)}}),
            "",
            "ComputeNetwork codemie-lab/net: /metadata/labels: has more than 63 labels [google-label]\n",
        ),
    ],
    "records_are_unique_and_in_their_zone": [
        (
            landing(record("Codemie.lab.example.com.")),
            "",
            (
                "DNSRecordSet codemie-lab/second: /spec/name: DNSRecordSet codemie-lab/codemie has the same name and type in this zone [dns-record]\n"
            ),
        ),
        (
            landing(record("nats.lab.example.com")),
            "",
            (
                "DNSRecordSet codemie-lab/second: /spec/name: must end with the domain of the zone (DNSManagedZone codemie-lab/codemie) and a dot [dns-record]\n"
            ),
        ),
        (
            landing(record("nats.other.example.com.")),
            "",
            (
                "DNSRecordSet codemie-lab/second: /spec/name: must end with the domain of the zone (DNSManagedZone codemie-lab/codemie) and a dot [dns-record]\n"
            ),
        ),
        (
            landing(record("badlab.example.com.")),
            "",
            (
                "DNSRecordSet codemie-lab/second: /spec/name: must end with the domain of the zone (DNSManagedZone codemie-lab/codemie) and a dot [dns-record]\n"
            ),
        ),
    ],
    "a_network_has_one_of_each": [
        (
            landing(google("ServiceNetworkingConnection", "second", 3, {**IN_NETWORK})),
            "",
            (
                "ServiceNetworkingConnection codemie-lab/second: /spec: ServiceNetworkingConnection codemie-lab/peered is there for this network, and a second one overwrites it [network-twice]\n"
            ),
        ),
        (
            landing(google("DNSPolicy", "one", 3, POLICY), google("DNSPolicy", "two", 3, POLICY)),
            "",
            (
                "DNSPolicy codemie-lab/two: /spec: DNSPolicy codemie-lab/one is there for this network, and a second one overwrites it [network-twice]\n"
            ),
        ),
    ],
}
ACCEPTED: list[tuple[list[Manifest], str]] = [
    (landing(network={LABELS_AT: {f"a{number}": "b" for number in range(63)} | {"with.a/slash": "Any"}}), ""),
    (landing(), ""),
    (landing(api={f"{CNRM_AT}project-id": GONE, "/spec/projectRef/external": f"projects/{PROJECT}"}), ""),
    (landing(grant={f"{CNRM_AT}project-id": GONE, f"{CNRM_AT}deletion-policy": GONE, OPTIONS_AT: GONE}), ""),
    (landing(firewall={f"{CNRM_AT}deletion-policy": GONE, OPTIONS_AT: GONE}, pool={OPTIONS_AT: GONE}), ""),
    (landing(instance={OPTIONS_AT: "Delete=confirm, Prune=confirm, ServerSideApply=true, PruneLast=true"}), ""),
    (landing(named("IAMServiceAccount", "a" * 30), named("ComputeRouter", "a" * 63)), ""),
    (landing(named("IAMCustomRole", "reader", resourceID="codemie_reader")), ""),
    (landing(instance={"/spec/resourceID": "a" * 86}), ""),
    (landing(network={LABELS_AT: {"team": "lab_one", "app.kubernetes.io/part-of": "CodeMie"}}), ""),
    (landing(record("codemie.lab.example.com.", "TXT")), ""),
    (landing(record("lab.example.com.")), ""),
    (landing(google("DNSPolicy", "one", 3, POLICY)), ""),
]


def test_every_rule_has_a_case() -> None:
    assert [rule.__name__ for rule in config_connector.RULES] == list(REFUSED)


@pytest.mark.parametrize(("manifests", "lab", "expected"), [case for cases in REFUSED.values() for case in cases])
def test_it_is_refused(manifests: list[Manifest], lab: str, expected: str) -> None:
    assert said(manifests, lab) == expected


@pytest.mark.parametrize(("manifests", "lab"), ACCEPTED)
def test_it_is_accepted(manifests: list[Manifest], lab: str) -> None:
    assert not said(manifests, lab)


def test_what_holds_state_is_kept_when_its_object_goes() -> None:
    kinds = Kinds({})
    for group, _, kind in (name.partition("/") for name in names()):
        google = kinds.google(group, kind)
        if google and kinds.of(group, kind).state:
            assert google.removal == "abandoned", kind
