"""What the kustomization of a folder names, and for which objects a file is that holds none: a patch, a key."""

import posixpath
import re
from collections.abc import Container
from typing import NamedTuple

from generator.build import kustomization
from generator.build.kustomization import Kustomization
from generator.field import at
from generator.manifest import Object
from generator.tree import Gap

_PLAIN = re.compile(r"[A-Za-z0-9.-]*")
"""A kind or a name that kustomize, to which both are patterns, takes as it stands."""
_HASH = re.compile(r"-[a-z0-9]{10}")
"""What kustomize appends to the name of a ConfigMap that it makes of files."""


class Target(NamedTuple):
    """The objects of a part of a tree that a file is for, by their kind and name ('' is any).

    A count of replicas is for what has pods.
    """

    path: str
    part: str
    kind: str
    name: str
    is_count: bool = False

    @classmethod
    def of(cls, path: str, kind: str, name: str) -> "Target":
        """Return what a file is for; a pattern may mean any."""
        kind, name = (said if _PLAIN.fullmatch(said) else "" for said in (kind, name))
        return cls(path, Gap(path, "").part, kind, name)

    def selects(self, built: Object) -> bool:
        """Whether an object is one of them."""
        kind, name = built.id.kind, built.id.name
        called = name.startswith(self.name) and _HASH.fullmatch(name.removeprefix(self.name))
        is_of_name = self.name in ("", name) or (kind == self.kind == "ConfigMap" and called)
        is_of_shape = not self.is_count or bool(at(built.manifest, "spec", "template"))
        return built.place.startswith(self.part) and self.kind in ("", kind) and bool(is_of_name) and is_of_shape


class Named:
    """A folder's kustomization: the files that it names, by what it calls them, and what those without objects are for.

    A folder stands for its kustomization.yaml.
    """

    def __init__(self, folder: str, content: Kustomization) -> None:
        """Keep what is read of a folder's kustomization.yaml."""
        self.content = content
        self.path = file_in(folder)
        self.resources = {name: self._resource(folder, name) for name in content.resources}
        self._others = {name: _below(folder, name) for _, name in content.files()}
        self.patches = {self._others[path] for path, _, _ in content.patches}
        self.targets = [
            *(Target.of(self._others[path], kind, name) for path, kind, name in content.patches),
            *(Target.of(self._others[path], "ConfigMap", name) for path, name in content.config_files),
        ]

    @property
    def paths(self) -> set[str]:
        """Every file that it names."""
        return {*self.resources.values(), *self._others.values()}

    def without(self, paths: Container[str]) -> Kustomization:
        """Return what it says without these files."""
        called = {name for names in (self.resources, self._others) for name, path in names.items() if path in paths}
        return self.content.without(called)

    @staticmethod
    def _resource(folder: str, name: str) -> str:
        path = _below(folder, name)
        return file_in(path) if name.startswith("../") else path


def file_in(folder: str) -> str:
    """Return the kustomization.yaml of a folder of the tree."""
    return f"{folder}/{kustomization.FILE}".lstrip("/")


def _below(folder: str, name: str) -> str:
    return posixpath.normpath(f"{folder}/{name}")
