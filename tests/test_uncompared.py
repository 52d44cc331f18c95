"""What of the old side cannot be read hides nothing: it is named, so is what is not known for it, and gates fail."""

import json
from pathlib import Path

import pytest
from command import ROOT, run
from repository import Lab, git

from generator import workspace
from generator.build import Salvaged, build, find_tool, salvaging
from generator.kinds import Kinds
from generator.manifest import Object
from generator.review import Action, Review, Unknown, review
from generator.tree import File, Gap, Tree

DEPLOYMENT = "components/web/base/deployment.yaml"
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n"
CONFLICT = "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n"
TEXTS = {"empty": "\n", "of LFS": LFS, "in conflict": CONFLICT, "no YAML": "{ a: [\n", "twice": "a: 1\na: 2\n"}


def spoilt(tree: Tree, paths: list[str], how: str) -> Tree:
    """Return a tree in which these files cannot be read; a config file may hold any text."""
    kept = [file for file in tree.files if file.path not in paths]
    if how == "unread":
        return Tree.of(tree.environment, kept, unread=[Gap(path, "is not UTF-8") for path in paths])
    if how in TEXTS:
        whole = ("no YAML", "twice")
        kept += [File(path, LFS if how in whole and "/config/" in path else TEXTS[how]) for path in paths]
    if how == "folder":
        kept += [File(f"{path}/x", "") for path in paths]
    return Tree.of(tree.environment, kept)


def compared(old: Tree, new: tuple[Object, ...]) -> tuple[Salvaged, Review]:
    with salvaging(old, find_tool(), None) as building:
        found = building()
    kinds = Kinds(workspace.read(ROOT).texts)
    return found, review("dev", found.objects, new, kinds, Unknown(found.gaps, found.unsure, found.unnamed))


@pytest.mark.parametrize("applications", [True, False])
@pytest.mark.parametrize("how", ["gone", "unread", "folder", *TEXTS])
def test_any_file_of_the_old_side_that_cannot_be_read_hides_no_object(how: str, applications: bool) -> None:  # noqa: FBT001
    """Of each part of the tree one file is spoilt at a time: parts know nothing of each other, but for Applications."""
    tree = workspace.old_tree(ROOT / "output", "dev")
    new = build(tree, find_tool(), None)
    parts: dict[str, list[str]] = {}
    for file in tree.files:
        parts.setdefault(Gap(file.path, "").part, []).append(file.path)
    turn = ["gone", "unread", "folder", *TEXTS].index(how)  # each way gets its share of the files
    paths = [paths[turn % len(paths)] for part, paths in parts.items() if (part == "argocd/apps/") is applications]
    found, said = compared(spoilt(tree, paths, how), new)
    assert {gap.path for gap in found.gaps} >= set(paths)
    assert {change.action for change in said.changes} == {Action.UNCOMPARED}
    told = {change.id for change in said.uncompared}
    assert told >= {object_.id for object_ in new} - {object_.id for object_ in found.objects}
    assert {change.id.name for change in said.uncompared if change.id.kind == "File"} >= set(paths)


def test_what_could_not_be_compared_fails_every_gate_until_it_is_accepted(made: Lab, old: Path) -> None:
    (old / DEPLOYMENT).write_bytes(b"\xff")
    against = ("diff", "prod", "--against", str(old.parent))
    for words, code in (
        ((), 0),
        (("--fail-on", "data-loss"), 4),
        (("--fail-on", "safe"), 4),
        (("--fail-on", "uncompared"), 4),
        (("--fail-on", "data-loss,blocked", "--accept", "uncompared"), 0),
        (("--fail-on", "unknown", "--accept", "uncompared"), 4),
        (("--fail-on", "unknown", "--fail-on", "data-loss", "--accept", "uncompared"), 4),
    ):
        assert made.run(*against, *words).returncode == code, words
    for view in ("text", "markdown"):
        first_screen = made.run(*against, "--format", view).stdout[:800]
        assert DEPLOYMENT in first_screen
        assert "could not be compared" in first_screen
    said = json.loads(made.run(*against, "--format", "json", "--fail-on", "data-loss").stdout)
    changes = [(change["kind"], change["action"], change["impact"]) for change in said["environments"][0]["changes"]]
    assert changes == [("File", "uncompared", "unknown"), ("Deployment", "uncompared", "unknown")]
    assert [finding["rule"] for finding in said["findings"]] == ["diff-uncompared"]


def test_the_rest_of_a_unit_is_compared(made: Lab, old: Path) -> None:
    (old / DEPLOYMENT).unlink()
    service = old / "components/web/base/service.yaml"
    service.write_text(service.read_text().replace("kind: Service", "kind: Service\nx: 1"))
    done = made.run("diff", "prod", "--against", str(old.parent), "--format", "json")
    changes = json.loads(done.stdout)["environments"][0]["changes"]
    assert {(change["kind"], change["action"]) for change in changes} == {
        ("File", "uncompared"),
        ("Deployment", "uncompared"),
        ("Service", "modify"),
    }


def test_the_readers_of_what_could_not_be_compared_are_told() -> None:
    tree = workspace.old_tree(ROOT / "output", "dev")
    new = build(tree, find_tool(), None)
    path = "components/api/overlay/config/codemie-customer-config/customer-config.yaml"
    _, said = compared(spoilt(tree, [path], "unread"), new)
    told = {(change.id.kind, change.id.name) for change in said.uncompared}
    assert ("Deployment", "codemie") in told
    assert [name for kind, name in told if kind == "ConfigMap" and name.startswith("codemie-customer-config-")]


def test_what_nothing_names_was_never_applied(made: Lab, old: Path) -> None:
    (old / "logo.png").write_bytes(b"\xff")
    done = made.run("diff", "prod", "--against", str(old.parent), "--fail-on", "safe")
    assert done.returncode == 0
    assert "logo.png" in done.stdout


def test_an_environment_that_was_committed_without_its_output_is_not_a_new_one(made: Lab) -> None:
    made.git("rm", "-r", "--quiet", "--cached", "output/prod")
    made.git("commit", "--quiet", "--message", "without output")
    done = made.run("diff", "prod", "--against", "HEAD", "--fail-on", "data-loss")
    assert done.returncode == 4
    assert "nobody committed what it renders to" in done.stdout


def test_without_the_default_branch_it_is_not_known_where_a_branch_began(made: Lab, tmp_path: Path) -> None:
    made.git("switch", "--quiet", "--create", "feature")
    made.change()
    made.commit()
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=feature", made.origin.as_uri(), "clone")
    done = run("diff", "prod", cwd=tmp_path / "clone")
    assert (done.returncode, "has no default branch" in done.stderr) == (2, True)


@pytest.mark.parametrize("words", [",", "", " ", "data-loss,", "data-loss,data-loss", "data-loss, blocked", "blockd"])
@pytest.mark.parametrize("option", ["--fail-on", "--accept"])
def test_a_list_that_is_none_is_wrong_usage(option: str, words: str) -> None:
    done = run("diff" if option == "--fail-on" else "publish", "dev", option, words, cwd=ROOT)
    assert done.returncode == 2
    assert f"Invalid value for '{option}'" in done.stderr
