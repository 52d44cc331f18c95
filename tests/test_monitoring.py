"""Alerts as built: one policy per failure, and every name in them is one of an object that is rendered beside them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from infra import VARIANTS, Infra, infra
from product import build

from generator.manifest import Manifest

BY_CERT_MANAGER = ("prod", "tls: {source: cert-manager, issuer: ca}")
BY_DATE = ("prod", "infra: {monitoring: {certificateEnds: 1800000000}}")
ALL = {
    **VARIANTS,
    "private-standard-own-example": ("staging",),
    "private-cert-manager": BY_CERT_MANAGER,
    "public-cert-manager": ("dev", "tls: {source: cert-manager}"),
    "private-date": BY_DATE,
    "public-two-channels": (
        "dev",
        "monitoring: {channels: {team: {email: team@example.com}, on-call: {email: on-call@example.com}}}",
    ),
    "private-two-pools": (
        "prod",
        """\
gke:
  nodePools:
    extra: {machineType: e2-standard-4, minNodes: 1, maxNodes: 3, diskGb: 50}
    fixed: {machineType: e2-standard-4, minNodes: 2, maxNodes: 2, diskGb: 50}
""",
    ),
}
EVERYWHERE = {
    "codemie-api",
    "codemie-sign-in",
    "codemie-elasticsearch-disk",
    "codemie-cloud-sql-disk",
    "codemie-cloud-sql-connections",
    "codemie-nodes-main",
}
HASHED = "gkegw1-a1b2-{}-012345678901"
"""How GKE names the backend service of a Gateway: a hash, namespace, Service and port, another hash."""
_FILTER = re.compile(r'([a-z_.]+(?:"[a-z-]+")?)=(?:[a-z_.]+\()?"([^"]*)"')
_SELECTOR = re.compile(r'([a-z_]+)=~?"([^"]*)"')


class Condition(NamedTuple):
    """One condition: of which policy, what it asks (a filter or a query), and all that it says."""

    policy: str
    asks: str
    spec: Mapping[str, Any]

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels that a filter selects by, under their last name."""
        return {key.removeprefix("resource.labels.").removeprefix("metric.labels."): value for key, value in self.pairs}

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Return what is compared with a text."""
        return _FILTER.findall(self.asks) if "conditionThreshold" in self.spec else _SELECTOR.findall(self.asks)


def of(name: str) -> Infra:
    """Return a variant."""
    return infra(name) if name in VARIANTS else Infra(*ALL[name])


def conditions(it: Infra, part: str = "") -> list[Condition]:
    """Return the conditions whose filter or query holds `part`."""
    return [
        Condition(policy, asks, condition)
        for policy, spec in it.all("MonitoringAlertPolicy").items()
        for condition in spec["conditions"]
        for asks in _asks(condition)
        if part in asks
    ]


def _asks(condition: Mapping[str, Any]) -> Iterator[str]:
    for key, inner in condition.items():
        if key != "displayName":
            yield inner.get("filter") or inner["query"]


def built(name: str) -> list[Manifest]:
    """Return all objects of a variant."""
    return build(*ALL[name]).of()


def is_public(name: str) -> bool:
    """Whether a variant is reached over the internet."""
    return name.startswith("public")


def named(objects: list[Manifest], kind: str) -> set[tuple[str, str]]:
    """Return namespace and name of the objects of a kind."""
    return {(it["metadata"].get("namespace", ""), it["metadata"]["name"]) for it in objects if it["kind"] == kind}


# What there is.


@pytest.mark.parametrize("name", ALL)
def test_each_failure_has_one_policy(name: str) -> None:
    it = of(name)
    wanted = set(EVERYWHERE)
    wanted |= {"codemie-edge"} if is_public(name) else set()
    wanted |= {"codemie-certificate"} if is_public(name) or name in {"private-cert-manager", "private-date"} else set()
    wanted |= {"codemie-keycloak-database-disk"} if it.plan.named("keycloak-database") else set()
    wanted |= {"codemie-memorystore-memory"} if it.plan.named("memorystore") else set()
    wanted |= {"codemie-nodes-extra"} if name == "private-two-pools" else set()
    assert set(it.all("MonitoringAlertPolicy")) == wanted
    asked = [condition.asks for condition in conditions(it)]
    assert len(set(asked)) == len(asked)
    for failure, policy in {
        'metric.labels.deployment="codemie"': "codemie-api",
        "oauth2-proxy-oauth2-proxy-80": "codemie-api",
        'metric.labels.deployment="oauth2-proxy"': "codemie-sign-in",
        'metric.labels.statefulset="keycloakx"': "codemie-sign-in",
        "security-keycloakx-http-80": "codemie-sign-in",
        "elasticsearch-data": "codemie-elasticsearch-disk",
        "database_disk_quota": "codemie-cloud-sql-disk",
        "num_backends": "codemie-cloud-sql-connections",
    }.items():
        assert [condition.policy for condition in conditions(it, failure)] == [policy], failure


@pytest.mark.parametrize("name", ALL)
def test_the_database_of_keycloak_is_watched_where_it_is(name: str) -> None:
    it = of(name)
    ready = conditions(it, 'statefulset="keycloak-database"')
    assert [condition.policy for condition in ready] == ["codemie-sign-in"] * bool(it.plan.named("keycloak-database"))


@pytest.mark.parametrize("name", ALL)
def test_who_is_paged_knows_what_to_do(name: str) -> None:
    it, objects = of(name), built(name)
    for which, spec in it.all("MonitoringAlertPolicy").items():
        text = spec["documentation"]["content"]
        assert spec["documentation"]["mimeType"] == "text/markdown"
        assert [f"\n{number}. " in text for number in (1, 2, 3)] == [True] * 3, which
        assert len(text) < 8192
        assert "{{" not in text
        for namespace, kind, workload in re.findall(r"-n ([\w-]+) (deploy|statefulset|cronjob)/([\w-]+)", text):
            if namespace != "cert-manager":  # its chart makes it
                full = {"deploy": "Deployment", "statefulset": "StatefulSet", "cronjob": "CronJob"}[kind]
                assert (namespace, workload) in named(objects, full), which
        assert spec["severity"] in {"CRITICAL", "ERROR", "WARNING"}
        assert spec["displayName"].startswith(f"CodeMie {it.env.name}: ")
        assert spec["alertStrategy"] == {"autoClose": "86400s"}
        assert spec["enabled"] is True
        assert len(spec["conditions"]) <= 6  # Google takes no more
        labels = it.objects["MonitoringAlertPolicy", which]["metadata"]["labels"]
        assert labels.items() >= dict(it.env.labels).items()  # Google's labels: alerts can be filtered by them


@pytest.mark.parametrize("name", ALL)
def test_no_condition_flaps(name: str) -> None:
    for condition in conditions(of(name)):
        inner = condition.spec.get("conditionThreshold") or condition.spec["conditionPrometheusQueryLanguage"]
        seconds = int(inner["duration"].removesuffix("s"))
        assert seconds >= 300
        assert seconds % 60 == 0
        assert inner.get("comparison", "COMPARISON_GT") in {"COMPARISON_GT", "COMPARISON_LT"}  # Google takes no other


@pytest.mark.parametrize("name", ALL)
def test_notifications_go_to_the_channels_of_the_environment(name: str) -> None:
    it = of(name)
    channels = it.all("MonitoringNotificationChannel")
    mails = {which: spec["labels"]["email_address"] for which, spec in channels.items()}
    assert mails == {which: channel.email for which, channel in it.env.monitoring.channels.items()}
    assert {spec["type"] for spec in channels.values()} <= {"email"}
    for spec in it.all("MonitoringAlertPolicy").values():
        assert [reference["name"] for reference in spec["notificationChannels"]] == sorted(channels)


@pytest.mark.parametrize("name", ALL)
def test_channels_and_checks_come_before_their_policies_and_nothing_is_kept(name: str) -> None:
    waves: dict[str, set[int]] = {}
    for (kind, which), manifest in of(name).objects.items():
        if kind.startswith("Monitoring"):
            annotations = manifest["metadata"]["annotations"]
            waves.setdefault(kind, set()).add(int(annotations["argocd.argoproj.io/sync-wave"]))
            assert not any("deletion-policy" in key or "sync-options" in key for key in annotations), which
    assert waves.pop("MonitoringAlertPolicy") == {7}
    assert all(found == {6} for found in waves.values())


@pytest.mark.parametrize("name", ALL)
def test_the_checks_take_all_of_it(name: str) -> None:
    verdict = build(*ALL[name]).verdict
    assert [str(item) for item in verdict.findings if "/monitoring/" in (item.file or "")] == []


def test_alerts_come_after_all_that_they_ask() -> None:
    for example, more in (("dev", ""), BY_CERT_MANAGER):
        plan = build(example, more).plan
        (last,) = [unit for unit in plan.units if unit.name == "monitoring"]
        asked = {"api", "cloud-sql", "dns", "edge", "elasticsearch", "gke", "keycloak", "oauth2-proxy"}
        asked |= {planned.name for planned in plan.units for exposure in planned.exposes if exposure.protocol == "http"}
        assert asked - {"mermaid-server", "ui"} <= set(last.needs)
        assert ("cert-manager" in last.needs) is (example == "prod")


# Metrics, and what they are of.


@pytest.mark.parametrize("name", ALL)
def test_pods_are_counted_of_workloads_that_are_there(name: str) -> None:
    it, objects = of(name), built(name)
    counted = conditions(it, "prometheus.googleapis.com/kube_")
    for condition in counted:
        labels = condition.labels
        kind = "Deployment" if "deployment" in labels else "StatefulSet"
        assert (labels["namespace"], labels[kind.lower()]) in named(objects, kind)
        metric = {
            "Deployment": "kube_deployment_status_replicas_available",
            "StatefulSet": "kube_statefulset_status_replicas_ready",
        }[kind]
        assert labels["metric.type"] == f"prometheus.googleapis.com/{metric}/gauge"
        assert condition.spec["conditionThreshold"]["comparison"] == "COMPARISON_LT"
        assert condition.spec["conditionThreshold"]["thresholdValue"] == 1
    for cluster in it.all("ContainerCluster").values():
        config = cluster["monitoringConfig"]
        assert {"SYSTEM_COMPONENTS", "DEPLOYMENT", "STATEFULSET"} <= set(config["enableComponents"])
        assert config["managedPrometheus"] == {"enabled": True}


@pytest.mark.parametrize("name", ALL)
def test_all_of_it_is_asked_of_this_cluster_and_this_database(name: str) -> None:
    it = of(name)
    there = it.env.existing.cluster
    (cluster,) = it.all("ContainerCluster") or [there.name if there else ""]
    (database,) = it.all("SQLInstance")
    for condition in conditions(it):
        pairs = [(key.rpartition(".")[2], value) for key, value in condition.pairs]
        assert {value for key, value in pairs if key in {"cluster", "cluster_name"}} <= {cluster}
        assert {value for key, value in pairs if key == "database_id"} <= {f"{it.env.gcp.project}:{database}"}
        redis = f"projects/{it.env.gcp.project}/locations/{it.env.gcp.region}/instances/codemie-redis"
        assert {value for key, value in pairs if key == "instance_id"} <= {redis}
        known = {"cluster", "cluster_name", "database_id", "host", "backend_target_name", "instance_id"}
        assert known & {key for key, _ in pairs}


@pytest.mark.parametrize("name", ALL)
def test_volumes_are_those_of_pods_that_are_there(name: str) -> None:
    it, objects = of(name), built(name)
    (search,) = [item for item in objects if item["kind"] == "Elasticsearch"]
    (asked,) = conditions(it, "elasticsearch-data")
    assert asked.labels["namespace_name"] == search["metadata"]["namespace"]
    for nodes in search["spec"]["nodeSets"]:  # as ECK names pods
        assert f"{search['metadata']['name']}-es-{nodes['name']}-0".startswith(asked.labels["pod_name"])
        claims = [claim["metadata"]["name"] for claim in nodes["volumeClaimTemplates"]]
        assert claims == [asked.labels["volume_name"]]
    for asked in conditions(it, 'pod_name="keycloak-database-0"'):
        (database,) = [
            item
            for item in objects
            if item["metadata"]["name"] == "keycloak-database" and item["kind"] == "StatefulSet"
        ]
        assert asked.labels["namespace_name"] == database["metadata"]["namespace"]
        claims = [claim["metadata"]["name"] for claim in database["spec"]["volumeClaimTemplates"]]
        assert claims == [asked.labels["volume_name"]]
        assert database["spec"]["replicas"] == 1


@pytest.mark.parametrize("name", ALL)
def test_server_errors_are_those_of_one_backend_of_the_right_load_balancer(name: str) -> None:
    it, objects = of(name), built(name)
    backends = {
        f"{route['metadata']['namespace']}-{backend['name']}-{backend['port']}"
        for route in objects
        if route["kind"] == "HTTPRoute"
        for rule in route["spec"]["rules"]
        for backend in rule.get("backendRefs", [])
    }
    asked = conditions(it, "backend_target_name")
    assert [condition.policy for condition in asked] == ["codemie-api", "codemie-sign-in"]
    for condition in asked:
        patterns = {value for key, value in condition.pairs if key == "backend_target_name"}
        (pattern,) = patterns
        (backend,) = [item for item in backends if re.fullmatch(pattern, HASHED.format(item))]
        assert len(HASHED.format(backend)) <= 63  # else GKE cuts it
        metric = "https_request_count" if is_public(name) else "https_internal_request_count"
        assert set(re.findall(r"loadbalancing_googleapis_com:(\w+)", condition.asks)) == {metric}


@pytest.mark.parametrize("name", ALL)
def test_each_pool_that_can_grow_has_its_own_maximum(name: str) -> None:
    it = of(name)
    pools = {
        spec["nodeConfig"]["labels"]["codemie-pool"]: spec["autoscaling"]
        for spec in it.all("ContainerNodePool").values()
    }
    growing = {
        pool: sizes["totalMaxNodeCount"]
        for pool, sizes in pools.items()
        if sizes["totalMaxNodeCount"] > sizes["totalMinNodeCount"]
    }
    asked = conditions(it, "codemie-pool")
    found = {
        condition.labels['metadata.user_labels."codemie-pool"']: condition.spec["conditionThreshold"]["thresholdValue"]
        + 1
        for condition in asked
    }
    assert found == growing
    assert [condition.policy for condition in asked] == [f"codemie-nodes-{pool}" for pool in sorted(growing)]


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_nothing_of_another_project_or_domain_is_left(name: str) -> None:
    before = Infra(name).env
    it = Infra(name, "gcp: {project: other-codemie}\ndomain: ai.other.example\n")
    said = str([manifest["spec"] for (kind, _), manifest in it.objects.items() if kind.startswith("Monitoring")])
    assert "other-codemie" in said
    assert not [old for old in (before.gcp.project, before.domain, before.domain.replace(".", "[.]")) if old in said]


# From outside.


@pytest.mark.parametrize("name", ALL)
def test_every_host_is_asked_from_outside_where_there_is_an_outside(name: str) -> None:
    it, objects = of(name), built(name)
    checks = it.all("MonitoringUptimeCheckConfig")
    if not is_public(name):
        assert not checks
        assert not conditions(it, "uptime")
        return
    http, _ = it.hosts
    hosts = sorted(f"{host}.{it.env.domain}" for host in http)
    assert sorted(spec["monitoredResource"]["filterLabels"]["host"] for spec in checks.values()) == hosts
    guarded = {
        (policy["metadata"]["namespace"], policy["spec"]["targetRef"]["name"])
        for policy in objects
        if policy["kind"] == "GCPBackendPolicy"
        and policy["spec"]["default"].get("securityPolicy") == "codemie-allowed-ranges"
    }
    for spec in checks.values():
        assert len(spec["selectedRegions"]) >= 3  # Google wants three, the policy two of them
        assert spec["httpCheck"]["useSsl"] is spec["httpCheck"]["validateSsl"] is True
        host, path = spec["monitoredResource"]["filterLabels"]["host"], spec["httpCheck"]["path"]
        matched = [
            (route["metadata"]["namespace"], backend["name"])
            for route in objects
            if route["kind"] == "HTTPRoute" and host in route["spec"]["hostnames"]
            for rule in route["spec"]["rules"]
            if path in [match["path"]["value"] for match in rule["matches"]]
            for backend in rule["backendRefs"]
        ]
        assert matched
        assert set(matched) <= guarded  # else it gets 404, or an answer
    for condition in conditions(it, "uptime"):
        patterns = {value for key, value in condition.pairs if key in {"host", "resource.labels.host"}}
        (pattern,) = patterns
        assert all(re.fullmatch(pattern, host) for host in hosts)
        assert not re.fullmatch(pattern, f"other.{it.env.domain}")


def test_the_door_is_closed_or_meant_to_be_open() -> None:
    (closed,) = conditions(Infra("dev"), "check_passed")
    assert "== 403) >= 2" in closed.asks
    (open_,) = conditions(Infra("dev", "access: {allowWholeInternet: true}"), "check_passed")
    assert "< 404) >= 2" in open_.asks


# The certificate.


def test_the_end_of_the_certificate_is_asked_of_who_knows_it() -> None:
    asked = {name: [item.asks for item in conditions(of(name)) if item.policy == "codemie-certificate"] for name in ALL}
    assert {name: len(found) for name, found in asked.items() if not found} == {
        name: 0
        for name in ALL
        if not is_public(name) and name not in {"private-cert-manager", "private-date"}  # docs/monitoring.md says so
    }
    for name, found in asked.items():
        if is_public(name):
            assert "uptime_check/time_until_ssl_cert_expires" in found[0]
    assert " > 1800000000 - 14 * 86400)" in asked["private-date"][0]
    objects = built("private-cert-manager")
    query = asked["private-cert-manager"][0]
    labels = dict(_SELECTOR.findall(query))
    assert (labels["exported_namespace"], labels["name"]) in named(objects, "Certificate")
    (scraped,) = [
        item
        for item in objects
        if item["kind"] == "PodMonitoring" and item["metadata"]["namespace"] == labels["namespace"]
    ]
    assert [(item["port"], item["path"]) for item in scraped["spec"]["endpoints"]] == [(9402, "/metrics")]


# Values.


def test_thresholds_are_values() -> None:
    it = Infra(
        "dev",
        """\
infra:
  monitoring:
    downMinutes: 7
    serverErrorPercent: 3
    volumePercent: 75
    databaseFreeGib: 2
    databaseConnectionsPercent: 60
    memorystorePercent: 70
    certificateDays: 21
    fullPoolMinutes: 90
  memorystore: {enabled: true}
components: {keycloak-database: {enabled: true}}
""",
    )
    for name in ("codemie-api", "codemie-sign-in", "codemie-edge"):
        found = [condition for condition in conditions(it) if condition.policy == name]
        inner = [next(value for key, value in item.spec.items() if key != "displayName") for item in found]
        assert {item["duration"] for item in inner} == {"420s"}
    assert all("> 3 / 100 *" in condition.asks for condition in conditions(it, "backend_target_name"))
    volumes = conditions(it, "pod/volume/utilization")
    assert [item.spec["conditionThreshold"]["thresholdValue"] for item in volumes] == [0.75, 0.75]
    assert conditions(it, "disk_quota")[0].asks.endswith("< 2 * 2 ^ 30")
    assert conditions(it, "num_backends")[0].asks.endswith("> 60 / 100 * 100")
    assert conditions(it, "system_memory_usage_ratio")[0].asks.endswith("> 70 / 100")
    (certificate,) = conditions(it, "time_until_ssl")
    assert certificate.spec["conditionThreshold"]["thresholdValue"] == 21
    (nodes,) = conditions(it, "codemie-pool")
    assert nodes.spec["conditionThreshold"]["duration"] == "5400s"


@pytest.mark.parametrize(
    ("database", "most"),
    [
        ("{tier: db-f1-micro}", 25),
        ("{tier: db-g1-small}", 50),
        ("{tier: db-custom-1-3840}", 100),
        ("{tier: db-custom-2-6144}", 200),
        ("{tier: db-custom-2-7680}", 400),
        ("{tier: db-custom-2-8192}", 400),
        ("{tier: db-custom-2-13312}", 400),
        ("{tier: db-custom-4-15360}", 500),
        ("{tier: db-custom-4-16384}", 500),
        ("{tier: db-custom-8-30720}", 600),
        ("{tier: db-custom-16-61440}", 800),
        ("{tier: db-custom-16-99840}", 800),
        ("{tier: db-custom-16-103424}", 800),
        ("{tier: db-custom-32-122880}", 1000),
        ("{tier: db-custom-96-638976}", 1000),
        ('{tier: db-custom-1-3840, flags: {max_connections: "250"}}', 250),
    ],
)
def test_connections_are_counted_against_what_the_instance_takes(database: str, most: int) -> None:
    (condition,) = conditions(Infra("dev", f"database: {database}"), "num_backends")
    assert condition.asks.endswith(f"> 80 / 100 * {most}")


# PromQL.


@pytest.mark.parametrize(
    "name", ["public-nats", "public-tuned", "private-high-scale", "private-cert-manager", "private-date"]
)
def test_queries_are_promql(name: str) -> None:
    parser = pytest.importorskip("promql_parser", reason="no parser of PromQL: pip install promql-parser")
    for condition in conditions(of(name)):
        if "conditionPrometheusQueryLanguage" in condition.spec:
            parser.parse(condition.asks)  # raises


# What docs/monitoring.md says can be patched.


def test_a_channel_made_by_hand_and_an_id_can_be_patched_in() -> None:
    channel = "projects/example-codemie-dev/notificationChannels/1234567890"
    more = f"""\
patches:
  page-the-api:
    target: {{unit: monitoring, kind: MonitoringAlertPolicy, name: codemie-api}}
    ops:
      - {{op: add, path: /spec/notificationChannels/-, value: {{external: {channel}}}}}
      - {{op: add, path: /spec/resourceID, value: "1234567890"}}
"""
    changed = build("dev", more)
    spec = changed.one("MonitoringAlertPolicy", "codemie-api")["spec"]
    assert (spec["notificationChannels"], spec["resourceID"]) == ([{"external": channel}], "1234567890")
    assert not changed.errors("monitoring")
