"""What a kustomization.yaml of anybody's making may say: what we write and a little more, each key with its type.

kustomize reads keys without regard to case, and its list of keys that lead to a server, a program or a file elsewhere is
long. So what is not named here is refused, on every level, and kustomize reads what we have written of it, not what was
there: no two parsers can take it for two things.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Meta, UnsetType

from generator import yamlio
from generator.errors import InputInvalid
from generator.finding import Where
from generator.tree import HEADER

FILE = "kustomization.yaml"
_STEP = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_BELOW = rf"(?:[A-Za-z0-9_-]+/)*{_STEP}"
_BESIDE = rf"(?:\.\./)+(?:{_STEP}/)*{_STEP}"
_NO_REPOSITORY = r"(?!.*(?:\.[gG][iI][tT]|_[gG][iI][tT]))"
"""kustomize takes `.git` and `_git` in a name for a repository, and a first step with a dot for a host."""

Word = Annotated[str, Meta(pattern=r"^[\x20-\x7e]*\Z", max_length=1024)]
Resource = Annotated[str, Meta(pattern=rf"^{_NO_REPOSITORY}(?:{_BELOW}|{_BESIDE})\Z", max_length=1024)]
Below = Annotated[str, Meta(pattern=rf"^{_NO_REPOSITORY}{_BELOW}\Z", max_length=1024)]
ConfigFile = Annotated[str, Meta(pattern=rf"^{_NO_REPOSITORY}(?:[A-Za-z0-9._-]+=)?{_BELOW}\Z", max_length=1024)]
"""A file of a ConfigMap, after a key for it or without one."""
Pairs = dict[Word, Word]


class _Closed(msgspec.Struct, forbid_unknown_fields=True, rename="camel", omit_defaults=True):
    """A map that holds these keys and no other."""


class _Labels(_Closed):
    pairs: Pairs
    include_selectors: bool | UnsetType = UNSET
    include_templates: bool | UnsetType = UNSET


class _Image(_Closed):
    name: Word
    new_name: Word | UnsetType = UNSET
    new_tag: Word | UnsetType = UNSET
    digest: Word | UnsetType = UNSET


class _Replicas(_Closed):
    name: Word
    count: int


class _Target(_Closed):
    group: Word | UnsetType = UNSET
    version: Word | UnsetType = UNSET
    kind: Word | UnsetType = UNSET
    name: Word | UnsetType = UNSET
    namespace: Word | UnsetType = UNSET


class _Patch(_Closed):
    path: Below
    target: _Target | UnsetType = UNSET


class _Options(_Closed):
    disable_name_suffix_hash: bool | UnsetType = UNSET
    immutable: bool | UnsetType = UNSET
    labels: Pairs | UnsetType = UNSET
    annotations: Pairs | UnsetType = UNSET


class _ConfigMap(_Closed):
    name: Word
    namespace: Word | UnsetType = UNSET
    files: list[ConfigFile] | UnsetType = UNSET
    options: _Options | UnsetType = UNSET


class _Order(_Closed):
    order: Literal["legacy", "fifo"]


class Kustomization(_Closed):
    """All that is read of a kustomization.yaml."""

    api_version: Literal["kustomize.config.k8s.io/v1beta1"] | UnsetType = UNSET
    kind: Literal["Kustomization"] | UnsetType = UNSET
    resources: list[Resource] | UnsetType = UNSET
    patches: list[_Patch] | UnsetType = UNSET
    config_map_generator: list[_ConfigMap] | UnsetType = UNSET
    generator_options: _Options | UnsetType = UNSET
    images: list[_Image] | UnsetType = UNSET
    replicas: list[_Replicas] | UnsetType = UNSET
    labels: list[_Labels] | UnsetType = UNSET
    common_labels: Pairs | UnsetType = UNSET
    common_annotations: Pairs | UnsetType = UNSET
    namespace: Word | UnsetType = UNSET
    name_prefix: Word | UnsetType = UNSET
    name_suffix: Word | UnsetType = UNSET
    sort_options: _Order | UnsetType = UNSET

    def files(self) -> Iterator[str]:
        """Yield every file that it reads but for resources, as often as it names one."""
        yield from (patch.path for patch in self.patches or ())
        for made in self.config_map_generator or ():
            yield from (entry.rpartition("=")[2] for entry in made.files or ())

    def text(self) -> str:
        """Return it as we write it: byte by byte what was read, if that is ours."""
        return f"{HEADER}: do not edit.\n{yamlio.dump(msgspec.to_builtins(self))}"


class Refused(NamedTuple):
    """Why a kustomization.yaml is not used, and in which line: never by what it holds."""

    why: str
    line: int


def read(text: str) -> Kustomization | Refused:
    """Return what a kustomization.yaml says, or why it is refused."""
    try:
        document = yamlio.load(text, FILE)
    except (InputInvalid, UnicodeError) as error:
        line = error.findings[0].line if isinstance(error, InputInvalid) else 0
        return Refused("is not a kustomization that every YAML parser reads the same way", line)
    try:
        return msgspec.convert(document.value, Kustomization)
    except msgspec.ValidationError as error:
        return Refused("uses a field or value that the renderer never writes", _line(str(error), document.marks))


def _line(said: str, marks: Mapping[yamlio.Path, Where]) -> int:
    """Return the line of what msgspec refuses: of a key that it does not know, or the nearest that it names."""
    message, _, place = said.rpartition(" - at `$")
    path = [int(index) if index else key for key, index in re.findall(r"\.([A-Za-z]+)|\[([0-9]+)\]", place)]
    unknown = re.search("unknown field `(.*)`", message or said, re.DOTALL)
    steps = (*path, *([unknown[1]] if unknown else ()))
    return next((marks[steps[:end]].line for end in range(len(steps), -1, -1) if steps[:end] in marks), 0)
