"""An old tree -> what of it kustomize may be given.

Anybody may have written the tree: it must name no server, and no file outside itself. We replace every
kustomization.yaml by what we read of it, and each name in it leads to a file or a folder that exists. What does not
fit is left out, and a finding reports it.
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
    files_by_path = {file.path: file for file in tree.files if file.path not in refused}
    kustomizations: dict[str, Kustomization] = {}
    for path in [path for path in files_by_path if posixpath.basename(path) == kustomization.FILE]:
        content = kustomization.read(files_by_path[path].text)
        if isinstance(content, kustomization.Refused):
            refused[path], lines[path] = content
        else:
            kustomizations[posixpath.dirname(path)] = content
    refused |= _Graph(kustomizations, files_by_path.keys() - refused.keys()).refused()
    written = {
        f"{folder}/{kustomization.FILE}".lstrip("/"): content.text() for folder, content in kustomizations.items()
    }
    files = [
        file if written.get(path, file.text) == file.text else File(path, written[path])
        for path, file in files_by_path.items()
        if path not in refused
    ]
    remaining = {file.path for file in files}
    resources = (
        posixpath.normpath(f"{folder}/{name}")
        for folder, content in kustomizations.items()
        for name in content.resources
    )
    return Confined(
        Tree.of(tree.environment, files),
        frozenset(path for path in resources if path in remaining),
        {path: left_out(tree.environment, path, reason, lines.get(path, 0)) for path, reason in refused.items()},
    )


def left_out(environment: str, path: str, reason: str, line: int = 0) -> Finding:
    """Return the warning of a file or folder that is not on the old side."""
    return Finding(
        rule="diff-unreadable",
        severity=Severity.WARNING,
        message=f"{reason}; it is left out of the old side, so its objects show as added",
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
        elif reason := too_long(file.path):
            yield file.path, reason
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

    def __init__(self, kustomizations: dict[str, Kustomization], files: set[str]) -> None:
        """Keep what was read, and the files that are there."""
        self._kustomizations, self._files = kustomizations, files
        self._named_folders = {folder: [*self._named(folder)] for folder in kustomizations}

    def _named(self, folder: str) -> Iterator[str]:
        """Yield the folders that a kustomization names, as often as it does."""
        for name in self._kustomizations[folder].resources:
            path = posixpath.normpath(f"{folder}/{name}")
            if path in self._kustomizations:
                yield path

    def refused(self) -> dict[str, str]:
        """Return the kustomizations that are left out, and why: those first that name no other folder.

        So each is looked at once, however they name each other. What names itself is never looked at.
        """
        users: dict[str, list[str]] = {}
        for folder, named in self._named_folders.items():
            for name in named:
                users.setdefault(name, []).append(folder)
        waiting = {folder: len(named) for folder, named in self._named_folders.items()}
        ready = [folder for folder, count in waiting.items() if not count]
        refused: dict[str, str] = {}
        read_counts: dict[str, int] = {}
        while ready:
            folder = ready.pop()
            if reason := self._missing(folder, refused):
                refused[folder] = reason
            else:
                kustomization_ = self._kustomizations[folder]
                file_count = len([*kustomization_.files()]) + len(kustomization_.resources)
                read_counts[folder] = 1 + file_count + sum(read_counts[name] for name in self._named_folders[folder])
                if read_counts[folder] > READS.most:
                    refused[folder] = READS.more
            for user in users.get(folder, ()):
                waiting[user] -= 1
                if not waiting[user]:
                    ready.append(user)
        refused |= {folder: "includes itself through its resources" for folder, count in waiting.items() if count}
        return {f"{folder}/{kustomization.FILE}".lstrip("/"): reason for folder, reason in refused.items()}

    def _missing(self, folder: str, refused: dict[str, str]) -> str:
        """Return what a kustomization names that is not there, or ''."""
        for _, name in self._kustomizations[folder].files():
            if posixpath.normpath(f"{folder}/{name}") not in self._files:
                return f"names {name}, which is missing"
        for name in self._kustomizations[folder].resources:
            path = posixpath.normpath(f"{folder}/{name}")
            is_folder = name.startswith("../") and path in self._kustomizations and path not in refused
            is_file = not name.startswith("../") and path in self._files
            if not (is_folder or (is_file and posixpath.basename(path) != kustomization.FILE)):
                return f"names {name}, which is missing or was left out"
        return ""
