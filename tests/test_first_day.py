"""A new user's day with the command alone: an environment and a unit of their own, mistakes, two publishes, and the way out."""

import json
import re
from pathlib import Path

import pytest
from command import copy_project, counted, edit, run
from repository import Ended, git

MINE = """\
name: mine
extends: [public, small]
gcp:
  project: acme-ai-lab
  projectNumber: "100000000042"
  region: europe-west3
  zones: [europe-west3-a, europe-west3-b, europe-west3-c]
domain: lab.acme.example
dns: {zone: lab}
access:
  allowedRanges: {office: [203.0.113.0/24]}
  controlPlaneRanges: {office: [203.0.113.0/24]}
gke: {location: europe-west3-b}
database:
  backups: {location: europe-west3}
gitops: {repository: https://git.example.com/acme/gitops.git}
argocd: {identity: argocd@acme-hub.iam.gserviceaccount.com}
configConnector:
  identity: config-connector@acme-ai-lab.iam.gserviceaccount.com
  hubProject: acme-hub
"""
MISTAKES = {
    "a typo": (
        "domain: lab.acme.example",
        "domian: lab.acme.example",
        r"^environments/mine\.yaml:8:1: domian: unknown key \[environment-invalid\]\n  hint: did you mean domain\?$",
    ),
    "a unit misspelt": (
        "dns: {zone: lab}",
        "dns: {zone: lab}\ncomponents: {mermaid: {replicas: 2}}",
        r"^environments/mine\.yaml:10:14: components\.mermaid: .+\n  hint: did you mean mermaid-server\?$",
    ),
    "an image with its tag in the name": (
        "dns: {zone: lab}",
        "dns: {zone: lab}\ncomponents: {ui: {images: {codemie-ui: {repository: registry.acme.example/ui:2}}}}",
        r"^environments/mine\.yaml:10:\d+: components\.ui\.images\.codemie-ui\.repository: .+\n  hint: registry and path, without tag$",
    ),
    "an image without a fixed tag": (
        "dns: {zone: lab}",
        "dns: {zone: lab}\ncomponents: {ui: {images: {codemie-ui: {tag: latest}}}}",
        r"^environments/mine\.yaml:10:\d+: components\.ui\.images\.codemie-ui\.tag: .+\n  hint: a fixed tag; latest moves and is refused$",
    ),
    "a missing key": (
        '  projectNumber: "100000000042"\n',
        "",
        r"^environments/mine\.yaml:3:1: gcp\.projectNumber: is missing \[environment-invalid\]\n  hint: add it here: the number of the project",
    ),
    "a unit forgotten": (
        "dns: {zone: lab}",
        "dns: {zone: lab}\ncomponents: {replicas: 2}",
        r"^environments/mine\.yaml:10:14: components\.replicas: there is no such unit \[environment-invalid\]\n  hint: .+components\.<unit>\.replicas$",
    ),
}

BOARD = {
    "component.yaml": """\
title: The team's board
namespace: board
optional: true
connects:
  - {to: cloud-sql, database: board}
exposes:
  - {host: board, port: 8080, health: {port: 8080, path: /ready}}
defaults:
  replicas: 2
  resources: {requests: {cpu: 50m, memory: 128Mi}, limits: {cpu: 500m, memory: 256Mi}}
  images:
    board: {repository: registry.acme.example/team/board, tag: "3.1.0"}
secrets:
  board-postgresql:
    keys:
      password: {source: random, length: 32, id: board-database-password}
""",
    "base/deployment.yaml.j2": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: board
  namespace: "{{ unit.namespace }}"
spec:
  selector:
    matchLabels: {app.kubernetes.io/name: board}
  template:
    metadata:
      labels: {app.kubernetes.io/name: board}
    spec:
      serviceAccountName: board
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: board
          image: board
          ports: [{name: http, containerPort: 8080}]
          env:
            - {name: PGHOST, value: 127.0.0.1}
            - name: PGPASSWORD
              valueFrom: {secretKeyRef: {name: board-postgresql, key: password}}
          readinessProbe:
            httpGet: {path: /ready, port: http}
          livenessProbe:
            tcpSocket: {port: http}
            initialDelaySeconds: 20
          lifecycle:
            preStop: {sleep: {seconds: 10}}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
""",
    "base/service.yaml.j2": """\
apiVersion: v1
kind: Service
metadata:
  name: board
  namespace: "{{ unit.namespace }}"
spec:
  selector: {app.kubernetes.io/name: board}
  ports: [{name: http, port: 8080, targetPort: http}]
""",
}
DATABASES = "  databases: {board: {database: board, user: board}}\n"


class Day:
    """The project in a repository of its own, and an empty repository that Argo CD is going to read."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.project, self.target, self.cache = folder / "codemie", folder / "gitops.git", cache
        self.project.mkdir()
        copy_project(self.project)
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", self.target.name)
        git(self.project, "init", "--quiet", "--initial-branch=main")
        self.commit("the product as it came")
        self.mine = self.project / "environments/mine.yaml"

    def run(self, *words: str) -> Ended:
        """Run the command."""
        return run(*words, cwd=self.project, env={"XDG_CACHE_HOME": str(self.cache)})

    def says(self, code: int, *words: str) -> str:
        """Run the command, which must end like that, and return what it says, warnings first."""
        done = self.run(*words)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done.stderr + done.stdout

    def commit(self, message: str) -> None:
        """Commit all there is."""
        git(self.project, "add", "--all")
        git(self.project, "commit", "--quiet", "--message", message)

    def published(self) -> list[str]:
        """Return the files that Argo CD reads."""
        return git(self.target, "ls-tree", "-r", "--name-only", "main").splitlines()


@pytest.fixture
def day(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Day:
    return Day(tmp_path, tmp_path_factory.getbasetemp() / "first-day-cache")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """One project for all mistakes: none of them writes anything."""
    return Day(tmp_path_factory.mktemp("desk"), tmp_path_factory.getbasetemp() / "first-day-cache")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_at_its_file_and_nothing_is_written(desk: Day, mistake: str) -> None:
    right, wrong, said = MISTAKES[mistake]
    assert right in MINE
    desk.mine.write_text(MINE.replace(right, wrong))
    done = desk.run("render", "mine")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(said, done.stderr, re.MULTILINE), done.stderr
    assert not (desk.project / "output/mine").exists()


def a_unit_of_their_own(day: Day) -> None:
    """Write the unit, as docs/component-with-a-database.md says, and switch it on; its database is forgotten."""
    for path, text in BOARD.items():
        file = day.project / "templates/components/board" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    with day.mine.open("a") as mine:
        mine.write("components:\n  board: {enabled: true}\n")
    said = day.says(2, "render", "mine")
    assert "board connects to database board, which the environment does not have" in said, said
    edit(day.mine, "location: europe-west3}\ngitops", f"location: europe-west3}}\n{DATABASES}gitops")


def test_the_day_of_a_new_user(day: Day) -> None:
    to = ("--repository", str(day.target))

    day.mine.write_text(MINE)
    said = day.says(0, "render", "mine")
    assert re.fullmatch(r"mine: (\d+) files, \d+ objects \(\d+ validated\); 0 changed, \1 added, 0 removed\n", said)
    day.commit("an environment of our own")

    a_unit_of_their_own(day)
    assert re.search(r"^mine: .* \d+ added, 0 removed$", day.says(0, "render", "mine"), re.MULTILINE)
    written = {path: path.read_text() for path in (day.project / "output/mine").rglob("*.yaml")}
    assert sum("board-database-password" in text for text in written.values()) >= 3, (
        "in Secret Manager, for pods, for Google"
    )
    patch = (day.project / "output/mine/components/board/overlay/deployment.patch.yaml").read_text()
    assert "cloud-sql-proxy" in patch
    found = json.loads(day.says(4, "publish", "mine", "--format", "json", *to))["findings"]
    assert "source-dirty" in [finding["rule"] for finding in found]

    review = day.says(0, "diff", "mine")
    assert re.search(r"^against [0-9a-f]{12} of \d{4}-\d\d-\d\d, the merge base with main$", review, re.MULTILINE)
    assert "board.lab.acme.example/ (behind sign-in: Service board/board)" in review
    assert "data-loss" not in review

    day.commit("a board of our own")
    assert "next: codemie-manifests publish mine" in day.says(3, "status", "mine", *to)
    assert re.search(r"^published [0-9a-f]{12} to file://.* main$", day.says(0, "publish", "mine", *to), re.MULTILINE)
    assert "envs/mine/components/board/base/deployment.yaml" in day.published()
    assert "next: nothing to do" in day.says(0, "status", "mine", *to)

    edit(day.mine, "enabled: true}", "enabled: true, replicas: 3}")
    stale = json.loads(day.says(3, "render", "mine", "--check", "--format", "json"))["findings"]
    assert {(one["rule"], one["file"]) for one in stale} == {
        ("output-stale", "output/mine/components/board/overlay/kustomization.yaml")
    }
    assert re.fullmatch(counted("mine", "1 changed, 0 added, 0 removed"), day.says(0, "render", "mine"))
    assert "scale      Deployment board\n             spec.replicas: 2 -> 3\n" in day.says(0, "diff", "mine")
    day.commit("three boards")
    assert "mine: 0 added, 1 changed, 0 removed in envs/mine/\n" in day.says(0, "publish", "mine", *to)

    way_out = day.says(0, "env", "retire", "mine")
    assert way_out.index("kubectl delete application -n argocd mine-root") < way_out.index("mine-board")
    assert way_out.index("mine-board") < way_out.index("argocd app delete argocd/mine-apis")
    assert "gcloud projects delete acme-ai-lab" in way_out
    assert day.says(0, "env", "retire", "mine", "--confirm", "mine").startswith(
        "mine: removed environments/mine.yaml and"
    )
    day.commit("nobody needs mine any more")
    assert "the environment goes, " in day.says(0, "diff", "--all", "--against", "HEAD~1")
    assert "[publish-retire]" in day.says(4, "publish", "mine", "--retire", *to)
    assert day.published()
    assert "published " in day.says(0, "publish", "mine", "--retire", "--accept", "data-loss", *to)
    assert day.published() == []
    assert (
        day.says(0, "publish", "mine", "--retire", "--accept", "data-loss", *to)
        .splitlines()[-1]
        .startswith("nothing to do")
    )
