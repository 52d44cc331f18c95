"""validate, doctor, and findings as JSON: what other programs read."""

import json
import re
from pathlib import Path

import pytest
from command import ENVIRONMENTS, ROOT, SMALL_ENVIRONMENTS, copy_project, counted, edit, run, small_project, snapshot

KEYS = ["rule", "message", "severity", "file", "line", "column", "path", "hint", "environment", "object"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return small_project(tmp_path)


@pytest.fixture
def product(tmp_path: Path) -> Path:
    return copy_project(tmp_path)


def test_committed_output_passes(product: Path) -> None:
    done = run("validate", "--all", cwd=product)
    assert done.returncode == 0
    assert re.fullmatch("".join(counted(name, "passes") for name in ENVIRONMENTS), done.stdout)


def test_what_was_edited_by_hand_is_checked_as_it_stands(project: Path) -> None:
    edit(project / "output/prod/components/web/base/service.yaml", "port: 8080", 'port: "8080"')
    before = snapshot(project / "output")
    done = run("validate", "prod", cwd=project)
    assert done.returncode == 4
    assert done.stderr == (
        "output/prod/components/web/base/service.yaml:10: Service codemie/web: /spec/ports/0/port: must be integer "
        "[kubernetes-schema]\n"
    )
    assert snapshot(project / "output") == before


def test_another_folder_is_checked_with_path(project: Path, tmp_path: Path) -> None:
    (project / "output").rename(tmp_path / "published")
    done = run("validate", "prod", "--path", str(tmp_path / "published"), cwd=project)
    assert done.returncode == 0
    assert re.fullmatch(counted("prod", "passes"), done.stdout)


def test_a_tree_that_does_not_build_is_told(project: Path) -> None:
    (project / "output/prod/components/web/base/service.yaml").unlink()
    done = run("validate", "prod", cwd=project)
    assert done.returncode == 4
    assert done.stderr == (
        "output/prod/components/web/base/kustomization.yaml:6:3: Kustomization: /resources/1: there is no such file or folder "
        "in the tree [kustomize]\n"
    )


def test_what_kustomize_alone_knows_is_told_with_its_file(project: Path) -> None:
    overlay = project / "output/prod/components/web/overlay/kustomization.yaml"
    edit(overlay, "count: ", "count: 1\n- name: nobody\n  count: ")
    done = run("validate", "prod", cwd=project)
    assert done.returncode == 4
    assert done.stderr.startswith(
        "output/prod/components/web/overlay/kustomization.yaml:1: kustomize refuses the tree: "
    )


def test_what_is_not_rendered_is_told_with_the_command_that_does(project: Path) -> None:
    done = run("validate", "prod", "--path", str(project / "environments"), cwd=project)
    assert done.returncode == 2
    assert done.stderr == (
        f"{project}/environments/prod: is not rendered [output-missing]\n  hint: codemie-manifests render prod\n"
    )


def test_findings_are_json_also_when_they_stop_the_command(product: Path) -> None:
    edit(product / "environments/prod.yaml", "domain: ai.example.com", "domain: AI")
    for words in (["render", "prod"], ["validate", "prod"]):
        done = run(*words, "--format", "json", cwd=product)
        assert (done.returncode, done.stderr) == (2, "")
        told = json.loads(done.stdout)
        assert told["schema"] == 1
        (finding,) = told["findings"]
        assert list(finding) == KEYS
        assert (finding["rule"], finding["file"], finding["line"], finding["path"], finding["severity"]) == (
            "environment-invalid",
            "environments/prod.yaml",
            14,
            "domain",
            "error",
        )


def test_warnings_are_json_too_and_nothing_else_is_printed(project: Path) -> None:
    thing = 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x, namespace: "{{ unit.namespace }}"}\n'
    (project / "templates/components/web/base/thing.yaml.j2").write_text(thing)
    for words in (["render", "--all"], ["validate", "--all"]):
        done = run(*words, "--format", "json", cwd=project)
        assert (done.returncode, done.stderr) == (0, "")
        told = [(finding["rule"], finding["environment"]) for finding in json.loads(done.stdout)["findings"]]
        assert told == [("not-covered", name) for name in SMALL_ENVIRONMENTS]


def test_doctor_says_what_is_here_and_how_to_get_the_rest(tmp_path: Path) -> None:
    tool = tmp_path / "kubectl"
    tool.write_text("#!/bin/sh\necho Client Version: v9\n")
    tool.chmod(0o755)
    done = run("doctor", cwd=ROOT, env={"PATH": f"{tmp_path}:/nonexistent"})
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert [line.split()[:3] for line in lines if line.startswith("kubectl")] == [["kubectl", "Client", "Version:"]]
    assert "kustomize  missing                                       builds the rendered folders" in lines
    assert "           get it: https://kubectl.docs.kubernetes.io/installation/kustomize" in lines


def test_doctor_ends_with_2_if_nothing_here_builds() -> None:
    done = run("doctor", "--format", "json", cwd=ROOT, env={"PATH": "/nonexistent"})
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert told["schema"] == 1
    assert [tool["name"] for tool in told["tools"]] == ["python", "kustomize", "kubectl", "git", "make"]
    assert list(told["tools"][1]) == ["name", "path", "version", "purpose", "install"]
