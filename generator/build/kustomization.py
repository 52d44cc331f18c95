"""What a kustomization.yaml may say: what we write and a little more, each key with its shape.

kustomize ignores the case of keys, and its list of keys that lead to a server, a program or a file elsewhere is long.
So what is not named here is refused, on every level. Of an old tree kustomize reads what we have written of it, not
what was there: no two parsers can take it for two things.
"""

import functools
from collections.abc import Container, Iterator
from typing import Any, NamedTuple

from generator import yamlio
from generator.errors import InputInvalid
from generator.field import numbered, text
from generator.schema import Contract, Schema, contract, misfits, place
from generator.tree import HEADER
from generator.yamlio import Path

FILE = "kustomization.yaml"
_STEP = "[A-Za-z0-9_][A-Za-z0-9._-]*"
_BELOW = f"(?:[A-Za-z0-9_-]+/)*{_STEP}"
_BESIDE = rf"(?:\.\./)+(?:{_STEP}/)*{_STEP}"
_NO_REPOSITORY = r"(?!.*(?:\.[gG][iI][tT]|_[gG][iI][tT]))"
"""kustomize takes `.git` and `_git` in a name for a repository, and a first step with a dot for a host."""


def _text(pattern: str, hint: str) -> Schema:
    return {"type": "string", "pattern": f"^{pattern}$", "maxLength": 1024, "x-hint": hint}


def _map(required: str = "", **properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_WORD = _text(r"[\x20-\x7e]*", "at most 1,024 printable characters of ASCII")
_PAIRS: Schema = {"type": "object", "propertyNames": _WORD, "additionalProperties": _WORD}
_FLAG: Schema = {"type": "boolean"}
_RESOURCE = _text(f"{_NO_REPOSITORY}(?:{_BELOW}|{_BESIDE})", "a file here, or a folder beside this one: ../base")
_FILE = _text(f"{_NO_REPOSITORY}{_BELOW}", "a file here")
_CONFIG_FILE = _text(f"{_NO_REPOSITORY}(?:[A-Za-z0-9._-]+=)?{_BELOW}", "a file here, after a key and = or without")
_OPTIONS = _map(disableNameSuffixHash=_FLAG, immutable=_FLAG, labels=_PAIRS, annotations=_PAIRS)


@functools.cache
def allowed() -> Contract:
    """Return all that a kustomization may say."""
    target = _map(group=_WORD, version=_WORD, kind=_WORD, name=_WORD, namespace=_WORD)
    return contract(
        _map(
            apiVersion={"const": "kustomize.config.k8s.io/v1beta1"},
            kind={"const": "Kustomization"},
            resources=_list(_RESOURCE),
            patches=_list(_map("path", path=_FILE, target=target)),
            configMapGenerator=_list(
                _map("name", name=_WORD, namespace=_WORD, files=_list(_CONFIG_FILE), options=_OPTIONS)
            ),
            generatorOptions=_OPTIONS,
            images=_list(_map("name", name=_WORD, newName=_WORD, newTag=_WORD, digest=_WORD)),
            replicas=_list(_map("name count", name=_WORD, count={"type": "integer"})),
            labels=_list(_map("pairs", pairs=_PAIRS, includeSelectors=_FLAG, includeTemplates=_FLAG)),
            commonLabels=_PAIRS,
            commonAnnotations=_PAIRS,
            namespace=_WORD,
            namePrefix=_WORD,
            nameSuffix=_WORD,
            sortOptions=_map("order", order={"enum": ["legacy", "fifo"]}),
        )
    )


class Kustomization(NamedTuple):
    """What an allowed kustomization says."""

    content: dict[str, Any]

    @property
    def resources(self) -> list[str]:
        """The files and folders that it builds."""
        return [*self.content.get("resources", ())]

    @property
    def patches(self) -> list[tuple[str, str, str]]:
        """The file of each patch, with the kind and the name that it is for; '' where it does not name one."""
        found = self.content.get("patches", ())
        return [(patch["path"], text(patch, "target", "kind"), text(patch, "target", "name")) for patch in found]

    @property
    def config_files(self) -> list[tuple[str, str]]:
        """Each file that a ConfigMap is made of, with the name of the ConfigMap."""
        made = self.content.get("configMapGenerator", ())
        return [(_path(entry), generator["name"]) for generator in made for entry in generator.get("files", ())]

    @property
    def counted(self) -> list[str]:
        """The names of the objects whose replicas it sets."""
        return [counted["name"] for counted in self.content.get("replicas", ())]

    def files(self) -> Iterator[tuple[Path, str]]:
        """Yield every file that it reads but for resources, as often as it names one, and where it does."""
        for index, patch in numbered(self.content, "patches"):
            yield ("patches", index, "path"), patch["path"]
        for index, generator in numbered(self.content, "configMapGenerator"):
            for number, entry in enumerate(generator.get("files", ())):
                yield ("configMapGenerator", index, "files", number), _path(entry)

    def without(self, names: Container[str]) -> "Kustomization":
        """Return the same without the resources and files of these names: a ConfigMap stays, without those keys."""
        content = dict(self.content)
        if "resources" in content:
            content["resources"] = [name for name in content["resources"] if name not in names]
        if "patches" in content:
            content["patches"] = [patch for patch in content["patches"] if patch["path"] not in names]
        if "configMapGenerator" in content:
            content["configMapGenerator"] = [
                {**made, "files": [entry for entry in made["files"] if _path(entry) not in names]}
                if "files" in made
                else made
                for made in content["configMapGenerator"]
            ]
        return Kustomization(content) if content != self.content else self

    def without_keys(self, *keys: str) -> "Kustomization":
        """Return the same without all that stands at these keys."""
        return Kustomization({key: said for key, said in self.content.items() if key not in keys})

    def text(self) -> str:
        """Return it as we write it: byte by byte what was read, if that is ours."""
        return f"{HEADER}: do not edit.\n{yamlio.dump(self.content)}"


def _path(entry: str) -> str:
    """Return the file of an entry of a ConfigMap, before which a key may stand."""
    return entry.rpartition("=")[2]


class Refused(NamedTuple):
    """Why a kustomization.yaml is not used, and in which line: never by what it holds."""

    reason: str
    line: int


def read(text: str) -> Kustomization | Refused:
    """Return what a kustomization.yaml says, or why it is refused."""
    try:
        document = yamlio.load(text, FILE)
    except (InputInvalid, UnicodeError) as error:
        line = error.findings[0].line if isinstance(error, InputInvalid) else 0
        return Refused("is not a kustomization that every YAML parser reads the same way", line)
    lines = sorted(place(path, document.marks).line for path, _, _ in misfits(document.value, allowed()))
    return (
        Refused("uses a field or value that the renderer never writes", lines[0])
        if lines
        else Kustomization(document.value)
    )
