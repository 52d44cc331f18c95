"""publish in place: Argo CD reads output/ of this repository, so the command checks and pushes nothing."""

import os
import subprocess
from pathlib import Path

import pytest
from command import edit, run
from repository import URL, Ended, Lab, git, lab

DONE = "in place: Argo CD reads {path}/ of {url} {branch}, so merging is publishing; output/ is current and committed\n"


@pytest.fixture
def made(tmp_path: Path) -> Lab:
    """Return a lab in place, on its branch, pushed."""
    found = lab(tmp_path)
    found.in_place()
    address(found, URL)
    return found


def address(made: Lab, url: str) -> None:
    """Let origin be known by another address; what was fetched of it stays."""
    made.git("remote", "set-url", "origin", url)


def publish(made: Lab, *words: str) -> Ended:
    return made.run("publish", "prod", *words)


def expect(done: Ended, code: int, *rules: str) -> None:
    """Assert how it ended, and of which rules it told, warnings too."""
    found = [line.rpartition(" [")[2].rstrip("]") for line in done.stderr.splitlines() if line.endswith("]")]
    assert (done.returncode, found) == (code, list(rules)), done.stderr


def test_it_says_that_merging_is_publishing_and_pushes_nothing(made: Lab) -> None:
    before = made.everything()
    done = publish(made)
    expect(done, 0)
    assert done.stdout == DONE.format(path="output", url=URL, branch="main")
    assert made.everything() == before
    assert publish(made, "--all").returncode == 0
    status = made.run("status", "--all")
    assert (status.returncode, status.stderr) == (0, "")
    assert "published  on main of origin, as last fetched: merging is publishing\n" in status.stdout


def test_output_must_be_current_and_committed(made: Lab) -> None:
    made.change()
    expect(publish(made), 4, "output-stale")
    made.render()
    done = publish(made, "--allow-dirty")  # not committed is not merged
    expect(done, 4, "source-dirty")
    assert (
        "not committed: environments/prod.yaml, output/prod/components/web/overlay/deployment.patch.yaml" in done.stderr
    )
    assert "--allow-dirty" not in done.stderr
    made.commit(push=False)
    expect(publish(made), 0, "source-unpushed")
    status = made.run("status", "prod")
    assert status.returncode == 3
    assert "published  not on main of origin, as last fetched\n  next: git push\n" in status.stdout


def test_another_branch_is_a_warning(made: Lab) -> None:
    made.git("switch", "--quiet", "--create", "feature")
    done = publish(made)
    expect(done, 0)  # all of it is on main already, but that is not where we are
    made.change()
    made.render()
    made.commit(push=False)
    done = publish(made)
    expect(done, 0, "publish-other-branch")
    assert "we are on feature, and Argo CD reads main: this is published when it is merged there" in done.stderr
    status = made.run("status", "prod")
    assert status.returncode == 3
    assert "  next: merge it into main\n" in status.stdout


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/lab",
        "https://git.example.com/lab.git/",
        "https://ci:token@git.example.com/lab.git",
        "https://GIT.example.com/Lab.git",
        "git@git.example.com:lab.git",
        "ssh://git@git.example.com/lab.git",
        "ssh://git@git.example.com:2222/lab.git",
        "git@work-account:lab.git",  # a Host of ~/.ssh/config
    ],
)
def test_every_spelling_of_the_same_repository(made: Lab, url: str) -> None:
    address(made, url)
    done = publish(made)
    expect(done, 0)
    assert "token" not in done.stdout + done.stderr


def test_another_repository_is_refused_and_a_fork_names_its_upstream(made: Lab) -> None:
    address(made, "https://me:s3cr3t@git.example.com/me/lab.git")
    done = publish(made)
    expect(done, 2, "publish-in-place")
    assert "this repository (https://git.example.com/me/lab.git), and gitops.repository is" in done.stderr
    assert "s3cr3t" not in done.stderr
    status = made.run("status", "prod")
    assert status.returncode == 3
    assert "next: gitops: {publish: push}, or the address of this one" in status.stdout
    made.git("remote", "add", "upstream", URL)
    expect(publish(made), 0)


def test_without_any_remote_it_cannot_be_known(made: Lab) -> None:
    made.git("remote", "remove", "origin")
    expect(publish(made), 0, "publish-in-place")


def test_another_path_is_refused(tmp_path: Path) -> None:
    made = lab(tmp_path)
    made.in_place(path="envs")
    address(made, URL)
    done = publish(made)
    expect(done, 2, "publish-in-place")
    assert "Argo CD reads output, and gitops.path is envs" in done.stderr
    assert "hint: gitops: {path: output}\n" in done.stderr


def test_a_project_in_a_folder_of_its_repository(tmp_path: Path) -> None:
    made = lab(tmp_path, below="platform/codemie")
    made.in_place(path="platform/codemie/output")
    address(made, URL)
    done = publish(made)
    expect(done, 0)
    assert done.stdout == DONE.format(path="platform/codemie/output", url=URL, branch="main")
    for folder, root in ((made.top, "platform/codemie"), (tmp_path, str(made.project))):
        assert run("publish", "prod", "--root", root, cwd=folder).stdout == done.stdout
    edit(made.project / "templates/components/web/base/service.yaml.j2", "kind: Service", "kind: Service  # mine")
    (made.top / "elsewhere.yaml").write_text("not ours: true\n")
    done = publish(made)
    expect(done, 4, "source-dirty")
    assert "not committed: platform/codemie/templates/components/web/base/service.yaml.j2 [" in done.stderr


@pytest.mark.parametrize("way", ["ignored", "skipped", "filtered"])
def test_what_git_was_told_not_to_look_at_is_not_committed(made: Lab, way: str) -> None:
    if way == "ignored":
        (made.top / ".gitignore").write_text("output/\n")
        made.git("rm", "-r", "--quiet", "--cached", "output/prod")
        made.git("commit", "--quiet", "-m", "ignored")
    elif way == "filtered":
        made.git("config", "filter.upper.clean", "tr a-z A-Z")
        (made.top / ".gitattributes").write_text("output/** filter=upper\n")
        made.git("add", "--renormalize", "--all")
        made.git("commit", "--quiet", "-m", "filtered")
    else:
        made.change()
        made.render()
        made.git("commit", "--quiet", "-m", "sources only", "environments")
        made.git("update-index", "--skip-worktree", "output/prod/components/web/overlay/deployment.patch.yaml")
    done = publish(made)
    assert done.returncode == 4
    assert "not committed: output/prod/" in done.stderr
    assert "hint: git add, git commit; is it ignored, see git check-ignore -v\n" in done.stderr
    assert made.run("status", "prod").returncode == 3


def test_ci_checks_out_a_commit_without_a_branch(made: Lab, tmp_path: Path) -> None:
    made.git("switch", "--quiet", "--detach")
    env = {"GITHUB_REF_NAME": "feature", "GITHUB_HEAD_REF": "feature", "CI_COMMIT_BRANCH": "feature"}
    expect(made.run("publish", "prod", env=env), 0)
    # As actions/checkout does of a pull request: one commit, under a name of its own.
    made.git("commit", "--quiet", "--allow-empty", "-m", "merge of a pull request")
    made.git("push", "--quiet", str(made.origin), "HEAD:refs/pull/5/merge")
    shallow = tmp_path / "ci"
    git(tmp_path, "init", "--quiet", "ci")
    git(shallow, "remote", "add", "origin", made.origin.as_uri())
    pull = "+refs/pull/5/merge:refs/remotes/pull/5/merge"
    git(shallow, "fetch", "--quiet", "--no-tags", "--depth=1", "origin", pull)
    git(shallow, "checkout", "--quiet", "--force", "refs/remotes/pull/5/merge")
    git(shallow, "remote", "set-url", "origin", URL)
    done = run("publish", "prod", cwd=shallow)
    expect(done, 0, "publish-other-branch")
    assert "is checked out without a branch, and Argo CD reads main" in done.stderr


def test_a_work_tree_beside_the_first(made: Lab, tmp_path: Path) -> None:
    made.git("worktree", "add", "--quiet", "-b", "beside", str(tmp_path / "beside"))
    done = run("publish", "prod", cwd=tmp_path / "beside")
    expect(done, 0)
    (tmp_path / "beside/environments/prod.yaml").write_text(
        (made.project / "environments/prod.yaml").read_text() + "#\n"
    )
    expect(run("publish", "prod", cwd=tmp_path / "beside"), 4, "source-dirty")
    expect(publish(made), 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_somebody_else_as_in_containers(made: Lab, tmp_path: Path) -> None:
    subprocess.run(["chown", "-R", "12345", str(made.top)], check=True)
    home = tmp_path / "home"
    home.mkdir()
    done = made.run("publish", "prod", env={"HOME": str(home), "SUDO_UID": "0"})
    expect(done, 2, "source")
    assert f"hint: git config --global --add safe.directory {made.top}\n" in done.stderr
    git_config = home / ".gitconfig"
    git_config.write_text(f"[safe]\n\tdirectory = {made.top}\n")
    expect(made.run("publish", "prod", env={"HOME": str(home)}), 0)


def test_modes_are_not_mixed(made: Lab) -> None:
    edit(made.project / "environments/dev.yaml", "publish: in-place, ", "publish: push, ")
    made.render()
    made.commit(push=False)
    done = made.run("publish", "--all")
    expect(done, 2, "publish-target")
    assert "they are published in several ways: dev is push, prod is in-place [" in done.stderr
    assert "one by one: codemie-manifests publish dev; codemie-manifests publish prod\n" in done.stderr


def test_a_pull_request_is_not_there_yet(made: Lab) -> None:
    edit(made.project / "environments/prod.yaml", "publish: in-place, ", "publish: pull-request, ")
    made.render()
    made.commit(push=False)
    done = publish(made)
    expect(done, 2, "publish-mode")
    assert "publish: pull-request is not there yet" in done.stderr


@pytest.mark.parametrize("detached", [False, True])
def test_a_push_onto_output_itself_is_refused(made: Lab, detached: bool) -> None:  # noqa: FBT001
    address(made, str(made.origin))
    if detached:
        made.git("switch", "--quiet", "--detach")
    words = ("--repository", str(made.origin), "--path", "output")
    done = publish(made, *words, "--adopt")
    expect(done, 2, "publish-itself")
    expect(publish(made, *words, "--branch", "env"), 0, "publish-elsewhere")


def test_a_trial_says_what_the_applications_read(made: Lab) -> None:
    done = publish(made, "--repository", str(made.target), "--branch", "try", "--path", "there")
    expect(done, 0, "publish-elsewhere")
    assert f"the Applications of prod read {URL} branch main path output/prod [" in done.stderr
    assert git(made.target, "ls-tree", "--name-only", "try", "there/") == "there/prod"
