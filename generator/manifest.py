"""A Kubernetes object and what identifies it."""

import re
from typing import Any, NamedTuple

import msgspec

Manifest = dict[str, Any]

HUB, WORKLOAD = "hub", "workload"
_UNIT = re.compile(r"(?:^|.*/)(?:components|infra|addons)/([^/]+)/.*|argocd/apps/([^/]+)\.yaml")


class ObjectId(NamedTuple):
    """Identity of an object. The version is left out on purpose: a new apiVersion is a change, not another object."""

    cluster: str
    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """Return `Kind namespace/name`, as people say it."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Object(msgspec.Struct, frozen=True):
    """A built object. `file` is what to edit to change it: its template, or where we derived it, the file in output/.

    `place` is the file in the tree that it was built of: `components/api/base/deployment.yaml`.
    """

    id: ObjectId
    manifest: Manifest
    file: str = ""
    place: str = ""

    @property
    def unit(self) -> str:
        """The unit it is of, by its file, as its Application is; '' for what belongs to none, such as AppProjects."""
        return unit_of(self.place or self.file)

    def __lt__(self, other: "Object") -> bool:
        return self.id < other.id


def unit_of(path: str) -> str:
    """Return the unit that a file of a tree belongs to; '' for what belongs to none."""
    found = _UNIT.fullmatch(path)
    return (found[1] or found[2]) if found else ""


def identify(manifest: Manifest, cluster: str) -> ObjectId:
    """Return the identity of `manifest` on `cluster` (`hub` or `workload`)."""
    metadata = manifest["metadata"]
    group, slash, _ = manifest["apiVersion"].partition("/")
    return ObjectId(
        cluster, group if slash else "", manifest["kind"], metadata.get("namespace") or "", metadata["name"]
    )


def encoded(value: Any) -> bytes:
    """Return a value as bytes, equal if and only if the values are: `1`, `1.0` and `true` differ."""
    return msgspec.json.encode(value, order="deterministic")
