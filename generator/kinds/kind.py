"""What a kind file says: the facts of one kind of object, in one place for render, check, review and the docs."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from generator.kinds.google import Form, Google, Reference, RequiredField, ResourceName
from generator.kinds.impact import Impact
from generator.kinds.workload import PodFacts

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
    new: bool = False
    unused: bool = False
    source: str = ""
    instead: str = ""


class WrittenDefaults(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"condition": "if", "same_as": "sameAs"},
):
    """Values that fields have where nobody says them: `values` by path, or `sameAs` another field, each `*` the same.

    An empty map says that its fields have their defaults though the map is left out. `unwritten` ones are meant, but no
    server writes them into the object: written out, a pod template is another one. `if` and `source` are as in rows.
    """

    unwritten: bool = False
    values: dict[str, Any] = {}
    same_as: dict[str, str] = {}
    condition: str | dict[str, Any] | list[str | dict[str, Any]] = []
    source: str = ""


class RowsOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """All rows and defaults of another file; those of `pod-template/…` hold at the pod template of this kind."""

    rows_of: str


class Name(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which names an object can have: a `pattern`, and in words what they `must` be; the `longest`, and why."""

    pattern: str = ""
    must: str = ""
    longest: int = 0
    because: str = ""


class Leads(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Where a field of one name leads, in whatever kind it is."""

    to: str
    """The kind, by its file."""
    by: str = "name"
    """The key that says the name; if it is empty, the field itself is the name."""
    rendered: bool = True
    """It is in Git wherever it is named, so that `render` asks for it."""
    built_in: tuple[str, ...] = ()
    """Names that are there without anybody's doing."""
    granted: bool = False
    """It is named in another namespace only where a ReferenceGrant there says so."""
    without: str = ""
    """What becomes of who still names it once it is gone, such as `which nobody serves`; else its pods cannot start."""
    impact: Impact = Impact.OUTAGE
    """How bad that is."""

    @property
    def group(self) -> str:
        """The group of the kind; '' for the core group."""
        return self.to.rpartition("/")[0].removeprefix("core")

    @property
    def kind(self) -> str:
        """The kind."""
        return self.to.rpartition("/")[2]


class Selects(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Where an object finds pods by their labels."""

    path: str
    """The place of a label selector."""
    labels: bool = False
    """The place has the labels themselves, as in a Service."""
    lets: Literal["in", "out"] | None = None
    """The place is a peer of a NetworkPolicy: pods that it lets `in` to its own, or to which it lets its own `out`."""
    lost: str
    """What becomes of `<pods>` that it no longer finds."""
    lost_impact: Impact
    """How bad that is."""
    gained: str
    """What becomes of `<pods>` that it finds beside others."""
    gained_impact: Impact
    """How bad that is."""
    source: str
    """Where that is written."""


class MadeSecret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Secret made of an object: its `name`, with the object's as `<name>`, or the path `at` which it is; its keys."""

    name: str = ""
    at: str = ""
    keys: tuple[str, ...]


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The facts of one kind. What is left out is unknown, or does not apply. Every place is a path."""

    state: bool = False
    """What goes with an object cannot be made again as it was: data, or a name that others hold."""
    grant: bool = False
    """It grants a role."""
    scope: Literal["namespaced", "cluster"] | None = None
    """Whether an object is in a namespace, or in none; a kind whose file does not say is `namespaced`."""
    google: Google | UnsetType | None = UNSET
    """How it stands for a resource of Google Cloud; null if it does not."""
    wave: int | None = None
    """In which sync wave of its unit a resource is made: after those that it names. A template may say another one."""
    name: Name = Name()
    """Which names an object can have."""
    resource_name: ResourceName | None = None
    """Which names its resource can have in Google Cloud."""
    protection: tuple[RequiredField, ...] = ()
    """What an object whose resource is kept must say beside."""
    hardening: tuple[RequiredField, ...] = ()
    """What every object must say, to be closed, encrypted and watched."""
    references: dict[str, str | Reference] = {}
    """The Google kind that a field leads to; a field that is not listed may lead to any.

    A map names an object; a text is the name of the resource in Google Cloud.
    """
    forms: dict[str, str | Form] = {}
    """How its resource is written where `external` names it."""
    iam_policy: Reference | None = None
    """It has an IAM policy of its own, so that a grant can be on it, and this is how the grant names it."""
    any_name: bool = False
    """What an object does hangs on nothing but its content: under another name it does the same."""
    guards: str = ""
    """The selector of the pods that it guards: when they go with it, nobody misses it."""
    pods: PodFacts | None = None
    """How it runs pods."""
    references_by_name: dict[str, Leads] = {}
    """Where fields of these names lead, wherever they stand: in every kind (in the file `any`), or in this one."""
    names_others: bool = True
    """Whether fields of those names lead to other objects in this kind, too."""
    secret_fields: tuple[str, ...] = ()
    """Fields that are secret whatever they hold."""
    read_by_pods: tuple[str, ...] = ()
    """What pods that name an object read of it, or what that is made of."""
    makes_secrets: tuple[MadeSecret, ...] = ()
    """The Secrets that an operator makes of an object."""
    selects: tuple[Selects, ...] = ()
    """How it finds pods."""
    makes_services: dict[str, int] = {}
    """The Services that an operator makes of an object, with the object's name as `<name>`, and their ports."""
    keeps_left_out: bool | None = None
    """A field that is left out keeps its live value, as with Config Connector's Terraform-based kinds."""
    immutable: tuple[str, ...] = ()
    """Fields that cannot change on a living object."""
    unordered: dict[str, str] = {}
    """Lists whose order means nothing, each with the source of that. Another order of any other list is a change."""
    instead: str = ""
    """What to do where a field cannot be changed."""
    sources: dict[str, str] = {}
    """Names for the sources of rows."""
    defaults: tuple[WrittenDefaults, ...] = ()
    """Values that fields have where nobody says them."""
    impact: tuple[dict[str, Any], ...] = ()
    """What a change does: rows, each a WrittenRow or a RowsOf."""
    served: tuple[str, ...] = ()
    """Versions that its operator serves beside those of `contract`. Every other version is refused."""
    validation: dict[str, Any] = {}
    """What is refused after the merge though the schema takes it: a JSON Schema of a whole object.

    `x-source` says who refuses it, `x-message` what is wrong, `x-hint` what to do; each holds for what is below, too.
    """
    contract: dict[str, dict[str, Any]] = {}
    """For each version a closed JSON Schema of what an object holds beside apiVersion, kind and metadata.

    `default` and, inside a list item, `x-default` mark what the API server fills in.
    """


UNKNOWN = Kind()
"""The facts of a kind without a file."""
