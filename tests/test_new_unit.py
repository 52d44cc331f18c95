"""Adding a unit adds a folder and no Python: a copy under a new name is rendered, ordered, guarded and listed."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from command import ROOT, copy_project, counted, run, snapshot

Extended = tuple[Path, "subprocess.CompletedProcess[str]"]


def add_copy(project: Path) -> None:
    """Copy mermaid-server to drawing-board, which needs and calls the original."""
    folder = shutil.copytree(
        project / "templates/components/mermaid-server", project / "templates/components/drawing-board"
    )
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_text(path.read_text().replace("mermaid-server", "drawing-board"))
    declaration = folder / "component.yaml"
    declaration.write_text(
        declaration.read_text()
        + "needs: [mermaid-server]\nconnects: [{to: mermaid-server, port: 8000}]\nmetrics: {port: 9102}\n"
    )


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Extended:
    """Return a project with the copy, and what its render said."""
    project = copy_project(tmp_path_factory.mktemp("extended"))
    add_copy(project)
    return project, run("render", "dev", cwd=project)


def read(project: Path, path: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((project / "output/dev" / path).read_text()))


def test_a_copied_folder_is_a_unit(extended: Extended) -> None:
    project, done = extended
    assert done.returncode == 0, done.stderr
    before, after = snapshot(ROOT / "output/dev"), snapshot(project / "output/dev")
    assert re.fullmatch(counted("dev", f"2 changed, {len(after) - len(before)} added, 0 removed"), done.stdout)
    assert {path for path in before if after[path] != before[path]} == {
        "argocd/apps/kustomization.yaml",
        "components/mermaid-server/overlay/networkpolicy.yaml",
    }


def test_it_is_ordered_after_what_it_needs(extended: Extended) -> None:
    project, _ = extended
    wave = {
        name: int(
            read(project, f"argocd/apps/{name}.yaml")[0]["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]
        )
        for name in ("namespaces", "mermaid-server", "drawing-board")
    }
    assert wave["drawing-board"] == wave["mermaid-server"] + 1 > wave["namespaces"]


def test_it_gets_its_network_policy_and_opens_the_other_side(extended: Extended) -> None:
    project, _ = extended
    (own,) = read(project, "components/drawing-board/overlay/networkpolicy.yaml")
    caller = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "codemie"}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "drawing-board"}},
    }
    callee = {**caller, "podSelector": {"matchLabels": {"app.kubernetes.io/name": "mermaid-server"}}}
    port = [{"port": 8000, "protocol": "TCP"}]
    assert own["metadata"] == {"name": "drawing-board", "namespace": "codemie"}
    assert own["spec"]["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "drawing-board"}}
    assert {"to": [callee], "ports": port} in own["spec"]["egress"]
    assert own["spec"]["ingress"] == [
        {
            "from": [
                {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
                for name in ("gke-gmp-system", "gmp-system")
            ],
            "ports": [{"port": 9102, "protocol": "TCP"}],
        }
    ]
    (other,) = read(project, "components/mermaid-server/overlay/networkpolicy.yaml")
    assert {"from": [caller], "ports": port} in other["spec"]["ingress"]


def test_units_lists_it(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    add_copy(project)
    listed = json.loads(run("units", "--format", "json", cwd=project).stdout)
    assert listed["schema"] == 1
    (unit,) = [unit for unit in listed["units"] if unit["name"] == "drawing-board"]
    assert unit == {
        "name": "drawing-board",
        "kind": "component",
        "namespace": "codemie",
        "needs": ["mermaid-server"],
        "images": [
            "europe-west3-docker.pkg.dev/or2-msq-epmd-edp-anthos-t1iylu/codemie-clients-releases/drawing-board:<platform.version>"
        ],
        "podSecurity": "baseline",
    }


def test_the_environment_may_set_its_values(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    add_copy(project)
    with (project / "environments/dev.yaml").open("a") as stream:
        stream.write("components: {drawing-board: {cacheSize: 1Gi, replicas: 2}}\n")
    assert run("render", "dev", cwd=project).returncode == 0
    patch = (project / "output/dev/components/drawing-board/overlay/deployment.patch.yaml").read_text()
    assert "value: 1Gi\n" in patch
    (kustomization,) = read(project, "components/drawing-board/overlay/kustomization.yaml")
    assert kustomization["replicas"] == [{"name": "drawing-board", "count": 2}]


def test_a_base_template_cannot_see_the_environment(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    template = project / "templates/components/mermaid-server/base/service.yaml.j2"
    template.write_text(template.read_text().replace("{name: mermaid-server}", '{name: "{{ env.name }}"}', 1))
    before = snapshot(project / "output")
    done = run("render", "dev", cwd=project)
    assert done.returncode == 2
    assert done.stderr == (
        "templates/components/mermaid-server/base/service.yaml.j2:3: 'env' is undefined [template-undefined]\n"
        "  hint: base/ sees `unit` only, so that it is the same everywhere: move this line to overlay/\n"
    )
    assert snapshot(project / "output") == before
