"""What may be written and taken away in a folder that others can write too: decided from ids alone, nothing is read.

Ours are exactly the files in the lock of the folder, as long as they are what the lock says. Pure.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from generator.finding import Finding
from generator.publish.lock import Lock, Made, Unreadable
from generator.publish.target import LOCK

Entries = Mapping[str, tuple[str, str]]
"""Files below a folder: path, mode and blob."""

_FILE = "100644"
_FEW, _SHARE = 10, 0.5
"""What may go without a word: up to ten files, or up to half of those that are published."""
_NAMED = 20
"""How many files a message names one by one."""


class Allowed(NamedTuple):
    """What a person said yes to."""

    adopt: bool = False
    mass_delete: bool = False


class Folder(NamedTuple):
    """An environment's folder as it is published: its files, and what its lock says (None: it has none)."""

    name: str
    entries: Entries
    lock: Lock | Unreadable | None

    @property
    def owned(self) -> Mapping[str, str]:
        """The files that are ours, with the blobs they were published as."""
        return self.lock.files if isinstance(self.lock, Lock) else {}


class Change(NamedTuple):
    """What a publish does to a folder, by path below it."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    taken_over: tuple[str, ...]

    def any(self) -> bool:
        """Whether a file comes, goes or changes."""
        return bool(self.added or self.changed or self.removed)


def change(folder: Folder, files: Mapping[str, str], allowed: Allowed) -> Change:
    """Return what becomes of the folder when it gets `files` (path, blob)."""
    there = {path: blob for path, (_, blob) in folder.entries.items() if path != LOCK}
    foreign = set(hand_edited(folder)) | set(_in_the_way(folder, files))
    return Change(
        added=tuple(sorted(files.keys() - there.keys())),
        changed=tuple(
            sorted(path for path in files.keys() & there.keys() if folder.entries[path] != (_FILE, files[path]))
        ),
        removed=tuple(sorted((folder.owned.keys() - files.keys()) & there.keys())),
        taken_over=tuple(sorted(foreign)) if allowed.adopt else (),
    )


def conflicts(folder: Folder, files: Mapping[str, str], version: str, allowed: Allowed) -> Iterator[Finding]:
    """Yield why the folder is not ours to write: exit code 5."""
    if isinstance(folder.lock, Unreadable):
        if folder.lock.newer or not allowed.adopt:
            hint = "use the newer version" if folder.lock.newer else "--adopt takes the folder over"
            yield _finding("publish-lock", f"{folder.name}: {folder.lock.reason}", hint)
        return
    if folder.lock and folder.lock.environment != folder.name.rpartition("/")[2] and not allowed.adopt:
        message = f"{folder.name}: the lock in it is of environment {folder.lock.environment}"
        yield _finding("publish-lock", message, "--adopt takes the folder over")
    if folder.lock and _number(folder.lock.generator_version) > _number(version):
        message = f"{folder.name} was published by version {folder.lock.generator_version}, and this is {version}"
        yield _finding("publish-downgrade", message, "use that version or a newer one")
    if folder.lock is None and folder.entries and not allowed.adopt:
        hint = "--adopt takes the folder over: what we do not render stays, what we render wins"
        yield _finding(
            "publish-unmanaged", f"{folder.name} holds {len(folder.entries)} files that we did not publish", hint
        )
        return
    yield from _impossible(folder, files)
    if not allowed.adopt:
        hint = "take the change into the sources, or --adopt to write over it"
        yield from _each("publish-edited", "was changed by hand", hint, folder, hand_edited(folder))
        hint = "move it away, or --adopt to write over it"
        yield from _each("publish-foreign", "is not ours, and we render it", hint, folder, _in_the_way(folder, files))


def retirement_conflicts(folder: Folder, version: str, allowed: Allowed) -> Iterator[Finding]:
    """Yield why the folder is not ours to remove (exit code 5); files of others beside ours stay in any case."""
    if folder.lock is None and folder.entries:
        message = f"{folder.name} contains {len(folder.entries)} files, and none was published by codemie-manifests"
        yield _finding("publish-unmanaged", message, "whoever made the folder must remove it")
    else:
        hopeless = isinstance(folder.lock, Unreadable)
        yield from conflicts(folder, {}, version, Allowed() if hopeless else allowed)


def refusals(folder: Folder, files: Mapping[str, str], allowed: Allowed) -> Iterator[Finding]:
    """Yield what nobody can want by accident: exit code 4."""
    if not files:
        yield _finding("publish-empty", f"{folder.name} would be empty: nothing is rendered")
    gone = sorted(folder.owned.keys() - files.keys())
    if len(gone) > _FEW and len(gone) > len(folder.owned) * _SHARE and not allowed.mass_delete:
        message = f"{folder.name} would lose {len(gone)} of {len(folder.owned)} files, among them {', '.join(gone[:3])}"
        yield _finding("publish-mass-delete", message, "--allow-mass-delete, if that is meant")


def older_source(folder: Folder, made: Made, order: Callable[[str], str], allowed: Allowed) -> Iterator[Finding]:
    """Yield that what is published came from a newer commit, or from one that is not among ours.

    `order` says of a commit whether it is `before` ours (or ours), `after` it, `beside` it or `unknown` here.
    """
    if not isinstance(folder.lock, Lock):
        return
    other = folder.lock.source
    where = order(other.commit)
    if where == "after":
        message = f"{folder.name} was published from {other.commit[:12]}, which is newer than {made.commit[:12]}"
        yield _finding("publish-older", message, "git pull, or git revert what you want back: a revert is newer")
    elif where != "before" and not allowed.adopt:
        said = "is not among the commits before" if where == "beside" else "is not known here, so it may be newer than"
        message = (
            f"{folder.name} was published from {other.commit[:12]} of {other.repository or 'a repository'}, "
            f"which {said} {made.commit[:12]}"
        )
        hint = (
            "git pull; in a shallow clone git fetch --unshallow (in CI fetch-depth: 0); "
            "--adopt, if that commit is gone for good"
        )
        yield _finding("publish-diverged", message, hint)


def hand_edited(folder: Folder) -> list[str]:
    """Return files of ours that are not what we published, gone ones included."""
    return sorted(path for path, blob in folder.owned.items() if folder.entries.get(path) != (_FILE, blob))


def _in_the_way(folder: Folder, files: Mapping[str, str]) -> list[str]:
    """Return files that are not ours and that we would write."""
    return sorted(files.keys() & folder.entries.keys() - folder.owned.keys())


def _impossible(folder: Folder, files: Mapping[str, str]) -> Iterator[Finding]:
    """Yield names that cannot stand beside what exists: a file in place of a folder, or the same name in other case."""
    ours = {*files, LOCK}
    kept = folder.entries.keys() - folder.owned.keys() - ours
    folders = {parent for path in files for parent in _parents(path)}
    lower = {path.casefold(): path for name in ours for path in (name, *_parents(name))}
    for path in sorted(kept):
        hint = "move it away"
        if path in folders or any(parent in ours for parent in _parents(path)):
            yield _finding(
                "publish-foreign",
                f"{folder.name}/{path} stands where we need another name",
                hint,
                f"{folder.name}/{path}",
            )
        for name in (path, *_parents(path)):
            if lower.get(name.casefold(), name) != name:
                message = f"{folder.name}/{name} differs from {lower[name.casefold()]} only in upper and lower case"
                yield _finding("publish-case", message, hint, f"{folder.name}/{name}")


def _parents(path: str) -> list[str]:
    steps = path.split("/")[:-1]
    return ["/".join(steps[: index + 1]) for index in range(len(steps))]


def _number(version: str) -> tuple[int, ...]:
    """Return a version's numbers; it may be anything, for a lock file may say anything."""
    return tuple(int(part) for part in version.split(".") if re.fullmatch("[0-9]{1,9}", part))


def _each(rule: str, message: str, hint: str, folder: Folder, paths: list[str]) -> Iterator[Finding]:
    """Yield a finding for each path; of very many only how many more there are."""
    for path in paths[:_NAMED]:
        yield _finding(rule, message, hint, f"{folder.name}/{path}")
    if len(paths) > _NAMED:
        yield _finding(rule, f"{folder.name}: {len(paths) - _NAMED} more files: {message}", hint)


def _finding(rule: str, message: str, hint: str = "", path: str = "") -> Finding:
    return Finding(rule=rule, message=message, hint=hint, path=path)
