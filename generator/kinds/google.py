"""How an object stands for a resource of Google Cloud, and what the controllers of Config Connector take."""

import re
from typing import Any, Literal

import msgspec

from generator.kinds.impact import Impact


class Google(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """How an object stands for a resource of Google Cloud."""

    project: Literal["annotation", "projectRef", "target"] = "annotation"
    """Where it says its project.

    In an `annotation`; at spec.`projectRef`, to which Config Connector would copy an annotation; or not at all, where
    the `target` says it: a grant is in the project of what it is on. Render writes the annotation there, too.
    """
    removal: Literal["abandoned", "deleted"] = "abandoned"
    """What becomes of the resource when its object leaves Git or the cluster.

    `abandoned`: it stays in Google Cloud, and a person confirms that the object goes, since the resource holds state or
    others stand on it. `deleted`: it goes with its object, since what stays does harm: a grant, an open door, a record,
    an alert, a node.
    """
    named_by_id: bool = False
    """Its `resourceID` says how a new resource is called, too: names in Google Cloud are not those that objects have.

    In any other kind a `resourceID` that is not the object's name takes over what exists.
    """
    parent: str = ""
    """The path of what it is in: of the same name in another one it is another resource."""
    one_per_network: str = ""
    """The path of the network, or of each, that takes one such resource: a second one overwrites it."""
    after: dict[Literal["range", "connection", "key", "secret", "pool"], str] = {}
    """What it needs and Config Connector does not wait for, with the path of who names it.

    The reserved `range` of a name in plain text; the `connection` of a network; the `key`, and who may use it; the
    `secret` of a password; the cluster with the `pool` that a member is of.
    """

    @property
    def is_kept(self) -> bool:
        """Whether the resource stays when its object goes."""
        return self.removal == "abandoned"


class ResourceName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Which names Google Cloud takes, as a pattern and in words.

    `longestWithProject` counts the project's id and a colon, too.
    """

    pattern: str
    must: str
    longest_with_project: int | None = None

    def takes(self, name: str, project: str) -> bool:
        """Whether something in this project can have the name there."""
        short = self.longest_with_project is None or len(f"{project}:{name}") <= self.longest_with_project
        return short and re.fullmatch(self.pattern, name) is not None


Said = Literal[
    "set",
    "closed-to-the-internet",
    "listed-blocks",
    "narrow-blocks",
    "narrow-networks",
    "pool-of-the-project",
    "rotates",
    "strong-keys",
    "without-default-pool",
]
"""What a field can be asked to say beside plain values."""
SaidOf = Literal["flag", "says-true"]
"""What a list can be asked to say of one of its items."""
Where = Literal["access-private", "access-public", "keys-are-made"]
"""What an environment can be asked."""


class RequiredField(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"wanted": "is", "condition": "if"},
):
    """What a field must say: one of the values after `is`, null for left out, or what its word means.

    `must` says it to people. It is asked only where `if` holds: other fields have one of these values, or the
    environment is so.
    """

    path: str
    wanted: tuple[Any, ...] | Said | dict[SaidOf, Any]
    must: str
    condition: Where | dict[str, tuple[Any, ...]] = {}


_NAME = re.compile(r"<[^<>]+>")


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a resource is written: `shown` with names in angle brackets, as people read it.

    `pattern` is what is taken where that is more; `ahead` is a pattern of what may stand before it. Only shipped files
    have these two. All of `shown` but its names is taken as it is written.
    """

    shown: str
    pattern: str = ""
    ahead: str = ""

    @property
    def names(self) -> list[str]:
        """The names in it, by what they are of: `project`, `location`, `name`."""
        return [name.strip("<>") for name in _NAME.findall(self.shown)]

    def takes(self, text: str) -> bool:
        """Whether a text has this form."""
        pattern = self.pattern or r"[^/\s]+".join(map(re.escape, _NAME.split(self.shown)))
        return re.fullmatch(self.ahead + pattern, text) is not None


NAME = Form(shown="<name>")
"""The form `name`, which every kind has: its plain name."""


class Reference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a field leads: `to` a kind, or to any; what a `grant` is on is one with an IAM policy of its own.

    A `wide` IAM policy holds for all that is in its resource, such as a project.
    What is there before us is named by `external`, in one of the `forms` of its kind or by `name`: the webhook admits
    any text, and most controllers pass it on as it is (pkg/krmtotf/references.go). `source` is a path in
    GoogleCloudPlatform/k8s-config-connector or an issue (#) there; `otherwise` says what another form does.
    `without` says what becomes of who still names it once it is gone, and `impact` how bad that is.
    """

    to: str = ""
    grant: bool = False
    wide: bool = False
    external: str = ""
    source: str = ""
    otherwise: str = "does not have the form that Config Connector takes here"
    without: str = "which no longer finds it"
    impact: Impact = Impact.OUTAGE
