"""Questions to a side: whether there is an object of this name, a key, a port, a listener, a grant. Pure."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from generator.cluster import selects
from generator.field import at, mapping, numbered, text
from generator.manifest import Object, ObjectId
from generator.review.references.index import Index, Name, Pods, Space
from generator.review.references.need import Place

_DATA = ("data", "stringData", "binaryData")


def called(kind: str, namespace: str, name: str) -> str:
    """Return an object's name, as people say it."""
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


class NamedObject(NamedTuple):
    """Whether there is an object of this name, or what makes it. `group` None is any."""

    name: Name
    group: str | None = None

    def __str__(self) -> str:
        """Return its name."""
        return called(*self.name[1:])

    @property
    def about(self) -> None:
        """Return that it asks nobody else."""

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield the object, and what makes it."""
        for object_ in index.named(self.name):
            if self.group in (None, object_.id.group):
                yield Place(object_.id)
        for object_, made in index.made(self.name):
            yield Place(object_.id, made.steps)

    def expects(self, index: Index) -> bool:
        """Whether the side has others of the kind there."""
        return index.has_such(*self.name[:3])


class NamedResource(NamedTuple):
    """Whether there is an object that stands for this resource of Google Cloud."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Return its name."""
        return f"{self.kind} {self.name}"

    @property
    def about(self) -> None:
        """Return that it asks nobody else."""

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield the object."""
        yield from (Place(object_.id) for object_ in index.resources(self.kind, self.name))

    def expects(self, index: Index) -> bool:  # noqa: ARG002  it may have been made by hand, in any project
        """Return that it may be somebody else's."""
        return False


class Key(NamedTuple):
    """Whether a ConfigMap or a Secret has this key. One that is not known before it is made may be there."""

    name: Name
    key: str

    def __str__(self) -> str:
        """Return it with its object."""
        return f"key {self.key} of {called(*self.name[1:])}"

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield where it is."""
        for object_ in index.named(self.name):
            for field in _DATA:
                if self.key in mapping(object_.manifest, field):
                    yield Place(object_.id, (field, self.key))
        for object_, made in index.made(self.name):
            if made.keys is None or self.key in made.keys:
                yield Place(object_.id, made.keys[self.key] if made.keys else made.steps)

    @property
    def about(self) -> Name:
        """Return whom it asks."""
        return self.name

    def expects(self, index: Index) -> bool:
        """Whether the side has the object."""
        return bool(index.named(self.name) or index.made(self.name))


class ServicePort(NamedTuple):
    """Whether a Service has this port, by number or name."""

    name: Name
    port: int | str

    def __str__(self) -> str:
        """Return it with its Service."""
        return f"port {self.port} of {called(*self.name[1:])}"

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield where it is."""
        for object_ in index.named(self.name):
            for position, port in numbered(object_.manifest, "spec", "ports"):
                if self.port in (port.get("port"), port.get("name")):
                    yield Place(object_.id, ("spec", "ports", position))
        for object_, made in index.made(self.name):
            if made.port in (None, self.port):
                yield Place(object_.id)

    @property
    def about(self) -> Name:
        """Return whom it asks."""
        return self.name

    def expects(self, index: Index) -> bool:
        """Whether the side has the Service."""
        return bool(index.named(self.name) or index.made(self.name))


class PodPort(NamedTuple):
    """Whether pods of these namespaces and labels declare this port, by number or name."""

    port: int | str
    spaces: tuple[Space, ...]
    selector: dict[str, Any]
    whose: str

    def __str__(self) -> str:
        """Return it with its pods."""
        return f"port {self.port} of {self.whose}"

    def pods(self, index: Index) -> Iterator[Pods]:
        """Yield the pods that may declare it."""
        for space in self.spaces:
            yield from index.selected(space, self.selector)

    @property
    def about(self) -> None:
        """Return that it asks nobody else."""

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield where it is declared."""
        for pods in self.pods(index):
            for steps, port in pods.ports():
                if self.port in (port.get("containerPort"), port.get("name")):
                    yield Place(pods.owner.id, steps)

    def expects(self, index: Index) -> bool:
        """Whether it is a name, and the pods are there: a number need not be declared."""
        return isinstance(self.port, str) and any(self.pods(index))


class ContainerPort(NamedTuple):
    """Whether a container declares a port of this name."""

    owner: ObjectId
    container: str
    port: str

    def __str__(self) -> str:
        """Return it with its container."""
        return f"port {self.port} of its container {self.container}"

    @property
    def about(self) -> None:
        """Return that it asks nobody else."""

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield where it is declared."""
        for pods in index.pods_of.get(self.owner, ()):
            for steps, container in pods.containers():
                if text(container, "name") == self.container:
                    for position, port in numbered(container, "ports"):
                        if port.get("name") == self.port:
                            yield Place(self.owner, (*steps, "ports", position))

    def expects(self, index: Index) -> bool:
        """Whether the side has its pods: a probe finds its port in its own container only."""
        return self.owner in index.objects


class Listener(NamedTuple):
    """Whether a listener of a Gateway takes a route: by section and port, hosts, kind and namespace."""

    gateway: Name
    section: str
    port: int | None
    hosts: tuple[str, ...]
    kind: str
    space: Space

    def __str__(self) -> str:
        """Return it with its Gateway."""
        section = f"listener {self.section}" if self.section else "a listener"
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

    def expects(self, index: Index) -> bool:
        """Whether the side has the Gateway."""
        return bool(index.named(self.gateway))

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


class Certificate(NamedTuple):
    """Whether a listener of a Gateway has a certificate: a Secret, one of Google's, or a map of them."""

    gateway: ObjectId
    listener: str
    map_annotation: str

    def __str__(self) -> str:
        """Return it with its listener."""
        return f"a certificate of listener {self.listener}"

    @property
    def about(self) -> None:
        """Return that it asks nobody else."""

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

    def expects(self, index: Index) -> bool:
        """Whether the side has the Gateway: a listener with TLS must have one."""
        return self.gateway in index.objects


class Grant(NamedTuple):
    """Whether a ReferenceGrant lets objects of a kind and namespace name one in another namespace."""

    group: str
    kind: str
    space: Space
    target: Name

    def __str__(self) -> str:
        """Return what is granted."""
        return f"a ReferenceGrant for {called(*self.target[1:])}"

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

    def expects(self, index: Index) -> bool:
        """Whether the side has what is to be named: without a grant nobody of elsewhere may."""
        return bool(index.named(self.target) or index.made(self.target))
