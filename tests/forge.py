"""A forge on loopback: the comments of a pull request as GitHub's API has them, the notes of a merge request as GitLab's.

It refuses what they refuse (tokens, methods, fields, lengths, the note of somebody else) and pages as they do. `gh` is a program that
speaks to it, with the options of the real one that are used; tests/real/test_gh.py holds the real one against the same forge.
"""

import http.server
import json
import re
import sys
import threading
import urllib.parse
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

GITHUB_LONGEST, GITLAB_LONGEST = 65_536, 1_000_000
MARKER = "<!-- codemie-manifests:plan -->"
BOT, TOKEN = "github-actions[bot]", "forge-token"
"""Who writes with the token, in both forges; and the token."""
GITHUB = re.compile(r"/repos/acme/codemie/issues/(?:7/comments|comments/(?P<id>[0-9]+))")
GITLAB = re.compile(r"/api/v4/projects/42/merge_requests/7/notes(?:/(?P<id>[0-9]+))?")

GH = """#!{python}
import json, os, subprocess, sys, urllib.error, urllib.request

words = iter(sys.argv[1:])
assert next(words) == "api", sys.argv
said = {{"--method": "", "--jq": "", "-F": ""}}
path, flags = "", set()
for word in words:
    if word in said:
        said[word] = next(words)
    elif word in ("--paginate", "--silent"):
        flags.add(word)
    else:
        assert not word.startswith("-") and not path, f"unknown flag: {{word}}"
        path = word
data = None
if said["-F"]:
    key, _, file = said["-F"].partition("=@")
    data = json.dumps({{key: open(file, encoding="utf-8").read()}}).encode()
method = said["--method"] or ("POST" if data else "GET")
url = f"{url}/{{path}}"
while url:
    headers = {{"Authorization": "token " + os.environ["GH_TOKEN"], "Content-Type": "application/json"}}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as answer:
            body, link = answer.read(), answer.headers.get("Link", "")
    except urllib.error.HTTPError as error:
        sys.exit(f"gh: {{error.read().decode()}} (HTTP {{error.code}})")
    if said["--jq"]:
        subprocess.run(["jq", "--raw-output", said["--jq"]], input=body, check=True)
    elif "--silent" not in flags:
        sys.stdout.buffer.write(body)
    url = link.split(">")[0].removeprefix("<") if "--paginate" in flags else ""
"""


class Comment(NamedTuple):
    """A comment or note: the newest edit of it."""

    id: int
    author: str
    body: str


class Forge:
    """What both APIs hold, and what was asked."""

    def __init__(self) -> None:
        self.comments: list[Comment] = []
        self.asked: list[str] = []
        self.broken = False
        """Whether every request is answered with 500."""
        forge = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None: ...

            def answered(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                forge.answer(self, self.rfile.read(length))

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answered  # noqa: N815

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """End the server."""
        self.server.shutdown()
        self.server.server_close()

    def add(self, author: str, body: str) -> Comment:
        """Let somebody comment."""
        self.comments.append(Comment(1000 + len(self.comments), author, body))
        return self.comments[-1]

    def of(self, author: str = BOT) -> list[str]:
        """Return the bodies of somebody's comments."""
        return [one.body for one in self.comments if one.author == author]

    def answer(self, request: http.server.BaseHTTPRequestHandler, data: bytes) -> None:
        """Answer one request."""
        address = urllib.parse.urlsplit(request.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        self.asked.append(f"{request.command} {address.path}")
        status, body, headers = self._answer(request, address.path, query, data)
        text = json.dumps(body).encode()
        request.send_response(status)
        for key, value in {"Content-Type": "application/json", "Content-Length": str(len(text)), **headers}.items():
            request.send_header(key, value)
        request.end_headers()
        request.wfile.write(text)

    def _answer(self, request: Any, path: str, query: dict[str, str], data: bytes) -> tuple[int, Any, dict[str, str]]:
        if self.broken:
            return HTTPStatus.INTERNAL_SERVER_ERROR, {"message": "broken"}, {}
        if found := GITHUB.fullmatch(path):
            return self._github(request, path, query, data, found["id"])
        if request.headers.get("PRIVATE-TOKEN") != TOKEN:
            return HTTPStatus.UNAUTHORIZED, {"message": "401 Unauthorized"}, {}
        if (request.command, path) == ("GET", "/api/v4/user"):
            return HTTPStatus.OK, {"id": _number(BOT), "username": BOT}, {}
        if found := GITLAB.fullmatch(path):
            return self._gitlab(request, query, data, found["id"])
        return HTTPStatus.NOT_FOUND, {"message": "404 Not Found"}, {}

    def _github(
        self, request: Any, path: str, query: dict[str, str], data: bytes, number: str | None
    ) -> tuple[int, Any, dict[str, str]]:
        if request.headers.get("Authorization") != f"token {TOKEN}":
            return HTTPStatus.UNAUTHORIZED, {"message": "Bad credentials"}, {}
        if request.command == "GET" and not number:
            page, size = int(query.get("page", 1)), min(int(query.get("per_page", 30)), 100)
            shown = self.comments[(page - 1) * size : page * size]
            again = urllib.parse.urlencode({**query, "page": page + 1})
            host = request.headers["Host"]
            more = {"Link": f'<http://{host}{path}?{again}>; rel="next"'} if len(self.comments) > page * size else {}
            return HTTPStatus.OK, [self._shown(one) for one in shown], more
        if request.command != ("PATCH" if number else "POST"):
            return HTTPStatus.NOT_FOUND, {"message": "Not Found"}, {}
        body = json.loads(data).get("body")
        if not isinstance(body, str) or not body.strip() or len(body) > GITHUB_LONGEST:
            return HTTPStatus.UNPROCESSABLE_ENTITY, {"message": "Validation Failed"}, {}
        return self._write(body, number)

    def _gitlab(
        self, request: Any, query: dict[str, str], data: bytes, number: str | None
    ) -> tuple[int, Any, dict[str, str]]:
        if request.command == "GET" and not number:
            page, size = int(query.get("page", 1)), min(int(query.get("per_page", 20)), 100)
            ordered = self.comments if query.get("sort") == "asc" else self.comments[::-1]
            return HTTPStatus.OK, [self._shown(one) for one in ordered[(page - 1) * size : page * size]], {}
        if request.command != ("PUT" if number else "POST"):
            return HTTPStatus.METHOD_NOT_ALLOWED, {"error": "405 Not Allowed"}, {}
        body = dict(urllib.parse.parse_qsl(data.decode())).get("body", "")
        if not body or len(body) > GITLAB_LONGEST:
            return HTTPStatus.BAD_REQUEST, {"error": "body is invalid"}, {}
        if number and any(one.id == int(number) and one.author != BOT for one in self.comments):
            return HTTPStatus.FORBIDDEN, {"message": "403 Forbidden"}, {}
        return self._write(body, number)

    def _write(self, body: str, number: str | None) -> tuple[int, Any, dict[str, str]]:
        if not number:
            return HTTPStatus.CREATED, self._shown(self.add(BOT, body)), {}
        for place, one in enumerate(self.comments):
            if one.id == int(number):
                self.comments[place] = one._replace(body=body)
                return HTTPStatus.OK, self._shown(self.comments[place]), {}
        return HTTPStatus.NOT_FOUND, {"message": "Not Found"}, {}

    def _shown(self, one: Comment) -> dict[str, Any]:
        who = {"login": one.author, "username": one.author, "id": _number(one.author)}
        return {"id": one.id, "user": who, "author": who, "body": one.body}


def _number(author: str) -> int:
    return sum(author.encode())


def programs(folder: Path, forge: Forge) -> Path:
    """Write the programs that jobs find first on PATH."""
    folder.mkdir()
    (folder / "gh").write_text(GH.format(python=sys.executable, url=forge.url))
    (folder / "gh").chmod(0o755)
    return folder
