"""Hostile names, repositories and settings: refused, or harmless. A canary tells whether anything of them was run."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from command import ROOT
from forks import Forks
from publishers import LOCK, World, commit_all, forks, git, lines, unexpected

process = pytest.fixture(scope="module", name="process")(forks)


@pytest.fixture(scope="module", name="template")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return World(tmp_path_factory.mktemp("worlds") / "template").folder


@pytest.fixture
def world(tmp_path: Path, template: Path, process: Forks) -> World:
    """Return a fresh world."""
    return World.copied(template, tmp_path / "world", process)


@pytest.fixture(scope="module", name="shared")
def _shared(tmp_path_factory: pytest.TempPathFactory, template: Path, process: Forks) -> World:
    """Return a world for cases that are refused before anything is done."""
    return World.copied(template, tmp_path_factory.mktemp("shared") / "world", process)


class Canary:
    """A program that leaves a file when it is run, whatever it is run as."""

    def __init__(self, folder: Path) -> None:
        """Make it."""
        folder.mkdir()
        self.program, self.sung = folder / "sing", folder / "sung"
        self.program.write_text(f'#!/bin/sh\necho "$0 $*" >> {self.sung}\nexit 0\n')
        self.program.chmod(0o755)

    def silent(self) -> bool:
        """Whether it was never run, although it can be."""
        found = not self.sung.exists()
        subprocess.run([self.program], check=True)
        assert self.sung.exists()
        self.sung.unlink()
        return found


@pytest.fixture
def canary(tmp_path: Path) -> Canary:
    """Return a canary that has not sung."""
    return Canary(tmp_path / "canary")


# --- names ------------------------------------------------------------------------------------------------------------

REPOSITORIES = (
    "--upload-pack={canary}", "-u{canary}", "--exec={canary}", "ext::{canary}", "ext::sh -c {canary}", "-oProxyCommand={canary}", "ssh://-oProxyCommand={canary}/",
    "ssh://-oProxyCommand={canary}@host/x", "ssh://git:secret@127.0.0.1/x", "https://git:secret@127.0.0.1/x", "http://evil@127.0.0.1/x", "http://127.0.0.1@evil.invalid/x",
    "http://evil.invalid/x", "file://evil.invalid/x", "fd::3", "git://127.0.0.1/x", "https://127.0.0.1/x\n--upload-pack={canary}", "host:{canary}", "$({canary})", "`{canary}`",
    "; {canary}", "https://x\u202e/y", "http://127.0.0.1.evil.invalid/x", "/nowhere/at/all", "https://",
)  # fmt: skip
BRANCHES = (
    "--upload-pack={canary}", "-f", "--force", "--delete", ":main", "+main", "main:other", "a..b", "main@{{0}}", "@", "HEAD", "refs/heads/main", "main.lock", "a/.b", "a//b",
    "main\nother", "m\u0430in", "ma\u200bin", "main\u202e", "x" * 300, "a b", "a~1", "a^{{commit}}", "*", "$({canary})", "main/",
)  # fmt: skip
PATHS = (
    "..", "../envs", "envs/../..", "/etc", "/", ".", "./envs", ".git", "envs/.git/hooks", "-x", "--cacheinfo", "envs\nprod", "envs\\prod", "C:", ":(top)envs", "*", "git~1", ".GIT",
    "\u0435nvs", "envs\u200b", "envs/", "envs//x", "$({canary})",
)  # fmt: skip
NAMES = (
    "../prod",
    "prod/../dev",
    "/etc/passwd",
    "-x",
    "--upload-pack={canary}",
    ".git",
    "prod\n",
    "PROD",
    "pr\u043ed",
    "x" * 300,
    "prod.lock",
    "@{{0}}",
    "",
)


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        *(("--repository", it) for it in REPOSITORIES),
        *(("--branch", it) for it in BRANCHES),
        *(("--path", it) for it in PATHS),
    ],
)
def test_a_hostile_name_on_the_command_line_is_refused(shared: World, canary: Canary, flag: str, value: str) -> None:
    before = git(shared.target, "for-each-ref")
    named = value.format(canary=canary.program)
    place = [] if flag == "--repository" else ["--repository", shared.url]
    for words in ([*place, f"{flag}={named}"], [*place, flag, named]):
        done = shared.run("publish", "prod", *words)
        assert (done.returncode, done.stdout) == (2, ""), (words, done.stderr)
        assert "secret" not in done.stderr
        assert not set(done.stderr) & set("\x1b\u202e\u200b") or "\u200b" in done.stderr
    assert canary.silent()
    assert git(shared.target, "for-each-ref") == before


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_of_an_environment_is_refused(shared: World, canary: Canary, name: str) -> None:
    done = shared.run("publish", "--repository", shared.url, "--", name.format(canary=canary.program))
    assert (done.returncode, done.stdout) == (2, "")
    assert canary.silent()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("repository", it) for it in (*REPOSITORIES, "file:///etc", "{canary}", "https://x/\ny")),
        *(("branch", it) for it in BRANCHES),
        *(("path", it) for it in PATHS),
    ],
)
def test_a_hostile_name_in_the_environment_file_is_refused(shared: World, canary: Canary, key: str, value: str) -> None:
    file = shared.source / "environments/prod.yaml"
    text = file.read_text().partition("gitops:")[0]
    file.write_text(f"{text}gitops: {{{key}: {json.dumps(value.format(canary=canary.program))}}}\n")
    done = shared.run("publish", "prod")
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert canary.silent()


@pytest.mark.parametrize("environments", [("../x",), ("prod", "../x")])
def test_a_file_of_an_environment_with_a_hostile_name_is_none(world: World, environments: tuple[str, ...]) -> None:
    done = world.publish(*environments)
    assert done.returncode == 2
    assert not world.tip()


@pytest.mark.parametrize("url", ["file:///etc", "file:///", "file:///nowhere", "/etc"])
def test_a_folder_that_is_no_repository_is_left_alone(world: World, url: str) -> None:
    done = world.run("publish", "prod", "--repository", url)
    assert (done.returncode, done.stdout) == (6, "")
    assert "[publish-remote]" in done.stderr


# --- what stands in the target ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "rule"),
    [
        ({"envs": ("120000", "elsewhere"), "elsewhere/x": "x"}, "publish-foreign"),
        ({"envs/prod": ("120000", "../elsewhere"), "elsewhere/x": "x"}, "publish-foreign"),
        ({"envs": "a file"}, "publish-foreign"),
        ({"envs/prod": "a file"}, "publish-foreign"),
        ({"envs": ("160000", "a" * 40)}, "publish-foreign"),
        (
            {"envs/prod": ("160000", "a" * 40), ".gitmodules": '[submodule "x"]\npath = envs/prod\nurl = ext::x\n'},
            "publish-foreign",
        ),
        ({"Envs/prod/x": "x"}, "publish-case"),
        ({"ENVS": ("120000", "/etc")}, "publish-case"),
        ({"envs/PROD/x": "x"}, "publish-case"),
        ({"envs/Prod": "a file"}, "publish-case"),
        ({"env\u017f/prod/x": "x"}, "publish-case"),
    ],
)
def test_what_stands_in_the_way_is_neither_followed_nor_written_over(
    world: World, there: dict[str, str | tuple[str, str] | None], rule: str
) -> None:
    tip = world.by_hand({"README.md": "r", **there})
    for words in ((), ("--adopt",)):
        done = world.publish(*words)
        assert (done.returncode, done.stdout) == (5, ""), done.stderr
        assert f"[{rule}]" in done.stderr
        assert world.tip() == tip


@pytest.mark.parametrize(
    "path",
    [
        "components/web/base/SERVICE.yaml",
        "Components/web/x",
        "components/WEB",
        ".Codemie-Manifests.LOCK.json",
        "ARGOCD",
    ],
)
def test_a_foreign_file_that_differs_by_case_only_is_told(world: World, path: str) -> None:
    world.published()
    tip = world.by_hand({f"envs/prod/{path}": "x"})
    world.change(3)
    for words in ((), ("--adopt",)):
        done = world.publish(*words)
        assert done.returncode == 5
        assert "[publish-case]" in done.stderr
    assert world.tip() == tip


def test_beside_our_environment_other_letters_are_others(world: World) -> None:
    world.by_hand({"envs/prod2/README.MD": "x", "envs/prod2/readme.md": "y", "ENVS2/prod/x": "z"})
    world.published()
    assert world.is_equal()


def hostile_locks() -> dict[str, str]:
    """Return lock files that somebody else wrote, by what is wrong with them."""
    blob = "b" * 40
    made = {"repository": "", "commit": "c" * 40, "dirty": False}
    lock = {
        "schema": 1,
        "environment": "prod",
        "generatorVersion": "0.0.1",
        "source": made,
        "contentHash": "x",
        "files": {},
    }

    def files(*paths: str) -> str:
        return json.dumps({**lock, "files": dict.fromkeys(paths, blob)})

    return {
        "outside": files("../dev/x", "../../README.md", "a/../../../README.md"),
        "absolute": files("/README.md", "/etc/passwd", "//x"),
        "git": files(".git/config", ".git/hooks/pre-receive", ".git"),
        "itself": files(LOCK, "", ".", "./x"),
        "control": files("\x1b]0;x\x07", "a\nb", "a\x00b", "\u202e"),
        "no hex": json.dumps({**lock, "files": {"theirs": "--not-hex", "x": "main", "y": ""}}),
        "twice": json.dumps(lock)[:-1] + ', "files": {"theirs": "x"}, "schema": 1}',
        "deep": '{"schema": ' + "[" * 200_000,
        "huge": files(*(f"{number:07}" for number in range(150_000))),
        "text": "a lock",
        "list": "[]",
        "types": json.dumps({**lock, "files": [1]}),
        "number": json.dumps({**lock, "generatorVersion": "9" * 5000}),
        "commit": json.dumps({**lock, "source": {**made, "commit": "--output=x"}}),
        "name": json.dumps({**lock, "source": {**made, "commit": "HEAD"}}),
        "escape": json.dumps({**lock, "source": {**made, "repository": "\x1b[2J\x1b]0;owned\x07"}, "\x1b[31m": 1}),
    }


@pytest.mark.parametrize("kind", list(hostile_locks()))
def test_a_hostile_lock_takes_nothing_away(world: World, kind: str) -> None:
    world.published("dev")
    others = {"README.md": "r", "envs/prod/theirs": "t", ".git2/x": "x"}
    tip = world.by_hand({**others, f"envs/prod/{LOCK}": hostile_locks()[kind]})
    before = {path: entry for path, entry in world.entries().items() if not path.endswith(f"prod/{LOCK}")}
    done = world.publish()
    assert (done.returncode, done.stdout) == (5, ""), done.stderr
    assert world.tip() == tip
    assert not set(done.stderr) & set("\x1b\x07\x00\u202e")
    assert len(done.stderr) < 20_000
    done = world.publish("--adopt", "--allow-mass-delete")
    assert done.returncode in (0, 5), done.stderr
    assert world.entries().items() >= before.items()
    assert world.is_sound()
    assert not set(world.message()) & set("\x1b\x07\x00")
    if done.returncode == 0:
        assert world.is_equal()
        assert set(world.lock()["files"]) == set(world.rendered())


def test_a_link_for_a_lock_is_no_lock(world: World) -> None:
    world.published()
    world.by_hand({f"envs/prod/{LOCK}": ("120000", "../dev/.codemie-manifests.lock.json")})
    done = world.publish()
    assert done.returncode == 5
    assert "[publish-unmanaged]" in done.stderr
    world.published("--adopt")
    assert world.entries()[f"envs/prod/{LOCK}"].mode == "100644"


# --- what git is told -------------------------------------------------------------------------------------------------


def hostile_settings(canary: Canary, elsewhere: Path, hooks: Path) -> str:
    """Return a configuration of git by which each thing it does would run the canary, or go elsewhere."""
    run = canary.program
    return f"""
[core]
  autocrlf = true
  eol = crlf
  hooksPath = {hooks}
  fsmonitor = {run}
  sshCommand = {run}
  gitProxy = {run}
  pager = {run}
  editor = {run}
  askPass = {run}
  attributesFile = {elsewhere}/attributes
  alternateRefsCommand = {run}
  symlinks = true
[init]
  templateDir = {elsewhere}/template
[gpg]
  program = {run}
[url "file://{elsewhere}/other.git"]
  insteadOf = file://
  pushInsteadOf = file://
[alias]
  fetch = !{run}
  push = !{run}
  status = !{run}
[filter "evil"]
  clean = {run}
  smudge = {run}
  process = {run}
  required = true
[diff]
  external = {run}
[diff "evil"]
  command = {run}
  textconv = {run}
[merge "evil"]
  driver = {run}
[include]
  path = {elsewhere}/more
[credential "https://other.invalid"]
  helper = !{run}
[uploadpack]
  packObjectsHook = {run}
[receive]
  procReceiveRefs = refs
[remote "origin"]
  uploadpack = {run}
  receivepack = {run}
  proxy = http://127.0.0.1:1
  push = refs/heads/*:refs/heads/other/*
  mirror = true
[push]
  followTags = true
  pushOption = x
  gpgSign = if-asked
[fetch]
  fsckObjects = true
  prune = true
[transfer]
  hideRefs = refs
[protocol]
  allow = always
[interactive]
  diffFilter = {run}
[trace2]
  eventTarget = {elsewhere}/trace
[browser "x"]
  cmd = {run}
"""


def hostile_variables(canary: Canary, elsewhere: Path) -> dict[str, str]:
    """Return variables of git, all of them evil."""
    run = str(canary.program)
    other = str(elsewhere / "other.git")
    settings = {
        "core.sshCommand": run,
        "core.hooksPath": str(elsewhere / "hooks"),
        "alias.fetch": f"!{run}",
        "core.fsmonitor": run,
    }
    counted = {
        name: text
        for number, (key, value) in enumerate(settings.items())
        for name, text in ((f"GIT_CONFIG_KEY_{number}", key), (f"GIT_CONFIG_VALUE_{number}", value))
    }
    return {
        **counted,
        "GIT_CONFIG_COUNT": str(len(settings)),
        "GIT_CONFIG_PARAMETERS": f"'core.fsmonitor={run}' 'url.file://{other}.insteadOf=file://'",
        "GIT_DIR": other, "GIT_WORK_TREE": str(elsewhere), "GIT_INDEX_FILE": str(elsewhere / "index"), "GIT_OBJECT_DIRECTORY": f"{other}/objects",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": f"{other}/objects", "GIT_COMMON_DIR": other, "GIT_NAMESPACE": "evil", "GIT_CEILING_DIRECTORIES": "/",
        "GIT_EXEC_PATH": str(elsewhere / "exec"), "GIT_TEMPLATE_DIR": str(elsewhere / "template"), "GIT_PROXY_COMMAND": run, "GIT_ASKPASS": run, "SSH_ASKPASS": run,
        "GIT_SSH": run, "GIT_SSH_COMMAND": f"{run} 'unfinished", "GIT_EXTERNAL_DIFF": run, "GIT_PAGER": run, "PAGER": run, "GIT_EDITOR": run, "EDITOR": run, "VISUAL": run,
        "GIT_SEQUENCE_EDITOR": run, "GIT_ATTR_SOURCE": "HEAD", "GIT_REPLACE_REF_BASE": "refs/heads", "GIT_GRAFT_FILE": str(elsewhere / "grafts"), "GIT_SHALLOW_FILE": "/dev/null",
        "GIT_DEFAULT_HASH": "sha256", "GIT_LITERAL_PATHSPECS": "1", "GIT_GLOB_PATHSPECS": "1", "GIT_ICASE_PATHSPECS": "1", "GIT_QUARANTINE_PATH": other, "GIT_PREFIX": "x",
        "GIT_ALLOW_PROTOCOL": "ext", "GIT_PROTOCOL_FROM_USER": "1", "GIT_TRACE": str(elsewhere / "trace"), "GIT_TRACE_PACKET": str(elsewhere / "trace"),
        "GIT_TRACE2": str(elsewhere / "trace"), "GIT_TRACE_CURL": str(elsewhere / "trace"), "GIT_PYTHON_TRACE": "full", "GIT_FLUSH": "0", "GIT_TEST_FSYNC": "1",
    }  # fmt: skip


def evil_world(world: World, canary: Canary, elsewhere: Path) -> dict[str, str]:
    """Lay evil out in a home, and return the variables that lead there."""
    for name in ("hooks", "template/hooks", "exec"):
        (elsewhere / name).mkdir(parents=True)
        programs = (
            "pre-push",
            "post-checkout",
            "reference-transaction",
            "pre-commit",
            "post-index-change",
            "update",
            "pre-receive",
            "git-upload-pack",
            "git-fetch",
            "git-push",
        )
        for program in programs:
            shutil.copy(canary.program, elsewhere / name / program)
    (elsewhere / "more").write_text(f"[core]\n  sshCommand = {canary.program}\n")
    (elsewhere / "attributes").write_text("* text eol=crlf filter=evil diff=evil merge=evil export-subst ident\n")
    git(elsewhere, "init", "--quiet", "--bare", "-b", "main", "other.git")
    home = elsewhere / "home"
    (home / ".config/git").mkdir(parents=True)
    (home / ".gitconfig").write_text(hostile_settings(canary, elsewhere, elsewhere / "hooks"))
    shutil.copy(elsewhere / "attributes", home / ".config/git/attributes")
    (home / ".config/git/ignore").write_text("*\n")
    for name in (".gitattributes", "envs/.gitattributes", "envs/prod/.gitattributes"):
        world.by_hand(
            {
                name: "* text eol=crlf filter=evil diff=evil merge=evil export-subst ident -delta working-tree-encoding=UTF-16\n"
            }
        )
    world.by_hand(
        {".gitmodules": '[submodule "x"]\npath = sub\nurl = https://evil.invalid/x\n', "sub": ("160000", "d" * 40)}
    )
    world.by_hand(
        {".lfsconfig": "[lfs]\nurl = http://127.0.0.1:1\n", ".githooks/pre-push": ("100755", "#!/bin/sh\nexit 1\n")}
    )
    return {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}


@pytest.mark.parametrize("how", ["settings", "variables", "both"])
def test_nothing_that_git_is_told_elsewhere_reaches_a_publish(
    world: World, canary: Canary, tmp_path: Path, how: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    home = evil_world(world, canary, elsewhere)
    given = {
        **(home if how != "variables" else {}),
        **(hostile_variables(canary, elsewhere) if how != "settings" else {}),
    }
    env = {**os.environ, **world.env, "PYTHONPATH": str(ROOT), **given}
    before = world.tip()

    def publish(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "generator", "publish", "prod", "--repository", world.url, *words]
        return subprocess.run(command, cwd=world.source, env=env, capture_output=True, text=True, check=False)

    done = publish("--dry-run", "--adopt")
    assert (done.returncode, world.tip()) == (0, before), done.stderr
    done = publish("--adopt")
    assert done.returncode == 0, done.stderr
    assert canary.silent()
    world.change(3)
    world.by_hand({"envs/prod/argocd/apps/web.yaml": "by hand"})
    done = publish()
    assert (done.returncode, "[publish-edited]" in done.stderr) == (5, True), done.stderr
    done = publish("--adopt")
    assert (done.returncode, "accept uncompared" in done.stderr) == (4, True), done.stderr
    done = publish("--adopt", "--accept", "uncompared")
    assert (done.returncode, unexpected(done.stderr)) == (0, "")
    assert canary.silent()
    assert world.is_equal()
    assert world.is_sound()
    assert lines(world.target, "rev-list", "--count", f"{before}..main") == ["3"]
    assert lines(world.target, "for-each-ref", "--format=%(refname)") == ["refs/heads/main"]
    assert not git(elsewhere / "other.git", "for-each-ref")
    assert not (elsewhere / "index").exists()
    assert {path.name for path in elsewhere.iterdir()} <= {
        "hooks",
        "template",
        "exec",
        "more",
        "attributes",
        "other.git",
        "home",
        "trace",
    }


def test_settings_of_the_source_repository_leak_nothing_of_ours(world: World, canary: Canary) -> None:
    config = world.source / ".git/config"
    with config.open("a") as stream:
        stream.write(
            "[log]\nshowSignature = true\n[i18n]\nlogOutputEncoding = UTF-16\n[status]\nrelativePaths = false\nshowUntrackedFiles = no\n[diff]\nnoprefix = true\n"
        )
        stream.write(f"[core]\nfsmonitor = {canary.program}\n[credential]\nhelper = !{canary.program}\n")
    commit_all(
        world.source,
        "Grüße",
        GIT_CONFIG_COUNT="1",
        GIT_CONFIG_KEY_0="core.fsmonitor",
        GIT_CONFIG_VALUE_0="false",
    )
    canary.sung.unlink(missing_ok=True)
    before = config.read_bytes()
    world.published(CODEMIE_GIT_TOKEN="a-token-that-nobody-guesses")  # noqa: S106
    assert ("Argocd-reference-commit-subject", "Grüße") in world.trailers()
    assert not canary.sung.exists() or "a-token" not in canary.sung.read_text()
    assert config.read_bytes() == before
    untracked = world.source / "templates/components/web/base/more.yaml.j2"
    untracked.write_text("x")
    assert "[source-dirty]" in world.publish().stderr or world.publish().returncode == 2


# --- what a server says -----------------------------------------------------------------------------------------------

ESCAPES = "\\033[2J\\033]0;owned\\007\\033[31mred\\033[0m \\233 31m \\b\\b\\b\\r overwritten \\342\\200\\256 hidden"


def hook(world: World, name: str, text: str) -> None:
    """Give the target a hook."""
    file = world.target / "hooks" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


@pytest.mark.parametrize("output", [(), ("--format", "json")])
@pytest.mark.parametrize("code", [0, 1])
def test_what_a_server_says_steers_no_terminal(world: World, code: int, output: tuple[str, ...]) -> None:
    hook(world, "pre-receive", f"printf '{ESCAPES}\\n' >&2; exit {code}")
    hook(world, "update", f"printf '{ESCAPES}\\n' >&2; printf '{ESCAPES}\\n'")
    done = world.publish(*output)
    assert done.returncode == (6 if code else 0), done.stderr
    said = done.stdout + done.stderr
    assert not set(said) & set("\x1b\x07\x08\r\x9b\u202e")
    assert bool(world.tip()) is not bool(code)


def test_a_server_that_says_very_much_is_cut_short(world: World) -> None:
    hook(world, "pre-receive", "yes this is refused | head -n 100000 >&2; exit 1")
    done = world.publish()
    assert done.returncode == 6
    assert len(done.stderr) < 5000


def test_a_name_of_a_branch_that_is_a_folder_of_branches_is_told_at_once(world: World) -> None:
    world.by_hand({"x": "x"})
    done = world.publish("--branch", "main/prod")
    assert done.returncode == 6
    assert "main" in done.stderr
    assert "[publish-rejected]" in done.stderr
