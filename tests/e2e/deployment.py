"""A project, the repository it is published to, and the Argo CD that follows it, for one or more environments."""

import base64
import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import command
import local_charts
import programs
import pytest
import stored_crds
import yaml
from api_server import ApiServer, Manifest, Refused
from command import edit
from control_plane import CONTROLLERS, NAMESPACE, ControlPlane
from loopback_servers import file_server, git_server
from operators import WORKLOAD, Operators

_APPLICATION = ("argoproj.io/v1alpha1", "Application")
_REFRESH = "argocd.argoproj.io/refresh"
_CONFIG_CONNECTOR = ".cnrm.cloud.google.com"
_PUBLIC = "https://git.example.com/platform/codemie-gitops.git"


class Deployment:
    """What a platform team has: a project under Git, a GitOps repository, a hub, and a cluster per environment."""

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        self.plane = plane
        self.folder = folder
        self.operators = Operators()
        self.clusters: dict[str, ApiServer] = {}
        (folder / "git").mkdir(parents=True)
        (folder / "charts").mkdir()
        self.bare = folder / "git/gitops.git"
        self._run("git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))
        self.git = git_server(folder / "git")
        self.charts = file_server(local_charts.repository(), folder / "charts")
        self.repository = f"{self.git.url}/gitops.git"
        self.project = self._project()
        (self.hub,) = plane.start_servers("hub", controllers=CONTROLLERS)
        crds = stored_crds.read(*stored_crds.HUB)
        stored_crds.install(self.hub, crds)
        plane.start_argocd(self.hub)
        for manifest in _repositories(self.charts.url):
            self.hub.apply(manifest)
        google = [
            (f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"])
            for crd in crds
            if crd["spec"]["group"].endswith(_CONFIG_CONNECTOR) and crd["spec"]["group"] != f"core{_CONFIG_CONNECTOR}"
            for version in crd["spec"]["versions"]
            if version["served"]
        ]
        self.rendered_kinds = self._kinds()
        self.operators.watch(
            self.hub,
            [
                *(kind for kind in google if kind in self.rendered_kinds),
                ("external-secrets.io/v1", "ExternalSecret"),
                ("external-secrets.io/v1", "SecretStore"),
            ],
        )

    def stop(self) -> None:
        """End all that runs for it; what comes next has the machine for itself."""
        self.operators.stop()
        self.git.stop()
        self.charts.stop()
        self.plane.stop_argocd()
        for server in (self.hub, *self.clusters.values()):
            self.plane.stop_server(server.name)

    def _project(self) -> Path:
        """Return a copy of this project under Git, published to our server, with add-ons from our repository of charts."""
        project = command.copy_project(self.folder / "project")
        addons = "".join(f"  {unit}: {{chart: {{repository: {self.charts.url}}}}}\n" for unit in stored_crds.ADDONS)
        for name in command.ENVIRONMENTS:
            path = project / f"environments/{name}.yaml"
            edit(path, _PUBLIC, self.repository)
            nats = "components: {nats: {enabled: true}}\n" if name == "dev" else ""  # something to take away again
            path.write_text(f"{path.read_text()}\naddons:\n{addons}{nats}")
        self._run("git", "init", "--quiet", "--initial-branch=main", cwd=project)
        self.render_and_commit("The platform", "dev", "staging", "prod", project=project)
        return project

    def render_and_commit(self, message: str, *environments: str, project: Path | None = None) -> None:
        """Render environments, and commit what is there."""
        folder = project or self.project
        self.ask("render", *environments, project=folder)
        self._run("git", "add", "--all", cwd=folder)
        self._run(
            "git", "-c", "user.name=e2e", "-c", "user.email=e2e@example.com", "commit", "-qm", message, cwd=folder
        )

    def publish(self, *environments: str) -> str:
        """Publish with our own command; return the revision that the branch is at then."""
        self.ask("publish", *environments, "--quiet")
        return self.revision()

    def by_hand(self, message: str, change: Callable[[Path], None]) -> str:
        """Commit a change to the GitOps repository without our command; return the revision."""
        clone = self.folder / "clone"
        if not clone.exists():
            self._run("git", "clone", "--quiet", str(self.bare), str(clone))
        self._run("git", "fetch", "--quiet", cwd=clone)
        self._run("git", "reset", "--quiet", "--hard", "origin/main", cwd=clone)
        change(clone)
        self._run("git", "add", "--all", cwd=clone)
        who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com")
        self._run("git", *who, "commit", "--quiet", "--allow-empty", "-m", message, cwd=clone)
        self._run("git", "push", "--quiet", "origin", "HEAD:main", cwd=clone)
        return self.revision()

    def revert(self) -> str:
        """Take the last commit of the GitOps repository back, as `git revert` does; return the revision."""

        def reverted(clone: Path) -> None:
            self._run("git", "revert", "--no-commit", "HEAD", cwd=clone)

        return self.by_hand("Take it back", reverted)

    def at(self, ref: str) -> None:
        """Set the branch to a commit, or delete it."""
        words = ("update-ref", "refs/heads/main", ref) if ref else ("update-ref", "-d", "refs/heads/main")
        self._run("git", *words, cwd=self.bare)

    def syncs(self) -> dict[str, str]:
        """Return when each Application last began to sync."""
        return {
            name: str(item.get("status", {}).get("operationState", {}).get("startedAt"))
            for name, item in self.applications().items()
        }

    def generations(self, name: str) -> dict[tuple[str, str, str], tuple[str, int]]:
        """Return the objects of an environment's workload cluster with what changes when they are written."""
        cluster = self.clusters[name]
        kinds = (
            *WORKLOAD,
            ("v1", "ServiceAccount"),
            ("networking.k8s.io/v1", "NetworkPolicy"),
            ("batch/v1", "CronJob"),
        )
        return {
            (kind, item["metadata"].get("namespace", ""), item["metadata"]["name"]): (
                item["metadata"]["uid"],
                item["metadata"].get("generation", 0),
            )
            for api_version, kind in kinds
            for item in cluster.list(api_version, kind)
        }

    def revision(self) -> str:
        """Return what the branch is at."""
        return self._run("git", "rev-parse", "main", cwd=self.bare)

    def ask(self, *words: str, project: Path | None = None) -> str:
        """Run our command in the project."""
        done = command.run(*words, cwd=project or self.project, env={"XDG_CACHE_HOME": str(self.folder / "cache")})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def bootstrap(self, name: str) -> None:
        """Do what a person does once for an environment: its cluster, and bootstrap/ on the hub.

        Only the Secret of the cluster is the test's own: no Google account opens this one.
        """
        (cluster,) = self.plane.start_servers(name, controllers=CONTROLLERS)
        stored_crds.install(cluster, stored_crds.read(*stored_crds.GKE))
        self.clusters[name] = cluster
        self.operators.watch(cluster, WORKLOAD)
        built = self._run(
            str(programs.folder() / "kustomize"), "build", str(self.project / "output" / name / "bootstrap")
        )
        for manifest in yaml.safe_load_all(built):
            if manifest["kind"] == "Secret":
                manifest["stringData"] |= {"server": cluster.url, "config": _access(cluster)}
            self.hub.apply(manifest, f"codemie-{name}")

    def applications(self, environment: str = "") -> dict[str, Any]:
        """Return the Applications of an environment, or of all, by name."""
        found = {item["metadata"]["name"]: item for item in self.hub.list(*_APPLICATION, NAMESPACE)}
        return {name: item for name, item in found.items() if name.startswith(f"{environment}-" if environment else "")}

    def application(self, name: str) -> Any:
        """Return an Application."""
        return self.hub.get(*_APPLICATION, NAMESPACE, name)

    def refresh(self, *names: str) -> None:
        """Tell Argo CD that there is something new, as a webhook would, and return when it has looked.

        What it is asked while it still looks is lost: it takes the question away with its answer.
        """
        asked = names or tuple(self.applications())
        for name in asked:
            self.annotate(name, {_REFRESH: "normal"})

        def looked() -> bool:
            found = self.applications().items()
            return not any(_REFRESH in item["metadata"].get("annotations", {}) for name, item in found if name in asked)

        self.wait_until("looked at", looked, 60)

    def annotate(self, name: str, annotations: dict[str, str]) -> None:
        """Annotate an Application."""
        application = {
            "apiVersion": _APPLICATION[0],
            "kind": _APPLICATION[1],
            "metadata": {"name": name, "namespace": NAMESPACE},
        }
        self.hub.merge(application, {"metadata": {"annotations": annotations}})

    def converged(self, environment: str, revision: str) -> bool:
        """Say whether all that Git has for an environment is Synced at the revision, and Healthy."""
        found = self.applications(environment)
        apps = {f"{environment}-{unit}" for unit in self.units(environment)} | {f"{environment}-root"}
        return apps <= set(found) and all(_done(found[name], revision) for name in apps)

    def units(self, environment: str) -> list[str]:
        """Return the units that the published Git has for an environment."""
        folder = f"envs/{environment}/argocd/apps/"
        listed = self._run("git", "ls-tree", "--name-only", "main", folder, cwd=self.bare)
        return [Path(line).stem for line in listed.splitlines() if Path(line).stem != "kustomization"]

    def wait_until(self, what: str, holds: Callable[[], bool], seconds: float) -> float:
        """Wait until something holds, and return after how many seconds. Fails with what Argo CD says."""
        began = looked = time.monotonic()
        while not _asked(holds):
            if time.monotonic() - began > seconds:
                pytest.fail(f"not {what} after {seconds} s:\n" + "\n".join(self.said()))
            if time.monotonic() - looked > 2:
                looked = time.monotonic()
                with contextlib.suppress(OSError, Refused):
                    self._look_at_definitions()
            time.sleep(0.3)
        return time.monotonic() - began

    def _look_at_definitions(self) -> None:
        """Have Argo CD look again where it saw definitions before they were served.

        No event of a definition makes it look, and none of the add-ons' pods is here, whose events would.
        """
        for name, item in self.applications().items():
            if (
                "chart" in item["spec"]["source"]
                and item.get("status", {}).get("health", {}).get("status") == "Progressing"
            ):
                self.annotate(name, {_REFRESH: "normal"})

    def said(self) -> list[str]:
        """Return what Argo CD says of Applications that are not as they should be."""
        lines = []
        for name, item in sorted(self.applications().items()):
            status = item.get("status", {})
            sync, health = status.get("sync", {}), status.get("health", {})
            if (sync.get("status"), health.get("status")) == ("Synced", "Healthy"):
                continue
            lines.append(f"{name}: {sync.get('status')} at {sync.get('revision', '')[:8]}, {health.get('status')}")
            operation = status.get("operationState", {})
            lines.append(f"  {operation.get('phase')}: {operation.get('message', '')[:600]}")
            lines += [f"  {item['type']}: {item['message'][:600]}" for item in status.get("conditions", [])]
            lines += [
                f"  {one['kind']} {one.get('namespace', '')}/{one['name']}: {one.get('status')}, {one.get('health')}"
                for one in status.get("resources", [])
                if one.get("status") != "Synced" or one.get("health", {}).get("status", "Healthy") != "Healthy"
            ][:12]
        return lines

    def _kinds(self) -> set[tuple[str, str]]:
        """Return the kinds that are rendered for any environment."""
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        found = set()
        for path in (self.project / "output").glob("*/infra/**/*.yaml"):
            for item in yaml.load_all(path.read_text(), loader):
                found.add((item["apiVersion"], item["kind"]))
        return found

    def _run(self, *words: str, cwd: Path | None = None) -> str:
        done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout.strip()


def _done(application: Manifest, revision: str) -> bool:
    status = application.get("status", {})
    sync, health = status.get("sync", {}), status.get("health", {})
    chart = "chart" in application["spec"]["source"]
    return bool(
        sync.get("status") == "Synced"
        and health.get("status") == "Healthy"
        and (chart or sync.get("revision") == revision)
        and status.get("operationState", {}).get("phase") == "Succeeded"
    )


def _asked(holds: Callable[[], bool]) -> bool:
    """Ask, and take a server that is away for a no."""
    try:
        return holds()
    except (OSError, Refused):
        return False


def _access(cluster: ApiServer) -> str:
    authority = base64.b64encode(cluster.authority.read_bytes()).decode()
    return json.dumps({"bearerToken": cluster.token, "tlsClientConfig": {"insecure": False, "caData": authority}})


def _repositories(charts: str) -> Iterable[Manifest]:
    """Yield what Argo CD must know of repositories: that the charts' certificate is nobody's."""
    yield {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "charts",
            "namespace": NAMESPACE,
            "labels": {"argocd.argoproj.io/secret-type": "repository"},
        },
        "stringData": {"type": "helm", "name": "charts", "url": charts, "insecure": "true"},
    }
