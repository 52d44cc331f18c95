"""publish as people see it: its help, its JSON, what it says on a terminal, and `make publish`."""

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path

from command import ROOT, counted, run, snapshot
from repository import LOCK, Lab, git, lab


def tip(made: Lab) -> str:
    return git(made.target, "for-each-ref", "--format=%(objectname)")


def test_the_help_says_what_it_takes() -> None:
    said = run("publish", "--help", cwd=ROOT).stdout
    words = (
        "--all",
        "--repository",
        "--branch",
        "--path",
        "--dry-run",
        "--adopt",
        "--allow-dirty",
        "--allow-mass-delete",
        "--retire",
    )
    assert [word for word in (*words, "--format", "--quiet", "--root", "CODEMIE_GIT_TOKEN") if word not in said] == []
    assert "Example:  codemie-manifests publish prod --dry-run" in said


def test_a_dry_run_shows_the_commit_and_its_files_and_pushes_nothing(made: Lab) -> None:
    before = made.everything()
    done = made.publish("prod", "--dry-run")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("prod: publish ")
    assert "Codemie-Environment: prod" in lines
    assert f"Codemie-Source-Commit: {made.git('rev-parse', 'HEAD')}" in lines
    assert any(line.startswith(" envs/prod/bootstrap/namespace.yaml ") for line in lines)
    assert any(line.endswith(" insertions(+)") for line in lines)
    assert lines[-1] == f"dry run: nothing is pushed to {made.target.as_uri()} main"
    assert made.everything() == before
    said = json.loads(made.publish("prod", "--dry-run", "--format", "json").stdout)
    assert (said["commit"], tip(made)) == (None, "")
    assert said["message"] == done.stdout.split("\n \n")[0].partition("\n\n envs")[0].rstrip("\n") + "\n"


def test_json_and_text_say_the_same_and_nothing_changed_is_no_commit(made: Lab) -> None:
    done = made.publish("--all", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert list(said) == [
        "schema",
        "mode",
        "repository",
        "branch",
        "commit",
        "environments",
        "message",
        "left",
        "findings",
    ]
    assert (said["schema"], said["mode"], said["branch"], said["commit"]) == (1, "push", "main", tip(made))
    assert [found["name"] for found in said["environments"]] == ["dev", "prod"]
    assert list(said["environments"][1]) == ["name", "path", "added", "changed", "removed", "adopted"]
    assert said["environments"][1]["path"] == "envs/prod"
    published = git(made.target, "ls-tree", "-r", "--name-only", "main", "envs/prod/").splitlines()
    ours = [f"envs/prod/{path}" for path in said["environments"][1]["added"]]
    assert sorted([*ours, f"envs/prod/{LOCK}"]) == sorted(published)
    assert [finding["rule"] for finding in said["findings"]] == ["publish-elsewhere"]  # once for both
    again = made.publish("--all")
    assert again.stdout.endswith(f"nothing to do: {made.target.as_uri()} main holds this already\n")
    assert json.loads(made.publish("--all", "--format", "json").stdout)["commit"] is None
    assert tip(made) == said["commit"]


def test_what_stops_it_is_json_too(made: Lab) -> None:
    made.change()
    done = made.publish("prod", "--format", "json")
    assert done.returncode == 4
    assert [finding["rule"] for finding in json.loads(done.stdout)["findings"]] == ["output-stale"]


def test_quiet_says_errors_only(made: Lab) -> None:
    done = made.publish("prod", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    made.change()
    done = made.publish("prod", "--quiet")
    assert (done.returncode, done.stdout) == (4, "")
    assert "[output-stale]" in done.stderr


def test_progress_is_for_terminals_only(made: Lab) -> None:
    assert " ...\n" not in made.publish("dev").stderr
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "generator", "publish", "prod", "--repository", str(made.target)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(made.target.parent / "cache")}
    with subprocess.Popen(command, cwd=made.project, env=env, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        said = heard(ours)
        assert process.wait() == 0
    steps = [line for line in said.splitlines() if line.endswith(" ...")]
    assert steps == ["rendering and checking ...", "fetching main ...", f"pushing {tip(made)[:12]} ..."]


def heard(terminal: int) -> str:
    """Return what is written to a terminal until the other end is closed."""
    said = b""
    while select.select([terminal], [], [], 60)[0]:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # Linux: nobody has the other end any more
            break
        if not part:
            break
        said += part
    os.close(terminal)
    return said.decode().replace("\r\n", "\n")


def test_a_change_and_its_way_back_are_told_also_from_a_project_in_a_folder(tmp_path: Path) -> None:
    made = lab(tmp_path, below="platform/codemie")
    assert made.publish("prod").returncode == 0
    first, text = tip(made), (made.project / "environments/prod.yaml").read_text()
    made.change()
    made.render()
    made.commit()
    (made.project / "environments/prod.yaml").write_text(text)
    made.render()
    last = made.commit()
    assert made.publish("prod").returncode == 0
    assert git(made.target, "diff", "--name-only", first, "main") == f"envs/prod/{LOCK}"
    assert last in git(made.target, "show", f"main:envs/prod/{LOCK}")


def installed(project: Path) -> Path:
    """Put our command where make and the README expect it."""
    command = project / ".venv/bin/codemie-manifests"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m generator "$@"\n')
    command.chmod(0o755)
    for name in ("Makefile", "pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, project / name)
    os.utime(command)  # as new as what it is made of
    return project


def make(project: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "--no-print-directory", *words], cwd=project, capture_output=True, text=True, check=False
    )


def test_make_publish_runs_the_command(made: Lab) -> None:
    project = installed(made.project)
    done = make(project, "publish", "ENV=prod", f"ARGS=--repository {made.target} --dry-run")
    assert (done.returncode, tip(made)) == (0, ""), done.stderr
    assert "dry run: nothing is pushed" in done.stdout
    done = make(project, "publish")
    assert done.returncode == 2
    assert "name an environment: make publish ENV=prod" in done.stderr


def test_the_commands_of_the_readme_publish_a_clean_clone(made: Lab) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    script = next(block for block in blocks if "--bare" in block)
    folder = made.target.parent / "user"
    folder.mkdir()
    git(folder, "clone", "--quiet", str(made.origin), "codemie")
    shell = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # as outside `make test`
    env = {**shell, "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "GIT_PAGER": "cat"}
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(
        command, cwd=installed(folder / "codemie"), env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.match(counted("prod", "unchanged"), done.stdout)
    assert "  next: nothing to do\n" in done.stdout
    files = git(folder / "codemie-gitops.git", "ls-tree", "-r", "--name-only", "main").splitlines()
    rendered = snapshot(folder / "codemie/output/prod")
    assert sorted(files) == sorted(f"envs/prod/{path}" for path in (*rendered, LOCK))
