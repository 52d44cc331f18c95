"""Tree -> built Objects, by the real kustomize: one process per destination cluster, side by side.

Which folder goes to which cluster is read from the Applications in the tree: what we check is what Argo CD will build.
"""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from generator import yamlio
from generator.build.admitted import Admitted, admitted
from generator.build.applications import Folder, folders
from generator.build.unbuilt import refuse_broken
from generator.errors import CheckFailed, OutputUnwritable, ToolMissing
from generator.finding import Finding, Where
from generator.manifest import Object
from generator.tree import Tree

_RUNTIME = {"GOGC": "off", "GOMEMLIMIT": "1GiB", "GOMAXPROCS": "1"}
"""kustomize lives for 60 ms: collecting garbage and many threads cost it a third (two at a time fill two cores)."""
_FORMAT = 3  # of what is kept: counts on when Object gets another field
_KEPT = 64  # earlier results: three environments on twenty branches


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

    Both give the objects sorted by identity, and raise CheckFailed where kustomize refuses the tree. `objects` does so too
    where some of them are none.
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
    key = hashlib.sha256(f"{_FORMAT} {tool.identity} {tree.digest()}".encode()).hexdigest()
    cached = cache / f"{key}.json" if cache else None
    kept = _earlier(cached)
    if kept is not None:
        yield Building.of(lambda: Admitted(tuple(_located(kept, tree)), ()))
        return
    from generator.build.scratch import scratch

    with contextlib.ExitStack() as stack:
        try:
            root = stack.enter_context(scratch())
            _lay_out(tree, root)
            running = _start_all(tree, tool, root, stack)
        except OSError as error:
            message = f"kustomize cannot be started: {error.strerror or error}; the old tree stands"
            raise OutputUnwritable([Finding.at(Where(str(error.filename or "")), "output", message)]) from None
        yield Building.of(lambda: _keep(_finish(tree, root, running), cached))


def build(tree: Tree, tool: Tool, cache: Path | None) -> tuple[Object, ...]:
    """Return what the tree builds to: `started`, and waited for."""
    with started(tree, tool, cache) as building:
        return building.objects()


@contextlib.contextmanager
def standing(tree: Tree, tool: Tool) -> Iterator[Building]:
    """Start building a tree that anybody may have written: it is read before, and what is wrong is told of its objects."""
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


def built_alone(tree: Tree, tool: Tool, folder: Folder) -> Admitted:
    """Return what one folder of a tree builds to. Raises CheckFailed where kustomize refuses it."""
    from generator.build.scratch import scratch

    with scratch() as root, contextlib.ExitStack() as stack:
        _lay_out(tree, root)
        process = _start(tool, root, folder.cluster, tree.environment, [folder.path])
        stack.callback(_stop, process)
        return _finish(tree, root, {folder.cluster: process})


def _earlier(cached: Path | None) -> tuple[Object, ...] | None:
    """Return the kept result; None where there is none, or none that can be read."""
    if cached:
        with contextlib.suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(cached.read_bytes(), type=tuple[Object, ...])
    return None


def _keep(built: Admitted, cached: Path | None) -> Admitted:
    """Keep a result for the next run, if there is a cache, and return it. A cache that cannot be written is none."""
    if cached and not built.findings:
        fresh = cached.with_suffix(f".{os.getpid()}.new")
        with contextlib.suppress(OSError):
            cached.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(msgspec.json.encode(built.objects))
            fresh.replace(cached)
            for old in sorted(cached.parent.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)[:-_KEPT]:
                old.unlink(missing_ok=True)
    return built


def _lay_out(tree: Tree, root: Path) -> None:
    """Write the tree below `root` for kustomize to read."""
    made = set()
    for file in tree.files:
        folder, _, name = file.path.rpartition("/")
        target = os.path.join(root, tree.environment, folder)  # noqa: PTH118  pathlib takes six times as long
        if folder not in made:
            os.makedirs(target, exist_ok=True)  # noqa: PTH103
            made.add(folder)
        with open(f"{target}/{name}", "wb") as stream:  # noqa: PTH123
            stream.write(file.text.encode())


def _start_all(tree: Tree, tool: Tool, root: Path, stack: contextlib.ExitStack) -> "dict[str, subprocess.Popen[str]]":
    """Start one kustomize per cluster, side by side; `stack` stops them."""
    by_cluster: dict[str, list[str]] = {}
    for folder in folders(tree):
        by_cluster.setdefault(folder.cluster, []).append(folder.path)
    running = {}
    for cluster, paths in by_cluster.items():
        running[cluster] = _start(tool, root, cluster, tree.environment, paths)
        stack.callback(_stop, running[cluster])
    return running


def _stop(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def _finish(tree: Tree, root: Path, running: "dict[str, subprocess.Popen[str]]") -> Admitted:
    """Return what the kustomizes print. Raises CheckFailed where one refuses the tree."""
    outputs = {cluster: process.communicate() for cluster, process in running.items()}
    failed = [cluster for cluster, process in running.items() if process.returncode]
    if failed:
        refuse_broken(tree)
        raise CheckFailed(_refused(_reason(outputs[cluster][1], root), tree) for cluster in failed)
    found = [admitted(output, cluster, tree) for cluster, (output, _) in outputs.items()]
    objects = sorted(built for one in found for built in one.objects)
    return Admitted(tuple(objects), tuple(problem for one in found for problem in one.findings))


def _located(objects: Iterable[Object], tree: Tree) -> Iterator[Object]:
    """Yield the objects with the file to edit: it is the tree's to say, for an equal one may not know its templates."""
    sources = {file.path: file.source for file in tree.files}
    for built in objects:
        file = sources.get(built.place) or f"output/{tree.environment}/{built.place}"
        yield Object(built.id, built.manifest, file, built.place)


def _start(tool: Tool, root: Path, cluster: str, environment: str, paths: list[str]) -> "subprocess.Popen[str]":
    joint = root / f"build-{cluster}"
    joint.mkdir()
    content = {"resources": [f"../{environment}/{path}" for path in paths], "buildMetadata": ["originAnnotations"]}
    (joint / "kustomization.yaml").write_text(yamlio.dump(content), encoding="utf-8")
    return subprocess.Popen(  # noqa: S603  our own command, no shell
        [*tool.command, str(joint)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, **_RUNTIME},
    )


def _reason(error: str, root: Path) -> str:
    """Return what kustomize says, in one line and without the scratch folder's path."""
    return " ".join(error.replace(str(root) + "/", "").split()).removeprefix("Error: ")


def _refused(reason: str, tree: Tree) -> Finding:
    message, environment = f"kustomize refuses the tree: {reason}", tree.environment
    return Finding(rule="kustomize", message=message, file=_blamed(reason, tree), environment=environment)


def _blamed(reason: str, tree: Tree) -> str:
    """Return the file, or the kustomization of the folder, that kustomize says most of; else the tree."""
    paths = {file.path for file in tree.files}
    folders = {path.removesuffix("/kustomization.yaml"): path for path in paths if path.endswith("/kustomization.yaml")}
    said = [
        path
        for path in (*paths, *folders)
        if re.search(rf"{re.escape(f'{tree.environment}/{path}')}(?![\w./-]*\w)", reason)
    ]
    found = max(said, key=lambda path: (len(path), path), default="")
    return tree.named(folders.get(found, found))
