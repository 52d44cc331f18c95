"""The command as people run it: a process, in a copy of this project."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = ("dev", "prod", "staging")


def run(*words: str, cwd: Path, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Run `codemie-manifests WORDS` in `cwd`, with nothing cached unless `env` says where."""
    base = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(cwd / ".cache"), "COLUMNS": "100"}
    command = [sys.executable, "-m", "generator", *words]
    return subprocess.run(
        command, cwd=cwd, env={**base, **(env or {})}, capture_output=True, text=True, check=False, encoding="utf-8"
    )


def copy_project(folder: Path) -> Path:
    """Copy sources and output into `folder` and return it."""
    for name in ("templates", "environments", "output"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


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
