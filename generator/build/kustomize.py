"""Tree -> built Objects, by the real kustomize: one process per destination cluster, side by side.

Which folder goes to which cluster is read from the Applications in the tree: what we check is what Argo CD will build.
"""

import contextlib
import hashlib
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from generator.build.admitted import Admitted, admitted
from generator.build.applications import folders
from generator.build.process import Running, lay_out, start
from generator.build.unbuilt import refuse_broken
from generator.cache import read, store
from generator.errors import CheckFailed, OutputUnwritable, ToolMissing
from generator.finding import Finding, Where
from generator.manifest import Object
from generator.tree import Tree

_CACHE_FORMAT = 4  # of what is kept: counts on when Object gets another field, or the door another lock
_MAX_CACHED = 64  # earlier results: three environments on twenty branches
_CONTENT = re.compile(r"`\n.*?\n\s*`|\[patch: .*\]|literal sources? \[.*|node contents:.*", re.DOTALL)
"""Where kustomize quotes what a file holds, which may be a password."""


class Tool(NamedTuple):
    """A kustomize: the words that build a folder, and what tells its version apart."""

    command: tuple[str, ...]
    identity: str


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


class Building(NamedTuple):
    """A build under way: kustomize runs in processes of its own until somebody asks for the objects.

    Both return the objects sorted by identity, and raise CheckFailed where kustomize refuses the tree. `objects` also
    raises it where one of them is no object.
    """

    objects: Callable[[], tuple[Object, ...]]
    admitted: Callable[[], Admitted]

    @classmethod
    def of(cls, admitted: Callable[[], Admitted]) -> "Building":
        """Return the build that gives this."""
        return cls(lambda: _all(admitted()), admitted)


@contextlib.contextmanager
def started(tree: Tree, tool: Tool, cache: Path | None) -> Iterator[Building]:
    """Start building a tree. `cache` is a folder of earlier results, or None."""
    if not tree.files:
        yield Building.of(lambda: Admitted((), ()))
        return
    key = hashlib.sha256(f"{_CACHE_FORMAT} {tool.identity} {tree.digest()}".encode()).hexdigest()
    cache_file = cache / f"{key}.json" if cache else None
    cached_objects = _cached(cache_file)
    if cached_objects is not None:
        yield Building.of(lambda: Admitted(tuple(_located(cached_objects, tree)), ()))
        return
    from generator.build.scratch import scratch

    with contextlib.ExitStack() as stack:
        try:
            paths = _by_cluster(tree)
            root = stack.enter_context(scratch())
            lay_out(tree, root)
            running = _start_all(paths, tree, tool, root, stack)
        except OSError as error:
            message = f"kustomize cannot be started: {error.strerror or error}; the old tree stands"
            raise OutputUnwritable([Finding.at(Where(str(error.filename or "")), "output", message)]) from None
        yield Building.of(lambda: _stored(_finish(tree, root, running), cache_file))


def build(tree: Tree, tool: Tool, cache: Path | None) -> tuple[Object, ...]:
    """Return what the tree builds to: `started`, and waited for."""
    with started(tree, tool, cache) as building:
        return building.objects()


@contextlib.contextmanager
def started_validated(tree: Tree, tool: Tool) -> Iterator[Building]:
    """Start building a tree that anybody may have written: its files are read first, and faults are found in them."""
    try:
        refuse_broken(tree)
    except CheckFailed as error:
        broken = Admitted((), error.findings)
        yield Building.of(lambda: broken)
        return
    with started(tree, tool, None) as building:
        yield building


def _all(admitted: Admitted) -> tuple[Object, ...]:
    if admitted.findings:
        raise CheckFailed(admitted.findings)
    return admitted.objects


def _cached(cache_file: Path | None) -> tuple[Object, ...] | None:
    """Return the kept result; None where there is none, or none that can be read."""
    content = read(cache_file) if cache_file else None
    with contextlib.suppress(msgspec.DecodeError):
        return msgspec.json.decode(content, type=tuple[Object, ...]) if content is not None else None
    return None


def _stored(built: Admitted, cache_file: Path | None) -> Admitted:
    """Keep a result for the next run, if there is a cache, and return it."""
    if cache_file and not built.findings:
        store(cache_file, msgspec.json.encode(built.objects), _MAX_CACHED)
    return built


def _by_cluster(tree: Tree) -> dict[str, list[str]]:
    """Return the folders to build for each cluster. Raises CheckFailed where one of them is not there."""
    found: dict[str, list[str]] = {}
    files = {file.path for file in tree.files}
    for folder in folders(tree):
        if f"{folder.path}/kustomization.yaml" not in files:  # kustomize would take some names for a server
            message = "kustomize refuses the tree: a folder that is applied has no kustomization.yaml"
            raise CheckFailed([Finding(rule="kustomize", message=message, environment=tree.environment)])
        found.setdefault(folder.cluster, []).append(folder.path)
    return found


def _start_all(
    paths: dict[str, list[str]], tree: Tree, tool: Tool, root: Path, stack: contextlib.ExitStack
) -> dict[str, Running]:
    """Start one kustomize per cluster, side by side; `stack` stops them."""
    running = {}
    for cluster, folders_ in paths.items():
        running[cluster] = start(tool.command, root, tree.environment, folders_)
        stack.callback(running[cluster].stop)
    return running


def _finish(tree: Tree, root: Path, running: dict[str, Running]) -> Admitted:
    """Return what the kustomizes print. Raises CheckFailed where one refuses the tree, or takes more than it may."""
    ended = {cluster: process.ended() for cluster, process in running.items()}
    if exceeded := [(cluster, end.exceeded.more) for cluster, end in ended.items() if end.exceeded]:
        hint = "docs/review.md lists the limits"
        raise CheckFailed(
            Finding(
                rule="kustomize",
                message=f"the {cluster} cluster's part {more}",
                environment=tree.environment,
                hint=hint,
            )
            for cluster, more in exceeded
        )
    failed = [cluster for cluster, end in ended.items() if end.failed]
    if failed:
        refuse_broken(tree)
        raise CheckFailed(_refused(_reason(ended[cluster].stderr, root), tree) for cluster in failed)
    parts = [admitted(end.output, cluster, tree) for cluster, end in ended.items()]
    objects = sorted(object_ for part in parts for object_ in part.objects)
    return Admitted(tuple(objects), tuple(problem for part in parts for problem in part.findings))


def _located(objects: Iterable[Object], tree: Tree) -> Iterator[Object]:
    """Yield the objects with the file to edit: it is the tree's to say, for an equal one may not know its templates."""
    sources = {file.path: file.source for file in tree.files}
    for object_ in objects:
        file = sources.get(object_.place) or f"output/{tree.environment}/{object_.place}"
        yield Object(object_.id, object_.manifest, file, object_.place)


def _reason(error: str, root: Path) -> str:
    """Return what kustomize says, in one line, without the scratch folder's path and what it quotes of files."""
    from generator.sensitive import text as secret_text

    text = _CONTENT.sub("…", error.replace(str(root) + "/", ""))
    text = secret_text.without(text, secret_text.parts(text))
    return " ".join(text.split()).removeprefix("Error: ")


def _refused(reason: str, tree: Tree) -> Finding:
    message, environment = f"kustomize refuses the tree: {reason}", tree.environment
    return Finding(rule="kustomize", message=message, file=_blamed(reason, tree), environment=environment)


def _blamed(reason: str, tree: Tree) -> str:
    """Return the file, or the kustomization of the folder, that kustomize says most of; else the tree."""
    paths = {file.path for file in tree.files}
    folders = {path.removesuffix("/kustomization.yaml"): path for path in paths if path.endswith("/kustomization.yaml")}
    mentioned = [
        path
        for path in (*paths, *folders)
        if re.search(rf"{re.escape(f'{tree.environment}/{path}')}(?![\w./-]*\w)", reason)
    ]
    found = max(mentioned, key=lambda path: (len(path), path), default="")
    return tree.named(folders.get(found, found))
