from typing import Any

import pytest
from project import component, plan, sources

from generator.catalog import Plan, Planned
from generator.render.derived.network import Network, unresolved
from generator.render.derived.network_policy import network_policy
from generator.render.workload import Service, Workload
from generator.views import findings

DNS: dict[str, Any] = {
    "to": [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ],
    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
}
METADATA = [
    {"to": [{"ipBlock": {"cidr": "169.254.169.254/32"}}], "ports": [{"protocol": "TCP", "port": 80}, {"protocol": "TCP", "port": 8080}]},
    {"to": [{"ipBlock": {"cidr": "169.254.169.252/32"}}], "ports": [{"protocol": "TCP", "port": 987}, {"protocol": "TCP", "port": 988}]},
]  # fmt: skip
WEB = "templates/components/web/component.yaml"
LOAD_BALANCERS = ["130.211.0.0/22", "35.191.0.0/16"]


def tcp(*ports: int) -> list[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in ports]


def blocks(*ranges: str) -> list[dict[str, Any]]:
    return [{"ipBlock": {"cidr": text}} for text in ranges]


def pods(name: str, namespace: str = "codemie") -> dict[str, Any]:
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "podSelector": {"matchLabels": {"app": name}},
    }


GOOGLE_APIS = {"to": blocks("199.36.153.8/30"), "ports": tcp(443)}


def workload(unit: str, name: str = "", kind: str = "Deployment", **ports: int) -> Workload:
    name = name or unit
    return Workload(unit, "codemie", kind, name, {"app": name}, ports, frozenset({name}))


def network(planned: Plan, *found: Workload, **offered: Service) -> Network:
    """Return the network of a plan with these workloads, and a Service of some units."""
    names = [unit.name for unit in planned.units]
    return Network.of(
        planned,
        {name: [item for item in found if item.unit == name] for name in names},
        {name: [offered[name]] if name in offered else [] for name in names},
    )


def unit(planned: Plan, name: str) -> Planned:
    found = planned.named(name)
    assert found
    return found


def policy(known: Network, name: str, item: Workload | None = None) -> dict[str, Any]:
    """Return the spec of the policy of a workload (default: the first of its unit) that nothing is wrong with."""
    assert refusal(known) == ""
    manifest = network_policy(known, unit(known.plan, name), item or known.workloads[name][0])
    spec: dict[str, Any] = manifest["spec"]
    return spec


def refusal(known: Network) -> str:
    """Return what is said of declarations that lead nowhere."""
    return findings.text(unresolved(known))


def test_a_policy_is_named_like_its_workload_and_closes_both_directions() -> None:
    known = network(plan(sources(**component("web"))), workload("web"))
    assert network_policy(known, unit(known.plan, "web"), known.workloads["web"][0]) == {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "web", "namespace": "codemie"},
        "spec": {
            "podSelector": {"matchLabels": {"app": "web"}},
            "policyTypes": ["Ingress", "Egress"],
            "egress": [DNS],
        },
    }


def test_a_call_opens_the_container_port_behind_the_service_on_both_sides() -> None:
    files = {**component("web", "connects: [{to: api, port: 80}]\n"), **component("api")}
    service = Service("api", {"app": "api"}, {80: "http"})
    known = network(plan(sources(**files)), workload("web"), workload("api", http=8080, metrics=9090), api=service)
    assert policy(known, "web")["egress"] == [DNS, {"to": [pods("api")], "ports": tcp(8080)}]
    assert policy(known, "api")["ingress"] == [{"from": [pods("web")], "ports": tcp(8080)}]


@pytest.mark.parametrize(
    ("service", "port"),
    [
        (Service("api", {"app": "api"}, {9000: 8080}), 8080),
        (Service("api", {"app": "api"}, {9000: "http"}), 8080),
        (Service("api", {}, {9000: 1}), 9000),
        (Service("api", {"app": "other"}, {9000: 1}), 9000),
        (Service("api", {"app": "api"}, {1: 8080}), 9000),
    ],
)
def test_a_port_is_the_services_first_then_the_containers(service: Service, port: int) -> None:
    files = {**component("web", "connects: [{to: api, port: 9000}]\n"), **component("api")}
    known = network(plan(sources(**files)), workload("web"), workload("api", http=8080, admin=9000), api=service)
    assert policy(known, "web")["egress"][1:] == [{"to": [pods("api")], "ports": tcp(port)}]


@pytest.mark.parametrize(
    "service", [Service("api", {"app": "api"}, {80: "nope"}), Service("api", {"app": "api"}, {81: 8080})]
)
def test_a_call_to_a_port_nobody_listens_on_is_an_error_at_its_declaration(service: Service) -> None:
    files = {**component("web", "connects:\n  - {to: internet}\n  - {to: api, port: 80}\n"), **component("api")}
    known = network(plan(sources(**files)), workload("web"), workload("api", http=8080), api=service)
    assert refusal(known) == f"{WEB}:5:5: connects: nothing in api listens on port 80 [connects-port]\n"


def test_a_call_of_a_unit_names_its_port() -> None:
    files = {**component("web", "connects: [{to: api}]\n"), **component("api")}
    known = network(plan(sources(**files)), workload("web"), workload("api", http=8080))
    assert refusal(known) == f"{WEB}:3:12: connects: nothing in api is named by a port [connects-port]\n"


@pytest.mark.parametrize(
    ("declared", "rule"),
    [
        ("connects: [{to: internet, from: nope}]\n", "connects-from"),
        ("identity: [{role: roles/storage.admin, from: nope}]\n", "identity-from"),
    ],
)
def test_what_names_a_workload_that_is_not_there_is_an_error(declared: str, rule: str) -> None:
    known = network(plan(sources(**component("web", declared))), workload("web"))
    assert refusal(known) == (f"{WEB}:3:12: {rule[:8]}: nope is no workload of web [{rule}]\n  hint: there are: web\n")


@pytest.mark.parametrize(("names", "there"), [(("a", "b"), "a, b"), ((), "none")])
@pytest.mark.parametrize(
    ("declared", "rule"),
    [
        ("connects: [{to: internet}]\n", "connects-from"),
        ("identity: [{role: roles/storage.admin}]\n", "identity-from"),
    ],
)
def test_what_means_the_main_workload_where_none_is_main_is_an_error(
    declared: str, rule: str, names: tuple[str, ...], there: str
) -> None:
    known = network(plan(sources(**component("web", declared))), *(workload("web", name) for name in names))
    assert refusal(known) == (
        f"{WEB}:3:12: {rule[:8]}: the main workload is no workload of web [{rule}]\n  hint: there are: {there}\n"
    )


def test_a_call_whose_condition_does_not_hold_may_lead_nowhere() -> None:
    declared = (
        "connects: [{to: internet, from: nope, when: {unit: gone}}, {to: internet}]\n"
        "identity: [{role: roles/storage.admin, from: nope, when: {unit: gone}}]\n"
    )
    known = network(plan(sources(**component("web", declared))), workload("web"))
    assert refusal(known) == ""


@pytest.mark.parametrize("declared", ["metrics: {port: 80}\n", "exposes: [{host: a, port: 81, auth: own}]\n"])
def test_what_is_exposed_where_no_workload_is_main_is_an_error(declared: str) -> None:
    known = network(plan(sources(**component("web", declared))), workload("web", "a", http=80), workload("web", "b"))
    assert refusal(known).startswith(f"{WEB}:3:")


def test_calls_are_told_apart_by_their_workload() -> None:
    declared = "connects: [{to: api, port: 1}, {to: api, port: 2, from: worker}, {to: internet, from: job}]\n"
    files = {**component("web", declared), **component("api")}
    main, worker, job = workload("web"), workload("web", "worker"), workload("web", "job", "Job")
    one, two = workload("api", "one", one=1), workload("api", "two", two=2)
    known = network(plan(sources(**files)), main, worker, job, one, two)
    assert [policy(known, "web", item)["egress"][1:] for item in (main, worker)] == [
        [{"to": [pods("one")], "ports": tcp(1)}],
        [{"to": [pods("two")], "ports": tcp(2)}],
    ]
    assert [policy(known, "api", item)["ingress"] for item in (one, two)] == [
        [{"from": [pods("web")], "ports": tcp(1)}],
        [{"from": [pods("worker")], "ports": tcp(2)}],
    ]
    assert len(policy(known, "web", job)["egress"]) == 2


def test_two_callers_of_one_port_are_two_rules_and_one_caller_twice_is_one() -> None:
    twice = "connects: [{to: api, port: 80}, {to: api, port: 80}]\n"
    files = {**component("a", twice), **component("b", "connects: [{to: api, port: 80}]\n"), **component("api")}
    known = network(plan(sources(**files)), workload("a"), workload("b"), workload("api", http=80))
    assert policy(known, "api")["ingress"] == [{"from": [pods(name)], "ports": tcp(80)} for name in "ab"]
    assert policy(known, "a")["egress"] == [DNS, {"to": [pods("api")], "ports": tcp(80)}]


CORPORATE = "egress: {corporateRanges: {jira: {ranges: [10.2.0.0/24, 10.1.0.0/24], ports: [8443, 443]}, git: {ranges: [10.3.0.0/24], ports: [22]}}}\n"


@pytest.mark.parametrize(
    ("target", "lab", "rules"),
    [
        ("dns", "", []),
        ("metadata", "", METADATA),
        ("kube-apiserver", "", [{"to": blocks("10.0.0.0/28"), "ports": tcp(443)}]),
        ("google-apis", "", [GOOGLE_APIS]),
        ("cloud-sql", "", [{"to": blocks("10.60.0.0/16"), "ports": tcp(3307)}, GOOGLE_APIS, *METADATA]),
        ("memorystore", "", [{"to": blocks("10.60.0.0/16"), "ports": tcp(6378)}]),
        (
            "internet",
            "egress: {internetPorts: [443, 22]}\n",
            [
                {
                    "to": [
                        {
                            "ipBlock": {
                                "cidr": "0.0.0.0/0",
                                "except": [
                                    "10.0.0.0/8",
                                    "100.64.0.0/10",
                                    "169.254.0.0/16",
                                    "172.16.0.0/12",
                                    "192.168.0.0/16",
                                ],
                            }
                        }
                    ],
                    "ports": tcp(443, 22),
                }
            ],
        ),
        ("corporate", "", []),
        (
            "corporate",
            CORPORATE,
            [
                {"to": blocks("10.3.0.0/24"), "ports": tcp(22)},
                {"to": blocks("10.1.0.0/24", "10.2.0.0/24"), "ports": tcp(443, 8443)},
            ],
        ),
        (
            "corporate",
            "egress: {corporateRanges: {all: {ranges: [10.0.0.0/8, 10.10.0.0/16], ports: [443]}}}\n",
            [
                {
                    "to": [
                        {
                            "ipBlock": {
                                "cidr": "10.0.0.0/8",
                                "except": ["10.0.0.0/28", "10.10.0.0/20", "10.10.16.0/23", "10.60.0.0/16"],
                            }
                        },
                        {"ipBlock": {"cidr": "10.10.0.0/16", "except": ["10.10.0.0/20", "10.10.16.0/23"]}},
                    ],
                    "ports": tcp(443),
                }
            ],
        ),
    ],
)
def test_each_outside_target_has_its_rule(target: str, lab: str, rules: list[dict[str, Any]]) -> None:
    known = network(plan(sources(lab, **component("web", f"connects: [{{to: {target}}}]\n"))), workload("web"))
    assert policy(known, "web")["egress"] == [DNS, *rules]


CACHE = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
    "podSelector": {"matchLabels": {"k8s-app": "node-local-dns"}},
}
THERE = "existing: {cluster: {name: older}}\n"
UNSAID = "gke: {dns: null}\n"


def test_public_ranges_that_are_used_inside_are_not_the_internet() -> None:
    lab = (
        "network: {pods: 45.0.0.0/16, peered: {office: 45.1.0.0/16, lab: 10.90.0.0/16, test: 198.18.0.0/16}}\n"
        "egress: {corporateRanges: {git: {ranges: [20.1.2.0/24, 10.3.0.0/24], ports: [22]}}}\n"
    )
    known = network(plan(sources(lab, **component("web", "connects: [{to: internet}]\n"))), workload("web"))
    block = policy(known, "web")["egress"][1]["to"][0]["ipBlock"]
    private = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
    assert block == {"cidr": "0.0.0.0/0", "except": [*private, "20.1.2.0/24", "45.0.0.0/15", "198.18.0.0/16"]}


@pytest.mark.parametrize(
    ("lab", "more"),
    [
        (UNSAID, []),
        ("gke: {dns: kube-dns}\n", []),
        ("gke: {dns: node-local}\n", [CACHE, *blocks("169.254.20.10/32")]),
        ("gke: {dns: cloud-dns}\n", blocks("169.254.169.254/32")),
        (THERE + UNSAID, [CACHE, *blocks("169.254.20.10/32", "169.254.169.254/32")]),
        (THERE + "gke: {dns: cloud-dns}\n", blocks("169.254.169.254/32")),
    ],
)
def test_dns_is_open_to_every_pod_as_the_cluster_serves_it_and_all_of_it_where_nobody_says(
    lab: str, more: list[dict[str, Any]]
) -> None:
    known = network(plan(sources(lab, **component("web"))), workload("web"))
    assert policy(known, "web")["egress"] == [{**DNS, "to": [*DNS["to"], *more]}]


def test_an_identity_opens_the_metadata_server_and_google_apis_to_its_workload_alone() -> None:
    declared = "identity: [{role: roles/storage.admin, from: worker}]\n"
    known = network(plan(sources(**component("web", declared))), workload("web"), workload("web", "worker"))
    assert [policy(known, "web", item)["egress"] for item in known.workloads["web"]] == [
        [DNS],
        [DNS, *METADATA, GOOGLE_APIS],
    ]


@pytest.mark.parametrize(
    ("exposes", "lab", "ingress"),
    [
        ("[{host: a, port: 80, auth: oauth2}]", "", None),
        ("[{host: a, port: 80, auth: own}]", "", [{"from": blocks(*LOAD_BALANCERS, "10.10.16.0/23"), "ports": tcp(80)}]),
        (
            "[{host: a, port: 80, auth: none, health: {port: 81, path: /h}}, {host: b, port: 80, auth: oauth2}]",
            "access: {mode: public, allowedRanges: {a: [203.0.113.0/24]}}\n",
            [{"from": blocks(*LOAD_BALANCERS), "ports": tcp(80, 81)}],
        ),
    ],
)  # fmt: skip
def test_the_edge_reaches_only_what_does_not_sit_behind_oauth2_proxy(exposes: str, lab: str, ingress: Any) -> None:
    offered = Service("web", {"app": "web"}, {80: "http"})
    known = network(
        plan(sources(lab, **component("web", f"exposes: {exposes}\n"))), workload("web", http=80), web=offered
    )
    assert policy(known, "web").get("ingress") == ingress


def test_the_edge_reaches_the_container_port_behind_an_exposed_service() -> None:
    files = component("web", "exposes: [{host: a, port: 80, auth: own}]\n")
    known = network(
        plan(sources(**files)), workload("web", http=8080), web=Service("web", {"app": "web"}, {80: "http"})
    )
    assert [rule["ports"] for rule in policy(known, "web")["ingress"]] == [tcp(8080)]


@pytest.mark.parametrize(("name", "declared"), [("web", ""), ("front", ", service: front")])
def test_the_exposed_service_is_the_one_named_like_the_unit_unless_said(name: str, declared: str) -> None:
    exposes = f"exposes: [{{host: a, port: 80, auth: own{declared}}}]\n"
    other = Service("other", {"app": "web"}, {80: 9090})
    planned = plan(sources(**component("web", exposes)))
    known = Network.of(
        planned,
        {"namespaces": [], "web": [workload("web", http=8080)]},
        {"namespaces": [], "web": [other, Service(name, {"app": "web"}, {80: "http"})]},
    )
    assert [rule["ports"] for rule in policy(known, "web")["ingress"]] == [tcp(8080)]


def test_two_services_of_one_port_are_tried_until_one_leads_to_pods() -> None:
    files = {**component("web", "connects: [{to: api, port: 80}]\n"), **component("api")}
    planned = plan(sources(**files))
    known = Network.of(
        planned,
        {"namespaces": [], "web": [workload("web")], "api": [workload("api", http=8080)]},
        {
            "namespaces": [],
            "web": [],
            "api": [Service("old", {"app": "old"}, {80: 1}), Service("api", {"app": "api"}, {80: 8080})],
        },
    )
    assert policy(known, "web")["egress"][1:] == [{"to": [pods("api")], "ports": tcp(8080)}]


def test_sign_in_calls_what_it_protects_where_it_is_there() -> None:
    own = "exposes: [{host: a, port: 80, auth: own}]\n"
    files = {**component("web", "exposes: [{host: a, port: 80}]\n"), **component("oauth2-proxy", own)}
    service = Service("web", {"app": "web"}, {80: "http"})
    proxy = workload("oauth2-proxy", http=8080)
    both = {"web": service, "oauth2-proxy": Service("oauth2-proxy", {"app": "oauth2-proxy"}, {80: "http"})}
    known = network(plan(sources(**files)), workload("web", http=8080), proxy, **both)
    assert policy(known, "oauth2-proxy")["egress"] == [DNS, {"to": [pods("web")], "ports": tcp(8080)}]
    assert policy(known, "web")["ingress"] == [{"from": [pods("oauth2-proxy")], "ports": tcp(8080)}]


def test_metrics_are_open_to_managed_prometheus() -> None:
    known = network(plan(sources(**component("web", "metrics: {port: 9090}\n"))), workload("web", metrics=9090))
    collectors = [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
        for name in ("gke-gmp-system", "gmp-system")
    ]
    assert policy(known, "web")["ingress"] == [{"from": collectors, "ports": tcp(9090)}]
