"""What a kind file says: the facts of one kind of object, in one place for render, check, review and the docs."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from generator.kinds.google import Demand, Form, Google, Name, Reference
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


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The facts of one kind. What is left out is unknown, or does not apply.

    `state`: what goes with an object cannot be made again as it was: data, or a name that others hold. `grant`: it grants
    a role. `google`: how it stands for a resource of Google Cloud, null if it does not. `name`: which names are taken.
    `protection`: what an object whose resource is kept must say beside; `hardening`: what each must say to be closed,
    encrypted and watched. `references`: by path the kind that a field leads to; a field not listed may lead to any kind.
    `forms`: how the resource is written where it is named by `external`. `iamPolicy`: it has an IAM policy of its own, so
    that a grant can be on it. `pods`: how it runs pods. `keepsLeftOut`: a field that is left out keeps its live value, as
    with Config Connector's Terraform-based kinds. `immutable`: paths of fields that cannot change on a living object. `instead`: what
    to do where a field cannot be changed. `sources`: names for the sources of rows. `contract`: for each version a closed
    JSON Schema of what an object holds beside apiVersion, kind and metadata; `x-default` marks what the API server fills
    in inside a list item.
    """

    state: bool = False
    grant: bool = False
    google: Google | UnsetType | None = UNSET
    name: Name | None = None
    protection: tuple[Demand, ...] = ()
    hardening: tuple[Demand, ...] = ()
    references: dict[str, str | Reference] = {}
    forms: dict[str, str | Form] = {}
    iam_policy: Reference | None = None
    pods: Pods | None = None
    keeps_left_out: bool | None = None
    immutable: tuple[str, ...] = ()
    instead: str = ""
    sources: dict[str, str] = {}
    impact: tuple[dict[str, Any], ...] = ()
    contract: dict[str, dict[str, Any]] = {}


UNKNOWN = Kind()
"""The facts of a kind without a file."""
