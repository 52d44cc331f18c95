"""What is in output/<environment>/: compared with a tree, and replaced by it whole or not at all.

A new tree is written beside the old one and flushed before the names are exchanged. What a killed render leaves behind
is removed by the next one.
"""

import contextlib
import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import NamedTuple

from msgspec.structs import replace

from generator import yamlio
from generator.errors import InputInvalid, OutputUnwritable
from generator.finding import Finding, Result, Where
from generator.tree import HEADER, File, Gap, Tree, is_name
from generator.workspace.sources import files, read_folder
from generator.workspace.swap import beside, flush, repair, swap

_LINK = "is a symbolic link, and links are not followed"
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755


class Comparison(NamedTuple):
    """A tree against what is on disk: paths that differ, are new, are ours but gone, and files that are not ours."""

    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    foreign: tuple[str, ...]

    def stale(self) -> bool:
        """Whether a write would change anything."""
        return bool(self.changed or self.added or self.removed)


def read_tree(output: Path, environment: str) -> Tree:
    """Return what is in `<output>/<environment>/`.

    Raises InputInvalid where there is no such folder, or what is in it cannot be read whole.
    """
    folder = output / environment
    if folder.is_symlink():
        raise InputInvalid(
            [
                Finding.at(
                    Where(str(folder)), "file", _LINK, hint="replace the link with the file or folder it points to"
                )
            ]
        )
    if not folder.is_dir():
        hint = f"codemie-manifests render {environment}"
        raise InputInvalid([Finding.at(Where(str(folder)), "output-missing", "is not rendered", hint=hint)])
    texts, findings = read_folder(folder)
    if findings:
        raise InputInvalid(replace(finding, file=f"{folder}/{finding.file}") for finding in findings)
    return Tree.of(environment, [File(path, text) for path, text in texts.items()], str(folder))


def old_tree(output: Path, environment: str) -> Tree:
    """Return what can be read of `<output>/<environment>/`, empty if it is not there, and what of it cannot."""
    folder = output / environment
    if folder.is_symlink():
        return Tree.of(environment, (), unread=[Gap("", _LINK)])
    if os.path.lexists(folder) and not folder.is_dir():
        return Tree.of(environment, (), unread=[Gap("", "is not a folder")])
    texts, findings = read_folder(folder) if folder.is_dir() else Result({})
    unread = [Gap(finding.file, finding.message, finding.line) for finding in findings]
    return Tree.of(environment, [File(path, text) for path, text in texts.items()], unread=unread)


def environments_in(output: Path) -> tuple[str, ...]:
    """Return the names of the folders in `output` that an environment may have, sorted; other folders are nobody's."""
    there = output.iterdir() if output.is_dir() else ()
    return tuple(sorted(path.name for path in there if is_name(path.name) and (path.is_dir() or path.is_symlink())))


def compare(tree: Tree, output: Path) -> Comparison:
    """Return how `tree` differs from `<output>/<environment>/`. Raises OutputUnwritable where that cannot be read."""
    texts = tree.texts()
    folder = output / tree.environment
    with _telling(folder):
        there = dict(files(folder)) if os.path.lexists(folder) else {}
    extra = sorted(there.keys() - texts.keys())
    ours = _ours(folder, extra)
    changed = [path for path, full in there.items() if path in texts and _content(full) != texts[path].encode()]
    return Comparison(
        changed=tuple(sorted(changed)),
        added=tuple(sorted(texts.keys() - there.keys())),
        removed=tuple(path for path in extra if path in ours),
        foreign=tuple(path for path in extra if path not in ours),
    )


class Staged(NamedTuple):
    """A tree and how it differs from the output. Where `waits`, it stands beside it, whole and flushed."""

    tree: Tree
    comparison: Comparison
    target: Path
    waits: bool

    def commit(self) -> None:
        """Put a tree that waits in its place, at once. Raises OutputUnwritable; the old tree then stands."""
        if self.waits:
            with _telling(self.target):
                swap(beside(self.target)[0], self.target)


@contextlib.contextmanager
def locked(output: Path, *, write: bool = True) -> Iterator[None]:
    """Let one command at a time write below `output`, which is made; first undo what killed ones left there.

    Without `write`, wait for one that writes. The lock goes with the process: nothing is left. Raises OutputUnwritable.
    """
    with contextlib.ExitStack() as held:
        with _telling(output):
            if write:
                output.mkdir(parents=True, exist_ok=True)
            if write or output.is_dir():
                handle = os.open(output, os.O_RDONLY | os.O_DIRECTORY)
                held.callback(os.close, handle)
                fcntl.flock(handle, fcntl.LOCK_EX if write else fcntl.LOCK_SH)
            if write:
                repair(output)
        yield


@contextlib.contextmanager
def staged(tree: Tree, output: Path, *, write: bool = True) -> Iterator[Staged]:
    """Lay `tree` out beside `<output>/<environment>/`, keeping foreign files; on exit what was not committed is gone.

    To be called inside `locked`. Without `write` the tree is only compared. Raises OutputUnwritable if the file system
    refuses; the old tree stands untouched.
    """
    target = output / tree.environment
    new, _ = beside(target)
    try:
        with _telling(target):
            if write and (target.is_symlink() or (target.exists() and not target.is_dir())):
                raise NotADirectoryError(errno.ENOTDIR, "it is no folder of its own", str(target))
            comparison = compare(tree, output)
            if write and comparison.stale():
                _stage(tree, target, new, comparison)
        yield Staged(tree, comparison, target, waits=write and comparison.stale())
    finally:
        if write:
            shutil.rmtree(new, ignore_errors=True)


def write(tree: Tree, output: Path) -> Comparison:
    """Make `<output>/<environment>/` equal to `tree`, keeping foreign files. Returns what was different."""
    with locked(output), staged(tree, output) as waiting:
        waiting.commit()
    return waiting.comparison


def retire(root: Path, output: Path, environment: str) -> tuple[str, ...]:
    """Remove an environment: its file, then its output in one step; return what went. Raises OutputUnwritable."""
    file, target = root / f"environments/{environment}.yaml", output / environment
    gone = tuple(path.relative_to(root).as_posix() for path in (file, target) if os.path.lexists(path))
    with locked(output), _telling(target):
        file.unlink(missing_ok=True)
        if target.is_dir() and not target.is_symlink():
            target.rename(beside(target)[0])  # what is left of it there, the next command takes away
            shutil.rmtree(beside(target)[0])
        else:
            target.unlink(missing_ok=True)
    return gone


@contextlib.contextmanager
def _telling(output: Path) -> Iterator[None]:
    """Tell a refusal of the file system as an expected failure."""
    try:
        yield
    except OSError as error:
        message = f"cannot be replaced: {error.strerror or error}; the old tree stands"
        where = Where(str(output))
        raise OutputUnwritable([Finding.at(where, "output", message)]) from None


def _stage(tree: Tree, target: Path, new: Path, comparison: Comparison) -> None:
    """Write the new tree beside the old one and flush it; unchanged and foreign files are linked."""
    fresh = {*comparison.changed, *comparison.added}
    paths = (*tree.texts(), *comparison.foreign)
    folders = sorted({new, *(new / above for path in paths for above in PurePath(path).parents)})
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(_FOLDER_MODE)
    for file in tree.files:
        if file.path in fresh:
            _write_file(new / file.path, file.text.encode())
        else:
            _link(target / file.path, new / file.path)
    for name in comparison.foreign:
        _link(target / name, new / name)
    for folder in folders:
        flush(folder)


def _write_file(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _FILE_MODE)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fchmod(stream.fileno(), _FILE_MODE)
        os.fsync(stream.fileno())


def _link(old: Path, path: Path) -> None:
    """Take a file over as it is; where the file system has no hard links, copy it."""
    try:
        os.link(old, path, follow_symlinks=False)
    except OSError:
        if old.is_symlink():
            path.symlink_to(old.readlink())
        else:
            _write_file(path, _whole(old))
            shutil.copystat(old, path)


def _whole(path: Path) -> bytes:
    """Return the content of a regular file: to read a pipe would be to wait for ever."""
    if not path.is_file():
        raise OSError(errno.EINVAL, "it holds what is not a regular file", str(path))
    return path.read_bytes()


def _content(path: Path) -> bytes:
    return b"" if path.is_symlink() or not path.is_file() else path.read_bytes()


def _ours(folder: Path, extra: list[str]) -> set[str]:
    """Return which files that are no longer rendered were written by us: by their header, or as a config entry.

    Config entries are in other languages and carry no header; the old kustomization.yaml beside them names them.
    """
    ours = {path for path in extra if _content(folder / path).startswith(HEADER.encode())}
    for path in [path for path in extra if path not in ours and "/config/" in path]:
        overlay = re.split("/config/", path, maxsplit=1)[0]
        named = _content(folder / overlay / "kustomization.yaml")
        if named.startswith(HEADER.encode()) and path in _generated(overlay, named):
            ours.add(path)
    return ours


def _generated(overlay: str, kustomization: bytes) -> set[str]:
    """Return the config entries that a kustomization.yaml names; none where a hand has changed its shape."""
    try:
        content = yamlio.load(kustomization.decode(), overlay).value
        return {f"{overlay}/{name}" for entry in content.get("configMapGenerator", []) for name in entry["files"]}
    except (InputInvalid, UnicodeDecodeError, AttributeError, KeyError, TypeError):
        return set()
