"""docs/component-with-a-database.md as somebody follows it: its files are written, its commands run, and both sides agree."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from command import ROOT, copy_project, edit, run
from repository import git

GUIDE = (ROOT / "docs/component-with-a-database.md").read_text()
BLOCKS = re.findall(r"^```(yaml|sh)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
FILES = {found[1]: text for _, text in BLOCKS if (found := re.match(r"# (templates/\S+)\n", text))}
COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
DATABASES, SETTINGS = (text for kind, text in BLOCKS if kind == "yaml" and not text.startswith("# "))
Manifest = dict[str, Any]


class Followed(NamedTuple):
    """A project in which the page was followed, and what its commands printed."""

    project: Path
    printed: list[str]

    def built(self, folder: str) -> dict[tuple[str, str], Manifest]:
        """Return what kustomize builds of a folder of dev, by kind and name."""
        words = ["kubectl", "kustomize", str(self.project / "output/dev" / folder)]
        text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        return {(item["kind"], item["metadata"]["name"]): item for item in yaml.safe_load_all(text)}


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Followed:
    """Follow the page in a copy of this project."""
    project = copy_project(tmp_path_factory.mktemp("followed"))
    git(project, "init", "--quiet", "--initial-branch=main")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message=Before")
    edit(project / "environments/dev.yaml", "\ndatabase:\n", f"\ndatabase:\n{DATABASES}")
    for path, text in FILES.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text)
    printed = []
    for line in COMMANDS:
        program, *words = shlex.split(line)
        assert program == ".venv/bin/codemie-manifests"
        done = run(*words, cwd=project)
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    return Followed(project, printed)


def test_the_page_has_all_files_of_the_unit_and_its_commands() -> None:
    assert sorted(path.removeprefix("templates/components/wiki/") for path in FILES) == [
        "base/deployment.yaml.j2",
        "base/service.yaml.j2",
        "component.yaml",
        "overlay/env.yaml.j2",
        "overlay/migration.yaml.j2",
    ]
    assert len(COMMANDS) == 2


def test_the_review_shows_what_is_new(followed: Followed) -> None:
    rendered, review = followed.printed
    assert rendered.startswith("dev: ")
    for new in ("wiki switched on", "SQLDatabase wiki", "SQLUser wiki"):
        assert new in review


def test_pods_and_the_user_of_the_database_read_one_password(followed: Followed) -> None:
    wiki, instance = followed.built("components/wiki/overlay"), followed.built("infra/cloud-sql")
    for secret in (wiki["ExternalSecret", "wiki-postgresql"], instance["ExternalSecret", "database-wiki"]):
        (entry,) = secret["spec"]["data"]
        assert (entry["secretKey"], entry["remoteRef"]["key"]) == ("password", "wiki-database-password")
        assert "version" not in entry["remoteRef"]
    assert instance["SQLUser", "wiki"]["spec"]["password"]["valueFrom"]["secretKeyRef"]["name"] == "database-wiki"
    assert instance["SQLUser", "wiki"]["spec"]["resourceID"] == "wiki"
    assert instance["SQLDatabase", "wiki"]["spec"]["resourceID"] == "wiki"
    secrets = followed.built("infra/secrets")
    readers = {
        item["spec"]["memberFrom"]["serviceAccountRef"]["name"]
        for (kind, _), item in secrets.items()
        if kind == "IAMPolicyMember" and item["spec"]["resourceRef"]["name"] == "wiki-database-password"
    }
    assert readers == {"codemie-wiki-secrets", "codemie-hub-secrets"}


def test_every_pod_that_connects_has_the_proxy_of_the_platform(followed: Followed) -> None:
    wiki = followed.built("components/wiki/overlay")
    (ours,) = followed.built("components/api/overlay")["Deployment", "codemie"]["spec"]["template"]["spec"][
        "initContainers"
    ]
    assert ours["name"] == "cloud-sql-proxy"
    assert ours["args"][-1] == "example-codemie-dev:europe-west3:codemie-postgresql"
    for workload in (wiki["Deployment", "wiki"], wiki["Job", "wiki-migration"]):
        assert workload["spec"]["template"]["spec"]["initContainers"] == [ours]


def test_each_acts_as_an_account_that_may_connect_and_is_let_out_to_the_instance(followed: Followed) -> None:
    wiki, roles = followed.built("components/wiki/overlay"), followed.built("infra/iam")
    for name in ("wiki", "wiki-migration"):
        account = wiki["ServiceAccount", name]["metadata"]["annotations"]["iam.gke.io/gcp-service-account"]
        assert account == f"codemie-{name}@example-codemie-dev.iam.gserviceaccount.com"
        grant = roles["IAMPolicyMember", f"codemie-{name}-cloudsql-client-cloud-sql"]["spec"]
        assert (grant["role"], grant["memberFrom"]["serviceAccountRef"]["name"]) == (
            "roles/cloudsql.client",
            f"codemie-{name}",
        )
        egress = wiki["NetworkPolicy", name]["spec"]["egress"]
        assert {
            "to": [{"ipBlock": {"cidr": "10.60.0.0/16"}}],
            "ports": [{"port": 3307, "protocol": "TCP"}],
        } in egress


def test_its_settings_hold_for_all_proxies_or_for_one(followed: Followed, tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    for path in FILES:
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_bytes((followed.project / path).read_bytes())
    text = (followed.project / "environments/dev.yaml").read_text()
    (project / "environments/dev.yaml").write_text(text + SETTINGS.replace("2.21.2", "2.99.0"))
    done = run("render", "dev", cwd=project)
    assert done.returncode == 0, done.stderr
    changed = Followed(project, [])
    found = {}
    for unit, kind, name in (
        ("api", "Deployment", "codemie"),
        ("wiki", "Deployment", "wiki"),
        ("wiki", "Job", "wiki-migration"),
    ):
        workload = changed.built(f"components/{unit}/overlay")[kind, name]
        (proxy,) = workload["spec"]["template"]["spec"]["initContainers"]
        found[name] = (proxy["image"].rpartition(":")[2], proxy["resources"]["limits"]["cpu"])
    assert found == {"codemie": ("2.99.0", "500m"), "wiki": ("2.99.0", "1"), "wiki-migration": ("2.99.0", "1")}
