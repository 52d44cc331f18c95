"""Questions to a side about what clients of elsewhere reach: listeners, their certificates, grants. Pure."""

from collections.abc import Iterator
from typing import Any

from generator.cluster import selects
from generator.field import at, mapping, numbered, text
from generator.manifest import Object, ObjectId
from generator.review.pods_by_label import Space
from generator.review.references.index import Index, Name, name_of
from generator.review.references.need import Place, Question
from generator.review.references.question import called


class Listener(Question, frozen=True):
    """Whether a listener of a Gateway takes a route: by section and port, hosts, kind and namespace."""

    gateway: Name
    section: str
    port: int | None
    hosts: tuple[str, ...]
    kind: str
    space: Space

    def __str__(self) -> str:
        """Return it with its Gateway."""
        section = f"listener {self.section}" if self.section else "listener"
        return f"{section} of {called(*self.gateway[1:])} that takes it"

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield the listeners."""
        for gateway in index.named(self.gateway):
            for position, listener in numbered(gateway.manifest, "spec", "listeners"):
                if self._is(listener) and self._takes(index, gateway, mapping(listener, "allowedRoutes")):
                    yield Place(gateway.id, ("spec", "listeners", position))

    @property
    def about(self) -> Name:
        """Return whom it asks."""
        return self.gateway

    def _is(self, listener: dict[str, Any]) -> bool:
        host = text(listener, "hostname")
        return (
            self.section in ("", text(listener, "name"))
            and self.port in (None, listener.get("port"))
            and (not host or not self.hosts or any(_share_a_name(host, own) for own in self.hosts))
        )

    def _takes(self, index: Index, gateway: Object, allowed: dict[str, Any]) -> bool:
        kinds = {text(item, "kind") for _, item in numbered(allowed, "kinds")}
        if kinds and self.kind not in kinds:
            return False
        origin = text(allowed, "namespaces", "from") or "Same"
        if origin == "Selector":
            return selects(mapping(allowed, "namespaces", "selector"), index.labels_of_space(self.space))
        return origin == "All" or self.space == (gateway.id.cluster, gateway.id.namespace)


def _share_a_name(one: str, other: str) -> bool:
    """Whether two hosts, either of which may begin with `*.`, have a name in common."""
    if "*" in one and "*" in other:
        return one.endswith(other[1:]) or other.endswith(one[1:])
    short, full = (one, other) if "*" in one else (other, one)
    return full.endswith(short[1:]) if "*" in short else full == short


class Certificate(Question, frozen=True):
    """Whether a listener of a Gateway has a certificate: a Secret, one of Google's, or a map of them."""

    gateway: ObjectId
    listener: str
    map_annotation: str

    def __str__(self) -> str:
        """Return it with its listener."""
        return f"certificate of listener {self.listener}"

    @property
    def about(self) -> Name:
        """Return that it asks the asker itself."""
        return name_of(self.gateway)

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield where it is named."""
        gateway = index.objects.get(self.gateway)
        manifest = gateway.manifest if gateway else {}
        if text(manifest, "metadata", "annotations", self.map_annotation):
            yield Place(self.gateway, ("metadata", "annotations", self.map_annotation))
        for position, listener in numbered(manifest, "spec", "listeners"):
            if text(listener, "name") == self.listener:
                for field in ("certificateRefs", "options"):
                    if at(listener, "tls", field):
                        yield Place(self.gateway, ("spec", "listeners", position, "tls", field))


class Grant(Question, frozen=True):
    """Whether a ReferenceGrant lets objects of a kind and namespace name one in another namespace."""

    group: str
    kind: str
    space: Space
    target: Name

    def __str__(self) -> str:
        """Return what is granted."""
        return f"ReferenceGrant for {called(*self.target[1:])}"

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield the grants."""
        cluster, kind, namespace, name = self.target
        for grant in index.grants.get((cluster, namespace), ()):
            sources = [
                position
                for position, source in numbered(grant.manifest, "spec", "from")
                if (source.get("group"), source.get("kind"), source.get("namespace"))
                == (self.group, self.kind, self.space[1])
            ]
            targets = [
                position
                for position, target in numbered(grant.manifest, "spec", "to")
                if target.get("kind") == kind and text(target, "name") in ("", name)
            ]
            if sources and targets:
                yield from (Place(grant.id, ("spec", "from", position)) for position in sources)
                yield from (Place(grant.id, ("spec", "to", position)) for position in targets)

    @property
    def about(self) -> Name:
        """Return whom it asks."""
        return self.target
