"""What people wrote, read whole: a file that is not plain text of a sane size is a finding, never a hang."""

import errno
import itertools
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from generator.bounds import FILE, FILES, TREE, too_long
from generator.errors import InputInvalid
from generator.finding import Finding, Result, Where
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


class Text(NamedTuple):
    """What a file holds, by its path."""

    path: str
    text: str


def read(root: Path) -> Sources:
    """Return all sources below `root`. Raises InputInvalid where a folder is missing or a file is not UTF-8."""
    there = (_MAY_BE_READ,) if os.path.lexists(root / _MAY_BE_READ) else ()
    texts, findings = _parted(found for top in (*_READ, *there) for found in _written(root, top))
    if findings := (*findings, *_equal_but_for_case(texts), *_left_over(root)):
        raise InputInvalid(findings)
    return Sources(texts)


def _left_over(root: Path) -> Iterator[Finding]:
    """Yield that contracts are where earlier releases had them: unread, they would judge nothing."""
    if os.path.lexists(root / _NO_LONGER_READ):
        hint = "delete the folder, then run codemie-manifests schemas import CRD.yaml again"
        yield Finding.at(
            Where(f"{_NO_LONGER_READ}/"), "file", f"is no longer read: contracts are in {_MAY_BE_READ}/", hint=hint
        )


def _written(root: Path, top: str) -> Iterator[Text | Finding]:
    """Yield what people wrote below a folder of the project, and what of it cannot be read."""
    if refused := _no_folder(root / top):
        hint = "run it in a project, or name one with --root"
        yield Finding.at(Where(f"{top}/"), "root", refused, hint=hint)
        return
    for found in _walked(root / top):
        if isinstance(found, OSError):
            where = Where(Path(found.filename).relative_to(root).as_posix() + "/")
            yield Finding.at(where, "file", _why(found), hint="" if found.errno in _LIMITS else _RIGHTS)
            continue
        relative, path = f"{top}/{found[0]}", found[1]
        if any(step.startswith(".") for step in found[0].split("/")):
            continue
        if _FOLDERS.fullmatch(relative) and path.is_file() and not path.is_symlink():
            hint = "take it away, or put the folder that belongs here in its place"
            yield Finding.at(Where(relative), "file", "must be a folder", hint=hint)
        elif path.is_symlink() or relative.endswith(_SUFFIXES):
            yield read_text(path, relative)


def read_files(paths: Iterable[Path]) -> dict[str, str]:
    """Return the texts of files anywhere, by path, up to 64 MiB. Raises InputInvalid with all that cannot be read."""
    texts, findings = _parted(
        read_text(path.resolve(), str(path), largest=64 * _LARGEST)
        if path.exists()
        else Finding.at(Where(str(path)), "file", "there is no such file")
        for path in paths
    )
    if findings:
        raise InputInvalid(findings)
    return texts


def _parted(found: Iterable[Text | Finding]) -> Result[dict[str, str]]:
    """Return texts by path, and the findings among them."""
    items = list(found)
    texts = {item.path: item.text for item in items if isinstance(item, Text)}
    return Result(texts, tuple(item for item in items if isinstance(item, Finding)))


def _no_folder(path: Path) -> str:
    if path.is_symlink():
        return "is a symbolic link"
    return "" if path.is_dir() else f"there is no such folder in {path.parent}"


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file below `folder` with its path, links as files. Raises OSError where not all can be listed."""
    for found in _walked(folder):
        if isinstance(found, OSError):
            raise found
        yield found


def _walked(folder: Path) -> Iterator[tuple[str, Path] | OSError]:
    """Yield every file below `folder` with its path, links as files: none is followed.

    Where a folder cannot be read, or a limit is hit, the error is yielded.
    """
    count, waiting = 0, [(folder, "")]
    while waiting:
        place, above = waiting.pop()
        try:
            with os.scandir(place) as listed:
                entries = sorted(itertools.islice(listed, FILES.most + 1), key=lambda entry: entry.name)
        except OSError as error:
            yield error
            continue
        below = []
        for entry in entries:
            count += 1
            if count > FILES.most:
                yield OSError(errno.EFBIG, FILES.more, entry.path)
                return
            path = f"{above}{entry.name}"
            if not entry.is_dir(follow_symlinks=False):
                yield path, Path(entry.path)
            elif why := too_long(f"{path}/"):
                yield OSError(errno.ENAMETOOLONG, why, entry.path)
            else:
                below.append((Path(entry.path), f"{path}/"))
        waiting += reversed(below)


def read_folder(folder: Path) -> Result[dict[str, str]]:
    """Return the texts of a folder by path, within all limits, and what of it cannot be read, each with its path."""
    return _parted(_whole(folder))


def _whole(folder: Path) -> Iterator[Text | Finding]:
    """Yield the files of a folder, up to the limit of a tree, and what of it cannot be read."""
    size = 0
    for found in _walked(folder):
        if isinstance(found, OSError):
            yield Finding.at(Where(_unlisted(found, folder)), "file", _why(found))
            continue
        item = read_text(found[1], found[0])
        size += len(item.text) if isinstance(item, Text) else 0
        if size > TREE.most:
            yield Finding.at(Where(""), "file", TREE.more)
            return
        yield item


def _unlisted(error: OSError, folder: Path) -> str:
    """Return what of a folder was not listed: a folder in it, or '' for the rest of it."""
    path = os.path.relpath(os.fsdecode(error.filename), folder)
    return "" if error.errno == errno.EFBIG or path == "." else f"{path}/"


def read_text(path: Path, relative: str, largest: int = _LARGEST) -> Text | Finding:
    """Return the text of a file, without a byte order mark and with Unix line ends, or why it cannot be read."""
    try:
        content = _content(path, largest)
        if isinstance(content, bytes):
            return Text(relative, content.decode("utf-8-sig").replace("\r\n", "\n"))
        return Finding.at(Where(relative), "file", content[0], hint=content[1])
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 (byte {error.start + 1})"
        where = Where(relative, error.object.count(b"\n", 0, error.start) + 1)
        return Finding.at(where, "encoding", message, hint="save the file as UTF-8")
    except OSError as error:
        return Finding.at(Where(relative), "file", f"cannot be read: {error.strerror}", hint=_RIGHTS)


def _content(path: Path, largest: int) -> bytes | tuple[str, str]:
    """Return what a file holds, or why it is not read, with a hint: a pipe would block, a link may lead anywhere."""
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
