"""schemas/, the contracts of the user's own kinds: files are added, the folder is replaced whole or not at all."""

import os
import shutil
from pathlib import Path

from generator.errors import OutputUnwritable
from generator.finding import Finding, Where
from generator.workspace.sources import read
from generator.workspace.swap import beside, swap

_FOLDER = "schemas"


def write_schemas(root: Path, texts: dict[str, str]) -> list[str]:
    """Put `texts` below `<root>/schemas/`, where others stay; return their paths. Raises OutputUnwritable.

    Raises InputInvalid where `root` is no project.
    """
    read(root)
    target = root / _FOLDER
    new, old = beside(target)
    try:
        if old.is_dir() and not os.path.lexists(target):  # a killed import left it between two renames
            old.rename(target)
        shutil.rmtree(new, ignore_errors=True)
        if target.is_dir():
            shutil.copytree(target, new, symlinks=True)
        for path, text in texts.items():
            file = new / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            file.write_text(text, encoding="utf-8")
        swap(new, target)
    except OSError as error:
        message = f"cannot be replaced: {error.strerror or error}; nothing was imported"
        raise OutputUnwritable([Finding.at(Where(str(target)), "output", message)]) from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return [f"{_FOLDER}/{path}" for path in texts]
