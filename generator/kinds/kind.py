"""What a kind file says: the facts of one kind of object, in one place for render, check, review and the docs."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from generator.kinds.google import Demand, Form, Google, Reference, ResourceName
from generator.kinds.impact import Impact
from generator.kinds.workload import Pods

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
    """All rows of another file; those of `pod-template/…` hold at the pod template of this kind."""

    rows_of: str


class Name(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which names an object can have: as a `pattern`, with what they `must` be in words; how many characters, and why."""

    pattern: str = ""
    must: str = ""
    longest: int = 0
    because: str = ""


class Leads(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a field of one name leads, in whatever kind it is: `to` a kind, by its file; `by` is the key that says the name.

    With an empty `by` the field itself is the name.
    """

    to: str
    by: str = "name"

    @property
    def group(self) -> str:
        """The group of the kind; '' for the core group."""
        return self.to.rpartition("/")[0].removeprefix("core")

    @property
    def kind(self) -> str:
        """The kind."""
        return self.to.rpartition("/")[2]


class MadeSecret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Secret that somebody makes of an object: its name, with the object's as `<name>`, or the path that says it; its keys."""

    name: str = ""
    at: str = ""
    keys: tuple[str, ...]


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The facts of one kind. What is left out is unknown, or does not apply.

    `state`: data is lost with an object. `grant`: it grants a role. `google`: how it stands for a resource of Google Cloud,
    null if it does not. `name`: which names an object can have, `resourceName` those of its resource. `protection`: what an object whose resource is kept must say beside;
    `hardening`: what each must say to be closed, encrypted and watched.
    `references`: by path the kind that a field leads to; a field not listed may lead to any kind. `forms`: how the resource is
    written where it is named by `external`. `iamPolicy`: it has an IAM policy of its own, so that a grant can be on it.
    `pods`: how it runs pods. `fields`: where fields of these names lead, in the file `any` only; `namesOthers`: whether they
    do in this kind. `secret`: fields that are secret whatever they hold. `content`: what pods that name an object read of it. `secrets`, `services`: what an operator makes of an
    object, Services with their ports, with the object's name as `<name>`.
    `keepsLeftOut`: a field that is left out keeps its live value, as with Config Connector's Terraform-based kinds. `immutable`: paths of fields that cannot change on a living object. `instead`: what
    to do where a field cannot be changed. `sources`: names for the sources of rows. `contract`: for each version a closed
    JSON Schema of what an object holds beside apiVersion, kind and metadata; `x-default` marks what the API server fills
    in inside a list item.
    """

    state: bool = False
    grant: bool = False
    google: Google | UnsetType | None = UNSET
    name: Name = Name()
    resource_name: ResourceName | None = None
    protection: tuple[Demand, ...] = ()
    hardening: tuple[Demand, ...] = ()
    references: dict[str, str | Reference] = {}
    forms: dict[str, str | Form] = {}
    iam_policy: Reference | None = None
    pods: Pods | None = None
    fields: dict[str, Leads] = {}
    names_others: bool = True
    secret: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    secrets: tuple[MadeSecret, ...] = ()
    services: dict[str, int] = {}
    keeps_left_out: bool | None = None
    immutable: tuple[str, ...] = ()
    instead: str = ""
    sources: dict[str, str] = {}
    impact: tuple[dict[str, Any], ...] = ()
    contract: dict[str, dict[str, Any]] = {}


UNKNOWN = Kind()
"""The facts of a kind without a file."""
