"""What is read of an old tree, and given to kustomize: what we write and a little more, within limits that are said."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest
from command import ROOT
from noting_server import noting_server
from repository import git, lab

from generator import bounds, history, workspace
from generator.build import build, find_tool, kustomization, salvaging
from generator.build.confined import confined
from generator.build.halving import Halving
from generator.build.kustomize import Tool
from generator.build.process import lay_out, start
from generator.errors import CheckFailed, InputInvalid, OutputUnwritable
from generator.manifest import WORKLOAD
from generator.tree import File, Gap, Tree

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: codemie}}\n"
WEB = "components/web/overlay/kustomization.yaml"
OURS = {
    "argocd/apps/kustomization.yaml": "resources: [web.yaml]\n",
    "argocd/apps/web.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\n"
    "spec: {source: {path: envs/prod/components/web/overlay}, destination: {name: workload}}\n",
    "bootstrap/kustomization.yaml": "resources: [c.yaml]\n",
    "bootstrap/c.yaml": CONFIG_MAP.format(name="c"),
    WEB: "resources: [../base]\n",
    "components/web/base/kustomization.yaml": "resources: [web.yaml]\n",
    "components/web/base/web.yaml": CONFIG_MAP.format(name="web"),
}


def tree(files: dict[str, str], environment: str = "prod") -> Tree:
    return Tree.of(environment, [File(path, text) for path, text in files.items()])


def built(files: dict[str, str]) -> tuple[list[str], list[str]]:
    """Return the names of what a tree builds to, and what is said of the rest."""
    with salvaging(tree(files), find_tool(), None) as building:
        found = building()
    return [one.id.name for one in found.objects], said((*found.gaps, *found.unnamed))


def said(gaps: Iterable[Gap]) -> list[str]:
    return [f"{gap.path}:{gap.line}: {gap.reason}" for gap in gaps]


@pytest.mark.parametrize("path", sorted((ROOT / "output").rglob("kustomization.yaml")), ids=str)
def test_what_we_write_is_read_back_to_the_byte(path: Path) -> None:
    found = kustomization.read(path.read_text())
    assert not isinstance(found, kustomization.Refused)
    assert found.text() == path.read_text()


@pytest.mark.parametrize(
    "text",
    [
        "Resources: [web.yaml]",
        "rEsources: [../base]",
        "configMapGenerator: [{name: x, Files: [a]}]",
        "configMapGenerator: [{name: x, envs: [a]}]",
        "configMapGenerator: [{name: x, eNv: a}]",
        "configMapGenerator: [{name: x, files: ['k=http://127.0.0.1/x']}]",
        "configMapGenerator: [{name: x, files: ['k=../../../secret']}]",
        "patches: [{Path: x.yaml}]",
        "patches: [{path: x.yaml, options: {}}]",
        "patches: [{path: 'https://example.com/x'}]",
        "patchesStrategicMerge: [x.yaml]",
        "replacements: [{path: x.yaml}]",
        "Replacements: [{Path: x.yaml}]",
        *(f"{key}: [x.yaml]" for key in ("components", "bases", "crds", "configurations", "vars")),
        *(f"{key}: [x.yaml]" for key in ("transformers", "generators", "validators", "secretGenerator")),
        "openapi: {path: x.yaml}",
        "helmCharts: [{name: x, repo: 'https://example.com'}]",
        "helmGlobals: {chartHome: /}",
        *(
            f"resources: ['{name}']"
            for name in (
                *("http://x/y", "https://x/y.yaml", "git@x:y/z", "x::y", "github.com/a/b", "GitHub.com/a/b", "gh:a/b"),
                *("a.git/b", "../a.GIT", "_git/a", "x?ref=main", "/etc", "C:/x", "a//b", "./a", "..", ".", "a/../../b"),
                *("a%2fb", "a\\\\b", "a b", "file:///etc", "~/a", "$HOME/a", "", "ä"),
            )
        ),
        'resources: ["a\\n"]',
        "resources: [1]",
        "resources: [null]",
        "resources: {a: b}",
        "resources: null",
        "components: [[a]]",
        "patches: [{path: 5}]",
        "replicas: [{name: x, count: many}]",
        "labels: [{pairs: {a: 1}}]",
        "kind: Component",
        "apiVersion: kustomize.config.k8s.io/v1alpha1",
        "resources: [a]\nresources: [b]",
        "resources: [a]\n---\nresources: [b]",
        "x: &a [a]\nresources: *a",
        "<<: {resources: [a]}",
        "resources: !!binary aHR0cDovL3g=",
        "? [a]\n: b",
        "1: a",
        "[]",
        "a",
        "",
        "{" * 60,
        "\0",
    ],
)
def test_a_kustomization_says_what_we_write_and_nothing_else(text: str) -> None:
    assert isinstance(kustomization.read(text), kustomization.Refused)


def test_kustomize_reads_what_we_wrote_and_not_what_was_there() -> None:
    files = {**OURS, WEB: '\ufeff# resources: [http://x]\r\n{"resources": ["../base"], "namePrefix": "a\\u002d"}\n'}
    given = {file.path: file.text for file in confined(tree(files)).tree.files}
    assert given[
        WEB
    ] == '# Generated by codemie-manifests: do not edit.\nnamePrefix: a-\nresources:\n- "../base"\n'.replace('"', "")
    assert built(files) == (["c", "web", "a-web"], [])


def test_of_a_folder_that_is_left_out_the_files_say_what_it_held() -> None:
    names, found = built({**OURS, "components/web/base/kustomization.yaml": "resources: [web.yaml]\nFiles: []\n"})
    assert names == ["c", "web", "web"]
    assert found == [
        "components/web/base/kustomization.yaml:2: uses a field or value that the renderer never writes",
    ]


@pytest.mark.parametrize("name", ["Kustomization", "kustomization.yml", "KUSTOMIZATION.yaml"])
def test_a_folder_has_one_kustomization(name: str) -> None:
    _, found = built({**OURS, f"components/web/overlay/{name}": "resources: [http://x]\n"})
    assert [line.split(":")[0] for line in found] == [f"components/web/overlay/{name}"]


def test_files_that_some_systems_take_for_one_are_one() -> None:
    _, found = built({**OURS, "bootstrap/C.yaml": CONFIG_MAP.format(name="other")})
    assert found == [
        "bootstrap/c.yaml:0: differs from bootstrap/C.yaml only in upper and lower case",
    ]


@pytest.mark.parametrize(
    "text",
    ["[1]\n", "x\n", "kind: ConfigMap\n", "apiVersion: v1\nkind: 12\nmetadata: {name: x}\n", "a: [\n"]
    + [
        f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}}}\n"
        for api, kind, name in (
            ("v1", "K" * 64, "x"),
            ("v1" * 40, "K", "x"),
            ("../x/v1", "K", "x"),
            ("v1", "a/b", "x"),
            ("v1", "K", "x" * 254),
        )
    ],
)
def test_a_document_that_is_no_object_costs_no_other(text: str) -> None:
    whole = CONFIG_MAP.format(name="web")
    names, found = built(
        {**OURS, "components/web/base/web.yaml": f"{whole}---\n{text}--- # more\n{whole}"[: -len(whole)]}
    )
    assert names == ["c", "web", "web"]
    assert [line.partition(":")[0] for line in found] == ["components/web/base/web.yaml"]


def test_one_bad_folder_of_many_is_found_in_a_few_builds(tmp_path: Path) -> None:
    files, paths = {}, [f"components/u{index:02}/overlay" for index in range(40)]
    for path in paths:
        files[f"{path}/kustomization.yaml"] = "resources: [c.yaml]\n"
        files[f"{path}/c.yaml"] = CONFIG_MAP.format(name=path.split("/")[1])
    files[f"{paths[17]}/c.yaml"] += "---\n- x\n"
    counted, kustomize = tmp_path / "counted", tmp_path / "kustomize"
    kustomize.write_text(f'#!/bin/sh\necho >>{counted}\nexec {" ".join(find_tool().command)} "$@"\n')
    kustomize.chmod(0o755)
    lay_out(tree(files), tmp_path)
    halving = Halving(tree(files), Tool((str(kustomize),), ""), tmp_path)
    halving.build(WORKLOAD, paths)
    assert (len(halving.objects), list(halving.left_out)) == (39, [paths[17]])
    assert counted.read_text().count("\n") <= 13


def test_what_is_left_when_the_tries_are_over_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.build.halving.BUILDS", bounds.BUILDS._replace(most=3))
    halving = Halving(tree({}), Tool(("/bin/false",), ""), tmp_path)
    halving.build(WORKLOAD, ["a", "b", "c", "d"])
    assert halving.left_out == {
        "a": "does not build: kustomize refuses it",
        **dict.fromkeys("bcd", "the search for what does not build ended after 64 builds"),
    }


@pytest.mark.parametrize(
    ("script", "over"),
    [
        ("while :; do :; done", bounds.SECONDS),
        (
            "x=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 0 a b; do x=$x$x; done; while :; do echo $x; done",
            bounds.OUTPUT,
        ),
        ("i=0; while [ $i -lt 10001 ]; do echo; echo ---; i=$((i+1)); done", bounds.OBJECTS),
        ("echo fatal error: runtime: out of memory >&2; exit 2", bounds.MEMORY),
    ],
)
def test_kustomize_has_limits_on_the_new_side_too(script: str, over: bounds.Bound, tmp_path: Path) -> None:
    running = start(("/bin/sh", "-c", script), tmp_path, "prod", [], seconds=1)
    try:
        assert running.ended().exceeded is over
    finally:
        running.stop()
    with pytest.raises(CheckFailed, match="part " + over.more):
        build(tree(OURS), Tool(("/bin/sh", "-c", f"ulimit -t 1; {script}"), ""), None)


def test_kustomize_is_given_limits_and_no_way_to_a_server(tmp_path: Path) -> None:
    running = start(
        ("/bin/sh", "-c", "ulimit -t; ulimit -d; echo $GIT_ALLOW_PROTOCOL; echo $HTTPS_PROXY"), tmp_path, "prod", []
    )
    assert running.ended().output.splitlines() == ["5", str(1024 * 1024), "none", "http://127.0.0.1:1"]
    running.stop()


def test_kustomize_is_told_no_token_and_nothing_else_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CODEMIE_GIT_TOKEN", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "KUBECONFIG", "KUSTOMIZE_PLUGIN_HOME"):
        monkeypatch.setenv(name, "CANARY")
    running = start(("/bin/sh", "-c", "env"), tmp_path, "prod", [])
    told = {line.partition("=")[0] for line in running.ended().output.splitlines()}
    running.stop()
    assert "PATH" in told
    assert not {name for name in told if os.environ.get(name) == "CANARY"}


def test_folders_that_name_two_each_are_read_no_million_times() -> None:
    files = {
        f"components/web/z{step}/kustomization.yaml": f"resources: [../z{step + 1}, ../z{step + 1}]"
        for step in range(30)
    }
    files["components/web/z30/kustomization.yaml"] = "resources: [c.yaml]"
    files["components/web/z30/c.yaml"] = CONFIG_MAP.format(name="x")
    names, found = built({**OURS, WEB: "resources: [../z0]", **files})
    assert names == ["c", "web", "web", "x"]
    assert f"components/web/z19/kustomization.yaml:0: {bounds.READS.more}" in found
    files["components/web/z30/kustomization.yaml"] = "resources: [../z0]"
    assert "includes itself through its resources" in str(confined(tree({**OURS, **files})).gaps)


def test_an_environment_may_be_called_as_our_own_folders() -> None:
    for name in ("build-hub", "build-workload"):
        assert [one.id.name for one in build(tree(OURS, name), find_tool(), None)] == ["c", "web", "web"]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return a folder like output/ that holds prod."""
    lay_out(tree(OURS), tmp_path / "old")
    return tmp_path / "old"


def test_links_pipes_and_what_is_large_or_deep_are_not_read(old: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_text("CANARY")
    (old / "prod/bootstrap/link.yaml").symlink_to(canary)
    (old / "prod/components/link").symlink_to(tmp_path)
    os.mkfifo(old / "prod/bootstrap/pipe.yaml")
    with (old / "prod/bootstrap/large.yaml").open("w") as file:
        file.truncate(bounds.FILE.most + 1)
    deep = old / "prod/a"
    for _ in range(300):
        deep /= "b" * 9
    deep.mkdir(parents=True)
    found = workspace.old_tree(old, "prod")
    assert {file.path for file in found.files} == set(OURS)
    assert sorted(said(found.unread)) == [
        f"a{('/' + 'b' * 9) * 31}/:0: {bounds.DEPTH.more}",
        "bootstrap/large.yaml:0: is larger than 1024 KiB",
        "bootstrap/link.yaml:0: is a symbolic link",
        "bootstrap/pipe.yaml:0: is not a regular file",
        "components/link:0: is a symbolic link",
    ]
    with pytest.raises(InputInvalid, match=bounds.DEPTH.more):
        workspace.read_tree(old, "prod")
    with pytest.raises(OutputUnwritable, match=bounds.DEPTH.more):
        workspace.compare(tree(OURS), old)
    shutil.rmtree(old / "prod/a")


def test_an_environment_that_is_a_link_is_not_followed(old: Path) -> None:
    (old / "dev").symlink_to(old / "prod")
    found = workspace.old_tree(old, "dev")
    assert (found.files, said(found.unread)) == ((), [":0: is a symbolic link, and links are not followed"])
    with pytest.raises(InputInvalid, match="is a symbolic link"):
        workspace.read_tree(old, "dev")


def test_folders_of_other_names_are_nobodys_environment(old: Path) -> None:
    for name in ("Prod", "a b", ".git", "x" * 60, "a\nb", "_hub"):
        (old / name).mkdir()
    assert workspace.environments_in(old) == ("prod",)


def test_many_files_are_read_up_to_the_limit(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.workspace.sources.FILES", bounds.FILES._replace(most=20))
    for index in range(60):
        (old / f"prod/z{index}.yaml").write_text("")
    found = workspace.old_tree(old, "prod")
    assert len(found.files) <= 20
    assert said(found.unread) == [f":0: {bounds.FILES.more}"]
    monkeypatch.undo()
    monkeypatch.setattr("generator.workspace.sources.TREE", bounds.TREE._replace(most=200))
    assert f":0: {bounds.TREE.more}" in said(workspace.old_tree(old, "prod").unread)


class Repository:
    """A repository whose trees are made of git's own objects."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        git(folder, "init", "--quiet")
        git(folder, "commit", "--quiet", "--allow-empty", "--message", "first")

    def blob(self, content: bytes) -> str:
        (self.folder / "blob").write_bytes(content)
        return git(self.folder, "hash-object", "-w", "blob")

    def tree(self, *entries: tuple[str, str, str]) -> str:
        """Return a tree of these entries: mode, object, name."""
        index = {"GIT_INDEX_FILE": str(self.folder / "unused")}
        given = "".join(
            f"{mode} {'tree' if mode == '040000' else 'blob'} {blob}\t{name}\0" for mode, blob, name in entries
        )
        done = history.at(self.folder).run("mktree", "-z", stdin=given.encode(), more=index)
        assert done.status == 0, done.said
        return done.text

    def read(self, top: str) -> tuple[Tree, list[str]]:
        """Return what is read of output/prod, where that is the tree `top`."""
        output = self.tree(("040000", self.tree(("040000", top, "prod")), "output"))
        commit = git(self.folder, "commit-tree", output, "-m", "x")
        found = history.tree_at(history.source(self.folder), commit, "output", "prod")
        return found, [gap.reason for gap in found.unread]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_a_hundred_million_files_of_git_are_not_listed(repository: Repository) -> None:
    small = repository.blob(b"a: 1\n")
    top = repository.tree(*(("100644", small, f"f{index}") for index in range(10)))
    for _ in range(7):
        top = repository.tree(*(("040000", top, f"d{index}") for index in range(10)))
    found, findings = repository.read(top)
    assert len(found.files) == bounds.FILES.most
    assert findings == [bounds.LISTING.more, bounds.FILES.more]


def test_folders_of_git_may_be_in_each_other_without_end(repository: Repository) -> None:
    top = repository.tree(("100644", repository.blob(b"a: 1\n"), "f.yaml"))
    for _ in range(40):
        top = repository.tree(("040000", top, "ddd"))
    found, findings = repository.read(top)
    assert (found.files, findings) == ((), [bounds.DEPTH.more])


def test_large_files_of_git_are_not_read(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.history.before.TREE", bounds.TREE._replace(most=8))
    large = repository.blob(b"\0" * (bounds.FILE.most + 1))
    five = repository.blob(b"a: 1\n")
    found, findings = repository.read(
        repository.tree(("100644", large, "a"), ("100644", five, "b"), ("100644", five, "c"))
    )
    assert [file.path for file in found.files] == ["b"]
    assert findings == [bounds.FILE.more, bounds.TREE.more]


@pytest.mark.parametrize("mode", ["100644", "120000"])
def test_an_environment_that_is_no_folder_in_git_is_said(repository: Repository, mode: str) -> None:
    output = repository.tree(("040000", repository.tree((mode, repository.blob(b"elsewhere"), "prod")), "output"))
    commit = git(repository.folder, "commit-tree", output, "-m", "x")
    found = history.tree_at(history.source(repository.folder), commit, "output", "prod")
    assert (found.files, said(found.unread)) == ((), [":0: is not a folder"])


def test_kinds_and_versions_are_no_paths() -> None:
    from generator.check.schema import contract, kubernetes_schema
    from generator.kinds import Kinds
    from generator.manifest import Object, identify

    contracts = contract.Contracts(Kinds({}), "1.34")
    for api, kind in (
        ("x/" + "v" * 300, "K"),
        ("argoproj.io/v1/../../argoproj.io/v1alpha1", "Application"),
        ("../kinds/argoproj.io/v1alpha1", "Application"),
        ("v1", "../v1.34.0-local-strict/configmap"),
        ("v1", "x\0y"),
        ("v1", "K" * 300),
    ):
        made = {"apiVersion": api, "kind": kind, "metadata": {"name": "x"}}
        assert contracts.of(made) is None
        assert not kubernetes_schema.covered(Object(identify(made, WORKLOAD), made), "1.34")


def test_every_limit_is_documented() -> None:
    page = " ".join((ROOT / "docs/review.md").read_text().split())
    limits = [one for one in vars(bounds).values() if isinstance(one, bounds.Bound)]
    assert [one.more for one in limits if one.more not in page] == []


def test_what_is_published_is_read_as_any_old_side(tmp_path: Path) -> None:
    made = lab(tmp_path)
    assert made.publish("prod").returncode == 0
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(made.target), str(clone))
    with noting_server() as (url, asked):
        with (clone / "envs/prod" / WEB).open("a") as file:
            file.write(f"configMapGenerator: [{{name: x, Files: ['k={url}/x']}}]\n")
        git(clone, "commit", "--quiet", "--all", "--message", "by hand")
        git(clone, "push", "--quiet")
        made.change()
        made.render()
        made.commit()
        done = made.publish("prod", "--adopt")
        assert (done.returncode, "--accept uncompared" in done.stderr) == (4, True)
        done = made.publish("prod", "--adopt", "--accept", "uncompared")
    assert (done.returncode, asked) == (0, []), done.stderr
