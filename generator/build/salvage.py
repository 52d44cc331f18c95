"""An old tree -> what of it can be built: whoever compares with it wants to see what was there, not to judge it.

What kustomize is given of it is `confined`, and built as any other tree. Where something is left out, or that fails,
the documents that are no objects are taken out, and the folders that do not build are found by halves, within a number
of builds and a time. They are built without their patches, else their objects are taken as the files say them.
"""

import contextlib
import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from generator.build import kustomization
from generator.build.admitted import Admitted, admitted
from generator.build.applications import Folder, folders
from generator.build.confined import Confined, confined
from generator.build.documents import object_documents, without_other_documents, without_other_patches
from generator.build.halving import Halving
from generator.build.kustomize import Tool, started
from generator.build.named import Named, Target, file_in
from generator.build.process import lay_out
from generator.errors import GeneratorError
from generator.finding import Finding
from generator.manifest import HUB, WORKLOAD, Object, ObjectId
from generator.tree import File, Gap, Tree

_APPS, _HUB, _CONFIG = "argocd/apps/", ("argocd/apps", "bootstrap"), "/config/"
_APPLIED = ("addons/", "components/", "infra/")
"""What is there for Applications to apply."""


class Salvaged(NamedTuple):
    """The objects of an old tree, sorted by identity, each identity once, and what of the tree is not known.

    `gaps` are the files and folders that could not be read or built. `unsure` names objects that are not known as they
    were, each with the gap that is why. What is `unnamed` could not be read either, but was never applied.
    """

    objects: tuple[Object, ...]
    gaps: tuple[Gap, ...] = ()
    unsure: Mapping[ObjectId, Gap] = {}
    unnamed: tuple[Gap, ...] = ()


@contextlib.contextmanager
def salvaging(tree: Tree, tool: Tool, cache: Path | None) -> Iterator[Callable[[], Salvaged]]:
    """Start building an old tree; yield what waits for it. An empty tree builds to nothing."""
    whole = confined(tree)
    if whole.gaps:
        yield lambda: _piecemeal(tree, whole.patches, tool)
        return
    with contextlib.ExitStack() as stack:
        try:
            building = stack.enter_context(started(whole.tree, tool, cache))
        except (GeneratorError, OSError):
            yield lambda: _piecemeal(tree, whole.patches, tool)
            return
        yield lambda: _built_whole(building.admitted, whole) or _piecemeal(tree, whole.patches, tool)


def _built_whole(built: Callable[[], Admitted], whole: Confined) -> Salvaged | None:
    try:
        admitted = built()
    except GeneratorError:
        return None
    return Salvaged(admitted.objects, _refused(admitted.findings, whole.tree), unnamed=whole.unnamed)


def _refused(findings: Iterable[Finding], tree: Tree) -> tuple[Gap, ...]:
    """Return a gap for each object that was not let in."""
    return tuple(Gap(found.file.removeprefix(tree.named("")).lstrip("/"), found.message) for found in findings)


def _piecemeal(tree: Tree, patches: Iterable[str], tool: Tool) -> Salvaged:
    """Build of each cluster's folders those that build, and take of the others what their files say."""
    from generator.build.scratch import scratch

    whole = confined(without_other_patches(tree, patches))
    known = without_other_documents(whole)
    applied = _folders(whole.tree, complete=not any(path.startswith(_APPS) for path in known.gaps))
    parts = _Parts(known, [folder._replace(path=_in_tree(folder.path, known)) for folder in applied])
    try:
        with scratch() as root:
            parts.build(tool, root)
    except OSError as error:
        parts.gaps[""] = Gap("", f"cannot be built, {error.strerror}")
    return parts.salvaged()


def _in_tree(path: str, known: Confined) -> str:
    """Return the folder of the tree that an Application means, also where that cannot be built."""
    steps = path.split("/")
    there = [*known.tree.texts(), *known.gaps]
    suffixes = ("/".join(steps[start:]) for start in range(len(steps)))
    return next((suffix for suffix in suffixes if any(name.startswith(f"{suffix}/") for name in there)), path)


class _Parts:
    """What was found so far of a tree whose folders are built on their own."""

    def __init__(self, known: Confined, applied: list[Folder]) -> None:
        """Keep what kustomize may be given, and the folders that are applied; say which of these it cannot build."""
        self._tree, self._targets, self._unnamed = known.tree, [*known.targets], known.unnamed
        self._texts, self._applied = known.tree.texts(), applied
        self._objects: dict[ObjectId, Object] = {}
        self._as_written: list[Gap] = []
        self.gaps = dict(known.gaps)
        for folder in sorted({*_HUB, *(folder.path for folder in applied)}):
            path = file_in(folder)
            if path not in self._texts and self._is_wanted(folder):
                self.gaps.setdefault(path, Gap(path, "is missing, so nothing in its folder can be built"))

    def _is_wanted(self, folder: str) -> bool:
        """Whether a folder must be there: an Application names it, or it has files, or others that it would apply."""
        return folder not in _HUB or any(
            path.startswith((f"{folder}/", *_APPLIED) if folder in _APPS else f"{folder}/") for path in self._texts
        )

    def build(self, tool: Tool, root: Path) -> None:
        """Build the folders below `root`, those that do not build without what is for certain objects."""
        paths = [folder.path for folder in self._applied if file_in(folder.path) in self._texts]
        left_out = self._built(self._tree, paths, tool, root / "whole")
        uncounted = self._built(_without(("replicas",), self._tree, left_out), left_out, tool, root / "uncounted")
        for path in left_out.keys() - uncounted.keys():
            self._is_without(("replicas",), path, left_out[path])
        both = ("patches", "replicas")
        unbuilt = self._built(_without(both, self._tree, uncounted), uncounted, tool, root / "unpatched")
        for path in uncounted.keys() - unbuilt.keys():
            self._is_without(both, path, uncounted[path])
        self.gaps |= {f"{path}/": Gap(f"{path}/", reason) for path, reason in unbuilt.items()}

    def _is_without(self, keys: tuple[str, ...], path: str, reason: str) -> None:
        """Keep that a folder was built without these keys of its kustomizations, and for which objects they were."""
        gap = Gap(f"{path}/", f"{reason}; it was built without its {' and '.join(keys)}", holds_objects=False)
        of_part = [known for known in self.gaps.values() if known.holds_objects and known.part == gap.part]
        if keys != ("replicas",) or not of_part:
            self.gaps[gap.path] = gap
        for target in _targets(keys, self._texts, gap.part):
            self._targets.append(target._replace(path=gap.path if gap.path in self.gaps else of_part[0].path))

    def _built(self, tree: Tree, paths: Collection[str], tool: Tool, root: Path) -> dict[str, str]:
        """Build folders; return those that do not build, with the reason."""
        if not paths:
            return {}
        lay_out(tree, root)
        halving = Halving(tree, tool, root)
        by_cluster: dict[str, list[str]] = {}
        for folder in self._applied:
            if folder.path in paths:
                by_cluster.setdefault(folder.cluster, []).append(folder.path)
        for cluster, folders_ in by_cluster.items():
            halving.build(cluster, folders_)
        self._objects |= halving.objects
        self.gaps |= {gap.path: gap for gap in _refused(halving.findings, tree)}
        return halving.left_out

    def salvaged(self) -> Salvaged:
        """Return it all, with the objects of what does not build as their files say them."""
        unsure = {
            built.id: self.gaps[target.path]
            for target in self._targets
            for built in self._objects.values()
            if target.selects(built)
        }
        for gap in [gap for gap in self.gaps.values() if gap.holds_objects and _is_of_folder(gap)]:
            for built in self._written(gap.part):
                if self._objects.setdefault(built.id, built) is built:
                    unsure[built.id] = gap
        return Salvaged(tuple(sorted(self._objects.values())), tuple(self.gaps.values()), unsure, self._unnamed)

    def _written(self, part: str) -> Iterator[Object]:
        """Yield the objects in files of a part that were not built."""
        used = {built.place for built in self._objects.values()}
        clusters = (folder.cluster for folder in self._applied if f"{folder.path}/".startswith(part))
        cluster = next(clusters, WORKLOAD if part.startswith("components/") else HUB)
        for path, text in self._texts.items():
            if path.startswith(part) and path not in used and path.endswith(".yaml") and _CONFIG not in path:
                for built in admitted(object_documents(text), cluster, self._tree).objects:
                    yield replace(built, file=self._tree.named(path), place=path)


def _is_of_folder(gap: Gap) -> bool:
    """Whether a whole folder does not build for it."""
    return bool(gap.part) and (gap.path.endswith("/") or posixpath.basename(gap.path) == kustomization.FILE)


def _without(keys: tuple[str, ...], tree: Tree, paths: Iterable[str]) -> Tree:
    """Return the tree without these keys in the kustomizations of these folders, and of those beside them."""
    parts = tuple(Gap(f"{path}/", "").part for path in paths)
    files = [
        File(file.path, said.without_keys(*keys).text()) if (said := _read(file.path, file.text, parts)) else file
        for file in tree.files
    ]
    return Tree.of(tree.environment, files)


def _targets(keys: tuple[str, ...], texts: Mapping[str, str], part: str) -> Iterator[Target]:
    """Yield for which objects of a part there is something at these keys."""
    for path, text in texts.items():
        if said := _read(path, text, (part,)):
            found = Named(posixpath.dirname(path), said).targets if "patches" in keys else ()
            yield from (target for target in found if target.kind != "ConfigMap")
            yield from (Target(path, part, "", name, is_count=True) for name in said.counted)


def _read(path: str, text: str, parts: tuple[str, ...]) -> kustomization.Kustomization | None:
    """Return what a file says, if it is a kustomization of one of these parts."""
    if not path.startswith(parts) or posixpath.basename(path) != kustomization.FILE:
        return None
    found = kustomization.read(text)
    return None if isinstance(found, kustomization.Refused) else found


def _folders(tree: Tree, *, complete: bool) -> tuple[Folder, ...]:
    """Return the folders that Argo CD builds; where not all Applications can be read, also those that we write."""
    with contextlib.suppress(GeneratorError):
        if complete and any(file.path.startswith(_APPS) for file in tree.files):
            return folders(tree)
    declared = folders(Tree(tree.environment, tuple(file for file in tree.files if _is_read(file))))
    one_cluster = any(folder.path not in _HUB for folder in declared) and all(
        folder.cluster == WORKLOAD for folder in declared
    )
    kustomized = {file.path.rpartition("/")[0] for file in tree.files if file.path.endswith("/kustomization.yaml")}
    found = {
        path: Folder(path, WORKLOAD if one_cluster or path.startswith("components/") else HUB)
        for path in kustomized
        if not path.endswith("/base")
    }
    if one_cluster or any(folder.cluster == WORKLOAD for folder in declared if folder.path not in _HUB):
        found |= {folder.path: folder for folder in declared}
    return tuple(sorted(found.values()))


def _is_read(file: File) -> bool:
    """Whether a file is no Application, or one that says what it builds."""
    with contextlib.suppress(GeneratorError):
        folders(Tree("", (file,)))
        return True
    return False
