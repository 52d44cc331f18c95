"""What pods need outside of themselves: policies of one workload, and what is said where they close it."""

from typing import Any

import pytest
from objects import LABELS, POLICIES, TODAY, made, world
from project import component, plan, sources

from generator.check import check
from generator.manifest import Manifest, Object, identify
from generator.views import findings

HINT = "  hint: the policy that is rendered for it lets it through: a patch, or another file, must leave that rule in\n"
EGRESS, INGRESS = "NetworkPolicy codemie/web: /spec/egress: ", "NetworkPolicy codemie/web: /spec/ingress: "
BOTH = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
SYSTEM = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
ACCOUNT = {
    "/metadata/annotations": {"iam.gke.io/gcp-service-account": "codemie-web@lab-project.iam.gserviceaccount.com"}
}
ROUTE = made(
    "HTTPRoute",
    "web",
    {"spec": {"hostnames": ["web.lab.example.com"], "rules": [{"backendRefs": [{"name": "web", "port": 80}]}]}},
    "gateway.networking.k8s.io/v1",
)
PROXIES, CHECKS = "10.10.16.0/23", ("130.211.0.0/22", "35.191.0.0/16")


def pods(name: str) -> dict[str, Any]:
    return {"namespaceSelector": SYSTEM, "podSelector": {"matchLabels": {"k8s-app": name}}}


def to(*peers: dict[str, Any], ports: Any = BOTH) -> dict[str, Any]:
    return {"to": list(peers), "ports": ports}


def block(cidr: str, *left_out: str) -> dict[str, Any]:
    return {"ipBlock": {"cidr": cidr, **({"except": list(left_out)} if left_out else {})}}


def tcp(*ports: int | str) -> list[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in ports]


DNS = to(pods("kube-dns"))
METADATA = [to(block("169.254.169.254/32"), ports=tcp(80)), to(block("169.254.169.252/32"), ports=tcp(988))]
APIS = to(block("199.36.153.8/30"), ports=tcp(443))


def said(manifests: list[Manifest], declared: str = "", lab: str = "") -> str:
    planned = plan(sources(lab, **component("web", declared)))
    file = "templates/components/web/x"
    objects = sorted(Object(identify(item, "workload"), item, file) for item in manifests)
    found = check(tuple(objects), planned, today=TODAY).findings
    return findings.text(item for item in found if item.rule == "reach-outside").replace(f"{file}: ", "")


def closed(calls: str, where: str = EGRESS) -> str:
    return f"{where}{calls}, and is not let through [reach-outside]\n{HINT}"


NO_DNS = closed("codemie/web calls DNS (pods k8s-app: kube-dns of kube-system, UDP and TCP 53)")
NO_CACHE = closed("codemie/web calls DNS (pods k8s-app: node-local-dns of kube-system, UDP and TCP 53)")


@pytest.mark.parametrize(
    ("egress", "lab", "expected"),
    [
        ([DNS], "", ""),
        ([], "", NO_DNS),
        ([to(pods("kube-dns"), ports=BOTH[:1])], "", NO_DNS.replace("UDP and TCP", "TCP")),
        ([to(pods("kube-dns"), ports=[{"protocol": "UDP", "port": 50, "endPort": 60}]), to(pods("kube-dns"))], "", ""),
        ([to({"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}})], "", NO_DNS),  # pods of its own namespace
        ([to({"namespaceSelector": SYSTEM})], "", ""),
        ([to({"namespaceSelector": {}})], "", ""),
        ([to(block("0.0.0.0/0"))], "", NO_DNS),  # a range never holds pods
        ([{}], "", ""),
        ([DNS], "gke: {dns: node-local}\n", NO_CACHE),
        ([to(pods("kube-dns"), block("169.254.20.10/32"))], "gke: {dns: node-local}\n", NO_CACHE),
        ([to(pods("kube-dns"), pods("node-local-dns"))], "gke: {dns: node-local}\n", ""),
        ([DNS], "gke: {dns: cloud-dns}\n", closed("codemie/web calls DNS (169.254.169.254/32, UDP and TCP 53)")),
        ([to(block("169.254.0.0/16"))], "gke: {dns: cloud-dns}\n", ""),
    ],
)
def test_pods_ask_the_dns_that_the_cluster_has(egress: list[Any], lab: str, expected: str) -> None:
    assert said(world(policy={"/spec/egress": egress}), lab=lab) == expected


def test_pods_ask_any_dns_in_a_cluster_of_others_until_it_is_said() -> None:
    lab = "existing: {cluster: {name: corp-gke}}\ngke: {dns: null}\n"
    every = to(pods("kube-dns"), pods("node-local-dns"), block("169.254.169.254/32"))
    assert said(world(policy={"/spec/egress": [every]}), lab=lab) == ""
    assert "169.254.169.254/32" in said(world(policy={"/spec/egress": [DNS]}), lab=lab)


def test_pods_without_a_policy_for_egress_and_pods_of_the_network_of_the_node_need_no_rule() -> None:
    assert said(world(policy={"/spec/policyTypes": ["Ingress"]})) == ""
    assert said(world(deployment={"/spec/template/spec/hostNetwork": True})) == ""


@pytest.mark.parametrize(
    ("egress", "expected"),
    [
        ([*METADATA, APIS], ""),
        ([METADATA[1], APIS], closed("codemie/web calls the metadata server (169.254.169.254/32, TCP 80)")),
        ([METADATA[0], APIS], closed("codemie/web calls the metadata server (169.254.169.252/32, TCP 988)")),
        ([to(block("169.254.0.0/16", "169.254.169.254/32"), ports=tcp(80)), METADATA[1], APIS], closed("codemie/web calls the metadata server (169.254.169.254/32, TCP 80)")),
        (METADATA, closed("codemie/web calls the Google APIs (199.36.153.8/30, TCP 443)")),
        ([*METADATA, to(block("199.36.153.8/31"), ports=tcp(443))], closed("codemie/web calls the Google APIs (199.36.153.8/30, TCP 443)")),
    ],
)  # fmt: skip
def test_pods_with_a_google_account_get_tokens_and_use_them(egress: list[Any], expected: str) -> None:
    policy = {"/spec/egress": [DNS, *egress]}
    assert said(world(policy=policy, account=ACCOUNT)) == expected
    assert said(world(policy=policy), "identity: [{role: roles/storage.admin}]\n") == expected
    assert said(world(policy=policy)) == ""


@pytest.mark.parametrize(
    ("target", "rule", "end"),
    [
        ("kube-apiserver", to(block("10.0.0.0/28"), ports=tcp(443)), "the API server (10.0.0.0/28, TCP 443)"),
        ("memorystore", to(block("10.60.7.4/32"), ports=tcp(6378)), "Memorystore (10.60.0.0/16, TCP 6378)"),
        ("google-apis", APIS, "the Google APIs (199.36.153.8/30, TCP 443)"),
    ],
)
def test_an_outside_target_that_is_declared_is_open(target: str, rule: dict[str, Any], end: str) -> None:
    declared = f"connects: [{{to: {target}}}]\n"
    assert said(world(policy={"/spec/egress": [DNS, rule]}), declared) == ""
    assert said(world(policy={"/spec/egress": [DNS]}), declared) == closed(f"codemie/web calls {end}")


@pytest.mark.parametrize(
    ("ranges", "closed_ranges"),
    [
        ([*CHECKS, PROXIES], []),
        ([*CHECKS], [PROXIES]),
        ([CHECKS[0], PROXIES], [CHECKS[1]]),
        (["0.0.0.0/0"], []),
        ([], [*CHECKS, PROXIES]),
    ],
)
def test_load_balancers_reach_the_pods_of_an_exposed_service(ranges: list[str], closed_ranges: list[str]) -> None:
    ingress = [{"from": [block(one)], "ports": tcp("http")} for one in ranges]
    where = "; ".join(f"{one}, TCP 8080" for one in closed_ranges)
    manifests = world(ROUTE, *POLICIES, policy={"/spec/ingress": ingress, "/spec/egress": [DNS]})
    expected = closed(f"the load balancer calls codemie/web ({where})", INGRESS) if where else ""
    assert said(manifests) == expected


def test_a_load_balancer_lets_in_whom_its_service_names() -> None:
    service = {"/spec/type": "LoadBalancer", "/spec/loadBalancerSourceRanges": ["203.0.113.0/24"]}
    ingress = [{"from": [block("203.0.0.0/16")], "ports": tcp(8080)}]
    assert said(world(service=service, policy={"/spec/ingress": ingress, "/spec/egress": [DNS]})) == ""
    assert said(world(service=service, policy={"/spec/egress": [DNS]})) == closed(
        "the load balancer web calls codemie/web (203.0.113.0/24, TCP 8080)", INGRESS
    )


def test_a_load_balancer_whose_service_names_nobody_lets_somebody_in() -> None:
    service = {"/spec/type": "LoadBalancer"}
    ingress = [{"from": [block("10.10.0.0/20")], "ports": tcp(8080)}]
    assert said(world(service=service, policy={"/spec/ingress": ingress, "/spec/egress": [DNS]})) == ""
    assert said(world(service=service, policy={"/spec/egress": [DNS]})) == closed(
        "the load balancer web calls codemie/web (any address, TCP 8080)", INGRESS
    )


def test_a_second_policy_may_open_what_the_first_does_not() -> None:
    spec = {"podSelector": {"matchLabels": LABELS}, "policyTypes": ["Egress"], "egress": [DNS]}
    assert said(world(made("NetworkPolicy", "dns", {"spec": spec}, "networking.k8s.io/v1"))) == ""
