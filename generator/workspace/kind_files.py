"""kinds/, what a project says of kinds: files are added or replaced, the folder whole or not at all."""

import os
import shutil
from pathlib import Path

from generator.errors import OutputUnwritable
from generator.finding import Finding, Where
from generator.workspace.swap import beside, swap

_FOLDER = "kinds"


def write_kind_files(root: Path, texts: dict[str, str]) -> list[str]:
    """Put `texts`, by path below `root`, into `<root>/kinds/`, where others stay; return the paths.

    Raises OutputUnwritable.
    """
    target = root / _FOLDER
    new, old = beside(target)
    try:
        if old.is_dir() and not os.path.lexists(target):  # a killed import left it between two renames
            old.rename(target)
        shutil.rmtree(new, ignore_errors=True)
        if target.is_dir():
            shutil.copytree(target, new, symlinks=True)
        for path, text in texts.items():
            file = new / path.removeprefix(f"{_FOLDER}/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            file.write_text(text, encoding="utf-8")
        swap(new, target)
    except OSError as error:
        message = f"cannot be replaced: {error.strerror or error}; nothing was imported"
        raise OutputUnwritable([Finding.at(Where(str(target)), "output", message)]) from None
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return list(texts)
