"""status: what is behind what, from the sources to what Argo CD reads. It tells, and writes nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import ROOT, snapshot
from repository import LOCK, Lab, git


@pytest.fixture
def published(made: Lab) -> Lab:
    done = made.publish("prod", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return made


def told(made: Lab, *words: str, code: int = 3) -> dict[str, Any]:
    """Return what is told of prod, as JSON."""
    done = made.status("prod", "--format", "json", *words)
    assert (done.returncode, done.stderr) == (code, "")
    said = json.loads(done.stdout)
    assert said["schema"] == 1
    found: dict[str, Any] = said["environments"][0]
    return found


def rules(found: dict[str, Any]) -> list[str]:
    return [finding["rule"] for finding in found["findings"] if finding["rule"] != "publish-elsewhere"]


def test_all_is_the_same(published: Lab) -> None:
    done = published.status("prod")
    commit = published.git("rev-parse", "--short=12", "HEAD")
    assert done.returncode == 0
    assert done.stdout == (
        f"prod: {published.target.as_uri()} main envs/prod/\n"
        "  sources -> output/         same\n"
        f"  output/ -> {commit}    same\n"
        f"  {commit} -> published  same; published from {commit}, by version 0.1.0\n"
        "  next: nothing to do\n"
    )
    found = told(published, code=0)
    assert (found["behind"], found["published"]["state"], found["published"]["ahead"]) == (False, "same", 0)
    assert found["published"]["tip"] == git(published.target, "rev-parse", "main")
    lock = json.loads(git(published.target, "show", f"main:envs/prod/{LOCK}"))
    assert found["published"]["contentHash"] == lock["contentHash"]


def test_each_step_is_told_and_the_first_is_what_to_do_next(published: Lab) -> None:
    patch = "components/web/overlay/deployment.patch.yaml"
    again = f"codemie-manifests publish prod --repository {published.target}"
    published.change()
    found = told(published)
    assert (found["output"]["changed"], found["next"]) == ([patch], "codemie-manifests render prod")
    assert found["commit"]["uncommitted"] == ["environments/prod.yaml"]
    assert found["published"]["changed"] == [patch]
    published.render()
    found = told(published)
    assert (found["output"]["changed"], found["next"]) == ([], "git commit")
    assert found["commit"]["uncommitted"] == ["environments/prod.yaml", f"output/prod/{patch}"]
    published.commit(push=False)
    found = told(published)
    assert (found["commit"]["uncommitted"], found["next"], rules(found)) == ([], again, ["source-unpushed"])
    assert (found["published"]["state"], found["published"]["ahead"]) == ("behind", 1)
    assert published.publish("prod").returncode == 0
    assert told(published, code=0)["next"] == "nothing to do"


def test_commits_that_change_nothing_rendered_leave_nothing_behind(published: Lab) -> None:
    (published.top / "NOTES.md").write_text("a note")
    published.commit()
    found = told(published, code=0)
    assert (found["published"]["state"], found["published"]["ahead"]) == ("same", 1)


def test_no_branch_and_not_published(made: Lab) -> None:
    assert told(made)["published"]["state"] == "no-branch"
    assert "the branch main is not there yet\n" in made.status("prod").stdout
    made.publish("dev")
    found = told(made)
    assert (found["published"]["state"], len(found["published"]["added"]) > 20) == ("not-published", True)
    assert "not published yet\n" in made.status("prod").stdout


def test_a_foreign_file_in_output_is_moved_away_first(published: Lab) -> None:
    (published.project / "output/prod/notes.txt").write_text("mine")
    found = told(published)
    assert (found["output"]["foreign"], found["behind"]) == (["notes.txt"], True)
    assert found["next"] == "move away what is not ours: output/prod/notes.txt"


def by_hand(made: Lab, path: str, text: str) -> None:
    """Change the published folder in a clone, as a person would."""
    clone = made.top.parent / "clone"
    git(made.top.parent, "clone", "--quiet", str(made.target), str(clone))
    (clone / path).write_text(text)
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "-m", "quick fix")
    git(clone, "push", "--quiet", "origin", "HEAD")


def test_hand_edits_are_named_with_who_did_them(published: Lab) -> None:
    by_hand(published, "envs/prod/bootstrap/namespace.yaml", "mine\n")
    found = told(published)
    assert (found["published"]["state"], found["published"]["edited"]) == ("refused", ["bootstrap/namespace.yaml"])
    assert found["next"] == "take the change into the sources, or --adopt to write over it"
    finding = next(it for it in found["findings"] if it["rule"] == "publish-edited")
    assert (finding["severity"], finding["path"]) == ("warning", "envs/prod/bootstrap/namespace.yaml")
    assert "quick fix" in finding["message"]
    assert "changed by hand: bootstrap/namespace.yaml; publish would refuse\n" in published.status("prod").stdout


def test_foreign_files_beside_ours_are_told_and_leave_nothing_behind(published: Lab) -> None:
    by_hand(published, "envs/prod/OWNERS", "me\n")
    found = told(published, code=0)
    assert (found["published"]["foreign"], found["published"]["state"]) == (["OWNERS"], "same")
    assert "; not ours: OWNERS\n" in published.status("prod").stdout


def test_a_folder_of_others_and_a_broken_lock_are_told_like_publish_tells_them(published: Lab) -> None:
    by_hand(published, f"envs/prod/{LOCK}", "{}")
    assert rules(told(published)) == ["publish-lock"]
    assert published.publish("prod").returncode == 5


def test_a_newer_published_commit_says_pull(published: Lab) -> None:
    published.change()
    published.render()
    published.commit()
    assert published.publish("prod").returncode == 0
    published.git("reset", "--quiet", "--hard", "HEAD~1")
    found = told(published)
    assert (found["published"]["state"], rules(found)[0]) == ("refused", "publish-older")
    assert found["next"].startswith("git pull")
    assert found["published"]["ahead"] is None


def test_history_that_ci_cut_off_is_not_guessed(published: Lab, tmp_path: Path) -> None:
    published.change()
    published.render()
    published.commit()
    git(tmp_path, "clone", "--quiet", "--depth=1", published.origin.as_uri(), "shallow")
    cut = published._replace(top=tmp_path / "shallow", project=tmp_path / "shallow")
    found = told(cut)
    assert (found["published"]["state"], found["published"]["ahead"]) == ("refused", None)
    finding = next(it for it in found["findings"] if it["rule"] == "publish-diverged")
    assert "fetch-depth: 0" in finding["hint"]


def test_a_remote_that_is_away_ends_with_6_and_what_is_here_is_told(made: Lab) -> None:
    made.target.rename(made.target.with_name("moved"))
    done = made.run("status", "prod", "--repository", made.target.as_uri())
    assert done.returncode == 6
    assert "sources -> output/         same\n" in done.stdout
    assert "published  not known: the repository was not reached\n" in done.stdout
    assert "[publish-remote]" in done.stderr
    quiet = made.run("status", "prod", "--quiet", "--repository", made.target.as_uri())
    assert (quiet.returncode, quiet.stdout) == (6, "")
    assert "[publish-remote]" in quiet.stderr
    assert "warning" not in quiet.stderr


def test_it_writes_nothing_here_or_there(published: Lab, tmp_path: Path) -> None:
    published.change()
    for path in (published.project / "output").rglob("*.yaml"):
        os.utime(path)  # git would like to remember in its index that they are the same
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    before, times = published.everything(), stamps(published)
    done = published.run("status", "--all", "--repository", str(published.target), env={"TMPDIR": str(scratch)})
    assert done.returncode == 3
    assert published.everything() == before
    assert stamps(published) == times
    assert list(scratch.iterdir()) == []


def stamps(made: Lab) -> dict[Path, int]:
    """Return when each file and folder was changed: a lock that came and went shows in its folder."""
    folders = (made.top, made.origin, made.target)
    return {path: path.stat().st_mtime_ns for folder in folders for path in (folder, *folder.rglob("*"))}


def test_a_partial_clone_asks_origin_nothing(published: Lab, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", published.origin.as_uri(), "partial")
    partial = published._replace(top=tmp_path / "partial", project=tmp_path / "partial")
    published.change()
    published.render()
    published.commit()
    assert published.publish("prod").returncode == 0  # from a commit that the partial clone does not have
    before = snapshot(partial.top)
    found = told(partial)
    assert rules(found)[0] == "publish-diverged"
    assert snapshot(partial.top) == before


def test_environments_of_several_places_are_told_together(made: Lab) -> None:
    with (made.project / "environments/dev.yaml").open("a") as file:
        file.write("gitops: {publish: in-place, path: output, repository: https://git.example.com/sources.git}\n")
    made.render()
    made.git("remote", "set-url", "origin", "git@git.example.com:sources.git")
    made.git("add", "--all")
    made.git("commit", "--quiet", "-m", "in place")
    done = made.run("status", "--all", env={"https_proxy": "http://127.0.0.1:9"})
    assert done.returncode == 6  # prod is on a server that is not there
    assert "dev: https://git.example.com/sources.git main output/dev/\n" in done.stdout
    assert "published  not on main of origin, as last fetched\n  next: git push\n" in done.stdout


def test_wrong_options_end_with_2(made: Lab) -> None:
    done = made.run("status", "prod", "--branch", "-x")
    assert done.returncode == 2
    assert "[publish-branch]" in done.stderr
    assert made.run("status").returncode == 2


def test_outside_of_git_it_says_so(made: Lab) -> None:
    subprocess.run(["rm", "-rf", str(made.top / ".git")], check=True)
    done = made.status("prod")
    assert done.returncode == 2
    assert "is not in a git repository [source]\n" in done.stderr
    git(made.top, "init", "--quiet")
    assert "is in a git repository without a commit [source]\n" in made.status("prod").stderr


def test_the_help_says_when_it_ends_with_what() -> None:
    words = [sys.executable, "-m", "generator", "status", "--help"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Ends with 0 if all is the same, with 3 if something" in " ".join(done.stdout.split())
