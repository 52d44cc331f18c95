"""The same sources give the same bytes, whatever surrounds the command: every run is compared with a plain one."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import ROOT, run, snapshot

from generator import yamlio

PYTHONS = {
    path.parents[1].name.rsplit(".", 1)[0]: path
    for path in [*sorted(Path("/root/.pyenv/versions").glob("3.1[1-9]*/bin/python"))]
} | {
    version: Path(found)
    for version in ("3.12", "3.13", "3.14", "3.15")
    if (found := shutil.which(f"python{version}")) and "shims" not in found
}


def copy_sources(folder: Path) -> Path:
    for name in ("templates", "environments"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def rendered(sources: Path, *words: str, **more: Any) -> dict[str, bytes]:
    """Render all environments of `sources` unchecked, into a folder of their own, and return what was written."""
    out = sources / "rendered"
    done = run("--root", str(sources), "render", "--all", "--no-check", "--out", str(out), *words, **more)
    assert done.returncode == 0, done.stderr
    return snapshot(out)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = copy_sources(tmp_path_factory.mktemp("plain"))
    tree = rendered(folder, cwd=folder)
    assert len(tree) > 100
    return tree


@pytest.mark.parametrize(
    "around",
    [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"},
        {"PYTHONHASHSEED": "4294967295", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"},
        {"PYTHONHASHSEED": "7", "LC_ALL": "POSIX", "PYTHONUTF8": "0", "TZ": "America/St_Johns", "COLUMNS": "20"},
    ],
)
def test_hash_seed_locale_and_time_zone_do_not_matter(
    around: dict[str, str], plain: dict[str, bytes], tmp_path: Path
) -> None:
    assert rendered(copy_sources(tmp_path), cwd=tmp_path, env=around) == plain


def test_umask_and_working_folder_do_not_matter(plain: dict[str, bytes], tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        assert rendered(copy_sources(tmp_path / "a"), cwd=Path("/")) == plain
    finally:
        os.umask(before)
    modes = {oct(path.stat().st_mode) for path in (tmp_path / "a/rendered/prod").rglob("*")}
    assert modes == {"0o100644", "0o40755"}


@pytest.mark.parametrize("order", ["backwards", "shuffled"])
def test_the_order_in_which_files_were_made_does_not_matter(
    order: str, plain: dict[str, bytes], tmp_path: Path
) -> None:
    """A tmpfs lists files as they were made; another file system may hash their names."""
    place = Path("/dev/shm")  # noqa: S108
    folder = place / f"codemie-{os.getpid()}-{order}" if os.access(place, os.W_OK) else tmp_path / order
    files = sorted(
        path for name in ("templates", "environments") for path in (ROOT / name).rglob("*") if path.is_file()
    )
    if order == "backwards":
        files.reverse()
    else:
        random.Random(4).shuffle(files)  # noqa: S311
    try:
        for path in files:
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
        assert rendered(folder, cwd=tmp_path) == plain
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_keys_does_not_matter(seed: int, plain: dict[str, bytes], tmp_path: Path) -> None:
    fate = random.Random(seed)  # noqa: S311
    for path in sorted((copy_sources(tmp_path) / "environments").rglob("*.yaml")):
        value = shuffled(yamlio.load(path.read_text(), path.name).value, fate)
        path.write_text(json.dumps(value, ensure_ascii=False))
    assert rendered(tmp_path, cwd=tmp_path) == plain


def shuffled(value: Any, fate: random.Random) -> Any:
    """Return `value` with the keys of all maps in another order; lists keep theirs."""
    if isinstance(value, list):
        return [shuffled(item, fate) for item in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    fate.shuffle(keys)
    return {key: shuffled(value[key], fate) for key in keys}


def virtual_environment(python: Path) -> Path:
    """Return a Python with our locked requirements, made once for each version and lock and then kept."""
    locked = (ROOT / "requirements.txt").read_bytes()
    version = subprocess.run([python, "-V"], capture_output=True, check=True).stdout
    key = hashlib.sha256(locked + version + bytes(python)).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codemie-manifests-tests" / key
    if not (cache / "complete").exists():
        subprocess.run([python, "-m", "venv", "--clear", cache], capture_output=True, check=True)
        install = [str(cache / "bin/pip"), "install", "--quiet", "--require-hashes", "-r", f"{ROOT}/requirements.txt"]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"the locked requirements cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
        (cache / "complete").touch()
    return cache / "bin/python"


@pytest.mark.real
@pytest.mark.parametrize("version", sorted(PYTHONS) or ["none"])
def test_another_python_gives_the_same_bytes(version: str, plain: dict[str, bytes], tmp_path: Path) -> None:
    if version not in PYTHONS:
        pytest.skip("no other Python is installed")
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        pytest.skip("this is the Python that runs the tests")
    python = virtual_environment(PYTHONS[version])
    out = str(tmp_path / "rendered")
    command = [str(python), "-m", "generator", "render", "--all", "--no-check", "--quiet", "--out", out]
    env = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=copy_sources(tmp_path), env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert snapshot(tmp_path / "rendered") == plain
