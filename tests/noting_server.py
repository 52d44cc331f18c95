"""A server on this machine that notes what it is asked: nothing of ours may ask it."""

import contextlib
import http.server
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def noting_server() -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a server, and what it was asked."""
    found: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.append(self.path)
            self.send_error(404)

        def do_CONNECT(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", found
    finally:
        server.shutdown()
        server.server_close()
