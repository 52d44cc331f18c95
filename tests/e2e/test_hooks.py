"""Hooks on the real Argo CD: a Job with a proxy beside its container, which only ends because the container did.

Of argo-cd#27407: it is said that Argo CD cannot take its own finalizer off such a Job, so that each later sync fails.
"""

import copy
import subprocess
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import product
import pytest
import stored_crds
import yaml
from api_server import Manifest
from command import ROOT
from control_plane import CONTROLLERS, NAMESPACE, ControlPlane
from loopback_servers import git_server

pytestmark = pytest.mark.e2e
pytest_plugins = ("e2e_session",)

JOB, POD, APPLICATION = ("batch/v1", "Job"), ("v1", "Pod"), ("argoproj.io/v1alpha1", "Application")
HOOK = ("argocd.argoproj.io/hook", "argocd.argoproj.io/hook-delete-policy")
FINALIZER = "argocd.argoproj.io/hook-finalizer"
SUCCEEDED = "Succeeded: successfully synced (no more tasks)"
PATIENCE = 90
"""Seconds in which a sync must be over."""


class Hooks:
    """A server with the Job controller, an Argo CD that follows a repository on it, and we as the kubelet."""

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        bare, self._clone = folder / "git/hooks.git", folder / "clone"
        bare.mkdir(parents=True)
        _git("init", "--quiet", "--bare", "--initial-branch=main", cwd=bare)
        _git("clone", "--quiet", str(bare), str(self._clone), cwd=folder)
        self.git = git_server(bare.parent)
        (self.server,) = plane.start_servers("hooks", controllers=f"{CONTROLLERS},job-controller")
        stored_crds.install(self.server, stored_crds.read("argocd"))
        plane.start_argocd(self.server)
        project = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}
        self.server.apply(_named("argoproj.io/v1alpha1", "AppProject", NAMESPACE, "default", spec=project))

    def follow(self, name: str) -> None:
        """Have Argo CD follow a folder into a namespace of its name, in the way of the Application that we render."""
        application = yaml.safe_load((ROOT / "output/prod/argocd/apps/litellm.yaml").read_text())
        application["metadata"]["name"] = name
        application["spec"] |= {
            "project": "default",
            "source": {"repoURL": f"{self.git.url}/hooks.git", "path": name, "targetRevision": "main"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": name},
        }
        self.server.apply(_named("v1", "Namespace", "", name))
        self.server.apply(_named("v1", "ServiceAccount", name, "litellm-migration"))
        self.server.apply(application, "argocd-install")

    def sync(self, job: Manifest, phase: str = "Succeeded") -> tuple[str, list[Manifest]]:
        """Commit a Job and sync it as a person does; return what came of it, and each Job that had a pod meanwhile.

        The pods run and end as a kubelet says it.
        """
        name = job["metadata"]["namespace"]
        self._commit(name, job)
        application = self._application(name)
        options = application["spec"]["syncPolicy"]["syncOptions"]
        asked = {"sync": {"revision": self._revision(), "prune": True, "syncOptions": options}}
        self.server.merge(application, {"operation": asked, "status": {"operationState": None}})
        jobs: list[Manifest] = []
        state: Manifest = {}
        deadline = time.monotonic() + PATIENCE
        while state.get("phase") in (None, "Running"):
            assert time.monotonic() < deadline, f"{name} still syncs: {state}"
            time.sleep(0.3)
            jobs += self._end_pods(name, phase)
            state = self._application(name).get("status", {}).get("operationState", {})
        return f"{state['phase']}: {state['message']}", jobs

    def jobs(self, like: Manifest) -> list[Manifest]:
        """Return the Jobs in the namespace of one."""
        return self.server.list(*JOB, like["metadata"]["namespace"])

    def _commit(self, name: str, job: Manifest) -> None:
        path = self._clone / name / "job.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(job))
        _git("add", "--all", cwd=self._clone)
        who = ("-c", "user.name=e2e", "-c", "user.email=e2e@example.com")
        _git(*who, "commit", "--allow-empty", "-qm", name, cwd=self._clone)
        _git("push", "--quiet", "origin", "HEAD:main", cwd=self._clone)

    def _revision(self) -> str:
        return _git("rev-parse", "HEAD", cwd=self._clone)

    def _application(self, name: str) -> Any:
        return {**_named(*APPLICATION, NAMESPACE, name), **self.server.get(*APPLICATION, NAMESPACE, name)}

    def _end_pods(self, name: str, phase: str) -> list[Manifest]:
        ended = []
        for pod in self.server.list(*POD, name):
            if pod["status"].get("phase") == "Pending":
                job = self.server.get(*JOB, name, pod["metadata"]["ownerReferences"][0]["name"])
                self.server.merge(pod, {"status": _status(pod, "Running", {"running": {}})}, "/status")
                time.sleep(1)  # until somebody has seen it run
                ended_as = {"terminated": {"exitCode": int(phase == "Failed")}}
                self.server.merge(pod, {"status": _status(pod, phase, ended_as)}, "/status")
                ended.append(job)
        return ended


def _status(pod: Manifest, phase: str, state: Manifest) -> Manifest:
    """Return the status of a pod whose containers are all in one state, as a kubelet writes it."""

    def of(key: str) -> list[Manifest]:
        said = {"imageID": "", "restartCount": 0, "ready": phase == "Running", "started": phase == "Running"}
        return [{"name": item["name"], "image": item["image"], "state": state, **said} for item in pod["spec"][key]]

    return {"phase": phase, "initContainerStatuses": of("initContainers"), "containerStatuses": of("containers")}


def _named(api_version: str, kind: str, namespace: str, name: str, **more: Any) -> Manifest:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **more}


def _git(*words: str, cwd: Path) -> str:
    return subprocess.run(["git", *words], cwd=cwd, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def hooks(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hooks]:
    made = Hooks(control_plane, tmp_path_factory.mktemp("hooks"))
    yield made
    made.git.stop()
    control_plane.stop_argocd()
    control_plane.stop_server("hooks")


@pytest.fixture
def migration(request: pytest.FixtureRequest, hooks: Hooks) -> Manifest:
    """Return the hook that we render with a proxy beside it, in a namespace of this test's own that Argo CD follows."""
    job = copy.deepcopy(product.build("prod").one("Job", "litellm-migration"))
    (proxy,) = job["spec"]["template"]["spec"]["initContainers"]
    assert proxy["restartPolicy"] == "Always"
    job["metadata"]["namespace"] = f"hooks-{zlib.crc32(request.node.name.encode()):x}"
    hooks.follow(job["metadata"]["namespace"])
    return job


@pytest.mark.parametrize(("policy", "left"), [("BeforeHookCreation", 1), ("HookSucceeded", 0)])
def test_a_hook_with_a_proxy_beside_it_runs_anew_with_each_sync(
    hooks: Hooks, migration: Manifest, policy: str, left: int
) -> None:
    migration["metadata"]["annotations"]["argocd.argoproj.io/hook-delete-policy"] = policy
    seen = set()
    for image in ("a:1", "a:1", "a:2"):
        said, (ran,) = hooks.sync(with_image(migration, image))
        assert said == SUCCEEDED
        assert image_of(ran) == image
        assert FINALIZER in ran["metadata"]["finalizers"], "it is there while the hook runs"
        seen.add(ran["metadata"]["uid"])
        assert [FINALIZER in finalizers(job) for job in hooks.jobs(migration)] == [False] * left
    assert len(seen) == 3


def test_a_hook_that_failed_holds_up_no_later_sync(hooks: Hooks, migration: Manifest) -> None:
    migration["spec"]["backoffLimit"] = 0
    said, (failed,) = hooks.sync(with_image(migration, "a:1"), phase="Failed")
    assert said.startswith("Failed: one or more synchronization tasks completed unsuccessfully")
    assert [finalizers(job) for job in hooks.jobs(migration)] == [[]]
    said, (ran,) = hooks.sync(with_image(migration, "a:2"))
    assert (said, image_of(ran)) == (SUCCEEDED, "a:2")
    assert ran["metadata"]["uid"] != failed["metadata"]["uid"]


@pytest.mark.parametrize("hook", [None, "Skip"], ids=["a plain Job", "Skip"])
def test_a_hook_that_becomes_something_else_runs_no_more_and_its_next_image_is_refused(
    hooks: Hooks, migration: Manifest, hook: str | None
) -> None:
    """What the plan must foresee: an outage of what it did, or blocked; and the way back."""
    assert hooks.sync(with_image(migration, "a:1"))[0] == SUCCEEDED
    as_hook = migration["metadata"]["annotations"]
    without = {key: value for key, value in as_hook.items() if key not in HOOK}
    migration["metadata"]["annotations"] = without | ({HOOK[0]: hook} if hook else {})
    said, ran = hooks.sync(migration)
    assert (said.partition(":")[0], ran) == ("Succeeded", [])
    said, ran = hooks.sync(with_image(migration, "a:2"))
    assert said.startswith("Error: ComparisonError: ")
    assert said.endswith("field is immutable")
    assert (ran, [image_of(job) for job in hooks.jobs(migration)]) == ([], ["a:1"])
    migration["metadata"]["annotations"] = as_hook
    said, ran = hooks.sync(migration)
    assert (said, [image_of(job) for job in ran]) == (SUCCEEDED, ["a:2"]), "the last Job is deleted first"


def with_image(job: Manifest, image: str) -> Manifest:
    job["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return job


def image_of(job: Manifest) -> str:
    return str(job["spec"]["template"]["spec"]["containers"][0]["image"])


def finalizers(job: Manifest) -> list[str]:
    return list(job["metadata"].get("finalizers", []))
