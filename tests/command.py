"""The command as people run it: a process, in a copy of this project, or in a small one of three units."""

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = ("dev", "prod", "staging")
SMALL_ENVIRONMENTS = ("dev", "prod")


def run(*words: str, cwd: Path, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Run `codemie-manifests WORDS` in `cwd`, with nothing cached unless `env` says where."""
    base = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(cwd / ".cache"), "COLUMNS": "100"}
    command = [sys.executable, "-m", "generator", *words]
    return subprocess.run(
        command, cwd=cwd, env={**base, **(env or {})}, capture_output=True, text=True, check=False, encoding="utf-8"
    )


def kubectl(*words: str, text: bytes | None = None) -> "subprocess.CompletedProcess[bytes]":
    """Run kubectl, tuned like the generator's own: it lives too briefly for collecting garbage on many threads."""
    env = {**os.environ, "GOGC": "off", "GOMEMLIMIT": "1GiB", "GOMAXPROCS": "1"}
    return subprocess.run(["kubectl", *words], input=text, env=env, capture_output=True, check=False)


def copy_project(folder: Path) -> Path:
    """Copy sources and output into `folder` and return it."""
    for name in ("templates", "environments", "output"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def small_project(folder: Path) -> Path:
    """Make a project of web, worker (which is off) and fleet in `folder`, rendered for dev and prod, and return it."""
    for path, data in _small().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


@functools.cache
def _small() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as made:
        folder = shutil.copytree(ROOT / "tests/errors/_project", Path(made) / "small")
        shutil.copytree(ROOT / "templates/argocd", folder / "templates/argocd")
        lab = folder / "environments/lab.yaml"
        for name in SMALL_ENVIRONMENTS:
            (lab.parent / f"{name}.yaml").write_text(lab.read_text().replace(": lab", f": {name}"))
        lab.unlink()
        done = run("render", "--all", "--quiet", cwd=folder, env={"XDG_CACHE_HOME": made})
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        return snapshot(folder)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return {path: bytes} of every file below `folder`."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def edit(path: Path, old: str, new: str) -> None:
    """Replace `old`, which must be there, by `new` in a file."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def counted(name: str, ends: str) -> str:
    """Return a pattern of what a command prints of an environment: how many files and objects, and how it ends."""
    return rf"{name}: [0-9]+ files, [0-9]+ objects \([0-9]+ validated\); {re.escape(ends)}\n"
