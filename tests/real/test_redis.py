"""Real Redis servers, LiteLLM's and the API's, with the rendered script, file and probes."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis_server
from product import Built, build, container, environment
from redis_server import Redis

pytestmark = pytest.mark.real
PASSWORDS = {("codemie-redis", "redis-password"): redis_server.PASSWORD}


BOTH = """\
components:
  api: {redis: in-cluster}
  api-redis: {maxMemory: 2mb}
  litellm: {redis: true}
  redis: {maxMemory: 2mb}
"""


@pytest.fixture(scope="module")
def objects() -> Built:
    return build("prod", BOTH)


@pytest.fixture(scope="module", params=["litellm-redis", "codemie-redis"])
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def server(objects: Built, name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with redis_server.running(objects, tmp_path_factory.mktemp(name), name) as started:
        yield started


def probes(objects: Built, name: str) -> list[list[str]]:
    found = container(objects.one("StatefulSet", name))
    return [found[kind]["exec"]["command"][1:] for kind in ("readinessProbe", "livenessProbe")]


def test_the_probes_pass_with_the_password_from_the_environment(objects: Built, name: str, server: Redis) -> None:
    for words in probes(objects, name):
        assert server.cli(*words).returncode == 0


@pytest.mark.parametrize("password", ["", "another"])
def test_nobody_gets_in_without_the_password_and_the_probe_says_so(
    objects: Built, name: str, server: Redis, password: str
) -> None:
    for words in probes(objects, name):
        assert server.cli(*words, REDISCLI_AUTH=password).returncode != 0
    assert "NOAUTH" in server.cli("get", "x", REDISCLI_AUTH="").stdout


def test_the_password_stands_on_no_command_line_and_in_no_readable_file(server: Redis) -> None:
    words = Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
    assert b"redis-server" in words
    assert redis_server.PASSWORD.encode() not in words
    (file,) = (server.folder / "run").iterdir()
    assert redis_server.PASSWORD in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_what_is_used_least_goes_when_memory_is_full(server: Redis) -> None:
    """Redis never refuses a write for want of memory, and never takes more than it may."""
    for number in range(300):
        assert server.cli("set", f"key-{number}", "x" * 10_000).stdout == "OK\n"
    facts = dict(line.split(":", 1) for line in server.cli("info").stdout.splitlines() if ":" in line)
    assert facts["maxmemory"] == str(2 * 1024 * 1024)
    assert facts["maxmemory_policy"] == "allkeys-lru"
    assert int(facts["evicted_keys"]) > 0


def test_nothing_is_written_to_a_disk(server: Redis) -> None:
    assert server.cli("config", "get", "save").stdout.split("\n")[1] == ""
    assert server.cli("config", "get", "appendonly").stdout.split("\n")[1] == "no"
    assert [path.name for path in (server.folder / "run").iterdir()] == ["redis.conf"]


def test_the_api_gets_in_with_its_variables_and_has_the_commands_it_sends(objects: Built, server: Redis) -> None:
    """codemie-ai/codemie: sign-ins in progress are set with a time and taken once, webhooks are counted by a script."""
    api = environment(container(objects.one("Deployment", "codemie")), defaultdict(str, PASSWORDS))
    assert (api["REDIS_HOST"], api["REDIS_PORT"]) == ("codemie-redis", "6379")
    given = {"REDISCLI_AUTH": api["REDIS_PASSWORD"]}
    assert server.cli("set", "state", "x", "ex", "600", **given).stdout == "OK\n"
    assert server.cli("getdel", "state", **given).stdout == "x\n"
    assert server.cli("getdel", "state", **given).stdout == "\n"
    assert server.cli("set", "lock", "me", "nx", "ex", "10", **given).stdout == "OK\n"
    count = "local n = redis.call('incr', KEYS[1]) redis.call('expire', KEYS[1], ARGV[1]) return n"
    assert [server.cli("eval", count, "1", "hook", "60", **given).stdout for _ in range(2)] == ["1\n", "2\n"]
