"""The API's Redis: none, in the cluster, or Memorystore, and what each brings along."""

from typing import Any

import pytest
from product import Built, build, container

from generator.traffic import MEMORYSTORE_PORT
from lint.variants import KUBE_DNS, REDIS, THERE


def given(objects: Built) -> dict[str, Any]:
    """Return what the API gets to know of Redis: values and references by name."""
    env = container(objects.one("Deployment", "codemie"))["env"]
    return {item["name"]: item.get("value", item.get("valueFrom")) for item in env if item["name"].startswith("REDIS")}


def secret(name: str, key: str) -> dict[str, Any]:
    return {"secretKeyRef": {"name": name, "key": key}}


def egress(objects: Built, port: int) -> list[Any]:
    """Return where the API may call `port`."""
    rules = objects.one("NetworkPolicy", "codemie")["spec"]["egress"]
    return [peer for rule in rules if {"protocol": "TCP", "port": port} in rule["ports"] for peer in rule["to"]]


@pytest.mark.parametrize("example", ["dev", "staging", "prod"])
def test_by_default_there_is_none_and_nothing_names_one(example: str) -> None:
    it = build(example)
    assert given(it) == {}
    assert not it.plan.named("api-redis")
    assert not it.plan.named("memorystore")
    assert not it.of("RedisInstance")


def test_in_the_cluster_it_is_the_apis_own_whether_litellm_has_one_or_not() -> None:
    it = build("dev", REDIS.format("in-cluster"))
    assert it.plan.named("litellm") is None
    assert given(it) == {
        "REDIS_HOST": "codemie-redis",
        "REDIS_PORT": "6379",
        "REDIS_PASSWORD": secret("codemie-redis", "redis-password"),
    }
    assert set(it.all("StatefulSet", "codemie")) == {"codemie-redis"}
    assert "codemie-redis" in it.all("ExternalSecret", "codemie")
    assert [peer["podSelector"] for peer in egress(it, 6379)] == [
        {"matchLabels": {"app.kubernetes.io/name": "codemie-redis"}}
    ]
    assert it.verdict.findings == ()


def test_in_the_cluster_it_keeps_less_than_its_pod_has_and_comes_before_the_api() -> None:
    it = build("dev", REDIS.format("in-cluster"))
    (kept,) = [line.split()[1] for line in it.file("codemie-redis", "redis.conf").splitlines() if "maxmemory " in line]
    limit = container(it.one("StatefulSet", "codemie-redis"))["resources"]["limits"]["memory"]
    assert int(kept.removesuffix("mb")) * 3 <= int(limit.removesuffix("Mi")) * 2
    assert _wave(it, "api-redis") < _wave(it, "api")


def test_memorystore_is_closed_encrypted_and_kept() -> None:
    it = build("prod", REDIS.format("memorystore"))
    instance = it.one("RedisInstance", "codemie-redis")
    assert instance["metadata"]["annotations"] == {
        "cnrm.cloud.google.com/project-id": "example-codemie-prod",
        "cnrm.cloud.google.com/deletion-policy": "abandon",
        "argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm,PruneLast=true",
        "argocd.argoproj.io/sync-wave": "4",
    }
    assert instance["spec"] == {
        "region": "europe-west3",
        "tier": "STANDARD_HA",
        "memorySizeGb": 1,
        "redisVersion": "REDIS_7_2",
        "authorizedNetworkRef": {"name": "codemie-cluster-network"},
        "connectMode": "PRIVATE_SERVICE_ACCESS",
        "authEnabled": True,
        "transitEncryptionMode": "SERVER_AUTHENTICATION",
        "maintenancePolicy": {"weeklyMaintenanceWindow": [{"day": "SUNDAY", "startTime": {"hours": 4}}]},
    }
    assert "redis.googleapis.com" in it.all("Service", "codemie-prod")
    assert it.verdict.findings == ()


def test_the_api_takes_address_and_auth_string_of_memorystore_from_secret_manager() -> None:
    it = build("prod", REDIS.format("memorystore"))
    assert given(it) == {
        "REDIS_HOST": secret("codemie-memorystore", "host"),
        "REDIS_PORT": str(MEMORYSTORE_PORT),
        "REDIS_PASSWORD": secret("codemie-memorystore", "password"),
        "REDIS_SSL": "true",
        "REDIS_SSL_CERT_REQS": "none",
    }
    data = it.one("ExternalSecret", "codemie-memorystore")["spec"]["data"]
    read = {item["secretKey"]: item["remoteRef"]["key"] for item in data}
    assert read == {"host": "memorystore-host", "password": "memorystore-auth-string"}
    assert {*read.values()} <= set(it.all("SecretManagerSecret", "codemie-prod"))
    assert egress(it, MEMORYSTORE_PORT) == [{"ipBlock": {"cidr": it.plan.environment.network.private_services}}]
    assert egress(it, 6379) == []
    assert _wave(it, "memorystore") < _wave(it, "api")


def test_memorystore_goes_into_a_network_that_is_there() -> None:
    it = build("prod", REDIS.format("memorystore") + THERE + KUBE_DNS)
    network = it.one("RedisInstance", "codemie-redis")["spec"]["authorizedNetworkRef"]
    assert network == {"external": "projects/example-codemie-prod/global/networks/corp-vpc"}
    assert it.verdict.findings == ()


def _wave(it: Built, unit: str) -> int:
    planned = it.plan.named(unit)
    assert planned is not None
    return planned.wave
