"""A changed pod takes over before the old one goes, and what failed once does not keep its correction away."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from command import ENVIRONMENTS
from product import build, pod

WAVE = "argocd.argoproj.io/sync-wave"


def pods(environment: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the pods that stay, by who makes them: our templates or the operator."""
    for manifest in build(environment).of("Deployment", "StatefulSet"):
        yield manifest["metadata"]["name"], pod(manifest)
    for manifest in build(environment).of("Kibana"):
        yield "kibana", manifest["spec"]["podTemplate"]["spec"]
    for manifest in build(environment).of("Elasticsearch"):
        for nodes in manifest["spec"]["nodeSets"]:
            yield nodes["name"], nodes["podTemplate"]["spec"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_new_pod_is_ready_before_the_old_one_goes(environment: str) -> None:
    for manifest in build(environment).of("Deployment"):
        assert manifest["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_who_answers_requests_waits_until_none_are_sent_and_then_has_time_to_answer(environment: str) -> None:
    """Elasticsearch has ECK's own wait, and a database has no second pod to send anybody to."""
    waits = {}
    for name, spec in pods(environment):
        for container in spec["containers"]:
            if wait := container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0):
                waits[name] = wait
                assert spec.get("terminationGracePeriodSeconds", 30) >= wait + 15
    assert set(waits) >= {"codemie", "codemie-ui", "keycloakx", "kibana", "mermaid-server", "oauth2-proxy"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_pod_is_configured_by_the_names_of_services(environment: str) -> None:
    assert [name for name, spec in pods(environment) if spec.get("enableServiceLinks") is not False] == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_cron_job_beside_a_hook_is_synced_last(environment: str) -> None:
    """Argo CD calls one Degraded whose last run failed, and a wave that is Degraded ends the sync (not in the last wave)."""
    jobs = {job["metadata"]["name"]: job for job in build(environment).of("Job")}
    hourly = {job["metadata"]["name"]: job for job in build(environment).of("CronJob")}["keycloak-realm-hourly"]
    assert int(hourly["metadata"]["annotations"][WAVE]) > int(jobs["keycloak-realm"]["metadata"]["annotations"][WAVE])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_realm_is_put_back_hourly_as_it_was_brought_in(environment: str) -> None:
    """The Job is a hook, which does not run when Argo CD heals: both have one pod, but for their names."""
    objects = build(environment)
    job, cron = objects.one("Job", "keycloak-realm"), objects.one("CronJob", "keycloak-realm-hourly")
    hourly = json.dumps(cron["spec"]["jobTemplate"]["spec"]["template"]["spec"], sort_keys=True)
    assert json.loads(hourly.replace("keycloak-realm-hourly", "keycloak-realm")) == job["spec"]["template"]["spec"]
