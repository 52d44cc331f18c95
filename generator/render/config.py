"""`overlay/config/<ConfigMap>/<file>.j2`: entries of hashed ConfigMaps, encoded by the language of the file.

The hash in the name rolls exactly the pods that use it; an unhashed ConfigMap changes under running pods.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from generator import yamlio
from generator.finding import Finding, Where
from generator.render.task import Task
from generator.tree import File

_ENCODERS: dict[str, Callable[[Any], str]] = {
    ".yaml": yamlio.dump,
    ".json": lambda value: json.dumps(value, ensure_ascii=False, indent=2) + "\n",
}


class Configs(NamedTuple):
    """Config files of a unit, and the `configMapGenerator` entries that hold them."""

    files: list[File]
    entries: list[dict[str, Any]]


def config(task: Task, overlay: str) -> Configs:
    """Return the config files of a unit below its folder `overlay`."""
    prefix = f"{task.planned.unit.folder}/overlay/config/"
    files: list[File] = []
    entries: dict[str, list[str]] = {}
    for path in task.paths:
        name, _, entry = path.removeprefix(prefix).partition("/")
        if not path.startswith(prefix) or not entry.endswith(".j2"):
            continue
        entry = entry.removesuffix(".j2")
        encode = _ENCODERS.get("." + entry.rpartition(".")[2])
        if encode is None:
            hint = f"there are encoders for {', '.join(_ENCODERS)}"
            task.problems.append(Finding.at(Where(path), "config-encoder", "has no encoder", hint=hint))
            continue
        documents = task.templates.documents(path, task.view, task.problems)
        if len(documents) > 1:
            task.problems.append(Finding.at(Where(path), "config-documents", "holds more than one document"))
        for document in documents[:1]:
            files.append(File(f"{overlay}/config/{name}/{entry}", encode(document), path))
            entries.setdefault(name, []).append(f"config/{name}/{entry}")
    namespace = task.planned.namespace
    return Configs(
        files, [{"name": name, "namespace": namespace, "files": sorted(entries[name])} for name in sorted(entries)]
    )
