import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from generator import workspace
from generator.check import Verdict
from generator.errors import InputInvalid, OutputUnwritable
from generator.tree import HEADER, File, Tree
from generator.views import findings, rendered
from generator.workspace import Comparison, swap

OURS = f"{HEADER}: do not edit.\n"
SAME = Comparison((), (), (), ())
OLD = {"kustomization.yaml": f"{OURS}resources: []\n", "components/a/base/a.yaml": f"{OURS}a: 1\n"}
NEW = {**OLD, "components/a/base/a.yaml": f"{OURS}a: 2\n", "components/b/base/b.yaml": f"{OURS}b: 1\n"}


def tree(texts: dict[str, str]) -> Tree:
    return Tree.of("prod", (File(path, text) for path, text in texts.items()))


def write(texts: dict[str, str], output: Path) -> Comparison:
    return workspace.write(tree(texts), output)


def there(folder: Path) -> dict[str, str]:
    """Return {path: text} of all files below `folder`; a link is told by where it leads."""
    return {
        path.relative_to(folder).as_posix(): f"-> {path.readlink()}" if path.is_symlink() else path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def hidden(output: Path) -> list[str]:
    """Return what a write left beside the environments."""
    return sorted(path.name for path in output.iterdir() if path.name.startswith("."))


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return an output folder that holds OLD as `prod`."""
    assert write(OLD, tmp_path / "output").added == tuple(sorted(OLD))
    return tmp_path / "output"


def test_sources_are_the_texts_below_templates_and_environments(tmp_path: Path) -> None:
    for name in ("templates/a/x.yaml.j2", "environments/b.yaml", "templates/v.json", "README.yaml", "templates/n.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    for name in ("templates/.git/x.yaml", "templates/.x.yaml.j2"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("hidden")
    (tmp_path / "templates/bom.yaml").write_bytes(b"\xef\xbb\xbfa: \xc3\xa9\n")
    assert workspace.read(tmp_path).texts == {
        "templates/a/x.yaml.j2": "templates/a/x.yaml.j2",
        "environments/b.yaml": "environments/b.yaml",
        "templates/v.json": "templates/v.json",
        "templates/bom.yaml": "a: é\n",
    }


def test_all_unreadable_sources_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    for name in ("a", "b"):
        (tmp_path / f"templates/{name}.yaml").write_bytes(b"\xff")
    (tmp_path / "templates/c.yaml").symlink_to("nowhere")
    with pytest.raises(InputInvalid) as caught:
        workspace.read(tmp_path)
    assert findings.text(caught.value.findings) == (
        f"environments/: there is no such folder in {tmp_path} [root]\n"
        "  hint: run it in a project, or name one with --root\n"
        "templates/a.yaml:1: is not UTF-8 (byte 1) [encoding]\n"
        "  hint: save the file as UTF-8\n"
        "templates/b.yaml:1: is not UTF-8 (byte 1) [encoding]\n"
        "  hint: save the file as UTF-8\n"
        "templates/c.yaml: is a symbolic link [file]\n  hint: replace the link with the file or folder it points to\n"
    )


def test_a_write_makes_the_folder_equal_to_the_tree(output: Path) -> None:
    expected = Comparison(("components/a/base/a.yaml",), ("components/b/base/b.yaml",), (), ())
    assert workspace.compare(tree(NEW), output) == expected
    assert there(output / "prod") == OLD
    assert write(NEW, output) == expected
    assert there(output / "prod") == NEW
    assert hidden(output) == []


def test_an_unchanged_write_touches_no_file(output: Path) -> None:
    before = {path: path.lstat() for path in output.rglob("*")}
    assert write(OLD, output) == SAME
    assert {path: path.lstat() for path in output.rglob("*")} == before


def test_a_file_that_did_not_change_keeps_its_time(output: Path) -> None:
    before = (output / "prod/kustomization.yaml").stat().st_mtime_ns
    write(NEW, output)
    assert (output / "prod/kustomization.yaml").stat().st_mtime_ns == before


def test_another_environment_is_left_alone(output: Path) -> None:
    workspace.write(Tree.of("dev", [File("a.yaml", "dev")]), output)
    before = {path: path.lstat() for path in (output / "dev").rglob("*")}
    write(NEW, output)
    assert {path: path.lstat() for path in (output / "dev").rglob("*")} == before


def test_our_own_stale_files_are_removed(output: Path) -> None:
    write(NEW, output)
    assert write(OLD, output).removed == ("components/b/base/b.yaml",)
    assert there(output / "prod") == OLD


def test_a_stale_config_entry_is_ours_if_the_kustomization_beside_it_names_it(output: Path) -> None:
    overlay = "components/a/overlay"
    named = 'configMapGenerator:\n- files:\n  - "config/cm/a.json"\n  name: cm\n'
    write({**OLD, f"{overlay}/kustomization.yaml": OURS + named, f"{overlay}/config/cm/a.json": "{}"}, output)
    (output / f"prod/{overlay}/config/cm/b.json").write_text("{}")
    comparison = write({**OLD, f"{overlay}/kustomization.yaml": OURS + "{}\n"}, output)
    assert (comparison.removed, comparison.foreign) == (
        (f"{overlay}/config/cm/a.json",),
        (f"{overlay}/config/cm/b.json",),
    )
    assert f"{overlay}/config/cm/b.json" in there(output / "prod")


def test_a_kustomization_that_is_not_ours_makes_nothing_ours(output: Path) -> None:
    for path, text in {
        "kustomization.yaml": 'configMapGenerator: [{files: ["config/cm/a.json"]}]',
        "config/cm/a.json": "{}",
    }.items():
        (output / "prod/mine" / path).parent.mkdir(parents=True, exist_ok=True)
        (output / "prod/mine" / path).write_text(text)
    assert write(OLD, output) == Comparison((), (), (), ("mine/config/cm/a.json", "mine/kustomization.yaml"))


def test_foreign_files_are_kept_and_reported(output: Path) -> None:
    (output / "prod/notes.md").write_text("mine")
    (output / "prod/components/a/base/link.yaml").symlink_to("/etc/passwd")
    (output / "prod/folder").symlink_to(output)
    foreign = ("components/a/base/link.yaml", "folder", "notes.md")
    comparison = write(NEW, output)
    assert comparison.foreign == foreign
    kept = {"components/a/base/link.yaml": "-> /etc/passwd", "folder": f"-> {output}", "notes.md": "mine"}
    assert there(output / "prod") == {**NEW, **kept}
    assert findings.text(rendered.warnings("prod", Verdict((), 0, 0), comparison, written=True)) == "".join(
        f"warning: output/prod/{path}: was not written by the renderer; it was kept [foreign-file]\n"
        "  hint: move it away: nothing reads it here, and Argo CD applies it only if a kustomization.yaml names it\n"
        for path in foreign
    )


def test_a_link_in_the_place_of_a_file_of_ours_is_replaced_and_not_followed(output: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text(OLD["kustomization.yaml"])
    (output / "prod/kustomization.yaml").unlink()
    (output / "prod/kustomization.yaml").symlink_to(outside)
    assert write(OLD, output).changed == ("kustomization.yaml",)
    assert there(output / "prod") == OLD
    assert outside.read_text() == OLD["kustomization.yaml"]


def test_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write(OLD, tmp_path)
        write(NEW, tmp_path)
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [tmp_path / "prod", *(tmp_path / "prod").rglob("*")]}
    assert modes == {path: 0o755 if path.is_dir() else 0o644 for path in modes}


@pytest.mark.parametrize(
    "leftovers", [{".prod.new": {"half": "written"}}, {".prod.old": OLD}, {".prod.new": {}, ".prod.old": OLD}]
)
def test_what_a_killed_render_left_is_removed(output: Path, leftovers: dict[str, dict[str, str]]) -> None:
    leave(output, leftovers)
    assert write(OLD, output) == SAME
    assert hidden(output) == []
    assert there(output / "prod") == OLD


def test_a_render_killed_between_two_renames_is_repaired(output: Path) -> None:
    (output / "prod/notes.md").write_text("mine")
    (output / "prod").rename(output / ".prod.old")
    leave(output, {".prod.new": NEW})
    assert write(OLD, output) == Comparison((), (), (), ("notes.md",))
    assert hidden(output) == []
    assert there(output / "prod") == {**OLD, "notes.md": "mine"}


def leave(output: Path, leftovers: dict[str, dict[str, str]]) -> None:
    for name, texts in leftovers.items():
        (output / name).mkdir()
        for path, text in texts.items():
            (output / name / path).parent.mkdir(parents=True, exist_ok=True)
            (output / name / path).write_text(text)


def test_without_an_exchange_two_renames_do(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap, "_exchange", lambda *_: False)
    (output / "prod/notes.md").write_text("mine")
    write(NEW, output)
    assert there(output / "prod") == {**NEW, "notes.md": "mine"}
    assert hidden(output) == []


def test_an_output_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("a file")
    with pytest.raises(OutputUnwritable) as caught:
        write(NEW, tmp_path / "output")
    assert findings.text(caught.value.findings) == (
        f"{tmp_path}/output: cannot be replaced: File exists; the old tree stands [output]\n"
    )
    assert (tmp_path / "output").read_text() == "a file"


def test_a_tree_that_is_staged_and_not_committed_leaves_nothing(output: Path) -> None:
    with workspace.locked(output), workspace.staged(tree(NEW), output) as waiting:
        assert (waiting.comparison.stale(), hidden(output)) == (True, [".prod.new"])
    assert there(output) == {f"prod/{path}": text for path, text in OLD.items()}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to a read-only folder")
def test_a_read_only_output_folder_is_told_and_the_old_tree_stands(output: Path) -> None:
    output.chmod(0o555)
    with pytest.raises(OutputUnwritable):
        write(NEW, output)
    output.chmod(0o755)
    assert there(output / "prod") == OLD


def test_a_file_in_the_place_of_an_environment_stands(tmp_path: Path) -> None:
    (tmp_path / "prod").write_text("mine")
    with pytest.raises(OutputUnwritable) as caught:
        write(NEW, tmp_path)
    assert findings.text(caught.value.findings) == (
        f"{tmp_path}/prod: cannot be replaced: it is no folder of its own; the old tree stands [output]\n"
    )
    assert there(tmp_path) == {"prod": "mine"}


def test_a_link_in_the_place_of_an_environment_stands(output: Path, tmp_path: Path) -> None:
    (output / "prod").rename(tmp_path / "elsewhere")
    (output / "prod").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputUnwritable):
        write(NEW, output)
    assert there(output) == {"prod": f"-> {tmp_path / 'elsewhere'}"}
    assert there(tmp_path / "elsewhere") == OLD


def test_a_folder_in_the_place_of_a_file_is_told_and_the_old_tree_stands(output: Path) -> None:
    (output / "prod/components/b/base/b.yaml").mkdir(parents=True)
    (output / "prod/components/b/base/b.yaml/mine").write_text("mine")
    before = there(output)
    with pytest.raises(OutputUnwritable):
        write(NEW, output)
    assert there(output) == before


FULL_DISK = """
import resource, sys
from pathlib import Path
from generator.errors import OutputUnwritable
from generator.tree import File, Tree
from generator.workspace import write
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write(Tree.of("prod", [File("kustomization.yaml", "a: 1\\n"), File("z.yaml", "x" * 5000)]), Path(sys.argv[1]))
except OutputUnwritable as error:
    print(error.exit_code, error)
"""


def test_a_write_that_fails_halfway_is_told_and_the_old_tree_stands(output: Path) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(output)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert said.stdout == "6 cannot be replaced: File too large; the old tree stands\n"
    assert there(output) == {f"prod/{path}": text for path, text in OLD.items()}
    assert write(NEW, output).changed == ("components/a/base/a.yaml",)
    assert there(output) == {f"prod/{path}": text for path, text in NEW.items()}
