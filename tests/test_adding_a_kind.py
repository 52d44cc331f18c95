"""Adding a kind, as CONTRIBUTING.md says it: a CRD and one YAML file, and render, check, diff and the docs know it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from command import ROOT, run, small_project

from generator.kinds import project_files

CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.databases.example.com}
spec:
  group: databases.example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [engine]
              properties:
                engine: {type: string, description: Immutable. What it runs.}
                memory: {type: string}
            status: {type: object}
"""
FILE = "kinds/databases.example.com/Widget.yaml"


def told(heading: str) -> dict[str, list[str]]:
    """Return the code blocks of a section of CONTRIBUTING.md, by language."""
    section = (ROOT / "CONTRIBUTING.md").read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    found: dict[str, list[str]] = {}
    for indent, language, block in re.findall(r"^( *)```(\w+)\n(.*?)^ *```$", section, re.DOTALL | re.MULTILINE):
        found.setdefault(language, []).append(re.sub(f"^{indent}", "", block, flags=re.MULTILINE))
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which a page of CONTRIBUTING.md was followed, and committed."""
    folder = small_project(tmp_path_factory.mktemp("kind"))
    commands, (rows, widget) = told("Add a kind")["sh"][0].splitlines(), told("Add a kind")["yaml"]
    assert commands[0].startswith("kubectl get crd")
    (folder / "widget.yaml").write_text(CRD)
    done = run(*commands[1].split()[1:], cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{FILE}\n", "")
    made = (folder / FILE).read_text()
    (folder / FILE).write_text(made.replace("contract:\n", f"{rows}contract:\n"))
    (folder / "templates/infra/fleet/widget.yaml.j2").write_text(widget)
    done = run("render", "dev", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "not-covered" not in done.stderr
    shutil.copytree(folder / "output", folder / "before")
    return folder


@pytest.fixture
def edited(project: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(project, tmp_path / "project"))


def change(project: Path, before: str, after: str) -> Path:
    file = project / "templates/infra/fleet/widget.yaml.j2"
    written = file.read_text()
    assert before in written
    file.write_text(written.replace(before, after))
    return project


def said(project: Path) -> str:
    done = run("diff", "dev", "--against", "before", cwd=project)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def test_a_wrong_field_is_an_error_at_its_line(edited: Path) -> None:
    done = run("render", "dev", cwd=change(edited, "memory: 2Gi", "memroy: 2Gi"))
    assert done.returncode == 4
    assert "templates/infra/fleet/widget.yaml.j2:4: Widget " in done.stderr
    assert "/spec/memroy: unknown field [contract]\n  hint: did you mean memory?\n" in done.stderr


def test_the_tree_that_is_rendered_is_whole(project: Path) -> None:
    assert run("render", "dev", "--check", cwd=project).returncode == 0


def test_diff_says_what_the_rows_say(edited: Path) -> None:
    shown = said(change(edited, "memory: 2Gi", "memory: 4Gi"))
    assert "1 restart" in shown
    assert "the Widget is restarted, its callers wait for half a minute" in shown


def test_what_cannot_change_is_blocked_and_what_to_do_instead_is_said(edited: Path) -> None:
    shown = said(change(edited, "engine: postgres", "engine: mysql"))
    assert "blocked" in shown
    assert "make a new Widget, copy the data, then delete the old one" in shown


def test_the_removal_of_what_holds_state_is_data_loss(edited: Path) -> None:
    (edited / "templates/infra/fleet/widget.yaml.j2").unlink()
    shown = said(edited)
    assert "data-loss" in shown
    assert "its disk is deleted with it" in shown


def test_importing_again_keeps_what_a_person_wrote(edited: Path) -> None:
    file = edited / FILE
    commented = (
        "# ours, ask the database team\n"
        + file.read_text().replace("impact:", "impact:  # looked up")
        + "\n# the end\n"
    )
    file.write_text(commented)
    changed = CRD.replace("memory: {type: string}", "memory: {type: string}\n                cpu: {type: integer}")
    (edited / "widget.yaml").write_text(changed.replace("Immutable. ", ""))
    assert run("schemas", "import", "widget.yaml", cwd=edited).returncode == 0
    again, old = file.read_text(), yaml.safe_load(commented)
    assert [
        line for line in ("# ours, ask the database team", "impact:  # looked up", "# the end") if line not in again
    ] == []
    value = yaml.safe_load(again)
    assert value.pop("contract")["v1"]["properties"]["spec"]["properties"]["cpu"] == {"type": "integer"}
    assert value == {key: item for key, item in old.items() if key not in ("contract", "immutable")}
    (edited / "widget.yaml").write_text(CRD)
    assert run("schemas", "import", "widget.yaml", cwd=edited).returncode == 0
    assert yaml.safe_load(file.read_text()) == old


def test_a_file_that_nothing_can_be_laid_over_is_told_and_stays(edited: Path) -> None:
    file = edited / FILE
    file.write_text('{state: true, impact: [{path: "", when: removed, impact: data-loss, reason: so}]}\n')
    before = file.read_text()
    done = run("schemas", "import", "widget.yaml", cwd=edited)
    assert done.returncode == 2
    assert f"{FILE}:1:1: is written in a way that nothing can be laid over [schema-import]" in done.stderr
    assert file.read_text() == before


def test_the_page_of_kinds_lists_it_when_it_is_shipped(project: Path, tmp_path: Path) -> None:
    product = tmp_path / "product"
    shutil.copytree(ROOT / "generator", product / "generator", ignore=shutil.ignore_patterns("__pycache__"))
    (product / "docs").mkdir()
    shutil.copy(ROOT / "docs/make_kinds.py", product / "docs")
    (product / "generator" / FILE).parent.mkdir()
    shutil.copy(project / FILE, product / "generator" / FILE)
    env = {"PYTHONPATH": str(product), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "docs/make_kinds.py"], cwd=product, env=env, check=True)
    page = (product / "docs/kinds.md").read_text()
    assert "| `databases.example.com/Widget` | yes | 1 | 2 | 2 | v1 |\n" in page


def test_the_example_of_the_page_of_kinds_is_a_kind_file() -> None:
    block = (ROOT / "docs/kinds.md").read_text().split("```yaml\n")[1].split("```")[0]
    file, _, text = block.partition("\n")
    assert project_files({file.removeprefix("# "): text}).problems == ()
