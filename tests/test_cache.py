"""What a run keeps: with a cache that cannot be used the answer is the same."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from command import ROOT
from test_errors import as_anyone

from generator.cache import cache_folder, kept

ASK = "from generator.kinds import names, shipped; print(len(names()), shipped('apps/StatefulSet').state)"


def asked(environment: dict[str, str], *before: str) -> str:
    env = {key: value for key, value in os.environ.items() if key not in ("HOME", "XDG_CACHE_HOME")}
    command = [*before, sys.executable, "-c", ASK]
    done = subprocess.run(command, cwd=ROOT, env={**env, **environment}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> str:
    said = asked({"XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))})
    assert said.endswith(" True\n")
    return said


@pytest.mark.parametrize("spoilt", ["", "{}", "null", "cut", '{"apps/StatefulSet": {"state": false}}', "\0\xff"])
def test_a_spoilt_file_is_made_anew(tmp_path: Path, right: str, spoilt: str) -> None:
    home = {"XDG_CACHE_HOME": str(tmp_path)}
    assert asked(home) == right
    (file,) = tmp_path.rglob("*.json")
    good = file.read_bytes()
    file.write_bytes(good[: len(good) // 2] if spoilt == "cut" else spoilt.encode("latin-1"))
    assert asked(home) == right
    assert file.read_bytes() == good


def test_where_nothing_can_be_kept_everything_is_read_anew(tmp_path: Path, right: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "closed").mkdir(mode=0o500)
    assert asked({"HOME": str(tmp_path / "file")}) == right
    assert asked({"HOME": str(tmp_path / "closed")}, *as_anyone()) == right
    assert asked({"HOME": "", "XDG_CACHE_HOME": str(tmp_path / "file/below")}) == right
    assert list((tmp_path / "closed").iterdir()) == []


def test_what_cannot_be_read_or_replaced_is_no_answer(tmp_path: Path, right: str) -> None:
    home = {"XDG_CACHE_HOME": str(tmp_path)}
    asked(home)
    (file,) = tmp_path.rglob("*.json")
    file.unlink()
    file.mkdir()
    assert asked(home) == right
    assert list(tmp_path.rglob("*.new")) == []


def test_a_user_without_a_home_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    assert kept("sort", "key", lambda: b"made") == b"made"
    assert not cache_folder().exists()
    monkeypatch.setenv("XDG_CACHE_HOME", "of-the-project")
    assert not cache_folder().is_relative_to("of-the-project")


def test_several_processes_at_once_get_the_same(tmp_path: Path, right: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: asked({"XDG_CACHE_HOME": str(tmp_path)}), range(4)))
    assert said == [right] * 4
    assert len(list(tmp_path.rglob("*.json"))) == 1


def test_only_the_newest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for number in range(12):
        assert kept("sort", str(number), lambda: b"made") == b"made"
    assert len(list(tmp_path.rglob("*.json"))) == 8
    assert kept("sort", "11", lambda: b"other") == b"made"
