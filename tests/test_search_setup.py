"""The set-up Jobs of Elasticsearch and Kibana: their scripts, run for real against a server of ours."""

import base64
import contextlib
import json
import os
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from product import Built, build

PROD = ("prod", "")
WITHOUT_SNAPSHOTS = ("prod", "components: {elasticsearch: {tiebreaker: true, snapshots: false}}\n")
PASSWORD = 'p"a\\ss $word:%'  # noqa: S105  everything that a shell, curl and a URL read otherwise
RUNS = pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")

Answer = tuple[int, str]


class Server:
    """Answers like Elasticsearch or Kibana, as far as the scripts ask, and keeps what it was asked."""

    def __init__(self, answers: "Callable[[str, str], Answer | None]" = lambda *_: None) -> None:
        self.asked: list[tuple[str, str]] = []
        self.bodies: dict[str, Any] = {}
        self.headers: list[dict[str, str]] = []
        self.made: set[str] = set()
        self.answers = answers

    def answer(self, method: str, path: str, sent: bytes, headers: dict[str, str]) -> Answer | None:
        self.asked.append((method, path))
        self.headers.append(headers)
        if headers.get("Content-Type", "").startswith("multipart/"):
            self.bodies[path] = [json.loads(line) for line in sent.decode().splitlines() if line.startswith("{")]
        elif sent:
            self.bodies[path] = json.loads(sent)
        if said := self.answers(method, path):
            return said
        if method == "GET" and path.startswith(("/_alias/", "/api/data_views/")):
            return (200 if path in self.made else 404), "{}"
        if path.startswith("/api/saved_objects/"):
            return 200, '{"successCount":15,"success":true}'
        self.made |= {f"/_alias/{alias}" for alias in self.bodies.get(path, {}).get("aliases", {})}
        if view := self.bodies.get(path, {}).get("data_view"):
            self.made.add(f"/api/data_views/data_view/{view['id']}")
        return 200, '{"acknowledged":true}'


@contextlib.contextmanager
def serving(server: Server, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            said = server.answer(self.command, self.path, sent, dict(self.headers))
            if said is None or said[0] == 0:  # hang up
                self.close_connection = True
                return
            self.send_response(said[0])
            self.send_header("Content-Length", str(len(said[1])))
            self.end_headers()
            self.wfile.write(said[1].encode())

        do_GET = do_PUT = do_POST = do  # noqa: N815  names that http.server looks for

        def log_message(self, *_: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    if tls:
        listening.socket = tls.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield listening.server_address[1]
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def files(built: Built, job: str) -> dict[str, str]:
    """Return the files that a set-up Job mounts."""
    return built.mounted(built.one("Job", job))


def body(file: str) -> Any:
    return json.loads(files(build(*PROD), "elasticsearch-setup")[file])


class Job:
    """A set-up Job on this machine: its files, its credentials, and a curl that notes how it was called."""

    def __init__(self, folder: Path, name: str, laid: tuple[str, str] = PROD) -> None:
        self.folder = folder
        self.variable = name.removesuffix("-setup").upper() + "_URL"
        for file, text in files(build(*laid), name).items():
            (folder / file).write_text(text)
        (folder / "username").write_text("elastic-admin")
        (folder / "password").write_text(PASSWORD)
        (folder / "bin").mkdir()
        (folder / "work").mkdir()
        noting = f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{folder}/called"\nenv >> "{folder}/called"\n'
        (folder / "bin/curl").write_text(noting + f'exec {shutil.which("curl")} "$@"\n')
        (folder / "bin/curl").chmod(0o755)

    def start(self, url: str, **env: str) -> "subprocess.Popen[str]":
        given = {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "TMPDIR": f"{self.folder}/work",
            "CREDENTIALS": str(self.folder),
            "CA": f"{self.folder}/ca.crt",
            "ATTEMPTS": "40",
            "PAUSE": "0.05",
            self.variable: url,
        }
        command = ["sh", str(self.folder / "setup.sh")]
        return subprocess.Popen(
            command, env={**given, **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/"
        )

    def run(self, url: str, **env: str) -> tuple[int, str, str]:
        with self.start(url, **env) as process:
            output, errors = process.communicate(timeout=20)
        return process.returncode, output, errors

    def left(self) -> list[Path]:
        return list((self.folder / "work").iterdir())


JOBS = ("elasticsearch-setup", "kibana-setup")
ELASTICSEARCH = [
    ("GET", "/_cluster/health"),
    ("PUT", "/_security/role/codemie_log_writer"),
    ("PUT", "/_ilm/policy/codemie-logs"),
    ("PUT", "/_index_template/codemie-logs"),
    ("PUT", "/_ilm/policy/codemie-metrics"),
    ("PUT", "/_index_template/codemie-metrics"),
    ("PUT", "/_index_template/codemie-metrics-write"),
    ("GET", "/_alias/codemie_metrics_logs_write"),
    ("PUT", "/codemie_metrics_logs-000001"),
    ("PUT", "/_template/codemie-replicas"),
    ("PUT", "/*/_settings?expand_wildcards=open&allow_no_indices=true"),
    ("PUT", "/_snapshot/codemie"),
    ("PUT", "/_slm/policy/codemie-nightly"),
]
IMPORT = "/api/saved_objects/_import?overwrite=true"
KIBANA = [
    ("GET", "/api/status"),
    ("GET", "/api/data_views/data_view/codemie-infra-logs"),
    ("POST", "/api/data_views/data_view"),
    ("GET", "/api/data_views/data_view/codemie-metrics"),
    ("POST", "/api/data_views/data_view"),
    ("POST", IMPORT),
]


@RUNS
def test_elasticsearch_is_set_up_in_order_and_once(tmp_path: Path) -> None:
    server, job = Server(), Job(tmp_path, "elasticsearch-setup")
    with serving(server) as port:
        first = job.run(f"http://127.0.0.1:{port}")
        asked, server.asked = server.asked, []
        second = job.run(f"http://127.0.0.1:{port}")
    assert (first[0], first[2], second[0], second[2]) == (0, "", 0, "")
    assert asked == ELASTICSEARCH
    assert server.asked == [item for item in ELASTICSEARCH if item[1] != "/codemie_metrics_logs-000001"]
    assert server.bodies["/_index_template/codemie-logs"] == body("logs-template.json")
    assert server.bodies["/_slm/policy/codemie-nightly"] == body("snapshot-policy.json")
    assert job.left() == []


@RUNS
def test_without_snapshots_nothing_asks_for_a_bucket(tmp_path: Path) -> None:
    server = Server()
    with serving(server) as port:
        code, *_ = Job(tmp_path, "elasticsearch-setup", WITHOUT_SNAPSHOTS).run(f"http://127.0.0.1:{port}")
    assert (code, server.asked) == (0, ELASTICSEARCH[:-2])


@RUNS
def test_data_views_are_made_once_and_then_left_to_people(tmp_path: Path) -> None:
    server, job = Server(), Job(tmp_path, "kibana-setup")
    with serving(server) as port:
        first = job.run(f"http://127.0.0.1:{port}")
        asked, server.asked = server.asked, []
        second = job.run(f"http://127.0.0.1:{port}")
    assert (first[0], second[0]) == (0, 0)
    assert asked == KIBANA
    assert server.asked == [item for item in KIBANA if item[0] == "GET" or item[1] == IMPORT]
    assert all(headers["kbn-xsrf"] == "true" for headers in server.headers)
    assert server.made == {path for _, path in KIBANA if path.count("/") == 4}


@RUNS
def test_dashboards_are_written_whole_and_after_what_they_show(tmp_path: Path) -> None:
    server, job = Server(), Job(tmp_path, "kibana-setup")
    with serving(server) as port:
        code, output, _ = job.run(f"http://127.0.0.1:{port}")
    assert (code, output.splitlines()[-1]) == (0, "dashboards are written")
    wanted = [json.loads(text) for name, text in files(build(*PROD), "kibana-setup").items() if "-" in name]
    assert sorted(server.bodies[IMPORT], key=str) == sorted(wanted, key=str)
    views = {path.rpartition("/")[2] for path in server.made}
    assert {item["id"] for each in wanted for item in each["references"] if item["type"] == "index-pattern"} <= views


@RUNS
def test_an_object_that_kibana_does_not_take_fails_the_job(tmp_path: Path) -> None:
    said = '{"success":false,"errors":[{"id":"codemie-money","error":{"type":"missing_references"}}]}'
    server, job = Server(lambda _, path: (200, said) if path == IMPORT else None), Job(tmp_path, "kibana-setup")
    with serving(server) as port:
        code, _, errors = job.run(f"http://127.0.0.1:{port}")
    assert (code, "missing_references" in errors) == (1, True)


@RUNS
def test_without_dashboards_there_are_data_views_only(tmp_path: Path) -> None:
    server = Server()
    with serving(server) as port:
        job = Job(tmp_path, "kibana-setup", ("prod", "components: {kibana: {dashboards: false}}\n"))
        code, *_ = job.run(f"http://127.0.0.1:{port}")
    assert (code, server.asked) == (0, KIBANA[:-1])


@RUNS
@pytest.mark.parametrize("name", JOBS)
def test_no_command_line_and_no_variable_holds_the_password(tmp_path: Path, name: str) -> None:
    server, job = Server(), Job(tmp_path, name)
    with serving(server) as port:
        job.run(f"http://127.0.0.1:{port}")
    sent = base64.b64encode(f"elastic-admin:{PASSWORD}".encode()).decode()
    assert {headers["Authorization"] for headers in server.headers} == {f"Basic {sent}"}
    called = (tmp_path / "called").read_text()
    assert called.count("--config") == len(server.asked)
    assert PASSWORD not in called
    assert sent not in called


@RUNS
@pytest.mark.parametrize(("status", "said"), [(400, "unknown setting"), (500, "repository_verification_exception")])
@pytest.mark.parametrize(
    ("name", "path"),
    [("elasticsearch-setup", "/_index_template/codemie-logs"), ("kibana-setup", "/api/data_views/data_view")],
)
def test_a_bad_answer_fails_the_job_and_is_printed(
    tmp_path: Path, name: str, path: str, status: int, said: str
) -> None:
    server, job = Server(lambda _, asked: (status, said) if asked == path else None), Job(tmp_path, name)
    with serving(server) as port:
        code, _, errors = job.run(f"http://127.0.0.1:{port}")
    assert code == 1
    assert f"{path}: status {status}" in errors
    assert said in errors
    assert PASSWORD not in errors
    assert server.asked[-1][1] == path
    assert job.left() == []


@RUNS
@pytest.mark.parametrize("name", JOBS)
def test_a_job_waits_until_somebody_listens_and_is_ready(tmp_path: Path, name: str) -> None:
    answers = iter([(503, "starting"), (401, "no users yet"), (0, "")])
    server, job = Server(lambda *_: next(answers, None)), Job(tmp_path, name)
    with serving(Server()) as port:
        pass  # a port that was free a moment ago
    with job.start(f"http://127.0.0.1:{port}") as process:
        while not (tmp_path / "called").exists() and process.poll() is None:
            time.sleep(0.01)  # the first attempt finds nobody
        time.sleep(0.1)
        with serving(server, port):
            output, _ = process.communicate(timeout=20)
    assert process.returncode == 0, output
    health = {"elasticsearch-setup": ELASTICSEARCH, "kibana-setup": KIBANA}[name]
    assert server.asked == [health[0]] * 3 + health


@RUNS
def test_a_request_that_nobody_answers_is_sent_again(tmp_path: Path) -> None:
    answers = iter([(0, "")])
    lost = ("PUT", "/_ilm/policy/codemie-metrics")
    server = Server(lambda *asked: next(answers, None) if asked == lost else None)
    with serving(server) as port:
        code, *_ = Job(tmp_path, "elasticsearch-setup").run(f"http://127.0.0.1:{port}")
    place = ELASTICSEARCH.index(lost)
    assert (code, server.asked) == (0, [*ELASTICSEARCH[:place], lost, *ELASTICSEARCH[place:]])


@RUNS
def test_a_job_gives_up_on_a_server_that_never_comes(tmp_path: Path) -> None:
    with serving(Server()) as port:
        pass
    code, _, errors = Job(tmp_path, "elasticsearch-setup").run(f"http://127.0.0.1:{port}", ATTEMPTS="2")
    assert code == 1
    assert "GET /_cluster/health: status 000" in errors


@RUNS
@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl to make a certificate with")
@pytest.mark.parametrize(("trusted", "code"), [(True, 0), (False, 1)])
def test_elasticsearch_is_believed_only_with_the_certificate_of_its_authority(
    tmp_path: Path, *, trusted: bool, code: int
) -> None:
    for name in ("server", "other"):
        words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=elasticsearch -days 2"
        files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{name}.key", "-out", f"{name}.crt"]
        subprocess.run(["openssl", *words.split(), *files], cwd=tmp_path, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    (tmp_path / "ca.crt").write_bytes((tmp_path / ("server.crt" if trusted else "other.crt")).read_bytes())
    server = Server()
    with serving(server, tls=tls) as port:
        found, *_ = Job(tmp_path, "elasticsearch-setup").run(f"https://127.0.0.1:{port}", ATTEMPTS="2")
    assert found == code
    assert bool(server.asked) == trusted
