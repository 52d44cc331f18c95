"""An old tree -> what of it kustomize may be given. Anybody may have written it: it must name no server, no file outside.

kustomize fetches whatever a kustomization.yaml names, reads any folder that one leads to, and unfolds aliases until the
memory is full. What we write does none of it. A file that might is left out, and a finding tells of it.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from generator import yamlio
from generator.errors import InputInvalid
from generator.finding import Finding, Severity
from generator.tree import File, Tree

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "kustomization")
_LEADS_NOWHERE = [
    "apiVersion",
    "kind",
    "metadata",
    "buildMetadata",
    "commonAnnotations",
    "commonLabels",
    "generatorOptions",
    "images",
    "labels",
    "namePrefix",
    "namespace",
    "nameSuffix",
    "replicas",
    "sortOptions",
]
_PATHS = ("resources", "components", "bases")
_WITH_PATH = ("patches", "patchesJson6902", "replacements")
_GENERATORS = ("configMapGenerator", "secretGenerator")
_REMOTE = re.compile(r"[:@?%\\]|//|\.git|_git|github\.com", re.IGNORECASE)
"""What kustomize may take for a server, even if there is a folder of that name."""
_STEPS_OUT = ("", ".", "..")
_LONGEST = 255
"""So many bytes of a name a file system holds."""
_ALIASES = 10
"""A file of so few cannot grow large; ours have none."""
_ALIAS = re.compile(r"(?:^|[\s\[,{])\*[^\s*]", re.MULTILINE)


def confined(tree: Tree) -> tuple[Tree, tuple[Finding, ...]]:
    """Return a tree without the files that are not given to kustomize, and a warning of each."""
    inside = {file.path: file for file in tree.files if _is_inside(file.path)}
    folders = {posixpath.dirname(path) for path in inside}
    folders |= {"/".join(path.split("/")[:depth]) for path in folders for depth in range(1, path.count("/") + 1)}
    there = {*inside, *folders}
    refused = {file.path: _refusal(file, there, folders) for file in tree.files}
    found = (_told(tree, path, why) for path, why in refused.items() if why)
    return Tree.of(tree.environment, (file for file in tree.files if not refused[file.path])), tuple(found)


def _told(tree: Tree, path: str, why: str) -> Finding:
    return Finding(
        rule="diff-unreadable",
        severity=Severity.WARNING,
        message=f"{why}: it is left out of the old side, and what it held shows as added",
        file=f"{tree.environment}/{path}",
        environment=tree.environment,
    )


def _is_inside(path: str) -> bool:
    """Whether a path can be written, and below the folder it is meant for: git itself stores any name."""
    steps = path.split("/")
    sane = path.isprintable() and all(len(step.encode(errors="replace")) <= _LONGEST for step in steps)
    return sane and not any(step in _STEPS_OUT for step in steps)


def _refusal(file: File, there: set[str], folders: set[str]) -> str:
    """Return why a file is left out, or ''."""
    if not _is_inside(file.path):
        return "is no name for a file"
    if file.path in folders:
        return "is a file and a folder"
    if _aliases(file.text) > _ALIASES:
        return f"has more than {_ALIASES} aliases"
    folder, _, name = file.path.rpartition("/")
    if name.lower() not in _KUSTOMIZATIONS:
        return ""
    try:
        content = yamlio.load(file.text, file.path).value
        named = list(_named(content)) if isinstance(content, dict) else []
    except (InputInvalid, AttributeError, KeyError, TypeError, ValueError):
        return "is no kustomization that we can read"
    out = (name for name in named if _REMOTE.search(name) or posixpath.normpath(f"{folder}/{name}") not in there)
    return next((f"names {name}, which is not in the tree" for name in out), "")


def _aliases(text: str) -> int:
    if len(_ALIAS.findall(text)) <= _ALIASES:
        return 0
    try:
        return sum(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.CBaseLoader))
    except yaml.YAMLError:
        return 0  # no YAML: a config file, or nothing that kustomize can read


def _named(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield every file and folder that a kustomization names. Raises ValueError where it has keys that we never write."""
    for key, value in content.items():
        if key in _LEADS_NOWHERE or not value:
            continue
        if key in _PATHS:
            yield from value
        elif key in _WITH_PATH:
            yield from (item["path"] for item in value if item.get("path"))
        elif key in _GENERATORS:
            for item in value:
                yield from (entry.rpartition("=")[2] for entry in item.get("files") or ())
                yield from (*(item.get("envs") or ()), *([item["env"]] if item.get("env") else ()))
        else:
            raise ValueError(key)
