"""HTTP to a server on loopback under the names it has in the cluster and on the internet, and a sign-in by hand."""

import base64
import contextlib
import hashlib
import html
import http.client
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT_ADDRESS = "203.0.113.7"
POD, LOAD_BALANCER = "127.0.0.1", "127.0.0.2"
"""Where callers come from, so that the server can trust the headers of one and not of the other."""


class Answer(NamedTuple):
    """What came back; nothing is followed."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """Return the body."""
        return json.loads(self.text)

    @property
    def query(self) -> dict[str, str]:
        """Return the query of where a redirect leads."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.headers["Location"]).query).items()}


class Browser:
    """Sends every host to one port of loopback: https as the load balancer passes it on, http as a pod sends it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._cookies: dict[tuple[str, str], str] = {}

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET `url`."""
        return self.send("GET", url, headers=headers)

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        """POST a form."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", url, urlencode(form), {**kind, **(headers or {})})

    def follow(self, answer: Answer, end: str) -> Answer:
        """Follow redirects up to one that leads to `end`, or to a page."""
        while answer.status in (302, 303) and not answer.headers["Location"].startswith(end):
            answer = self.get(answer.headers["Location"])
        return answer

    def send(
        self, method: str, url: str, body: str | Iterable[bytes] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request and keep the cookies of its answer."""
        parts = urlsplit(url)
        sent = {"Host": parts.netloc, **(headers or {})}
        source = POD
        if parts.scheme == "https":
            source, sent = LOAD_BALANCER, {"X-Forwarded-Proto": "https", "X-Forwarded-For": CLIENT_ADDRESS, **sent}
        cookies = [f"{name}={value}" for (path, name), value in self._cookies.items() if parts.path.startswith(path)]
        if cookies:
            sent["Cookie"] = "; ".join(cookies)
        opened = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=(source, 0))
        with contextlib.closing(opened) as connection:
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, sent)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self._cookies[morsel["path"], name] = morsel.value
        self._cookies = {key: value for key, value in self._cookies.items() if value}
        return Answer(answer.status, dict(answer.headers), text)


class Client(NamedTuple):
    """An OpenID client's side of a sign-in: where it sends a browser, and the secret of its challenge."""

    name: str
    redirect: str
    verifier: str = secrets.token_urlsafe(48)

    def request(self, realm: str, **changes: str) -> str:
        """Return the address that starts a sign-in; `changes` replace parameters, empty ones remove them."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.name,
            "redirect_uri": self.redirect,
            "scope": "openid email profile",
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **changes,
        }
        return f"{realm}/protocol/openid-connect/auth?" + urlencode({key: text for key, text in query.items() if text})


def form_action(page: str) -> str:
    """Return where the sign-in form of `page` leads."""
    found = re.search(r'<form[^>]*\bid="kc-form-login"[^>]*\baction="([^"]+)"', page)
    assert found, page
    return html.unescape(found[1])


def links(page: str, base: str) -> set[str]:
    """Return the addresses of what a browser loads for `page`: scripts, styles and pictures."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(base))
    found = {html.unescape(link) for link in re.findall(r'(?:src|href)="([^"#]+\.(?:js|css|svg|png|ico|jpg))"', page)}
    return {link if link.startswith("http") else origin + link for link in found}


def claims(token: str) -> dict[str, Any]:
    """Return the claims of a signed token."""
    return _part(token, 1)


def key_id(token: str) -> str:
    """Return the name of the key that signed a token."""
    return str(_part(token, 0)["kid"])


def _part(token: str, number: int) -> dict[str, Any]:
    text = token.split(".")[number]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return decoded
