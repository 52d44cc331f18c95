"""An old tree -> what of it kustomize may be given. Anybody may have written it: it must name no server, no file outside.

Every kustomization.yaml is replaced by what we read of it, and each name in it leads to a file or a folder that is there.
What does not fit is left out, and a finding tells of it.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from generator.bounds import FILES, READS, TREE, too_long
from generator.build import kustomization
from generator.build.kustomization import Kustomization
from generator.finding import Finding, Severity
from generator.tree import File, Tree

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "kustomization")
_STEP = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._+@= ~-]+")
_ALIASES = 10
"""A file of so few cannot grow large; ours have none."""


class Confined(NamedTuple):
    """What is left of a tree, the files that hold objects, and warnings of what is left out, by path."""

    tree: Tree
    resources: frozenset[str]
    findings: dict[str, Finding]


def confined(tree: Tree) -> Confined:
    """Return what may be given to kustomize."""
    refused, lines = dict(_misplaced(tree)), {}
    kept = {file.path: file for file in tree.files if file.path not in refused}
    read: dict[str, Kustomization] = {}
    for path in [path for path in kept if posixpath.basename(path) == kustomization.FILE]:
        said = kustomization.read(kept[path].text)
        if isinstance(said, kustomization.Refused):
            refused[path], lines[path] = said
        else:
            read[posixpath.dirname(path)] = said
    refused |= _Graph(read, kept.keys() - refused.keys()).refused()
    written = {f"{folder}/{kustomization.FILE}".lstrip("/"): said.text() for folder, said in read.items()}
    files = [
        file if written.get(path, file.text) == file.text else File(path, written[path])
        for path, file in kept.items()
        if path not in refused
    ]
    left = {file.path for file in files}
    resources = (posixpath.normpath(f"{folder}/{name}") for folder, said in read.items() for name in said.resources)
    return Confined(
        Tree.of(tree.environment, files),
        frozenset(path for path in resources if path in left),
        {path: left_out(tree.environment, path, why, lines.get(path, 0)) for path, why in refused.items()},
    )


def left_out(environment: str, path: str, why: str, line: int = 0) -> Finding:
    """Return the warning of a file or folder that is not on the old side."""
    return Finding(
        rule="diff-unreadable",
        severity=Severity.WARNING,
        message=f"{why}; it is left out of the old side, so its objects show as added",
        file=f"{environment}/{path}" if path.isprintable() else f"{environment}/{ascii(path)[1:-1]}",
        line=line,
        environment=environment,
    )


def _misplaced(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield the files that cannot be laid out, or not on every system, with why."""
    folders = {parent for file in tree.files if not too_long(file.path) for parent in _parents(file.path)}
    seen: dict[str, str] = {}
    size = 0
    for index, file in enumerate(tree.files):
        size += len(file.text)
        name, folded = posixpath.basename(file.path), file.path.casefold()
        if index >= FILES.most:
            yield file.path, FILES.more
        elif size > TREE.most:
            yield file.path, TREE.more
        elif why := too_long(file.path):
            yield file.path, why
        elif not all(_STEP.fullmatch(step) for step in file.path.split("/")):
            yield file.path, "has a file name that the renderer never writes"
        elif file.path in folders:
            yield file.path, "is both a file and a folder"
        elif name.lower() in _KUSTOMIZATIONS and name != kustomization.FILE:
            yield file.path, f"must be named {kustomization.FILE}"
        elif seen.setdefault(folded, file.path) != file.path:
            yield file.path, f"differs from {seen[folded]} only in upper and lower case"
        elif _aliases(file.text) > _ALIASES:
            yield file.path, f"has more than {_ALIASES} YAML aliases"


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

    def __init__(self, read: dict[str, Kustomization], there: set[str]) -> None:
        """Keep what was read, and the files that are there."""
        self._read, self._there = read, there
        self._below = {folder: [*self._named(folder)] for folder in read}

    def _named(self, folder: str) -> Iterator[str]:
        """Yield the folders that a kustomization names, as often as it does."""
        for name in self._read[folder].resources:
            path = posixpath.normpath(f"{folder}/{name}")
            if path in self._read:
                yield path

    def refused(self) -> dict[str, str]:
        """Return the kustomizations that are left out, and why: those first that name no other folder.

        So each is looked at once, however they name each other. What names itself is never looked at.
        """
        users: dict[str, list[str]] = {}
        for folder, below in self._below.items():
            for name in below:
                users.setdefault(name, []).append(folder)
        waiting = {folder: len(below) for folder, below in self._below.items()}
        ready = [folder for folder, count in waiting.items() if not count]
        found: dict[str, str] = {}
        reads: dict[str, int] = {}
        while ready:
            folder = ready.pop()
            if why := self._wrong(folder, found):
                found[folder] = why
            else:
                files = sum(1 for _ in self._read[folder].files()) + len(self._read[folder].resources)
                reads[folder] = 1 + files + sum(reads[name] for name in self._below[folder])
                if reads[folder] > READS.most:
                    found[folder] = READS.more
            for user in users.get(folder, ()):
                waiting[user] -= 1
                if not waiting[user]:
                    ready.append(user)
        found |= {folder: "includes itself through its resources" for folder, count in waiting.items() if count}
        return {f"{folder}/{kustomization.FILE}".lstrip("/"): why for folder, why in found.items()}

    def _wrong(self, folder: str, found: dict[str, str]) -> str:
        """Return what a kustomization names that is not there, or ''."""
        for _, name in self._read[folder].files():
            if posixpath.normpath(f"{folder}/{name}") not in self._there:
                return f"names {name}, which is missing"
        for name in self._read[folder].resources:
            path = posixpath.normpath(f"{folder}/{name}")
            is_folder = name.startswith("../") and path in self._read and path not in found
            is_file = not name.startswith("../") and path in self._there
            if not (is_folder or (is_file and posixpath.basename(path) != kustomization.FILE)):
                return f"names {name}, which is missing or was left out"
        return ""
