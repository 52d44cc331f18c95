"""docs/ci/*.yaml run as a runner does: each job in a folder of its own, each script by the shell of its image, in a small project.

Actions are stood in for by what their documentation says of them. The Makefile is the real one; its command is this tree's.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from command import ROOT
from forge import BOT, TOKEN, Forge, programs
from repository import PLAIN, Lab, git

GITHUB: dict[Any, Any] = yaml.safe_load((ROOT / "docs/ci/github.yaml").read_text())
GITLAB: dict[str, Any] = yaml.safe_load((ROOT / "docs/ci/gitlab.yaml").read_text())
EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")


class Request(NamedTuple):
    """A pull or merge request."""

    target: str = "main"
    source: str = "feature"
    labels: tuple[str, ...] = ()
    fork: bool = False
    title: str = "A change"


class Ran(NamedTuple):
    """What a run came to: of each job whether it passed, and all that was printed."""

    passed: dict[str, bool]
    log: str
    summary: str = ""


class Runner(NamedTuple):
    """A forge's runner."""

    lab: Lab
    folder: Path
    forge: Forge
    bin: Path

    @classmethod
    def made(cls, lab: Lab, folder: Path, forge: Forge) -> "Runner":
        """Make one; its project gets the Makefile."""
        for name in ("Makefile", "requirements.txt", "pyproject.toml"):
            shutil.copyfile(ROOT / name, lab.project / name)
        (lab.top / ".gitignore").write_text(".cache/\n/.venv/\n")
        lab.commit()
        return cls(lab, folder, forge, programs(folder / "bin", forge))

    def new(self, name: str) -> Path:
        """Return the path of a folder that is not there yet."""
        return self.folder / f"{name}-{len(list(self.folder.iterdir()))}"

    def checkout(self, request: Request, *, merged: bool) -> Path:
        """Check the request out into a new folder, merged into its target or not."""
        work = self.new("work")
        git(self.folder, "clone", "--quiet", str(self.lab.origin), str(work))
        git(work, "checkout", "--quiet", "--detach", f"origin/{request.target if merged else request.source}")
        if merged:
            git(work, "merge", "--quiet", "--no-ff", "--message", "merge", f"origin/{request.source}")
        else:
            git(work, "remote", "remove", "origin")
        command = work / ".venv/bin/codemie-manifests"
        command.parent.mkdir(parents=True)
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m generator "$@"\n')
        command.chmod(0o755)
        for name in ("requirements.txt", "pyproject.toml"):
            os.utime(work / name, (0, 0))  # the command is newer: nothing is to be set up
        return work

    def run(
        self, script: str, cwd: Path, shell: Iterable[str], env: Mapping[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        """Run a script as a step does."""
        base = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": str(
                self.folder.parent.parent / "ci-cache"
            ),  # one for all tests: what is built is the same
            "PYTHONPATH": str(ROOT),
            **PLAIN,
        }
        words = [*shell, script]
        done = subprocess.run(words, cwd=cwd, env={**base, **env}, capture_output=True, text=True, check=False)
        return subprocess.CompletedProcess(words, done.returncode, done.stdout + done.stderr)

    # ── GitHub ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def github(self, request: Request) -> Ran:
        """Run the workflow for an event of the request."""
        context = self._context(request)
        passed: dict[str, bool] = {}
        log, artifacts, summary = [], self.folder / "artifacts", self.folder / "summary"
        shutil.rmtree(artifacts, ignore_errors=True)
        summary.write_text("")
        for name, job in GITHUB["jobs"].items():
            needed = [passed[job["needs"]]] if "needs" in job else []
            if all(needed) or job.get("if") == "${{ !cancelled() }}":
                work = self.new(name)
                work.mkdir()
                steps = _Steps(self, request, {**context, "env": {}}, work, artifacts, summary)
                passed[name] = steps.all(job)
                log += [f"== {name}\n", *steps.log]
        return Ran(passed, "".join(log), summary.read_text())

    def comment(self, request: Request, plan: Mapping[str, str]) -> Ran:
        """Run GitHub's second job alone, on what the first one would have left."""
        artifacts, work = self.folder / "artifacts", self.new("comment")
        shutil.rmtree(artifacts, ignore_errors=True)
        work.mkdir()
        if plan:
            _lay(artifacts / "plan", plan)
        steps = _Steps(self, request, {**self._context(request), "env": {}}, work, artifacts, self.folder / "summary")
        passed = steps.all(GITHUB["jobs"]["comment"])
        return Ran({"comment": passed}, "".join(steps.log))

    def _context(self, request: Request) -> dict[str, Any]:
        head = {"repo": {"full_name": "stranger/codemie" if request.fork else "acme/codemie"}, "sha": "c" * 40}
        pull = {
            "number": 7,
            "title": request.title,
            "labels": [{"name": name} for name in request.labels],
            "head": head,
        }
        return {
            "github": {
                "base_ref": request.target,
                "head_ref": request.source,
                "repository": "acme/codemie",
                "server_url": "https://github.com",
                "run_id": 99,
                "token": "read-only" if request.fork else TOKEN,
                "event": {"pull_request": pull},
            }
        }

    # ── GitLab ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def gitlab(self, request: Request) -> Ran:
        """Run the pipeline of the request."""
        work = self.checkout(request, merged=False)
        base = git(self.lab.top, "merge-base", f"origin/{request.target}", f"origin/{request.source}")
        plan = GITLAB["codemie-plan"]
        done = self.run(
            _script(plan), work, ("bash", "-c"), {**self._variables(request), "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
        )
        left = {name: (work / name).read_text() for name in plan["artifacts"]["paths"] if (work / name).exists()}
        said = self.note(request, left)
        return Ran({"codemie-plan": done.returncode == 0, **said.passed}, f"{done.stdout}== note\n{said.log}")

    def note(self, request: Request, plan: Mapping[str, str]) -> Ran:
        """Run GitLab's second job alone, on what the first one would have left."""
        work = self.new("note")
        work.mkdir()
        _lay(work, plan)
        env = {**self._variables(request), **({} if request.fork else {"GITLAB_PLAN_TOKEN": TOKEN})}
        done = self.run(_script(GITLAB["codemie-comment"]), work, ("sh", "-c"), env)
        return Ran({"codemie-comment": done.returncode == 0}, done.stdout)

    def _variables(self, request: Request) -> dict[str, str]:
        return {
            "CI_API_V4_URL": f"{self.forge.url}/api/v4",
            "CI_COMMIT_SHA": "c" * 40,
            "CI_PIPELINE_URL": "https://gitlab.com/acme/codemie/-/pipelines/99",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_MERGE_REQUEST_PROJECT_ID": "42",
            "CI_MERGE_REQUEST_TITLE": request.title,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": request.target,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": request.source,
            **({"CI_MERGE_REQUEST_LABELS": ",".join(request.labels)} if request.labels else {}),
        }


def _script(job: Mapping[str, Any]) -> str:
    """Return what GitLab's runner makes of a job: one shell that stops at the first error, also in a pipe where it can."""
    head = "set -e; (set -o pipefail) 2>/dev/null && set -o pipefail"
    return "\n".join([head, *job.get("before_script", []), *job["script"]])


def _lay(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        if text.startswith("-> "):
            (folder / name).symlink_to(text.removeprefix("-> "))
        else:
            (folder / name).write_text(text)


class _Steps:
    """The steps of one job of GitHub."""

    def __init__(
        self, runner: Runner, request: Request, context: dict[str, Any], work: Path, artifacts: Path, summary: Path
    ) -> None:
        self.runner, self.request, self.context = runner, request, context
        self.work, self.artifacts, self.summary = work, artifacts, summary
        self.kept = work.parent / f"{work.name}.env"
        self.log: list[str] = []

    def all(self, job: Mapping[str, Any]) -> bool:
        """Run them up to the first that fails; return whether none did."""
        self.context["env"] = self._texts(job.get("env", {}))
        for step in job["steps"]:
            if "if" in step and not value(EXPRESSION.fullmatch(step["if"])[1], self.context):  # type: ignore[index]
                continue
            if not self._one(step) and not step.get("continue-on-error"):
                return False
        return True

    def _texts(self, env: Mapping[str, Any]) -> dict[str, str]:
        return {key: self._text(str(text)) for key, text in env.items()}

    def _text(self, text: str) -> str:
        return EXPRESSION.sub(lambda found: _printed(value(found[1], self.context)), text)

    def _one(self, step: Mapping[str, Any]) -> bool:
        if "uses" in step:
            return self._action(step["uses"].split("@")[0], step.get("with", {}))
        kept = self.kept.read_text() if self.kept.exists() else ""
        env = {
            **self.context["env"],
            **dict(line.split("=", 1) for line in kept.splitlines()),
            **self._texts(step.get("env", {})),
            "GITHUB_ENV": str(self.kept),
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }
        done = self.runner.run(step["run"], self.work, ("bash", "-e", "-c"), env)
        self.log.append(done.stdout)
        return done.returncode == 0

    def _action(self, name: str, given: Mapping[str, Any]) -> bool:
        if name == "actions/checkout":
            assert given == {"fetch-depth": 0, "persist-credentials": False}
            self.work = self.runner.checkout(self.request, merged=True)
        elif name == "actions/upload-artifact":
            shutil.copytree(self.work / given["path"], self.artifacts / given["name"])
        elif name == "actions/download-artifact":
            if not (self.artifacts / given["name"]).is_dir():
                return False
            shutil.copytree(self.artifacts / given["name"], self.work / given["path"], symlinks=True)
        else:
            raise AssertionError(name)
        return True


def value(expression: str, context: Mapping[str, Any]) -> Any:
    """Evaluate an expression of a workflow: a dotted name, `contains(names, 'x')`, `==` and `!=`."""
    if found := re.fullmatch(r"contains\((.+)\.\*\.name, '(.+)'\)", expression):
        return found[2] in [one["name"].lower() for one in value(found[1], context)]
    if found := re.fullmatch(r"(.+) (==|!=) (.+)", expression):
        same = value(found[1], context) == value(found[3], context)
        return same if found[2] == "==" else not same
    if expression.startswith("'"):
        return expression.strip("'")
    reached: Any = context
    for key in expression.split("."):
        reached = reached[key]
    return reached


def _printed(found: Any) -> str:
    return str(found).lower() if isinstance(found, bool) else str(found)


__all__ = ["BOT", "GITHUB", "GITLAB", "Ran", "Request", "Runner"]
