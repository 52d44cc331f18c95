"""Objects of built-in kinds that an API server takes or refuses by its own validation, and what our checks say of them.

Each is a change of an object that it takes, in data/api_server. `test_api_server_samples.py` holds our checks against
them, `e2e/test_api_server_rules.py` a real API server: where they differ, the server is right.
"""

import copy
import datetime as dt
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from objects import GONE, put
from project import component, plan, sources

from generator.catalog import Plan
from generator.check import check
from generator.finding import Severity
from generator.manifest import Manifest, Object, identify

VERSION = "1.36"
"""The minor version of the API server that `make e2e` runs."""
_FOLDER = Path(__file__).parent / "data/api_server"
_TODAY = dt.date(2026, 11, 30)
_OF_THE_SERVER = frozenset(
    {
        "annotation-size",
        "annotation-syntax",
        "kubernetes-schema",
        "label-syntax",
        "name-characters",
        "name-length",
        "reference-volume",
        "selector-own",
        "validation",
    }
)
"""The rules that say what the API server would; all others are about the platform."""


class _Verdict(NamedTuple):
    refused_there: bool
    refused_here: bool


_VERDICTS = {
    "accepted": _Verdict(refused_there=False, refused_here=False),
    "refused": _Verdict(refused_there=True, refused_here=True),
    "untold": _Verdict(refused_there=True, refused_here=False),
    "stricter": _Verdict(refused_there=False, refused_here=True),
}
"""The keys under which the changes of an object stand. The last two say why, in a comment above each."""


class Sample(NamedTuple):
    """An object with a change that has a name; whether an API server refuses it, and whether we do."""

    kind: str
    name: str
    refused_there: bool
    refused_here: bool
    manifest: Manifest

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


class _Loader(yaml.SafeLoader):
    """Adds `!long 300`, a text of that many characters, and `!key 300`, a map with such a key."""


_Loader.add_constructor("!long", lambda _, node: "x" * int(node.value))
_Loader.add_constructor("!key", lambda _, node: {"x" * int(node.value): "x"})


def samples() -> list[Sample]:
    """Return all samples, in the order of their files."""
    groups: dict[str, Any] = {}
    for path in sorted(_FOLDER.glob("*.yaml")):
        groups |= yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader
    return [sample for name, group in groups.items() for sample in _samples(name, group, groups)]


def told(manifest: Manifest) -> list[str]:
    """Return what our checks say an API server would refuse: the rule, the place and the message of each."""
    item = Object(identify(manifest, "workload"), manifest, "file.yaml")
    findings = check((item,), _plan(), today=_TODAY).findings
    return [
        f"{found.rule} {found.path}: {found.message}"
        for found in findings
        if found.rule in _OF_THE_SERVER and found.severity is Severity.ERROR
    ]


@functools.cache
def _plan() -> Plan:
    """Return the plan of a small environment whose cluster has the version of the API server."""
    return plan(sources(f'kubernetes: {{version: "{VERSION}"}}\n', **component("web")))


def _samples(name: str, group: dict[str, Any], groups: dict[str, Any]) -> Iterator[Sample]:
    """Yield the samples of a kind; those of a part of several kinds once for each of them."""
    for kind, prefix in group.get("within", {name: ""}).items():
        for key, verdict in _VERDICTS.items():
            for title, changes in group.get(key, {}).items():
                full_title = title if kind == name else f"{name} with {title}"
                yield Sample(kind, full_title, *verdict, _changed(groups[kind]["object"], prefix, changes))


def _changed(manifest: Manifest, prefix: str, changes: dict[str, Any]) -> Manifest:
    """Return an object with values at JSON pointers; a value of null takes the field away."""
    result = copy.deepcopy(manifest)
    for pointer, value in changes.items():
        put(result, prefix + pointer, GONE if value is None else value)
    return result
