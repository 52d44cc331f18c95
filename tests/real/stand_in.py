"""What stands behind oauth2-proxy in a test: a realm that signs tokens for everybody, and an API that counts."""

import base64
import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

_PIECE = 2**20


class Realm:
    """What a realm answers to a server. A code is the nonce of the sign-in that it ends."""

    def __init__(self, folder: Path, issuer: str) -> None:
        self.issuer, self.key = issuer, folder / "realm.pem"
        subprocess.run(["openssl", "genrsa", "-out", self.key, "2048"], check=True, capture_output=True)

    def answer(self, path: str, body: bytes) -> Any:
        """Return what the realm answers as JSON."""
        if path.endswith("/certs"):
            shown = subprocess.run(
                ["openssl", "rsa", "-in", self.key, "-noout", "-modulus"], check=True, capture_output=True
            )
            modulus = bytes.fromhex(shown.stdout.decode().strip().partition("=")[2])
            return {
                "keys": [{"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig", "n": _text(modulus), "e": "AQAB"}]
            }
        if path.endswith("/userinfo"):
            return {"sub": "ada", "email": "ada@example.com"}
        form = parse_qs(body.decode())
        assert form["code_verifier"], form
        now = int(time.time())
        who = {"iss": self.issuer, "aud": "codemie", "sub": "ada", "email": "ada@example.com"}
        kept = {**who, "iat": now, "exp": now + 300, "nonce": form["code"][0]}
        return {
            "access_token": self._signed({**kept, "realm_access": {"roles": ["developer"]}}),
            "id_token": self._signed(kept),
            "refresh_token": "again",
            "token_type": "Bearer",
            "expires_in": 300,
        }

    def _signed(self, claims: dict[str, Any]) -> str:
        text = ".".join(_text(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "one"}, claims))
        done = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self.key], input=text.encode(), check=True, capture_output=True
        )
        return f"{text}.{_text(done.stdout)}"


@contextlib.contextmanager
def served(realm: Realm) -> Iterator[int]:
    """Serve the realm below /auth, and below / the API, which says what it was asked, by whom, and how much it was sent."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = {"path": self.path, "headers": dict(self.headers)}
            self._say(realm.answer(self.path, b"") if self.path.startswith("/auth/") else asked)

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            if self.path.startswith("/auth/"):
                self._say(realm.answer(self.path, self.rfile.read(size)))
                return
            got = 0
            while got < size:
                got += len(self.rfile.read(min(_PIECE, size - got)))
            self._say({"path": self.path, "bytes": got})

        def _say(self, answer: Any) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
