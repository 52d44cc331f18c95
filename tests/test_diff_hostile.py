"""The old side is anybody's text: it ends no diff, leads nowhere out of itself, and shows no secret."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from command import edit, run
from noting_server import noting_server
from repository import Lab, git

from generator.build import build, find_tool, salvaging
from generator.build.confined import confined
from generator.errors import CheckFailed
from generator.kinds import Kinds
from generator.manifest import Object, identify
from generator.review import review
from generator.tree import File, Tree

SERVICE = "components/web/base/service.yaml"
OVERLAY = "components/web/overlay/kustomization.yaml"
NAMED = "---\napiVersion: v1\nkind: {kind}\nmetadata: {{{name}}}\n"


def plan(made: Lab, against: Path | str) -> dict[str, Any]:
    done = made.run("diff", "prod", "--against", str(against), "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    for view in ("text", "markdown"):
        shown = made.run("diff", "prod", "--against", str(against), "--format", view)
        assert (shown.returncode, shown.stderr) == (0, "")
    (found,) = json.loads(done.stdout)["environments"]
    return dict(found)


def messages(found: dict[str, Any]) -> str:
    return "\n".join(f"{finding['file']}: {finding['message']}" for finding in found["findings"])


@pytest.mark.parametrize("name", ["name: 12", "name: x, namespace: 12", "generateName: x-", ""])
def test_objects_without_a_name_of_text_are_a_warning(made: Lab, old: Path, name: str) -> None:
    with (old / SERVICE).open("a") as file:
        file.write(NAMED.format(kind="ConfigMap", name=name))
    assert "it could not be compared" in messages(plan(made, old.parent))


def test_a_kind_that_is_a_number_and_a_namespace_that_is_null(made: Lab, old: Path) -> None:
    with (old / SERVICE).open("a") as file:
        file.write(NAMED.format(kind="ConfigMap", name="name: kept, namespace: null"))
    found = plan(made, old.parent)
    assert [(change["name"], change["namespace"]) for change in found["changes"]] == [("kept", "")]
    with (old / SERVICE).open("a") as file:
        file.write(NAMED.format(kind="12", name="name: x"))
    assert f"{SERVICE}: must be text; it could not be compared" in messages(plan(made, old.parent))


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    with noting_server() as server:
        yield server


def test_nothing_is_fetched_for_the_old_side(made: Lab, old: Path, asked: tuple[str, list[str]]) -> None:
    url, requests = asked
    whole = (old / OVERLAY).read_text()
    for more in (
        whole.replace("- ../base", f"- ../base\n- {url}/x.yaml"),
        whole.replace("- ../base", f"- ../base\n- {url}/x.git//y?ref=main"),
        f"{whole}configMapGenerator: [{{name: x, files: ['k={url}/x']}}]\n",
        f"{whole}transformers: ['{url}/x']\n",
        f"{whole}openapi: {{path: '{url}/x'}}\n",
    ):
        (old / OVERLAY).write_text(more)
        assert f"prod/{OVERLAY}: " in messages(plan(made, old.parent))
    assert requests == []


def test_nothing_outside_of_the_old_side_is_read(made: Lab, old: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "cm.yaml").write_text(NAMED.format(kind="ConfigMap", name="name: leaked"))
    (outside / "kustomization.yaml").write_text("resources: [cm.yaml]\n")
    out = "../" * 30 + str(outside).lstrip("/")
    edit(old / OVERLAY, "- ../base", f"- ../base\n- {out}")
    assert "leaked" not in json.dumps(plan(made, old.parent)["changes"])
    shutil.copy(made.project / "output/prod" / OVERLAY, old / OVERLAY)
    edit(old / "argocd/apps/web.yaml", "envs/prod/components/web/overlay", out)
    assert "leaked" not in json.dumps(plan(made, old.parent)["changes"])


def test_a_file_is_written_nowhere_else_and_aliases_do_not_unfold() -> None:
    bomb = "".join(f"{at}: &a{at} [{', '.join([f'*a{at - 1}' if at else 'x'] * 9)}]\n" for at in range(9))
    kept = File("bootstrap/plain.yaml", "a: &a 1\nb: *a\n")
    names = ("../out.yaml", "/out.yaml", "a//b", "./c", "bootstrap", "x" * 300, "a\nb", "\udcff")
    tree = Tree.of("prod", [kept, File("bootstrap/bomb.yaml", bomb), *(File(name, "") for name in names)])
    left = confined(tree)
    assert left.tree.files == (kept,)
    assert len((*left.gaps, *left.unnamed)) == len(names) + 1


@pytest.mark.parametrize("files", [{}, {"README.md": "x"}, {"argocd/apps": "x", "argocd/apps/a.yaml": "x"}])
def test_a_tree_that_never_was_one_builds_to_nothing(files: dict[str, str]) -> None:
    tree = Tree.of("prod", [File(path, text) for path, text in files.items()])
    with salvaging(tree, find_tool(), None) as building:
        assert building().objects == ()


@pytest.mark.parametrize("damage", ["[1]", "spec: {}\n", None])
def test_an_application_that_cannot_be_read_makes_no_other_change(made: Lab, old: Path, damage: str | None) -> None:
    """Which cluster the objects go to is said by the Applications that can be read, else by what we write."""
    if damage is None:
        shutil.rmtree(old / "argocd")
    else:
        (old / "argocd/apps/web.yaml").write_text(damage)
    found = plan(made, old.parent)
    assert {change["action"] for change in found["changes"]} == {"uncompared"}
    assert {change["kind"] for change in found["changes"]} == {"Application", "File"}


def test_links_and_modules_of_a_commit_are_warnings(made: Lab) -> None:
    (made.project / "output/prod/components/web/base/link.yaml").symlink_to("/etc/hostname")
    made.commit()
    assert "link.yaml: is not a regular file; nothing that is applied names it" in messages(plan(made, "HEAD"))


@pytest.mark.parametrize("missing", ["tree:0", "blob:none"])
def test_a_clone_that_lacks_files_says_so(made: Lab, tmp_path: Path, missing: str) -> None:
    clone = tmp_path / "clone"
    git(made.origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(tmp_path, "clone", "--quiet", f"--filter={missing}", made.origin.as_uri(), str(clone))
    made.change()
    made.render()
    last = made.commit()
    git(clone, "fetch", "--quiet", "origin")
    made.origin.rename(tmp_path / "away.git")  # nobody is there to hand out what was left out
    done = run("diff", "prod", "--against", last, cwd=clone)
    assert done.returncode == 2
    assert "does not contain all of the old side" in done.stderr
    (tmp_path / "away.git").rename(made.origin)
    assert run("diff", "prod", "--against", last, cwd=clone).returncode == 0


@pytest.mark.parametrize("against", ["x" * 5000, "a/" * 3000, "~", "main^{tree}", "v1", "v2"])
def test_what_is_neither_folder_nor_commit_is_said(made: Lab, against: str) -> None:
    made.git("tag", "v1", "HEAD^{tree}")
    made.git("tag", "v2", "HEAD:environments/prod.yaml")
    done = made.run("diff", "prod", "--against", against)
    assert (done.returncode, "there is no " in done.stderr) == (2, True), done.stderr


def test_a_tag_called_main_is_not_the_default_branch(made: Lab) -> None:
    made.git("remote", "remove", "origin")
    made.git("tag", "main")
    made.change()
    made.render()
    made.commit(push=False)
    done = made.run("diff", "prod", "--format", "json")
    assert json.loads(done.stdout)["environments"][0]["changes"] == []


def test_what_the_old_side_built_says_no_wrong_file_later(made: Lab) -> None:
    """Both sides share the cache of builds; only a render knows which template a file is of."""
    cache = made.target.parent / "objects"
    text = (made.project / "output/prod" / SERVICE).read_text()
    files = [
        (SERVICE, text),
        *(
            (f"{name}/kustomization.yaml", f"resources: [{to}]\n")
            for name, to in (
                ("argocd/apps", "../../components/web/base"),
                ("components/web/base", "service.yaml"),
                ("bootstrap", "c.yaml"),
            )
        ),
        ("bootstrap/c.yaml", NAMED.format(kind="ConfigMap", name="name: c")),
    ]
    for source in ("", "templates/service.j2"):
        tree = Tree.of("prod", [File(path, said, source) for path, said in files])
        built = {one.id.kind: one.file for one in build(tree, find_tool(), cache)}
        assert built["Service"] == (source or f"output/prod/{SERVICE}")


def test_secrets_in_arguments_and_in_what_kubectl_keeps_are_not_shown() -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "s",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": '{"data":{"a":"aHVudGVyMg=="}}'},
        },
    }
    pod = {"containers": [{"name": "c", "args": ["--password=hunter2", "--user=me", "--token=$(TOKEN)"]}]}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"template": {"spec": pod}}}
    sides: list[Callable[[Any], Any]] = [lambda _: [], lambda built: built]
    for before, after in (sides, sides[::-1]):
        built = [Object(identify(one, "workload"), one) for one in (secret, job)]
        said = str(review("prod", before(built), after(built), Kinds({})).changes)
        assert "hunter2" not in said
        assert "aHVudGVyMg" not in said
        assert "--user=me" in said
        assert "--token=$(TOKEN)" in said


@pytest.mark.parametrize(
    "patch",
    [
        "password: CANARY",
        "- {op: replace, path: /data/b/c, value: CANARY}",
        '[{"op": "add", "value": CANARY',
    ],
)
def test_what_kustomize_quotes_of_a_file_is_not_shown(patch: str) -> None:
    files = [
        ("argocd/apps/kustomization.yaml", "resources: []\n"),
        ("bootstrap/kustomization.yaml", "resources: [c.yaml]\npatches: [{path: p.yaml, target: {kind: ConfigMap}}]\n"),
        ("bootstrap/c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: a}\ndata: {a: b}\n"),
        ("bootstrap/p.yaml", patch),
    ]
    with pytest.raises(CheckFailed) as error:
        build(Tree.of("prod", [File(path, text) for path, text in files]), find_tool(), None)
    assert "kustomize refuses the tree" in str(error.value)
    assert "CANARY" not in str(error.value)
