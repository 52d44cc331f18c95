"""The real GitHub CLI in the job that comments: what the program in its place in other tests does, it does too.

It speaks plain HTTP to one host only, github.localhost; that name leads to the forge as its proxy.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from ci_jobs import BOT, Request, Runner
from forge import MARKER, Forge
from repository import lab

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (shutil.which("gh") and shutil.which("jq")), reason="gh or jq is not on PATH"),
]
PLAN = {"plan.md": f"{MARKER}\n@plan 1 < 2 & é\n", "plan.json": '{"environments": [{"changes": [{}]}]}'}


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    forge = Forge()
    (tmp_path / "runner").mkdir()
    made = Runner.made(lab(tmp_path), tmp_path / "runner", forge)
    proxied = f"GH_HOST=github.localhost http_proxy={forge.url} HTTP_PROXY={forge.url} no_proxy= NO_PROXY="
    (made.bin / "gh").write_text(f'#!/bin/sh\n{proxied} exec {shutil.which("gh")} "$@"\n')
    yield made
    forge.close()


@pytest.mark.parametrize("before", [0, 250])
def test_it_makes_one_comment_and_edits_it(runner: Runner, before: int) -> None:
    runner.forge.add("mallory", PLAN["plan.md"])
    for number in range(before):
        runner.forge.add("somebody", f"comment {number}")
    for text in ("one", "two"):
        ran = runner.comment(Request(), {**PLAN, "plan.md": PLAN["plan.md"] + text})
        assert ran.passed == {"comment": True}, ran.log
        (body,) = runner.forge.of()
        assert body.startswith(PLAN["plan.md"] + text)
    assert runner.forge.of("mallory") == [PLAN["plan.md"]]


def test_where_the_forge_fails_so_does_it(runner: Runner) -> None:
    runner.forge.broken = True
    assert runner.comment(Request(), PLAN).passed == {"comment": False}
    assert runner.forge.of(BOT) == []
