"""A Kubernetes API server as its clients see it: plain HTTPS with a token, one connection per thread."""

import contextlib
import http.client
import json
import ssl
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

Manifest = dict[str, Any]
_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"


class Refused(Exception):
    """What a server answers when it does not do what it is asked."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


class Resource(NamedTuple):
    """Where objects of a kind are kept."""

    prefix: str
    plural: str
    namespaced: bool

    def path(self, namespace: str = "", name: str = "") -> str:
        """Return the path of an object; without a name of a collection, without a namespace of all."""
        inside = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{self.prefix}{inside}/{self.plural}" + (f"/{quote(name, safe='')}" if name else "")


class Answer(NamedTuple):
    """What a server says: the object, and its warnings."""

    object: Any
    warnings: tuple[str, ...]


class ApiServer:
    """A server, addressed by its port. `authority` is the file with the certificate that it made for itself."""

    def __init__(self, name: str, port: int, token: str, authority: Path) -> None:
        self.name = name
        self.port = port
        self.token = token
        self.authority = authority
        self._local = threading.local()
        self._opened: list[http.client.HTTPSConnection] = []
        self._resources: dict[tuple[str, str], Resource] = {}

    @property
    def url(self) -> str:
        """Return its address."""
        return f"https://127.0.0.1:{self.port}"

    def kubeconfig(self) -> str:
        """Return a kubeconfig, for programs that want one."""
        cluster = {"server": self.url, "certificate-authority": str(self.authority)}
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "e2e", "cluster": cluster}],
                "users": [{"name": "e2e", "user": {"token": self.token}}],
                "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": "e2e", "namespace": "argocd"}}],
                "current-context": "e2e",
            }
        )

    def ready(self) -> bool:
        """Say whether it serves."""
        try:
            self.ask("GET", "/readyz")
        except (Refused, OSError, http.client.HTTPException, ssl.SSLError):
            return False
        return True

    def connect(self, timeout: float = 60) -> http.client.HTTPSConnection:
        """Return a new connection."""
        context = ssl.create_default_context(cafile=str(self.authority))
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=timeout)

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in self._opened:
            connection.close()

    def _kept(self) -> http.client.HTTPSConnection:
        connection = self.connect()
        self._opened.append(connection)
        return connection

    def ask(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Answer:
        """Ask once; again only where the server had closed an idle connection. Raises Refused."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind, "Accept": "application/json"}
        kept = getattr(self._local, "connection", None)
        for connection in ([kept] if kept else []) + [None]:
            used = connection or self._kept()
            self._local.connection = None
            try:
                used.request(method, path, data, headers)
                answer = used.getresponse()
                text = answer.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
                used.close()
                if connection is None:
                    raise
                continue
            self._local.connection = used
            if answer.status >= http.client.BAD_REQUEST:
                raise Refused(answer.status, _message(text))
            warnings = answer.headers.get_all("Warning", [])
            return Answer(json.loads(text) if text.startswith(b"{") else text, tuple(warnings))
        raise AssertionError

    def resource(self, api_version: str, kind: str) -> Resource:
        """Return where objects of a kind are kept. Raises LookupError where the server does not know it."""
        known = self._resources.get((api_version, kind))
        if known is not None:
            return known
        prefix = f"/api/{api_version}" if "/" not in api_version else f"/apis/{api_version}"
        with contextlib.suppress(Refused):
            for item in self.ask("GET", prefix).object["resources"]:
                if "/" not in item["name"]:
                    found = Resource(prefix, item["name"], item["namespaced"])
                    self._resources[api_version, item["kind"]] = found
        if (api_version, kind) not in self._resources:
            message = f"no matches for kind {kind} in version {api_version}"
            raise LookupError(message)
        return self._resources[api_version, kind]

    def path(self, manifest: Manifest) -> str:
        """Return where an object is kept."""
        metadata = manifest["metadata"]
        where = self.resource(manifest["apiVersion"], manifest["kind"])
        return where.path(metadata.get("namespace", ""), metadata["name"])

    def apply(self, manifest: Manifest, manager: str = "codemie", **more: str) -> Answer:
        """Apply on the server, with every field that it does not know refused. Raises Refused or LookupError."""
        asked = {"fieldManager": manager, "fieldValidation": "Strict", **more}
        return self.ask("PATCH", f"{self.path(manifest)}?{urlencode(asked)}", manifest, _APPLY)

    def get(self, api_version: str, kind: str, namespace: str, name: str) -> Any:
        """Return an object. Raises Refused with 404 where it is not there."""
        return self.ask("GET", self.resource(api_version, kind).path(namespace, name)).object

    def list(self, api_version: str, kind: str, namespace: str = "") -> list[Any]:
        """Return all objects of a kind."""
        found: list[Any] = self.ask("GET", self.resource(api_version, kind).path(namespace)).object["items"]
        return [{"apiVersion": api_version, "kind": kind, **item} for item in found]

    def delete(self, manifest: Manifest) -> None:
        """Take an object away, at once."""
        options = {"propagationPolicy": "Background", "gracePeriodSeconds": 0}
        self.ask("DELETE", self.path(manifest), options)

    def merge(self, manifest: Manifest, patch: Any, part: str = "") -> Any:
        """Lay a patch over an object, or over a part of it such as /status."""
        return self.ask("PATCH", self.path(manifest) + part, patch, _MERGE).object

    def watch(self, where: Resource, since: str = "0") -> Generator[tuple[str, Any], None, None]:
        """Yield what happens to objects of a kind, beginning with those that are there, until the server ends it."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with contextlib.closing(self.connect(timeout=3600)) as connection:
            connection.request("GET", f"{where.path()}?watch=1&resourceVersion={since}", headers=headers)
            with contextlib.closing(connection.getresponse()) as answer:
                if answer.status >= http.client.BAD_REQUEST:
                    raise Refused(answer.status, _message(answer.read()))
                while line := answer.readline():
                    event = json.loads(line)
                    yield event["type"], event["object"]


def _message(text: bytes) -> str:
    with contextlib.suppress(ValueError):
        return str(json.loads(text).get("message", text))
    return text.decode(errors="replace")
