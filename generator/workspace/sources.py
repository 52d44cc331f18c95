"""What people wrote, read whole: a file that is no plain text of a sane size is a finding, never a wait or a surprise."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from generator.errors import InputInvalid
from generator.finding import Finding, Where
from generator.tree import Sources

_READ = ("templates", "environments")
_MAY_BE_READ = "schemas"
_SUFFIXES = (".yaml", ".j2", ".json")
_FOLDERS = re.compile(r"templates/(?:components|infra|addons|argocd)(?:/[^/.]+(?:/base|/overlay(?:/config)?)?)?")
"""What is a folder in a project: were it a file, nothing below it would be rendered, and nobody would know."""
_RIGHTS = "give yourself the right to read it: chmod u+rX"
_LARGEST = 1024 * 1024
"""What a person writes is a page; a file above 1 MiB is a mistake or an attack."""


def read(root: Path) -> Sources:
    """Return all sources below `root`. Raises InputInvalid where a folder is missing or a file is not UTF-8."""
    texts: dict[str, str] = {}
    problems: list[Finding] = []

    def unreadable(error: OSError) -> None:
        where = Where(Path(error.filename).relative_to(root).as_posix() + "/")
        problems.append(Finding.at(where, "file", f"cannot be read: {error.strerror}", hint=_RIGHTS))

    there = (_MAY_BE_READ,) if os.path.lexists(root / _MAY_BE_READ) else ()
    for top in (*_READ, *there):
        if refused := _no_folder(root / top):
            hint = "run it in a project, or name one with --root"
            problems.append(Finding.at(Where(f"{top}/"), "root", refused, hint=hint))
            continue
        for relative, path in files(root / top, unreadable):
            if any(step.startswith(".") for step in relative.split("/")):
                continue
            if _FOLDERS.fullmatch(f"{top}/{relative}") and path.is_file() and not path.is_symlink():
                hint = "take it away, or put the folder that belongs here in its place"
                problems.append(Finding.at(Where(f"{top}/{relative}"), "file", "must be a folder", hint=hint))
            elif path.is_symlink() or relative.endswith(_SUFFIXES):
                read_text(path, f"{top}/{relative}", texts, problems)
    problems += _equal_but_for_case(texts)
    if problems:
        raise InputInvalid(problems)
    return Sources(texts)


def read_files(paths: Iterable[Path]) -> dict[str, str]:
    """Return the texts of files anywhere, by path, up to 64 MiB. Raises InputInvalid with all that cannot be read."""
    texts: dict[str, str] = {}
    problems: list[Finding] = []
    for path in paths:
        if path.exists():
            read_text(path.resolve(), str(path), texts, problems, largest=64 * _LARGEST)
        else:
            problems.append(Finding.at(Where(str(path)), "file", "there is no such file"))
    if problems:
        raise InputInvalid(problems)
    return texts


def _no_folder(path: Path) -> str:
    if path.is_symlink():
        return "is a symbolic link"
    return "" if path.is_dir() else f"there is no such folder in {path.parent}"


def files(folder: Path, unreadable: Callable[[OSError], None] | None = None) -> Iterator[tuple[str, Path]]:
    """Yield every file below `folder` with its path, links as files. Where a folder cannot be read: OSError, or told."""

    def refuse(error: OSError) -> None:
        raise error

    for parent, names, found in os.walk(folder, onerror=unreadable or refuse):
        names.sort()
        links = [name for name in names if Path(parent, name).is_symlink()]
        for name in [*found, *links]:
            full = Path(parent, name)
            yield full.relative_to(folder).as_posix(), full


def read_text(
    path: Path, relative: str, texts: dict[str, str], problems: list[Finding], largest: int = _LARGEST
) -> None:
    """Add the text of a file, without a byte order mark and with Unix line ends."""
    try:
        refused, hint = _refusal(path, largest)
        if refused:
            problems.append(Finding.at(Where(relative), "file", refused, hint=hint))
            return
        texts[relative] = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 (byte {error.start + 1})"
        where = Where(relative, error.object.count(b"\n", 0, error.start) + 1)
        problems.append(Finding.at(where, "encoding", message, hint="save the file as UTF-8"))
    except OSError as error:
        problems.append(Finding.at(Where(relative), "file", f"cannot be read: {error.strerror}", hint=_RIGHTS))


def _refusal(path: Path, largest: int) -> tuple[str, str]:
    """Return why a file is not read at all, and a hint: reading a pipe would wait for ever, a link may lead anywhere."""
    if path.is_symlink():
        return "is a symbolic link", "put what it leads to in its place"
    if not path.is_file():
        return "is no regular file", "a pipe, a socket or a device cannot be an input"
    if path.stat().st_size > largest:
        return f"is larger than {largest // 1024} KiB", "what a person writes is a page or two"
    return "", ""


def _equal_but_for_case(texts: dict[str, str]) -> Iterator[Finding]:
    """Yield what is one file where file names have no case (macOS, Windows), two elsewhere."""
    seen: dict[str, str] = {}
    for path in sorted(texts):
        other = seen.setdefault(path.casefold(), path)
        if other != path:
            yield Finding.at(Where(path), "file", f"differs from {other} by case only", hint="rename one")
