"""The command from outside: what it prints, how it ends, what it leaves behind."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import ROOT, SMALL_ENVIRONMENTS, copy_project, counted, edit, run, small_project, snapshot


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return small_project(tmp_path)


@pytest.fixture
def product(tmp_path: Path) -> Path:
    return copy_project(tmp_path)


def test_help_names_every_command_and_every_command_has_help() -> None:
    listed = run("--help", cwd=ROOT).stdout
    assert [line.split()[0] for line in listed.split("Commands:\n")[1].splitlines()] == [
        "capacity",
        "diff",
        "doctor",
        "env",
        "publish",
        "render",
        "schemas",
        "status",
        "units",
        "validate",
    ]
    groups = (["env"], ["schemas"])
    commands = (
        ["capacity"],
        ["doctor"],
        ["validate"],
        ["publish"],
        ["render"],
        ["status"],
        ["units"],
        ["env", "show"],
        ["env", "schema"],
        ["schemas", "import"],
    )
    for words in (*groups, *commands):
        done = run(*words, "--help", cwd=ROOT)
        assert done.returncode == 0
        assert words in groups or "  Example:  codemie-manifests " in done.stdout


def test_a_second_render_says_so_and_touches_no_file(project: Path) -> None:
    times = {path: path.stat().st_mtime_ns for path in (project / "output").rglob("*")}
    done = run("render", "--all", cwd=project)
    assert re.fullmatch("".join(counted(name, "unchanged") for name in SMALL_ENVIRONMENTS), done.stdout)
    assert {path: path.stat().st_mtime_ns for path in (project / "output").rglob("*")} == times


def test_check_writes_nothing_and_ends_with_3_if_the_output_is_stale(project: Path) -> None:
    edit(project / "environments/prod.yaml", "replicas: 2", "cacheSize: 300Mi\n    replicas: 2")
    before = snapshot(project / "output")
    done = run("render", "prod", "--check", cwd=project)
    assert done.returncode == 3
    assert re.fullmatch(counted("prod", "1 changed, 0 added, 0 removed; not written"), done.stdout)
    assert snapshot(project / "output") == before


def test_a_foreign_file_is_kept_reported_and_fails_the_check(project: Path) -> None:
    foreign = project / "output/prod/components/web/notes.txt"
    foreign.write_text("mine")
    edit(project / "environments/prod.yaml", "environment: prod", "environment: production")
    done = run("render", "prod", cwd=project)
    assert done.returncode == 0
    assert (
        "warning: output/prod/components/web/notes.txt: was not written by the renderer; it was kept [foreign-file]\n"
        in (done.stderr)
    )
    assert foreign.read_text() == "mine"
    assert run("render", "prod", "--check", cwd=project).returncode == 3


def test_a_file_that_is_no_longer_rendered_goes(project: Path) -> None:
    shutil.rmtree(project / "templates/infra/fleet")
    done = run("render", "prod", "--no-check", cwd=project)
    assert done.returncode == 0
    assert not (project / "output/prod/infra").exists()
    assert not (project / "output/prod/argocd/apps/fleet.yaml").exists()


def test_all_problems_are_told_at_once_and_nothing_is_written(product: Path) -> None:
    project = product
    edit(project / "environments/prod.yaml", "  region: europe-west3\n", "  region: Europe\n  regoin: x\n")
    edit(project / "environments/prod.yaml", 'projectNumber: "100000000003"', "projectNumber: 100000000003")
    before = snapshot(project / "output")
    done = run("render", "--all", cwd=project)
    assert done.returncode == 2
    assert done.stderr == (
        "environments/prod.yaml:10:3: gcp.projectNumber: must be text [environment-invalid]\n"
        '  hint: put it in quotes: without them YAML reads a number, and 1.10 as 1.1; the number of the project, as text: "123456789012"\n'
        "environments/prod.yaml:11:3: gcp.region: must match ^[a-z]+-[a-z]+[0-9]{1,2}$ [environment-invalid]\n"
        "  hint: a region such as europe-west3\n"
        "environments/prod.yaml:12:3: gcp.regoin: unknown key [environment-invalid]\n"
        "  hint: did you mean region?\n"
    )
    assert snapshot(project / "output") == before


def test_a_tree_that_a_check_refuses_is_not_written(project: Path) -> None:
    edit(project / "templates/components/web/base/service.yaml.j2", "  ports: [", "  sessionAffinity: 5\n  ports: [")
    before = snapshot(project / "output")
    done = run("render", "prod", cwd=project)
    assert done.returncode == 4
    assert (
        "templates/components/web/base/service.yaml.j2:8: Service codemie/web: /spec/sessionAffinity: must be null or string "
        "[kubernetes-schema]\n"
    ) in done.stderr
    assert snapshot(project / "output") == before
    assert sorted(path.name for path in (project / "output").iterdir()) == list(SMALL_ENVIRONMENTS)


def test_two_units_with_one_object_are_told_by_name(project: Path) -> None:
    service = (project / "templates/components/web/base/service.yaml.j2").read_text()
    (project / "templates/components/worker/base/second.yaml.j2").write_text(service)
    edit(project / "environments/prod.yaml", "  web:\n", "  worker: {enabled: true}\n  web:\n")
    done = run("render", "prod", cwd=project)
    assert done.returncode == 4
    assert done.stderr == (
        "templates/components/worker/base/second.yaml.j2:1: Service codemie/web: is rendered 2 times: "
        "components/web/base/service.yaml, components/worker/base/second.yaml [duplicate-object]\n"
    )


def test_without_kustomize_and_kubectl_the_hint_says_how_to_get_one(project: Path) -> None:
    done = run("render", "prod", cwd=project, env={"PATH": "/nonexistent"})
    assert done.returncode == 2
    assert done.stderr == (
        "neither kustomize nor kubectl is on PATH [tool-missing]\n"
        "  hint: install kustomize >= 5.5 or kubectl >= 1.32; `make render` brings a pinned kustomize into .tools/\n"
    )
    unchecked = run("render", "prod", "--no-check", cwd=project, env={"PATH": "/nonexistent"})
    assert unchecked.returncode == 0
    assert "was neither built nor checked; publish refuses such a tree [unchecked]" in unchecked.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["render"], 2, "name an environment [usage]\n  hint: there are: dev, prod; --all takes every one\n"),
        (
            ["render", "pord"],
            2,
            "environments/pord.yaml: there is no such environment [environment-unknown]\n  hint: did you mean prod?\n",
        ),
        (["render", "--fast"], 2, "No such option"),
        (["deploy"], 2, "No such command 'deploy'"),
        (["units", "--root", "/nonexistent"], 2, "does not exist"),
        (["units", "--root", "/proc/sys/net"], 2, "there is no such folder in"),
    ],
)
def test_wrong_usage_ends_with_2(words: list[str], code: int, said: str, project: Path) -> None:
    done = run(*words, cwd=project)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_root_and_quiet_stand_before_or_after_the_command(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for words in (
        ["--root", str(project), "--quiet", "render", "dev"],
        ["render", "dev", "--quiet", "--root", str(project)],
    ):
        done = run(*words, cwd=elsewhere)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_bug_of_ours_is_one_line_and_a_log(project: Path) -> None:
    code = (
        "import generator.pipeline as p; p.open_project = lambda root: 1 / 0; from generator.cli.main import run; run()"
    )
    command = [sys.executable, "-c", code, "units"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(project)}
    done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("a bug in codemie-manifests (ZeroDivisionError); please report ")
    assert done.stderr.count("\n") == 1
    assert "ZeroDivisionError: division by zero" in Path(done.stderr.split()[-1]).read_text()


def test_an_interrupted_render_leaves_the_old_tree(project: Path) -> None:
    slow = project / "bin"
    slow.mkdir()
    (slow / "kustomize").write_text("#!/bin/sh\nexec sleep 60\n")
    (slow / "kustomize").chmod(0o755)
    edit(project / "environments/prod.yaml", "environment: prod", "environment: production")
    before = snapshot(project / "output")
    env = {**os.environ, "PATH": f"{slow}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "generator", "render", "prod", "--no-cache"],
        cwd=project,
        env=env,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (project / "output/.prod.new").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=10)
    assert (process.returncode, said.strip()) == (130, "interrupted; nothing was left half-written")
    assert snapshot(project / "output") == before


def test_env_show_tells_origins(product: Path) -> None:
    shown = run("env", "show", "prod", "--origins", cwd=product).stdout.splitlines()
    assert '  project: "example-codemie-prod"                       # environments/prod.yaml:9' in shown
    assert '  mode: "private"                                       # environments/profiles/private.yaml:3' in shown
    found = json.loads(run("env", "show", "prod", "--origins", "--format", "json", cwd=product).stdout)
    assert found["schema"] == 1
    assert found["environment"]["components"]["api"]["replicas"] == 2
    assert found["origins"]["components.api.replicas"] == "environments/profiles/high-scale.yaml:24"


def test_units_shows_what_is_there(product: Path) -> None:
    done = run("units", cwd=product)
    rows = [line.split()[:2] for line in done.stdout.splitlines()[2:]]
    kinds = {"components": "component", "infra": "infra", "addons": "addon"}
    units = (path.parent for path in (ROOT / "templates").glob("*/*/component.yaml"))
    assert rows == sorted([unit.name, kinds[unit.parent.name]] for unit in units)


def test_output_does_not_depend_on_hash_seed_locale_or_folder(tmp_path: Path) -> None:
    trees = []
    for index, extra in enumerate(
        ({"PYTHONHASHSEED": "1", "LC_ALL": "C"}, {"PYTHONHASHSEED": "7", "LC_ALL": "C.UTF-8"})
    ):
        folder = tmp_path / str(index)
        folder.mkdir()
        words = ("--root", str(ROOT), "render", "prod", "--no-check", "--out", str(folder / "out"))
        done = run(*words, cwd=folder, env=extra)
        assert done.returncode == 0, done.stderr
        trees.append(snapshot(folder / "out"))
    assert trees[0] == trees[1]
    assert trees[0] == {f"prod/{path}": data for path, data in snapshot(ROOT / "output/prod").items()}


def test_the_cache_keeps_the_newest_results_only(project: Path) -> None:
    cache = project / "cache/codemie-manifests"
    cache.mkdir(parents=True)
    for number in range(70):
        old = cache / f"{number:03}.json"
        old.write_text("[]")
        os.utime(old, (number, number))
    run("render", "prod", cwd=project, env={"XDG_CACHE_HOME": str(project / "cache")})
    names = sorted(path.name for path in cache.glob("*.json"))
    assert len(names) == 64
    assert "006.json" not in names
    assert "007.json" in names
