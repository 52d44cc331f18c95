"""Elasticsearch and Kibana: votes, pods that `restricted` lets in, and what the set-up Jobs ask for."""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest
from command import ENVIRONMENTS
from product import Built, build

from generator.catalog.unit import Declaration
from generator.check.built import BuiltPods
from generator.check.kubernetes.pod_security import CONTROLS
from generator.manifest import Manifest
from generator.notation.quantity import amount

TIEBREAKER = "components: {elasticsearch: {tiebreaker: true, snapshots: false%s}}\n"
PLACES = ", scheduling: {priority: normal, nodeSelector: {pool: search}, tolerations: [{key: search}]}"
GROWN = """\
components:
  elasticsearch: {replicas: 3}
  kibana: {heapMegabytes: 1400, resources: {requests: {memory: 2Gi}, limits: {memory: 2Gi}}}
"""
VARIANTS = {  # what is laid over an example
    "tiebreaker": ("prod", TIEBREAKER % ""),
    "placed": ("prod", TIEBREAKER % PLACES),
    "grown": ("dev", GROWN),
}


def built(environment: str) -> Built:
    """Return an example, or a variant."""
    return build(*VARIANTS.get(environment, (environment, "")))


def the(environment: str, kind: str, name: str) -> Manifest:
    return built(environment).one(kind, name)


def node_sets(environment: str) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in the(environment, "Elasticsearch", "elasticsearch")["spec"]["nodeSets"]}


def config(environment: str, job: str) -> dict[str, str]:
    """Return the files that a set-up Job mounts."""
    return built(environment).mounted(the(environment, "Job", job))


def body(environment: str, file: str) -> Any:
    return json.loads(config(environment, "elasticsearch-setup")[file])


def declared(unit: str) -> Declaration:
    planned = built("prod").plan.named(unit)
    assert planned
    return planned.unit.declaration


# Votes


@pytest.mark.parametrize(("environment", "voters", "data"), [("dev", 1, 1), ("prod", 2, 2), ("tiebreaker", 3, 2)])
def test_how_many_nodes_vote_and_hold_data(environment: str, voters: int, data: int) -> None:
    sets = node_sets(environment).values()
    roles = [(item["count"], item["config"].get("node.roles", ["master", "data"])) for item in sets]
    assert sum(count for count, said in roles if "master" in said) == voters
    assert sum(count for count, said in roles if "data" in said) == data


def test_the_tiebreaker_votes_is_never_elected_and_stands_alone() -> None:
    found = node_sets("tiebreaker")["tiebreaker"]
    spec = found["podTemplate"]["spec"]
    assert found["config"]["node.roles"] == ["master", "voting_only"]
    assert spec["containers"][0]["resources"]["limits"]["memory"] == "1Gi"
    (term,) = spec["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["topologyKey"] == "kubernetes.io/hostname"
    assert (
        term["labelSelector"]["matchLabels"].items()
        <= the("tiebreaker", "Service", "elasticsearch-master")["spec"]["selector"].items()
    )


def test_common_keys_reach_the_data_nodes_beside_a_tiebreaker() -> None:
    with_it, without = node_sets("tiebreaker"), node_sets("prod")
    assert with_it["default"] == without["default"]
    assert list(without) == ["default"]


def test_a_tiebreaker_is_placed_like_the_data_nodes() -> None:
    for environment, expected in (
        ("tiebreaker", ("codemie-high", None, None)),
        ("placed", ("codemie-normal", {"pool": "search"}, ["search"])),
    ):
        for item in node_sets(environment).values():
            spec = item["podTemplate"]["spec"]
            keys = [toleration["key"] for toleration in spec.get("tolerations", [])] or None
            assert (spec["priorityClassName"], spec.get("nodeSelector"), keys) == expected


THERE = "argocd: {topology: in-cluster}\nexisting: {cluster: {name: tools}}\n"
ALWAYS = "components: {elasticsearch: {tiebreaker: true, allowMmap: true}}\n"
NEVER = ALWAYS.replace("true}}", "false}}")


@pytest.mark.parametrize(
    ("more", "maps"),
    [("", True), (THERE, False), (THERE + ALWAYS, True), (NEVER, False)],
    ids=["our nodes", "nodes of others", "nodes of others, which somebody prepared", "switched off"],
)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_files_are_mapped_where_nodes_allow_it(environment: str, more: str, maps: bool) -> None:  # noqa: FBT001
    """Elsewhere Elasticsearch would not start: it asks the kernel, and stops."""
    sets = build(environment, more).one("Elasticsearch", "elasticsearch")["spec"]["nodeSets"]
    assert {nodes["name"]: nodes["config"]["node.store.allow_mmap"] for nodes in sets} == {
        nodes["name"]: maps for nodes in sets
    }


@pytest.mark.parametrize(("environment", "budget"), [("dev", {}), ("prod", None), ("grown", None)])
def test_one_node_alone_has_no_disruption_budget(environment: str, budget: object) -> None:
    assert the(environment, "Elasticsearch", "elasticsearch")["spec"].get("podDisruptionBudget") == budget


def test_one_node_at_a_time_goes_away() -> None:
    spec = the("prod", "Elasticsearch", "elasticsearch")["spec"]
    assert spec["updateStrategy"]["changeBudget"]["maxUnavailable"] == 1


# Pods


@pytest.mark.parametrize("environment", VARIANTS)
def test_variants_pass_all_checks(environment: str) -> None:
    assert [finding for finding in built(environment).verdict.findings if "elastic/" in finding.object] == []


def test_every_pod_template_that_operators_get_is_restricted() -> None:
    for kind, pointers in (
        ("Elasticsearch", [item["podTemplate"] for item in node_sets("tiebreaker").values()]),
        ("Kibana", [the("prod", "Kibana", "kibana")["spec"]["podTemplate"]]),
    ):
        (owner,) = [item for item in built("tiebreaker").objects if item.id.kind == kind]
        for template in pointers:
            pods = BuiltPods(owner, "", {}, template["spec"])
            assert [problem for control in CONTROLS["restricted"] for problem in control(pods)] == []


def test_init_containers_that_eck_adds_to_kibana_are_there_by_name() -> None:
    """ECK gives them no capabilities to drop: without ours the namespace refuses the pod."""
    spec = the("prod", "Kibana", "kibana")["spec"]["podTemplate"]["spec"]
    names = [container["name"] for container in spec["initContainers"]]
    assert names == ["elastic-internal-init", "elastic-internal-init-keystore"]


def test_nodes_have_a_google_identity_where_they_take_snapshots() -> None:
    def has(environment: str) -> bool:
        return "annotations" in the(environment, "ServiceAccount", "elasticsearch")["metadata"]

    assert has("prod")
    assert not has("tiebreaker")
    assert not {name for name in config("tiebreaker", "elasticsearch-setup") if name.startswith("snapshot")}


# Kibana


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_kibana_outlives_the_connections_of_the_load_balancer(environment: str) -> None:
    settings = the(environment, "Kibana", "kibana")["spec"]["config"]
    assert settings["server.keepaliveTimeout"] > 600 * 1000  # milliseconds
    assert settings["server.socketTimeout"] > 600 * 1000
    assert settings["server.publicBaseUrl"].startswith("https://kibana.")


def test_kibana_keeps_its_keys_in_its_keystore() -> None:
    (secure,) = the("prod", "Kibana", "kibana")["spec"]["secureSettings"]
    assert secure["secretName"] == "kibana-encryption-keys"
    assert {item["path"] for item in secure["entries"]} == {
        f"xpack.{which}.encryptionKey" for which in ("encryptedSavedObjects", "reporting", "security")
    }
    keys = declared("kibana").secrets["kibana-encryption-keys"].keys
    assert set(keys) == {item["key"] for item in secure["entries"]}
    assert {key.length for key in keys.values()} == {32}


@pytest.mark.parametrize("environment", [*ENVIRONMENTS, "grown"])
def test_the_heap_of_kibana_fits_its_memory(environment: str) -> None:
    (container,) = the(environment, "Kibana", "kibana")["spec"]["podTemplate"]["spec"]["containers"]
    (options,) = [item["value"] for item in container["env"] if item["name"] == "NODE_OPTIONS"]
    heap = int(options.removeprefix("--max-old-space-size=")) * 2**20
    limit = amount(container["resources"]["limits"]["memory"])
    assert limit
    assert 0.6 < heap / float(limit) < 0.75


def test_kibana_and_elasticsearch_share_a_version() -> None:
    for environment in ENVIRONMENTS:
        versions = {the(environment, kind, kind.lower())["spec"]["version"] for kind in ("Elasticsearch", "Kibana")}
        assert len(versions) == 1


def test_one_secret_of_two_units_is_declared_once() -> None:
    name = "elasticsearch-master-credentials"
    assert declared("kibana").secrets[name] == declared("elasticsearch").secrets[name]


# What the files say


TEMPLATES = {
    "logs-template.json": "logs-codemie-infra-2026.01.01",
    "metrics-template.json": "codemie_metrics_logs-000001",
}


@pytest.mark.parametrize(("file", "index"), TEMPLATES.items())
def test_templates_win_over_the_data_streams_of_elastic(file: str, index: str) -> None:
    template = body("prod", file)
    assert any(fnmatchcase(index, pattern) for pattern in template["index_patterns"])
    assert template["priority"] > 500  # those of Elastic and its integrations are at most that
    assert "data_stream" not in template


def test_every_lifecycle_that_a_template_names_is_put() -> None:
    script = config("prod", "elasticsearch-setup")["setup.sh"]
    for file in TEMPLATES:
        assert f"/_ilm/policy/{body('prod', file)['template']['settings']['index']['lifecycle']['name']} " in script


def test_daily_logs_go_by_age_and_metrics_by_age_since_their_rollover() -> None:
    logs, metrics = (body("prod", f"{name}-lifecycle.json")["policy"]["phases"] for name in ("logs", "metrics"))
    assert "rollover" not in logs["hot"]["actions"]
    assert (logs["delete"]["min_age"], metrics["delete"]["min_age"]) == ("30d", "365d")
    assert "rollover" in metrics["hot"]["actions"]
    alias = body("prod", "metrics-template.json")["template"]["settings"]["index"]["lifecycle"]["rollover_alias"]
    assert body("prod", "metrics-index.json") == {"aliases": {alias: {"is_write_index": True}}}
    guard = body("prod", "metrics-write-template.json")
    assert (guard["index_patterns"], guard["allow_auto_create"]) == ([alias], False)


@pytest.mark.parametrize(
    "index", ["codemie_metrics_logs", "codemie_metrics_logs-2026-q1", "codemie_metrics_logs_write"]
)
def test_a_metrics_index_that_never_rolls_over_is_never_deleted(index: str) -> None:
    assert not any(fnmatchcase(index, pattern) for pattern in body("prod", "metrics-template.json")["index_patterns"])


@pytest.mark.parametrize(("environment", "replicas"), [("dev", 0), ("prod", 1), ("grown", 1)])
def test_replicas_go_where_there_is_a_second_node(environment: str, replicas: int) -> None:
    settings = [
        *(body(environment, file)["template"]["settings"]["index"] for file in TEMPLATES),
        body(environment, "replicas-template.json")["settings"]["index"],
        body(environment, "replicas.json")["index"],
    ]
    assert {item["number_of_replicas"] for item in settings} == {replicas}


def test_snapshots_go_to_the_bucket_that_the_identity_is_for() -> None:
    (grant,) = declared("elasticsearch").identity
    bucket = body("prod", "snapshot-repository.json")["settings"]["bucket"]
    assert bucket == f"{built('prod').plan.environment.gcp.project}-codemie-{grant.resource.removeprefix('bucket:')}"
    policy = body("prod", "snapshot-policy.json")
    assert policy["repository"] == "codemie"
    assert len(policy["schedule"].split()) == 6
    assert policy["retention"]["expire_after"] == "30d"


@pytest.mark.parametrize("job", ["elasticsearch-setup", "kibana-setup"])
@pytest.mark.parametrize("environment", ["prod", "tiebreaker"])
def test_every_file_that_a_script_sends_is_beside_it(environment: str, job: str) -> None:
    files = config(environment, job)
    script = files.pop("setup.sh")
    words = {word.rstrip(";") for line in script.splitlines() for word in line.split()}
    named = {word.removeprefix('"$files"/') for word in words if word.endswith(".json")}
    sent = {pattern: {name for name in files if fnmatchcase(name, pattern)} for pattern in named}
    assert all(sent.values())
    assert set().union(*sent.values()) == set(files)
