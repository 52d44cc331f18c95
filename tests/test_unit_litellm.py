"""LiteLLM and its Redis as built: order, identity, database, and the Job that makes the API's team and key."""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from command import ENVIRONMENTS
from product import Built, build, container, environment, pod, project

from generator import pipeline
from generator.errors import InputInvalid
from generator.manifest import Manifest

SECRETS = {("litellm-masterkey", "masterkey"): "master", ("litellm-appkey", "litellm-app-key"): "app"}


@pytest.fixture(scope="module")
def alone() -> Built:
    return build("prod", "components: {litellm: {enabled: true}}\n")


@pytest.fixture(scope="module")
def shared() -> Built:
    return build("prod", "components: {litellm: {enabled: true, replicas: 2, redis: true}}\n")


def config(objects: Built) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(objects.file("litellm", "config.yaml"))
    return found


def names(manifest: Manifest) -> dict[str, Any]:
    """Return the environment of the main container by name, values and references alike."""
    return {item["name"]: item.get("value", item.get("valueFrom")) for item in container(manifest)["env"]}


def test_the_schema_is_changed_before_the_pods_and_the_key_made_after_them(alone: Built) -> None:
    order = [("Job", "litellm-migration"), ("Deployment", "litellm"), ("Job", "litellm-bootstrap")]
    annotations = [alone.one(*which)["metadata"]["annotations"] for which in order]
    waves = [int(item["argocd.argoproj.io/sync-wave"]) for item in annotations]
    assert waves == sorted(set(waves))
    assert waves[0] > 0  # Secrets and ServiceAccounts are there
    for item in (annotations[0], annotations[2]):
        assert item["argocd.argoproj.io/hook"] == "Sync"
        assert item["argocd.argoproj.io/hook-delete-policy"] == "BeforeHookCreation"


def test_only_the_job_changes_the_schema_and_a_failure_of_it_is_one(alone: Built) -> None:
    assert names(alone.one("Deployment", "litellm"))["DISABLE_SCHEMA_UPDATE"] == "True"
    migration = names(alone.one("Job", "litellm-migration"))
    assert "DISABLE_SCHEMA_UPDATE" not in migration
    assert migration["ENFORCE_PRISMA_MIGRATION_CHECK"] == "true"


def test_both_reach_the_same_database_through_the_same_sidecar(alone: Built) -> None:
    deployment, job = alone.one("Deployment", "litellm"), alone.one("Job", "litellm-migration")
    database = [
        {name: item for name, item in names(which).items() if "DATABASE" in name} for which in (deployment, job)
    ]
    assert database[0] == database[1]
    assert database[0]["DATABASE_USERNAME"] == "litellm"
    sidecars = [pod(which)["initContainers"][0] for which in (deployment, job)]
    for key in ("args", "image", "startupProbe", "securityContext", "restartPolicy"):
        assert sidecars[0][key] == sidecars[1][key]
    assert sidecars[0]["restartPolicy"] == "Always"


def test_a_google_identity_is_where_a_google_api_is_called_and_nowhere_is_a_key_file(alone: Built) -> None:
    workloads = ("litellm", "litellm-migration", "litellm-bootstrap")
    accounts = [alone.one("ServiceAccount", name)["metadata"].get("annotations", {}) for name in workloads]
    assert ["iam.gke.io/gcp-service-account" in item for item in accounts] == [True, True, False]
    for kind, name in (("Deployment", "litellm"), ("Job", "litellm-migration"), ("Job", "litellm-bootstrap")):
        assert "GOOGLE_APPLICATION_CREDENTIALS" not in names(alone.one(kind, name))


def test_connections_outlive_those_of_the_load_balancer(alone: Built) -> None:
    (word,) = [word for word in container(alone.one("Deployment", "litellm"))["args"] if "keepalive" in word]
    backend = alone.one("GCPBackendPolicy", "litellm")["spec"]["default"]["timeoutSec"]
    assert int(word.rpartition("=")[2]) > backend
    assert config(alone)["litellm_settings"]["request_timeout"] <= backend


def test_a_pod_stops_only_when_the_longest_answer_is_over(alone: Built) -> None:
    deployment = alone.one("Deployment", "litellm")
    pause = container(deployment)["lifecycle"]["preStop"]["sleep"]["seconds"]
    longest = config(alone)["litellm_settings"]["request_timeout"]
    assert pod(deployment)["terminationGracePeriodSeconds"] > pause + longest


def asked(more: str = "", beside: str = "") -> dict[str, dict[str, Any]]:
    """Return the entries of the list of models by name, with `more` said of the unit and `beside` of the environment."""
    built = build("prod", f"components: {{litellm: {{enabled: true, {more}}}}}\n{beside}\n")
    return {item["model_name"]: item for item in config(built)["model_list"]}


def test_claude_and_the_others_are_asked_where_each_is_served() -> None:
    found = {
        name: item["litellm_params"]
        for name, item in asked(
            "models: {gemini-3-flash: {enabled: false}, mine: {model: gemini-3.5-flash, location: us}}",
            "gcp: {vertexAi: {region: eu, claudeRegion: us-east5}}",
        ).items()
    }
    places = {name: params["vertex_location"] for name, params in found.items()}
    assert places["claude-sonnet-4-6"] == "us-east5"
    assert places["gemini-3.1-pro"] == "eu"
    assert places["mine"] == "us"
    assert places["gecko"] == "us-central1", "Google does not list it at `global`"
    assert "gemini-3-flash" not in places
    assert {params["vertex_project"] for params in found.values()} == {"example-codemie-prod"}
    assert all(params["model"].startswith("vertex_ai/") for params in found.values())


def test_the_api_reads_label_kind_and_default_of_each_model() -> None:
    mine = "mine: {model: gemini-3.5-flash, info: {mode: chat, default_for_categories: [code], top_p: false}}"
    found = asked(f"models: {{{mine}}}")
    assert found["gecko"]["model_info"] == {
        "label": "Text Embedding Gecko",
        "mode": "embedding",
        "default_for_categories": ["global"],
    }
    assert found["mine"]["model_info"] == {
        "label": "mine",
        "mode": "chat",
        "default_for_categories": ["code"],
        "top_p": False,
    }


AZURE = "provider: azure, model: gpt, url: 'https://corp.openai.azure.com', apiVersion: 2024-12-01-preview"


BEDROCK = "provider: bedrock, model: eu.anthropic.claude, location: eu-central-1"
SECOND_KEY = ["accessKeyId: is missing", "secretAccessKey: has no effect here"]


def test_each_deployment_of_a_name_is_an_entry_with_its_own_provider_and_key() -> None:
    bedrock = f"{BEDROCK}, weight: 2, accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY"
    more = f"models: {{mine: {{label: Mine, deployments: [{{{AZURE}, key: AZURE_API_KEY}}, {{{bedrock}}}]}}}}"
    built = build("prod", f"components: {{litellm: {{enabled: true, {more}}}}}\n")
    entries = [item for item in config(built)["model_list"] if item["model_name"] == "mine"]
    assert [item["litellm_params"] for item in entries] == [
        {
            "model": "azure/gpt",
            "api_base": "https://corp.openai.azure.com",
            "api_version": "2024-12-01-preview",
            "api_key": "os.environ/AZURE_API_KEY",
        },
        {
            "model": "bedrock/eu.anthropic.claude",
            "aws_region_name": "eu-central-1",
            "aws_access_key_id": "os.environ/AWS_ACCESS_KEY_ID",
            "aws_secret_access_key": "os.environ/AWS_SECRET_ACCESS_KEY",
            "weight": 2,
        },
    ]
    assert [item["model_info"] for item in entries] == [{"label": "Mine", "allowed_fails": 0}] * 2


def test_a_default_model_moves_to_another_provider_or_gets_several_deployments() -> None:
    """What the default says beside them, its own name and location, has no effect then."""
    openai = "provider: openai, model: text-embedding-3-large, key: OPENAI_API_KEY"
    more = f"models: {{gecko: {{{openai}}}, gemini-3.1-pro: {{deployments: [{{{AZURE}, key: AZURE_API_KEY}}]}}}}"
    found = asked(more)
    assert found["gecko"]["litellm_params"] == {
        "model": "openai/text-embedding-3-large",
        "api_key": "os.environ/OPENAI_API_KEY",
    }
    assert found["gemini-3.1-pro"]["litellm_params"]["model"] == "azure/gpt"
    assert found["gemini-3.1-pro"]["model_info"]["default_for_categories"] == ["global"]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("{label: X}", ["model: is missing"]),
        (f"{{{AZURE}}}", ["key: is missing"]),
        ("{provider: openai, model: gpt}", ["key: is missing"]),
        (f"{{{BEDROCK}}}", ["key: is missing"]),  # GKE has no credentials of AWS
        (f"{{{BEDROCK}, accessKeyId: ID}}", ["secretAccessKey: is missing"]),
        (f"{{{BEDROCK}, secretAccessKey: KEY}}", ["accessKeyId: is missing"]),
        (
            f"{{{BEDROCK}, key: ONE, accessKeyId: ID, secretAccessKey: KEY}}",
            ["accessKeyId: has no effect here", "secretAccessKey: has no effect here"],
        ),
        ("{provider: bedrock, model: claude, key: KEY}", ["location: is missing"]),
        (f"{{{AZURE}, key: AZURE_API_KEY, secretAccessKey: KEY}}", SECOND_KEY),
        ("{provider: openai, model: gpt, key: ONE, secretAccessKey: KEY}", SECOND_KEY),
        (
            "{provider: openai, model: gpt, key: ONE, url: 'http://127.0.0.1:80'}",
            ["url: must match ^https://[^\\s@]+$"],
        ),
        ("{model: gemini, key: SOME_KEY}", ["key: has no effect here"]),
        ("{weight: 2, deployments: [{model: gemini}]}", ["weight: has no effect here"]),
        ("{deployments: [{provider: anthropic, model: claude}]}", ["deployments[0].key: is missing"]),
    ],
)
def test_a_model_says_what_its_provider_needs_and_nothing_else(model: str, said: list[str]) -> None:
    with pytest.raises(InputInvalid) as refused:
        build("prod", f"components: {{litellm: {{enabled: true, models: {{mine: {model}}}}}}}\n")
    found = [
        f"{item.path.removeprefix('components.litellm.models.mine.')}: {item.message}"
        for item in refused.value.findings
    ]
    assert found == said


def test_without_redis_there_is_none_and_nothing_names_it(alone: Built) -> None:
    assert set(alone.all("StatefulSet", "litellm")) == set()
    assert not [name for name in names(alone.one("Deployment", "litellm")) if name.startswith("REDIS")]
    assert "redis" not in json.dumps(config(alone))


def test_redis_comes_with_its_value_and_both_read_one_password(shared: Built) -> None:
    reference = {"secretKeyRef": {"name": "litellm-redis", "key": "redis-password"}}
    assert names(shared.one("StatefulSet", "litellm-redis"))["REDISCLI_AUTH"] == reference
    given = names(shared.one("Deployment", "litellm"))
    assert (given["REDIS_HOST"], given["REDIS_PORT"], given["REDIS_PASSWORD"]) == ("litellm-redis", "6379", reference)
    assert "litellm-redis" in shared.all("ExternalSecret", "litellm")
    assert config(shared)["litellm_settings"]["cache_params"]["mode"] == "default_off"


def test_redis_keeps_less_than_its_pod_has(shared: Built) -> None:
    text = shared.file("litellm-redis", "redis.conf")
    (kept,) = [line.split()[1] for line in text.splitlines() if line.startswith("maxmemory ")]
    limit = container(shared.one("StatefulSet", "litellm-redis"))["resources"]["limits"]["memory"]
    assert int(kept.removesuffix("mb")) * 3 <= int(limit.removesuffix("Mi")) * 2


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_where_there_are_several_pods_they_count_together(name: str) -> None:
    planned = pipeline.plan_of(project(), name).named("litellm")
    if planned is None:
        return
    scaling = planned.common.autoscaling
    several = (planned.common.replicas or 0) > 1 or (scaling and scaling.enabled)
    assert planned.values["redis"] or not several


class LiteLLM(ThreadingHTTPServer):
    """As much of LiteLLM as the Jobs ask: teams, keys with metadata, and a while in which it does not answer.

    As in litellm/proxy/management_endpoints/key_management_endpoints.py: /key/info without a parameter answers for its
    bearer, /key/update replaces the metadata, a service account's key has its name there.
    """

    def __init__(self, away: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.away = away
        self.teams: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.refuses = ""
        self.later: Callable[[], object] | None = None
        """What happens once after a question for a key."""

    def answer(self, path: str, bearer: str, body: dict[str, Any]) -> int:
        """Return the status that LiteLLM would answer with."""
        if self.away:
            self.away -= 1
            return 503
        self.asked.append(path)
        if path == "/key/info":
            later, self.later = self.later, None
            if later:
                threading.Thread(target=later, daemon=True).start()
            return 200 if bearer in self.keys.values() else 401
        if path == self.refuses or bearer != "sk-master":
            return 400
        tasks = {
            "/team/info?team_id=codemie": lambda: "codemie" in self.teams,
            "/team/new": lambda: bool(self.teams.setdefault(body["team_id"], body["team_alias"])),
            "/key/delete": lambda: bool([self.keys.pop(alias, None) for alias in body["key_aliases"]]),
            "/key/service-account/generate": lambda: self.generate(body["key_alias"], body["key"], body["team_id"]),
            "/key/update": lambda: (
                body["key"] in self.metadata and self.metadata.update({body["key"]: body["metadata"]}) is None
            ),
        }
        return 200 if path in tasks and tasks[path]() else 404

    def generate(self, alias: str, key: str, team: str) -> bool:
        """Take a key of a team, unless one of that name is there."""
        self.metadata[key] = {"service_account_id": alias}
        return team in self.teams and self.keys.setdefault(alias, key) == key


class _Handler(BaseHTTPRequestHandler):
    server: LiteLLM

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length) or "{}")
        bearer = self.headers["Authorization"].removeprefix("Bearer ")
        self.send_response(self.server.answer(self.path, bearer, body))
        self.end_headers()
        self.wfile.write(json.dumps({"info": {"metadata": self.server.metadata.get(bearer, {})}}).encode())

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy() -> Iterator[LiteLLM]:
    with LiteLLM() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def run(objects: Built, proxy: LiteLLM, app: str = "app") -> "subprocess.CompletedProcess[str]":
    """Run the script of LiteLLM's Job as its container would, but without its pauses."""
    main = container(objects.one("Job", "litellm-bootstrap"))
    secrets = {**SECRETS, ("litellm-appkey", "litellm-app-key"): app}
    files = {"/etc/litellm/config.yaml": objects.file("litellm", "config.yaml")}
    return script(main, environment(main, secrets), files, proxy)


def script(
    main: dict[str, Any], env: dict[str, str], files: dict[str, str], proxy: LiteLLM
) -> "subprocess.CompletedProcess[str]":
    """Run a container's Python with its files, where a pause of a second takes none."""
    assert main["command"] == ["python", "-c"]
    text, quick = (
        main["args"][0],
        "import time; past = [0]\ntime.sleep = lambda seconds: past.append(past.pop() + seconds)\n",
    )
    quick += "time.monotonic = lambda: past[0]\n"
    env = {**env, "LITELLM_URL": f"http://127.0.0.1:{proxy.server_address[1]}"}
    with tempfile.TemporaryDirectory() as folder:
        for number, (path, content) in enumerate(files.items()):
            assert path in text
            (Path(folder) / str(number)).write_text(content)
            text = text.replace(path, f"{folder}/{number}")
        return subprocess.run(
            [sys.executable, "-c", quick + text], env=env, capture_output=True, text=True, check=False
        )


def wait(objects: Built, proxy: LiteLLM) -> "subprocess.CompletedProcess[str]":
    """Run the script of the API's Job as its container would, but without its pauses."""
    job = objects.one("Job", "codemie-models")
    main = container(job)
    (field,) = [item for item in main["env"] if "fieldRef" in item.get("valueFrom", {})]
    name = field["valueFrom"]["fieldRef"]["fieldPath"].removeprefix("metadata.annotations['").removesuffix("']")
    annotated = job["spec"]["template"]["metadata"]["annotations"][name]
    others = environment({**main, "env": [item for item in main["env"] if item != field]}, {})
    return script(main, {**others, field["name"]: annotated}, {"/secrets/litellm-app-key": "app"}, proxy)


def test_the_job_makes_team_and_key_and_a_second_run_changes_nothing(alone: Built, proxy: LiteLLM) -> None:
    first = run(alone, proxy)
    assert first.returncode == 0, first.stderr
    assert (proxy.teams, proxy.keys) == ({"codemie": "codemie"}, {"codemie-back": "sk-app"})
    proxy.asked.clear()
    assert run(alone, proxy).returncode == 0
    assert proxy.asked == ["/team/info?team_id=codemie", "/key/info", "/key/info"]


def test_a_new_value_of_the_key_replaces_the_old_one(alone: Built, proxy: LiteLLM) -> None:
    run(alone, proxy)
    assert run(alone, proxy, "changed").returncode == 0
    assert proxy.keys == {"codemie-back": "sk-changed"}


def test_the_job_waits_for_the_proxy(alone: Built, proxy: LiteLLM) -> None:
    proxy.away = 3
    done = run(alone, proxy)
    assert done.returncode == 0
    assert done.stdout.count("not there yet") == 3


@pytest.mark.parametrize("path", ["/team/new", "/key/service-account/generate"])
def test_the_job_fails_where_the_proxy_refuses_and_prints_no_key(alone: Built, proxy: LiteLLM, path: str) -> None:
    proxy.refuses = path
    done = run(alone, proxy)
    assert done.returncode == 1
    assert f"{path} answers 400" in done.stderr
    assert "sk-" not in done.stdout + done.stderr


def test_the_api_starts_once_litellm_has_marked_its_key_with_the_file_it_serves(alone: Built, proxy: LiteLLM) -> None:
    run(alone, proxy)
    assert proxy.metadata["sk-app"]["service_account_id"] == "codemie-back", "what LiteLLM keeps there stays"
    done = wait(alone, proxy)
    assert (done.returncode, done.stdout) == (0, "LiteLLM serves these models\n")


def test_the_api_waits_while_litellm_is_away_or_serves_another_file(alone: Built, proxy: LiteLLM) -> None:
    other = build("prod", "components: {litellm: {requestTimeout: 300}}\n")
    run(other, proxy)
    served = proxy.metadata["sk-app"]["codemie-config"]
    proxy.away, proxy.later = 2, lambda: run(alone, proxy)
    done = wait(alone, proxy)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [("HTTPError" in line, served in line) for line in lines[:3]] == [
        (True, False),
        (True, False),
        (False, True),
    ]
    assert lines[-1] == "LiteLLM serves these models"
    assert "sk-" not in done.stdout + done.stderr


def test_the_api_keeps_its_pods_where_litellm_never_serves_the_file(alone: Built) -> None:
    """The deadline fails the hook, and so the sync, before the Deployment; Argo CD tries again."""
    assert alone.one("Job", "codemie-models")["spec"]["activeDeadlineSeconds"] == 900
    assert alone.one("Application", "prod-api")["spec"]["syncPolicy"]["retry"]["limit"] == 10


def test_a_changed_file_restarts_the_api_after_its_job(alone: Built) -> None:
    other = build("prod", "components: {litellm: {requestTimeout: 300}}\n")
    annotations = [pod_annotations(built, "Deployment", "codemie") for built in (alone, other)]
    assert annotations[0] != annotations[1]
    assert pod_annotations(alone, "Job", "codemie-models") == annotations[0]
    order = [
        alone.one(*which)["metadata"]["annotations"] for which in (("Job", "codemie-models"), ("Deployment", "codemie"))
    ]
    assert order[0]["argocd.argoproj.io/hook"] == "Sync"
    waves = [int(item["argocd.argoproj.io/sync-wave"]) for item in order]
    assert 0 < waves[0] < waves[1]


def pod_annotations(objects: Built, kind: str, name: str) -> dict[str, str]:
    found: dict[str, str] = objects.one(kind, name)["spec"]["template"]["metadata"]["annotations"]
    return found


def test_without_litellm_the_api_waits_for_nobody() -> None:
    built = build("prod", "components: {litellm: {enabled: false}}\n")
    assert "codemie-models" not in built.all("Job")
    assert "annotations" not in built.one("Deployment", "codemie")["spec"]["template"]["metadata"]


def test_litellm_is_healthy_before_the_api_is_made(alone: Built) -> None:
    waves = {planned.name: planned.wave for planned in alone.plan.units}
    assert waves["litellm"] < waves["api"]


def test_no_key_stands_in_a_url_that_would_be_logged(alone: Built, proxy: LiteLLM) -> None:
    run(alone, proxy)
    assert not [path for path in proxy.asked if "sk-" in path]
