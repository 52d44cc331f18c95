"""Ours are exactly the paths in the lock: nothing of others is lost, nothing of ours is left, nothing newer is undone."""

import json
import shutil
from pathlib import Path

import pytest
from command import edit
from forks import Forks
from hypothesis import given, settings
from hypothesis import strategies as st
from publishers import LOCK, World, commit_all, forks, git, lines

from generator.history import Git, Source
from generator.publish import Allowed, Lock, Made, Unreadable, ownership, read
from generator.publish.message import message
from generator.publish.ownership import Change, Folder
from generator.publish.target import Override, misnamed

process = pytest.fixture(scope="module", name="process")(forks)
MADE = Made("https://git.example.com/app", "a" * 40, dirty=False)
DEPLOYMENT = "components/web/base/deployment.yaml"
SERVICE = "components/web/base/service.yaml"


@pytest.fixture(scope="module", name="template")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World(tmp_path_factory.mktemp("worlds") / "template")
    return world.folder


@pytest.fixture
def world(tmp_path: Path, template: Path, process: Forks) -> World:
    """Return a fresh world."""
    return World.copied(template, tmp_path / "world", process)


# --- pure -------------------------------------------------------------------------------------------------------------


def lock(files: dict[str, str], version: str = "1.0.0", commit: str = "a" * 40, environment: str = "prod") -> Lock:
    """Return a lock that names these files."""
    return Lock(1, environment, version, Made("", commit, dirty=False), "sha256:0", files)


def folder(entries: dict[str, str], owned: dict[str, str] | None = None) -> Folder:
    """Return a folder with plain files, some of them ours."""
    return Folder(
        "envs/prod",
        {path: ("100644", blob) for path, blob in entries.items()},
        None if owned is None else lock(owned),
    )


def rules(there: Folder, files: dict[str, str], allowed: Allowed = Allowed(), version: str = "1.0.0") -> list[str]:  # noqa: B008
    """Return the rules of all conflicts and refusals."""
    found = [*ownership.conflicts(there, files, version, allowed), *ownership.refusals(there, files, allowed)]
    return [finding.rule for finding in found]


ADOPT = Allowed(adopt=True)
MANY = {f"f{number:02}": "1" for number in range(22)}


@pytest.mark.parametrize(
    ("there", "files", "plain", "adopted"),
    [
        (folder({}), {"a": "1"}, [], []),
        (folder({}), {}, ["publish-empty"], ["publish-empty"]),
        (folder({"x": "9"}), {"a": "1"}, ["publish-unmanaged"], []),
        (folder({"a": "1", LOCK: "l"}, {"a": "1"}), {"a": "2"}, [], []),
        (folder({"a": "9", LOCK: "l"}, {"a": "1"}), {"a": "2"}, ["publish-edited"], []),
        (folder({LOCK: "l"}, {"a": "1"}), {"a": "2"}, ["publish-edited"], []),
        (folder({"a": "1", "b": "9", LOCK: "l"}, {"a": "1"}), {"a": "1", "b": "2"}, ["publish-foreign"], []),
        (folder({"a": "1", "b": "9", LOCK: "l"}, {"a": "1"}), {"a": "1"}, [], []),
        (folder({"a": "1", "b/c": "9"}, {"a": "1"}), {"a": "1", "b": "2"}, ["publish-foreign"], ["publish-foreign"]),
        (folder({"a": "1", "b": "9"}, {"a": "1"}), {"a": "1", "b/c": "2"}, ["publish-foreign"], ["publish-foreign"]),
        (folder({"a": "1", "B": "9"}, {"a": "1"}), {"a": "1", "b": "2"}, ["publish-case"], ["publish-case"]),
        (folder({"a": "1", "B/c": "9"}, {"a": "1"}), {"a": "1", "b/d": "2"}, ["publish-case"], ["publish-case"]),
        (folder({"a": "1", "ſ": "9"}, {"a": "1"}), {"a": "1", "s": "2"}, ["publish-case"], ["publish-case"]),
        (folder({"a": "1", LOCK.upper(): "9"}, {"a": "1"}), {"a": "1"}, ["publish-case"], ["publish-case"]),
        (folder({f"{LOCK}/x": "9"}), {"a": "1"}, ["publish-unmanaged"], ["publish-foreign"]),
        (folder(MANY, MANY), {"f00": "1"}, ["publish-mass-delete"], ["publish-mass-delete"]),
    ],
)
def test_conflicts(there: Folder, files: dict[str, str], plain: list[str], adopted: list[str]) -> None:
    assert sorted(set(rules(there, files))) == plain
    assert sorted(set(rules(there, files, ADOPT))) == adopted


@pytest.mark.parametrize(
    ("published", "stays", "refused"), [(10, 0, 0), (20, 10, 0), (21, 10, 1), (22, 11, 0), (100, 50, 0), (100, 49, 1)]
)
def test_more_than_ten_files_and_more_than_half_go_only_if_that_is_meant(
    published: int, stays: int, refused: int
) -> None:
    files = {f"f{number:03}": "1" for number in range(published)}
    left = {**dict(list(files.items())[:stays]), "new": "2"}
    assert rules(folder(files, files), left) == ["publish-mass-delete"] * refused
    assert rules(folder(files, files), left, Allowed(mass_delete=True)) == []


@pytest.mark.parametrize("mode", ["100755", "120000", "160000"])
def test_a_mode_of_its_own_is_a_hand_edit(mode: str) -> None:
    there = Folder("envs/prod", {"a": (mode, "1")}, lock({"a": "1"}))
    assert rules(there, {"a": "1"}) == ["publish-edited"]
    assert ownership.change(there, {"a": "1"}, ADOPT) == Change((), ("a",), (), ("a",))


def test_very_many_hand_edits_are_counted() -> None:
    files = {f"f{number:05}": "1" for number in range(20_000)}
    found = list(ownership.conflicts(folder({}, files), files, "1.0.0", Allowed()))
    assert len(found) == 21
    assert found[-1].message == "envs/prod: 19980 more files: was changed by hand"


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        ("1.0.0", "1.0.0", False), ("1.0.1", "1.0.0", True), ("0.9", "0.10", False), ("0.10", "0.9", True),
        ("9" * 5000, "1", False), ("²", "1", False), ("", "1", False), ("1.x", "1.0", False), ("2.0.0.dev1", "1.9", True),
    ],
)  # fmt: skip
def test_a_newer_version_is_not_undone(old: str, new: str, refused: bool) -> None:  # noqa: FBT001
    there = Folder("envs/prod", {"a": ("100644", "1")}, lock({"a": "1"}, old))
    assert rules(there, {"a": "1"}, ADOPT, new) == ["publish-downgrade"] * refused


def test_a_lock_of_another_environment_is_none_of_ours() -> None:
    there = Folder("envs/prod", {"a": ("100644", "1")}, lock({"a": "1"}, environment="dev"))
    assert (rules(there, {"a": "1"}), rules(there, {"a": "1"}, ADOPT)) == (["publish-lock"], [])


@pytest.mark.parametrize(
    ("where", "plain", "adopted"),
    [
        ("before", [], []),
        ("after", ["publish-older"], ["publish-older"]),
        ("beside", ["publish-diverged"], []),
        ("unknown", ["publish-diverged"], []),
    ],
)
def test_sources_have_an_order(where: str, plain: list[str], adopted: list[str]) -> None:
    for allowed, expected in ((Allowed(), plain), (ADOPT, adopted)):
        found = ownership.older_source(folder({"a": "1"}, {"a": "1"}), MADE, lambda _: where, allowed)
        assert [finding.rule for finding in found] == expected


PATHS = ("a", "b", "c/d", "c/e", "f/g/h", "B", "c", "f/g", "README.md")
FILES = st.dictionaries(st.sampled_from(PATHS), st.sampled_from("123"), max_size=6).filter(
    lambda files: (
        not any(path.startswith(f"{other}/") for path in files for other in files) and not {"b", "B"} <= files.keys()
    )
)
ENTRY = st.tuples(st.sampled_from(("100644", "100755", "120000", "160000")), st.sampled_from(("1", "2", "x", "y")))
STEP = st.one_of(
    st.tuples(st.just("publish"), FILES, st.booleans()),
    st.tuples(st.just("edit"), st.sampled_from(PATHS), st.one_of(st.none(), ENTRY)),
)


@settings(max_examples=500, deadline=None)
@given(steps=st.lists(STEP, max_size=12))
def test_no_sequence_of_publishes_and_edits_loses_a_foreign_file(steps: list[tuple[str, object, object]]) -> None:
    tree: dict[str, tuple[str, str]] = {}
    written: Lock | None = None
    for kind, what, how in steps:
        if kind == "edit":
            clear = [path for path in tree if path.startswith(f"{what}/") or str(what).startswith(f"{path}/")]
            for path in (*clear, what):
                tree.pop(str(path), None)
            if how is not None:
                tree[str(what)] = how  # type: ignore[assignment]
            continue
        files: dict[str, str] = what  # type: ignore[assignment]
        allowed, there = Allowed(adopt=bool(how), mass_delete=True), Folder("envs/prod", dict(tree), written)
        if rules(there, files, allowed):
            continue
        done = ownership.change(there, files, allowed)
        owned = written.files if written else {}
        lost = {
            path
            for path in (*done.changed, *done.removed)
            if (owned.get(path) and ("100644", owned[path])) != tree[path]
        }
        assert lost <= set(done.taken_over)
        assert allowed.adopt or not done.taken_over
        assert set(done.removed) <= set(owned)
        assert not set(done.added) & tree.keys()
        before = dict(tree)
        for path in done.removed:
            del tree[path]
        tree |= {path: ("100644", files[path]) for path in (*done.added, *done.changed)}
        assert all(tree[path] == ("100644", blob) for path, blob in files.items())
        assert all(tree[path] == entry for path, entry in before.items() if path not in owned and path not in files)
        assert tree.keys() - files.keys() == before.keys() - files.keys() - set(owned)
        assert not any(path.startswith(f"{other}/") for path in tree for other in tree)
        written = lock(files)
        assert not rules(Folder("envs/prod", dict(tree), written), files, Allowed()) or not files


BLOB = st.sampled_from(["1" * 40, "", "no hex", "\x1b[31m", "../x"])
ANY_PATH = st.sampled_from(
    ["../x", "/etc/passwd", ".git/config", "a", "a/../../b", "", "a\nb", "\x1b]0;x\x07", LOCK, "c"]
)


@settings(max_examples=300, deadline=None)
@given(
    files=st.dictionaries(ANY_PATH, BLOB),
    entries=st.dictionaries(st.sampled_from(["a", "b", "c/d"]), BLOB),
    adopt=st.booleans(),
)
def test_a_lock_can_take_nothing_away_that_is_not_there(
    files: dict[str, str],
    entries: dict[str, str],
    adopt: bool,  # noqa: FBT001
) -> None:
    there = Folder("envs/prod", {path: ("100644", blob) for path, blob in entries.items()}, lock(files))
    done = ownership.change(there, {"a": "2"}, Allowed(adopt=adopt))
    assert set(done.removed) <= files.keys() & entries.keys()
    assert LOCK not in (*done.removed, *done.added, *done.changed)


def test_a_lock_is_read_as_it_was_written() -> None:
    one = lock({"b": "2" * 40, "a": "1" * 64, "c/.d/e..yaml": "3" * 40, ".gitx": "4" * 40})
    assert read(one.text().encode()) == one
    assert one.text().endswith("}\n")
    assert list(json.loads(one.text())["files"]) == [".gitx", "a", "b", "c/.d/e..yaml"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'{"schema":' * 50_000, b"{}", b'{"schema": "1"}', b'{"schema": 1.5}',
        b'{"schema": 1, "files": []}', b'{"schema": 1, "files": {"a": 1}}', b'{"\\ud800": 1}', b'{"schema": -1}', b'{"schema": true}',
        lock({}).text().replace('"schema"', '"\\u001b[31m": 1, "schema"').encode(),
        lock({}).text().replace('"files": {}', '"files": null').encode(),
        *(lock({path: "1" * 40}).text().encode() for path in ("", ".", "..", "/a", "a//b", "a/", "../a", "a/../b", "a/..", "./a", ".git", "a/.GIT/b", "a\n", "a\x00b", "\x1b")),
        *(lock({"a": blob}).text().encode() for blob in ("", "x", "1" * 39, "A" * 40, "1" * 40 + "\n", "--output=x")),
        b"1" * 1_000_000, b'"' + b"a" * 10_000_000 + b'"',
    ],
)  # fmt: skip
def test_what_is_no_lock_is_said_to_be_none(content: bytes) -> None:
    found = read(content)
    assert isinstance(found, Unreadable)
    assert not found.newer


@pytest.mark.parametrize("schema", [2, 99, 10**12])
def test_a_lock_of_a_newer_schema_is_not_written_over(schema: int) -> None:
    found = read(json.dumps({"schema": schema, "anything": []}).encode())
    assert isinstance(found, Unreadable)
    assert found.newer
    assert rules(Folder("envs/prod", {}, found), {"a": "1"}, ADOPT) == ["publish-lock"]


HOSTILE_NAMES = {
    "repository": (
        "--upload-pack=touch x", "ext::sh -c touch% x", "-oProxyCommand=x", "ssh://-oProxyCommand=x/", "ssh://a:b@host/x", "https://a:b@host/x",
        "https://a@host/x", "http://host/x", "http://evil@127.0.0.1/x", "http://127.0.0.1.evil.example/x", "http://127.0.0.1@evil.example/x",
        "git://host/x", "fd::7", "file://host/x", "file:///a b", "file:///a\nb", "https://host/a\nb", "https://host/\x00", "https://-x/", "host:path",
        "git@host:path", "ftp://x/", "HTTPS://host/x", "https://", "ssh://", "transport::address", "ssh://-x@host/y", "https://host\\@evil/x", "/not/there",
    ),
    "branch": (
        "-x", "--force", "refs/heads/main", "refs/x", "HEAD", "a..b", "a@{1}", "a//b", "a/", ".a", "a/.b", "main.lock", "a.lock/b", "a.", "a b", "a\nb",
        "a\x00", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "@", "mаin", "main\u202e", "x" * 201, "ma\u0131n", "+main", "main:other",
    ),
    "path": (
        "/etc", "../x", "a/../b", "a//b", ".git", "a/.git", "-x", "a\\b", "a\nb", "a\x00", "a/", "./a", ".", "a b", "é", "a:b", "a/-b", "GIT~1", ":(top)x", "*", "a\u202e",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("what", "name"), [(what, name) for what, names in HOSTILE_NAMES.items() for name in names])
def test_a_name_that_could_mean_something_else_is_refused(what: str, name: str) -> None:
    for place in ("--", "gitops."):
        assert [finding.rule for finding in misnamed(Override()._replace(**{what: name}), place)] == [f"publish-{what}"]


@settings(max_examples=300, deadline=None)
@given(branch=st.text(st.characters(max_codepoint=0x2FFF) | st.sampled_from("/.@{~^:-"), min_size=1, max_size=20))
def test_what_is_taken_as_a_branch_git_takes_as_well(branch: str) -> None:
    if not list(misnamed(Override(branch=branch), "--")):
        assert git(Path("/"), "check-ref-format", "--branch", branch).decode() == f"{branch}\n"


TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\n\r\x85\u2028: #"), max_size=40)


@settings(max_examples=100, deadline=None)
@given(subject=TEXT, author=TEXT, repository=TEXT, path=TEXT)
def test_no_text_of_others_makes_a_trailer(subject: str, author: str, repository: str, path: str) -> None:
    source = Source(Git(Path("/"), {}), "", repository, "main", "b" * 40, "1 +0000", author, subject)
    made = Lock(1, "prod", "1", Made(repository, "b" * 40, dirty=True), "sha256:0", {path: "1"})
    change = Change((path,), (), (), (path,))
    text = message({"prod": made}, {"prod": change}, source)
    block = text.rstrip("\n").split("\n\n")[-1]
    assert all(line.startswith(("Codemie-", "Argocd-reference-commit-")) for line in block.split("\n"))
    assert block.count("\n") <= 10
    assert len(text.split("\n")[0]) <= 72
    assert not set(text) & set("\r\x00\x1b\x85\u2028\u2029\x0b\x0c")


# --- from end to end --------------------------------------------------------------------------------------------------


def refused(world: World, rule: str, code: int, *words: str, cwd: Path | str | None = None, **env: str) -> str:
    """Publish, which must be refused by a rule and leave the target as it is. Returns what is said."""
    before = git(world.target, "for-each-ref")
    done = world.publish(*words, cwd=cwd, **env)
    assert (done.returncode, done.stdout) == (code, ""), (done.stdout, done.stderr)
    assert f"[{rule}]" in done.stderr
    assert git(world.target, "for-each-ref") == before
    return done.stderr


def test_a_first_publish_is_one_commit_of_what_is_rendered(world: World) -> None:
    world.published()
    assert lines(world.target, "rev-list", "main") == [world.tip()]
    assert set(world.entries()) == {f"envs/prod/{path}" for path in (LOCK, *world.rendered())}
    assert world.is_equal()
    assert world.is_sound()
    assert world.lock()["source"] == {
        "repository": "",
        "commit": lines(world.source, "rev-parse", "HEAD")[0],
        "dirty": False,
    }


def test_foreign_files_stay_through_three_publishes_and_own_stale_files_go(world: World) -> None:
    foreign: dict[str, str | tuple[str, str] | None] = {
        "README.md": "r", "envs/README.md": "e", "envs/other/x": "o", "zebra/a": ("100755", "z"), "link": ("120000", "envs"),
        "module": ("160000", "a" * 40), "envs/prod2/x": "2", "envs/prod-x": "3",
    }  # fmt: skip
    world.by_hand(foreign)
    world.published()
    inside: dict[str, str | tuple[str, str] | None] = {
        "envs/prod/notes.txt": "n", "envs/prod/components/web/CODEOWNERS": "c", "envs/prod/link": ("120000", "/etc/passwd"),
        "envs/prod/module": ("160000", "b" * 40), "envs/prod/run": ("100755", "x"), "envs/prod/caf\udce9": "latin", "envs/prod/a\nb": "newline",
    }  # fmt: skip
    world.by_hand(inside)
    kept = {path: entry for path, entry in world.entries().items() if path in {**foreign, **inside}}
    assert len(kept) == len(foreign) + len(inside)
    for replicas in (3, 4):
        world.change(replicas)
        world.published()
        assert world.entries().items() >= kept.items()
    (world.source / "templates/components/web/base/service.yaml.j2").unlink()
    world.rendered_and_committed()
    world.published()
    found = world.entries()
    assert found.items() >= kept.items()
    assert f"envs/prod/{SERVICE}" not in found
    assert found.keys() == kept.keys() | {f"envs/prod/{path}" for path in (LOCK, *world.rendered())}
    assert world.is_equal()
    assert world.is_sound()


EDITS: dict[str, dict[str, str | tuple[str, str] | None]] = {
    "changed": {DEPLOYMENT: "by hand\n"},
    "deleted": {DEPLOYMENT: None},
    "executable": {DEPLOYMENT: ("100755", "by hand\n")},
    "link": {DEPLOYMENT: ("120000", "../../../../../etc/passwd")},
    "module": {DEPLOYMENT: ("160000", "c" * 40)},
}


@pytest.mark.parametrize("kind", [*EDITS, "only the mode"])
def test_a_hand_edit_is_not_written_over_until_adopted(world: World, kind: str) -> None:
    world.published()
    mode = ("100755", world.rendered()[DEPLOYMENT].decode())
    changes = {f"envs/prod/{path}": change for path, change in EDITS.get(kind, {DEPLOYMENT: mode}).items()}
    commit = world.by_hand(changes, "quick fix", GIT_AUTHOR_NAME="Mallory")
    world.change(3)
    said = refused(world, "publish-edited", 5)
    assert f"envs/prod/{DEPLOYMENT}: was changed by hand (last by {commit[:7]}" in said
    assert "by Mallory: quick fix" in said
    if kind != "only the mode":
        assert "--accept uncompared" in refused(world, "publish-impact", 4, "--adopt")
    world.published("--adopt", "--accept", "uncompared")
    assert world.is_equal()
    assert ("Codemie-Adopted", f"prod/{DEPLOYMENT}") in world.trailers()
    assert world.is_sound()
    world.change(4)
    world.published()
    assert "Codemie-Adopted" not in world.message()


def test_a_folder_in_place_of_a_file_of_ours_is_never_written_over(world: World) -> None:
    world.published()
    world.by_hand({f"envs/prod/{DEPLOYMENT}": None, f"envs/prod/{DEPLOYMENT}/x": "x"})
    assert "[publish-edited]" in refused(world, "publish-foreign", 5)
    refused(world, "publish-foreign", 5, "--adopt")


def test_what_was_taken_away_by_hand_and_is_rendered_no_longer_is_adopted_once(world: World) -> None:
    world.published()
    world.by_hand({f"envs/prod/{SERVICE}": None})
    lock_ = world.lock()
    lock_["files"] = {**lock_["files"], "gone.yaml": "d" * 40}
    service = world.rendered()[SERVICE].decode()
    world.by_hand({f"envs/prod/{LOCK}": json.dumps(lock_), f"envs/prod/{SERVICE}": service})
    refused(world, "publish-edited", 5)
    tip = world.published("--adopt")
    assert "gone.yaml" not in world.lock()["files"]
    assert world.published() == tip


def test_a_foreign_file_in_our_way_is_adopted_even_where_it_is_equal(world: World) -> None:
    world.published()
    lock_ = world.lock()
    del lock_["files"][SERVICE]
    world.by_hand({f"envs/prod/{LOCK}": json.dumps(lock_)})
    said = refused(world, "publish-foreign", 5)
    assert f"envs/prod/{SERVICE}: is not ours" in said
    tip = world.published("--adopt")
    assert SERVICE in world.lock()["files"]
    assert world.published() == tip


def test_an_unmanaged_folder_is_taken_over_with_what_is_in_it(world: World) -> None:
    world.by_hand({"envs/prod/theirs": "t", f"envs/prod/{DEPLOYMENT}": "d"})
    assert "holds 2 files" in refused(world, "publish-unmanaged", 5)
    assert "--accept uncompared" in refused(world, "publish-impact", 4, "--adopt")
    world.published("--adopt", "--accept", "uncompared")
    assert git(world.target, "cat-file", "blob", "main:envs/prod/theirs") == b"t"
    assert world.is_equal()
    assert [value for key, value in world.trailers() if key == "Codemie-Adopted"] == [f"prod/{DEPLOYMENT}"]
    assert "theirs" not in world.lock()["files"]


def test_who_changed_a_file_is_told_of_200_commits_and_not_guessed_beyond(world: World) -> None:
    world.published()
    commit = world.by_hand({f"envs/prod/{DEPLOYMENT}": "x"}, "long ago", GIT_AUTHOR_NAME="Mallory")
    start = f"from {commit}\n"
    stream = "".join(
        f"commit refs/heads/main\ncommitter Eve <e@x.y> 1780000000 +0000\ndata 1\nx\n{'' if number else start}M 644 inline n\ndata 3\n{number:03}\n"
        for number in range(150)
    )
    git(world.target, "fast-import", "--quiet", stdin=stream.encode())
    assert f"(last by {commit[:7]}" in refused(world, "publish-edited", 5)
    git(world.target, "fast-import", "--quiet", stdin=stream.replace(f"from {commit}", f"from {world.tip()}").encode())
    said = refused(world, "publish-edited", 5)
    assert "(last by somebody, 200 commits ago or more)" in said
    assert "Eve" not in said


def test_the_one_who_is_named_steers_no_terminal(world: World) -> None:
    world.published()
    hostile = {"GIT_AUTHOR_NAME": "\x1b]0;owned\x07\x1b[2J Eve", "GIT_AUTHOR_EMAIL": "e@x.y"}
    world.by_hand({f"envs/prod/{DEPLOYMENT}": "x", "envs/prod/\x1b[31m": "y"}, "\x1b[31m red \u202e", **hostile)
    said = refused(world, "publish-edited", 5)
    assert not set(said) & set("\x1b\x07\u202e")


def test_mass_deletion_is_meant_or_not(world: World) -> None:
    world.published()
    lock_, folder_ = world.lock(), {f"old/{number:02}": f"{number}" for number in range(28)}
    lock_["files"] |= {path: world.blob(text) for path, text in folder_.items()}
    world.by_hand(
        {f"envs/prod/{LOCK}": json.dumps(lock_), **{f"envs/prod/{path}": text for path, text in folder_.items()}}
    )
    assert f"would lose 28 of {len(lock_['files'])} files" in refused(world, "publish-mass-delete", 4)
    world.published("--allow-mass-delete")
    assert not world.entries(folder="envs/prod/old/")
    assert world.is_equal()


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("generatorVersion", "99.0", "publish-downgrade"),
        ("schema", 2, "publish-lock"),
        ("environment", "dev", "publish-lock"),
        ("files", 1, "publish-lock"),
    ],
)
def test_a_lock_of_a_newer_one_or_of_another(world: World, key: str, value: object, rule: str) -> None:
    world.published()
    world.by_hand({f"envs/prod/{LOCK}": json.dumps({**world.lock(), key: value})})
    refused(world, rule, 5)
    if key in ("generatorVersion", "schema"):
        refused(world, rule, 5, "--adopt")
    else:
        world.published("--adopt")
        assert world.is_equal()
        tip = world.tip()
        assert world.published() == tip


# --- sources ----------------------------------------------------------------------------------------------------------


def test_what_is_older_than_what_is_published_is_refused(world: World) -> None:
    older = lines(world.source, "rev-parse", "HEAD")[0]
    world.change(3)
    world.published()
    git(world.source, "checkout", "--quiet", older)
    assert "git pull" in refused(world, "publish-older", 5)
    refused(world, "publish-older", 5, "--adopt")


def test_what_has_gone_another_way_is_refused_until_adopted_for_good(world: World) -> None:
    git(world.source, "checkout", "--quiet", "-b", "other")
    world.change(3)
    world.published()
    git(world.source, "checkout", "--quiet", "main")
    commit_all(world.source, "aside")
    assert "is not among the commits before" in refused(world, "publish-diverged", 5)
    world.published("--adopt")
    tip = world.tip()
    assert world.published() == tip


def test_another_repository_is_unknown_until_adopted_for_good_although_no_file_differs(world: World) -> None:
    world.published()
    shutil.rmtree(world.source / ".git")
    git(world.source, "init", "--quiet", "-b", "main")
    commit_all(world.source, "another first", GIT_COMMITTER_DATE="1790000000 +0000")
    assert "is not known here" in refused(world, "publish-diverged", 5)
    world.published("--adopt")
    tip = world.tip()
    assert world.published() == tip


def test_a_shallow_clone_says_how_to_know_more(world: World) -> None:
    world.published()
    world.change(3)
    shallow = world.folder / "shallow"
    git(world.folder, "clone", "--quiet", "--depth=1", f"file://{world.source}", str(shallow))
    assert "git fetch --unshallow" in refused(world, "publish-diverged", 5, cwd=shallow)
    git(shallow, "fetch", "--quiet", "--unshallow")
    world.published(cwd=shallow)
    assert world.is_equal()


@pytest.mark.parametrize("below", ["", "below/it"])
def test_what_was_changed_and_taken_back_is_not_changed_again_by_a_late_publisher(world: World, below: str) -> None:
    if below:
        (world.source / below).mkdir(parents=True)
        for path in [path for path in world.source.iterdir() if path.name not in (".git", "below")]:
            path.rename(world.source / below / path.name)
        commit_all(world.source, "moved")
        world.source /= below
    world.published()
    published = world.tip()
    commit_all(world.source, "nothing at all")
    assert world.published() == published  # a lock-only difference is no commit
    late = world.change(3)
    world.change(2)
    newest = world.published()
    assert newest != published
    assert lines(world.target, "diff", "--name-only", published, newest) == [f"envs/prod/{LOCK}"]
    assert world.published() == newest
    clone = world.folder / "late"
    git(world.folder, "clone", "--quiet", str(world.source.parent.parent if below else world.source), str(clone))
    git(clone, "checkout", "--quiet", late)
    refused(world, "publish-older", 5, cwd=clone / below)


def test_a_branch_that_was_merged_without_effect_does_not_come_back(world: World) -> None:
    world.published()
    git(world.source, "checkout", "--quiet", "-b", "feature")
    late = world.change(3)
    world.change(2)
    git(world.source, "checkout", "--quiet", "main")
    commit_all(world.source, "on main")
    git(world.source, "merge", "--quiet", "--no-ff", "-m", "merged", "feature")
    world.published()
    git(world.source, "checkout", "--quiet", late)
    refused(world, "publish-older", 5)


def test_a_revert_of_a_publish_is_a_rollback_and_the_next_publish_works(world: World) -> None:
    world.published()
    before = world.entries()
    world.change(3)
    world.published()
    work = world.folder / "work"
    git(world.folder, "clone", "--quiet", str(world.target), str(work))
    git(work, "revert", "--no-edit", "HEAD")
    git(work, "push", "--quiet")
    assert world.entries() == before
    world.published()
    assert world.is_equal()
    git(work, "pull", "--quiet")
    git(work, "revert", "--no-edit", "HEAD")
    git(work, "push", "--quiet")
    world.change(4)
    world.published()
    assert world.is_equal()
    assert world.is_sound()


def dirty_staged(world: World) -> str:
    edit(world.source / "environments/prod.yaml", "replicas: 2", "replicas: 3")
    git(world.source, "add", "-A")
    return "environments/prod.yaml"


def dirty_unstaged(world: World) -> str:
    edit(world.source / "environments/prod.yaml", "replicas: 2", "replicas: 3")
    return "environments/prod.yaml"


def dirty_untracked(world: World) -> str:
    (world.source / "templates/components/web/base/more.yaml.j2").write_text(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: more}}\n"
    )
    return "templates/components/web/base/more.yaml.j2"


def dirty_ignored(world: World) -> str:
    git(world.source, "rm", "--quiet", "--cached", "environments/prod.yaml")
    (world.source / ".gitignore").write_text("environments/prod.yaml\n")
    commit_all(world.source, "ignored but needed")
    return "environments/prod.yaml"


def dirty_output(world: World) -> str:
    git(world.source, "rm", "-r", "--quiet", "--cached", "output")
    (world.source / ".gitignore").write_text("output\n")
    commit_all(world.source, "output is ignored")
    return "output/prod/argocd"


@pytest.mark.parametrize("make", [dirty_staged, dirty_unstaged, dirty_untracked, dirty_ignored, dirty_output])
def test_what_nobody_has_committed_is_refused_or_said(world: World, make: object) -> None:
    named = make(world)  # type: ignore[operator]
    assert world.run("render", "--all", "--quiet").returncode == 0
    (world.source / "templates/.DS_Store").write_text("x")
    (world.source / ".git/info/exclude").write_text(".DS_Store\n")
    assert named in refused(world, "source-dirty", 4)
    done = world.publish("--allow-dirty")
    assert done.returncode == 0, done.stderr
    assert "warning" in done.stderr
    assert ("Codemie-Source-Dirty", "true") in world.trailers()
    assert world.lock()["source"]["dirty"] is True
    assert world.is_equal()


def test_a_late_publisher_is_told_also_where_output_is_not_committed(world: World) -> None:
    dirty_output(world)
    assert world.publish("--allow-dirty").returncode == 0
    late = world.change(3)
    world.change(2)
    assert world.publish("--allow-dirty").returncode == 0
    git(world.source, "checkout", "--quiet", late)
    assert world.run("render", "--all", "--quiet").returncode == 0
    refused(world, "publish-older", 5, "--allow-dirty")


def test_stale_and_foreign_files_in_output_and_failing_checks_are_refused(world: World) -> None:
    (world.source / "output/prod/notes.txt").write_text("x")
    commit_all(world.source)
    refused(world, "foreign-file", 4)
    (world.source / "output/prod/notes.txt").unlink()
    edit(world.source / "environments/prod.yaml", "replicas: 2", "replicas: 3")
    commit_all(world.source)
    refused(world, "output-stale", 4)
    done = world.run("render", "prod", "--quiet")
    assert done.returncode == 0
    edit(world.source / "templates/components/web/base/service.yaml.j2", "kind: Service", "kind: Servise")
    commit_all(world.source)
    done = world.publish()
    assert done.returncode == 4
    assert not world.tip()


def test_a_target_that_is_the_place_itself_is_refused(world: World) -> None:
    for url in (world.url, str(world.target)):
        git(world.source, "remote", "add", "origin", url)
        refused(world, "publish-itself", 2, "--path", "output")
        git(world.source, "remote", "remove", "origin")
    git(world.source, "remote", "add", "origin", "git@git.example.com:lab.git")
    edit(world.source / "environments/profiles/defaults.yaml", "path: envs", "path: output")
    world.rendered_and_committed()
    done = world.run("publish", "prod")
    assert (done.returncode, done.stdout) == (2, "")
    assert "[publish-itself]" in done.stderr


def test_the_work_tree_we_are_in_is_no_target(world: World) -> None:
    before = git(world.source, "for-each-ref")
    done = world.run("publish", "prod", "--repository", ".", "--path", "output")
    assert done.returncode in (2, 5, 6)
    assert git(world.source, "for-each-ref") == before


def test_several_environments_are_one_commit_and_several_targets_are_none(world: World) -> None:
    world.published("dev", "prod")
    assert len(lines(world.target, "rev-list", "main")) == 1
    assert world.is_equal("dev")
    assert world.is_equal("prod")
    assert [value for key, value in world.trailers() if key == "Codemie-Environment"] == ["dev", "prod"]
    with (world.source / "environments/dev.yaml").open("a") as stream:
        stream.write("gitops: {branch: another}\n")
    world.rendered_and_committed()
    refused(world, "publish-target", 2, "dev", "prod")
    world.published("dev", "prod", "--branch", "main")


def test_a_conflict_of_one_environment_lets_none_through(world: World) -> None:
    world.published("dev", "prod")
    world.by_hand({"envs/dev/argocd/apps/web.yaml": "x"})
    world.change(3)
    refused(world, "publish-edited", 5, "dev", "prod")


def test_the_same_sources_on_the_same_tip_are_the_same_commit(world: World, tmp_path: Path) -> None:
    world.by_hand({"README.md": "r"})
    start = world.tip()
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\nname = Other\nemail = o@x.y\n[core]\nautocrlf = true\n[i18n]\ncommitEncoding = latin1\n[log]\nshowSignature = true\ndate = iso\n"
    )
    other = {
        "HOME": str(home),
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "C.UTF-8",
        "LANG": "de_DE.UTF-8",
        "GIT_COMMITTER_DATE": "1 +0000",
        "GIT_AUTHOR_DATE": "1 +0000",
    }
    tips = set()
    for env in (
        {},
        other,
        {**other, "TZ": "America/New_York", "GIT_COMMITTER_NAME": "Else", "GIT_AUTHOR_NAME": "Else"},
    ):
        tips.add(world.published(**env))
        git(world.target, "update-ref", "refs/heads/main", start)
    assert len(tips) == 1


@pytest.mark.parametrize(
    "subject",
    [
        "a\rCodemie-Environment: evil",
        "a\u2028Codemie-Environment: evil",
        "Codemie-Environment: evil",
        ": ",
        "#",
        "-x",
        "\x1b[31m",
        "é" * 5000,
        "",
        "a\x85b",
    ],
)
def test_trailers_survive_what_a_commit_of_the_sources_says(world: World, subject: str) -> None:
    author = {"GIT_AUTHOR_NAME": f"x{subject} \r\u2028Codemie-Source-Commit: {'f' * 40}"}
    commit = commit_all(world.source, subject, **author) if subject else commit_without_message(world)
    world.published()
    found = world.trailers()
    assert [value for key, value in found if key == "Codemie-Environment"] == ["prod"]
    assert [value for key, value in found if key == "Codemie-Source-Commit"] == [commit]
    assert [value for key, value in found if key == "Argocd-reference-commit-sha"] == [commit]
    assert not set(world.message()) & set("\r\x1b\u2028\x85")
    assert world.is_sound()


def commit_without_message(world: World) -> str:
    """Make a commit that says nothing."""
    git(world.source, "commit", "--quiet", "--allow-empty", "--allow-empty-message", "-m", "")
    return lines(world.source, "rev-parse", "HEAD")[0]


def test_without_a_committer_git_says_who_and_nobody_is_nobody(world: World, tmp_path: Path) -> None:
    edit(
        world.source / "environments/profiles/defaults.yaml",
        "  commit: {name: Lab, email: lab@example.com}\n",
        "  commit: null\n",
    )
    world.rendered_and_committed()
    home = tmp_path / "home"
    home.mkdir()
    nobody = {
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_COMMITTER_NAME": "",
        "GIT_COMMITTER_EMAIL": "",
    }
    said = refused(world, "publish-commit", 2, **nobody)
    assert "git config user.name" in said
    git(world.source, "config", "user.name", "Zoë of the repository")
    git(world.source, "config", "user.email", "z@example.com")
    world.published(HOME=str(home))
    assert lines(world.target, "log", "-1", "--format=%an <%ae> %cn <%ce>") == [
        "Zoë of the repository <z@example.com> Zoë of the repository <z@example.com>"
    ]
    world.change(3)
    world.published(GIT_COMMITTER_NAME="Bot", GIT_COMMITTER_EMAIL="bot@example.com")
    assert lines(world.target, "log", "-1", "--format=%an <%ae> %cn <%ce>") == [
        "Bot <bot@example.com> Bot <bot@example.com>"
    ]


def test_a_folder_with_blanks_and_marks_is_a_target(world: World) -> None:
    odd = world.folder / "a b%20c#d?é"
    git(world.folder, "clone", "--quiet", "--bare", str(world.target), str(odd))
    done = world.run("publish", "prod", "--repository", str(odd))
    assert done.returncode == 0, done.stderr
    assert lines(odd, "rev-list", "--count", "main") == ["1"]
