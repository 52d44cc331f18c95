"""A callout as small as it can be, in place of the vendor's: it opens requests, asks the API for the key, signs an answer."""

import asyncio
import base64
import hashlib
import json
import os
import time
from typing import Any, Self

import pytest
from nats_server import unverified

nats = pytest.importorskip("nats", reason="the Python client of NATS, nats-py, is not installed")
nkeys = pytest.importorskip("nkeys", reason="nkeys is not installed")
public = pytest.importorskip("nacl.public", reason="pynacl, which nkeys brings, is not installed")
bcrypt = pytest.importorskip("bcrypt", reason="bcrypt is not installed")

_CURVE = 23 << 3  # X...; nkeys for Python knows no curve keys
_SEALED = b"xkv1"
_PATIENCE = 15


def secret_values(url: str) -> dict[str, str]:
    """Return values for codemie-nats-secrets, made as its keys are declared."""
    account = nkeys.from_seed(nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_ACCOUNT))
    curve = public.PrivateKey.generate()
    passwords = {"CALLOUT_PASSWORD": os.urandom(16).hex(), "CODEMIE_PASSWORD": os.urandom(16).hex()}
    hashes = {
        key.replace("_PASSWORD", "_BCRYPTED_PASSWORD"): bcrypt.hashpw(
            text.encode(), bcrypt.gensalt(4, prefix=b"2a")
        ).decode()
        for key, text in passwords.items()
    }
    return {
        "NATS_URL": url,
        "CALLOUT_USERNAME": "callout",
        "CODEMIE_USERNAME": "codemie",
        **passwords,
        **hashes,
        "ISSUER_NKEY": account.public_key.decode(),
        "ISSUER_NSEED": account.seed.decode(),
        "ISSUER_XKEY": _encoded(bytes([_CURVE]), bytes(curve.public_key)),
        "ISSUER_XSEED": _encoded(bytes([nkeys.PREFIX_BYTE_SEED | _CURVE >> 5, (_CURVE & 31) << 3]), bytes(curve)),
    }


async def connected(url: str, **options: Any) -> Any:
    """Return a client that is in. It tries once, and is closed if it is refused."""
    client = nats.aio.client.Client()
    try:
        await client.connect(url, allow_reconnect=False, connect_timeout=_PATIENCE, error_cb=_silent, **options)
    except BaseException:
        await client.close()
        raise
    # nats-py takes whatever the server says first for its consent, and tells nobody when it learns better.
    while not (client.is_connected or client.is_closed):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    if client.is_closed:
        raise client.last_error
    return client


async def _silent(_: Exception) -> None:
    """Take an error that the caller meets as an exception anyhow."""


class Callout:
    """Answers $SYS.REQ.USER.AUTH with the variables of its rendered container."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self.issuer = nkeys.from_seed(env["ISSUER_NSEED"].encode())
        self.curve = public.PrivateKey(_decoded(env["ISSUER_XSEED"], 2))
        self.connection: Any = None
        self.asked: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        tls = unverified() if self.env["SKIPTLSVERIFY"] == "1" else None
        user, password = self.env["CALLOUT_USERNAME"], self.env["CALLOUT_PASSWORD"]
        self.connection = await connected(self.env["NATS_URL"], user=user, password=password, tls=tls)
        await self.connection.subscribe("$SYS.REQ.USER.AUTH", cb=self.answer)
        await self.connection.flush()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.connection.close()

    async def answer(self, message: Any) -> None:
        """Let a plugin in if the API knows its key."""
        box = public.Box(self.curve, public.PublicKey(_decoded(message.headers["Nats-Server-Xkey"], 1)))
        assert message.data.startswith(_SEALED)
        claims = _claims(box.decrypt(message.data[len(_SEALED) :]).decode())["nats"]
        self.asked.append(claims)
        key = claims["connect_opts"].get("auth_token", "")
        known = key and (await self.connection.request("plugin_key.check", key.encode(), timeout=2)).data == b"yes"
        said = {"jwt": self.user(claims["user_nkey"])} if known else {"error": "no such plugin key"}
        answer = {"aud": claims["server_id"]["id"], "sub": claims["user_nkey"]}
        token = self.signed({**answer, "nats": {**said, "type": "authorization_response", "version": 2}})
        await message.respond(_SEALED + box.encrypt(token.encode()))

    def user(self, nkey: str) -> str:
        """Return what makes a client a plugin: it speaks with the API, and cannot answer for it whose key is known."""
        rights = {"pub": {}, "sub": {"deny": ["plugin_key.>"]}, "subs": -1, "data": -1, "payload": -1}
        return self.signed({"aud": "APP", "sub": nkey, "nats": {**rights, "type": "user", "version": 2}})

    def signed(self, claims: dict[str, Any]) -> str:
        """Return a JWT as NATS signs them."""
        body = {"iat": int(time.time()), "iss": self.issuer.public_key.decode(), **claims}
        body["jti"] = base64.b32encode(hashlib.sha256(_json(body)).digest()).decode().rstrip("=")
        parts = b".".join(_url(_json(part)) for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, body))
        return (parts + b"." + _url(self.issuer.sign(parts))).decode()


def _claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _encoded(prefix: bytes, raw: bytes) -> str:
    """Return a key as NATS writes it: base32 of prefix, key and checksum."""
    data = bytearray(prefix + raw)
    return base64.b32encode(bytes(data) + nkeys.crc16(data).to_bytes(2, "little")).decode().rstrip("=")


def _decoded(text: str, prefix: int) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8))[prefix:-2]
