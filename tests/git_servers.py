"""Git servers on loopback, able to fail at a chosen moment, and a project that publishes to them.

What is published is judged by plain git, called here: never by the code that published it.
"""

import base64
import contextlib
import enum
import getpass
import http.server
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import pytest
import repository
from command import ROOT, edit, small_project, snapshot
from repository import LOCK

PLAIN = {**repository.PLAIN, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
TRIAL = re.compile(r"warning: .* \[(source-unpushed|publish-elsewhere)\]\n  hint: .*\n")
"""What every publish here warns of: sources that nobody else has, and a repository that no Application reads."""


def git(folder: Path, *words: str, stdin: bytes = b"") -> str:
    """Run git, without any configuration of ours or the machine's, and return what it wrote."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), **PLAIN}
    done = subprocess.run(["git", *words], cwd=folder, env=env, input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, (words, done.stderr.decode())
    return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")


def below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder that others change meanwhile."""
    for top, _, names in os.walk(folder):
        yield from (Path(top, name) for name in names)


class Bare(NamedTuple):
    """A bare repository, as a server keeps it."""

    folder: Path

    @classmethod
    def made(cls, folder: Path, *settings: tuple[str, str]) -> "Bare":
        """Make an empty one."""
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
        for key, value in (("uploadpack.allowFilter", "true"), ("http.receivepack", "true"), *settings):
            git(folder, "config", key, value)
        return cls(folder)

    @property
    def url(self) -> str:
        """Its address for the protocol file."""
        return self.folder.as_uri()

    def git(self, *words: str, stdin: bytes = b"") -> str:
        """Run git in it."""
        return git(self.folder, *words, stdin=stdin)

    def tip(self, branch: str = "main") -> str:
        """Return the commit a branch is at, '' if there is no such branch."""
        return self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")

    def set(self, commit: str, branch: str = "main") -> None:
        """Move a branch, as with force; '' takes it away."""
        ref = f"refs/heads/{branch}"
        self.git("update-ref", *([ref, commit] if commit else ["-d", ref]))

    def add(self, files: Mapping[str, str], parent: str = "", branch: str = "") -> str:
        """Make a commit of these files alone; return it, and let `branch` be at it."""
        lines = "".join(
            f"100644 blob {self.git('hash-object', '-w', '--stdin', stdin=text.encode())}\t{path}\n"
            for path, text in files.items()
        )
        assert all("/" not in path for path in files)
        tree = self.git("mktree", stdin=lines.encode())
        commit = self.git("commit-tree", tree, *(["-p", parent] if parent else []), "-m", "by somebody else")
        if branch:
            self.set(commit, branch)
        return commit

    def files(self, folder: str = "envs/prod", branch: str = "main") -> dict[str, bytes]:
        """Return {path: bytes} of what is published of an environment, without the lock."""
        if not self.tip(branch):
            return {}
        entries = [
            line.partition("\t") for line in self.git("ls-tree", "-rz", branch, f"{folder}/").split("\0") if line
        ]
        asked = "".join(f"{said.split(' ')[2]}\n" for said, _, _ in entries).encode()
        env = {"PATH": os.environ["PATH"], **PLAIN}
        command = ["git", "cat-file", "--batch"]
        answer = subprocess.run(command, cwd=self.folder, env=env, input=asked, capture_output=True, check=True).stdout
        found = {}
        for said, _, path in entries:
            assert said.startswith("100644 blob "), (said, path)
            head, _, answer = answer.partition(b"\n")
            size = int(head.split(b" ")[2])
            found[path.removeprefix(f"{folder}/")] = answer[:size]
            answer = answer[size + 1 :]
        found.pop(LOCK, None)
        return found

    def history(self, branch: str = "main") -> list[str]:
        """Return the commits of a branch, newest first; it must be a line."""
        assert not self.git("rev-list", "--merges", branch)
        return self.git("rev-list", branch).splitlines()

    def is_whole(self) -> None:
        """Assert that every object is there and as its name says."""
        self.git("fsck", "--strict", "--full", "--no-dangling", "--no-progress")

    def hook(self, name: str, script: str) -> Path:
        """Put a hook into it and return its file."""
        path = self.folder / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path


class Project:
    """A small project in a git repository, with a home and a temporary folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Make it, with output/ rendered and all committed."""
        self.folder, self.home, self.tmp, self.cache = (folder / n for n in ("source", "home", "tmp", "cache"))
        for made in (self.folder, self.home, self.tmp, self.cache):
            made.mkdir(parents=True)
        small_project(self.folder)
        (self.folder / ".gitignore").write_text(".cache/\n")
        git(self.folder, "init", "--quiet", "--initial-branch=main")
        self.replicas = 2
        self.commit()

    def commit(self) -> str:
        """Commit all there is and return the commit."""
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--message=a change")
        return git(self.folder, "rev-parse", "HEAD")

    def change(self) -> str:
        """Change prod, render it and commit."""
        edit(self.folder / "environments/prod.yaml", f"replicas: {self.replicas}", f"replicas: {self.replicas + 1}")
        self.replicas += 1
        done = self.run("render", "prod", "--quiet")
        assert (done.returncode, done.stderr) == (0, "")
        return self.commit()

    @property
    def rendered(self) -> dict[str, bytes]:
        """What output/prod/ holds."""
        return snapshot(self.folder / "output/prod")

    def environ(self, **more: str) -> dict[str, str]:
        """Return the environment of a command: nothing of the caller's but PATH."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TMPDIR": str(self.tmp),
            "XDG_CACHE_HOME": str(self.cache),
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "100",
            **more,
        }

    def start(self, *words: str, **env: str) -> "subprocess.Popen[str]":
        """Start the command in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "generator", *words],
            cwd=self.folder,
            env=self.environ(**env),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def run(self, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run the command."""
        process = self.start(*words, **env)
        stdout, stderr = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, TRIAL.sub("", stderr))

    def publish(self, url: str, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Publish prod to a repository."""
        return self.run("publish", "prod", "--repository", url, *words, **env)

    def leftovers(self) -> list[str]:
        """Return what lies in the temporary folder."""
        return sorted(path.name for path in self.tmp.iterdir())

    def is_untouched(self) -> None:
        """Assert that the source repository is as it was committed, whole, and nobody left a lock or a setting in it."""
        assert git(self.folder, "status", "--porcelain", "--ignored") == ""
        git(self.folder, "fsck", "--strict", "--no-dangling")
        assert not list((self.folder / ".git").rglob("*.lock"))
        assert git(self.folder, "stash", "list") == ""
        assert git(self.folder, "for-each-ref", "--format=%(refname)") == "refs/heads/main"
        assert "remote" not in (self.folder / ".git/config").read_text()


class Scene(NamedTuple):
    """A project, published once and changed since, and the repository it goes to."""

    project: Project
    bare: Bare
    address: str = ""

    def publish(self, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Publish prod to it."""
        return self.project.publish(self.address or self.bare.url, *words, **env)

    def is_untouched(self, old: str) -> None:
        """Assert that the branch is where it was."""
        assert self.bare.tip() == old
        self.is_clean()

    def is_published(self, old: str, *, commits: int = 1) -> None:
        """Assert that one commit on `old` brought what is rendered."""
        assert self.bare.files() == self.project.rendered
        assert self.bare.history()[commits:][:1] == ([old] if old else [])
        self.is_clean()

    def is_clean(self) -> None:
        """Assert that both repositories are whole and nothing is left behind."""
        self.bare.is_whole()
        self.project.is_untouched()
        assert self.project.leftovers() == []

    def next_run_publishes(self, old: str, **env: str) -> None:
        """Assert that a publish succeeds now, with one commit on `old`, and that one more does nothing."""
        done = self.publish(**env)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        self.is_published(old)
        again = self.publish(**env)
        assert (again.returncode, "nothing to do" in again.stdout) == (0, True)
        self.is_published(old)

    def refused(
        self, *said: str, code: int = 6, words: tuple[str, ...] = (), env: Mapping[str, str] | None = None
    ) -> str:
        """Assert that a publish ends with `code`, says each of `said` in a line and a hint, and touches nothing."""
        old = self.bare.tip()
        done = self.publish(*words, **(env or {}))
        assert done.returncode == code, (done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        assert [line.startswith("  hint: ") for line in done.stderr.splitlines()] == [False, True], done.stderr
        for text in said:
            assert text in done.stderr, done.stderr
        self.is_untouched(old)
        return done.stderr


def group(number: int) -> list[int]:
    """Return the processes of a group that still run."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                state, _, pgrp = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
                if int(pgrp) == number and state != "Z":
                    found.append(int(folder.name))
    return found


def ended(number: int, seconds: float = 60) -> None:
    """Wait until nobody of a process group runs any more."""
    deadline = time.monotonic() + seconds
    while group(number):
        assert time.monotonic() < deadline, group(number)
        time.sleep(0.01)


class Cut(enum.Enum):
    """When a connection ends that brings a push."""

    BEFORE = "before anything is read"
    HALF = "in the middle of the pack"
    AFTER = "after the ref moved, before the answer"
    HALF_ANSWER = "in the middle of the answer"
    HANG = "never: the server says nothing"


class Https:
    """An HTTP server in this process that hands requests to `git http-backend`; with `tls`, over TLS.

    `tokens` are passwords and what they may do: `write`, `read`, `expired`. `cuts` are used up by pushes, one each.
    """

    def __init__(self, root: Path, tls: ssl.SSLContext | None = None) -> None:
        """Listen on a free port; repositories are folders of `root`."""
        self.root = root
        self.tokens: dict[str, str] = {}
        self.cuts: list[Cut] = []
        self.before_receive: Callable[[], None] | None = None
        self.refusal = "denied"
        self.redirect = ""
        self.gone = False
        self.released = threading.Event()
        self.users: set[str] = set()
        self.received = self.sent = 0
        self._idle = threading.Condition()
        self._busy = 0
        outer = self

        class Handler(_Handler):
            owner = outer

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.scheme = "https" if tls else "http"
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]

    def url(self, name: str) -> str:
        """Return the address of a repository."""
        return f"{self.scheme}://127.0.0.1:{self.port}/{name}"

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Count a request."""
        with self._idle:
            self._busy += 1
        try:
            yield
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def is_idle(self) -> None:
        """Wait until no request is at work."""
        with self._idle:
            assert self._idle.wait_for(lambda: self._busy == 0, timeout=60)

    def may(self, header: str) -> str:
        """Return what the one who sent this Authorization header may do."""
        if not self.tokens:
            return "write"
        if header:
            user, _, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
            self.users.add(user)
            return self.tokens.get(password, "")
        return ""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients go away, as the tests mean them to."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: Https

    def do_GET(self) -> None:
        with self.owner.busy():
            self._serve(b"", whole=True)

    def do_POST(self) -> None:
        with self.owner.busy():
            body, whole = self._body()
            self._serve(body, whole=whole)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _body(self) -> tuple[bytes, bool]:
        """Return what was sent, and whether it was all of it."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            asked = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(asked)
            return body, len(body) == asked
        parts: list[bytes] = []
        while size := int(self.rfile.readline() or b"-1", 16):
            if size < 0:
                return b"".join(parts), False
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts), True

    def _serve(self, body: bytes, *, whole: bool) -> None:
        owner, self.close_connection = self.owner, True
        if owner.gone:
            return self._drop()
        if owner.redirect:
            return self._move()
        writes = "git-receive-pack" in self.path
        may = owner.may(self.headers.get("Authorization", ""))
        if may not in ("read", "write"):
            self._refuse(HTTPStatus.UNAUTHORIZED)
        elif writes and may == "read":
            self._refuse(HTTPStatus.FORBIDDEN)
        elif self.command == "POST" and writes and body != b"0000":
            self._receive(body, whole=whole)
        else:
            self._send(self._backend(body))
        return None

    def _receive(self, body: bytes, *, whole: bool) -> None:
        """Take a push, as far as this one is meant to come."""
        owner = self.owner
        if owner.before_receive and whole:
            do, owner.before_receive = owner.before_receive, None
            do()
        cut = owner.cuts.pop(0) if owner.cuts else None
        if cut is Cut.HANG:
            owner.released.wait(300)
        if cut in (Cut.BEFORE, Cut.HANG):
            return self._drop()
        answer = self._backend(body[: len(body) // 2] if cut is Cut.HALF else body)
        if cut is Cut.HALF_ANSWER:
            self._send(answer, half=True)
        if cut or not whole:
            return self._drop()
        return self._send(answer)

    def _backend(self, body: bytes) -> bytes:
        path, _, query = self.path.partition("?")
        env = {
            "PATH": os.environ["PATH"],
            **PLAIN,
            "GIT_PROJECT_ROOT": str(self.owner.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "somebody",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(body)),
        }
        self.owner.received += len(body)
        return subprocess.run(["git", "http-backend"], env=env, input=body, capture_output=True, check=False).stdout

    def _send(self, answer: bytes, *, half: bool = False) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        headers = [line.partition(": ")[::2] for line in head.decode().split("\r\n") if line]
        self.send_response(int(dict(headers).get("Status", "200").split()[0]))
        for key, value in headers:
            if key != "Status":
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.owner.sent += len(body)
        self.wfile.write(body[: len(body) // 2] if half else body)

    def _refuse(self, status: HTTPStatus) -> None:
        text = f"{self.owner.refusal}\n".encode()
        self.send_response(status)
        if status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _move(self) -> None:
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", f"{self.owner.redirect}{self.path.removeprefix('/envs.git')}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drop(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def served(root: Path, tls: ssl.SSLContext | None = None) -> Iterator[Https]:
    """Yield a running server."""
    server = Https(root, tls)
    thread = threading.Thread(target=server.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.server.shutdown()
        server.server.server_close()
        thread.join(30)


class Authority(NamedTuple):
    """A certificate authority of our own."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> "Authority":
        """Make one."""
        folder.mkdir(parents=True)
        if not shutil.which("openssl"):
            pytest.skip("openssl is not installed")
        found = cls(folder)
        found._openssl(*found._new("authority"), "-x509", "-days", "2", "-out", "authority.pem", "-subj", "/CN=tests")
        return found

    @property
    def file(self) -> str:
        """The certificate that clients trust."""
        return str(self.folder / "authority.pem")

    def tls(self, name: str) -> ssl.SSLContext:
        """Return what a server needs that calls itself `name`, such as `IP:127.0.0.1`."""
        stem = name.replace(":", "-")
        (self.folder / f"{stem}.ext").write_text(f"subjectAltName={name}\n")
        self._openssl(*self._new(stem), "-out", f"{stem}.csr", "-subj", f"/CN={name.partition(':')[2]}")
        signed = ["-req", "-in", f"{stem}.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"]
        self._openssl("x509", *signed, "-days", "2", "-extfile", f"{stem}.ext", "-out", f"{stem}.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{stem}.pem", self.folder / f"{stem}.key")
        return context

    def _new(self, stem: str) -> list[str]:
        return ["req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{stem}.key"]

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, check=True)


class Ssh(NamedTuple):
    """An sshd on loopback, and what its clients are given."""

    folder: Path
    port: int

    def url(self, bare: Bare) -> str:
        """Return the address of a repository."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{bare.folder}"

    def command(self, known: str = "known_hosts", key: str = "client") -> str:
        """Return GIT_SSH_COMMAND of a client that knows hosts by one file and has one key."""
        config = self.folder / f"config-{known}-{key}"
        lines = [
            "IdentitiesOnly yes",
            "IdentityAgent none",
            f"IdentityFile {self.folder / key}",
            f"UserKnownHostsFile {self.folder / known}",
            "GlobalKnownHostsFile /dev/null",
        ]
        config.write_text("Host *\n" + "".join(f"  {line}\n" for line in lines))
        return f"ssh -F {config}"


@contextlib.contextmanager
def sshd(folder: Path) -> Iterator[Ssh]:
    """Yield a running sshd; skip where there is none."""
    program = shutil.which("sshd") or "/usr/sbin/sshd"
    if not Path(program).is_file():
        pytest.skip("sshd is not installed (apt-get install openssh-server)")
    folder.mkdir(parents=True)
    for name in ("host", "other-host", "client", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd of Debian wants it to be there
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    for known, host in (("known_hosts", "host"), ("changed_hosts", "other-host")):
        (folder / known).write_text(f"[127.0.0.1]:{port} {(folder / f'{host}.pub').read_text()}")
    (folder / "no_hosts").write_text("")
    settings = [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {folder}/host",
        f"AuthorizedKeysFile {folder}/client.pub",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin prohibit-password",
        "PidFile none",
    ]
    (folder / "sshd_config").write_text("".join(f"{line}\n" for line in settings))
    with (folder / "log").open("wb") as log:
        command = [program, "-D", "-e", "-f", str(folder / "sshd_config")]
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        _answers(process, port, folder / "log")
        yield Ssh(folder, port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _answers(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.skip(f"sshd does not start here: {log.read_text().strip()[-300:]}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    pytest.fail(f"sshd does not answer:\n{log.read_text()[-2000:]}")
