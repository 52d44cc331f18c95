"""docs/ci/: what the jobs of pull requests do, run for real in a small project before a forge on loopback."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ci_jobs import BOT, GITHUB, GITLAB, Ran, Request, Runner
from command import ROOT, edit
from forge import GITHUB_LONGEST, MARKER, TOKEN, Forge, programs
from repository import Lab, lab

pytestmark = pytest.mark.skipif(not shutil.which("jq"), reason="jq, which the jobs call, is not here")

PLAN = {
    "plan.md": f"{MARKER}\n**restart: rolls pods.** 1 change.\n",
    "plan.json": json.dumps({"schema": 1, "environments": [{"name": "prod", "changes": [{}], "findings": []}]}),
}
EMPTY = {
    "plan.md": f"{MARKER}\n**No changes** in dev and prod.\n",
    "plan.json": json.dumps({"schema": 1, "environments": [{"name": "prod", "changes": [], "findings": []}]}),
}
WEB = "templates/components/web/base/deployment.yaml.j2"
CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: files
  namespace: "{{ unit.namespace }}"
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 10Gi}}
"""


@pytest.fixture
def forge() -> Iterator[Forge]:
    made = Forge()
    yield made
    made.close()


@pytest.fixture
def runner(tmp_path: Path, forge: Forge) -> Runner:
    (tmp_path / "runner").mkdir()
    return Runner.made(lab(tmp_path), tmp_path / "runner", forge)


@pytest.fixture
def teller(tmp_path: Path, forge: Forge) -> Runner:
    """A runner for jobs that check nothing out."""
    (tmp_path / "runner").mkdir()
    return Runner(Lab(*[tmp_path] * 4), tmp_path / "runner", forge, programs(tmp_path / "runner/bin", forge))


@pytest.fixture(params=["github", "gitlab"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def run(runner: Runner, name: str, request: Request) -> Ran:
    """Run all jobs for a request."""
    return runner.github(request) if name == "github" else runner.gitlab(request)


def told(runner: Runner, name: str, plan: Mapping[str, str], request: Request | None = None) -> Ran:
    """Run the job that comments."""
    asked = request or Request()
    return runner.comment(asked, plan) if name == "github" else runner.note(asked, plan)


def feature(runner: Runner, *, source: str = "feature", render: bool = True) -> None:
    """Push what was edited as a branch."""
    runner.lab.git("switch", "--quiet", "--create", source)
    if render:
        runner.lab.render()
    runner.lab.commit()


def selector(runner: Runner) -> None:
    """Change what cannot be changed."""
    file = runner.lab.project / WEB
    file.write_text(
        file.read_text().replace("{app.kubernetes.io/name: web}", "{app.kubernetes.io/name: web, tier: front}")
    )


# ── the whole way ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_run_comments_and_the_next_one_edits_that_comment(runner: Runner, name: str) -> None:
    runner.lab.git("switch", "--quiet", "--create", "feature")
    runner.lab.change("300Mi")
    runner.lab.render()
    runner.lab.commit()
    ran = run(runner, name, Request())
    assert all(ran.passed.values()), ran.log
    (body,) = runner.forge.of()
    assert body.startswith(f"{MARKER}\n")
    assert "300Mi" in body
    edit(runner.lab.project / "environments/prod.yaml", "300Mi", "400Mi")
    runner.lab.render()
    runner.lab.commit()
    ran = run(runner, name, Request())
    assert all(ran.passed.values()), ran.log
    (body,) = runner.forge.of()
    assert "400Mi" in body
    assert "300Mi" not in body
    if name == "github":
        assert ran.summary.startswith(MARKER)
        assert "400Mi" in ran.summary


def test_what_is_blocked_fails_after_the_comment_and_a_label_accepts_it(runner: Runner, name: str) -> None:
    selector(runner)
    feature(runner)
    ran = run(runner, name, Request(labels=("accept-data-loss", "not-accept-blocked")))
    plan, comment = ran.passed.values()
    assert (plan, comment) == (False, True), ran.log
    assert "Mend it, or accept it" in ran.log
    assert "blocked" in runner.forge.of()[0]
    ran = run(runner, name, Request(labels=("a, b", "accept-blocked")))
    assert all(ran.passed.values()), ran.log
    assert len(runner.forge.of()) == 1


def test_lost_data_fails_and_only_its_own_label_accepts_it(runner: Runner, name: str) -> None:
    claim = runner.lab.project / "templates/components/web/base/claim.yaml.j2"
    claim.write_text(CLAIM)
    runner.lab.render()
    runner.lab.commit()
    claim.unlink()
    feature(runner)
    ran = run(runner, name, Request(labels=("accept-blocked",)))
    assert list(ran.passed.values()) == [False, True], ran.log
    assert "data-loss" in runner.forge.of()[0]
    ran = run(runner, name, Request(labels=("accept-data-loss",)))
    assert all(ran.passed.values()), ran.log


def test_the_plan_is_against_the_target_of_the_request(runner: Runner, name: str) -> None:
    runner.lab.git("switch", "--quiet", "--create", "release")
    runner.lab.change("300Mi")
    runner.lab.render()
    runner.lab.commit()
    edit(runner.lab.project / "environments/dev.yaml", "    replicas: 2", "    replicas: 3")
    feature(runner)
    run(runner, name, Request(target="release"))
    (body,) = runner.forge.of()
    assert "replicas" in body
    assert "300Mi" not in body
    run(runner, name, Request(target="main"))
    (body,) = runner.forge.of()
    assert "300Mi" in body


def test_a_stale_output_fails_after_the_comment(runner: Runner, name: str) -> None:
    runner.lab.change("300Mi")
    feature(runner, render=False)
    ran = run(runner, name, Request())
    assert list(ran.passed.values()) == [False, True], ran.log
    assert "300Mi" in runner.forge.of()[0]


def test_where_no_plan_can_be_made_an_old_comment_says_so(runner: Runner, name: str) -> None:
    edit(runner.lab.project / "environments/prod.yaml", "    replicas: 2", "    replicas: many")
    feature(runner, render=False)
    ran = run(runner, name, Request())
    assert list(ran.passed.values()) == [False, True], ran.log
    assert "environments/prod.yaml" in ran.log
    assert runner.forge.of() == []
    runner.forge.add(BOT, f"{MARKER}\n**No changes**")
    run(runner, name, Request())
    (body,) = runner.forge.of()
    assert "**No plan** could be made" in body
    assert body.startswith(MARKER)


def test_names_and_titles_run_nothing(runner: Runner, name: str) -> None:
    evil = "$(touch${IFS}pwned);touch${IFS}pwned`touch${IFS}pwned`"
    runner.lab.git("switch", "--quiet", "--create", f"to{evil}")
    runner.lab.git("push", "--quiet", "origin", "HEAD")
    runner.lab.change("300Mi")
    feature(runner, source=f"from{evil}")
    hostile = "x'; touch pwned; \"; touch pwned; $(touch pwned) `touch pwned` && touch pwned #"
    ran = run(runner, name, Request(f"to{evil}", f"from{evil}", (hostile,), title=hostile))
    assert all(ran.passed.values()), ran.log
    assert "300Mi" in runner.forge.of()[0]
    assert list(runner.folder.parent.rglob("pwned*")) == []


# ── the comment ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_comment_of_somebody_else_is_left_alone(teller: Runner, name: str) -> None:
    teller.forge.add("mallory", PLAN["plan.md"])
    teller.forge.add(BOT, f"I quote: {MARKER}")
    assert all(told(teller, name, PLAN).passed.values())
    assert teller.forge.of("mallory") == [PLAN["plan.md"]]
    assert [body.splitlines()[0] for body in teller.forge.of()] == [f"I quote: {MARKER}", MARKER]


@pytest.mark.parametrize("before", [99, 100, 250])
def test_our_comment_is_found_on_a_later_page(teller: Runner, name: str, before: int) -> None:
    for number in range(before):
        teller.forge.add("somebody", f"comment {number}")
    teller.forge.add(BOT, f"{MARKER}\nold")
    teller.forge.add("somebody", "last")
    assert all(told(teller, name, PLAN).passed.values())
    (body,) = teller.forge.of()
    assert "restart" in body


def test_an_empty_plan_makes_no_comment_but_edits_one(teller: Runner, name: str) -> None:
    assert all(told(teller, name, EMPTY).passed.values())
    assert teller.forge.comments == []
    teller.forge.add(BOT, f"{MARKER}\nold")
    assert all(told(teller, name, EMPTY).passed.values())
    assert "**No changes**" in teller.forge.of()[0]


def test_an_old_side_that_could_not_be_read_is_no_empty_plan(teller: Runner, name: str) -> None:
    warned = {"schema": 1, "environments": [{"name": "prod", "changes": [], "findings": [{"rule": "diff-unreadable"}]}]}
    told(teller, name, {**EMPTY, "plan.json": json.dumps(warned)})
    assert len(teller.forge.of()) == 1


def test_the_comment_names_the_commit_and_the_run(teller: Runner, name: str) -> None:
    told(teller, name, PLAN)
    (body,) = teller.forge.of()
    assert re.search(rf"Commit {'c' * 40}, \[[a-z]+\]\(https://.*/99\)", body)


def test_the_longest_plan_fits(teller: Runner, name: str) -> None:
    plan = f"{MARKER}\n" + "é" * 29_900
    assert len(plan.encode()) < 60_000 < GITHUB_LONGEST
    assert all(told(teller, name, {**PLAN, "plan.md": plan}).passed.values())
    assert teller.forge.of()[0].startswith(plan)


def test_text_that_looks_like_code_stays_text(teller: Runner, name: str) -> None:
    hostile = "`touch pwned` $(touch pwned) ${HOME} %s \\n @all & =+ é"
    told(teller, name, {**PLAN, "plan.md": f"{MARKER}\n{hostile}\n"})
    assert hostile in teller.forge.of()[0]
    assert list(teller.folder.rglob("pwned*")) == []


def test_a_fork_is_told_where_its_plan_is_and_does_not_fail(teller: Runner, name: str) -> None:
    ran = told(teller, name, PLAN, Request(fork=True))
    assert all(ran.passed.values())
    assert "fork" in ran.log
    assert teller.forge.asked == []


def test_a_forge_that_fails_fails_the_job_and_gets_no_second_comment(teller: Runner, name: str) -> None:
    teller.forge.broken = True
    assert not any(told(teller, name, PLAN).passed.values())
    assert all(asked.startswith("GET") for asked in teller.forge.asked)


def test_a_link_in_place_of_the_plan_is_not_followed(teller: Runner, name: str) -> None:
    secret = teller.folder / "secret"
    secret.write_text("TOP SECRET")
    teller.forge.add(BOT, f"{MARKER}\nold")
    told(teller, name, {**PLAN, "plan.md": f"-> {secret}"})
    assert "TOP SECRET" not in teller.forge.of()[0]
    assert "**No plan**" in teller.forge.of()[0]
    assert secret.read_text() == "TOP SECRET"


def test_gitlab_gets_no_quick_actions(teller: Runner) -> None:
    lines = ["/approve", "  /label ~accept-data-loss", "a /path stays", "\t/merge"]
    told(teller, "gitlab", {**PLAN, "plan.md": "\n".join([MARKER, *lines, ""])})
    (body,) = teller.forge.of()
    assert not re.search(r"^\s*/", body, re.MULTILINE)
    assert "a /path stays" in body


# ── the files ───────────────────────────────────────────────────────────────────────────────────────────────────────


def steps() -> list[dict[str, Any]]:
    return [step for job in GITHUB["jobs"].values() for step in job["steps"]]


def test_no_expression_stands_in_a_script() -> None:
    assert all("${{" not in step.get("run", "") for step in steps())


def test_actions_are_pinned_by_commit_with_their_version() -> None:
    used = re.findall(r"uses: (.*)", (ROOT / "docs/ci/github.yaml").read_text())
    assert len(used) == 3
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used)


def unpinned(text: str) -> list[str]:
    """Return the lines of a shipped workflow that run what somebody else may change: images, actions, packages."""
    found = [
        line
        for line in text.splitlines()
        if re.match(r"\s*(- )?image:", line) and not re.search(r"@sha256:[0-9a-f]{64}$", line)
    ]
    found += [
        line
        for line in text.splitlines()
        if re.match(r"\s*(- )?uses:", line) and not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)
    ]
    installs = (
        r"\b(apk add|apt(-get)? install|pip3? install|npm (install|i)|npx|pipx|uvx?|go install|gem install|brew)\b"
    )
    return found + [line for line in text.splitlines() if re.search(installs, line) and "--require-hashes" not in line]


@pytest.mark.parametrize("path", sorted((ROOT / "docs/ci").glob("*.yaml")), ids=lambda path: path.name)
def test_images_actions_and_packages_of_a_shipped_workflow_do_not_move(path: Path) -> None:
    assert unpinned(path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "  image: python:3.12",
        "    - uses: actions/checkout@v6",
        "    - apk add --no-cache curl",
        "  run: pip install a==1.0",
    ],
)
def test_what_moves_is_found(line: str) -> None:
    assert unpinned(line) == [line]


def test_the_job_that_runs_the_authors_code_may_read_and_has_no_token() -> None:
    plan, comment = (GITHUB["jobs"][name] for name in ("plan", "comment"))
    assert GITHUB["permissions"] == {}
    assert plan["permissions"] == {"contents": "read"}
    assert comment["permissions"] == {"pull-requests": "write"}
    assert "token" not in str(plan)
    assert "secrets" not in str(GITHUB)
    assert not any("checkout" in step.get("uses", "") or "make" in step.get("run", "") for step in comment["steps"])


def test_the_job_with_gitlabs_token_runs_nothing_of_the_request() -> None:
    plan, comment = GITLAB["codemie-plan"], GITLAB["codemie-comment"]
    assert "GITLAB_PLAN_TOKEN" not in str(plan)
    assert "environment" not in plan
    assert comment["variables"] == {"GIT_STRATEGY": "empty"}
    assert comment["environment"] == {"name": "codemie-plan", "action": "access"}
    assert comment["rules"][0]["when"] == "always"
    assert TOKEN not in str(GITLAB)


def test_runs_end_and_older_ones_are_cancelled() -> None:
    assert all(job["timeout-minutes"] <= 20 for job in GITHUB["jobs"].values())
    assert GITHUB["concurrency"]["cancel-in-progress"] is True
    assert "pull_request.number" in GITHUB["concurrency"]["group"]
    assert all("timeout" in job and job["interruptible"] for job in GITLAB.values())


def test_labels_and_another_target_start_a_new_run_and_all_of_history_is_there() -> None:
    assert {"edited", "labeled", "unlabeled", "synchronize"} < set(GITHUB[True]["pull_request"]["types"])
    assert set(GITHUB[True]) == {"pull_request"}  # pull_request_target would give the author's code a token
    assert GITLAB["codemie-plan"]["variables"]["GIT_DEPTH"] == "0"
