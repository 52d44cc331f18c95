"""What a kind file says: the facts of one kind of object, in one place for render, check, review and the docs."""

from typing import Any

import msgspec

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


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The facts of one kind. What is left out is unknown, or does not apply.

    `state`: what goes with an object cannot be made again as it was: data, or a name that others hold. `grant`: it grants a role. `keepsLeftOut`: a field that is left out keeps its live value, as with Config
    Connector's Terraform-based kinds. `immutable`: paths of fields that cannot change on a living object. `instead`: what
    to do where a field cannot be changed. `sources`: names for the sources of rows. `contract`: for each version a closed
    JSON Schema of what an object holds beside apiVersion, kind and metadata; `x-default` marks what the API server fills
    in inside a list item.
    """

    state: bool = False
    grant: bool = False
    keeps_left_out: bool | None = None
    immutable: tuple[str, ...] = ()
    instead: str = ""
    sources: dict[str, str] = {}
    impact: tuple[dict[str, Any], ...] = ()
    contract: dict[str, dict[str, Any]] = {}


UNKNOWN = Kind()
"""The facts of a kind without a file."""
