"""`overlay/config/<ConfigMap>/<file>.j2`: entries of hashed ConfigMaps, in the language of the file.

The hash in the name restarts exactly the pods that use it; an unhashed ConfigMap changes under running pods. Data
(YAML, JSON, TOML, JavaScript) is written as YAML in the template, then encoded; text (.conf, .sh) stays as it is, and
takes only values that mean nothing in any language.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from generator import yamlio
from generator.finding import Finding, Result, Where
from generator.render.task import Task
from generator.tree import File


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _toml(value: Any) -> str:
    import tomli_w

    return tomli_w.dumps(value)


def _javascript(value: Any) -> str:
    """Return a script that sets each key on `window`; JSON is JavaScript."""
    return "".join(f"window.{key} = {json.dumps(item, indent=2)};\n" for key, item in value.items())


_ENCODERS: dict[str, Callable[[Any], str]] = {
    ".js": _javascript,
    ".json": _json,
    ".toml": _toml,
    ".yaml": yamlio.dump,
}
_MAPS = (".js", ".toml")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TEXTS = (".conf", ".sh")


class Configs(NamedTuple):
    """Config files of a unit, the `configMapGenerator` entries that hold them, and what is wrong with its templates."""

    files: list[File]
    entries: list[dict[str, Any]]
    findings: tuple[Finding, ...]


def config(task: Task) -> Configs:
    """Return the config files of a unit."""
    prefix = f"{task.planned.unit.folder}/overlay/config/"
    files: list[File] = []
    entries: dict[str, list[str]] = {}
    findings: list[Finding] = []
    for path in task.paths:
        name, _, entry = path.removeprefix(prefix).partition("/")
        if not path.startswith(prefix) or not entry.endswith(".j2"):
            continue
        entry = entry.removesuffix(".j2")
        name = task.planned.unit.own(name)
        text, found = _text(task, path, "." + entry.rpartition(".")[2])
        findings += found
        if text is not None:
            files.append(File(f"{task.overlay}/config/{name}/{entry}", text, path))
            entries.setdefault(name, []).append(f"config/{name}/{entry}")
    namespace = task.planned.namespace
    generators = [{"name": name, "namespace": namespace, "files": sorted(entries[name])} for name in sorted(entries)]
    return Configs(files, generators, tuple(findings))


def _text(task: Task, path: str, ending: str) -> Result[str | None]:
    """Return the text of an entry; None if it has none, or does not render."""
    if ending in _TEXTS:
        return task.templates.text(path, task.view)
    encode = _ENCODERS.get(ending)
    if encode is None:
        hint = f"there are encoders for {', '.join(_ENCODERS)}; {' and '.join(_TEXTS)} are text"
        return Result(None, (Finding.at(Where(path), "config-encoder", "has no encoder", hint=hint),))
    documents, findings = task.templates.documents(path, task.view)
    if len(documents) > 1:
        findings = (Finding.at(Where(path), "config-documents", "holds more than one document"),)
    if documents and (message := _misfit(documents[0], ending)):
        return Result(None, (*findings, Finding.at(Where(path), "config-encoder", message)))
    return Result(encode(documents[0]) if documents else None, findings)


def _misfit(value: Any, ending: str) -> str:
    """Return why a language cannot say this value; empty if it can."""
    if ending in _MAPS and not _is_table(value):
        return f"a {ending} file is a map without null"
    if ending == ".js" and any(not _NAME.fullmatch(key) for key in value):
        return "each key of a .js file becomes a name of JavaScript: letters, digits and _, no digit first"
    return ""


def _is_table(value: Any, *, top: bool = True) -> bool:
    """Whether TOML can say this: a map, and nowhere null."""
    if isinstance(value, dict):
        return all(_is_table(item, top=False) for item in value.values())
    if isinstance(value, list):
        return not top and all(_is_table(item, top=False) for item in value)
    return not top and value is not None
