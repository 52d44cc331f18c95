"""An old tree -> what of it kustomize may be given.

Anybody may have written the tree: it must name no server, and no file outside itself. We replace every
kustomization.yaml by what we read of it, and each name in it leads to a file or a folder that exists. What does not
fit is left out, and so is its name: the rest of its folder is built. A gap reports it.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from generator.bounds import FILES, READS, TREE, too_long
from generator.build import kustomization
from generator.build.kustomization import Kustomization
from generator.build.named import Named, Target, file_in
from generator.tree import File, Gap, Tree

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "kustomization")
_STEP = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._+@= ~-]+")
_ALIASES = 10
"""A file of so few cannot grow large; ours have none."""
_POINTER = "version https://git-lfs.github.com/spec/"
"""How Git LFS begins what it puts in place of a file."""
_CONFLICT = ("\n<<<<<<< ", "\n=======\n", "\n>>>>>>> ")


class Confined(NamedTuple):
    """What is left of a tree, and which of its files hold objects, or patches.

    `gaps` are what is left out, by path, and `targets` the objects that it was for. What is `unnamed` is left out too,
    but was never applied: nothing names it.
    """

    tree: Tree
    resources: frozenset[str]
    patches: frozenset[str]
    gaps: dict[str, Gap]
    targets: tuple[Target, ...] = ()
    unnamed: tuple[Gap, ...] = ()


def confined(tree: Tree) -> Confined:
    """Return what may be given to kustomize."""
    refused = {gap.path: gap for gap in (*tree.unread, *_misplaced(tree))}
    files = {file.path: file for file in tree.files if file.path not in refused}
    found: dict[str, Kustomization] = {}
    for path in [path for path in files if posixpath.basename(path) == kustomization.FILE]:
        content = kustomization.read(files[path].text)
        if isinstance(content, kustomization.Refused):
            refused[path] = Gap(path, content.reason, content.line)
        else:
            found[posixpath.dirname(path)] = content
    refused |= {gap.path: gap for gap in _Graph(found).endless()}
    named = [Named(folder, content) for folder, content in found.items() if file_in(folder) not in refused]
    gaps = {gap.path: gap for gap in _gaps(named, files, refused)}
    for one in named:
        written = one.without(gaps).text()
        files[one.path] = files[one.path] if written == files[one.path].text else File(one.path, written)
    holders = {path for one in named for path in one.resources.values()}
    left = {path: file for path, file in files.items() if path not in refused and path not in gaps}
    return Confined(
        tree=Tree.of(tree.environment, left.values()),
        resources=frozenset(holders & left.keys() - {one.path for one in named}),
        patches=frozenset(path for one in named for path in one.patches if path in left),
        gaps=gaps,
        targets=tuple(target for one in named for target in one.targets if target.path in gaps),
        unnamed=tuple(gap for path, gap in refused.items() if path not in gaps),
    )


def _gaps(named: list[Named], files: dict[str, File], refused: dict[str, Gap]) -> Iterator[Gap]:
    """Yield what is left out of what is applied: what a kustomization names, or one that we cannot read may name."""
    holders = {path for one in named for path in one.resources.values()}
    users = {path: one.path for one in reversed(named) for path in one.paths}
    unread_parts = tuple(gap.part for path, gap in refused.items() if _is_kustomization(path))
    for path, gap in refused.items():
        if not path or path.endswith("/") or path in users or path.startswith(unread_parts):
            yield gap._replace(holds_objects=path in holders or path not in users)
    for path, user in users.items():
        if path not in refused and (path not in files or _without_content(files[path].text)):
            why = _without_content(files[path].text) if path in files else f"is missing, and {user} names it"
            yield Gap(path, why, holds_objects=path in holders)


def _is_kustomization(path: str) -> bool:
    """Whether a file says what is built of a folder."""
    folder, _, name = path.rpartition("/")
    return bool(folder) and name.lower() in _KUSTOMIZATIONS


def _without_content(text: str) -> str:
    """Return why a text only stands in place of what a file held, or ''."""
    if not text.strip():
        return "is empty"
    if text.startswith(_POINTER):
        return "is a pointer of Git LFS, and its content is not here"
    lines, place = f"\n{text}", 0
    for mark in _CONFLICT:
        place = lines.find(mark, place)
        if place < 0:
            return ""
    return "contains a merge conflict"


def _misplaced(tree: Tree) -> Iterator[Gap]:
    """Yield the files that cannot be laid out, or not on every system, with why."""
    folders = {parent for file in tree.files if not too_long(file.path) for parent in _parents(file.path)}
    seen: dict[str, str] = {}
    size = 0
    for index, file in enumerate(tree.files):
        size += len(file.text)
        if index >= FILES.most:
            yield Gap(file.path, FILES.more)
        elif size > TREE.most:
            yield Gap(file.path, TREE.more)
        elif why := _refusal(file, folders, seen):
            yield Gap(file.path, why)


def _refusal(file: File, folders: set[str], seen: dict[str, str]) -> str:
    """Return why a file cannot be laid out beside those that were `seen`, or ''."""
    path, name = file.path, posixpath.basename(file.path)
    if reason := too_long(path):
        return reason
    if not all(_STEP.fullmatch(step) for step in path.split("/")):
        return "has a file name that the renderer never writes"
    if path in folders:
        return "is both a file and a folder"
    if name.lower() in _KUSTOMIZATIONS and name != kustomization.FILE:
        return f"must be named {kustomization.FILE}"
    if (other := seen.setdefault(path.casefold(), path)) != path:
        return f"differs from {other} only in upper and lower case"
    return f"has more than {_ALIASES} YAML aliases" if _aliases(file.text) > _ALIASES else ""


def _parents(path: str) -> list[str]:
    steps = path.split("/")[:-1]
    return ["/".join(steps[: depth + 1]) for depth in range(len(steps))]


def _aliases(text: str) -> int:
    if text.count("*") <= _ALIASES or "&" not in text:
        return 0
    try:
        return sum(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.CBaseLoader))
    except yaml.YAMLError:
        return 0  # no YAML: a config file, or nothing that kustomize can read


class _Graph:
    """Kustomizations by folder, and what they name."""

    def __init__(self, kustomizations: dict[str, Kustomization]) -> None:
        """Keep what was read."""
        self._kustomizations = kustomizations
        self._named_folders = {folder: [*self._named(folder)] for folder in kustomizations}

    def _named(self, folder: str) -> Iterator[str]:
        """Yield the folders that a kustomization names, as often as it does."""
        for name in self._kustomizations[folder].resources:
            path = posixpath.normpath(f"{folder}/{name}")
            if path in self._kustomizations:
                yield path

    def endless(self) -> Iterator[Gap]:
        """Yield the kustomizations that read too much, or themselves: those first that name no other folder.

        So each is looked at once, however they name each other. What names itself is never looked at.
        """
        users: dict[str, list[str]] = {}
        for folder, named in self._named_folders.items():
            for name in named:
                users.setdefault(name, []).append(folder)
        waiting = {folder: len(named) for folder, named in self._named_folders.items()}
        ready = [folder for folder, count in waiting.items() if not count]
        read_counts: dict[str, int] = {}
        while ready:
            folder = ready.pop()
            kustomization_ = self._kustomizations[folder]
            file_count = len([*kustomization_.files()]) + len(kustomization_.resources)
            read_counts[folder] = 1 + file_count + sum(read_counts[name] for name in self._named_folders[folder])
            if read_counts[folder] > READS.most:
                yield Gap(file_in(folder), READS.more)
                read_counts[folder] = 0  # nobody builds on it
            for user in users.get(folder, ()):
                waiting[user] -= 1
                if not waiting[user]:
                    ready.append(user)
        for folder in [folder for folder, count in waiting.items() if count]:
            yield Gap(file_in(folder), "includes itself through its resources")
