"""A provider of language models on loopback that speaks OpenAI's dialect, and keeps what it was asked.

Azure OpenAI has the same dialect below another path and with its key in another header.
"""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """A request: its path, the key it came with, and the model it names."""

    path: str
    key: str
    model: str


class Provider(ThreadingHTTPServer):
    """Answers each request with its own name, or with `status` where that is an error."""

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.name = name
        self.status = 200
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        """Return where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        key = self.headers.get("api-key") or self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.server.asked.append(Asked(self.path, key, body.get("model", "")))
        failed = self.server.status != 200
        answer = {"error": {"message": "overloaded"}} if failed else _answer(self.server.name, body.get("model", ""))
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _answer(name: str, model: str) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": name}}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": model or "m",
        "choices": [choice],
        "usage": usage,
    }


@contextlib.contextmanager
def running(name: str) -> Iterator[Provider]:
    """Yield a provider that listens."""
    with Provider(name) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
