"""Pools of pods against what a database takes, at the limit and beyond."""

from collections.abc import Iterator
from typing import Any

import pytest
from objects import CONTAINER, POD_AT, made, world
from project import component, plan, sources

from generator.capacity import connections
from generator.check import Built
from generator.finding import Finding, Severity
from generator.google.sql_connections import most_connections
from generator.manifest import Manifest, Object, identify


def pods(count: int, *variables: tuple[str, str], proxy: bool = True, args: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a Deployment of so many pods with these variables, beside the proxy of Cloud SQL or not."""
    env = [{"name": name, "value": value} for name, value in variables]
    beside = [{**CONTAINER, "name": "cloud-sql-proxy"}] if proxy else []
    return {
        "/spec/replicas": count,
        "/spec/strategy": {"type": "Recreate"},
        f"{POD_AT}/containers": [{**CONTAINER, "env": env, "args": list(args)}, *beside],
    }


def instance(tier: str, **flags: str) -> Manifest:
    """Return an instance of Cloud SQL."""
    written = [{"name": name, "value": value} for name, value in flags.items()]
    return made("SQLInstance", "db", {"spec": {"settings": {"tier": tier, "databaseFlags": written}}})


def found(deployment: dict[str, Any], *added: Manifest) -> Iterator[Finding]:
    """Yield what the rules say."""
    planned = plan(sources("", **component("web")))
    manifests = world(*added, deployment=deployment)
    objects = tuple(sorted(Object(identify(manifest, "workload"), manifest, "x.yaml") for manifest in manifests))
    for rule in connections.RULES:
        yield from rule(Built(planned, objects))


def said(deployment: dict[str, Any], *added: Manifest) -> list[tuple[str, str, str]]:
    """Return path, message and hint of what the rules say, which are warnings."""
    findings = list(found(deployment, *added))
    assert all(item.severity is Severity.WARNING for item in findings)
    return [(item.path, item.message, item.hint) for item in findings]


KEYCLOAK = ("KC_DB_POOL_MAX_SIZE", "20")
API = ("POSTGRES_HOST", "127.0.0.1")


def test_pods_may_open_what_the_instance_takes_and_no_more() -> None:
    assert not said(pods(1, ("KC_DB_POOL_MAX_SIZE", "97")), instance("db-custom-1-3840"))
    assert said(pods(2, ("KC_DB_POOL_MAX_SIZE", "49")), instance("db-custom-1-3840")) == [
        (
            "database.tier",
            "pods may open 98 connections, and the instance takes 97",
            "codemie/web 2 x 49; a larger tier, or database.flags.max_connections",
        )
    ]


def test_a_rollout_starts_further_pods_beside_the_old_ones() -> None:
    rolling = {**pods(4, KEYCLOAK), "/spec/strategy": {"type": "RollingUpdate"}}
    assert [message for _, message, _ in said(rolling, instance("db-custom-1-3840"))] == [
        "pods may open 100 connections, and the instance takes 97"
    ]


def test_the_flag_counts_before_the_tier() -> None:
    assert not said(pods(10, KEYCLOAK), instance("db-custom-1-3840", max_connections="203"))
    assert len(said(pods(10, KEYCLOAK), instance("db-custom-8-32768", max_connections="202"))) == 1


def test_the_api_has_a_pool_of_ten_unless_it_says_another() -> None:
    assert len(said(pods(3, API), instance("db-f1-micro"))) == 1
    assert not said(pods(3, API, ("PG_POOL_SIZE", "7")), instance("db-f1-micro"))


def test_a_server_in_the_cluster_says_how_many_it_takes() -> None:
    server = pods(3, KEYCLOAK, proxy=False, args=("--max_connections=60",))
    assert [message for _, message, _ in said(server)] == ["pods may open 60 connections, and the server takes 57"]
    assert not said(pods(3, ("KC_DB_POOL_MAX_SIZE", "19"), proxy=False, args=("--max_connections=60",)))


def test_who_has_no_pool_that_is_known_is_not_counted() -> None:
    assert not said(pods(90, ("PATIENCE", "9")), instance("db-f1-micro"))


@pytest.mark.parametrize(
    ("tier", "most"),
    [
        *(("db-f1-micro", 25), ("db-g1-small", 50), ("db-custom-1-3840", 100), ("db-custom-2-6144", 200)),
        *(("db-custom-2-7424", 200), ("db-custom-2-7680", 400), ("db-custom-4-15360", 500), ("db-custom-8-30720", 600)),
        *(("db-custom-16-61440", 800), ("db-custom-32-122880", 1000), ("db-perf-optimized-N-8", None)),
    ],
)
def test_connections_follow_the_memory_of_the_tier(tier: str, most: int | None) -> None:
    assert most_connections(tier, {}) == most
