"""A real LiteLLM with the rendered arguments, environment and file; alone, and with a real Redis."""

import http.client
import time
from collections.abc import Iterator
from pathlib import Path

import litellm_proxy
import loopback
import pytest
import redis_server
from litellm_proxy import MASTER_KEY, Proxy
from product import Built, build, container

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def objects() -> Built:
    return build("prod", "components: {litellm: {enabled: true}}\n")


@pytest.fixture(scope="module")
def proxy(objects: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with litellm_proxy.running(objects, tmp_path_factory.mktemp("litellm")) as started:
        yield started


def test_it_lists_the_models_of_the_file_to_who_has_the_master_key(proxy: Proxy) -> None:
    wanted = {item["model_name"] for item in proxy.config["model_list"]}
    answer = proxy.ask("/v1/models", MASTER_KEY)
    assert answer.status == 200
    assert {item["id"] for item in answer.json()["data"]} == wanted
    assert wanted >= {"gemini-3.1-pro", "gecko"}


def test_each_model_goes_to_vertex_ai_in_its_project_and_place_without_a_key(proxy: Proxy) -> None:
    found = {item["model_name"]: item["litellm_params"] for item in proxy.ask("/model/info", MASTER_KEY).json()["data"]}
    for item in proxy.config["model_list"]:
        asked, taken = item["litellm_params"], found[item["model_name"]]
        assert {key: taken[key] for key in asked} == asked
        assert "vertex_credentials" not in taken
        assert "api_key" not in taken


@pytest.mark.parametrize("key", ["", "sk-another"])
@pytest.mark.parametrize("path", ["/v1/models", "/key/info", "/metrics"])
def test_nobody_else_gets_in(proxy: Proxy, path: str, key: str) -> None:
    assert proxy.ask(path, key).status in {400, 401}


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_the_description_of_its_interface_is_not_there(proxy: Proxy, path: str) -> None:
    assert proxy.ask(path).status == 404


def test_the_probes_and_the_load_balancer_need_no_key(objects: Built, proxy: Proxy) -> None:
    main = container(objects.one("Deployment", "litellm"))
    paths = {main[kind]["httpGet"]["path"] for kind in ("startupProbe", "readinessProbe", "livenessProbe")}
    check = objects.one("HealthCheckPolicy", "litellm")["spec"]["default"]["config"]["httpHealthCheck"]
    for path in paths | {check["requestPath"]}:
        assert proxy.ask(path).status == 200


def test_an_idle_connection_outlives_the_servers_default(proxy: Proxy) -> None:
    """Without the flag uvicorn closes after 5 s, and the load balancer answers 502 on the next request."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port)
    connection.request("GET", "/health/liveliness")
    connection.getresponse().read()
    socket = connection.sock
    time.sleep(6)
    connection.request("GET", "/health/liveliness")
    assert connection.getresponse().status == 200
    assert connection.sock is socket
    connection.close()


@pytest.fixture(scope="module")
def shared() -> Built:
    return build("prod", "components: {litellm: {enabled: true, replicas: 2, redis: true, cacheSeconds: 60}}\n")


def reached(port: int) -> dict[str, str]:
    """Return the variables that differ because Redis is not a Service of a cluster."""
    return {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(port), "REDIS_PASSWORD": redis_server.PASSWORD}


def test_it_counts_and_caches_in_redis(shared: Built, tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    with (
        redis_server.running(shared, tmp_path / "redis") as redis,
        litellm_proxy.running(shared, tmp_path, **reached(redis.port)) as proxy,
    ):
        answer = proxy.ask("/cache/ping", MASTER_KEY)
        assert answer.status == 200, answer
        assert answer.json()["ping_response"] is True
        assert answer.json()["set_cache_response"] == "success"
        assert int(redis.cli("dbsize").stdout) > 0


def test_it_starts_and_answers_while_redis_is_away(shared: Built, tmp_path: Path) -> None:
    with litellm_proxy.running(shared, tmp_path, **reached(loopback.free_port())) as proxy:
        assert proxy.ask("/v1/models", MASTER_KEY).status == 200
        assert proxy.ask("/health/readiness").status == 200
