"""No credential is in anything that a publish writes, says or starts, however it ends; and commits are signed as git is set.

While each publish runs, another thread reads the arguments of all processes and every file of the temporary folder.
"""

import base64
import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from git_servers import Authority, Bare, Cut, Https, Project, Scene, below, git, served

pytestmark = pytest.mark.real

SECRET = r"not/a+real=to\nken%of~any body"  # noqa: S105  characters that are written otherwise in URLs, and by echo
TRACES = {
    **dict.fromkeys(("GIT_TRACE", "GIT_CURL_VERBOSE", "GIT_TRACE_CURL", "GIT_TRACE_PACKET", "GIT_TRACE2"), "1"),
    "GIT_TRACE_REDACT": "0",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def published(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Bare:
    bare = Bare.made(tmp_path_factory.mktemp("published") / "envs.git")
    assert project.publish(bare.url).returncode == 0
    project.change()
    return bare


@pytest.fixture
def scene(project: Project, published: Bare, tmp_path: Path) -> Iterator[Scene]:
    shutil.copytree(published.folder, tmp_path / "served/envs.git")
    yield Scene(project, Bare(tmp_path / "served/envs.git"))
    (project.home / ".gitconfig").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("authority") / "made")


@pytest.fixture
def https(scene: Scene, authority: Authority) -> Iterator[Https]:
    with served(scene.bare.folder.parent, authority.tls("IP:127.0.0.1")) as server:
        server.tokens = {SECRET: "write"}
        yield server


class Watch:
    """Looks for a secret, in every way it can be written, while publishes run and in what they leave."""

    def __init__(self, project: Project) -> None:
        self.project = project
        texts = [SECRET, *(f"{user}:{SECRET}" for user in ("x-access-token", "bot", ""))]
        self.needles = {form for text in texts for form in (text, quote(text, safe=""), quote(text))}
        self.needles |= {base64.b64encode(text.encode()).decode().rstrip("=") for text in texts}
        self.found: list[str] = []
        self.programs: set[str] = set()
        self.files: set[str] = set()

    def look(self, data: bytes, where: str) -> None:
        self.found += [f"{where}: {needle}" for needle in self.needles if needle.encode() in data]

    def _processes(self) -> None:
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError):
                    said = (folder / "cmdline").read_bytes()
                    self.programs.add(said.split(b"\0")[0].decode("utf-8", "replace"))
                    self.look(said, f"arguments of {folder.name}")

    def _clone(self) -> None:
        for path in below(self.project.tmp):
            with contextlib.suppress(OSError):
                self.look(path.read_bytes(), str(path))
                self.files.add(path.name)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        over = threading.Event()

        def poll() -> None:
            while not over.wait(0.02):
                self._processes()
                self._clone()

        thread = threading.Thread(target=poll)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def left(self, bare: Bare) -> None:
        """Look into all that stays: the source's repository and folders, and every object of the remote."""
        for top in (self.project.folder, self.project.tmp, self.project.cache, bare.folder):
            for path in top.rglob("*"):
                if path.is_file() and "hooks" not in path.parts:
                    self.look(path.read_bytes(), str(path))
        self.look(bare.git("cat-file", "--batch", "--batch-all-objects").encode(errors="surrogateescape"), "objects")
        own = git(self.project.folder, "cat-file", "--batch", "--batch-all-objects")
        self.look(own.encode(errors="surrogateescape"), "objects of the source")


Way = Callable[[Scene, Https], dict[str, str]]


def by_token(scene: Scene, https: Https) -> dict[str, str]:
    del scene, https
    return {"CODEMIE_GIT_TOKEN": SECRET}


def by_token_of_a_user(scene: Scene, https: Https) -> dict[str, str]:
    del scene, https
    return {"CODEMIE_GIT_TOKEN": SECRET, "CODEMIE_GIT_USERNAME": "bot"}


def by_header(scene: Scene, https: Https) -> dict[str, str]:
    said = base64.b64encode(f"bot:{SECRET}".encode()).decode()
    key = f"http.https://127.0.0.1:{https.port}/.extraheader"
    git(scene.project.home, "config", "--file", ".gitconfig", key, f"Authorization: Basic {said}")
    return {}


def by_helper(scene: Scene, https: Https) -> dict[str, str]:
    kept = scene.project.home / "kept"
    kept.write_text(f"https://bot:{quote(SECRET, safe='')}@127.0.0.1%3a{https.port}\n")
    git(scene.project.home, "config", "--file", ".gitconfig", "credential.helper", f"store --file {kept}")
    return {}


WAYS: dict[Way, str] = {by_token: "x-access-token", by_token_of_a_user: "bot", by_header: "bot", by_helper: "bot"}


@pytest.mark.parametrize("way", list(WAYS))
def test_no_credential_is_written_however_a_publish_ends(
    way: Way, scene: Scene, https: Https, authority: Authority, tmp_path: Path
) -> None:
    env = {**way(scene, https), **TRACES, "GIT_SSL_CAINFO": authority.file}
    env |= {"GIT_TRACE2_EVENT": str(tmp_path / "trace"), "GIT_TRACE_SETUP": str(tmp_path / "trace")}
    watch = Watch(scene.project)
    old = scene.bare.tip()
    kept = (scene.project.home / ".gitconfig").read_bytes() if (scene.project.home / ".gitconfig").exists() else b""

    def publish(code: int, *words: str, url: str = "", **more: str) -> str:
        way(scene, https)  # after a refusal git takes away what a helper keeps
        with watch.watching():
            done = scene.project.publish(url or https.url("envs.git"), *words, **{**env, **more})
        https.is_idle()
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) <= 2, done.stderr  # no trace
        watch.look(done.stdout.encode(), "stdout")
        watch.look(done.stderr.encode(), "stderr")
        watch.left(scene.bare)
        return done.stderr

    publish(0, "--dry-run")
    publish(6, url=https.url("other.git"))
    publish(6, GIT_SSL_CAINFO="/dev/null")
    for may in ("read", "expired"):
        https.tokens = {SECRET: may}
        https.refusal = f"Authorization: Basic {base64.b64encode(f'{WAYS[way]}:{SECRET}'.encode()).decode()}"
        publish(6)
    https.tokens = {SECRET: "write"}
    for cut in (Cut.BEFORE, Cut.HALF):
        https.cuts = [cut]
        publish(6)
    if way in (by_token, by_token_of_a_user):  # of other credentials only git knows
        said = f"{SECRET}\n{quote(SECRET, safe='')}\n{base64.b64encode(f'{WAYS[way]}:{SECRET}'.encode()).decode()}\n"
        (tmp_path / "said").write_text(said)
        hook = scene.bare.hook("pre-receive", f"cat {tmp_path / 'said'}; exit 1")
        assert publish(6).count("[redacted]") == 3
        hook.unlink()
    assert scene.bare.tip() == old
    for cut in (Cut.AFTER, Cut.HALF_ANSWER):
        https.cuts = [cut]
        publish(0)
        scene.bare.set(old)
    publish(0)
    scene.is_published(old)
    publish(0)
    assert watch.found == []
    assert https.users == {WAYS[way]}
    if (tmp_path / "trace").exists():  # GitPython asks git for its version when it is imported
        traced = (tmp_path / "trace").read_bytes()
        assert not any(word in traced for word in (b"push", b"fetch", b"credential", *map(str.encode, watch.needles)))
    assert {"config", "HEAD", "shallow"} <= watch.files
    assert any(name.endswith("git-remote-https") for name in watch.programs), watch.programs
    assert kept == ((scene.project.home / ".gitconfig").read_bytes() if kept else b"")


def test_a_token_wins_over_a_header_that_a_checkout_left(scene: Scene, https: Https, authority: Authority) -> None:
    old, key = scene.bare.tip(), f"http.https://127.0.0.1:{https.port}/.extraheader"
    https.tokens["the-checkout"] = "read"
    said = base64.b64encode(b"x-access-token:the-checkout").decode()
    git(scene.project.home, "config", "--file", ".gitconfig", key, f"AUTHORIZATION: basic {said}")
    scene = scene._replace(address=https.url("envs.git"))
    assert scene.publish(GIT_SSL_CAINFO=authority.file).returncode == 6
    https.is_idle()
    scene.is_untouched(old)
    done = scene.publish(CODEMIE_GIT_TOKEN=SECRET, GIT_SSL_CAINFO=authority.file)
    https.is_idle()
    assert (done.returncode, done.stderr) == (0, "")
    scene.is_published(old)


def test_the_watch_sees_arguments_and_files(project: Project) -> None:
    watch = Watch(project)
    with watch.watching():
        subprocess.run(["sh", "-c", f"sleep 0.2; : {quote(SECRET, safe='')}"], check=True)
        (project.tmp / "file").write_bytes(base64.b64encode(f"bot:{SECRET}".encode()))
        time.sleep(0.2)
    (project.tmp / "file").unlink()
    assert any("arguments" in said for said in watch.found)
    assert any("file" in said for said in watch.found)


def test_a_password_in_the_address_is_refused_and_not_repeated(scene: Scene, https: Https) -> None:
    address = f"https://bot:{quote(SECRET, safe='')}@127.0.0.1:{https.port}/envs.git"
    done = scene.project.publish(address)
    assert done.returncode == 2
    watch = Watch(scene.project)
    watch.look((done.stdout + done.stderr).encode(), "said")
    assert watch.found == []
    assert "no password" in done.stderr
    assert https.users == set()


# ── commit signing ──────────────────────────────────────────────────────────────────────────────────────────────────


def configured(scene: Scene, **settings: str) -> None:
    for key, value in settings.items():
        git(scene.project.home, "config", "--file", ".gitconfig", key.replace("_", "."), value)


@pytest.fixture
def keyring() -> Iterator[Path]:
    """Yield a short folder, for the name of a socket is short; its agent is ended by its own folder."""
    if not shutil.which("gpg"):
        pytest.skip("gpg is not installed")
    with tempfile.TemporaryDirectory(prefix="gpg-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
        env = {**os.environ, "GNUPGHOME": folder}
        subprocess.run(["gpgconf", "--kill", "all"], env=env, capture_output=True, check=False)


def test_a_commit_is_signed_by_gpg(scene: Scene, keyring: Path) -> None:
    env = {"GNUPGHOME": str(keyring)}
    made = [
        "gpg",
        "--batch",
        "--passphrase",
        "",
        "--quick-gen-key",
        "Lab <lab@example.com>",
        "ed25519",
        "sign",
        "never",
    ]
    subprocess.run(made, env={**os.environ, **env}, capture_output=True, check=True)
    configured(scene, commit_gpgsign="true", user_signingkey="lab@example.com")
    old = scene.bare.tip()
    scene.next_run_publishes(old, **env)
    said = subprocess.run(
        ["git", "verify-commit", "--raw", "main"],
        cwd=scene.bare.folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, "GOODSIG" in said.stderr) == (0, True), said.stderr


def test_without_its_gpg_key_nothing_is_published(scene: Scene, keyring: Path) -> None:
    configured(scene, commit_gpgsign="true", user_signingkey="lab@example.com")
    env = {"GNUPGHOME": str(keyring)}
    scene.refused("publish-commit", "the commit cannot be signed", "see that its key is at hand", env=env)
    old = scene.bare.tip()
    (scene.project.home / ".gitconfig").unlink()
    scene.next_run_publishes(old)


def test_a_commit_is_signed_by_ssh(scene: Scene, tmp_path: Path) -> None:
    key = tmp_path / "signer"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    configured(scene, commit_gpgsign="true", gpg_format="ssh", user_signingkey=f"{key}.pub")
    old = scene.bare.tip()
    scene.next_run_publishes(old)
    (tmp_path / "signers").write_text(f"lab@example.com {key.with_suffix('.pub').read_text()}")
    verified = [
        "git",
        "-c",
        "gpg.format=ssh",
        "-c",
        f"gpg.ssh.allowedSignersFile={tmp_path / 'signers'}",
        "verify-commit",
        "main",
    ]
    said = subprocess.run(verified, cwd=scene.bare.folder, capture_output=True, text=True, check=False)
    assert (said.returncode, 'Good "git" signature for lab@example.com' in said.stderr + said.stdout) == (0, True)


def test_without_its_ssh_key_nothing_is_published(scene: Scene, tmp_path: Path) -> None:
    configured(scene, commit_gpgsign="true", gpg_format="ssh", user_signingkey=str(tmp_path / "not-there.pub"))
    scene.refused("publish-commit", "the commit cannot be signed", "see that its key is at hand")
