"""Tree -> built Objects, by the real kustomize: one process per destination cluster, side by side.

Which folder goes to which cluster is read from the Applications in the tree: what we check is what Argo CD will build.
"""

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from generator import yamlio
from generator.build.process import Running, lay_out, start
from generator.errors import CheckFailed, OutputUnwritable, ToolMissing
from generator.finding import Finding, Where
from generator.manifest import HUB, WORKLOAD, Manifest, Object, identify
from generator.tree import Tree

_APPS, _BOOTSTRAP = "argocd/apps", "bootstrap"
_ORIGIN = "config.kubernetes.io/origin"
_FORMAT = 3  # of what is kept: counts on when Object gets another field
_KEPT = 64  # earlier results: three environments on twenty branches
_CONTENT = re.compile(r"`\n.*?\n\s*`|\[patch: .*\]|literal sources? \[.*|node contents:.*", re.DOTALL)
"""Where kustomize quotes what a file holds, which may be a password."""
_IN_CLUSTER = "https://kubernetes.default.svc"


class Tool(NamedTuple):
    """A kustomize: the words that build a folder, and what tells its version apart."""

    command: tuple[str, ...]
    identity: str


class Folder(NamedTuple):
    """A folder that Argo CD, or a person, applies to a cluster."""

    path: str
    cluster: str


def find_tool(search_path: str | None = None) -> Tool:
    """Return `kustomize` if it is on PATH, else `kubectl kustomize`. Raises ToolMissing."""
    for name, words in (("kustomize", ("build",)), ("kubectl", ("kustomize",))):
        found = shutil.which(name, path=search_path)
        if found:
            stat = Path(found).stat()
            return Tool((found, *words), f"{found} {stat.st_size} {stat.st_mtime_ns}")
    message = "neither kustomize nor kubectl is on PATH"
    hint = "install kustomize >= 5.5 or kubectl >= 1.32; `make render` brings a pinned kustomize into .tools/"
    raise ToolMissing([Finding(rule="tool-missing", message=message, hint=hint)])


def folders(tree: Tree) -> tuple[Folder, ...]:
    """Return every folder that is applied: argocd/apps, bootstrap, and the source of each Application."""
    texts = tree.texts()
    found = [Folder(_APPS, HUB), Folder(_BOOTSTRAP, HUB)]
    for path, text in texts.items():
        if not path.startswith(f"{_APPS}/") or path.endswith("/kustomization.yaml"):
            continue
        for application in yamlio.load_all(text, path):
            spec = application["spec"]
            if "path" not in spec["source"]:
                continue  # a chart
            in_hub = spec["destination"].get("server") == _IN_CLUSTER
            found.append(Folder(_inside(spec["source"]["path"], texts), HUB if in_hub else WORKLOAD))
    if all(folder.cluster == HUB for folder in found):  # in-cluster topology: there is one cluster only
        found = [Folder(folder.path, WORKLOAD) for folder in found]
    return tuple(sorted(found))


def _inside(path: str, texts: dict[str, str]) -> str:
    """Return the folder of the tree that a path of the repository means: where it is published is not known here.

    Raises CheckFailed for a path that leads elsewhere.
    """
    steps = path.split("/")
    if ".." in steps or ":" in path:
        raise CheckFailed([Finding(rule="kustomize", message=f"an Application reads {path}: it is not in the tree")])
    suffixes = ("/".join(steps[start:]) for start in range(len(steps)))
    return next((suffix for suffix in suffixes if f"{suffix}/kustomization.yaml" in texts), path)


class Building(NamedTuple):
    """A build under way: kustomize runs in processes of its own until somebody asks for the objects."""

    objects: Callable[[], tuple[Object, ...]]


@contextlib.contextmanager
def started(tree: Tree, tool: Tool, cache: Path | None) -> Iterator[Building]:
    """Start building a tree. `cache` is a folder of earlier results, or None.

    Its objects are sorted by identity. Asking for them raises CheckFailed where kustomize refuses the tree or two
    folders hold one object.
    """
    if not tree.files:
        yield Building(tuple)
        return
    key = hashlib.sha256(f"{_FORMAT} {tool.identity} {tree.digest()}".encode()).hexdigest()
    cached = cache / f"{key}.json" if cache else None
    kept = _earlier(cached)
    if kept is not None:
        yield Building(lambda: tuple(_located(kept, tree)))
        return
    from generator.build.scratch import scratch

    with contextlib.ExitStack() as stack:
        try:
            root = stack.enter_context(scratch())
            lay_out(tree, root)
            running = _start_all(tree, tool, root, stack)
        except OSError as error:
            message = f"kustomize cannot be started: {error.strerror or error}; the old tree stands"
            raise OutputUnwritable([Finding.at(Where(str(error.filename or "")), "output", message)]) from None
        yield Building(lambda: _keep(tuple(sorted(_finish(tree, root, running))), cached))


def build(tree: Tree, tool: Tool, cache: Path | None) -> tuple[Object, ...]:
    """Return what the tree builds to: `started`, and waited for."""
    with started(tree, tool, cache) as building:
        return building.objects()


def _earlier(cached: Path | None) -> tuple[Object, ...] | None:
    """Return the kept result; None where there is none, or none that can be read."""
    if cached:
        with contextlib.suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(cached.read_bytes(), type=tuple[Object, ...])
    return None


def _keep(objects: tuple[Object, ...], cached: Path | None) -> tuple[Object, ...]:
    """Keep a result for the next run, if there is a cache, and return it. A cache that cannot be written is none."""
    if cached:
        fresh = cached.with_suffix(f".{os.getpid()}.new")
        with contextlib.suppress(OSError):
            cached.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(msgspec.json.encode(objects))
            fresh.replace(cached)
            for old in sorted(cached.parent.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)[:-_KEPT]:
                old.unlink(missing_ok=True)
    return objects


def _start_all(tree: Tree, tool: Tool, root: Path, stack: contextlib.ExitStack) -> dict[str, Running]:
    """Start one kustomize per cluster, side by side; `stack` stops them."""
    by_cluster: dict[str, list[str]] = {}
    there = {file.path for file in tree.files}
    for folder in folders(tree):
        if f"{folder.path}/kustomization.yaml" not in there:  # kustomize would take some names for a server
            message = "kustomize refuses the tree: a folder that is applied has no kustomization.yaml"
            raise CheckFailed([Finding(rule="kustomize", message=message, environment=tree.environment)])
        by_cluster.setdefault(folder.cluster, []).append(folder.path)
    running = {}
    for cluster, paths in by_cluster.items():
        running[cluster] = start(tool.command, root, tree.environment, paths)
        stack.callback(running[cluster].stop)
    return running


def _finish(tree: Tree, root: Path, running: dict[str, Running]) -> Iterator[Object]:
    """Yield what the kustomizes print."""
    ended = {cluster: process.ended() for cluster, process in running.items()}
    if over := [(cluster, end.over.more) for cluster, end in ended.items() if end.over]:
        hint = "docs/review.md says the limits"
        raise CheckFailed(
            Finding(rule="kustomize", message=f"the {cluster} part {more}", environment=tree.environment, hint=hint)
            for cluster, more in over
        )
    failed = [cluster for cluster, end in ended.items() if end.failed]
    if failed:
        _refuse_duplicates(tree)
        message = "kustomize refuses the tree: "
        raise CheckFailed(
            Finding(
                rule="kustomize", message=message + _reason(ended[cluster].said, root), environment=tree.environment
            )
            for cluster in failed
        )
    for cluster, end in ended.items():
        yield from objects_of(end.output, cluster, tree)


def objects_of(output: str, cluster: str, tree: Tree) -> Iterator[Object]:
    """Yield the objects of what one kustomize printed."""
    manifests = yamlio.load_built(output, f"kustomize build ({cluster})")
    placed = ((manifest, _origin(manifest, cluster, tree.environment)) for manifest in manifests)
    yield from _located((Object(identify(one, cluster), one, place=path) for one, path in placed), tree)


def _located(objects: Iterable[Object], tree: Tree) -> Iterator[Object]:
    """Yield the objects with the file to edit: it is the tree's to say, for an equal one may not know its templates."""
    sources = {file.path: file.source for file in tree.files}
    for built in objects:
        file = sources.get(built.place) or f"output/{tree.environment}/{built.place}"
        yield Object(built.id, built.manifest, file, built.place)


def _origin(manifest: Manifest, cluster: str, environment: str) -> str:
    """Take kustomize's origin annotation off the object and return the file it names."""
    annotations = manifest["metadata"].get("annotations", {})
    origin: dict[str, Any] = yamlio.load(annotations.pop(_ORIGIN, "{}"), f"origin ({cluster})").value
    if not annotations:
        manifest["metadata"].pop("annotations", None)
    path = str(origin.get("path") or origin.get("configuredIn") or "")
    return path.removeprefix(f"../{environment}/")


def _reason(error: str, root: Path) -> str:
    """Return what kustomize says, in one line, without the scratch folder's path and what it quotes of files."""
    from generator import secret_text

    said = _CONTENT.sub("…", error.replace(str(root) + "/", ""))
    said = secret_text.without(said, secret_text.parts(said))
    return " ".join(said.split()).removeprefix("Error: ")


def _refuse_duplicates(tree: Tree) -> None:
    """Two folders holding one object would be two Applications fighting over it; kustomize's own message names neither."""
    clusters = {folder.path.removesuffix("/overlay"): folder.cluster for folder in folders(tree)}
    seen: dict[Any, list[str]] = {}
    for file in tree.files:
        unit = next((path for path in clusters if file.path.startswith(path + "/")), None)
        if unit is None or file.path.endswith(("kustomization.yaml", ".patch.yaml")) or "/overlay/config/" in file.path:
            continue
        for manifest in yamlio.load_all(file.text, file.path):
            seen.setdefault(identify(manifest, clusters[unit]), []).append(file.path)
    problems = [
        Finding(
            rule="duplicate-object",
            message=f"is rendered {len(files)} times: {', '.join(dict.fromkeys(files))}",
            environment=tree.environment,
            object=str(identity),
        )
        for identity, files in seen.items()
        if len(files) > 1
    ]
    if problems:
        raise CheckFailed(problems)
