"""A real Redis with the rendered script, file and probes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis_server
from product import Built, build, container
from redis_server import Redis

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def objects() -> Built:
    return build("prod", "components: {litellm: {redis: true}, redis: {maxMemory: 2mb}}\n")


@pytest.fixture(scope="module")
def server(objects: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with redis_server.running(objects, tmp_path_factory.mktemp("redis")) as started:
        yield started


def probes(objects: Built) -> list[list[str]]:
    found = container(objects.one("StatefulSet", "litellm-redis"))
    return [found[kind]["exec"]["command"][1:] for kind in ("readinessProbe", "livenessProbe")]


def test_the_probes_pass_with_the_password_from_the_environment(objects: Built, server: Redis) -> None:
    for words in probes(objects):
        assert server.cli(*words).returncode == 0


@pytest.mark.parametrize("password", ["", "another"])
def test_nobody_gets_in_without_the_password_and_the_probe_says_so(
    objects: Built, server: Redis, password: str
) -> None:
    for words in probes(objects):
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
