"""An environment that is no more: everybody says so, the way out is told in order, and its published folder goes."""

import json
import os
import re
from pathlib import Path

import pytest
from command import ROOT, edit, run
from repository import LOCK, URL, Lab, git, lab

from generator import history, pipeline, publish
from generator.annotation import sync_options
from generator.errors import InputInvalid
from generator.kinds import Kinds
from generator.manifest import Object, ObjectId
from generator.review import retirement
from generator.review.side import abandons
from generator.views import retirement as view

RETIRED = "output/dev: is rendered from no environment: there is no environments/dev.yaml [environment-retired]\n"


@pytest.fixture
def published(made: Lab) -> Lab:
    assert made.publish("--all").returncode == 0
    return made


def there(made: Lab) -> list[str]:
    """Return what the branch holds."""
    return git(made.target, "ls-tree", "-r", "--name-only", "main").splitlines()


def retired(made: Lab) -> Lab:
    """Take dev away and commit that."""
    done = made.run("env", "retire", "dev", "--confirm", "dev")
    assert (done.returncode, done.stderr) == (0, "")
    made.commit()
    return made


def by_hand(made: Lab, change: str) -> None:
    """Do something to a clone of what is published, and push it."""
    clone = made.target.parent / "clone"
    git(made.target.parent, "clone", "--quiet", str(made.target), str(clone))
    folder = clone / "envs/dev"
    if change == "edit":
        (folder / "bootstrap/root.yaml").write_text("mine\n")
    elif change == "add":
        (folder / "notes.txt").write_text("mine\n")
    else:
        (folder / LOCK).unlink()
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "by hand")
    git(clone, "push", "--quiet")


def test_an_output_without_an_environment_is_told_by_every_command_for_all(published: Lab) -> None:
    published.git("rm", "--quiet", "environments/dev.yaml")
    for words, code in (
        (("render", "--all"), 0),
        (("render", "--all", "--check"), 3),
        (("validate", "--all"), 0),
        (("status", "--all", "--repository", str(published.target)), 3),
        (("diff", "--all", "--format", "json"), 0),
    ):
        done = published.run(*words)
        assert done.returncode == code, (words, done.stderr)
        if words[0] == "diff":
            dev = json.loads(done.stdout)["environments"][0]
            assert [finding["rule"] for finding in dev["findings"]] == ["environment-retired"]
        else:
            severity = "" if code == 3 and words[0] == "render" else "warning: "
            assert severity + RETIRED in done.stderr, words
        assert (published.project / "output/dev").exists()
    assert RETIRED not in published.run("render", "prod").stderr


def test_the_way_out_is_told_in_the_order_that_is_safe(made: Lab) -> None:
    before = made.everything()
    done = made.run("env", "retire", "dev")
    assert (done.returncode, done.stderr) == (0, "")
    commands = re.findall(r"^ {5}(.+?)(?: {4}#.*)?$", done.stdout, re.MULTILINE)
    assert commands == [
        "# export databases, snapshots and files: docs/retire-an-environment.md",
        "kubectl delete application -n argocd dev-root",
        "argocd app delete argocd/dev-web --yes",
        "kubectl wait -n argocd --for=delete --timeout=30m application/dev-web",
        "argocd app delete argocd/dev-namespaces --yes",
        "argocd app confirm-deletion argocd/dev-namespaces",
        "kubectl wait -n argocd --for=delete --timeout=30m application/dev-namespaces",
        "argocd app delete argocd/dev-fleet --yes",
        "kubectl wait -n argocd --for=delete --timeout=30m application/dev-fleet",
        "kubectl get gcp -n codemie-dev",
        "kubectl delete appproject -n argocd dev-apps dev-infra dev-platform dev-root",
        "kubectl delete secret -n argocd cluster-codemie-dev",
        "kubectl delete namespace codemie-dev",
        "codemie-manifests env retire dev --confirm dev",
        "git add --all && git commit",
        "codemie-manifests diff --all",
        "codemie-manifests publish dev --retire --accept data-loss",
        "gcloud projects delete lab-project",
    ]
    assert "1 resource kept by deletion-policy: abandon or Delete=false: GKEHubMembership codemie-gke." in done.stdout
    assert made.everything() == before
    value = json.loads(made.run("env", "retire", "dev", "--format", "json").stdout)
    assert [one["name"] for one in value["applications"]] == ["dev-web", "dev-namespaces", "dev-fleet"]
    assert value["applications"][1]["asks"] == ["Namespace codemie"]
    assert value["applications"][2]["stays"] == ["GKEHubMembership codemie-dev/codemie-gke"]


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_of_an_example_every_object_is_told_and_nothing_goes_before_its_turn(name: str) -> None:
    found, unread = pipeline.retirement(ROOT, name)
    assert unread == ()
    waves = [one.wave for one in found.applications]
    assert waves == sorted(waves, reverse=True)
    place = {one.name.removeprefix(f"{name}-"): index for index, one in enumerate(found.applications)}
    for earlier, later in (
        ("api", "namespaces"),
        ("elasticsearch", "eck-operator"),
        ("namespaces", "fleet"),
        ("gke", "vpc"),
    ):
        assert place[earlier] < place[later]
    objects = [built for one in found.applications for built in one.objects]
    assert {built.id for one in found.applications for built in one.needs_confirmation} == {
        built.id for built in objects if "Delete=confirm" in sync_options(built.manifest)
    }
    assert {built.id for built in found.kept} == {built.id for built in objects if abandons(built.manifest)}
    assert "StatefulSet" in {built.id.kind for built in found.volumes} or name == "dev"
    assert {built.id.kind for built in found.argo_cd_objects} == {"ConfigMap", "ServiceAccount"}
    commands = [command for step in view.steps(name, found) for command in step.commands]
    for one in found.applications:
        deleted, asked, waited = (
            [
                index
                for index, command in enumerate(commands)
                if command.startswith(start) and re.search(rf"/{one.name}\b(?!-)", command)
            ]
            for start in ("argocd app delete", "argocd app confirm-deletion", "kubectl wait")
        )
        assert len(deleted) == len(waited) == 1
        assert deleted < (asked or waited) <= waited
        assert bool(asked) == bool(one.needs_confirmation or not one.objects), one.name


def test_confirmed_it_takes_both_away_and_git_has_them(made: Lab) -> None:
    done = made.run("env", "retire", "dev", "--confirm", "dev")
    assert done.returncode == 0
    assert done.stdout.startswith("dev: removed environments/dev.yaml and output/dev; git has all of it\n")
    gone = made.git("status", "--porcelain").splitlines()
    assert all(line.startswith((" D environments/dev.yaml", " D output/dev/")) for line in gone)
    assert sorted(path.name for path in (made.project / "output").iterdir()) == ["prod"]
    made.git("checkout", "--quiet", ".")
    assert made.run("render", "--all", "--check").returncode == 0


def test_it_goes_on_where_the_file_is_gone_already(made: Lab) -> None:
    made.git("rm", "--quiet", "environments/dev.yaml")
    assert "dev-root" in made.run("env", "retire", "dev").stdout
    done = made.run("env", "retire", "dev", "--confirm", "dev")
    assert done.stdout.startswith("dev: removed output/dev; git has all of it\n")
    assert made.run("render", "--all", "--check").returncode == 0


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("environments/dev.yaml", "environments/dev.yaml: has uncommitted changes [environment-uncommitted]\n"),
        ("output/dev/notes.txt", "output/dev/notes.txt: has uncommitted changes [environment-uncommitted]\n"),
        ("output/dev/secret.key", "output/dev/secret.key: has uncommitted changes [environment-uncommitted]\n"),
    ],
    ids=["changed", "untracked", "ignored"],
)
def test_what_git_has_no_copy_of_is_never_taken_away(made: Lab, path: str, said: str) -> None:
    (made.top / ".gitignore").write_text("*.key\n.cache/\n")
    made.commit()
    with (made.project / path).open("a") as file:
        file.write("# mine\n")
    done = made.run("env", "retire", "dev", "--confirm", "dev")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert (made.project / "environments/dev.yaml").exists()
    assert (made.project / "output/dev/bootstrap/root.yaml").exists()


def test_an_environment_that_another_extends_stays(made: Lab) -> None:
    edit(made.project / "environments/prod.yaml", "name: prod", "name: prod\nextends: [dev]")
    done = made.run("env", "retire", "dev", "--confirm", "dev")
    assert done.returncode == 2
    assert re.search(
        r"^environments/prod\.yaml:2:\d+: extends: extends dev, which is to be retired \[environment-extended\]$",
        done.stderr,
        re.MULTILINE,
    )
    assert (made.project / "output/dev").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["dev", "--confirm", "prod"],
        ["../dev"],
        ["nobody"],
        ["dev", "--confirm", "../dev"],
        ["../dev", "--confirm", "../dev"],
        ["nobody", "--confirm", "nobody"],
    ],
)
def test_wrong_names_end_with_2(made: Lab, words: list[str]) -> None:
    before = made.everything()
    assert made.run("env", "retire", *words).returncode == 2
    assert made.everything() == before


def test_outside_of_git_nothing_is_taken_away(tmp_path: Path) -> None:
    made = lab(tmp_path)
    (made.top / ".git").rename(tmp_path / "elsewhere")
    done = run("env", "retire", "dev", "--confirm", "dev", cwd=made.project)
    assert done.returncode == 2
    assert "is not in a git repository" in done.stderr
    assert (made.project / "environments/dev.yaml").exists()


def test_publish_takes_the_folder_away_once_somebody_has_read_what_is_left(published: Lab) -> None:
    retired(published)
    before = there(published)
    status = published.status("--all")
    assert status.returncode == 3
    assert "envs/dev is published, and there is no environments/dev.yaml here [publish-retired]" in status.stderr
    done = published.publish("dev", "--retire")
    assert done.returncode == 4
    assert "1 GKEHubMembership" in done.stderr
    assert "Argo CD reports a missing path and deletes nothing" in done.stderr
    assert "a person applied it, and a person must delete it [publish-retire]" in done.stderr
    done = published.publish("dev", "--retire", "--accept", "data-loss", "--dry-run")
    assert (done.returncode, there(published)) == (0, before)
    done = published.publish("dev", "--retire", "--accept", "data-loss")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        rf"dev: 0 added, 0 changed, \d+ removed in envs/dev/\npublished [0-9a-f]{{12}} to {published.target.as_uri()} main\n",
        done.stdout,
    )
    assert there(published) == [path for path in before if not path.startswith("envs/dev/")]
    message = git(published.target, "log", "-1", "--format=%B", "main")
    assert re.match(r"dev: retire, \d+ files go\n", message)
    assert "\nCodemie-Retired: dev\n" in message
    again = published.publish("dev", "--retire", "--accept", "data-loss")
    assert (again.returncode, again.stdout.splitlines()[-1][:14]) == (0, "nothing to do:")
    assert published.status("--all").returncode == 0


def test_what_the_sources_still_hold_is_not_retired(published: Lab) -> None:
    done = published.publish("dev", "--retire", "--accept", "data-loss")
    assert done.returncode == 4
    assert "environments/dev.yaml is still in the commit [publish-retire]" in done.stderr
    assert "output/dev is still in the commit [publish-retire]" in done.stderr
    assert published.run("publish", "--all", "--retire").returncode == 2


@pytest.mark.parametrize(
    ("change", "code", "rule"), [("edit", 5, "publish-edited"), ("unlock", 5, "publish-unmanaged"), ("add", 0, "")]
)
def test_what_others_did_there_is_not_taken_away(published: Lab, change: str, code: int, rule: str) -> None:
    by_hand(published, change)
    before = there(published)
    retired(published)
    done = published.publish("dev", "--retire", "--accept", "data-loss")
    assert (done.returncode, rule in done.stderr) == (code, True)
    left = [path for path in there(published) if path.startswith("envs/dev/")]
    if code:
        assert there(published) == before
    else:
        assert left == ["envs/dev/notes.txt"]
        assert "not published by us, so kept: envs/dev/notes.txt\n" in done.stdout


def test_a_newer_publish_is_not_taken_away_by_an_older_source(published: Lab) -> None:
    published.git("switch", "--quiet", "--create", "retiring")
    retired(published)
    published.git("switch", "--quiet", "main")
    edit(published.project / "environments/dev.yaml", "    replicas: 2", "    replicas: 3")
    published.render()
    published.commit()
    assert published.publish("dev").returncode == 0
    published.git("switch", "--quiet", "retiring")
    done = published.publish("dev", "--retire", "--accept", "data-loss")
    assert done.returncode == 5
    assert "[publish-diverged]" in done.stderr


def test_where_it_was_published_is_what_its_last_root_application_says(made: Lab) -> None:
    retired(made)
    (made.project / "notes").write_text("the history went on")
    made.commit()
    source = history.source(made.project)
    assert publish.last_target(source, "output", "dev", publish.Override()) == (URL, "main", "envs", "push")
    named = publish.Override(path="other")
    assert publish.last_target(source, "output", "dev", named) == (URL, "main", "other", "push")
    with pytest.raises(InputInvalid, match="the place where nobody was published is unknown"):
        publish.last_target(source, "output", "nobody", publish.Override())


def test_in_place_the_merge_takes_it_away(made: Lab) -> None:
    made.in_place()
    made.git("remote", "set-url", "origin", URL)
    done = made.run("env", "retire", "dev", "--confirm", "dev")
    assert done.returncode == 0
    made.commit(push=False)
    done = made.run("publish", "dev", "--retire")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"in place: Argo CD reads output/ of {URL} main, so merging is publishing")


def test_the_pages_commands_are_those_that_the_command_says(made: Lab) -> None:
    page = (ROOT / "docs/retire-an-environment.md").read_text()
    said = made.run("env", "retire", "dev").stdout
    shown = re.search(r"```\n\$ codemie-manifests env retire dev\n(.*?)```", page, re.DOTALL)
    assert shown
    assert shown[1] == said
    assert os.environ.get("PATH")


@pytest.mark.parametrize(("written", "wave"), [("-3", -3), ("9" * 5000, 0), ("²", 0), ("last", 0)])
def test_a_wave_is_a_number_or_none(written: str, wave: int) -> None:
    manifest = {"metadata": {"annotations": {"argocd.argoproj.io/sync-wave": written}}}
    built = Object(ObjectId("hub", "argoproj.io", "Application", "", "dev-web"), manifest, "", "argocd/apps/web.yaml")
    assert [one.wave for one in retirement([built], Kinds({})).applications] == [wave]
