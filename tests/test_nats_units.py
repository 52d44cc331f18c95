"""NATS, its callout and MCP Connect as built: by access mode and by where the certificate comes from."""

import re
from typing import Any

import pytest
from product import Built, build, container

NATS = "components: {nats: {enabled: true}}\n"
VARIANTS = {  # what is laid over an example
    "public": ("dev", NATS),
    "public-google-managed": ("dev", NATS + "tls: {source: google-managed}\n"),
    "public-cert-manager": ("dev", NATS + "tls: {source: cert-manager}\n"),
    "private": ("prod", ""),
    "private-ca": ("prod", "tls: {source: cert-manager, issuer: ca}\n"),
    "staging": ("staging", "network: {peered: {office: 10.200.0.0/16}}\n"),
}
PUBLIC = [name for name in VARIANTS if name.startswith("public")]
PRIVATE = [name for name in VARIANTS if name not in PUBLIC]
CERTIFICATES = {  # the Secret that is mounted, and what it is made from
    "public": ("codemie-tls", ["edge-tls-certificate", "edge-tls-key"]),
    "public-google-managed": ("codemie-nats-tls", ["nats-tls-certificate", "nats-tls-key"]),
    "public-cert-manager": ("codemie-tls-copy", ["codemie-tls", "codemie-tls"]),
    "private": ("codemie-tls", ["edge-tls-certificate", "edge-tls-key"]),
    "private-ca": ("codemie-tls-copy", ["codemie-tls", "codemie-tls"]),
    "staging": ("codemie-tls", ["edge-tls-certificate", "edge-tls-key"]),
}
KEYS = [
    "NATS_URL",
    "CALLOUT_USERNAME",
    "CALLOUT_PASSWORD",
    "CALLOUT_BCRYPTED_PASSWORD",
    "CODEMIE_USERNAME",
    "CODEMIE_PASSWORD",
    "CODEMIE_BCRYPTED_PASSWORD",
    "ISSUER_NKEY",
    "ISSUER_NSEED",
    "ISSUER_XKEY",
    "ISSUER_XSEED",
]
MCP = "codemie-mcp-connect-service"


@pytest.fixture(scope="module")
def variants() -> dict[str, Built]:
    return {name: build(*laid) for name, laid in VARIANTS.items()}


def config(built: Built) -> str:
    """Return nats.conf of the ConfigMap that the server mounts."""
    return built.mounted(built.one("StatefulSet", "codemie-nats"))["nats.conf"]


@pytest.mark.parametrize("name", VARIANTS)
def test_no_check_objects(variants: dict[str, Built], name: str) -> None:
    assert variants[name].errors("nats", "nats-auth-callout", "mcp-connect") == []


@pytest.mark.parametrize(
    ("example", "more", "on"),
    [("dev", "", False), ("dev", NATS, True), ("prod", "components: {nats: {enabled: false}}\n", False)],
)
def test_one_switch_is_for_both(example: str, more: str, on: bool) -> None:  # noqa: FBT001  a case
    names = {planned.name for planned in build(example, more).plan.units}
    assert names & {"nats", "nats-auth-callout"} == ({"nats", "nats-auth-callout"} if on else set())


@pytest.mark.parametrize("name", VARIANTS)
def test_variables_stay_for_the_server_to_read(variants: dict[str, Built], name: str) -> None:
    """A value in the file would be a secret in Git; each that is named is in the container's environment."""
    named = re.findall(r"\$([A-Z_]+)", re.sub(r"#.*", "", config(variants[name])))
    server = container(variants[name].all("StatefulSet")["codemie-nats"], "codemie-nats")
    assert sorted(set(named)) == sorted(item["name"] for item in server["env"] if item["name"] != "GOMEMLIMIT")
    assert len(set(named)) == 7


@pytest.mark.parametrize("name", VARIANTS)
def test_only_a_private_server_takes_plain_connections(variants: dict[str, Built], name: str) -> None:
    (said,) = re.findall(r"(?m)^allow_non_tls: (\w+)", config(variants[name]))
    assert said == ("false" if name in PUBLIC else "true")


@pytest.mark.parametrize("name", VARIANTS)
def test_the_load_balancer_is_that_of_the_access_mode(variants: dict[str, Built], name: str) -> None:
    service = variants[name].all("Service")["codemie-nats-external"]
    annotations, spec = dict(service["metadata"]["annotations"]), service["spec"]
    assert annotations.pop("networking.gke.io/load-balancer-ip-addresses") == "codemie-nats"
    assert (spec["type"], spec["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
    if name in PUBLIC:
        assert annotations == {"cloud.google.com/l4-rbs": "enabled"}
        assert spec["loadBalancerSourceRanges"] == ["203.0.113.0/24", "198.51.100.0/25"]
    else:
        assert annotations == {"networking.gke.io/load-balancer-type": "Internal"}
        assert "loadBalancerSourceRanges" not in spec


@pytest.mark.parametrize(
    ("name", "clients"),
    [
        ("public", ["198.51.100.0/25", "203.0.113.0/24"]),
        ("private", ["10.10.0.0/20"]),
        ("staging", ["10.10.0.0/20", "10.200.0.0/16"]),
    ],
)
def test_who_may_call(variants: dict[str, Built], name: str, clients: list[str]) -> None:
    """The API, the callout, and the ranges that plugins come from; nobody reaches the monitoring port."""
    pods, blocks = [], []
    for rule in variants[name].all("NetworkPolicy")["codemie-nats"]["spec"]["ingress"]:
        assert rule["ports"] == [{"port": 4222, "protocol": "TCP"}]
        for source in rule["from"]:
            pods += [source["podSelector"]["matchLabels"]["app.kubernetes.io/name"]] if "podSelector" in source else []
            blocks += [source["ipBlock"]["cidr"]] if "ipBlock" in source else []
    assert (sorted(pods), blocks) == (["codemie", "codemie-nats-auth-callout"], clients)


def test_services_inside_the_cluster(variants: dict[str, Built]) -> None:
    services = variants["private"].all("Service")
    assert services["codemie-nats"]["spec"].get("type", "ClusterIP") == "ClusterIP"
    assert services["codemie-nats-headless"]["spec"]["clusterIP"] == "None"
    assert "codemie-nats-auth-callout" not in services


@pytest.mark.parametrize("name", VARIANTS)
def test_the_certificate_is_there_whoever_makes_it(variants: dict[str, Built], name: str) -> None:
    volumes = variants[name].all("StatefulSet")["codemie-nats"]["spec"]["template"]["spec"]["volumes"]
    (mounted,) = [item["secret"]["secretName"] for item in volumes if item["name"] == "certs"]
    made = variants[name].all("ExternalSecret")
    sources = [item["remoteRef"]["key"] for item in made[mounted]["spec"]["data"]]
    assert (mounted, sources) == CERTIFICATES[name]
    assert made[mounted]["spec"]["target"]["template"]["type"] == "kubernetes.io/tls"
    assert {secret for secret, _ in CERTIFICATES.values()} & set(made) == {mounted}


def test_the_secret_has_eleven_keys_and_one_owner(variants: dict[str, Built]) -> None:
    spec = variants["private"].all("ExternalSecret")["codemie-nats-secrets"]["spec"]
    constants = spec["target"]["template"]["data"]
    assert constants == {
        "NATS_URL": "nats://codemie-nats:4222",
        "CALLOUT_USERNAME": "callout",
        "CODEMIE_USERNAME": "codemie",
    }
    assert sorted([*constants, *(item["secretKey"] for item in spec["data"])]) == sorted(KEYS)
    folders = [path for path, text in variants["private"].files.items() if "name: codemie-nats-secrets\n" in text]
    assert "components/shared-secrets/overlay/externalsecrets.yaml" in folders
    assert not [path for path in folders if path.endswith("nats/overlay/externalsecrets.yaml")]


def test_the_callout_reads_seeds_and_the_server_does_not(variants: dict[str, Built]) -> None:
    """Whoever has a seed lets anybody in: the server, which the internet reaches, has the public halves only."""
    callout = container(variants["private"].all("Deployment")["codemie-nats-auth-callout"], "codemie-nats-auth-callout")
    server = container(variants["private"].all("StatefulSet")["codemie-nats"], "codemie-nats")
    read = [{keys(item) for item in of["env"]} - {""} for of in (callout, server)]
    assert read[0] == {"NATS_URL", "CALLOUT_USERNAME", "CALLOUT_PASSWORD", "ISSUER_NSEED", "ISSUER_XSEED"}
    assert not {key for key in read[1] if key.endswith(("SEED", "_PASSWORD")) and "BCRYPTED" not in key}
    assert {"name": "SKIPTLSVERIFY", "value": "1"} in callout["env"]


def keys(variable: dict[str, Any]) -> str:
    return str(variable.get("valueFrom", {}).get("secretKeyRef", {}).get("key", ""))


def test_pods_end_before_they_are_killed(variants: dict[str, Built]) -> None:
    spec = variants["private"].all("StatefulSet")["codemie-nats"]["spec"]["template"]["spec"]
    seconds = [int(text) for text in re.findall(r"lame_duck_\w+: (\d+)s", config(variants["private"]))]
    assert sum(seconds) < spec["terminationGracePeriodSeconds"]
    spec = variants["private"].all("StatefulSet", MCP)[MCP]["spec"]["template"]["spec"]
    command = spec["containers"][0]["command"]
    assert int(command[command.index("--timeout-graceful-shutdown") + 1]) < spec["terminationGracePeriodSeconds"]


def test_the_api_finds_each_pod_of_mcp_connect_by_name() -> None:
    built = build("prod", "components: {mcp-connect: {replicas: 3, callTimeout: 60000, tmpSize: 3Gi}}\n")
    spec = built.all("StatefulSet", MCP)[MCP]["spec"]
    service = built.all("Service", MCP)[f"{MCP}-headless"]["spec"]
    assert (spec["replicas"], spec["serviceName"], spec["podManagementPolicy"]) == (3, f"{MCP}-headless", "Parallel")
    assert (service["clusterIP"], service["ports"]) == ("None", [{"name": "mcp", "port": 3000, "targetPort": "mcp"}])
    assert {"name": "MCP_CONNECT_DEFAULT_TIMEOUT", "value": "60000"} in container(
        built.all("StatefulSet", MCP)[MCP], MCP
    )["env"]
    sizes = {item["name"]: item["emptyDir"]["sizeLimit"] for item in spec["template"]["spec"]["volumes"]}
    assert sizes == {"tmp": "3Gi", "home": "2Gi"}


def test_mcp_connect_reaches_the_internet_and_nothing_inside(variants: dict[str, Built]) -> None:
    namespace = next(item for item in variants["private"].objects if (item.id.kind, item.id.name) == ("Namespace", MCP))
    assert namespace.manifest["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    spec = variants["private"].all("NetworkPolicy", MCP)[MCP]["spec"]
    callers = [item["podSelector"]["matchLabels"] for rule in spec["ingress"] for item in rule["from"]]
    assert callers == [{"app.kubernetes.io/name": "codemie"}]
    outside = [item["ipBlock"] for rule in spec["egress"] for item in rule["to"] if "ipBlock" in item]
    assert [block["cidr"] for block in outside] == ["0.0.0.0/0"]
    private = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"}
    assert set(outside[0]["except"]) >= private
