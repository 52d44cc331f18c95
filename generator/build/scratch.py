"""A folder for kustomize to read, gone with the command: what a killed one left, the next command removes.

Whoever lives holds a lock on its folder; a folder that can be locked is nobody's.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "codemie-manifests-build-"


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """Yield a new empty folder. Raises OSError where there is no place for one."""
    _sweep(Path(tempfile.gettempdir()))
    with contextlib.ExitStack() as held:
        folder = _locked(held)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _locked(held: contextlib.ExitStack) -> Path:
    """Make a folder and lock it; if another command took it for a leftover before the lock, make a new one."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            held.callback(os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_EX)
            if folder.exists():
                return folder


def _sweep(place: Path) -> None:
    """Remove what killed commands left in `place`. What cannot be removed is no reason to stop."""
    for folder in place.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            _remove(folder)


def _remove(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(handle).st_uid == os.geteuid():
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
    finally:
        os.close(handle)
