"""Whatever ends a command with another code than 0 is a finding in its JSON."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from command import edit
from repository import Lab, lab

from generator.cli import main


def nothing(_: Lab) -> None:
    """Leave it as it is."""


def stale(made: Lab) -> None:
    """Change what one environment sets, and render nothing."""
    made.change()


def foreign(made: Lab) -> None:
    """Put a file of somebody else into the output."""
    (made.project / "output/prod/notes.txt").write_text("mine")


def broken(made: Lab) -> None:
    """Spoil what was rendered."""
    edit(made.project / "output/prod/components/web/base/deployment.yaml", "AccountName: web", "AccountName: nobody")


def no_unit(made: Lab) -> None:
    """Spoil a unit."""
    (made.project / "templates/components/web/component.yaml").write_text("title: [\n")


def no_folder(made: Lab) -> None:
    """Take the templates away."""
    shutil.rmtree(made.project / "templates")


def kept(made: Lab) -> None:
    """Leave the output of an environment that is no more."""
    (made.project / "environments/dev.yaml").unlink()


Change = Callable[[Lab], None]
ENDS: tuple[tuple[str, Change, int, str], ...] = (
    ("render prod --check", stale, 3, "output-stale"),
    ("render prod --check", foreign, 3, "foreign-file"),
    ("render --all --check", kept, 3, "environment-retired"),
    ("render nobody", nothing, 2, "environment-unknown"),
    ("validate prod", broken, 4, "reference-missing"),
    ("status prod --repository ../target.git", stale, 3, "status-behind"),
    ("status --all --repository ../target.git", kept, 3, "environment-retired"),
    ("status prod --repository http://127.0.0.1:1/x.git", nothing, 6, "publish-remote"),
    ("status prod --repository /nowhere", nothing, 2, "publish-repository"),
    ("diff prod --exit-code", stale, 3, "diff-changes"),
    ("diff prod --fail-on safe,scale,restart,unknown", stale, 4, "diff-refused"),
    ("diff prod --against nowhere", nothing, 2, "diff-base"),
    ("publish prod --dry-run", stale, 4, "output-stale"),
    ("capacity nobody", nothing, 2, "environment-unknown"),
    ("units", no_folder, 2, "root"),
    ("env show nobody", nothing, 2, "environment-unknown"),
    ("env retire nobody", nothing, 2, "environment-unknown"),
    ("doctor", nothing, 2, "tool-missing"),
)


@pytest.mark.parametrize(("words", "change", "code", "rule"), ENDS, ids=[f"{row[0]} {row[3]}" for row in ENDS])
def test_what_ends_a_command_is_a_finding_in_its_json(
    words: str, change: Change, code: int, rule: str, tmp_path: Path
) -> None:
    made = lab(tmp_path)
    change(made)
    env = {"PATH": str(tmp_path)} if words == "doctor" else {"PATH": os.environ["PATH"]}
    done = made.run(*words.split(), "--format", "json", env=env)
    assert done.returncode == code, done.stderr
    findings: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    assert rule in [finding["rule"] for finding in findings]
    assert all(finding["message"] for finding in findings)
    assert done.stderr == ""


def test_every_command_with_json_is_among_them() -> None:
    def commands(group: click.Group, *above: str) -> set[str]:
        found = set()
        for name in group.list_commands(click.Context(group)):
            command = group.get_command(click.Context(group), name)
            assert command
            if isinstance(command, click.Group):
                found |= commands(command, *above, name)
            elif any("json" in getattr(option.type, "choices", ()) for option in command.params):
                found.add(" ".join((*above, name)))
        return found

    assert commands(main.cli) == {
        command for command in commands(main.cli) for words, *_ in ENDS if words.startswith(command)
    }


def test_many_stale_files_are_counted(tmp_path: Path) -> None:
    made = lab(tmp_path)
    for number in range(23):
        (made.project / f"output/prod/{number:02}.txt").write_text("mine")
    done = made.run("render", "prod", "--check", "--quiet")
    lines = done.stderr.splitlines()
    assert (done.returncode, len([line for line in lines if line.endswith(" [foreign-file]")])) == (3, 21)
    assert lines[0] == "output/prod/00.txt: was not written by the renderer [foreign-file]"
    assert "prod: output/prod: 3 more files: each was not written by the renderer [foreign-file]" in lines


def test_each_stale_file_is_named_with_what_is_wrong_with_it(tmp_path: Path) -> None:
    made = lab(tmp_path)
    folder = made.project / "output/prod"
    (folder / "components/web/base/service.yaml").unlink()
    with (folder / "infra/fleet/membership.yaml").open("a") as file:
        file.write("# mine\n")
    old = folder / "components/web/base/old.yaml"
    old.write_text((folder / "components/web/base/deployment.yaml").read_text())
    done = made.run("render", "prod", "--check", "--format", "json")
    found = json.loads(done.stdout)["findings"]
    assert [(one["severity"], one["file"], one["message"]) for one in found if one["rule"] == "output-stale"] == [
        ("error", "output/prod/infra/fleet/membership.yaml", "differs from what the sources render"),
        ("error", "output/prod/components/web/base/service.yaml", "is missing; the sources render it"),
        ("error", "output/prod/components/web/base/old.yaml", "is no longer rendered"),
    ]
