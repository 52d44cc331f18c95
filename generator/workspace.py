"""Files: reads templates/ and environments/ whole, replaces output/<env>/ whole or not at all.

A new tree is written beside the old one, flushed, then both names are exchanged in one system call (two renames where
the kernel has none; the names `.<env>.old` and `.<env>.new` then tell the next command how to repair). What a killed
render leaves behind is removed by the next one.
"""

import contextlib
import errno
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from generator import yamlio
from generator.errors import InputInvalid, OutputUnwritable
from generator.finding import Finding, Where
from generator.tree import HEADER, File, Sources, Tree

_READ = ("templates", "environments")
_SUFFIXES = (".yaml", ".j2", ".json")
_SOURCE = re.compile(f"^(?:{HEADER} from (.+): do not edit)?")
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
_LARGEST = 1024 * 1024
"""What a person writes is a page; a file above 1 MiB is a mistake or an attack."""


class Comparison(NamedTuple):
    """A tree against what is on disk: paths that differ, are new, are ours but gone, and files that are not ours."""

    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    foreign: tuple[str, ...]

    def stale(self) -> bool:
        """Whether a write would change anything."""
        return bool(self.changed or self.added or self.removed)


def read(root: Path) -> Sources:
    """Return all sources below `root`. Raises InputInvalid where a folder is missing or a file is not UTF-8."""
    texts: dict[str, str] = {}
    problems: list[Finding] = []
    for top in _READ:
        if not (root / top).is_dir():
            hint = "run it in a project, or name one with --root"
            problems.append(Finding.at(Where(f"{top}/"), "root", f"there is no such folder in {root}", hint=hint))
        for relative, path in _files(root / top):
            steps = relative.split("/")
            if any(step.startswith(".") for step in steps) or not (path.is_symlink() or relative.endswith(_SUFFIXES)):
                continue
            _read_text(path, f"{top}/{relative}", texts, problems)
    problems += _equal_but_for_case(texts)
    if problems:
        raise InputInvalid(problems)
    return Sources(texts)


def _equal_but_for_case(texts: dict[str, str]) -> Iterator[Finding]:
    """Yield what is one file where file names have no case (macOS, Windows), two elsewhere."""
    seen: dict[str, str] = {}
    for path in sorted(texts):
        other = seen.setdefault(path.casefold(), path)
        if other != path:
            yield Finding.at(Where(path), "file", f"differs from {other} by case only")


def read_tree(output: Path, environment: str) -> Tree:
    """Return what is in `<output>/<environment>/`; the template of each file is read from its header.

    Raises InputInvalid where there is no such folder or a file is not UTF-8.
    """
    folder = output / environment
    if not folder.is_dir():
        hint = f"codemie-manifests render {environment}"
        raise InputInvalid([Finding.at(Where(str(folder)), "output-missing", "is not rendered", hint=hint)])
    texts: dict[str, str] = {}
    problems: list[Finding] = []
    for path, full in _files(folder):
        _read_text(full, path, texts, problems)
    if problems:
        raise InputInvalid(problems)
    return Tree.of(environment, [File(path, text, _SOURCE.findall(text)[0]) for path, text in texts.items()])


def cache_folder() -> Path:
    """Return the folder of earlier kustomize results: $XDG_CACHE_HOME/codemie-manifests, by default below ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codemie-manifests"


def compare(tree: Tree, output: Path) -> Comparison:
    """Return how `tree` differs from `<output>/<environment>/`."""
    texts = tree.texts()
    folder = output / tree.environment
    there = dict(_files(folder))
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
    new: Path
    old: Path
    waits: bool

    def commit(self) -> None:
        """Put a tree that waits in its place, at once. Raises OutputUnwritable; the old tree then stands."""
        if self.waits:
            with _telling(self.target):
                _swap(self.new, self.target, self.old)


@contextlib.contextmanager
def locked(output: Path, *, write: bool = True) -> Iterator[None]:
    """Let one command at a time write below `output`, which is made. The lock goes with the process: nothing is left.

    Raises OutputUnwritable.
    """
    if not write:
        yield
        return
    with _telling(output):
        output.mkdir(parents=True, exist_ok=True)
        handle = os.open(output, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def staged(tree: Tree, output: Path, *, write: bool = True) -> Iterator[Staged]:
    """Lay `tree` out beside `<output>/<environment>/`, keeping foreign files; on exit what was not committed is gone.

    To be called inside `locked`. Without `write` the tree is only compared. Raises OutputUnwritable if the file system
    refuses; the old tree stands untouched.
    """
    names = (tree.environment, f".{tree.environment}.new", f".{tree.environment}.old")
    target, new, old = (output / name for name in names)
    if not write:
        yield Staged(tree, compare(tree, output), target, new, old, waits=False)
        return
    try:
        with _telling(target):
            if target.is_symlink() or (target.exists() and not target.is_dir()):
                raise NotADirectoryError(errno.ENOTDIR, "it is no folder of its own", str(target))
            _repair(target, new, old)
            comparison = compare(tree, output)
            if comparison.stale():
                _stage(tree, target, new, comparison)
        yield Staged(tree, comparison, target, new, old, waits=comparison.stale())
    finally:
        shutil.rmtree(new, ignore_errors=True)


def write(tree: Tree, output: Path) -> Comparison:
    """Make `<output>/<environment>/` equal to `tree`, keeping foreign files. Returns what was different."""
    with locked(output), staged(tree, output) as waiting:
        waiting.commit()
    return waiting.comparison


@contextlib.contextmanager
def _telling(output: Path) -> Iterator[None]:
    """Tell a refusal of the file system as an expected failure."""
    try:
        yield
    except OSError as error:
        message = f"cannot be replaced: {error.strerror}; the old tree stands"
        where = Where(str(error.filename or output))
        raise OutputUnwritable([Finding.at(where, "output", message)]) from None


def _repair(target: Path, new: Path, old: Path) -> None:
    """Undo what a killed command left: the old tree is back, half-written ones are gone."""
    if not target.exists() and old.exists():
        old.rename(target)
    for leftover in (new, old):
        if leftover.exists():
            shutil.rmtree(leftover)


def _stage(tree: Tree, target: Path, new: Path, comparison: Comparison) -> None:
    """Write the new tree beside the old one and flush it; unchanged files are linked, foreign ones copied."""
    fresh = {*comparison.changed, *comparison.added}
    folders = {new}
    for file in tree.files:
        path = new / file.path
        _make_folder(path.parent, new, folders)
        if file.path in fresh:
            _write_file(path, file.text.encode())
        else:
            _link(target / file.path, path)
    for name in comparison.foreign:
        _make_folder((new / name).parent, new, folders)
        shutil.copy2(target / name, new / name, follow_symlinks=False)
    for folder in folders:
        _flush(folder)


def _make_folder(folder: Path, root: Path, made: set[Path]) -> None:
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    while folder not in made or folder == root:
        folder.chmod(_FOLDER_MODE)
        made.add(folder)
        if folder == root:
            return
        folder = folder.parent


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
        os.link(old, path)
    except OSError:
        _write_file(path, old.read_bytes())


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(new: Path, target: Path, old: Path) -> None:
    """Put `new` in the place of `target` at once."""
    if not target.exists():
        new.rename(target)
    elif _exchange(new, target):
        shutil.rmtree(new)
    else:
        target.rename(old)
        new.rename(target)
        shutil.rmtree(old)
    _flush(target.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one system call (Linux `renameat2`); False where there is none."""
    import ctypes

    function = getattr(ctypes.CDLL(None), "renameat2", None)
    if function is None:
        return False
    code: int = function(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return code == 0


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file below `folder` with its path, links as files."""
    for parent, names, files in os.walk(folder):
        names.sort()
        links = [name for name in names if Path(parent, name).is_symlink()]
        for name in [*files, *links]:
            full = Path(parent, name)
            yield full.relative_to(folder).as_posix(), full


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
    try:
        content = yamlio.load(kustomization.decode(), overlay).value
    except (InputInvalid, UnicodeDecodeError):
        return set()
    return {f"{overlay}/{name}" for entry in content.get("configMapGenerator", []) for name in entry["files"]}


def _read_text(path: Path, relative: str, texts: dict[str, str], problems: list[Finding]) -> None:
    """Add the text of a file, without a byte order mark and with Unix line ends."""
    try:
        refused = _refusal(path)
        if refused:
            problems.append(Finding.at(Where(relative), "file", refused))
            return
        texts[relative] = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 (byte {error.start + 1})"
        problems.append(Finding.at(Where(relative), "encoding", message, hint="save the file as UTF-8"))
    except OSError as error:
        problems.append(Finding.at(Where(relative), "file", f"cannot be read: {error.strerror}"))


def _refusal(path: Path) -> str:
    """Return why a file is not read at all: reading a pipe would wait for ever, a link may lead anywhere."""
    if path.is_symlink():
        return "is a symbolic link"
    if not path.is_file():
        return "is no regular file"
    if path.stat().st_size > _LARGEST:
        return f"is larger than {_LARGEST // 1024} KiB"
    return ""
