"""The rendered configuration in a real nats-server: who gets in, and what they reach, in both access modes."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from callout import Callout, connected, nats, secret_values
from nats_server import Server, secrets, unverified
from product import build, container, environment

pytestmark = pytest.mark.real
NAME = "nats-codemie.ai.example.com"
REFUSED = r"(?i)authorization violation"
KEY = "a-plugin-key-that-is-known"


class Stage:
    """The server of one access mode, and the environments of its clients."""

    def __init__(self, folder: Path, mode: str) -> None:
        self.mode = mode
        built = build("dev", "components: {nats: {enabled: true}}\n") if mode == "public" else build("prod")
        self.secret = secret_values("")
        self.server = Server(folder, built, self.secret)
        self.secret["NATS_URL"] = self.server.url
        name = "codemie-nats-auth-callout"
        self.callout_env = environment(container(built.one("Deployment", name)), secrets(self.secret), name)

    async def plugin(self, key: str | None = KEY, tls: ssl.SSLContext | None = None) -> Any:
        """Connect as a plugin does: from outside, with its key as token, once."""
        address: dict[str, Any] = {"tls": tls, "tls_hostname": NAME} if tls else {}
        return await connected(self.server.url, token=key, **address)

    @contextlib.asynccontextmanager
    async def api(self) -> AsyncIterator[Any]:
        """Connect as the API does, and answer for plugin keys."""
        user, password = self.secret["CODEMIE_USERNAME"], self.secret["CODEMIE_PASSWORD"]
        connection = await connected(self.server.url, user=user, password=password, tls=unverified())
        try:
            await connection.subscribe("plugin_key.>", cb=check_key)
            await connection.subscribe("api.hello", cb=greet)
            await connection.flush()
            yield connection
        finally:
            await connection.close()


async def check_key(message: Any) -> None:
    await message.respond(b"yes" if message.data == KEY.encode() else b"no")


async def greet(message: Any) -> None:
    await message.respond(b"hello")


@pytest.fixture(scope="module", params=["private", "public"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("nats"), request.param)
    made.server.start()
    yield made
    made.server.stop()


def test_a_plugin_with_a_known_key_reaches_the_api(stage: Stage) -> None:
    async def scene() -> tuple[bytes, dict[str, Any]]:
        async with stage.api(), Callout(stage.callout_env) as callout:
            plugin = await stage.plugin(tls=stage.server.trust())
            said = (await plugin.request("api.hello", b"", timeout=2)).data
            await plugin.close()
            return said, callout.asked[0]

    said, asked = asyncio.run(scene())
    assert said == b"hello"
    assert asked["server_id"]["name"] == "codemie-nats-0"
    assert asked["connect_opts"]["auth_token"] == KEY


@pytest.mark.parametrize("key", [None, "", "another-key"])
def test_nobody_else_is_let_in(stage: Stage, key: str | None) -> None:
    async def scene() -> int:
        async with stage.api(), Callout(stage.callout_env) as callout:
            with pytest.raises(nats.errors.Error, match=REFUSED):
                await stage.plugin(key, stage.server.trust())
            return len(callout.asked)

    assert asyncio.run(scene()) == 1


def test_nobody_is_let_in_while_the_callout_is_away(stage: Stage) -> None:
    async def scene() -> None:
        async with stage.api():
            with pytest.raises((nats.errors.Error, TimeoutError)):
                await stage.plugin(KEY, stage.server.trust())

    asyncio.run(scene())


@pytest.mark.parametrize("user", ["CALLOUT", "CODEMIE"])
def test_the_users_of_the_platform_need_their_passwords(stage: Stage, user: str) -> None:
    """They go around the callout, so the server itself holds the hash against the password."""

    async def scene() -> None:
        name = stage.secret[f"{user}_USERNAME"]
        for password in ("wrong", stage.secret[f"{user}_BCRYPTED_PASSWORD"]):
            with pytest.raises(nats.errors.Error, match=REFUSED):
                await connected(stage.server.url, user=name, password=password, tls=unverified())

    asyncio.run(scene())


def test_the_callout_reaches_the_check_of_keys_and_nothing_else(stage: Stage) -> None:
    async def scene() -> tuple[bytes, bytes]:
        async with stage.api(), Callout(stage.callout_env) as callout:
            answers = [
                (await callout.connection.request("plugin_key.check", key, timeout=2)).data
                for key in (KEY.encode(), b"x")
            ]
            with pytest.raises(nats.errors.NoRespondersError):
                await callout.connection.request("api.hello", b"", timeout=2)
            return answers[0], answers[1]

    assert asyncio.run(scene()) == (b"yes", b"no")


def test_tls_with_a_certificate_for_the_name_outside(stage: Stage) -> None:
    """In private too, where the server only offers it."""
    assert stage.server.certificate(stage.server.trust(), NAME) == stage.server.certificate()
    with pytest.raises(ssl.SSLCertVerificationError):
        stage.server.certificate(stage.server.trust(), "nats-codemie.example.org")


def test_plain_connections(stage: Stage) -> None:
    """In public a key that comes in clear is not even looked at."""

    async def scene() -> tuple[str, int]:
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.server.port)
        await reader.readline()
        async with stage.api(), Callout(stage.callout_env) as callout:
            writer.write(b'CONNECT {"auth_token":"%s","verbose":true}\r\n' % KEY.encode())
            line = await asyncio.wait_for(reader.readline(), 10)
            writer.close()
            return line.decode().strip(), len(callout.asked)

    assert asyncio.run(scene()) == (("+OK", 1) if stage.mode == "private" else ("", 0))


def test_a_renewed_certificate_is_served_and_nobody_loses_the_connection(stage: Stage) -> None:
    async def scene() -> tuple[bytes, bytes, int]:
        async with stage.api() as api:
            before = await asyncio.to_thread(stage.server.certificate)
            stage.server.renew_certificate()
            stage.server.reload()
            after = before
            for _ in range(100):
                after = await asyncio.to_thread(stage.server.certificate)
                if after != before:
                    break
                await asyncio.sleep(0.05)
            await api.flush()
            return before, after, api.stats["reconnects"]

    before, after, reconnects = asyncio.run(scene())
    assert before != after
    assert reconnects == 0


def test_it_ends_by_itself_once_the_pod_is_to_go(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "private")
    stage.server.start()
    process = stage.server.process
    assert process is not None

    async def scene() -> bool:
        told = asyncio.Event()

        async def note() -> None:
            told.set()

        user, password = stage.secret["CODEMIE_USERNAME"], stage.secret["CODEMIE_PASSWORD"]
        client = await connected(stage.server.url, user=user, password=password, lame_duck_mode_cb=note)
        await asyncio.to_thread(stage.server.pre_stop)
        process.terminate()  # the kubelet does, right after the hook: the server goes on with what it has begun
        await asyncio.wait_for(told.wait(), 5)
        await client.close()
        return told.is_set()

    try:
        assert asyncio.run(scene())
        assert process.wait(10) == 0
    finally:
        stage.server.stop()
