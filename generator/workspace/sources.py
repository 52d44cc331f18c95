"""What people wrote, read whole: a file that is no plain text of a sane size is a finding, never a wait or a surprise."""

import errno
import itertools
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from generator.bounds import FILE, FILES, TREE, too_long
from generator.errors import InputInvalid
from generator.finding import Finding, Where
from generator.tree import Sources

_READ = ("templates", "environments")
_MAY_BE_READ, _NO_LONGER_READ = "kinds", "schemas"
_SUFFIXES = (".yaml", ".j2", ".json")
_FOLDERS = re.compile(r"templates/(?:components|infra|addons|argocd)(?:/[^/.]+(?:/base|/overlay(?:/config)?)?)?")
"""What is a folder in a project: were it a file, nothing below it would be rendered, and nobody would know."""
_RIGHTS = "give yourself the right to read it: chmod u+rX"
_LIMITS = (errno.EFBIG, errno.ENAMETOOLONG)
_LARGEST = FILE.most
"""What a person writes is a page; a file above that is a mistake or an attack."""


def read(root: Path) -> Sources:
    """Return all sources below `root`. Raises InputInvalid where a folder is missing or a file is not UTF-8."""
    texts: dict[str, str] = {}
    problems: list[Finding] = []

    def unreadable(error: OSError) -> None:
        where = Where(Path(error.filename).relative_to(root).as_posix() + "/")
        problems.append(Finding.at(where, "file", _why(error), hint="" if error.errno in _LIMITS else _RIGHTS))

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
    problems += (*_equal_but_for_case(texts), *_left_over(root))
    if problems:
        raise InputInvalid(problems)
    return Sources(texts)


def _left_over(root: Path) -> Iterator[Finding]:
    """Yield that contracts are where earlier releases had them: unread, they would judge nothing."""
    if os.path.lexists(root / _NO_LONGER_READ):
        hint = "delete the folder, then run codemie-manifests schemas import CRD.yaml again"
        yield Finding.at(
            Where(f"{_NO_LONGER_READ}/"), "file", f"is no longer read: contracts are in {_MAY_BE_READ}/", hint=hint
        )


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
    """Yield every file below `folder` with its path, links as files: none is followed.

    Where a folder cannot be read, or a limit is hit: OSError, or told.
    """

    def refuse(error: OSError) -> None:
        raise error

    tell, count = unreadable or refuse, 0
    waiting = [(folder, "")]
    while waiting:
        place, above = waiting.pop()
        try:
            with os.scandir(place) as listed:
                entries = sorted(itertools.islice(listed, FILES.most + 1), key=lambda entry: entry.name)
        except OSError as error:
            tell(error)
            continue
        below = []
        for entry in entries:
            count += 1
            if count > FILES.most:
                return tell(OSError(errno.EFBIG, FILES.more, entry.path))
            path = f"{above}{entry.name}"
            if not entry.is_dir(follow_symlinks=False):
                yield path, Path(entry.path)
            elif why := too_long(f"{path}/"):
                tell(OSError(errno.ENAMETOOLONG, why, entry.path))
            else:
                below.append((Path(entry.path), f"{path}/"))
        waiting += reversed(below)
    return None


def read_folder(folder: Path) -> tuple[dict[str, str], list[Finding]]:
    """Return the texts of a folder by path, within all limits, and what of it cannot be read, each with its path."""
    texts: dict[str, str] = {}
    problems: list[Finding] = []

    def unreadable(error: OSError) -> None:
        path = os.path.relpath(os.fsdecode(error.filename), folder)
        problems.append(Finding.at(Where(path), "file", _why(error)))

    size = 0
    for path, full in files(folder, unreadable):
        read_text(full, path, texts, problems)
        size += len(texts.get(path, ""))
        if size > TREE.most:
            del texts[path]
            problems.append(Finding.at(Where(path), "file", TREE.more))
            break
    return texts, problems


def read_text(
    path: Path, relative: str, texts: dict[str, str], problems: list[Finding], largest: int = _LARGEST
) -> None:
    """Add the text of a file, without a byte order mark and with Unix line ends."""
    try:
        content = _content(path, largest)
        if isinstance(content, bytes):
            texts[relative] = content.decode("utf-8-sig").replace("\r\n", "\n")
            return
        problems.append(Finding.at(Where(relative), "file", content[0], hint=content[1]))
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 (byte {error.start + 1})"
        where = Where(relative, error.object.count(b"\n", 0, error.start) + 1)
        problems.append(Finding.at(where, "encoding", message, hint="save the file as UTF-8"))
    except OSError as error:
        problems.append(Finding.at(Where(relative), "file", f"cannot be read: {error.strerror}", hint=_RIGHTS))


def _content(path: Path, largest: int) -> bytes | tuple[str, str]:
    """Return what a file holds, or why it is not read and a hint: a pipe would be waited for, a link may lead anywhere."""
    if path.is_symlink():
        return "is a symbolic link", "replace the link with the file or folder it points to"
    if not path.is_file():
        return "is not a regular file", "use a regular file; pipes, sockets and devices are not read"
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # should it have become another just now
    with os.fdopen(handle, "rb") as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return "is not a regular file", "use a regular file; pipes, sockets and devices are not read"
        content = stream.read(largest + 1)
    if len(content) > largest:
        return f"is larger than {largest // 1024} KiB", "what a person writes is a page or two"
    return content


def _why(error: OSError) -> str:
    """Return why a folder is not read: a limit of ours, or what the system says."""
    return str(error.strerror) if error.errno in _LIMITS else f"cannot be read: {error.strerror}"


def _equal_but_for_case(texts: dict[str, str]) -> Iterator[Finding]:
    """Yield what is one file where file names have no case (macOS, Windows), two elsewhere."""
    seen: dict[str, str] = {}
    for path in sorted(texts):
        other = seen.setdefault(path.casefold(), path)
        if other != path:
            yield Finding.at(Where(path), "file", f"differs from {other} by case only", hint="rename one")
