"""One folder takes the place of another: at once, or not at all.

Both names are exchanged in one system call; two renames do where the kernel has none. The names `.<env>.old` and
`.<env>.new` tell the next command how to repair what a killed one left.
"""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_LEFTOVER = re.compile(r"\.(?P<environment>[a-z0-9][a-z0-9-]*)\.(?:new|old)")


def beside(target: Path) -> tuple[Path, Path]:
    """Return the names beside `target` at which the new tree waits, and the old one while two renames are made."""
    return target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")


def repair(output: Path) -> None:
    """Undo what killed commands left below `output`: the old tree is back, half-written ones are gone."""
    for path in sorted(output.iterdir()):
        if leftover := _LEFTOVER.fullmatch(path.name):
            target = output / leftover["environment"]
            _, old = beside(target)
            if not os.path.lexists(target) and old.is_dir():
                old.rename(target)
            _remove(path)


def swap(new: Path, target: Path) -> None:
    """Put `new` in the place of `target`. Raises OSError; then, and on an interruption, the old one stands."""
    with contextlib.ExitStack() as undo:
        undo.enter_context(_in_place(new, target))
        flush(target.parent)
    for leftover in beside(target):  # the new tree stands and is safe: what cannot be removed, the next command removes
        shutil.rmtree(leftover, ignore_errors=True)


@contextlib.contextmanager
def _in_place(new: Path, target: Path) -> Iterator[None]:
    """Exchange the names, and back again where the block fails."""
    _, old = beside(target)
    if target.exists() and _exchange(new, target):
        try:
            yield
        except OSError:
            _exchange(new, target)
            raise
        return
    try:
        if target.exists():
            target.rename(old)
        new.rename(target)
        yield
    except BaseException:
        if old.exists() and target.exists():
            target.rename(new)
        if old.exists():
            old.rename(target)
        raise


def flush(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one system call (Linux `renameat2`); False where there is none."""
    import ctypes

    function = getattr(ctypes.CDLL(None), "renameat2", None)
    if function is None:
        return False
    code: int = function(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return code == 0
