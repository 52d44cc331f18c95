"""Publishing to real servers that fail: over TLS, over ssh, with full disks, kills and a clock in 1970.

Each time the branch is at the old commit or at the new one, the next run succeeds, and the message says what to do.
"""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from git_servers import TRIAL, Authority, Bare, Cut, Https, Project, Scene, Ssh, below, ended, git, served, sshd

pytestmark = pytest.mark.real

SEED = 9
TOKEN = "not/a+real=token%of~anybody"  # noqa: S105  characters that are written otherwise in URLs
LOST = "whether it came through is not known: run it again, it finds out"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def published(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Bare:
    """Return a repository that is published to once; the project has changed since."""
    bare = Bare.made(tmp_path_factory.mktemp("published") / "envs.git")
    assert project.publish(bare.url).returncode == 0
    project.change()
    return bare


@pytest.fixture
def scene(project: Project, published: Bare, tmp_path: Path) -> Scene:
    shutil.copytree(published.folder, tmp_path / "served/envs.git")
    return Scene(project, Bare(tmp_path / "served/envs.git"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("authority") / "made")


@pytest.fixture
def https(scene: Scene, authority: Authority) -> Iterator[Https]:
    with served(scene.bare.folder.parent, authority.tls("IP:127.0.0.1")) as server:
        server.tokens = {TOKEN: "write"}
        yield server


@pytest.fixture
def known(authority: Authority) -> dict[str, str]:
    """Return what the environment must say to publish over TLS."""
    return {"GIT_SSL_CAINFO": authority.file, "CODEMIE_GIT_TOKEN": TOKEN}


@pytest.fixture
def tls(scene: Scene, https: Https) -> Scene:
    return scene._replace(address=https.url("envs.git"))


@pytest.fixture(scope="module")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ssh]:
    with sshd(tmp_path_factory.mktemp("ssh") / "sshd") as server:
        yield server


# ── who we are, who they are ────────────────────────────────────────────────────────────────────────────────────────


def test_over_tls_with_a_token(tls: Scene, https: Https, known: dict[str, str]) -> None:
    tls.next_run_publishes(tls.bare.tip(), **known)
    assert https.users == {"x-access-token"}


def test_over_plain_http_on_loopback(scene: Scene) -> None:
    with served(scene.bare.folder.parent) as server:
        scene._replace(address=server.url("envs.git")).next_run_publishes(scene.bare.tip())


def test_over_ssh(scene: Scene, ssh: Ssh) -> None:
    scene._replace(address=ssh.url(scene.bare)).next_run_publishes(scene.bare.tip(), GIT_SSH_COMMAND=ssh.command())


@pytest.mark.parametrize(
    ("may", "said"),
    [
        ("expired", ("it refuses our credentials", "renew the token (CODEMIE_GIT_TOKEN)")),
        ("read", ("these credentials may not write", "give the token write access to this repository")),
    ],
)
def test_a_token_that_may_not(may: str, said: tuple[str, ...], tls: Scene, https: Https, known: dict[str, str]) -> None:
    old = tls.bare.tip()
    https.tokens = {TOKEN: may}
    tls.refused("publish-remote", *said, env=known)
    https.tokens = {TOKEN: "write"}
    tls.next_run_publishes(old, **known)


def test_no_token_at_all(tls: Scene, known: dict[str, str]) -> None:
    old = tls.bare.tip()
    tls.refused("it asks who we are", "set CODEMIE_GIT_TOKEN", env={"GIT_SSL_CAINFO": known["GIT_SSL_CAINFO"]})
    tls.next_run_publishes(old, **known)


def test_a_repository_that_is_not_there(scene: Scene, https: Https, known: dict[str, str]) -> None:
    other = scene._replace(address=https.url("other.git"))
    other.refused("there is no such repository", "compare gitops.repository with its address", env=known)


def test_an_authority_that_nobody_trusts(tls: Scene, known: dict[str, str]) -> None:
    tls.refused("its certificate is not trusted", "GIT_SSL_CAINFO names the file", env={"CODEMIE_GIT_TOKEN": TOKEN})
    tls.next_run_publishes(tls.bare.tip(), **known)


def test_the_certificate_of_another_host(scene: Scene, authority: Authority, known: dict[str, str]) -> None:
    with served(scene.bare.folder.parent, authority.tls("DNS:other.example.com")) as server:
        server.tokens = {TOKEN: "write"}
        other = scene._replace(address=server.url("envs.git"))
        other.refused("its certificate is for another host", "compare gitops.repository", env=known)
        assert server.users == set()


def test_a_redirect_takes_no_credentials_elsewhere(
    scene: Scene, tls: Scene, https: Https, known: dict[str, str]
) -> None:
    with served(scene.bare.folder.parent) as other:
        other.tokens = {"another": "write"}
        https.redirect = other.url("envs.git")
        tls.refused("it answers from another address", "compare gitops.repository with its address", env=known)
        assert other.users == set()


def test_a_server_that_is_not_there(scene: Scene, https: Https) -> None:
    address = https.url("envs.git")
    https.server.shutdown()
    https.server.server_close()
    scene._replace(address=address).refused("it cannot be reached", "is it up")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"known": "no_hosts"}, ("its host key is not known", "ssh-keyscan")),
        ({"known": "changed_hosts"}, ("its host key is not the one we know", "ask who runs it")),
        ({"key": "stranger"}, ("it refuses our key", "ssh-add the key")),
    ],
)
def test_ssh_to_somebody_we_do_not_know_or_who_does_not_know_us(
    files: dict[str, str], said: tuple[str, ...], scene: Scene, ssh: Ssh
) -> None:
    over = scene._replace(address=ssh.url(scene.bare))
    before = (ssh.folder / "no_hosts").read_text()
    over.refused(*said, env={"GIT_SSH_COMMAND": ssh.command(**files)})
    assert (ssh.folder / "no_hosts").read_text() == before
    over.next_run_publishes(scene.bare.tip(), GIT_SSH_COMMAND=ssh.command())


# ── connections that end ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.HALF])
def test_a_push_that_does_not_arrive(cut: Cut, tls: Scene, https: Https, known: dict[str, str]) -> None:
    old = tls.bare.tip()
    https.cuts = [cut]
    tls.refused("publish-remote", "the connection ended", "run it again, it does nothing twice", env=known)
    https.is_idle()
    tls.next_run_publishes(old, **known)


@pytest.mark.parametrize("cut", [Cut.AFTER, Cut.HALF_ANSWER])
def test_a_push_whose_answer_is_lost_ends_as_published(
    cut: Cut, tls: Scene, https: Https, known: dict[str, str]
) -> None:
    old = tls.bare.tip()
    https.cuts = [cut]
    done = tls.publish(**known)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"published {tls.bare.tip()[:12]}" in done.stdout
    tls.is_published(old)
    assert "nothing to do" in tls.publish(**known).stdout
    tls.is_published(old)


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
def test_a_server_that_is_gone_after_a_push(cut: Cut, tls: Scene, https: Https, known: dict[str, str]) -> None:
    """Nobody can say whether the push came through; the next run finds out, and does nothing twice."""
    old = tls.bare.tip()
    https.cuts = [cut]
    https.before_receive = lambda: setattr(https, "gone", True)
    done = tls.publish(**known)
    https.is_idle()
    assert (done.returncode, LOST in done.stderr) == (6, True), done.stderr
    assert (tls.bare.tip() == old) == (cut is Cut.BEFORE)
    https.gone = False
    again = tls.publish(**known)
    assert ("nothing to do" in again.stdout) == (cut is Cut.AFTER)
    tls.is_published(old)


def test_a_server_that_says_nothing_is_given_up(tls: Scene, https: Https, known: dict[str, str]) -> None:
    old = tls.bare.tip()
    https.cuts = [Cut.HANG]
    began = time.monotonic()
    tls.refused("publish-remote", "it is too slow, or says nothing", "run it again, it does nothing twice", env=known)
    assert time.monotonic() - began < 200
    https.released.set()
    https.is_idle()
    tls.next_run_publishes(old, **known)


def test_another_push_just_before_ours_is_kept(tls: Scene, https: Https, known: dict[str, str]) -> None:
    other = tls.bare.add({"README.md": "another history"})
    https.before_receive = lambda: tls.bare.set(other)
    tls.next_run_publishes(other, **known)


def test_an_ssh_connection_that_ends_in_a_push(scene: Scene, ssh: Ssh) -> None:
    old, over = scene.bare.tip(), scene._replace(address=ssh.url(scene.bare))
    hook = scene.bare.hook("pre-receive", "kill -9 $(ps -o ppid= -p $PPID) $PPID")
    over.refused("publish-remote", "the connection ended", env={"GIT_SSH_COMMAND": ssh.command()})
    hook.unlink()
    hook = scene.bare.hook("post-receive", "kill -9 $(ps -o ppid= -p $PPID) $PPID")
    done = over.publish(GIT_SSH_COMMAND=ssh.command())
    assert (done.returncode, done.stderr) == (0, "")
    scene.is_published(old)
    hook.unlink()
    assert "nothing to do" in over.publish(GIT_SSH_COMMAND=ssh.command()).stdout


@pytest.mark.parametrize("name", ["refs/heads/main.lock", "HEAD.lock", "packed-refs.lock", "shallow.lock"])
def test_a_lock_that_was_left_behind_in_the_repository(name: str, scene: Scene) -> None:
    old, lock = scene.bare.tip(), scene.bare.folder / name
    git(scene.bare.folder, "pack-refs", "--all")
    lock.parent.mkdir(exist_ok=True, parents=True)
    lock.touch()
    done = scene.publish()
    if done.returncode == 0:
        scene.is_published(old)
        scene.bare.set(old)
        scene.bare.git("reflog", "expire", "--expire=all", "--all")
    else:
        assert done.returncode == 6, done.stderr
        assert Path(name).name in done.stderr
        assert "delete it there if no push is at work" in done.stderr
        scene.is_untouched(old)
    lock.unlink()
    scene.next_run_publishes(old)


# ── disks, clocks, large repositories ───────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """Let a folder be a disk of so many KiB; skip where we may not mount."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("we may not mount a small disk here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_temporary_disk(scene: Scene, tmp_path: Path) -> None:
    old, ends = scene.bare.tip(), []
    for size in (4, 8, 16, 32, 48, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 768):
        with small_disk(tmp_path / "small", size):
            done = scene.publish(TMPDIR=str(tmp_path / "small"))
            assert done.returncode in (0, 6), (size, done.stderr)
            assert list((tmp_path / "small").iterdir()) == [], size
        ends.append(done.returncode)
        if done.returncode == 0:
            scene.is_published(old)
            scene.bare.set(old)
        else:
            scene.is_untouched(old)
            assert "Traceback" not in done.stderr
            assert "TMPDIR names another folder" in done.stderr or "is the disk full?" in done.stderr, (
                size,
                done.stderr,
            )
    assert ends.count(6) >= 4, ends
    assert ends[-1] == 0, ends
    scene.next_run_publishes(old)


def test_a_full_disk_of_the_server(scene: Scene, tmp_path: Path) -> None:
    old, ends = scene.bare.tip(), []
    for room in (0, 4, 8, 12, 16, 24, 32, 48, 64, 128, 512):
        with small_disk(tmp_path / "small", 2048):
            full = scene._replace(bare=Bare(shutil.copytree(scene.bare.folder, tmp_path / "small/envs.git")))
            free = shutil.disk_usage(tmp_path / "small").free
            (tmp_path / "small/filler").write_bytes(bytes(free - room * 1024))
            done = full.publish()
            ends.append(done.returncode)
            if done.returncode == 0:
                full.is_published(old)
            else:
                assert done.returncode == 6, (room, done.stderr)
                assert "a disk is full" in done.stderr, (room, done.stderr)
                full.is_untouched(old)
            (tmp_path / "small/filler").unlink()
            if done.returncode:
                full.next_run_publishes(old)
    assert {0, 6} <= set(ends), ends
    scene.next_run_publishes(old)


def test_files_that_may_not_grow(scene: Scene) -> None:
    """A limit of the file size: what a quota does, on any machine."""
    old = scene.bare.tip()
    for limit in (0, 1, 100, 1000, 5000):
        code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); from generator.cli.main import run; run()"
        command = [sys.executable, "-c", code, "publish", "prod", "--repository", scene.bare.url]
        done = subprocess.run(
            command,
            cwd=scene.project.folder,
            env=scene.project.environ(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 6), (limit, done.stderr)
        assert "Traceback" not in done.stderr
        assert (limit, done.returncode) != (0, 0)
        if done.returncode == 0:
            scene.is_published(old)
            scene.bare.set(old)
        for left in scene.project.tmp.glob("codemie-publish-*"):  # whoever may write nothing cannot tidy up
            shutil.rmtree(left)
        scene.is_untouched(old)
    scene.next_run_publishes(old)


FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@pytest.fixture
def past(tmp_path: Path) -> dict[str, str]:
    """Return what the environment must say to live in 1970, git too."""
    if FAKETIME is None:
        pytest.skip("faketime is not installed (apt-get install faketime)")
    # The monotonic clock is faked as well: without that, this library lets nobody wake up who sleeps by it.
    clock = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "@1970-01-01 00:00:10"}
    said = " ".join(f"{key}='{value}'" for key, value in clock.items())
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text(f'#!/bin/sh\nexec env {said} {shutil.which("git")} "$@"\n')
    (tmp_path / "bin/git").chmod(0o755)
    return {**clock, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}


def test_a_clock_in_1970(scene: Scene, past: dict[str, str]) -> None:
    asked = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "var", "GIT_COMMITTER_IDENT"]
    said = subprocess.run(asked, env=scene.project.environ(**past), capture_output=True, text=True, check=True)
    assert int(said.stdout.split()[-2]) < 100
    scene.next_run_publishes(scene.bare.tip(), **past)
    assert int(scene.bare.git("show", "-s", "--format=%ct", "main")) > 1_700_000_000  # that of the source's commit


def test_a_certificate_and_a_clock_in_1970(tls: Scene, known: dict[str, str], past: dict[str, str]) -> None:
    tls.refused("its certificate is not trusted", "is the clock right?", env={**known, **past})
    tls.next_run_publishes(tls.bare.tip(), **known)


MIB = 1 << 20


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Bare:
    """Return a repository of 20,000 files of others, with 300 MiB in its history that its tip does not have."""
    bare = Bare.made(tmp_path_factory.mktemp("large") / "envs.git", ("core.compression", "0"), ("gc.auto", "0"))
    who = "committer Somebody <somebody@example.com> 1700000000 +0000"
    importing = subprocess.Popen(["git", "fast-import", "--quiet"], cwd=bare.folder, stdin=subprocess.PIPE)
    assert importing.stdin
    write = importing.stdin.write
    for number in range(30):
        data = random.Random(number).randbytes(10 * MIB)  # noqa: S311  no secret
        write(
            f"commit refs/heads/main\n{who}\ndata 4\npast\nM 100644 inline past-{number}\ndata {len(data)}\n".encode()
        )
        write(data + b"\n")
    write(f"commit refs/heads/main\n{who}\ndata 3\nnow\n".encode() + b"".join(b"D past-%d\n" % n for n in range(30)))
    for number in range(20_000):
        text = f"number {number}: " + random.Random(number).randbytes(500).hex() + "\n"  # noqa: S311
        write(f"M 100644 inline apps/{number % 200}/{number}.yaml\ndata {len(text)}\n{text}".encode())
    importing.stdin.close()
    assert importing.wait(300) == 0
    assert len(bare.git("ls-tree", "-r", "main").splitlines()) == 20_000
    return bare


def measured(project: Project, bare: Bare) -> tuple["subprocess.CompletedProcess[str]", int]:
    """Publish, and return the largest size that the temporary folder had meanwhile."""
    process = project.start("publish", "prod", "--repository", bare.url)
    largest = 0
    while process.poll() is None:
        size = 0
        for path in below(project.tmp):
            with contextlib.suppress(OSError):
                size += path.stat().st_size
        largest = max(largest, size)
        time.sleep(0.005)
    stdout, stderr = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, TRIAL.sub("", stderr)), largest


@pytest.mark.parametrize(("filters", "room"), [("true", 8 * MIB), ("false", 60 * MIB)])
def test_a_large_repository_of_others(filters: str, room: int, large: Bare, project: Project) -> None:
    """With filters we fetch names, without them the tip's files too, and never the history."""
    old = large.tip()
    large.git("config", "uploadpack.allowFilter", filters)
    began = time.monotonic()
    done, largest = measured(project, large)
    took = time.monotonic() - began
    assert (done.returncode, done.stderr) == (0, "")
    assert 100_000 < largest < room, largest
    assert took < 60
    assert large.files() == project.rendered
    assert large.history()[1] == old
    assert len(large.git("ls-tree", "-r", "--name-only", "main", "apps/").splitlines()) == 20_000
    project.is_untouched()
    assert "nothing to do" in project.publish(large.url).stdout
    large.git("fsck", "--strict", "--connectivity-only", "--no-dangling", "--no-progress")
    large.set(old)
    print(f"filters {filters}: {largest // 1024} KiB, {took:.1f} s")  # noqa: T201


# ── kill -9 ─────────────────────────────────────────────────────────────────────────────────────────────────────────

KILLS = 200


class Killed:
    """One publisher that is killed, with a repository of its own. What it asks git for is written down as it starts."""

    def __init__(self, scene: Scene, env: dict[str, str], server: Https | None, folder: Path) -> None:
        self.scene, self.server, self.log = scene, server, folder / "calls"
        (folder / "bin").mkdir()
        (folder / "bin/git").write_text(f'#!/bin/sh\necho "$1" >> {self.log}\nexec {shutil.which("git")} "$@"\n')
        (folder / "bin/git").chmod(0o755)
        self.env = {**env, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
        self.old = scene.bare.tip()
        self.found: list[str] = []
        began = time.monotonic()
        first = self.start()
        first.communicate(timeout=60)
        assert first.returncode == 0
        self.lasts = time.monotonic() - began
        self.calls = self.asked()
        assert "push" in self.calls

    def start(self) -> "subprocess.Popen[str]":
        self.scene.bare.set(self.old)
        self.log.write_text("")
        url = self.scene.address or self.scene.bare.url
        return self.scene.project.start("publish", "prod", "--repository", url, **self.env)

    def asked(self) -> list[str]:
        return self.log.read_text().split()

    def kill(self, fate: random.Random) -> None:
        """Kill a publish at some moment, with its children or without: anywhere, in a call of git, or in the push."""
        moment = fate.choice(("anywhere", "call", "call", "push", "push"))
        number, share, alone = fate.randint(1, len(self.calls)), fate.random(), fate.random() < 0.4
        if moment == "push":
            number = self.calls.index("push") + 1
        process = self.start()
        while moment != "anywhere" and process.poll() is None and len(self.asked()) < number:
            time.sleep(0.001)
        time.sleep(share * self.lasts * {"anywhere": 1.0, "call": 0.05, "push": 0.4}[moment])
        with contextlib.suppress(ProcessLookupError):
            (os.kill if alone else os.killpg)(process.pid, signal.SIGKILL)
        process.communicate(timeout=120)
        ended(process.pid)
        if self.server:
            self.server.is_idle()
        self.judge(process.returncode)

    def judge(self, code: int) -> None:
        bare, project = self.scene.bare, self.scene.project
        assert code in (0, -signal.SIGKILL)
        tip = bare.tip()
        bare.is_whole()
        if tip != self.old:
            assert bare.files() == project.rendered
            assert bare.history()[1] == self.old
        else:
            assert code != 0
        left = [name for name in project.leftovers() if name.startswith("codemie-publish-")]
        self.found.append(
            f"{'old' if tip == self.old else 'new'}{' left' if left else ''}{' ended' if code == 0 else ''}"
        )
        project.is_untouched()
        self.again(tip)

    def again(self, tip: str) -> None:
        """Assert that the next run publishes what is not published, takes away what is a day old, and leaves the rest."""
        project, bare = self.scene.project, self.scene.bare
        for name in project.leftovers():
            os.utime(project.tmp / name, (time.time() - 90000,) * 2)
        done = self.scene.publish(**self.env)
        if done.returncode and not self.server:  # of file://, the server's side is our child and was killed with us
            assert "delete it there if no push is at work" in done.stderr, done.stderr
            for lock in bare.folder.rglob("*.lock"):
                assert lock.name in done.stderr
                lock.unlink()
            self.found[-1] += " locked"
            done = self.scene.publish(**self.env)
        assert (done.returncode, done.stderr) == (0, "")
        assert ("nothing to do" in done.stdout) == (tip != self.old)
        assert bare.files() == project.rendered
        assert bare.history()[1] == self.old
        assert project.leftovers() == []
        for lock in bare.folder.rglob("*.lock"):
            assert not self.server
            lock.unlink()


def test_kill_9_at_any_moment_leaves_the_old_commit_or_the_new_one(
    tmp_path: Path, authority: Authority, known: dict[str, str]
) -> None:
    places = []
    for name in ("file", "tls"):
        project = Project(tmp_path / name)
        bare = Bare.made(tmp_path / name / "served/envs.git", ("gc.auto", "0"), ("receive.autogc", "false"))
        assert project.publish(bare.url).returncode == 0
        project.change()
        places.append(Scene(project, bare))
    with served(places[1].bare.folder.parent, authority.tls("IP:127.0.0.1")) as server:
        server.tokens = {TOKEN: "write"}
        killed = [
            Killed(places[0], {}, None, tmp_path / "file"),
            Killed(places[1]._replace(address=server.url("envs.git")), known, server, tmp_path / "tls"),
        ]
        failures: list[BaseException] = []

        def some(one: Killed, seed: int) -> None:
            fate = random.Random(seed)  # noqa: S311
            try:
                for _ in range(KILLS // 2):
                    one.kill(fate)
            except BaseException as error:  # noqa: BLE001  told by the test's own thread
                failures.append(error)

        threads = [threading.Thread(target=some, args=(one, SEED + n)) for n, one in enumerate(killed)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
    for one in killed:
        counts = {end: one.found.count(end) for end in sorted(set(one.found))}
        print(counts)  # noqa: T201
        assert len(one.found) == KILLS // 2
        assert sum(end.startswith("old") for end in one.found) >= 10, counts
        assert sum(end.startswith("new") for end in one.found) >= 1, counts
        assert sum("left" in end for end in one.found) >= 10, counts
        assert sum("locked" in end for end in one.found) <= 10, counts
