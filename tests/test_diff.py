"""diff as people run it: in a git repository, against a branch, a commit or a folder, and what `publish` makes of it."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from command import ROOT, edit, run, snapshot
from repository import URL, Lab, git, lab

CACHE = "/spec/template/spec/volumes/0/emptyDir/sizeLimit"


def said(made: Lab, *words: str) -> list[dict[str, Any]]:
    """Return what diff says as JSON, by environment."""
    done = made.run("diff", *words, "--format", "json")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["environments"]
    return found


def places(environment: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(change["kind"], change["action"], change["path"]) for change in environment["changes"]]


def test_the_old_side_is_where_the_branch_began(made: Lab) -> None:
    made.git("switch", "--quiet", "--create", "feature")
    made.change("300Mi")
    made.render()
    made.commit()
    made.git("switch", "--quiet", "main")
    edit(made.project / "environments/dev.yaml", "    replicas: 2", "    replicas: 3")
    made.render()
    made.commit()  # the default branch went on: none of our business
    made.git("switch", "--quiet", "feature")
    dev, prod = said(made, "--all")
    assert places(dev) == []
    assert places(prod) == [("Deployment", "modify", CACHE)]
    assert (prod["changes"][0]["before"], prod["changes"][0]["after"]) == ("256Mi", "300Mi")
    assert sorted(prod) == ["changes", "name", "noise", "summary"] or "findings" in prod


def test_what_nobody_committed_counts_and_nothing_is_written(made: Lab) -> None:
    before = made.everything()
    made.change()
    changed = {**before, **{key: value for key, value in made.everything().items() if "environments/prod" in key}}
    assert places(said(made, "prod")[0]) == [("Deployment", "modify", CACHE)]
    assert made.everything() == changed
    assert made.git("status", "--porcelain") == " M environments/prod.yaml"


def test_a_commit_a_branch_and_a_folder_are_the_old_side(made: Lab, tmp_path: Path) -> None:
    first = made.git("rev-parse", "HEAD")
    made.git("tag", "v1")
    shutil.copytree(made.project / "output", tmp_path / "before")
    made.change()
    made.render()
    made.commit()
    assert places(said(made, "prod")[0]) == []
    expected = [("Deployment", "modify", CACHE)]
    for against in (first, "v1", "HEAD~1", str(tmp_path / "before")):
        assert places(said(made, "prod", "--against", against)[0]) == expected, against


def test_it_says_what_it_compares_with_and_how_that_was_found(made: Lab, tmp_path: Path) -> None:
    head, date = made.git("rev-parse", "HEAD"), made.git("log", "-1", "--format=%cI")
    made.git("switch", "--quiet", "--create", "feature")
    made.change()
    made.render()
    made.commit()
    before = tmp_path / "before"
    shutil.copytree(made.project / "output", before)
    base = {"commit": head, "short": head[:12], "date": date}
    for words, found in (
        ((), {**base, "found": "the merge base with origin/main"}),
        (("--against", "HEAD~1"), {**base, "found": "named by --against HEAD~1"}),
        (("--against", str(before)), dict.fromkeys(base) | {"found": f"the folder {before}"}),
    ):
        done = made.run("diff", "prod", "--format", "json", *words)
        assert json.loads(done.stdout)["base"] == found, words
    sentence = f"against {head[:12]} of {date[:10]}, the merge base with origin/main"
    assert f"\n{sentence}\n" in made.run("diff", "prod").stdout
    in_comment = sentence.replace(head[:12], f"`{head[:12]}`").capitalize()
    assert f"\n{in_comment}.\n" in made.run("diff", "prod", "--format", "markdown").stdout


def warned(made: Lab, *words: str) -> list[str]:
    """Return what is said of an old side that is not what is published."""
    found = [finding for one in said(made, "prod", *words) for finding in one["findings"]]
    return [finding["message"] for finding in found if finding["rule"] == "diff-not-published"]


def test_in_place_it_says_when_the_default_branch_went_on(made: Lab) -> None:
    made.in_place()
    made.git("remote", "set-url", "origin", URL)
    base = made.git("rev-parse", "HEAD")
    made.git("switch", "--quiet", "--create", "feature")
    made.git("remote", "set-url", "origin", str(made.origin))
    made.git("switch", "--quiet", "main")
    made.change()
    made.render()
    tip = made.commit()
    made.git("switch", "--quiet", "feature")
    assert warned(made) == []  # of another repository nothing is known
    made.git("remote", "set-url", "origin", URL)
    assert warned(made) == [
        f"the base {base[:12]} is not what is published: output/prod on origin/main ({tip[:12]}, as last fetched) is another"
    ]
    assert warned(made, "--against", "main") == []


def test_what_was_pushed_to_a_remote_that_is_known_here_is_compared(made: Lab) -> None:
    assert made.publish("prod").returncode == 0
    made.git("remote", "add", "gitops", str(made.target))
    made.git("fetch", "--quiet", "gitops")
    made.git("remote", "set-url", "gitops", URL)
    assert warned(made) == []
    made.change()
    made.render()
    made.commit()
    tip = made.git("rev-parse", "--short=12", "gitops/main")
    base = made.git("rev-parse", "--short=12", "HEAD")
    assert warned(made) == [
        f"the base {base} is not what is published: envs/prod on gitops/main ({tip}, as last fetched) is another"
    ]


def test_a_folder_needs_no_repository(tmp_path: Path) -> None:
    made = lab(tmp_path)
    project = tmp_path / "plain"
    shutil.copytree(made.project, project, ignore=shutil.ignore_patterns(".git"))
    done = run("diff", "prod", "--against", str(made.project / "output"), cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    done = run("diff", "prod", cwd=project)
    assert done.returncode == 2
    assert "is not in a git repository" in done.stderr


@pytest.mark.parametrize("ref", ["nowhere", "--output=x", "HEAD:output", "-", "main..HEAD"])
def test_a_ref_that_is_none_is_refused(made: Lab, ref: str) -> None:
    done = made.run("diff", "prod", f"--against={ref}")
    assert done.returncode == 2
    assert f"there is no {ref}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_cut_history_is_said_with_what_helps(made: Lab, tmp_path: Path) -> None:
    made.git("switch", "--quiet", "--create", "feature")
    for size in ("300Mi", "301Mi"):
        made.change(size) if size == "300Mi" else edit(made.project / "environments/prod.yaml", "300Mi", size)
        made.render()
        made.commit()
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", made.origin.as_uri(), str(clone))
    git(clone, "switch", "--quiet", "feature")
    done = run("diff", "prod", cwd=clone)
    assert done.returncode == 2
    assert "has no commit in common" in done.stderr
    assert "fetch-depth: 0" in done.stderr


def test_exit_codes(made: Lab) -> None:
    assert made.run("diff", "--all", "--exit-code").returncode == 0
    edit(made.project / "templates/infra/fleet/membership.yaml.j2", "location: global", "location: europe-west3")
    for words, code in (
        (["--all"], 0),
        (["--all", "--exit-code"], 3),
        (["--all", "--fail-on", "data-loss,blocked"], 4),
        (["--all", "--exit-code", "--fail-on", "blocked"], 4),
        (["--all", "--fail-on", "outage"], 0),
        (["--all", "--fail-on", "blockd"], 2),
        ([], 2),
        (["nobody"], 2),
    ):
        assert made.run("diff", *words).returncode == code, words


def test_a_new_environment_is_all_new_and_one_that_is_gone_is_said(made: Lab) -> None:
    shutil.copy(made.project / "environments/prod.yaml", made.project / "environments/extra.yaml")
    edit(made.project / "environments/extra.yaml", "name: prod", "name: extra")
    (made.project / "environments/dev.yaml").unlink()
    dev, extra, prod = said(made, "--all")
    assert (dev["name"], extra["name"], prod["name"]) == ("dev", "extra", "prod")
    assert {change["action"] for change in dev["changes"]} == {"remove"}
    assert {change["action"] for change in extra["changes"]} == {"add"}
    assert places(prod) == []


def test_an_old_side_that_does_not_build_is_never_refused(made: Lab) -> None:
    output = made.project / "output/prod"
    (output / "components/web/base/deployment.yaml").write_text("{ not: [yaml")
    (output / "infra/fleet/kustomization.yaml").write_bytes(b"\xff\xfe\x00")
    (output / "argocd/apps/notes.yaml").write_text("- 1\n- 2\n")
    made.commit()
    done = made.run("diff", "prod", "--format", "json", "--against", "HEAD")
    assert done.returncode == 0, done.stderr
    (prod,) = json.loads(done.stdout)["environments"]
    assert ("Deployment", "uncompared", "") in places(prod)
    assert ("GKEHubMembership", "uncompared", "") in places(prod)
    assert not [place for place in places(prod) if place[0] == "AppProject"]
    found = "".join(finding["message"] for finding in prod["findings"])
    assert "could not be compared" in found
    done = made.run("diff", "prod", "--against", str(made.project / "output"))
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)


def test_a_new_side_that_does_not_render_is(made: Lab) -> None:
    edit(made.project / "environments/prod.yaml", "    replicas: 2", "    replicas: two")
    done = made.run("diff", "prod")
    assert (done.returncode, done.stdout) == (2, "")
    assert "environments/prod.yaml:" in done.stderr


def test_publish_refuses_what_cannot_be_until_somebody_accepts_it(made: Lab) -> None:
    assert made.publish("--all").returncode == 0
    edit(made.project / "templates/infra/fleet/membership.yaml.j2", "location: global", "location: europe-west3")
    made.render()
    made.commit()
    before = snapshot(made.target)
    done = made.publish("--all")
    assert done.returncode == 4
    assert "GKEHubMembership" in done.stderr
    assert "[publish-impact]" in done.stderr
    assert "--accept blocked" in done.stderr
    assert made.publish("--all", "--dry-run").returncode == 4
    assert made.publish("--all", "--accept", "data-loss").returncode == 4
    assert snapshot(made.target) == before
    assert made.publish("--all", "--accept", "outage").returncode == 2
    assert made.publish("--all", "--accept", "data-loss,blocked").returncode == 0
    assert snapshot(made.target) != before


def test_publish_compares_with_what_is_published_not_with_a_commit(made: Lab) -> None:
    """What is live is what counts: a change that came and went between two publishes blocks nothing."""
    assert made.publish("--all").returncode == 0
    template = made.project / "templates/infra/fleet/membership.yaml.j2"
    edit(template, "location: global", "location: europe-west3")
    made.render()
    made.commit()
    edit(template, "location: europe-west3", "location: global")
    made.change()
    made.render()
    made.commit()
    assert made.publish("--all").returncode == 0


def test_make_diff_runs_it() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "-n", "diff", "ENV=prod", "ARGS=--exit-code"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[-1].endswith("codemie-manifests diff prod --exit-code")


def test_publish_refuses_what_it_cannot_compare_with(made: Lab) -> None:
    """Somebody broke what is published by hand, lock and all: what would be lost cannot be seen."""
    assert made.publish("--all").returncode == 0
    clone = made.top.parent / "hand"
    git(made.top.parent, "clone", "--quiet", str(made.target), str(clone))
    broken = clone / "envs/prod/infra/fleet/kustomization.yaml"
    broken.write_text("{ not: [yaml")
    git(clone, "commit", "--quiet", "--all", "--message", "by hand")
    git(clone, "push", "--quiet", "origin", "HEAD")
    made.change()
    made.render()
    made.commit()
    assert made.publish("prod").returncode == 5  # a hand edit is refused before anything else
    for words in ((), ("--accept", "data-loss,blocked")):
        done = made.publish("prod", "--adopt", *words)
        assert (done.returncode, "--accept uncompared" in done.stderr) == (4, True)
        assert "prod: File infra/fleet/kustomization.yaml" in done.stderr
    assert made.publish("prod", "--adopt", "--accept", "uncompared").returncode == 0
