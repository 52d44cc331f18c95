"""The edge as built: load balancer, certificate and redirect, by access mode and by where the certificate comes from."""

from typing import Any, NamedTuple

import pytest
from command import ENVIRONMENTS
from product import Built, build

CERT_MANAGER = "tls: {source: cert-manager, issuer: %s}\n"
VARIANTS = {  # what is laid over an environment
    "public": ("dev", ""),
    "public-google-managed": ("dev", "tls: {source: google-managed}\n"),
    "public-cert-manager": ("dev", "tls: {source: cert-manager}\n"),
    "public-ca": ("dev", CERT_MANAGER % "ca"),
    "private": ("prod", ""),
    "private-public-zone": ("prod", CERT_MANAGER % "public-zone"),
    "private-ca": ("prod", CERT_MANAGER % "ca"),
    "private-tuned": ("prod", "components: {edge: {globalAccess: true, regionalSslPolicy: corporate}}\n"),
    "staging": ("staging", ""),
}
PUBLIC = [name for name in VARIANTS if name.startswith("public")]
PRIVATE = [name for name in VARIANTS if name not in PUBLIC]
ISSUED = [name for name in VARIANTS if name.endswith(("-cert-manager", "-ca", "-public-zone"))]
WITH_CA = [name for name in ISSUED if name.endswith("-ca")]
WITH_ACME = [name for name in ISSUED if name not in WITH_CA]
GIVEN = ["public", "private", "private-tuned", "staging"]


class Edge(NamedTuple):
    """One variant, and what stands in its namespace `edge`."""

    built: Built

    @property
    def domain(self) -> str:
        return self.built.plan.environment.domain

    def all(self, kind: str, namespace: str = "edge") -> list[dict[str, Any]]:
        return list(self.built.all(kind, namespace).values())

    def one(self, kind: str) -> dict[str, Any]:
        (found,) = self.all(kind)
        return found

    def listener(self, name: str) -> dict[str, Any]:
        (found,) = [item for item in self.one("Gateway")["spec"]["listeners"] if item["name"] == name]
        return dict(found)


def wave(manifest: dict[str, Any]) -> int:
    return int(manifest["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", 0))


@pytest.fixture(scope="module")
def edges() -> dict[str, Edge]:
    return {name: Edge(build(*laid)) for name, laid in VARIANTS.items()}


def test_every_example_environment_is_looked_at() -> None:
    assert {base for base, more in VARIANTS.values() if not more} == set(ENVIRONMENTS)


@pytest.mark.parametrize("name", VARIANTS)
def test_the_class_of_the_load_balancer_is_that_of_the_access_mode(edges: dict[str, Edge], name: str) -> None:
    spec = edges[name].one("Gateway")["spec"]
    wanted = "gke-l7-global-external-managed" if name in PUBLIC else "gke-l7-rilb"
    assert spec["gatewayClassName"] == wanted
    assert spec["addresses"] == [{"type": "NamedAddress", "value": "codemie-edge"}]


@pytest.mark.parametrize("name", VARIANTS)
def test_routes_of_units_attach_to_the_listener_with_tls_only(edges: dict[str, Edge], name: str) -> None:
    edge = edges[name]
    assert [item["name"] for item in edge.one("Gateway")["spec"]["listeners"]] == ["http", "https"]
    http, https = edge.listener("http"), edge.listener("https")
    assert (http["protocol"], http["port"], http["allowedRoutes"]) == ("HTTP", 80, {"namespaces": {"from": "Same"}})
    assert "tls" not in http
    assert (https["protocol"], https["port"], https["hostname"]) == ("HTTPS", 443, f"*.{edge.domain}")
    assert https["tls"]["mode"] == "Terminate"
    (expression,) = https["allowedRoutes"]["namespaces"]["selector"]["matchExpressions"]
    assert https["allowedRoutes"]["namespaces"]["from"] == "Selector"
    assert (expression["key"], expression["operator"]) == ("kubernetes.io/metadata.name", "In")
    routes = [item for item in edge.built.objects if item.id.kind == "HTTPRoute" and item.id.namespace != "edge"]
    assert {item.id.namespace for item in routes} == set(expression["values"]) != set()
    assert "edge" not in expression["values"]
    for route in routes:
        assert [parent["sectionName"] for parent in route.manifest["spec"]["parentRefs"]] == ["https"]
        assert all(host.endswith(f".{edge.domain}") for host in route.manifest["spec"]["hostnames"])


@pytest.mark.parametrize("name", VARIANTS)
def test_plain_http_is_redirected_and_reaches_no_backend(edges: dict[str, Edge], name: str) -> None:
    spec = edges[name].one("HTTPRoute")["spec"]
    assert [(parent["name"], parent["sectionName"]) for parent in spec["parentRefs"]] == [("edge", "http")]
    (rule,) = spec["rules"]
    assert "backendRefs" not in rule
    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/"}}]
    assert wave(edges[name].one("HTTPRoute")) >= wave(edges[name].one("Gateway"))  # never healthy without its Gateway
    redirect = {"scheme": "https", "statusCode": 301}
    assert rule["filters"] == [{"type": "RequestRedirect", "requestRedirect": redirect}]


@pytest.mark.parametrize("name", VARIANTS)
def test_the_listener_takes_the_certificate_from_its_source(edges: dict[str, Edge], name: str) -> None:
    tls = edges[name].listener("https")["tls"]
    if name == "public-google-managed":
        certificates = tls["options"]["networking.gke.io/pre-shared-certs"].split(",")
        assert certificates == sorted(certificates) != []
        assert set(tls) == {"mode", "options"}
    else:
        assert tls == {"mode": "Terminate", "certificateRefs": [{"group": "", "kind": "Secret", "name": "codemie-tls"}]}


def test_one_certificate_of_google_per_host_that_a_route_has(edges: dict[str, Edge]) -> None:
    edge = edges["public-google-managed"]
    hosts = {
        host.removesuffix(f".{edge.domain}")
        for item in edge.built.objects
        if item.id.kind == "HTTPRoute" and item.id.namespace != "edge"
        for host in item.manifest["spec"]["hostnames"]
    }
    certificates = edge.listener("https")["tls"]["options"]["networking.gke.io/pre-shared-certs"].split(",")
    assert certificates == [f"codemie-{host}" for host in sorted(hosts)]
    assert len(certificates) <= 15  # as many as a load balancer takes


@pytest.mark.parametrize("name", VARIANTS)
def test_secrets_come_from_secret_manager_where_the_source_needs_them(edges: dict[str, Edge], name: str) -> None:
    found = {
        item["metadata"]["name"]: sorted(entry["remoteRef"]["key"] for entry in item["spec"]["data"])
        for item in edges[name].all("ExternalSecret")
    }
    wanted = {}
    if name in GIVEN:
        wanted = {"codemie-tls": ["edge-tls-certificate", "edge-tls-key"]}
    elif name in WITH_CA:
        wanted = {"codemie-ca": ["edge-ca-certificate", "edge-ca-key"]}
    assert found == wanted
    for item in edges[name].all("ExternalSecret"):
        assert item["spec"]["target"]["template"]["type"] == "kubernetes.io/tls"


@pytest.mark.parametrize("name", VARIANTS)
def test_cert_manager_is_there_exactly_where_it_makes_the_certificate(edges: dict[str, Edge], name: str) -> None:
    edge = edges[name]
    wanted = name in ISSUED
    assert (edge.built.plan.named("cert-manager") is not None) is wanted
    assert bool(edge.all("Certificate")) is bool(edge.all("Issuer")) is wanted
    applications = {item.id.name for item in edge.built.objects if item.id.kind == "Application"}
    assert (f"{edge.built.plan.environment.name}-cert-manager" in applications) is wanted
    addon, unit = edge.built.plan.named("cert-manager"), edge.built.plan.named("edge")
    assert addon is None or (unit is not None and addon.wave < unit.wave)


@pytest.mark.parametrize("name", ISSUED)
def test_the_certificate_is_for_all_hosts_and_there_before_the_gateway(edges: dict[str, Edge], name: str) -> None:
    edge = edges[name]
    certificate = edge.one("Certificate")
    spec = certificate["spec"]
    assert (spec["secretName"], spec["dnsNames"]) == ("codemie-tls", [f"*.{edge.domain}"])
    assert spec["issuerRef"] == {"group": "cert-manager.io", "kind": "Issuer", "name": "edge"}
    assert "server auth" in spec["usages"]
    for manifest in (certificate, edge.one("Issuer")):
        annotations = manifest["metadata"]["annotations"]
        assert annotations["argocd.argoproj.io/sync-options"] == "SkipDryRunOnMissingResource=true"
        assert 0 < wave(manifest) < wave(edge.one("Gateway"))  # 0 has the Secret of the CA


@pytest.mark.parametrize("name", WITH_CA)
def test_a_ca_signs_from_its_secret(edges: dict[str, Edge], name: str) -> None:
    assert edges[name].one("Issuer")["spec"] == {"ca": {"secretName": "codemie-ca"}}


@pytest.mark.parametrize("name", WITH_ACME)
def test_acme_proves_the_domain_by_dns_and_without_a_key(edges: dict[str, Edge], name: str) -> None:
    env = edges[name].built.plan.environment
    acme = edges[name].one("Issuer")["spec"]["acme"]
    (solver,) = acme["solvers"]
    zone = {"hostedZoneName": env.dns.zone} if name in PUBLIC else {}  # the private zone is not the one to write to
    assert solver == {"dns01": {"cloudDNS": {"project": env.gcp.project, **zone}}}
    assert acme["server"] == "https://acme-v02.api.letsencrypt.org/directory"


@pytest.mark.parametrize("name", VARIANTS)
def test_the_policy_of_the_gateway_fits_its_class(edges: dict[str, Edge], name: str) -> None:
    spec = edges[name].one("GCPGatewayPolicy")["spec"]
    assert spec["targetRef"] == {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge"}
    wanted: dict[str, Any] = {"allowGlobalAccess": False}  # a global SSL policy does not fit a regional load balancer
    if name in PUBLIC:
        wanted = {"sslPolicy": "codemie-edge"}
    elif name == "private-tuned":
        wanted = {"allowGlobalAccess": True, "sslPolicy": "corporate"}
    assert spec["default"] == wanted


@pytest.mark.parametrize("name", VARIANTS)
def test_the_gateway_waits_for_its_secret(edges: dict[str, Edge], name: str) -> None:
    assert all(wave(item) < wave(edges[name].one("Gateway")) for item in edges[name].all("ExternalSecret"))


@pytest.mark.parametrize("name", VARIANTS)
def test_the_gateway_does_not_go_unasked(edges: dict[str, Edge], name: str) -> None:
    annotations = edges[name].one("Gateway")["metadata"]["annotations"]
    assert annotations["argocd.argoproj.io/sync-options"] == "Prune=confirm,Delete=confirm"


@pytest.mark.parametrize("name", ISSUED)
def test_the_api_server_reaches_the_admission_webhook_of_cert_manager(edges: dict[str, Edge], name: str) -> None:
    (policy,) = [
        item for item in edges[name].all("NetworkPolicy", "cert-manager") if "webhook" in item["metadata"]["name"]
    ]
    (rule,) = policy["spec"]["ingress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": 10250}]
    assert rule["from"] == [
        {"ipBlock": {"cidr": edges[name].built.plan.environment.network.control_plane}},
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}},
    ]
