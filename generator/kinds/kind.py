"""What a kind file says: the facts of one kind of object, in one place for render, check, review and the docs."""

import re
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from generator.kinds.impact import Impact

FOLDER = "kinds"


class WrittenRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"condition": "if"}):
    """A row of `impact` as it is written: what an edit at a path, or at each of several paths, does.

    `when` is a word of the vocabulary, a map of one word to its values, or a list of which all must hold; `if` names
    conditions on what is beside the value. `source` is a name of `sources`, or the source itself.
    """

    path: str | list[str]
    impact: Impact
    reason: str
    but: str | list[str] = []
    when: str | dict[str, Any] | list[str | dict[str, Any]] = "always"
    condition: str | dict[str, Any] | list[str | dict[str, Any]] = []
    alone: bool = False
    source: str = ""
    instead: str = ""


class RowsOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """All rows of another file, such as `pod-template/rights`, below a path of this kind."""

    rows_of: str
    under: str = ""


class Google(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """How an object stands for a resource of Google Cloud.

    `project` is where it says its project: in an `annotation`; at spec.`projectRef`, to which Config Connector would copy
    an annotation; or not at all, where the `target` says it: a grant is in the project of what it is on.
    `removal` is what becomes of the resource when its object leaves Git or the cluster. `abandoned`: it stays in Google
    Cloud, and a person confirms that the object goes, since the resource holds state or others stand on it. `deleted`: it
    goes with its object, since what stays does harm: a grant, an open door, a record, an alert, a node.
    `onePerNetwork` is the path of the network, or of each, that takes one such resource: a second one overwrites it.
    """

    project: Literal["annotation", "projectRef", "target"] = "annotation"
    removal: Literal["abandoned", "deleted"] = "abandoned"
    one_per_network: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether the resource stays when its object goes."""
        return self.removal == "abandoned"


class Name(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Which names are taken, as a pattern and in words; `longestWithProject` counts the project's id and a colon too."""

    pattern: str
    must: str
    longest_with_project: int | None = None

    def takes(self, name: str, project: str) -> bool:
        """Whether something in this project can have the name."""
        short = self.longest_with_project is None or len(f"{project}:{name}") <= self.longest_with_project
        return short and re.fullmatch(self.pattern, name) is not None


class Demand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"values": "is"}):
    """What a field must say: one of the values after `is`, null for left out; `must` says it in words."""

    path: str
    values: tuple[Any, ...]
    must: str


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The facts of one kind. What is left out is unknown, or does not apply.

    `state`: data is lost with an object. `grant`: it grants a role. `google`: how it stands for a resource of Google Cloud,
    null if it does not. `name`: which names are taken. `protection`: what an object whose resource is kept must say beside.
    `keepsLeftOut`: a field that is left out keeps its live value, as with Config Connector's Terraform-based kinds. `immutable`: paths of fields that cannot change on a living object. `instead`: what
    to do where a field cannot be changed. `sources`: names for the sources of rows. `contract`: for each version a closed
    JSON Schema of what an object holds beside apiVersion, kind and metadata; `x-default` marks what the API server fills
    in inside a list item.
    """

    state: bool = False
    grant: bool = False
    google: Google | UnsetType | None = UNSET
    name: Name | None = None
    protection: tuple[Demand, ...] = ()
    keeps_left_out: bool | None = None
    immutable: tuple[str, ...] = ()
    instead: str = ""
    sources: dict[str, str] = {}
    impact: tuple[dict[str, Any], ...] = ()
    contract: dict[str, dict[str, Any]] = {}


UNKNOWN = Kind()
"""The facts of a kind without a file."""
