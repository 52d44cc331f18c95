"""The output is the old tree or the new one, whole, whatever happens to a render; the next command repairs the rest.

Every file of prod differs between the two trees, and a file that is not ours lies among them. Kills, failures and
signals come at moments drawn from a fixed seed; failures also come at every single call, on a tree of four files.
"""

import contextlib
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from command import ROOT, small_project, snapshot

from generator import workspace
from generator.tree import HEADER, File, Tree

SEED = 4
READY = "import sys; from generator.cli.main import run; sys.stdout.write('.'); sys.stdout.flush(); run()"
CALLS = "openat,getdents64,read,flock,mkdir,chmod,fchmod,write,fsync,linkat,rename,renameat2,unlinkat,rmdir"
WRITER = """
import json, sys
from pathlib import Path
from generator.errors import OutputUnwritable
from generator.tree import File, Tree
from generator.views import findings
from generator.workspace import write
try:
    write(Tree.of("prod", [File(*item) for item in json.loads(sys.argv[2]).items()]), Path(sys.argv[1]))
except OutputUnwritable as error:
    sys.stderr.write(findings.text(error.findings))
    sys.exit(6)
"""
TWO_RENAMES = """
import os, pathlib, signal, sys
from generator.workspace import swap
swap._exchange = lambda *_: False
renames, rename = [], pathlib.Path.rename
def killed(self, other):
    renames.append(self)
    if len(renames) == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, other)
pathlib.Path.rename = killed
"""


class Project:
    """A small project, whose prod can be set back to the old tree: all files differ from the new one."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = small_project(folder)
        self.output = folder / "output"
        self.scratch = folder / "tmp"
        self.scratch.mkdir()
        assert self.render("--no-check").returncode == 0
        rendered = snapshot(self.output / "prod")
        notes = {"components/notes.md": b"mine\n"}
        self.new = {**rendered, **notes}
        self.old = {path: data + b"# the old tree\n" for path, data in rendered.items()} | notes
        self.reset()

    def environ(self) -> dict[str, str]:
        keep = {"PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin", "HOME": str(self.folder)}
        return {**keep, "PYTHONPATH": str(ROOT), "TMPDIR": str(self.scratch), "XDG_CACHE_HOME": f"{self.folder}/cache"}

    def start(self, *words: str, before: tuple[str, ...] = (), ready: bool = False) -> "subprocess.Popen[str]":
        """Start a render of prod; with `ready` it prints a dot as soon as the command itself begins."""
        program = ["-c", READY] if ready else ["-m", "generator"]
        command = [*before, sys.executable, *program, "render", "prod", "--quiet", "--no-cache", *words]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environ(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def render(self, *words: str, before: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
        process = self.start(*words, before=before)
        stdout, stderr = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def reset(self) -> None:
        """Set prod back to the old tree; what lies beside it stays."""
        if snapshot(self.output / "prod") == self.old:
            return
        shutil.rmtree(self.output / "prod", ignore_errors=True)
        for path, data in self.old.items():
            (self.output / "prod" / path).parent.mkdir(parents=True, exist_ok=True)
            (self.output / "prod" / path).write_bytes(data)

    def state(self) -> str:
        """Return which tree stands; anything but the whole old or the whole new one fails the test."""
        found = snapshot(self.output / "prod")
        assert found in (self.old, self.new), {path for path in found if found[path] != self.new.get(path)}
        return "old" if found == self.old else "new"

    def leftovers(self) -> list[str]:
        beside = [path.name for path in self.output.iterdir() if path.name.startswith(".")]
        return sorted([*beside, *(path.name for path in self.scratch.iterdir() if not pythons_own(path))])

    def is_repaired_by_the_next_command(self) -> None:
        done = self.render()
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert (self.state(), self.leftovers()) == ("new", [])
        assert {path.suffix for path in self.folder.glob("cache/**/*") if path.is_file()} <= {".json"}


def pythons_own(path: Path) -> bool:
    """Whether it is the file by which Python itself tries whether it may write to TMPDIR, killed before it is removed."""
    return (
        re.fullmatch("[a-z0-9_]{8}", path.name) is not None and path.is_file() and path.read_bytes() in (b"", b"blat")
    )


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Project]]:
    """Two copies: tests use both processors."""
    folder = tmp_path_factory.mktemp("whole")
    yield [Project(folder / name) for name in "ab"]
    shutil.rmtree(folder)


def on_both(projects: list[Project], work: Callable[[Project, random.Random], list[str]]) -> list[str]:
    """Run `work` on both projects side by side, with seeds of their own; return all they tell."""
    with ThreadPoolExecutor() as pool:
        found = pool.map(work, projects, (random.Random(SEED + index) for index in range(len(projects))))  # noqa: S311
        return [item for told in found for item in told]


def seconds(project: Project, *words: str) -> float:
    project.reset()
    start = time.monotonic()
    assert project.render(*words).returncode == 0
    return time.monotonic() - start


def test_sixty_kills_leave_a_whole_tree_and_the_next_render_repairs(projects: list[Project]) -> None:
    def killed(project: Project, fate: random.Random, *words: str, window: float | None) -> str:
        """Kill a render within `window` seconds, or within a fraction of its writing; return what is there then."""
        project.reset()
        process = project.start(*words)
        if window is None:
            while process.poll() is None and not (project.output / ".prod.new").exists():
                time.sleep(0.0005)
            window = 0.04
        time.sleep(fate.random() * window)
        process.kill()
        process.communicate()
        beside = "with" if project.leftovers() else "without"
        return f"{project.state()} {beside} leftovers"

    def thirty(project: Project, fate: random.Random) -> list[str]:
        unchecked, checked = 1.2 * seconds(project, "--no-check"), 1.1 * seconds(project)
        found = [killed(project, fate, "--no-check", window=unchecked) for _ in range(10)]
        found += [killed(project, fate, "--no-check", window=None) for _ in range(12)]
        found += [killed(project, fate, window=checked) for _ in range(8)]
        project.is_repaired_by_the_next_command()
        return found

    found = on_both(projects, thirty)
    assert len(found) == 60
    assert {told.split()[0] for told in found} == {"old", "new"}
    assert found.count("old with leftovers") >= 10, found


@pytest.mark.parametrize(("rename", "stands"), [(1, True), (2, False), (3, True)])
def test_a_kill_around_the_two_renames_is_repaired(rename: int, *, stands: bool, projects: list[Project]) -> None:
    project = projects[0]
    project.reset()
    arguments = ["render", "prod", "--no-check", "--quiet"]
    code = f"{TWO_RENAMES.replace('sys.argv[3]', str(rename))}\nfrom generator.cli.main import run\nrun()"
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=project.folder, env=project.environ(), capture_output=True, check=False)
    assert done.returncode == (0 if rename == 3 else -signal.SIGKILL)
    assert (project.output / "prod").exists() == stands
    if stands:
        assert project.state() == ("new" if rename == 3 else "old")
    other = project.folder / "other"
    shutil.copytree(project.output, other)
    assert project.render("--no-check", "--out", str(other)).returncode == 0
    assert snapshot(other / "prod") == project.new
    project.is_repaired_by_the_next_command()
    shutil.rmtree(other)


def test_a_command_for_another_environment_repairs_too(projects: list[Project]) -> None:
    project = projects[0]
    project.reset()
    (project.output / "prod").rename(project.output / ".prod.old")
    shutil.copytree(project.output / "dev", project.output / ".prod.new")
    command = [sys.executable, "-m", "generator", "render", "dev", "--no-check", "--quiet"]
    subprocess.run(command, cwd=project.folder, env=project.environ(), check=True)
    assert (project.state(), project.leftovers()) == ("old", [])


class Call(NamedTuple):
    """The n-th call of a name."""

    name: str
    number: int


def strace(*words: str) -> tuple[str, ...]:
    return ("strace", "-f", "-y", "-qq", *words)


def disturbing(name: str, how: str) -> tuple[str, ...]:
    """Return the words that disturb calls of a name. A filter lets all others pass at full speed, but holds no signals."""
    filtered = () if how.startswith("signal=") else ("--seccomp-bpf",)
    return strace(*filtered, "-o", "/dev/null", "-e", f"trace={name}", "-e", f"inject={name}:{how}")


@pytest.fixture(scope="module")
def traced() -> None:
    """Skip where calls cannot be made to fail."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    command = [*disturbing("fsync", "error=EIO:when=1"), "true"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this kernel does not let us trace")


def calls(log: Path, output: Path) -> list[Call]:
    """Return each call of the first process in a log of strace that is about the output."""
    counts: dict[str, int] = {}
    found = []
    lines = log.read_text().splitlines()
    for line in lines:
        if match := re.match(lines[0].split()[0] + r" +(\w+)\((.*)", line):
            name, rest = match.groups()
            counts[name] = counts.get(name, 0) + 1
            if str(output) in rest and " = -1 " not in rest:  # what failed anyway, such as mkdir of a folder there is
                found.append(Call(name, counts[name]))
    return found


def failing(call: Call, index: int) -> tuple[str, ...]:
    return disturbing(call.name, f"error={('ENOSPC', 'EIO', 'EACCES')[index % 3]}:when={call.number}")


def small_texts(mark: str) -> dict[str, str]:
    texts = {"kustomization.yaml": "same", "a/base/a.yaml": mark, f"b{mark}/b.yaml": mark}
    return {path: f"{HEADER}: {text}" for path, text in texts.items()}


def write_small(output: Path, mark: str, *before: str) -> "subprocess.CompletedProcess[str]":
    command = [*before, sys.executable, "-c", WRITER, str(output), json.dumps(small_texts(mark))]
    env = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


class Small(NamedTuple):
    """Four files, one of them not ours: a write of them is short enough to fail at every call."""

    old: Path
    new: dict[str, bytes]
    calls: list[Call]


@pytest.fixture(scope="module")
def small(traced: None, tmp_path_factory: pytest.TempPathFactory) -> Small:
    del traced
    folder = tmp_path_factory.mktemp("small")
    assert write_small(folder / "old", "1").returncode == 0
    (folder / "old/prod/b1/notes.md").write_text("mine")
    shutil.copytree(folder / "old", folder / "new")
    log = folder / "log"
    assert (
        write_small(folder / "new", "2", *strace("--seccomp-bpf", "-o", str(log), "-e", f"trace={CALLS}")).returncode
        == 0
    )
    return Small(folder / "old", snapshot(folder / "new"), calls(log, folder / "new"))


def at_every_call(small: Small, folder: Path, disturb: Callable[[Call, int], tuple[str, ...]]) -> list[tuple[int, str]]:
    """Write the new tree over the old one once for each call, which `disturb` disturbs; return how each one ended."""

    def write(index: int) -> tuple[int, str]:
        output = folder / str(index)
        shutil.copytree(small.old, output)
        done = write_small(output, "2", *disturb(small.calls[index], index))
        found = {path: data for path, data in snapshot(output).items() if not path.startswith(".")}
        assert found in (snapshot(small.old), small.new), small.calls[index]
        state = "new" if found == small.new else "old"
        said = small.calls[index], done.stderr
        assert "Traceback" not in done.stderr, said
        assert (done.returncode, state, done.stderr.count("\n")) in {(0, "new", 0), (6, "old", 1), (-9, state, 0)}, said
        workspace.write(Tree.of("prod", [File(*item) for item in small_texts("2").items()]), output)
        assert snapshot(output) == small.new, said
        assert sorted(path.name for path in output.iterdir()) == ["prod"], said
        return done.returncode, state

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(write, range(len(small.calls))))


def test_a_failure_of_any_call_leaves_the_old_tree_and_one_line_or_the_new_one(small: Small, tmp_path: Path) -> None:
    assert {"mkdir", "write", "fsync", "linkat", "renameat2", "unlinkat"} <= {call.name for call in small.calls}
    found = at_every_call(small, tmp_path, failing)
    assert found.count((6, "old")) >= 40, found


def test_a_kill_at_any_call_leaves_a_whole_tree(small: Small, tmp_path: Path) -> None:
    changing = [call for call in small.calls if call.name not in ("openat", "read", "getdents64", "flock", "chmod")]
    small = small._replace(calls=changing)
    found = at_every_call(small, tmp_path, lambda call, _: disturbing(call.name, f"signal=KILL:when={call.number}"))
    assert {(-9, "old"), (-9, "new")} <= set(found)


def test_a_failing_call_of_a_whole_render_ends_with_6_and_one_line(traced: None, projects: list[Project]) -> None:
    del traced

    def some(project: Project, fate: random.Random) -> list[str]:
        project.reset()
        log = project.folder / "log"
        assert (
            project.render(
                "--no-check", before=strace("--seccomp-bpf", "-o", str(log), "-e", f"trace={CALLS}")
            ).returncode
            == 0
        )
        about = calls(log, project.output)
        names = sorted({call.name for call in about})
        chosen = [fate.choice([call for call in about if call.name == name]) for name in names]
        found = []
        for index, call in enumerate([*chosen, *fate.sample(about, 6)]):
            project.reset()
            done = project.render("--no-check", before=failing(call, index))
            end = (done.returncode, project.state(), done.stderr.count("\n"))
            assert end in {(0, "new", 0), (6, "old", 1)}, (call, done.stderr)
            found.append(f"{done.returncode}")
        project.is_repaired_by_the_next_command()
        return found

    assert {"0", "6"} <= set(on_both(projects, some))


def test_without_renameat2_the_render_is_the_same(traced: None, projects: list[Project]) -> None:
    del traced
    projects[0].reset()
    missing = disturbing("renameat2", "error=ENOSYS")
    assert projects[0].render("--no-check", before=missing).returncode == 0
    assert (projects[0].state(), projects[0].leftovers()) == ("new", [])


def test_no_room_for_kustomize_is_told_and_the_old_tree_stands(traced: None, projects: list[Project]) -> None:
    del traced
    project = projects[0]
    project.reset()
    log = project.folder / "log"
    assert project.render(before=strace("--seccomp-bpf", "-o", str(log), "-e", "trace=mkdir,write")).returncode == 0
    for call in random.Random(SEED).sample(calls(log, project.scratch), 6):  # noqa: S311
        project.reset()
        done = project.render(before=failing(call, 0))
        assert (done.returncode, project.state(), done.stderr.count("\n")) == (6, "old", 1), (call, done.stderr)
        assert done.stderr.endswith("No space left on device; the old tree stands [output]\n")
    project.is_repaired_by_the_next_command()


@pytest.mark.parametrize(("renders", "words"), [(2, ()), (4, ("--no-check",))])
def test_renders_at_once_leave_the_whole_tree_of_one(
    renders: int, words: tuple[str, ...], projects: list[Project], tmp_path: Path
) -> None:
    sources = [tmp_path / str(index) for index in range(renders)]
    trees = []
    for index, folder in enumerate(sources):
        shutil.copytree(projects[0].folder / "templates", folder / "templates")
        shutil.copytree(projects[0].folder / "environments", folder / "environments")
        prod = folder / "environments/prod.yaml"
        prod.write_text(prod.read_text().replace("environment: prod", f"environment: prod{index}"))
        root = ("--root", str(folder))
        assert projects[0].render("--no-check", *root, "--out", str(tmp_path / f"alone{index}")).returncode == 0
        trees.append(snapshot(tmp_path / f"alone{index}"))
    assert len({frozenset(tree.items()) for tree in trees}) == renders
    shared = tmp_path / "shared"
    for _ in range(2):
        running = [projects[0].start(*words, "--root", str(folder), "--out", str(shared)) for folder in sources]
        ends = [(*process.communicate(timeout=60), process.returncode) for process in running]
        assert ends == [("", "", 0)] * renders
        assert snapshot(shared) in trees
        assert [path.name for path in shared.iterdir()] == ["prod"]


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGINT, 130, "interrupted; nothing was left half-written"), (signal.SIGTERM, 143, "")],
)
def test_an_interruption_at_any_moment_leaves_a_whole_tree(
    number: signal.Signals, code: int, said: str, projects: list[Project]
) -> None:
    def some(project: Project, fate: random.Random) -> list[str]:
        found = []
        lasts = {words: seconds(project, *words) for words in [("--no-check",), ()]}
        for words in [("--no-check",)] * 6 + [()] * 2:
            project.reset()
            process = project.start(*words, ready=True)
            assert process.stdout
            assert process.stdout.read(1) == "."
            time.sleep(0.002 + fate.random() * lasts[words] * 0.8)
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
            _, stderr = process.communicate(timeout=10)
            state = project.state()
            assert (process.returncode, stderr.strip()) in {(code, said), (0, "")}, stderr
            assert state == "new" or process.returncode == code
            found.append(f"{state} {process.returncode}")
        project.is_repaired_by_the_next_command()
        return found

    found = on_both(projects, some)
    assert found.count(f"old {code}") >= 4, found
