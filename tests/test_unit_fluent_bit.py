"""Fluent Bit as built: a file that its YAML format knows, two pipelines that lose and mix nothing, rights that suffice.

No package registry has the program, so what the manual says of each plugin stands here: a closed list of the keys used.
"""

import fnmatch
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import yaml
from product import Built, build, container, pod

from generator.manifest import Manifest

BOOL, NUMBER, TEXT = "a boolean", "a number", "a text"
SIZE = r"[1-9][0-9]*[kKmMgG]"
GLOB = r"[\w.*-]+"
TLS = {"tls": BOOL, "tls.verify": BOOL, "tls.verify_hostname": BOOL, "tls.ca_file": TEXT}
SERVICE = {
    "flush": NUMBER,
    "grace": NUMBER,
    "log_level": r"off|error|warn|info|debug|trace",
    "http_server": BOOL,
    "http_listen": TEXT,
    "http_port": NUMBER,
    "health_check": BOOL,
    "storage.path": TEXT,
    "storage.sync": r"normal|full",
    "storage.max_chunks_up": NUMBER,
    "storage.backlog.mem_limit": SIZE,
    "scheduler.cap": NUMBER,
}
PARSERS = {"name": TEXT, "format": r"json|regex|ltsv|logfmt"}
PLUGINS: dict[tuple[str, str], dict[str, str]] = {
    ("inputs", "tail"): {
        "tag": GLOB,
        "path": TEXT,
        "multiline.parser": r"cri|docker|java|go|python|ruby",
        "db": TEXT,
        "db.locking": BOOL,
        "read_from_head": BOOL,
        "refresh_interval": NUMBER,
        "skip_long_lines": BOOL,
        "storage.type": r"filesystem|memory|memrb",
    },
    ("filters", "kubernetes"): {
        "match": GLOB,
        "kube_tag_prefix": TEXT,
        "buffer_size": SIZE,
        "merge_log": BOOL,
        "keep_log": BOOL,
        "k8s-logging.exclude": BOOL,
        "labels": BOOL,
        "annotations": BOOL,
    },
    ("filters", "modify"): {"match": GLOB, "hard_rename": r"\w+ \w+"},
    ("filters", "parser"): {"match": GLOB, "key_name": TEXT, "parser": TEXT, "reserve_data": BOOL},
    ("filters", "record_modifier"): {"match": GLOB, "remove_key": r"\w+"},
    ("filters", "grep"): {"match": GLOB, "regex": r"\w+ .+"},
    ("outputs", "es"): {
        "match": GLOB,
        "host": TEXT,
        "port": NUMBER,
        "http_user": TEXT,
        "http_passwd": TEXT,
        **TLS,
        "logstash_format": BOOL,
        "logstash_prefix": r"[a-z0-9_-]+",
        "time_key": TEXT,
        "index": r"[a-z0-9_-]+",
        "replace_dots": BOOL,
        "suppress_type_name": BOOL,
        "generate_id": BOOL,
        "retry_limit": r"no_limits|no_retries|[0-9]+",
        "storage.total_limit_size": SIZE,
    },
}
REPEATED = {"remove_key"}
"""Keys that may hold a list: one property for each entry."""

NAME = "fluent-bit"
USERS_ID = "elasticsearch-log-writer-password"
CONTAINER_ID = "0123456789abcdef" * 4


class Unit(NamedTuple):
    """The unit's objects and its file."""

    built: Built
    file: dict[str, Any]

    @property
    def daemons(self) -> Manifest:
        """Return the DaemonSet."""
        return self.built.one("DaemonSet", "fluent-bit")

    def of(self, stage: str, **wanted: str) -> list[dict[str, Any]]:
        """Return the plugins of a stage that have these settings."""
        return [item for item in self.file["pipeline"][stage] if wanted.items() <= item.items()]


def built(more: str = "") -> Unit:
    found = build("prod", more)
    return Unit(found, yaml.safe_load(found.file("fluent-bit", "fluent-bit.yaml")))


VARIANTS = ["", "components: {fluent-bit: {infraLogs: false, bufferSize: 1G}}\n"]


@pytest.fixture(scope="module", params=VARIANTS, ids=["default", "metrics-only"])
def unit(request: pytest.FixtureRequest) -> Unit:
    return built(request.param)


@pytest.fixture(scope="module")
def default() -> Unit:
    return built()


def unknown(found: dict[str, Any], known: dict[str, str]) -> Iterator[str]:
    """Yield what the manual does not say of these settings."""
    for key, value in found.items():
        if key not in known:
            yield f"{key} is no setting"
            continue
        kind = known[key]
        for item in value if key in REPEATED and isinstance(value, list) else [value]:
            if kind in (BOOL, NUMBER):
                good = isinstance(item, bool) if kind == BOOL else isinstance(item, int) and not isinstance(item, bool)
            else:
                good = isinstance(item, str | int) and (kind == TEXT or re.fullmatch(kind, str(item)) is not None)
            if not good:
                yield f"{key} is not {kind}"


def test_the_file_is_of_the_documented_format(unit: Unit) -> None:
    assert set(unit.file) == {"service", "parsers", "pipeline"}
    assert set(unit.file["pipeline"]) == {"inputs", "filters", "outputs"}
    problems = [*unknown(unit.file["service"], SERVICE)]
    for item in unit.file["parsers"]:
        problems += unknown(item, PARSERS)
    for stage, plugins in unit.file["pipeline"].items():
        for plugin in plugins:
            known = {"name": TEXT, **PLUGINS[stage, plugin["name"]]}
            problems += [f"{stage} {plugin['name']}: {problem}" for problem in unknown(plugin, known)]
    assert problems == []


def test_a_misspelt_setting_is_found() -> None:
    known = PLUGINS["inputs", "tail"]
    assert [*unknown({"skip_long_line": True}, known)] == ["skip_long_line is no setting"]
    assert [*unknown({"skip_long_lines": "on"}, known)] == ["skip_long_lines is not a boolean"]
    assert [*unknown({"storage.type": "disk"}, known)] == ["storage.type is not filesystem|memory|memrb"]


def test_each_tag_goes_to_one_output_and_each_filter_meets_a_tag(unit: Unit) -> None:
    tags = [item["tag"].replace("*", "var.log.containers.x.log") for item in unit.of("inputs")]
    for tag in tags:
        assert len([item for item in unit.of("outputs") if fnmatch.fnmatch(tag, item["match"])]) == 1
    for item in (*unit.of("filters"), *unit.of("outputs")):
        assert len([tag for tag in tags if fnmatch.fnmatch(tag, item["match"])]) == 1
    for item in unit.of("filters", name="kubernetes"):
        assert item["kube_tag_prefix"] == item["match"].replace("*", "var.log.containers.")
    for item in unit.of("filters", name="parser"):
        assert item["parser"] in {parser["name"] for parser in unit.file["parsers"]}


def test_metrics_pass_every_filter_that_the_api_needs_in_order(unit: Unit) -> None:
    found = unit.of("filters", match="kube.codemie-metrics.*")
    assert [item["name"] for item in found] == ["kubernetes", "parser", "record_modifier", "grep"]
    names, message, removed, kept = found
    assert (names["merge_log"], names["keep_log"], names["labels"], names["annotations"]) == (True, False, False, False)
    assert (message["key_name"], message["reserve_data"]) == ("message", True)
    assert removed["remove_key"] == ["span_id", "trace_id"]
    assert kept["regex"].startswith("metric_name ")
    (output,) = unit.of("outputs", match="kube.codemie-metrics.*")
    assert "logstash_format" not in output
    assert output["retry_limit"] != "no_limits"  # a record that Elasticsearch refuses would be sent for ever
    made = unit.built.file("elasticsearch-setup", "metrics-index.json")
    assert yaml.safe_load(made)["aliases"] == {output["index"]: {"is_write_index": True}}


def test_logs_get_the_index_and_the_field_that_people_search(default: Unit) -> None:
    assert [item["name"] for item in default.of("filters", match="kube.codemie-infra.*")] == ["kubernetes", "modify"]
    assert default.of("filters", name="modify")[0]["hard_rename"] == "log message"
    (output,) = default.of("outputs", match="kube.codemie-infra.*")
    assert (output["logstash_format"], output["logstash_prefix"]) == (True, "logs-codemie-infra")
    assert output["time_key"] == "@timestamp"


def file_of(workload: str, namespace: str, name: str) -> str:
    """Return how kubelet names the log of a container of a Deployment."""
    return f"/var/log/containers/{workload}-6d5f8c7b9c-x2x4z_{namespace}_{name}-{CONTAINER_ID}.log"


def reads(unit: Unit, tag: str, file: str) -> bool:
    (source,) = unit.of("inputs", tag=tag)
    return any(fnmatch.fnmatch(file, path) for path in source["path"].split(","))


def test_the_apis_metrics_are_read_from_the_apis_own_file(unit: Unit) -> None:
    deployment = unit.built.one("Deployment", "codemie")
    (name,) = [item["name"] for item in pod(deployment)["containers"]]
    assert reads(unit, "kube.codemie-metrics.*", file_of("codemie", deployment["metadata"]["namespace"], name))
    assert not reads(unit, "kube.codemie-metrics.*", file_of("mermaid-server", "codemie", "mermaid-server"))


def test_every_workload_of_the_platform_is_read_but_itself(default: Unit) -> None:
    kinds = ("Deployment", "StatefulSet", "DaemonSet", "Job")
    for item in default.built.objects:
        if item.id.kind not in kinds:
            continue
        for found in pod(item.manifest)["containers"]:
            file = file_of(item.id.name, item.id.namespace, found["name"])
            assert reads(default, "kube.codemie-infra.*", file) == (item.id.name != "fluent-bit"), file
    assert not reads(default, "kube.codemie-infra.*", file_of("kube-dns", "kube-system", "kubedns"))
    annotations = default.daemons["spec"]["template"]["metadata"]["annotations"]
    assert annotations["fluentbit.io/exclude"] == "true"


def test_elasticsearch_is_the_service_that_is_rendered_and_is_verified(unit: Unit) -> None:
    service = unit.built.one("Service", "elasticsearch-master")
    mounted = {item["mountPath"]: item["name"] for item in container(unit.daemons)["volumeMounts"]}
    volumes = {item["name"]: item for item in pod(unit.daemons)["volumes"]}
    for output in unit.of("outputs"):
        assert output["host"] == f"elasticsearch-master.{service['metadata']['namespace']}.svc.cluster.local"
        assert output["port"] in {port["port"] for port in service["spec"]["ports"]}
        assert output["tls"] is output["tls.verify"] is output["tls.verify_hostname"] is True
        folder, _, file = output["tls.ca_file"].rpartition("/")
        assert file == "ca.crt"
        assert volumes[mounted[folder]]["secret"]["secretName"] == "elasticsearch-ca"
    names = unit.built.one("Elasticsearch", "elasticsearch")["spec"]["http"]["tls"]["selfSignedCertificate"]
    assert {"dns": unit.of("outputs")[0]["host"]} in names["subjectAltNames"]


def test_variables_of_the_file_are_in_the_environment_and_no_secret_is_in_the_file(unit: Unit) -> None:
    text = unit.built.file("fluent-bit", "fluent-bit.yaml")
    given = {item["name"]: item["valueFrom"]["secretKeyRef"] for item in container(unit.daemons)["env"]}
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(given)
    for output in unit.of("outputs"):
        assert given[output["http_user"].strip("${}")]["key"] == "username"
        assert given[output["http_passwd"].strip("${}")]["key"] == "password"


def test_it_reads_two_folders_of_the_node_and_writes_one(unit: Unit) -> None:
    volumes = {item["name"]: item["hostPath"]["path"] for item in pod(unit.daemons)["volumes"] if "hostPath" in item}
    mounts = {item["mountPath"]: item for item in container(unit.daemons)["volumeMounts"] if item["name"] in volumes}
    writable = [path for path, item in mounts.items() if not item.get("readOnly")]
    assert writable == ["/var/lib/fluent-bit"]
    assert {path for path, item in mounts.items() if item.get("readOnly")} == {"/var/log/containers", "/var/log/pods"}
    for path, item in mounts.items():
        assert path == volumes[item["name"]] or path in writable  # links lead where they lead on the node
    state = [item["db"] for item in unit.of("inputs")]
    assert len(set(state)) == len(state)  # two readers of one database would each skip what the other has read
    for path in (*state, unit.file["service"]["storage.path"]):
        assert path.startswith(f"{writable[0]}/")
    assert all(item["storage.type"] == "filesystem" for item in unit.of("inputs"))
    assert all(item["storage.total_limit_size"] for item in unit.of("outputs"))


def test_root_without_capabilities_is_all_it_has(default: Unit) -> None:
    context = container(default.daemons)["securityContext"]
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert context["readOnlyRootFilesystem"] is True
    assert context["privileged"] is context["allowPrivilegeEscalation"] is False


def test_it_asks_for_pods_by_name_in_the_namespaces_of_the_platform_and_for_nothing_else(default: Unit) -> None:
    spaces = {item.id.name for item in default.built.objects if item.id.kind == "Namespace"} - {"codemie-prod"}
    roles = {
        kind: {
            item.id.namespace: item for item in default.built.objects if item.id.kind == kind and item.id.name == NAME
        }
        for kind in ("Role", "RoleBinding")
    }
    assert set(roles["Role"]) == set(roles["RoleBinding"]) == spaces
    for item in roles["Role"].values():
        assert item.manifest["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    for item in roles["RoleBinding"].values():
        assert item.manifest["subjects"] == [{"kind": "ServiceAccount", "name": NAME, "namespace": "fluentbit"}]
        assert "/components/namespaces/" in item.file
    assert [item.id for item in default.built.objects if item.id.kind.startswith("ClusterRole")] == []


def test_its_user_adds_records_and_the_administrators_password_is_nowhere_near(default: Unit) -> None:
    built = default.built
    secret = built.all("ExternalSecret", "elastic")["elasticsearch-log-writer"]["spec"]
    assert secret["target"]["template"]["data"] == {"username": "log-writer", "roles": "codemie_log_writer"}
    mine = built.all("ExternalSecret", "fluentbit")["elasticsearch-log-writer"]["spec"]
    assert [entry["remoteRef"]["key"] for entry in (*secret["data"], *mine["data"])] == [USERS_ID] * 2
    realm = built.one("Elasticsearch", "elasticsearch")["spec"]["auth"]["fileRealm"]
    assert {"secretName": "elasticsearch-log-writer"} in realm
    role = json.loads(built.file("elasticsearch-setup", "log-writer-role.json"))
    assert set(role) == {"indices"}
    assert {privilege for item in role["indices"] for privilege in item["privileges"]} == {"auto_configure", "create"}
    for output in default.of("outputs"):
        index = output.get("index") or f"{output['logstash_prefix']}-2026.01.01"
        assert any(fnmatch.fnmatchcase(index, name) for item in role["indices"] for name in item["names"])
    readers = {
        item.manifest["spec"]["memberFrom"]["serviceAccountRef"]["name"]
        for item in built.objects
        if item.id.kind == "IAMPolicyMember"
        and item.manifest["spec"]["resourceRef"].get("name") == "elasticsearch-admin-password"
    }
    assert readers == {"codemie-codemie-secrets", "codemie-elastic-secrets"}
    there = [item for item in built.objects if item.id.namespace == "fluentbit" and item.id.kind == "ExternalSecret"]
    assert "elasticsearch-admin-password" not in json.dumps([item.manifest for item in there])


def test_it_runs_on_every_node_and_has_time_to_deliver(default: Unit) -> None:
    assert pod(default.daemons)["tolerations"] == [{"operator": "Exists"}]
    assert pod(default.daemons)["priorityClassName"] == "codemie-high"
    assert pod(default.daemons)["terminationGracePeriodSeconds"] > default.file["service"]["grace"]


def test_probes_and_metrics_ask_the_port_that_the_file_opens(unit: Unit) -> None:
    service = unit.file["service"]
    assert service["http_server"] is service["health_check"] is True
    (port,) = container(unit.daemons)["ports"]
    assert port["containerPort"] == service["http_port"] == 2020
    (endpoint,) = unit.built.one("PodMonitoring", "fluent-bit")["spec"]["endpoints"]
    assert endpoint["path"] == "/api/v2/metrics/prometheus"


def test_chunks_in_memory_fit_into_the_pod(default: Unit) -> None:
    limit = container(default.daemons)["resources"]["limits"]["memory"]
    assert default.file["service"]["storage.max_chunks_up"] * 2 * len(default.of("inputs")) < int(
        limit.removesuffix("Mi")
    )
